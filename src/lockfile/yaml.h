/*
 * YAML as package managers write it, read into the same nodes as JSON, so that a reader looks things up and names
 * places in one way.
 */
#ifndef LOCKFILE_YAML_H
#define LOCKFILE_YAML_H

#include "assay/json.h"

enum yaml_flags {
	/* Every scalar is text, `true` and an empty one too (yarn). */
	YAML_ALL_TEXT = 1,
};

/*
 * The whole stream as an array of its documents. Mappings are JSON_OBJECT, sequences JSON_ARRAY. Plain true, false,
 * null, ~ and nothing at all are JSON_TRUE, JSON_FALSE, JSON_NULL; every other scalar is a JSON_STRING with its text,
 * numbers too: `5.4` and `'5.4'` are the same. Columns count characters.
 *
 * STATUS_INVALID with the place for what is malformed, and for what no package manager writes: aliases (so nothing
 * expands), tags, merge keys (`<<`), keys that are no scalars, a key that stands twice in one mapping, merge conflict markers. Anchors
 * are ignored. STATUS_LIMIT past LIMIT_YAML_DEPTH or LIMIT_YAML_DOCUMENTS,
 * STATUS_MEMORY. The nodes live in `arena`; texts there or, where they stand so in it, in `text`, which must outlive them.
 */
enum status yaml_parse(struct str text, unsigned flags, struct arena *arena, struct json **documents, struct error *err);

#endif
