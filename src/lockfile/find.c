/*
 * Discovery: which lockfiles a folder holds, and which package.json stand there without one. Folders are walked with
 * a stack of paths, one open at a time; links to folders are not followed, so that the walk ends. What was not looked
 * at is counted or says so.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/limits.h"
#include "assay/lockfile.h"
#include "lockfile/manifest.h"

struct folder {
	const char *path;
	size_t depth;
	bool below_unread; /* a lockfile above, which may cover this folder, is of a kind that is not read */
};

struct finder {
	struct arena *arena;
	struct lockfile_list list;
	VEC(struct folder) pending;
};

/* The names in a folder that matter. */
struct listing {
	VEC(const char *) folders;
	VEC(const char *) files;
};

static bool add_found(struct finder *finder, struct lockfile_found found)
{
	struct lockfile_found *added = vec_add(finder->arena, &finder->list.found);
	if (!added || !found.path || !found.folder)
		return false;
	*added = found;
	return true;
}

static bool add_lockfile(struct finder *finder, const char *folder, const char *name,
			 const struct lockfile_format *format)
{
	return add_found(finder, (struct lockfile_found){
					 .path = path_join(finder->arena, folder, name),
					 .folder = folder,
					 .format = format,
					 .problem = format->read ? LOCKFILE_FINE : LOCKFILE_UNSUPPORTED,
					 .remedy = format->read ? NULL : format->remedy,
				 });
}

/* ---- one folder ------------------------------------------------------------------ */

static bool is_folder(DIR *dir, const struct dirent *entry)
{
	struct stat st;
	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type == DT_DIR;
	return fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static bool note_entry(struct finder *finder, struct listing *listing, DIR *dir, const struct dirent *entry)
{
	const char *name = entry->d_name;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return true;
	bool folder = is_folder(dir, entry);
	if (folder && (strcmp(name, "node_modules") == 0 || strcmp(name, ".git") == 0)) {
		finder->list.skipped_folders++;
		return true;
	}
	if (!folder && !lockfile_format_by_file_name(name) && strcmp(name, "package.json") != 0)
		return true;
	const char **added =
		folder ? vec_add(finder->arena, &listing->folders) : vec_add(finder->arena, &listing->files);
	return added && (*added = arena_copy(finder->arena, str_of(name)).p);
}

static enum status list_folder(struct finder *finder, const char *path, struct listing *out, struct error *err)
{
	struct listing listing = { 0 };
	DIR *dir = opendir(path);
	if (!dir)
		return error_errno(err, "%s", path);
	const struct dirent *entry;
	bool fine = true;
	while (fine && (errno = 0, entry = readdir(dir)))
		fine = note_entry(finder, &listing, dir, entry);
	enum status status = !fine ? error_memory(err) : errno ? error_errno(err, "%s", path) : STATUS_OK;
	closedir(dir);
	if (!status)
		*out = listing;
	return status;
}

static bool has_file(const struct listing *listing, const char *name)
{
	for (size_t i = 0; i < listing->files.n; i++)
		if (strcmp(listing->files.v[i], name) == 0)
			return true;
	return false;
}

/* One lockfile of each format: of several names the first in the format's list counts. */
static enum status add_lockfiles(struct finder *finder, const struct folder *folder, const struct listing *listing,
				 bool *any, bool *unread, struct error *err)
{
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++) {
		for (const char *const *name = (*format)->file_names; *name; name++) {
			/* Of formats that share a name the text decides, when it is read. */
			if (!has_file(listing, *name) || lockfile_format_by_file_name(*name) != *format)
				continue;
			if (!add_lockfile(finder, folder->path, *name, *format))
				return error_memory(err);
			*any = true;
			*unread |= !(*format)->read;
			break;
		}
	}
	return STATUS_OK;
}

