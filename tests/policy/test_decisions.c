/* What policies decide about findings: fixtures/policies/decisions.txt. */
#include "policy/helpers.h"

static const char *state_name(enum waiver_state state)
{
	static const char *const names[] = { "", "active", "expired", "refused" };
	return names[state];
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
	assert_true(scan.findings.n >= 1);
	const struct finding *finding = &scan.findings.v[0];
	buf_printf(&actual, "%s %.*s", rule_level_name(finding->level), STR_ARG(finding->decided_by));
	if (finding->waiver_state != WAIVER_NONE)
		buf_printf(&actual, " | %s %.*s", state_name(finding->waiver_state), STR_ARG(finding->waiver));
	if (!str_equal(buf_str(&actual), expected))
		fail_msg("%.*s\n  %.*s\n  but was: %.*s", STR_ARG(name), STR_ARG(line), STR_ARG(buf_str(&actual)));
}

static void test_decisions(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = read_fixture(arena, "fixtures/policies/decisions.txt");
	struct policy_case one;
	size_t lines = 0;
	while (next_case(&rest, &one)) {
		struct policy *policy = load_text(arena, one.policy);
		struct str line;
		for (; str_split(&one.expected, '\n', &line); lines++)
			check_line(arena, policy, one.name, line);
	}
	assert_true(lines > 120);
}

/* The example of the user's reference is a policy that loads. */
static void test_documented_example(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str page = read_fixture(arena, "docs/policy.md");
	size_t examples = 0, at;
	while ((at = str_find_str(page, STR("```jsonc\n"))) < page.n) {
		page = str_from(page, at + 9);
		assert_non_null(load_text(arena, str_head(page, str_find_str(page, STR("```")))));
		examples++;
	}
	assert_true(examples >= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decisions),
		cmocka_unit_test(test_documented_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
