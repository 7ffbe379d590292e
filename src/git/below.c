/* All files of some names below a folder, along first parents: of two trees only what differs is looked into. */
#include "assay/limits.h"
#include "git/private.h"

enum { CHANGE_COST = 100 };

struct walk {
	struct git_store *store;
	bool (*wanted)(void *context, const char *path);
	void *context;
	struct arena *arena;
	const git_commit *commit; /* that is compared with its parent */
	struct buf path;          /* of the folder at hand: empty, or with a slash at its end */
	struct map *by_path;
	VEC(const char *) paths;
	VEC(struct git_change) changes;
	size_t compared, depth;
	struct error *err;
};

static bool is_file(const git_tree_entry *entry)
{
	return entry && libgit2.git_tree_entry_type(entry) == GIT_OBJECT_BLOB && libgit2.git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK;
}

static bool is_folder(const git_tree_entry *entry)
{
	return entry && libgit2.git_tree_entry_type(entry) == GIT_OBJECT_TREE;
}

static bool is_same(const git_tree_entry *one, const git_tree_entry *other)
{
	return one && other && libgit2.git_oid_equal(libgit2.git_tree_entry_id(one), libgit2.git_tree_entry_id(other)) && is_file(one) == is_file(other);
}

static enum status spend(struct walk *walk, size_t cost)
{
	walk->compared += cost;
	if (walk->compared <= LIMIT_GIT_COMPARED && walk->depth <= LIMIT_FOLDER_DEPTH && !walk->path.failed)
		return STATUS_OK;
	return error_set(walk->err, STATUS_LIMIT, "its history has too many changes, or too deep folders");
}

/* ---- one file ------------------------------------------------------------------------------- */

static bool path_number(struct walk *walk, const char *path, size_t *out)
{
	struct str key = str_of(path);
	if (map_find(walk->by_path, key, out))
		return true;
	const char **added = vec_add(walk->arena, &walk->paths);
	key = arena_copy(walk->arena, key);
	if (!added || !key.p)
		return false;
	*added = key.p;
	*out = walk->paths.n - 1;
	return map_set(walk->by_path, key, *out);
}

static enum status add_change(struct walk *walk, const char *path, const git_tree_entry *now)
{
	size_t name;
	enum status status = spend(walk, CHANGE_COST);
	if (status)
		return status;
	struct git_change *change = path_number(walk, path, &name) ? vec_add(walk->arena, &walk->changes) : NULL;
	if (!change)
		return error_memory(walk->err);
	change->name = name;
	change->time = libgit2.git_commit_time(walk->commit);
	libgit2.git_oid_tostr(change->commit, sizeof change->commit, libgit2.git_commit_id(walk->commit));
	if (is_file(now))
		libgit2.git_oid_tostr(change->blob, sizeof change->blob, libgit2.git_tree_entry_id(now));
	return STATUS_OK;
}

/* ---- one folder ------------------------------------------------------------------------------ */

static enum status compare(struct walk *walk, const git_tree *now, const git_tree *before);

static int look_up(struct walk *walk, const git_tree_entry *entry, git_tree **out)
{
	*out = NULL;
	return is_folder(entry) ? libgit2.git_tree_lookup(out, walk->store->repository, libgit2.git_tree_entry_id(entry)) : 0;
}

static enum status go_into(struct walk *walk, const git_tree_entry *now, const git_tree_entry *before)
{
	git_tree *trees[2];
	int code = look_up(walk, now, &trees[0]), other = look_up(walk, before, &trees[1]);
	enum status status = code || other ? git_history_damaged(walk->err, code ? code : other) : STATUS_OK;
	walk->depth++;
	if (!status)
		status = compare(walk, trees[0], trees[1]);
	walk->depth--;
	libgit2.git_tree_free(trees[0]);
	libgit2.git_tree_free(trees[1]);
	return status;
}

