/* Requirements, sums and verdicts, the command line's clauses, unused waivers, the effective policy as text. */
#include "policy/helpers.h"

static const struct finding *find_by(const struct scan *scan, const char *id)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		if (str_equal_z(scan->findings.v[i].id, id))
			return &scan->findings.v[i];
	return NULL;
}

static void new_scan(struct scan *scan, struct arena *arena)
{
	struct tree *tree = new_tree(arena);
	add_path(tree, arena, STR("lodash@4.17.15"));
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	*scan = (struct scan){ .arena = arena, .tree = tree };
}

static void test_required_rules_must_be_evaluated(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_text(arena, STR("{\"require\": [\"malware\", \"integrity-mismatch\"],"
						     "\"rules\": {\"not-evaluated\": \"off\"}}"));
	struct summary summary = { .error = 0 };
	struct scan scan;
	bool complete;
	new_scan(&scan, arena);
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 2);
	const struct finding *gap = must(find_by(&scan, "not-evaluated/integrity-mismatch"));
	assert_int_equal(gap->level, LEVEL_ERROR);
	assert_true(str_equal_z(gap->decided_by, "assay.policy.json require[1]"));
	assert_true(str_ends_with(gap->message, STR("--verify")));
	assert_true(gap->fingerprint.n > 0);
	assert_non_null(find_by(&scan, "not-evaluated/malware"));
	policy_sum(&scan, &summary);
	assert_int_equal(summary.unchecked, 2);
	assert_int_equal(policy_verdict(&summary, &complete), VERDICT_INCOMPLETE);
	assert_false(complete);
}

static void test_coverage_tells_what_was_passed_over(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_text(arena, STR("{}"));
	struct scan scan;
	new_scan(&scan, arena);
	struct coverage *malware = check_cover(&scan, rule_by("malware"));
	check_skip(malware, "own-code", NULL);
	check_skip(malware, "link", NULL);
	struct coverage *vulnerability = check_cover(&scan, rule_by("vulnerability"));
	check_skip(vulnerability, "link", NULL);
	check_skip(vulnerability, "no-database", "assay db update");
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 1);
	const struct finding *gap = must(find_by(&scan, "not-evaluated/vulnerability"));
	assert_true(str_find_str(gap->message, STR("1 packages (no-database): assay db update")) < gap->message.n);
	/* A gap that says the same for the whole project is enough. */
	new_scan(&scan, arena);
	assert_non_null(check_add(&scan, rule_by("database-missing"), TREE_NONE));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 1);
	/* One package's gap is not. */
	new_scan(&scan, arena);
	assert_non_null(check_add(&scan, rule_by("version-invalid"), 1));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 3);
	/* They can be waived like others. */
	policy = load_text(arena, STR("{\"waivers\": [{\"rule\": \"not-evaluated\", \"reason\": \"demo\"}]}"));
	new_scan(&scan, arena);
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 2);
	assert_int_equal(scan.findings.v[0].waiver_state, WAIVER_ACTIVE);
}

/* A lockfile that cannot be read leaves no tree. */
static void test_without_a_tree(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_text(arena, STR("{\"waivers\": [{\"package\": \"*\", \"reason\": \"r\"},"
						     "{\"rule\": \"lockfile-invalid\", \"path\": \"**\", \"reason\": \"r\"}]}"));
	struct scan scan = { .arena = arena };
	assert_non_null(check_add(&scan, rule_by("lockfile-invalid"), TREE_NONE));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	assert_int_equal(scan.findings.n, 1);
	assert_int_equal(scan.findings.v[0].level, LEVEL_ERROR);
	assert_int_equal(scan.findings.v[0].waiver_state, WAIVER_NONE);
}

static struct summary sum_of(struct arena *arena, const struct policy *policy, const char *const *lines)
{
	struct summary summary = { .error = 0 };
	for (size_t i = 0; lines[i]; i++) {
		struct scan scan;
		scan_of_line(&scan, arena, str_of(lines[i]));
		assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
		policy_sum(&scan, &summary);
	}
	return summary;
}

