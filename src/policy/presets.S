/* The presets, whole, inside the program: policies/NAME.json. A table in presets.c names them. */
#include "base/embed.inc"
	embed preset_default, policies/default.json
	embed preset_strict, policies/strict.json
	embed preset_permissive, policies/permissive.json
