/* An answer's headers, as large as they may be and one byte more. */
#include "net/transfer.c"

#include "tests.h"

static void as_large_as_may_be(void **state)
{
	(void)state;
	static char line[LIMIT_HTTP_HEADER_BYTES];
	for (size_t more = 0; more < 2; more++) {
		struct transfer transfer = { 0 };
		memset(line, 'x', sizeof line);
		assert_int_equal(take_header(line, 1, sizeof line / 2, &transfer), sizeof line / 2);
		assert_int_equal(take_header(line, 1, sizeof line / 2, &transfer), sizeof line / 2);
		if (more)
			assert_int_equal(take_header(line, 1, 1, &transfer), 0);
		assert_int_equal(transfer.stop == STOP_HEADERS, more);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_large_as_may_be) };
	return _cmocka_run_group_tests("net/headers", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
