/* A gzip is inflated by a worker as it is here, whole or not. */
#include "advisory/gzip_worker.h"
#include "assay/archive.h"
#include "tests.h"

enum { MOST = 300000 };

static struct sandbox *sandbox;

static void expect(struct str packed, enum status status, struct str inflated)
{
	struct sandbox *const places[] = { NULL, sandbox };
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(MOST);
		struct error err = { 0 };
		assert_int_equal(gzip_worker_inflate(places[i], packed, &out, &err), status);
		assert_true(status ? err.text[0] != '\0' : str_equal(buf_str(&out), inflated));
	}
}

static void same_as_here(void **state)
{
	(void)state;
	static char text[MOST + 1];
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(2 * MOST);
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	uint32_t draw = 1;
	for (size_t i = 0; i < sizeof text; i++)
		text[i] = (char)('a' + ((draw = draw * 1664525 + 1013904223) >> 24) % 16);
	for (size_t n = 1; n <= MOST; n *= 7) {
		deflater_run(deflater, (struct str){ text, n }, &packed);
		expect(buf_str(&packed), STATUS_OK, (struct str){ text, n });
		expect(str_head(buf_str(&packed), packed.n - 1), STATUS_INVALID, STR_NONE);
		buf_add(&packed, STR("x"));
		expect(buf_str(&packed), STATUS_INVALID, STR_NONE);
	}
	deflater_run(deflater, (struct str){ text, MOST }, &packed);
	expect(buf_str(&packed), STATUS_OK, (struct str){ text, MOST });
	deflater_run(deflater, (struct str){ text, MOST + 1 }, &packed);
	expect(buf_str(&packed), STATUS_LIMIT, STR_NONE);
	expect(STR("\x1f\x8b\x08"), STATUS_INVALID, STR_NONE);
	expect(STR(""), STATUS_INVALID, STR_NONE);
	deflater_free(deflater);
	struct sandbox_state now;
	sandbox_state(sandbox, &now);
	assert_int_equal(now.lost, 0);
	assert_true(now.used || now.off);
}

static int start(void **state)
{
	(void)state;
	return sandbox_start(&(struct sandbox_options){ .mode = SANDBOX_AUTO }, &sandbox, NULL) ? -1 : 0;
}

static int stop(void **state)
{
	(void)state;
	sandbox_free(sandbox);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(same_as_here) };
	return cmocka_run_group_tests(tests, start, stop);
}
