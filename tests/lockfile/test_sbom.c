/*
 * SBOMs as input: package URLs, two documents made by hand, what is refused, and those that npm writes of the fixtures.
 */
#include "lockfile/git.h"

#include "lockfile/sbom.h"

/* ---- package URLs ----------------------------------------------------------------------- */

static const struct {
	const char *text, *name, *version, *source; /* name NULL: malformed; "": of another type */
} purls[] = {
	{ "pkg:npm/a@1.0.0", "a", "1.0.0", NULL },
	{ "pkg:npm/%40s/a@1.0.0", "@s/a", "1.0.0", NULL },
	{ "pkg:npm/@s/a@1.0.0", "@s/a", "1.0.0", NULL },
	{ "pkg:npm/@s/a", "@s/a", "", NULL },
	{ "pkg:NPM/a", "a", "", NULL },
	{ "pkg://npm/a@1", "a", "1", NULL },
	{ "pkg:npm/a@1.0.0%2Bb?x=y&download_url=http%3a%2F%2Fh#sub/path", "a", "1.0.0+b", "http://h" },
	{ "pkg:npm/a@1?vcs_url=git%2Bhttps://h/a@b.git%23c@d", "a", "1", "git+https://h/a@b.git#c@d" },
	{ "pkg:npm/a@1#x?y@2", "a", "1", NULL },
	{ "pkg:npm/a%20b@1", "a b", "1", NULL },
	{ "pkg:pypi/a@1", "", "", NULL },
	{ "pkg:npmx/a@1", "", "", NULL },
	{ "pkg:npm/", NULL, NULL, NULL },
	{ "pkg:npm", NULL, NULL, NULL },
	{ "pkg:/a", NULL, NULL, NULL },
	{ "npm/a@1", NULL, NULL, NULL },
	{ "pkg:npm/a%2@1", NULL, NULL, NULL },
	{ "pkg:npm/a%zz@1", NULL, NULL, NULL },
	{ "pkg:npm/a%00@1", NULL, NULL, NULL },
	{ "", NULL, NULL, NULL },
};

static void purls_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof purls / sizeof *purls; i++) {
		struct arena *arena = arena_new(0);
		struct purl purl = { STR(""), STR(""), STR_NONE };
		struct error err;
		bool is_npm;
		enum status status = purl_parse(str_of(purls[i].text), arena, &is_npm, &purl, &err);
		if (status != (purls[i].name ? STATUS_OK : STATUS_INVALID))
			fail_msg("%s", purls[i].text);
		if (purls[i].name && (!str_equal_z(purl.name, purls[i].name) || !str_equal_z(purl.version, purls[i].version) ||
				      !str_equal(purl.source, str_of(purls[i].source))))
			fail_msg("%s", purls[i].text);
		arena_free(arena);
	}
}

/* ---- documents ---------------------------------------------------------------------------- */

static struct tree *read_sbom(struct arena *arena, const char *path)
{
	struct error err = { 0 };
	struct lockfile_list list;
	struct tree *tree = NULL;
	if (lockfile_find(path, NULL, arena, &list, &err) || lockfile_load(&list.found.v[0], arena, &tree, &err))
		fail_msg("%s", err.text);
	return tree;
}

/* The fixture, the registry's address put in, under a name that says nothing. */
static struct tree *read_fixture(struct arena *arena, const char *name)
{
	const char *path = arena_printf(arena, "%s/fixtures/sbom/%s", test_env("ASSAY_ROOT"), name).p;
	struct str text;
	struct error err;
	assert_int_equal(file_read(path, MIB, arena, &text, &err), STATUS_OK);
	enter_fresh(arena, name);
	put_file("some.json", replace_all(arena, text, PLACEHOLDER, STR(PUBLIC_REGISTRY_URL)));
	return read_sbom(arena, "some.json");
}

static void expect_tree(struct arena *arena, const struct tree *tree, const char *expected)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *p = &tree->packages[i];
		buf_printf(&text, "%.*s:%u %.*s %s %s%s%s %s %.*s|%.*s|%.*s\n", STR_ARG(p->id), p->line, STR_ARG(package_label(arena, p)),
			   package_kind_name(p->kind), scope_name(p->scope), p->optional ? " optional" : "", p->bundled ? " bundled" : "",
			   p->direct ? "direct" : "-", STR_ARG(p->license), STR_ARG(p->resolved), STR_ARG(p->integrity));
		for (uint32_t k = 0; k < p->out_count; k++) {
			const struct edge *edge = &tree->edges[tree->out[p->out_first + k]];
			buf_printf(&text, "  %s %.*s\n", edge_type_name(edge->type), STR_ARG(tree->packages[edge->to].id));
		}
	}
	struct str found = replace_all(arena, buf_str(&text), STR(PUBLIC_REGISTRY_URL), PLACEHOLDER);
	assert_string_equal(found.p, expected);
}