static void test_sums_and_verdicts(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct policy *policy = load_text(arena, STR("{\"rules\": {\"integrity-weak\": \"off\"}, \"waivers\": [{\"id\": \"W\", \"reason\": \"r\"},"
							   "{\"id\": \"OLD\", \"reason\": \"r\", \"expires\": \"2020-01-01\"},"
							   "{\"rule\": \"database-starter\", \"reason\": \"r\"}]}"));
	const char *const all[] = { "malware",
				    "vulnerability severity=high id=OLD fix=bump",
				    "vulnerability severity=high",
				    "install-script",
				    "integrity-weak",
				    "integrity-weak id=W",
				    "malware id=W",
				    "database-starter project",
				    "database-stale project id=database-stale/warn",
				    "unreachable",
				    NULL };
	struct summary summary = sum_of(arena, policy, all);
	bool complete;
	assert_int_equal(summary.error, 2);
	assert_int_equal(summary.warn, 2); /* with the waiver that has expired */
	assert_int_equal(summary.info, 1);
	assert_int_equal(summary.waived, 2);
	assert_int_equal(summary.unchecked, 1);
	assert_int_equal(policy_verdict(&summary, &complete), VERDICT_FAIL);
	assert_false(complete);
	const char *const failing[] = { "malware", NULL }, *const gaps[] = { "unreachable", "install-script", NULL },
			  *const fine[] = { "install-script", "database-stale project id=database-stale/warn", NULL };
	summary = sum_of(arena, policy, failing);
	assert_int_equal(policy_verdict(&summary, &complete), VERDICT_FAIL);
	assert_true(complete);
	summary = sum_of(arena, policy, gaps);
	assert_int_equal(policy_verdict(&summary, &complete), VERDICT_INCOMPLETE);
	assert_false(complete);
	summary = sum_of(arena, policy, fine);
	assert_int_equal(policy_verdict(&summary, &complete), VERDICT_PASS);
	assert_true(complete);
	assert_string_equal(verdict_name(VERDICT_INCOMPLETE), "incomplete");
}

static void expect(struct arena *arena, const struct policy *policy, const char *line, enum rule_level level, const char *decided_by)
{
	struct scan scan;
	scan_of_line(&scan, arena, str_of(line));
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	if (scan.findings.v[0].level != level || !str_equal_z(scan.findings.v[0].decided_by, decided_by))
		fail_msg("%s: %s by %.*s", line, rule_level_name(scan.findings.v[0].level), STR_ARG(scan.findings.v[0].decided_by));
}

static void test_fail_on(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_text(arena, STR("{}"));
	struct error err;
	assert_int_equal(policy_fail_on(policy, STR("hihg"), &err), STATUS_USAGE);
	assert_string_equal(err.text, "unknown severity \"hihg\"; did you mean \"high\"?");
	assert_int_equal(policy_fail_on(policy, STR("none"), &err), STATUS_USAGE);
	assert_int_equal(policy_fail_on(policy, STR("unknown"), &err), STATUS_USAGE);
	assert_int_equal(policy_fail_on(policy, STR("high"), &err), STATUS_OK);
	expect(arena, policy, "vulnerability severity=high scope=dev", LEVEL_ERROR, "--fail-on high");
	expect(arena, policy, "vulnerability severity=unknown scope=dev", LEVEL_ERROR, "--fail-on high");
	expect(arena, policy, "vulnerability severity=medium", LEVEL_WARN, "default.rules.vulnerability[3]");
	expect(arena, policy, "vulnerability severity=low", LEVEL_INFO, "default.rules.vulnerability[4]");
	expect(arena, policy, "vulnerability severity=low kev", LEVEL_WARN, "--fail-on high");
	expect(arena, policy, "malware", LEVEL_ERROR, "default.rules.malware");
	expect(arena, policy, "integrity-missing", LEVEL_WARN, "default.rules.integrity-missing");
	policy = load_text(arena, STR("{}"));
	assert_int_equal(policy_fail_on(policy, STR("moderate"), &err), STATUS_OK);
	expect(arena, policy, "vulnerability severity=medium scope=dev", LEVEL_ERROR, "--fail-on medium");
	policy = load_text(arena, STR("{}"));
	assert_int_equal(policy_fail_on(policy, STR("critical"), &err), STATUS_OK);
	expect(arena, policy, "vulnerability severity=high fix=bump", LEVEL_WARN, "--fail-on critical");
}

