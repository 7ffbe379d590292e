/* Archives that are opened elsewhere: what is listed is what would be here, what no honest worker says is refused, and a worker that is lost costs one package. */
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "assay/tarball.h"
#include "tarball/file_list.h"
#include "tarball/tar_builder.h"
#include "archive/zip_builder.h"
#include "tests.h"

static struct sandbox *sandbox;
static struct arena *arena;

/* ---- listings ------------------------------------------------------------------------------ */

static bool add_line(void *context, const struct unpacked_file *file)
{
	struct digest digest;
	buf_printf(context, "%.*s %d %d %llu ", STR_ARG(file->path), file->executable, (int)file->hashbang, (unsigned long long)file->size);
	assert_true(file->digest || file->data.n == file->size);
	assert_true(file->digest || digest_of(DIGEST_SHA256, file->data, &digest));
	digest_write_hex(file->digest ? file->digest : &digest, context);
	buf_add_char(context, '\n');
	return true;
}

/* What add_line() would say of a file of that content. */
static void expect_line(struct buf *out, const char *path, bool executable, uint32_t hashbang, struct str data)
{
	add_line(out, &(struct unpacked_file){ .path = str_of(path), .size = data.n, .data = data, .hashbang = hashbang, .executable = executable });
}

static void list(struct sandbox *where, const struct proven_tarball *tarball, enum status expected, struct buf *out)
{
	struct unpacker *unpacker = unpacker_new(where);
	assert_non_null(unpacker);
	buf_clear(out);
	assert_int_equal(unpacker_list(unpacker, tarball, arena, add_line, out, NULL), expected);
	unpacker_free(unpacker);
}

/* Here and in a worker, held and from a file. */
static void assert_list(struct str bytes, bool zip, enum status status, struct str expected)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	CLEANUP(file_close) int fd = file_open_nameless("/tmp");
	assert_true(fd >= 0 && write(fd, bytes.p, bytes.n) == (ssize_t)bytes.n);
	struct tarball_file file = { .fd = fd, .size = bytes.n };
	struct proven_tarball held, from_file;
	assert_true(tarball_prove(bytes, NULL, &held, NULL));
	assert_int_equal(tarball_prove_file(&file, NULL, &from_file, NULL), STATUS_OK);
	held.zip = from_file.zip = zip;
	struct sandbox *const places[] = { NULL, sandbox };
	for (size_t i = 0; i < 2; i++) {
		list(places[i], &held, status, &out);
		if (!status)
			assert_true(str_equal(buf_str(&out), expected));
		list(places[i], &from_file, status, &out);
		if (!status)
			assert_true(str_equal(buf_str(&out), expected));
	}
}

static void lists_a_tarball(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(MIB), gzip = BUF_INIT(MIB), expected = BUF_INIT(MIB);
	tar_add(&tar, (struct tar_part){ .path = "package/package.json", .data = STR("{}") });
	tar_add(&tar, (struct tar_part){ .path = "package/bin/./a.js", .data = STR("#!node\r\nrun"), .mode = 0755 });
	tar_add(&tar, (struct tar_part){ .path = "package/empty" });
	tar_add(&tar, (struct tar_part){ .path = "package/../escape", .data = STR("x") });
	tar_add(&tar, (struct tar_part){ .path = "alone", .data = STR("x") });
	tar_add(&tar, (struct tar_part){ .path = "package/link", .type = '2', .link = "/etc/passwd" });
	tar_add(&tar, (struct tar_part){ .path = "package/package.json", .data = STR("{\"a\":1}") });
	tar_end(&tar);
	gzip_add(&gzip, buf_str(&tar));
	expect_line(&expected, "package.json", false, 0, STR("{}"));
	expect_line(&expected, "bin/a.js", true, 6, STR("#!node\r\nrun"));
	expect_line(&expected, "empty", false, 0, STR(""));
	expect_line(&expected, "package.json", false, 0, STR("{\"a\":1}"));
	assert_list(buf_str(&gzip), false, STATUS_OK, buf_str(&expected));
	assert_list(buf_str(&tar), false, STATUS_OK, buf_str(&expected));
	assert_list(str_head(buf_str(&gzip), gzip.n - 1), false, STATUS_INVALID, STR_NONE);
}

