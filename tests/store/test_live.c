/* Stores that are written in place: steps, one writer, readers beside it, and what a killed writer leaves. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

static const char *const steps[] = {
	"CREATE TABLE t(key INTEGER PRIMARY KEY, value);",
	"ALTER TABLE t ADD COLUMN more; UPDATE t SET more = value * 2;",
	"CREATE TABLE u(x); INSERT INTO u VALUES(7);",
};
static const char *const broken_steps[] = {
	"CREATE TABLE t(key INTEGER PRIMARY KEY, value);",
	"INSERT INTO t(value) VALUES(99); CREATE TABLE t(twice);",
};
static const struct store_kind first = { .what = "a test's store", .application_id = 0x74657374, .version = 1, .remedy = "repair it", .steps = steps };
static const struct store_kind third = { .what = "a test's store", .application_id = 0x74657374, .version = 3, .remedy = "repair it", .steps = steps };
static const struct store_kind broken = { .what = "a test's store", .application_id = 0x74657374, .version = 2, .remedy = "repair it", .steps = broken_steps };
static const struct store_kind other = { .what = "another store", .application_id = 1, .version = 1, .remedy = "repair it", .steps = steps };

static const char *path_of(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", getenv("TEST_TMP"), name);
	return path;
}

static int64_t ask(struct store *store, const char *sql)
{
	struct store_query *query;
	bool row;
	assert_int_equal(store_prepare(store, sql, &query, NULL), STATUS_OK);
	assert_int_equal(query_next(query, &row, NULL), STATUS_OK);
	assert_true(row);
	int64_t value = query_int(query, 0);
	query_free(query);
	return value;
}

static struct store *open_to_write(const char *path, const struct store_kind *kind)
{
	struct store *store = NULL;
	struct error err = { 0 };
	if (store_open_to_write(path, kind, &store, &err))
		fail_msg("%s", err.text);
	return store;
}

static void insert(struct store *store, int64_t value)
{
	char sql[100];
	snprintf(sql, sizeof sql, "INSERT INTO t(value) VALUES(%lld)", (long long)value);
	assert_int_equal(store_start(store, NULL), STATUS_OK);
	assert_int_equal(store_run(store, sql, NULL), STATUS_OK);
	assert_int_equal(store_finish(store, NULL), STATUS_OK);
}

static void test_steps(void **state)
{
	const char *path = path_of("steps.db");
	struct error err;
	(void)state;
	struct store *store = open_to_write(path, &first);
	insert(store, 21);
	store_close(store);
	assert_int_equal(store_open(path, &third, &store, &err), STATUS_UNSUPPORTED);
	store = open_to_write(path, &third);
	assert_int_equal(ask(store, "SELECT more FROM t"), 42);
	assert_int_equal(ask(store, "SELECT x FROM u"), 7);
	store_close(store);
	assert_int_equal(store_open_to_write(path, &first, &store, &err), STATUS_UNSUPPORTED);
	assert_non_null(strstr(err.text, "newer"));
	assert_int_equal(store_open_to_write(path, &other, &store, &err), STATUS_INVALID);
	store = open_to_write(path, &third);
	assert_int_equal(ask(store, "SELECT count(*) FROM t"), 1);
	store_close(store);
}

/* A step that fails leaves what was there before it. */
static void test_broken_step(void **state)
{
	const char *path = path_of("broken.db");
	struct error err;
	(void)state;
	struct store *store = open_to_write(path, &first);
	store_close(store);
	assert_int_not_equal(store_open_to_write(path, &broken, &store, &err), STATUS_OK);
	store = open_to_write(path, &first);
	assert_int_equal(ask(store, "SELECT count(*) FROM t"), 0);
	store_close(store);
}

static void test_one_writer(void **state)
{
	const char *path = path_of("writer.db");
	struct store *second, *reader;
	struct error err;
	(void)state;
	struct store *store = open_to_write(path, &first);
	insert(store, 1);
	assert_int_equal(store_open_to_write(path, &first, &second, &err), STATUS_BUSY);
	assert_int_equal(store_open(path, &first, &reader, &err), STATUS_OK);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 1);
	insert(store, 2);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 1); /* as it stood when it was opened */
	store_close(reader);
	assert_int_equal(store_open(path, &first, &reader, &err), STATUS_OK);
	assert_int_equal(ask(reader, "SELECT count(*) FROM t"), 2);
	store_close(reader);
	assert_int_equal(store_start(store, NULL), STATUS_OK);
	assert_int_equal(store_run(store, "DELETE FROM t", NULL), STATUS_OK);
	store_undo(store);
	assert_int_equal(ask(store, "SELECT count(*) FROM t"), 2);
	store_close(store);
	store = open_to_write(path, &first);
	store_close(store);
}

static void write_until_killed(const char *path, int ready)
{
	struct store *store;
	if (store_open_to_write(path, &first, &store, NULL))
		_exit(1);
	for (int64_t i = 0;; i++) {
		char sql[160];
		snprintf(sql, sizeof sql, "INSERT INTO t(value) VALUES(%lld); INSERT INTO t(value) VALUES(%lld)", (long long)i, -(long long)i);
		if (store_start(store, NULL) || store_run(store, sql, NULL) || store_finish(store, NULL))
			_exit(1);
		if (write(ready, "", 1) != 1)
			_exit(1);
	}
}

/* Killed at any moment: pairs stay pairs, and nothing that was finished is lost. */
static void test_killed(void **state)
{
	const char *path = path_of("killed.db");
	(void)state;
	for (int round = 0; round < 10; round++) {
		int ends[2];
		int64_t finished = 0;
		char byte;
		assert_int_equal(pipe(ends), 0);
		pid_t child = fork();
		if (child == 0)
			write_until_killed(path, ends[1]);
		close(ends[1]);
		while (finished < 3 + round * 7 && read(ends[0], &byte, 1) == 1)
			finished++;
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		close(ends[0]);
		struct store *store = open_to_write(path, &first);
		assert_int_equal(ask(store, "SELECT ifnull(sum(value), 0) FROM t"), 0);
		assert_true(ask(store, "SELECT count(*) FROM t") >= 2 * finished);
		assert_int_equal(store_check(store, NULL), STATUS_OK);
		insert(store, 0);
		store_close(store);
	}
}

static void test_empty_file(void **state)
{
	const char *path = path_of("empty.db");
	(void)state;
	assert_int_equal(file_write(path, STR(""), NULL), STATUS_OK);
	struct store *store = open_to_write(path, &first);
	insert(store, 1);
	store_close(store);
	struct error err;
	assert_int_equal(file_write(path, STR("no database at all, but long enough to be looked at by somebody"), NULL), STATUS_OK);
	assert_int_equal(store_open_to_write(path, &first, &store, &err), STATUS_INVALID);
	assert_string_equal(err.hint, "repair it");
	struct error folder;
	assert_int_equal(store_open_to_write(getenv("TEST_TMP"), &first, &store, &folder), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),  cmocka_unit_test(test_broken_step), cmocka_unit_test(test_one_writer),
		cmocka_unit_test(test_killed), cmocka_unit_test(test_empty_file),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
