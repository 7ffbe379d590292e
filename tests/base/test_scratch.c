/* Folders for one run: what a killed one left goes with the next, what somebody lives in stays, and so does what is not ours. */
#include "tests.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/base.h"

static const char *temporary;

static const char *below(const char *name)
{
	static char path[512];
	snprintf(path, sizeof path, "%s/%s", temporary, name);
	return path;
}

static void write_in(const struct scratch *scratch, const char *folder, const char *name)
{
	char path[512];
	snprintf(path, sizeof path, "%s/%s", scratch->folder, folder);
	assert_int_equal(folder_make(path, NULL), STATUS_OK);
	snprintf(path, sizeof path, "%s/%s/%s", scratch->folder, folder, name);
	assert_int_equal(file_write(path, STR("x"), NULL), STATUS_OK);
}

static void expect_entries(size_t count)
{
	size_t found = 0;
	DIR *folder = opendir(temporary);
	assert_non_null(folder);
	for (const struct dirent *entry; (entry = readdir(folder));)
		found += entry->d_name[0] != '.';
	closedir(folder);
	assert_int_equal(found, count);
}

/* A process that makes a folder with something in it, tells its name, and is killed. */
static void leave_one(char *name, size_t size)
{
	int ends[2];
	assert_int_equal(pipe(ends), 0);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct scratch scratch;
		if (scratch_make("test", &scratch, NULL))
			_exit(1);
		write_in(&scratch, "a/b/.git", "assay-scratch");
		(void)!write(ends[1], scratch.folder, strlen(scratch.folder) + 1);
		raise(SIGKILL);
	}
	int state;
	assert_true(read(ends[0], name, size) > 1);
	assert_int_equal(waitpid(child, &state, 0), child);
	assert_true(WIFSIGNALED(state));
	close(ends[0]);
	close(ends[1]);
	assert_true(folder_exists(name));
}

static void test_is_a_repository_of_its_own(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct scratch scratch;
	struct stat info;
	assert_int_equal(scratch_make("test", &scratch, NULL), STATUS_OK);
	write_in(&scratch, "web", "package.json");
	assert_string_equal(path_in_repository(arena, path_join(arena, scratch.folder, "web/package.json")), "web/package.json");
	assert_int_equal(stat(scratch.folder, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0700);
	scratch_remove(&scratch);
	assert_null(scratch.folder);
	scratch_remove(&scratch);
	expect_entries(0);
}

static void test_what_a_killed_run_left_goes(void **state)
{
	(void)state;
	char left[512];
	struct scratch living, scratch;
	assert_int_equal(scratch_make("test", &living, NULL), STATUS_OK);
	leave_one(left, sizeof left);
	expect_entries(2);
	assert_int_equal(scratch_make("other", &scratch, NULL), STATUS_OK);
	assert_false(folder_exists(left));
	assert_true(folder_exists(living.folder));
	expect_entries(2);
	scratch_remove(&scratch);
	scratch_remove(&living);
	expect_entries(0);
}

static void test_what_is_not_ours_stays(void **state)
{
	(void)state;
	char left[512];
	struct scratch scratch;
	static const char *const folders[] = { "assay-backup", "assay-scratch-test-abcdef/.git", "elsewhere/.git" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		assert_int_equal(folder_make(below(folders[i]), NULL), STATUS_OK);
	assert_int_equal(file_write(below("elsewhere/.git/assay-scratch"), STR(""), NULL), STATUS_OK);
	assert_int_equal(file_write(below("assay-file"), STR(""), NULL), STATUS_OK);
	leave_one(left, sizeof left);
	/* Under another name it is nobody's, and a link leads nowhere. */
	assert_int_equal(rename(left, below("kept")), 0);
	assert_int_equal(symlink("kept", below("assay-scratch-test-linked")), 0);
	expect_entries(6);
	assert_int_equal(scratch_make("test", &scratch, NULL), STATUS_OK);
	scratch_remove(&scratch);
	expect_entries(6);
	assert_true(folder_exists(below("kept/a/b")));
}

static void make_unfinished(const char *name, const char *inside)
{
	char path[1024];
	assert_int_equal(mkdir(below(name), 0700), 0);
	if (inside) {
		snprintf(path, sizeof path, "%s/%s", below(name), inside);
		assert_int_equal(mkdir(path, 0755), 0);
	}
}

/* Killed between the folder and its marker; as empty, but another one's: with something beside .git, in it, or of another mode. */
static void test_what_was_not_finished_goes(void **state)
{
	(void)state;
	struct scratch scratch;
	make_unfinished("assay-scratch-unfinished-aaaaaa", NULL);
	make_unfinished("assay-scratch-unfinished-bbbbbb", ".git");
	make_unfinished("assay-scratch-unfinished-cccccc", "src");
	make_unfinished("assay-scratch-unfinished-dddddd", ".git");
	assert_int_equal(folder_make(below("assay-scratch-unfinished-dddddd/.git/objects"), NULL), STATUS_OK);
	make_unfinished("assay-abcdef", NULL); /* as mktemp -d -t assay-XXXXXX makes it */
	make_unfinished("assay-scratch-unfinished-eeeeee", ".git");
	assert_int_equal(chmod(below("assay-scratch-unfinished-eeeeee"), 0755), 0);
	assert_int_equal(scratch_make("test", &scratch, NULL), STATUS_OK);
	scratch_remove(&scratch);
	assert_false(folder_exists(below("assay-scratch-unfinished-aaaaaa")));
	assert_false(folder_exists(below("assay-scratch-unfinished-bbbbbb")));
	assert_true(folder_exists(below("assay-abcdef")));
	assert_true(folder_exists(below("assay-scratch-unfinished-cccccc/src")));
	assert_true(folder_exists(below("assay-scratch-unfinished-dddddd/.git/objects")));
	assert_true(folder_exists(below("assay-scratch-unfinished-eeeeee/.git")));
}

static void test_nowhere_to_make_one(void **state)
{
	(void)state;
	struct scratch scratch;
	struct error err;
	setenv("TMPDIR", below("missing"), 1);
	assert_int_equal(scratch_make("test", &scratch, &err), STATUS_NOT_FOUND);
	assert_non_null(strstr(err.text, "making a folder"));
	setenv("TMPDIR", temporary, 1);
}

static int begin(void **state)
{
	(void)state;
	temporary = getenv("TEST_TMP");
	return setenv("TMPDIR", temporary, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_is_a_repository_of_its_own), cmocka_unit_test(test_what_a_killed_run_left_goes),
		cmocka_unit_test(test_what_is_not_ours_stays),     cmocka_unit_test(test_what_was_not_finished_goes),
		cmocka_unit_test(test_nowhere_to_make_one),
	};
	return cmocka_run_group_tests_name("scratch", tests, begin, NULL);
}
