/* Yarn's zips: found by name, proven by the lockfile's checksum, looked into like a tarball. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "archive/zip_builder.h"
#include "assay/archive.h"
#include "assay/limits.h"
#include "tarball/inspect.h"
#include "tarball/yarn_zip.h"
#include "one_arena.h"

#define MANIFEST "{\"name\": \"ms\", \"version\": \"2.1.3\", \"bin\": \"x.js\"}"
static const char *folder_for(const char *name)
{
	const char *work = getenv("TEST_TMP"), *folder = path_join(arena, work ? work : ".", name);
	assert_int_equal(folder_make(folder, NULL), STATUS_OK);
	return folder;
}

/* ---- names, as yarn 4.18 gave them ----------------------------------------------------------- */

static const struct {
	const char *name, *id, *checksum, *file;
} zips[] = {
	{ "ms", "ms@npm:2.1.3", "10c0/d924b57e7312", "ms-npm-2.1.3-81ff3cfac1-d924b57e73.zip" },
	{ "ms", "ms@npm:2.1.3", "10c0/d924b57e7312", "ms-npm-2.1.3-81ff3cfac1-10c0.zip" },
	{ "ms", "ms@npm:2.1.3", "d924b57e7312", "ms-npm-2.1.3-81ff3cfac1-d924b57e73.zip" },
	{ "@sindresorhus/is", "@sindresorhus/is@npm:4.6.0", "10c0/33b6fb1d08ab", "@sindresorhus-is-npm-4.6.0-7cad05c55e-33b6fb1d08.zip" },
	{ "fsevents", "fsevents@patch:fsevents@npm%3A2.3.3#optional!builtin<compat/fsevents>::version=2.3.3&hash=df0bf1", "10c0/6a4a13116611",
	  "fsevents-patch-6b67494872-6a4a131166.zip" },
};

static void finds_a_zip(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof zips / sizeof *zips; i++) {
		const char *folder = folder_for(arena_printf(arena, "zips-%zu", i).p), *path = path_join(arena, folder, zips[i].file);
		struct package package = { .name = str_of(zips[i].name), .id = str_of(zips[i].id), .checksum = str_of(zips[i].checksum) };
		assert_null(yarn_zip_find(folder, &package, arena));
		assert_int_equal(file_write(path, STR("x"), NULL), STATUS_OK);
		const char *found = yarn_zip_find(folder, &package, arena);
		assert_non_null(found);
		assert_string_equal(found, path);
	}
}

static void finds_nothing_elsewhere(void **state)
{
	(void)state;
	static const struct {
		const char *name, *id, *checksum;
	} odd[] = {
		{ "../../x", "../../x@npm:1.0.0", "10c0/aa" },
		{ "@a/b/c", "@a/b/c@npm:1.0.0", "10c0/aa" },
		{ "a", "b@npm:1.0.0", "10c0/aa" },
		{ "", "", "" },
		{ "a", "a", "10c0/aa" },
		{ "a", "a@np/m:1.0.0", "../aa" },
	};
	for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
		struct package package = { .name = str_of(odd[i].name), .id = str_of(odd[i].id), .checksum = str_of(odd[i].checksum) };
		assert_null(yarn_zip_find(folder_for("zips-0"), &package, arena));
	}
}

static void reads_a_checksum(void **state)
{
	(void)state;
	struct digest digest, same;
	char hex[129];
	memset(hex, 'a', 128);
	hex[128] = '\0';
	assert_true(yarn_zip_digest(str_of(hex), &digest));
	assert_true(yarn_zip_digest(arena_printf(arena, "10c0/%s", hex), &same));
	assert_true(digest_equal(&digest, &same));
	assert_int_equal(digest.bytes[63], 0xaa);
	assert_false(yarn_zip_digest(arena_printf(arena, "10c0/%sa", hex), &digest));
	assert_false(yarn_zip_digest(str_from(str_of(hex), 1), &digest));
	hex[5] = 'g';
	assert_false(yarn_zip_digest(str_of(hex), &digest));
	assert_false(yarn_zip_digest(STR_NONE, &digest));
}

/* ---- what is in one --------------------------------------------------------------------------- */

static const struct {
	struct zip_part parts[3];
	uint32_t faults, files;
} contents[] = {
	{ { { .name = "node_modules/" }, { .name = "node_modules/ms/" }, { .name = "node_modules/ms/x.js", .deflate = true } }, 0, 2 },
	{ { { .name = "node_modules/evil/x.js" } }, FAULT_OUTSIDE, 2 },
	{ { { .name = "x.js" } }, FAULT_OUTSIDE, 1 },
	{ { { .name = "node_modules/ms/../x.js" } }, FAULT_ESCAPE, 1 },
	{ { { .name = "node_modules/ms/A" }, { .name = "node_modules/ms/a" } }, FAULT_FOLDED, 3 },
	{ { { .name = "node_modules/ms/a" }, { .name = "node_modules/ms/a" } }, FAULT_DUPLICATE, 3 },
	{ { { .name = "node_modules/ms/a", .data = { "text", 4 }, .crc_error = 1 } }, FAULT_NOT_TAR, 1 },
};

