/* What answers come to: documents that arrive in pieces, honest, damaged and hostile ones; manifests; limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "registry/answer.h"

/* Reads `text` in pieces of that many bytes and asks about a@2.0.0. */
static bool read_document(struct arena *arena, struct str text, size_t piece, struct registry_record *record, const char **why)
{
	struct document_question question = { .version = STR("2.0.0"), .wants_manifest = true, .record = record };
	struct document_answer answer = { .arena = arena, .name = STR("a"), .questions = &question, .question_count = 1 };
	*record = (struct registry_record){ .state = RECORD_ABSENT };
	assert_true(document_answer_begin(&answer));
	for (size_t at = 0; at < text.n && document_add(&answer.reader, str_head(str_from(text, at), piece)); at += piece)
		;
	bool read = document_answer_end(&answer);
	assert_false(answer.no_memory);
	*why = answer.why;
	document_answer_fini(&answer);
	return read && question.listed;
}

#define V(version, more) "\"" version "\":{\"name\":\"a\",\"version\":\"" version "\"" more "}"
#define BY(name) ",\"_npmUser\":{\"name\":\"" name "\"}"
#define KEPT_BY(name) ",\"maintainers\":[{\"name\":\"x\"},{\"name\":\"" name "\"}]"
#define DATES "\"time\":{\"created\":\"2020-01-01T00:00:00Z\",\"1.0.0\":\"2020-01-01T00:00:00Z\",\"2.0.0\":\"2021-01-01T00:00:00.123Z\"}"

static const struct {
	const char *what, *text;
	const char *published, *publisher, *before, *before_publisher;
	bool known, maintainer;
} honest[] = {
	{ "versions before dates", "{\"name\":\"a\",\"versions\":{" V("1.0.0", BY("al")) "," V("2.0.0", BY("bo")) "}," DATES "}", "2021-01-01", "bo",
	  "1.0.0", "al", false, false },
	{ "dates first, blanks, what is passed by",
	  " { \"readme\" : \"}],{\\\"versions\\\":{\" , " DATES
	  " , \"x\":[{\"versions\":{}},[],null,1.5e3,true],\n\"versions\" : { " V("1.0.0", BY("al") KEPT_BY("bo")) " , " V("2.0.0", BY("bo")) " } , \"name\":\"a\" } \n",
	  "2021-01-01", "bo", "1.0.0", "al", false, true },
	{ "published before", "{\"name\":\"a\",\"versions\":{" V("1.0.0", BY("bo")) "," V("2.0.0", BY("bo")) "}," DATES "}", "2021-01-01", "bo",
	  "1.0.0", "bo", true, false },
	{ "keys with escapes", "{\"n\\u0061me\":\"a\",\"version\\u0073\":{" V("2.\\u0030.0", BY("bo")) "}," DATES "}", "2021-01-01", "bo", "", "", false, false },
	{ "a version that was unpublished is no predecessor", "{\"name\":\"a\",\"versions\":{" V("2.0.0", BY("bo")) "}," DATES "}", "2021-01-01",
	  "bo", "", "", false, false },
	{ "no dates, no publishers", "{\"name\":\"a\",\"versions\":{" V("1.0.0", "") "," V("2.0.0", "") "}}", NULL, "", "", "", false, false },
	{ "one date for all",
	  "{\"name\":\"a\",\"versions\":{" V("2.0.0", BY("bo")) "},\"time\":{\"1.0.0\":\"2021-01-01\",\"1.1.0\":\"2021-01-01\",\"2.0.0\":\"2021-01-01\"}}",
	  NULL, "bo", "", "", false, false },
	{ "a version alone", "{\"name\":\"a\",\"versions\":{" V("2.0.0", "") "},\"time\":{\"2.0.0\":\"2021-01-01\"}}", "2021-01-01", "", "", "", false, false },
	{ "odd types", "{\"name\":\"a\",\"versions\":{" V("2.0.0", ",\"_npmUser\":[],\"maintainers\":7,\"dist\":\"x\"") "},\"time\":{\"2.0.0\":5}}",
	  NULL, "", "", "", false, false },
};

