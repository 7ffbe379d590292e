/*
 * What a package.json asks for, in the form in which a rule compares it with a tree: dependencies by name, and the
 * overrides that the tree's package manager would apply. Each package manager has its own place and spelling for those.
 */
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/limits.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/workspaces.h"
#include "lockfile/yaml.h"

struct reading {
	const struct tree *tree;
	struct arena *arena;
	struct error *err;
	VEC(struct lockfile_request) requests;
	VEC(struct lockfile_override) overrides, catalogs;
	bool deep;
	const char *file; /* whose overrides are being read */
};

/* ---- where it lies ------------------------------------------------------------------ */

/* Links may lead anywhere; what counts is where the file is in the end. */
bool is_beneath(const char *folder, const char *file)
{
	char top[PATH_MAX], at[PATH_MAX];
	if (!realpath(folder, top) || !realpath(file, at))
		return false;
	size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);
	return strncmp(at, top, n) == 0 && at[n] == '/';
}

/* One that is not there asks for nothing; one that package managers follow and we do not asks for what nobody knows. */
static enum status refuse_foreign(const char *file, struct error *err)
{
	struct stat there;
	if (stat(file, &there) != 0)
		return error_set(err, STATUS_NOT_FOUND, "%s: not there", file);
	error_set(err, STATUS_INVALID, "%s leads out of the project and was not read", file);
	error_hint(err, "put the file where the link is, or scan the folder above that holds both");
	return STATUS_INVALID;
}

static enum status find_folder(const struct reading *reading, struct str folder, const char **out)
{
	const char *top = reading->tree->folder;
	if (!top || str_starts_with(folder, STR("..")) || npm_location_problem(folder))
		return error_set(reading->err, STATUS_NOT_FOUND, "no package.json that may be read");
	struct str copy = arena_copy(reading->arena, folder);
	const char *path = copy.p ? path_join(reading->arena, top, copy.p) : NULL;
	if (folder.n == 0)
		path = top;
	const char *file = path ? path_join(reading->arena, path, "package.json") : NULL;
	if (!file)
		return error_memory(reading->err);
	if (!is_beneath(top, file))
		return refuse_foreign(file, reading->err);
	*out = path;
	return STATUS_OK;
}

/* ---- dependencies -------------------------------------------------------------------- */

static enum status wrong_type(const struct json *json, const char *expected, struct error *err)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(512);
	buf_add_visible(&key, str_head(json->key, 100));
	return error_at(err, STATUS_INVALID, json->line, json->column, "\"%.*s\" is %s, expected %s", STR_ARG(buf_str(&key)),
			json_type_name(json->type), expected);
}

/* A pattern behind '!' takes names out of the others. */
bool lockfile_leaves_out(const struct tree *tree, const struct json *member, enum edge_type type)
{
	bool out = false;
	for (size_t i = 0; type == EDGE_OPTIONAL && i < tree->leaves_out.n; i++) {
		struct str pattern = tree->leaves_out.v[i];
		bool negated = str_starts_with(pattern, STR("!"));
		if (!glob_matches(str_from(pattern, negated), member->key))
			continue;
		if (negated)
			return false;
		out = true;
	}
	return out || (tree->leaves_out_links && str_starts_with(member->text, STR("link:")));
}

static bool add_request(struct reading *reading, const struct json *member, enum edge_type type)
{
	if (lockfile_leaves_out(reading->tree, member, type))
		return true;
	struct lockfile_request *request = vec_add(reading->arena, &reading->requests);
	if (!request)
		return false;
	*request = (struct lockfile_request){ .name = member->key, .spec = member->text, .type = type, .line = member->key_line };
	return true;
}

/* An empty list stands for no dependencies, as other tools write it. */
static enum status add_section(struct reading *reading, const struct json *manifest, const char *key, enum edge_type type)
{
	const struct json *section = json_find(manifest, key);
	if (!section || (!json_is(section, JSON_OBJECT) && section->count == 0 && !json_is(section, JSON_STRING)))
		return STATUS_OK;
	if (!json_is(section, JSON_OBJECT))
		return wrong_type(section, "an object", reading->err);
	json_each(member, section) {
		if (!json_is(member, JSON_STRING))
			return wrong_type(member, "a string (a version range)", reading->err);
		if (!add_request(reading, member, type))
			return error_memory(reading->err);
	}
	return STATUS_OK;
}

