/*
 * The reader of yarn berry: corners by hand, real lockfiles beside yarn's own parser, what is refused, what is hostile.
 */
#include "lockfile/reader.h"

static void reads_corners(void **state)
{
	(void)state;
	check_fixture("berry", "berry-corners", "yarn.lock");
}

static void agrees_on_fixture(void **state)
{
	compare_fixture("yarn_berry.cjs", "berry", *state, "yarn.lock");
}

static void agrees_on_corpus(void **state)
{
	(void)state;
	compare_corpus("yarn_berry.cjs", "berry", "yarn.lock");
}

static void agrees_on_what_the_manager_wrote(void **state)
{
	(void)state;
	compare_made("yarn_berry.cjs", "berry", "yarn.lock");
}

static void refuses_what_is_malformed(void **state)
{
	(void)state;
	check_refusals("berry", "berry-errors.txt", 20);
}

static void cut_texts_do_not_crash(void **state)
{
	(void)state;
	check_cuts("berry", "berry-corners/yarn.lock", false);
}

static void limited_memory_is_an_error(void **state)
{
	(void)state;
	check_limited_memory("berry", "berry-monorepo/yarn.lock");
}

#define HEAD "__metadata:\n  version: 8\n\n\"r@workspace:.\":\n  resolution: \"r@workspace:.\"\n"

static void keeps_lines_flags_and_version(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_lockfile(arena, "berry", fixture_path(arena, "berry-corners"), "yarn.lock");
	(void)state;
	assert_string_equal(tree->format, "berry");
	assert_true(str_equal_z(tree->format_version, "8"));
	assert_true(tree->root_known && tree->scopes_known);
	const struct package *a = package_called(tree, "a@npm:1.1.0");
	assert_true(str_equal_z(a->checksum, "10c0/0123456789abcdef"));
	assert_null(a->integrity.p);
	assert_int_equal(a->line, 20);
	assert_true(a->direct);
	assert_true(package_called(tree, "native@npm:1.0.0")->platform);
	assert_true(str_equal_z(package_called(tree, "packages/web")->folder, "packages/web"));
	assert_true(str_equal_z(package_called(tree, "portal@portal:../portal::locator=corners%40workspace%3A.")->folder, "../portal"));
	/* What nothing leads to is listed all the same. */
	assert_false(package_called(tree, "virtually@virtual:0123abcd#npm:1.0.0")->reachable);
	arena_free(arena);
}

/* Either name: one file name, two formats. */
static void the_text_decides(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	assert_string_equal(read_as_string(arena, "yarn", NULL, HEAD)->format, "berry");
	assert_string_equal(read_as_string(arena, "berry", NULL, HEAD)->format, "berry");
	assert_string_equal(read_as_string(arena, "berry", NULL, "# yarn lockfile v1\n")->format, "yarn");
	arena_free(arena);
}

#define DEPENDS "  dependencies:\n    a: ^1.0.0\n    w: 1.0.0\n"
#define ENTRY_A "\"a@npm:^1.0.0\":\n  version: 1.0.0\n  resolution: \"a@npm:1.0.0\"\n"
#define ENTRY_W "\"w@1.0.0, w@workspace:w\":\n  version: 0.0.0-use.local\n  resolution: \"w@workspace:w\"\n"

static void old_versions_leave_the_protocol_out(void **state)
{
	static const char *const versions[] = { "4", "5", "6", "7", "8", "9", "12" };
	(void)state;
	for (size_t i = 0; i < sizeof versions / sizeof *versions; i++) {
		struct arena *arena = arena_new(0);
		struct str text = arena_printf(arena, "__metadata:\n  version: %s\n\"r@workspace:.\":\n  resolution: r@workspace:.\n" DEPENDS ENTRY_A ENTRY_W,
					       versions[i]);
		struct tree *tree = read_as_string(arena, "berry", NULL, text.p);
		assert_true(str_equal_z(tree->format_version, versions[i]));
		assert_int_equal(tree->package_count, 3);
		assert_true(package_called(tree, "a@npm:1.0.0")->direct);
		/* No package.json: what is for development, nobody says. */
		assert_false(tree->scopes_known);
		assert_true(tree->root_known);
		assert_int_equal(package_called(tree, "a@npm:1.0.0")->scope, SCOPE_UNKNOWN);
		/* Never a version that the registry could know. */
		assert_int_equal(package_called(tree, "w")->version.n, 0);
		assert_int_equal(package_called(tree, "w")->kind, PACKAGE_WORKSPACE);
		arena_free(arena);
	}
}

