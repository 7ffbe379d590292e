/* Licenses: a table of what matters, real texts and thousands of random expressions beside the npm packages. */
#include "tests.h"

#include "assay/license.h"
#include "assay/limits.h"

static const char *const kinds[] = { "none", "spdx", "file", "unlicensed", "other" };

static struct license *read_license(struct str text, struct arena *arena)
{
	enum license_kind kind;
	struct license *license = NULL;
	assert_int_equal(license_read(text, arena, &kind, &license, NULL), STATUS_OK);
	return license;
}

static size_t split_entries(struct str text, struct str *entries, size_t room)
{
	size_t n = 0;
	while (n < room && str_split(&text, ',', &entries[n]))
		n++;
	return n;
}

static struct license_list *read_list(struct str text, struct arena *arena)
{
	struct str *entries = arena_array(arena, 32, sizeof *entries);
	struct license_list *list = NULL;
	size_t n = split_entries(text, entries, 32);
	struct error err;
	if (license_list_parse(entries, n, arena, &list, NULL, &err) != STATUS_OK)
		fail_msg("%.*s: %s", STR_ARG(text), err.text);
	return list;
}

/* ---- the table ------------------------------------------------------------------------- */

static void answer_write(struct str text, struct arena *arena, struct buf *out)
{
	struct license *license;
	struct error err;
	if (license_parse(text, arena, &license, &err) == STATUS_OK)
		license_write(license, out);
	else
		buf_add_z(out, err.text);
}

static void answer_kind(struct str text, struct arena *arena, struct buf *out)
{
	enum license_kind kind;
	struct license *license;
	assert_int_equal(license_read(text, arena, &kind, &license, NULL), STATUS_OK);
	buf_add_z(out, kinds[kind]);
}

static void answer_question(struct str text, struct arena *arena, struct buf *out, bool bound)
{
	size_t at = str_find(text, '|');
	struct license *license = read_license(str_head(text, at), arena);
	struct license_list *list = read_list(str_from(text, at + 1), arena);
	buf_add_z(out, (bound ? license_bound(license, list) : license_within(license, list)) ? "yes" : "no");
}

static void answer_within(struct str text, struct arena *arena, struct buf *out)
{
	answer_question(text, arena, out, false);
}

static void answer_bound(struct str text, struct arena *arena, struct buf *out)
{
	answer_question(text, arena, out, true);
}

static void answer_list(struct str text, struct arena *arena, struct buf *out)
{
	struct str entries[8] = { text };
	size_t n = text.n ? split_entries(text, entries, 8) : 1, bad = 77;
	struct license_list *list;
	struct error err;
	if (license_list_parse(entries, n, arena, &list, &bad, &err) == STATUS_OK)
		buf_add_z(out, "fine");
	else
		buf_printf(out, "%zu: %s", bad, err.text);
}

static const struct {
	const char *word;
	void (*answer)(struct str text, struct arena *arena, struct buf *out);
} questions[] = {
	{ "write", answer_write }, { "kind", answer_kind }, { "within", answer_within }, { "bound", answer_bound }, { "list", answer_list },
};

static bool check_line(struct str line, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf answer = BUF_INIT(1 << 20);
	struct str word = str_head(line, str_find(line, ' '));
	size_t arrow = str_find_str(line, STR("=> "));
	struct str text = str_head(line, arrow), wanted = str_from(line, arrow + 3);
	text = str_trim(str_from(text, word.n));
	assert_true(arrow < line.n);
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		if (str_equal_z(word, questions[i].word))
			questions[i].answer(text, arena, &answer);
	bool same = str_equal(buf_str(&answer), wanted);
	if (!same)
		print_error("%.*s: \"%.*s\"\n", STR_ARG(line), STR_ARG(buf_str(&answer)));
	return same;
}

static struct str read_fixture(const char *name, struct arena *arena)
{
	const char *root = getenv("ASSAY_ROOT");
	struct str text;
	struct error err;
	const char *path = arena_printf(arena, "%s/fixtures/license/%s", root ? root : ".", name).p;
	if (file_read(path, 1 << 20, arena, &text, &err) != STATUS_OK)
		fail_msg("%s", err.text);
	return text;
}

static void answers_the_table(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = read_fixture("cases.txt", arena), line;
	size_t count = 0, bad = 0;
	while (str_split(&rest, '\n', &line))
		if (line.n && line.p[0] != '#') {
			bad += !check_line(line, arena);
			count++;
		}
	assert_true(count > 90);
	assert_int_equal(bad, 0);
}

static void knows_what_is_deprecated(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	assert_true(license_is_deprecated(read_license(STR("MIT OR GPL-2.0+"), arena)));
	assert_false(license_is_deprecated(read_license(STR("MIT OR GPL-2.0-or-later"), arena)));
}

/* ---- limits -------------------------------------------------------------------------------- */

static enum status parse_length(size_t n, struct arena *arena)
{
	char *text = arena_alloc(arena, n);
	struct license *license;
	memset(text, ' ', n);
	memcpy(text, "MIT", 3);
	return license_parse((struct str){ text, n }, arena, &license, NULL);
}

static enum status parse_depth(size_t depth, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct license *license;
	for (size_t i = 0; i < depth; i++)
		buf_add_char(&text, '(');
	buf_add_z(&text, "MIT");
	for (size_t i = 0; i < depth; i++)
		buf_add_char(&text, ')');
	return license_parse(arena_copy(arena, buf_str(&text)), arena, &license, NULL);
}

