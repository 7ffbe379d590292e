/* The YAML reader: the table in yaml.txt (text, then what it gives), bytes that a text file cannot show, limits,
 * places. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "lockfile/yaml_private.h"

static void add_word(struct buf *out, struct str text)
{
	buf_add_char(out, '"');
	buf_add_visible(out, text);
	buf_add_char(out, '"');
}

static void put_value(struct buf *out, const struct json *value)
{
	static const char *const words[] = { [JSON_NULL] = "null", [JSON_FALSE] = "false", [JSON_TRUE] = "true" };
	if (value->type < JSON_NUMBER) {
		buf_add_z(out, words[value->type]);
		return;
	}
	if (value->type == JSON_STRING) {
		add_word(out, value->text);
		return;
	}
	bool object = value->type == JSON_OBJECT;
	buf_add_char(out, object ? '{' : '[');
	json_each(item, value) {
		if (item != value->child)
			buf_add_char(out, ',');
		if (object) {
			add_word(out, item->key);
			buf_add_char(out, ':');
		}
		put_value(out, item);
	}
	buf_add_char(out, object ? '}' : ']');
}

/* What a text gives: its documents, or the error. */
static void check(struct str text, unsigned flags, const char *expected)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf got = BUF_INIT(MIB);
	struct error err = { 0 };
	struct json *documents = NULL;
	if (yaml_parse(text, flags, arena, &documents, &err)) {
		assert_null(documents);
		buf_add_z(&got, err.text);
	} else {
		put_value(&got, documents);
	}
	buf_add_char(&got, '\0');
	assert_string_equal(got.p, expected);
}

static void test_table(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *path = arena_printf(arena, "%s/tests/lockfile/yaml.txt", getenv("ASSAY_ROOT")).p;
	struct str rest;
	size_t cases = 0;
	assert_int_equal(file_read(path, MIB, arena, &rest, NULL), STATUS_OK);
	while (str_starts_with(rest, STR("#### "))) {
		struct str text = str_from(rest, str_find(rest, '\n') + 1);
		size_t gives = str_starts_with(text, STR("#### gives")) ? 0 : str_find_str(text, STR("\n#### gives\n")) + 1;
		rest = str_from(text, gives + strlen("#### gives\n"));
		size_t end = str_find(rest, '\n');
		check(str_head(text, gives), 0, arena_copy(arena, str_head(rest, end)).p);
		rest = str_from(rest, end + 1);
		cases++;
	}
	assert_int_equal(rest.n, 0);
	assert_true(cases >= 25);
}

static void test_bytes(void **state)
{
	(void)state;
	check(STR("\xef\xbb\xbf"
		  "a: b\r\nc:\r\n  d: e\r\n"),
	      0, "[{\"a\":\"b\",\"c\":{\"d\":\"e\"}}]");
	check(STR("a: b\0c\n"), 0, "line 1, column 1: control characters are not allowed (0x00)");
	check(STR("a: b\nc: \x1b[0m\n"), 0, "line 2, column 1: control characters are not allowed (0x1b)");
	check(STR("a: b\n\0"), 0, "line 2, column 1: control characters are not allowed (0x00)");
	check(STR("a: b\nc: \xff\n"), 0, "line 2, column 1: invalid leading UTF-8 octet (0xff)");
	check(STR("a: \xed\xa0\x80\n"), 0, "line 1, column 1: invalid Unicode character (0xd800)");
	check(STR("a: \xc0\x80\n"), 0, "line 1, column 1: invalid length of a UTF-8 sequence");
	check(STR("\xff\xfe"
		  "a\0"),
	      0, "line 1, column 1: invalid leading UTF-8 octet (0xff)");
	check(STR(""), 0, "[]");
	check(STR_NONE, 0, "[]");
	check(STR("a: true\nb:\nc: ~\n"), YAML_ALL_TEXT, "[{\"a\":\"true\",\"b\":\"\",\"c\":\"~\"}]");
}

static void test_places(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct json *documents;
	assert_int_equal(yaml_parse(STR("a:\n  b: 'x'\n  c:\n  - d\n"), 0, arena, &documents, NULL), STATUS_OK);
	const struct json *a = json_find(documents->child, "a"), *b = json_find(a, "b"), *c = json_find(a, "c");
	assert_int_equal(a->key_line, 1);
	assert_int_equal(a->key_column, 1);
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 3);
	assert_int_equal(a->count, 2);
	assert_int_equal(b->key_line, 2);
	assert_int_equal(b->column, 6);
	assert_int_equal(c->child->line, 4);
	assert_int_equal(c->child->column, 5);
	assert_int_equal(c->child->key_line, 0);
}

/* `count` times `text`, in the arena. */
static struct str repeated(struct arena *arena, const char *text, size_t count)
{
	size_t n = strlen(text);
	char *all = arena_array(arena, count, n);
	assert_non_null(all);
	for (size_t i = 0; i < count; i++)
		memcpy(all + i * n, text, n);
	return (struct str){ all, count * n };
}

