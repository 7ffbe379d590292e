/*
 * The walk: depth first, each folder opened below its parent, as many open as it is deep. It decides what is looked
 * into; what is not is counted.
 *
 * Inside what is skipped (node_modules, ignored folders) the walk goes on only along the way to lockfiles that git
 * tracks: `tracked_only`. A folder with a .git of its own is another repository: its own rules hold, and its own index.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/limits.h"
#include "lockfile/ignore.h"
#include "lockfile/manifest.h"
#include "lockfile/repository.h"
#include "lockfile/walk.h"

/* A folder that is open: what it holds and how far the walk through it is. */
struct level {
	int fd;
	const char *path; /* as shown */
	struct str outer; /* from where the walk began */
	struct str inner; /* from the repository's top */
	const struct repository *repository;
	const struct ignore_rules *rules;
	struct folder_entries entries;
	size_t next;
	bool tracked_only;
	bool below_unread; /* a lockfile here or above, which may cover what is below, is of a kind that is not read */
	bool has_lockfile;
	bool hides_lockfile; /* one is here, but ignored */
};

struct walker {
	struct arena *arena, *scratch;
	struct lockfile_list *list;
	const struct ignore_rules *excluded;
	bool no_ignore;
	struct level levels[LIMIT_FOLDER_DEPTH + 1];
	size_t depth; /* of them in use */
	struct error *err;
};

static bool is_wanted(const char *name)
{
	return lockfile_format_by_file_name(name) || strcmp(name, "package.json") == 0 || strcmp(name, ".gitignore") == 0 || strcmp(name, ".git") == 0;
}

static bool has_entry(const struct level *level, const char *name)
{
	for (size_t i = 0; i < level->entries.list.n; i++)
		if (strcmp(level->entries.list.v[i].name, name) == 0)
			return true;
	return false;
}

/* "a" and "b" give "a/b"; STR_NONE: out of memory. */
static struct str join(struct arena *arena, struct str folder, const char *name)
{
	return folder.n ? arena_printf(arena, "%.*s/%s", STR_ARG(folder), name) : arena_copy(arena, str_of(name));
}

static enum status add_found(struct walker *walker, struct lockfile_found found)
{
	struct lockfile_found *added = vec_add(walker->arena, &walker->list->found);
	if (!added || !found.path || !found.folder)
		return error_memory(walker->err);
	*added = found;
	return STATUS_OK;
}

/* ---- what is left out ------------------------------------------------------------------ */

/* For asking only: gone with the next one. STR_NONE: out of memory, and then a thing is looked at rather than not. */
static struct str ask_path(struct walker *walker, struct str folder, const char *name)
{
	arena_reset(walker->scratch);
	return join(walker->scratch, folder, name);
}

static bool is_excluded(struct walker *walker, const struct level *level, const char *name, bool folder)
{
	struct str path = walker->excluded ? ask_path(walker, level->outer, name) : STR_NONE;
	if (!path.p || !ignore_excludes(walker->excluded, path, folder))
		return false;
	walker->list->excluded++;
	return true;
}

static bool is_ignored(struct walker *walker, const struct level *level, const char *name, bool folder)
{
	struct str path = level->rules ? ask_path(walker, level->inner, name) : STR_NONE;
	return path.p && ignore_excludes(level->rules, path, folder);
}

static bool is_tracked(struct walker *walker, const struct level *level, const char *name)
{
	struct str path = level->repository->tracked ? ask_path(walker, level->inner, name) : STR_NONE;
	return path.p && repository_tracks(level->repository, path);
}

/* ---- the rules that hold in a folder ------------------------------------------------------ */

/* A small file of patterns. Git does not follow a link here, and neither does this. STATUS_NOT_FOUND where there is none. */
static enum status read_rules(int folder, const char *name, struct arena *arena, struct str *out)
{
	CLEANUP(file_close) int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (fd < 0)
		return errno == ENOENT ? STATUS_NOT_FOUND : STATUS_IO;
	if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size > (off_t)LIMIT_IGNORE_BYTES)
		return STATUS_LIMIT;
	size_t size = (size_t)info.st_size, n = 0;
	char *text = arena_alloc(arena, size + 1);
	for (ssize_t got = 1; text && n < size && got > 0; n += (size_t)got) {
		got = read(fd, text + n, size - n);
		if (got < 0)
			return STATUS_IO;
	}
	if (!text)
		return STATUS_MEMORY;
	*out = (struct str){ text, n };
	return STATUS_OK;
}

/* Puts a file of patterns before the rules. One that cannot be read or is too large holds for nothing: more is looked at,
 * and it is counted. */
