/* Package URLs beside the purl specification's own test data for npm (../shared/schemas/purl-npm-test.json). */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "assay/json.h"
#include "assay/tree.h"

static const struct json *read_tests(struct arena *arena)
{
	const char *root = getenv("ASSAY_ROOT");
	struct str text;
	struct json *document;
	struct error err;
	const char *path = arena_printf(arena, "%s/../shared/schemas/purl-npm-test.json", root ? root : ".").p;
	if (file_read(path, 1 << 20, arena, &text, &err) != STATUS_OK)
		return NULL;
	assert_int_equal(json_parse(text, 0, arena, &document, NULL, &err), STATUS_OK);
	return json_find(document, "tests");
}

static struct str full_name(struct arena *arena, const struct json *parts)
{
	struct str scope = json_find_text(parts, "namespace"), name = json_find_text(parts, "name");
	return scope.n ? arena_printf(arena, "%.*s/%.*s", STR_ARG(scope), STR_ARG(name)) : name;
}

static void check_parse(struct arena *arena, const struct json *test)
{
	const struct json *wanted = json_find(test, "expected_output");
	struct error err;
	struct purl purl;
	bool is_npm;
	assert_int_equal(purl_parse(json_find_text(test, "input"), arena, &is_npm, &purl, &err), STATUS_OK);
	assert_true(is_npm);
	assert_true(str_equal(purl.name, full_name(arena, wanted)));
	struct str version = json_find_text(wanted, "version");
	assert_true(str_equal(purl.version, version.p ? version : STR("")));
	struct str source = json_find_text(json_find(wanted, "qualifiers"), "vcs_url");
	if (source.p)
		assert_true(str_equal(purl.source, source));
}

static void check_build(struct arena *arena, const struct json *test)
{
	const struct json *parts = json_find(test, "input");
	struct str source = json_find_text(json_find(parts, "qualifiers"), "vcs_url"), version = json_find_text(parts, "version");
	struct package package = {
		.name = full_name(arena, parts),
		.version = version.p ? version : STR(""),
		.kind = source.p ? PACKAGE_GIT : PACKAGE_REGISTRY,
		.resolved = source,
	};
	struct str purl = package_purl_located(arena, &package);
	struct str wanted = json_find_text(test, "expected_output");
	if (!str_equal(purl, wanted))
		fail_msg("%.*s, wanted %.*s", STR_ARG(purl), STR_ARG(wanted));
}

static void agrees_with_the_specification(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	const struct json *tests = read_tests(arena);
	size_t parsed = 0, built = 0;
	if (!tests) {
		arena_free(arena);
		skip();
	}
	json_each(test, tests) {
		struct str type = json_find_text(test, "test_type");
		if (str_equal_z(type, "parse")) {
			check_parse(arena, test);
			parsed++;
		} else if (str_equal_z(type, "build") && !json_find_text(json_find(test, "input"), "subpath").n) {
			check_build(arena, test);
			built++;
		}
	}
	arena_free(arena);
	assert_true(parsed >= 5 && built >= 3);
}

static void refuses_what_means_nothing(void **state)
{
	(void)state;
	static const struct str texts[] = { { "pkg:npm/a@1%00", 14 }, { "pkg:npm/a@1\0", 12 }, { "pkg:npm/a%4", 11 }, { "pkg:npm/a%zz", 12 } };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct arena *arena = arena_new(0);
		struct error err;
		struct purl purl;
		bool is_npm;
		assert_int_equal(purl_parse(texts[i], arena, &is_npm, &purl, &err), STATUS_INVALID);
		assert_non_null(strstr(err.text, "encodes nothing, or it has a zero byte"));
		arena_free(arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(agrees_with_the_specification), cmocka_unit_test(refuses_what_means_nothing) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
