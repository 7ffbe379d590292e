/* A git repository, as far as discovery asks: which lockfiles are tracked, what it leaves out. No git process runs. */
#ifndef LOCKFILE_REPOSITORY_H
#define LOCKFILE_REPOSITORY_H

#include "assay/base.h"

/* Calls take(path, context) for each file that the index lists, in its order; false from it is STATUS_MEMORY. The path
 * lives until take returns. Versions 2, 3 and 4, for SHA-1 and SHA-256. STATUS_INVALID for anything else,
 * STATUS_UNSUPPORTED where the index is split in two files. */
enum status git_index_read(struct str index, bool (*take)(struct str path, void *context), void *context, struct error *err);

struct repository {
	struct str inside;    /* the folder that was asked about, from the repository's top; "" is the top */
	const char *top;      /* NULL: there is no repository */
	const char *excludes; /* info/exclude; may not exist */
	/* The tracked lockfiles and the folders above them, by path from the top; NULL: none is known. */
	struct map *tracked;
	struct str branch; /* that is checked out; STR_NONE: none is */
	bool unread;       /* the index could not be read: what is tracked is not known */
};

/* The repository that encloses the folder. What it says about files outside of it is not used. */
enum status repository_open(const char *folder, struct arena *arena, struct repository *out, struct error *err);
/* A tracked lockfile, or a folder with some below. */
bool repository_tracks(const struct repository *repository, struct str path);

#endif
