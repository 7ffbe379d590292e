/*
 * node_modules folders made on the spot: plain, nested, pnpm's store, workspaces, a store outside, and odd ones.
 */
#include "lockfile/git.h"

#include <sys/stat.h>

#include "assay/json.h"

static struct tree *read_modules(struct arena *arena, const char *path)
{
	struct error err = { 0 };
	struct lockfile_list list;
	struct tree *tree = NULL;
	if (lockfile_find(path, NULL, arena, &list, &err) || list.found.n != 1 || lockfile_load(&list.found.v[0], arena, &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

/* One line for each package and, below it, each edge. */
static void expect_tree(const struct tree *tree, const char *expected)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		buf_printf(&text, "%.*s: %.*s@%.*s %s %s\n", STR_ARG(package->id), STR_ARG(package->name), STR_ARG(package->version),
			   package_kind_name(package->kind), scope_name(package->scope));
		for (uint32_t k = 0; k < package->out_count; k++) {
			const struct edge *edge = &tree->edges[tree->out[package->out_first + k]];
			buf_printf(&text, "  %.*s %s -> %.*s\n", STR_ARG(edge->name), edge_type_name(edge->type),
				   STR_ARG(edge->to == TREE_NONE ? STR("none") : tree->packages[edge->to].id));
		}
	}
	buf_add_char(&text, '\0');
	assert_string_equal(text.p, expected);
}

static void put_package(const char *folder, const char *name, const char *version, const char *more)
{
	struct arena *arena = arena_new(0);
	put_file(path_join(arena, folder, "package.json"), arena_printf(arena, "{\"name\":\"%s\",\"version\":\"%s\"%s}", name, version, more));
	arena_free(arena);
}

static void plain_folders_are_read(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "plain");
	put_package(".", "top", "0.1.0",
		    ",\"dependencies\":{\"a\":\"^1\",\"gone\":\"1\",\"alias\":\"npm:real@3\"},"
		    "\"devDependencies\":{\"@s/d\":\"*\"}");
	put_package("node_modules/a", "a", "1.0.0",
		    ",\"license\":\"MIT\",\"dependencies\":{\"b\":\"1\"},\"devDependencies\":{\"c\":\"1\"},"
		    "\"peerDependencies\":{\"b\":\"1\",\"p\":\"1\",\"q\":\"1\"},"
		    "\"peerDependenciesMeta\":{\"q\":{\"optional\":true}}");
	put_package("node_modules/a/node_modules/b", "b", "1.0.0", ",\"scripts\":{\"postinstall\":\"x\"}");
	put_package("node_modules/b", "b", "2.0.0", ",\"os\":[\"linux\"],\"license\":{\"type\":\"ISC\"}");
	put_file("node_modules/b/binding.gyp", STR("{}"));
	put_package("node_modules/@s/d", "@s/d", "1.0.0", ",\"optionalDependencies\":{\"b\":\"2\"}");
	put_package("node_modules/alias", "real", "3.0.0", "");
	put_package("node_modules/.cache/x", "x", "1.0.0", "");
	put_package("node_modules/a/test/fixture", "y", "1.0.0", "");
	put_file("node_modules/.yarn-integrity", STR("x"));
	put_file("node_modules/empty/index.js", STR(""));
	put_file("node_modules/broken/package.json", STR("{"));
	struct tree *tree = read_modules(arena, "node_modules");
	expect_tree(tree, ": top@0.1.0 root prod\n"
			  "  @s/d dev -> node_modules/@s/d\n"
			  "  a prod -> node_modules/a\n"
			  "  gone prod -> none\n"
			  "  alias prod -> node_modules/alias\n"
			  "node_modules/@s/d: @s/d@1.0.0 registry dev\n"
			  "  b optional -> node_modules/b\n"
			  "node_modules/a: a@1.0.0 registry prod\n"
			  "  b prod -> node_modules/a/node_modules/b\n"
			  "  p peer -> none\n"
			  "  q peerOptional -> none\n"
			  "node_modules/alias: real@3.0.0 registry prod\n"
			  "node_modules/b: b@2.0.0 registry dev\n"
			  "node_modules/broken: broken@ registry unknown\n"
			  "node_modules/a/node_modules/b: b@1.0.0 registry prod\n");
	assert_string_equal(tree->format, "node_modules");
	assert_non_null(tree->unknown);
	const struct package *b = &tree->packages[tree_find(tree, STR("node_modules/b"))];
	assert_true(b->install_script && b->platform && str_equal_z(b->license, "ISC"));
	assert_true(tree->packages[tree_find(tree, STR("node_modules/a/node_modules/b"))].install_script);
	assert_true(str_equal_z(tree->packages[tree_find(tree, STR("node_modules/alias"))].alias, "alias"));
	assert_int_equal(unlink("package.json"), 0);
	tree = read_modules(arena, "node_modules/");
	assert_false(tree->root_known);
	for (uint32_t i = 0; i < tree->package_count; i++)
		assert_int_equal(tree->packages[i].scope, SCOPE_UNKNOWN);
	arena_free(arena);
}