#define SHA1 "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="

static void cyclonedx_is_read(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	struct tree *tree = read_fixture(arena, "cyclonedx-1.6.json");
	expect_tree(arena, tree,
		    "root:7 shop@2.0.0 root prod - ||\n"
		    "  prod a\n"
		    "  dev b\n"
		    "a:10 @scope/a@1.0.0 registry prod direct MIT AND (ISC OR BSD-2-Clause)||"
		    "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"
		    "  prod inner\n"
		    "b:23 b@2.0.0-rc.1+x tarball dev direct Our own|https://example.com/b.tgz|\n"
		    "  prod a\n"
		    "pkg:npm/JSONStream@1.0.0:31 JSONStream@1.0.0 registry prod - |"
		    "@PUBLIC_REGISTRY@JSONStream/-/JSONStream-1.0.0.tgz|" SHA1 "\n"
		    "pkg:npm/JSONStream@1.0.0#37:5:37 JSONStream@1.0.0 registry prod - ||\n"
		    "git:38 g@1.0.0 git prod - |git+ssh://git@example.com/g.git#abc|\n"
		    "inner:19 inner@0.1.0 registry prod bundled - ||\n");
	assert_string_equal(tree->format, "cyclonedx");
	assert_true(str_equal_z(tree->format_version, "1.6"));
	assert_int_equal(tree->skipped_components, 2);
	assert_true(tree->root_known && tree->scopes_known);
	assert_string_equal(tree->unknown[0], "spec");
	tree = read_fixture(arena, "cyclonedx-1.4.json");
	expect_tree(arena, tree, ":0  root unknown - ||\npkg:npm/lodash@4.17.20:4 lodash@4.17.20 registry unknown - ||\n");
	assert_false(tree->root_known);
	assert_true(tree->packages[1].reachable);
	assert_string_equal(tree->unknown[0], "scope");
	arena_free(arena);
}

/* Whose own code a component is: not the registry's package of the same name, and nothing else may pass as such. */
static void cyclonedx_workspaces_are_own(void **state)
{
#define AT(path) "\"properties\":[{\"name\":\"cdx:npm:package:path\",\"value\":\"" path "\"}]"
	static const struct {
		const char *members;
		enum package_kind kind;
	} cases[] = {
		{ AT("packages/a"), PACKAGE_WORKSPACE },
		{ AT("node_modules/a"), PACKAGE_REGISTRY },
		{ AT("packages/x/node_modules/a"), PACKAGE_REGISTRY },
		{ AT(""), PACKAGE_REGISTRY },
		{ AT("/packages/a"), PACKAGE_REGISTRY },
		{ "\"hashes\":[{\"alg\":\"SHA-1\",\"content\":\"da39a3ee5e6b4b0d3255bfef95601890afd80709\"}]," AT("packages/a"), PACKAGE_REGISTRY },
		{ "\"externalReferences\":[{\"type\":\"distribution\",\"url\":\"https://r.example/a/-/a-1.0.0.tgz\"}]," AT("packages/a"), PACKAGE_REGISTRY },
		{ "\"properties\":[{\"name\":\"cdx:npm:package:private\",\"value\":\"true\"}]", PACKAGE_WORKSPACE },
		{ "\"properties\":[{\"name\":\"assay:kind\",\"value\":\"workspace\"}]", PACKAGE_WORKSPACE },
		{ "\"properties\":[{\"name\":\"assay:kind\",\"value\":\"root\"}]", PACKAGE_WORKSPACE },
		{ "\"properties\":[{\"name\":\"cdx:npm:package:path\",\"value\":\"a\"},"
		  "{\"name\":\"assay:kind\",\"value\":\"registry\"}]",
		  PACKAGE_REGISTRY },
		{ "\"type\":\"application\"", PACKAGE_REGISTRY },
	};
#undef AT
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "workspaces");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		put_file("some.json", arena_printf(arena,
						   "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":["
						   "{\"bom-ref\":\"a\",\"purl\":\"pkg:npm/a@1.0.0\",%s}]}",
						   cases[i].members));
		struct tree *tree = read_sbom(arena, "some.json");
		assert_int_equal(tree->package_count, 2);
		if (tree->packages[1].kind != cases[i].kind)
			fail_msg("%s: %s", cases[i].members, package_kind_name(tree->packages[1].kind));
	}
	arena_free(arena);
}

