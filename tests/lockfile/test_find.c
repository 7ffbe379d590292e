/*
 * Discovery: folders made on the spot, and what is found in them, in order.
 */
#include "lockfile/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#define MANIFEST "{\"dependencies\":{\"a\":\"1\"}}"
#define LOCK "{\"lockfileVersion\":3,\"packages\":{\"\":{}}}"

static const char *const problems[] = { "fine", "missing", "unsupported", "unreadable" };

/* Files by path and content under a fresh folder, which becomes the current one. */
static void make_files(struct arena *arena, const char *top, const char *const files[][2])
{
	struct error err = { 0 };
	const char *base = path_join(arena, test_env("TEST_TMP"), top);
	for (; (*files)[0]; files++) {
		const char *path = path_join(arena, base, (*files)[0]);
		if (folder_make(path_folder(arena, path), &err) || file_write(path, str_of((*files)[1]), &err))
			fail_msg("%s", err.text);
	}
	assert_int_equal(chdir(base), 0);
}

static struct lockfile_list find(struct arena *arena, const char *path)
{
	struct error err = { 0 };
	struct lockfile_list list;
	if (lockfile_find(path, NULL, arena, &list, &err))
		fail_msg("%s", err.text);
	return list;
}

static void expect_found(const struct lockfile_list *list, const char *expected)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	for (size_t i = 0; i < list->found.n; i++) {
		const struct lockfile_found *found = &list->found.v[i];
		buf_printf(&text, "%s %s %s\n", found->path, problems[found->problem], found->format ? found->format->kind : "-");
		assert_int_equal(found->remedy != NULL, found->problem != LOCKFILE_FINE);
	}
	buf_add_char(&text, '\0');
	assert_string_equal(text.p, expected);
}

