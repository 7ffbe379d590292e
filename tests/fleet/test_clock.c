/* Dates in a store never go back, whatever the clock does. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "fleet/sqlite.h"

static const struct {
	int64_t clock, then;
} facts[] = { { 500, 1001 }, { 1000, 1001 }, { 1001, 1001 }, { 2000, 2000 }, { -5, 1001 } };

static void never_back(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	int64_t now;
	(void)state;
	assert_int_equal(fleet_open_to_write(arena_printf(arena, "%s/fleet.db", getenv("TEST_TMP")).p, &fleet, NULL), STATUS_OK);
	assert_int_equal(fleet_now(fleet, 7, &now, NULL), STATUS_OK);
	assert_int_equal(now, 7);
	struct store *store = ((struct sqlite_fleet *)fleet->state)->store;
	assert_int_equal(store_run(store, "INSERT INTO project(name, kind, location, added, looked) VALUES('a', 'folder', '/a', 10, 1000), ('b', 'folder', '/b', 20, NULL)",
				   NULL),
			 STATUS_OK);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		assert_int_equal(fleet_now(fleet, facts[i].clock, &now, NULL), STATUS_OK);
		assert_int_equal(now, facts[i].then);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(never_back) };
	return cmocka_run_group_tests(tests, NULL, NULL);
}
