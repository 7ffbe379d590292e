/* How long is waited for the next try, as long as may be and longer. */
#include "net/http.c"

#include "tests.h"

static void as_long_as_may_be(void **state)
{
	(void)state;
	struct http http = { .options.backoff_ms = 1000, .jitter = 1 };
	struct exchange exchange = { .tries = 1 };
	struct try_result result = { .retry_after_s = LIMIT_HTTP_BACKOFF_MS / 1000 };
	assert_int_equal(delay_ms(&http, &exchange, &result), LIMIT_HTTP_BACKOFF_MS);
	result.retry_after_s++;
	assert_int_equal(delay_ms(&http, &exchange, &result), -1);
	/* Twice as long each time, a quarter more at most. */
	result.retry_after_s = 0;
	for (; exchange.tries <= 5; exchange.tries++)
		assert_in_range(delay_ms(&http, &exchange, &result), 1000u << (exchange.tries - 1), (1250u << (exchange.tries - 1)));
	for (; exchange.tries < 100; exchange.tries++)
		assert_int_equal(delay_ms(&http, &exchange, &result), LIMIT_HTTP_BACKOFF_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_long_as_may_be) };
	return _cmocka_run_group_tests("net/delay", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
