/* Integrity texts: a table for what matters, and npm's own `ssri` for thousands of random ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/digest.h"
#include "assay/limits.h"

static const char *const verdicts[] = { "match", "mismatch", "none" };

/* Of "hello"; the other ones are of "hallo". */
#define GOOD1 "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="
#define GOOD224 "sha224-6gmunMZ2jFD87pA+0FRVblv8g0eQfxJZiqJBkw=="
#define GOOD512 "sha512-m3HSJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="
#define BAD1 "sha1-/RKxXq+3RFOjBvdIsmQ2DQmg6hM="
#define BAD512 "sha512-AAAAJL1i83hdltRq0+o9czGb+8KJDKra4t/3JRlnPKcjI8PZm6XBHXx6zG4UuMXaDEZjR1wuXDre9G9zvN7AQw=="

static const struct {
	const char *text;
	enum integrity_verdict verdict;
	size_t usable, unknown;
} cases[] = {
	{ "", INTEGRITY_NONE, 0, 0 },
	{ "   ", INTEGRITY_NONE, 0, 0 },
	{ GOOD512, INTEGRITY_MATCH, 1, 0 },
	{ "\n" GOOD512 "\t", INTEGRITY_MATCH, 1, 0 },
	{ BAD512, INTEGRITY_MISMATCH, 1, 0 },
	{ GOOD1, INTEGRITY_MATCH, 1, 0 },
	{ GOOD512 "?ct=a?b", INTEGRITY_MATCH, 1, 0 },
	{ BAD512 " " GOOD512, INTEGRITY_MATCH, 2, 0 },
	{ GOOD512 "\xc2\xa0" BAD512, INTEGRITY_MATCH, 2, 0 },
	/* The strongest decides, whatever stands beside it and wherever. */
	{ GOOD1 " " BAD512, INTEGRITY_MISMATCH, 2, 0 },
	{ BAD512 " " GOOD1, INTEGRITY_MISMATCH, 2, 0 },
	{ BAD1 " " GOOD512, INTEGRITY_MATCH, 2, 0 },
	{ BAD1 " " GOOD224, INTEGRITY_MATCH, 2, 0 },
	/* Others are ignored beside ours and prove nothing alone. */
	{ "md5-XUFAKrxLKna5cZ2REBfFkg==", INTEGRITY_NONE, 0, 1 },
	{ "md5-XUFAKrxLKna5cZ2REBfFkg== " GOOD1, INTEGRITY_MATCH, 1, 1 },
	{ "sha3-512-AAAA whirlpool-AAAA x", INTEGRITY_NONE, 0, 3 },
	{ "SHA512-m3HSJL1i", INTEGRITY_NONE, 0, 1 },
	{ "sha512 sha512- sha512-?x -AAAA", INTEGRITY_NONE, 0, 4 },
	/* A known algorithm with a text that no digest has: it decides, and never matches. */
	{ "sha512-AAAA", INTEGRITY_MISMATCH, 0, 0 },
	{ "sha512-! " GOOD1, INTEGRITY_MISMATCH, 1, 0 },
	{ "sha512-256-AAAA " GOOD1, INTEGRITY_MISMATCH, 1, 0 },
	{ "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00", INTEGRITY_MISMATCH, 0, 0 },
	{ "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ01=", INTEGRITY_MISMATCH, 0, 0 },
	{ "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00==", INTEGRITY_MISMATCH, 0, 0 },
	{ "sha224-6gmunMZ2jFD87pA-0FRVblv8g0eQfxJZiqJBkw==", INTEGRITY_MISMATCH, 0, 0 },
	{ "sha1-! " GOOD512, INTEGRITY_MATCH, 1, 0 },
};

