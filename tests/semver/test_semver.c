/* Versions and ranges against tables of facts (fixtures/semver), at every limit, and on hostile texts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/semver.h"
#include "semver/make.h"

enum { MOST_FIELDS = 4 };

/* The rows of a fixture: fields apart by " ; ", those that begin with a quote are JSON texts. */
struct table {
	struct arena *arena;
	struct str rest, field[MOST_FIELDS];
	size_t rows;
};

static void table_open(struct table *table, const char *name)
{
	*table = (struct table){ .arena = arena_new(0) };
	assert_non_null(table->arena);
	struct str path = arena_printf(table->arena, "%s/fixtures/semver/%s", getenv("ASSAY_ROOT"), name);
	assert_int_equal(file_read(path.p, MIB, table->arena, &table->rest, NULL), STATUS_OK);
}

static void table_close(struct table *table)
{
	assert_true(table->rows > 30);
	arena_free(table->arena);
}

static struct str field_text(struct table *table, struct str field)
{
	struct json *json;
	if (!str_starts_with(field, STR("\"")))
		return field;
	assert_int_equal(json_parse(field, 0, table->arena, &json, NULL, NULL), STATUS_OK);
	return json_text(json);
}

static bool table_next(struct table *table)
{
	struct str line;
	do {
		if (!str_split(&table->rest, '\n', &line))
			return false;
	} while (line.n == 0 || line.p[0] == '#');
	for (size_t i = 0; i < MOST_FIELDS; i++) {
		size_t end = str_find_str(line, STR(" ; "));
		table->field[i] = field_text(table, str_head(line, end));
		line = str_from(line, end + 3);
	}
	table->rows++;
	return true;
}

static void expect_text(struct table *table, struct str got, struct str expected)
{
	if (!str_equal(got, expected))
		fail_msg("\"%.*s\": got %.*s, expected %.*s", STR_ARG(table->field[0]), STR_ARG(got), STR_ARG(expected));
}

/* As the table has it: "!" where it is none. */
static void write_version(struct str text, unsigned flags, struct buf *out)
{
	struct semver version;
	buf_clear(out);
	if (semver_parse(text, flags, &version))
		semver_write(&version, out);
	else
		buf_add_char(out, '!');
}

static void write_range(struct str text, unsigned flags, struct buf *out)
{
	struct semver_range *range;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	buf_clear(out);
	if (semver_range_parse(text, flags, arena, &range, NULL) == STATUS_OK)
		semver_range_write(range, out);
	else
		buf_add_char(out, '!');
}

static void parses_versions(void **state)
{
	(void)state;
	struct table table;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(4096);
	table_open(&table, "parse.txt");
	while (table_next(&table)) {
		for (unsigned flags = 0; flags < 2; flags++) {
			write_version(table.field[0], flags, &buf);
			expect_text(&table, buf_str(&buf), table.field[1 + flags]);
		}
	}
	table_close(&table);
}

