/*
 * bun: bun.lock, the text form, versions 0, 1 and 2 (bun checks more in later ones; what is read here is the same). JSON
 * with comments and trailing commas: `workspaces` repeats what each package.json asks for, `packages` has a tuple for
 * each place where something is installed. Its first element is name@version or name@source, and the source says what
 * the other elements are. (The tuples: bun's src/install/lockfile/bun.lock.zig.)
 */
#include "lockfile/bins.h"
#include "assay/limits.h"
#include "lockfile/bun.h"
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"

enum { PACKAGE_BYTES = 240, MANY = 1000 };

/* ---- one tuple ------------------------------------------------------------------------ */

struct tuple {
	struct str name, source; /* of the first element, apart */
	struct str url;          /* a registry's package: where it comes from, empty for the default registry */
	struct str integrity;
	const struct json *info;
};

static const struct json *element(const struct json *tuple, unsigned i)
{
	const struct json *item = tuple->child;
	while (item && i--)
		item = item->next;
	return item;
}

/* Behind the element `info`: an SRI, with a git tag before it where the source is git's. */
static struct str find_integrity(const struct json *info)
{
	for (const struct json *item = info ? info->next : NULL; item; item = item->next) {
		struct str text = json_text(item);
		if (str_starts_with(text, STR("sha")) && str_find(text, '-') < text.n)
			return text;
	}
	return STR_NONE;
}

static enum status read_tuple(struct bun_reader *reader, const struct json *entry, struct tuple *out)
{
	const struct json *first = json_is(entry, JSON_ARRAY) ? entry->child : NULL;
	struct str text = json_text(first);
	size_t at = text.n ? 1 + str_find(str_from(text, 1), '@') : 0; /* a scope's own '@' leads */
	if (!first || at == 0 || at + 1 >= text.n)
		return refuse(reader->err, entry, entry->key, "is no package: expected [\"name@version\", ...]");
	struct tuple tuple = { .name = str_head(text, at), .source = str_from(text, at + 1) };
	const struct json *second = element(entry, 1);
	tuple.url = json_text(second);
	tuple.info = json_is(second, JSON_STRING) ? element(entry, 2) : second;
	if (tuple.info && !json_is(tuple.info, JSON_OBJECT))
		return refuse(reader->err, entry, entry->key, "is no package: its dependencies are not where they are expected");
	/* Cut short, an entry would lose its dependencies. */
	if (json_is(second, JSON_STRING) && !tuple.info)
		return refuse(reader->err, entry, entry->key, "is no package: it ends behind the registry");
	tuple.integrity = find_integrity(tuple.info);
	*out = tuple;
	return STATUS_OK;
}

enum status bun_find_info(struct bun_reader *reader, const struct json *entry, const struct json **out)
{
	struct tuple tuple = { 0 };
	enum status status = read_tuple(reader, entry, &tuple);
	*out = tuple.info;
	return status;
}

/* ---- packages ------------------------------------------------------------------------- */

static struct package *add_package(struct bun_reader *reader, struct str id, uint32_t hash, const struct json *at, uint32_t place)
{
	struct package *package = tree_add_hashed(reader->tree, id, hash, reader->err);
	uint32_t *stand = package ? vec_add(reader->scratch, &reader->stands) : NULL;
	bool *plain = stand ? vec_add(reader->scratch, &reader->plain) : NULL;
	if (package && !plain)
		error_memory(reader->err);
	if (!plain)
		return NULL;
	*stand = place;
	*plain = false;
	package->line = at->key_line;
	return package;
}

static bool is_bound(const struct bun_info *info)
{
	for (enum bun_member i = BUN_OS; i <= BUN_LIBC; i++) {
		const struct json *member = info->member[i];
		if (json_is(member, JSON_STRING) || (json_is(member, JSON_ARRAY) && member->count))
			return true;
	}
	return false;
}

/* A tarball's URL in a registry's form tells the version, which the tuple then does not. */
static void set_source(struct bun_reader *reader, const struct tuple *tuple, struct package *package)
{
	struct str name, version;
	if (json_is(tuple->info, JSON_OBJECT) && tuple->url.p) {
		package->version = tuple->source;
		package->resolved = tuple->url.n ? tuple->url : STR_NONE;
		/* A bare registry's address in place of a tarball's is one as well. */
		if (str_ends_with(tuple->url, STR(".tgz")))
			package->kind = lockfile_resolved_kind(tuple->url);
		return;
	}
	package->version = STR("");
	package->resolved = tuple->source;
	package->kind = lockfile_resolved_kind(tuple->source);
	if (package->kind == PACKAGE_REGISTRY && lockfile_parse_registry_url(tuple->source, reader->tree->arena, &name, &version))
		package->version = version;
}

