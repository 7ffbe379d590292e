/*
 * What is the same for every format: which one a text is of, and that a lockfile of which nothing is left is no clean
 * result.
 */
#include "lockfile/git.h"

static const struct emptiness {
	const char *manifest, *lockfile;
	enum status status;
} emptinesses[] = {
	{ "{\"dependencies\":{\"a\":\"^1\"}}", "{}", STATUS_INVALID },
	{ "{\"devDependencies\":{\"a\":\"^1\"}}", "{}", STATUS_INVALID },
	{ "{\"dependencies\":{\"a\":\"github:x/y\"}}", "{}", STATUS_INVALID },
	{ "{\"dependencies\":{\"b\":\"^1\"}}", "{\"node_modules/a\":{\"version\":\"1.0.0\"}}", STATUS_OK },
	{ "{\"dependencies\":{\"a\":\"file:../a\",\"b\":\"workspace:*\",\"c\":\"./c\"}}", "{}", STATUS_OK },
	{ "{\"optionalDependencies\":{\"a\":\"^1\"}}", "{}", STATUS_INVALID },
	{ "{\"peerDependencies\":{\"a\":\"^1\"}}", "{}", STATUS_OK },
	{ "{\"dependencies\":{}}", "{}", STATUS_OK },
	{ "{\"dependencies\":[\"a\"],\"devDependencies\":{\"a\":1}}", "{}", STATUS_OK },
	{ "{\"dependencies\":{\"a\":\"^1\"}}", "{\"packages/a\":{},\"node_modules/a\":{\"link\":true,\"resolved\":\"packages/a\"}}", STATUS_OK },
	{ "{", "{}", STATUS_INVALID },
	{ "{", "{\"node_modules/a\":{\"version\":\"1.0.0\"}}", STATUS_OK },
	{ NULL, "{}", STATUS_OK },
};

static void nothing_left_is_no_clean_result(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof emptinesses / sizeof *emptinesses; i++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree;
		struct str entries = str_of(emptinesses[i].lockfile);
		struct lockfile_found found = { .path = "package-lock.json", .folder = "." };
		found.format = lockfile_format_by_kind("npm");
		enter_fresh(arena, arena_printf(arena, "empty%zu", i).p);
		put_file("package-lock.json", arena_printf(arena, "{\"lockfileVersion\":3,\"packages\":{\"\":{}%s%.*s}", entries.n > 2 ? "," : "",
							   STR_ARG(str_from(entries, 1))));
		if (emptinesses[i].manifest)
			put_file("package.json", str_of(emptinesses[i].manifest));
		enum status status = lockfile_load(&found, arena, &tree, &err);
		if (status != emptinesses[i].status)
			fail_msg("%zu: %d, %s", i, (int)status, err.text);
		if (status && emptinesses[i].manifest[1])
			assert_non_null(strstr(err.text, "asks for \"a\""));
		arena_free(arena);
	}
}

/* At the limit a lockfile is read, here to its first byte, which is none of JSON's; one byte more is not looked at. */
static void size_is_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct lockfile_found found = { .path = "package-lock.json", .folder = "." };
		struct error err = { 0 };
		struct tree *tree;
		found.format = lockfile_format_by_kind("npm");
		enter_fresh(arena, "size");
		run_command(arena_printf(arena, "truncate -s %zu package-lock.json", LIMIT_LOCKFILE_BYTES + over).p);
		assert_int_equal(lockfile_load(&found, arena, &tree, &err), over ? STATUS_LIMIT : STATUS_INVALID);
		assert_int_equal(err.line, over ? 0 : 1);
		arena_free(arena);
	}
}

static void a_missing_file_is_an_error(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_found found = { .path = "gone/package-lock.json", .folder = "gone" };
	struct error err = { 0 };
	struct tree *tree;
	(void)state;
	found.format = lockfile_format_by_kind("npm");
	assert_int_equal(lockfile_load(&found, arena, &tree, &err), STATUS_NOT_FOUND);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_left_is_no_clean_result),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(a_missing_file_is_an_error),
	};
	return cmocka_run_group_tests_name("read", tests, NULL, NULL);
}
