/*
 * The pnpm reader: every form of key (fixtures/lockfiles/pnpm-corners-*, each beside the tree it gives), what real
 * lockfiles hold, what is refused, and what pnpm's own packages make of all of them. ASSAY_CORPUS names a folder with
 * more lockfiles.
 */
#include "lockfile/fixture.h"

#include "assay/json.h"

static enum status read_pnpm(struct arena *arena, const char *folder, struct str text, struct tree **tree, struct error *err)
{
	struct lockfile_source source = { "pnpm-lock.yaml", folder, text };
	return lockfile_read(lockfile_format_by_kind("pnpm"), &source, arena, tree, err);
}

static struct tree *read_pnpm_folder(struct arena *arena, const char *folder)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str text;
	if (file_read(path_join(arena, folder, "pnpm-lock.yaml"), LIMIT_LOCKFILE_BYTES, arena, &text, &err) || read_pnpm(arena, folder, text, &tree, &err))
		fail_msg("%s: %s", folder, err.text);
	return tree;
}

/* ---- corner cases, whole trees ------------------------------------------------------------ */

static void put_field(struct buf *out, const char *name, struct str value)
{
	if (value.n)
		buf_printf(out, " %s=%.*s", name, STR_ARG(value));
}

static void put_package(struct buf *out, const struct tree *tree, const struct package *package)
{
	buf_printf(out, "%.*s: %s", STR_ARG(package->id), package_kind_name(package->kind));
	buf_printf(out, " %.*s@%.*s %s%s%s%s%s%s", STR_ARG(package->name), STR_ARG(package->version), scope_name(package->scope),
		   package->optional ? " optional" : "", package->peer ? " peer" : "", package->direct ? " direct" : "",
		   package->install_script ? " script" : "", package->platform ? " platform" : "");
	put_field(out, "alias", package->alias);
	put_field(out, "resolved", package->resolved);
	put_field(out, "link", package->link);
	put_field(out, "folder", package->folder);
	put_field(out, "deprecated", package->deprecated);
	buf_printf(out, "%s line=%u\n", package->integrity.n ? " integrity" : "", package->line);
	for (uint32_t k = 0; k < package->out_count; k++) {
		const struct edge *edge = &tree->edges[tree->out[package->out_first + k]];
		struct str to = edge->to == TREE_NONE ? STR("nothing") : tree->packages[edge->to].id;
		buf_printf(out, "  %s %.*s %.*s -> %.*s\n", edge_type_name(edge->type), STR_ARG(edge->name), STR_ARG(edge->spec), STR_ARG(to));
	}
}

static void reads_every_form(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct buf got = BUF_INIT(MIB);
	struct str expected;
	const char *folder = fixture_path(arena, *state);
	const struct tree *tree = read_pnpm_folder(arena, folder);
	buf_printf(&got, "format %.*s, %zu of pnpm itself, %zu runtimes\n", STR_ARG(tree->format_version), tree->manager_packages, tree->runtimes);
	for (uint32_t i = 0; i < tree->package_count; i++)
		put_package(&got, tree, &tree->packages[i]);
	const char *copy = arena_printf(arena, "%s/%s.txt", test_env("TEST_TMP"), (const char *)*state).p;
	assert_int_equal(file_write(copy, buf_str(&got), NULL), STATUS_OK);
	assert_int_equal(file_read(path_join(arena, folder, "tree.txt"), MIB, arena, &expected, NULL), STATUS_OK);
	if (!str_equal(expected, buf_str(&got)))
		fail_msg("%s is not the tree:\n%.*s", folder, STR_ARG(buf_str(&got)));
	buf_fini(&got);
}

/* ---- what is refused ---------------------------------------------------------------------- */

static void check_refusal(struct arena *arena, struct str status, struct str text, struct str message)
{
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str expected = arena_printf(arena, "pnpm-lock.yaml: %.*s", STR_ARG(message));
	enum status got = read_pnpm(arena, NULL, text, &tree, &err);
	const char *word = got == STATUS_INVALID ? "invalid" : got == STATUS_UNSUPPORTED ? "unsupported" : "another";
	if (!str_equal_z(status, word) || !str_equal_z(expected, err.text))
		fail_msg("%.*s\n  gave %d: %s\n  expected %.*s: %.*s", STR_ARG(text), got, err.text, STR_ARG(status), STR_ARG(expected));
	assert_null(tree);
	if (got == STATUS_UNSUPPORTED)
		assert_true(err.hint[0] != '\0');
}

