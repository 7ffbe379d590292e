/* Which names a .gitignore leaves out. */
#ifndef LOCKFILE_IGNORE_H
#define LOCKFILE_IGNORE_H

#include "assay/base.h"

/* The patterns of one file, in front of those of the folders around it. */
struct ignore_rules;

/* `base` is the folder that the file stands in, relative to where all paths begin ("" there); it is not copied. NULL: out
 * of memory. */
struct ignore_rules *ignore_new(struct str base, const struct ignore_rules *outer, struct arena *arena);
/* A whole file; one pattern as it stands. The text must live as long as the rules. STATUS_LIMIT past
 * LIMIT_IGNORE_PATTERNS, counted with those around; STATUS_MEMORY. */
enum status ignore_add_file(struct ignore_rules *rules, struct str text, struct error *err);
enum status ignore_add_pattern(struct ignore_rules *rules, struct str text, struct error *err);
/* Of such patterns alone, NULL-terminated, from where all paths begin. NULL: none. */
enum status ignore_new_of_globs(const char *const *globs, struct arena *arena, const struct ignore_rules **out, struct error *err);
/* Is this file or folder left out? Asked of what stands in a folder that is not left out itself. NULL: nothing is. */
bool ignore_excludes(const struct ignore_rules *rules, struct str path, bool is_folder);

#endif
