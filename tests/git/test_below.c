/* The files of a folder's past, as many entries as are compared, and one more: by the same source with a limit that is reached sooner. */
#include "assay/limits.h"
#undef LIMIT_GIT_COMPARED
#define LIMIT_GIT_COMPARED 210
#include "git/below.c"

#include "lockfile/git.h"

static bool is_lockfile(void *context, const char *path)
{
	(void)context;
	return strcmp(path_base(path), "package-lock.json") == 0;
}

static enum status look(struct arena *arena, const char *folder, const char *const **paths, size_t *count, struct git_history *history)
{
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct error err;
	assert_int_equal(git_store_open(".", &store, &err), STATUS_OK);
	return git_store_history_below(store, NULL, folder, is_lockfile, NULL, arena, paths, count, history, &err);
}

static void what_came_and_went(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *const *paths;
	struct git_history history;
	size_t count;
	need_git();
	enter_fresh(arena, "below");
	run_command(GIT "init -q .");
	assert_int_equal(look(arena, "", &paths, &count, &history), STATUS_OK);
	assert_true(history.empty && !count);
	put_file("a/package-lock.json", STR("{}"));
	put_file("a/node_modules/x/package-lock.json", STR("{}"));
	run_command("ln -s package-lock.json a/other && mkdir b && ln -s ../a/package-lock.json b/ && " GIT "add . && " GIT "commit -qm one");
	run_command(GIT "mv a/package-lock.json . && " GIT "commit -qm two");
	assert_int_equal(look(arena, "", &paths, &count, &history), STATUS_LIMIT);
	/* Below a: three entries and one change, and two and one without it. */
	assert_int_equal(look(arena, "a", &paths, &count, &history), STATUS_OK);
	assert_int_equal(count, 1);
	assert_string_equal(paths[0], "package-lock.json");
	assert_int_equal(history.change_count, 2);
	assert_int_equal(history.commits, 2);
	assert_string_equal(history.changes[0].blob, "");
	assert_int_equal(strlen(history.changes[1].blob), 40);
	assert_int_equal(look(arena, "nowhere", &paths, &count, &history), STATUS_OK);
	assert_int_equal(count, 0);
}

/* A commit with so many files: that many entries are compared, and 100 more for the lockfile. */
static enum status look_at(struct arena *arena, const char *name, int files)
{
	const char *const *paths;
	struct git_history history;
	size_t count;
	enter_fresh(arena, name);
	run_command(GIT "init -q .");
	put_file("package-lock.json", STR("{}"));
	for (int i = 1; i < files; i++)
		put_file(arena_printf(arena, "f%d", i).p, STR("x"));
	run_command(GIT "add . && " GIT "commit -qm all");
	return look(arena, "", &paths, &count, &history);
}

static void as_much_as_is_compared(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	need_git();
	assert_int_equal(look_at(arena, "most", LIMIT_GIT_COMPARED - CHANGE_COST), STATUS_OK);
	assert_int_equal(look_at(arena, "more", LIMIT_GIT_COMPARED - CHANGE_COST + 1), STATUS_LIMIT);
}

static void folders_as_deep_as_are_walked(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf path = BUF_INIT(1000);
	const char *const *paths;
	struct git_history history;
	size_t count;
	need_git();
	enter_fresh(arena, "deep");
	run_command(GIT "init -q .");
	for (int i = 0; i < LIMIT_FOLDER_DEPTH; i++)
		buf_add_z(&path, "d/");
	put_file(arena_printf(arena, "%.*sfile", STR_ARG(buf_str(&path))).p, STR("x"));
	run_command(GIT "add . && " GIT "commit -qm deep");
	assert_int_equal(look(arena, "", &paths, &count, &history), STATUS_OK);
	put_file(arena_printf(arena, "%.*sd/file", STR_ARG(buf_str(&path))).p, STR("x"));
	run_command(GIT "add . && " GIT "commit -qm deeper");
	assert_int_equal(look(arena, "", &paths, &count, &history), STATUS_LIMIT);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(what_came_and_went), cmocka_unit_test(as_much_as_is_compared),
					    cmocka_unit_test(folders_as_deep_as_are_walked) };
	return _cmocka_run_group_tests("git/below", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