static enum status add_rules(struct walker *walker, struct level *level, int folder, const char *name)
{
	struct str text;
	enum status status = read_rules(folder, name, walker->arena, &text);
	struct ignore_rules *rules = status ? NULL : ignore_new(level->inner, level->rules, walker->arena);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_MEMORY || (!status && !rules))
		return error_memory(walker->err);
	if (!status)
		status = ignore_add_file(rules, text, NULL);
	if (status)
		walker->list->unread_rules++;
	else
		level->rules = rules;
	return STATUS_OK;
}

/* At the top of a walk: the patterns of the folders above, as far as the repository goes. */
static enum status add_outer_rules(struct walker *walker, struct level *level)
{
	struct str inner = level->inner, done = str_head(inner, 0);
	enum status status = STATUS_OK;
	while (!status && done.n < inner.n) {
		const char *folder = path_join(walker->arena, level->repository->top, arena_copy(walker->arena, done).p);
		const char *path = folder ? path_join(walker->arena, folder, ".gitignore") : NULL;
		if (!path)
			return error_memory(walker->err);
		level->inner = done;
		status = add_rules(walker, level, AT_FDCWD, path);
		struct str rest = str_from(inner, done.n + (done.n > 0));
		done = str_head(inner, inner.n - rest.n + str_find(rest, '/'));
	}
	level->inner = inner;
	return status;
}

/* Where the index cannot be read nobody knows what is tracked: then nothing is ignored. */
static enum status enter_repository(struct walker *walker, struct level *level)
{
	struct repository *repository = arena_alloc(walker->arena, sizeof *repository);
	if (!repository)
		return error_memory(walker->err);
	enum status status = repository_open(level->path, walker->arena, repository, walker->err);
	if (status || (level->repository && (!repository->top || repository->inside.n)))
		return status; /* a .git that is no repository */
	level->repository = repository;
	level->inner = repository->inside;
	level->rules = NULL;
	walker->list->unread_rules += repository->unread;
	struct lockfile_repository *folder = repository->top ? vec_add(walker->arena, &walker->list->repositories) : NULL;
	if (folder)
		*folder = (struct lockfile_repository){ level->path, level->outer };
	else if (repository->top)
		return error_memory(walker->err);
	if (!repository->excludes || repository->unread || walker->no_ignore)
		return STATUS_OK;
	level->inner = STR("");
	status = add_rules(walker, level, AT_FDCWD, repository->excludes);
	level->inner = repository->inside;
	return status;
}

static enum status set_rules(struct walker *walker, struct level *level, bool first)
{
	enum status status = STATUS_OK;
	if (level->tracked_only)
		return STATUS_OK;
	if (first || has_entry(level, ".git"))
		status = enter_repository(walker, level);
	if (status || walker->no_ignore || level->repository->unread)
		return status;
	if (first && level->repository->top)
		status = add_outer_rules(walker, level);
	return status || !has_entry(level, ".gitignore") ? status : add_rules(walker, level, level->fd, ".gitignore");
}

/* ---- what a folder holds --------------------------------------------------------------------- */

static bool is_hidden_lockfile(const char *name)
{
	return strcmp(name, ".package-lock.json") == 0;
}

/* npm's hidden lockfile says what the project around node_modules has: it counts where nothing else says so. */
static bool counts(struct walker *walker, const struct level *level, const char *name)
{
	if (!is_hidden_lockfile(name))
		return true;
	return strcmp(path_base(level->path), "node_modules") == 0 && walker->depth > 1 && !level[-1].has_lockfile;
}

/* Leaves of the folder's files those that are to be looked at. */
static void filter_files(struct walker *walker, struct level *level)
{
	size_t kept = 0;
	for (size_t i = 0; i < level->entries.list.n; i++) {
		struct folder_entry entry = level->entries.list.v[i];
		bool lockfile = entry.kind == ENTRY_FILE && lockfile_format_by_file_name(entry.name);
		if (lockfile && (!counts(walker, level, entry.name) || is_excluded(walker, level, entry.name, false)))
			continue;
		bool ignored = entry.kind == ENTRY_FILE && (level->tracked_only || is_ignored(walker, level, entry.name, false));
		if (ignored && !(lockfile && is_tracked(walker, level, entry.name))) {
			walker->list->ignored_lockfiles += lockfile && !level->tracked_only;
			level->hides_lockfile |= lockfile;
			continue;
		}
		level->entries.list.v[kept++] = entry;
	}
	level->entries.list.n = kept;
}

