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
	{ "{\n \"a\": 1,\n \"b\": 2,\n \"a\": 3\n}", JSON_UNIQUE_KEYS, "line 4, column 2: the key \"a\" stands twice in one object, first in line 2" },
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

/* ---- members that are taken one by one -------------------------------------------------------- */

struct taking {
	struct buf seen;
	size_t ends_at; /* with this member; 0: none */
	size_t count;
	struct str expected; /* the key that was told last */
	size_t told;
};

static void expect_member(void *context, struct str key)
{
	struct taking *taking = context;
	taking->expected = key;
	taking->told++;
}

/* Nothing of a member but its texts may be looked at later: ASan knows. */
static enum status take_member(void *context, const struct json *document, const struct json *member)
{
	struct taking *taking = context;
	assert_true(str_equal(member->key, taking->expected) && taking->told == taking->count + 1);
	buf_printf(&taking->seen, "%.*s %u:%u %s %u of %zu;", STR_ARG(member->key), member->key_line, member->key_column,
		   json_type_name(member->type), member->count, (size_t)document->count);
	for (const struct json *item = member->child; item; item = item->next)
		buf_printf(&taking->seen, "%.*s,", STR_ARG(item->text));
	return ++taking->count == taking->ends_at ? STATUS_LIMIT : STATUS_OK;
}

static void test_taking(void **state)
{
	static const struct {
		const char *text, *seen;
		size_t ends_at;
		enum status status;
	} cases[] = {
		{ "{\"a\":1,\"m\":{\"x\":[\"1\",\"\\u0032\"],\n\"y\":{},\"z\":3},\"b\":{\"m\":{\"n\":1}}}",
		  "x 1:13 an array 2 of 2;1,2,y 2:1 an object 0 of 2;z 2:8 a number 0 of 2;", 0, STATUS_OK },
		{ "{\"m\":{},\"a\":{\"m\":{\"x\":1}}}", "", 0, STATUS_OK },
		{ "{\"m\":[1,2]}", "", 0, STATUS_OK },
		{ "[{\"m\":{\"x\":1}}]", "", 0, STATUS_OK },
		{ "{\"m\":{\"x\":1,\"x\":2}}", "x 1:7 a number 0 of 1;x 1:13 a number 0 of 1;", 0, STATUS_OK },
		{ "{\"m\":{\"x\":{\"a\":1,\"a\":1}}}", "", 0, STATUS_INVALID },
		{ "{\"m\":{\"x\":1},\"m\":{\"x\":2}}", "x 1:7 a number 0 of 1;", 0, STATUS_INVALID },
		{ "{\"m\":{\"x\":1,\"y\":}}", "x 1:7 a number 0 of 1;", 0, STATUS_INVALID },
		{ "{\"m\":{\"x\":1,\"y\":2,\"z\":", "x 1:7 a number 0 of 1;y 1:13 a number 0 of 1;", 2, STATUS_LIMIT },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct taking taking = { .seen = BUF_INIT(1024), .ends_at = cases[i].ends_at };
		const struct json_taker taker = { "m", expect_member, take_member, &taking };
		struct json *document = NULL;
		enum status status = json_parse_taking(str_of(cases[i].text), JSON_UNIQUE_KEYS, arena, &taker, &document, NULL);
		if (status != cases[i].status || !str_equal_z(buf_str(&taking.seen), cases[i].seen))
			fail_msg("%s: %d, \"%.*s\"", cases[i].text, status, STR_ARG(buf_str(&taking.seen)));
		const struct json *taken = status ? NULL : json_find(document, "m");
		assert_true(!taken || taken->type == JSON_ARRAY || (!taken->child && taken->count == taking.count));
		buf_fini(&taking.seen);
	}
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
		cmocka_unit_test(test_taking),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