static void mark_optional_peers(struct reading *reading, const struct json *manifest)
{
	const struct json *meta = json_find(manifest, "peerDependenciesMeta");
	struct map *marked = json_is(meta, JSON_OBJECT) ? map_new(reading->arena, meta->count) : NULL;
	size_t found;
	json_each(member, marked ? meta : NULL)
		if (json_is(member, JSON_OBJECT) && json_is_true(member, "optional") && !map_set(marked, member->key, 1))
			return;
	for (size_t i = 0; marked && i < reading->requests.n; i++)
		reading->requests.v[i].optional_peer = reading->requests.v[i].type == EDGE_PEER && map_find(marked, reading->requests.v[i].name, &found);
}

static int compare_requests(const void *left, const void *right)
{
	static const int rank[] = {
		[EDGE_DEV] = 0, [EDGE_OPTIONAL] = 1, [EDGE_PROD] = 2, [EDGE_PEER] = 3, [EDGE_CONFIG] = 4,
	};
	const struct lockfile_request *a = left, *b = right;
	int order = str_compare(a->name, b->name);
	return order ? order : rank[a->type] - rank[b->type];
}

static enum status add_sections(struct reading *reading, const struct json *manifest)
{
	static const struct {
		const char *key;
		enum edge_type type;
	} sections[] = {
		{ "devDependencies", EDGE_DEV },
		{ "optionalDependencies", EDGE_OPTIONAL },
		{ "dependencies", EDGE_PROD },
		{ "peerDependencies", EDGE_PEER },
	};
	enum status status = STATUS_OK;
	for (size_t i = 0; !status && i < sizeof sections / sizeof *sections; i++)
		status = add_section(reading, manifest, sections[i].key, sections[i].type);
	if (!status)
		mark_optional_peers(reading, manifest);
	if (reading->requests.n)
		qsort(reading->requests.v, reading->requests.n, sizeof *reading->requests.v, compare_requests);
	return status;
}

/* ---- overrides ------------------------------------------------------------------------ */

/* "name", "@scope/name", "name@range". */
static void split_key(struct str key, struct lockfile_override *out)
{
	size_t at = str_find(str_from(key, 1), '@') + 1;
	out->name = str_head(key, at);
	out->range = at < key.n ? str_from(key, at + 1) : STR_NONE;
	if (str_starts_with(out->range, STR("npm:")))
		out->range = str_from(out->range, 4);
}

/* npm, pnpm: "$name" means what the project itself asks for under that name. */
static struct str dereference(const struct reading *reading, struct str spec)
{
	struct str name = str_from(spec, 1);
	if (!str_starts_with(spec, STR("$")))
		return spec;
	for (size_t i = 0; i < reading->requests.n; i++)
		if (str_equal(reading->requests.v[i].name, name))
			return reading->requests.v[i].spec;
	return spec;
}

static bool add_override(struct reading *reading, const struct json *value, struct lockfile_override override)
{
	struct lockfile_override *added;
	if (!json_is(value, JSON_STRING)) {
		reading->deep = true;
		return true;
	}
	override.spec = dereference(reading, value->text);
	override.line = value->key_line;
	override.file = reading->file;
	added = vec_add(reading->arena, &reading->overrides);
	if (added)
		*added = override;
	return added != NULL;
}

/* npm nests: {"a": "1"}, {"a": {".": "1", "b": "2"}}: b below a only. */
static bool add_nested(struct reading *reading, const struct json *member)
{
	struct lockfile_override outer = { 0 };
	split_key(member->key, &outer);
	if (!json_is(member, JSON_OBJECT))
		return add_override(reading, member, outer);
	json_each(inner, member) {
		struct lockfile_override override = outer;
		if (!str_equal_z(inner->key, ".")) {
			split_key(inner->key, &override);
			override.parent = outer.name;
			override.parent_range = outer.range;
			reading->deep |= outer.range.p != NULL; /* below some versions of it only: cannot be said here */
		}
		if (!add_override(reading, inner, override))
			return false;
	}
	return true;
}