static void test_honest(void **state)
{
	(void)state;
	static const size_t pieces[] = { 1, 2, 3, 7, 64, 100000 };
	for (size_t i = 0; i < sizeof honest / sizeof *honest; i++) {
		for (size_t k = 0; k < sizeof pieces / sizeof *pieces; k++) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
			struct registry_record record;
			const char *why;
			int64_t published = DATE_NONE;
			if (!read_document(arena, str_of(honest[i].text), pieces[k], &record, &why))
				fail_msg("%s, in pieces of %zu: %s", honest[i].what, pieces[k], why ? why : "not listed");
			if (honest[i].published)
				assert_true(date_parse(str_of(honest[i].published), &published));
			assert_int_equal(record.state, RECORD_FOUND);
			assert_int_equal(record.history, HISTORY_GIVEN);
			assert_true(record.published == published);
			assert_true(str_equal_z(record.publisher, honest[i].publisher));
			assert_true(str_equal_z(record.before, honest[i].before));
			assert_true(str_equal_z(record.before_publisher, honest[i].before_publisher));
			assert_int_equal(record.publisher_known, honest[i].known);
			assert_int_equal(record.was_maintainer, honest[i].maintainer);
		}
	}
}

#define WHOLE "\"name\":\"a\",\"versions\":{" V("2.0.0", "") "}"

static const char *const damaged[] = {
	"",
	"not JSON",
	"[]",
	"\"a\"",
	"{",
	"{" WHOLE,
	"{" WHOLE "}}",
	"{" WHOLE "}{}",
	"{" WHOLE "} x",
	"{" WHOLE ",\"x\":[}",
	"{" WHOLE ",\"x\":{]}",
	"{" WHOLE ",\"x\"}",
	"{" WHOLE ",x:1}",
	"{" WHOLE ",\"x\":\"",
	"{" WHOLE ",\"time\":{\"2.0.0\":}}",
	"{" WHOLE ",\"time\":{},\"time\":{}}",
	"{" WHOLE ",\"versions\":{}}",
	"{\"name\":\"a\",\"versions\":{\"2.0.0\":[]}}",
	"{\"name\":\"a\",\"versions\":{\"2.0.0\":{\"name\":\"a\" \"version\"}}}",
	"{\"name\":\"b\",\"versions\":{" V("2.0.0", "") "}}",
	"{\"versions\":{" V("2.0.0", "") "}}",
};

static void test_damaged(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		for (size_t piece = 1; piece < 100000; piece += 99998) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
			struct registry_record record;
			const char *why;
			if (read_document(arena, str_of(damaged[i]), piece, &record, &why))
				fail_msg("read: %s", damaged[i]);
			assert_non_null(why);
			assert_int_equal(record.history, HISTORY_UNASKED);
		}
	}
}

static bool reads_nested(size_t depth)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct registry_record record;
	const char *why;
	buf_add_z(&text, "{" WHOLE ",\"x\":");
	for (size_t i = 1; i < depth; i++)
		buf_add_char(&text, '[');
	for (size_t i = 1; i < depth; i++)
		buf_add_char(&text, ']');
	buf_add_char(&text, '}');
	return read_document(arena, buf_str(&text), 4096, &record, &why);
}

static bool reads_versions(size_t count)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 << 20);
	struct registry_record record;
	const char *why;
	buf_add_z(&text, "{\"name\":\"a\",\"versions\":{" V("2.0.0", ""));
	for (size_t i = 1; i < count; i++)
		buf_printf(&text, ",\"0.0.%zu\":{}", i);
	buf_add_z(&text, "}}");
	return read_document(arena, buf_str(&text), 65536, &record, &why);
}

/* A part of so many bytes: a version whose description fills it. */
static bool reads_part(size_t size)
{
	static const char head[] = "{\"name\":\"a\",\"version\":\"2.0.0\",\"d\":\"", tail[] = "\"}";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 << 20);
	struct registry_record record;
	const char *why;
	buf_add_z(&text, "{\"name\":\"a\",\"versions\":{\"2.0.0\":");
	buf_add_z(&text, head);
	for (size_t i = sizeof head - 1 + sizeof tail - 1; i < size; i++)
		buf_add_char(&text, 'x');
	buf_add_z(&text, tail);
	buf_add_z(&text, "}}");
	return read_document(arena, buf_str(&text), 65536, &record, &why);
}

/* A key of so many bytes, its quotes among them. */
static bool reads_key(size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct registry_record record;
	const char *why;
	struct str text = arena_printf(arena, "{\"name\":\"a\",\"x%0*d\":1,\"versions\":{" V("2.0.0", "") "}}", (int)size - 3, 0);
	return read_document(arena, text, 1000, &record, &why);
}

