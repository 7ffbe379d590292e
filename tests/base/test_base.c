/* Text, memory, maps, dates, files, threads. */
#include "tests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/base.h"
#include "assay/limits.h"

static void test_str(void **state)
{
	(void)state;
	assert_true(str_equal(STR(""), STR_NONE));
	assert_true(str_compare(STR("a"), STR("ab")) < 0 && str_compare(STR("b"), STR("ab")) > 0);
	assert_true(str_starts_with(STR("abc"), STR("ab")) && !str_starts_with(STR("a"), STR("ab")));
	assert_true(str_ends_with(STR("abc"), STR("bc")) && !str_ends_with(STR("c"), STR("bc")));
	assert_int_equal(str_find(STR("abcabc"), 'c'), 2);
	assert_int_equal(str_find_last(STR("abcabc"), 'c'), 5);
	assert_int_equal(str_find_str(STR("abcabc"), STR("ca")), 2);
	assert_int_equal(str_find_str(STR("abc"), STR("x")), 3);
	assert_str(str_trim(STR(" \t a b\r\n")), "a b");
	assert_str(str_from(STR("abc"), 9), "");
	struct str rest = STR("a,,b"), part = STR_NONE;
	assert_true(str_split(&rest, ',', &part) && str_equal_z(part, "a"));
	assert_true(str_split(&rest, ',', &part) && str_equal_z(part, ""));
	assert_true(str_split(&rest, ',', &part) && str_equal_z(part, "b"));
	assert_false(str_split(&rest, ',', &part));
	uint64_t n;
	assert_true(str_to_u64(STR("18446744073709551615"), &n) && n == UINT64_MAX);
	assert_false(str_to_u64(STR("18446744073709551616"), &n));
	assert_false(str_to_u64(STR(""), &n) || str_to_u64(STR("+1"), &n) || str_to_u64(STR("1 "), &n));
	assert_true(str_is_hex(STR("09afAF")) && str_is_hex(STR("")));
	assert_false(str_is_hex(STR("09g")) || str_is_hex(STR("0x1")) || str_is_hex(STR("1 ")));
}

static void test_wildcards(void **state)
{
	(void)state;
	static const struct {
		const char *pattern, *text;
		bool matches;
	} cases[] = {
		{ "", "", true },         { "*", "", true },          { "a", "A", true },         { "a", "ab", false },     { "a*", "ab", true },
		{ "*b", "ab", true },     { "a*c*e", "abcde", true }, { "a*c*e", "abcd", false }, { "*ab*", "aaab", true }, { "**", "x", true },
		{ "@s/*", "@S/x", true }, { "@s/*", "@s", false },    { "*a*a*a", "aa", false },
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (glob_matches_any_case(str_of(cases[i].pattern), str_of(cases[i].text)) != cases[i].matches)
			fail_msg("%s against %s", cases[i].pattern, cases[i].text);
}

/* Wherever among others the byte stands that ends it. */
static void test_plain_length(void **state)
{
	(void)state;
	static const char stops[] = "\"\\\x1f\x80\xff\n";
	for (size_t stop = 0; stop < sizeof stops; stop++) {
		for (size_t at = 0; at < 50; at++) {
			char text[56];
			memset(text, "a ~\x7f!#[]"[at % 8], sizeof text);
			text[at] = stops[stop];
			assert_int_equal(str_plain_length((struct str){ text, sizeof text }), at);
			assert_int_equal(str_plain_length((struct str){ text, at }), at);
		}
	}
	static const char ends[] = " \n\"@:";
	for (size_t end = 0; end < sizeof ends; end++) {
		for (size_t at = 0; at < 50; at++) {
			char text[56];
			memset(text, "a!\xff~\x7f\x80;#"[at % 8], sizeof text);
			text[at] = ends[end];
			assert_int_equal(str_word_length((struct str){ text, sizeof text }, "\"@:"), at);
			assert_int_equal(str_word_length((struct str){ text, at }, "\"@:"), at);
		}
	}
}

/* What Node's TextDecoder makes of these, R standing for U+FFFD. */
static void test_utf8_replace(void **state)
{
	(void)state;
	static const struct {
		const char *text, *decoded;
	} facts[] = {
		{ "", "" },
		{ "a\xc3\xa9", "a\xc3\xa9" },
		{ "b\xff\xfe"
		  "d",
		  "bRRd" },
		{ "c\xc3(", "cR(" },
		{ "c\xc3", "cR" },
		{ "e\xf0\x9f\x98.js", "eR.js" },
		{ "e\xf0\x9f\x98", "eR" },
		{ "e\xf0\x9f.", "eR." },
		{ "e\xe2\x82", "eR" },
		{ "e\xe2\x82\xc3\xa9", "eR\xc3\xa9" },
		{ "s\xed\xa0\x80.js", "sRRR.js" },
		{ "\xc0\xaf", "RR" },
		{ "\xe0\x9f\xbf", "RRR" },
		{ "\xf4\x90\x80\x80", "RRRR" },
		{ "\xf5\x80", "RR" },
		{ "\xf0\x8f\xbf\xbf", "RRRR" },
		{ "\x80", "R" },
	};
	struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		CLEANUP(buf_fini) struct buf wanted = BUF_INIT(64);
		for (const char *c = facts[i].decoded; *c; c++)
			*c == 'R' ? buf_add_z(&wanted, "\xef\xbf\xbd") : buf_add_char(&wanted, *c);
		buf_add_char(&wanted, '\0');
		assert_str(utf8_replace(arena, str_of(facts[i].text)), wanted.p);
	}
	arena_free(arena);
}