static void spdx_is_read(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	struct tree *tree = read_fixture(arena, "spdx-2.3.json");
	expect_tree(arena, tree,
		    "SPDXRef-root:12 shop root prod - ||\n"
		    "  prod SPDXRef-a\n"
		    "  dev SPDXRef-b\n"
		    "SPDXRef-a:6 @scope/a@1.0.0 registry prod direct MIT|@PUBLIC_REGISTRY@@scope/a/-/a-1.0.0.tgz|" SHA1 "\n"
		    "  optional SPDXRef-c\n"
		    "SPDXRef-b:13 b@2.0.0 git dev direct ISC|git+https://example.com/b.git@abc|\n"
		    "SPDXRef-c:15 c@3.0.0 registry prod optional - ||\n");
	assert_string_equal(tree->format, "spdx");
	assert_int_equal(tree->skipped_components, 1);
	assert_string_equal(tree->unknown[0], "spec");
	arena_free(arena);
}

/* ---- whose packages are not in it ------------------------------------------------------------- */

#define BOM(root, more) \
	"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{\"name\":\"r\",\"bom-ref\":\"r\"" root "}}," \
	"\"components\":[{\"bom-ref\":\"a\",\"purl\":\"pkg:npm/a@1.0.0\"}" more "]}"
#define UNREAD(rule, place) \
	"\"properties\":[{\"name\":\"assay:unchecked\",\"value\":\"" rule "\"},{\"name\":\"assay:lockfile\",\"value\":\"" place "\"}]"
#define DOCUMENT(info) DOCUMENT_OF("Tool: assay-1.0", info)
#define DOCUMENT_OF(creator, info) \
	"{\"spdxVersion\":\"SPDX-2.3\",\"SPDXID\":\"D\",\"creationInfo\":{\"creators\":[\"" creator \
	"\"]},\"packages\":[{\"SPDXID\":\"P\",\"name\":\"p\",\"sourceInfo\":\"" info "\"}," \
	"{\"SPDXID\":\"A\",\"name\":\"a\",\"externalRefs\":[{\"referenceType\":\"purl\",\"referenceLocator\":\"pkg:npm/a@1.0.0\"}]}]}"

static const struct {
	const char *sbom;
	size_t count, missing;
	const char *first;
} unread[] = {
	{ BOM("", ""), 0, 0, NULL },
	{ BOM("," UNREAD("lockfile-invalid", "a/yarn.lock:0"), ""), 1, 0, "a/yarn.lock" },
	{ BOM("", ",{" UNREAD("no-lockfile", "a:b:7") "},{" UNREAD("lockfile-invalid", "c:0") "}"), 2, 1, "a:b" },
	{ BOM("", ",{" UNREAD("no-lockfile", "") "}"), 1, 1, "" },
	{ BOM("", ",{" UNREAD("else", "a:0") "}"), 0, 0, NULL },
	{ DOCUMENT("own code: root of a, b/yarn.lock, lockfile-invalid"), 1, 0, "a, b/yarn.lock" },
	{ DOCUMENT("own code: root of package.json, no-lockfile"), 1, 1, "package.json" },
	{ DOCUMENT("own code: root of a/yarn.lock"), 0, 0, NULL },
	{ DOCUMENT("own code: root of ,"), 0, 0, NULL },
	{ DOCUMENT("built, lockfile-invalid"), 0, 0, NULL },
	{ DOCUMENT_OF("Tool: other-1.0", "own code: root of package.json, no-lockfile"), 0, 0, NULL },
	/* Nothing else is in it. */
	{ "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"metadata\":{\"component\":{\"name\":\"r\"," UNREAD("lockfile-invalid", "yarn.lock:0") "}}}",
	  1, 0, "yarn.lock" },
};

static void it_says_what_it_lacks(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "unread");
	for (size_t i = 0; i < sizeof unread / sizeof *unread; i++) {
		put_file("some.json", str_of(unread[i].sbom));
		const struct tree_unread *read = &read_sbom(arena, "some.json")->unread;
		if (read->count != unread[i].count || read->missing != unread[i].missing || (read->count && !str_equal_z(read->first, unread[i].first)))
			fail_msg("case %zu: %zu, %zu, %.*s", i, read->count, read->missing, STR_ARG(read->first));
	}
	arena_free(arena);
}

