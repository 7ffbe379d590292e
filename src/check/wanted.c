/*
 * What the next install would bring: requests of package.json files that the lockfile has nothing for, or something that does not fit, peers and
 * overrides that are not applied among them. The same comparison as lockfile-drift makes, for whoever asks what a project could get.
 */
#include "assay/check.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "check/wanted_override.h"

struct search {
	struct importer importer;
	const char *file;
	struct arena *arena; /* of what is found */
	VEC(struct check_wanted) found;
};

/* An override for all is what is resolved in its place; of one with a range or a parent nobody can tell here. */
static struct str spec_to_resolve(const struct importer *importer, const struct request *request)
{
	const struct lockfile_override *override = request->override;
	bool sure = override && !override->range.p && !override->parent.p;
	return importer_meant_spec(importer, request->declared->name, sure ? override->spec : request->declared->spec);
}

/* npm takes what lies where the package would look for it, recorded for it or not. */
static bool is_at_hand(const struct search *search, const struct request *request)
{
	const struct importer *importer = &search->importer;
	const struct tree *tree = importer->tree;
	struct str name = request->declared->name, folder = tree->packages[importer->package].folder;
	if (strcmp(tree->format, "npm") != 0)
		return false;
	for (folder = importer->package ? folder : STR("");; folder = path_parent(folder)) {
		struct str id = arena_printf(importer->scratch, "%.*s%snode_modules/%.*s", STR_ARG(folder), folder.n ? "/" : "", STR_ARG(name));
		uint32_t number = id.p ? tree_find(tree, id) : TREE_NONE;
		if (number != TREE_NONE) {
			const struct edge to = { .to = number };
			return spec_fit(spec_to_resolve(importer, request), edge_target(tree, &to), tree->format, importer->scratch) == FIT_YES;
		}
		if (!folder.n)
			return false;
	}
}

static bool is_wanted(const struct search *search, const struct request *request)
{
	if (!request->target)
		return !is_at_hand(search, request);
	return request->fit == FIT_NO || (request->fit == FIT_UNTOLD && !request->same_text);
}

static bool keep(struct search *search, const struct request *request)
{
	struct check_wanted *wanted = vec_add(search->arena, &search->found);
	if (!wanted)
		return false;
	*wanted = (struct check_wanted){ .file = search->file,
					 .name = arena_copy(search->arena, request->declared->name),
					 .spec = arena_copy(search->arena, spec_to_resolve(&search->importer, request)),
					 .type = request->declared->type,
					 .line = request->declared->line };
	return wanted->name.p && wanted->spec.p;
}

/* ---- peers ------------------------------------------------------------------------------------ */

/* Which package managers install what the project's own packages name as peers, and what keeps them from that. */
static const struct peers_setting {
	const char *format, *file, *section, *key, *off;
} peers_settings[] = {
	{ "npm", ".npmrc", NULL, "legacy-peer-deps", "true" }, { "bun", "bunfig.toml", "install", "peer", "false" }, { "pnpm", NULL, NULL, NULL, NULL }, /* its lockfile tells */
};

static bool has_peer(const struct lockfile_manifest *manifest)
{
	for (size_t i = 0; i < manifest->request_count; i++)
		if (manifest->requests[i].type == EDGE_PEER && !manifest->requests[i].optional_peer)
			return true;
	return false;
}

/* A file that is not there, or cannot be read, keeps nobody from anything. */
static bool is_off(const struct search *search, const struct peers_setting *setting)
{
	const struct json *settings = NULL;
	if (!setting->file || lockfile_read_settings(search->importer.tree, setting->file, search->importer.scratch, &settings, NULL))
		return false;
	if (settings && setting->section)
		settings = json_find(settings, setting->section);
	return json_is(settings, JSON_OBJECT) && str_equal_z(json_find_text(settings, setting->key), setting->off);
}

static bool installs_peers(const struct search *search)
{
	const struct tree *tree = search->importer.tree;
	for (size_t i = 0; i < sizeof peers_settings / sizeof *peers_settings; i++)
		if (strcmp(tree->format, peers_settings[i].format) == 0)
			return !tree->leaves_out_peers && !is_off(search, &peers_settings[i]);
	return false;
}

/* ---- a package.json ------------------------------------------------------------------------------ */

static bool search_importer(struct search *search)
{
	struct request request;
	search->importer.peers = has_peer(&search->importer.manifest) && installs_peers(search);
	if (!importer_index_edges(&search->importer))
		return false;
	for (size_t at = 0; importer_next_request(&search->importer, &at, &request);)
		if (is_wanted(search, &request) && !keep(search, &request))
			return false;
	return true;
}

static bool keep_override(void *context, const struct lockfile_override *override, const struct package *replaced)
{
	struct search *search = context;
	struct check_wanted *wanted = vec_add(search->arena, &search->found);
	if (!wanted)
		return false;
	*wanted = (struct check_wanted){ .file = override->file,
					 .name = arena_copy(search->arena, override->name),
					 .spec = arena_copy(search->arena, importer_meant_spec(&search->importer, override->name, override->spec)),
					 .type = replaced->scope == SCOPE_DEV ? EDGE_DEV : EDGE_PROD,
					 .line = override->line };
	return wanted->name.p && wanted->spec.p;
}

static bool keep_problem(struct search *search, const struct error *problem)
{
	struct check_wanted *wanted = vec_add(search->arena, &search->found);
	if (wanted)
		*wanted = (struct check_wanted){ .file = search->file, .problem = arena_copy(search->arena, str_of(problem->text)) };
	return wanted && wanted->problem.p;
}

static enum status search_package(struct search *search, uint32_t number, struct lockfile_manifest *root, struct error *err)
{
	struct importer *importer = &search->importer;
	const struct package *package = &importer->tree->packages[number];
	struct str folder = number ? package->folder : STR("");
	struct error problem;
	enum status status = lockfile_read_manifest(importer->tree, folder, number ? importer->scratch : search->arena, &importer->manifest, &problem);
	search->file = number ? arena_printf(search->arena, "%.*s/package.json", STR_ARG(folder)).p : "package.json";
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (status == STATUS_MEMORY || !search->file)
		return error_memory(err);
	if (!status && !number)
		*root = importer->manifest;
	importer->package = number;
	if (status && number) /* a workspace's own is found, and told, as one that cannot be read: lockfile_find() */
		return STATUS_OK;
	bool fine = status ? keep_problem(search, &problem) : search_importer(search);
	if (fine && !status && !number)
		fine = override_each_unapplied(importer, keep_override, search);
	return fine ? STATUS_OK : error_memory(err);
}

enum status check_find_wanted(const struct tree *tree, struct arena *arena, struct check_wanted **out, size_t *count, struct error *err)
{
	struct lockfile_manifest root = { 0 };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct search search = { .importer = { .tree = tree, .root = &root, .scratch = scratch }, .arena = arena };
	enum status status = scratch ? STATUS_OK : error_memory(err);
	bool any = !status && importer_has_lockfile(tree, lockfile_format_by_kind(tree->format));
	for (uint32_t i = 0; any && !status && i < tree->package_count; i++) {
		if (!importer_is(&tree->packages[i]))
			continue;
		status = search_package(&search, i, &root, err);
		arena_reset(scratch);
	}
	*out = search.found.v;
	*count = search.found.n;
	return status;
}