static void refuses_what_is_malformed(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str rest, line, status = STR_NONE;
	const char *text = NULL;
	size_t cases = 0;
	assert_int_equal(file_read(fixture_path(arena, "pnpm-errors.txt"), MIB, arena, &rest, NULL), STATUS_OK);
	while (str_split(&rest, '\n', &line)) {
		if (str_starts_with(line, STR("== "))) {
			status = str_from(line, 3);
			text = line.p + line.n + 1;
		} else if (str_starts_with(line, STR("-> "))) {
			check_refusal(arena, status, (struct str){ text, (size_t)(line.p - text) }, str_from(line, 3));
			cases++;
		}
	}
	assert_true(cases >= 40);
}

/* Cut anywhere, a lockfile is refused or gives a tree that lost nothing it promised; nothing crashes. */
static void survives_cutting_and_noise(void **state)
{
	CLEANUP(arena_cleanup) struct arena *names = arena_new(0);
	struct str text;
	const char *path = path_join(names, fixture_path(names, *state), "pnpm-lock.yaml");
	uint32_t random = 1;
	assert_int_equal(file_read(path, MIB, names, &text, NULL), STATUS_OK);
	for (size_t n = 0; n < text.n; n += 3) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		struct tree *tree;
		struct str copy = arena_copy(arena, text);
		char *bytes = arena_alloc(arena, text.n);
		memcpy(bytes, copy.p, copy.n);
		read_pnpm(arena, NULL, str_head(copy, n), &tree, NULL);
		random = random * 1103515245 + 12345;
		bytes[n] = "@:/()_-{}[],'\"\n a1.#&*!?|>~"[(random >> 16) % 28];
		read_pnpm(arena, NULL, (struct str){ bytes, text.n }, &tree, NULL);
	}
}

static void fails_whole_without_memory(void **state)
{
	CLEANUP(arena_cleanup) struct arena *names = arena_new(0);
	struct str text;
	const char *path = path_join(names, fixture_path(names, *state), "pnpm-lock.yaml");
	assert_int_equal(file_read(path, MIB, names, &text, NULL), STATUS_OK);
	enum status status = STATUS_MEMORY;
	for (size_t ceiling = 64; status; ceiling += 997) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(ceiling);
		struct tree *tree = NULL;
		struct error err = { 0 };
		status = read_pnpm(arena, NULL, text, &tree, &err);
		assert_true(status == STATUS_OK || status == STATUS_MEMORY);
	}
}

/* ---- forms that need no fixture ------------------------------------------------------------- */

