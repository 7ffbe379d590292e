/*
 * Packages, flags and edges of real lockfiles beside what npm's own @npmcli/arborist makes of them. ASSAY_CORPUS
 * names a folder with more lockfiles.
 */
#include "lockfile/fixture.h"

#include "assay/json.h"

struct comparison {
	const struct tree *tree;
	bool nested; /* version 1: npm keeps less of it */
	size_t packages, edges, flags, differences;
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

static void compare_flag(struct comparison *c, const struct package *package, const char *flag, bool ours, bool npm)
{
	if (ours != npm)
		differ(c, "%.*s: %s is %d, npm says %d", STR_ARG(package->id), flag, ours, npm);
}

static void compare_text(struct comparison *c, const struct package *package, const char *what, struct str ours, struct str npm)
{
	if (!str_equal(ours, npm))
		differ(c, "%.*s: %s is \"%.*s\", npm says \"%.*s\"", STR_ARG(package->id), what, STR_ARG(ours), STR_ARG(npm));
}

/* dev: no way without dev edges. optional or devOptional: no way without both, or only dev ways and none without
 * optional ones. */
static void compare_flags(struct comparison *c, const struct package *package, const struct json *npm)
{
	if (json_is_true(npm, "extraneous"))
		return;
	/* Version 1 leaves edges out, to optional peers, and npm walks what is left: there the lockfile's own word that it is
	 * optional, but not only for development, is the better one. */
	if (!c->nested || !package->optional || package->scope == SCOPE_DEV)
		compare_flag(c, package, "dev", package->scope == SCOPE_DEV, json_is_true(npm, "dev"));
	if (c->nested) /* npm drops devOptional and peer on the way from version 1 */
		return;
	c->flags++;
	compare_flag(c, package, "optional", package->optional, json_is_true(npm, "optional") || json_is_true(npm, "devOptional"));
	compare_flag(c, package, "peer", package->peer, json_is_true(npm, "peer"));
}

static void compare_package(struct comparison *c, const struct json *npm)
{
	struct str id = json_find_text(npm, "id");
	uint32_t number = tree_find(c->tree, id);
	c->packages++;
	if (number == TREE_NONE) {
		differ(c, "%.*s is missing", STR_ARG(id));
		return;
	}
	const struct package *package = &c->tree->packages[number];
	compare_text(c, package, "version", package->version, json_find_text(npm, "version"));
	compare_flag(c, package, "link", package->kind == PACKAGE_LINK, json_is(json_find(npm, "link"), JSON_STRING));
	if (package->kind == PACKAGE_LINK)
		compare_text(c, package, "link", package->link, json_find_text(npm, "link"));
	if (!c->nested || package->kind == PACKAGE_REGISTRY)
		compare_text(c, package, "name", package->name, json_find_text(npm, "name"));
	if (!c->nested) {
		compare_flag(c, package, "shrinkwrapped", package->shrinkwrapped, json_is_true(npm, "shrinkwrapped"));
		compare_flag(c, package, "bundled", package->bundled, json_is_true(npm, "bundled"));
	}
	const struct json *said = json_find(npm, "said");
	if (json_is(said, JSON_OBJECT) && (!c->nested || !package_is_own(package)))
		compare_flags(c, package, said);
	if (!c->nested)
		compare_flags(c, package, json_find(npm, "found"));
}

static const struct edge *find_edge(const struct tree *tree, uint32_t from, struct str name)
{
	const struct package *package = &tree->packages[from];
	for (uint32_t k = 0; k < package->out_count; k++) {
		const struct edge *edge = &tree->edges[tree->out[package->out_first + k]];
		if (str_equal(edge->name, name))
			return edge;
	}
	return NULL;
}

static void compare_edge(struct comparison *c, const struct json *npm)
{
	struct str name = json_find_text(npm, "name"), from_id = json_find_text(npm, "from");
	uint32_t from = tree_find(c->tree, from_id);
	const struct edge *edge = from == TREE_NONE ? NULL : find_edge(c->tree, from, name);
	c->edges++;
	if (!edge) {
		differ(c, "no edge from %.*s to %.*s", STR_ARG(from_id), STR_ARG(name));
		return;
	}
	const struct package *package = &c->tree->packages[from];
	struct str to = edge->to == TREE_NONE ? STR_NONE : c->tree->packages[edge->to].id;
	struct str npm_to = json_find_text(npm, "to");
	if (!str_equal(to, npm_to) || !to.p != !npm_to.p)
		differ(c, "%.*s > %.*s leads to \"%.*s\", for npm to \"%.*s\"", STR_ARG(from_id), STR_ARG(name), STR_ARG(to), STR_ARG(npm_to));
	compare_text(c, package, "spec", edge->spec, json_find_text(npm, "spec"));
	compare_text(c, package, "type", str_of(edge_type_name(edge->type)), json_find_text(npm, "type"));
}

static void compare_line(struct comparison *c, const struct json *npm)
{
	uint64_t packages = 0, edges = 0;
	if (json_find(npm, "folder")) {
		json_to_u64(json_find(npm, "packages"), &packages);
		json_to_u64(json_find(npm, "edges"), &edges);
		if (packages != c->tree->package_count || edges != c->tree->edge_count)
			differ(c, "%u packages, %u edges, for npm %lu, %lu", c->tree->package_count, c->tree->edge_count, (unsigned long)packages,
			       (unsigned long)edges);
	} else if (json_find(npm, "id")) {
		compare_package(c, npm);
	} else {
		compare_edge(c, npm);
	}
}

/* Standard output of the oracle for all the folders at once. `anew`: the lockfiles' own flags are not compared. */
static struct str run_oracle(struct arena *arena, const struct lockfile_folders *folders, bool anew)
{
	struct error err = { 0 };
	struct str text;
	struct buf command = BUF_INIT(MIB);
	buf_printf(&command, "node '%s/tests/oracle/arborist.cjs'%s", test_env("ASSAY_ROOT"), anew ? " --anew" : "");
	for (size_t i = 0; i < folders->list.n; i++)
		buf_printf(&command, " '%s'", folders->list.v[i]);
	buf_printf(&command, " >'%s/npm.jsonl'", test_env("TEST_TMP"));
	assert_int_equal(system(arena_copy(arena, buf_str(&command)).p), 0);
	buf_fini(&command);
	const char *path = path_join(arena, test_env("TEST_TMP"), "npm.jsonl");
	if (file_read(path, LIMIT_LOCKFILE_BYTES, arena, &text, &err))
		fail_msg("%s", err.text);
	return text;
}

/* One folder's lines: from the one that names it to the next one that names another. */
static void compare_folder(struct arena *arena, const char *folder, struct str *rest)
{
	struct comparison c = { .tree = read_folder(arena, folder) };
	struct str line, before = *rest;
	c.nested = str_equal_z(c.tree->format_version, "1");
	while (str_split(rest, '\n', &line)) {
		struct json *npm;
		struct error err = { 0 };
		if (line.n == 0)
			continue;
		if (json_parse(line, 0, arena, &npm, NULL, &err))
			fail_msg("%s", err.text);
		if (json_find(npm, "folder") && c.packages) {
			*rest = before;
			break;
		}
		compare_line(&c, npm);
		before = *rest;
	}
	fprintf(stderr, "# %s: %zu packages, %zu edges, %zu sets of flags compared\n", folder, c.packages, c.edges, c.flags);
	assert_true(c.packages > 0);
	assert_int_equal(c.differences, 0);
}

static void compare_folders(const struct lockfile_folders *folders, bool anew)
{
	struct arena *arena = arena_new(0);
	struct str rest = run_oracle(arena, folders, anew);
	for (size_t i = 0; i < folders->list.n; i++)
		compare_folder(arena, folders->list.v[i], &rest);
	arena_free(arena);
}

static void agrees_on_fixture(void **state)
{
	struct arena *arena = arena_new(0);
	if (!test_env("ASSAY_ORACLE")[0])
		skip_with(arena, "no Node or no @npmcli/arborist");
	const char *folder = fixture_copy(arena, *state);
	compare_folders(&(struct lockfile_folders){ { &folder, 1, 1 } }, false);
	arena_free(arena);
}

static void agrees_on_corpus(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = corpus_folders(arena, "npm");
	(void)state;
	compare_folders(&folders, false);
	arena_free(arena);
}

/* What npm wrote: `state` is the name of the part. What was changed by hand afterwards has flags that are no longer true. */
static void agrees_on_what_npm_wrote(void **state)
{
	struct arena *arena = arena_new(0);
	struct lockfile_folders folders = made_folders(arena, "npm", *state);
	compare_folders(&folders, strcmp(*state, "npm-mutated") == 0);
	arena_free(arena);
}

#define FIXTURE(name) \
	{ \
		"agrees with npm on " name, agrees_on_fixture, NULL, NULL, (char[]) \
		{ \
			name \
		} \
	}

#define WRITTEN(name) \
	{ \
		"agrees with npm on what it wrote: " name, agrees_on_what_npm_wrote, NULL, NULL, (char[]) \
		{ \
			name \
		} \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE("monorepo-v1"), FIXTURE("monorepo-v2"), FIXTURE("monorepo-v3"), FIXTURE("exotic-v1"),  FIXTURE("exotic-v2"),
		FIXTURE("exotic-v3"),   FIXTURE("legacy-v3"),   FIXTURE("corners-v3"),  FIXTURE("corners-v1"), cmocka_unit_test(agrees_on_corpus),
		WRITTEN("npm6"),        WRITTEN("npm8"),        WRITTEN("npm11"),       WRITTEN("npm-random"), WRITTEN("npm-mutated"),
	};
	return cmocka_run_group_tests_name("arborist", tests, NULL, NULL);
}
