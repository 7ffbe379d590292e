/*
 * Scopes, flags, shortest paths and all paths, from small graphs written down in fixtures/tree/graphs.txt, and what
 * keeps large or hostile graphs in bounds.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/tree.h"

struct graph {
	struct arena *arena;
	struct tree *tree;
	bool finished;
	struct str name;
};

static enum edge_type type_by_name(struct str name)
{
	for (int type = EDGE_PROD; type <= EDGE_CONFIG; type++)
		if (str_equal_z(name, edge_type_name((enum edge_type)type)))
			return (enum edge_type)type;
	fail_msg("no edge type %.*s", STR_ARG(name));
	return EDGE_PROD;
}

/* "." is the root. */
static uint32_t number_of(struct graph *graph, struct str id)
{
	if (str_equal_z(id, "."))
		id = STR("");
	uint32_t number = tree_find(graph->tree, id);
	if (number != TREE_NONE)
		return number;
	struct package *package = tree_add_package(graph->tree, id, NULL);
	assert_non_null(package);
	package->name = id;
	package->kind = id.n ? PACKAGE_REGISTRY : PACKAGE_ROOT;
	return graph->tree->package_count - 1;
}

static void start_graph(struct graph *graph, struct str name)
{
	graph->tree = tree_new(graph->arena);
	graph->finished = false;
	graph->name = name;
	number_of(graph, STR("."));
}

/* "link L T", "workspace W", "edge F type T" ("-": nothing is installed), "unknown-root" */
static void build(struct graph *graph, struct str *words)
{
	struct tree *tree = graph->tree;
	if (str_equal_z(words[0], "link")) {
		struct package *link = &tree->packages[number_of(graph, words[1])];
		link->kind = PACKAGE_LINK;
		link->link = words[2];
	} else if (str_equal_z(words[0], "workspace")) {
		tree->packages[number_of(graph, words[1])].kind = PACKAGE_WORKSPACE;
	} else if (str_equal_z(words[0], "unknown-root")) {
		tree->root_known = false;
	} else if (str_equal_z(words[0], "add")) {
		number_of(graph, words[1]);
	} else if (str_equal_z(words[0], "edge")) {
		struct edge edge = { number_of(graph, words[1]), TREE_NONE, words[3], STR("*"), type_by_name(words[2]) };
		if (!str_equal_z(words[3], "-"))
			edge.to = number_of(graph, words[3]);
		assert_true(tree_add_edge(tree, edge));
	} else {
		fail_msg("no such word: %.*s", STR_ARG(words[0]));
	}
}

static void add_path(struct graph *graph, struct buf *out, const struct tree_path *path)
{
	for (size_t i = 0; i < path->length; i++) {
		const struct package *package = &graph->tree->packages[path->packages[i]];
		buf_add_z(out, i ? ">" : "");
		buf_add(out, package->id.n ? package->id : STR("."));
		if (i == 0)
			continue;
		const struct edge *edge = &graph->tree->edges[path->edges[i - 1]];
		assert_int_equal(edge->from, path->packages[i - 1]);
	}
}

static void expect_text(struct graph *graph, const struct buf *found, struct str expected)
{
	if (!str_equal(buf_str(found), expected))
		fail_msg("%.*s: found \"%.*s\", expected \"%.*s\"", STR_ARG(graph->name), STR_ARG(buf_str(found)), STR_ARG(expected));
}

/* "want P prod optional,direct": what holds of a package. */
static void check_package(struct graph *graph, struct str *words)
{
	CLEANUP(buf_fini) struct buf found = BUF_INIT(4096);
	const struct package *package = &graph->tree->packages[number_of(graph, words[1])];
	const struct {
		bool holds;
		const char *name;
	} flags[] = { { package->optional, ",optional" }, { package->peer, ",peer" }, { package->direct, ",direct" }, { !package->reachable, ",unreachable" } };
	buf_add_z(&found, scope_name(package->scope));
	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		buf_add_z(&found, flags[i].holds ? flags[i].name : "");
	expect_text(graph, &found, words[2]);
}

/* "paths P .>a>P .>b>P": all of them, in order; the first is also the shortest. */
static void check_paths(struct graph *graph, struct str *words, size_t count)
{
	struct tree_path *paths, shortest;
	size_t found, total;
	bool complete;
	uint32_t package = number_of(graph, words[1]);
	assert_int_equal(tree_paths(graph->tree, package, 100, graph->arena, &paths, &found, &total, &complete, NULL), 0);
	assert_int_equal(tree_shortest_path(graph->tree, package, graph->arena, &shortest, NULL), 0);
	assert_int_equal(found, count - 2);
	assert_int_equal(total, found);
	assert_true(complete);
	assert_int_equal(shortest.length, found ? paths[0].length : 0);
	for (size_t i = 0; i < shortest.length; i++)
		assert_int_equal(shortest.packages[i], paths[0].packages[i]);
	for (size_t i = 0; i < found; i++) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
		add_path(graph, &text, &paths[i]);
		expect_text(graph, &text, words[i + 2]);
	}
}

