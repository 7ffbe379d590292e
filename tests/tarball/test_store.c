/* The store of tarballs: what lies where, many writers at once, what is thrown away and what is left alone. */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tarball/store.h"
#include "tests.h"
#include "one_arena.h"

static const char *fresh_store(const char *name)
{
	const char *work = getenv("TEST_TMP");
	return path_join(arena, work, name);
}

static const char *keep(const char *store, struct str bytes)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(4096);
	struct digest digest;
	struct error err = { 0 };
	assert_true(digest_of(DIGEST_SHA512, bytes, &digest));
	if (store_keep(store, &digest, &(struct proven_tarball){ .bytes = bytes }, &err))
		fail_msg("%s", err.text);
	assert_true(store_path(store, &digest, &path));
	const char *kept = arena_copy(arena, str_of(path.p)).p;
	assert_true(file_exists(kept));
	return kept;
}

static void age(const char *path, long seconds)
{
	const struct timespec times[] = { { date_now() - seconds, 0 }, { date_now() - seconds, 0 } };
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

static struct tarball_store prune(const char *store, uint64_t max_bytes)
{
	struct tarball_store out;
	assert_int_equal(tarball_store_prune(store, max_bytes, &out, NULL), STATUS_OK);
	return out;
}

static void lies_by_digest(void **state)
{
	(void)state;
	const char *store = fresh_store("a"), *path = keep(store, STR("abc"));
	struct str text;
	assert_true(str_ends_with(str_of(path), STR("/a/sha512/dd/af35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a21"
						    "92992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")));
	assert_int_equal(file_read(path, 100, arena, &text, NULL), STATUS_OK);
	assert_str(text, "abc");
	assert_string_equal(keep(store, STR("abc")), path);
	assert_int_equal(prune(store, UINT64_MAX).tarballs, 1);
}

static void least_used_goes_first(void **state)
{
	(void)state;
	const char *store = fresh_store("lru");
	const char *old = keep(store, STR("1111111111")), *older = keep(store, STR("2222222222")), *new = keep(store, STR("3333333333"));
	age(old, 7200);
	age(older, 9000);
	struct tarball_store all = prune(store, 30);
	assert_int_equal(all.tarballs, 3);
	assert_int_equal(all.bytes, 30);
	assert_int_equal(all.removed, 0);
	assert_true(date_now() - all.oldest_use >= 9000);
	struct tarball_store less = prune(store, 29);
	assert_int_equal(less.removed, 1);
	assert_int_equal(less.removed_bytes, 10);
	assert_int_equal(less.bytes, 20);
	assert_false(file_exists(older));
	/* A use counts. */
	CLEANUP(file_close) int fd = open(old, O_RDONLY | O_CLOEXEC);
	store_touch(fd);
	age(new, 4000);
	assert_int_equal(prune(store, 10).tarballs, 1);
	assert_true(file_exists(old) && !file_exists(new));
	struct tarball_store none = prune(store, 0);
	assert_int_equal(none.tarballs, 0);
	assert_true(none.oldest_use == DATE_NONE);
	assert_int_equal(prune(fresh_store("nowhere"), 0).tarballs, 0);
}

/* Whatever else lies there is not ours to throw away; what a writer left behind is, after an hour. */
static void only_its_own(void **state)
{
	(void)state;
	const char *store = fresh_store("own"), *kept = keep(store, STR("abc")), *folder = path_folder(arena, kept);
	const char *precious = path_join(arena, store, "precious"), *inside = path_join(arena, folder, "precious");
	const char *short_name = path_join(arena, folder, "abcdef"), *link = path_join(arena, folder, "link");
	const char *fresh = arena_printf(arena, "%s.0123.tmp", kept).p, *stale = arena_printf(arena, "%s.4567.tmp", kept).p;
	const char *all[] = { precious, inside, short_name, fresh, stale };
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(file_write(all[i], STR("x"), NULL), STATUS_OK);
	assert_int_equal(symlink(precious, link), 0);
	assert_int_equal(symlink(folder, path_join(arena, store, "sha1")), 0);
	age(stale, 4000);
	age(precious, 100000);
	prune(store, 0);
	assert_false(file_exists(kept) || file_exists(stale));
	assert_true(file_exists(precious) && file_exists(inside) && file_exists(short_name) && file_exists(fresh) && file_exists(link));
}

static void write_many(const char *store)
{
	for (int round = 0; round < 50; round++) {
		char bytes[5000];
		memset(bytes, 'a' + round % 10, sizeof bytes);
		struct str text = { bytes, sizeof bytes };
		struct digest digest;
		if (!digest_of(DIGEST_SHA512, text, &digest) || store_keep(store, &digest, &(struct proven_tarball){ .bytes = text }, NULL))
			_exit(1);
		struct tarball_store out;
		if (round % 20 == 19 && tarball_store_prune(store, 30000, &out, NULL))
			_exit(2);
	}
	_exit(0);
}

static void many_processes(void **state)
{
	(void)state;
	const char *store = fresh_store("many");
	pid_t children[6];
	for (size_t i = 0; i < 6; i++) {
		children[i] = fork();
		assert_true(children[i] >= 0);
		if (children[i] == 0)
			write_many(store);
	}
	for (size_t i = 0; i < 6; i++) {
		int code;
		assert_int_equal(waitpid(children[i], &code, 0), children[i]);
		assert_int_equal(code, 0);
	}
	struct tarball_store left = prune(store, UINT64_MAX);
	assert_true(left.tarballs > 0 && left.tarballs <= 10);
	assert_int_equal(left.bytes, left.tarballs * 5000);
}

static void cannot_be_written(void **state)
{
	(void)state;
	const char *store = fresh_store("file");
	struct digest digest;
	struct error err = { 0 };
	assert_int_equal(file_write(store, STR("x"), NULL), STATUS_OK);
	assert_true(digest_of(DIGEST_SHA1, STR("x"), &digest));
	assert_int_not_equal(store_keep(store, &digest, &(struct proven_tarball){ .bytes = STR("x") }, &err), STATUS_OK);
	assert_non_null(strstr(err.text, "file"));
	assert_int_equal(prune(store, 0).tarballs, 0);
	assert_true(file_exists(store));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lies_by_digest), cmocka_unit_test(least_used_goes_first), cmocka_unit_test(only_its_own),
		cmocka_unit_test(many_processes), cmocka_unit_test(cannot_be_written),
	};
	return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
