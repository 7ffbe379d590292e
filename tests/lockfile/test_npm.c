/*
 * The npm reader: what it refuses, what it takes from each version, and what is hostile.
 */
#include "lockfile/fixture.h"

#include "../src/lockfile/glob.h"
#include "../src/lockfile/npm.h"

/* ---- what is refused ----------------------------------------------------------------- */

static const char *status_word(enum status status)
{
	return status == STATUS_INVALID ? "invalid" : status == STATUS_UNSUPPORTED ? "unsupported" : status == STATUS_LIMIT ? "limit" : "another";
}

static void check_refusal(struct arena *arena, struct str status, struct str text, struct str message)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str expected = arena_printf(arena, "package-lock.json: %.*s", STR_ARG(message));
	enum status got = read_text(arena, "package-lock.json", NULL, text, &tree, &err);
	if (!str_equal_z(status, status_word(got)) || !str_equal_z(expected, err.text))
		fail_msg("%.*s\n  gave %d: %s\n  expected %.*s: %.*s", STR_ARG(text), got, err.text, STR_ARG(status), STR_ARG(expected));
	if (got == STATUS_UNSUPPORTED)
		assert_true(err.hint[0] != '\0');
}

static void refuses_what_is_malformed(void **state)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct str rest, line, status = STR_NONE;
	const char *text = NULL;
	size_t cases = 0;
	(void)state;
	if (file_read(fixture_path(arena, "errors.txt"), MIB, arena, &rest, &err))
		fail_msg("%s", err.text);
	while (str_split(&rest, '\n', &line)) {
		if (str_starts_with(line, STR("== "))) {
			status = str_from(line, 3);
			text = line.p + line.n + 1;
		} else if (str_starts_with(line, STR("-> "))) {
			check_refusal(arena, status, (struct str){ text, (size_t)(line.p - text) }, str_from(line, 3));
			cases++;
		}
	}
	assert_true(cases >= 30);
	arena_free(arena);
}

/* ---- what is read --------------------------------------------------------------------- */

/* Version 1 keeps flags, not kinds of dependencies; the scopes come out the same. */
static void versions_say_the_same(void **state)
{
	struct arena *arena = arena_new(0);
	const char *project = *state;
	struct tree *old = read_folder(arena, fixture_path(arena, arena_printf(arena, "%s-v1", project).p));
	struct tree *middle = read_folder(arena, fixture_path(arena, arena_printf(arena, "%s-v2", project).p));
	struct tree *new = read_folder(arena, fixture_path(arena, arena_printf(arena, "%s-v3", project).p));
	assert_int_equal(old->package_count, new->package_count);
	assert_int_equal(middle->package_count, new->package_count);
	assert_int_equal(middle->edge_count, new->edge_count);
	for (uint32_t i = 0; i < new->package_count; i++) {
		const struct package *package = &new->packages[i];
		uint32_t number = tree_find(old, package->id);
		assert_int_not_equal(number, TREE_NONE);
		const struct package *other = &old->packages[number];
		bool same = str_equal(package->name, other->name) && str_equal(package->version, other->version) &&
			    str_equal(package->alias, other->alias) && package->kind == other->kind && package->scope == other->scope &&
			    package->optional == other->optional && package->peer == other->peer && package->bundled == other->bundled &&
			    str_equal(package->integrity, other->integrity);
		if (!same)
			fail_msg("%.*s differs between versions 1 and 3", STR_ARG(package->id));
	}
	arena_free(arena);
}