static void lists_a_zip(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf expected = BUF_INIT(MIB);
	struct zip_builder zip = { BUF_INIT(MIB), BUF_INIT(MIB), 0 };
	expect_line(&expected, "package.json", false, 0, STR("{}"));
	expect_line(&expected, "b/c.js", false, 0, STR("c"));
	zip_add(&zip, (struct zip_part){ .name = "node_modules/@s/a/", .data = STR("") });
	zip_add(&zip, (struct zip_part){ .name = "node_modules/@s/a/package.json", .data = STR("{}"), .deflate = true });
	zip_add(&zip, (struct zip_part){ .name = "node_modules/@s/a/b/c.js", .data = STR("c") });
	zip_add(&zip, (struct zip_part){ .name = "node_modules/@s/a/../../escape", .data = STR("x") });
	zip_add(&zip, (struct zip_part){ .name = "elsewhere", .data = STR("x") });
	zip_end(&zip);
	assert_list(buf_str(&zip.file), true, STATUS_OK, buf_str(&expected));
	assert_list(str_head(buf_str(&zip.file), zip.file.n - 30), true, STATUS_INVALID, STR_NONE);
	buf_fini(&zip.file);
	buf_fini(&zip.directory);
}

/* At what may be held it comes as bytes, past that as digests; the unpacker's word counts in the worker. */
static void lists_what_is_not_held(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(4 * MIB), gzip = BUF_INIT(4 * MIB), out = BUF_INIT(MIB), expected = BUF_INIT(MIB);
	char *much = malloc(2 * MIB); /* more than what a worker shares at once of its answer */
	assert_non_null(much);
	for (size_t i = 0; i < 2 * MIB; i++)
		much[i] = (char)('a' + (i ^ i >> 10) % 26);
	tar_add(&tar, (struct tar_part){ .path = "package/much", .data = { much, 2 * MIB } });
	tar_end(&tar);
	gzip_add(&gzip, buf_str(&tar));
	expect_line(&expected, "much", false, 0, (struct str){ much, 2 * MIB });
	struct proven_tarball tarball;
	assert_true(tarball_prove(buf_str(&gzip), NULL, &tarball, NULL));
	for (size_t hold = tar.n - 1; hold <= tar.n; hold++) {
		struct unpacker *unpacker = unpacker_new(sandbox);
		unpacker_set_hold(unpacker, hold);
		buf_clear(&out);
		assert_int_equal(unpacker_list(unpacker, &tarball, arena, add_line, &out, NULL), STATUS_OK);
		assert_true(str_equal(buf_str(&out), buf_str(&expected)));
		unpacker_free(unpacker);
	}
	free(much);
}

static bool count_one(void *context, const struct unpacked_file *file)
{
	(void)file;
	++*(size_t *)context;
	return true;
}

