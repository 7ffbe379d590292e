/*
 * The base of a change: lockfiles, manifests, settings and policies of another commit, read from git's objects into a folder of their own, so that
 * every reader finds them as it finds those of the work tree. Nothing is checked out and nothing but these files is read.
 */
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/repository.h"
#include "scan/private.h"

enum { EXTENDS_ROUNDS = 16, REMOVE_FILES_OPEN = 16 };

static const char *const judge_names[] = { "assay.policy.json", ".npmrc" };
static const char *const other_names[] = { "package.json", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml" };

static bool is_one_of(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static bool is_below(struct str path, struct str folder)
{
	return str_equal(path, folder) || (str_starts_with(path, folder) && path.p[folder.n] == '/');
}

static bool is_wanted(void *context, const char *path)
{
	const struct scan_base *base = context;
	const char *name = path_base(path);
	if (is_one_of(name, judge_names, sizeof judge_names / sizeof *judge_names) ||
	    is_one_of(name, other_names, sizeof other_names / sizeof *other_names) || lockfile_format_by_file_name(name))
		return true;
	for (size_t i = 0; i < base->judges.n; i++)
		if (is_below(str_of(path), base->judges.v[i]))
			return true;
	return false;
}

/* ---- what a policy names --------------------------------------------------------- */

/* "a/b" and "../c" give "c": both from the top. STR_NONE where it leads out, or out of memory. */
static struct str join_normal(struct arena *arena, struct str folder, struct str name)
{
	struct str rest = arena_printf(arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)), part;
	char *out = rest.p ? arena_alloc(arena, rest.n + 1) : NULL;
	size_t n = 0;
	if (!out || str_starts_with(name, STR("/")))
		return STR_NONE;
	while (str_split(&rest, '/', &part)) {
		if (part.n == 0 || str_equal_z(part, "."))
			continue;
		if (str_equal_z(part, "..")) {
			if (n == 0)
				return STR_NONE;
			while (n && out[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return (struct str){ out, n };
}

/* False: out of memory. */
static bool add_judge(struct scan_base *base, struct str path, bool *more)
{
	for (size_t i = 0; i < base->judges.n; i++)
		if (str_equal(base->judges.v[i], path))
			return true;
	struct str *slot = vec_add(base->arena, &base->judges);
	if (slot)
		*slot = path;
	*more = true;
	return slot;
}

/* Files that this policy names, by paths relative to itself. What is wrong with it is said when it is loaded. */
static enum status read_named(struct scan_base *base, const char *path, bool *more, struct error *err)
{
	static const char *const keys[] = { "extends", "advisories", "vex" };
	struct str text, folder = str_of(path_folder(base->arena, path));
	struct json *policy;
	const char *file = path_join(base->arena, base->folder, path);
	if (!file || !folder.p)
		return error_memory(err);
	if (file_read(file, LIMIT_POLICY_BYTES, base->arena, &text, NULL) || json_parse(text, JSON_RELAXED, base->arena, &policy, NULL, NULL))
		return STATUS_OK;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		const struct json *list = json_find(policy, keys[i]);
		const struct json *item = json_is(list, JSON_ARRAY) ? list->child : list;
		for (; item; item = json_is(list, JSON_ARRAY) ? item->next : NULL) {
			struct str name = json_text(item);
			struct str named = name.n ? join_normal(base->arena, folder, name) : STR_NONE;
			if (named.n && !add_judge(base, named, more))
				return error_memory(err);
		}
	}
	return STATUS_OK;
}

struct policy_files {
	struct scan_base *base;
	bool (*wanted)(void *context, const char *path);
	VEC(const char *) paths;
	bool failed;
};

/* Notes the policies on the way. */
static bool note_policy(void *context, const char *path)
{
	struct policy_files *files = context;
	bool wanted = is_wanted(files->base, path), named = false;
	for (size_t i = 0; i < files->base->judges.n; i++)
		named |= str_equal_z(files->base->judges.v[i], path);
	if (named || strcmp(path_base(path), judge_names[0]) == 0) {
		const char **slot = vec_add(files->base->arena, &files->paths);
		struct str copy = arena_copy(files->base->arena, str_of(path));
		files->failed |= !slot || !copy.p;
		if (slot)
			*slot = copy.p;
	}
	return wanted;
}

/* Until no policy names a file that was not read yet. */
static enum status extract(struct scan_base *base, struct error *err)
{
	bool more = true;
	for (int round = 0; more && round < EXTENDS_ROUNDS; round++) {
		struct policy_files files = { .base = base };
		size_t count;
		enum status status = git_store_extract(base->store, base->commit, note_policy, &files, base->folder, &count, err);
		if (!status && files.failed)
			status = error_memory(err);
		more = false;
		for (size_t i = 0; i < files.paths.n && !status; i++)
			status = read_named(base, files.paths.v[i], &more, err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- opening and closing -------------------------------------------------------------- */

static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	(void)walk;
	return remove(path);
}

void scan_base_cleanup(struct scan_base **base)
{
	if (!*base)
		return;
	if ((*base)->folder)
		nftw((*base)->folder, remove_entry, REMOVE_FILES_OPEN, FTW_DEPTH | FTW_PHYS);
	free((*base)->folder);
	git_store_close((*base)->store);
	*base = NULL;
}

/* With a .git of its own, so that whoever looks for the repository's top from within finds this one. */
static enum status make_folder(struct scan_base *base, struct error *err)
{
	const char *where = getenv("TMPDIR");
	char *made = NULL;
	if (asprintf(&made, "%s/assay-base-XXXXXX", where && *where ? where : "/tmp") < 0)
		return error_memory(err);
	if (!mkdtemp(made)) {
		enum status status = error_errno(err, "making a folder %s", made);
		free(made);
		return status;
	}
	base->folder = made;
	const char *git = path_join(base->arena, made, ".git");
	return git ? folder_make(git, err) : error_memory(err);
}

enum status scan_base_open(const char *path, const char *revision, const char *(*variable)(const char *name), struct arena *arena,
			   struct scan_base **out, struct error *err)
{
	struct scan_base *base = arena_alloc(arena, sizeof *base);
	struct git_base found;
	if (!base)
		return error_memory(err);
	base->arena = arena;
	CLEANUP(scan_base_cleanup) struct scan_base *opened = base;
	enum status status = git_store_open(path, &base->store, err);
	if (status || (status = git_store_find_base(base->store, revision, variable, arena, &found, err)))
		return status;
	base->top = git_store_top(base->store);
	base->commit = arena_copy(arena, str_of(found.commit)).p;
	base->why = found.why;
	if (!base->top)
		return error_set(err, STATUS_UNSUPPORTED, "a bare repository has no work tree to compare");
	if (!base->commit)
		return error_memory(err);
	if ((status = make_folder(base, err)) || (status = extract(base, err)))
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
	const char *folder = *inside ? path_join(base->arena, base->folder, inside) : base->folder;
	while (folder && !folder_exists(folder) && strlen(folder) > strlen(base->folder))
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
	const char *theirs = inside ? path_join(base->arena, base->folder, inside) : NULL;
	return theirs && file_exists(theirs) ? theirs : name;
}

enum status base_find(const struct scan_base *base, const struct lockfile_found *found, struct arena *arena, struct lockfile_found *out,
		      bool *there, struct error *err)
{
	const char *inside = found->folder ? base_path(base, found->folder) : NULL;
	const char *folder = inside ? (*inside ? path_join(arena, base->folder, inside) : base->folder) : NULL;
	struct lockfile_find_options all = { .no_ignore = true };
	struct lockfile_list list = { 0 };
	*there = false;
	if (!folder || !folder_exists(folder))
		return STATUS_OK;
	enum status status = lockfile_find(folder, &all, arena, &list, err);
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

/* ---- the judges that a change touches --------------------------------------------------------- */

static enum status add_changed(struct scan *scan, const char *path, const char *what, struct error *err)
{
	struct finding *finding = check_add(scan, check_rule_by_id(STR("policy-changed")), TREE_NONE);
	if (!finding)
		return error_memory(err);
	finding->stable_id = arena_printf(scan->arena, "policy-changed %s", path);
	finding->message = arena_printf(scan->arena, "the change %s %s; it is judged by what the base has", what, path);
	finding->status = FINDING_INTRODUCED;
	return finding->stable_id.p && finding->message.p ? STATUS_OK : error_memory(err);
}

static enum status compare_judge(const struct scan_base *base, const char *path, struct scan *scan, struct error *err)
{
	const char *before = path_join(scan->arena, base->folder, path), *now = path_join(scan->arena, base->top, path);
	struct str old = STR_NONE, new = STR_NONE;
	if (!before || !now)
		return error_memory(err);
	bool was = file_read(before, LIMIT_POLICY_BYTES, scan->arena, &old, NULL) == STATUS_OK;
	bool is = file_read(now, LIMIT_POLICY_BYTES, scan->arena, &new, NULL) == STATUS_OK;
	if ((was && is && str_equal(old, new)) || (!was && !is))
		return STATUS_OK;
	return add_changed(scan, path, !was ? "adds" : !is ? "removes" : "alters", err);
}

enum status base_add_changes(const struct scan_base *base, const char *folder, struct scan *scan, struct error *err)
{
	const char *inside = base_path(base, folder);
	struct str at = inside ? str_of(inside) : STR("");
	enum status status = STATUS_OK;
	for (bool more = inside != NULL; more && !status;) {
		for (size_t i = 0; i < sizeof judge_names / sizeof *judge_names && !status; i++) {
			struct str path = at.n ? arena_printf(scan->arena, "%.*s/%s", STR_ARG(at), judge_names[i]) : str_of(judge_names[i]);
			status = path.p ? compare_judge(base, path.p, scan, err) : error_memory(err);
		}
		more = at.n > 0;
		size_t slash = str_find_last(at, '/');
		at = slash < at.n ? str_head(at, slash) : STR("");
	}
	for (size_t i = 0; i < base->judges.n && !status; i++) {
		struct str path = arena_copy(scan->arena, base->judges.v[i]);
		const char *there = path.p ? path_join(scan->arena, base->top, path.p) : NULL;
		status = !there ? error_memory(err) : folder_exists(there) ? STATUS_OK : compare_judge(base, path.p, scan, err);
	}
	return status;
}