static void check_document(const char *text, uint32_t packages, uint32_t edges)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	if (read_pnpm(arena, NULL, str_of(text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, packages);
	assert_int_equal(tree->edge_count, edges);
	assert_int_equal(tree->packages[0].kind, PACKAGE_ROOT);
	assert_true(str_equal_z(tree->packages[0].id, "."));
}

static void reads_other_shapes(void **state)
{
	(void)state;
#define A "packages: {/a/1.0.0: {resolution: {integrity: sha512-A}}}\n"
	check_document("lockfileVersion: 5\ndependencies: {a: 1.0.0}\n" A, 2, 1);
	check_document("lockfileVersion: 5.0\r\nspecifiers: {a: '1'}\r\ndependencies: {a: 1.0.0}\r\n" A, 2, 1);
	check_document("\xef\xbb\xbflockfileVersion: 5.4-inlineSpecifiers\ndependencies: {a: {specifier: '1', version: "
		       "1.0.0}}\n" A,
		       2, 1);
#undef A
	check_document("lockfileVersion: '6.0'\n", 1, 0);
	check_document("lockfileVersion: '9.0'\nimporters:\n  .: {}\n", 1, 0);
	check_document("lockfileVersion: '9.0'\nimporters:\n  a: {}\n  ../b: {}\n", 3, 2);
	check_document("lockfileVersion: '9.0'\nimporters: {.: {devDependencies: {a: {specifier: '1', version: 'link:a'}}}}\n", 2, 1);
	check_document("---\nlockfileVersion: '9.0'\nimporters: {.: {packageManagerDependencies: {p: {specifier: '1', "
		       "version: 1.0.0}}}}\n"
		       "packages: {p@1.0.0: {resolution: {integrity: sha512-A}}}\nsnapshots: {p@1.0.0: {}}\n---\n",
		       1, 0);
}

/* What is quadratic when it is done badly: one package with very many peers, one importer with very many
 * dependencies. */
static void takes_many_members(void **state)
{
	(void)state;
	enum { MANY = 20000 };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct buf text = BUF_INIT(64 * MIB);
	struct error err = { 0 };
	struct tree *tree = NULL;
	buf_add_z(&text, "lockfileVersion: '9.0'\nimporters:\n  .:\n    dependencies:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "      p%d: 1.0.0\n", i);
	buf_add_z(&text, "    specifiers:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "      p%d: ^1\n", i);
	buf_add_z(&text, "packages:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "  p%d@1.0.0:\n    resolution: {integrity: sha512-A}\n", i);
	buf_add_z(&text, "    peerDependencies:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "      p%d: ^1\n", i);
	buf_add_z(&text, "snapshots:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "  p%d@1.0.0:\n    optional: true\n", i);
	buf_add_z(&text, "    dependencies:\n");
	for (int i = 0; i < MANY; i++)
		buf_printf(&text, "      p%d: 1.0.0\n", i);
	assert_int_equal(buf_ok(&text, NULL), STATUS_OK);
	if (read_pnpm(arena, NULL, buf_str(&text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, MANY + 1);
	assert_int_equal(tree->edge_count, 2 * MANY);
	buf_fini(&text);
}

/* ---- real lockfiles ---------------------------------------------------------------------------- */

static uint32_t count_kind(const struct tree *tree, enum package_kind kind)
{
	uint32_t n = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		n += tree->packages[i].kind == kind;
	return n;
}

static const struct package *get(const struct tree *tree, const char *id)
{
	uint32_t number = tree_find(tree, str_of(id));
	if (number == TREE_NONE)
		fail_msg("%s is missing", id);
	return &tree->packages[number];
}

static void reads_real_lockfiles(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		uint32_t registry, workspaces, files;
		const char *aliased, *alias;
	} table[] = {
		{ "pnpm-exotic-v5", 220, 0, 1, "/ansi-regex/3.0.0", "ansi-old" }, { "pnpm-exotic-v6", 220, 0, 1, "/ansi-regex@3.0.0", "ansi-old" },
		{ "pnpm-exotic-v9", 220, 0, 1, "ansi-regex@3.0.0", "ansi-old" },  { "pnpm-monorepo-v9", 276, 3, 0, "lodash@3.10.1", "lodash-legacy" },
		{ "pnpm-modern-v12", 100, 2, 0, "lodash@3.10.1", "lod" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		const struct tree *tree = read_pnpm_folder(arena, fixture_copy(arena, table[i].name));
		print_message("# %s: %u registry, %u workspaces, %u files\n", table[i].name, count_kind(tree, PACKAGE_REGISTRY),
			      count_kind(tree, PACKAGE_WORKSPACE), count_kind(tree, PACKAGE_FILE));
		assert_int_equal(count_kind(tree, PACKAGE_REGISTRY), table[i].registry);
		assert_int_equal(count_kind(tree, PACKAGE_WORKSPACE), table[i].workspaces);
		assert_int_equal(count_kind(tree, PACKAGE_FILE), table[i].files);
		assert_true(str_equal_z(get(tree, table[i].aliased)->alias, table[i].alias));
		for (uint32_t k = 0; k < tree->package_count; k++)
			assert_true(tree->packages[k].reachable);
	}
}

/* What a `file:` folder asks for is resolved in this lockfile: it lacks none of its own. */
static void covers_copied_folders(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *folder = fixture_copy(arena, "pnpm-exotic-v9");
	struct lockfile_list list;
	struct error err = { 0 };
	/* And one that is linked to, without an entry of its own. */
	struct str command = arena_printf(arena,
					  "cd '%s' && mkdir -p linked && echo '{\"dependencies\":{\"a\":\"1\"}}' >linked/package.json && "
					  "sed -i '0,/^    dependencies:/s//    dependencies:\\n      linked:\\n        specifier: link:linked\\n"
					  "        version: link:linked/' pnpm-lock.yaml",
					  folder);
	assert_int_equal(system(command.p), 0);
	assert_int_equal(lockfile_find(folder, NULL, arena, &list, &err), STATUS_OK);
	assert_int_equal(list.found.n, 3);
	struct lockfile_found lockfile = list.found.v[2];
	struct lockfile_source source = { .path = lockfile.path, .folder = lockfile.folder };
	struct tree *tree;
	assert_int_equal(file_read(lockfile.path, MIB, arena, &source.text, &err), STATUS_OK);
	assert_int_equal(lockfile_read(lockfile.format, &source, arena, &tree, &err), STATUS_OK);
	assert_int_equal(lockfile_cover(&list, tree, &err), STATUS_OK);
	assert_int_equal(list.found.n, 1);
	assert_int_equal(list.found.v[0].problem, LOCKFILE_FINE);
}

/* With resolution-mode time-based pnpm notes when versions were published: dates, and no packages. */
static void publish_times_are_no_packages(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	(void)state;
	if (read_pnpm(arena, NULL,
		      STR("lockfileVersion: '9.0'\n"
			  "importers:\n  .:\n    dependencies:\n"
			  "      a:\n        specifier: ^1.0.0\n        version: 1.0.0\n"
			  "packages:\n  a@1.0.0:\n    resolution: {integrity: sha512-x}\n"
			  "snapshots:\n  a@1.0.0: {}\n"
			  "time:\n  a@1.0.0: '2021-03-04T05:06:07.890Z'\n  b@1.0.0: '2021-03-04T05:06:07.890Z'\n"),
		      &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, 2);
	assert_true(str_equal_z(tree->packages[1].name, "a"));
}

/* A key that holds slashes, colons and two '@', and peers behind it. */
static void git_over_ssh_has_a_key(void **state)
{
	static const char text[] = "lockfileVersion: '9.0'\n"
				   "importers:\n  .:\n    dependencies:\n"
				   "      g:\n        specifier: git+ssh://git@git.example/me/g.git#v1\n"
				   "        version: git+ssh://git@git.example/me/g.git#0123456789012345678901234567890123456789(p@1.0.0)\n"
				   "packages:\n"
				   "  g@git+ssh://git@git.example/me/g.git#0123456789012345678901234567890123456789:\n"
				   "    resolution: {commit: '0123456789012345678901234567890123456789', repo: git+ssh://git@git.example/me/g.git, type: git}\n"
				   "    version: 1.0.0\n    peerDependencies:\n      p: ^1.0.0\n"
				   "  p@1.0.0:\n    resolution: {integrity: sha512-x}\n"
				   "snapshots:\n"
				   "  g@git+ssh://git@git.example/me/g.git#0123456789012345678901234567890123456789(p@1.0.0):\n"
				   "    dependencies:\n      p: 1.0.0\n"
				   "  p@1.0.0: {}\n";
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	(void)state;
	if (read_pnpm(arena, NULL, str_of(text), &tree, &err))
		fail_msg("%s", err.text);
	assert_int_equal(tree->package_count, 3);
	const struct package *git = &tree->packages[1];
	assert_true(git->kind == PACKAGE_GIT && str_equal_z(git->name, "g") && str_equal_z(git->version, "1.0.0"));
	assert_true(str_equal_z(git->resolved, "git+ssh://git@git.example/me/g.git#0123456789012345678901234567890123456789"));
	assert_true(tree->packages[2].peer);
}

/* What a package.json asks for and the lockfile leaves out on purpose has been looked at by nobody either. */
static void only_ignored_optionals_are_a_gap(void **state)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error err = { 0 };
	struct tree *tree = NULL;
	struct str text = STR("lockfileVersion: '9.0'\nignoredOptionalDependencies:\n  - fsevents\nimporters:\n  .: {}\n");
	(void)state;
	assert_int_equal(file_write(path_join(arena, test_env("TEST_TMP"), "package.json"), STR("{\"optionalDependencies\":{\"fsevents\":\"^2.0.0\"}}"), &err),
			 STATUS_OK);
	assert_int_equal(read_pnpm(arena, test_env("TEST_TMP"), text, &tree, &err), STATUS_INVALID);
	assert_non_null(strstr(err.text, "holds no package"));
	assert_non_null(strstr(err.hint, "ignoredOptionalDependencies"));
}

/* "link:" dependencies are asked for and in no lockfile, where that says so and nowhere else. */
static void links_are_left_out(void **state)
{
	static const struct {
		const char *settings, *asked;
	} cases[] = {
		{ "settings:\n  excludeLinksFromLockfile: true\n", "a w" },
		{ "settings:\n  excludeLinksFromLockfile: false\n", "a l w" },
		{ "settings:\n  excludeLinksFromLockfile: 'true'\n", "a l w" },
		{ "settings:\n  autoInstallPeers: true\n", "a l w" },
		{ "", "a l w" },
	};
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *folder = path_join(arena, test_env("TEST_TMP"), "links");
	(void)state;
	assert_int_equal(folder_make(folder, NULL), STATUS_OK);
	assert_int_equal(file_write(path_join(arena, folder, "package.json"),
				    STR("{\"dependencies\":{\"a\":\"1\",\"l\":\"link:./lib\",\"w\":\"workspace:*\"}}"), NULL),
			 STATUS_OK);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		CLEANUP(buf_fini) struct buf asked = BUF_INIT(MIB);
		struct str text = arena_printf(arena,
					       "lockfileVersion: '9.0'\n%simporters:\n  .:\n    dependencies:\n      a: {specifier: '1', version: 1.0.0}\n"
					       "packages:\n  a@1.0.0: {resolution: {integrity: sha512-x}}\nsnapshots:\n  a@1.0.0: {}\n",
					       cases[i].settings);
		struct lockfile_manifest manifest;
		struct tree *tree = NULL;
		struct error err = { 0 };
		if (read_pnpm(arena, folder, text, &tree, &err) || lockfile_read_manifest(tree, STR(""), arena, &manifest, &err))
			fail_msg("%s", err.text);
		for (size_t k = 0; k < manifest.request_count; k++)
			buf_printf(&asked, "%s%.*s", k ? " " : "", STR_ARG(manifest.requests[k].name));
		if (!str_equal_z(buf_str(&asked), cases[i].asked))
			fail_msg("case %zu asks for %.*s", i, STR_ARG(buf_str(&asked)));
	}
}

static void as_many_patterns_of_what_is_ignored(void **state)
{
	(void)state;
	for (unsigned more = 0; more < 2; more++) {
		CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		struct tree *tree = NULL;
		struct error err = { 0 };
		buf_add_z(&text, "lockfileVersion: '9.0'\nignoredOptionalDependencies:\n");
		for (unsigned i = 0; i < LIMIT_STARRED_PATTERNS + more; i++)
			buf_printf(&text, "  - p%u-*\n", i);
		buf_add_z(&text, "importers:\n  .:\n    dependencies:\n      a: {specifier: '1', version: 1.0.0}\n"
				 "packages:\n  a@1.0.0: {resolution: {integrity: sha512-x}}\nsnapshots:\n  a@1.0.0: {}\n");
		assert_int_equal(read_pnpm(arena, NULL, buf_str(&text), &tree, &err), more ? STATUS_LIMIT : STATUS_OK);
	}
}

int main(void)
{
	static char v5[] = "pnpm-corners-v5", v6[] = "pnpm-corners-v6", v9[] = "pnpm-corners-v9";
	const struct CMUnitTest tests[] = {
		{ "reads_every_form 5", reads_every_form, NULL, NULL, v5 },
		{ "reads_every_form 6", reads_every_form, NULL, NULL, v6 },
		{ "reads_every_form 9", reads_every_form, NULL, NULL, v9 },
		cmocka_unit_test(refuses_what_is_malformed),
		{ "survives_cutting_and_noise 5", survives_cutting_and_noise, NULL, NULL, v5 },
		{ "survives_cutting_and_noise 6", survives_cutting_and_noise, NULL, NULL, v6 },
		{ "survives_cutting_and_noise 9", survives_cutting_and_noise, NULL, NULL, v9 },
		{ "fails_whole_without_memory", fails_whole_without_memory, NULL, NULL, v9 },
		cmocka_unit_test(reads_other_shapes),
		cmocka_unit_test(takes_many_members),
		cmocka_unit_test(reads_real_lockfiles),
		cmocka_unit_test(covers_copied_folders),
		cmocka_unit_test(publish_times_are_no_packages),
		cmocka_unit_test(git_over_ssh_has_a_key),
		cmocka_unit_test(only_ignored_optionals_are_a_gap),
		cmocka_unit_test(links_are_left_out),
		cmocka_unit_test(as_many_patterns_of_what_is_ignored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
