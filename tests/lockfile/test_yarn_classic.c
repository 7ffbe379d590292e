/*
 * The reader of yarn classic: corners by hand, real lockfiles beside yarn's own parser, what is refused, what is hostile.
 */
#include "lockfile/reader.h"

static void reads_corners(void **state)
{
	(void)state;
	check_fixture("yarn", "yarn-corners", "yarn.lock");
}

static void agrees_on_fixture(void **state)
{
	compare_fixture("yarn_classic.cjs", "yarn", *state, "yarn.lock");
}

static void agrees_on_corpus(void **state)
{
	(void)state;
	compare_corpus("yarn_classic.cjs", "yarn", "yarn.lock");
}

static void agrees_on_what_the_manager_wrote(void **state)
{
	(void)state;
	compare_made("yarn_classic.cjs", "yarn", "yarn.lock");
}

static void refuses_what_is_malformed(void **state)
{
	(void)state;
	check_refusals("yarn", "yarn-errors.txt", 26);
}

static void cut_texts_do_not_crash(void **state)
{
	(void)state;
	check_cuts("yarn", "yarn-corners/yarn.lock", false);
}

static void limited_memory_is_an_error(void **state)
{
	(void)state;
	check_limited_memory("yarn", "yarn-monorepo/yarn.lock");
}

static const char small[] = "a@^1.0.0:\n  version \"1.0.0\"\n  dependencies:\n    b \"^1.0.0\"\n\nb@^1.0.0:\n  version \"1.0.1\"\n";

/* Nobody says what the project asks for: paths begin where nothing leads to, and no scope is known. */
static void without_manifest_scopes_are_unknown(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_as_string(arena, "yarn", NULL, small);
	(void)state;
	assert_false(tree->root_known || tree->scopes_known);
	assert_int_equal(tree->package_count, 3);
	assert_int_equal(package_called(tree, "b@1.0.1")->scope, SCOPE_UNKNOWN);
	assert_true(package_called(tree, "b@1.0.1")->reachable);
	assert_int_equal(package_called(tree, "b@1.0.1")->line, 6);
	tree = read_as_string(arena, "yarn", NULL, "");
	assert_int_equal(tree->package_count, 1);
	arena_free(arena);
}

static void write_manifest(struct arena *arena, const char *name, const char *text)
{
	struct error err = { 0 };
	const char *path = path_join(arena, test_env("TEST_TMP"), name);
	if (folder_make(path_folder(arena, path), &err) || file_write(path, str_of(text), &err))
		fail_msg("%s", err.text);
}

static void manifests_must_fit(void **state)
{
	static const struct {
		const char *manifest, *lockfile, *message;
	} cases[] = {
		{ "{\"dependencies\":{\"a\":\"^1.0.0\"}}", small, NULL },
		{ "{\"dependencies\":{\"a\":\"^2.0.0\"}}", small, "package.json: line 1, column 18: \"a\" (\"^2.0.0\"), which the root depends on, has no entry" },
		{ "{\"optionalDependencies\":{\"a\":\"^2.0.0\"}}", small, NULL },
		{ "{\"peerDependencies\":{\"a\":\"^2.0.0\"}}", small, NULL },
		{ "{\"devDependencies\":{\"w\":\"^2.0.0\"},\"workspaces\":[\"w\"]}", small, NULL },
		{ "{\"workspaces\":[\"p\"]}", "\"f@file:p/f\":\n  version \"1.0.0\"\n\"l@link:./l\":\n  version \"0.0.0\"\n", NULL },
		{ "{\"workspaces\":[\"p\"]}", "\"f@file:p/f\":\n  version \"1.0.0\"\n\"l@link:./x\":\n  version \"0.0.0\"\n",
		  "p/package.json: line 1, column 33: \"l\"" },
		{ "{\"devDependencies\":{\"a\":1}}", small, "\"a\" is a number, expected a string" },
		{ "{\"workspaces\":\"w\"}", small, "\"workspaces\" is a string, expected an array" },
		{ "{\"dependencies\":{\"a\":\"^1.0.0\"}}", "", "has no entry" },
		{ "{\"optionalDependencies\":{\"a\":\"^1.0.0\"}}", "# yarn lockfile v1\n", "holds no package" },
		{ "[", small, "expected" },
	};
	struct arena *arena = arena_new(0);
	const char *folder = path_join(arena, test_env("TEST_TMP"), "m");
	(void)state;
	write_manifest(arena, "m/w/package.json", "{\"name\":\"w\",\"version\":\"1.0.0\"}");
	write_manifest(arena, "m/p/package.json", "{\"dependencies\":{\"f\":\"file:./f\",\"l\":\"link:../l\"}}");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct tree *tree = NULL;
		struct error err = { 0 };
		write_manifest(arena, "m/package.json", cases[i].manifest);
		enum status status = read_as(arena, "yarn", "l", folder, str_of(cases[i].lockfile), &tree, &err);
		assert_int_equal(status, cases[i].message ? STATUS_INVALID : STATUS_OK);
		if (cases[i].message && !strstr(err.text, cases[i].message))
			fail_msg("%s\n  expected %s", err.text, cases[i].message);
	}
	arena_free(arena);
}

