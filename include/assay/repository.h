/*
 * repository: another state of the user's git repository, read from its objects through libgit2 - the only user of git2.h.
 *
 * A repository is untrusted: its configuration can name programs to run, its trees can hold any name. Nothing here runs a program, a hook or
 * a filter, reads the user's or the system's configuration, or uses the network. Objects are checked against their names.
 * What is written below a folder are regular files alone, under names that stay below it.
 */
#ifndef ASSAY_REPOSITORY_H
#define ASSAY_REPOSITORY_H

#include "assay/base.h"

#pragma GCC visibility push(default)

#define REPOSITORY_COMMIT_SIZE 41

struct git_store;
/* The repository that holds `path`, a folder of its work tree, or that is `path`. STATUS_NOT_FOUND: there is none; STATUS_INVALID: it cannot be read. */
enum status git_store_open(const char *path, struct git_store **out, struct error *err);
void git_store_close(struct git_store *store); /* NULL is fine */
void git_store_cleanup(struct git_store **store);
/* The top of its work tree, absolute, with a slash at its end; NULL where it has none. */
const char *git_store_top(const struct git_store *store);

struct git_base {
	char commit[REPOSITORY_COMMIT_SIZE]; /* hexadecimal */
	const char *why;                     /* "first parent of the merge commit", "merge base with origin/main" */
};
/* What a change is compared with. `revision` is "auto" or what git calls a revision, whose merge base with HEAD is taken. "auto" is what the
 * variables of the CI system name, else the merge base with the default branch. `variable` is getenv or what stands for it.
 * STATUS_USAGE for a revision that is none, STATUS_NOT_FOUND with the `git fetch` to type where the clone lacks it. */
enum status git_store_find_base(struct git_store *store, const char *revision, const char *(*variable)(const char *name), struct arena *arena,
				struct git_base *out, struct error *err);

/* The commit that HEAD is, or that a branch of that name is (`branch` not NULL; also one that was fetched, "origin/<branch>"). STATUS_NOT_FOUND where there is none. */
enum status git_store_head(struct git_store *store, const char *branch, char commit[REPOSITORY_COMMIT_SIZE], struct error *err);

/* Writes those files of the commit that `wanted` (by path from the top) below the folder `into`, at most LIMIT_GIT_FILES of
 * LIMIT_LOCKFILE_BYTES each; in the place of a link to a file of that commit a copy of it, in that of another link nothing. STATUS_NOT_FOUND where objects are missing, STATUS_INVALID where they are damaged. */
enum status git_store_extract(struct git_store *store, const char *commit, bool (*wanted)(void *context, const char *path), void *context,
			      const char *into, size_t *files, struct error *err);

/* Does HEAD hold a file of that path, from the top? What it does not hold, no change brings. */
bool git_store_tracks(struct git_store *store, const char *path);

/* ---- what a file was in the past --------------------------------------------------- */

/* A commit in which a file became what it is from then on. */
struct git_change {
	size_t name; /* which of the names */
	char commit[REPOSITORY_COMMIT_SIZE];
	char blob[REPOSITORY_COMMIT_SIZE]; /* for git_store_read(); "": the file is gone */
	int64_t time;                      /* when it was committed */
};
struct git_history {
	struct git_change *changes; /* the newest first */
	size_t change_count;
	size_t commits; /* walked */
	bool cut; /* older commits are missing from this clone (shallow, or damaged), or LIMIT_GIT_COMMITS was reached: the last changes may be older */
	bool empty; /* there is no commit */
};
/* Along the first parents of `branch` (NULL: of HEAD): how that line came to what it is. `folder` is from the top, "" for that. STATUS_INVALID where objects are damaged. */
enum status git_store_history(struct git_store *store, const char *branch, const char *folder, const char *const *names, size_t count,
			      struct arena *arena, struct git_history *out, struct error *err);
/* Likewise of all files below the folder that `wanted` says yes to, by their path from there, at whatever time they stood there; (*paths)[change.name]
 * is a file's path. node_modules is left out, and links. Each commit is compared with its first parent, folder by folder where they differ.
 * STATUS_LIMIT past LIMIT_GIT_COMPARED or LIMIT_FOLDER_DEPTH. */
enum status git_store_history_below(struct git_store *store, const char *branch, const char *folder, bool (*wanted)(void *context, const char *path),
				    void *context, struct arena *arena, const char *const **paths, size_t *path_count, struct git_history *out,
				    struct error *err);
/* STATUS_NOT_FOUND, STATUS_INVALID, STATUS_LIMIT past `max`. */
enum status git_store_read(struct git_store *store, const char *blob, size_t max, struct arena *arena, struct str *out, struct error *err);

#pragma GCC visibility pop
#endif
