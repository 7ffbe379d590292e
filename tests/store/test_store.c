/* The store: what is told apart when a file is opened, and that a new file takes the old one's place whole or not at all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/store.h"

static const struct store_kind kind = {
	.what = "a test's store",
	.application_id = 0x74657374,
	.version = 3,
	.remedy = "delete it and try again",
	.schema = "CREATE TABLE t(key INTEGER PRIMARY KEY, value)",
};

static const char *path_of(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof path, "%s/%s", getenv("TEST_TMP"), name);
	return path;
}

static void write_file(const char *path, const char *bytes, size_t n)
{
	assert_int_equal(file_write(path, (struct str){ bytes, n }, NULL), STATUS_OK);
}

/* SQL by SQLite itself: what a foreign program could have done. */
static void foreign_sql(const char *path, const char *sql)
{
	sqlite3 *handle;
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(handle);
}

static void make(const char *path, bool empty, int64_t value)
{
	struct store *store;
	struct error err;
	char sql[128];
	assert_int_equal(store_begin(path, &kind, empty, &store, &err), STATUS_OK);
	snprintf(sql, sizeof sql, "INSERT INTO t(value) VALUES(%lld)", (long long)value);
	assert_int_equal(store_run(store, sql, &err), STATUS_OK);
	assert_int_equal(store_commit(store, &err), STATUS_OK);
	store_close(store);
}

static int64_t sum_in(struct store *store)
{
	struct store_query *query;
	bool row;
	assert_int_equal(store_prepare(store, "SELECT sum(value) FROM t", &query, NULL), STATUS_OK);
	assert_int_equal(query_next(query, &row, NULL), STATUS_OK);
	assert_true(row);
	int64_t sum = query_int(query, 0);
	query_free(query);
	return sum;
}

static int64_t sum_of(const char *path)
{
	struct store *store;
	struct error err = { 0 };
	if (store_open(path, &kind, &store, &err))
		fail_msg("%s", err.text);
	int64_t sum = sum_in(store);
	store_close(store);
	return sum;
}

static void expect_refused(const char *path, enum status status, const char *text, const char *hint)
{
	struct store *store = NULL;
	struct error err = { 0 };
	assert_int_equal(store_open(path, &kind, &store, &err), status);
	assert_null(store);
	if (!strstr(err.text, text) || !strstr(err.hint, hint))
		fail_msg("expected \"%s\" and \"%s\", not \"%s\" and \"%s\"", text, hint, err.text, err.hint);
}

static void no_trace_of(const char *path)
{
	char name[4200];
	snprintf(name, sizeof name, "%s.new", path);
	assert_false(file_exists(name));
}

/* ---- opening --------------------------------------------------------------------- */

static void test_files_that_are_no_store(void **state)
{
	(void)state;
	const char *path = path_of("not-a-store");
	static const char text[200] = "SQLite format 4";
	expect_refused(path, STATUS_NOT_FOUND, "No such file", "");
	write_file(path, "", 0);
	expect_refused(path, STATUS_INVALID, "empty", "delete it");
	write_file(path, text, sizeof text);
	expect_refused(path, STATUS_INVALID, "no database", "delete it");
	expect_refused(getenv("TEST_TMP"), STATUS_INVALID, "not a regular file", "delete it");
	unlink(path);
	foreign_sql(path, "CREATE TABLE t(a)");
	expect_refused(path, STATUS_INVALID, "is not a test's store", "delete it");
}

static void test_other_schema_versions(void **state)
{
	(void)state;
	const char *path = path_of("versions");
	make(path, true, 1);
	foreign_sql(path, "PRAGMA user_version = 4");
	expect_refused(path, STATUS_UNSUPPORTED, "4, newer", "update assay, or delete it");
	foreign_sql(path, "PRAGMA user_version = 2");
	expect_refused(path, STATUS_UNSUPPORTED, "2, older", "delete it");
	struct store *store = NULL;
	assert_int_equal(store_begin(path, &kind, false, &store, NULL), STATUS_UNSUPPORTED);
	make(path, true, 7);
	assert_int_equal(sum_of(path), 7);
}

static void fill_pages(const char *path)
{
	struct store *store;
	assert_int_equal(store_begin(path, &kind, true, &store, NULL), STATUS_OK);
	assert_int_equal(store_run(store,
				   "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
				   " INSERT INTO t(value) SELECT i FROM n",
				   NULL),
			 STATUS_OK);
	assert_int_equal(store_commit(store, NULL), STATUS_OK);
	store_close(store);
}

