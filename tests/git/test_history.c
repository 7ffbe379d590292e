/* A file's past over as many commits as are walked and one more: by the same source with a limit that is reached sooner. */
#include "assay/limits.h"
#undef LIMIT_GIT_COMMITS
#define LIMIT_GIT_COMMITS 5
#include "git/history.c"

#include "lockfile/git.h"

static void as_many_commits_as_are_walked(void **state)
{
	(void)state;
	static const char *const names[] = { "package-lock.json" };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct git_history history;
	struct error err;
	need_git();
	enter_fresh(arena, "history");
	run_command(GIT "init -q .");
	for (int i = 1; i <= LIMIT_GIT_COMMITS + 1; i++) {
		put_file(names[0], arena_printf(arena, "{\"n\":%d}", i));
		run_command(GIT "add . && " GIT "commit -qm all");
		if (i < LIMIT_GIT_COMMITS)
			continue;
		git_store_close(store);
		assert_int_equal(git_store_open(".", &store, &err), STATUS_OK);
		assert_int_equal(git_store_history(store, NULL, "", names, 1, arena, &history, &err), STATUS_OK);
		assert_int_equal(history.commits, LIMIT_GIT_COMMITS);
		assert_int_equal(history.change_count, LIMIT_GIT_COMMITS);
		assert_int_equal(history.cut, i > LIMIT_GIT_COMMITS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_commits_as_are_walked) };
	return _cmocka_run_group_tests("git/history", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
