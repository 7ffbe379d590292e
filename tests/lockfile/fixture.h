/*
 * What the tests of this room share: reading a lockfile, and fixtures with the registry's address put in.
 */
#ifndef TESTS_LOCKFILE_FIXTURE_H
#define TESTS_LOCKFILE_FIXTURE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/lockfile.h"
#include "assay/registry.h"

static inline const char *test_env(const char *name)
{
	const char *value = getenv(name);
	return value ? value : "";
}

static inline const char *fixture_path(struct arena *arena, const char *name)
{
	return arena_printf(arena, "%s/fixtures/lockfiles/%s", test_env("ASSAY_ROOT"), name).p;
}

#define PLACEHOLDER STR("@PUBLIC_REGISTRY@")

/* A copy of the fixture folder under TEST_TMP, @PUBLIC_REGISTRY@ and @YARN_REGISTRY@ replaced; its path. */
static inline const char *fixture_copy(struct arena *arena, const char *name)
{
	const char *to = arena_printf(arena, "%s/%s", test_env("TEST_TMP"), name).p;
	struct str command = arena_printf(arena,
					  "mkdir -p '%s' && cp -r '%s/.' '%s' && find '%s' -type f -exec sed -i "
					  "'s|@PUBLIC_REGISTRY@|%s|g;s|@YARN_REGISTRY@|https://%s/|g' {} +",
					  to, fixture_path(arena, name), to, to, PUBLIC_REGISTRY_URL, PUBLIC_REGISTRY_YARN_HOST);
	assert_int_equal(system(command.p), 0);
	return to;
}

static inline struct str replace_all(struct arena *arena, struct str text, struct str from, struct str to)
{
	struct buf out = BUF_INIT(64 * MIB);
	for (size_t at; (at = str_find_str(text, from)) < text.n; text = str_from(text, at + from.n)) {
		buf_add(&out, str_head(text, at));
		buf_add(&out, to);
	}
	buf_add(&out, text);
	struct str copy = arena_copy(arena, buf_str(&out));
	buf_fini(&out);
	return copy;
}

static inline enum status read_text(struct arena *arena, const char *path, const char *folder, struct str text, struct tree **tree, struct error *err)
{
	struct lockfile_source source = { path, folder, text };
	return lockfile_read(lockfile_format_by_kind("npm"), &source, arena, tree, err);
}

/* The npm lockfile of a folder; fails the test when it cannot be read. */
static inline struct tree *read_folder(struct arena *arena, const char *folder)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str text;
	const char *path = path_join(arena, folder, "npm-shrinkwrap.json");
	if (!file_exists(path))
		path = path_join(arena, folder, "package-lock.json");
	if (file_read(path, LIMIT_LOCKFILE_BYTES, arena, &text, &err) || read_text(arena, path, folder, text, &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

/* ---- lockfiles to compare with the managers' own readers ------------------------------------ */

/* The folder of the lockfiles that the package managers themselves wrote for the tests; NULL where they cannot be had. */
static inline const char *made_lockfiles(struct arena *arena)
{
	struct error err = { 0 };
	struct str text;
	const char *answer = path_join(arena, test_env("TEST_TMP"), "made.txt");
	struct str command = arena_printf(arena, "sh '%s/tests/oracle/managers/made.sh' >'%s'", test_env("ASSAY_ROOT"), answer);
	if (!test_env("ASSAY_ORACLE")[0] || system(command.p) != 0 || file_read(answer, MIB, arena, &text, &err))
		return NULL;
	text = arena_copy(arena, str_trim(text));
	return text.n ? text.p : NULL;
}

/* The folders below `root` that hold a lockfile of this kind: all that the walk finds, but those of one branch alone. */
struct lockfile_folders {
	VEC(const char *) list;
};

static inline void find_folders(struct arena *arena, const char *root, const char *kind, struct lockfile_folders *out)
{
	static const struct lockfile_find_options everything = { .no_ignore = true };
	struct lockfile_list list;
	struct error err = { 0 };
	if (lockfile_find(root, &everything, arena, &list, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < list.found.n; i++) {
		struct str text;
		const struct lockfile_found *found = &list.found.v[i];
		if (found->problem != LOCKFILE_FINE || lockfile_branch(found->format, path_base(found->path)).n ||
		    file_read(found->path, LIMIT_LOCKFILE_BYTES, arena, &text, &err) ||
		    strcmp(lockfile_format_of_text(found->format, text)->kind, kind) != 0)
			continue;
		const char **folder = vec_add(arena, &out->list);
		assert_non_null(folder);
		*folder = found->folder;
	}
	assert_true(out->list.n > 0);
}

static inline void skip_with(struct arena *arena, const char *why)
{
	print_message("skipped: %s\n", why);
	arena_free(arena);
	skip();
}

/* Of ASSAY_CORPUS, or skips the test. */
static inline struct lockfile_folders corpus_folders(struct arena *arena, const char *kind)
{
	struct lockfile_folders folders = { 0 };
	if (!test_env("ASSAY_ORACLE")[0])
		skip_with(arena, "no Node or no npm packages to compare with");
	if (!folder_exists(test_env("ASSAY_CORPUS")))
		skip_with(arena, "ASSAY_CORPUS names no folder");
	find_folders(arena, test_env("ASSAY_CORPUS"), kind, &folders);
	return folders;
}

/* Of those that the managers wrote: part "yarn4", or all of that kind. */
static inline struct lockfile_folders made_folders(struct arena *arena, const char *kind, const char *part)
{
	struct lockfile_folders folders = { 0 };
	const char *made = made_lockfiles(arena);
	if (!made)
		skip_with(arena, "the package managers cannot be installed");
	find_folders(arena, path_join(arena, made, part), kind, &folders);
	return folders;
}

#endif
