/* A repository, opened so that nothing of its configuration has a say. */
#include <stdio.h>
#include <stdlib.h>

#include "git/private.h"

/* libgit2 keeps its settings for the whole process: set once, before anything is opened. Only objects are read, so it does not matter
 * whose repository it is; extensions that change nothing about objects are let pass. */
static void set_up(void)
{
	static const char *extensions[] = { "partialclone", "worktreeconfig", "preciousobjects" };
	static const int levels[] = { GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA };
	libgit2.git_libgit2_init();
	for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
		libgit2.git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
	libgit2.git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
	libgit2.git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1);
	libgit2.git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, extensions, sizeof extensions / sizeof *extensions);
}

struct libgit2 libgit2;
static struct library library = { .name = "libgit2", .functions = LIBGIT2(LIBRARY_NAME), .pointers = &libgit2, .set_up = set_up };

enum status git_store_fail(struct error *err, int code, const char *what)
{
	const git_error *last = libgit2.git_error_last();
	CLEANUP(buf_fini) struct buf text = BUF_INIT(600);
	buf_add_visible(&text, str_of(last && last->message ? last->message : "libgit2 gives no reason"));
	return error_set(err, code == GIT_ENOTFOUND ? STATUS_NOT_FOUND : STATUS_INVALID, "%s: %.*s", what, STR_ARG(buf_str(&text)));
}

enum status git_store_open(const char *path, struct git_store **out, struct error *err)
{
	enum status status = library_need(&library, err);
	if (status)
		return status;
	struct git_store *store = calloc(1, sizeof *store);
	if (!store)
		return error_memory(err);
	int code = libgit2.git_repository_open_ext(&store->repository, path, 0, NULL);
	if (code) {
		free(store);
		if (code == GIT_ENOTFOUND)
			return error_set(err, STATUS_NOT_FOUND, "%s is in no git repository", path);
		return git_store_fail(err, code, "opening the git repository");
	}
	*out = store;
	return STATUS_OK;
}

void git_store_close(struct git_store *store)
{
	if (!store)
		return;
	libgit2.git_repository_free(store->repository);
	free(store);
}

void git_store_cleanup(struct git_store **store)
{
	git_store_close(*store);
	*store = NULL;
}

const char *git_store_top(const struct git_store *store)
{
	return libgit2.git_repository_workdir(store->repository);
}

bool git_store_tracks(struct git_store *store, const char *path)
{
	git_object *tree = NULL;
	git_tree_entry *entry = NULL;
	bool found = libgit2.git_revparse_single(&tree, store->repository, "HEAD^{tree}") == 0 &&
		     libgit2.git_tree_entry_bypath(&entry, (git_tree *)tree, path) == 0;
	libgit2.git_tree_entry_free(entry);
	libgit2.git_object_free(tree);
	return found;
}

static int find_branch(git_object **out, git_repository *repository, const char *branch)
{
	static const char *const places[] = { "refs/heads", "refs/remotes/origin" };
	int code = GIT_ENOTFOUND;
	for (size_t i = 0; i < sizeof places / sizeof *places && code; i++) {
		char *name = NULL;
		if (asprintf(&name, "%s/%s^{commit}", places[i], branch) < 0)
			return GIT_ERROR;
		code = libgit2.git_revparse_single(out, repository, name);
		free(name);
	}
	return code;
}

enum status git_store_head(struct git_store *store, const char *branch, char commit[REPOSITORY_COMMIT_SIZE], struct error *err)
{
	git_object *object = NULL;
	int code = branch ? find_branch(&object, store->repository, branch) : libgit2.git_revparse_single(&object, store->repository, "HEAD^{commit}");
	if (code)
		return git_store_fail(err, GIT_ENOTFOUND, branch ? "finding the branch" : "finding HEAD");
	libgit2.git_oid_tostr(commit, REPOSITORY_COMMIT_SIZE, libgit2.git_object_id(object));
	libgit2.git_object_free(object);
	return STATUS_OK;
}
