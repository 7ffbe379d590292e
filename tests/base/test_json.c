/* The JSON reader against tables, against JSON.parse, and at its limits; the writer against the reader. */
#include "tests.h"

#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"

static enum status parse(struct arena *arena, struct str text, unsigned flags, struct json **out, struct error *err)
{
	*out = NULL;
	return json_parse(text, flags, arena, out, NULL, err);
}

static const struct {
	const char *text;
	unsigned flags;
	const char *error; /* NULL: must parse */
} documents[] = {
	{ "{}", 0, NULL },
	{ " [ ] \n", 0, NULL },
	{ "\xef\xbb\xbf{\"a\":1}", 0, NULL },
	{ "\"x\"", 0, NULL },
	{ "-0.5e+10", 0, NULL },
	{ "[1,2,[3,{\"a\":[]}],{}]", 0, NULL },
	{ "{\"a\":1,\"a\":2}", 0, NULL },
	{ "{\"__proto__\":1,\"A\":2,\"a\":3}", JSON_UNIQUE_KEYS, NULL },
	{ "{\"a\":1, // why\n /* and */ \"b\":[1,],}", JSON_RELAXED, NULL },
	{ "", 0, "line 1, column 1: the text ends here; expected a value" },
	{ "{", 0, "line 1, column 2: the text ends here; expected a key in double quotes or '}'" },
	{ "{\"a\":1", 0, "line 1, column 7: the text ends here; expected ',' or '}'" },
	{ "{\"a\" 1}", 0, "line 1, column 6: found '1', expected ':'" },
	{ "[1,]", 0, "line 1, column 4: found ']', expected a value" },
	{ "[,1]", 0, "line 1, column 2: found ',', expected a value" },
	{ "[,]", JSON_RELAXED, "line 1, column 2: found ',', expected a value" },
	{ "[1 2]", 0, "line 1, column 4: found '2', expected ',' or ']'" },
	{ "{} x", 0, "line 1, column 4: found 'x', expected the end of the text" },
	{ "{'a':1}", 0, "line 1, column 2: found ''', expected a key in double quotes or '}'" },
	{ "01", 0, "line 1, column 2: found '1', expected no digit behind a leading zero" },
	{ "1.", 0, "line 1, column 3: the text ends here; expected a digit" },
	{ "-", 0, "line 1, column 2: the text ends here; expected a digit" },
	{ "1e", 0, "line 1, column 3: the text ends here; expected a digit" },
	{ "nul", 0, "line 1, column 1: found 'n', expected a value" },
	{ "[1] // no", 0, "line 1, column 5: found '/', expected the end of the text" },
	{ "[1 /* no", JSON_RELAXED, "line 1, column 4: this comment never ends" },
	{ "\"a\nb\"", 0, "line 1, column 3: found byte 0x0a, expected no control byte inside a string" },
	{ "\"\\x\"", 0, "line 1, column 2: in this string: an escape that JSON does not know" },
	{ "\"\\u12g4\"", 0, "line 1, column 2: in this string: \\u takes four hexadecimal digits" },
	{ "\"\\ud800\"", 0, "line 1, column 2: in this string: a high surrogate stands alone" },
	{ "\"\\udc00\"", 0, "line 1, column 2: in this string: a low surrogate stands alone" },
	{ "\"\xff\"", 0, "line 1, column 2: this string is not valid UTF-8" },
	{ "\"\xed\xa0\x80\"", 0, "line 1, column 2: this string is not valid UTF-8" },
	{ "{\n \"a\": 1,\n \"b\": 2,\n \"a\": 3\n}", JSON_UNIQUE_KEYS,
	  "line 4, column 2: the key \"a\" stands twice in one object, first in line 2" },
	{ "{\"\\u0061\":1,\"a\":2}", JSON_UNIQUE_KEYS, "line 1, column 13: the key \"a\" stands twice in one object, first in line 1" },
	{ "<<<<<<< HEAD\n{}", 0, "line 1, column 1: a merge conflict marker: resolve the conflict first" },
	{ "{\n\"a\": 1,\n=======\n\"a\": 2}", 0, "line 3, column 1: a merge conflict marker: resolve the conflict first" },
	{ "[1,\n<<<<<<<< HEAD", 0, "line 2, column 1: found '<', expected a value" },
};

