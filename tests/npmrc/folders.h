/* A home, a project, a global file of the test's own; one .npmrc in each. */
#ifndef TESTS_NPMRC_FOLDERS_H
#define TESTS_NPMRC_FOLDERS_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/npmrc.h"
#include "tests.h"

static char home[256], project[256], global_file[256];

static inline int make_folders(void **state)
{
	(void)state;
	snprintf(home, sizeof home, "%s/home", getenv("TEST_TMP"));
	snprintf(project, sizeof project, "%s/project", getenv("TEST_TMP"));
	snprintf(global_file, sizeof global_file, "%s/global", getenv("TEST_TMP"));
	setenv("HOME", home, 1);
	setenv("npm_config_globalconfig", global_file, 1);
	unsetenv("npm_lifecycle_event");
	unsetenv("npm_command");
	return folder_make(home, NULL) || folder_make(project, NULL);
}

/* NULL: no file. */
static inline void put(const char *path, const char *text)
{
	unlink(path);
	if (text)
		assert_int_equal(file_write(path, (struct str){ text, strlen(text) }, NULL), STATUS_OK);
}

static inline void put_all(struct arena *arena, const char *in_project, const char *of_user, const char *global)
{
	put(path_join(arena, project, ".npmrc"), in_project);
	put(path_join(arena, home, ".npmrc"), of_user);
	put(global_file, global);
}

#endif