/* pnpm's layout: what a package may use are links beside it; a link is not one more package. */
static void a_store_is_read_once(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "pnpm");
	put_package(".", "top", "0.1.0", ",\"dependencies\":{\"a\":\"^1\",\"other\":\"npm:b@2\"}");
	put_package("node_modules/.pnpm/a@1.0.0/node_modules/a", "a", "1.0.0", ",\"dependencies\":{\"b\":\"1\"}");
	put_package("node_modules/.pnpm/b@1.0.0/node_modules/b", "b", "1.0.0", ",\"dependencies\":{\"@s/c\":\"1\"}");
	put_package("node_modules/.pnpm/b@2.0.0/node_modules/b", "b", "2.0.0", ",\"dependencies\":{\"a\":\"1\"}");
	put_package("node_modules/.pnpm/@s+c@1.0.0/node_modules/@s/c", "@s/c", "1.0.0", ",\"dependencies\":{\"a\":\"1\"}");
	run_command("mkdir node_modules/.pnpm/node_modules && cd node_modules && ln -s .pnpm/a@1.0.0/node_modules/a a && "
		    "ln -s .pnpm/b@2.0.0/node_modules/b other && ln -s ../../b@1.0.0/node_modules/b "
		    ".pnpm/a@1.0.0/node_modules/b && mkdir .pnpm/b@1.0.0/node_modules/@s && ln -s "
		    "../../../@s+c@1.0.0/node_modules/@s/c .pnpm/b@1.0.0/node_modules/@s/c && "
		    "ln -s ../a@1.0.0/node_modules/a .pnpm/node_modules/a && ln -s nowhere broken");
	struct tree *tree = read_modules(arena, "node_modules");
	expect_tree(tree, ": top@0.1.0 root prod\n"
			  "  a prod -> node_modules/.pnpm/a@1.0.0/node_modules/a\n"
			  "  other prod -> node_modules/.pnpm/b@2.0.0/node_modules/b\n"
			  "node_modules/.pnpm/@s+c@1.0.0/node_modules/@s/c: @s/c@1.0.0 registry prod\n"
			  "  a prod -> node_modules/.pnpm/a@1.0.0/node_modules/a\n"
			  "node_modules/.pnpm/a@1.0.0/node_modules/a: a@1.0.0 registry prod\n"
			  "  b prod -> node_modules/.pnpm/b@1.0.0/node_modules/b\n"
			  "node_modules/.pnpm/b@1.0.0/node_modules/b: b@1.0.0 registry prod\n"
			  "  @s/c prod -> node_modules/.pnpm/@s+c@1.0.0/node_modules/@s/c\n"
			  "node_modules/.pnpm/b@2.0.0/node_modules/b: b@2.0.0 registry prod\n"
			  "  a prod -> node_modules/.pnpm/a@1.0.0/node_modules/a\n");
	arena_free(arena);
}

