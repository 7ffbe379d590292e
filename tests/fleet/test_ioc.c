/* Incident lists in the shapes that they are passed around in: what is asked for by each, and what is said about lines that ask for nothing. */
#include "assay/limits.h"
#include "assay/who.h"
#include "tests.h"

struct list_case {
	const char *title, *text;
	const char *hits;  /* "name@version" that must be found */
	const char *nears; /* those that must be near misses */
	const char *notes; /* "3?" no version, "4!" not understood */
	size_t digests;
};

#define SHA256 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define SHA1 "0123456789abcdef0123456789abcdef01234567"
#define SRI "sha512-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="

static const struct list_case cases[] = {
	{ "CSV with a header", "package,version\naxios,1.14.1\nplain-crypto-js,4.2.1\n", "axios@1.14.1 plain-crypto-js@4.2.1", "axios@1.14.0", "", 0 },
	{ "CSV without", "axios,1.14.1\n@scope/pkg,2.0.0,2026-03-31,malicious\n", "axios@1.14.1 @scope/pkg@2.0.0", "axios@1.14.0 @scope/pkg@2026.3.31", "", 0 },
	{ "quoted cells, several versions",
	  "Package Name,Affected Versions,Fixed Version\n\"chalk\",\"5.6.1\",5.6.2\n\"a\",\"1.0.0, 1.0.1\",\n\"b\",\"1.0.0|2.0.0\",3.0.0\n\"c\",\"1.0.0; 2.0.0\",\n\"d\",\"1.0.0 2.0.0\",\n",
	  "chalk@5.6.1 a@1.0.0 a@1.0.1 b@1.0.0 b@2.0.0 c@1.0.0 c@2.0.0 d@1.0.0 d@2.0.0", "chalk@5.6.2 b@3.0.0", "", 0 },
	{ "versions that nobody quoted", "name,version\naxios,1.14.1,0.30.4\n", "axios@1.14.1 axios@0.30.4", "axios@1.14.0", "", 0 },
	{ "a cell of two lines", "name,versions\n\"axios\",\"1.14.1\n0.30.4\"\nchalk,5.6.1\n", "axios@1.14.1 axios@0.30.4 chalk@5.6.1", "", "", 0 },
	{ "a quote that is never closed", "name,versions\n\"axios,1.14.1\nchalk,5.6.1\n", "chalk@5.6.1", "", "2!", 0 },
	{ "a range in a cell", "name,versions\naxios,>=1.14.0 <1.14.2 || 0.30.4\nb,= 1.0.0\nc,<= 2.0.0\n",
	  "axios@1.14.1 axios@0.30.4 b@1.0.0 c@1.9.9", "axios@1.14.2 b@1.0.1 c@2.0.1", "", 0 },
	{ "TSV, CRLF, byte order mark", "\xef\xbb\xbfname\tversion\r\naxios\t1.14.1\r\n", "axios@1.14.1", "", "", 0 },
	{ "semicolons", "name;version\naxios;1.14.1\n", "axios@1.14.1", "", "", 0 },
	{ "plain", "axios@1.14.1\n@ctrl/tinycolor@4.1.1\nchalk 5.6.1\ndebug: 4.4.2, 4.4.3\nansi-styles (6.2.2)\nname == 1.0.0\n",
	  "axios@1.14.1 @ctrl/tinycolor@4.1.1 chalk@5.6.1 debug@4.4.2 debug@4.4.3 ansi-styles@6.2.2 name@1.0.0", "axios@1.14.0", "", 0 },
	{ "several in a line", "a@1.0.0, b@2.0.0 || 3.0.0; c@4.0.0\nd 1.0.0, e 2.0.0\n", "a@1.0.0 b@2.0.0 b@3.0.0 c@4.0.0 d@1.0.0 e@2.0.0",
	  "a@2.0.0 e@1.0.0", "", 0 },
	{ "ranges", "a@>=1.0.0 <2.0.0\nb >= 1.2.0\nc@1.x\nd 1.0.0 - 1.2.0\ne@^3.0.0 || 5.0.0\n", "a@1.5.0 b@1.3.0 c@1.7.0 d@1.1.0 e@3.4.0 e@5.0.0",
	  "a@2.0.0 b@1.1.0 c@2.0.0 d@1.3.0 e@4.0.0", "", 0 },
	{ "Markdown", "# Compromised\n\n| Package | Version(s) | Fixed |\n|---|:--:|---|\n| `chalk` | **5.6.1** | 5.6.2 |\n| [debug](https://x.test/debug) | 4.4.2 \\|\\| 4.4.3 | |\n\n- `axios` v1.14.1\n* b@1.0.0\n1. c@1.0.0\n- [d](https://x.test/d) 1.0.0\n- [@a/e@1.0.0](https://x.test)\n",
	  "chalk@5.6.1 debug@4.4.2 debug@4.4.3 axios@1.14.1 b@1.0.0 c@1.0.0 d@1.0.0 @a/e@1.0.0", "chalk@5.6.2", "", 0 },
	{ "package URLs and addresses",
	  "pkg:npm/axios@1.14.1\npkg:npm/%40a/b@1.0.0\nhttps://registry.test/chalk/-/chalk-5.6.1.tgz\nhttps://www.npmjs.test/package/@a/c/v/2.0.0\n",
	  "axios@1.14.1 @a/b@1.0.0 chalk@5.6.1 @a/c@2.0.0", "", "", 0 },
	{ "defanged", "axios@1[.]14[.]1\nhxxps://registry[.]test/chalk/-/chalk-5[.]6[.]1[.]tgz\n", "axios@1.14.1 chalk@5.6.1", "", "", 0 },
	{ "names alone", "axios\nname,version\nchalk,\ndebug,unknown\n", "", "axios@1.14.1 chalk@5.6.1 debug@1.0.0", "1? 3? 4?", 0 },
	{ "a name among versions", "chalk@5.6.1, debug\n", "chalk@5.6.1", "debug@4.4.2", "1?", 0 },
	{ "prose and hosts", "The following were compromised on 8 September\nhttps://evil.test/x\naxios@latest\naxios 1.14.1 was compromised by plain-crypto-js\n",
	  "axios@1.14.1", "", "1! 2! 3!", 0 },
	{ "comments", "# axios@1.0.0\n// b@1.0.0\n<!-- c@1.0.0 -->\n\n   \nd@1.0.0\n", "d@1.0.0", "", "", 0 },
	{ "JSON's manner", "  \"axios\": \"1.14.1\",\n  \"chalk\": \"^5.6.0\"\n", "axios@1.14.1 chalk@5.6.1", "axios@1.14.0", "", 0 },
	{ "digests", SHA256 "\n" SHA1 "  bundle.js\nbundle.js " SHA256 "\nsha512:" SHA256 SHA256 "\nd41d8cd98f00b204e9800998ecf8427e\n", "", "", "", 5 },
	{ "digests in columns", "name,version,integrity,sha256\naxios,1.14.1," SRI "," SHA256 "\nb,,,\"" SHA256 "\"\n", "axios@1.14.1", "b@1.0.0", "3?", 3 },
	{ "a digest that is cut", "name,version,sha1\naxios,1.14.1,0123456789abcdef\nb,1.0.0,n/a\n", "axios@1.14.1 b@1.0.0", "", "2!", 0 },
	{ "digests beside names", "axios@1.14.1 " SRI "\nb,1.0.0," SHA1 "\n", "axios@1.14.1 b@1.0.0", "", "", 2 },
	{ "another ecosystem", "ecosystem,name,version\nnpm,axios,1.14.1\nPyPI,requests,1.0.0\n", "axios@1.14.1", "", "3!", 0 },
	{ "scope in its own column", "namespace,name,version\n@a,b,1.0.0\na,c,1.0.0\n,d,1.0.0\n", "@a/b@1.0.0 @a/c@1.0.0 d@1.0.0", "", "", 0 },
	{ "scopes without a name", "scope,version,sha256\n@a,1.0.0,\nb,1.0.0," SHA256 "\nscope,name,version\n@a,,1.0.0\n", "", "", "2! 5!", 1 },
	{ "an id with versions behind it", "MAL-2025-1 1.0.0 and 2.0.0\n", "", "", "", 0 },
	{ "hostile", "../../etc@1.0.0\n@@@\n,,,\na@@1.0.0\n\x1b[31maxios@1.0.0\n", "", "", "1! 2! 3! 4! 5!", 0 },
	{ "every version", "name,version\nbad,*\nworse,all\n", "bad@1.0.0 worse@99.0.0-x", "", "", 0 },
	{ "no version of semver's", "a@1.0.0.1\nname,version\nb,2.0.0.0\n", "", "b@1.0.0", "1! 3! 3?", 0 },
};

