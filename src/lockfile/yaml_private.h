/*
 * What the two readers of YAML share: yaml.c, over libyaml, reads all of it; yaml_lines.c what package managers write themselves.
 */
#ifndef LOCKFILE_YAML_PRIVATE_H
#define LOCKFILE_YAML_PRIVATE_H

#include "lockfile/yaml.h"

/* What a plain scalar stands for: YAML 1.2, core schema, without its numbers. */
enum json_type yaml_plain_type(struct str text);
/* STATUS_INVALID for a key that stands twice, STATUS_MEMORY. */
enum status yaml_check_keys(const struct json *object, struct error *err);

/* Where nodes come from: slabs, in which they lie closer than the arena would lay them. What one reader has used of them in vain the other one
 * uses again. Starts with nothing but the arena. */
struct yaml_slab;
struct yaml_nodes {
	struct arena *arena;
	struct yaml_slab *first, *last; /* last: the one that is being used */
	size_t left;                    /* of it */
};
struct json *yaml_new_node(struct yaml_nodes *nodes); /* zeroed; NULL: out of memory */

/* False: it is not of the plain kind, or memory ran out; yaml_parse_events() is to read it. */
bool yaml_parse_lines(struct str text, unsigned flags, struct yaml_nodes *nodes, struct json **documents);
/* By libyaml: whatever text it is. As yaml_parse(). Begins with forgetting all nodes. */
enum status yaml_parse_events(struct str text, unsigned flags, struct yaml_nodes *nodes, struct json **documents, struct error *err);

#endif