static void zip_free(struct zip_builder *zip)
{
	buf_fini(&zip->file);
	buf_fini(&zip->directory);
}

static void make_zip(struct zip_builder *zip, const struct zip_part *parts, size_t count)
{
	*zip = (struct zip_builder){ .count = 0 };
	buf_init(&zip->file, SIZE_MAX);
	buf_init(&zip->directory, SIZE_MAX);
	zip_add(zip, (struct zip_part){ .name = "node_modules/ms/package.json", .data = STR(MANIFEST), .deflate = true });
	for (size_t i = 0; i < count && parts[i].name; i++)
		zip_add(zip, parts[i]);
	zip_end(zip);
}

static void looks_into_a_zip(void **state)
{
	(void)state;
	struct inflater *inflater = inflater_new();
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	for (size_t i = 0; i < sizeof contents / sizeof *contents; i++) {
		struct zip_builder zip;
		make_zip(&zip, contents[i].parts, 3);
		struct proven_tarball proven = { .bytes = buf_str(&zip.file), .zip = true };
		assert_int_equal(tarball_inspect(&proven, inflater, &block, NULL), STATUS_OK);
		const struct inspection *out = (const void *)block.p;
		print_message("contents %zu\n", i);
		assert_int_equal(out->faults, contents[i].faults);
		assert_int_equal(out->files, contents[i].files);
		assert_true(str_equal_z(inspection_str(out, out->name), "ms"));
		proven.bytes = str_head(proven.bytes, proven.bytes.n / 2);
		assert_int_equal(tarball_inspect(&proven, inflater, &block, NULL), STATUS_OK);
		assert_true(((const struct inspection *)(const void *)block.p)->faults & FAULT_NOT_TAR);
		zip_free(&zip);
	}
	inflater_free(inflater);
}

static void keeps_to_the_limits(void **state)
{
	(void)state;
	static const struct zip_part part = { .name = "node_modules/ms/x", .data = { "text", 4 } };
	static const struct inspect_limits at = { sizeof MANIFEST - 1 + 4, 2, 100, 1000, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY };
	struct inspect_limits past[2] = { at, at };
	past[0].unpacked_bytes--;
	past[1].entries--;
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct zip_builder zip;
	make_zip(&zip, &part, 1);
	struct proven_tarball proven = { .bytes = buf_str(&zip.file), .zip = true };
	assert_int_equal(inspect_within(&proven, NULL, &at, &block, NULL), STATUS_OK);
	assert_int_equal(((const struct inspection *)(const void *)block.p)->faults, 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(inspect_within(&proven, NULL, &past[i], &block, NULL), STATUS_OK);
		assert_true(((const struct inspection *)(const void *)block.p)->faults & FAULT_LIMIT);
	}
	zip_free(&zip);
}

/* ---- the zero-install attack --------------------------------------------------------------------- */

static struct tarball_result verify_one(const struct package *package, const char *own, const char *global)
{
	struct tree *tree = tree_new(arena);
	struct package *root = tree_add_package(tree, STR(""), NULL);
	root->kind = PACKAGE_ROOT;
	struct package *added = tree_add_package(tree, package->id, NULL);
	added->name = package->name;
	added->version = package->version;
	added->checksum = package->checksum;
	added->kind = package->kind;
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	struct tarball_options options = { .offline = true, .yarn_cache = own, .yarn_global_cache = global, .jobs = 1 };
	struct tarball_result *results;
	assert_int_equal(tarball_verify(tree, &options, arena, &results, NULL), STATUS_OK);
	return results[1];
}