static void test_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct json *json;
		struct error err = { 0 };
		enum status status = parse(arena, str_of(documents[i].text), documents[i].flags, &json, &err);
		if (documents[i].error)
			assert_string_equal(err.text, documents[i].error);
		assert_int_equal(status, documents[i].error ? STATUS_INVALID : STATUS_OK);
	}
}

static void test_positions_and_values(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct json *json;
	struct str text = STR("{\n  \"a\": [true, 12],\n  \"b\\u0000\": \"\\ud83d\\ude00\\n\"\n}");
	assert_int_equal(parse(arena, text, 0, &json, NULL), STATUS_OK);
	const struct json *a = json_find(json, "a");
	assert_int_equal(a->line, 2);
	assert_int_equal(a->column, 8);
	assert_int_equal(a->key_column, 3);
	assert_int_equal(a->count, 2);
	uint64_t number;
	assert_true(json_to_u64(a->child->next, &number) && number == 12);
	assert_int_equal(a->next->key.n, 2);
	assert_int_equal(a->next->key.p[1], 0);
	assert_str(json_text(a->next), "\xf0\x9f\x98\x80\n");
	assert_null(json_find(json, "b"));
	assert_null(json_find(NULL, "b"));
}

static void test_last_duplicate_counts(void **state)
{
	(void)state;
	/* Few members and many take different ways to the same answer. */
	for (int extra = 0; extra < 40; extra += 13) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(100000);
		buf_add_z(&text, "{\"k\":1,\"x\":0,\"k\":2,");
		for (int i = 0; i < extra; i++)
			buf_printf(&text, "\"e%d\":%d,", i, i);
		buf_add_z(&text, "\"x\":5,\"k\":3}");
		struct json *json = NULL;
		size_t duplicates = 0;
		assert_int_equal(json_parse(buf_str(&text), 0, arena, &json, &duplicates, NULL), STATUS_OK);
		assert_int_equal(duplicates, 3);
		assert_int_equal(json->count, 2 + extra);
		assert_str(json_find(json, "k")->text, "3");
		assert_str(json_find(json, "x")->text, "5");
		struct error err = { 0 };
		assert_int_equal(parse(arena, buf_str(&text), JSON_UNIQUE_KEYS, &json, &err), STATUS_INVALID);
		assert_non_null(strstr(err.text, "stands twice"));
	}
}

static void test_depth(void **state)
{
	(void)state;
	for (int over = 0; over <= 1; over++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(100000);
		for (int i = 0; i < LIMIT_JSON_DEPTH + over; i++)
			buf_add_char(&text, '[');
		for (int i = 0; i < LIMIT_JSON_DEPTH + over; i++)
			buf_add_char(&text, ']');
		struct json *json;
		assert_int_equal(parse(arena, buf_str(&text), 0, &json, NULL), over ? STATUS_LIMIT : STATUS_OK);
	}
}

/* The arena's ceiling is an error, not a crash. */
static void test_memory(void **state)
{
	(void)state;
	for (size_t ceiling = 1000; ceiling < 100000; ceiling += 7001) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(ceiling);
		struct json *json;
		struct str text = STR("[[[[1,2,3,\"\\u0041\",{\"a\":1,\"b\":2}]]],1,2,3,4,5,6,7,8,9]");
		enum status status = parse(arena, text, 0, &json, NULL);
		assert_true(status == STATUS_OK || status == STATUS_MEMORY);
	}
}

static uint32_t random_state = 12345;
static uint32_t roll(uint32_t n)
{
	random_state = random_state * 1664525u + 1013904223u;
	return (random_state >> 8) % n;
}

