/* The presets by name. Adding one: policies/NAME.json, a line in presets.S, two here. */
#include "policy/model.h"

#define PRESET_TEXT(name) \
	extern const char preset_##name##_begin[] __attribute__((visibility("hidden"))); \
	extern const char preset_##name##_end[] __attribute__((visibility("hidden")))
PRESET_TEXT(default);
PRESET_TEXT(strict);
PRESET_TEXT(permissive);

const struct preset presets[] = {
	{ "default", preset_default_begin, preset_default_end },
	{ "strict", preset_strict_begin, preset_strict_end },
	{ "permissive", preset_permissive_begin, preset_permissive_end },
	{ NULL, NULL, NULL },
};
