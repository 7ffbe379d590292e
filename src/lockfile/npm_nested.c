/*
 * Lockfile version 1: `dependencies` nested like the node_modules folders. What an entry is, stands in its `version`:
 * a version, "npm:real@1.2.3", a URL, "file:…". A "file:" folder is a link; what is nested below it stands below the
 * link's target.
 *
 * The flags dev, optional, devOptional and peer of the entries count as the truth about scopes: version 1 does not
 * tell which kind of dependency a name in `requires` is, and leaves peer dependencies out. Only the links and their
 * targets, which carry no flags, are judged by edges.
 */
#include "assay/limits.h"
#include "lockfile/npm.h"

/* One `dependencies` object that is being walked. */
struct level {
	const struct json *next;
	struct str folder; /* location of the package it belongs to */
};

struct nested {
	struct npm_reader *reader;
	VEC(struct level) levels;
};

static enum status bad_entry(struct npm_reader *reader, const struct json *json, const char *problem)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(1024);
	buf_add_visible(&key, str_head(json->key, 200));
	return error_at(reader->err, STATUS_INVALID, json->key_line, json->key_column, "the entry \"%.*s\": %s", STR_ARG(buf_str(&key)), problem);
}

static bool is_tarball_path(struct str path)
{
	return str_ends_with(path, STR(".tgz")) || str_ends_with(path, STR(".tar.gz")) || str_ends_with(path, STR(".tar"));
}

static bool is_version(struct str version)
{
	return str_find(version, ':') == version.n && str_find(version, '/') == version.n;
}

/* "npm:real@1.2.3", with the last '@' between name and version. */
static void set_alias(struct package *package, struct str spec)
{
	size_t at = str_find_last(spec, '@');
	struct str name = at > 0 && at < spec.n ? str_head(spec, at) : spec;
	package->alias = str_equal(name, package->name) ? STR_NONE : package->name;
	package->name = name;
	package->version = str_from(spec, name.n + 1);
}

/* Name and version from …/name-1.2.3.tgz, where the file is called so. */
static void set_version_from_url(struct npm_reader *reader, struct package *package)
{
	struct str name, version, url = package->resolved;
	if (lockfile_parse_registry_url(url, reader->tree->arena, &name, &version) && name.p) {
		if (!str_equal(name, package->name))
			package->alias = package->name;
		package->name = name;
		package->version = version;
		return;
	}
	size_t slash = str_find_last(package->name, '/');
	struct str base = slash == package->name.n ? package->name : str_from(package->name, slash + 1);
	slash = str_find_last(url, '/');
	struct str file = slash == url.n ? url : str_from(url, slash + 1);
	if (!str_ends_with(file, STR(".tgz")) || !str_starts_with(file, base) || file.n <= base.n + 5)
		return;
	version = str_head(str_from(file, base.n + 1), file.n - base.n - 5);
	if (file.p[base.n] == '-' && ascii_is_digit((unsigned char)version.p[0]))
		package->version = version;
}

static void set_source(struct npm_reader *reader, struct package *package, const struct npm_fields *fields)
{
	struct str version = fields->version;
	package->resolved = fields->resolved;
	package->version = STR("");
	if (str_starts_with(version, STR("npm:"))) {
		set_alias(package, str_from(version, 4));
	} else if (is_version(version)) {
		package->version = version;
	} else {
		package->resolved = version;
		set_version_from_url(reader, package);
	}
	package->kind = lockfile_resolved_kind(package->resolved);
}

/* ---- links --------------------------------------------------------------------- */

