/* What every finding has: a fingerprint that stays, an order; and the table of rules itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "check/script.h"

static void run_text(struct script *script, const char *path, const char *lines)
{
	struct str rest = str_of(lines), line;
	script_init(script);
	script->scan.path = path;
	while (str_split(&rest, '\n', &line))
		if (line.n)
			run_line(script, line);
	script_prepare(script);
	assert_int_equal(check_run(&script->scan, NULL), STATUS_OK);
}

static const struct finding *find_rule(const struct script *script, const char *rule)
{
	for (size_t i = 0; i < script->scan.findings.n; i++)
		if (strcmp(script->scan.findings.v[i].rule->id, rule) == 0)
			return &script->scan.findings.v[i];
	fail_msg("no finding of %s", rule);
	return NULL;
}

static bool same_fingerprint(const char *rule, const char *a_path, const char *a_lines, const char *b_path, const char *b_lines)
{
	struct script a, b;
	run_text(&a, a_path, a_lines);
	run_text(&b, b_path, b_lines);
	bool same = str_equal(find_rule(&a, rule)->fingerprint, find_rule(&b, rule)->fingerprint);
	script_fini(&a);
	script_fini(&b);
	return same;
}

static void test_fingerprints(void **state)
{
	(void)state;
	static const char missing[] = "package node_modules/a a 1.0.0 registry";
	/* Not of lines, copies or neighbours. */
	assert_true(same_fingerprint("integrity-missing", NULL, missing, "package-lock.json",
				     "package node_modules/0 0 1.0.0 registry integrity=@SHA512@\n"
				     "package node_modules/a a 1.0.0 registry\npackage node_modules/0/node_modules/a a 1.0.0 registry"));
	/* Of path, name, version, rule and what the problem is about. */
	assert_false(same_fingerprint("integrity-missing", NULL, missing, "web/package-lock.json", missing));
	assert_false(same_fingerprint("integrity-missing", NULL, missing, NULL, "package node_modules/a a 1.0.1 registry"));
	assert_false(same_fingerprint("integrity-missing", NULL, missing, NULL, "package node_modules/a b 1.0.0 registry"));
	assert_false(same_fingerprint("untrusted-registry", NULL, "package node_modules/a a 1.0.0 registry resolved=https://x.example/a/-/a-1.0.0.tgz",
				      NULL, "package node_modules/a a 1.0.0 registry resolved=https://y.example/a/-/a-1.0.0.tgz"));
	/* The parts do not run into each other. */
	assert_false(same_fingerprint("integrity-missing", NULL, "package node_modules/a a1 1.0.0 registry", NULL, "package node_modules/a a 11.0.0 registry"));
}

static void test_a_group_keeps_its_fingerprint(void **state)
{
	(void)state;
	static const char before[] = "package node_modules/a a 1.0.0 registry integrity=@SHA512@\n"
				     "advisory OTHER-2020-1 a 0..2.0.0 aliases=CVE-2020-1 published=2020-01-01";
	/* A record published later that joins the group, and is shown in its place, changes nothing. */
	static const char after[] = "package node_modules/a a 1.0.0 registry integrity=@SHA512@\n"
				    "advisory OTHER-2020-1 a 0..2.0.0 aliases=CVE-2020-1 published=2020-01-01\n"
				    "advisory GHSA-aaaa-aaaa-aaaa a 0..3.0.0 aliases=CVE-2020-1 published=2021-01-01";
	assert_true(same_fingerprint("vulnerability", NULL, before, NULL, after));
}

static void test_instances_rise(void **state)
{
	(void)state;
	struct script script;
	CLEANUP(buf_fini) struct buf lines = BUF_INIT(1 << 20);
	for (int i = 0; i < 1000; i++)
		buf_printf(&lines, "package node_modules/p%d/node_modules/a a 1.0.0 registry\n", i);
	buf_add_char(&lines, '\0');
	run_text(&script, NULL, lines.p);
	const struct finding *finding = find_rule(&script, "integrity-missing");
	assert_int_equal(finding->instance_count, 1000);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(finding->instances[i], i + 1);
	assert_int_equal(finding->line, script.tree->packages[1].line);
	script_fini(&script);
}

static void test_coverage_loses_no_count(void **state)
{
	(void)state;
	static const char *const why[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t" };
	struct coverage coverage = { .evaluated = 0 };
	size_t sum = 0;
	for (size_t i = 0; i < 40; i++)
		check_skip(&coverage, why[i % 20], NULL);
	for (size_t i = 0; i < coverage.skipped_count; i++)
		sum += coverage.skipped[i].count;
	assert_int_equal(coverage.skipped_count, sizeof coverage.skipped / sizeof *coverage.skipped);
	assert_int_equal(sum, 40);
}

static void test_table(void **state)
{
	(void)state;
	const char *root = getenv("ASSAY_ROOT");
	struct arena *arena = arena_new(0);
	for (size_t i = 0; check_rules[i]; i++) {
		const struct rule *rule = check_rules[i];
		assert_ptr_equal(check_rule_by_id(str_of(rule->id)), rule);
		const char *page = path_join(arena, root ? root : ".", rule->doc);
		struct str text;
		assert_int_equal(file_read(page, 1 << 20, arena, &text, NULL), STATUS_OK);
		assert_true(str_starts_with(text, arena_printf(arena, "# %s\n", rule->id)));
	}
	assert_null(check_rule_by_id(STR("vulnerabilit")));
	assert_null(check_rule_by_id(STR("")));
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fingerprints),   cmocka_unit_test(test_a_group_keeps_its_fingerprint),
		cmocka_unit_test(test_instances_rise), cmocka_unit_test(test_coverage_loses_no_count),
		cmocka_unit_test(test_table),
	};
	return cmocka_run_group_tests_name("run", tests, NULL, NULL);
}