/* A package.json that no lockfile stands beside. The document is not kept. */
static enum status judge_manifest(struct finder *finder, const char *folder, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct lockfile_found found = { .path = path_join(finder->arena, folder, "package.json"), .folder = folder };
	struct error problem = { 0 };
	struct json *manifest = NULL;
	size_t duplicates = 0;
	if (!scratch)
		return error_memory(err);
	enum status status = manifest_read(folder, scratch, &manifest, &duplicates, &problem);
	if (status == STATUS_NOT_FOUND || (!status && !manifest_has_dependencies(manifest)))
		return STATUS_OK;
	found.problem = status ? LOCKFILE_UNREADABLE : LOCKFILE_MISSING;
	found.remedy = status ? arena_copy(finder->arena, str_of(problem.text)).p
			      : "write one and commit it: npm install --package-lock-only --ignore-scripts";
	return found.remedy && add_found(finder, found) ? STATUS_OK : error_memory(err);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The last name first: the stack then gives them in order. */
static enum status push_folders(struct finder *finder, const struct folder *parent, struct listing *listing,
				bool below_unread, struct error *err)
{
	if (listing->folders.n && parent->depth >= LIMIT_FOLDER_DEPTH) {
		finder->list.truncated = true;
		return STATUS_OK;
	}
	if (listing->folders.n)
		qsort(listing->folders.v, listing->folders.n, sizeof *listing->folders.v, compare_names);
	for (size_t i = listing->folders.n; i-- > 0;) {
		struct folder *folder = vec_add(finder->arena, &finder->pending);
		const char *path = path_join(finder->arena, parent->path, listing->folders.v[i]);
		if (!folder || !path)
			return error_memory(err);
		*folder = (struct folder){ path, parent->depth + 1, below_unread };
	}
	return STATUS_OK;
}

static enum status look_into(struct finder *finder, struct folder folder, struct error *err)
{
	struct error problem = { 0 };
	struct listing listing = { 0 };
	bool any = false, unread = false;
	enum status status = list_folder(finder, folder.path, &listing, &problem);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	finder->list.folders++;
	if (status) {
		struct lockfile_found found = { .path = folder.path,
						.folder = folder.path,
						.problem = LOCKFILE_UNREADABLE,
						.remedy = arena_copy(finder->arena, str_of(problem.text)).p };
		return found.remedy && add_found(finder, found) ? STATUS_OK : error_memory(err);
	}
	status = add_lockfiles(finder, &folder, &listing, &any, &unread, err);
	if (!status && !any && !folder.below_unread && has_file(&listing, "package.json"))
		status = judge_manifest(finder, folder.path, err);
	return status ? status : push_folders(finder, &folder, &listing, folder.below_unread || unread, err);
}

/* ---- the walk -------------------------------------------------------------------- */

static int compare_found(const void *a, const void *b)
{
	return strcmp(((const struct lockfile_found *)a)->path, ((const struct lockfile_found *)b)->path);
}

static enum status walk(struct finder *finder, const char *path, struct error *err)
{
	struct folder *first = vec_add(finder->arena, &finder->pending);
	if (!first)
		return error_memory(err);
	*first = (struct folder){ path, 0, false };
	enum status status = STATUS_OK;
	while (!status && finder->pending.n) {
		if (finder->list.folders >= LIMIT_FOLDERS) {
			finder->list.truncated = true;
			break;
		}
		status = look_into(finder, finder->pending.v[--finder->pending.n], err);
	}
	if (!status && finder->list.found.n)
		qsort(finder->list.found.v, finder->list.found.n, sizeof *finder->list.found.v, compare_found);
	return status;
}

static enum status find_file(struct finder *finder, const char *path, struct error *err)
{
	const char *name = path_base(path);
	const struct lockfile_format *format = lockfile_format_by_file_name(name);
	const char *folder = path_folder(finder->arena, path);
	if (!folder)
		return error_memory(err);
	if (!format) {
		error_set(err, STATUS_UNSUPPORTED, "%s: \"%s\" is not the name of a lockfile", path, name);
		error_hint(err, "give a folder, or say what it is: --lockfile npm:%s", path);
		return STATUS_UNSUPPORTED;
	}
	bool hidden = strcmp(name, ".package-lock.json") == 0; /* the project is the folder above node_modules */
	const char *project = hidden ? path_folder(finder->arena, folder) : folder;
	if (hidden && project && strcmp(folder, ".") == 0)
		project = "..";
	if (!project || !add_lockfile(finder, folder, name, format))
		return error_memory(err);
	finder->list.found.v[0].path = path;
	finder->list.found.v[0].folder = project;
	return STATUS_OK;
}

/* A node_modules folder itself holds packages, not projects: npm's hidden lockfile says which. */
static enum status find_hidden(struct finder *finder, const char *folder, struct error *err)
{
	const char *path = path_join(finder->arena, folder, ".package-lock.json");
	if (!path)
		return error_memory(err);
	if (file_exists(path))
		return find_file(finder, path, err);
	error_set(err, STATUS_NOT_FOUND, "%s holds no .package-lock.json", folder);
	error_hint(err, "npm 7 and later write one: scan the project's folder instead");
	return STATUS_NOT_FOUND;
}

/* Without the slashes at the end, so that paths read well. */
static const char *trim_path(struct arena *arena, const char *path)
{
	struct str trimmed = str_of(path);
	while (trimmed.n > 1 && trimmed.p[trimmed.n - 1] == '/')
		trimmed.n--;
	return arena_copy(arena, trimmed).p;
}

enum status lockfile_find(const char *path, struct arena *arena, struct lockfile_list *out, struct error *err)
{
	struct finder finder = { .arena = arena };
	path = trim_path(arena, path);
	if (!path)
		return error_memory(err);
	enum status status;
	if (folder_exists(path))
		status = strcmp(path_base(path), "node_modules") == 0 ? find_hidden(&finder, path, err)
								      : walk(&finder, path, err);
	else if (file_exists(path))
		status = find_file(&finder, path, err);
	else
		status = error_set(err, STATUS_NOT_FOUND, "%s: no such file or folder", path);
	if (!status)
		*out = finder.list;
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
		size_t number;
		if (!package->folder.n)
			continue;
		struct str folder = shown_folder(scratch, tree->folder, package->folder);
		if (!folder.p)
			return error_memory(err);
		if (map_find(missing, folder, &number))
			covered[number] = true;
	}
	take_out(list, covered);
	return STATUS_OK;
}
