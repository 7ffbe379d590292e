/* Writing down trees: what one lockfile calls two packages is two, whatever their names are made of; a look that fails leaves nothing of itself, and all of the others. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdio.h>

#include "store.h"

struct wanted_package {
	struct str name, version, integrity;
};

static struct scan *scan_of(const struct wanted_package *packages, size_t count)
{
	struct scan *scan = arena_alloc(arena, sizeof *scan);
	struct tree *tree = tree_new(arena);
	struct package *root = tree_add_package(tree, STR(""), NULL);
	root->kind = PACKAGE_ROOT;
	for (size_t i = 0; i < count; i++) {
		struct package *package = tree_add_package(tree, arena_printf(arena, "node_modules/%zu", i), NULL);
		package->name = packages[i].name;
		package->version = packages[i].version;
		package->integrity = packages[i].integrity;
	}
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	*scan = (struct scan){ .arena = arena, .tree = tree };
	return scan;
}

static enum status record_body(int64_t project, char digest, struct scan *scan, struct str body)
{
	const struct fleet_project looked = { .id = project };
	struct look_lockfile lockfile = { .path = STR("package-lock.json"), .scan = scan, .body = body };
	const struct look look = { .project = &looked, .when = 100, .judged = STR("d"), .lockfiles = &lockfile, .lockfile_count = 1 };
	struct look_result result;
	memset(lockfile.digest, digest, sizeof lockfile.digest);
	return fleet->engine->record(fleet->state, &look, &result, NULL);
}

static enum status record(int64_t project, char digest, struct scan *scan)
{
	return record_body(project, digest, scan, STR("x"));
}

static int64_t ask(const char *sql)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row;
	assert_int_equal(store_prepare(((struct sqlite_fleet *)fleet->state)->store, sql, &query, NULL), STATUS_OK);
	assert_int_equal(query_next(query, &row, NULL), STATUS_OK);
	return row ? query_int(query, 0) : -1;
}

static void names(void **state)
{
	const struct wanted_package packages[] = {
		{ STR("ab"), STR("c"), STR("") },   { STR("a"), STR("bc"), STR("") },   { STR("a"), STR("b"), STR("c") },
		{ STR("a\0b"), STR("c"), STR("") }, { STR("a"), STR("b\0c"), STR("") }, { STR("a"), STR_NONE, STR("bc") },
		{ STR("a"), STR("b"), STR("c") }, /* there twice */
	};
	(void)state;
	assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
	for (char tree = 1; tree <= 2; tree++)
		assert_int_equal(record(tree, tree, scan_of(packages, sizeof packages / sizeof *packages)), STATUS_OK);
	assert_int_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
	assert_int_equal(ask("SELECT count(*) FROM package"), 6);
	assert_int_equal(ask("SELECT count(*) FROM member"), 12);
	assert_int_equal(ask("SELECT count(*) FROM member m LEFT JOIN package k ON k.id = m.package WHERE k.id IS NULL"), 0);
}

static void failure(void **state)
{
	const struct wanted_package first = { STR("first"), STR("1"), STR("") }, second = { STR("second"), STR("1"), STR("") };
	struct scan *bad = scan_of(&second, 1);
	(void)state;
	struct finding *finding = check_add(bad, check_rule_by_id(STR("vulnerability")), 1);
	assert_non_null(finding);
	finding->fingerprint = STR_NONE; /* which the store does not take */
	finding->level = LEVEL_ERROR;
	assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
	assert_int_equal(record(1, 11, scan_of(&first, 1)), STATUS_OK);
	assert_int_not_equal(record(2, 12, bad), STATUS_OK);
	assert_int_equal(record(3, 13, scan_of(&second, 1)), STATUS_OK); /* the id that it had is not taken for one */
	assert_int_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
	assert_int_equal(ask("SELECT count(*) FROM package WHERE name IN ('first', 'second')"), 2);
	assert_int_equal(ask("SELECT count(*) FROM presence WHERE lockfile IN (SELECT id FROM lockfile WHERE project = 3) AND gone IS NULL"), 1);
	assert_int_equal(ask("SELECT count(*) FROM member m JOIN tree t ON t.id = m.tree JOIN package k ON k.id = m.package WHERE k.name IN ('first', 'second')"),
			 2);
	assert_int_equal(ask("SELECT count(*) FROM member WHERE tree NOT IN (SELECT id FROM tree) OR package NOT IN (SELECT id FROM package)"), 0);
}