/* What a worker that was taken over could say. */
static void distrusts_a_list(void **state)
{
	(void)state;
	static const struct {
		struct listed_file head;
		const char *path;
		size_t there; /* bytes behind the path */
		bool sound;
	} cases[] = {
		{ { .path = 3, .size = 2 }, "a/b", 2, true },
		{ { .path = 3, .executable = 1 }, "a/b", 0, true },
		{ { .path = 3, .hashed = 1, .size = UINT64_MAX }, "a/b", 32, true },
		{ { .path = 3, .size = 8, .hashbang = 7 }, "a/b", 8, true },
		{ { .path = 3, .size = 8, .hashbang = 8 }, "a/b", 8, false },
		{ { .path = 3, .hashed = 1, .size = UINT64_MAX, .hashbang = 2048 }, "a/b", 32, false },
		{ { .path = 3, .executable = 2, .size = 2 }, "a/b", 2, false },
		{ { .path = 3, .hashed = 2, .size = 2 }, "a/b", 32, false },
		{ { .path = 3, .hashed = 1, .size = 2 }, "a/b", 31, false },
		{ { .path = 3, .size = 3 }, "a/b", 2, false }, /* more than there is */
		{ { .path = 3, .size = UINT64_MAX }, "a/b", 2, false },
		{ { .path = 3, .size = UINT64_MAX - 2 }, "a/b", 2, false }, /* their sum is small */
		{ { .path = 0xffffffff }, "a/b", 2, false },
		{ { .path = 0, .size = 2 }, "", 2, false },
		{ { .path = 2 }, "/b", 0, false },
		{ { .path = 2 }, "a/", 0, false },
		{ { .path = 4 }, "a//b", 0, false },
		{ { .path = 3 }, "./b", 0, false },
		{ { .path = 4 }, "../b", 0, false },
		{ { .path = 9 }, "a/../../b", 0, false },
	};
	static const char zeros[64];
	CLEANUP(buf_fini) struct buf bytes = BUF_INIT(MIB);
	size_t count = 0;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		buf_clear(&bytes);
		buf_add(&bytes, (struct str){ (const char *)&cases[i].head, sizeof cases[i].head });
		buf_add_z(&bytes, cases[i].path);
		buf_add(&bytes, (struct str){ zeros, cases[i].there });
		if (file_list_read(buf_str(&bytes), count_one, &count) != cases[i].sound)
			fail_msg("case %zu", i);
		assert_false(file_list_read(str_head(buf_str(&bytes), sizeof cases[i].head - 1), count_one, &count));
	}
	assert_int_equal(count, 4);
	for (uint32_t n = LIMIT_TARBALL_PATH; n <= LIMIT_TARBALL_PATH + 1; n++) {
		struct listed_file head = { .path = n };
		buf_clear(&bytes);
		buf_add(&bytes, (struct str){ (const char *)&head, sizeof head });
		for (uint32_t i = 0; i < n; i++)
			buf_add_char(&bytes, 'x');
		assert_int_equal(file_list_read(buf_str(&bytes), count_one, &count), n == LIMIT_TARBALL_PATH);
	}
}

/* ---- a worker that is lost ------------------------------------------------------------------------ */

/* A tarball in a store of its own; gives what pins it. */
static struct str put_tarball(const char *store, const char *name)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(MIB), gzip = BUF_INIT(MIB), hex = BUF_INIT(KIB), sri = BUF_INIT(KIB);
	struct digest digest;
	struct str manifest = arena_printf(arena, "{\"name\":\"%s\",\"version\":\"1.0.0\"}", name);
	tar_add(&tar, (struct tar_part){ .path = "package/package.json", .data = manifest });
	tar_end(&tar);
	gzip_add(&gzip, buf_str(&tar));
	assert_true(digest_of(DIGEST_SHA512, buf_str(&gzip), &digest));
	digest_write_hex(&digest, &hex);
	digest_write_sri(&digest, &sri);
	const char *folder = arena_printf(arena, "%s/sha512/%.2s", store, hex.p).p;
	assert_int_equal(folder_make(folder, NULL), STATUS_OK);
	const char *path = arena_printf(arena, "%s/%.*s", folder, (int)hex.n - 2, hex.p + 2).p;
	assert_int_equal(file_write(path, buf_str(&gzip), NULL), STATUS_OK);
	return arena_copy(arena, buf_str(&sri));
}

static long first_child(long parent)
{
	char path[64], text[64] = "";
	snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", parent, parent);
	FILE *file = fopen(path, "r");
	long child = file && fgets(text, sizeof text, file) ? strtol(text, NULL, 10) : 0;
	if (file)
		fclose(file);
	return child;
}

static bool has_ended(long process)
{
	char path[64], text[512] = "";
	snprintf(path, sizeof path, "/proc/%ld/stat", process);
	FILE *file = fopen(path, "r");
	bool gone = !file || !fgets(text, sizeof text, file) || strstr(text, ") Z") || strstr(text, ") X");
	if (file)
		fclose(file);
	return gone;
}

/* After the first tarball: the only worker is killed, and seen dead. */
static void kill_worker(void *context, size_t done, size_t total, uint64_t bytes)
{
	bool *killed = context;
	(void)total;
	(void)bytes;
	long worker = done == 1 ? first_child(first_child(getpid())) : 0;
	if (!worker)
		return;
	kill((pid_t)worker, SIGKILL);
	while (!has_ended(worker))
		usleep(1000);
	*killed = true;
}

