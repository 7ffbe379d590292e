/*
 * What the files of the npm reader share. Reading goes in two steps: npm_entries.c (v2, v3) or npm_nested.c (v1) turn
 * entries into packages and note what each depends on; npm_edges.c then finds which package each name means.
 */
#ifndef LOCKFILE_NPM_H
#define LOCKFILE_NPM_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* Beside each package, by its number: what it depends on, and where it stands among the others. */
struct npm_entry {
	const struct json *dependencies, *dev, *optional, *peer, *peer_meta;
	const struct json *requires;                   /* v1: names and specs; which kind each is, is not told */
	const struct json *workspaces;                 /* the root's */
	bool in_bundle, says_optional, has_shrinkwrap; /* as the entry says */
	/* set by npm_edges.c */
	bool child;      /* stands in its parent's node_modules folder, and so goes by a name there */
	uint32_t parent; /* the package whose folder encloses it most closely, or TREE_NONE */
	uint32_t first_child, next_child;
	uint32_t name;     /* child: the number of its name */
	uint32_t shadowed; /* while in scope: what the name meant outside */
};

struct npm_reader {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	VEC(struct npm_entry) entries;
};

/* An entry's members, those that are read. */
struct npm_fields {
	struct str name, version, resolved, integrity, from;
	bool link, in_bundle, bundled, dev, optional, dev_optional, peer, install_script, has_shrinkwrap;
	const struct json *dependencies, *dev_dependencies, *optional_dependencies, *peer_dependencies, *peer_meta;
	const struct json *requires, *workspaces, *license, *deprecated, *os, *cpu, *libc, *bin;
};
/* Each member of the right type, or STATUS_INVALID with its place. Of a package.json (`manifest`) only what it shares
 * with entries. */
enum status npm_read_fields(const struct json *object, bool manifest, struct npm_fields *out, struct error *err);
/* Every spec is a string, in one section or in all four. Not for v1's entries, whose `dependencies` are entries. */
enum status npm_check_specs(const struct json *section, struct error *err);
enum status npm_check_sections(const struct npm_fields *fields, struct error *err);

/* npm wrote false or null where it knew none; other tools write an empty list for no dependencies. */
bool npm_is_nothing(const struct json *member);

/* A new package and its entry; `at` (NULL: unknown) is the member that it stands in. NULL on failure. */
struct package *npm_add_package(struct npm_reader *reader, struct str location, const struct json *at, struct npm_entry **entry);
/* What is the same in every version: flags, license, platform, what the lockfile says about the scope. */
/* False: out of memory. */
bool npm_set_common(struct package *package, struct npm_entry *entry, const struct npm_fields *fields, struct arena *arena);
/* The sections that the fields hold, checked before. */
void npm_set_sections(struct npm_entry *entry, const struct npm_fields *fields);
/* The root's or a workspace's sections from the package.json in source->folder/`folder`. STATUS_NOT_FOUND when there
 * is none. */
enum status npm_read_manifest(struct npm_reader *reader, struct str folder, struct npm_fields *out);
/* Every link leads to a package: STATUS_INVALID otherwise, as for npm. Links are named after their targets. */
enum status npm_check_links(struct npm_reader *reader);

/* v2, v3: the object `packages`. v1: the object `dependencies` of the document. */
enum status npm_read_entries(struct npm_reader *reader, const struct json *packages);
enum status npm_read_nested(struct npm_reader *reader, const struct json *document);
/* `dependencies` beside `packages`, for npm 5 and 6: STATUS_INVALID where it has what `packages` has not. NULL is fine. */
enum status npm_check_legacy(struct npm_reader *reader, const struct json *dependencies);
enum status npm_add_edges(struct npm_reader *reader);

/* ---- locations ---- */

/* Why it is no location, or NULL: "it is absolute", "it holds \"..\" behind another part", … */
const char *npm_location_problem(struct str location);
/* The name behind the last node_modules folder, "" when the location does not end in one's direct child. */
struct str npm_installed_name(struct str location);
bool npm_in_modules(struct str location);
/* "name" or "@scope/name" by the last parts. */
struct str npm_folder_name(struct str location);
/* "./a//b/../c/" as "a/c"; STR_NONE when it is absolute or out of memory. */
struct str npm_normalize_path(struct arena *arena, struct str path);

#endif
