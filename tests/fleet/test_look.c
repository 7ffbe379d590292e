/* Of one rule, as many findings of a lockfile as are kept, and one more. */
#include "fleet/look.c"

#include <stdlib.h>

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
		size_t folded;
		assert_int_equal(look_fold(&scan, &folded, &err), STATUS_OK);
		assert_int_equal(folded, more);
		assert_int_equal(scan.findings.n - folded, 2 * LIMIT_FLEET_FINDINGS + more);
		for (size_t i = 0; i < folded; i++)
			assert_ptr_equal(scan.findings.v[scan.findings.n - 1 - i].rule, &often);
		struct str last = scan.findings.v[LIMIT_FLEET_FINDINGS - 1].message;
		assert_str(last, more ? arena_printf(arena, "m; and %zu more packages of this lockfile", more).p : "m");
	}
}

/* One that is another by the time that it was read, though it may soon be the first one again: the digest would be of what nobody read. */
static void a_change_is_noticed(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err;
	struct lockfile_list list = { 0 };
	struct content_read before;
	struct look look = { 0 };
	struct looker looker = { .arena = arena };
	struct looking looking = { .looker = &looker, .look = &look, .folder = getenv("TEST_TMP") };
	const char *path = path_join(arena, looking.folder, "package-lock.json");
	assert_int_equal(file_write(path, STR("{\"lockfileVersion\":3,\"packages\":{\"\":{}}}"), NULL), STATUS_OK);
	assert_int_equal(lockfile_find(looking.folder, NULL, arena, &list, &err), STATUS_OK);
	assert_int_equal(content_read(looking.folder, &looker.scan, &list, arena, &before, &err), STATUS_OK);
	assert_non_null(before.digest.p);
	assert_int_equal(notice_changes(&looking, &list, before.digest, &err), STATUS_OK);
	assert_null(look.problem.p);
	assert_int_equal(file_write(path, STR("{\"lockfileVersion\":3,\"packages\":{\"\":{ }}}"), NULL), STATUS_OK);
	assert_int_equal(notice_changes(&looking, &list, before.digest, &err), STATUS_OK);
	assert_str(look.problem, "its files changed while they were read: the next scan reads them again");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_many_findings_as_are_kept), cmocka_unit_test(a_change_is_noticed) };
	return _cmocka_run_group_tests("fleet/look", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