/* As pnpm writes a branch into a name: in lower case, '!' for what is no letter, digit, '-', '_' or '.'. */
static bool is_branch(struct str branch, struct str written)
{
	bool same = branch.n == written.n;
	for (size_t i = 0; same && i < branch.n; i++) {
		unsigned char c = (unsigned char)branch.p[i];
		bool kept = ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("-_.", c));
		char expected = !kept ? '!' : c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : (char)c;
		same = written.p[i] == expected;
	}
	return same && branch.n;
}

/* Is there one of this format that is read whatever the branch, or because of it? */
static bool has_usual(const struct level *level, const struct lockfile_format *format)
{
	for (size_t i = 0; i < level->entries.list.n; i++) {
		const char *name = level->entries.list.v[i].name;
		struct str branch = lockfile_branch(format, name);
		if (branch.n ? is_branch(level->repository->branch, branch) : lockfile_format_by_file_name(name) == format)
			return true;
	}
	return false;
}

/* Does the package manager leave this one aside for another in the folder? */
static bool is_shadowed(const struct level *level, const struct lockfile_format *format, const char *name)
{
	struct str branch = lockfile_branch(format, name);
	if (branch.n)
		return !is_branch(level->repository->branch, branch) && has_usual(level, format);
	for (const char *const *better = format->file_names; strcmp(*better, name) != 0; better++)
		if (has_entry(level, *better))
			return true;
	return format->yields_to && has_entry(level, format->yields_to);
}

/* The other lockfiles of the folder, for the one named; NULL where there is none. */
static enum status describe_conflict(struct walker *walker, const struct level *level, const char *name, const char **out)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	for (size_t i = 0; i < level->entries.list.n; i++) {
		const struct folder_entry *entry = &level->entries.list.v[i];
		const struct lockfile_format *format = entry->kind == ENTRY_FILE ? lockfile_format_by_file_name(entry->name) : NULL;
		if (format && strcmp(entry->name, name) != 0)
			buf_printf(&text, "%s%s%s", text.n ? ", " : "", entry->name, is_shadowed(level, format, entry->name) ? " (not read)" : "");
	}
	const char *copy = text.n ? arena_copy(walker->arena, buf_str(&text)).p : NULL;
	if (text.failed || (text.n && !copy))
		return error_memory(walker->err);
	*out = copy;
	return STATUS_OK;
}

static enum status add_lockfile(struct walker *walker, struct level *level, const char *name)
{
	const struct lockfile_format *format = lockfile_format_by_file_name(name);
	struct lockfile_found found = {
		.path = path_join(walker->arena, level->path, name),
		.folder = is_hidden_lockfile(name) ? level[-1].path : level->path,
		.format = format,
		.problem = format->read ? LOCKFILE_FINE : LOCKFILE_UNSUPPORTED,
		.remedy = format->read ? NULL : format->remedy,
	};
	level->has_lockfile = true;
	if (is_shadowed(level, format, name))
		return STATUS_OK;
	level->below_unread |= !format->read;
	enum status status = describe_conflict(walker, level, name, &found.conflict);
	return status ? status : add_found(walker, found);
}

/* A package.json that no lockfile stands beside. The document is not kept. */
static enum status judge_manifest(struct walker *walker, const struct level *level)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct lockfile_found found = { .path = path_join(walker->arena, level->path, "package.json"), .folder = level->path };
	struct error problem = { 0 };
	struct json *manifest = NULL;
	size_t duplicates = 0;
	if (!scratch)
		return error_memory(walker->err);
	enum status status = manifest_read(level->path, scratch, &manifest, &duplicates, &problem);
	if (status == STATUS_NOT_FOUND || (!status && !manifest_has_dependencies(manifest)))
		return STATUS_OK;
	found.problem = status ? LOCKFILE_UNREADABLE : LOCKFILE_MISSING;
	found.remedy = status                ? arena_copy(walker->arena, str_of(problem.text)).p :
		       level->hides_lockfile ? "there is a lockfile that .gitignore excludes and git does not track: commit it, or "
					       "use --no-ignore" :
					       "write one and commit it: npm install --package-lock-only --ignore-scripts";
	return found.remedy ? add_found(walker, found) : error_memory(walker->err);
}

static enum status look_at_files(struct walker *walker, struct level *level)
{
	enum status status = STATUS_OK;
	bool above_unread = level->below_unread;
	filter_files(walker, level);
	for (size_t i = 0; !status && i < level->entries.list.n; i++) {
		const struct folder_entry *entry = &level->entries.list.v[i];
		if (entry->kind == ENTRY_FILE && lockfile_format_by_file_name(entry->name))
			status = add_lockfile(walker, level, entry->name);
		else
			walker->list->linked_folders += entry->kind == ENTRY_LINK;
	}
	if (!status && !level->has_lockfile && !above_unread && has_entry(level, "package.json"))
		status = judge_manifest(walker, level);
	return status;
}

