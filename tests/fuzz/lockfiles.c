/* Lockfiles of each format, and what stands beside them: whatever is read is a sound tree, and the same tree a line further down. */
#include "fuzz/fuzz.h"

#include "assay/lockfile.h"
#include "assay/tree.h"
#include "lockfile/repository.h"

static void check_package(const struct tree *tree, uint32_t number, struct arena *arena)
{
	const struct package *package = &tree->packages[number];
	struct tree_path path;
	fuzz_require(tree_find(tree, package->id) == number);
	fuzz_require(package->kind != PACKAGE_LINK || package->link_target == TREE_NONE ||
		     (package->link_target < tree->package_count && tree->packages[package->link_target].kind != PACKAGE_LINK));
	for (uint32_t i = 0; i < package->out_count; i++) {
		const struct edge *edge = &tree->edges[tree->out[package->out_first + i]];
		fuzz_require(edge->from == number && (edge->to == TREE_NONE || edge->to < tree->package_count));
	}
	fuzz_require(tree_shortest_path(tree, number, arena, &path, NULL) == STATUS_OK);
	fuzz_require(path.length == 0 || path.packages[path.length - 1] == number);
	fuzz_require((path.length != 0) >= package->reachable);
}

static void check_tree(const struct tree *tree, struct arena *arena)
{
	uint32_t bins_before = 0;
	fuzz_require(tree->package_count > 0);
	for (uint32_t i = 0; i < tree->package_count && i < 2000; i++)
		check_package(tree, i, arena);
	for (size_t i = 0; i < tree->bins.n; i++) {
		fuzz_require(tree->bins.v[i].package < tree->package_count && tree->bins.v[i].package >= bins_before);
		bins_before = tree->bins.v[i].package;
	}
}

static void add(struct buf *out, struct str text)
{
	buf_printf(out, "%zu%s:", text.n, text.p ? "" : "-");
	buf_add(out, text);
}

/* All of a tree but its lines, which are `lines` further down. */
static struct str dump(const struct tree *tree, uint32_t lines, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(256 * MIB);
	add(&out, tree->format_version);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *p = &tree->packages[i];
		const struct str texts[] = { p->id,       p->name, p->alias,  p->version, p->resolved,  p->integrity,
					     p->checksum, p->link, p->folder, p->license, p->deprecated };
		for (size_t t = 0; t < sizeof texts / sizeof *texts; t++)
			add(&out, texts[t]);
		buf_printf(&out, "%d %d %d%d%d%d%d%d%d%d %u %u %u %u\n", (int)p->kind, (int)p->scope, p->optional, p->peer, p->recorded, p->direct,
			   p->bundled, p->install_script, p->platform, p->reachable, p->line ? p->line - lines : 0, p->link_target, p->depth, p->via);
	}
	for (uint32_t i = 0; i < tree->edge_count; i++) {
		const struct edge *e = &tree->edges[i];
		add(&out, e->name);
		add(&out, e->spec);
		buf_printf(&out, "%u %u %d\n", e->from, e->to, (int)e->type);
	}
	fuzz_require(!out.failed);
	return arena_copy(arena, buf_str(&out));
}

struct lockfile_kind {
	const char *kind;
	bool places_in_ids; /* of components that are told apart by nothing else: then the text grows at its end */
};

static void run_lockfile(const struct fuzz *fuzz, const void *with)
{
	const struct lockfile_kind *kind = with;
	const struct lockfile_format *format = lockfile_format_by_kind(kind->kind);
	struct lockfile_source source = { .path = "lockfile", .text = fuzz->input };
	struct tree *tree, *shifted;
	struct error err = { 0 }, shifted_err = { 0 };
	fuzz_require(format != NULL);
	enum status status = lockfile_read(format, &source, fuzz->arena, &tree, &err);
	if (!status)
		check_tree(tree, fuzz->arena);
	else
		fuzz_require(err.text[0]);
	if (!fuzz_can_shift(fuzz) || str_find_str(fuzz->input, STR("<<<<<<<")) < fuzz->input.n)
		return;
	source.text = kind->places_in_ids ? arena_printf(fuzz->arena, "%.*s\n \n", STR_ARG(fuzz->input)) : fuzz_shifted(fuzz);
	enum status moved = lockfile_read(format, &source, fuzz->arena, &shifted, &shifted_err);
	fuzz_require(status == moved);
	fuzz_require(status || str_equal(dump(tree, 0, fuzz->arena), dump(shifted, !kind->places_in_ids, fuzz->arena)));
}

/* A format may be told by the text. Whatever it is told to be, it is read or refused, not more. */
static void run_kind(const struct fuzz *fuzz, const void *with)
{
	for (const char *const *kind = with; *kind; kind++) {
		const struct lockfile_format *format = lockfile_format_by_kind(*kind);
		fuzz_require(format != NULL);
		fuzz_require(lockfile_format_of_text(format, fuzz->input) == lockfile_format_of_text(format, fuzz->input));
	}
}
static const char *const kinds[] = { "npm", "yarn", "berry", "pnpm", "bun", "cyclonedx", "spdx", NULL };

/* ---- node_modules: package.json files, three deep ------------------------------------------------------ */