/* SQLite undoes all at a full disk: what waited for the trees that are gone goes with them, nothing is written alone, and the next scan is as ever. */
static void full_disk(void **state)
{
	const struct wanted_package fourth = { STR("fourth"), STR("1"), STR("") };
	struct store *store = ((struct sqlite_fleet *)fleet->state)->store;
	char *bytes = arena_alloc(arena, 4194304);
	struct str large = { bytes, 4194304 };
	char limit[64];
	(void)state;
	assert_non_null(bytes);
	memset(bytes, 'x', large.n);
	assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
	assert_int_equal(record(1, 31, scan_of(&fourth, 1)), STATUS_OK);
	snprintf(limit, sizeof limit, "PRAGMA max_page_count = %d", (int)ask("PRAGMA page_count") + 100);
	assert_int_equal(store_run(store, limit, NULL), STATUS_OK);
	assert_int_not_equal(record_body(2, 32, scan_of(&fourth, 1), large), STATUS_OK);
	assert_false(store_is_started(store));
	assert_int_not_equal(record(3, 33, scan_of(&fourth, 1)), STATUS_OK);
	assert_int_not_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
	assert_int_equal(ask("SELECT count(*) FROM package WHERE name = 'fourth'"), 0);
	assert_int_equal(store_run(store, "PRAGMA max_page_count = 1000000", NULL), STATUS_OK);
	assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
	assert_int_equal(record_body(2, 32, scan_of(&fourth, 1), large), STATUS_OK);
	assert_int_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
	assert_int_equal(ask("SELECT count(*) FROM member m JOIN package k ON k.id = m.package WHERE k.name = 'fourth'"), 1);
	assert_int_equal(ask("SELECT count(*) FROM member WHERE tree NOT IN (SELECT id FROM tree) OR package NOT IN (SELECT id FROM package)"), 0);
}

/* Where no lock keeps them out. */
static void others(void **state)
{
	const struct wanted_package fifth = { STR("fifth"), STR("1"), STR("") };
	const char *path = arena_printf(arena, "%s/fleet.db", getenv("TEST_TMP")).p;
	sqlite3 *other;
	(void)state;
	for (char i = 41; i <= 42; i++) {
		assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
		assert_int_equal(record(i - 40, i, scan_of(&fifth, 1)), STATUS_OK);
		assert_int_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
		if (i == 42)
			break;
		assert_int_equal(sqlite3_open(path, &other), SQLITE_OK);
		assert_int_equal(sqlite3_exec(other,
					      "DELETE FROM member WHERE package = (SELECT id FROM package WHERE name = 'fifth');"
					      "DELETE FROM package WHERE name = 'fifth'",
					      NULL, NULL, NULL),
				 SQLITE_OK);
		sqlite3_close(other);
	}
	assert_int_equal(ask("SELECT count(*) FROM member m JOIN package k ON k.id = m.package WHERE k.name = 'fifth'"), 1);
}

static void undone(void **state)
{
	const struct wanted_package third = { STR("third"), STR("1"), STR("") };
	(void)state;
	for (int again = 0; again < 2; again++) {
		assert_int_equal(fleet->engine->start(fleet->state, NULL), STATUS_OK);
		assert_int_equal(record(1, 21, scan_of(&third, 1)), STATUS_OK);
		if (!again)
			fleet->engine->undo(fleet->state);
	}
	assert_int_equal(fleet->engine->finish(fleet->state, NULL), STATUS_OK);
	assert_int_equal(ask("SELECT count(*) FROM member m JOIN package k ON k.id = m.package WHERE k.name = 'third'"), 1);
}

static int start(void **state)
{
	(void)state;
	return begin_store("INSERT INTO project(id, name, kind, location, added) VALUES(1, 'a', 'folder', '/a', 1), (2, 'b', 'folder', '/b', 1), (3, 'c', 'folder', '/c', 1)");
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(names), cmocka_unit_test(failure), cmocka_unit_test(undone), cmocka_unit_test(full_disk),
					    cmocka_unit_test(others) };
	return cmocka_run_group_tests(tests, start, end_store);
}