static void test_damaged_files(void **state)
{
	(void)state;
	const char *path = path_of("damaged");
	struct stat info;
	struct store *store;
	struct error err;
	fill_pages(path);
	assert_int_equal(store_open(path, &kind, &store, &err), STATUS_OK);
	assert_int_equal(store_check(store, &err), STATUS_OK);
	store_close(store);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(truncate(path, info.st_size / 2 + 100), 0);
	expect_refused(path, STATUS_INVALID, "damaged", "delete it");
	fill_pages(path);
	int fd = open(path, O_WRONLY);
	assert_int_equal(pwrite(fd, "garbage where a page was", 24, info.st_size - 4096), 24);
	close(fd);
	assert_int_equal(store_open(path, &kind, &store, &err), STATUS_OK);
	assert_int_equal(store_check(store, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "damaged"));
	store_close(store);
}

/* Another process holds SQLite's exclusive lock until it is told to end. */
static void test_locked_by_another_process(void **state)
{
	(void)state;
	const char *path = path_of("locked");
	int ready[2], end[2];
	char byte = 0;
	make(path, true, 5);
	assert_int_equal(pipe(ready) | pipe(end), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		sqlite3 *handle;
		bool locked = sqlite3_open(path, &handle) == SQLITE_OK && sqlite3_exec(handle, "BEGIN EXCLUSIVE", NULL, NULL, NULL) == SQLITE_OK;
		byte = locked;
		(void)!write(ready[1], &byte, 1);
		(void)!read(end[0], &byte, 1);
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	assert_int_equal(byte, 1);
	expect_refused(path, STATUS_BUSY, "locked", "try again");
	assert_int_equal(write(end[1], &byte, 1), 1);
	waitpid(child, NULL, 0);
	assert_int_equal(sum_of(path), 5);
	for (int i = 0; i < 2; i++) {
		close(ready[i]);
		close(end[i]);
	}
}

static void test_read_only_folder(void **state)
{
	(void)state;
	char path[4096], folder[4096];
	snprintf(folder, sizeof folder, "%s", path_of("read-only"));
	snprintf(path, sizeof path, "%s", path_of("read-only/a file?with%20odd#name.db"));
	assert_int_equal(mkdir(folder, 0755), 0);
	make(path, true, 9);
	/* A journal that nobody could roll back here, left by who knows whom. */
	char journal[4200] = "", name[4200];
	memcpy(journal, "\xd9\xd5\x05\xf9\x20\xa1\x63\xd7", 8);
	snprintf(name, sizeof name, "%s-journal", path);
	write_file(name, journal, 1024);
	assert_int_equal(chmod(path, 0444) | chmod(folder, 0555), 0);
	assert_int_equal(sum_of(path), 9);
	assert_int_equal(chmod(folder, 0755), 0);
}

/* ---- building ---------------------------------------------------------------------- */

static void test_commit_replaces(void **state)
{
	(void)state;
	const char *path = path_of("deep/er/store");
	struct store *reader;
	make(path, false, 1);
	assert_int_equal(store_open(path, &kind, &reader, NULL), STATUS_OK);
	make(path, false, 10);
	assert_int_equal(sum_in(reader), 1); /* goes on with what it opened */
	assert_int_equal(sum_of(path), 11);
	make(path, true, 100);
	assert_int_equal(sum_of(path), 100);
	assert_int_equal(sum_in(reader), 1);
	store_close(reader);
	no_trace_of(path);
}

static void test_links_are_kept(void **state)
{
	(void)state;
	char real[4096], link[4096];
	struct stat info;
	snprintf(real, sizeof real, "%s", path_of("real"));
	snprintf(link, sizeof link, "%s", path_of("link"));
	make(real, true, 1);
	assert_int_equal(symlink(real, link), 0);
	make(link, false, 2);
	assert_int_equal(sum_of(real), 3);
	assert_int_equal(lstat(link, &info), 0);
	assert_true(S_ISLNK(info.st_mode));
}

static void test_giving_up_leaves_nothing(void **state)
{
	(void)state;
	const char *path = path_of("given-up");
	struct store *store;
	make(path, true, 4);
	assert_int_equal(store_begin(path, &kind, true, &store, NULL), STATUS_OK);
	assert_int_equal(store_run(store, "INSERT INTO t(value) VALUES(1)", NULL), STATUS_OK);
	store_close(store);
	assert_int_equal(sum_of(path), 4);
	no_trace_of(path);
}

static void test_one_at_a_time(void **state)
{
	(void)state;
	const char *path = path_of("one-at-a-time");
	struct store *first, *second = NULL;
	struct error err;
	assert_int_equal(store_begin(path, &kind, false, &first, NULL), STATUS_OK);
	assert_int_equal(store_begin(path, &kind, false, &second, &err), STATUS_BUSY);
	assert_non_null(strstr(err.text, "another process is writing it"));
	assert_non_null(strstr(err.hint, "try again"));
	assert_int_equal(store_run(first, "INSERT INTO t(value) VALUES(6)", NULL), STATUS_OK);
	assert_int_equal(store_commit(first, NULL), STATUS_OK);
	/* The first still holds the file that now has its name; the second makes a new one. */
	make(path, false, 1);
	store_close(first);
	assert_int_equal(sum_of(path), 7);
}

/* A writer that is killed has written all it could, and never got to the end. */
static void test_killed_writer(void **state)
{
	(void)state;
	const char *path = path_of("killed");
	int code;
	make(path, true, 3);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct store *store;
		if (store_begin(path, &kind, false, &store, NULL) == STATUS_OK &&
		    store_run(store, "PRAGMA cache_size = 1; UPDATE t SET value = 99", NULL) == STATUS_OK)
			kill(getpid(), SIGKILL);
		_exit(1);
	}
	waitpid(child, &code, 0);
	assert_true(WIFSIGNALED(code));
	assert_int_equal(sum_of(path), 3);
	make(path, false, 4); /* takes over what was left */
	assert_int_equal(sum_of(path), 7);
	no_trace_of(path);
}