static void orders_versions(void **state)
{
	(void)state;
	struct table table;
	VEC(struct semver) versions = { 0 };
	unsigned flags = 0;
	table_open(&table, "order.txt");
	while (table_next(&table)) {
		if (str_equal_z(table.field[0], "unbounded")) {
			flags = SEMVER_UNBOUNDED;
			continue;
		}
		struct semver unread;
		assert_int_equal(semver_parse(table.field[0], 0, &unread), flags == 0);
		assert_true(semver_parse(table.field[0], flags, vec_add(table.arena, &versions)));
	}
	for (size_t i = 0; i < versions.n; i++) {
		for (size_t j = 0; j < versions.n; j++) {
			int order = semver_compare_build(&versions.v[i], &versions.v[j]);
			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
	table_close(&table);
}

static void ignores_build_in_precedence(void **state)
{
	(void)state;
	struct semver a, b;
	assert_true(semver_parse(STR("1.2.3-a+1"), 0, &a) && semver_parse(STR("1.2.3-a+2"), 0, &b));
	assert_int_equal(semver_compare(&a, &b), 0);
	assert_true(semver_compare_build(&a, &b) < 0);
	assert_true(semver_has_prerelease(&a));
	/* As in npm: the first texts that differ decide, and as numbers these are the same. */
	assert_true(semver_parse(STR("1.2.3+01.5"), 0, &a) && semver_parse(STR("1.2.3+1.2"), 0, &b));
	assert_int_equal(semver_compare_build(&a, &b), 0);
	assert_false(semver_has_prerelease(&a));
}

static unsigned flags_of(struct str letters)
{
	return (str_find(letters, 'l') < letters.n ? SEMVER_LOOSE : 0u) | (str_find(letters, 'p') < letters.n ? SEMVER_INCLUDE_PRERELEASE : 0u);
}

static void writes_ranges(void **state)
{
	(void)state;
	struct table table;
	struct str expected[4], text = STR_NONE;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(4096);
	table_open(&table, "normal.txt");
	for (bool more = table_next(&table); more;) {
		text = table.field[0];
		for (size_t i = 0; i < 4; i++)
			expected[i] = table.field[2];
		while ((more = table_next(&table)) && flags_of(table.field[1]))
			expected[flags_of(table.field[1])] = table.field[2];
		for (unsigned flags = 0; flags < 4; flags++) {
			write_range(text, flags, &buf);
			if (!str_equal(buf_str(&buf), expected[flags]))
				fail_msg("\"%.*s\", flags %u: got %.*s, expected %.*s", STR_ARG(text), flags, STR_ARG(buf_str(&buf)),
					 STR_ARG(expected[flags]));
		}
	}
	table_close(&table);
}

static void matches_versions(void **state)
{
	(void)state;
	struct table table;
	table_open(&table, "match.txt");
	while (table_next(&table))
		for (unsigned flags = 0; flags < 4; flags++)
			if (semver_satisfies(table.field[1], table.field[0], flags) != (table.field[2].p[flags] == '1'))
				fail_msg("\"%.*s\" and \"%.*s\", flags %u", STR_ARG(table.field[0]), STR_ARG(table.field[1]), flags);
	table_close(&table);
}

/* A range written in its normal form means the same, and is its own normal form. */
static void normal_forms_are_stable(void **state)
{
	(void)state;
	struct table table;
	CLEANUP(buf_fini) struct buf once = BUF_INIT(4096);
	CLEANUP(buf_fini) struct buf twice = BUF_INIT(4096);
	table_open(&table, "ranges.txt");
	while (table_next(&table)) {
		write_range(table.field[0], 0, &once);
		write_range(buf_str(&once), 0, &twice);
		expect_text(&table, buf_str(&twice), buf_str(&once));
	}
	table_close(&table);
}

static struct str repeat(struct buf *buf, const char *head, const char *part, size_t size, const char *tail)
{
	buf_clear(buf);
	buf_add_z(buf, head);
	while (buf->n + strlen(part) + strlen(tail) <= size)
		buf_add_z(buf, part);
	buf_add_z(buf, tail);
	assert_false(buf->failed);
	return buf_str(buf);
}

static void keeps_npms_limits(void **state)
{
	(void)state;
	struct semver version;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(4096);
	for (size_t over = 0; over < 2; over++) {
		struct str text = repeat(&buf, "1.2.3-", "a", LIMIT_SEMVER_LENGTH + over, "");
		assert_int_equal(semver_parse(text, 0, &version), !over);
		assert_int_equal(semver_satisfies(STR("1.2.3"), text, 0), false);
		assert_true(semver_parse(text, SEMVER_UNBOUNDED, &version));
		text = repeat(&buf, "1.2.3", " ", LIMIT_SEMVER_LENGTH + over, "");
		assert_int_equal(semver_parse(text, 0, &version), !over);
		/* Three bytes each in UTF-8, one character each to npm. */
		text = repeat(&buf, "1.2.3", "\xe2\x80\x83", 5 + (LIMIT_SEMVER_LENGTH - 5 + over) * 3, "");
		assert_int_equal(semver_parse(text, 0, &version), !over);
	}
	assert_true(semver_satisfies(STR("9007199254740991.0.0"), STR("<=9007199254740991.0.0"), 0));
	assert_false(semver_satisfies(STR("1.0.0"), STR("<=9007199254740992.0.0"), 0));
	assert_false(semver_satisfies(STR("1.0.0"), STR("<=9007199254740991"), 0)); /* its bound is one more */
	assert_true(semver_satisfies(STR("1.0.0"), STR("<=9007199254740992.0.0"), SEMVER_UNBOUNDED));
}

static void keeps_the_range_limit(void **state)
{
	(void)state;
	struct semver_range *range = NULL;
	struct error err;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(LIMIT_RANGE_LENGTH + 1);
	struct str text = repeat(&buf, "1", " ", LIMIT_RANGE_LENGTH, "2");
	assert_int_equal(semver_range_parse(text, 0, arena, &range, &err), STATUS_OK);
	text = repeat(&buf, "1", " ", LIMIT_RANGE_LENGTH + 1, "2");
	range = NULL;
	assert_int_equal(semver_range_parse(text, 0, arena, &range, &err), STATUS_LIMIT);
	assert_null(range);
}

static void counts_without_end(void **state)
{
	(void)state;
	static const struct {
		const char *range, *normal;
	} cases[] = {
		{ "^18446744073709551615", ">=18446744073709551615.0.0 <18446744073709551616.0.0-0" },
		{ "~1.99999999999999999999", ">=1.99999999999999999999.0 <1.100000000000000000000.0-0" },
		{ "<=9007199254740992", "<9007199254740993.0.0-0" },
		{ ">0.999999999999999999999999", ">=0.1000000000000000000000000.0" },
		{ "^0.0.20240101123456789", ">=0.0.20240101123456789 <0.0.20240101123456790-0" },
	};
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(4096);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		write_range(str_of(cases[i].range), SEMVER_UNBOUNDED, &buf);
		assert_true(str_equal_z(buf_str(&buf), cases[i].normal));
		write_range(str_of(cases[i].range), 0, &buf);
		assert_true(str_equal_z(buf_str(&buf), "!"));
	}
}

/* Each fills the longest range there is; whoever reads a byte more than a few times would take minutes. */
static void reads_the_longest_hostile_ranges(void **state)
{
	(void)state;
	static const char *const shapes[][3] = {
		{ "", " ", "" },          { "1", " ", "!" },      { "", "||", "" },     { "", "|", "" },          { "", "1 ", "" },
		{ "", "0", "" },          { "", "0", ".x" },      { "", "0.", "" },     { "", "00.", "x" },       { "", "v", "!" },
		{ "", " v=", "" },        { "", "=", "1" },       { "", "> ", "" },     { "", "~> ", "1" },       { "", "^ ", "1" },
		{ "", "*", "" },          { "", "+a", "" },       { "", "+", "a" },     { "1.2.3-", "0", "" },    { "1.2.3-", "a.", "" },
		{ "1.2.3-", "-", "" },    { "1 - ", "1", "" },    { "", "1 - 2 ", "" }, { "", "<0.0.0-0 ", "" },  { "", "x ", "" },
		{ "", "1||", "2" },       { "", "\xc2\xa0", "" }, { "", "\xff", "" },   { "", "9", "" },          { "^", "9", "" },
		{ "", "000000000.", "" }, { "x.x.x-", "0.", "" }, { "", "1.2.3+", "" }, { "", "<1.2.3 >=", "4" },
	};
	struct semver version;
	CLEANUP(buf_fini) struct buf buf = BUF_INIT(LIMIT_RANGE_LENGTH);
	CLEANUP(buf_fini) struct buf normal = BUF_INIT(16 * LIMIT_RANGE_LENGTH); /* "1||" grows most */
	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
		struct str text = repeat(&buf, shapes[i][0], shapes[i][1], LIMIT_RANGE_LENGTH, shapes[i][2]);
		for (unsigned flags = 0; flags < 8; flags++) {
			write_range(text, flags, &normal);
			assert_false(normal.failed);
			assert_true(normal.n > 0);
			semver_parse(text, flags, &version);
		}
	}
}

