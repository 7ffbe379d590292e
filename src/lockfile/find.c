/*
 * Discovery: what a path names - a lockfile, an SBOM, installed packages, or a folder that walk.c looks through - and
 * which of the package.json found are covered by a lockfile elsewhere.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/ignore.h"
#include "lockfile/npm.h"
#include "lockfile/walk.h"

static int compare_found(const void *a, const void *b)
{
	return strcmp(((const struct lockfile_found *)a)->path, ((const struct lockfile_found *)b)->path);
}

/* ---- a folder without a lockfile ------------------------------------------------------- */

/* The lockfile in that folder, by one of the names that are not hidden; NULL. */
static const char *lockfile_in(const char *folder, struct arena *arena)
{
	for (size_t i = 0; lockfile_formats[i]; i++) {
		for (const char *const *name = lockfile_formats[i]->file_names; *name; name++) {
			const char *path = (*name)[0] == '.' ? NULL : path_join(arena, folder, *name);
			if (path && file_exists(path))
				return path;
		}
	}
	return NULL;
}

/* A workspace's lockfile stands at its top: the nearest one above, in the same repository. */
static const char *lockfile_above(const char *path, struct arena *arena)
{
	char *whole = realpath(path, NULL);
	const char *at = whole ? arena_copy(arena, str_of(whole)).p : NULL, *found = NULL;
	const char *top = path_in_repository(arena, path) ? path_repository(arena, path) : "/";
	free(whole);
	while (at && path && top && !found && strcmp(at, top) != 0) {
		path = *path == '/' ? path_folder(arena, path) : path_join(arena, path, "..");
		at = path_folder(arena, at);
		found = path ? lockfile_in(path, arena) : NULL;
	}
	struct str plain = found && *found != '/' ? npm_normalize_path(arena, str_of(found)) : STR_NONE;
	return plain.p ? arena_copy(arena, plain).p : found;
}

/* What was asked for may be one workspace of many: to write a lockfile there would be the wrong advice. */
static enum status name_lockfile_above(const char *path, struct arena *arena, struct lockfile_list *list, struct error *err)
{
	for (size_t i = 0; i < list->found.n; i++) {
		struct lockfile_found *found = &list->found.v[i];
		if (found->problem != LOCKFILE_MISSING || strcmp(found->folder, path) != 0)
			continue;
		const char *above = lockfile_above(path, arena);
		if (!above)
			return STATUS_OK;
		found->remedy = arena_printf(arena, "%s stands above: where this is one of its workspaces, scan that one's folder", above).p;
		return found->remedy ? STATUS_OK : error_memory(err);
	}
	return STATUS_OK;
}

static enum status find_in_folder(const char *path, const struct lockfile_find_options *options, struct arena *arena, struct lockfile_list *list,
				  struct error *err)
{
	enum status status = walk_folder(path, options, arena, list, err);
	if (!status && list->found.n)
		qsort(list->found.v, list->found.n, sizeof *list->found.v, compare_found);
	return status ? status : name_lockfile_above(path, arena, list, err);
}

static enum status add_one(struct lockfile_list *list, struct arena *arena, struct lockfile_found found, struct error *err)
{
	struct lockfile_found *added = vec_add(arena, &list->found);
	if (!added || !found.path || !found.folder)
		return error_memory(err);
	found.problem = found.format->read ? LOCKFILE_FINE : LOCKFILE_UNSUPPORTED;
	found.remedy = found.format->read ? NULL : found.format->remedy;
	*added = found;
	return STATUS_OK;
}

/* The folder around a node_modules folder; ".." for the present one. */
static const char *project_folder(const char *modules, struct arena *arena)
{
	return strcmp(modules, ".") == 0 ? ".." : path_folder(arena, modules);
}

/* A file whose name says nothing may be an SBOM. */
static enum status find_by_text(const char *path, const struct lockfile_format **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct str text;
	if (!scratch)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_LOCKFILE_BYTES, scratch, &text, err);
	if (status)
		return status;
	const struct lockfile_format *format = lockfile_format_by_text(text);
	if (!format) {
		error_set(err, STATUS_UNSUPPORTED, "%s: neither the name nor the content is a lockfile's or an SBOM's", path);
		error_hint(err, "give a folder, or say what it is: --lockfile npm:%s", path);
		return STATUS_UNSUPPORTED;
	}
	*out = format;
	return STATUS_OK;
}

static enum status find_file(const char *path, struct arena *arena, struct lockfile_list *list, struct error *err)
{
	const char *name = path_base(path);
	struct lockfile_found found = { .path = path, .folder = path_folder(arena, path) };
	found.format = lockfile_format_by_file_name(name);
	enum status status = found.format ? STATUS_OK : find_by_text(path, &found.format, err);
	if (status)
		return status;
	if (found.folder && strcmp(name, ".package-lock.json") == 0)
		found.folder = project_folder(found.folder, arena);
	return add_one(list, arena, found, err);
}

