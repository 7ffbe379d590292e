/* Files of a commit, as many as there may be and one more: by the same source with limits that are reached sooner. */
#include "assay/limits.h"
#undef LIMIT_GIT_FILES
#define LIMIT_GIT_FILES 6
#undef LIMIT_GIT_ENTRIES
#define LIMIT_GIT_ENTRIES 40
#include "git/extract.c"

#include "lockfile/git.h"

static bool is_wanted(void *context, const char *path)
{
	return str_ends_with(str_of(path), str_of(context));
}

/* Of a commit of `files` files in `folders` folders that are one and the same object, those that end in `ending`. */
static enum status extract(const char *name, int folders, int files, const char *ending, size_t *written)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct error err = { 0 };
	char commit[REPOSITORY_COMMIT_SIZE];
	enter_fresh(arena, name);
	for (int folder = 0; folder < folders; folder++)
		for (int file = 0; file < files; file++)
			put_file(arena_printf(arena, "d%d/f%d.json", folder, file).p, STR("{}"));
	run_command(GIT "init -q . && " GIT "add . && " GIT "commit -qm all");
	assert_int_equal(git_store_open(".", &store, &err), STATUS_OK);
	assert_int_equal(git_store_head(store, NULL, commit, &err), STATUS_OK);
	const char *into = path_join(arena, test_env("TEST_TMP"), "into");
	enum status status = git_store_extract(store, commit, is_wanted, (void *)(uintptr_t)ending, into, written, &err);
	assert_true(!status || str_find_str(str_of(err.text), arena_printf(arena, "commit %.12s", commit)) == 0);
	return status;
}

static void as_many_files_as_may_be(void **state)
{
	(void)state;
	size_t written;
	need_git();
	assert_int_equal(extract("files", 2, LIMIT_GIT_FILES / 2, ".json", &written), STATUS_OK);
	assert_int_equal(written, LIMIT_GIT_FILES);
	assert_int_equal(extract("files-more", 1, LIMIT_GIT_FILES + 1, ".json", &written), STATUS_LIMIT);
}

/* A folder is an entry, too. */
static void as_many_entries_as_may_be(void **state)
{
	(void)state;
	size_t written;
	need_git();
	assert_int_equal(extract("entries", 4, LIMIT_GIT_ENTRIES / 4 - 1, "f0.json", &written), STATUS_OK);
	assert_int_equal(written, 4);
	assert_int_equal(extract("entries-more", 1, LIMIT_GIT_ENTRIES, "f0.json", &written), STATUS_LIMIT);
}

/* A file that so many links in a row lead to, and one link more. */
static void as_many_links_as_may_be(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	CLEANUP(buf_fini) struct buf command = BUF_INIT(MIB);
	char commit[REPOSITORY_COMMIT_SIZE];
	size_t written;
	(void)state;
	need_git();
	enter_fresh(arena, "links");
	put_file("l0.x", STR("{}"));
	buf_add_z(&command, GIT "init -q . && ");
	for (int i = 1; i <= LIMIT_GIT_LINKS + 1; i++)
		buf_printf(&command, "ln -s l%d.%s l%d.%s && ", i - 1, i > 1 && i - 1 >= LIMIT_GIT_LINKS ? "json" : "x", i,
			   i >= LIMIT_GIT_LINKS ? "json" : "x");
	buf_add_z(&command, GIT "add . && " GIT "commit -qm all");
	run_command(command.p);
	assert_int_equal(git_store_open(".", &store, NULL), STATUS_OK);
	assert_int_equal(git_store_head(store, NULL, commit, NULL), STATUS_OK);
	const char *into = path_join(arena, test_env("TEST_TMP"), "into-links");
	assert_int_equal(git_store_extract(store, commit, is_wanted, (void *)(uintptr_t) ".json", into, &written, NULL), STATUS_OK);
	assert_true(file_exists(arena_printf(arena, "%s/l%d.json", into, LIMIT_GIT_LINKS).p));
	assert_false(file_exists(arena_printf(arena, "%s/l%d.json", into, LIMIT_GIT_LINKS + 1).p));
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_files_as_may_be), cmocka_unit_test(as_many_entries_as_may_be),
					    cmocka_unit_test(as_many_links_as_may_be) };
	return _cmocka_run_group_tests("git/extract", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
