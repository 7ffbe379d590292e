/*
 * What the steps share: find.c walks node_modules, match.c gives folders their packages, files.c lists a tarball's files,
 * compare.c holds them against a folder, links.c judges links, patches.c knows what the project patches, patch_text.c reads a patch; installed.c keeps
 * the order.
 */
#ifndef ASSAY_INSTALLED_PRIVATE_H
#define ASSAY_INSTALLED_PRIVATE_H

#include <pthread.h>

#include "assay/installed.h"

/* What stands in a node_modules folder under a package's name. */
struct placed {
	struct str location;
	struct str name;     /* as the folder has it, with its scope */
	struct str store;    /* the folder of a virtual store that it stands in: "lodash@4.17.21"; STR_NONE: none */
	struct str version;  /* of its package.json, where that was read */
	size_t trusted;      /* that much of `location` may lead through links: the project's own folders */
	uint32_t package;    /* TREE_NONE: the lockfile has none */
	uint32_t namesake;   /* without one: a package of that name, of another version; TREE_NONE: there is none */
	uint32_t next;       /* another one with the same package; TREE_NONE: the last */
	uint32_t parent;     /* the package folder that it lies in; TREE_NONE: none */
	bool carried;        /* it came in the tarball of the one that it lies in */
	bool compared, told; /* told: what is wrong with it stands among the differences */
	bool link;           /* a symbolic link, to `target` */
	struct str target;   /* without links, from the project's folder where it lies below that, else absolute */
};

/* Something that the project changes itself in what was unpacked. */
struct patch {
	struct str file;    /* from the project's folder */
	struct str prefix;  /* which the names in it have, behind "a/" and "b/", before the path in the package */
	struct str range;   /* of which versions; .n 0: of all */
	uint32_t package;   /* of that one alone; TREE_NONE: of all with the name */
	bool own;           /* yarn's: what it touches stands in no file of the project's */
	struct map *paths;  /* that it touches */
	struct str problem; /* why it is of no use; .n 0: it is */
	uint32_t next;      /* of that name; TREE_NONE: the last */
};

struct installed {
	const struct tree *tree;
	struct arena *arena;   /* the caller's, and of others, too: only before threads run and after */
	struct arena *scratch; /* lives as long as this; under `lock` once threads run */
	const char *project;
	int project_fd;
	VEC(struct placed) placed;
	struct map *by_location; /* of placed */
	VEC(struct str) loose;   /* files beside packages, by location */
	VEC(struct str) left_out;
	uint32_t *first;      /* of placed, by package */
	uint32_t *stands_for; /* by package: the one that has the folders of all with its name and version */
	uint32_t *stored_as;  /* likewise, where folders are named without aliases */
	VEC(struct patch) patches;
	struct map *patched;     /* by name, to the first of them */
	struct map *patch_files; /* by prefix and file, to the one that has read it */
	pthread_mutex_t lock;    /* of all that follows and the arenas */
	VEC(struct installed_difference) differences;
	struct installed_result *result;
	bool out_of_memory;
};

/* ---- find.c */
enum status placed_find(struct installed *in, struct error *err);
/* The folder opened, no link followed but in what is trusted; -1 with errno. */
int placed_open(const struct installed *in, const struct placed *placed);
/* "name" and "version" of the package.json in the open folder, in `arena`; STR_NONE where there is none to be had. */
struct str placed_version(int fd, struct arena *arena);
/* A file's bytes from an open folder, no link followed; .p NULL: none, too large, or out of memory. */
struct str file_at(int fd, const char *name, size_t max, struct arena *arena);

/* ---- match.c */
enum status placed_match(struct installed *in, struct error *err);

/* ---- patches.c */
enum status patches_read(struct installed *in, struct error *err);
/* The first that is of this package, the next one behind `before`; NULL: no more. On any thread. */
const struct patch *patch_next(const struct installed *in, uint32_t package, const struct patch *before);
bool patch_touches(const struct patch *patch, struct str path);

/* ---- patch_text.c */
/* Fills in the paths, or the problem; they are copied into `arena`. False: out of memory. */
bool patch_read_text(struct str text, struct arena *arena, struct patch *patch);

/* ---- links.c */
enum status links_judge(struct installed *in, struct error *err);

/* ---- files.c: what npm would write */
struct tar_file {
	struct str path;
	uint64_t size;
	struct str data;             /* its bytes, where the tarball is held */
	const struct digest *digest; /* SHA-256 of them, where it is not; NULL: it is */
	size_t hashbang;             /* where a carriage return may have been taken off; 0: nowhere */
	bool executable, command;    /* by its mode; by the package.json's `bin` */
	bool seen;
};
struct tar_files {
	VEC(struct tar_file) list;
	struct map *paths;       /* to the file that stays */
	struct map *folders;     /* those that files stand in */
	VEC(struct str) carried; /* of these, the ones below a node_modules */
	bool script;             /* something runs at installation */
	struct str version;      /* of its package.json */
	struct arena *arena;
	bool out_of_memory;
};
/* STATUS_MEMORY, or another where the archive cannot be read whole. Views into what the unpacker holds; of what is too large to be held, digests. */
enum status tar_files_read(const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker, struct arena *arena,
			   struct tar_files *out, struct error *err);
/* .p NULL: out of memory. */
struct str join_path(struct arena *arena, struct str folder, struct str name);

/* ---- compare.c */
/* On any thread. */
void folder_compare(struct installed *in, struct placed *placed, struct tar_files *files, uint32_t package);

/* ---- installed.c */
/* Adds a copy. On any thread. */
void difference_add(struct installed *in, const struct installed_difference *difference);

#endif
