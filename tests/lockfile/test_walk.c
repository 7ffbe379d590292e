/* A walk over as many folders as are looked into and one more, under as large a .gitignore as is read and one more: by the same source with a
 * limit of folders that is reached sooner. */
#include "assay/limits.h"
#undef LIMIT_FOLDERS
#define LIMIT_FOLDERS 6
#include "lockfile/walk.c"

#include "lockfile/git.h"

#define LOCK STR("{\"lockfileVersion\":3,\"packages\":{\"\":{}}}")

static struct lockfile_list walk_here(struct arena *arena)
{
	struct lockfile_list list = { 0 };
	struct error err = { 0 };
	if (walk_folder(".", &(struct lockfile_find_options){ 0 }, arena, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void as_many_folders_as_are_looked_into(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		enter_fresh(arena, more ? "folders-more" : "folders");
		for (int i = 1; i < LIMIT_FOLDERS + more; i++)
			put_file(arena_printf(arena, "d%d/package-lock.json", i).p, LOCK);
		struct lockfile_list list = walk_here(arena);
		assert_int_equal(list.found.n, LIMIT_FOLDERS - 1);
		assert_int_equal(list.truncated, more);
	}
}

/* Where it is larger nothing is ignored, and that is counted. */
static void as_large_a_gitignore_as_is_read(void **state)
{
	(void)state;
	for (size_t more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		enter_fresh(arena, more ? "ignore-more" : "ignore");
		put_file("d/package-lock.json", LOCK);
		assert_int_equal(mkdir(".git", 0777), 0);
		put_file(".git/HEAD", STR("ref: refs/heads/main\n"));
		put_file(".gitignore", arena_printf(arena, "d/\n#%*s", (int)(LIMIT_IGNORE_BYTES + more - 4), ""));
		struct lockfile_list list = walk_here(arena);
		assert_int_equal(list.found.n, more);
		assert_int_equal(list.unread_rules, more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_folders_as_are_looked_into), cmocka_unit_test(as_large_a_gitignore_as_is_read) };
	return _cmocka_run_group_tests("lockfile/walk", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
