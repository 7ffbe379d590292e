/*
 * The bun reader: corners by hand, real lockfiles beside a plain walk, what is refused, what is hostile.
 */
#include "lockfile/reader.h"

static void reads_corners(void **state)
{
	(void)state;
	check_fixture("bun", "bun-corners", "bun.lock");
}

static void agrees_on_fixture(void **state)
{
	compare_fixture("bun.cjs", "bun", *state, "bun.lock");
}

static void agrees_on_corpus(void **state)
{
	(void)state;
	compare_corpus("bun.cjs", "bun", "bun.lock");
}

static void agrees_on_what_the_manager_wrote(void **state)
{
	(void)state;
	compare_made("bun.cjs", "bun", "bun.lock");
}

static void refuses_what_is_malformed(void **state)
{
	(void)state;
	check_refusals("bun", "bun-errors.txt", 20);
}

static void cut_texts_are_errors(void **state)
{
	(void)state;
	check_cuts("bun", "bun-corners/bun.lock", true);
}

static void limited_memory_is_an_error(void **state)
{
	(void)state;
	check_limited_memory("bun", "bun-corners/bun.lock");
}

static void keeps_lines_flags_and_version(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_lockfile(arena, "bun", fixture_path(arena, "bun-corners"), "bun.lock");
	(void)state;
	assert_string_equal(tree->format, "bun");
	assert_true(str_equal_z(tree->format_version, "1"));
	assert_true(tree->root_known && tree->scopes_known);
	assert_true(package_called(tree, "bundler/inner")->bundled);
	assert_false(package_called(tree, "bundler")->bundled);
	assert_true(package_called(tree, "native")->platform);
	assert_true(str_equal_z(package_called(tree, "packages/web")->folder, "packages/web"));
	assert_true(package_called(tree, "a")->line > package_called(tree, "packages/web")->line);
	assert_true(package_called(tree, "a")->direct);
	assert_false(package_called(tree, "a/b")->direct);
	arena_free(arena);
}

static void known_versions_are_read(void **state)
{
	(void)state;
	for (unsigned version = 0; version <= 2; version++) {
		struct arena *arena = arena_new(0);
		/* Version 0 repeats in the tuple what `workspaces` lists. */
		struct str text = arena_printf(arena,
					       "{\"lockfileVersion\":%u,\"workspaces\":{\"\":{},\"w\":{\"name\":\"w\","
					       "\"dependencies\":{\"a\":\"1\"}}},\"packages\":{\"a\":[\"a@1.0.0\",\"\",{},\"sha512-x\"],"
					       "\"w\":[\"w@workspace:w\",{\"dependencies\":{\"a\":\"1\"}}]}}",
					       version);
		struct tree *tree = read_as_string(arena, "bun", NULL, text.p);
		assert_int_equal(tree->package_count, 3);
		assert_int_equal(tree->edge_count, 2);
		arena_free(arena);
	}
}

/* bun writes `packages` last; what is not in that order is the same document. */
static void order_does_not_matter(void **state)
{
	static const char *const texts[] = {
		"{\"lockfileVersion\":1,\"workspaces\":{\"\":{\"dependencies\":{\"a\":\"1\"}}},"
		"\"packages\":{\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}],\"b\":[\"b@1.0.0\",\"\",{}]}}",
		"{\"packages\":{\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}],\"b\":[\"b@1.0.0\",\"\",{}]},"
		"\"workspaces\":{\"\":{\"dependencies\":{\"a\":\"1\"}}},\"lockfileVersion\":1}",
		"{\"workspaces\":{\"\":{\"dependencies\":{\"a\":\"1\"}}},\"packages\":{\"a\":[\"a@1.0.0\",\"\","
		"{\"dependencies\":{\"b\":\"1\"}}],\"b\":[\"b@1.0.0\",\"\",{}]},\"lockfileVersion\":1}",
	};
	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct arena *arena = arena_new(0);
		struct tree *tree = read_as_string(arena, "bun", NULL, texts[i]);
		assert_int_equal(tree->package_count, 3);
		assert_int_equal(tree->edge_count, 2);
		assert_int_equal(package_called(tree, "b")->depth, 2);
		assert_true(str_equal_z(tree->format_version, "1"));
		arena_free(arena);
	}
}