static void test_arena_adopt(void **state)
{
	(void)state;
	struct arena *arena = arena_new(64 * KIB), *other = arena_new(0), *empty = arena_new(0), *first = arena_new(0);
	struct str ours = arena_copy(arena, STR("ours")), theirs = arena_copy(other, STR("theirs"));
	assert_non_null(arena_alloc(other, 256 * KIB));
	arena_adopt(arena, empty);
	arena_adopt(arena, other);
	assert_str(ours, "ours");
	assert_str(theirs, "theirs");
	assert_true(arena_used(arena) >= 256 * KIB);
	assert_null(arena_alloc(arena, 64 * KIB)); /* past its ceiling, which what was adopted counts for */
	arena_adopt(first, arena);
	assert_str(theirs, "theirs");
	assert_non_null(arena_alloc(first, 64 * KIB));
	arena_free(first);
}

static void test_utf8(void **state)
{
	(void)state;
	static const char *const good[] = { "", "abc", "\xc2\x80", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf" };
	static const char *const bad[] = { "\x80",        "\xc0\x80", "\xc2", "\xe2\x82", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80",
					   "\xe0\x80\x80" };
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_true(utf8_is_valid(str_of(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		assert_false(utf8_is_valid(str_of(bad[i])));
		char long_text[40] = "0123456789abcdefghij";
		strcat(long_text + i, bad[i]);
		assert_false(utf8_is_valid(str_of(long_text)));
	}
}

static void test_visible(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(1000);
	buf_add_visible(&buf, (struct str){ "a\x1b[31m\n\0\xff\xe2\x80\xae\xc2\x9b\xc3\xa9\\", 17 });
	assert_str(buf_str(&buf), "a\\x1b[31m\\n\\x00\\xff\\u{202e}\\x9b\xc3\xa9\\");
}

static void test_elapsed(void **state)
{
	(void)state;
	static const struct {
		double ms;
		const char *text;
	} rows[] = { { 0, "0 ms" },         { 86.4, "86 ms" },        { 9999, "9999 ms" },     { 9999.7, "10.0 s" },
		     { 119949, "119.9 s" }, { 119999, "1 min 59 s" }, { 187000, "3 min 7 s" }, { 7200000, "120 min 0 s" } };
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		CLEANUP(buf_fini) struct buf buf = BUF_INIT(100);
		buf_add_elapsed(&buf, rows[i].ms);
		assert_str(buf_str(&buf), rows[i].text);
	}
}

static void test_buf_limit(void **state)
{
	(void)state;
	for (size_t max = 9; max <= 11; max++) {
		CLEANUP(buf_fini) struct buf buf = BUF_INIT(max);
		buf_add(&buf, STR("12345"));
		buf_add(&buf, STR("67890"));
		struct error err;
		assert_int_equal(buf_ok(&buf, &err), max < 10 ? STATUS_LIMIT : STATUS_OK);
	}
}

static void test_arena(void **state)
{
	(void)state;
	struct arena *arena = arena_new(100000);
	for (size_t n = 0; n < 2000; n += 97) {
		char *p = arena_alloc(arena, n);
		assert_non_null(p);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	assert_null(arena_alloc(arena, 100001));
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_null(arena_alloc(arena, SIZE_MAX));
	arena_reset(arena);
	char *again = arena_alloc(arena, 100);
	assert_int_equal(again[0], 0);
	VEC(int) numbers = { 0 };
	for (int i = 0; i < 1000; i++)
		*vec_add(arena, &numbers) = i;
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers.v[i], i);
	assert_true(vec_reserve(arena, &numbers, 500) && numbers.capacity >= 1500);
	int *stays = numbers.v;
	for (int i = 1000; i < 1500; i++)
		*vec_add(arena, &numbers) = i;
	assert_true(numbers.v == stays);
	for (int i = 0; i < 1500; i++)
		assert_int_equal(numbers.v[i], i);
	assert_false(vec_reserve(arena, &numbers, 100000) || vec_reserve(arena, &numbers, SIZE_MAX));
	assert_str(arena_printf(arena, "%s-%d", "a", 7), "a-7");
	arena_free(arena);
	arena_free(NULL);
}

/* What was written before a reset is zero after it, in blocks of every size. */
static void test_arena_reset(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static const size_t sizes[] = { 1, 5000, 100000, 1 << 20, 3 << 20, 5000 };
	for (int round = 0; round < 3; round++, arena_reset(arena)) {
		for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
			char *p = arena_alloc(arena, sizes[i]);
			assert_non_null(p);
			assert_true(p[0] == 0 && memcmp(p, p + 1, sizes[i] - 1) == 0);
			memset(p, 0xff, sizes[i]);
		}
	}
}

/* A large array grows in place of leaving copies behind; what stands in it stays, what is new is zero, also between others. */
static void test_large_arrays(void **state)
{
	(void)state;
	struct arena *arena = arena_new((size_t)48 << 20);
	struct {
		VEC(uint64_t) v;
	} lists[2] = { 0 };
	for (uint64_t i = 0; i < 1500000; i++) {
		for (int k = 0; k < 2; k++) {
			uint64_t *slot = vec_add(arena, &lists[k].v);
			assert_non_null(slot);
			assert_true(*slot == 0);
			*slot = i * 2 + (uint64_t)k;
		}
		if (i % 1000 == 0)
			assert_non_null(arena_alloc(arena, 100));
	}
	for (uint64_t i = 0; i < 1500000; i++)
		for (int k = 0; k < 2; k++)
			assert_true(lists[k].v.v[i] == i * 2 + (uint64_t)k);
	assert_true(arena_used(arena) < (size_t)40 << 20); /* for 24 MB; copies would add as much again */
	/* Past the ceiling nothing is lost. */
	uint64_t added = lists[0].v.n;
	while (vec_add(arena, &lists[0].v))
		added++;
	assert_true(lists[0].v.n == added && lists[0].v.v[1499999] == 1499999 * 2);
	arena_free(arena);
}

static void test_map(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct map *map = map_new(arena, 0);
	for (size_t i = 0; i < 5000; i++)
		assert_true(map_set(map, arena_printf(arena, "key%zu", i), i));
	assert_true(map_set(map, STR("key7"), 70));
	assert_int_equal(map_count(map), 5000);
	size_t value;
	assert_true(map_reserve(map, 20000));
	struct map *empty = map_new(arena, 0);
	uint32_t soon[MAP_WARM_MAX + 2] = { map_hash(map, STR("key7")), map_hash(map, STR("key5000")) };
	map_warm(map, soon, sizeof soon / sizeof *soon);
	map_warm(empty, soon, 3);
	assert_int_equal(map_count(map), 5000);
	assert_true(map_find_hashed(map, STR("key7"), soon[0], &value) && value == 70);
	assert_false(map_find_hashed(map, STR("key5000"), soon[1], &value));
	assert_false(map_find_hashed(empty, STR("key7"), map_hash(empty, STR("key7")), &value));
	assert_true(map_add_hashed(map, STR("key7"), soon[0], 71, &value) && value == 70);
	assert_true(map_find(map, STR("key7"), &value) && value == 70);
	assert_true(map_find(map, STR("key4999"), &value) && value == 4999);
	assert_false(map_find(map, STR("key5000"), &value));
	assert_true(map_add(map, STR("key7"), 71, &value) && value == 70);
	assert_true(map_add(map, STR("new"), 71, &value) && value == 71);
	assert_int_equal(map_count(map), 5001);
	assert_true(map_set(map, STR(""), 1) && map_find(map, STR_NONE, &value));
	/* Every length, and every end of it, is a key of its own. */
	char text[400];
	memset(text, 'x', sizeof text);
	map = map_new(arena, 0);
	for (size_t n = 0; n <= sizeof text; n++)
		assert_true(map_set(map, (struct str){ text, n }, n));
	assert_int_equal(map_count(map), sizeof text + 1);
	for (size_t n = 0; n <= sizeof text; n++)
		assert_true(map_find(map, (struct str){ text, n }, &value) && value == n);
	for (size_t n = 1; n <= sizeof text; n++) {
		text[n - 1] = 'y';
		assert_false(map_find(map, (struct str){ text, n }, &value));
		text[n - 1] = 'x';
	}
}

/* A hash that all share decides nothing: each byte of a key does. */
static void test_map_compares_keys(void **state)
{
	enum { SHARED = 7 };
	(void)state;
	for (size_t n = 1; n <= 40; n++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct map *map = map_new(arena, 0);
		char text[40];
		size_t there;
		memset(text, 'x', sizeof text);
		assert_true(map_add_hashed(map, arena_copy(arena, (struct str){ text, n }), SHARED, n, &there) && there == n);
		for (size_t i = 0; i < n; i++) {
			text[i] = 'y';
			struct str other = arena_copy(arena, (struct str){ text, n });
			assert_false(map_find_hashed(map, other, SHARED, &there));
			assert_true(map_add_hashed(map, other, SHARED, 100 + i, &there) && there == 100 + i);
			assert_true(map_find_hashed(map, (struct str){ text, n }, SHARED, &there) && there == 100 + i);
			text[i] = 'x';
		}
		assert_true(map_find_hashed(map, (struct str){ text, n }, SHARED, &there) && there == n);
		assert_int_equal(map_count(map), n + 1);
	}
}

static const struct {
	const char *text;
	int64_t date; /* DATE_NONE: refused */
} dates[] = {
	{ "1970-01-01T00:00:00Z", 0 },
	{ "2026-11-23T09:00:00Z", 1795424400 },
	{ "2026-11-23T09:00:00.123456Z", 1795424400 },
	{ "2026-11-23T10:30:00+01:30", 1795424400 },
	{ "2026-11-23", 1795392000 },
	{ "2024-02-29", 1709164800 },
	{ "2023-02-29", DATE_NONE },
	{ "2026-13-01", DATE_NONE },
	{ "2026-11-23T24:00:00Z", DATE_NONE },
	{ "2026-11-23T09:00:00", DATE_NONE },
	{ "2026-11-23T09:00:00.Z", DATE_NONE },
	{ "2026-11-23T09:00:00Zx", DATE_NONE },
	{ "0000-01-01T00:00:00Z", -62167219200 },
	{ "9999-12-31T23:59:59Z", 253402300799 },
	{ "0000-01-01T00:59:59+01:00", DATE_NONE },
	{ "9999-12-31T23:59:60Z", DATE_NONE },
	{ "", DATE_NONE },
};

static void test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
		int64_t date = DATE_NONE;
		assert_int_equal(date_parse(str_of(dates[i].text), &date), dates[i].date != DATE_NONE);
		assert_int_equal(date, dates[i].date);
	}
	char text[DATE_TEXT_SIZE];
	date_format(1795424400, text);
	assert_string_equal(text, "2026-11-23T09:00:00Z");
	date_format(-55095033600, text);
	assert_string_equal(text, "0224-02-10T00:00:00Z");
	date_format(253402300800, text);
	assert_string_equal(text, "unknown");
	date_format(DATE_NONE, text);
	assert_string_equal(text, "unknown");
	int64_t seconds;
	assert_true(duration_parse(STR("48h"), &seconds) && seconds == 172800);
	assert_true(duration_parse(STR("2w"), &seconds) && seconds == 1209600);
	assert_false(duration_parse(STR("h"), &seconds) || duration_parse(STR("4y"), &seconds) || duration_parse(STR("-4h"), &seconds));
	duration_format(10 * 86400, text);
	assert_string_equal(text, "10 d");
	duration_format(119, text);
	assert_string_equal(text, "1 min");
}