/* Libraries that do not say of which ecosystem they are. */
static const struct {
	const char *sbom;
	size_t count;
	const char *first;
} unnamed[] = {
	{ BOM("", ",{\"type\":\"library\",\"name\":\"chalk\",\"version\":\"5.6.1\"},{\"type\":\"framework\",\"name\":\"x\"}"), 2, "chalk@5.6.1" },
	{ BOM("", ",{\"type\":\"file\",\"name\":\"a.js\"},{\"type\":\"operating-system\",\"name\":\"debian\"}"), 0, NULL },
	{ BOM("", ",{\"type\":\"library\",\"name\":\"flask\",\"purl\":\"pkg:pypi/flask@1.0\"}"), 0, NULL },
	{ DOCUMENT("built"), 1, "p" },
	{ "{\"spdxVersion\":\"SPDX-2.3\",\"SPDXID\":\"D\",\"packages\":[{\"SPDXID\":\"A\",\"name\":\"a\",\"externalRefs\":[{\"referenceType\":\"purl\","
	  "\"referenceLocator\":\"pkg:npm/a@1.0.0\"}]},{\"SPDXID\":\"F\",\"name\":\"f\",\"primaryPackagePurpose\":\"FILE\"}]}",
	  0, NULL },
};

static void it_says_what_is_nobodys(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "unnamed");
	for (size_t i = 0; i < sizeof unnamed / sizeof *unnamed; i++) {
		put_file("some.json", str_of(unnamed[i].sbom));
		const struct tree_unread *read = &read_sbom(arena, "some.json")->unread;
		if (read->unnamed != unnamed[i].count || (read->unnamed && !str_equal_z(read->first_unnamed, unnamed[i].first)))
			fail_msg("case %zu: %zu, %.*s", i, read->unnamed, STR_ARG(read->first_unnamed));
	}
	arena_free(arena);
}

#define COMPOSED(metadata, compositions) \
	"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\"," metadata "\"components\":[{\"purl\":\"pkg:npm/a@1\"}],\"compositions\":" compositions "}"

static const struct {
	const char *sbom;
	bool incomplete;
} composed[] = {
	{ COMPOSED("", "[{\"aggregate\":\"incomplete\"}]"), true },
	{ COMPOSED("", "[{\"aggregate\":\"complete\"},{\"aggregate\":\"incomplete\",\"assemblies\":[\"a\"]}]"), true },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete\",\"vulnerabilities\":[\"v\"],\"dependencies\":[\"a\"]}]"), true },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete_first_party_only\"}]"), true },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete_third_party_proprietary_only\"}]"), true },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete_third_party_only\"}]"), false },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete_third_party_opensource_only\"}]"), false },
	{ COMPOSED("", "[{\"aggregate\":\"incomplete\",\"vulnerabilities\":[\"v\"]}]"), false },
	{ COMPOSED("", "[{\"aggregate\":\"unknown\"},{\"aggregate\":\"not_specified\"},{\"aggregate\":\"complete\"},7]"), false },
	{ COMPOSED("\"metadata\":{\"properties\":[{\"name\":\"assay:database\",\"value\":\"d\"}]},", "[{\"aggregate\":\"incomplete\"}]"), false },
	{ COMPOSED("", "7"), false },
};

static void it_says_that_it_is_incomplete(void **state)
{
	struct arena *arena = arena_new(0);
	(void)state;
	enter_fresh(arena, "composed");
	for (size_t i = 0; i < sizeof composed / sizeof *composed; i++) {
		put_file("some.json", str_of(composed[i].sbom));
		if (read_sbom(arena, "some.json")->unread.incomplete != composed[i].incomplete)
			fail_msg("case %zu", i);
	}
	arena_free(arena);
}

/* ---- what is refused -------------------------------------------------------------------------- */

#define CDX "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.5\","
#define SPDX "{\"spdxVersion\":\"SPDX-2.3\",\"SPDXID\":\"D\","
#define COMPONENT(more) "{\"purl\":\"pkg:npm/a@1\"" more "}"