/* In whatever order the keys stand, what is inside comes first, then what is plain; a workspace's path is no name. */
static void names_mean_the_nearest(void **state)
{
	static const struct {
		const char *packages, *means; /* for the package "a"; NULL: it is refused */
	} cases[] = {
		{ "\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}],\"b\":[\"b@1.0.0\",\"\",{}],\"c/b\":[\"b@2.0.0\",\"\",{}]", "b" },
		{ "\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}],\"b\":[\"b@1.0.0\",\"\",{}],\"a/b\":[\"b@2.0.0\",\"\",{}]", "a/b" },
		{ "\"a/b\":[\"b@2.0.0\",\"\",{}],\"b\":[\"b@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}]", "a/b" },
		{ "\"b/c\":[\"c@2.0.0\",\"\",{}],\"b\":[\"b@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}]", "b" },
		{ "\"w\":[\"w@workspace:folder\"],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"w\":\"1\"}}]", "folder" },
		{ "\"folder\":[\"folder@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"folder\":\"1\"}}]", "folder@1.0.0" },
		{ "\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"folder\":\"1\"}}]", NULL },
		{ "\"b/c\":[\"c@2.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b/c\":\"1\"}}]", NULL },
		{ "\"b/c\":[\"c@2.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{\"dependencies\":{\"b\":\"1\"}}]", NULL },
		{ "\"a\":[\"a@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{}]", NULL },
		{ "\"a/b\":[\"b@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{}]", NULL },
		{ "\"a\":[\"a@1.0.0\",\"\",{}],\"a/b\":[\"b@1.0.0\",\"\",{}],\"a\":[\"a@1.0.0\",\"\",{}]", NULL },
		{ "\"folder\":[\"folder@1.0.0\",\"\",{}],\"folder\":[\"folder@1.0.0\",\"\",{}]", NULL },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		struct str text = arena_printf(arena, "{\"lockfileVersion\":1,\"workspaces\":{\"\":{},\"folder\":{\"name\":\"w\"}},\"packages\":{%s}}",
					       cases[i].packages);
		assert_int_equal(read_as(arena, "bun", "l", NULL, text, &tree, &err), cases[i].means ? STATUS_OK : STATUS_INVALID);
		if (cases[i].means)
			assert_true(str_equal_z(tree->packages[tree->edges[tree->out[package_called(tree, "a")->out_first]].to].id, cases[i].means));
		arena_free(arena);
	}
}

/* A lockfile without packages beside a package.json that asks for some was not written for it. */
static void nothing_is_not_enough(void **state)
{
	static const char empty[] = "{\"lockfileVersion\":1,\"workspaces\":{\"\":{}},\"packages\":{}}";
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	const char *path = path_join(arena, test_env("TEST_TMP"), "package.json");
	(void)state;
	assert_int_equal(read_as_string(arena, "bun", test_env("TEST_TMP"), empty)->package_count, 1);
	assert_int_equal(file_write(path, STR("{\"peerDependencies\":{\"a\":\"1\"}}"), &err), STATUS_OK);
	assert_int_equal(read_as_string(arena, "bun", test_env("TEST_TMP"), empty)->package_count, 1);
	assert_int_equal(file_write(path, STR("{\"devDependencies\":{\"a\":\"1\"}}"), &err), STATUS_OK);
	assert_int_equal(read_as(arena, "bun", "l", test_env("TEST_TMP"), str_of(empty), &tree, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "holds no package"));
	arena_free(arena);
}

static void places_are_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		buf_add_z(&text, "{\"lockfileVersion\":1,\"workspaces\":{\"\":{}},\"packages\":{\"a");
		for (size_t i = 1; i < LIMIT_BUN_DEPTH + over; i++)
			buf_add_z(&text, "/a");
		buf_add_z(&text, "\":[\"a@1.0.0\",\"\",{}]}}");
		assert_int_equal(read_as(arena, "bun", "l", NULL, buf_str(&text), &tree, &err), over ? STATUS_LIMIT : STATUS_OK);
		arena_free(arena);
	}
}

static void many_packages_are_linear(void **state)
{
	enum { COUNT = 100000 };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)state;
	buf_add_z(&text, "{\"lockfileVersion\":1,\"workspaces\":{\"\":{}},\"packages\":{");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "\"p%u\":[\"p%u@1.0.0\",\"\",{\"dependencies\":{\"p%u\":\"1\"}},\"sha512-x\"],", i, i, (i + 1) % COUNT);
	buf_add_z(&text, "}}");
	if (read_as(arena, "bun", "l", NULL, buf_str(&text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, COUNT + 1);
	assert_int_equal(tree->edge_count, COUNT);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_corners),
		{ "agrees on bun-corners", agrees_on_fixture, NULL, NULL, (char[]){ "bun-corners" } },
		{ "agrees on bun-exotic", agrees_on_fixture, NULL, NULL, (char[]){ "bun-exotic" } },
		{ "agrees on bun-monorepo", agrees_on_fixture, NULL, NULL, (char[]){ "bun-monorepo" } },
		cmocka_unit_test(agrees_on_corpus),
		cmocka_unit_test(agrees_on_what_the_manager_wrote),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(cut_texts_are_errors),
		cmocka_unit_test(limited_memory_is_an_error),
		cmocka_unit_test(keeps_lines_flags_and_version),
		cmocka_unit_test(known_versions_are_read),
		cmocka_unit_test(order_does_not_matter),
		cmocka_unit_test(names_mean_the_nearest),
		cmocka_unit_test(nothing_is_not_enough),
		cmocka_unit_test(places_are_bounded),
		cmocka_unit_test(many_packages_are_linear),
	};
	return cmocka_run_group_tests_name("bun", tests, NULL, NULL);
}
