/*
 * The base of a change: lockfiles, manifests, settings and policies of another commit, read from git's objects into a folder of their own, so that
 * every reader finds them as it finds those of the work tree. Nothing is checked out and nothing but these files is read.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/repository.h"
#include "scan/private.h"

static const char *const judge_names[] = { "assay.policy.json", ".npmrc" };
static const char *const other_names[] = { "package.json", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml" };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

/* Named by a policy, or in a folder that is; of those from number `from` on. */
static bool is_judge(const struct scan_base *base, struct str path, size_t from)
{
	size_t number;
	for (; path.n; path = path_parent(path))
		if (map_find(base->judge_numbers, path, &number) && number >= from)
			return true;
	return false;
}

static bool is_wanted(void *context, const char *path)
{
	const struct scan_base *base = context;
	const char *name = path_base(path);
	if (is_one_of(name, judge_names, sizeof judge_names / sizeof *judge_names) ||
	    is_one_of(name, other_names, sizeof other_names / sizeof *other_names) || lockfile_format_by_file_name(name))
		return true;
	return is_judge(base, str_of(path), 0);
}

/* ---- what a policy names --------------------------------------------------------- */

/* False: out of memory. */
static bool add_judge(struct scan_base *base, struct str path)
{
	size_t number;
	if (!map_add(base->judge_numbers, path, base->judges.n, &number))
		return false;
	struct str *slot = number < base->judges.n ? NULL : vec_add(base->arena, &base->judges);
	if (slot)
		*slot = path;
	return slot || number < base->judges.n;
}

/* Files that this policy names, by paths relative to itself. What is wrong with it is said when it is loaded. */
static enum status read_named(struct scan_base *base, const char *path, struct error *err)
{
	static const char *const keys[] = { "extends", "advisories", "vex" };
	struct str text, folder = str_of(path_folder(base->arena, path));
	struct json *policy;
	const char *file = path_join(base->arena, base->scratch.folder, path);
	if (!file || !folder.p)
		return error_memory(err);
	if (file_read(file, LIMIT_POLICY_BYTES, base->arena, &text, NULL) || json_parse(text, JSON_RELAXED, base->arena, &policy, NULL, NULL))
		return STATUS_OK;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct json *list = json_find(policy, keys[i]);
		const struct json *item = json_is(list, JSON_ARRAY) ? list->child : list;
		for (; item; item = json_is(list, JSON_ARRAY) ? item->next : NULL) {
			struct str name = json_text(item);
			struct str named = name.n ? path_join_inside(base->arena, folder, name) : STR_NONE;
			if (named.n && !add_judge(base, named))
				return error_memory(err);
		}
	}
	return STATUS_OK;
}

struct policy_files {
	struct scan_base *base;
	size_t from; /* of the judges: what is new in this round */
	bool again;
	VEC(const char *) paths;
	bool failed;
};

/* Notes the policies on the way. */
static bool note_policy(void *context, const char *path)
{
	struct policy_files *files = context;
	bool named = is_judge(files->base, str_of(path), files->from);
	bool wanted = files->again ? named : named || is_wanted(files->base, path);
	if (named || (wanted && strcmp(path_base(path), judge_names[0]) == 0)) {
		const char **slot = vec_add(files->base->arena, &files->paths);
		struct str copy = arena_copy(files->base->arena, str_of(path));
		files->failed |= !slot || !copy.p;
		if (slot)
			*slot = copy.p;
	}
	return wanted;
}

/* A policy that is there is used, or is an error: a link that leads out of the repository must not leave its place to a laxer one. */
static enum status check_policies(const struct scan_base *base, const struct policy_files *files, struct error *err)
{
	for (size_t i = 0; i < files->paths.n; i++) {
		const char *path = path_join(base->arena, base->scratch.folder, files->paths.v[i]);
		if (!path)
			return error_memory(err);
		if (!file_exists(path))
			return error_set(err, STATUS_UNSUPPORTED, "%s of commit %.10s is a link that leads to no file of that commit",
					 files->paths.v[i], base->commit);
	}
	return STATUS_OK;
}