static enum status set_link(struct bun_reader *reader, const struct json *entry, struct str path, struct package *package)
{
	package->kind = PACKAGE_LINK;
	package->version = STR("");
	package->link = npm_normalize_path(reader->tree->arena, path);
	/* `bun link` knows packages by their names: such a link leads out of the project. */
	return package->link.p ? STATUS_OK : refuse(reader->err, entry, path, "is an absolute path, expected a relative one");
}

static enum status add_installed(struct bun_reader *reader, const struct json *json, const struct tuple *tuple, struct package *package)
{
	struct str installed = reader->plain.v[reader->plain.n - 1] ? json->key : bun_installed_name(json->key);
	struct bun_info info = bun_read_info(tuple->info);
	uint32_t number = reader->tree->package_count - 1;
	package->name = tuple->name;
	reader->tree->sound_names += reader->tree->sound_names == number && !package_name_problem(tuple->name); /* while it is at hand */
	if (!str_equal(installed, tuple->name))
		package->alias = installed;
	package->integrity = tuple->integrity;
	package->bundled = json_is(info.member[BUN_BUNDLED], JSON_TRUE);
	package->platform = is_bound(&info);
	if (str_starts_with(tuple->source, STR("link:"))) {
		enum status status = set_link(reader, json, str_from(tuple->source, strlen("link:")), package);
		return status ? status : bun_add_edges(reader, number, &info);
	}
	set_source(reader, tuple, package);
	if (!lockfile_add_bins(reader->tree, info.member[BUN_BIN]))
		return error_memory(reader->err);
	return bun_add_edges(reader, number, &info);
}

/* What `workspaces` has listed already: the key only says under which name it is found. */
static enum status bind_own(struct bun_reader *reader, const struct json *json, struct str path, uint32_t place)
{
	uint32_t own = reader->all_places.v[place].package = tree_find(reader->tree, path);
	if (own == TREE_NONE)
		return refuse(reader->err, json, path, "is not listed in \"workspaces\"");
	return STATUS_OK;
}

/* A key and its place are one to one. */
static enum status refuse_twice(struct bun_reader *reader, const struct json *json, uint32_t first)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(1024);
	buf_add_visible(&key, str_head(json->key, 100));
	return error_at(reader->err, STATUS_INVALID, json->key_line, json->key_column,
			"the key \"%.*s\" stands twice in one object, first in line %u", STR_ARG(buf_str(&key)), reader->tree->packages[first].line);
}

/* A workspace's path and a package's key may be the same text; the later one then says its version too. */
static struct str id_of(struct bun_reader *reader, struct str key, const struct tuple *tuple)
{
	if (tree_find(reader->tree, key) == TREE_NONE)
		return key;
	return arena_printf(reader->tree->arena, "%.*s@%.*s", STR_ARG(key), STR_ARG(tuple->source));
}

/* Where others stand inside it, or it inside others. */
static enum status add_placed(struct bun_reader *reader, const struct json *json, const struct tuple *tuple)
{
	uint32_t place;
	enum status status = bun_place_of(reader, json, json->key, &place);
	if (status)
		return status;
	if (reader->all_places.v[place].package != TREE_NONE)
		return refuse_twice(reader, json, reader->all_places.v[place].package);
	if (str_starts_with(tuple->source, STR("root:")))
		return bind_own(reader, json, STR(""), place);
	if (str_starts_with(tuple->source, STR("workspace:")))
		return bind_own(reader, json, str_from(tuple->source, strlen("workspace:")), place);
	struct str id = id_of(reader, json->key, tuple);
	if (!id.p)
		return error_memory(reader->err);
	struct package *package = add_package(reader, id, tree_hash_id(reader->tree, id), json, place);
	if (!package)
		return reader->err->status;
	reader->all_places.v[place].package = reader->tree->package_count - 1;
	return add_installed(reader, json, tuple, package);
}