static void test_levels_of_the_command_line(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct policy *policy = load_text(arena, STR("{\"rules\": {\"deprecated\": \"info\"}}"));
	struct error err;
	char origin[] = "-D deprecated";
	assert_int_equal(policy_set_level(policy, LEVEL_ERROR, STR("deprecatd"), "-D deprecatd", &err), STATUS_USAGE);
	assert_string_equal(err.text, "unknown rule \"deprecatd\"; did you mean \"deprecated\"?");
	assert_int_equal(policy_set_level(policy, LEVEL_ERROR, STR("xyzzy"), "-D xyzzy", &err), STATUS_USAGE);
	assert_non_null(strstr(err.hint, "malware"));
	assert_int_equal(policy_set_level(policy, LEVEL_ERROR, STR("deprecated"), origin, &err), STATUS_OK);
	memset(origin, 'x', sizeof origin - 1);
	expect(arena, policy, "deprecated", LEVEL_ERROR, "-D deprecated");
	assert_int_equal(policy_set_level(policy, LEVEL_OFF, STR("deprecated"), "-A deprecated", &err), STATUS_OK);
	expect(arena, policy, "deprecated", LEVEL_OFF, "-A deprecated");
	/* The last one given decides. */
	assert_int_equal(policy_set_level(policy, LEVEL_WARN, STR("vulnerability"), "-W vulnerability", &err), STATUS_OK);
	assert_int_equal(policy_fail_on(policy, STR("high"), &err), STATUS_OK);
	expect(arena, policy, "vulnerability severity=high", LEVEL_ERROR, "--fail-on high");
	assert_int_equal(policy_set_level(policy, LEVEL_WARN, STR("vulnerability"), "-W vulnerability", &err), STATUS_OK);
	expect(arena, policy, "vulnerability severity=high", LEVEL_WARN, "-W vulnerability");
}

static void test_unused_waivers(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	put_policy(arena, "org.json", STR("{\"waivers\": [{\"id\": \"ORG\", \"reason\": \"r\"}]}"));
	struct policy *policy = load_text(arena, STR("{\"extends\": [\"org.json\"], \"waivers\": [\n"
						     "{\"id\": \"A\", \"reason\": \"r\"},\n"
						     "{\"id\": \"B\", \"reason\": \"r\"},\n"
						     "{\"id\": \"C\", \"rule\": \"malware\", \"package\": \"x@<2\", \"reason\": \"r\","
						     "\"expires\": \"2020-01-01\"}]}"));
	struct scan first, second;
	const struct scan *const scans[] = { &first, &second };
	struct policy_unused_waiver *unused;
	size_t count;
	scan_of_line(&first, arena, STR("vulnerability id=A"));
	scan_of_line(&second, arena, STR("vulnerability id=GHSA alias=B"));
	assert_int_equal(policy_apply(policy, &first, NULL), STATUS_OK);
	assert_int_equal(policy_apply(policy, &second, NULL), STATUS_OK);
	assert_int_equal(policy_unused_waivers(policy, scans, 2, arena, &unused, &count, NULL), STATUS_OK);
	assert_int_equal(count, 1);
	assert_int_equal(unused[0].line, 4);
	assert_true(str_equal_z(unused[0].text, "C, malware, x@<2"));
	assert_true(unused[0].expired);
	assert_non_null(strstr(unused[0].path, "assay.policy.json"));
	assert_int_equal(policy_unused_waivers(policy, scans, 1, arena, &unused, &count, NULL), STATUS_OK);
	assert_int_equal(count, 2);
	assert_false(unused[0].expired);
}

static void test_write(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct policy *policy = load_text(arena, STR("{\"rules\": {\"vulnerability\": [{\"when\": {\"kev\": true, \"scope\": [\"prod\", \"dev\"],"
						     "\"id\": \"\\u001b[2J\"}, \"level\": \"error\"}]},\n"
						     "\"waivers\": [{\"id\": \"A\", \"reason\": \"\\u202e r\", \"expires\": \"2027-01-31\"}]}"));
	assert_int_equal(policy_fail_on(policy, STR("high"), NULL), STATUS_OK);
	policy_write(policy, &out);
	static const char *const expected[] = {
		"policy assay.policy.json\n",
		"    error when severity unknown, high, critical   # --fail-on high\n"
		"    warn  at most when severity none, low, medium   # --fail-on high\n"
		"    error when kev true; scope prod, dev; id \\x1b[2J   # assay.policy.json rules.vulnerability[0]\n"
		"    error when kev true; scope prod, build, unknown   # default.rules.vulnerability[0]\n",
		"    info    # default.rules.vulnerability[4]\n    warn    # built-in\n",
		"require\n  malware   # default.require[1]\n  vulnerability   # default.require[0]\n",
		"database\n  warn_age 2 d\n  max_age 7 d\n",
		"  A until 2027-01-31: \\u{202e} r   # assay.policy.json:2\n",
	};
	buf_add_char(&out, '\0');
	assert_false(out.failed);
	for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
		if (!strstr(out.p, expected[i]))
			fail_msg("%s\nis not in\n%s", expected[i], out.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_required_rules_must_be_evaluated),
		cmocka_unit_test(test_coverage_tells_what_was_passed_over),
		cmocka_unit_test(test_without_a_tree),
		cmocka_unit_test(test_sums_and_verdicts),
		cmocka_unit_test(test_fail_on),
		cmocka_unit_test(test_levels_of_the_command_line),
		cmocka_unit_test(test_unused_waivers),
		cmocka_unit_test(test_write),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