static void a_lost_worker_costs_one_package(void **state)
{
	(void)state;
	static const char *const names[] = { "a", "b", "c" };
	const char *store = arena_printf(arena, "%s/store", getenv("TEST_TMP") ? getenv("TEST_TMP") : "/tmp").p;
	struct tree tree = { .arena = arena, .package_count = 3, .packages = arena_array(arena, 3, sizeof(struct package)) };
	struct tarball_result *results;
	bool killed = false;
	for (size_t i = 0; i < 3; i++)
		tree.packages[i] = (struct package){ .name = str_of(names[i]), .version = STR("1.0.0"), .integrity = put_tarball(store, names[i]) };
	struct tarball_options options = { .store = store, .offline = true, .jobs = 1, .sandbox = sandbox, .progress = kill_worker, .context = &killed };
	assert_int_equal(tarball_verify(&tree, &options, arena, &results, NULL), STATUS_OK);
	if (!killed)
		skip(); /* no worker, or a system that does not tell whose child it is */
	assert_int_equal(results[0].state, TARBALL_VERIFIED);
	assert_int_equal(results[1].state, TARBALL_UNINSPECTED);
	assert_true(results[1].retryable);
	assert_null(results[1].inspection);
	assert_string_equal(results[1].detail, "the process that inspected it was killed");
	assert_int_equal(results[2].state, TARBALL_VERIFIED);
	assert_str(inspection_str(results[2].inspection, results[2].inspection->name), "c");
	/* The next run looks into it. */
	options.progress = NULL;
	assert_int_equal(tarball_verify(&tree, &options, arena, &results, NULL), STATUS_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(results[i].state, TARBALL_VERIFIED);
}

static size_t workers(void)
{
	struct sandbox_state now;
	sandbox_state(sandbox, &now);
	assert_int_equal(now.lost, 0);
	return now.off ? 0 : now.workers;
}

/* Who read what is odd reads nothing else. */
static void odd_archives_get_a_worker_of_their_own(void **state)
{
	(void)state;
	static const struct {
		const char *path;
		bool odd;
	} parts[] = { { "package/a", false }, { "package/../../b", true }, { "package/c", false }, { "package/d", false } };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct unpacker *unpacker = unpacker_new(sandbox);
	size_t before = workers(), odd = 0;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		CLEANUP(buf_fini) struct buf tar = BUF_INIT(MIB), gzip = BUF_INIT(MIB);
		struct proven_tarball tarball;
		tar_add(&tar, (struct tar_part){ .path = "package/package.json", .data = STR("{\"name\":\"a\",\"version\":\"1.0.0\"}") });
		tar_add(&tar, (struct tar_part){ .path = parts[i].path, .data = STR("x") });
		tar_end(&tar);
		gzip_add(&gzip, buf_str(&tar));
		assert_true(tarball_prove(buf_str(&gzip), NULL, &tarball, NULL));
		assert_int_equal(unpacker_inspect(unpacker, &tarball, &out, NULL), STATUS_OK);
		assert_int_equal(((const struct inspection *)(const void *)out.p)->faults != 0, parts[i].odd);
		size_t now = workers();
		if (now && i == 0)
			before = now;
		assert_int_equal(now, now ? before + odd : 0);
		odd += parts[i].odd;
	}
	unpacker_free(unpacker);
}

/* What is inspected to begin with is as sound as it is taken to be. */
static void warms_up(void **state)
{
	(void)state;
	struct inflater *inflater = unpacker_prepare();
	assert_true(unpacker_warm_up(inflater));
	assert_false(unpacker_warm_up(NULL));
	inflater_free(inflater);
}

static int start(void **state)
{
	(void)state;
	struct sandbox_options options = { .mode = SANDBOX_AUTO, .prepare = unpacker_prepare, .warm_up = unpacker_warm_up };
	arena = arena_new(0);
	return arena && !sandbox_start(&options, &sandbox, NULL) ? 0 : -1;
}

static int stop(void **state)
{
	(void)state;
	sandbox_free(sandbox);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(warms_up),
		cmocka_unit_test(odd_archives_get_a_worker_of_their_own),
		cmocka_unit_test(lists_a_tarball),
		cmocka_unit_test(lists_a_zip),
		cmocka_unit_test(lists_what_is_not_held),
		cmocka_unit_test(distrusts_a_list),
		cmocka_unit_test(a_lost_worker_costs_one_package),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