/* An entry for two packages gives both: a rule then sees that the tarball is only one of them. */
static void merged_entries_hide_nothing(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_as_string(arena, "yarn", NULL,
					   "evil@^1.0.0, safe@^1.0.0:\n  version \"1.0.0\"\n"
					   "  resolved \"https://r.example/evil/-/evil-1.0.0.tgz\"\n");
	(void)state;
	assert_int_equal(tree->package_count, 3);
	assert_true(str_equal_z(package_called(tree, "safe@1.0.0")->name, "safe"));
	assert_true(str_equal_z(package_called(tree, "evil@1.0.0")->name, "evil"));
	arena_free(arena);
}

static void names_are_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		for (size_t i = 0; i < LIMIT_YARN_NAMES + over; i++)
			buf_printf(&text, "%sp%zu@1", i ? ", " : "", i);
		buf_add_z(&text, ":\n  version \"1.0.0\"\n");
		assert_int_equal(read_as(arena, "yarn", "l", NULL, buf_str(&text), &tree, &err), over ? STATUS_LIMIT : STATUS_OK);
		arena_free(arena);
	}
}

static void bad_bytes_are_refused(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = NULL;
	struct error err = { 0 };
	(void)state;
	assert_int_equal(read_as(arena, "yarn", "l", NULL, STR("a@1:\n  version \"1.0\xff\"\n"), &tree, &err), STATUS_INVALID);
	assert_int_equal(read_as(arena, "yarn", "l", NULL, STR("a@1:\n  version \"1.0\0\"\n"), &tree, &err), STATUS_INVALID);
	arena_free(arena);
}

static void many_packages_are_linear(void **state)
{
	enum { COUNT = 100000 };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)state;
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "p%u@1:\n  version \"1.0.0\"\n  dependencies:\n    p%u \"1\"\n", i, (i + 1) % COUNT);
	if (read_as(arena, "yarn", "l", NULL, buf_str(&text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, COUNT + 1);
	assert_int_equal(tree->edge_count, COUNT);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_corners),
		{ "agrees on yarn-corners", agrees_on_fixture, NULL, NULL, (char[]){ "yarn-corners" } },
		{ "agrees on yarn-exotic", agrees_on_fixture, NULL, NULL, (char[]){ "yarn-exotic" } },
		{ "agrees on yarn-monorepo", agrees_on_fixture, NULL, NULL, (char[]){ "yarn-monorepo" } },
		cmocka_unit_test(agrees_on_corpus),
		cmocka_unit_test(agrees_on_what_the_manager_wrote),
		cmocka_unit_test(refuses_what_is_malformed),
		cmocka_unit_test(cut_texts_do_not_crash),
		cmocka_unit_test(limited_memory_is_an_error),
		cmocka_unit_test(without_manifest_scopes_are_unknown),
		cmocka_unit_test(manifests_must_fit),
		cmocka_unit_test(merged_entries_hide_nothing),
		cmocka_unit_test(names_are_bounded),
		cmocka_unit_test(bad_bytes_are_refused),
		cmocka_unit_test(many_packages_are_linear),
	};
	return cmocka_run_group_tests_name("yarn classic", tests, NULL, NULL);
}
