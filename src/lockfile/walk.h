/* Walking a folder for lockfiles: what lockfile_find does with one. */
#ifndef LOCKFILE_WALK_H
#define LOCKFILE_WALK_H

#include "assay/lockfile.h"

/* Adds to `list` in the order of the walk. */
enum status walk_folder(const char *path, const struct lockfile_find_options *options, struct arena *arena, struct lockfile_list *list, struct error *err);

#endif