static struct tree *read_string(struct arena *arena, const char *folder, const char *text)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	if (read_text(arena, "package-lock.json", folder, str_of(text), &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

static const struct package *package_of(const struct tree *tree, const char *id)
{
	uint32_t number = tree_find(tree, str_of(id));
	if (number == TREE_NONE)
		fail_msg("no package %s", id);
	return &tree->packages[number];
}

static const char nested[] = "{\"lockfileVersion\":1,\"dependencies\":{"
			     "\"a\":{\"version\":\"1.0.0\",\"requires\":{\"b\":\"1\"}},\"b\":{\"version\":\"1.0.0\"},"
			     "\"d\":{\"version\":\"1.0.0\",\"dev\":true},\"o\":{\"version\":\"1.0.0\",\"devOptional\":true}}}";

/* Without the package.json nothing says what the root asks for; the entries' own flags do. */
static void flags_stand_in_for_the_manifest(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_string(arena, NULL, nested);
	(void)state;
	assert_false(tree->root_known);
	assert_int_equal(package_of(tree, "node_modules/a")->scope, SCOPE_PROD);
	assert_int_equal(package_of(tree, "node_modules/d")->scope, SCOPE_DEV);
	assert_true(package_of(tree, "node_modules/o")->optional);
	assert_true(package_of(tree, "node_modules/b")->reachable);
	assert_int_equal(package_of(tree, "node_modules/b")->depth, 1);
	arena_free(arena);
}

static void write_file(struct arena *arena, const char *name, const char *text)
{
	struct error err = { 0 };
	const char *path = path_join(arena, test_env("TEST_TMP"), name);
	if (folder_make(path_folder(arena, path), &err) || file_write(path, str_of(text), &err))
		fail_msg("%s", err.text);
}

static void manifest_says_what_the_root_asks_for(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	write_file(arena, "m/package.json", "{\"name\":\"m\",\"dependencies\":{\"x\":\"1\"},\"dependencies\":{\"a\":\"1\"},\"dev\":{}}");
	struct tree *tree = read_string(arena, path_join(arena, test_env("TEST_TMP"), "m"), nested);
	assert_true(tree->root_known);
	assert_int_equal(tree->duplicate_keys, 1);
	assert_true(package_of(tree, "node_modules/a")->direct);
	assert_false(package_of(tree, "node_modules/d")->reachable);
	assert_int_equal(package_of(tree, "node_modules/d")->scope, SCOPE_DEV);
	write_file(arena, "m/package.json", "{\"dependencies\":{\"a\":1}}");
	struct error err = { 0 };
	assert_int_equal(read_text(arena, "l", path_join(arena, test_env("TEST_TMP"), "m"), str_of(nested), &tree, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "package.json: line 1, column 22: \"a\" is a number"));
	arena_free(arena);
}

/* npm writes one tree into two sections, and not always alike: what it writes is read. */
static void both_sections_may_differ_in_form(void **state)
{
#define COMMIT "0123456789012345678901234567890123456789"
	static const char *const pairs[][2] = {
		{ "\"version\":\"1.0.0\"", "\"version\":\"1.0.0\",\"bundled\":true,\"requires\":{\"x\":\"1\"}" },
		{ "\"name\":\"real\",\"version\":\"1.0.0\"", "\"version\":\"npm:real@1.0.0\"" },
		{ "\"name\":\"@s/real\",\"version\":\"1.0.0\"", "\"version\":\"npm:@s/real@1.0.0\"" },
		{ "\"version\":\"1.0.0\",\"resolved\":\"https://r.example/a/-/a-1.0.0.tgz\"", "\"version\":\"1.0.0\"" },
		{ "\"version\":\"1.0.0\",\"resolved\":\"file:lib\"", "\"version\":\"1.0.0\"" },
		{ "\"version\":\"1.0.0\",\"resolved\":\"file:p/v/a-1.0.0.tgz\",\"integrity\":\"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"",
		  "\"version\":\"file:v/a-1.0.0.tgz\",\"integrity\":\"sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=\"" },
		{ "\"version\":\"1.0.0\",\"resolved\":\"git+ssh://git@github.com/u/a.git#" COMMIT "\"",
		  "\"version\":\"git+https://github.com/u/a.git#" COMMIT "\",\"from\":\"a@github:u/a\"" },
		{ "\"version\":\"1.0.0\",\"resolved\":\"git+ssh://git@github.com/u/a.git#" COMMIT "\"", "\"version\":\"github:u/a#" COMMIT "\"" },
		{ "\"resolved\":\"l#1\",\"link\":true},\"l#1\":{\"version\":\"1.0.0\"},\"l#1/node_modules/x\":{\"version\":\"2.0.0\"",
		  "\"version\":\"file:l%231\",\"dependencies\":{\"x\":{\"version\":\"2.0.0\"}}" },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct str text = arena_printf(arena,
					       "{\"lockfileVersion\":2,\"packages\":{\"node_modules/a\":{%s},\"node_modules/new\":{\"version\":\"1.0.0\"}},"
					       "\"dependencies\":{\"a\":{%s}}}",
					       pairs[i][0], pairs[i][1]);
		assert_true(read_string(arena, NULL, text.p)->package_count >= 3);
	}
	arena_free(arena);
}

static void reads_what_is_rare(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	struct tree *tree = read_string(arena, NULL,
					"\xef\xbb\xbf{\"lockfileVersion\":3,\"packages\":{\r\n"
					"\"\":{\"dependencies\":{\"out\":\"file:../out\",\"__proto__\":\"1\",\"self\":\"1\",\"@s/"
					"n\":\"1\"}},\r\n"
					"\"../out\":{\"version\":\"1.0.0\",\"dependencies\":{\"self\":\"1\",\"in\":\"1\"}},\r\n"
					"\"../out/node_modules/in\":{\"version\":\"2.0.0\"},\r\n"
					"\"node_modules/out\":{\"resolved\":\"../out\",\"link\":true},\r\n"
					"\"node_modules/__proto__\":{\"version\":\"1.0.0\"},\r\n"
					"\"node_modules/"
					"self\":{\"version\":\"1.0.0\",\"dependencies\":{\"self\":\"1\"},\"license\":[\"MIT\"],"
					"\"deprecated\":true},\r\n"
					"\"node_modules/@s/n\":{\"version\":\"1.0.0\",\"os\":[\"!win32\"],\"optional\":false},\r\n"
					"\"node_modules/@s/n/vendor/x\":{\"version\":\"0.1.0\"}}}");
	const struct package *out = package_of(tree, "../out");
	assert_int_equal(out->kind, PACKAGE_WORKSPACE);
	assert_int_equal(out->line, 3);
	assert_int_equal(package_of(tree, "node_modules/out")->link_target, out - tree->packages);
	assert_int_equal(package_of(tree, "../out/node_modules/in")->depth, 2);
	assert_true(package_of(tree, "node_modules/__proto__")->direct);
	assert_true(str_equal_z(package_of(tree, "node_modules/self")->deprecated, "deprecated"));
	assert_true(str_equal_z(package_of(tree, "node_modules/self")->license, "MIT"));
	assert_true(package_of(tree, "node_modules/@s/n")->platform);
	assert_true(str_equal_z(package_of(tree, "node_modules/@s/n")->name, "@s/n"));
	assert_int_equal(package_of(tree, "node_modules/@s/n/vendor/x")->kind, PACKAGE_FILE);
	/* What lies outside does not look into the root's node_modules. */
	for (uint32_t k = 0; k < out->out_count; k++) {
		const struct edge *edge = &tree->edges[tree->out[out->out_first + k]];
		assert_int_equal(edge->to == TREE_NONE, str_equal_z(edge->name, "self"));
	}
	arena_free(arena);
}

static void empty_projects_have_a_root(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	assert_int_equal(read_string(arena, NULL, "{\"lockfileVersion\":1}")->package_count, 1);
	assert_int_equal(read_string(arena, NULL, "{\"lockfileVersion\":3,\"packages\":{}}")->package_count, 1);
	assert_int_equal(read_string(arena, NULL, "{\"lockfileVersion\":2,\"dependencies\":{\"a\":{\"version\":\"1.0.0\"}}}")->package_count, 2);
	arena_free(arena);
}

/* ---- hostile ------------------------------------------------------------------------------ */

static enum status read_buf(struct arena *arena, struct buf *text, struct tree **tree, struct error *err)
{
	assert_false(text->failed);
	return read_text(arena, "l", NULL, buf_str(text), tree, err);
}

static void add_times(struct buf *text, const char *part, size_t times)
{
	for (size_t i = 0; i < times; i++)
		buf_add_z(text, part);
}

static void nesting_is_bounded(void **state)
{
	/* Each level takes two of the JSON's. A location of 270 levels "node_modules/a/" is just below the limit. */
	static const struct {
		size_t levels;
		enum status status;
	} cases[] = { { 270, STATUS_OK }, { 290, STATUS_INVALID }, { 600, STATUS_LIMIT } };
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		buf_add_z(&text, "{\"lockfileVersion\":1");
		add_times(&text, ",\"dependencies\":{\"a\":{\"version\":\"1.0.0\",\"requires\":{\"a\":\"1\"}", cases[i].levels);
		add_times(&text, "}}", cases[i].levels);
		buf_add_z(&text, "}");
		assert_int_equal(read_buf(arena, &text, &tree, &err), cases[i].status);
		if (tree)
			assert_int_equal(tree->package_count, cases[i].levels + 1);
		arena_free(arena);
	}
}

static void locations_are_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		buf_add_z(&text, "{\"lockfileVersion\":3,\"packages\":{\"node_modules/");
		add_times(&text, "x", LIMIT_LOCATION_BYTES - 13 + over);
		buf_add_z(&text, "\":{}}}");
		assert_int_equal(read_buf(arena, &text, &tree, &err), over ? STATUS_INVALID : STATUS_OK);
		arena_free(arena);
	}
}

