/*
 * Packages, scopes and edges of pnpm lockfiles beside what pnpm's own packages read. ASSAY_CORPUS names a folder with
 * more lockfiles.
 */
#include "lockfile/fixture.h"

#include "assay/json.h"

struct comparison {
	const struct tree *tree;
	size_t packages, edges, said, differences;
};

__attribute__((format(printf, 2, 3))) static void differ(struct comparison *c, const char *format, ...)
{
	va_list args;
	if (c->differences++ >= 20)
		return;
	fprintf(stderr, "# %s: ", c->tree->path);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

static void compare_flag(struct comparison *c, struct str id, const char *flag, bool ours, bool theirs)
{
	if (ours != theirs)
		differ(c, "%.*s: %s is %d, for pnpm %d", STR_ARG(id), flag, ours, theirs);
}

static void compare_text(struct comparison *c, struct str id, const char *what, struct str ours, struct str theirs)
{
	if (!str_equal(ours, theirs))
		differ(c, "%.*s: %s is \"%.*s\", for pnpm \"%.*s\"", STR_ARG(id), what, STR_ARG(ours), STR_ARG(theirs));
}

static void compare_package(struct comparison *c, const struct json *theirs)
{
	struct str id = json_find_text(theirs, "id");
	uint32_t number = tree_find(c->tree, id);
	const struct json *said = json_find(theirs, "saysDev");
	c->packages++;
	if (number == TREE_NONE) {
		differ(c, "%.*s is missing", STR_ARG(id));
		return;
	}
	const struct package *package = &c->tree->packages[number];
	compare_text(c, id, "name", package->name, json_find_text(theirs, "name"));
	compare_text(c, id, "version", package->version, json_find_text(theirs, "version"));
	compare_text(c, id, "integrity", package->integrity, json_find_text(theirs, "integrity"));
	compare_flag(c, id, "dev", package->scope == SCOPE_DEV, json_is_true(theirs, "dev"));
	compare_flag(c, id, "optional", package->optional, json_is_true(theirs, "optional"));
	if (json_is(said, JSON_NULL))
		return;
	c->said++;
	compare_flag(c, id, "dev (as written)", package->scope == SCOPE_DEV, json_is(said, JSON_TRUE));
}

static const struct edge *find_edge(const struct tree *tree, uint32_t from, struct str name, struct str type)
{
	const struct package *package = &tree->packages[from];
	for (uint32_t k = 0; k < package->out_count; k++) {
		const struct edge *edge = &tree->edges[tree->out[package->out_first + k]];
		if (str_equal(edge->name, name) && str_equal_z(type, edge_type_name(edge->type)))
			return edge;
	}
	return NULL;
}

static void compare_edge(struct comparison *c, const struct json *theirs)
{
	struct str name = json_find_text(theirs, "name"), from_id = json_find_text(theirs, "from");
	uint32_t from = tree_find(c->tree, from_id);
	const struct edge *edge = from == TREE_NONE ? NULL : find_edge(c->tree, from, name, json_find_text(theirs, "type"));
	const struct json *spec = json_find(theirs, "spec");
	c->edges++;
	if (!edge) {
		differ(c, "no edge from %.*s to %.*s", STR_ARG(from_id), STR_ARG(name));
		return;
	}
	struct str to = edge->to == TREE_NONE ? STR_NONE : c->tree->packages[edge->to].id;
	compare_text(c, from_id, "target", to, json_find_text(theirs, "to"));
	if (json_is(spec, JSON_STRING))
		compare_text(c, from_id, "spec", edge->spec, spec->text);
}

/* Nothing but configDependencies brings it: it stands in the document that pnpm 10 skips. */
static bool is_from_config(const struct tree *tree, const struct package *package)
{
	while (package->via != TREE_NONE && tree->edges[package->via].type != EDGE_CONFIG)
		package = &tree->packages[tree->edges[package->via].from];
	return package->via != TREE_NONE;
}

/* What pnpm's packages do not give: the root and its workspaces, links, what only configDependencies bring, peers
 * that are not there. */
static void compare_counts(struct comparison *c, const struct json *theirs)
{
	uint64_t packages = 0, edges = 0, our_packages = 0, our_edges = 0;
	const struct tree *tree = c->tree;
	json_to_u64(json_find(theirs, "packages"), &packages);
	json_to_u64(json_find(theirs, "edges"), &edges);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		bool importer = package_is_own(package) && !package->resolved.n;
		our_packages += !importer && !is_from_config(tree, package) && package->kind != PACKAGE_LINK;
	}
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		bool open_peer = edge->to == TREE_NONE && (edge->type == EDGE_PEER || edge->type == EDGE_PEER_OPTIONAL);
		our_edges += !open_peer && edge->type != EDGE_WORKSPACE && edge->type != EDGE_CONFIG && !is_from_config(tree, &tree->packages[edge->from]);
	}
	if (packages != our_packages || edges != our_edges)
		differ(c, "%lu packages, %lu edges, for pnpm %lu, %lu", (unsigned long)our_packages, (unsigned long)our_edges,
		       (unsigned long)packages, (unsigned long)edges);
}

