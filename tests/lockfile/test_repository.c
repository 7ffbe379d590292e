/*
 * What git's index says, in every version that git writes, and what comes of one that was tampered with; then walks
 * through repositories.
 */
#include "lockfile/git.h"

#include <sys/stat.h>

#include "lockfile/repository.h"

#define LOCK STR("{\"lockfileVersion\":3,\"packages\":{\"\":{}}}")

/* ---- the index ------------------------------------------------------------------------- */

struct seen {
	struct buf text;
	size_t count;
};

static bool see(struct str path, void *context)
{
	struct seen *seen = context;
	buf_add(&seen->text, path);
	buf_add_char(&seen->text, '\n');
	seen->count++;
	return true;
}

static const struct kind {
	const char *name, *init, *update;
} kinds[] = {
	{ "v2", "init -q", "add ." },
	{ "v3", "init -q", "add -N ." }, /* an entry that is only meant to be added has extended flags */
	{ "v4", "init -q", "-c index.version=4 add ." },
	{ "sha256", "init -q --object-format=sha256", "add ." },
	{ "sha256-v4", "init -q --object-format=sha256", "-c index.version=4 add ." },
};

/* An index of files with names of many lengths; false where this git cannot make one. */
static bool make_index(struct arena *arena, const struct kind *kind, struct str *index, struct str *expected)
{
	struct error err;
	enter_fresh(arena, kind->name);
	put_file("package-lock.json", LOCK);
	put_file("a/b/package-lock.json", LOCK);
	put_file("a/b/package-lock.jsonx", LOCK);
	put_file("\xff/yarn.lock", LOCK);
	for (size_t i = 1; i < 40; i++)
		put_file(arena_printf(arena, "n/%0*d", (int)i, 1).p, LOCK);
	if (system(arena_printf(arena, GIT "%s . 2>/dev/null", kind->init).p) != 0)
		return false;
	run_command(arena_printf(arena, GIT "%s", kind->update).p);
	run_command(GIT "-c core.quotePath=false ls-files -z | tr '\\0' '\\n' >.git/expected");
	if (file_read(".git/index", MIB, arena, index, &err) || file_read(".git/expected", MIB, arena, expected, &err))
		fail_msg("%s", err.text);
	return true;
}

static void the_index_is_read_as_git_reads_it(void **state)
{
	(void)state;
	need_git();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct arena *arena = arena_new(0);
		struct seen seen = { .text = BUF_INIT(MIB) };
		struct str index, expected;
		struct error err;
		if (make_index(arena, &kinds[i], &index, &expected)) {
			if (git_index_read(index, see, &seen, &err))
				fail_msg("%s: %s", kinds[i].name, err.text);
			assert_true(str_equal(buf_str(&seen.text), expected));
		}
		buf_fini(&seen.text);
		arena_free(arena);
	}
}

/* Cut off at every byte, and with every byte changed: an error, or some list; never less without saying so. */
static void a_broken_index_is_an_error(void **state)
{
	(void)state;
	need_git();
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct arena *arena = arena_new(0);
		struct str index, expected;
		if (!make_index(arena, &kinds[i], &index, &expected)) {
			arena_free(arena);
			continue;
		}
		for (size_t n = 0; n < index.n; n++) {
			struct seen seen = { .text = BUF_INIT(MIB) };
			char *copy = malloc(n + 1); /* of that very size, for the sanitizer */
			memcpy(copy, index.p, n);
			if (git_index_read((struct str){ copy, n }, see, &seen, NULL) != STATUS_OK)
				assert_int_equal(seen.count, 0);
			free(copy);
			copy = malloc(index.n);
			memcpy(copy, index.p, index.n);
			copy[n] = (char)(copy[n] ^ 0x81);
			(void)git_index_read((struct str){ copy, index.n }, see, &seen, NULL);
			free(copy);
			buf_fini(&seen.text);
		}
		arena_free(arena);
	}
	static const char *const wrong[] = { "", "DIRC", "DIRC\0\0\0\5\0\0\0\0aaaaaaaaaaaaaaaaaaaa",
					     ("DIRC\0\0\0\2\xff\xff\xff\xff"
					      "aaaaaaaaaaaaaaaaaaaa") };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(git_index_read((struct str){ wrong[i], i > 1 ? 32 : i * 4 }, see, NULL, NULL), STATUS_INVALID);
	struct str split = { "DIRC\0\0\0\2\0\0\0\0link\0\0\0\0aaaaaaaaaaaaaaaaaaaa", 40 };
	assert_int_not_equal(git_index_read(split, see, NULL, NULL), STATUS_OK);
}

