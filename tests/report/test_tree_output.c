/*
 * `list` in its three formats against fixtures/report/tree/: the made-up project of fixtures/lockfiles/corners-v3. With
 * UPDATE=1 in the environment the expected texts are written anew.
 */
#include "lockfile/fixture.h"

#include "assay/json.h"
#include "assay/report.h"

struct output {
	const char *lockfile, *expected;
	enum status (*write)(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err);
	struct report_tree_options options;
};
static const struct report_tree_options everything = { .unicode = true };
static const struct output outputs[] = {
	{ "corners-v3", "corners-v3.txt", report_tree_text, { .unicode = true } },
	{ "corners-v3", "corners-v3.ascii.txt", report_tree_text, { 0 } },
	{ "corners-v3", "corners-v3.json", report_tree_json, { 0 } },
	{ "corners-v3", "corners-v3.purl.txt", report_tree_purl, { 0 } },
	{ "corners-v1", "corners-v1.txt", report_tree_text, { .unicode = true } },
	{ "corners-v3", "corners-v3.depth.txt", report_tree_text, { .depth = 1 } },
	{ "corners-v3", "corners-v3.dev.txt", report_tree_text, { .by_scope = true, .scope = SCOPE_DEV } },
	{ "corners-v3", "corners-v3.direct.txt", report_tree_text, { .direct = true } },
	{ "corners-v3", "corners-v3.dev.json", report_tree_json, { .by_scope = true, .scope = SCOPE_DEV, .depth = 2 } },
	{ "corners-v3", "corners-v3.direct.purl.txt", report_tree_purl, { .direct = true, .depth = 1 } },
};

/* With the placeholder, as the expected texts have it. */
static struct str render(struct arena *arena, const struct output *output)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str text;
	const char *folder = fixture_path(arena, output->lockfile);
	if (file_read(path_join(arena, folder, "package-lock.json"), MIB, arena, &text, &err))
		fail_msg("%s", err.text);
	text = replace_all(arena, text, PLACEHOLDER, STR(PUBLIC_REGISTRY_URL));
	if (read_text(arena, "package-lock.json", folder, text, &tree, &err) || output->write(tree, &output->options, &out, &err))
		fail_msg("%s", err.text);
	return replace_all(arena, buf_str(&out), STR(PUBLIC_REGISTRY_URL), PLACEHOLDER);
}

static void output_is_as_expected(void **state)
{
	struct arena *arena = arena_new(0);
	const struct output *output = *state;
	struct error err = { 0 };
	struct str expected, found = render(arena, output);
	const char *path = arena_printf(arena, "%s/fixtures/report/tree/%s", test_env("ASSAY_ROOT"), output->expected).p;
	if (test_env("UPDATE")[0])
		assert_int_equal(file_write(path, found, &err), STATUS_OK);
	if (file_read(path, MIB, arena, &expected, &err))
		fail_msg("%s", err.text);
	assert_string_equal(found.p, arena_copy(arena, expected).p);
	arena_free(arena);
}

/* A text from a lockfile must not reach the terminal as it is. */
static void nothing_steers_the_terminal(void **state)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(MIB);
	(void)state;
	struct str text = STR("{\"lockfileVersion\":3,\"packages\":{\"\":{\"name\":\"a\\u001b[2J\\nb\",\"dependencies\":"
			      "{\"x\\u202e\":\"1\",\"gone\":\"\\u0007\"}},\"node_modules/x\\u202e\":{\"version\":\"1\\u0085\"}}}");
	if (read_text(arena, "l\x1b", NULL, text, &tree, &err) || report_tree_text(tree, &everything, &out, &err))
		fail_msg("%s", err.text);
	for (size_t i = 0; i < out.n; i++)
		assert_true((unsigned char)out.p[i] >= ' ' || out.p[i] == '\n');
	assert_int_equal(str_find_str(buf_str(&out), STR("\xe2\x80\xae")), out.n);
	assert_int_equal(str_find_str(buf_str(&out), STR("\xc2\x85")), out.n);
	arena_free(arena);
}

/* One line for each edge whatever the depth, and no indent that grows without end. */
static void long_chains_are_printed(void **state)
{
	enum { LENGTH = 20000 };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = tree_new(arena);
	CLEANUP(buf_fini) struct buf out = BUF_INIT(16 * MIB);
	(void)state;
	tree->path = "l";
	tree->format = "npm";
	for (uint32_t i = 0; i < LENGTH; i++) {
		struct package *package = tree_add_package(tree, arena_printf(arena, "p%u", i), &err);
		package->kind = i ? PACKAGE_REGISTRY : PACKAGE_ROOT;
		package->name = package->id;
		if (i)
			tree_add_edge(tree, (struct edge){ i - 1, i, package->name, STR("*"), EDGE_PROD });
	}
	assert_int_equal(tree_finish(tree, &err), STATUS_OK);
	assert_int_equal(report_tree_text(tree, &everything, &out, &err), STATUS_OK);
	assert_int_not_equal(str_find_str(buf_str(&out), STR("[level 19999] ")), out.n);
	struct buf small = BUF_INIT(100);
	assert_int_equal(report_tree_text(tree, &everything, &small, &err), STATUS_LIMIT);
	buf_fini(&small);
	arena_free(arena);
}

int main(void)
{
	enum { COUNT = sizeof outputs / sizeof *outputs };
	struct CMUnitTest tests[COUNT + 2];
	for (size_t i = 0; i < COUNT; i++)
		tests[i] = (struct CMUnitTest){ outputs[i].expected, output_is_as_expected, NULL, NULL, (void *)(uintptr_t)&outputs[i] };
	tests[COUNT] = (struct CMUnitTest)cmocka_unit_test(nothing_steers_the_terminal);
	tests[COUNT + 1] = (struct CMUnitTest)cmocka_unit_test(long_chains_are_printed);
	return cmocka_run_group_tests_name("tree_output", tests, NULL, NULL);
}