/* The input is parted at lines of "---": the package.json of the project, of node_modules/a, of @s/b, of a/node_modules/c, of c; then npm's own lockfile of
 * what it installed. */
static void run_installed(const struct fuzz *fuzz, const void *with)
{
	static const char *const places[] = { "package.json",
					      "node_modules/a/package.json",
					      "node_modules/@s/b/package.json",
					      "node_modules/a/node_modules/c/package.json",
					      "node_modules/c/package.json",
					      "node_modules/.package-lock.json" };
	struct str rest = fuzz->input;
	const char *project = path_join(fuzz->arena, fuzz->folder, "installed");
	(void)with;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		const char *path = path_join(fuzz->arena, project, places[i]);
		size_t end = str_find_str(rest, STR("\n---\n"));
		fuzz_require(folder_make(path_folder(fuzz->arena, path), NULL) == STATUS_OK);
		fuzz_require(file_write_unsynced(path, str_head(rest, end), NULL) == STATUS_OK);
		rest = str_from(rest, end + 5);
	}
	const char *modules = path_join(fuzz->arena, project, "node_modules");
	struct lockfile_source source = { .path = modules, .folder = project };
	struct tree *tree, *again;
	const struct lockfile_format *format = lockfile_format_by_kind("node_modules");
	enum status status = lockfile_read(format, &source, fuzz->arena, &tree, NULL);
	fuzz_require(lockfile_read(format, &source, fuzz->arena, &again, NULL) == status);
	if (!status) {
		check_tree(tree, fuzz->arena);
		fuzz_require(str_equal(dump(tree, 0, fuzz->arena), dump(again, 0, fuzz->arena)));
	}
}

/* What the project asks for, beside a lockfile. */
static void run_manifest(const struct fuzz *fuzz, const void *with)
{
	struct tree tree = { .arena = fuzz->arena, .path = "package-lock.json", .folder = path_join(fuzz->arena, fuzz->folder, "manifest"), .format = with };
	struct lockfile_manifest manifest;
	struct str *folders;
	size_t count;
	const char *path = path_join(fuzz->arena, tree.folder, "package.json");
	fuzz_require(folder_make(tree.folder, NULL) == STATUS_OK && file_write_unsynced(path, fuzz->input, NULL) == STATUS_OK);
	if (lockfile_read_manifest(&tree, STR(""), fuzz->arena, &manifest, NULL))
		return;
	for (size_t i = 1; i < manifest.request_count; i++)
		fuzz_require(str_compare(manifest.requests[i - 1].name, manifest.requests[i].name) <= 0);
	for (size_t i = 1; i < manifest.override_count; i++)
		fuzz_require(str_compare(manifest.overrides[i - 1].name, manifest.overrides[i].name) <= 0);
	if (lockfile_find_workspaces(&tree, &manifest, fuzz->arena, &folders, &count, NULL) == STATUS_OK)
		fuzz_require(count == 0); /* there is no folder but its own */
}

/* ---- git's index ---------------------------------------------------------------------------------------------- */

static bool take_path(struct str path, void *context)
{
	struct buf *out = context;
	add(out, path);
	return out->n < 16 * MIB;
}

static void run_git_index(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf once = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf twice = BUF_INIT(64 * MIB);
	struct error err = { 0 };
	(void)with;
	enum status status = git_index_read(fuzz->input, take_path, &once, &err);
	fuzz_require(git_index_read(fuzz->input, take_path, &twice, NULL) == status);
	fuzz_require(str_equal(buf_str(&once), buf_str(&twice)));
	fuzz_require(!status || err.text[0] || status == STATUS_MEMORY);
}

const struct fuzz_target fuzz_lockfiles[] = {
	{ "npm", run_lockfile, &(const struct lockfile_kind){ .kind = "npm" }, "fixtures/lockfiles/*/package-lock.json" },
	{ "yarn", run_lockfile, &(const struct lockfile_kind){ .kind = "yarn" }, "fixtures/lockfiles/yarn*/yarn.lock" },
	{ "berry", run_lockfile, &(const struct lockfile_kind){ .kind = "berry" }, "fixtures/lockfiles/berry*/yarn.lock" },
	{ "pnpm", run_lockfile, &(const struct lockfile_kind){ .kind = "pnpm" }, "fixtures/lockfiles/*/pnpm-lock.yaml" },
	{ "bun", run_lockfile, &(const struct lockfile_kind){ .kind = "bun" }, "fixtures/lockfiles/*/bun.lock" },
	{ "cyclonedx", run_lockfile, &(const struct lockfile_kind){ "cyclonedx", .places_in_ids = true }, "fixtures/sbom/cyclonedx*.json" },
	{ "spdx", run_lockfile, &(const struct lockfile_kind){ "spdx", .places_in_ids = true }, "fixtures/sbom/spdx*.json" },
	{ "lockfile_kind", run_kind, kinds, "fixtures/lockfiles/*/*lock*" },
	{ "node_modules", run_installed, NULL, NULL },
	{ "manifest_npm", run_manifest, "npm", "fixtures/lockfiles/*/package.json" },
	{ "manifest_pnpm", run_manifest, "pnpm", "fixtures/lockfiles/*/package.json" },
	{ "git_index", run_git_index, NULL, NULL },
	{ 0 },
};