/* ---- into folders and out again ---------------------------------------------------------------- */

static enum status add_unreadable(struct walker *walker, const char *path, const char *problem)
{
	struct lockfile_found found = { .path = path, .folder = path, .problem = LOCKFILE_UNREADABLE };
	found.remedy = arena_printf(walker->arena, "%s: %s", path, problem).p;
	return found.remedy ? add_found(walker, found) : error_memory(walker->err);
}

/* `level` is where levels[depth] stands, but for what the folder holds. */
static enum status enter(struct walker *walker, int fd, bool first)
{
	struct level *level = &walker->levels[walker->depth];
	struct error problem = { 0 };
	level->fd = fd;
	walker->list->folders++;
	enum status status = fd < 0 ? error_errno(&problem, "cannot be opened") : folder_read(fd, is_wanted, walker->arena, &level->entries, &problem);
	if (status) {
		file_close(&level->fd);
		return status == STATUS_MEMORY ? error_memory(walker->err) : add_unreadable(walker, level->path, problem.text);
	}
	walker->depth++;
	status = set_rules(walker, level, first);
	return status ? status : look_at_files(walker, level);
}

/* Whether the walk goes on into it, and how. */
static bool is_entered(struct walker *walker, const struct level *level, const char *name, bool *tracked_only)
{
	bool modules = strcmp(name, "node_modules") == 0;
	*tracked_only = level->tracked_only;
	if (is_excluded(walker, level, name, true))
		return false;
	if (modules || strcmp(name, ".git") == 0)
		walker->list->skipped_folders++;
	else if (level->tracked_only || !is_ignored(walker, level, name, true))
		return !level->tracked_only || is_tracked(walker, level, name);
	else
		walker->list->ignored_folders++;
	*tracked_only = true;
	return strcmp(name, ".git") != 0 && is_tracked(walker, level, name);
}

static enum status go_into(struct walker *walker, const char *name)
{
	const struct level *level = &walker->levels[walker->depth - 1];
	struct level *below = &walker->levels[walker->depth];
	bool tracked_only;
	if (!is_entered(walker, level, name, &tracked_only))
		return STATUS_OK;
	if (walker->depth > LIMIT_FOLDER_DEPTH || walker->list->folders >= LIMIT_FOLDERS) {
		walker->list->truncated = true;
		return STATUS_OK;
	}
	*below = (struct level){
		.path = path_join(walker->arena, level->path, name),
		.outer = join(walker->arena, level->outer, name),
		.inner = join(walker->arena, level->inner, name),
		.repository = level->repository,
		.rules = level->rules,
		.tracked_only = tracked_only,
		.below_unread = level->below_unread,
	};
	if (!below->path || !below->outer.p || !below->inner.p)
		return error_memory(walker->err);
	return enter(walker, folder_open_at(level->fd, name), false);
}

static enum status walk(struct walker *walker)
{
	enum status status = STATUS_OK;
	while (!status && walker->depth) {
		struct level *level = &walker->levels[walker->depth - 1];
		if (level->next == level->entries.list.n) {
			file_close(&level->fd);
			walker->depth--;
			continue;
		}
		const struct folder_entry *entry = &level->entries.list.v[level->next++];
		if (entry->kind == ENTRY_FOLDER)
			status = go_into(walker, entry->name);
	}
	while (walker->depth)
		file_close(&walker->levels[--walker->depth].fd);
	return status;
}

enum status walk_folder(const char *path, const struct lockfile_find_options *options, struct arena *arena, struct lockfile_list *list, struct error *err)
{
	static const struct lockfile_find_options none;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct walker *walker = arena_alloc(arena, sizeof *walker);
	if (!walker || !scratch)
		return error_memory(err);
	options = options ? options : &none;
	*walker = (struct walker){ .arena = arena, .scratch = scratch, .list = list, .err = err };
	walker->no_ignore = options->no_ignore;
	walker->levels[0] = (struct level){ .path = path, .outer = STR("") };
	enum status status = options->exclude ? ignore_new_of_globs(options->exclude, arena, &walker->excluded, err) : STATUS_OK;
	if (status)
		return status;
	status = enter(walker, open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK), true);
	if (!status)
		return walk(walker);
	while (walker->depth)
		file_close(&walker->levels[--walker->depth].fd);
	return status;
}
