/* An organisation's policy as a floor: fixtures/policies/floors.txt, and what options cannot do. */
#include <stdlib.h>
#include <unistd.h>

#include "policy/helpers.h"
#include "policy/model.h"

static const char *state_name(enum waiver_state state)
{
	static const char *const names[] = { "", "active", "expired", "refused" };
	return names[state];
}

static bool is_told(const struct finding *finding)
{
	return strcmp(finding->rule->id, "policy-loosened") == 0 || strcmp(finding->rule->id, "waiver") == 0;
}

static const struct finding *asked_about(const struct scan *scan, struct str rule)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		if (str_equal_z(rule, scan->findings.v[i].rule->id))
			return &scan->findings.v[i];
	return NULL;
}

static void describe(const struct scan *scan, const struct finding *finding, struct buf *out)
{
	buf_printf(out, "%s %.*s", rule_level_name(finding->level), STR_ARG(finding->decided_by));
	if (finding->waiver_state != WAIVER_NONE)
		buf_printf(out, " | %s %.*s", state_name(finding->waiver_state), STR_ARG(finding->waiver));
	for (size_t i = 0; i < scan->findings.n; i++)
		if (is_told(&scan->findings.v[i]))
			buf_printf(out, " < %.*s", STR_ARG(scan->findings.v[i].message));
}