static const struct {
	const char *kind, *text;
	enum status status;
	const char *problem;
} refused[] = {
	{ "cyclonedx", "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"9.0\"}", STATUS_UNSUPPORTED, "column 40" },
	{ "cyclonedx", "{\"bomFormat\":\"CycloneDX\"}", STATUS_UNSUPPORTED, "specVersion" },
	{ "cyclonedx", "{\"lockfileVersion\":3}", STATUS_INVALID, "no CycloneDX" },
	{ "cyclonedx", "[]", STATUS_INVALID, "expected an object" },
	{ "cyclonedx", CDX "\"components\":[]}", STATUS_INVALID, "no npm package" },
	{ "cyclonedx", CDX "\"components\":[{\"purl\":\"pkg:gem/a@1\"},{\"name\":\"a\"}]}", STATUS_INVALID, "2 components" },
	{ "cyclonedx", CDX "\"components\":{}}", STATUS_INVALID, "expected an array" },
	{ "cyclonedx", CDX "\"components\":[3]}", STATUS_INVALID, "expected an object" },
	{ "cyclonedx", CDX "\"components\":[{\"purl\":\"pkg:npm/%\"}]}", STATUS_INVALID, "line 1" },
	{ "cyclonedx", CDX "\"components\":[" COMPONENT(",\"bom-ref\":\"x\"") "," COMPONENT(",\"bom-ref\":\"x\"") "]}", STATUS_INVALID, "stands twice" },
	{ "cyclonedx", CDX "\"components\":[" COMPONENT(",\"hashes\":[{\"alg\":\"SHA-1\",\"content\":\"xyz\"}]") "]}", STATUS_INVALID, "40 hexadecimal" },
	{ "cyclonedx", CDX "\"components\":[" COMPONENT("") "],\"dependencies\":[{\"ref\":\"x\",\"dependsOn\":3}]}", STATUS_INVALID, "dependsOn" },
	{ "cyclonedx", CDX "\"metadata\":{\"component\":" COMPONENT("") "},\"components\":[]}", STATUS_OK, NULL },
	{ "cyclonedx", CDX "\"components\":[" COMPONENT(",\"licenses\":3,\"hashes\":null") "]}", STATUS_INVALID, "hashes" },
	{ "spdx", "{\"spdxVersion\":\"SPDX-3.0\"}", STATUS_UNSUPPORTED, "SPDX-2.3" },
	{ "spdx", "{\"spdxVersion\":2}", STATUS_INVALID, "no SPDX" },
	{ "spdx", SPDX "\"packages\":[]}", STATUS_INVALID, "no npm package" },
	{ "spdx", SPDX "\"packages\":3}", STATUS_INVALID, "expected an array" },
	{ "spdx",
	  SPDX "\"packages\":[{\"SPDXID\":\"D\",\"externalRefs\":[{\"referenceType\":\"purl\","
	       "\"referenceLocator\":\"pkg:npm/a@1\"}]}]}",
	  STATUS_INVALID, "stands twice" },
};

static void what_is_no_sbom_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct arena *arena = arena_new(0);
		struct error err = { 0 };
		struct tree *tree;
		struct lockfile_source source = { .path = "bom", .text = str_of(refused[i].text) };
		enum status status = lockfile_read(lockfile_format_by_kind(refused[i].kind), &source, arena, &tree, &err);
		if (status != refused[i].status || (status && !strstr(err.text, refused[i].problem)))
			fail_msg("%zu: %d, %s", i, (int)status, err.text);
		arena_free(arena);
	}
}

static void content_tells_what_a_file_is(void **state)
{
	(void)state;
	assert_string_equal(lockfile_format_by_text(STR(CDX "\"x\":1}"))->kind, "cyclonedx");
	assert_string_equal(lockfile_format_by_text(STR(SPDX "\"x\":1}"))->kind, "spdx");
	assert_null(lockfile_format_by_text(STR("{\"x\":{\"bomFormat\":\"CycloneDX\"}}")));
	assert_null(lockfile_format_by_text(STR("{\"bomFormat\":3}")));
	assert_null(lockfile_format_by_text(STR("{\"bomFormat\":\"CycloneDX\"")));
	assert_null(lockfile_format_by_text(STR("")));
	struct arena *arena = arena_new(0);
	struct lockfile_list list;
	struct error err;
	enter_fresh(arena, "content");
	put_file("x.json", STR("{\"a\":1}"));
	assert_int_equal(lockfile_find("x.json", NULL, arena, &list, &err), STATUS_UNSUPPORTED);
	run_command("truncate -s 200M huge.json");
	assert_int_equal(lockfile_find("huge.json", NULL, arena, &list, &err), STATUS_LIMIT);
	arena_free(arena);
}