static void test_limits(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct json *documents;
	struct error err = { 0 };
	struct str open = repeated(arena, "[", LIMIT_YAML_DEPTH), close = repeated(arena, "]", LIMIT_YAML_DEPTH);
	struct str fits = arena_printf(arena, "%.*s%.*s", STR_ARG(open), STR_ARG(close));
	struct str deeper = arena_printf(arena, "[%.*s]", STR_ARG(fits));
	assert_int_equal(yaml_parse(fits, 0, arena, &documents, &err), STATUS_OK);
	assert_int_equal(yaml_parse(deeper, 0, arena, &documents, &err), STATUS_LIMIT);
	assert_int_equal(err.column, LIMIT_YAML_DEPTH + 1);
	struct str most = repeated(arena, "---\na: b\n", LIMIT_YAML_DOCUMENTS);
	struct str more = repeated(arena, "---\na: b\n", LIMIT_YAML_DOCUMENTS + 1);
	assert_int_equal(yaml_parse(most, 0, arena, &documents, &err), STATUS_OK);
	assert_int_equal(documents->count, LIMIT_YAML_DOCUMENTS);
	assert_int_equal(yaml_parse(more, 0, arena, &documents, &err), STATUS_LIMIT);
	assert_int_equal(err.line, 2 * LIMIT_YAML_DOCUMENTS + 1);
}

/* What could take long or much: a megabyte of each. */
static void test_hostile(void **state)
{
	(void)state;
	static const char *const texts[] = { "[", "{",    "- ",   "? ", "a: ", "\"",  "'",   "&",        "*",   "!",    "%",     "#",   ",",
					     "]", "[a, ", "{a: ", "a",  "\n",  "-\n", "?\n", "\xc3\xa9", "&a ", "--- ", "---\n", "|\n", "- - \n" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct json *documents;
		struct str text = repeated(arena, texts[i], MIB / strlen(texts[i]));
		yaml_parse(text, 0, arena, &documents, NULL);
	}
}

/* Every beginning of a text is read or refused. */
static void test_cut_short(void **state)
{
	(void)state;
	struct str text = STR("---\na: {b: [c, 'd'], \"e\\x41\": |\n  f}\ng:\n- h\n- ? i\n  : j\n---\nk: >-\n  l\n");
	for (size_t n = 0; n < text.n; n++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct json *documents;
		char *copy = malloc(n + 1); /* so that reading past the end shows */
		memcpy(copy, text.p, n);
		char *exact = realloc(copy, n ? n : 1);
		yaml_parse((struct str){ exact, n }, 0, arena, &documents, NULL);
		free(exact);
	}
}

static void test_no_memory(void **state)
{
	(void)state;
	struct str text = STR("a: {b: [c, d]}\ne: f\n");
	bool done = false;
	for (size_t ceiling = 1; !done; ceiling += 64) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(ceiling);
		struct json *documents;
		struct error err = { 0 };
		enum status status = yaml_parse(text, 0, arena, &documents, &err);
		done = status == STATUS_OK;
		if (!done)
			assert_int_equal(status, STATUS_MEMORY);
	}
}

/* ---- the two readers --------------------------------------------------------------------------- */

static void check_same(const struct json *a, const struct json *b)
{
	assert_true(a->type == b->type && a->count == b->count);
	assert_true(a->line == b->line && a->column == b->column);
	assert_true(a->key_line == b->key_line && a->key_column == b->key_column);
	assert_true(str_equal(a->key, b->key) && str_equal(a->text, b->text) && !a->text.p == !b->text.p);
	const struct json *other = b->child;
	json_each(item, a) {
		assert_non_null(other);
		check_same(item, other);
		other = other->next;
	}
	assert_null(other);
}

/* Whether the line reader takes it; then libyaml reads the same. */
static bool reads_lines(struct str text, unsigned flags)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct yaml_nodes by_lines = { .arena = arena }, by_events = { .arena = arena };
	struct json *lines, *events;
	if (!yaml_parse_lines(text, flags, &by_lines, &lines))
		return false;
	struct error err = { 0 };
	if (yaml_parse_events(text, flags, &by_events, &events, &err))
		fail_msg("libyaml: %s, in:\n%.*s", err.text, STR_ARG(text));
	check_same(lines, events);
	return true;
}