static void check_line(struct arena *arena, const struct policy *policy, struct str name, struct str line)
{
	struct scan scan;
	size_t arrow = str_find_str(line, STR(" -> "));
	struct str expected = str_from(line, arrow + 4);
	CLEANUP(buf_fini) struct buf actual = BUF_INIT(4096);
	scan_of_line(&scan, arena, str_head(line, arrow));
	assert_int_equal(policy_prepare(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	describe(&scan, must(asked_about(&scan, str_head(line, str_find(line, ' ')))), &actual);
	if (!str_equal(buf_str(&actual), expected))
		fail_msg("%.*s\n  %.*s\n  but was: %.*s", STR_ARG(name), STR_ARG(line), STR_ARG(buf_str(&actual)));
}

/* Both in one folder, the organisation's named as the user would. */
static struct policy *load_pair(struct arena *arena, struct str org, struct str project)
{
	struct policy *policy = NULL;
	struct error err;
	put_policy(arena, "org.json", org);
	assert_int_equal(chdir(getenv("TEST_TMP")), 0);
	unlink("assay.policy.json");
	if (str_trim(project).n)
		put_policy(arena, "assay.policy.json", project);
	if (policy_load(&(struct policy_options){ .folder = ".", .org = "org.json" }, arena, &policy, &err))
		fail_msg("%s", err.text);
	return policy;
}

static void test_floors(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = read_fixture(arena, "fixtures/policies/floors.txt");
	struct policy_case one;
	size_t lines = 0;
	while (next_case(&rest, &one)) {
		size_t at = str_find_str(one.policy, STR("\n+++\n"));
		assert_true(at < one.policy.n);
		struct policy *policy = load_pair(arena, str_head(one.policy, at), str_from(one.policy, at + 5));
		assert_string_equal(policy_org(policy), "org.json");
		struct str line;
		for (; str_split(&one.expected, '\n', &line); lines++)
			check_line(arena, policy, one.name, line);
	}
	assert_true(lines > 15);
}

static void test_options_stop_at_the_floor(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_pair(arena, STR("{\"locked\": [\"malware\", \"vulnerability\"]}"), STR("{}"));
	assert_int_equal(policy_set_level(policy, LEVEL_OFF, STR("malware"), "-A malware", NULL), STATUS_OK);
	assert_int_equal(policy_set_level(policy, LEVEL_OFF, STR("deprecated"), "-A deprecated", NULL), STATUS_OK);
	assert_int_equal(policy_fail_on(policy, STR("critical"), NULL), STATUS_OK);
	assert_int_equal(policy_omit(policy, STR("dev"), NULL), STATUS_OK);
	check_line(arena, policy, STR("-A"),
		   STR("malware -> error default.rules.malware < -A malware would loosen what "
		       "org.json has locked, and does not count"));
	check_line(arena, policy, STR("-A"), STR("deprecated -> off -A deprecated"));
	check_line(arena, policy, STR("--fail-on"),
		   STR("vulnerability severity=high fix=bump -> error default.rules.vulnerability[2] < --fail-on critical "
		       "would loosen what org.json has locked, and does not count"));
	struct scan scan;
	scan_of_line(&scan, arena, STR("malware"));
	assert_int_equal(policy_prepare(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.plans[rule_number(rule_by("malware"))].omit, 0);
	assert_int_equal(scan.plans[rule_number(rule_by("exotic-source"))].omit, OMIT_DEV);
	assert_true(scan.plans[rule_number(rule_by("deprecated"))].off);
	assert_false(scan.plans[rule_number(rule_by("malware"))].off);
}

static void test_ages_are_the_shorter_ones(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct policy_settings *settings = policy_settings(
		load_pair(arena, STR("{\"database\": {\"max_age\": \"3d\"}}"), STR("{\"database\": {\"max_age\": \"30d\"}}")));
	assert_int_equal(settings->database_max_age, 3 * 86400);
	/* What it merely inherits is no floor. */
	settings = policy_settings(load_pair(arena, STR("{}"), STR("{\"database\": {\"max_age\": \"30d\"}}")));
	assert_int_equal(settings->database_max_age, 30 * 86400);
}

static void test_lists_add_up(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_pair(arena,
					  STR("{\"ban\": [{\"package\": \"a\", \"reason\": \"org\"}], \"mirrors\": [\"https://m.example\"],"
					      "\"hosts\": [\"cdn.example\"], \"locked\": [\"untrusted-registry\"]}"),
					  STR("{\"ban\": [{\"package\": \"a\", \"except_through\": [\"*\"]}, {\"package\": \"b\"}],"
					      "\"mirrors\": [\"https://other.example\"], \"hosts\": [\"other.example\"]}"));
	const struct policy_settings *settings = policy_settings(policy);
	const struct package a = { .name = STR("a") };
	size_t which = 9;
	assert_int_equal(package_patterns_count(policy->declared.banned), 3);
	assert_true(package_patterns_find(policy->declared.banned, &a, &which));
	assert_int_equal(which, 0); /* the organisation's: the project's exception does not count */
	assert_int_equal(settings->mirror_count, 1);
	assert_int_equal(settings->host_count, 2);
	assert_true(str_equal_z(settings->hosts[0], "https://cdn.example/"));
}

/* Which rules need not be run. */
static void test_may_report(void **state)
{
	static const struct {
		const char *clauses;
		bool may;
	} cases[] = {
		{ "\"off\"", false },
		{ "\"info\"", true },
		{ "[{\"when\": {\"scope\": \"prod\"}, \"level\": \"off\"}]", true },
		{ "[{\"when\": {\"scope\": \"prod\"}, \"level\": \"off\"}, {\"level\": \"off\"}]", false },
		{ "[{\"level\": \"off\"}, {\"level\": \"error\"}]", false },
		{ "[{\"level\": \"error\", \"from\": \"2027-01-01\", \"before\": \"off\"}]", true },
		{ "[{\"level\": \"off\", \"from\": \"2027-01-01\"}]", true },
		{ "[{\"level\": \"off\", \"from\": \"2027-01-01\", \"before\": \"off\"}]", false },
		{ "{\"replace\": true, \"clauses\": []}", true },
	};
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct policy *policy = load_text(arena, arena_printf(arena, "{\"rules\": {\"deprecated\": %s}}", cases[i].clauses));
		if (policy_may_report(policy, rule_by("deprecated")) != cases[i].may)
			fail_msg("%s", cases[i].clauses);
	}
	struct policy *policy = load_text(arena, STR("{\"rules\": {\"deprecated\": \"off\"}, \"require\": [\"deprecated\"]}"));
	assert_true(policy_may_report(policy, rule_by("deprecated")));
	policy = load_text(arena, STR("{\"rules\": {\"deprecated\": \"off\"}}"));
	assert_int_equal(policy_set_level(policy, LEVEL_WARN, STR("deprecated"), "-W deprecated", NULL), STATUS_OK);
	assert_true(policy_may_report(policy, rule_by("deprecated")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_floors),
		cmocka_unit_test(test_options_stop_at_the_floor),
		cmocka_unit_test(test_ages_are_the_shorter_ones),
		cmocka_unit_test(test_lists_add_up),
		cmocka_unit_test(test_may_report),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
