/*
 * The repository around a folder. `.git` is a folder, or a file that names one ("gitdir: …": worktrees and submodules).
 * Such a file may name any folder: all that can come of it is that more lockfiles count as tracked and that other
 * patterns leave files out, and who wrote it could have written a .gitignore as well. It is read only where it looks
 * like a repository.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/lockfile.h"
#include "lockfile/repository.h"

/* What one line says, such as "gitdir: …"; NULL: out of memory, or the file is not there or is no such line. */
static const char *read_line(const char *path, struct str prefix, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct str text;
	if (!scratch || file_read(path, LIMIT_LOCATION_BYTES, scratch, &text, NULL) || !str_starts_with(text, prefix))
		return NULL;
	text = str_trim(str_head(str_from(text, prefix.n), str_find(str_from(text, prefix.n), '\n')));
	return text.n && str_find(text, '\0') == text.n ? arena_copy(arena, text).p : NULL;
}

static bool is_git_folder(const char *folder, struct arena *arena)
{
	const char *head = path_join(arena, folder, "HEAD");
	return head && file_exists(head);
}

/* NULL: this is not a repository's top. */
static const char *git_folder(const char *top, struct arena *arena)
{
	const char *git = path_join(arena, top, ".git");
	if (git && file_exists(git)) {
		const char *named = read_line(git, STR("gitdir:"), arena);
		git = named ? path_join(arena, top, named) : NULL;
	}
	return git && is_git_folder(git, arena) ? git : NULL;
}

static const char *excludes_path(const char *git, struct arena *arena)
{
	const char *file = path_join(arena, git, "commondir"); /* worktrees share what is not their own */
	const char *common = file ? read_line(file, STR(""), arena) : NULL;
	const char *folder = common ? path_join(arena, git, common) : git;
	return folder ? path_join(arena, folder, "info/exclude") : NULL;
}

static struct str checked_out(const char *git, struct arena *arena)
{
	static const char heads[] = "ref: refs/heads/";
	const char *path = path_join(arena, git, "HEAD");
	const char *line = path ? read_line(path, str_of(heads), arena) : NULL;
	return line ? str_of(line) : STR_NONE;
}

/* ---- what is tracked ---------------------------------------------------------------- */

struct tracked {
	struct arena *arena;
	struct map *paths;
	size_t size_bytes;
};

/* Lockfiles, and the settings that may hold a login. */
static bool is_of_interest(const char *name)
{
	static const char *const settings[] = { ".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml" };
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(name, settings[i]) == 0)
			return true;
	return lockfile_format_by_file_name(name);
}

/* The path and the folders above it, up to one that is there already. */
static bool take_path(struct str path, void *context)
{
	struct tracked *tracked = context;
	size_t slash = str_find_last(path, '/'), found;
	char name[256] = "";
	struct str base = slash == path.n ? path : str_from(path, slash + 1);
	if (base.n >= sizeof name)
		return true;
	memcpy(name, base.p, base.n);
	if (!is_of_interest(name))
		return true;
	tracked->size_bytes += path.n;
	path = arena_copy(tracked->arena, path);
	if (!path.p || tracked->size_bytes > LIMIT_GIT_TRACKED_BYTES)
		return false;
	while (path.n && !map_find(tracked->paths, path, &found)) {
		if (!map_set(tracked->paths, path, 1))
			return false;
		path = path_parent(path);
	}
	return true;
}

static enum status read_tracked(const char *git, struct arena *arena, struct map **out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct tracked tracked = { .arena = arena, .paths = map_new(arena, 64) };
	const char *path = scratch ? path_join(scratch, git, "index") : NULL;
	struct str index;
	if (!tracked.paths || !path)
		return STATUS_MEMORY;
	enum status status = file_read(path, LIMIT_GIT_INDEX_BYTES, scratch, &index, NULL);
	if (!status)
		status = git_index_read(index, take_path, &tracked, NULL);
	if (status && status != STATUS_NOT_FOUND) /* nothing was ever added to a new one */
		return status;
	*out = tracked.paths;
	return STATUS_OK;
}

/* ---- finding it ----------------------------------------------------------------------- */

/* The top of the repository that encloses the folder; git stops at the root of the file system, and so does this. */
static const char *find_top(const char *folder, struct arena *arena, const char **git)
{
	for (;;) {
		*git = git_folder(folder, arena);
		if (*git)
			return folder;
		if (strcmp(folder, "/") == 0 || !(folder = path_folder(arena, folder)))
			return NULL;
	}
}

enum status repository_open(const char *folder, struct arena *arena, struct repository *out, struct error *err)
{
	struct repository found = { .inside = STR("") };
	const char *git = NULL;
	char *real = realpath(folder, NULL);
	struct str absolute = real ? arena_copy(arena, str_of(real)) : STR_NONE;
	bool lost = real && !absolute.p;
	free(real);
	if (lost)
		return error_memory(err);
	if (absolute.p)
		found.top = find_top(absolute.p, arena, &git);
	if (found.top) {
		size_t n = strlen(found.top);
		found.inside = str_from(absolute, n + (absolute.n > n && n > 1));
		found.excludes = excludes_path(git, arena);
		found.branch = checked_out(git, arena);
		found.unread = read_tracked(git, arena, &found.tracked) != STATUS_OK;
	}
	*out = found;
	return STATUS_OK;
}

bool repository_tracks(const struct repository *repository, struct str path)
{
	size_t found;
	return repository->tracked && map_find(repository->tracked, path, &found);
}