static void walks_in_order(void **state)
{
	static const char *const files[][2] = {
		{ "package-lock.json", LOCK },
		{ "package.json", MANIFEST },
		{ "b/package-lock.json", LOCK },
		{ "b/npm-shrinkwrap.json", LOCK },
		{ "a/deep/er/package-lock.json", LOCK },
		{ "a-b/package.json", MANIFEST },
		{ "none/package.json", "{\"name\":\"none\",\"dependencies\":{}}" },
		{ "broken/package.json", "{" },
		{ "node_modules/x/package-lock.json", LOCK },
		{ "a/node_modules/x/package.json", MANIFEST },
		{ ".git/package-lock.json", LOCK },
		{ "yarn/yarn.lock", "" },
		{ "zoo/bun.lockb", "" },
		{ "yarn/package.json", MANIFEST },
		{ "zoo/package.json", MANIFEST },
		{ "zoo/member/package.json", MANIFEST },
		{ "zoo/own/package-lock.json", LOCK },
		{ "mixed/package-lock.json", LOCK },
		{ "mixed/pnpm-lock.yaml", "" },
		{ "bun/bun.lockb", "" },
		{ ".hidden/package-lock.json", LOCK },
		{ NULL, NULL },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	make_files(arena, "walk", files);
	assert_int_equal(symlink("a", "linked"), 0);
	assert_int_equal(symlink(".", "loop"), 0);
	assert_int_equal(mkdir("package-lock.json.d", 0777), 0);
	struct lockfile_list list = find(arena, ".");
	expect_found(&list, ".hidden/package-lock.json fine npm\n"
			    "a-b/package.json missing -\n"
			    "a/deep/er/package-lock.json fine npm\n"
			    "b/npm-shrinkwrap.json fine npm\n"
			    "broken/package.json unreadable -\n"
			    "bun/bun.lockb unsupported bun-binary\n"
			    "mixed/package-lock.json fine npm\n"
			    "mixed/pnpm-lock.yaml fine pnpm\n"
			    "package-lock.json fine npm\n"
			    "yarn/yarn.lock fine yarn\n"
			    "zoo/bun.lockb unsupported bun-binary\n"
			    "zoo/own/package-lock.json fine npm\n");
	assert_int_equal(list.skipped_folders, 3);
	assert_int_equal(list.folders, 16);
	assert_false(list.truncated);
	list = find(arena, "b/");
	expect_found(&list, "b/npm-shrinkwrap.json fine npm\n");
	arena_free(arena);
}

static void a_path_may_be_a_lockfile(void **state)
{
	static const char *const files[][2] = {
		{ "p/package-lock.json", LOCK }, { "p/bun.lockb", "" }, { "p/node_modules/.package-lock.json", LOCK },
		{ "p/other.json", LOCK },        { NULL, NULL },
	};
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct lockfile_list list;
	(void)state;
	make_files(arena, "file", files);
	list = find(arena, "p/package-lock.json");
	expect_found(&list, "p/package-lock.json fine npm\n");
	assert_string_equal(list.found.v[0].folder, "p");
	list = find(arena, "p/bun.lockb");
	expect_found(&list, "p/bun.lockb unsupported bun-binary\n");
	list = find(arena, "p/node_modules");
	expect_found(&list, "p/node_modules fine node_modules\n");
	assert_string_equal(list.found.v[0].folder, "p");
	list = find(arena, "p/node_modules/.package-lock.json");
	expect_found(&list, "p/node_modules/.package-lock.json fine npm\n");
	assert_string_equal(list.found.v[0].folder, "p");
	assert_int_equal(lockfile_find("p/other.json", NULL, arena, &list, &err), STATUS_UNSUPPORTED);
	assert_non_null(strstr(err.hint, "--lockfile npm:p/other.json"));
	assert_int_equal(lockfile_find("p/gone", NULL, arena, &list, &err), STATUS_NOT_FOUND);
	arena_free(arena);
}

static void members_are_covered(void **state)
{
	static const char *const files[][2] = {
		{ "top/package-lock.json", "{\"lockfileVersion\":3,\"packages\":{\"\":{\"workspaces\":[\"packages/*\"]},"
					   "\"packages/foo\":{},\"node_modules/foo\":{\"link\":true,\"resolved\":\"packages/foo\"},"
					   "\"../lib\":{},\"node_modules/lib\":{\"link\":true,\"resolved\":\"../lib\"}}}" },
		{ "top/packages/foo/package.json", MANIFEST },
		{ "top/packages/foo-bar/package.json", MANIFEST },
		{ "top/packages/foo/sub/package.json", MANIFEST },
		{ "lib/package.json", MANIFEST },
		{ NULL, NULL },
	};
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	(void)state;
	make_files(arena, "cover", files);
	struct lockfile_list list = find(arena, ".");
	assert_int_equal(list.found.n, 5);
	struct tree *tree = read_folder(arena, "top");
	assert_int_equal(lockfile_cover(&list, tree, &err), STATUS_OK);
	expect_found(&list, "top/package-lock.json fine npm\n"
			    "top/packages/foo-bar/package.json missing -\n"
			    "top/packages/foo/sub/package.json missing -\n");
	arena_free(arena);
}

static void depth_is_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf path = BUF_INIT(MIB);
		for (size_t i = 0; i < LIMIT_FOLDER_DEPTH + over; i++)
			buf_add_z(&path, "d/");
		buf_add_z(&path, "package-lock.json");
		buf_add_char(&path, '\0');
		const char *const files[][2] = { { path.p, LOCK }, { NULL, NULL } };
		make_files(arena, over ? "too-deep" : "deep", files);
		struct lockfile_list list = find(arena, ".");
		assert_int_equal(list.found.n, over ? 0 : 1);
		assert_int_equal(list.truncated, over);
		arena_free(arena);
	}
}

static void closed_folders_are_gaps(void **state)
{
	static const char *const files[][2] = { { "closed/package-lock.json", LOCK }, { NULL, NULL } };
	struct arena *arena = arena_new(0);
	(void)state;
	make_files(arena, "closed", files);
	assert_int_equal(chmod("closed", 0), 0);
	bool root = access("closed", R_OK) == 0;
	struct lockfile_list list = find(arena, ".");
	assert_int_equal(chmod("closed", 0777), 0);
	if (!root)
		expect_found(&list, "closed unreadable -\n");
	arena_free(arena);
	if (root) {
		print_message("skipped: every folder is open to this user\n");
		skip();
	}
}