/* Until no policy names a file that was not read yet. */
static enum status extract(struct scan_base *base, struct error *err)
{
	for (size_t round = 0, from = 0; round == 0 || (from < base->judges.n && round < LIMIT_POLICY_DEPTH); round++) {
		struct policy_files files = { .base = base, .from = from, .again = round > 0 };
		size_t count;
		from = base->judges.n;
		enum status status = git_store_extract(base->store, base->commit, note_policy, &files, base->scratch.folder, &count, err);
		if (!status && files.failed)
			status = error_memory(err);
		if (!status)
			status = check_policies(base, &files, err);
		for (size_t i = 0; i < files.paths.n && !status; i++)
			status = read_named(base, files.paths.v[i], err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- opening and closing -------------------------------------------------------------- */

void scan_base_cleanup(struct scan_base **base)
{
	if (!*base)
		return;
	scratch_remove(&(*base)->scratch);
	git_store_close((*base)->store);
	*base = NULL;
}

/* What the command line names lies in the repository, or is none of the base's business. */
static enum status name_judges(struct scan_base *base, const char *const *named, struct error *err)
{
	for (; named && *named; named++) {
		const char *inside = file_exists(*named) ? base_path(base, *named) : NULL;
		if (inside && !add_judge(base, str_of(inside)))
			return error_memory(err);
	}
	return STATUS_OK;
}

enum status scan_base_open(const struct scan_base_options *options, struct arena *arena, struct scan_base **out, struct error *err)
{
	struct scan_base *base = arena_alloc(arena, sizeof *base);
	struct git_base found;
	if (!base)
		return error_memory(err);
	base->arena = arena;
	base->judge_numbers = map_new(arena, 0);
	if (!base->judge_numbers)
		return error_memory(err);
	CLEANUP(scan_base_cleanup) struct scan_base *opened = base;
	enum status status = git_store_open(options->path, &base->store, err);
	if (status || (status = git_store_find_base(base->store, options->revision, options->variable, arena, &found, err)))
		return status;
	base->top = git_store_top(base->store);
	base->commit = arena_copy(arena, str_of(found.commit)).p;
	base->why = found.why;
	if (!base->top)
		return error_set(err, STATUS_UNSUPPORTED, "a bare repository has no work tree to compare");
	if (!base->commit)
		return error_memory(err);
	if ((status = name_judges(base, options->policies, err)) || (status = scratch_make("base", &base->scratch, err)) || (status = extract(base, err)))
		return status;
	opened = NULL;
	*out = base;
	return STATUS_OK;
}

/* ---- the base's counterpart of a path ----------------------------------------------------- */

const char *base_path(const struct scan_base *base, const char *path)
{
	char *real = realpath(path, NULL);
	size_t top = strlen(base->top) - 1; /* without the slash */
	const char *inside = NULL;
	if (real && strncmp(real, base->top, top) == 0 && (real[top] == '/' || real[top] == '\0'))
		inside = arena_copy(base->arena, str_of(real + top + (real[top] == '/'))).p;
	free(real);
	return inside;
}

/* A folder that the base lacks is judged by what judges the nearest one that it has. */
static const char *counterpart(const struct scan_base *base, const char *inside)
{
	const char *folder = *inside ? path_join(base->arena, base->scratch.folder, inside) : base->scratch.folder;
	while (folder && !folder_exists(folder) && strlen(folder) > strlen(base->scratch.folder))
		folder = path_folder(base->arena, folder);
	return folder;
}

/* An .npmrc that CI wrote a login into belongs to no commit. */
static enum status keep_uncommitted(struct scan_base *base, const char *inside, const char *judge, struct error *err)
{
	const char *path = path_join(base->arena, inside, ".npmrc"), *theirs = path_join(base->arena, judge, ".npmrc");
	const char *ours = path ? path_join(base->arena, base->top, path) : NULL;
	struct str text;
	if (!ours || !theirs)
		return error_memory(err);
	while (path[0] == '.' && path[1] == '/')
		path += 2;
	if (git_store_tracks(base->store, path) || file_exists(theirs) || file_read(ours, LIMIT_CONFIG_BYTES, base->arena, &text, NULL))
		return STATUS_OK;
	return file_write_unsynced(theirs, text, err);
}

enum status base_judge_folder(struct scan_base *base, const char *folder, const char **out, struct error *err)
{
	const char *inside = base_path(base, folder);
	const char *judge = inside ? counterpart(base, inside) : NULL;
	if (!judge)
		return inside ? error_memory(err) : error_set(err, STATUS_USAGE, "%s is not in the repository that --base is about", folder);
	enum status status = keep_uncommitted(base, *inside ? inside : ".", judge, err);
	if (!status)
		*out = judge;
	return status;
}

const char *base_policy(const struct scan_base *base, const char *name)
{
	const char *inside = name && file_exists(name) ? base_path(base, name) : NULL;
	const char *theirs = inside ? path_join(base->arena, base->scratch.folder, inside) : NULL;
	if (theirs && file_exists(theirs))
		return theirs;
	return inside && git_store_tracks(base->store, inside) ? NULL : name;
}

void base_name_places(const struct scan_base *base, struct error *err)
{
	struct str folder = str_of(base->scratch.folder), text = err ? str_of(err->text) : STR("");
	CLEANUP(buf_fini) struct buf out = BUF_INIT(sizeof err->text);
	for (size_t at; (at = str_find_str(text, folder)) < text.n; text = str_from(text, at + folder.n + 1)) {
		buf_add(&out, str_head(text, at));
		buf_printf(&out, "%.10s:", base->commit);
	}
	buf_add(&out, text);
	buf_add_char(&out, '\0');
	if (err && !out.failed)
		memcpy(err->text, out.p, out.n);
}

enum status base_find(const struct scan_base *base, const struct lockfile_found *found, struct arena *arena, struct lockfile_found *out, bool *there,
		      struct error *err)
{
	const char *inside = found->folder ? base_path(base, found->folder) : NULL;
	const char *folder = inside ? (*inside ? path_join(arena, base->scratch.folder, inside) : base->scratch.folder) : NULL;
	static const char *const below[] = { "*/", NULL };
	struct lockfile_find_options only_here = { .no_ignore = true, .exclude = below };
	struct lockfile_list list = { 0 };
	*there = false;
	if (!folder || !folder_exists(folder))
		return STATUS_OK;
	enum status status = lockfile_find(folder, &only_here, arena, &list, err);
	for (size_t i = 0; i < list.found.n && !status; i++) {
		const struct lockfile_found *candidate = &list.found.v[i];
		bool same = strcmp(path_base(candidate->path), path_base(found->path)) == 0;
		if (!candidate->folder || strcmp(candidate->folder, folder) != 0 || candidate->problem != LOCKFILE_FINE)
			continue;
		if (!*there || same)
			*out = *candidate;
		*there = true;
		if (same)
			break;
	}
	return status;
}
