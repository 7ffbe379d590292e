/* Libraries that are bound when they are needed: once, whole or not at all, and with a word about what to install. */
#include "tests.h"

#include <pthread.h>

#include "base/library.h"

static struct {
	int (*version)(void);
} bound;
static unsigned set_ups;

static void set_up(void)
{
	assert_true(bound.version() > 3000000);
	set_ups++;
}

static struct library archive = { .name = "libarchive", .functions = "archive_version_number\0", .pointers = &bound, .set_up = set_up };

static void *need(void *unused)
{
	return library_need(&archive, NULL) ? unused : bound.version ? &bound : unused;
}

static void test_is_bound_once(void **state)
{
	(void)state;
	pthread_t threads[8];
	void *found;
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, need, NULL), 0);
	for (size_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], &found), 0);
		assert_ptr_equal(found, &bound);
	}
	assert_true(library_need_untold(&archive));
	assert_int_equal(set_ups, 1);
	assert_int_equal(library_lack(NULL), STATUS_OK);
}

static void test_says_what_to_install(void **state)
{
	static const struct {
		const char *name, *text, *hint;
	} cases[] = {
		{ "libarchive", "no_such_function", "apt install libarchive1" }, /* libarchive.so.1… */
		{ "libcurl", "no_such_function", "apt install libcurl4" },
		{ "libgit2", "no_such_function", "apt install libgit2-" },
		{ "libcur", "libcur cannot be used: this program was built without it", "" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *pointer = NULL;
		struct library library = { .name = cases[i].name, .functions = "no_such_function\0", .pointers = &pointer, .set_up = set_up };
		struct error err;
		assert_int_equal(library_need(&library, &err), STATUS_UNSUPPORTED);
		assert_true(str_starts_with(str_of(err.text), str_of(cases[i].name)));
		assert_non_null(strstr(err.text, cases[i].text));
		assert_non_null(strstr(err.hint, cases[i].hint));
		assert_int_equal(library_need(&library, NULL), STATUS_UNSUPPORTED);
		assert_null(pointer);
	}
	assert_int_equal(set_ups, 1);
}

static void test_is_tried_once(void **state)
{
	void *pointer = NULL;
	struct library library = { .name = "libarchive", .functions = "no_such_function\0", .pointers = &pointer };
	struct error first, later;
	(void)state;
	assert_int_equal(library_need(&library, &first), STATUS_UNSUPPORTED);
	library.functions = "archive_version_number\0"; /* as if it were there by now */
	assert_int_equal(library_need(&library, &later), STATUS_UNSUPPORTED);
	assert_string_equal(later.text, first.text);
	assert_string_equal(later.hint, first.hint);
	assert_null(pointer);
}

static void test_a_lack_is_remembered(void **state)
{
	static void *pointer;
	static struct library library = { .name = "libnone", .functions = "none\0", .pointers = &pointer };
	struct error err, other;
	(void)state;
	assert_int_equal(library_lack(&err), STATUS_OK);
	assert_int_equal(error_memory(&err), STATUS_MEMORY);
	assert_string_equal(err.text, "out of memory");
	assert_false(library_need_untold(&library));
	assert_int_equal(library_lack(&err), STATUS_UNSUPPORTED);
	assert_non_null(strstr(err.text, "libnone"));

	/* Whoever gave up for that says so. */
	assert_int_equal(error_memory(&other), STATUS_MEMORY);
	assert_int_equal(other.status, STATUS_MEMORY);
	assert_string_equal(other.text, err.text);
	assert_int_equal(error_memory(NULL), STATUS_MEMORY);

	error_set(&other, STATUS_IO, "something else");
	library_note_told(&other);
	assert_false(library_is_told());
	error_wrap(&err, "reading");
	library_note_told(&err);
	assert_true(library_is_told());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_bound_once),
		cmocka_unit_test(test_says_what_to_install),
		cmocka_unit_test(test_is_tried_once),
		cmocka_unit_test(test_a_lack_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