static void keeps_to_its_limits(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	assert_int_equal(parse_length(LIMIT_LICENSE_LENGTH, arena), STATUS_OK);
	assert_int_equal(parse_length(LIMIT_LICENSE_LENGTH + 1, arena), STATUS_LIMIT);
	assert_int_equal(parse_depth(LIMIT_LICENSE_DEPTH, arena), STATUS_OK);
	assert_int_equal(parse_depth(LIMIT_LICENSE_DEPTH + 1, arena), STATUS_LIMIT);
}

/* ---- the npm packages ------------------------------------------------------------------------ */

static struct str unhex(struct str hex, struct arena *arena)
{
	char *out = arena_alloc(arena, hex.n / 2);
	for (size_t i = 0; i < hex.n / 2; i++)
		out[i] = (char)(ascii_hex_value((unsigned char)hex.p[2 * i]) * 16 + ascii_hex_value((unsigned char)hex.p[2 * i + 1]));
	return (struct str){ out, hex.n / 2 };
}

static void compare_parse(struct str verdict, struct str text, struct arena *arena)
{
	struct license *license;
	bool ok = license_parse(text, arena, &license, NULL) == STATUS_OK;
	if (ok != str_equal_z(verdict, "ok"))
		fail_msg("\"%.*s\": spdx-expression-parse says %.*s", STR_ARG(text), STR_ARG(verdict));
}

static void compare_satisfies(struct str verdict, struct str text, struct str allowed, struct arena *arena)
{
	struct str *entries = arena_array(arena, 32, sizeof *entries);
	struct license_list *list;
	size_t n = split_entries(allowed, entries, 32);
	for (size_t i = 0; i < n; i++)
		entries[i] = unhex(entries[i], arena);
	assert_int_equal(license_list_parse(entries, n, arena, &list, NULL, NULL), STATUS_OK);
	bool yes = license_within(read_license(text, arena), list);
	if (yes != str_equal_z(verdict, "yes"))
		fail_msg("\"%.*s\" within \"%.*s\" and %zu more: spdx-satisfies says %.*s", STR_ARG(text), STR_ARG(entries[0]), n - 1, STR_ARG(verdict));
}

static void compare_listed(struct str verdict, struct str text, struct arena *arena)
{
	struct license *license;
	if (license_parse(text, arena, &license, NULL) != STATUS_OK || license_is_deprecated(license) != str_equal_z(verdict, "deprecated"))
		fail_msg("\"%.*s\" is listed as %.*s", STR_ARG(text), STR_ARG(verdict));
}

static void agrees_with_npm(void **state)
{
	(void)state;
	const char *oracle = getenv("ASSAY_ORACLE"), *root = getenv("ASSAY_ROOT");
	if (!oracle || !*oracle || !root) {
		print_message("no Node here: not compared with the npm packages\n");
		skip();
	}
	char command[4096];
	snprintf(command, sizeof command, "node '%s/tests/oracle/license.cjs' '%s' 20261126 20000 '%s/fixtures/license/real.txt'", root, oracle, root);
	FILE *lines = popen(command, "r");
	assert_non_null(lines);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	static char line[65536];
	size_t listed = 0, parsed = 0, satisfied = 0;
	while (fgets(line, sizeof line, lines)) {
		struct str rest = str_trim(str_of(line)), words[4] = { STR_NONE };
		for (size_t i = 0; i < 4 && str_split(&rest, ' ', &words[i]); i++)
			;
		struct str text = unhex(words[2], arena);
		if (str_equal_z(words[0], "listed") && ++listed)
			compare_listed(words[1], text, arena);
		else if (str_equal_z(words[0], "parse") && ++parsed)
			compare_parse(words[1], text, arena);
		else if (++satisfied)
			compare_satisfies(words[1], text, words[3], arena);
		arena_reset(arena);
	}
	assert_int_equal(pclose(lines), 0);
	assert_true(listed == 800 && parsed > 15000 && satisfied > 8000);
}

/* Each form of a package.json that there has been. */
static void test_stated(void **state)
{
	static const struct {
		const char *manifest, *expected;
	} cases[] = {
		{ "{\"license\":\"MIT\"}", "MIT" },
		{ "{\"license\":{\"type\":\"ISC\",\"url\":\"x\"}}", "ISC" },
		{ "{\"license\":[\"MIT\",\"GPL-2.0-only\"]}", "MIT OR GPL-2.0-only" },
		{ "{\"licenses\":[{\"type\":\"MIT\"},{\"type\":\"Apache-2.0 WITH LLVM-exception\"},{}]}", "MIT OR (Apache-2.0 WITH LLVM-exception)" },
		{ "{\"licenses\":[{\"type\":\"(MIT OR ISC)\"},\"0BSD\"]}", "(MIT OR ISC) OR 0BSD" },
		{ "{\"licenses\":[{\"type\":\"MIT\"}]}", "MIT" },
		{ "{\"license\":\"MIT\",\"licenses\":[\"ISC\"]}", "MIT" },
		{ "{\"license\":[],\"licenses\":3}", "" },
		{ "{\"license\":[1,{\"type\":2}]}", "" },
		{ "{}", "" },
	};
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *manifest;
		struct str text = STR_NONE;
		assert_int_equal(json_parse(str_of(cases[i].manifest), 0, arena, &manifest, NULL, NULL), STATUS_OK);
		assert_true(license_stated(json_find(manifest, "license"), json_find(manifest, "licenses"), arena, &text));
		assert_str(text, cases[i].expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stated),         cmocka_unit_test(answers_the_table), cmocka_unit_test(knows_what_is_deprecated),
		cmocka_unit_test(keeps_to_its_limits), cmocka_unit_test(agrees_with_npm),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