/* 100,000 siblings that all depend on one another's neighbours: quadratic work would not end. */
static void many_siblings_are_linear(void **state)
{
	enum { COUNT = 100000 };
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * MIB);
	(void)state;
	buf_add_z(&text, "{\"lockfileVersion\":3,\"packages\":{\"\":{\"dependencies\":{");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "%s\"p%u\":\"1\"", i ? "," : "", i);
	buf_add_z(&text, "},\"peerDependencies\":{");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "%s\"p%u\":\"1\"", i ? "," : "", i);
	buf_add_z(&text, "},\"peerDependenciesMeta\":{");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, "%s\"p%u\":{\"optional\":true}", i ? "," : "", i);
	buf_add_z(&text, "}}");
	for (unsigned i = 0; i < COUNT; i++)
		buf_printf(&text, ",\"node_modules/p%u\":{\"dependencies\":{\"p%u\":\"1\"}}", i, (i + 1) % COUNT);
	buf_add_z(&text, "}}");
	if (read_buf(arena, &text, &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, COUNT + 1);
	assert_int_equal(tree->edge_count, 2 * COUNT);
	arena_free(arena);
}

/* Every text cut short anywhere is an error, never a shorter tree or a crash. */
static void cut_texts_are_errors(void **state)
{
	struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct str text;
	(void)state;
	const char *path = arena_printf(arena, "%s/corners-v1/package-lock.json", fixture_path(arena, ".")).p;
	if (file_read(path, MIB, arena, &text, &err))
		fail_msg("%s", err.text);
	for (size_t n = 0; n + 1 < str_trim(text).n; n++) {
		struct arena *own = arena_new(0);
		struct tree *tree = NULL;
		assert_int_equal(read_text(own, "l", NULL, str_head(text, n), &tree, &err), STATUS_INVALID);
		arena_free(own);
	}
	arena_free(arena);
}