/* ---- walks ------------------------------------------------------------------------------ */

static struct lockfile_list walk(struct arena *arena, const char *path, const struct lockfile_find_options *options)
{
	struct error err;
	struct lockfile_list list;
	if (lockfile_find(path, options, arena, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void expect_paths(const struct lockfile_list *list, const char *expected)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	for (size_t i = 0; i < list->found.n; i++)
		buf_printf(&text, "%s%s", i ? " " : "", list->found.v[i].path);
	buf_add_char(&text, '\0');
	assert_string_equal(text.p, expected);
}

static void ignored_but_tracked_is_looked_at(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	need_git();
	enter_fresh(arena, "tracked");
	put_file("vendor/deep/er/package-lock.json", LOCK);
	put_file("vendor/deep/er/package.json", STR("{\"dependencies\":{\"a\":\"1\"}}"));
	put_file("node_modules/x/npm-shrinkwrap.json", LOCK);
	put_file("node_modules/.package-lock.json", LOCK);
	put_file("lib/package-lock.json", LOCK);
	put_file(".gitignore", STR("vendor/\nlib/package-lock.json\nnode_modules\nout\n/outer/inner/only\n"));
	run_command(GIT "init -q . 2>/dev/null && " GIT "add -f vendor node_modules lib");
	put_file("vendor/deep/package-lock.json", LOCK);
	put_file("vendor/new/package-lock.json", LOCK);
	put_file("node_modules/y/package-lock.json", LOCK);
	put_file("out/package-lock.json", LOCK);
	put_file("outer/inner/only/package-lock.json", LOCK);
	put_file("outer/inner/yarn.lock", LOCK);
	put_file("packed/yarn.lock", LOCK);
	put_file("packed/.gitignore", STR("yarn.lock"));
	put_file("packed/package.json", STR("{\"dependencies\":{\"a\":\"1\"}}"));
	put_file(".git/info/exclude", STR("packed/excluded\n"));
	put_file("packed/excluded/package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, ".", NULL);
	/* The hidden lockfile stands in for the project's, which is not there. */
	expect_paths(&list, "lib/package-lock.json node_modules/.package-lock.json node_modules/x/npm-shrinkwrap.json "
			    "outer/inner/yarn.lock packed/package.json vendor/deep/er/package-lock.json");
	assert_int_equal(list.ignored_folders, 4); /* vendor, out, outer/inner/only, packed/excluded */
	assert_int_equal(list.ignored_lockfiles, 1);
	assert_int_equal(list.skipped_folders, 2); /* .git, node_modules */
	assert_int_equal(list.unread_rules, 0);
	assert_non_null(strstr(list.found.v[4].remedy, "--no-ignore"));
	list = walk(arena, "outer/inner", NULL);
	expect_paths(&list, "outer/inner/yarn.lock");
	list = walk(arena, "vendor/new", NULL); /* named by the caller, and so not ignored itself */
	expect_paths(&list, "vendor/new/package-lock.json");
	list = walk(arena, ".", &(struct lockfile_find_options){ .no_ignore = true });
	assert_int_equal(list.ignored_folders + list.ignored_lockfiles, 0);
	assert_int_equal(list.skipped_folders, 2);
	assert_int_equal(list.found.n, 11);
	arena_free(arena);
}

static void an_unreadable_index_hides_nothing(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "unreadable");
	put_file(".git/HEAD", STR("ref: refs/heads/main\n"));
	put_file(".git/index", STR("DIRC????"));
	put_file(".gitignore", STR("a\n"));
	put_file("a/package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "a/package-lock.json");
	assert_int_equal(list.unread_rules, 1);
	run_command("rm .git/index"); /* nothing was added yet: that is known */
	list = walk(arena, ".", NULL);
	expect_paths(&list, "");
	assert_int_equal(list.ignored_folders, 1);
	run_command("rm -r .git"); /* no repository: the patterns hold all the same */
	list = walk(arena, ".", NULL);
	expect_paths(&list, "");
	arena_free(arena);
}

/* A fifo, a device, a link, a folder or a giant in place of a .gitignore. */
static void odd_rules_hide_nothing(void **state)
{
	static const char *const makes[] = { "mkfifo .gitignore", "ln -s /dev/zero .gitignore", "ln -s other .gitignore",
					     "truncate -s 2000000 .gitignore", "yes a | head -10001 >.gitignore" };
	(void)state;
	for (size_t i = 0; i < sizeof makes / sizeof *makes; i++) {
		struct arena *arena = arena_new(0);
		enter_fresh(arena, arena_printf(arena, "odd%zu", i).p);
		put_file("other", STR("a\n"));
		put_file("a/package-lock.json", LOCK);
		run_command(makes[i]);
		struct lockfile_list list = walk(arena, ".", NULL);
		expect_paths(&list, "a/package-lock.json");
		assert_int_equal(list.unread_rules, 1);
		arena_free(arena);
	}
}

/* The outer repository's patterns end where another begins; a .git that is none is no border. */
static void other_repositories_have_rules_of_their_own(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	need_git();
	enter_fresh(arena, "nested");
	put_file(".gitignore", STR("a\n"));
	put_file("sub/a/package-lock.json", LOCK);
	put_file("sub/b/package-lock.json", LOCK);
	put_file("sub/c/package-lock.json", LOCK);
	put_file("sub/.gitignore", STR("b\nc\n"));
	put_file("fake/.git/x", STR(""));
	put_file("fake/a/package-lock.json", LOCK);
	put_file("module/a/package-lock.json", LOCK);
	put_file("module/.gitignore", STR("*\n"));
	run_command(GIT "init -q . 2>/dev/null && cd sub && " GIT "init -q . 2>/dev/null && " GIT "add -f b");
	run_command("mkdir -p .git/modules && cd module && " GIT "init -q --separate-git-dir ../.git/modules/m . 2>/dev/null && " GIT "add -f a");
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "module/a/package-lock.json sub/a/package-lock.json sub/b/package-lock.json");
	run_command(GIT "commit -q -m x --allow-empty && " GIT "worktree add -q ../tree 2>/dev/null");
	put_file("../tree/a/package-lock.json", LOCK);
	put_file("../tree/b/package-lock.json", LOCK);
	put_file(".git/info/exclude", STR("b\n"));
	run_command("cd ../tree && " GIT "add -f a");
	list = walk(arena, "../tree", NULL); /* the exclude file is the main one's */
	expect_paths(&list, "../tree/a/package-lock.json");
	assert_int_equal(list.ignored_folders, 1);
	arena_free(arena);
}

static void what_the_caller_excludes_is_not_looked_at(void **state)
{
	static const char *const globs[] = { "fixtures", "/top/*.lock", "deep/**/last", "#odd", NULL };
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "excluded");
	put_file("x/fixtures/package-lock.json", LOCK);
	put_file("x/top/yarn.lock", LOCK);
	put_file("x/other/top/yarn.lock", LOCK);
	put_file("x/deep/a/b/last/package-lock.json", LOCK);
	put_file("x/#odd/package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, "x", &(struct lockfile_find_options){ .exclude = globs });
	expect_paths(&list, "x/other/top/yarn.lock");
	assert_int_equal(list.excluded, 4);
	arena_free(arena);
}

static void lockfiles_side_by_side_name_each_other(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "conflict");
	put_file("a/npm-shrinkwrap.json", LOCK);
	put_file("a/package-lock.json", LOCK);
	put_file("b/package-lock.json", LOCK);
	put_file("b/yarn.lock", LOCK);
	put_file("b/pnpm-lock.yaml", LOCK);
	put_file("c/bun.lock", LOCK);
	put_file("c/bun.lockb", LOCK);
	put_file("d/package-lock.json", LOCK);
	put_file("d/.package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "a/npm-shrinkwrap.json b/package-lock.json b/pnpm-lock.yaml b/yarn.lock c/bun.lock "
			    "d/package-lock.json");
	assert_string_equal(list.found.v[0].conflict, "package-lock.json (not read)");
	assert_string_equal(list.found.v[1].conflict, "pnpm-lock.yaml, yarn.lock");
	assert_string_equal(list.found.v[3].conflict, "package-lock.json, pnpm-lock.yaml");
	assert_string_equal(list.found.v[4].conflict, "bun.lockb (not read)");
	assert_null(list.found.v[5].conflict);
	arena_free(arena);
}

/* pnpm's gitBranchLockfile: what counts is the branch that is checked out, and where none is, all that there are. */
static void a_branch_has_its_own_lockfile(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "branches");
	put_file("both/pnpm-lock.yaml", LOCK);
	put_file("both/pnpm-lock.feature!x_1.yaml", LOCK);
	put_file("both/pnpm-lock.other.yaml", LOCK);
	put_file("own/pnpm-lock.feature!x_1.yaml", LOCK);
	put_file("own/pnpm-lock.other.yaml", LOCK);
	put_file("others/package.json", STR("{\"dependencies\":{\"a\":\"1\"}}"));
	put_file("others/pnpm-lock.one.yaml", LOCK);
	put_file("others/pnpm-lock.other.yaml", LOCK);
	put_file("none/pnpm-lock..yaml", LOCK);
	put_file(".git/HEAD", STR("ref: refs/heads/Feature/x_1\n"));
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "both/pnpm-lock.feature!x_1.yaml both/pnpm-lock.yaml others/pnpm-lock.one.yaml "
			    "others/pnpm-lock.other.yaml own/pnpm-lock.feature!x_1.yaml");
	assert_string_equal(list.found.v[1].conflict, "pnpm-lock.feature!x_1.yaml, pnpm-lock.other.yaml (not read)");
	assert_string_equal(list.found.v[4].conflict, "pnpm-lock.other.yaml (not read)");
	put_file(".git/HEAD", STR("0123456789012345678901234567890123456789\n"));
	list = walk(arena, ".", NULL);
	expect_paths(&list, "both/pnpm-lock.yaml others/pnpm-lock.one.yaml others/pnpm-lock.other.yaml "
			    "own/pnpm-lock.feature!x_1.yaml own/pnpm-lock.other.yaml");
	assert_string_equal(list.found.v[0].conflict, "pnpm-lock.feature!x_1.yaml (not read), pnpm-lock.other.yaml (not read)");
	arena_free(arena);
}