/* Accepts and refuses what JSON.parse accepts and refuses, on mutated documents. */
static void test_against_javascript(void **state)
{
	(void)state;
	static const char *const seeds[] = {
		"{\"a\":[1,2.5,-3e7,true,false,null],\"b\":{\"c\":\"\\u00e9\\n\"},\"\":[]}",
		"[[],{},\"\",0,-0,1E5,{\"x\":{\"y\":[{}]}}]",
		"{\"k\":\"v\",\"k\":\"w\", \"z\" : [ 1 , 2 ] }",
	};
	static const char alphabet[] = "{}[]\",:\\u0123eE+-. \n\ttfnrul/*\x01";
	const char *oracle = getenv("ASSAY_ORACLE");
	if (!oracle || !*oracle) {
		print_message("skipped: no Node\n");
		skip();
	}
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *folder = getenv("TEST_TMP"), *in = path_join(arena, folder, "in"), *out = path_join(arena, folder, "out");
	CLEANUP(buf_fini) struct buf all = BUF_INIT(SIZE_MAX / 2);
	enum { COUNT = 20000 };
	bool *accepted = arena_array(arena, COUNT, sizeof *accepted);
	for (int i = 0; i < COUNT; i++) {
		char text[128];
		size_t n = strlen(seeds[i % 3]);
		memcpy(text, seeds[i % 3], n);
		for (uint32_t edits = roll(4); edits > 0; edits--) {
			size_t at = roll((uint32_t)n);
			if (roll(3) == 0 && n > 2)
				memmove(text + at, text + at + 1, --n - at);
			else
				text[at] = alphabet[roll(sizeof alphabet - 1)];
		}
		struct json *json;
		accepted[i] = parse(arena, (struct str){ text, n }, 0, &json, NULL) == STATUS_OK;
		for (size_t k = 0; k < n; k++)
			buf_printf(&all, "%02x", (unsigned char)text[k]);
		buf_add_char(&all, '\n');
	}
	assert_int_equal(file_write(in, buf_str(&all), NULL), STATUS_OK);
	struct str command = arena_printf(arena, "node '%s/tests/oracle/json.cjs' '%s' > '%s'", getenv("ASSAY_ROOT"), in, out);
	assert_int_equal(system(command.p), 0);
	struct str answer, line;
	assert_int_equal(file_read(out, SIZE_MAX / 4, arena, &answer, NULL), STATUS_OK);
	int agreed = 0, yes = 0;
	for (int i = 0; i < COUNT && str_split(&answer, '\n', &line); i++) {
		/* Lone surrogates are the one thing that JSON.parse takes and we do not. */
		agreed += accepted[i] == (line.p[0] == '1');
		yes += accepted[i];
		if (accepted[i] != (line.p[0] == '1'))
			print_error("document %d: ours %d\n", i, accepted[i]);
	}
	assert_int_equal(agreed, COUNT);
	assert_in_range(yes, COUNT / 10, COUNT * 9 / 10);
}

static void test_writer(void **state)
{
	(void)state;
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(buf_fini) struct buf out = BUF_INIT(100000);
	json_open_object(writer, NULL);
	json_add_text(writer, "a", (struct str){ "x\0\xff\x1b\"", 5 });
	json_add_text_or_null(writer, "b", STR_NONE);
	json_open_array(writer, "c");
	json_add_u64(writer, NULL, 9007199254740991u);
	json_add_tenths(writer, NULL, 75);
	json_add_bool(writer, NULL, true);
	json_close(writer);
	json_close(writer);
	assert_int_equal(json_writer_finish(writer, false, &out, NULL), STATUS_OK);
	assert_str(buf_str(&out), "{\"a\":\"x\xef\xbf\xbd\xef\xbf\xbd\\u001b\\\"\",\"b\":null,\"c\":[9007199254740991,7.5,true]}\n");
}

static void test_writer_misuse(void **state)
{
	(void)state;
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(buf_fini) struct buf out = BUF_INIT(1000);
	json_open_object(writer, NULL);
	json_add_bool(writer, NULL, true); /* no key inside an object */
	json_close(writer);
	assert_int_not_equal(json_writer_finish(writer, false, &out, NULL), STATUS_OK);
}

static void test_equal(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} pairs[] = {
		{ "{\"a\":[1,\"x\",null]}", " { \"a\" : [1,\n \"x\", null] }", true },
		{ "{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", false },
		{ "{\"a\":1}", "{\"b\":1}", false },
		{ "[1]", "[1,1]", false },
		{ "\"1\"", "1", false },
		{ "[[1],[2]]", "[[1],[3]]", false },
		{ "[]", "{}", false },
	};
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct json *a, *b;
		assert_int_equal(parse(arena, str_of(pairs[i].a), 0, &a, NULL), STATUS_OK);
		assert_int_equal(parse(arena, str_of(pairs[i].b), 0, &b, NULL), STATUS_OK);
		assert_int_equal(json_equal(a, b), pairs[i].equal);
		assert_true(json_equal(a, a));
		assert_false(json_equal(a, NULL));
	}
	assert_true(json_equal(NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_positions_and_values),
		cmocka_unit_test(test_last_duplicate_counts),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_memory),
		cmocka_unit_test(test_against_javascript),
		cmocka_unit_test(test_writer),
		cmocka_unit_test(test_writer_misuse),
		cmocka_unit_test(test_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