static void limited_memory_is_an_error(void **state)
{
	(void)state;
	for (size_t ceiling = 1000; ceiling < 200000; ceiling += 1000) {
		struct arena *arena = arena_new(ceiling);
		struct arena *outside = arena_new(0);
		struct error err = { 0 };
		struct tree *tree = NULL;
		struct str text = STR_NONE;
		const char *path = fixture_path(outside, "corners-v3/package-lock.json");
		assert_int_equal(file_read(path, MIB, outside, &text, &err), STATUS_OK);
		enum status status = read_text(arena, "l", NULL, text, &tree, &err);
		assert_true(status == STATUS_MEMORY || (status == STATUS_OK && tree));
		arena_free(arena);
		arena_free(outside);
	}
}

/* ---- small parts ---------------------------------------------------------------------------- */

static void resolved_says_the_kind(void **state)
{
	static const struct {
		const char *resolved, *kind, *name, *version;
	} cases[] = {
		{ "", "registry", NULL, NULL },
		{ "https://r.example/lodash/-/lodash-4.17.21.tgz", "registry", "lodash", "4.17.21" },
		{ "http://r.example:8080/a/b/lodash/-/lodash-1.0.0-rc.1.tgz?x=/-/y#z", "registry", "lodash", "1.0.0-rc.1" },
		{ "https://r.example/@s/n/-/n-1.0.0.tgz", "registry", "@s/n", "1.0.0" },
		{ "https://r.example/@s%2fn/-/n-1.0.0.tgz", "registry", "@s/n", "1.0.0" },
		{ "https://r.example/%40s%2Fn/-/n-1.0.0%2Bb.tgz", "registry", "@s/n", "1.0.0+b" },
		{ "https://r.example/api/npm/@s/n/-/@s/n-1.0.0.tgz", "registry", "@s/n", "1.0.0" },
		{ "https://r.example/@s/n/-/@t/n-1.0.0.tgz", "tarball", NULL, NULL },
		{ "https://r.example/a/-/b-1.0.0.tgz", "tarball", NULL, NULL },
		{ "https://r.example/a/-/a-b.tgz", "tarball", NULL, NULL },
		{ "https://r.example/a/-/a.tgz", "tarball", NULL, NULL },
		{ "https://r.example/a/-/a-1.0.0.tar.gz", "tarball", NULL, NULL },
		{ "https://r.example/-/a-1.0.0.tgz", "tarball", NULL, NULL },
		{ "https://r.example", "tarball", NULL, NULL },
		{ "ftp://r.example/a/-/a-1.0.0.tgz", "tarball", NULL, NULL },
		{ "git+ssh://git@g.example/a.git#0", "git", NULL, NULL },
		{ "git://g.example/a", "git", NULL, NULL },
		{ "https://g.example/a/b.git#v1", "git", NULL, NULL },
		{ "github:a/b#0", "git", NULL, NULL },
		{ "file:vendor/x.tgz", "file", NULL, NULL },
		{ "../x", "file", NULL, NULL },
		{ "/x", "file", NULL, NULL },
		{ "~/x", "file", NULL, NULL },
		{ "C:\\x", "file", NULL, NULL },
		{ "vendor/x.tgz", "file", NULL, NULL },
		{ "a/b", "git", NULL, NULL },
		{ "a/b#semver:^1", "git", NULL, NULL },
		/* npm 11 installs the first two of these from the registry under any name. */
		{ "npm:other@1.0.0", "tarball", NULL, NULL },
		{ "1.2.3", "tarball", NULL, NULL },
		{ "latest", "tarball", NULL, NULL },
		{ "@s/n@1.0.0", "tarball", NULL, NULL },
		{ "FILE:x", "tarball", NULL, NULL },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str url = str_of(cases[i].resolved), name, version;
		assert_string_equal(package_kind_name(lockfile_resolved_kind(url)), cases[i].kind);
		bool parsed = lockfile_parse_registry_url(url, arena, &name, &version);
		assert_int_equal(parsed, cases[i].name != NULL);
		if (parsed && (!str_equal_z(name, cases[i].name) || !str_equal_z(version, cases[i].version)))
			fail_msg("%s: %.*s %.*s", cases[i].resolved, STR_ARG(name), STR_ARG(version));
	}
	arena_free(arena);
}

