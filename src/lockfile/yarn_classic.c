/*
 * yarn classic: yarn.lock of yarn 1. An entry stands for the descriptors before it; which packages the project itself asks for, and as what,
 * only its package.json files say.
 */
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/workspaces.h"
#include "lockfile/yarn_classic.h"

const struct classic_section classic_sections[CLASSIC_SECTIONS] = {
	{ "optionalDependencies", EDGE_OPTIONAL, false, false },
	{ "dependencies", EDGE_PROD, false, true },
	{ "devDependencies", EDGE_DEV, true, true },
	{ "peerDependencies", EDGE_PEER, true, false },
};

/* ---- the root and the workspaces ------------------------------------------------------------------ */

enum status classic_hash(struct classic_reader *reader, struct str name, struct str spec, uint32_t *out)
{
	struct str key = yarn_key(&reader->yarn, name, "@", spec);
	if (!key.p)
		return error_memory(reader->yarn.err);
	*out = map_hash(reader->yarn.descriptors, key);
	return STATUS_OK;
}

enum status classic_add_edge(struct classic_reader *reader, struct edge edge, uint32_t hash)
{
	uint32_t *added = vec_add(reader->yarn.scratch, &reader->hashes);
	if (!added || !tree_add_edge(reader->yarn.tree, edge))
		return error_memory(reader->yarn.err);
	*added = hash;
	return STATUS_OK;
}

static enum status add_own_edge(struct classic_reader *reader, struct edge edge)
{
	uint32_t hash = 0;
	enum status status = classic_hash(reader, edge.name, edge.spec, &hash);
	return status ? status : classic_add_edge(reader, edge, hash);
}

static enum status add_own_edges(struct classic_reader *reader, uint32_t number)
{
	struct yarn_reader *yarn = &reader->yarn;
	const struct json *manifest = reader->own.v[number].manifest;
	if (!yarn_mark_optional(yarn, json_find(manifest, "peerDependenciesMeta"), number, YARN_OPTIONAL_PEER))
		return error_memory(yarn->err);
	for (size_t i = 0; i < CLASSIC_SECTIONS; i++) {
		json_each(spec, json_find(manifest, classic_sections[i].key)) {
			struct yarn_name *name = yarn_name_of(yarn, spec->key);
			if (!name)
				return error_memory(yarn->err);
			if (name->asked_by == number + 1)
				continue;
			name->asked_by = number + 1;
			bool optional = classic_sections[i].type == EDGE_PEER && yarn_marks(name, number) & YARN_OPTIONAL_PEER;
			struct edge edge = { number, TREE_NONE, spec->key, spec->text, optional ? EDGE_PEER_OPTIONAL : classic_sections[i].type };
			enum status status = add_own_edge(reader, edge);
			if (status)
				return status;
		}
	}
	return STATUS_OK;
}

static enum status add_workspace_edge(struct classic_reader *reader, uint32_t number)
{
	struct tree *tree = reader->yarn.tree;
	const struct package *package = &tree->packages[number];
	struct str spec = arena_printf(tree->arena, "workspace:%.*s", STR_ARG(package->folder));
	size_t there;
	if (!spec.p || !map_add(reader->workspaces, package->name, number, &there))
		return error_memory(reader->yarn.err);
	return classic_add_edge(reader, (struct edge){ 0, number, package->name, spec, EDGE_WORKSPACE }, 0);
}

static enum status add_own(struct classic_reader *reader, struct str folder, const struct json *manifest)
{
	struct tree *tree = reader->yarn.tree;
	struct str file = arena_printf(tree->arena, "%.*s%spackage.json", STR_ARG(folder), folder.n ? "/" : "");
	struct classic_own *own = file.p ? vec_add(reader->yarn.scratch, &reader->own) : NULL;
	if (!own)
		return error_memory(reader->yarn.err);
	*own = (struct classic_own){ manifest, file.p };
	struct package *package = tree_add_package(tree, folder, reader->yarn.err);
	if (!package)
		return reader->yarn.err->status;
	package->kind = folder.n ? PACKAGE_WORKSPACE : PACKAGE_ROOT;
	package->folder = folder.n ? folder : STR_NONE;
	package->name = json_find_text(manifest, "name");
	package->version = json_find_text(manifest, "version");
	if (folder.n && !package->name.n)
		package->name = npm_folder_name(folder);
	return folder.n ? add_workspace_edge(reader, tree->package_count - 1) : STATUS_OK;
}

static enum status add_workspaces(struct classic_reader *reader)
{
	struct yarn_reader *yarn = &reader->yarn;
	const struct json *workspaces = json_find(yarn->manifest, "workspaces");
	struct workspace_list list = { 0 };
	if (!workspaces)
		return STATUS_OK;
	enum status status = workspaces_find(yarn->source->folder, workspaces, yarn->tree->arena, &list, yarn->err);
	for (size_t i = 0; !status && i < list.folders.n; i++) {
		const struct json *manifest;
		status = yarn_read_manifest(yarn, list.folders.v[i], &manifest);
		if (!status)
			status = add_own(reader, list.folders.v[i], manifest);
	}
	return status;
}

/* ---- the document -------------------------------------------------------------------------------------- */

static enum status read_document(struct classic_reader *reader)
{
	struct yarn_reader *yarn = &reader->yarn;
	enum status status = yarn_open(yarn);
	if (status)
		return status;
	reader->workspaces = map_new(yarn->scratch, 8);
	if (!reader->workspaces)
		return error_memory(yarn->err);
	yarn->tree->root_known = yarn->tree->scopes_known = yarn->manifest != NULL;
	if ((status = add_own(reader, STR(""), yarn->manifest)) || (status = add_workspaces(reader)))
		return status;
	for (uint32_t i = 0; i < reader->own.n && !status; i++)
		status = add_own_edges(reader, i);
	if (!status)
		status = classic_read_entries(reader);
	return status ? status : classic_resolve_edges(reader);
}

static enum status read_classic(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	struct classic_reader reader = { .yarn = { .source = source, .tree = tree, .err = err } };
	tree->format_version = STR("1");
	enum status status = read_document(&reader);
	yarn_close(&reader.yarn);
	return status;
}

static bool is_classic(struct str text)
{
	struct str head = str_head(text, 1024);
	return str_find_str(head, STR("# yarn lockfile v")) < head.n;
}

const struct lockfile_format yarn_format = {
	.kind = "yarn",
	.file_names = (const char *const[]){ "yarn.lock", NULL },
	.install_command = "yarn add",
	.unknown = (const char *const[]){ "license", "deprecated", "install_script", "peers", "bins", NULL },
	.update_command = "yarn upgrade",
	.override_words = &(const struct override_words){ .file = "package.json",
							  .open = "\"resolutions\": { ",
							  .close = " }",
							  .before_parent = "\"**/",
							  .before_name = "/",
							  .after_version = "\"" },
	.matches = is_classic,
	.read = read_classic,
};