/* "build a b*": scopes as they are with those for building only. */
static void mark_build(struct graph *graph, struct str *words, size_t count)
{
	struct package_patterns *set = package_patterns_new(graph->arena);
	struct package_pattern pattern;
	for (size_t i = 1; i < count; i++) {
		assert_int_equal(package_pattern_parse(words[i], graph->arena, &pattern, NULL), STATUS_OK);
		assert_int_equal(package_patterns_add(set, &pattern, NULL), STATUS_OK);
	}
	assert_int_equal(tree_mark_build(graph->tree, set, NULL), STATUS_OK);
}

/* "omitted dev,optional a b": what is left out then, in the order of the packages. */
static void check_omitted(struct graph *graph, struct str *words)
{
	static const char *const kinds[] = { "dev", "optional", "peer" };
	CLEANUP(buf_fini) struct buf found = BUF_INIT(4096);
	struct str list = words[1], kind;
	unsigned omit = 0;
	while (str_split(&list, ',', &kind))
		for (size_t i = 0; i < 3; i++)
			omit |= str_equal_z(kind, kinds[i]) ? 1u << i : 0;
	for (uint32_t i = 0; i < graph->tree->package_count; i++)
		if (package_is_omitted(&graph->tree->packages[i], omit))
			buf_printf(&found, "%s%.*s", found.n ? "," : "", STR_ARG(graph->tree->packages[i].id));
	expect_text(graph, &found, words[2].p ? words[2] : STR(""));
}

/* "distance P 2"; "-": nobody's own package leads there. */
static void check_distance(struct graph *graph, struct str *words)
{
	CLEANUP(buf_fini) struct buf found = BUF_INIT(64);
	uint32_t *distances;
	assert_int_equal(tree_distances(graph->tree, graph->arena, &distances, NULL), STATUS_OK);
	uint32_t distance = distances[number_of(graph, words[1])];
	if (distance == TREE_NONE)
		buf_add_char(&found, '-');
	else
		buf_printf(&found, "%u", distance);
	expect_text(graph, &found, words[2]);
}

static bool is_question(struct str word)
{
	static const char *const questions[] = { "want", "paths", "build", "omitted", "distance" };
	for (size_t i = 0; i < sizeof questions / sizeof *questions; i++)
		if (str_equal_z(word, questions[i]))
			return true;
	return false;
}

static void run_line(struct graph *graph, struct str line)
{
	struct str words[16] = { STR_NONE }, rest = line, word;
	size_t count = 0;
	while (str_split(&rest, ' ', &word) && count < 16)
		if (word.n)
			words[count++] = word;
	if (count == 0 || words[0].p[0] == '#')
		return;
	bool want = str_equal_z(words[0], "want"), paths = str_equal_z(words[0], "paths");
	if (is_question(words[0]) && !graph->finished) {
		assert_int_equal(tree_finish(graph->tree, NULL), STATUS_OK);
		graph->finished = true;
	}
	if (str_equal_z(words[0], "graph"))
		start_graph(graph, str_from(line, 6));
	else if (want)
		check_package(graph, words);
	else if (paths)
		check_paths(graph, words, count);
	else if (str_equal_z(words[0], "build"))
		mark_build(graph, words, count);
	else if (str_equal_z(words[0], "omitted"))
		check_omitted(graph, words);
	else if (str_equal_z(words[0], "distance"))
		check_distance(graph, words);
	else
		build(graph, words);
}

static void graphs_come_out(void **state)
{
	struct graph graph = { .arena = arena_new(0) };
	struct error err = { 0 };
	struct str rest, line;
	(void)state;
	const char *path = arena_printf(graph.arena, "%s/fixtures/tree/graphs.txt", getenv("ASSAY_ROOT")).p;
	if (file_read(path, MIB, graph.arena, &rest, &err))
		fail_msg("%s", err.text);
	while (str_split(&rest, '\n', &line))
		run_line(&graph, line);
	arena_free(graph.arena);
}

/* ---- bounds ---------------------------------------------------------------------- */

static void add_edge(struct tree *tree, uint32_t from, uint32_t to)
{
	assert_true(tree_add_edge(tree, (struct edge){ from, to, STR("x"), STR("*"), EDGE_PROD }));
}

static struct tree *numbered_tree(struct arena *arena, uint32_t count)
{
	struct tree *tree = tree_new(arena);
	for (uint32_t i = 0; i < count; i++)
		assert_non_null(tree_add_package(tree, i ? arena_printf(arena, "p%u", i) : STR(""), NULL));
	tree->packages[0].kind = PACKAGE_ROOT;
	return tree;
}

