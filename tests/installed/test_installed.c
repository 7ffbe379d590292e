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
		put_file("node_modules/a/cli.js", str_head(script(40), 43)); /* shorter by the wrong byte */
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
	struct sandbox_options options = { .mode = SANDBOX_AUTO, .prepare = unpacker_prepare };
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
		cmocka_unit_test_setup(keeps_to_its_depth, clean),
		cmocka_unit_test_setup(keeps_to_its_length, clean),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
