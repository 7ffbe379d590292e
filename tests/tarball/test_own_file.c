/* Packed files of the project's: read where they lie in the repository, and nowhere else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/tarball.h"
#include "assay/tree.h"
#include "tarball/tar_builder.h"
#include "tests.h"

static struct arena *arena;
static const char *work, *project; /* <work>/repository/web, the repository being its parent */
static struct str tarball, other;

enum pin { PIN_NONE, PIN_RIGHT, PIN_WRONG };

static const struct {
	const char *resolved;
	const char *folder; /* where the lockfile's format tells it */
	enum pin pin;
	enum tarball_state state;
	const char *detail; /* NULL: none */
} facts[] = {
	{ "file:vendor/a.tgz", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:./vendor/a.tgz", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "vendor/a.tgz", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:vendor/a.tgz#0123456789abcdef0123456789abcdef01234567", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:vendor/a b#c.TGZ", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:vendor/a%20b%23c.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "a%20b%23c.tgz: there is no such file" },
	{ "file:vendor/a%20b%23c.TGZ", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:./a.tgz", "vendor/a.tgz", PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:../shared.tgz", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL }, /* of the repository, above the project */
	{ "file:inside-link.tgz", NULL, PIN_RIGHT, TARBALL_VERIFIED, NULL },
	{ "file:vendor/a.tgz", NULL, PIN_NONE, TARBALL_NO_INTEGRITY, NULL },
	{ "file:vendor/a.tgz", NULL, PIN_WRONG, TARBALL_MISMATCH, "pinned sha512-" },
	{ "file:vendor/other.tgz", NULL, PIN_RIGHT, TARBALL_MISMATCH, " got sha512-" },
	/* named, and not read */
	{ "file:../../outside.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "file:../../outside.tgz: it lies outside of the repository" },
	{ "file:outside-link.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "it lies outside of the repository" },
	{ "file:../../repository-twin/a.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "it lies outside of the repository" },
	{ "file:%2e%2e/../outside.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "it lies outside of the repository" },
	{ "file:vendor/missing.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "there is no such file" },
	{ "file:vendor/a%00.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "there is no such file" },
	{ "file:vendor/folder.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "the file cannot be read, or is too large" },
	{ "file:vendor/pipe.tgz", NULL, PIN_RIGHT, TARBALL_UNREACHABLE, "the file cannot be read, or is too large" },
	{ "file:vendor", NULL, PIN_NONE, TARBALL_SKIPPED, NULL }, /* a folder: the user's own code */
};
enum { FACTS = sizeof facts / sizeof *facts };

static const char *in(const char *folder, const char *name)
{
	const char *path = path_join(arena, folder, name);
	assert_non_null(path);
	return path;
}

static void put(const char *path, struct str bytes)
{
	assert_int_equal(folder_make(path_folder(arena, path), NULL), STATUS_OK);
	assert_int_equal(file_write(path, bytes, NULL), STATUS_OK);
}

static struct str make_tarball(const char *manifest)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(60000), gzip = BUF_INIT(70000);
	const struct tar_part part = { .path = "package/package.json", .data = str_of(manifest) };
	tar_add(&tar, part);
	tar_end(&tar);
	gzip_add(&gzip, buf_str(&tar));
	return arena_copy(arena, buf_str(&gzip));
}

static struct str pin_of(struct str bytes)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(200);
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA512, bytes, &digest));
	digest_write_sri(&digest, &out);
	return arena_copy(arena, buf_str(&out));
}

static struct tarball_result *verify(const struct tarball_options *options)
{
	struct tree tree = { .arena = arena, .package_count = FACTS };
	struct tarball_result *results;
	tree.packages = arena_array(arena, FACTS, sizeof *tree.packages);
	for (size_t i = 0; i < FACTS; i++) {
		struct str pins[] = { [PIN_NONE] = STR_NONE, [PIN_RIGHT] = pin_of(tarball), [PIN_WRONG] = pin_of(STR("x")) };
		tree.packages[i] = (struct package){
			.name = STR("a"), .version = STR("1.0.0"), .kind = PACKAGE_FILE, .resolved = str_of(facts[i].resolved), .integrity = pins[facts[i].pin]
		};
		if (facts[i].folder)
			tree.packages[i].folder = str_of(facts[i].folder);
	}
	assert_int_equal(tarball_verify(&tree, options, arena, &results, NULL), STATUS_OK);
	return results;
}

static void reads_what_lies_in_the_repository(void **state)
{
	(void)state;
	struct tarball_result *results = verify(&(struct tarball_options){ .folder = project, .offline = true, .jobs = 2 });
	for (size_t i = 0; i < FACTS; i++) {
		print_message("fact %zu %s: %s\n", i, facts[i].resolved, results[i].detail ? results[i].detail : "");
		bool read = facts[i].state == TARBALL_VERIFIED || facts[i].state == TARBALL_NO_INTEGRITY;
		assert_int_equal(results[i].state, facts[i].state);
		assert_int_equal(results[i].source, read || facts[i].state == TARBALL_MISMATCH ? SOURCE_FILE : SOURCE_NONE);
		assert_int_equal(results[i].inspection != NULL, read);
		assert_false(results[i].retryable);
		if (facts[i].detail)
			assert_non_null(strstr(results[i].detail, facts[i].detail));
		else
			assert_null(results[i].detail);
	}
}

static void reads_nothing_without_a_folder(void **state)
{
	(void)state;
	struct tarball_result *results = verify(&(struct tarball_options){ .offline = true, .jobs = 1 });
	for (size_t i = 0; i < FACTS; i++)
		assert_int_equal(results[i].state, facts[i].state == TARBALL_SKIPPED ? TARBALL_SKIPPED : TARBALL_UNREACHABLE);
}

static void without_a_repository_the_project_is_all(void **state)
{
	(void)state;
	const char *git = in(work, "repository/.git");
	assert_int_equal(rmdir(git), 0);
	struct tarball_result *results = verify(&(struct tarball_options){ .folder = project, .offline = true, .jobs = 1 });
	assert_int_equal(folder_make(git, NULL), STATUS_OK);
	for (size_t i = 0; i < FACTS; i++) {
		bool above = strcmp(facts[i].resolved, "file:../shared.tgz") == 0;
		assert_int_equal(results[i].state, above ? TARBALL_UNREACHABLE : facts[i].state);
	}
}

static int start(void **state)
{
	(void)state;
	arena = arena_new(0);
	tarball = make_tarball("{\"name\":\"a\",\"version\":\"1.0.0\"}");
	other = make_tarball("{\"name\":\"b\",\"version\":\"1.0.0\"}");
	work = getenv("TEST_TMP");
	assert_non_null(work);
	project = in(work, "repository/web");
	assert_int_equal(folder_make(in(work, "repository/.git"), NULL), STATUS_OK);
	put(in(project, "vendor/a.tgz"), tarball);
	put(in(project, "vendor/a b#c.TGZ"), tarball);
	put(in(project, "vendor/other.tgz"), other);
	put(in(work, "repository/shared.tgz"), tarball);
	put(in(work, "outside.tgz"), tarball);
	put(in(work, "repository-twin/a.tgz"), tarball);
	assert_int_equal(folder_make(in(project, "vendor/folder.tgz"), NULL), STATUS_OK);
	assert_int_equal(mkfifo(in(project, "vendor/pipe.tgz"), 0600), 0);
	assert_int_equal(symlink("vendor/a.tgz", in(project, "inside-link.tgz")), 0);
	assert_int_equal(symlink("../../outside.tgz", in(project, "outside-link.tgz")), 0);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_what_lies_in_the_repository),
		cmocka_unit_test(reads_nothing_without_a_folder),
		cmocka_unit_test(without_a_repository_the_project_is_all),
	};
	return cmocka_run_group_tests(tests, start, stop);
}