static void patterns_match_like_npm(void **state)
{
	static const struct {
		const char *patterns, *matched, *others;
	} cases[] = {
		{ "[\"packages/*\"]", "packages/a packages/a-b", "packages packages/a/b packages/.hidden a xpackages/a" },
		{ "[\"./packages/*/\"]", "packages/a", "a" },
		{ "[\"libs/**\"]", "libs/a libs/a/b/c", "lib/a libs/.a libs/a/.b" },
		{ "[\"**/pkg\"]", "pkg a/pkg a/b/pkg", "a/pkgs pkg/a" },
		{ "[\"a/**/b/**/c\"]", "a/b/c a/x/b/y/c a/b/b/c/c", "a/c a/x/c" },
		{ "[\"{a,b}/*\",\"c{1,{2,3}}\"]", "a/x b/x c1 c2 c3", "c/x c4 c" },
		{ "[\"x[0-9]?\",\"y[!a]\",\"[\"]", "x1z yb [", "xz1 ya x1" },
		{ "[\"*a*b*\"]", "ab xaxbx aab", "ba a" },
		{ "[\"packages/*\",\"!packages/old\"]", "packages/a", "packages/old" },
		{ "[\"!packages/old\",\"packages/*\"]", "packages/a", "packages/old" },
		{ "[\"packages/*\",\"!packages/old\",\"packages/old\"]", "packages/a packages/old", "x" },
		{ "[\"!!a\"]", "a", "b" },
		{ "{\"packages\":[\"a\"],\"nohoist\":[]}", "a", "b" },
		{ "[\"pkg/+(a|b)\"]", "pkg/a pkg/c", "pkg" },
		{ "[\"\"]", "", "a" },
	};
	struct arena *arena = arena_new(0);
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct json *json;
		struct patterns *patterns;
		struct error err = { 0 };
		if (json_parse(str_of(cases[i].patterns), 0, arena, &json, NULL, &err) || patterns_read(json, arena, &patterns, &err))
			fail_msg("%s", err.text);
		for (int wanted = 1; wanted >= 0; wanted--) {
			struct str rest = str_of(wanted ? cases[i].matched : cases[i].others), folder;
			while (str_split(&rest, ' ', &folder))
				if (folder.n && patterns_match(patterns, folder) != (wanted == 1))
					fail_msg("%s: %.*s should%s match", cases[i].patterns, STR_ARG(folder), wanted ? "" : " not");
		}
	}
	arena_free(arena);
}