static struct str next_word(struct str *rest)
{
	struct str word;
	while (rest->n && str_split(rest, ' ', &word))
		if (word.n)
			return word;
	return STR_NONE;
}

static void expect(const struct list_case *at, const struct who_question *question, const char *words, enum who_match wanted)
{
	struct str rest = str_of(words), word;
	while ((word = next_word(&rest)).n) {
		size_t mark = str_find_last(word, '@');
		enum who_match match = who_match(question, str_head(word, mark), str_from(word, mark + 1), STR_NONE, NULL);
		if (match != wanted)
			fail_msg("%s: %.*s is %d, not %d", at->title, STR_ARG(word), match, wanted);
	}
}

static void test_lists(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct list_case *at = &cases[i];
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct who_question *question = who_question_new(arena);
		CLEANUP(buf_fini) struct buf notes = BUF_INIT(4096);
		struct who_list list;
		struct error err;
		if (who_ask_list(question, "list.csv", str_of(at->text), &list, &err))
			fail_msg("%s: %s", at->title, err.text);
		for (size_t k = 0; k < list.note_count; k++)
			buf_printf(&notes, "%s%u%c", k ? " " : "", list.notes[k].line, list.notes[k].kind == WHO_LINE_NO_VERSION ? '?' : '!');
		buf_add_char(&notes, '\0');
		if (strcmp(notes.p, at->notes) != 0)
			fail_msg("%s: notes are \"%s\", not \"%s\"", at->title, notes.p, at->notes);
		if (list.digests != at->digests)
			fail_msg("%s: %zu digests, not %zu", at->title, list.digests, at->digests);
		expect(at, question, at->hits, WHO_HIT);
		expect(at, question, at->nears, WHO_NEAR);
	}
}

