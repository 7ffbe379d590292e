/* Whoever writes a database is killed at many moments: what is there is the old one or the new one, whole. And two who write at once. */
#include "advisory/bucket.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { RECORDS = 1500, CHANGES = 150, KILLS = 20 };

static const char rules[] = "GET /slow/npm/all.zip slow ms=400\n"
			    "GET /stuck/npm/all.zip slow ms=60000\n"
			    "GET /*/npm/*.json file hash=auto\n"
			    "GET /*/npm/all.zip file etag=auto hash=auto\n";

static int begin_all(void **state)
{
	(void)state;
	local_registry_start(&registry, rules);
	return 0;
}

/* ---- at many moments ---------------------------------------------------------------------- */

/* "K-0 K-1 …" */
static const char *many_ids(size_t count)
{
	struct buf ids = BUF_INIT(1 << 20);
	for (size_t i = 0; i < count; i++)
		buf_printf(&ids, "%sK-%zu", i ? " " : "", i);
	assert_false(ids.failed);
	const char *text = arena_copy(arena, buf_str(&ids)).p;
	buf_fini(&ids);
	return text;
}

/* The digest of a database that is whole. */
static const char *digest_of_whole(const char *bucket)
{
	struct advisory_db *db = support_open(db_of(bucket));
	struct error err;
	if (advisory_db_check(db, &err))
		fail_msg("%s", err.text);
	const char *digest = arena_copy(arena, advisory_db_info(db)->digest).p;
	advisory_db_close(db);
	return digest;
}

typedef enum status (*write_function)(const char *bucket);

static enum status import_the_zip(const char *bucket)
{
	const char *zip = path_join(arena, registry.folder, in_bucket(bucket, "all.zip"));
	struct advisory_import import = { 0 };
	return advisory_import(db_of(bucket), &zip, 1, &import, NULL);
}

static enum status update_it(const char *bucket)
{
	struct advisory_update how = { 0 };
	struct error err;
	return update(bucket, &how, &err);
}

static pid_t write_elsewhere(write_function write, const char *bucket)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0)
		_exit(write(bucket) ? 1 : 0);
	return child;
}

static int end_of(pid_t child)
{
	int result;
	assert_int_equal(waitpid(child, &result, 0), child);
	return result;
}

static int64_t now_us(void)
{
	struct timespec now;
	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void sleep_us(int64_t us)
{
	const struct timespec pause = { us / 1000000, us % 1000000 * 1000 };
	nanosleep(&pause, NULL);
}

/* What a writer leaves behind goes with the next one that comes to its end. */
static void expect_nothing_left(const char *bucket)
{
	static const char *const endings[] = { ".new", ".new-journal", "-journal", ".zip.part" };
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++)
		assert_false(file_exists(arena_printf(arena, "%s%s", db_of(bucket), endings[i]).p));
}

/* Killed KILLS times, at moments that are spread over the time that it takes. */
static void expect_survival(const char *bucket, write_function write)
{
	struct str old_bytes;
	const char *old = digest_of_whole(bucket);
	size_t killed = 0;
	assert_int_equal(file_read(db_of(bucket), 1 << 26, arena, &old_bytes, NULL), STATUS_OK);
	int64_t before = now_us();
	assert_int_equal(end_of(write_elsewhere(write, bucket)), 0);
	int64_t took = now_us() - before;
	const char *new = digest_of_whole(bucket);
	assert_string_not_equal(old, new);
	for (int i = 0; i < KILLS; i++) {
		support_write(db_of(bucket), old_bytes);
		pid_t child = write_elsewhere(write, bucket);
		sleep_us(took * i / KILLS);
		kill(child, SIGKILL);
		int result = end_of(child);
		const char *found = digest_of_whole(bucket);
		killed += WIFSIGNALED(result);
		assert_true(strcmp(found, new) == 0 || (WIFSIGNALED(result) && strcmp(found, old) == 0));
	}
	assert_true(killed > 0);
	support_write(db_of(bucket), old_bytes);
	assert_int_equal(end_of(write_elsewhere(write, bucket)), 0);
	assert_string_equal(digest_of_whole(bucket), new);
	expect_nothing_left(bucket);
}

static void test_import_killed(void **state)
{
	(void)state;
	put_zip("import", "K-1 A-1", "2025-01-01");
	assert_int_equal(import_the_zip("import"), STATUS_OK);
	put_zip("import", many_ids(RECORDS), "2025-01-02");
	expect_survival("import", import_the_zip);
}

