/* This machine's places: who_npm_cache.c, who_caches.c (pnpm, yarn, bun), who_modules.c (node_modules), who_installed.c (their files). */
#ifndef ASSAY_FLEET_WHO_MACHINE_H
#define ASSAY_FLEET_WHO_MACHINE_H

#include "fleet/who_private.h"

struct machine {
	struct who_question *question;
	const struct who_machine_options *options;
	struct who_gathering *gathering;
	struct arena *arena;
	struct who_inventory count;
	struct map *tarballs;    /* "name\nversion" to `digests`: of what is asked for and lies in npm's cache */
	VEC(struct str) digests; /* SRI */
	struct map *walked;      /* folders by device and number: none is looked into twice, and no cache once more as anybody's project */
	struct map *slugs;       /* the names that are asked for, as yarn's zips are called, to `names` */
	const struct str *names;
	bool out_of_memory;
};

/* Something that lies at `path`, of that release; adds it where it is asked for. True: it is. */
bool machine_judge(struct machine *machine, const char *place, struct str name, struct str version, struct str integrity, const char *path, int64_t stored);
/* A folder or a file of a place that is there and cannot be read. */
void machine_gap(struct machine *machine, const char *path, const char *why);
/* A text that lives as long as the machine; NULL where memory has run out, which is noted. */
const char *machine_path(struct machine *machine, const char *folder, const char *name);
/* NULL: not set, or empty. */
const char *machine_variable(const struct machine *machine, const char *name);
/* The value of a key in the user's .npmrc or a file like it; NULL. */
const char *machine_setting(struct machine *machine, const char *file, const char *key);

/* Was this open folder looked into before? From now on it was. */
bool machine_knows(struct machine *machine, int fd);
/* Visits what stands `depth` folders below `path`: in order, by no link. Nothing where it is not there, or was walked before; false: it is not there. */
typedef void (*machine_visit)(struct machine *machine, int fd, const char *folder, const struct folder_entry *entry, void *context);
bool machine_walk(struct machine *machine, const char *path, unsigned depth, machine_visit visit, void *context);
/* A file below an open folder, no link followed; .p NULL: none, too large, or out of memory. */
struct str machine_read_at(int fd, const char *name, size_t max, struct arena *arena);
/* "name" and "version" of the package.json in an open folder; empty where it has none. False: there is no package.json that can be read. */
bool machine_read_manifest(int fd, struct arena *arena, struct str *name, struct str *version);

void machine_look_in_npm_cache(struct machine *machine);
void machine_look_in_pnpm(struct machine *machine);
void machine_look_in_yarn(struct machine *machine);
/* yarn berry's zips in a folder: the user's, a project's own. */
void machine_look_in_zips(struct machine *machine, const char *folder);
void machine_look_in_bun(struct machine *machine);
void machine_look_in_modules(struct machine *machine);

/* ---- who_installed.c */

/* A package folder of what is asked for. */
struct installed_find {
	struct str location;            /* from the project's folder: "node_modules/a/node_modules/b" */
	struct str name, version;       /* as its package.json says; empty */
	struct str recorded, integrity; /* as npm's hidden lockfile says; empty */
	struct str asked;
	bool missing; /* the hidden lockfile has it, the folder is not there */
};
/* Compares them with their tarballs where these are at hand and adds them. */
void machine_add_installed(struct machine *machine, const char *project, const struct installed_find *finds, size_t count);

#endif
