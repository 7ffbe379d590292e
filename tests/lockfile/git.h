/* What the tests with a real git share: it is an oracle, never a need. */
#ifndef TESTS_LOCKFILE_GIT_H
#define TESTS_LOCKFILE_GIT_H

#include "lockfile/fixture.h"

#include <unistd.h>

/* Nobody's settings have a say. */
#define GIT "GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null git -c user.name=t -c user.email=t@example.com "

static inline void run_command(const char *command)
{
	if (system(command) != 0)
		fail_msg("%s", command);
}

static inline void need_git(void)
{
	if (system("git --version >/dev/null 2>&1") != 0) {
		print_message("skipped: there is no git\n");
		skip();
	}
}

/* A fresh folder under TEST_TMP, which becomes the current one. */
static inline void enter_fresh(struct arena *arena, const char *name)
{
	struct error err;
	const char *path = path_join(arena, test_env("TEST_TMP"), name);
	if (folder_make(path, &err))
		fail_msg("%s", err.text);
	assert_int_equal(chdir(path), 0);
}

static inline void put_file(const char *path, struct str text)
{
	struct arena *arena = arena_new(0);
	struct error err;
	if (folder_make(path_folder(arena, path), &err) || file_write(path, text, &err))
		fail_msg("%s", err.text);
	arena_free(arena);
}

#endif
