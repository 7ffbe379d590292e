/* CVSS scores: the table fixtures/advisories/cvss.txt, every base vector beside another calculator, and what is no vector. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "assay/advisory.h"

/* "9.8" to 98; -1 for anything else. */
static int tenths_of(struct str text)
{
	struct str rest = text, whole, fraction;
	uint64_t a, b;
	if (!str_split(&rest, '.', &whole) || !str_split(&rest, '.', &fraction) || rest.p || fraction.n != 1 || !str_to_u64(whole, &a) ||
	    !str_to_u64(fraction, &b))
		return -1;
	return (int)(a * 10 + b);
}

static const char *rating_name(enum severity severity)
{
	static const char *const names[] = { "none", "low", "medium", "unknown", "high", "critical" };
	return names[severity];
}

static void check_row(struct str line)
{
	struct str rest = line, vector, score, rating;
	assert_true(str_split(&rest, ' ', &vector));
	assert_true(str_split(&rest, ' ', &score));
	int tenths = -7;
	bool valid = cvss_score(vector, &tenths);
	if (str_equal_z(score, "-")) {
		if (valid || tenths != -7)
			fail_msg("taken for a vector: %.*s", STR_ARG(vector));
		return;
	}
	assert_true(str_split(&rest, ' ', &rating));
	if (!valid || tenths != tenths_of(score) || !str_equal_z(rating, rating_name(cvss_rating(vector, tenths))))
		fail_msg("%.*s: expected %.*s %.*s, got %d tenths, %s", STR_ARG(vector), STR_ARG(score), STR_ARG(rating), tenths,
			 rating_name(cvss_rating(vector, tenths)));
}

static void test_table(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str text, line;
	assert_int_equal(file_read(path_join(arena, getenv("ASSAY_ROOT"), "fixtures/advisories/cvss.txt"), 1 << 20, arena, &text, NULL), STATUS_OK);
	size_t rows = 0;
	while (str_split(&text, '\n', &line)) {
		if (line.n == 0 || line.p[0] == '#')
			continue;
		check_row(line);
		rows++;
	}
	assert_true(rows > 60);
}

static void test_ratings(void **state)
{
	(void)state;
	static const struct {
		const char *vector;
		int tenths;
		enum severity severity;
	} rows[] = {
		{ "AV:N", 0, SEVERITY_LOW },           { "AV:N", 39, SEVERITY_LOW },           { "AV:N", 40, SEVERITY_MEDIUM },
		{ "AV:N", 69, SEVERITY_MEDIUM },       { "AV:N", 70, SEVERITY_HIGH },          { "CVSS2#AV:N", 100, SEVERITY_HIGH },
		{ "CVSS:3.0/", 0, SEVERITY_NONE },     { "CVSS:3.1/", 1, SEVERITY_LOW },       { "CVSS:3.1/", 39, SEVERITY_LOW },
		{ "CVSS:3.1/", 40, SEVERITY_MEDIUM },  { "CVSS:4.0/", 69, SEVERITY_MEDIUM },   { "CVSS:4.0/", 70, SEVERITY_HIGH },
		{ "CVSS:4.0/", 89, SEVERITY_HIGH },    { "CVSS:4.0/", 90, SEVERITY_CRITICAL }, { "CVSS:4.0/", 100, SEVERITY_CRITICAL },
		{ "CVSS:4.0/", -1, SEVERITY_UNKNOWN },
	};
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_int_equal(cvss_rating(str_of(rows[i].vector), rows[i].tenths), rows[i].severity);
}

/* A copy of just its size, so that the sanitizer sees a read past it. */
static bool score_copy(struct str text, int *tenths)
{
	char *copy = malloc(text.n ? text.n : 1);
	assert_non_null(copy);
	if (text.n)
		memcpy(copy, text.p, text.n);
	bool valid = cvss_score((struct str){ copy, text.n }, tenths);
	free(copy);
	return valid;
}

/* Every beginning of a vector, and every byte in every place of it: a number between 0 and 10, or no vector. */
static void test_hostile(void **state)
{
	(void)state;
	static const char *const vectors[] = {
		"CVSS2#AV:N/AC:L/Au:N/C:P/I:P/A:P",
		"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
		"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
	};
	int tenths;
	assert_false(cvss_score(STR_NONE, &tenths));
	assert_false(cvss_score(STR(""), &tenths));
	for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
		struct str vector = str_of(vectors[i]);
		char changed[128];
		for (size_t n = 0; n < vector.n; n++)
			assert_false(score_copy(str_head(vector, n), &tenths));
		for (size_t at = 0; at < vector.n; at++) {
			for (int c = 0; c < 256; c++) {
				memcpy(changed, vector.p, vector.n);
				changed[at] = (char)c;
				if (score_copy((struct str){ changed, vector.n }, &tenths))
					assert_in_range(tenths, 0, 100);
			}
		}
	}
}

/* Where the oracle leaves the specification: of 2.0's temporal and environmental formulas it rounds other steps than the guide (whose worked
 * examples stand in the table), and 3.0's rounding up lets the noise of its own arithmetic lift a score. */
static int tolerance_of(struct str vector)
{
	if (str_starts_with(vector, STR("CVSS:")))
		return str_starts_with(vector, STR("CVSS:3.0/")) ? 1 : 0;
	struct str rest = vector, part;
	size_t parts = 0;
	while (str_split(&rest, '/', &part))
		parts++;
	return parts > 6 ? 2 : 0;
}

static void test_oracle(void **state)
{
	(void)state;
	if (!*getenv("ASSAY_ORACLE")) {
		print_message("needs Node and ae-cvss-calculator\n");
		skip();
	}
	/* 5 has no factor in common with the numbers of values, so every value meets every other one. */
	FILE *oracle = popen("node \"$ASSAY_ROOT/tests/oracle/cvss.cjs\" 5 20000", "r");
	assert_non_null(oracle);
	char line[256];
	size_t compared = 0, different = 0, off = 0;
	while (fgets(line, sizeof line, oracle)) {
		struct str rest = str_trim(str_of(line)), vector, score;
		int tenths = -1;
		assert_true(str_split(&rest, ' ', &vector));
		assert_true(str_split(&rest, ' ', &score));
		bool valid = cvss_score(vector, &tenths);
		off += valid && tenths != tenths_of(score);
		if (!valid || abs(tenths - tenths_of(score)) > tolerance_of(vector)) {
			print_error("%.*s: the oracle says %.*s, we %d tenths\n", STR_ARG(vector), STR_ARG(score), tenths);
			different++;
		}
		compared++;
	}
	assert_int_equal(pclose(oracle), 0);
	assert_int_equal(different, 0);
	assert_true(off < 4000);
	assert_int_equal(compared, 729 + 2 * 2592 + 20996 + 4 * 20000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_ratings),
		cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_oracle),
	};
	return cmocka_run_group_tests_name("advisory/cvss", tests, NULL, NULL);
}