static void test_errors(void **state)
{
	(void)state;
	struct error err;
	assert_int_equal(error_at(&err, STATUS_INVALID, 3, 4, "found %s", "x"), STATUS_INVALID);
	assert_str(error_said(&err), "found x");
	assert_int_equal(error_wrap(&err, "reading %s", "f"), STATUS_INVALID);
	assert_string_equal(err.text, "reading f: line 3, column 4: found x");
	assert_str(error_said(&err), "found x");
	assert_int_equal(err.line, 3);
	assert_int_equal(error_set(NULL, STATUS_LIMIT, "x"), STATUS_LIMIT);
	errno = ENOENT;
	assert_int_equal(error_errno(&err, "f"), STATUS_NOT_FOUND);
	char longer[3000];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	error_set(&err, STATUS_IO, "%s", longer);
	error_wrap(&err, "%s", longer);
	assert_int_equal(strlen(err.text), sizeof err.text - 1);
}

static void expect_line(const char *source, uint32_t line, uint32_t column, const char *expected)
{
	struct error err;
	error_at(&err, STATUS_INVALID, line, column, "x");
	error_show_line(&err, str_of(source));
	const char *shown = strchr(err.text, '\n');
	assert_string_equal(shown ? shown : "", expected);
}

static void test_lines_of_errors(void **state)
{
	(void)state;
	expect_line("a\n\tbad\r\nc", 2, 2, "\n    2 |  bad\n      |  ^");
	expect_line("a\nb", 2, 2, "\n    2 | b\n      |  ^"); /* where the text ends */
	expect_line("\xc3\xa9\x1b[x", 1, 6, "\n    1 | \xc3\xa9\\x1b[x\n      |        ^");
	expect_line("a", 2, 1, "");
	expect_line("a", 1, 7, "");
	expect_line("a", 0, 0, "");
	expect_line(NULL, 1, 1, "");
	/* A long line is cut on both sides, never within a character. */
	char longer[400];
	memset(longer, 'a', sizeof longer);
	longer[sizeof longer - 1] = '\0';
	memcpy(longer + 139, "\xc3\xa9", 2);
	struct error err;
	error_at(&err, STATUS_INVALID, 1, 201, "x");
	error_show_line(&err, str_of(longer));
	assert_non_null(strstr(err.text, "\n    1 | ...\xc3\xa9"
					 "aaa"));
	assert_non_null(strstr(err.text, "aaa...\n      | "));
	/* What has no room is left out whole. */
	memset(err.text, 'x', sizeof err.text - 20);
	err.text[sizeof err.text - 20] = '\0';
	error_show_line(&err, str_of(longer));
	assert_int_equal(strlen(err.text), sizeof err.text - 20);
	error_show_line(NULL, STR("x"));
}

