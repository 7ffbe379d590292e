/* Files along the first parents of HEAD. Where a folder's tree is that of the commit before, nothing in it is looked at. */
#include <stdlib.h>

#include "assay/limits.h"
#include "git/private.h"

struct state {
	git_oid folder; /* zero: not there */
	git_oid *blobs; /* by name; likewise */
};

struct walk {
	struct git_store *store;
	const char *folder;
	const char *const *names;
	size_t count;
	struct arena *arena;
	VEC(struct git_change) changes;
	struct state now, before; /* of a commit and of its parent */
	struct error *err;
};

enum status git_history_damaged(struct error *err, int code)
{
	enum status status = git_store_fail(err, code, "reading the repository's history");
	if (code == GIT_ENOTFOUND)
		error_hint(err, "git fetch --unshallow, or git fetch --refetch, brings what is missing");
	return status;
}

int git_history_folder(struct git_store *store, git_commit *commit, const char *folder, git_tree **out)
{
	git_tree *root = NULL;
	git_tree_entry *entry = NULL;
	int code = libgit2.git_commit_tree(&root, commit);
	*out = NULL;
	if (code || !folder[0]) {
		*out = root;
		return code;
	}
	code = libgit2.git_tree_entry_bypath(&entry, root, folder);
	if (!code && libgit2.git_tree_entry_type(entry) == GIT_OBJECT_TREE)
		code = libgit2.git_tree_lookup(out, store->repository, libgit2.git_tree_entry_id(entry));
	else if (code == GIT_ENOTFOUND)
		code = 0;
	libgit2.git_tree_entry_free(entry);
	libgit2.git_tree_free(root);
	return code;
}

static enum status read_state(struct walk *walk, git_commit *commit, const struct state *known, struct state *out)
{
	static const git_oid none;
	git_tree *tree = NULL;
	int code = git_history_folder(walk->store, commit, walk->folder, &tree);
	if (code)
		return git_history_damaged(walk->err, code);
	libgit2.git_oid_cpy(&out->folder, tree ? libgit2.git_tree_id(tree) : &none);
	bool same = known && libgit2.git_oid_equal(&known->folder, &out->folder);
	for (size_t i = 0; i < walk->count; i++) {
		const git_tree_entry *entry = same || !tree ? NULL : libgit2.git_tree_entry_byname(tree, walk->names[i]);
		bool file = entry && libgit2.git_tree_entry_type(entry) == GIT_OBJECT_BLOB && libgit2.git_tree_entry_filemode(entry) != GIT_FILEMODE_LINK;
		libgit2.git_oid_cpy(&out->blobs[i], same ? &known->blobs[i] : file ? libgit2.git_tree_entry_id(entry) : &none);
	}
	libgit2.git_tree_free(tree);
	return STATUS_OK;
}

static enum status add_changes(struct walk *walk, const git_commit *commit, const struct state *before)
{
	static const git_oid none;
	for (size_t i = 0; i < walk->count; i++) {
		const git_oid *blob = &walk->now.blobs[i];
		if (libgit2.git_oid_equal(blob, before ? &before->blobs[i] : &none))
			continue;
		struct git_change *change = vec_add(walk->arena, &walk->changes);
		if (!change)
			return error_memory(walk->err);
		change->name = i;
		change->time = libgit2.git_commit_time(commit);
		libgit2.git_oid_tostr(change->commit, sizeof change->commit, libgit2.git_commit_id(commit));
		if (!libgit2.git_oid_equal(blob, &none))
			libgit2.git_oid_tostr(change->blob, sizeof change->blob, blob);
	}
	return STATUS_OK;
}

git_commit *git_history_step(struct git_store *store, git_commit *commit, struct git_history *history)
{
	git_commit *parent = NULL;
	history->commits++;
	bool last = libgit2.git_commit_parentcount(commit) == 0;
	int code = last ? 0 : libgit2.git_commit_parent(&parent, commit, 0);
	history->cut = code || (last ? libgit2.git_repository_is_shallow(store->repository) : history->commits >= LIMIT_GIT_COMMITS);
	if (!history->cut)
		return parent;
	libgit2.git_commit_free(parent);
	return NULL;
}

/* From *commit on; frees it. */
static enum status walk_back(struct walk *walk, git_commit *commit, struct git_history *out)
{
	enum status status = read_state(walk, commit, NULL, &walk->now);
	while (!status) {
		git_commit *parent = git_history_step(walk->store, commit, out);
		if (!parent) {
			status = add_changes(walk, commit, NULL);
			break;
		}
		status = read_state(walk, parent, &walk->now, &walk->before);
		if (!status)
			status = add_changes(walk, commit, &walk->before);
		libgit2.git_commit_free(commit);
		commit = parent;
		struct state swap = walk->now;
		walk->now = walk->before;
		walk->before = swap;
	}
	libgit2.git_commit_free(commit);
	return status;
}

enum status git_history_begin(struct git_store *store, const char *branch, struct arena *arena, git_commit **out, struct error *err)
{
	git_object *head = NULL;
	const char *name = branch ? arena_printf(arena, "refs/heads/%s^{commit}", branch).p : "HEAD^{commit}";
	*out = NULL;
	if (!name)
		return error_memory(err);
	int code = libgit2.git_revparse_single(&head, store->repository, name);
	if (code && code != GIT_ENOTFOUND && code != GIT_EUNBORNBRANCH)
		return git_history_damaged(err, code);
	*out = (git_commit *)head;
	return STATUS_OK;
}

enum status git_store_history(struct git_store *store, const char *branch, const char *folder, const char *const *names, size_t count,
			      struct arena *arena, struct git_history *out, struct error *err)
{
	struct walk walk = { .store = store, .folder = folder, .names = names, .count = count, .arena = arena, .err = err };
	struct git_history found = { 0 };
	git_commit *head = NULL;
	walk.now.blobs = arena_array(arena, count + 1, sizeof *walk.now.blobs);
	walk.before.blobs = arena_array(arena, count + 1, sizeof *walk.before.blobs);
	if (!walk.now.blobs || !walk.before.blobs)
		return error_memory(err);
	enum status status = git_history_begin(store, branch, arena, &head, err);
	found.empty = !head;
	if (!status && head)
		status = walk_back(&walk, head, &found);
	found.changes = walk.changes.v;
	found.change_count = walk.changes.n;
	if (!status)
		*out = found;
	return status;
}

enum status git_store_read(struct git_store *store, const char *blob, size_t max, struct arena *arena, struct str *out, struct error *err)
{
	git_blob *object = NULL;
	git_oid id;
	int code = libgit2.git_oid_fromstr(&id, blob);
	if (!code)
		code = libgit2.git_blob_lookup(&object, store->repository, &id);
	if (code)
		return git_store_fail(err, code, "reading a file of the repository");
	size_t size = (size_t)libgit2.git_blob_rawsize(object);
	struct str text = size > max ? STR_NONE : arena_copy(arena, (struct str){ libgit2.git_blob_rawcontent(object), size });
	libgit2.git_blob_free(object);
	if (size > max)
		return error_set(err, STATUS_LIMIT, "a file of the repository is larger than %zu MiB", max / MIB);
	if (!text.p)
		return error_memory(err);
	*out = text;
	return STATUS_OK;
}
