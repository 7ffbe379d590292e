/*
 * Folders against tarballs: what is held, what is inflated piece by piece and what is read from a file piece by piece give the same differences; the
 * limits. What each layout looks like is tests/cli/test_installed.sh's.
 */
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests.h"
#include "archive/zip_builder.h"
#include "assay/installed.h"
#include "assay/limits.h"
#include "installed/private.h"
#include "tarball/tar_builder.h"

static struct arena *arena;
static const char *project;

enum way { HELD, INFLATED_BY_PIECES, FROM_FILE, HELD_ELSEWHERE, INFLATED_ELSEWHERE, FROM_FILE_ELSEWHERE, WAYS };

static void put_file(const char *path, struct str bytes)
{
	const char *whole = path_join(arena, project, path);
	assert_int_equal(folder_make(path_folder(arena, whole), NULL), STATUS_OK);
	assert_int_equal(file_write(whole, bytes, NULL), STATUS_OK);
}

static void add(struct buf *tar, const char *path, struct str data)
{
	const struct tar_part part = { .path = path, .data = data };
	tar_add(tar, part);
}

/* "#!" and a carriage return at the end of the line, which has `n` bytes with both ends. */
static struct str script(size_t n)
{
	char *text = arena_alloc(arena, n + 5);
	memset(text, 'x', n + 4);
	memcpy(text, "#!", 2);
	memcpy(text + n - 2, "\r\n", 2);
	return (struct str){ text, n + 4 };
}

/* As npm writes it. */
static struct str without_return(struct str text)
{
	size_t at = str_find(text, '\r');
	return arena_printf(arena, "%.*s%.*s", (int)at, text.p, STR_ARG(str_from(text, at + 1)));
}

static struct str zeros(size_t n)
{
	return (struct str){ arena_alloc(arena, n + 1), n };
}

/* Before there is a thread. */
static struct sandbox *sandbox;

static struct inspection *inspect(const struct proven_tarball *proven, struct unpacker *unpacker, struct buf *block)
{
	assert_int_equal(unpacker_inspect(unpacker, proven, block, NULL), STATUS_OK);
	return (struct inspection *)(void *)block->p;
}

static const struct installed_result *compare(struct tree *tree, struct str bytes, enum way way, bool zip)
{
	CLEANUP(installed_cleanup) struct installed *installed = NULL;
	CLEANUP(buf_fini) struct buf block = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	const char *path = path_join(arena, project, "../t.tgz");
	const struct installed_result *result = NULL;
	struct unpacker *unpacker = unpacker_new(way >= HELD_ELSEWHERE ? sandbox : NULL);
	assert_int_equal(file_write(path, bytes, NULL), STATUS_OK);
	struct tarball_file file = { .fd = open(path, O_RDONLY | O_CLOEXEC), .size = bytes.n };
	struct proven_tarball proven = { .bytes = bytes, .zip = zip };
	if (way == FROM_FILE || way == FROM_FILE_ELSEWHERE)
		proven = (struct proven_tarball){ .file = &file, .zip = zip };
	if (way == INFLATED_BY_PIECES || way == INFLATED_ELSEWHERE)
		unpacker_set_hold(unpacker, 0);
	assert_int_equal(installed_begin(tree, arena, &installed, NULL), STATUS_OK);
	const uint32_t one = 1;
	installed_compare(installed, &proven, inspect(&proven, unpacker, &block), unpacker, (struct tarball_packages){ &one, 1 });
	assert_int_equal(installed_finish(installed, &result, NULL), STATUS_OK);
	unpacker_free(unpacker);
	close(file.fd);
	return result;
}

static struct tree *make_tree(void)
{
	struct tree *tree = tree_new(arena);
	struct package *root = tree_add_package(tree, STR(""), NULL);
	root->kind = PACKAGE_ROOT;
	struct package *package = tree_add_package(tree, STR("node_modules/a"), NULL);
	package->name = STR("a");
	package->version = STR("1.0.0");
	package->kind = PACKAGE_REGISTRY;
	tree->folder = project;
	tree->format = "npm";
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	return tree;
}

static const char manifest[] = "{\"name\":\"a\",\"version\":\"1.0.0\"}";

