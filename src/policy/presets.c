/* The presets by name. Adding one: policies/NAME.json, four lines in presets.S, a row here. */
#include "policy/model.h"

extern const char preset_default_begin[] __attribute__((visibility("hidden")));
extern const char preset_default_end[] __attribute__((visibility("hidden")));

const struct preset presets[] = {
	{ "default", preset_default_begin, preset_default_end },
	{ NULL, NULL, NULL },
};