/* Of nearly every edge the name is compared with an id: copies of those lie close together, while the keys lie all over the text. */
static struct package *add_plain(struct bun_reader *reader, const struct json *json)
{
	struct str id = arena_copy(reader->tree->arena, json->key);
	struct package *package = id.p ? add_package(reader, id, reader->key_hash, json, BUN_OUTERMOST) : NULL;
	if (!id.p)
		error_memory(reader->err);
	else if (package)
		reader->plain.v[reader->plain.n - 1] = true;
	return package;
}

static enum status add_entry(struct bun_reader *reader, const struct json *json)
{
	struct tuple tuple = { 0 };
	enum status status = read_tuple(reader, json, &tuple);
	if (status)
		return status;
	bool own = str_starts_with(tuple.source, STR("root:")) || str_starts_with(tuple.source, STR("workspace:"));
	if (own || !bun_is_plain(reader, json->key))
		return add_placed(reader, json, &tuple);
	struct package *package = add_plain(reader, json);
	return package ? add_installed(reader, json, &tuple, package) : reader->err->status;
}

/* ---- the root and the workspaces --------------------------------------------------------- */

static enum status add_workspace_edge(struct bun_reader *reader, uint32_t number)
{
	struct tree *tree = reader->tree;
	const struct package *package = &tree->packages[number];
	struct str spec = arena_printf(tree->arena, "workspace:%.*s", STR_ARG(package->folder));
	return spec.p && tree_add_edge(tree, (struct edge){ 0, number, package->name, spec, EDGE_WORKSPACE }) ? STATUS_OK : error_memory(reader->err);
}

static enum status add_own(struct bun_reader *reader, const struct json *workspace)
{
	enum status status = require_type(reader->err, workspace, JSON_OBJECT, "workspaces");
	if (!status && npm_location_problem(workspace->key))
		status = refuse(reader->err, workspace, workspace->key, "is no workspace: expected a path relative to the lockfile");
	if (status)
		return status;
	uint32_t hash = tree_hash_id(reader->tree, workspace->key);
	struct package *package = add_package(reader, workspace->key, hash, workspace, BUN_OUTERMOST);
	if (!package)
		return reader->err->status;
	uint32_t number = reader->tree->package_count - 1;
	package->kind = number ? PACKAGE_WORKSPACE : PACKAGE_ROOT;
	reader->tree->sound_names = number + 1; /* no registry is asked for it */
	package->folder = number ? workspace->key : STR_NONE;
	package->name = json_find_text(workspace, "name");
	package->version = json_find_text(workspace, "version");
	if (!number)
		return STATUS_OK;
	if (!package->name.n)
		package->name = npm_folder_name(workspace->key);
	/* Its own dependencies stand inside its name. */
	status = bun_place_of(reader, workspace, package->name, &reader->stands.v[number]);
	return status ? status : add_workspace_edge(reader, number);
}

static enum status add_own_edges(struct bun_reader *reader, uint32_t number, const struct json *own)
{
	struct bun_info info = bun_read_info(own);
	return bun_add_edges(reader, number, &info);
}

/* The root first, wherever it stands; their edges behind those that lead to them. */
static enum status add_all_own(struct bun_reader *reader, const struct json *workspaces)
{
	const struct json *root = json_find(workspaces, "");
	uint32_t number = 0;
	if (!root)
		return refuse(reader->err, workspaces, STR("workspaces"), "does not list the root (\"\")");
	enum status status = add_own(reader, root);
	for (const struct json *one = workspaces->child; one && !status; one = one->next)
		if (one != root)
			status = add_own(reader, one);
	if (!status)
		status = add_own_edges(reader, number++, root);
	for (const struct json *one = workspaces->child; one && !status; one = one->next)
		if (one != root)
			status = add_own_edges(reader, number++, one);
	return status;
}

/* ---- the document ------------------------------------------------------------------------- */

static enum status check_version(const struct json *document, struct tree *tree, struct error *err)
{
	const struct json *version = json_find(document, "lockfileVersion");
	uint64_t number;
	if (!version || !json_is(version, JSON_NUMBER))
		return refuse(err, version ? version : document, STR("lockfileVersion"), "is no number or not there; expected 0, 1 or 2");
	if (!json_to_u64(version, &number) || number > 2) {
		CLEANUP(buf_fini) struct buf shown = BUF_INIT(256);
		buf_add_visible(&shown, str_head(version->text, 40));
		error_at(err, STATUS_UNSUPPORTED, version->line, version->column, "\"lockfileVersion\" is %.*s; 0, 1 and 2 are known",
			 STR_ARG(buf_str(&shown)));
		error_hint(err, "a newer bun may have written it: update assay");
		return STATUS_UNSUPPORTED;
	}
	tree->format_version = version->text;
	return STATUS_OK;
}

