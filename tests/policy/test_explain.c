/* Why a clause did not hold: every condition has words for what is so. */
#include "policy/helpers.h"

#include "policy/model.h"

/* One clause for each condition, none of which holds for lodash@4.17.15 in this scan. */
static const struct {
	const char *name, *value, *because;
} facts[] = {
	{ "severity", "\"critical\"", "severity is unknown" },
	{ "score", "\">=9\"", "score is not known, and counted as the lowest of unknown" },
	{ "scope", "\"dev\"", "scope is prod" },
	{ "optional", "true", "optional is false" },
	{ "direct", "false", "direct is true" },
	{ "depth", "\">=5\"", "depth is 1" },
	{ "importer", "\"web\"", "importer is ." },
	{ "fix", "\"bump\"", "fix is \"none\"" },
	{ "id", "\"CVE-*\"", "id is deprecated" },
	{ "package", "\"axios\"", "package is lodash@4.17.15" },
	{ "license", "\"MIT\"", "license is not known" },
	{ "license_within", "\"MIT\"", "license_within is not known" },
	{ "source", "\"git\"", "source is registry" },
	{ "advisory_age", "\"<7d\"", "advisory_age is not known" },
	{ "release_age", "\"<7d\"", "release_age is not known" },
	{ "kev", "true", "kev is false" },
	{ "epss", "\">=0.1\"", "epss is not known" },
	{ "change", "\"added\"", "change is not known: nothing is compared" },
};
enum { FACTS = sizeof facts / sizeof *facts };

static void test_each_condition(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * KIB);
	buf_add_z(&text, "{\"rules\": {\"deprecated\": [");
	for (size_t i = 0; i < FACTS; i++)
		buf_printf(&text, "{\"when\": {\"%s\": %s}, \"level\": \"info\"},", facts[i].name, facts[i].value);
	buf_add_z(&text, "{\"level\": \"off\"}]}}");
	struct policy *policy = load_text(arena, buf_str(&text));
	struct tree *tree = new_tree(arena);
	add_path(tree, arena, STR("lodash@4.17.15"));
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	struct scan scan = { .arena = arena, .tree = tree };
	struct finding *finding = must(check_add(&scan, rule_by("deprecated"), 1));
	finding->severity = SEVERITY_UNKNOWN;
	assert_int_equal(policy_apply(policy, &scan, NULL), STATUS_OK);
	struct policy_step *steps;
	size_t count;
	const struct finding *judged = &scan.findings.v[0];
	assert_int_equal(policy_explain(policy, &scan, judged, arena, &steps, &count, NULL), STATUS_OK);
	assert_int_equal(count, FACTS + 1);
	for (size_t i = 0; i < FACTS; i++) {
		if (!str_equal_z(steps[i].because, facts[i].because))
			fail_msg("%s: %.*s", facts[i].name, STR_ARG(steps[i].because));
		assert_false(steps[i].decided);
	}
	assert_true(steps[FACTS].decided);
	assert_null(steps[FACTS].because.p);
}

static void test_no_condition_is_left_out(void **state)
{
	(void)state;
	for (size_t i = 0; condition_types[i].name; i++) {
		bool known = false;
		for (size_t k = 0; k < FACTS; k++)
			known |= strcmp(facts[k].name, condition_types[i].name) == 0;
		if (!known)
			fail_msg("explain.c has no words for %s", condition_types[i].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_condition),
		cmocka_unit_test(test_no_condition_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