/* Where the last name of "a/b" or "@s/a/@s/b" begins. */
static size_t last_name(struct str path)
{
	size_t slash = str_find_last(path, '/');
	if (slash == path.n)
		return 0;
	size_t above = str_find_last(str_head(path, slash), '/');
	size_t start = above == slash ? 0 : above + 1;
	return path.p[start] == '@' ? start : slash + 1;
}

/* yarn: "a", "**" and a name, "parent/a", "a@npm:^1". */
static bool add_resolution(struct reading *reading, const struct json *member)
{
	struct lockfile_override override = { 0 };
	size_t start = last_name(member->key);
	struct str above = str_head(member->key, start ? start - 1 : 0);
	split_key(str_from(member->key, start), &override);
	if (above.n && !str_equal_z(above, "**"))
		override.parent = above;
	return add_override(reading, member, override);
}

/* pnpm: "a", "a@^1", "parent>a", "parent@1>a". */
static bool add_arrowed(struct reading *reading, const struct json *member)
{
	struct lockfile_override override = { 0 }, parent = { 0 };
	size_t arrow = str_find_last(member->key, '>');
	/* ">" stands in ranges as well: "a@>=1". */
	bool nested = arrow < member->key.n && arrow > 0 && member->key.p[arrow - 1] != '@' && arrow + 1 < member->key.n &&
		      member->key.p[arrow + 1] != '=' && !ascii_is_digit((unsigned char)member->key.p[arrow + 1]);
	if (nested)
		split_key(str_head(member->key, arrow), &parent);
	split_key(nested ? str_from(member->key, arrow + 1) : member->key, &override);
	override.parent = parent.name;
	override.parent_range = parent.range;
	return add_override(reading, member, override);
}

/* Which of them each package manager reads, and how it spells them. */
static const struct source {
	const char *kind, *outer, *key;
	bool (*add)(struct reading *reading, const struct json *member);
} sources[] = {
	{ "npm", NULL, "overrides", add_nested },         { "bun", NULL, "overrides", add_nested },
	{ "bun", NULL, "resolutions", add_resolution },   { "yarn", NULL, "resolutions", add_resolution },
	{ "berry", NULL, "resolutions", add_resolution }, { "pnpm", NULL, "resolutions", add_arrowed },
	{ "pnpm", "pnpm", "overrides", add_arrowed },
};

static enum status add_overrides(struct reading *reading, const struct json *manifest)
{
	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++) {
		const struct source *source = &sources[i];
		const struct json *outer = source->outer ? json_find(manifest, source->outer) : manifest;
		const struct json *overrides = json_is(outer, JSON_OBJECT) ? json_find(outer, source->key) : NULL;
		if (strcmp(reading->tree->format, source->kind) != 0 || !json_is(overrides, JSON_OBJECT))
			continue;
		json_each(member, overrides)
			if (!source->add(reading, member))
				return error_memory(reading->err);
	}
	return STATUS_OK;
}

/* ---- catalogs, and settings files ------------------------------------------------------------ */

static const struct json *first_member(const struct json *object)
{
	return object && object->type == JSON_OBJECT ? object->child : NULL;
}

static enum status add_catalog(struct reading *reading, struct str catalog, const struct json *entries)
{
	for (const struct json *entry = first_member(entries); entry; entry = entry->next) {
		if (!json_is(entry, JSON_STRING))
			return wrong_type(entry, "a string (a version range)", reading->err);
		struct lockfile_override *added = vec_add(reading->arena, &reading->catalogs);
		if (!added)
			return error_memory(reading->err);
		*added = (struct lockfile_override){ .parent = catalog, .name = entry->key, .spec = entry->text, .line = entry->key_line };
	}
	return STATUS_OK;
}

/* `catalog` and `catalogs`: the same words in pnpm-workspace.yaml, .yarnrc.yml and, for bun, package.json. */
static enum status add_catalogs(struct reading *reading, const struct json *settings)
{
	const struct json *named = json_is(settings, JSON_OBJECT) ? json_find(settings, "catalogs") : NULL;
	const struct json *plain = json_is(settings, JSON_OBJECT) ? json_find(settings, "catalog") : NULL;
	enum status status = add_catalog(reading, STR("default"), plain);
	for (const struct json *catalog = first_member(named); catalog && !status; catalog = catalog->next)
		status = add_catalog(reading, catalog->key, catalog);
	return status;
}

