/* What the parts of this room share. */
#ifndef GIT_PRIVATE_H
#define GIT_PRIVATE_H

#include <git2.h>

#include "assay/repository.h"
#include "base/library.h"

/* Bound when the first repository is opened. */
#define LIBGIT2(FUNCTION) \
	FUNCTION(git_blob_free) \
	FUNCTION(git_blob_lookup) \
	FUNCTION(git_blob_rawcontent) \
	FUNCTION(git_blob_rawsize) \
	FUNCTION(git_commit_free) \
	FUNCTION(git_commit_id) \
	FUNCTION(git_commit_lookup) \
	FUNCTION(git_commit_parent) \
	FUNCTION(git_commit_parent_id) \
	FUNCTION(git_commit_parentcount) \
	FUNCTION(git_commit_time) \
	FUNCTION(git_commit_tree) \
	FUNCTION(git_error_last) \
	FUNCTION(git_libgit2_init) \
	FUNCTION(git_libgit2_opts) \
	FUNCTION(git_merge_base) \
	FUNCTION(git_object_free) \
	FUNCTION(git_object_id) \
	FUNCTION(git_object_peel) \
	FUNCTION(git_oid_cpy) \
	FUNCTION(git_oid_equal) \
	FUNCTION(git_oid_fromstr) \
	FUNCTION(git_oid_tostr) \
	FUNCTION(git_repository_free) \
	FUNCTION(git_repository_is_shallow) \
	FUNCTION(git_repository_open_ext) \
	FUNCTION(git_repository_workdir) \
	FUNCTION(git_revparse_single) \
	FUNCTION(git_tree_entry_byindex) \
	FUNCTION(git_tree_entry_byname) \
	FUNCTION(git_tree_entry_bypath) \
	FUNCTION(git_tree_entry_filemode) \
	FUNCTION(git_tree_entry_free) \
	FUNCTION(git_tree_entry_id) \
	FUNCTION(git_tree_entry_name) \
	FUNCTION(git_tree_entry_type) \
	FUNCTION(git_tree_entrycount) \
	FUNCTION(git_tree_free) \
	FUNCTION(git_tree_id) \
	FUNCTION(git_tree_lookup) \
	FUNCTION(git_tree_walk)
extern struct libgit2 {
	LIBGIT2(LIBRARY_POINTER)
} libgit2;

struct git_store {
	git_repository *repository;
};

/* libgit2's last error behind `what`: STATUS_NOT_FOUND for what is missing, else STATUS_INVALID. */
enum status git_store_fail(struct error *err, int code, const char *what);

/* Is it a name that leads nowhere else? libgit2 gives names as they stand in the object, which anybody can write. */
bool git_name_is_safe(const char *name);

/* ---- history.c: along first parents */

/* STATUS_OK and *out NULL: there is no commit. */
enum status git_history_begin(struct git_store *store, const char *branch, struct arena *arena, git_commit **out, struct error *err);
/* Counts the commit, and gives its first parent; NULL: it is the last that is walked, history->cut says whether there are older ones. */
git_commit *git_history_step(struct git_store *store, git_commit *commit, struct git_history *history);
/* The tree of the folder, *out NULL where there is none; libgit2's code. */
int git_history_folder(struct git_store *store, git_commit *commit, const char *folder, git_tree **out);
enum status git_history_damaged(struct error *err, int code);

/* The commit that GitHub's record of an event ("pull_request", "merge_group", "push") names as the one before; NULL: it names none. */
const char *git_event_commit(struct str record, const char *event, struct arena *arena);

#endif