/* Many comparators that differ, each twice: none is lost, none is kept twice. */
static void drops_doubles_of_large_sets(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_RANGE_LENGTH);
	CLEANUP(buf_fini) struct buf expected = BUF_INIT(LIMIT_RANGE_LENGTH);
	CLEANUP(buf_fini) struct buf normal = BUF_INIT(LIMIT_RANGE_LENGTH);
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 2000; i++)
			buf_printf(&text, "<1.0.%d   ", i);
	for (int i = 0; i < 2000; i++)
		buf_printf(&expected, "%s<1.0.%d", i ? " " : "", i);
	write_range(buf_str(&text), 0, &normal);
	assert_true(str_equal(buf_str(&normal), buf_str(&expected)));
}

/* Any bytes at all: nothing breaks, and what is valid has a normal form that is valid. */
static void survives_any_bytes(void **state)
{
	(void)state;
	struct maker m = { 5, NULL };
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	CLEANUP(buf_fini) struct buf normal = BUF_INIT(8192);
	CLEANUP(buf_fini) struct buf again = BUF_INIT(8192);
	m.out = &text;
	for (int i = 0; i < 20000; i++) {
		buf_clear(&text);
		make_range(&m);
		for (uint32_t n = make_below(&m, 3); n && text.n; n--)
			text.p[make_below(&m, (uint32_t)text.n)] = (char)make_below(&m, 256);
		unsigned flags = make_below(&m, 8);
		write_range(buf_str(&text), flags, &normal);
		write_version(buf_str(&text), flags, &again);
		write_range(buf_str(&normal), flags, &again);
		assert_int_equal(str_equal_z(buf_str(&again), "!"), str_equal_z(buf_str(&normal), "!"));
	}
}

