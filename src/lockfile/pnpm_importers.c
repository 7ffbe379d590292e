/*
 * Importers: the projects of a workspace, by folder; "." is the root. The lockfile does not say what they are called:
 * their package.json does, else a dependency on one, else its folder.
 */
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/pnpm.h"

/* Only below the lockfile's folder: a lockfile shall not make us read what lies elsewhere. One that cannot be read
 * names nothing; what it asks for is another reader's business. */
static enum status read_name(struct pnpm_reader *reader, struct package *package)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct json *manifest;
	size_t duplicates = 0;
	struct str folder = package->id;
	if (!reader->source->folder || str_starts_with(folder, STR("..")))
		return STATUS_OK;
	struct str name = scratch ? arena_copy(scratch, folder) : STR_NONE;
	const char *path = name.p ? path_join(scratch, reader->source->folder, name.p) : NULL;
	if (!path)
		return error_memory(reader->err);
	if (str_equal_z(folder, "."))
		path = reader->source->folder;
	if (manifest_read(path, scratch, &manifest, &duplicates, NULL))
		return STATUS_OK;
	reader->tree->duplicate_keys += duplicates;
	package->name = arena_copy(reader->tree->arena, json_find_text(manifest, "name"));
	package->version = arena_copy(reader->tree->arena, json_find_text(manifest, "version"));
	return package->name.p && package->version.p ? STATUS_OK : error_memory(reader->err);
}

static enum status add_importer(struct pnpm_reader *reader, struct str folder, const struct json *json)
{
	struct pnpm_entry *entry;
	bool root = str_equal_z(folder, ".");
	const char *problem = root ? NULL : npm_location_problem(folder);
	if (!problem && json && !json_is(json, JSON_OBJECT))
		problem = "it is not followed by an object";
	if (!problem && !folder.n)
		problem = "it is empty";
	if (problem) {
		pnpm_refuse(reader, json, folder, problem);
		return error_wrap(reader->err, "an importer's folder");
	}
	struct package *package = pnpm_add_package(reader, folder, json, &entry);
	if (!package)
		return reader->err->status;
	entry->importer = json;
	package->kind = root ? PACKAGE_ROOT : PACKAGE_WORKSPACE;
	if (!root)
		package->folder = folder;
	return read_name(reader, package);
}

/* Up to 6 a project alone is the document itself. */
enum status pnpm_add_importers(struct pnpm_reader *reader, const struct pnpm_document *document)
{
	const struct json *root = NULL;
	if (!document->importers && document->major != PNPM_9)
		return add_importer(reader, STR("."), document->json);
	json_each(importer, document->importers)
		if (str_equal_z(importer->key, "."))
			root = importer;
	enum status status = add_importer(reader, STR("."), root);
	for (const struct json *importer = document->importers ? document->importers->child : NULL; importer && !status; importer = importer->next)
		if (importer != root)
			status = add_importer(reader, importer->key, importer);
	return status;
}

uint32_t pnpm_find_importer(const struct pnpm_reader *reader, struct str folder)
{
	uint32_t number = tree_find(reader->tree, folder);
	if (number == TREE_NONE || reader->entries.v[number].snapshot)
		return TREE_NONE;
	return reader->tree->packages[number].kind == PACKAGE_LINK ? TREE_NONE : number;
}

enum status pnpm_link_workspaces(struct pnpm_reader *reader)
{
	struct tree *tree = reader->tree;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		struct package *package = &tree->packages[i];
		if (package->kind != PACKAGE_WORKSPACE || reader->entries.v[i].snapshot)
			continue;
		if (!package->name.n)
			package->name = reader->entries.v[i].alias.n ? reader->entries.v[i].alias : npm_folder_name(package->id);
		struct str spec = arena_printf(tree->arena, "workspace:%.*s", STR_ARG(package->id));
		if (!spec.p || !tree_add_edge(tree, (struct edge){ 0, i, package->name, spec, EDGE_WORKSPACE }))
			return error_memory(reader->err);
	}
	return STATUS_OK;
}
