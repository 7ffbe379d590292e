/*
 * Finding workspaces where the lockfile does not list them (yarn classic). Folders are walked with a stack, one open at a time, as in
 * discovery.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/limits.h"
#include "lockfile/glob.h"
#include "lockfile/workspaces.h"

struct pending {
	struct str folder;
	size_t depth;
};

struct walk {
	const char *top;
	struct patterns *patterns;
	struct arena *arena;
	struct workspace_list found;
	VEC(struct pending) pending;
	size_t looked_into;
};

static bool is_folder(DIR *dir, const struct dirent *entry)
{
	struct stat st;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static enum status note_entry(struct walk *walk, struct pending at, DIR *dir, const struct dirent *entry, struct error *err)
{
	const char *name = entry->d_name;
	if (strcmp(name, "package.json") == 0 && at.folder.n && patterns_match(walk->patterns, at.folder)) {
		struct str *found = vec_add(walk->arena, &walk->found.folders);
		if (!found)
			return error_memory(err);
		*found = at.folder;
		return STATUS_OK;
	}
	if (name[0] == '.' || strcmp(name, "node_modules") == 0 || !is_folder(dir, entry))
		return STATUS_OK;
	if (at.depth == LIMIT_FOLDER_DEPTH)
		return error_set(err, STATUS_LIMIT, "%s: folders deeper than %d levels", walk->top, LIMIT_FOLDER_DEPTH);
	struct pending *inner = vec_add(walk->arena, &walk->pending);
	struct str path = arena_printf(walk->arena, "%.*s%s%s", STR_ARG(at.folder), at.folder.n ? "/" : "", name);
	if (!inner || !path.p)
		return error_memory(err);
	*inner = (struct pending){ path, at.depth + 1 };
	return STATUS_OK;
}

static enum status look_into(struct walk *walk, struct pending at, struct error *err)
{
	const char *path = at.folder.n ? path_join(walk->arena, walk->top, at.folder.p) : walk->top;
	DIR *dir = path ? opendir(path) : NULL;
	if (!dir)
		return path ? error_errno(err, "%s", path) : error_memory(err);
	const struct dirent *entry;
	enum status status = STATUS_OK;
	while (!status && (errno = 0, entry = readdir(dir)))
		status = note_entry(walk, at, dir, entry, err);
	if (!status && errno)
		status = error_errno(err, "%s", path);
	closedir(dir);
	return status;
}

static int compare_folders(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

enum status workspaces_find(const char *folder, const struct json *workspaces, struct arena *arena, struct workspace_list *out, struct error *err)
{
	struct walk walk = { .top = folder, .arena = arena };
	enum status status = patterns_read(workspaces, arena, &walk.patterns, err);
	if (status)
		return status;
	struct pending *first = vec_add(arena, &walk.pending);
	if (!first)
		return error_memory(err);
	while (!status && walk.pending.n) {
		if (walk.looked_into++ == LIMIT_FOLDERS)
			return error_set(err, STATUS_LIMIT, "%s: more than %d folders", folder, LIMIT_FOLDERS);
		status = look_into(&walk, walk.pending.v[--walk.pending.n], err);
	}
	if (status)
		return status;
	if (walk.found.folders.n)
		qsort(walk.found.folders.v, walk.found.folders.n, sizeof *walk.found.folders.v, compare_folders);
	*out = walk.found;
	return STATUS_OK;
}