/* Loops, devices, names that are no text, names of lockfiles that are something else. */
static void odd_folders_are_survived(void **state)
{
	struct arena *arena = arena_new(0);
	struct error err;
	struct tree *tree;
	(void)state;
	enter_fresh(arena, "survive");
	run_command("ln -s . loop; ln -s loop again; ln -s /dev linked; ln -s nowhere broken; mkfifo yarn.lock");
	run_command("ln -s /dev/zero pnpm-lock.yaml; mkdir package-lock.json");
	put_file("\xff\xfe/package-lock.json", LOCK);
	put_file("new\nline/package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "new\nline/package-lock.json pnpm-lock.yaml yarn.lock \xff\xfe/package-lock.json");
	assert_int_equal(list.linked_folders, 3);
	assert_int_equal(list.folders, 4);
	const struct lockfile_found fifo = { .path = "yarn.lock", .folder = ".", .format = lockfile_format_by_kind("npm") };
	assert_int_equal(lockfile_load(&fifo, arena, &tree, &err), STATUS_INVALID);
	assert_int_equal(lockfile_load(&list.found.v[0], arena, &tree, &err), STATUS_OK);
	arena_free(arena);
}

/* Longer than any path may be, and with fewer descriptors than there are folders. */
static void long_paths_are_walked(void **state)
{
	struct arena *arena = arena_new(0);
	char name[201] = "";
	(void)state;
	enter_fresh(arena, "long");
	memset(name, 'd', 200);
	for (size_t i = 0; i < 40; i++)
		assert_true(mkdir(name, 0777) == 0 && chdir(name) == 0);
	put_file("package-lock.json", LOCK);
	assert_int_equal(chdir(path_join(arena, test_env("TEST_TMP"), "long")), 0);
	struct lockfile_list list = walk(arena, ".", NULL);
	assert_int_equal(list.found.n, 1);
	assert_int_equal(list.folders, 41);
	assert_true(strlen(list.found.v[0].path) > 8000);
	arena_free(arena);
}

static void many_folders_are_walked(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "many");
	for (size_t i = 0; i < 3000; i++)
		assert_int_equal(mkdir(arena_printf(arena, "%zu", i).p, 0777), 0);
	put_file("2999/package-lock.json", LOCK);
	struct lockfile_list list = walk(arena, ".", NULL);
	expect_paths(&list, "2999/package-lock.json");
	assert_int_equal(list.folders, 3001);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_index_is_read_as_git_reads_it),
		cmocka_unit_test(a_broken_index_is_an_error),
		cmocka_unit_test(ignored_but_tracked_is_looked_at),
		cmocka_unit_test(an_unreadable_index_hides_nothing),
		cmocka_unit_test(odd_rules_hide_nothing),
		cmocka_unit_test(other_repositories_have_rules_of_their_own),
		cmocka_unit_test(what_the_caller_excludes_is_not_looked_at),
		cmocka_unit_test(lockfiles_side_by_side_name_each_other),
		cmocka_unit_test(a_branch_has_its_own_lockfile),
		cmocka_unit_test(odd_folders_are_survived),
		cmocka_unit_test(long_paths_are_walked),
		cmocka_unit_test(many_folders_are_walked),
	};
	return cmocka_run_group_tests_name("repository", tests, NULL, NULL);
}
