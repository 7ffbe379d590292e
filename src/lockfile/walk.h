/* Walking a folder for lockfiles: what lockfile_find does with one. */
#ifndef LOCKFILE_WALK_H
#define LOCKFILE_WALK_H

#include "assay/lockfile.h"

/* Adds to `list` in the order of the walk. */
enum status walk_folder(const char *path, const struct lockfile_find_options *options, struct arena *arena,
			struct lockfile_list *list, struct error *err);

/* The names in a folder, sorted; what a walk is made of. */
struct folder_entry {
	const char *name;
	enum entry_kind { ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINK } kind; /* links to folders; one to a file is a file */
};
struct folder_entries {
	VEC(struct folder_entry) list;
};
/* Reads the open folder; `wanted` (may be NULL) says which names of files are kept. */
enum status folder_read(int fd, bool (*wanted)(const char *name), struct arena *arena, struct folder_entries *out,
			struct error *err);
/* A folder below an open one, never through a link; -1 with errno. */
int folder_open_at(int fd, const char *name);

#endif