static void test_files(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *folder = path_join(arena, getenv("TEST_TMP"), "a/b/c"), *file = path_join(arena, folder, "f");
	struct error err;
	struct str text;
	assert_int_equal(folder_make(folder, &err), STATUS_OK);
	assert_int_equal(folder_make(folder, &err), STATUS_OK);
	assert_int_equal(file_read(file, 10, arena, &text, &err), STATUS_NOT_FOUND);
	assert_int_equal(file_write(file, STR("0123456789"), &err), STATUS_OK);
	assert_int_equal(file_read(file, 10, arena, &text, &err), STATUS_OK);
	assert_str(text, "0123456789");
	assert_int_equal(text.p[10], 0);
	assert_int_equal(file_read(file, 9, arena, &text, &err), STATUS_LIMIT);
	assert_int_equal(file_read(folder, 9, arena, &text, &err), STATUS_INVALID);
	assert_int_equal(folder_make(path_join(arena, file, "x"), &err), STATUS_NOT_FOUND);
	assert_int_equal(file_write(path_join(arena, folder, "no/f"), STR("x"), &err), STATUS_NOT_FOUND);
	const char *fifo = path_join(arena, folder, "fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_read(fifo, 10, arena, &text, &err), STATUS_INVALID);
	int reader = open(fifo, O_RDONLY | O_NONBLOCK);
	char written[2] = "";
	assert_int_equal(file_write(fifo, STR("x"), &err), STATUS_OK);
	assert_int_equal(read(reader, written, 1), 1);
	assert_string_equal(written, "x");
	close(reader);
	assert_int_equal(file_write("/dev/full", STR("x"), &err), STATUS_IO);
	assert_false(file_exists("/dev/full"));
	const char *link = path_join(arena, folder, "link");
	assert_int_equal(symlink("f", link), 0);
	assert_int_equal(file_write(link, STR("by the link"), &err), STATUS_OK);
	assert_int_equal(file_read(file, 20, arena, &text, &err), STATUS_OK);
	assert_str(text, "by the link");
	assert_string_equal(path_folder(arena, "a/b"), "a");
	assert_string_equal(path_folder(arena, "/b"), "/");
	assert_string_equal(path_folder(arena, "b"), ".");
	assert_string_equal(path_join(arena, ".", "b"), "b");
	assert_string_equal(path_join(arena, "a/", "b"), "a/b");
	assert_string_equal(path_join_inside(arena, STR("a/b"), STR("../c")).p, "a/c");
	assert_string_equal(path_join_inside(arena, STR("."), STR("./x//y/.")).p, "x/y");
	assert_null(path_join_inside(arena, STR("a"), STR("../../b")).p);
	assert_null(path_join_inside(arena, STR("a"), STR("/b")).p);
	assert_string_equal(path_join(arena, "a", "/b"), "/b");
	assert_string_equal(path_base("a/b"), "b");
}

static void test_repository(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *top = path_join(arena, getenv("TEST_TMP"), "repo"), *web = path_join(arena, top, "web");
	assert_int_equal(folder_make(web, NULL), STATUS_OK);
	assert_int_equal(file_write(path_join(arena, web, "f"), STR(""), NULL), STATUS_OK);
	assert_null(path_in_repository(arena, path_join(arena, web, "f")));
	assert_int_equal(folder_make(path_join(arena, top, ".git"), NULL), STATUS_OK);
	assert_string_equal(path_in_repository(arena, path_join(arena, web, "f")), "web/f");
	assert_string_equal(path_in_repository(arena, path_join(arena, web, "../web/./f")), "web/f");
	assert_string_equal(path_in_repository(arena, path_join(arena, top, "f")), "f");
	assert_string_equal(path_in_repository(arena, web), "web");
	assert_string_equal(path_in_repository(arena, top), ".");
	assert_null(path_in_repository(arena, "/nowhere/f"));
	const char *link = path_join(arena, getenv("TEST_TMP"), "link");
	assert_int_equal(symlink(web, link), 0);
	char *real = realpath(top, NULL);
	assert_string_equal(path_repository(arena, link), real);
	free(real);
	assert_int_equal(path_repository_length(str_of(link)), 0);
	assert_int_equal(path_repository_length(str_of(web)), strlen(top));
	assert_int_equal(path_repository_length(str_of(top)), strlen(top));
	assert_int_equal(path_repository_length(STR("/")), 0);
	assert_int_equal(path_repository_length(STR("web/f")), 0);
	assert_int_equal(path_repository_length(STR("")), 0);
	assert_int_equal(chdir(web), 0);
	assert_string_equal(path_in_repository(arena, "f"), "web/f");
	assert_string_equal(path_in_repository(arena, "."), "web");
	assert_string_equal(path_in_repository(arena, "../f"), "f");
}

static void count_up(void *context)
{
	atomic_fetch_add((atomic_int *)context, 1);
}

static void test_pool(void **state)
{
	(void)state;
	atomic_int count = 0;
	struct pool *pool = pool_new(4);
	for (int i = 0; i < 5000; i++)
		pool_submit(pool, count_up, &count);
	pool_wait(pool);
	assert_int_equal(count, 5000);
	pool_submit(pool, count_up, &count);
	pool_free(pool);
	assert_int_equal(count, 5001);
	pool_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_str),
		cmocka_unit_test(test_plain_length),
		cmocka_unit_test(test_arena_adopt),
		cmocka_unit_test(test_utf8),
		cmocka_unit_test(test_utf8_replace),
		cmocka_unit_test(test_visible),
		cmocka_unit_test(test_elapsed),
		cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_arena),
		cmocka_unit_test(test_arena_reset),
		cmocka_unit_test(test_large_arrays),
		cmocka_unit_test(test_map),
		cmocka_unit_test(test_map_compares_keys),
		cmocka_unit_test(test_wildcards),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_lines_of_errors),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_pool),
		cmocka_unit_test(test_repository),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