static void links_lead_to_workspaces_and_stores(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "links");
	put_package("p", "top", "0.1.0", ",\"dependencies\":{\"far\":\"1\",\"lib\":\"1\"}");
	put_package("p/packages/web", "@w/web", "1.0.0", ",\"devDependencies\":{\"n\":\"1\",\"lib\":\"1\"}");
	put_package("p/packages/web/node_modules/n", "n", "1.0.0", "");
	put_package("lib", "lib", "5.0.0", "");
	put_package("store/far/node_modules/far", "far", "1.0.0", ",\"dependencies\":{\"near\":\"1\"}");
	put_package("store/near/node_modules/near", "near", "1.0.0", ",\"dependencies\":{\"far\":\"1\"}");
	run_command("ln -s ../../near/node_modules/near store/far/node_modules/near; mkdir -p p/node_modules/@w; "
		    "ln -s ../../packages/web p/node_modules/@w/web; ln -s ../../lib p/node_modules/lib; "
		    "ln -s ../../store/far/node_modules/far p/node_modules/far; ln -s .. p/node_modules/self; "
		    "ln -s . p/node_modules/loop");
	struct tree *tree = read_modules(arena, "p/node_modules");
	expect_tree(tree, ": top@0.1.0 root prod\n"
			  "  @w/web workspace -> node_modules/@w/web\n"
			  "  far prod -> ../store/far/node_modules/far\n"
			  "  lib prod -> node_modules/lib\n"
			  "packages/web: @w/web@1.0.0 workspace prod\n"
			  "  n dev -> packages/web/node_modules/n\n"
			  "  lib dev -> node_modules/lib\n"
			  "node_modules/@w/web: @w/web@ link prod\n"
			  "packages/web/node_modules/n: n@1.0.0 registry dev\n"
			  "../store/far/node_modules/far: far@1.0.0 registry prod\n"
			  "  near prod -> ../store/near/node_modules/near\n"
			  "../lib: lib@5.0.0 workspace prod\n"
			  "node_modules/lib: lib@ link prod\n"
			  "node_modules/self: top@ link unknown\n"
			  "../store/near/node_modules/near: near@1.0.0 registry prod\n"
			  "  far prod -> none\n");
	arena_free(arena);
}

#define HIDDEN(more) \
	"{\"lockfileVersion\":3,\"packages\":{\"node_modules/a\":{\"version\":\"1.0.0\"," \
	"\"integrity\":\"sha512-x\"}" more "}}"

/* npm's hidden lockfile is taken at its word only where that is true. */
static void a_stale_hidden_lockfile_is_left_aside(void **state)
{
	static const struct {
		const char *hidden;
		bool fresh;
	} cases[] = {
		{ HIDDEN(""), true },
		{ HIDDEN(",\"node_modules/b\":{\"version\":\"1.0.0\"}"), false },
		{ "{\"lockfileVersion\":3,\"packages\":{\"node_modules/a\":{\"version\":\"1.0.1\"}}}", false },
		{ "{\"lockfileVersion\":3,\"packages\":{}}", false },
		{ "{", false },
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(0);
		enter_fresh(arena, arena_printf(arena, "hidden%zu", i).p);
		put_package(".", "top", "0.1.0", ",\"dependencies\":{\"a\":\"^1\"}");
		put_package("node_modules/a", "a", "1.0.0", "");
		put_file("node_modules/.package-lock.json", str_of(cases[i].hidden));
		struct tree *tree = read_modules(arena, "node_modules");
		assert_string_equal(tree->format, cases[i].fresh ? "npm" : "node_modules");
		assert_string_equal(tree->path, cases[i].fresh ? "node_modules/.package-lock.json" : "node_modules");
		assert_int_equal(tree->note == NULL, cases[i].fresh);
		assert_int_equal(tree->unknown == NULL, cases[i].fresh);
		assert_int_equal(tree->package_count, 2);
		assert_true(str_equal_z(tree->packages[1].version, "1.0.0"));
		arena_free(arena);
	}
}

static void nothing_installed_is_no_clean_result(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_list list;
	struct error err;
	struct tree *tree;
	(void)state;
	enter_fresh(arena, "nothing");
	put_package(".", "top", "0.1.0", ",\"dependencies\":{\"a\":\"^1\"}");
	assert_int_equal(mkdir("node_modules", 0777), 0);
	assert_int_equal(lockfile_find("node_modules", NULL, arena, &list, &err), STATUS_OK);
	assert_int_equal(lockfile_load(&list.found.v[0], arena, &tree, &err), STATUS_INVALID);
	arena_free(arena);
}