/* Without the package.json a resolution cannot be known: the only package of the name must be meant; of two none is. */
static void resolutions_may_be_out_of_sight(void **state)
{
	static const char asks[] = HEAD "  dependencies:\n    a: \"npm:^0.5.0\"\n" ENTRY_A;
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = read_as_string(arena, "berry", NULL, asks);
	(void)state;
	assert_true(package_called(tree, "a@npm:1.0.0")->direct);
	struct str two = arena_printf(arena, "%s\"a@npm:^2.0.0\":\n  resolution: \"a@npm:2.0.0\"\n", asks);
	assert_int_equal(read_as(arena, "berry", "l", NULL, two, &tree, &err), STATUS_INVALID);
	assert_non_null(strstr(err.hint, "resolutions"));
	/* With one that says nothing, it is an error. */
	const char *path = path_join(arena, test_env("TEST_TMP"), "package.json");
	assert_int_equal(file_write(path, STR("{}"), &err), STATUS_OK);
	assert_int_equal(read_as(arena, "berry", "l", test_env("TEST_TMP"), str_of(asks), &tree, &err), STATUS_INVALID);
	assert_int_equal(file_write(path, STR("{\"resolutions\":{\"a\":\"^1.0.0\"}}"), &err), STATUS_OK);
	assert_int_equal(read_as(arena, "berry", "l", test_env("TEST_TMP"), str_of(asks), &tree, &err), STATUS_OK);
	assert_int_equal(file_write(path, STR("{\"dependencies\":{\"a\":\"1\"}}"), &err), STATUS_OK);
	assert_int_equal(read_as(arena, "berry", "l", test_env("TEST_TMP"), STR(HEAD), &tree, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "holds no package"));
	arena_free(arena);
}

static void wraps_are_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		buf_add_z(&text, HEAD "\"a@npm:1\":\n  resolution: \"a@");
		for (size_t i = 0; i < LIMIT_YARN_WRAPS + over; i++)
			buf_add_z(&text, "virtual:0#");
		buf_add_z(&text, "npm:1.0.0\"\n");
		assert_int_equal(read_as(arena, "berry", "l", NULL, buf_str(&text), &tree, &err), over ? STATUS_INVALID : STATUS_OK);
		arena_free(arena);
	}
}

/* All ask for one package with many peers: each of them could be a place to look for each peer. */
static void many_packages_are_linear(void **state)
{
	enum { COUNT = 20000 };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)state;
	buf_add_z(&text, HEAD);
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "p%u@npm:1:\n  resolution: p%u@npm:1.0.0\n  dependencies:\n    p%u: npm:1\n    host: npm:1\n", i, i, (i + 1) % COUNT);
	buf_add_z(&text, "host@npm:1:\n  resolution: host@npm:1.0.0\n  peerDependencies:\n");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "    q%u: \"1\"\n", i);
	if (read_as(arena, "berry", "l", NULL, buf_str(&text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, COUNT + 2);
	assert_int_equal(tree->edge_count, 3 * COUNT);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_corners),
		{ "agrees on berry-corners", agrees_on_fixture, NULL, NULL, (char[]){ "berry-corners" } },
		{ "agrees on berry-exotic", agrees_on_fixture, NULL, NULL, (char[]){ "berry-exotic" } },
		{ "agrees on berry-monorepo", agrees_on_fixture, NULL, NULL, (char[]){ "berry-monorepo" } },
		cmocka_unit_test(agrees_on_corpus),
		cmocka_unit_test(agrees_on_what_the_manager_wrote),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(cut_texts_do_not_crash),
		cmocka_unit_test(limited_memory_is_an_error),
		cmocka_unit_test(keeps_lines_flags_and_version),
		cmocka_unit_test(the_text_decides),
		cmocka_unit_test(old_versions_leave_the_protocol_out),
		cmocka_unit_test(resolutions_may_be_out_of_sight),
		cmocka_unit_test(wraps_are_bounded),
		cmocka_unit_test(many_packages_are_linear),
	};
	return cmocka_run_group_tests_name("yarn berry", tests, NULL, NULL);
}