/* A quoted cell goes on for so many lines, and then the quote is a stray one, which takes no other line with it. */
static void test_joined_lines(void **state)
{
	(void)state;
	for (size_t past = 0; past < 2; past++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		struct who_question *question = who_question_new(arena);
		struct who_list list;
		buf_add_z(&text, "name,version,remark\na,1.0.0,\"one");
		for (size_t i = 1; i < LIMIT_IOC_JOINED_LINES + past; i++)
			buf_printf(&text, "\nb%zu,1.0.0,more", i);
		buf_add_z(&text, "\nlast\"\nc,1.0.0,\n");
		assert_int_equal(who_ask_list(question, "x.csv", buf_str(&text), &list, NULL), STATUS_OK);
		assert_int_equal(who_match(question, STR("a"), STR("1.0.0"), STR_NONE, NULL), WHO_HIT);
		assert_int_equal(who_match(question, STR("c"), STR("1.0.0"), STR_NONE, NULL), WHO_HIT);
		assert_int_equal(who_match(question, STR("b9"), STR("1.0.0"), STR_NONE, NULL), past ? WHO_HIT : WHO_OTHER);
	}
}

static void test_refused(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		enum status status;
	} refused[] = {
		{ "\xff\xfe"
		  "a\0",
		  4, STATUS_INVALID },
		{ "a\0b", 3, STATUS_INVALID },
		{ "{\"a\":1}", 7, STATUS_UNSUPPORTED },
	};
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct who_list list;
		struct error err;
		assert_int_equal(who_ask_list(who_question_new(arena), "x", (struct str){ refused[i].text, refused[i].n }, &list, &err), refused[i].status);
		assert_int_equal(err.status, refused[i].status);
	}
}