/* Fifos and devices for package.json, names that are no text, folders deeper than any path. */
static void odd_folders_are_survived(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_list list;
	struct error err;
	struct tree *tree;
	(void)state;
	enter_fresh(arena, "odd-modules");
	put_package("node_modules/\xff", "\\u0000", "1", "");
	put_file("node_modules/types/package.json", STR("{\"name\":1,\"version\":{},\"dependencies\":{\"a\":1},\"scripts\":[],\"license\":[],"
							"\"peerDependenciesMeta\":3,\"bundleDependencies\":\"x\"}"));
	put_file("node_modules/list/package.json", STR("[]"));
	run_command("cd node_modules && mkdir fifo zero @s .pnpm && mkfifo fifo/package.json && "
		    "ln -s /dev/zero zero/package.json && touch @s/file .pnpm/file && ln -s /dev dev");
	tree = read_modules(arena, "node_modules");
	assert_true(tree->package_count >= 6);
	assert_int_equal(tree_find(tree, STR("node_modules/types")) == TREE_NONE, false);
	for (size_t i = 0; i < 400; i++) {
		assert_int_equal(mkdir("node_modules", 0777) == 0 || i == 0, true);
		assert_int_equal(chdir("node_modules"), 0);
		assert_true(mkdir("deep", 0777) == 0 && chdir("deep") == 0);
	}
	assert_int_equal(chdir(path_join(arena, test_env("TEST_TMP"), "odd-modules")), 0);
	assert_int_equal(lockfile_find("node_modules", NULL, arena, &list, &err), STATUS_OK);
	assert_int_not_equal(lockfile_load(&list.found.v[0], arena, &tree, &err), STATUS_OK);
	arena_free(arena);
}

/* What npm itself installed for the tests: the same as its lockfile says. */
static void npm_agrees(void **state)
{
	struct arena *arena = arena_new(0);
	const char *oracle = test_env("ASSAY_ORACLE");
	(void)state;
	if (!oracle[0] || !file_exists(path_join(arena, oracle, "node_modules/.package-lock.json"))) {
		arena_free(arena);
		print_message("skipped: npm did not install anything here\n");
		skip();
	}
	struct tree *written = read_modules(arena, path_join(arena, oracle, "node_modules"));
	assert_string_equal(written->format, "npm");
	run_command(arena_printf(arena, "cp -r '%s' \"$TEST_TMP/copy\" && rm \"$TEST_TMP\"/copy/node_modules/.package-lock.json", oracle).p);
	struct tree *found = read_modules(arena, path_join(arena, test_env("TEST_TMP"), "copy/node_modules"));
	assert_string_equal(found->format, "node_modules");
	assert_int_equal(found->package_count, written->package_count);
	assert_int_equal(found->edge_count, written->edge_count);
	for (uint32_t i = 0; i < found->package_count; i++) {
		const struct package *a = &found->packages[i], *b = &written->packages[tree_find(written, a->id)];
		assert_true(str_equal(a->name, b->name) && str_equal(a->version, b->version));
		assert_true(a->scope == b->scope && a->optional == b->optional && a->bundled == b->bundled);
		assert_true(a->out_count == b->out_count && a->in_count == b->in_count);
		assert_int_equal(a->install_script, b->install_script);
	}
	print_message("%u packages as npm has them\n", found->package_count);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_folders_are_read),
		cmocka_unit_test(a_store_is_read_once),
		cmocka_unit_test(links_lead_to_workspaces_and_stores),
		cmocka_unit_test(a_stale_hidden_lockfile_is_left_aside),
		cmocka_unit_test(nothing_installed_is_no_clean_result),
		cmocka_unit_test(odd_folders_are_survived),
		cmocka_unit_test(npm_agrees),
	};
	return cmocka_run_group_tests_name("installed", tests, NULL, NULL);
}
