/*
 * What the files of yarn berry's reader share. yarn_berry.c turns entries into packages, yarn_locator.c takes `resolution` apart,
 * yarn_berry_edges.c and
 * yarn_berry_peers.c find which package each dependency means.
 */
#ifndef LOCKFILE_YARN_BERRY_H
#define LOCKFILE_YARN_BERRY_H

#include "lockfile/yarn.h"

/* What `resolution` says: "name@protocol:…::key=value&…". */
struct yarn_locator {
	struct str name;    /* the real one, of what is patched too */
	struct str version; /* of the registry's packages; STR_NONE elsewhere */
	enum package_kind kind;
	struct str resolved; /* a URL or path; STR_NONE for what comes from the registry by its name */
	struct str path;     /* workspaces, portals, links: relative to the lockfile's folder */
	struct str source;   /* a patched package: the locator of what is patched; else STR_NONE */
	bool portal;
};

/* STATUS_INVALID (with no text: the caller knows the place) for what is no locator, STATUS_MEMORY. */
enum status yarn_locator_parse(struct arena *arena, struct str text, struct yarn_locator *out);

/* Beside each package, by its number. */
struct berry_entry {
	const struct json *members;
	const struct json *manifest; /* own packages: the package.json; NULL: there is none */
	struct str resolution;
	struct str source;               /* of a patched package */
	bool own;                        /* the root or a workspace */
	uint32_t *providers;             /* of its peers, in their order; TREE_NONE until found */
	uint32_t parents;                /* that were asked for its peers */
	uint32_t first_edge, edge_count; /* what it depends on, peers not counted */
};

struct berry_reader {
	struct yarn_reader yarn;
	VEC(struct berry_entry) entries;
	struct map *loose;           /* descriptors decoded and without bindings */
	struct map *patched;         /* "name@range" of what yarn patches by itself */
	struct map *by_name;         /* the only package of a name, or TREE_NONE where there are several */
	const struct json *settings; /* .yarnrc.yml, read when a catalog is asked for */
};

/* A descriptor of an entry's key, in every way in which it is looked up. */
enum status berry_add_descriptor(struct berry_reader *reader, const struct json *entry, struct str descriptor, uint32_t package);
/* All edges: dependencies, then peers. */
enum status berry_add_edges(struct berry_reader *reader);
enum status berry_add_peers(struct berry_reader *reader); /* yarn_berry_peers.c */
/* Marks the names that the package lists: optional, for development, optional peers. False: out of memory. */
bool berry_mark_names(struct berry_reader *reader, uint32_t from);

#endif