static enum status get_object(const struct json *document, const char *key, const struct json **out, struct error *err)
{
	const struct json *found = json_find(document, key);
	*out = found;
	if (!found)
		return refuse(err, document, str_of(key), "is not there; expected an object");
	return require_type(err, found, JSON_OBJECT, key);
}

/* Room for all of them, by what a package takes in the files that bun writes: to grow step by step would touch twice the memory. */
static bool reserve(struct bun_reader *reader)
{
	size_t packages = reader->source->text.n / PACKAGE_BYTES, edges = 3 * packages;
	return packages < MANY || (tree_reserve(reader->tree, packages) && tree_reserve_edges(reader->tree, edges) &&
				   vec_reserve(reader->scratch, &reader->stands, packages) && vec_reserve(reader->scratch, &reader->plain, packages));
}

/* What comes before the packages. */
static enum status begin(struct bun_reader *reader, const struct json *document)
{
	enum status status = require_type(reader->err, document, JSON_OBJECT, "the lockfile");
	if (status || (status = check_version(document, reader->tree, reader->err)) ||
	    (status = get_object(document, "workspaces", &reader->workspaces, reader->err)))
		return status;
	if (!reserve(reader))
		return error_memory(reader->err);
	return add_all_own(reader, reader->workspaces);
}

static void expect(void *context, struct str key)
{
	struct bun_reader *reader = context;
	reader->key_hash = tree_hash_id(reader->tree, key);
	map_expect(reader->name_numbers, reader->key_hash);
}

/* One of `packages`. */
static enum status take(void *context, const struct json *document, const struct json *entry)
{
	struct bun_reader *reader = context;
	if (reader->workspaces)
		return add_entry(reader, entry);
	reader->late |= !json_find(document, "lockfileVersion") || !json_find(document, "workspaces");
	if (reader->late)
		return STATUS_OK;
	enum status status = begin(reader, document);
	return status ? status : add_entry(reader, entry);
}

/* A document that bun did not write in this order: what was passed over is read again. */
static enum status read_late(struct bun_reader *reader, const struct json **document)
{
	struct json *whole;
	enum status status = json_parse(reader->source->text, JSON_RELAXED | JSON_UNIQUE_KEYS, reader->tree->arena, &whole, NULL, reader->err);
	reader->late = false;
	for (const struct json *entry = status ? NULL : json_find(whole, "packages")->child; entry && !status; entry = entry->next) {
		expect(reader, entry->key);
		status = take(reader, whole, entry);
	}
	*document = whole;
	return status;
}

static enum status read_document(struct bun_reader *reader)
{
	const struct json_taker taker = { "packages", expect, take, reader };
	const struct json *packages, *document;
	struct json *rest;
	enum status status = json_parse_taking(reader->source->text, JSON_RELAXED | JSON_UNIQUE_KEYS, reader->tree->arena, &taker, &rest, reader->err);
	document = rest;
	if (!status && reader->late)
		status = read_late(reader, &document);
	if (!status && !reader->workspaces)
		status = begin(reader, document);
	if (!status)
		status = get_object(document, "packages", &packages, reader->err);
	return status ? status : bun_resolve_edges(reader);
}

static enum status read_bun(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct bun_reader reader = { .source = source, .tree = tree, .err = err, .scratch = scratch };
	if (!scratch || !bun_places_init(&reader))
		return error_memory(err);
	return read_document(&reader);
}

const struct lockfile_format bun_format = {
	.kind = "bun",
	.file_names = (const char *const[]){ "bun.lock", NULL },
	.install_command = "bun add",
	.unknown = (const char *const[]){ "license", "deprecated", "install_script", NULL },
	.update_command = "bun update",
	/* It knows no nested ones, and no ranges. */
	.override_words = &(const struct override_words){ .file = "package.json", .open = "\"overrides\": { ", .close = " }" },
	.read = read_bun,
};
