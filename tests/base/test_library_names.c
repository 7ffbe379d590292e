/* By which names libraries are looked for, and packages recommended: as if this were built with some that are nowhere. */
#define ASSAY_SONAMES "libone=libone.so.99 libtwo2=libtwo2.so.99.1 libcurl=libcurl-other.so.99 lib=nothing.so.99"
#include "base/library.c"

#include "tests.h"

static void test_names(void **state)
{
	static const struct {
		const char *name, *soname, *package;
	} cases[] = {
		{ "libone", "libone.so.99", "libone99" },
		{ "libtwo2", "libtwo2.so.99.1", "libtwo2-99.1" },
		{ "libcurl", "libcurl-other.so.99", "libcurl3-other" }, /* as libcurl-gnutls.so.4 is in libcurl3-gnutls */
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct library library = { .name = cases[i].name, .functions = "" };
		struct error err;
		assert_int_equal(library_need(&library, &err), STATUS_UNSUPPORTED);
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct str text = arena_printf(arena, "%s cannot be used: %s: ", cases[i].name, cases[i].soname);
		assert_true(str_starts_with(str_of(err.text), text));
		assert_string_equal(err.hint, arena_printf(arena, "install it, as in: apt install %s", cases[i].package).p);
	}
}

static void test_is_no_other(void **state)
{
	struct library library = { .name = "libon", .functions = "" };
	struct error err;
	(void)state;
	assert_int_equal(library_need(&library, &err), STATUS_UNSUPPORTED);
	assert_string_equal(err.text, "libon cannot be used: this program was built without it");
	assert_string_equal(err.hint, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_is_no_other),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