static void compare_line(struct comparison *c, const struct json *theirs)
{
	if (json_find(theirs, "folder"))
		compare_counts(c, theirs);
	else if (json_find(theirs, "id"))
		compare_package(c, theirs);
	else
		compare_edge(c, theirs);
}

static struct str run_oracle(struct arena *arena, const struct lockfile_folders *folders)
{
	struct str text;
	CLEANUP(buf_fini) struct buf command = BUF_INIT(MIB);
	buf_printf(&command, "node '%s/tests/oracle/pnpm.mjs'", test_env("ASSAY_ROOT"));
	for (size_t i = 0; i < folders->list.n; i++)
		buf_printf(&command, " '%s'", folders->list.v[i]);
	buf_printf(&command, " >'%s/pnpm.jsonl'", test_env("TEST_TMP"));
	assert_int_equal(system(arena_copy(arena, buf_str(&command)).p), 0);
	const char *path = path_join(arena, test_env("TEST_TMP"), "pnpm.jsonl");
	assert_int_equal(file_read(path, LIMIT_LOCKFILE_BYTES, arena, &text, NULL), STATUS_OK);
	return text;
}

static struct tree *read_tree(struct arena *arena, const char *folder)
{
	const char *path = path_join(arena, folder, "pnpm-lock.yaml");
	struct lockfile_source source = { .path = path, .folder = folder };
	struct error err = { 0 };
	struct tree *tree = NULL;
	if (file_read(path, LIMIT_LOCKFILE_BYTES, arena, &source.text, &err) || lockfile_read(lockfile_format_by_kind("pnpm"), &source, arena, &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

/* One folder's lines: from the one that names it to the next one that names another. */
static void compare_folder(struct arena *arena, const char *folder, struct str *rest)
{
	struct comparison c = { .tree = read_tree(arena, folder) };
	struct str line, before = *rest;
	for (bool first = true; str_split(rest, '\n', &line); first = false, before = *rest) {
		struct json *theirs;
		if (line.n == 0)
			continue;
		assert_int_equal(json_parse(line, 0, arena, &theirs, NULL, NULL), STATUS_OK);
		if (json_find(theirs, "folder") && !first) {
			*rest = before;
			break;
		}
		compare_line(&c, theirs);
	}
	fprintf(stderr, "# %s: %zu packages, %zu edges, %zu written flags compared\n", folder, c.packages, c.edges, c.said);
	assert_int_equal(c.differences, 0);
}

static void compare_folders(const struct lockfile_folders *folders)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest = run_oracle(arena, folders);
	for (size_t i = 0; i < folders->list.n; i++)
		compare_folder(arena, folders->list.v[i], &rest);
}

static void agrees_on_fixture(void **state)
{
	struct arena *arena = arena_new(0);
	if (!test_env("ASSAY_ORACLE")[0])
		skip_with(arena, "no Node or no packages of pnpm");
	const char *folder = fixture_copy(arena, *state);
	compare_folders(&(struct lockfile_folders){ { &folder, 1, 1 } });
	arena_free(arena);
}

static void agrees_on_corpus(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = corpus_folders(arena, "pnpm");
	(void)state;
	compare_folders(&folders);
	arena_free(arena);
}

static void agrees_on_what_pnpm_wrote(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = made_folders(arena, "pnpm", ".");
	(void)state;
	compare_folders(&folders);
	arena_free(arena);
}

#define FIXTURE(name) \
	{ \
		"agrees with pnpm on " name, agrees_on_fixture, NULL, NULL, (char[]) \
		{ \
			name \
		} \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE("pnpm-corners-v5"),         FIXTURE("pnpm-corners-v6"),
		FIXTURE("pnpm-corners-v9"),         FIXTURE("pnpm-exotic-v5"),
		FIXTURE("pnpm-exotic-v6"),          FIXTURE("pnpm-exotic-v9"),
		FIXTURE("pnpm-monorepo-v9"),        FIXTURE("pnpm-modern-v12"),
		cmocka_unit_test(agrees_on_corpus), cmocka_unit_test(agrees_on_what_pnpm_wrote),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