/* A tarball of every case, and a folder that an honest npm made of it, but for what `tamper` does. */
static struct str lay_out(void)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(8 * MIB), gzip = BUF_INIT(8 * MIB);
	struct str last_line = script(2048), past = script(2049), large = zeros(3 * MIB);
	add(&tar, "package/package.json", str_of(manifest));
	add(&tar, "package/large", large);
	add(&tar, "package/cli.js", script(40));
	add(&tar, "package/last.js", last_line);
	add(&tar, "package/past.js", past);
	add(&tar, "package/twice", STR("not this one"));
	add(&tar, "package/twice", STR("this one"));
	add(&tar, "package/empty", STR(""));
	tar_end(&tar);
	gzip_add(&gzip, buf_str(&tar));
	put_file("node_modules/a/package.json", str_of(manifest));
	put_file("node_modules/a/large", large);
	put_file("node_modules/a/cli.js", without_return(script(40)));
	put_file("node_modules/a/last.js", without_return(last_line));
	put_file("node_modules/a/past.js", past);
	put_file("node_modules/a/twice", STR("this one"));
	put_file("node_modules/a/empty", STR(""));
	return arena_copy(arena, buf_str(&gzip));
}

static void each_way_says_the_same(void **state)
{
	(void)state;
	struct tree *tree = make_tree();
	for (enum way way = HELD; way < WAYS; way++) {
		struct str tarball = lay_out();
		const struct installed_result *result = compare(tree, tarball, way, false);
		assert_int_equal(result->difference_count, 0);
		assert_int_equal(result->files, 7);
		char *last = memset(arena_alloc(arena, 3 * MIB), 0, 3 * MIB);
		last[3 * MIB - 1] = 1;
		put_file("node_modules/a/large", (struct str){ last, 3 * MIB });
		put_file("node_modules/a/cli.js", str_head(script(40), 43));      /* shorter by the wrong byte */
		put_file("node_modules/a/past.js", without_return(script(2049))); /* npm looks no further than 2,048 bytes */
		put_file("node_modules/a/twice", STR("not this one"));
		put_file("node_modules/a/empty", STR("x"));
		put_file("node_modules/a/more.js", STR("x"));
		assert_int_equal(unlink(path_join(arena, project, "node_modules/a/last.js")), 0);
		result = compare(tree, tarball, way, false);
		assert_int_equal(result->difference_count, 3);
		assert_int_equal(result->differences[0].kind, INSTALLED_CHANGED);
		assert_int_equal(result->differences[0].count, 5);
		assert_str(result->differences[0].names[0], "cli.js");
		assert_str(result->differences[0].names[2], "large");
		assert_int_equal(result->differences[1].kind, INSTALLED_MISSING);
		assert_str(result->differences[1].names[0], "last.js");
		assert_int_equal(result->differences[2].kind, INSTALLED_ADDED);
		assert_str(result->differences[2].names[0], "more.js");
		assert_int_equal(unlink(path_join(arena, project, "node_modules/a/more.js")), 0);
	}
}

static void a_zip_as_well(void **state)
{
	(void)state;
	struct tree *tree = make_tree();
	struct zip_builder zip;
	const struct zip_part parts[] = {
		{ .name = "node_modules/a/package.json", .data = str_of(manifest) },
		{ .name = "node_modules/a/large", .data = zeros(3 * MIB), .deflate = true },
		{ .name = "node_modules/a/cli.js", .data = script(40) },
	};
	lay_out();
	zip = (struct zip_builder){ .count = 0 };
	buf_init(&zip.file, SIZE_MAX);
	buf_init(&zip.directory, SIZE_MAX);
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		zip_add(&zip, parts[i]);
	zip_end(&zip);
	for (enum way way = HELD; way < WAYS; way++) {
		const struct installed_result *result = compare(tree, buf_str(&zip.file), way, true);
		assert_int_equal(result->difference_count, 2);
		assert_int_equal(result->differences[0].kind, INSTALLED_ADDED);
		assert_int_equal(result->differences[1].kind, INSTALLED_ADDED_DATA);
		assert_int_equal(result->files, 3);
	}
	buf_fini(&zip.file);
	buf_fini(&zip.directory);
}

/* ---- patches ---------------------------------------------------------------------------------------- */

