/* Policies that must be refused, and with which words: fixtures/policies/bad.txt. What is hostile is made here. */
#include "policy/helpers.h"

static void test_each_bad_policy_is_refused(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = read_fixture(arena, "fixtures/policies/bad.txt");
	struct policy_case bad;
	size_t cases = 0;
	for (; next_case(&rest, &bad); cases++) {
		struct policy *policy;
		struct error err;
		struct str line;
		put_policy(arena, "assay.policy.json", bad.policy);
		enum status status = load_here(arena, &policy, &err);
		if (status != STATUS_USAGE || err.status != STATUS_USAGE)
			fail_msg("%.*s: status %d", STR_ARG(bad.name), status);
		struct str text = str_of(err.text);
		if (!strstr(err.text, "assay.policy.json: ") && !strstr(err.text, "not a regular file"))
			fail_msg("%.*s: no file in: %s", STR_ARG(bad.name), err.text);
		while (str_split(&bad.expected, '\n', &line))
			if (str_find_str(text, line) == text.n)
				fail_msg("%.*s: \"%.*s\" is not in: %s", STR_ARG(bad.name), STR_ARG(line), err.text);
		assert_int_equal(load_here(arena, &policy, NULL), STATUS_USAGE);
	}
	assert_true(cases > 60);
}

static void expect(struct arena *arena, struct str text, const char *expected)
{
	struct policy *policy;
	struct error err;
	put_policy(arena, "assay.policy.json", text);
	assert_int_equal(load_here(arena, &policy, &err), STATUS_USAGE);
	if (!strstr(err.text, expected))
		fail_msg("\"%s\" is not in: %s", expected, err.text);
}

static void test_size_and_depth_have_limits(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy;
	struct error err;
	put_policy(arena, "assay.policy.json", repeated(arena, "{}", " ", LIMIT_POLICY_BYTES - 2, ""));
	assert_int_equal(load_here(arena, &policy, &err), STATUS_OK);
	expect(arena, repeated(arena, "{}", " ", LIMIT_POLICY_BYTES - 1, ""), "more than the limit");
	expect(arena, repeated(arena, "{\"waivers\":", "[", 5000, ""), "nested deeper than");
	struct str closing = repeated(arena, "", "]", 500, "}");
	expect(arena, repeated(arena, "{\"waivers\":", "[", 500, closing.p), "found an array");
	expect(arena, repeated(arena, "{\"", "x", 100000, "\":1}"), "unknown key \"xxxxx");
	expect(arena, repeated(arena, "{\"rules\":{\"malware\":\"", "\\u001b", 1000, "\"}}"), "unknown level \"\\x1b");
}

/* `count` patterns with a star in one list, by whatever key that list goes. */
static struct str starred(struct arena *arena, const char *head, const char *before, int count, const char *after, const char *tail)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
	buf_add_z(&text, head);
	for (int i = 0; i < count; i++)
		buf_printf(&text, "%s\"p%d-*\"%s,", before, i, after);
	buf_add_z(&text, tail);
	return arena_copy(arena, buf_str(&text));
}

static void test_starred_patterns_have_a_limit(void **state)
{
	static const struct {
		const char *head, *before, *after, *tail, *name;
	} lists[] = {
		{ "{\"private\":[", "", "", "]}", "private" },
		{ "{\"build_only\":[", "", "", "]}", "build_only" },
		{ "{\"install_scripts\":{\"allow\":[", "", "", "]}}", "install_scripts" },
		{ "{\"ban\":[", "{\"package\":", "}", "]}", "ban" },
		{ "{\"ban\":[{\"package\":\"x\",\"except_through\":[", "", "", "]}]}", "ban" },
		{ "{\"licenses\":{", "", ":\"MIT\"", "}}", "licenses" },
	};
	(void)state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		assert_non_null(load_text(arena, starred(arena, lists[i].head, lists[i].before, LIMIT_STARRED_PATTERNS, lists[i].after, lists[i].tail)));
		struct str past = starred(arena, lists[i].head, lists[i].before, LIMIT_STARRED_PATTERNS + 1, lists[i].after, lists[i].tail);
		expect(arena, past, lists[i].name);
		expect(arena, past, "more than 1000 patterns with a star");
	}
	/* What is extended counts with it: the lists add up. */
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "more.json", starred(arena, "{\"private\":[", "", LIMIT_STARRED_PATTERNS, "", "]}"));
	expect(arena, STR("{\"extends\":[\"./more.json\"],\"private\":[\"q*\"]}"), "more than 1000 patterns with a star");
}

static void test_huge_lists_are_read(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_POLICY_BYTES);
	buf_add_z(&text, "{\"waivers\":[");
	for (int i = 0; i < 100000; i++)
		buf_printf(&text, "{\"id\":\"CVE-%d\",\"reason\":\"r\"},", i);
	buf_add_z(&text, "]}");
	struct policy *policy = load_text(arena, buf_str(&text));
	struct policy_unused_waiver *unused;
	struct scan scan;
	const struct scan *scans[] = { &scan };
	size_t count;
	scan_of_line(&scan, arena, STR("vulnerability id=GHSA-1"));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(policy_unused_waivers(policy, scans, 1, arena, &unused, &count, NULL), STATUS_OK);
	assert_int_equal(count, 100000);
}

/* Were the matcher to try every way in which the stars can share the text, this would not end. */
static void test_stars_do_not_explode(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *clause = "{\"rules\":{\"vulnerability\":[{\"when\":{\"id\":\"";
	const char *others = "*b\"},\"level\":\"off\"},{\"level\":\"error\"}]}}";
	struct policy *policy = load_text(arena, repeated(arena, clause, "*a", 500, others));
	struct scan scan;
	scan_of_line(&scan, arena, STR("vulnerability severity=low"));
	scan.findings.v[0].id = repeated(arena, "", "a", 2000, "");
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.v[0].level, LEVEL_ERROR);
	const char *waiver = "{\"waivers\":[{\"id\":\"X\",\"reason\":\"r\",\"path\":\"";
	policy = load_text(arena, repeated(arena, waiver, "** > a > ", 60, "b\"}]}"));
	scan_of_line(&scan, arena, repeated(arena, "vulnerability id=X path=", "a>", 300, "a"));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.v[0].waiver_state, WAIVER_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_bad_policy_is_refused),    cmocka_unit_test(test_size_and_depth_have_limits),
		cmocka_unit_test(test_starred_patterns_have_a_limit), cmocka_unit_test(test_huge_lists_are_read),
		cmocka_unit_test(test_stars_do_not_explode),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
