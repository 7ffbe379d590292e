/* Workspace patterns: what npm's `workspaces` may list. */
#ifndef LOCKFILE_GLOB_H
#define LOCKFILE_GLOB_H

#include "assay/json.h"

struct patterns;
/* From `workspaces`: an array, or an object with an array `packages`. NULL gives patterns that match nothing.
 * STATUS_INVALID with the place, STATUS_LIMIT past LIMIT_WORKSPACE_PATTERNS. */
enum status patterns_read(const struct json *workspaces, struct arena *arena, struct patterns **out, struct error *err);
/* Is the folder (relative, '/' between its parts) one of the workspaces? */
bool patterns_match(const struct patterns *patterns, struct str folder);

#endif