/* Without the slashes at the end, so that paths read well. */
static const char *trim_path(struct arena *arena, const char *path)
{
	struct str trimmed = str_of(path);
	while (trimmed.n > 1 && trimmed.p[trimmed.n - 1] == '/')
		trimmed.n--;
	return arena_copy(arena, trimmed).p;
}

enum status lockfile_find(const char *path, const struct lockfile_find_options *options, struct arena *arena, struct lockfile_list *out, struct error *err)
{
	struct lockfile_list list = { 0 };
	enum status status;
	path = trim_path(arena, path);
	if (!path)
		return error_memory(err);
	if (folder_exists(path) && strcmp(path_base(path), "node_modules") == 0) {
		struct lockfile_found found = { .path = path, .folder = project_folder(path, arena) };
		found.format = &installed_format;
		status = add_one(&list, arena, found, err);
	} else if (folder_exists(path)) {
		status = find_in_folder(path, options, arena, &list, err);
	} else if (file_exists(path)) {
		status = find_file(path, arena, &list, err);
	} else {
		status = error_set(err, STATUS_NOT_FOUND, "%s: no such file or folder", path);
		if (strcmp(path, "-") == 0)
			error_hint(err, "standard input has no name that tells its format: --lockfile KIND:-, as in --lockfile npm:-");
	}
	if (!status)
		*out = list;
	return status;
}

/* ---- what a lockfile covers ---------------------------------------------------------- */

static enum status number_missing(const struct lockfile_list *list, struct map *missing, struct error *err)
{
	for (size_t i = 0; i < list->found.n; i++) {
		const struct lockfile_found *found = &list->found.v[i];
		if (found->problem == LOCKFILE_MISSING && !map_set(missing, str_of(found->folder), i))
			return error_memory(err);
	}
	return STATUS_OK;
}

static void take_out(struct lockfile_list *list, const bool *covered)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->found.n; i++)
		if (!covered[i])
			list->found.v[kept++] = list->found.v[i];
	list->found.n = kept;
}

/* The folder as discovery writes it: "a" and "../b" give "b" where the walk began above. */
static struct str shown_folder(struct arena *arena, const char *base, struct str folder)
{
	struct str name = arena_copy(arena, folder);
	for (; str_starts_with(name, STR("../")) && *base && strcmp(base, ".") != 0; name = str_from(name, 3)) {
		base = path_folder(arena, base);
		if (!base)
			return STR_NONE;
	}
	return name.p ? str_of(path_join(arena, base, name.p)) : STR_NONE;
}

/* Where a package of the user's own lies, relative to the lockfile: a workspace, a folder that is copied ("file:./lib"), one that is
 * linked to and has no entry of its own. */
static struct str own_folder(const struct package *package, struct arena *scratch)
{
	if (package->kind == PACKAGE_LINK && package->link_target == TREE_NONE)
		return npm_normalize_path(scratch, package->link);
	if (package->folder.n || package->kind != PACKAGE_FILE || !str_starts_with(package->resolved, STR("file:")))
		return package->folder;
	return npm_normalize_path(scratch, str_from(package->resolved, strlen("file:")));
}

enum status lockfile_cover(struct lockfile_list *list, const struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *missing = scratch && tree->folder ? map_new(scratch, list->found.n) : NULL;
	bool *covered = missing ? arena_array(scratch, list->found.n, sizeof *covered) : NULL;
	if (!tree->folder)
		return STATUS_OK;
	if (!covered)
		return error_memory(err);
	enum status status = number_missing(list, missing, err);
	if (status || map_count(missing) == 0)
		return status;
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		struct str own = own_folder(package, scratch);
		size_t number;
		if (!own.n)
			continue;
		struct str folder = shown_folder(scratch, tree->folder, own);
		if (!folder.p)
			return error_memory(err);
		if (map_find(missing, folder, &number))
			covered[number] = true;
	}
	take_out(list, covered);
	return STATUS_OK;
}

enum status lockfile_is_excluded(const char *const *exclude, struct str path, struct arena *arena, bool *out, struct error *err)
{
	const struct ignore_rules *rules = NULL;
	enum status status = exclude ? ignore_new_of_globs(exclude, arena, &rules, err) : STATUS_OK;
	*out = !status && ignore_excludes(rules, path, false);
	for (struct str folder = path_parent(path); !status && !*out && folder.n; folder = path_parent(folder))
		*out = ignore_excludes(rules, folder, true);
	return status;
}
