/* A store of an older version: brought up by whoever may write it, told to who may not, repaired as what it is. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#include "fleet/sqlite.h"

static struct arena *arena;

static const char *path(const char *ending)
{
	return arena_printf(arena, "%s/fleet.db%s", getenv("TEST_TMP"), ending).p;
}

static void make_old_with(const char *rows)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".damaged" };
	struct store_kind first = fleet_store_kind;
	CLEANUP(store_cleanup) struct store *store = NULL;
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		unlink(path(endings[i]));
	first.version = 1;
	assert_int_equal(store_open_to_write(path(""), &first, &store, NULL), STATUS_OK);
	assert_int_equal(store_run(store, rows, NULL), STATUS_OK);
}

/* As the first release made it, with an error that stands. */
static void make_old(void)
{
	static const char rows[] = "INSERT INTO project(id, name, kind, location, added, looked) VALUES(1, 'a', 'folder', '/a', 10, 20);"
				   "INSERT INTO lockfile(id, project, path) VALUES(1, 1, 'package-lock.json');"
				   "INSERT INTO finding VALUES(1, 1, 'f', 'vulnerability', 'GHSA-1', '', 't', 'high', 75, 'error', 0, 0, 'n', '1', 'prod', 1, 1, '', '', '',"
				   " 20, NULL, NULL)";
	make_old_with(rows);
}

static bool count_one(void *context, const struct fleet_finding *finding)
{
	assert_true(str_equal_z(finding->problem, "GHSA-1"));
	++*(size_t *)context;
	return true;
}

/* By all three ways of looking for them, of which two have an index of the last version. */
static void check_read(void)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	static const struct {
		int64_t since;
		bool gone;
		size_t count;
	} facts[] = { { DATE_NONE, false, 1 }, { 20, false, 1 }, { 21, false, 0 }, { 1, true, 0 }, { DATE_NONE, true, 0 } };
	assert_int_equal(fleet_open(path(""), &fleet, NULL), STATUS_OK);
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		const struct fleet_finding_filter filter = { .at = DATE_NONE, .since = facts[i].since, .gone = facts[i].gone };
		size_t count = 0;
		assert_int_equal(fleet_each_finding(fleet, &filter, count_one, &count, NULL), STATUS_OK);
		assert_int_equal(count, facts[i].count);
	}
	struct fleet_message message;
	fleet_close(fleet);
	/* What stood there before there was news is none. */
	assert_int_equal(fleet_open_to_write(path(""), &fleet, NULL), STATUS_OK);
	assert_int_equal(fleet_message_begin(fleet, STR("log"), 10, arena, &message, NULL), STATUS_OK);
	assert_int_equal(message.count, 0);
}

static void read_old(void **state)
{
	(void)state;
	make_old();
	check_read();
}

static void may_not(void **state)
{
	CLEANUP(file_close) int held = -1;
	struct fleet *fleet;
	struct error err = { 0 };
	(void)state;
	make_old();
	assert_int_equal(store_lock(path(""), &held, NULL), STATUS_OK);
	assert_int_equal(fleet_open(path(""), &fleet, &err), STATUS_UNSUPPORTED);
	assert_non_null(strstr(err.text, "older"));
	assert_non_null(strstr(err.hint, "brings it up to date"));
	file_close(&held);
	check_read();
}

static void repair_old(void **state)
{
	struct fleet_repair repair;
	(void)state;
	make_old();
	assert_int_equal(fleet_repair(path(""), arena, &repair, NULL), STATUS_OK);
	assert_int_equal(repair.damaged, 0);
	assert_int_equal(repair.projects, 1);
	assert_int_equal(repair.findings, 1);
	assert_true(file_exists(path(".damaged")));
	check_read();
}

static bool show_gap(void *context, const struct fleet_project *project)
{
	buf_printf(context, "%.*s: %.*s\n", STR_ARG(project->name), STR_ARG(project->gap));
	return true;
}

/* What older versions did not write down is found again in what they did: of the projects that were read. */
static void gaps(void **state)
{
	static const char old[] = "INSERT INTO project(id, name, kind, location, added, seen) VALUES(1, 'a', 'folder', '/a', 10, 20), (2, 'b', 'folder', '/b', 10, 20),"
				  " (3, 'c', 'folder', '/c', 10, 20), (4, 'd', 'folder', '/d', 10, 20), (5, 'e', 'folder', '/e', 10, NULL),"
				  " (6, 'f', 'ingested', '/f', 10, 20), (7, 'g', 'folder', '/g', 10, 20);"
				  "INSERT INTO tree(id, digest, packages, body) VALUES(1, x'01', 7, x'');"
				  "INSERT INTO lockfile(id, project, path, format) VALUES(1, 1, 'package-lock.json', 'npm'), (2, 2, 'x/package.json', NULL),"
				  " (3, 3, 'bun.lockb', 'bun'), (4, 3, 'package-lock.json', 'npm'), (5, 4, 'package-lock.json', 'npm'), (6, 7, 'package.json', NULL),"
				  " (7, 1, 'gone/package.json', NULL);"
				  "INSERT INTO presence(lockfile, first, tree, gone) VALUES(1, 10, 1, NULL), (4, 10, 1, NULL), (5, 10, 1, 20);"
				  "INSERT INTO wanted(lockfile, name, type, spec) VALUES(2, 'axios', 'prod', '1');"
				  "INSERT INTO finding SELECT l.id, l.id, 'f', iif(l.id = 3, 'lockfile-invalid', 'no-lockfile'), '', '', '', 'high', 75, 'error', 0, 1, '', '', '',"
				  " 0, 0, '', '', '', 20, NULL, iif(l.id = 7, 20, NULL) FROM lockfile l WHERE l.id IN (3, 6, 7)";
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(4096);
	const struct fleet_filter all = { 0 };
	(void)state;
	make_old_with(old);
	assert_int_equal(fleet_open(path(""), &fleet, NULL), STATUS_OK);
	assert_int_equal(fleet_each_project(fleet, &all, show_gap, &out, NULL), STATUS_OK);
	buf_add_char(&out, '\0');
	assert_string_equal(out.p, "a: \nb: x/package.json has no lockfile\nc: bun.lockb is of a kind that is not read\n"
				   "d: there is neither a lockfile nor a package.json with dependencies\ne: \nf: \ng: package.json has no lockfile\n");
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	return arena == NULL;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(read_old), cmocka_unit_test(may_not), cmocka_unit_test(repair_old), cmocka_unit_test(gaps) };
	return cmocka_run_group_tests(tests, start, stop);
}