static void test_whole_update_killed(void **state)
{
	(void)state;
	put_zip("whole", "K-1 A-1", "2025-01-01");
	assert_int_equal(update_it("whole"), STATUS_OK);
	put_zip("whole", many_ids(RECORDS), "2025-01-02");
	expect_survival("whole", update_it);
	assert_int_equal(asked("whole", "K-"), 0);
}

static void put_changes(const char *bucket, size_t count)
{
	struct buf list = BUF_INIT(1 << 20);
	for (size_t i = 0; i < count; i++) {
		const char *id = arena_printf(arena, "K-%zu", i).p;
		put(bucket, arena_printf(arena, "%s.json", id).p, record(id, "2025-01-02", "2.0.0", ""));
		buf_printf(&list, "2025-01-02T00:00:00Z,%s\n", id);
	}
	buf_add_z(&list, "2025-01-01T00:00:00Z,A-1\n");
	assert_false(list.failed);
	put(bucket, "modified_id.csv", buf_str(&list));
	buf_fini(&list);
}

static void test_incremental_update_killed(void **state)
{
	(void)state;
	put_zip("part", many_ids(RECORDS), "2025-01-01");
	assert_int_equal(update_it("part"), STATUS_OK);
	put_changes("part", CHANGES);
	expect_survival("part", update_it);
	assert_int_equal(asked("part", "all.zip"), 1);
}

static void test_killed_while_it_waits(void **state)
{
	(void)state;
	struct advisory_import import = { 0 };
	support_write(support_path(arena, "stuck/A-9.json"), record("A-9", "2025-01-01", "1.0.0", ""));
	support_import(db_of("stuck"), support_path(arena, "stuck"), &import);
	put_zip("stuck", "A-1 A-2", "2025-01-01");
	pid_t child = write_elsewhere(update_it, "stuck");
	while (asked("stuck", "all.zip") == 0)
		usleep(10000);
	expect_ids("stuck", "1.0.0", "A-9"); /* readable meanwhile */
	kill(child, SIGKILL);
	assert_true(WIFSIGNALED(end_of(child)));
	expect_ids("stuck", "1.0.0", "A-9");
	/* What it left behind stands in nobody's way. */
	support_write(support_path(arena, "stuck/A-8.json"), record("A-8", "2025-01-01", "1.0.0", ""));
	support_import(db_of("stuck"), support_path(arena, "stuck"), &import);
	expect_ids("stuck", "1.0.0", "A-8 A-9");
}

/* ---- side by side -------------------------------------------------------------------------- */

static pid_t update_elsewhere(const char *bucket, struct advisory_update how)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct error err;
		_exit(update(bucket, &how, &err) ? 1 : 10 + (int)how.kind);
	}
	return child;
}

static void test_two_whole_updates_at_once(void **state)
{
	(void)state;
	int kinds[2];
	pid_t children[2];
	put_zip("slow", "A-1 A-2", "2025-01-01");
	for (size_t i = 0; i < 2; i++)
		children[i] = update_elsewhere("slow", (struct advisory_update){ .max_age_s = 3600 });
	for (size_t i = 0; i < 2; i++)
		kinds[i] = end_of(children[i]);
	/* One fetched, the other had nothing left to do. */
	assert_int_equal(WEXITSTATUS(kinds[0]) + WEXITSTATUS(kinds[1]), 20 + UPDATE_WHOLE + UPDATE_RECENT);
	assert_int_equal(asked("slow", "all.zip"), 1);
	expect_ids("slow", "1.0.0", "A-1 A-2");
}

static void test_two_incremental_updates_at_once(void **state)
{
	(void)state;
	pid_t children[2];
	put_zip("twice", "K-1 A-1", "2025-01-01");
	assert_int_equal(update_it("twice"), STATUS_OK);
	put_changes("twice", 20);
	for (size_t i = 0; i < 2; i++)
		children[i] = write_elsewhere(update_it, "twice");
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(end_of(children[i]), 0);
	/* The second found them there. */
	assert_int_equal(asked("twice", "K-"), 20);
	expect_ids("twice", "1.0.0", "A-1");
	expect_nothing_left("twice");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_import_killed),         TEST(test_whole_update_killed),       TEST(test_incremental_update_killed),
		TEST(test_killed_while_it_waits), TEST(test_two_whole_updates_at_once), TEST(test_two_incremental_updates_at_once),
	};
	return cmocka_run_group_tests(tests, begin_all, bucket_end_all);
}
