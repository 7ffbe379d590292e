/* TOML: what is read, what is refused and where. */
#include "tests.h"

#include "assay/json.h"
#include "assay/limits.h"
#include "lockfile/toml.h"

static void write_node(const struct json *node, struct buf *out)
{
	bool object = json_is(node, JSON_OBJECT);
	if (json_is(node, JSON_STRING)) {
		buf_printf(out, "<%.*s>", STR_ARG(node->text));
		return;
	}
	buf_add_char(out, object ? '{' : '[');
	json_each(child, node) {
		if (child != node->child)
			buf_add_char(out, ' ');
		if (object)
			buf_printf(out, "%.*s=", STR_ARG(child->key));
		write_node(child, out);
	}
	buf_add_char(out, object ? '}' : ']');
}

static const struct {
	const char *text, *wanted;
} cases[] = {
	{ "", "{}" },
	{ "# nothing\n\n", "{}" },
	{ "a = 1\r\nb = true # so\nc = 1979-05-27T07:32:00Z", "{a=<1> b=<true> c=<1979-05-27T07:32:00Z>}" },
	{ "[a]\nb = 'x\\n'\n[a.c]\nd = \"\\t\\u00e9\\\"\"\n", "{a={b=<x\\n> c={d=<\t\xc3\xa9\">}}}" },
	{ "a.b.c = 1\na.b.d = 2\n\"x.y\" = 3\n", "{a={b={c=<1> d=<2>}} x.y=<3>}" },
	{ "a = [ 1, # one\n  'two',\n  [3], ]\n", "{a=[<1> <two> [<3>]]}" },
	{ "a = { b = 1, c.d = [ {} ] }\n", "{a={b=<1> c={d=[{}]}}}" },
	{ "[[a]]\nb = 1\n[[a]]\nb = 2\n[a.c]\nd = 3", "{a=[{b=<1>} {b=<2> c={d=<3>}}]}" },
	{ "a = \"\"\"\nx \\\n   y\"\"\"\"\nb = '''\nz'''\n", "{a=<x y\"> b=<z>}" },
	{ "a = 1\na = 2", "line 2, column 3: this key stands twice" },
	{ "a = 1\n[a]", "line 2, column 4: this key has a value already, and is no table" },
	{ "a = 1 b = 2", "line 1, column 7: expected the end of the line" },
	{ "a =", "line 1, column 4: expected a value" },
	{ "a", "line 1, column 2: expected '='" },
	{ "= 1", "line 1, column 1: expected a key" },
	{ "[a", "line 1, column 3: expected ']'" },
	{ "a = [1 2]", "line 1, column 8: expected ',' or ']'" },
	{ "a = \"x", "line 1, column 7: this string is never closed" },
	{ "a = \"\\q\"", "line 1, column 7: an escape that TOML does not have" },
	{ "a = \"\\ud800\"", "line 1, column 12: this escape is no character" },
	{ "a = \"\xff\"", "this is no UTF-8" },
	{ "a = [\n", "line 2, column 1: expected a value" },
};

static void reads_the_table(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(1 << 16);
		struct json *json;
		struct error err;
		if (toml_parse(str_of(cases[i].text), arena, &json, &err) == STATUS_OK)
			write_node(json, &out);
		else
			buf_add_z(&out, err.text);
		assert_str(buf_str(&out), cases[i].wanted);
	}
}

static enum status parse_many(size_t elements, size_t depth)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct json *json;
	buf_add_z(&text, "a = ");
	for (size_t i = 0; i < depth; i++)
		buf_add_char(&text, '[');
	for (size_t i = 0; i < elements; i++)
		buf_add_z(&text, "1,");
	for (size_t i = 0; i < depth; i++)
		buf_add_char(&text, ']');
	return toml_parse(buf_str(&text), arena, &json, NULL);
}

static void keeps_to_its_limits(void **state)
{
	(void)state;
	assert_int_equal(parse_many(0, LIMIT_YAML_DEPTH), STATUS_OK);
	assert_int_equal(parse_many(0, LIMIT_YAML_DEPTH + 1), STATUS_LIMIT);
}

/* However many there are, each is found again: one that stands twice, and one that is a table. */
static void finds_each_of_many(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	(void)state;
	for (unsigned count = 1; count < 40; count++) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
		struct json *json;
		struct error err;
		for (unsigned i = 0; i < count; i++)
			buf_printf(&text, "k%u = %u\n", i, i);
		buf_add_z(&text, "t.a = 1\n[[list]]\nx = 1\n[[list]]\nx = 2\n[t.b]\nc = 3\n[list.y]\nz = 4\n");
		assert_int_equal(toml_parse(buf_str(&text), arena, &json, &err), STATUS_OK);
		assert_int_equal(json->count, count + 2);
		assert_true(str_equal(json_find_text(json_find(json_find(json, "t"), "b"), "c"), STR("3")));
		assert_true(str_equal(json_find_text(json_find(json_find(json, "list")->child->next, "y"), "z"), STR("4")));
		for (unsigned i = 0; i < count; i++) {
			struct str twice = arena_printf(arena, "k%u = 0\n%.*s", i, STR_ARG(buf_str(&text)));
			assert_int_equal(toml_parse(twice, arena, &json, &err), STATUS_INVALID);
			assert_int_equal(err.line, i + 2);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_table),
		cmocka_unit_test(keeps_to_its_limits),
		cmocka_unit_test(finds_each_of_many),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