/* A line at the limit is read, one past it is named; so are lines. */
static void test_limits(void **state)
{
	(void)state;
	for (size_t past = 0; past < 2; past++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct who_question *question = who_question_new(arena);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_IOC_BYTES + 1);
		struct who_list list;
		struct error err;
		buf_add_z(&text, "a@1.0.0");
		while (text.n < LIMIT_IOC_LINE_BYTES + past - 2)
			buf_add_char(&text, ' ');
		buf_add_z(&text, ",b");
		assert_int_equal(who_ask_list(question, "x", buf_str(&text), &list, &err), STATUS_OK);
		assert_int_equal(who_match(question, STR("a"), STR("1.0.0"), STR_NONE, NULL), past ? WHO_OTHER : WHO_HIT);
		assert_int_equal(list.note_count, 1);
		buf_clear(&text);
		/* The last column's version; where cells are told apart no longer, a line is words: nothing is lost, but the head is no head. */
		for (size_t i = 1; i < LIMIT_IOC_CELLS + past; i++)
			buf_add_z(&text, i == 1 ? "name," : "other,");
		buf_add_z(&text, "version\nc,");
		for (size_t i = 2; i < LIMIT_IOC_CELLS + past; i++)
			buf_add_z(&text, ",");
		buf_add_z(&text, "1.0.0\n");
		assert_int_equal(who_ask_list(question, "x", buf_str(&text), &list, &err), STATUS_OK);
		assert_int_equal(who_match(question, STR("c"), STR("1.0.0"), STR_NONE, NULL), WHO_HIT);
		assert_int_equal(list.note_count, past); /* of the head, once */
		buf_clear(&text);
		for (size_t i = 0; i < LIMIT_IOC_LINES + past; i++)
			buf_add_char(&text, '\n');
		enum status status = who_ask_list(question, "x", buf_str(&text), &list, &err);
		assert_int_equal(status, past ? STATUS_LIMIT : STATUS_OK);
		buf_clear(&text);
		buf_add_char(&text, '#');
		while (text.n < LIMIT_IOC_BYTES + past)
			buf_add_z(&text, "#");
		status = who_ask_list(question, "x", buf_str(&text), &list, &err);
		assert_int_equal(status, past ? STATUS_LIMIT : STATUS_OK);
	}
}

static void test_targets(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct who_question *question = who_question_new(arena);
	enum status status = STATUS_OK;
	struct error err;
	for (size_t i = 0; i < LIMIT_WHO_TARGETS && !status; i++)
		status = who_ask(question, arena_printf(arena, "p%zu", i), &err);
	assert_int_equal(status, STATUS_OK);
	assert_int_equal(who_ask(question, STR("one-more"), &err), STATUS_LIMIT);
}

/* Finds past the limit are a failure, near misses a gap. */
static void test_entries(void **state)
{
	const struct who_entry entry = { .place = "lockfile", .since = DATE_NONE, .until = DATE_NONE };
	(void)state;
	for (int past = 0; past < 2; past++)
		for (enum who_part part = WHO_NOW; part <= WHO_NEAR_MISS; part += WHO_NEAR_MISS) {
			CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
			CLEANUP(who_gathering_cleanup) struct who_gathering *gathering = who_gathering_new(arena);
			struct who_answer *answer = NULL;
			struct error err;
			for (int i = 0; i < LIMIT_WHO_ENTRIES + past; i++)
				who_add(gathering, part, &entry);
			enum status status = who_gathering_finish(gathering, &answer, &err);
			assert_int_equal(status, past && part == WHO_NOW ? STATUS_LIMIT : STATUS_OK);
			if (status)
				continue;
			assert_int_equal(answer->parts[part].n, 1);
			assert_int_equal(answer->gap_count, past);
			assert_int_equal(who_verdict(answer), part == WHO_NOW ? WHO_FOUND : past ? WHO_UNKNOWN : WHO_NOWHERE);
		}
}

/* ---- what is typed ------------------------------------------------------------------- */

