/* Of one rule, as many findings of a lockfile as are kept, and one more. */
#include "fleet/look.c"

#include "tests.h"

static void as_many_findings_as_are_kept(void **state)
{
	(void)state;
	static const struct rule often = { .id = "registry-unknown" }, malware = { .id = "malware", .by_advisory = true };
	for (size_t more = 0; more < 3; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct scan scan = { .arena = arena };
		struct error err;
		for (size_t i = 0; i < 2 * LIMIT_FLEET_FINDINGS + 2 * more; i++) {
			struct finding *finding = vec_add(arena, &scan.findings);
			*finding = (struct finding){ .rule = i < LIMIT_FLEET_FINDINGS + more ? &often : &malware, .level = LEVEL_WARN, .message = STR("m") };
		}
		assert_int_equal(fold_findings(&scan, &err), STATUS_OK);
		assert_int_equal(scan.findings.n, 2 * LIMIT_FLEET_FINDINGS + more);
		struct str last = scan.findings.v[LIMIT_FLEET_FINDINGS - 1].message;
		assert_str(last, more ? arena_printf(arena, "m; and %zu more packages of this lockfile", more).p : "m");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_findings_as_are_kept) };
	return _cmocka_run_group_tests("fleet/look", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
