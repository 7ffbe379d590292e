/* The search for paths with as many steps as it may take and one more: by the same source with a limit that is reached sooner. */
#include "assay/limits.h"
#undef LIMIT_PATH_STEPS
#define LIMIT_PATH_STEPS 10
#include "tree/paths.c"

#include "tests.h"

static void add_edge(struct tree *tree, uint32_t from, uint32_t to)
{
	assert_true(tree_add_edge(tree, (struct edge){ from, to, STR("x"), STR("*"), EDGE_PROD }));
}

/* Ways over five packages, an edge before and one behind each; and one edge more that leads back. */
static void as_many_steps_as_may_be(void **state)
{
	(void)state;
	enum { WAYS = LIMIT_PATH_STEPS / 2 };
	for (int more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct tree *tree = tree_new(arena);
		struct tree_path *paths;
		size_t count, total;
		bool complete;
		for (uint32_t i = 0; i < WAYS + 2; i++)
			assert_non_null(tree_add_package(tree, i ? arena_printf(arena, "p%u", i) : STR(""), NULL));
		tree->packages[0].kind = PACKAGE_ROOT;
		for (uint32_t i = 1; i <= WAYS; i++) {
			add_edge(tree, 0, i);
			add_edge(tree, i, WAYS + 1);
		}
		if (more)
			add_edge(tree, WAYS + 1, WAYS + 1);
		assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
		assert_int_equal(tree_paths(tree, WAYS + 1, 100, arena, &paths, &count, &total, &complete, NULL), STATUS_OK);
		assert_int_equal(complete, !more);
		assert_true(more || count == WAYS);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_steps_as_may_be) };
	return _cmocka_run_group_tests("tree/paths", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