static void patterns_are_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		struct json *json;
		struct patterns *patterns;
		struct error err = { 0 };
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		buf_add_z(&text, "[\"x0\"");
		for (size_t i = 1; i < LIMIT_WORKSPACE_PATTERNS + over; i++)
			buf_printf(&text, ",\"x%zu\"", i);
		buf_add_z(&text, "]");
		assert_int_equal(json_parse(buf_str(&text), 0, arena, &json, NULL, &err), STATUS_OK);
		assert_int_equal(patterns_read(json, arena, &patterns, &err), over ? STATUS_LIMIT : STATUS_OK);
		/* Braces multiply. */
		assert_int_equal(json_parse(STR("[\"{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}{a,b}\"]"), 0, arena, &json, NULL, &err), STATUS_OK);
		assert_int_equal(patterns_read(json, arena, &patterns, &err), STATUS_LIMIT);
		arena_free(arena);
	}
}

/* What stands inside a package that brings its own shrinkwrap is pinned by that, however deep; what stands beside it is not, and the
 * project's own shrinkwrap is the lockfile itself. */
static void own_shrinkwraps_pin_what_is_inside(void **state)
{
	struct arena *arena = arena_new(0);
	struct tree *tree = read_string(arena, NULL,
					"{\"lockfileVersion\":3,\"packages\":{\"\":{\"hasShrinkwrap\":true,\"dependencies\":{\"a\":\"1\"}},"
					"\"node_modules/a\":{\"version\":\"1.0.0\",\"hasShrinkwrap\":true,\"dependencies\":{\"b\":\"1\",\"c\":\"1\"}},"
					"\"node_modules/a/node_modules/b\":{\"version\":\"1.0.0\",\"dependencies\":{\"d\":\"1\"}},"
					"\"node_modules/a/node_modules/b/node_modules/d\":{\"version\":\"1.0.0\"},"
					"\"node_modules/c\":{\"version\":\"1.0.0\"}}}");
	(void)state;
	assert_false(package_of(tree, "node_modules/a")->shrinkwrapped);
	assert_true(package_of(tree, "node_modules/a/node_modules/b")->shrinkwrapped);
	assert_true(package_of(tree, "node_modules/a/node_modules/b/node_modules/d")->shrinkwrapped);
	assert_false(package_of(tree, "node_modules/c")->shrinkwrapped);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refuses_what_is_malformed),
		{ "versions 1, 2, 3 of monorepo say the same", versions_say_the_same, NULL, NULL, (char[]){ "monorepo" } },
		{ "versions 1, 2, 3 of exotic say the same", versions_say_the_same, NULL, NULL, (char[]){ "exotic" } },
		cmocka_unit_test(flags_stand_in_for_the_manifest),
		cmocka_unit_test(manifest_says_what_the_root_asks_for),
		cmocka_unit_test(both_sections_may_differ_in_form),
		cmocka_unit_test(reads_what_is_rare),
		cmocka_unit_test(empty_projects_have_a_root),
		cmocka_unit_test(nesting_is_bounded),
		cmocka_unit_test(locations_are_bounded),
		cmocka_unit_test(many_siblings_are_linear),
		cmocka_unit_test(cut_texts_are_errors),
		cmocka_unit_test(limited_memory_is_an_error),
		cmocka_unit_test(resolved_says_the_kind),
		cmocka_unit_test(patterns_match_like_npm),
		cmocka_unit_test(patterns_are_bounded),
		cmocka_unit_test(own_shrinkwraps_pin_what_is_inside),
	};
	return cmocka_run_group_tests_name("npm", tests, NULL, NULL);
}