static enum status write_much(const char *path, struct error *err)
{
	struct store *store = NULL;
	enum status status = store_begin(path, &kind, false, &store, err);
	for (int i = 0; i < 200 && !status; i++)
		status = store_run(store, "INSERT INTO t(value) VALUES(randomblob(65536))", err);
	if (!status)
		status = store_commit(store, err);
	store_close(store);
	return status;
}

static void test_full_disk(void **state)
{
	(void)state;
	const char *path = path_of("full");
	int code;
	make(path, true, 8);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = { 1 << 20, 1 << 20 };
		struct error err = { 0 };
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(write_much(path, &err) == STATUS_IO && strstr(err.text, path) ? 0 : 1);
	}
	waitpid(child, &code, 0);
	assert_true(WIFEXITED(code));
	assert_int_equal(WEXITSTATUS(code), 0);
	assert_int_equal(sum_of(path), 8);
	no_trace_of(path);
}

static void test_places_that_cannot_be_written(void **state)
{
	(void)state;
	static const char *const places[] = { "/proc/assay-test/store", "/dev/null/store", "/proc/self/status" };
	struct store *store = NULL;
	struct error err;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		assert_int_not_equal(store_begin(places[i], &kind, true, &store, &err), STATUS_OK);
		assert_null(store);
		assert_non_null(strstr(err.text, "/"));
	}
	assert_int_equal(store_begin(getenv("TEST_TMP"), &kind, true, &store, &err), STATUS_INVALID);
}

/* ---- queries ------------------------------------------------------------------------- */

static void test_values_come_back(void **state)
{
	(void)state;
	struct store *store;
	struct store_query *query;
	bool row;
	assert_int_equal(store_begin(path_of("values"), &kind, true, &store, NULL), STATUS_OK);
	assert_int_equal(store_prepare(store, "SELECT ?1, ?2, ?3, ?4, 0.5, ?5", &query, NULL), STATUS_OK);
	query_bind_text(query, 1, (struct str){ "a\0b", 3 });
	query_bind_blob(query, 2, STR("\xff\x00"));
	query_bind_int(query, 3, INT64_MIN);
	query_bind_null(query, 4);
	query_bind_text(query, 5, STR(""));
	assert_int_equal(query_next(query, &row, NULL), STATUS_OK);
	assert_true(row);
	assert_true(str_equal(query_text(query, 0), (struct str){ "a\0b", 3 }));
	assert_int_equal(query_text(query, 1).n, 2);
	assert_true(query_int(query, 2) == INT64_MIN);
	assert_true(query_is_null(query, 3) && !query_text(query, 3).p);
	assert_true(query_real(query, 4) > 0.4);
	assert_true(query_text(query, 5).p && query_text(query, 5).n == 0);
	assert_int_equal(query_next(query, &row, NULL), STATUS_OK);
	assert_false(row);
	query_free(query);
	struct error err;
	assert_int_not_equal(store_run(store, "INSERT INTO nowhere VALUES(1)", &err), STATUS_OK);
	store_close(store);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_that_are_no_store),
		cmocka_unit_test(test_other_schema_versions),
		cmocka_unit_test(test_damaged_files),
		cmocka_unit_test(test_locked_by_another_process),
		cmocka_unit_test(test_read_only_folder),
		cmocka_unit_test(test_commit_replaces),
		cmocka_unit_test(test_links_are_kept),
		cmocka_unit_test(test_giving_up_leaves_nothing),
		cmocka_unit_test(test_one_at_a_time),
		cmocka_unit_test(test_killed_writer),
		cmocka_unit_test(test_full_disk),
		cmocka_unit_test(test_places_that_cannot_be_written),
		cmocka_unit_test(test_values_come_back),
	};
	return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
