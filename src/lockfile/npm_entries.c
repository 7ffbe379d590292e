/*
 * Lockfile versions 2 and 3: the object `packages`, one entry for each location. Version 2 repeats it all as
 * `dependencies` for old npm; npm_legacy.c sees to it that nothing else stands there. Entries marked `extraneous` are listed like npm lists them: nothing
 * leads to them.
 */
#include "lockfile/bins.h"
#include "lockfile/npm.h"

static enum status bad_location(struct npm_reader *reader, const struct json *entry, const char *problem)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(1024);
	buf_add_visible(&key, str_head(entry->key, 200));
	return error_at(reader->err, STATUS_INVALID, entry->key_line, entry->key_column, "\"%.*s\" is no location of a package: %s",
			STR_ARG(buf_str(&key)), problem);
}

/* A link's target is written relative to the lockfile's folder. */
static enum status set_link(struct npm_reader *reader, const struct json *entry, struct package *package)
{
	if (!package->resolved.p)
		return bad_location(reader, entry, "it is a link that does not say where to (\"resolved\")");
	struct str path = package->resolved;
	if (str_starts_with(path, STR("file:")))
		path = str_from(path, 5);
	if (str_starts_with(path, STR("/")))
		return bad_location(reader, entry, "it is a link to an absolute path");
	package->link = npm_normalize_path(reader->tree->arena, path);
	return package->link.p ? STATUS_OK : error_memory(reader->err);
}

static void set_names(struct package *package, struct str name)
{
	struct str installed = npm_installed_name(package->id);
	struct str folder = npm_folder_name(package->id);
	package->name = name.n ? name : installed.n ? installed : folder;
	if (installed.n && !str_equal(installed, package->name))
		package->alias = installed;
}

static enum package_kind kind_of(struct str location, const struct npm_fields *fields)
{
	if (fields->link)
		return PACKAGE_LINK;
	if (!npm_in_modules(location))
		return PACKAGE_WORKSPACE;
	/* Inside another package's folder, but not in its node_modules: it came with that one. */
	if (!npm_installed_name(location).n && !fields->resolved.n)
		return PACKAGE_FILE;
	return lockfile_resolved_kind(fields->resolved);
}

static enum status check_entry(struct npm_reader *reader, const struct json *entry)
{
	if (!json_is(entry, JSON_OBJECT))
		return bad_location(reader, entry, "its entry is not an object");
	const char *problem = npm_location_problem(entry->key);
	return problem ? bad_location(reader, entry, problem) : STATUS_OK;
}

static enum status add_entry(struct npm_reader *reader, const struct json *json)
{
	struct npm_fields fields;
	struct npm_entry *entry;
	enum status status = check_entry(reader, json);
	if (status || (status = npm_read_fields(json, false, &fields, reader->err)) || (status = npm_check_sections(&fields, reader->err)))
		return status;
	struct package *package = npm_add_package(reader, json->key, json, &entry);
	if (!package)
		return reader->err->status;
	package->version = fields.link ? STR("") : fields.version;
	package->resolved = fields.resolved;
	package->kind = kind_of(json->key, &fields);
	set_names(package, fields.name);
	if (!npm_set_common(package, entry, &fields, reader->tree->arena))
		return error_memory(reader->err);
	if (package->kind == PACKAGE_LINK)
		return set_link(reader, json, package);
	if (package->kind == PACKAGE_WORKSPACE)
		package->folder = json->key;
	npm_set_sections(entry, &fields);
	return lockfile_add_bins(reader->tree, fields.bin) ? STATUS_OK : error_memory(reader->err);
}

/* npm's hidden lockfile has no entry for the root: then the package.json beside it says what the project asks for. */
static enum status add_root(struct npm_reader *reader, const struct json *json)
{
	struct npm_fields fields = { 0 };
	struct npm_entry *entry;
	enum status status = json ? check_entry(reader, json) : npm_read_manifest(reader, STR(""), &fields);
	reader->tree->root_known = status != STATUS_NOT_FOUND;
	if (status == STATUS_NOT_FOUND)
		status = STATUS_OK;
	else if (!status && json)
		status = npm_read_fields(json, false, &fields, reader->err);
	if (status || (status = npm_check_sections(&fields, reader->err)))
		return status;
	struct package *package = npm_add_package(reader, STR(""), json, &entry);
	if (!package)
		return reader->err->status;
	package->kind = PACKAGE_ROOT;
	package->name = fields.name;
	package->version = fields.version;
	if (!npm_set_common(package, entry, &fields, reader->tree->arena))
		return error_memory(reader->err);
	npm_set_sections(entry, &fields);
	return STATUS_OK;
}

enum status npm_read_entries(struct npm_reader *reader, const struct json *packages)
{
	const struct json *root = NULL;
	for (const struct json *entry = packages->child; entry && !root; entry = entry->next)
		if (entry->key.n == 0)
			root = entry;
	if (!tree_reserve(reader->tree, packages->count))
		return error_memory(reader->err);
	enum status status = add_root(reader, root);
	for (const struct json *entry = packages->child; entry && !status; entry = entry->next)
		if (entry != root)
			status = add_entry(reader, entry);
	return status ? status : npm_check_links(reader);
}