/* Components in components, as deep as JSON may go, and one past it. */
static void depth_is_bounded(void **state)
{
	(void)state;
	for (size_t over = 0; over < 2; over++) {
		struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		size_t depth = LIMIT_JSON_DEPTH / 2 - 1 + over;
		struct error err;
		struct tree *tree;
		buf_add_z(&text, CDX "\"components\":[");
		for (size_t i = 0; i < depth; i++)
			buf_add_z(&text, "{\"purl\":\"pkg:npm/a@1\",\"components\":[");
		for (size_t i = 0; i < depth; i++)
			buf_add_z(&text, "]}");
		buf_add_z(&text, "]}");
		struct lockfile_source source = { .path = "bom", .text = buf_str(&text) };
		enum status status = lockfile_read(lockfile_format_by_kind("cyclonedx"), &source, arena, &tree, &err);
		assert_int_equal(status, over ? STATUS_LIMIT : STATUS_OK);
		if (!over)
			assert_int_equal(tree->package_count, depth + 1);
		arena_free(arena);
	}
}

/* ---- npm's own ------------------------------------------------------------------------------------ */

/* Every package of the lockfile is in npm's SBOM of it, with the same digest where both have one; and nothing else
 * is. */
static void compare_with_lockfile(struct arena *arena, const struct tree *sbom, const struct tree *tree)
{
	struct map *labels = map_new(arena, tree->package_count), *seen = map_new(arena, tree->package_count);
	size_t number, with_digest = 0;
	for (uint32_t i = 1; i < sbom->package_count; i++)
		map_set(seen, package_label(arena, &sbom->packages[i]), i);
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		struct str label = package_label(arena, package);
		map_set(labels, label, i);
		if (package_is_own(package) || !package->version.n)
			continue;
		if (!map_find(seen, label, &number))
			fail_msg("%.*s is not there", STR_ARG(label));
		const struct package *other = &sbom->packages[number];
		if (other->integrity.n && package->integrity.n && !str_equal(other->integrity, package->integrity))
			fail_msg("%.*s: %.*s", STR_ARG(label), STR_ARG(other->integrity));
		with_digest += other->integrity.n > 0;
		if (sbom->scopes_known && package->scope == SCOPE_PROD && package->reachable)
			assert_int_equal(other->scope, SCOPE_PROD);
	}
	assert_true(with_digest > 0);
	for (uint32_t i = 1; i < sbom->package_count; i++)
		if (sbom->packages[i].version.n && !map_find(labels, package_label(arena, &sbom->packages[i]), &number))
			fail_msg("%.*s is one too many", STR_ARG(sbom->packages[i].id));
}

static void npms_own_are_read(void **state)
{
	static const char *const fixtures[] = { "exotic-v3", "exotic-v2", "legacy-v3" };
	static const char *const kinds[] = { "cyclonedx", "spdx" };
	size_t compared = 0;
	(void)state;
	if (!test_env("ASSAY_ORACLE")[0]) {
		print_message("skipped: there is no npm\n");
		skip();
	}
	for (size_t i = 0; i < sizeof fixtures / sizeof *fixtures; i++) {
		struct arena *arena = arena_new(0);
		const char *folder = fixture_copy(arena, fixtures[i]);
		struct tree *tree = read_folder(arena, folder);
		assert_int_equal(chdir(folder), 0);
		for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
			run_command(arena_printf(arena, "node '%s/tests/oracle/npm_sbom.cjs' '%s' %s >%s.json", test_env("ASSAY_ROOT"), folder,
						 kinds[k], kinds[k])
					    .p);
			struct tree *sbom = read_sbom(arena, arena_printf(arena, "%s.json", kinds[k]).p);
			assert_string_equal(sbom->format, kinds[k]);
			compare_with_lockfile(arena, sbom, tree);
			compared += sbom->package_count - 1;
		}
		arena_free(arena);
	}
	print_message("%zu packages of npm's SBOMs as its lockfiles have them\n", compared);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(purls_are_taken_apart),
		cmocka_unit_test(cyclonedx_is_read),
		cmocka_unit_test(cyclonedx_workspaces_are_own),
		cmocka_unit_test(spdx_is_read),
		cmocka_unit_test(it_says_what_it_lacks),
		cmocka_unit_test(it_says_what_is_nobodys),
		cmocka_unit_test(it_says_that_it_is_incomplete),
		cmocka_unit_test(what_is_no_sbom_is_refused),
		cmocka_unit_test(content_tells_what_a_file_is),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(npms_own_are_read),
	};
	return cmocka_run_group_tests_name("sbom", tests, NULL, NULL);
}
