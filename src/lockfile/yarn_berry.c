/*
 * yarn berry: yarn.lock of yarn 2 and later. YAML; `resolution` says what an entry is, the key only what it was asked for as. Workspaces have
 * entries of their own, in which what is for development and what is not are one list: their package.json files tell these apart.
 */
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/yaml.h"
#include "lockfile/bins.h"
#include "lockfile/yarn_berry.h"

enum { OLDEST_VERSION = 4, NEWEST_VERSION = 1000 };

/* ---- entries -------------------------------------------------------------------------------- */

static enum status check_entry(struct berry_reader *reader, const struct json *entry)
{
	static const char *const texts[] = { "version", "resolution", "checksum", "conditions" };
	static const char *const objects[] = { "dependencies", "peerDependencies", "dependenciesMeta", "peerDependenciesMeta" };
	struct error *err = reader->yarn.err;
	if (!json_is(entry, JSON_OBJECT))
		return refuse(err, entry, entry->key, "is no entry: expected a mapping");
	if (!json_find(entry, "resolution"))
		return refuse(err, entry, entry->key, "has no resolution");
	enum status status = STATUS_OK;
	for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; i++)
		status = require_type(err, json_find(entry, texts[i]), JSON_STRING, texts[i]);
	for (size_t i = 0; !status && i < sizeof objects / sizeof *objects; i++)
		status = require_type(err, json_find(entry, objects[i]), JSON_OBJECT, objects[i]);
	for (size_t i = 0; !status && i < 2; i++)
		status = npm_check_specs(json_find(entry, objects[i]), err);
	return status;
}

static struct package *add_package(struct berry_reader *reader, struct str id, const struct json *json, struct berry_entry what)
{
	struct package *package = tree_add_package(reader->yarn.tree, id, reader->yarn.err);
	struct berry_entry *entry = package ? vec_add(reader->yarn.scratch, &reader->entries) : NULL;
	if (!package)
		return refuse_place(reader->yarn.err, json), NULL;
	if (!entry)
		return error_memory(reader->yarn.err), NULL;
	*entry = what;
	package->line = json->key_line;
	package->checksum = json_find_text(json, "checksum");
	package->platform = json_find_text(json, "conditions").n != 0;
	return package;
}

/* The installed name where no descriptor has the real one. */
static enum status add_descriptors(struct berry_reader *reader, const struct json *json, uint32_t number)
{
	struct package *package = &reader->yarn.tree->packages[number];
	struct str rest = json->key, part, name, range, alias = STR_NONE;
	bool real = package_is_own(package);
	while (str_split(&rest, ',', &part)) {
		part = str_trim(part);
		yarn_split(part, &name, &range);
		if (!name.n || !range.n)
			return refuse(reader->yarn.err, json, json->key, "is no list of descriptors (name@range)");
		enum status status = berry_add_descriptor(reader, json, part, number);
		if (status)
			return status;
		real |= str_equal(name, package->name);
		alias = alias.p ? alias : name;
	}
	if (!real)
		package->alias = alias;
	return STATUS_OK;
}

static bool count_name(struct berry_reader *reader, struct str name, uint32_t number)
{
	size_t before;
	bool again = map_find(reader->by_name, name, &before);
	return map_set(reader->by_name, name, again ? TREE_NONE : number);
}

static enum status add_installed(struct berry_reader *reader, const struct json *json, const struct yarn_locator *locator)
{
	struct str resolution = json_find_text(json, "resolution");
	struct berry_entry entry = { .members = json, .resolution = resolution, .source = locator->source };
	struct package *package = add_package(reader, resolution, json, entry);
	if (!package)
		return reader->yarn.err->status;
	uint32_t number = reader->yarn.tree->package_count - 1;
	package->name = locator->name;
	package->kind = locator->kind;
	package->resolved = locator->resolved;
	package->version = locator->version.p ? locator->version : json_find_text(json, "version");
	/* The user's own folders have no version that the registry could know. */
	if (package_is_own(package))
		package->version = STR("");
	if (locator->kind == PACKAGE_LINK)
		package->link = locator->path;
	if (locator->portal || (locator->kind == PACKAGE_FILE && !str_starts_with(locator->path, STR("/"))))
		package->folder = locator->path;
	if (!count_name(reader, package->name, number) || !lockfile_add_bins(reader->yarn.tree, json_find(json, "bin")))
		return error_memory(reader->yarn.err);
	return add_descriptors(reader, json, number);
}

/* ---- the root and the workspaces ---------------------------------------------------------------- */

static enum status read_own_manifest(struct berry_reader *reader, struct str folder, const struct json **out)
{
	struct yarn_reader *yarn = &reader->yarn;
	enum status status = STATUS_OK;
	*out = yarn->manifest;
	if (folder.n)
		status = yarn_read_manifest(yarn, folder, out);
	if (status == STATUS_NOT_FOUND || (!status && !*out)) {
		*out = NULL;
		yarn->tree->scopes_known = false;
		return STATUS_OK;
	}
	return status;
}