static void proves_a_zip(void **state)
{
	(void)state;
	const char *own = folder_for("own"), *global = folder_for("global");
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(200);
	struct digest digest;
	struct zip_builder zip;
	make_zip(&zip, NULL, 0);
	struct str bytes = buf_str(&zip.file);
	assert_true(digest_of(DIGEST_SHA512, bytes, &digest));
	digest_write_hex(&digest, &hex);
	struct package package = { .name = STR("ms"), .id = STR("ms@npm:2.1.3"), .version = STR("2.1.3"), .kind = PACKAGE_REGISTRY };
	package.checksum = arena_printf(arena, "10c0/%.*s", STR_ARG(buf_str(&hex)));
	const char *path = arena_printf(arena, "%s/ms-npm-2.1.3-81ff3cfac1-%.10s.zip", own, hex.p).p;
	const char *global_path = path_join(arena, global, "ms-npm-2.1.3-81ff3cfac1-10c0.zip");
	struct tarball_result result = verify_one(&package, own, global);
	assert_int_equal(result.state, TARBALL_UNREACHABLE);
	assert_int_equal(file_write(path, bytes, NULL), STATUS_OK);
	result = verify_one(&package, own, global);
	assert_int_equal(result.state, TARBALL_VERIFIED);
	assert_int_equal(result.source, SOURCE_YARN_CACHE);
	assert_int_equal(result.inspection->faults, 0);
	package.kind = PACKAGE_GIT; /* what yarn packed from a repository is proven as well */
	assert_int_equal(verify_one(&package, own, global).state, TARBALL_VERIFIED);
	assert_int_equal(verify_one(&package, NULL, global).skip, SKIP_GIT);
	package.kind = PACKAGE_REGISTRY;
	assert_int_equal(file_write(path, STR("another zip"), NULL), STATUS_OK);
	result = verify_one(&package, own, global);
	assert_int_equal(result.state, TARBALL_MISMATCH);
	assert_null(result.inspection);
	assert_non_null(strstr(result.detail, "pinned sha512-"));
	assert_int_equal(file_write(global_path, STR("another zip"), NULL), STATUS_OK);
	result = verify_one(&package, NULL, global); /* in the user's own cache it is a damaged copy */
	assert_int_equal(result.state, TARBALL_UNREACHABLE);
	assert_string_equal(result.detail, "offline, and in no cache; yarn's global cache holds a damaged copy");
	assert_int_equal(file_write(global_path, bytes, NULL), STATUS_OK);
	assert_int_equal(verify_one(&package, NULL, global).state, TARBALL_VERIFIED);
	zip_free(&zip);
}

/* The second of three zips is not what the lockfile says: the others are proven all the same. */
static void one_bad_zip(void **state)
{
	(void)state;
	enum { COUNT = 3 };
	static const struct {
		const char *name, *id, *file;
	} three[COUNT] = {
		{ "ms", "ms@npm:2.1.3", "ms-npm-2.1.3-81ff3cfac1-10c0.zip" },
		{ "@sindresorhus/is", "@sindresorhus/is@npm:4.6.0", "@sindresorhus-is-npm-4.6.0-7cad05c55e-10c0.zip" },
		{ "fsevents", "fsevents@patch:fsevents@npm%3A2.3.3#optional!builtin<compat/fsevents>::version=2.3.3&hash=df0bf1",
		  "fsevents-patch-6b67494872-10c0.zip" },
	};
	const char *own = folder_for("one-bad");
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(200);
	struct digest digest;
	struct zip_builder zip;
	make_zip(&zip, NULL, 0);
	struct str bytes = buf_str(&zip.file);
	assert_true(digest_of(DIGEST_SHA512, bytes, &digest));
	digest_write_hex(&digest, &hex);
	struct tree *tree = tree_new(arena);
	tree_add_package(tree, STR(""), NULL)->kind = PACKAGE_ROOT;
	for (size_t i = 0; i < COUNT; i++) {
		struct package *package = tree_add_package(tree, str_of(three[i].id), NULL);
		package->name = str_of(three[i].name);
		package->version = STR("1.0.0");
		package->kind = PACKAGE_REGISTRY;
		package->checksum = arena_printf(arena, "10c0/%.*s", STR_ARG(buf_str(&hex)));
		assert_int_equal(file_write(path_join(arena, own, three[i].file), i == 1 ? STR("another zip") : bytes, NULL), STATUS_OK);
	}
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	const struct tarball_options options = { .yarn_cache = own, .offline = true };
	struct tarball_result *results;
	assert_int_equal(tarball_verify(tree, &options, arena, &results, NULL), STATUS_OK);
	for (size_t i = 0; i < COUNT; i++)
		assert_int_equal(results[1 + i].state, i == 1 ? TARBALL_MISMATCH : TARBALL_VERIFIED);
	assert_non_null(strstr(results[2].detail, "pinned sha512-"));
	zip_free(&zip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_a_zip),      cmocka_unit_test(finds_nothing_elsewhere), cmocka_unit_test(reads_a_checksum),
		cmocka_unit_test(looks_into_a_zip), cmocka_unit_test(keeps_to_the_limits),     cmocka_unit_test(proves_a_zip),
		cmocka_unit_test(one_bad_zip),
	};
	return cmocka_run_group_tests(tests, begin_arena, end_arena);
}