static enum status read_yaml(struct reading *reading, const char *path, const struct json **out)
{
	struct str text;
	struct json *documents;
	enum status status = file_read(path, LIMIT_MANIFEST_BYTES, reading->arena, &text, reading->err);
	if (status)
		return status;
	status = yaml_parse(text, YAML_ALL_TEXT, reading->arena, &documents, reading->err);
	if (status)
		return error_wrap(reading->err, "%s", path);
	*out = documents->child;
	return STATUS_OK;
}

static enum status add_settings(struct reading *reading, const char *name)
{
	const char *top = reading->tree->folder, *path = path_join(reading->arena, top, name);
	const struct json *settings = NULL;
	if (!path)
		return error_memory(reading->err);
	enum status status = is_beneath(top, path) ? read_yaml(reading, path, &settings) : STATUS_OK;
	if (status || (status = add_catalogs(reading, settings)) || strcmp(reading->tree->format, "pnpm") != 0)
		return status;
	const struct json *overrides = json_is(settings, JSON_OBJECT) ? json_find(settings, "overrides") : NULL;
	reading->file = name;
	for (const struct json *member = first_member(overrides); member; member = member->next)
		if (!add_arrowed(reading, member))
			return error_memory(reading->err);
	return STATUS_OK;
}

/* Beside package.json the package managers have files of their own for what concerns the whole project. */
static enum status add_project(struct reading *reading, const struct json *manifest)
{
	const char *format = reading->tree->format;
	reading->file = "package.json";
	enum status status = add_overrides(reading, manifest);
	if (!status && strcmp(format, "bun") == 0) {
		status = add_catalogs(reading, manifest);
		if (!status)
			status = add_catalogs(reading, json_find(manifest, "workspaces"));
	}
	if (!status && strcmp(format, "pnpm") == 0)
		status = add_settings(reading, "pnpm-workspace.yaml");
	if (!status && strcmp(format, "berry") == 0)
		status = add_settings(reading, ".yarnrc.yml");
	return status;
}

static int compare_overrides(const void *left, const void *right)
{
	const struct lockfile_override *a = left, *b = right;
	int order = str_compare(a->name, b->name);
	return order ? order : (a->line > b->line) - (a->line < b->line);
}

static void sort_overrides(struct lockfile_override *overrides, size_t count)
{
	if (count)
		qsort(overrides, count, sizeof *overrides, compare_overrides);
}

enum status lockfile_read_manifest(const struct tree *tree, struct str folder, struct arena *arena, struct lockfile_manifest *out, struct error *err)
{
	struct reading reading = { .tree = tree, .arena = arena, .err = err };
	const char *path = NULL;
	struct json *manifest;
	size_t duplicates = 0;
	enum status status = find_folder(&reading, folder, &path);
	if (status || (status = manifest_read(path, arena, &manifest, &duplicates, err)))
		return status;
	status = add_sections(&reading, manifest);
	if (status)
		return error_wrap(err, "%s/package.json", path);
	if (folder.n == 0 && (status = add_project(&reading, manifest)))
		return status;
	sort_overrides(reading.overrides.v, reading.overrides.n);
	sort_overrides(reading.catalogs.v, reading.catalogs.n);
	*out = (struct lockfile_manifest){
		.requests = reading.requests.v,
		.request_count = reading.requests.n,
		.overrides = reading.overrides.v,
		.override_count = reading.overrides.n,
		.deep_overrides = reading.deep,
		.catalogs = reading.catalogs.v,
		.catalog_count = reading.catalogs.n,
		.workspaces = folder.n ? NULL : json_find(manifest, "workspaces"),
	};
	return STATUS_OK;
}

enum status lockfile_find_workspaces(const struct tree *tree, const struct lockfile_manifest *root, struct arena *arena, struct str **folders,
				     size_t *count, struct error *err)
{
	static const char *const kinds[] = { "npm", "berry", "bun" };
	struct workspace_list list = { 0 };
	enum status status = STATUS_OK;
	bool listed = false;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		listed |= strcmp(tree->format, kinds[i]) == 0;
	if (listed && root->workspaces && root->workspaces->type != JSON_NULL)
		status = workspaces_find(tree->folder, root->workspaces, arena, &list, err);
	if (status)
		return status;
	*folders = list.folders.v;
	*count = list.folders.n;
	return STATUS_OK;
}
