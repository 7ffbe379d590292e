/* What git tracks, of as large an index and with as long paths as are read and one more: by the same source with limits that are reached sooner.
 * Where there is more nobody knows what is tracked, and nothing is ignored. */
#include "assay/limits.h"
#undef LIMIT_GIT_INDEX_BYTES
#define LIMIT_GIT_INDEX_BYTES index_bytes
#undef LIMIT_GIT_TRACKED_BYTES
#define LIMIT_GIT_TRACKED_BYTES tracked_bytes
static unsigned long index_bytes = 1 << 20, tracked_bytes = 1 << 20;
#include "lockfile/repository.c"

#include "lockfile/git.h"

#include <sys/stat.h>

static bool is_read(void)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct repository repository;
	struct error err;
	if (repository_open(".", arena, &repository, &err))
		fail_msg("%s", err.text);
	assert_true(repository.unread || repository_tracks(&repository, STR("b/c/yarn.lock")));
	return !repository.unread;
}

static void as_much_as_is_read(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct stat about;
	need_git();
	enter_fresh(arena, "tracked");
	put_file("a/package-lock.json", STR("{}"));
	put_file("b/c/yarn.lock", STR(""));
	put_file("b/other", STR(""));
	run_command(GIT "init -q . && " GIT "add .");
	assert_int_equal(stat(".git/index", &about), 0);
	assert_true(is_read());
	index_bytes = (unsigned long)about.st_size;
	assert_true(is_read());
	index_bytes--;
	assert_false(is_read());
	index_bytes++;
	tracked_bytes = strlen("a/package-lock.json") + strlen("b/c/yarn.lock");
	assert_true(is_read());
	tracked_bytes--;
	assert_false(is_read());
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_much_as_is_read) };
	return _cmocka_run_group_tests("lockfile/tracked", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