static enum status add_own(struct berry_reader *reader, const struct json *json, const struct yarn_locator *locator)
{
	struct tree *tree = reader->yarn.tree;
	struct berry_entry entry = { .members = json, .resolution = json_find_text(json, "resolution"), .own = true };
	if (npm_location_problem(locator->path) && locator->path.n)
		return refuse(reader->yarn.err, json, locator->path, "is no workspace: expected a path relative to the lockfile");
	enum status status = read_own_manifest(reader, locator->path, &entry.manifest);
	if (status)
		return status;
	struct package *package = add_package(reader, locator->path, json, entry);
	if (!package)
		return reader->yarn.err->status;
	uint32_t number = tree->package_count - 1;
	package->kind = number ? PACKAGE_WORKSPACE : PACKAGE_ROOT;
	package->folder = number ? locator->path : STR_NONE;
	package->name = locator->name;
	package->version = json_find_text(entry.manifest, "version");
	struct str spec = arena_printf(tree->arena, "workspace:%.*s", STR_ARG(locator->path));
	struct edge edge = { 0, number, package->name, spec, EDGE_WORKSPACE };
	if (!count_name(reader, package->name, number) || !spec.p || (number && !tree_add_edge(tree, edge)))
		return error_memory(reader->yarn.err);
	return add_descriptors(reader, json, number);
}

/* A workspace lies inside the project; a portal only leads somewhere. */
static enum status add_entry(struct berry_reader *reader, const struct json *json)
{
	struct yarn_locator locator;
	enum status status = check_entry(reader, json);
	if (status)
		return status;
	struct str resolution = json_find_text(json, "resolution");
	status = yarn_locator_parse(reader->yarn.tree->arena, resolution, &locator);
	if (status == STATUS_MEMORY)
		return error_memory(reader->yarn.err);
	if (status)
		return refuse(reader->yarn.err, json, resolution, "is no resolution (name@protocol:reference)");
	if (locator.kind == PACKAGE_WORKSPACE && !locator.portal)
		return add_own(reader, json, &locator);
	return add_installed(reader, json, &locator);
}

static const struct json *find_root(const struct json *document)
{
	json_each(entry, document)
		if (str_ends_with(json_find_text(entry, "resolution"), STR("@workspace:.")))
			return entry;
	return NULL;
}

/* ---- the document ------------------------------------------------------------------------------------ */

static enum status check_version(const struct json *metadata, struct tree *tree, struct error *err)
{
	const struct json *version = json_find(metadata, "version");
	uint64_t number;
	if (!json_is(version, JSON_STRING) || !str_to_u64(version->text, &number) || number > NEWEST_VERSION)
		return refuse(err, version ? version : metadata, STR("__metadata.version"), "is no number or not there");
	if (number < OLDEST_VERSION) {
		error_at(err, STATUS_UNSUPPORTED, version->line, version->column, "\"__metadata.version\" is %u; 4 and later are known", (unsigned)number);
		error_hint(err, "a yarn before its release wrote it: run yarn install with a later one");
		return STATUS_UNSUPPORTED;
	}
	tree->format_version = version->text;
	return STATUS_OK;
}

static enum status get_document(struct yarn_reader *yarn, const struct json **out)
{
	struct json *documents;
	enum status status = yaml_parse(yarn->source->text, YAML_ALL_TEXT, yarn->tree->arena, &documents, yarn->err);
	if (status)
		return status;
	const struct json *document = documents->child;
	if (documents->count != 1 || !json_is(document, JSON_OBJECT))
		return error_set(yarn->err, STATUS_INVALID, "expected one YAML document, a mapping");
	const struct json *metadata = json_find(document, "__metadata");
	if (!json_is(metadata, JSON_OBJECT))
		return refuse(yarn->err, metadata ? metadata : document, STR("__metadata"), "is no mapping or not there");
	*out = document;
	return check_version(metadata, yarn->tree, yarn->err);
}

static enum status read_document(struct berry_reader *reader)
{
	struct yarn_reader *yarn = &reader->yarn;
	const struct json *document = NULL;
	enum status status = get_document(yarn, &document);
	if (status || (status = yarn_open(yarn)))
		return status;
	reader->loose = map_new(yarn->scratch, 8);
	reader->patched = map_new(yarn->scratch, 8);
	reader->by_name = map_new(yarn->scratch, 64);
	if (!reader->loose || !reader->patched || !reader->by_name)
		return error_memory(yarn->err);
	const struct json *root = find_root(document);
	if (!root)
		return refuse(yarn->err, document, STR("workspace:."), "is not there: no entry is the project's own");
	if (!tree_reserve(yarn->tree, document->count))
		return error_memory(yarn->err);
	status = add_entry(reader, root);
	for (const struct json *entry = document->child; entry && !status; entry = entry->next)
		if (entry != root && !str_equal_z(entry->key, "__metadata"))
			status = add_entry(reader, entry);
	return status ? status : berry_add_edges(reader);
}

static enum status read_berry(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	struct berry_reader reader = { .yarn = { .source = source, .tree = tree, .err = err } };
	enum status status = read_document(&reader);
	yarn_close(&reader.yarn);
	return status;
}

const struct lockfile_format berry_format = {
	.kind = "berry",
	.file_names = (const char *const[]){ "yarn.lock", NULL },
	.install_command = "yarn add",
	.unknown = (const char *const[]){ "license", "deprecated", "install_script", "spec", NULL },
	.update_command = "yarn up",
	.override_words = &(const struct override_words){ .file = "package.json",
							  .open = "\"resolutions\": { ",
							  .close = " }",
							  .before_parent = "\"",
							  .before_name = "/",
							  .after_version = "\"" },
	.matches = yarn_is_berry,
	.read = read_berry,
};
