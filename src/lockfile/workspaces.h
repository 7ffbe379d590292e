/* The folders that a package.json's `workspaces` means. */
#ifndef LOCKFILE_WORKSPACES_H
#define LOCKFILE_WORKSPACES_H

#include "assay/json.h"

struct workspace_list {
	VEC(struct str) folders; /* relative, sorted by bytes; each holds a package.json */
};
/* Walks what lies below `folder`, but not node_modules, hidden folders and links. STATUS_INVALID for malformed patterns, STATUS_LIMIT past
 * LIMIT_FOLDERS or LIMIT_FOLDER_DEPTH, STATUS_IO. Everything lives in `arena`. */
enum status workspaces_find(const char *folder, const struct json *workspaces, struct arena *arena, struct workspace_list *out, struct error *err);

#endif