static void test_typed(void **state)
{
	static const struct {
		const char *asked, *hit, *near;
	} typed[] = {
		{ "chalk", "chalk@5.6.1 chalk@1.0.0-x chalk@whatever", "" },
		{ "chalk@5.6.1", "chalk@5.6.1 chalk@v5.6.1 chalk@5.6.1+build", "chalk@5.6.2 chalk@5.6.1-rc.1" },
		{ "@a/b@^1.0.0", "@a/b@1.2.0 @a/b@1.2.0-rc.1", "@a/b@2.0.0" },
		{ "debug@>=4.4.2 <4.4.4 || 1.0.0", "debug@4.4.3 debug@1.0.0", "debug@4.4.4" },
		{ "pkg:npm/%40a/b@1.0.0", "@a/b@1.0.0", "@a/b@1.0.1" },
		{ "pkg:npm/b", "b@1.0.0", "" },
	};
	static const char *const wrong[] = { "", "@", "a@", "a@latest", "../a", "pkg:pypi/a@1", "pkg:npm/", "a b" };
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err;
	for (size_t i = 0; i < sizeof typed / sizeof *typed; i++) {
		struct who_question *question = who_question_new(arena);
		const struct list_case at = { .title = typed[i].asked };
		assert_int_equal(who_ask(question, str_of(typed[i].asked), &err), STATUS_OK);
		expect(&at, question, typed[i].hit, WHO_HIT);
		expect(&at, question, typed[i].near, WHO_NEAR);
		assert_int_equal(who_match(question, STR("other"), STR("1.0.0"), STR_NONE, NULL), WHO_OTHER);
	}
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		if (who_ask(who_question_new(arena), str_of(wrong[i]), &err) != STATUS_USAGE)
			fail_msg("\"%s\" is taken", wrong[i]);
}

static void test_admits(void **state)
{
	static const struct {
		const char *asked, *name, *spec;
		bool admits;
	} table[] = {
		{ "axios@1.14.1", "axios", "^1.13.0", true },
		{ "axios@1.14.1", "axios", "1.14.0", false },
		{ "axios@1.14.1", "axios", "latest", true },
		{ "axios@1.14.1", "axios", "*", true },
		{ "axios@1.14.1", "axios", "", true },
		{ "axios@1.14.1", "other", "^1.0.0", false },
		{ "axios@1.14.1", "http", "npm:axios@~1.14.0", true },
		{ "axios@1.14.1", "axios", "npm:other@1", false },
		{ "axios@1.14.1", "axios", "git+ssh://x/y", false },
		{ "axios@1.14.1", "axios", "file:../axios", false },
		{ "axios@>=1.14.0 <1.14.2", "axios", "^1.0.0", true },
		{ "axios@>=1.14.0 <1.14.2", "axios", "<=1.13.9", false },
		{ "axios@>1.14.0 <1.14.2", "axios", "1.14.x", true },
		{ "axios@<1.0.0", "axios", ">=0.30.0", true },
		{ "axios@2.x", "axios", "^1.0.0 || ^3.0.0", false },
		{ "axios", "axios", "^9.0.0", true },
	};
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err;
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		struct who_question *question = who_question_new(arena);
		struct str name, asked;
		assert_int_equal(who_ask(question, str_of(table[i].asked), &err), STATUS_OK);
		if (who_admits(question, str_of(table[i].name), str_of(table[i].spec), &name, &asked) != table[i].admits)
			fail_msg("%s: %s \"%s\"", table[i].asked, table[i].name, table[i].spec);
	}
}

static void test_ids(void **state)
{
	static const char *const yes[] = { "GHSA-jf85-cpcp-j695", "ghsa-aaaa-bbbb-cccc", "CVE-2021-44228",
					   "MAL-2025-20690",      "mal-2025-1",          "ACME-2026-1" };
	static const char *const no[] = { "chalk", "cve-search", "mal-formed", "@a/B-1", "A-1", "JSONStream", "GHSA-", "" };
	(void)state;
	for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
		if (!who_is_advisory_id(str_of(yes[i])))
			fail_msg("%s is one", yes[i]);
	for (size_t i = 0; i < sizeof no / sizeof *no; i++)
		if (who_is_advisory_id(str_of(no[i])))
			fail_msg("%s is none", no[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lists),  cmocka_unit_test(test_refused), cmocka_unit_test(test_joined_lines),
		cmocka_unit_test(test_limits), cmocka_unit_test(test_targets), cmocka_unit_test(test_entries),
		cmocka_unit_test(test_typed),  cmocka_unit_test(test_admits),  cmocka_unit_test(test_ids),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