static void reports_what_is_wrong(void **state)
{
	(void)state;
	struct semver_range *range = NULL;
	struct error err;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	assert_int_equal(semver_range_parse(STR("^1.2 la\x1btest"), 0, arena, &range, &err), STATUS_INVALID);
	assert_string_equal(err.text, "not a comparator: \"la\\x1btest\"");
	assert_true(err.hint[0] != '\0');
	assert_null(range);
	assert_int_equal(semver_range_parse(STR("latest"), SEMVER_LOOSE, arena, &range, &err), STATUS_INVALID);
	assert_string_equal(err.text, "no comparator in the range: \"latest\"");
}

static void selects_and_sorts(void **state)
{
	(void)state;
	static const struct {
		const char *ranges[2];
		unsigned flags;
		const char *expected; /* empty: none */
	} cases[] = {
		{ { NULL }, 0, "1.2.3-rc.1 1.2.3 1.2.3 1.9.0 1.10.0 2.0.0 " },
		{ { NULL }, SEMVER_LOOSE, "1.2.3-beta 1.2.3-rc.1 1.2.3 1.2.3 1.9.0 1.10.0 2.0.0 " },
		{ { "^1.2.3" }, 0, "1.2.3 1.2.3 1.9.0 1.10.0 " },
		{ { "^1.2.3", ">1.9" }, 0, "1.10.0 " },
		{ { ">=1.2.3-a" }, 0, "1.2.3-rc.1 1.2.3 1.2.3 1.9.0 1.10.0 2.0.0 " },
		{ { "1.x" }, SEMVER_INCLUDE_PRERELEASE, "1.2.3-rc.1 1.2.3 1.2.3 1.9.0 1.10.0 " },
		{ { "^3" }, 0, "" },
		{ { "^1.2.3", "latest" }, 0, "" },
	};
	const struct str versions[] = { STR("1.10.0"), STR("v1.2.3"),      STR(" 1.9.0 "),    STR("latest"),   STR("2.0.0"),
					STR(""),       STR("1.2.3+build"), STR("1.2.3-rc.1"), STR("1.2.3beta") };
	CLEANUP(buf_fini) struct buf got = BUF_INIT(4096);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct str ranges[] = { str_of(cases[i].ranges[0]), str_of(cases[i].ranges[1]) };
		struct semver_query query = { versions, ranges, sizeof versions / sizeof *versions,
					      (size_t)(ranges[0].p != NULL) + (ranges[1].p != NULL), cases[i].flags };
		struct semver *found = NULL;
		size_t count = 0;
		enum status status = semver_select(&query, arena, &found, &count, NULL);
		assert_int_equal(status, *cases[i].expected ? STATUS_OK : STATUS_NOT_FOUND);
		buf_clear(&got);
		for (size_t j = 0; j < count; j++) {
			semver_write(&found[j], &got);
			buf_add_char(&got, ' ');
		}
		assert_true(str_equal_z(buf_str(&got), cases[i].expected));
	}
}

/* Wherever memory ends, the answer is that it ended. */
static void says_when_memory_ends(void **state)
{
	(void)state;
	static const char text[] = "^1.2.3 || 1.2 - 3 || ~2.1 >=1 <=2 || 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17";
	struct semver_range *range = NULL;
	enum status status = STATUS_MEMORY;
	size_t ceiling = 1;
	for (; status != STATUS_OK; ceiling += 64) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(ceiling);
		status = semver_range_parse(str_of(text), 0, arena, &range, NULL);
		assert_true(status == STATUS_OK || (status == STATUS_MEMORY && !range));
	}
	assert_true(ceiling > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parses_versions),
		cmocka_unit_test(orders_versions),
		cmocka_unit_test(ignores_build_in_precedence),
		cmocka_unit_test(writes_ranges),
		cmocka_unit_test(matches_versions),
		cmocka_unit_test(normal_forms_are_stable),
		cmocka_unit_test(keeps_npms_limits),
		cmocka_unit_test(keeps_the_range_limit),
		cmocka_unit_test(counts_without_end),
		cmocka_unit_test(reads_the_longest_hostile_ranges),
		cmocka_unit_test(drops_doubles_of_large_sets),
		cmocka_unit_test(survives_any_bytes),
		cmocka_unit_test(reports_what_is_wrong),
		cmocka_unit_test(selects_and_sorts),
		cmocka_unit_test(says_when_memory_ends),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