/* `paths`: what is touched, "|" between two. */
static const struct {
	const char *prefix, *text, *paths;
} patches[] = {
	{ "", "", "" },
	{ "", "no patch at all\n--\n+++\n", "" },
	{ "", "--- a/index.js\n+++ b/index.js\n@@ -1 +1 @@\n-a\n+b\n", "index.js" },
	{ "", "--- a/lib/x.js\r\n+++ b/lib/x.js\r\n@@ -1 +1 @@\r\n-a\r\n+b\r\n", "lib/x.js" },
	{ "", "--- a/x.js\t2026-01-01 00:00:00\n+++ b/x.js\t2026-01-01 00:00:00\n", "x.js" },
	{ "", "--- /dev/null\n+++ b/new.js\n@@ -0,0 +1,2 @@\n+a\n+b\n", "new.js" },
	{ "", "--- a/old.js\n+++ /dev/null\n@@ -1,2 +0,0 @@\n-a\n-b\n", "old.js" },
	{ "", "diff --git a/old.js b/new.js\nsimilarity index 100%\nrename from old.js\nrename to new.js\n", "new.js|old.js" },
	{ "", "diff --git a/cli.js b/cli.js\nold mode 100644\nnew mode 100755\n", "cli.js" },
	{ "", "diff --git a/a b/b b/a b/b\nnew file mode 100644\n", "a b/b" },
	{ "", "diff --git a/x.js b/x.js\n--- a/x.js\n+++ b/x.js\ndiff --git a/y b/y\nnew file mode 100644\n", "x.js|y" },
	{ "", "--- \"a/f\\303\\251 \\\"\\t.js\"\n+++ \"b/f\\303\\251 \\\"\\t.js\"\n", "f\303\251 \"\t.js" },
	{ "", "diff --git \"a/\\001\" \"b/\\001\"\nnew file mode 100644\n", "\1" },
	{ "", "--- \"a/unended\n+++ \"b/un\\", "un|unended" },
	/* What a hunk holds names nothing, however it looks. */
	{ "", "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/evil.js\n--- a/evil2.js\n+++ b/evil.js\n+++ b/evil2.js\n", "x" },
	{ "", "--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+b\n\\ No newline at end of file\n--- a/y\n+++ b/y\n", "x|y" },
	{ "", "--- a/x\n+++ b/x\n@@ -1,99999999999999999999 +1 @@\n+b\n--- a/y\n+++ b/y\n", "x|y" },
	{ "", "@@ -1,3 +1,3 @@\ndiff --git a/x b/x\nold mode 1\n", "x" },
	/* patch-package names the folder, and patches nothing elsewhere. */
	{ "node_modules/a/", "--- a/node_modules/a/x.js\n+++ b/node_modules/a/x.js\n", "x.js" },
	{ "node_modules/a/", "--- a/node_modules/b/x.js\n+++ b/node_modules/b/x.js\n", "" },
	{ "node_modules/a/", "--- a/x.js\n+++ b/node_modules/a/\n", "" },
	{ "node_modules/a/", "diff --git a/node_modules/a/x b/node_modules/a/x\nold mode 1\n", "x" },
};

static void a_patch_names_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
		struct patch patch = { .prefix = str_of(patches[i].prefix), .paths = map_new(arena, 0) };
		struct str rest = str_of(patches[i].paths), text = str_of(patches[i].text);
		size_t count = 0, found;
		assert_true(patch_read_text(text, arena, &patch));
		assert_int_equal(patch.problem.n, 0);
		for (struct str path; rest.n && str_split(&rest, '|', &path); count++)
			if (!map_find(patch.paths, path, &found))
				fail_msg("patch %zu does not name %.*s", i, STR_ARG(path));
		if (map_count(patch.paths) != count)
			fail_msg("patch %zu names %zu files", i, map_count(patch.paths));
	}
}

/* The id of a package of yarn's, and the patches in it. */
static const struct {
	const char *id, *files;
} locators[] = {
	{ "a@npm:1.0.0", "" },
	{ "a@patch:a@npm%3A1.0.0#~/.yarn/patches/a.patch::version=1.0.0&hash=0123", ".yarn/patches/a.patch" },
	{ "a@patch:a@npm%3A1.0.0#./fixes/a.patch::version=1.0.0&hash=0123&locator=top%40workspace%3A.", "./fixes/a.patch" },
	{ "a@patch:a@npm%3A1.0.0#./a.patch::locator=web%40workspace%3Apackages%2Fweb", "packages/web/./a.patch" },
	{ "a@patch:a@npm%3A1.0.0#~/one%20more.patch&~/two.patch::version=1.0.0", "two.patch|one more.patch" },
	{ "a@patch:a@npm%3A1.0.0#optional!builtin<compat/a>::version=1.0.0", "builtin<compat/a>" },
	{ "typescript@patch:typescript@npm%3A1.0.0#~builtin<compat/typescript>::version=1.0.0", "yarn's builtin<compat/typescript>" },
	{ "resolve@patch:resolve@npm%3A1.0.0#optional!builtin<compat/resolve>", "yarn's builtin<compat/resolve>" },
	{ "fsevents@patch:fsevents@patch%3Afsevents@npm%253A1.0.0%23optional!builtin<compat/fsevents>%3A%3Aversion=1.0.0#~/a.patch::version=1.0.0",
	  "yarn's builtin<compat/fsevents>|a.patch" },
	/* On another package, it is nobody's patch. */
	{ "a@patch:a@npm%3A1.0.0#~builtin<compat/typescript>::version=1.0.0", "builtin<compat/typescript>" },
	{ "a@patch:typescript@npm%3A1.0.0#optional!builtin<compat/typescript>", "builtin<compat/typescript>" },
	{ "resolve@patch:resolve@npm%3A1.0.0#optional!builtin<compat/fsevents>", "builtin<compat/fsevents>" },
	{ "a@patch:a@npm%3A1.0.0#~/../../etc/passwd", "../../etc/passwd" },
	{ "a@patch:", "" },
};