/* Either may be NULL. A folder may have become a file. */
static enum status compare_entries(struct walk *walk, const char *name, const git_tree_entry *now, const git_tree_entry *before)
{
	bool folder = is_folder(now) || is_folder(before), file = is_file(now) || is_file(before);
	size_t length = walk->path.n;
	enum status status = STATUS_OK;
	if (is_same(now, before) || !git_name_is_safe(name))
		return STATUS_OK;
	buf_add_z(&walk->path, name);
	buf_add_char(&walk->path, '\0');
	if (walk->path.failed)
		return spend(walk, 0);
	if (file && walk->wanted(walk->context, walk->path.p))
		status = add_change(walk, walk->path.p, now);
	walk->path.p[walk->path.n - 1] = '/';
	if (!status && folder && strcmp(name, "node_modules") != 0)
		status = go_into(walk, now, before);
	walk->path.n = length;
	return status;
}

/* Two states of a folder are much the same: what comes next in one mostly does in the other. */
static const git_tree_entry *find_twin(const git_tree *tree, const char *name, size_t *next)
{
	if (!tree)
		return NULL;
	for (size_t i = *next; i < *next + 2; i++) {
		const git_tree_entry *entry = libgit2.git_tree_entry_byindex(tree, i);
		if (!entry || strcmp(libgit2.git_tree_entry_name(entry), name) != 0)
			continue;
		*next = i + 1;
		return entry;
	}
	return libgit2.git_tree_entry_byname(tree, name);
}

static enum status compare(struct walk *walk, const git_tree *now, const git_tree *before)
{
	const git_tree_entry *entry;
	size_t count = (now ? libgit2.git_tree_entrycount(now) : 0) + (before ? libgit2.git_tree_entrycount(before) : 0), next = 0;
	enum status status = spend(walk, count);
	for (size_t i = 0; now && !status && (entry = libgit2.git_tree_entry_byindex(now, i)); i++) {
		const char *name = libgit2.git_tree_entry_name(entry);
		status = compare_entries(walk, name, entry, find_twin(before, name, &next));
	}
	next = 0;
	for (size_t i = 0; before && !status && (entry = libgit2.git_tree_entry_byindex(before, i)); i++) {
		const char *name = libgit2.git_tree_entry_name(entry);
		if (!find_twin(now, name, &next))
			status = compare_entries(walk, name, NULL, entry);
	}
	return status;
}

/* ---- commit by commit -------------------------------------------------------------------------- */

static enum status compare_folders(struct walk *walk, const git_tree *now, const git_tree *before)
{
	if (now && before && libgit2.git_oid_equal(libgit2.git_tree_id(now), libgit2.git_tree_id(before)))
		return STATUS_OK;
	return compare(walk, now, before);
}

/* From *commit on; frees it. */
static enum status walk_back(struct walk *walk, git_commit *commit, const char *folder, struct git_history *out)
{
	git_tree *now = NULL;
	int code = git_history_folder(walk->store, commit, folder, &now);
	enum status status = code ? git_history_damaged(walk->err, code) : STATUS_OK;
	while (!status && commit) {
		git_tree *before = NULL;
		git_commit *parent = git_history_step(walk->store, commit, out);
		code = parent ? git_history_folder(walk->store, parent, folder, &before) : 0;
		walk->commit = commit;
		status = code ? git_history_damaged(walk->err, code) : compare_folders(walk, now, before);
		libgit2.git_commit_free(commit);
		libgit2.git_tree_free(now);
		commit = parent;
		now = before;
	}
	libgit2.git_commit_free(commit);
	libgit2.git_tree_free(now);
	return status;
}

enum status git_store_history_below(struct git_store *store, const char *branch, const char *folder, bool (*wanted)(void *context, const char *path),
				    void *context, struct arena *arena, const char *const **paths, size_t *path_count, struct git_history *out,
				    struct error *err)
{
	struct walk walk = { .store = store, .wanted = wanted, .context = context, .arena = arena, .path = BUF_INIT((size_t)LIMIT_FOLDER_DEPTH * 64 * KIB) };
	struct git_history found = { 0 };
	git_commit *head = NULL;
	walk.err = err;
	walk.by_path = map_new(arena, 0);
	if (!walk.by_path)
		return error_memory(err);
	enum status status = git_history_begin(store, branch, arena, &head, err);
	found.empty = !head;
	if (!status && head)
		status = walk_back(&walk, head, folder, &found);
	buf_fini(&walk.path);
	if (status)
		return status;
	found.changes = walk.changes.v;
	found.change_count = walk.changes.n;
	*paths = (const char *const *)walk.paths.v;
	*path_count = walk.paths.n;
	*out = found;
	return STATUS_OK;
}