static void test_limits(void **state)
{
	(void)state;
	assert_true(reads_nested(LIMIT_DOCUMENT_DEPTH));
	assert_false(reads_nested(LIMIT_DOCUMENT_DEPTH + 1));
	assert_true(reads_versions(LIMIT_DOCUMENT_VERSIONS));
	assert_false(reads_versions(LIMIT_DOCUMENT_VERSIONS + 1));
	assert_true(reads_part(LIMIT_RECORD_BYTES));
	assert_false(reads_part(LIMIT_RECORD_BYTES + 1));
	assert_true(reads_key(LIMIT_RECORD_KEY_BYTES));
	assert_false(reads_key(LIMIT_RECORD_KEY_BYTES + 1));
}

#define SHASUM "0000000000000000000000000000000000000000"
static const struct {
	const char *text, *integrity, *deprecated, *why;
} manifests[] = {
	{ "{\"name\":\"a\",\"version\":\"2.0.0\"}", "", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"v2.0.0+build\",\"dist\":{\"shasum\":\"" SHASUM "\"}}", "sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"dist\":{\"integrity\":\" sha512-x \",\"shasum\":\"" SHASUM "\"}}",
	  "sha512-x sha1-AAAAAAAAAAAAAAAAAAAAAAAAAAA=", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"dist\":{\"shasum\":\"" SHASUM "0\"}}", "", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"dist\":{\"shasum\":\"g000000000000000000000000000000000000000\"}}", "", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"deprecated\":\"use b\"}", "", "use b", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"deprecated\":\"\"}", "", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"deprecated\":false}", "", "", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\",\"deprecated\":true}", "", "(no reason is given)", NULL },
	{ "{\"name\":\"a\",\"version\":\"2.0.1\"}", NULL, NULL, "another package or version" },
	{ "{\"name\":\"A\",\"version\":\"2.0.0\"}", NULL, NULL, "another package or version" },
	{ "{\"error\":\"no\"}", NULL, NULL, "another package or version" },
	{ "[]", NULL, NULL, "something else" },
	{ "{\"name\":\"a\",\"version\":\"2.0.0\"} x", NULL, NULL, "something else" },
	{ "", NULL, NULL, "something else" },
};

static void test_manifests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct registry_record record = { .state = RECORD_ABSENT };
		const char *why = NULL;
		bool read = answer_read_manifest(str_of(manifests[i].text), STR("a"), STR("2.0.0"), arena, &record, &why);
		assert_int_equal(read, manifests[i].why == NULL);
		if (read) {
			assert_true(str_equal_z(record.integrity, manifests[i].integrity));
			assert_true(str_equal_z(record.deprecated, manifests[i].deprecated));
		} else {
			assert_non_null(strstr(why, manifests[i].why));
			assert_int_equal(record.state, RECORD_ABSENT);
		}
	}
}

/* A text of that many bytes, the last of them within a character of two. */
static void test_texts_are_cut(void **state)
{
	(void)state;
	for (size_t size = LIMIT_RECORD_TEXT_BYTES; size <= LIMIT_RECORD_TEXT_BYTES + 2; size++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
		struct registry_record record = { .state = RECORD_ABSENT };
		const char *why;
		buf_add_z(&text, "{\"name\":\"a\",\"version\":\"2.0.0\",\"deprecated\":\"");
		for (size_t i = 2; i < size; i++)
			buf_add_char(&text, 'x');
		buf_add_z(&text, "\u00e9\",\"dist\":{\"integrity\":\"");
		for (size_t i = 0; i < size; i++)
			buf_add_char(&text, 'y');
		buf_add_z(&text, "\"}}");
		assert_true(answer_read_manifest(buf_str(&text), STR("a"), STR("2.0.0"), arena, &record, &why));
		bool whole = size == LIMIT_RECORD_TEXT_BYTES;
		assert_int_equal(record.deprecated.n, size - (whole ? 0 : 2));
		assert_true(utf8_is_valid(record.deprecated));
		assert_int_equal(record.integrity.n, whole ? size : 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_honest),    cmocka_unit_test(test_damaged),       cmocka_unit_test(test_limits),
		cmocka_unit_test(test_manifests), cmocka_unit_test(test_texts_are_cut),
	};
	return cmocka_run_group_tests_name("answer", tests, NULL, NULL);
}