static void yarn_names_patches(void **state)
{
	(void)state;
	struct tree *tree = make_tree();
	for (size_t i = 0; i < sizeof locators / sizeof *locators; i++) {
		CLEANUP(installed_cleanup) struct installed *in = NULL;
		CLEANUP(buf_fini) struct buf files = BUF_INIT(KIB);
		size_t touches = 0;
		tree->packages[1].id = str_of(locators[i].id);
		tree->packages[1].name = str_head(tree->packages[1].id, str_find(tree->packages[1].id, '@'));
		assert_int_equal(installed_begin(tree, arena, &in, NULL), STATUS_OK);
		for (const struct patch *patch = NULL; (patch = patch_next(in, 1, patch));) {
			buf_add_z(&files, files.n ? "|" : "");
			buf_add_z(&files, patch->problem.n ? "" : "yarn's ");
			buf_add(&files, patch->file);
			assert_true(patch->own || patch->problem.n); /* none of them is there */
			assert_false(patch_touches(patch, STR("x.js")));
			static const char *const touched[] = { "fsevents.js", "lib/normalize-options.js", "lib/tsc.js", "lib/_tsserver.js" };
			for (size_t k = 0; k < sizeof touched / sizeof *touched; k++)
				touches += patch_touches(patch, str_of(touched[k]));
		}
		if (!str_equal_z(buf_str(&files), locators[i].files) && !(locators[i].files[0] == '\0' && !files.n))
			fail_msg("%s: %.*s", locators[i].id, STR_ARG(buf_str(&files)));
		assert_int_equal(touches, strstr(locators[i].files, "yarn's") ? (strstr(locators[i].files, "typescript>") ? 2 : 1) : 0);
		assert_null(patch_next(in, 0, NULL));
	}
}

/* LIMIT_PATCHES are read, one more is not; LIMIT_PATCH_BYTES, and not a byte more. */
static void keeps_to_its_patches(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(8 * MIB);
	CLEANUP(installed_cleanup) struct installed *in = NULL, *past = NULL;
	struct tree *tree = make_tree();
	char *large = memset(arena_alloc(arena, LIMIT_PATCH_BYTES + 1), ' ', LIMIT_PATCH_BYTES + 1);
	memcpy(large, "+++ b/x\n", 8);
	put_file("largest.patch", (struct str){ large, LIMIT_PATCH_BYTES });
	put_file("larger.patch", (struct str){ large, LIMIT_PATCH_BYTES + 1 });
	put_file("package.json", STR("{\"patchedDependencies\":{\"a@1.0.0\":\"largest.patch\",\"a\":\"larger.patch\",\"b\":\"largest.patch\"}}"));
	assert_int_equal(installed_begin(tree, arena, &in, NULL), STATUS_OK);
	const struct patch *larger = patch_next(in, 1, NULL), *largest = patch_next(in, 1, larger);
	assert_true(larger->problem.n && !patch_touches(larger, STR("x")) && patch_touches(largest, STR("x")));
	assert_ptr_equal(in->patches.v[2].paths, largest->paths); /* read once */
	buf_add_z(&text, "{\"patchedDependencies\":{");
	for (unsigned i = 0; i < LIMIT_PATCHES; i++)
		buf_printf(&text, "\"p%u\":\"none\",", i);
	buf_add_z(&text, "\"a\":\"largest.patch\"}}");
	put_file("package.json", buf_str(&text));
	assert_int_equal(installed_begin(tree, arena, &past, NULL), STATUS_OK);
	assert_int_equal(past->patches.n, LIMIT_PATCHES);
	assert_null(patch_next(past, 1, NULL));
}

/* Whatever a patch is cut to, it is read to its end and names no more than the whole one. */
static void a_cut_patch(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof patches / sizeof *patches; i++) {
		struct str text = str_of(patches[i].text);
		for (size_t n = 0; n < text.n; n++) {
			struct patch patch = { .prefix = str_of(patches[i].prefix), .paths = map_new(arena, 0) };
			char *copy = memcpy(arena_alloc(arena, n + 1), text.p, n); /* so that ASan sees a step past the end */
			assert_true(patch_read_text((struct str){ copy, n }, arena, &patch));
			assert_in_range(map_count(patch.paths), 0, 2);
		}
	}
}