/* The folder behind a link, once: by its package.json where that is within reach, else by what the entry says. */
static enum status add_target(struct npm_reader *reader, const struct json *json, struct str location, struct str name, const struct npm_fields *fields)
{
	struct npm_fields manifest = { 0 };
	struct npm_entry *entry;
	if (tree_find(reader->tree, location) != TREE_NONE)
		return STATUS_OK;
	bool outside = str_starts_with(location, STR(".."));
	enum status status = outside ? STATUS_NOT_FOUND : npm_read_manifest(reader, location, &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	struct package *target = npm_add_package(reader, location, json, &entry);
	if (!target)
		return reader->err->status;
	target->kind = npm_in_modules(location) ? PACKAGE_FILE : PACKAGE_WORKSPACE;
	target->folder = location;
	target->name = manifest.name.n ? manifest.name : name;
	target->version = manifest.version.p ? manifest.version : STR("");
	if (status == STATUS_NOT_FOUND)
	entry->requires = json_is(fields->requires, JSON_OBJECT) ? fields->requires : NULL;
	else npm_set_sections(entry, &manifest);
	return STATUS_OK;
}

static enum status add_link(struct npm_reader *reader, const struct json *json, struct str location, const struct npm_fields *fields, struct str *target)
{
	struct npm_entry *entry;
	struct str name = npm_installed_name(location);
	struct str written = str_from(fields->version, 5);
	if (str_starts_with(written, STR("/")))
		return bad_entry(reader, json, "it links to an absolute path");
	struct str path = npm_normalize_path(reader->tree->arena, written);
	if (!path.p)
		return error_memory(reader->err);
	const char *problem = npm_location_problem(path);
	if (problem)
		return bad_entry(reader, json, problem);
	struct package *link = npm_add_package(reader, location, json, &entry);
	if (!link)
		return reader->err->status;
	link->kind = PACKAGE_LINK;
	link->name = name;
	link->version = STR("");
	link->resolved = fields->version;
	link->link = path;
	*target = path;
	return add_target(reader, json, path, name, fields);
}

/* ---- entries --------------------------------------------------------------------- */

static enum status add_installed(struct npm_reader *reader, const struct json *json, struct str location, const struct npm_fields *fields)
{
	struct npm_entry *entry;
	struct package *package = npm_add_package(reader, location, json, &entry);
	if (!package)
		return reader->err->status;
	package->name = npm_installed_name(location);
	set_source(reader, package, fields);
	if (!npm_set_common(package, entry, fields, reader->tree->arena))
		return error_memory(reader->err);
	package->recorded = true;
	entry->requires = json_is(fields->requires, JSON_OBJECT) ? fields->requires : NULL;
	return STATUS_OK;
}

static bool is_link(struct str version)
{
	return str_starts_with(version, STR("file:")) && !is_tarball_path(version);
}

static enum status make_location(struct npm_reader *reader, const struct json *json, struct str folder, struct str *out)
{
	if (!json_is(json, JSON_OBJECT))
		return bad_entry(reader, json, "it is not an object");
	if (folder.n + json->key.n > LIMIT_LOCATION_BYTES)
		return bad_entry(reader, json, "its place is longer than any path");
	struct str location = arena_printf(reader->tree->arena, "%.*s%snode_modules/%.*s", STR_ARG(folder), folder.n ? "/" : "", STR_ARG(json->key));
	if (!location.p)
		return error_memory(reader->err);
	const char *problem = npm_location_problem(location);
	/* A name with a zero byte is cut by the formatting; it is a control byte as well. */
	if (!problem && !str_equal(npm_installed_name(location), json->key))
		problem = "it is not a package's name";
	*out = location;
	return problem ? bad_entry(reader, json, problem) : STATUS_OK;
}

static enum status add_level(struct nested *nested, const struct json *dependencies, struct str folder)
{
	if (!dependencies || !dependencies->child)
		return STATUS_OK;
	struct level *level = vec_add(nested->reader->tree->arena, &nested->levels);
	if (!level)
		return error_memory(nested->reader->err);
	*level = (struct level){ dependencies->child, folder };
	return STATUS_OK;
}

/* Two links to one folder: what stands below it is written below each, and must be the same. */
static enum status check_repeated(struct nested *nested, const struct json *json, struct str location, const struct npm_fields *fields)
{
	struct npm_reader *reader = nested->reader;
	const struct package *first = &reader->tree->packages[tree_find(reader->tree, location)];
	struct package again = { .name = npm_installed_name(location) };
	set_source(reader, &again, fields);
	if (!str_equal(first->version, again.version) || !str_equal(first->resolved, again.resolved) || !str_equal(first->integrity, fields->integrity)) {
		error_at(reader->err, STATUS_INVALID, json->key_line, json->key_column, "another package than in line %u for the same place", first->line);
		return STATUS_INVALID;
	}
	return add_level(nested, fields->dependencies, location);
}

static enum status add_entry(struct nested *nested, const struct json *json, struct str folder)
{
	struct npm_reader *reader = nested->reader;
	struct npm_fields fields;
	struct str location, below;
	enum status status = make_location(reader, json, folder, &location);
	if (status || (status = npm_read_fields(json, false, &fields, reader->err)) || (status = npm_check_specs(fields.requires, reader->err)))
		return status;
	if (tree_find(reader->tree, location) != TREE_NONE)
		return check_repeated(nested, json, location, &fields);
	below = location;
	/* What old npm kept for a git dependency is only in `from`. */
	if (!fields.version.p)
		fields.version = fields.resolved.p ? fields.resolved : fields.from.p ? fields.from : STR("");
	status = is_link(fields.version) ? add_link(reader, json, location, &fields, &below) : add_installed(reader, json, location, &fields);
	return status ? status : add_level(nested, fields.dependencies, below);
}

static enum status add_root(struct npm_reader *reader, const struct json *document)
{
	struct npm_fields manifest = { 0 };
	struct npm_entry *entry;
	enum status status = npm_read_manifest(reader, STR(""), &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	reader->tree->root_known = status == STATUS_OK;
	struct package *root = npm_add_package(reader, STR(""), document, &entry);
	if (!root)
		return reader->err->status;
	root->kind = PACKAGE_ROOT;
	root->name = json_find_text(document, "name");
	root->version = json_find_text(document, "version");
	if (!root->name.n)
		root->name = manifest.name;
	if (!root->version.n)
		root->version = manifest.version;
	npm_set_sections(entry, &manifest);
	return STATUS_OK;
}

enum status npm_read_nested(struct npm_reader *reader, const struct json *document)
{
	struct nested nested = { .reader = reader };
	const struct json *dependencies = json_find(document, "dependencies");
	if (dependencies && !json_is(dependencies, JSON_OBJECT))
		return error_at(reader->err, STATUS_INVALID, dependencies->line, dependencies->column, "\"dependencies\" is %s, expected an object",
				json_type_name(dependencies->type));
	enum status status = add_root(reader, document);
	if (!status)
		status = add_level(&nested, dependencies, STR(""));
	while (!status && nested.levels.n) {
		struct level *level = &nested.levels.v[nested.levels.n - 1];
		const struct json *json = level->next;
		struct str folder = level->folder;
		if (json) {
			level->next = json->next;
			status = add_entry(&nested, json, folder);
		} else {
			nested.levels.n--;
		}
	}
	return status ? status : npm_check_links(reader);
}