/* Each package of a layer depends on each of the next: more paths than could ever be listed. */
static void many_paths_are_cut(void **state)
{
	enum { LAYERS = 12, WIDTH = 6 };
	struct arena *arena = arena_new(0);
	struct tree *tree = numbered_tree(arena, 1 + LAYERS * WIDTH);
	(void)state;
	for (uint32_t i = 0; i < WIDTH; i++)
		add_edge(tree, 0, 1 + i);
	for (uint32_t layer = 0; layer + 1 < LAYERS; layer++)
		for (uint32_t i = 0; i < WIDTH * WIDTH; i++)
			add_edge(tree, 1 + layer * WIDTH + i / WIDTH, 1 + (layer + 1) * WIDTH + i % WIDTH);
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	struct tree_path *paths;
	size_t count, total;
	bool complete;
	assert_int_equal(tree_paths(tree, LAYERS * WIDTH, 5, arena, &paths, &count, &total, &complete, NULL), 0);
	assert_int_equal(count, 5);
	assert_int_equal(total, LIMIT_PATHS);
	assert_false(complete);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(paths[i].length, LAYERS + 1);
	arena_free(arena);
}

/* A chain so long that searching it uses the steps up: the shortest path is found all the same. */
static void long_chains_have_a_path(void **state)
{
	enum { LENGTH = 300000 };
	struct arena *arena = arena_new(0);
	struct tree *tree = numbered_tree(arena, LENGTH);
	(void)state;
	for (uint32_t i = 0; i + 1 < LENGTH; i++)
		add_edge(tree, i, i + 1);
	add_edge(tree, LENGTH - 1, LENGTH - 1);
	add_edge(tree, LENGTH - 1, 1);
	assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
	struct tree_path *paths;
	size_t count, total;
	bool complete;
	assert_int_equal(tree_paths(tree, LENGTH - 1, 3, arena, &paths, &count, &total, &complete, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(paths[0].length, LENGTH);
	assert_false(complete);
	arena_free(arena);
}

static void exactly_the_limit_of_paths_is_complete(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	for (uint32_t over = 0; over < 2; over++) {
		uint32_t middle = LIMIT_PATHS + over, last = middle + 1;
		struct tree *tree = numbered_tree(arena, middle + 2);
		for (uint32_t i = 1; i <= middle; i++) {
			add_edge(tree, 0, i);
			add_edge(tree, i, last);
		}
		assert_int_equal(tree_finish(tree, NULL), STATUS_OK);
		struct tree_path *paths;
		size_t count, total;
		bool complete;
		assert_int_equal(tree_paths(tree, last, SIZE_MAX, arena, &paths, &count, &total, &complete, NULL), 0);
		assert_int_equal(total, LIMIT_PATHS);
		assert_int_equal(count, LIMIT_PATHS);
		assert_int_equal(complete, over == 0);
	}
	arena_free(arena);
}

static void ids_are_unique(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = numbered_tree(arena, 2);
	struct error err = { 0 };
	(void)state;
	assert_null(tree_add_package(tree, STR("p1"), &err));
	assert_int_equal(err.status, STATUS_INVALID);
	assert_int_equal(tree_find(tree, STR("p1")), 1);
	assert_int_equal(tree_find(tree, STR("p2")), TREE_NONE);
	arena_free(arena);
}

static void packages_are_limited(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = numbered_tree(arena, LIMIT_PACKAGES);
	struct error err = { 0 };
	(void)state;
	assert_null(tree_add_package(tree, STR("one more"), &err));
	assert_int_equal(err.status, STATUS_LIMIT);
	arena_free(arena);
}

static void names_and_purls(void **state)
{
	static const struct {
		const char *name, *version, *label, *purl;
	} cases[] = {
		{ "lodash", "4.17.21", "lodash@4.17.21", "pkg:npm/lodash@4.17.21" },
		{ "@babel/core", "7.0.0-beta.1+b", "@babel/core@7.0.0-beta.1+b", "pkg:npm/%40babel/core@7.0.0-beta.1%2Bb" },
		{ "a b/c", "", "a b/c", "pkg:npm/a%20b%2Fc" },
		{ "@odd", "1", "@odd@1", "pkg:npm/%40odd@1" },
		{ "\xc3\xa4", "1", "\xc3\xa4@1", "pkg:npm/%C3%A4@1" },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct package package = { .name = str_of(cases[i].name), .version = str_of(cases[i].version) };
		assert_string_equal(arena_copy(arena, package_label(arena, &package)).p, cases[i].label);
		assert_string_equal(arena_copy(arena, package_purl(arena, &package)).p, cases[i].purl);
	}
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(graphs_come_out),         cmocka_unit_test(many_paths_are_cut),
		cmocka_unit_test(long_chains_have_a_path), cmocka_unit_test(exactly_the_limit_of_paths_is_complete),
		cmocka_unit_test(ids_are_unique),          cmocka_unit_test(packages_are_limited),
		cmocka_unit_test(names_and_purls),
	};
	return cmocka_run_group_tests_name("tree", tests, NULL, NULL);
}
