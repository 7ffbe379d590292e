/* How wide texts are on a terminal, and where their lines end. */
#include "tests.h"

#include <locale.h>

static void test_width(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		size_t columns;
	} texts[] = {
		{ "", 0 },
		{ "lodash", 6 },
		{ "日本語", 6 },
		{ "ＡＢ", 4 },
		{ "ｱｲ", 2 },
		{ "한국", 4 },
		{ "🎉", 2 },
		{ "🚀 go", 5 },
		{ "e\u0301", 1 },
		{ "naïve → …", 9 },
		{ "\x1b[31mred\x1b[0m", 3 },
		{ "\xff\xfe", 2 },
		{ "a\xe6\x97", 3 },
		{ "\x1b[", 0 },
	};
	/* What the user's locale says has no part in it. */
	setlocale(LC_ALL, "C");
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (screen_width(str_of(texts[i].text)) != texts[i].columns)
			fail_msg("\"%s\" has %zu columns, not %zu", texts[i].text, screen_width(str_of(texts[i].text)), texts[i].columns);
	assert_int_equal(screen_width(STR_NONE), 0);
}

static void test_head(void **state)
{
	(void)state;
	assert_str(screen_head(STR("abc"), 2), "ab");
	assert_str(screen_head(STR("日本"), 3), "日");
	assert_str(screen_head(STR("日本"), 4), "日本");
	assert_str(screen_head(STR("e\u0301a"), 1), "e\u0301");
	assert_str(screen_head(STR("abc"), 0), "");
	assert_str(screen_head(STR("\x1b[1mab"), 1), "\x1b[1ma");
}

static void test_lines(void **state)
{
	(void)state;
	static const struct {
		size_t columns;
		const char *text, *shown;
	} lines[] = {
		{ 0, "as long as it is\n", "as long as it is\n" },
		{ 40, "short\n", "short\n" },
		{ 40, "short, no end", "short, no end" },
		{ 40, "\n\n", "\n\n" },
		{ 40, "", "" },
		{ 40, "0123456789 0123456789 0123456789 0123456789\n", "0123456789 0123456789 0123456789\n  0123456789\n" },
		{ 40, "  label:  0123456789 0123456789 0123456789 0\n", "  label:  0123456789 0123456789\n          0123456789 0\n" },
		{ 40, "  root > aaaaaaaaaaa@1.0.0 > bbbbbbbbbbb@1.0.0 > c\n", "  root > aaaaaaaaaaa@1.0.0 >\n    bbbbbbbbbbb@1.0.0 > c\n" },
		{ 40, "日本語日本語 日本語日本語 日本語日本語 日本語\n", "日本語日本語 日本語日本語 日本語日本語\n  日本語\n" },
		{ 40, "01234567890123456789012345678901234567890123456789 b\n", "01234567890123456789012345678901234567890123456789\n  b\n" },
	};
	for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(4096);
		screen_add_lines(&out, str_of(lines[i].text), lines[i].columns);
		assert_str(buf_str(&out), lines[i].shown);
	}
}

static void test_command(void **state)
{
	(void)state;
	static const char command[] = "npm install a@1 --reason \"two words\" 'it is'";
	CLEANUP(buf_fini) struct buf out = BUF_INIT(4096);
	screen_add_command(&out, str_of(command), 0, 7);
	assert_str(buf_str(&out), command);
	buf_clear(&out);
	screen_add_command(&out, str_of(command), 30, 2);
	assert_str(buf_str(&out), "npm install a@1 --reason \\\n    \"two words\" 'it is'");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_width),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_command),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
