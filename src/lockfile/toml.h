/* TOML 1.0, as bunfig.toml has it, read into the same nodes as JSON. */
#ifndef LOCKFILE_TOML_H
#define LOCKFILE_TOML_H

#include "assay/json.h"

/*
 * Tables and inline tables are JSON_OBJECT, arrays and arrays of tables JSON_ARRAY, every value is a JSON_STRING with its text: `7`, `true`
 * and "true" are told apart by nobody who reads settings. STATUS_INVALID with the place for what is malformed and for a key
 * that stands twice, STATUS_LIMIT past LIMIT_YAML_DEPTH. Lives in `arena`; `text` must outlive it.
 *
 * Our own, since Debian has TOML readers in C++ alone, and a second language is more than these 400 lines.
 */
enum status toml_parse(struct str text, struct arena *arena, struct json **out, struct error *err);

#endif