/* LIMIT_PATCH_NAMES files may be touched; one more, and the patch excuses none. */
static void keeps_to_its_names(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(8 * MIB);
	for (unsigned i = 0; i <= LIMIT_PATCH_NAMES; i++) {
		if (i == LIMIT_PATCH_NAMES) {
			struct patch most = { .paths = map_new(arena, 0) };
			assert_true(patch_read_text(buf_str(&text), arena, &most));
			assert_int_equal(most.problem.n, 0);
			assert_true(patch_touches(&most, STR("9")));
		}
		buf_printf(&text, "+++ b/%u\n", i);
	}
	struct patch past = { .paths = map_new(arena, 0) };
	assert_true(patch_read_text(buf_str(&text), arena, &past));
	assert_true(str_starts_with(past.problem, STR("it touches more files")));
	assert_false(patch_touches(&past, STR("9")));
}

/* ---- limits ---------------------------------------------------------------------------------------- */

/* Folders that nest up to LIMIT_FOLDER_DEPTH are compared; one more could not be read, and says so. */
static void keeps_to_its_depth(void **state)
{
	(void)state;
	struct tree *tree = make_tree();
	struct str tarball = lay_out();
	const char *path = path_join(arena, project, "node_modules/a");
	for (unsigned i = 0; i < LIMIT_FOLDER_DEPTH; i++)
		path = path_join(arena, path, "d");
	assert_int_equal(folder_make(path, NULL), STATUS_OK);
	assert_int_equal(compare(tree, tarball, HELD, false)->difference_count, 0);
	assert_int_equal(folder_make(path_join(arena, path, "d"), NULL), STATUS_OK);
	const struct installed_result *result = compare(tree, tarball, HELD, false);
	assert_int_equal(result->difference_count, 1);
	assert_int_equal(result->differences[0].kind, INSTALLED_UNREADABLE);
	assert_str(result->differences[0].detail, "folders nest too deep");
}

/* A location may have LIMIT_LOCATION_BYTES; node_modules that nest deeper are an error that says so. */
static void keeps_to_its_length(void **state)
{
	(void)state;
	struct tree *tree = make_tree();
	char name[NAME_MAX + 1];
	memset(name, 'n', sizeof name);
	name[230] = '\0';
	/* The first is node_modules/<230>, each further one 244 longer: sixteen of them fit 4,096 bytes, with the node_modules behind the last. */
	int fd = open(project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct installed *installed = NULL;
	struct error err;
	for (unsigned i = 0; i < 17; i++) {
		const char *const parts[] = { "node_modules", name };
		for (size_t k = 0; k < 2; k++) {
			if (mkdirat(fd, parts[k], 0777) != 0)
				assert_int_equal(k + i, 0);
			int inner = openat(fd, parts[k], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
			close(fd);
			fd = inner;
			assert_true(fd >= 0);
		}
		enum status status = installed_begin(tree, arena, &installed, &err);
		assert_int_equal(status, i < 16 ? STATUS_OK : STATUS_LIMIT);
		if (!status)
			installed_free(installed);
	}
	assert_non_null(strstr(err.text, "nest deeper than any path is long"));
	close(fd);
}

static int start(void **state)
{
	(void)state;
	struct sandbox_options options = { .mode = SANDBOX_AUTO, .prepare = unpacker_prepare, .warm_up = unpacker_warm_up };
	assert_int_equal(sandbox_start(&options, &sandbox, NULL), STATUS_OK);
	arena = arena_new(0);
	project = path_join(arena, getenv("TEST_TMP"), "project");
	return 0;
}

static int clean(void **state)
{
	(void)state;
	const char *command = arena_printf(arena, "rm -rf '%s'", project).p;
	return system(command) == 0 && folder_make(project, NULL) == STATUS_OK ? 0 : -1;
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
		cmocka_unit_test_setup(each_way_says_the_same, clean),
		cmocka_unit_test_setup(a_zip_as_well, clean),
		cmocka_unit_test(a_patch_names_files),
		cmocka_unit_test(a_cut_patch),
		cmocka_unit_test_setup(yarn_names_patches, clean),
		cmocka_unit_test_setup(keeps_to_its_patches, clean),
		cmocka_unit_test(keeps_to_its_names),
		cmocka_unit_test_setup(keeps_to_its_depth, clean),
		cmocka_unit_test_setup(keeps_to_its_length, clean),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
