/* Origins of URLs: what is the same host, and what is not taken at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/limits.h"
#include "assay/net.h"

static const struct {
	const char *url, *origin; /* origin: NULL for refused */
} facts[] = {
	{ "https://a.example/x/-/x-1.0.0.tgz", "https://a.example" },
	{ "https://a.example", "https://a.example" },
	{ "HTTPS://A.Example:443/X", "https://a.example" },
	{ "http://a.example:80/", "http://a.example" },
	{ "http://a.example:443/", "http://a.example:443" },
	{ "https://a.example:8443/?q=1#f", "https://a.example:8443" },
	{ "https://a.example.:8443/", "https://a.example.:8443" },
	{ "https://a.example?@b.example/", "https://a.example" },
	{ "https://a.example#@b.example/", "https://a.example" },
	{ "https://a.example/@b.example/", "https://a.example" },
	{ "http://127.0.0.1:4873/", "http://127.0.0.1:4873" },
	{ "http://[::1]:4873/", "http://[::1]:4873" },
	{ "https://a.example/\"quoted\"", "https://a.example" },
	{ "https://a.example/x/../%2e%2e/y?q#f", "https://a.example" },
	{ "https://a-1.b.example/", "https://a-1.b.example" },
	{ "https://a_b.example/", "https://a_b.example" },
	{ "https://localhost/x", "https://localhost" },
	{ "https://127.1/x", "https://127.0.0.1" }, /* the same host under another name */
	{ "https://0x7f.0.0.1/x", "https://127.0.0.1" },
	{ "https://2130706433/x", "https://127.0.0.1" },
	/* parsers part company here, or somebody wants them to */
	{ "https://user:secret@a.example/", NULL },
	{ "https://user@a.example/", NULL },
	{ "https://@a.example/", NULL },
	{ "https://a.example\\@b.example/", NULL },
	{ "https://a.example\\.b.example/", NULL },
	{ "https://a.exam\nple/", NULL },
	{ "https://a.example/ x", NULL },
	{ "https://a.example/\x7f", NULL },
	{ "https://a.example/\xc3\xa4", NULL },
	{ "https://\xd0\xb0.example/", NULL },
	{ " https://a.example/", NULL },
	{ "https://[fe80::1%25eth0]/", NULL },
	{ "https://npm%2eacme.example/", "https://npm.acme.example" },
	{ "https://npm%252eacme.example/", NULL },
	{ "https://%39/", NULL },
	{ "http:/%39", NULL },
	{ "https://%31%32%37.0.0.1/", "https://127.0.0.1" },
	{ "https://2130706433/", "https://127.0.0.1" },
	{ "https://npm.acme.example%2f.evil.example/", NULL },
	{ "https://a.example:99999/", NULL },
	{ "https://a.example:x/", NULL },
	{ "https://", NULL },
	{ "https:", NULL },
	{ "//a.example/", NULL },
	{ "a.example", NULL },
	{ "/x/-/x-1.0.0.tgz", NULL },
	{ "file:///etc/passwd", NULL },
	{ "ftp://a.example/", NULL },
	{ "git+https://a.example/x.git", NULL },
	{ "javascript:alert(1)", NULL },
	{ "", NULL },
};

static void origins(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct str origin = url_origin(arena, str_of(facts[i].url));
		if (!str_equal(origin, str_of(facts[i].origin)) || !origin.p != !facts[i].origin)
			fail_msg("%s: expected %s, got %.*s", facts[i].url, facts[i].origin ? facts[i].origin : "nothing", STR_ARG(origin));
	}
	assert_null(url_origin(arena, STR_NONE).p);
	assert_null(url_origin(arena, (struct str){ "https://a.example/\0x", 20 }).p);
	arena_free(arena);
}

/* Most are told at a glance; written in capitals they go through the parser, which says the same. */
static void glance(void **state)
{
	(void)state;
	struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		struct str url = str_of(facts[i].url), rest = str_from(url, 5);
		if (!str_starts_with(url, STR("https:")))
			continue;
		struct str parsed = url_origin(arena, arena_printf(arena, "HTTPS%.*s", STR_ARG(rest)));
		assert_true(str_equal(url_origin(arena, url), parsed));
	}
	arena_free(arena);
}

static void length_limit(void **state)
{
	(void)state;
	static char url[LIMIT_URL_BYTES + 1];
	struct arena *arena = arena_new(0);
	memset(url, 'x', sizeof url);
	memcpy(url, "https://a.example/", 18);
	assert_non_null(url_origin(arena, (struct str){ url, LIMIT_URL_BYTES }).p);
	assert_null(url_origin(arena, (struct str){ url, LIMIT_URL_BYTES + 1 }).p);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(origins), cmocka_unit_test(glance), cmocka_unit_test(length_limit) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