static void formats_are_known_by_name(void **state)
{
	(void)state;
	assert_string_equal(lockfile_format_by_file_name("npm-shrinkwrap.json")->kind, "npm");
	assert_string_equal(lockfile_format_by_kind("pnpm")->kind, "pnpm");
	assert_null(lockfile_format_by_kind("cargo"));
	assert_null(lockfile_format_by_file_name("Package-Lock.json"));
	for (const struct lockfile_format *const *format = lockfile_formats; *format; format++)
		assert_true((*format)->read || (*format)->remedy);
	struct lockfile_source source = { "bun.lockb", NULL, STR("") };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree;
	assert_int_equal(lockfile_read(lockfile_format_by_kind("bun-binary"), &source, arena, &tree, &err), STATUS_UNSUPPORTED);
	assert_true(err.hint[0] != '\0');
	/* yarn.lock: the text says which yarn. */
	const struct lockfile_format *yarn = lockfile_format_by_kind("yarn"), *berry = lockfile_format_by_kind("berry");
	assert_ptr_equal(lockfile_format_by_file_name("yarn.lock"), yarn);
	assert_ptr_equal(lockfile_format_of_text(yarn, STR("# yarn lockfile v1\n")), yarn);
	assert_ptr_equal(lockfile_format_of_text(yarn, STR("\n__metadata:\n")), berry);
	assert_ptr_equal(lockfile_format_of_text(berry, STR("# yarn lockfile v1\n")), yarn);
	assert_ptr_equal(lockfile_format_of_text(lockfile_formats[0], STR("__metadata:\n")), lockfile_formats[0]);
	arena_free(arena);
}

/* pnpm's sharedWorkspaceLockfile: false. Each package has a lockfile of its own: each is a project, and none stands for another one's. */
static void lockfiles_of_workspaces_are_projects(void **state)
{
	static const char *const files[][2] = {
		{ "pnpm-workspace.yaml", "packages: [packages/*]\nsharedWorkspaceLockfile: false\n" },
		{ "package.json", MANIFEST },
		{ "pnpm-lock.yaml", "" },
		{ "packages/api/package.json", MANIFEST },
		{ "packages/api/pnpm-lock.yaml", "" },
		{ "packages/none/package.json", MANIFEST },
		{ "packages/web/package.json", MANIFEST },
		{ "packages/web/pnpm-lock.yaml", "" },
		{ NULL, NULL },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	make_files(arena, "unshared", files);
	struct lockfile_list list = find(arena, ".");
	expect_found(&list, "packages/api/pnpm-lock.yaml fine pnpm\n"
			    "packages/none/package.json missing -\n"
			    "packages/web/pnpm-lock.yaml fine pnpm\n"
			    "pnpm-lock.yaml fine pnpm\n");
	for (size_t i = 0; i < list.found.n; i++)
		assert_null(list.found.v[i].conflict);
	arena_free(arena);
}

/* Who asks in one workspace is not told to write a lockfile there, but where its own may stand: no further up than the repository goes. */
static void a_lockfile_above_is_named(void **state)
{
	static const char *const files[][2] = {
		{ "pnpm-lock.yaml", "" },
		{ "packages/core/package.json", MANIFEST },
		{ "packages/core/inner/package.json", MANIFEST },
		{ "apart/package.json", MANIFEST },
		{ "apart/.git/HEAD", "" },
		{ NULL, NULL },
	};
	static const struct {
		const char *folder, *path, *remedy;
	} cases[] = {
		{ ".", "packages/core", "pnpm-lock.yaml stands above" },
		{ "packages/core", ".", "../../pnpm-lock.yaml stands above" },
		{ "../..", "apart", "write one and commit it" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	(void)state;
	make_files(arena, "above", files);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		assert_int_equal(chdir(cases[i].folder), 0);
		struct lockfile_list list = find(arena, cases[i].path);
		assert_true(list.found.n > 0);
		const char *remedy = list.found.v[list.found.n - 1].remedy; /* what lies deeper comes first */
		if (strncmp(remedy, cases[i].remedy, strlen(cases[i].remedy)) != 0)
			fail_msg("%s: %s", cases[i].path, remedy);
	}
}

static void standard_input_needs_a_kind(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct lockfile_list list;
	(void)state;
	assert_int_equal(lockfile_find("-", NULL, arena, &list, &err), STATUS_NOT_FOUND);
	assert_non_null(strstr(err.hint, "--lockfile KIND:-"));
	assert_int_equal(lockfile_find("+", NULL, arena, &list, &err), STATUS_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(walks_in_order),
		cmocka_unit_test(a_path_may_be_a_lockfile),
		cmocka_unit_test(members_are_covered),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(lockfiles_of_workspaces_are_projects),
		cmocka_unit_test(a_lockfile_above_is_named),
		cmocka_unit_test(standard_input_needs_a_kind),
		cmocka_unit_test(closed_folders_are_gaps),
		cmocka_unit_test(formats_are_known_by_name),
	};
	return cmocka_run_group_tests_name("find", tests, NULL, NULL);
}