/* What is left to libyaml in its last line costs no second set of nodes, and is right. */
static void second_thoughts_cost_no_memory(void **state)
{
	enum { ENTRIES = 3000 };
	static const char odd_line[] = "# \xc3\xa9\n";
	struct json *document[2];
	struct arena *arenas[2];
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	(void)state;
	for (size_t i = 0; i < ENTRIES; i++)
		buf_printf(&text, "k%zu:\n  a: 'b'\n  c: {d: e, f: g}\n", i);
	buf_add_z(&text, odd_line);
	for (size_t odd = 0; odd < 2; odd++) {
		struct str part = str_head(buf_str(&text), text.n - (odd ? 0 : strlen(odd_line)));
		arenas[odd] = arena_new(0);
		assert_int_equal(yaml_parse(part, 0, arenas[odd], &document[odd], NULL), STATUS_OK);
	}
	check_same(document[0], document[1]);
	size_t used = arena_used(arenas[0]);
	assert_in_range(arena_used(arenas[1]), used + 1, used + used / 10);
	arena_free(arenas[0]);
	arena_free(arenas[1]);
}

static struct str read_fixture(struct arena *arena, const char *name)
{
	struct str text = STR_NONE;
	const char *path = arena_printf(arena, "%s/fixtures/lockfiles/%s", getenv("ASSAY_ROOT"), name).p;
	assert_int_equal(file_read(path, MIB, arena, &text, NULL), STATUS_OK);
	return text;
}

static const char *const lockfiles[] = {
	"pnpm-corners-v5/pnpm-lock.yaml", "pnpm-corners-v9/pnpm-lock.yaml", "pnpm-modern-v12/pnpm-lock.yaml", "pnpm-monorepo-v9/pnpm-lock.yaml",
	"berry-exotic/yarn.lock",         "berry-monorepo/yarn.lock",       "berry-corners/yarn.lock",
};

/* What package managers wrote is read by lines: else it is not worth having. */
static void test_lines(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof lockfiles / sizeof *lockfiles; i++) {
		struct str text = read_fixture(arena, lockfiles[i]);
		if (!reads_lines(text, 0) || !reads_lines(text, YAML_ALL_TEXT))
			fail_msg("%s is not read by lines", lockfiles[i]);
	}
	assert_true(reads_lines(STR("a:\r\n  b: 'it''s'\r\n\r\n  c:\r\n    - d\r\n"), 0));
	assert_true(reads_lines(STR("---\na: so \xe2\x80\x9cwide\xe2\x80\x9d, \xf0\x9f\x98\x80\n---\n- b\n- {c: d, 'e': f}"), 0));
}

/* The first of them. */
static struct str whole_lines(struct str text)
{
	return str_head(text, str_find_last(str_head(text, 3000), '\n'));
}

/* One damaged place: a byte that means something to YAML put in, over another one, or a byte or a line taken out. */
static struct str damage(struct arena *arena, struct str text, uint64_t random)
{
	static const char bytes[] = " \n\n:-#'\"{}[],?|>&*!%@`~\\\t\r<a0.\xc3\xa9\xe2\x80\xa8\xc2\x85\xff";
	size_t at = (size_t)(random >> 16) % text.n, kind = random % 4, cut = kind == 0 ? 0 : 1;
	if (kind == 3)
		cut = str_find(str_from(text, at), '\n');
	struct str byte = { &bytes[(random >> 4) % (sizeof bytes - 1)], kind < 2 };
	return arena_printf(arena, "%.*s%.*s%.*s", STR_ARG(str_head(text, at)), STR_ARG(byte), STR_ARG(str_from(text, at + cut)));
}

static void test_lines_damaged(void **state)
{
	(void)state;
	static const char *const seeds[] = {
		"a: b\n'c d':\n  e: {f: 'g''h', i: [j, \"k\"]}\n  l:\n    - m\n    - n: o\n# p\nq: r s #t\n",
		"x:\n  y:\n    z: 1\n\n  w@npm:^1:\n    v: ~1.2 || >3\n---\nu: null\nt: true\n",
	};
	enum { FILES = sizeof lockfiles / sizeof *lockfiles, TEXTS = FILES + sizeof seeds / sizeof *seeds };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0), *scratch = arena_new(0);
	uint64_t random = 1;
	size_t accepted = 0;
	for (size_t i = 0; i < TEXTS; i++) {
		struct str text = i < FILES ? whole_lines(read_fixture(arena, lockfiles[i])) : str_of(seeds[i - FILES]);
		for (int round = 0; round < 4000; round++, arena_reset(scratch)) {
			struct str damaged = text;
			for (int times = round % 3; times >= 0; times--) {
				random = random * 6364136223846793005u + 1442695040888963407u;
				damaged = damage(scratch, damaged, random >> 8);
			}
			accepted += reads_lines(damaged, round % 2 ? YAML_ALL_TEXT : 0);
		}
	}
	assert_true(accepted > 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),         cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_places),        cmocka_unit_test(test_limits),
		cmocka_unit_test(test_hostile),       cmocka_unit_test(test_cut_short),
		cmocka_unit_test(test_no_memory),     cmocka_unit_test(test_lines),
		cmocka_unit_test(test_lines_damaged), cmocka_unit_test(second_thoughts_cost_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