static void judges_the_table(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct integrity list;
		assert_int_equal(integrity_parse(str_of(cases[i].text), arena, &list, NULL), STATUS_OK);
		enum integrity_verdict verdict = integrity_check(&list, STR("hello"), NULL);
		if (verdict != cases[i].verdict || list.count != cases[i].usable || list.unknown != cases[i].unknown)
			fail_msg("\"%s\": %s, %zu usable, %zu unknown", cases[i].text, verdicts[verdict], list.count, list.unknown);
	}
}

static void gives_what_was_computed(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(256);
	struct integrity list;
	struct digest actual;
	enum digest_algorithm strongest;
	assert_int_equal(integrity_parse(STR(GOOD1 " " BAD512), arena, &list, NULL), STATUS_OK);
	assert_true(integrity_strongest(&list, &strongest));
	assert_int_equal(strongest, DIGEST_SHA512);
	assert_int_equal(integrity_check(&list, STR("hello"), &actual), INTEGRITY_MISMATCH);
	digest_write_sri(&actual, &text);
	assert_true(str_equal_z(buf_str(&text), GOOD512));
	assert_int_equal(integrity_parse(STR("md5-x"), arena, &list, NULL), STATUS_OK);
	assert_false(integrity_strongest(&list, &strongest));
}

static void keeps_to_its_limit(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static char text[LIMIT_SRI_LENGTH + 1];
	memset(text, 'a', sizeof text);
	struct integrity list = { .unknown = 77 };
	struct error err;
	assert_int_equal(integrity_parse((struct str){ text, LIMIT_SRI_LENGTH }, arena, &list, &err), STATUS_OK);
	assert_int_equal(list.unknown, 1);
	list.unknown = 77;
	assert_int_equal(integrity_parse((struct str){ text, sizeof text }, arena, &list, &err), STATUS_LIMIT);
	assert_int_equal(list.unknown, 77);
}

static struct str unhex(const char *hex, struct arena *arena)
{
	size_t n = strlen(hex) / 2;
	char *out = arena_alloc(arena, n);
	assert_non_null(out);
	for (size_t i = 0; i < n; i++) {
		const char pair[] = { hex[2 * i], hex[2 * i + 1], '\0' };
		out[i] = (char)strtoul(pair, NULL, 16);
	}
	return (struct str){ out, n };
}

/* "verdict data integrity", the last two in hex. */
static void judge_line(char *line, struct arena *arena)
{
	char *data = strchr(line, ' ');
	assert_non_null(data);
	*data++ = '\0';
	char *text = strchr(data, ' ');
	assert_non_null(text);
	*text++ = '\0';
	text[strcspn(text, "\n")] = '\0';
	struct integrity list;
	struct str sri = unhex(text, arena);
	assert_int_equal(integrity_parse(sri, arena, &list, NULL), STATUS_OK);
	enum integrity_verdict verdict = integrity_check(&list, unhex(data, arena), NULL);
	if (strcmp(verdicts[verdict], line) != 0)
		fail_msg("%.*s: %s, ssri says %s", STR_ARG(sri), verdicts[verdict], line);
}

#define CASES 20000

static void agrees_with_ssri(void **state)
{
	(void)state;
	const char *oracle = getenv("ASSAY_ORACLE");
	const char *root = getenv("ASSAY_ROOT");
	if (!oracle || !*oracle || !root) {
		print_message("no Node here: not compared with ssri\n");
		skip();
	}
	char command[4096];
	snprintf(command, sizeof command, "node '%s/tests/oracle/ssri.cjs' '%s' 20261123 %d", root, oracle, CASES);
	FILE *cases_file = popen(command, "r");
	assert_non_null(cases_file);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static char line[65536];
	size_t count = 0;
	while (fgets(line, sizeof line, cases_file)) {
		judge_line(line, arena);
		arena_reset(arena);
		count++;
	}
	assert_int_equal(pclose(cases_file), 0);
	assert_int_equal(count, CASES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_the_table),
		cmocka_unit_test(gives_what_was_computed),
		cmocka_unit_test(keeps_to_its_limit),
		cmocka_unit_test(agrees_with_ssri),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
