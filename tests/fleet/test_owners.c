/* CODEOWNERS as GitHub's and GitLab's documentation have it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "fleet/look.h"

static const struct {
	const char *lines, *path, *owners; /* NULL: nobody */
} cases[] = {
	{ "* @all\n", "package-lock.json", "@all" },
	{ "* @all\n*.js @js\n", "package-lock.json", "@all" },
	{ "* @all\npackage-lock.json @deps @lee\n", "apps/web/package-lock.json", "@deps @lee" },
	{ "/package-lock.json @top\n", "apps/web/package-lock.json", NULL },
	{ "/package-lock.json @top\n", "package-lock.json", "@top" },
	{ "/apps/ @apps\n", "apps/web/package-lock.json", "@apps" },
	{ "apps/ @any\n", "x/apps/web/yarn.lock", "@any" },
	{ "/apps/* @one\n", "apps/yarn.lock", "@one" },
	{ "/apps/* @one\n", "apps/web/yarn.lock", NULL },
	{ "/apps/**/yarn.lock @deep\n", "apps/a/b/yarn.lock", "@deep" },
	{ "**/web/** @web\n", "apps/web/yarn.lock", "@web" },
	{ "* @all\n/apps/ @apps\n/apps/web\n", "apps/web/yarn.lock", NULL },
	{ "# @no\n\n* @all # the rest\n", "yarn.lock", "@all" },
	{ "[Docs] @docs\nyarn.lock\nREADME @x\n", "yarn.lock", "@docs" },
	{ "^[Optional][2] @o\n*\n", "yarn.lock", "@o" },
	{ "* @all\r\n/apps/ @apps\r\n", "apps/yarn.lock", "@apps" },
	{ "apps\\ x/ @b\n", "yarn.lock", NULL },
	{ "", "yarn.lock", NULL },
	{ "*", "yarn.lock", NULL },
};

static void test_cases(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct owners *owners;
		const char *folder = getenv("TEST_TMP");
		assert_int_equal(file_write(path_join(arena, folder, "CODEOWNERS"), str_of(cases[i].lines), NULL), STATUS_OK);
		assert_int_equal(owners_read(folder, arena, &owners, NULL), STATUS_OK);
		struct str who = owners_of(owners, str_of(cases[i].path), arena);
		if (!str_equal(who, str_of(cases[i].owners)) || !who.p != !cases[i].owners)
			fail_msg("case %zu: %.*s", i, STR_ARG(who));
	}
	arena_free(arena);
}

/* A pattern of as many names as may be, and of one more: then the whole file names nobody, and says where. Paths may have any number. */
static void test_many_parts(void **state)
{
	(void)state;
	for (int more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf lines = BUF_INIT(MIB), path = BUF_INIT(MIB);
		struct owners *owners;
		struct error err = { 0 };
		const char *folder = getenv("TEST_TMP");
		buf_add_z(&lines, "* @all\n");
		for (int i = 0; i < LIMIT_OWNERS_PARTS + more; i++)
			buf_add_z(&lines, "/a");
		for (int i = 0; i < LIMIT_OWNERS_PARTS * 2; i++)
			buf_add_z(&path, i ? "/a" : "a");
		buf_add_z(&lines, " @deep\n");
		assert_int_equal(file_write(path_join(arena, folder, "CODEOWNERS"), buf_str(&lines), NULL), STATUS_OK);
		assert_int_equal(owners_read(folder, arena, &owners, &err), more ? STATUS_LIMIT : STATUS_OK);
		if (more) {
			assert_null(owners);
			assert_non_null(strstr(err.text, "CODEOWNERS: line 2: "));
			continue;
		}
		assert_true(str_equal(owners_of(owners, buf_str(&path), arena), STR("@deep")));
		assert_true(str_equal(owners_of(owners, STR("a/a"), arena), STR("@all")));
	}
}

static void test_none(void **state)
{
	struct arena *arena = arena_new(0);
	struct owners *owners = (struct owners *)arena;
	(void)state;
	assert_int_equal(owners_read("/nonexistent", arena, &owners, NULL), STATUS_OK);
	assert_null(owners);
	assert_null(owners_of(NULL, STR("a"), arena).p);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_cases), cmocka_unit_test(test_many_parts), cmocka_unit_test(test_none) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
