/* package.json files. */
#ifndef LOCKFILE_MANIFEST_H
#define LOCKFILE_MANIFEST_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* folder/package.json as npm reads it: of a key that stands twice the last counts, and each one dropped adds to
 * *duplicates. STATUS_NOT_FOUND when there is none; STATUS_INVALID with path and place. The document lives in
 * `arena`. */
enum status manifest_read(const char *folder, struct arena *arena, struct json **out, size_t *duplicates, struct error *err);
/* An object of it, such as "dependencies"; NULL where that is missing or something else. */
const struct json *manifest_section(const struct json *manifest, const char *key);
/* Does it ask for any package at all? */
bool manifest_has_dependencies(const struct json *manifest);

/* Is the file, links followed, below the folder? */
bool is_beneath(const char *folder, const char *file);

/* Does the lockfile say that it leaves this dependency out? Then nobody can ask for it there. */
bool lockfile_leaves_out(const struct tree *tree, const struct json *member, enum edge_type type);

#endif
