/*
 * yarn classic: yarn.lock of yarn 1. An entry stands for the descriptors before it; which packages the project itself asks for, and as what,
 * only its package.json files say.
 */
#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/workspaces.h"
#include "lockfile/yarn.h"

/* Beside each package, by its number. */
struct entry {
	const struct json *members; /* the lockfile's, or a package.json */
	const char *file;           /* of a package.json: its path, for errors */
};

struct reader {
	struct yarn_reader yarn;
	struct map *workspaces; /* by name */
	VEC(struct entry) entries;
};

static struct package *add_package(struct reader *reader, struct str id, struct entry what)
{
	struct package *package = tree_add_package(reader->yarn.tree, id, reader->yarn.err);
	struct entry *entry = package ? vec_add(reader->yarn.scratch, &reader->entries) : NULL;
	if (!entry) {
		if (package)
			error_memory(reader->yarn.err);
		return NULL;
	}
	*entry = what;
	return package;
}

/* ---- where an entry comes from ------------------------------------------------------------- */

/* A version range or a tag, as the registry knows them. */
static bool is_plain(struct str range)
{
	return str_find(range, '/') == range.n && str_find(range, ':') == range.n;
}

static enum status set_link(struct reader *reader, const struct json *key, struct str path, struct package *package)
{
	package->kind = PACKAGE_LINK;
	package->version = STR("");
	package->link = npm_normalize_path(reader->yarn.tree->arena, path);
	return package->link.p ? STATUS_OK
			       : refuse(reader->yarn.err, key, path, "is an absolute path, expected a relative one");
}

static enum status set_source(struct reader *reader, const struct json *key, struct str range, struct package *package)
{
	struct str real;
	bool plain = is_plain(range) || yarn_alias_target(range, &real);
	if (str_starts_with(range, STR("link:")))
		return set_link(reader, key, str_from(range, strlen("link:")), package);
	/* A folder, or what was asked for by URL and was not given one of its own. */
	if (!package->resolved.n && !plain)
		package->resolved = range;
	package->kind = lockfile_resolved_kind(package->resolved);
	/* An offline mirror's file is the registry's tarball all the same. */
	if (plain && is_plain(package->resolved) && package->kind != PACKAGE_GIT)
		package->kind = PACKAGE_REGISTRY;
	return STATUS_OK;
}

/* Before there was an integrity, the SHA-1 stood behind the URL. It is as good as "sha1-…", and checked by yarn like that. */
static struct str fragment_integrity(struct arena *arena, struct str resolved)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	struct str hex = str_from(resolved, str_find(resolved, '#') + 1);
	unsigned char sha1[21] = { 0 }; /* and a byte to fill the last group */
	for (size_t i = 0; i < hex.n; i++) {
		int digit = ascii_hex_value((unsigned char)hex.p[i]);
		if (hex.n != 40 || digit < 0)
			return STR_NONE;
		sha1[i / 2] = (unsigned char)(sha1[i / 2] << 4 | digit);
	}
	char text[29] = { 0 };
	for (size_t i = 0; i < 7; i++) {
		unsigned group = (unsigned)sha1[3 * i] << 16 | (unsigned)sha1[3 * i + 1] << 8 | sha1[3 * i + 2];
		for (size_t k = 0; k < 4; k++)
			text[4 * i + k] = digits[group >> (18 - 6 * k) & 63];
	}
	text[27] = '=';
	return hex.n ? arena_printf(arena, "sha1-%s", text) : STR_NONE;
}

/* ---- entries ----------------------------------------------------------------------------------- */

/* Another source may give the same name and version: then the descriptor tells them apart. */
static struct str id_of(struct reader *reader, struct str name, struct str version, struct str descriptor)
{
	struct tree *tree = reader->yarn.tree;
	struct str id = arena_printf(tree->arena, "%.*s@%.*s", STR_ARG(name), STR_ARG(version));
	if (!id.p || tree_find(tree, id) == TREE_NONE)
		return id;
	return arena_printf(tree->arena, "%.*s(%.*s)", STR_ARG(id), STR_ARG(descriptor));
}

static enum status add_entry_package(struct reader *reader, const struct json *key, const struct json *members,
				     struct str name, struct str range)
{
	struct str version = json_find_text(members, "version");
	struct str id = id_of(reader, name, version, key->text);
	struct package *package = id.p ? add_package(reader, id, (struct entry){ members, NULL }) : NULL;
	if (!package)
		return id.p ? error_wrap(reader->yarn.err, "line %u", key->line) : error_memory(reader->yarn.err);
	package->name = name;
	package->version = version;
	package->line = key->line;
	package->resolved = json_find_text(members, "resolved");
	package->integrity = json_find_text(members, "integrity");
	enum status status = set_source(reader, key, range, package);
	/* Behind a git URL stands a commit. */
	if (!package->integrity.p && package->kind != PACKAGE_GIT)
		package->integrity = fragment_integrity(reader->yarn.tree->arena, package->resolved);
	return status;
}

/* One package for each real name: several names for one tarball are several packages, whatever they hold. */
static enum status add_descriptor(struct reader *reader, const struct json *key, const struct json *members,
				  uint32_t first)
{
	struct tree *tree = reader->yarn.tree;
	struct str asked, range, real;
	yarn_split(key->text, &asked, &range);
	real = asked;
	yarn_alias_target(range, &real);
	struct yarn_name *known = yarn_name_of(&reader->yarn, real);
	if (!known)
		return error_memory(reader->yarn.err);
	bool new = known->owner != first + 1;
	if (new && tree->package_count - first >= LIMIT_YARN_NAMES)
		return error_at(reader->yarn.err, STATUS_LIMIT, key->line, key->column,
				"one entry for more than %d packages", LIMIT_YARN_NAMES);
	enum status status = new ? add_entry_package(reader, key, members, real, range) : STATUS_OK;
	if (status)
		return status;
	if (new) {
		known->owner = first + 1;
		known->package = tree->package_count - 1;
	}
	struct package *package = &tree->packages[known->package];
	if (new && !str_equal(asked, real))
		package->alias = asked;
	else if (package->alias.p && !str_equal(package->alias, asked))
		package->alias = STR_NONE;
	return yarn_add_descriptor(&reader->yarn, key, key->text, known->package);
}

static enum status check_entry(struct reader *reader, const struct json *key, const struct json *members)
{
	static const char *const texts[] = { "version", "resolved", "integrity" };
	static const char *const objects[] = { "dependencies", "optionalDependencies" };
	enum status status = STATUS_OK;
	if (!json_find(members, "version"))
		return refuse(reader->yarn.err, key, key->text, "has no version");
	for (size_t i = 0; !status && i < sizeof texts / sizeof *texts; i++)
		status = require_type(reader->yarn.err, json_find(members, texts[i]), JSON_STRING, texts[i]);
	for (size_t i = 0; !status && i < sizeof objects / sizeof *objects; i++)
		status = require_type(reader->yarn.err, json_find(members, objects[i]), JSON_OBJECT, objects[i]);
	return status;
}

static enum status add_entries(struct reader *reader, const struct json *entries)
{
	json_each(pair, entries)
	{
		const struct json *keys = pair->child, *members = keys->next;
		uint32_t first = reader->yarn.tree->package_count;
		enum status status = check_entry(reader, keys->child, members);
		for (const struct json *key = keys->child; key && !status; key = key->next)
			status = add_descriptor(reader, key, members, first);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- the root and the workspaces ------------------------------------------------------------------ */

static enum status add_own(struct reader *reader, struct str folder, const struct json *manifest)
{
	struct tree *tree = reader->yarn.tree;
	struct str file = arena_printf(tree->arena, "%.*s%spackage.json", STR_ARG(folder), folder.n ? "/" : "");
	struct package *package = file.p ? add_package(reader, folder, (struct entry){ manifest, file.p }) : NULL;
	if (!package)
		return file.p ? reader->yarn.err->status : error_memory(reader->yarn.err);
	package->kind = folder.n ? PACKAGE_WORKSPACE : PACKAGE_ROOT;
	package->folder = folder.n ? folder : STR_NONE;
	package->name = json_find_text(manifest, "name");
	package->version = json_find_text(manifest, "version");
	if (!folder.n)
		return STATUS_OK;
	uint32_t number = tree->package_count - 1;
	size_t before;
	if (!package->name.n)
		package->name = npm_folder_name(folder);
	struct str spec = arena_printf(tree->arena, "workspace:%.*s", STR_ARG(folder));
	bool fine = spec.p && tree_add_edge(tree, (struct edge){ 0, number, package->name, spec, EDGE_WORKSPACE }) &&
		    (map_find(reader->workspaces, package->name, &before) ||
		     map_set(reader->workspaces, package->name, number));
	return fine ? STATUS_OK : error_memory(reader->yarn.err);
}

static enum status add_workspaces(struct reader *reader)
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

/* ---- edges ------------------------------------------------------------------------------------------ */

/* The section read first wins a name that stands in several. */
static const struct section {
	const char *key;
	enum edge_type type;
	bool own;      /* only package.json files have it */
	bool required; /* no entry is an error */
} sections[] = {
	{ "optionalDependencies", EDGE_OPTIONAL, false, false },
	{ "dependencies", EDGE_PROD, false, true },
	{ "devDependencies", EDGE_DEV, true, true },
	{ "peerDependencies", EDGE_PEER, true, false },
};

static uint32_t find_resolved(struct reader *reader, const struct package *from, const struct json *spec, bool deep)
{
	const struct yarn_resolution *one = NULL;
	while ((one = yarn_next_resolution(&reader->yarn, one, from, spec->key, spec->text))) {
		uint32_t found = one->deep == deep ? yarn_find(&reader->yarn, spec->key, "@", one->value) : TREE_NONE;
		if (found != TREE_NONE)
			return found;
	}
	return TREE_NONE;
}

/* A path, which a workspace may write from where it lies and the lockfile from the root, with "./" or without. */
static uint32_t find_path(struct reader *reader, const struct package *from, const struct json *spec)
{
	static const char *const forms[] = { "@file:./", "@file:", "@link:./", "@link:" };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	bool link = str_starts_with(spec->text, STR("link:")), file = str_starts_with(spec->text, STR("file:"));
	if (!scratch || !package_is_own(from) || (!link && !file && !str_starts_with(spec->text, STR("."))))
		return TREE_NONE;
	struct str path = str_from(spec->text, link || file ? strlen("file:") : 0);
	path = arena_printf(scratch, "%.*s/%.*s", STR_ARG(from->folder.n ? from->folder : STR(".")), STR_ARG(path));
	path = path.p ? npm_normalize_path(scratch, path) : STR_NONE;
	for (size_t i = link ? 2 : 0; path.p && i < (link ? 4 : 2); i++) {
		uint32_t found = yarn_find(&reader->yarn, spec->key, forms[i], path);
		if (found != TREE_NONE)
			return found;
	}
	return TREE_NONE;
}

static uint32_t resolve(struct reader *reader, const struct package *from, const struct json *spec)
{
	size_t workspace;
	uint32_t found = find_resolved(reader, from, spec, false);
	if (found == TREE_NONE)
		found = yarn_find(&reader->yarn, spec->key, "@", spec->text);
	if (found == TREE_NONE && !spec->text.n)
		found = yarn_find(&reader->yarn, spec->key, "", STR(""));
	if (found == TREE_NONE)
		found = find_path(reader, from, spec);
	/* What a workspace provides has no entry. */
	if (found == TREE_NONE && map_find(reader->workspaces, spec->key, &workspace))
		found = (uint32_t)workspace;
	return found != TREE_NONE ? found : find_resolved(reader, from, spec, true);
}

static enum status unresolved(struct reader *reader, const struct entry *entry, const struct package *from,
			      const struct json *spec)
{
	struct error *err = reader->yarn.err;
	refuse_unresolved(err, spec, from->id);
	if (entry->file)
		return error_wrap(err, "%s", entry->file);
	if (!reader->yarn.manifest)
		error_hint(err,
			   "it may be one of the package.json's resolutions: scan the folder that holds both files");
	return STATUS_INVALID;
}

static enum status add_edge(struct reader *reader, uint32_t number, const struct section *section,
			    const struct json *spec)
{
	struct tree *tree = reader->yarn.tree;
	const struct package *from = &tree->packages[number];
	struct yarn_name *name = yarn_name_of(&reader->yarn, spec->key);
	if (!name)
		return error_memory(reader->yarn.err);
	if (name->asked_by == number + 1)
		return STATUS_OK;
	name->asked_by = number + 1;
	uint32_t to = resolve(reader, from, spec);
	if (to == TREE_NONE && section->required)
		return unresolved(reader, &reader->entries.v[number], from, spec);
	/* The root has an edge of its own kind to each workspace. */
	if (number == 0 && to != TREE_NONE && tree->packages[to].kind == PACKAGE_WORKSPACE)
		return STATUS_OK;
	bool optional_peer = section->type == EDGE_PEER && yarn_marks(name, number) & YARN_OPTIONAL_PEER;
	struct edge edge = { number, to, spec->key, spec->text, optional_peer ? EDGE_PEER_OPTIONAL : section->type };
	return tree_add_edge(tree, edge) ? STATUS_OK : error_memory(reader->yarn.err);
}

static enum status add_edges(struct reader *reader)
{
	for (uint32_t i = 0; i < reader->yarn.tree->package_count; i++) {
		const struct entry *entry = &reader->entries.v[i];
		enum status status = STATUS_OK;
		if (entry->file && !yarn_mark_optional(&reader->yarn, json_find(entry->members, "peerDependenciesMeta"),
						       i, YARN_OPTIONAL_PEER))
			status = error_memory(reader->yarn.err);
		for (size_t k = 0; !status && k < sizeof sections / sizeof *sections; k++) {
			if (sections[k].own && !entry->file)
				continue;
			const struct json *section = json_find(entry->members, sections[k].key);
			for (const struct json *spec = section ? section->child : NULL; spec && !status;
			     spec = spec->next)
				status = add_edge(reader, i, &sections[k], spec);
		}
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- the document -------------------------------------------------------------------------------------- */

static enum status read_document(struct reader *reader)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct json *entries;
	enum status status = yarn_text_parse(yarn->source->text, yarn->tree->arena, &entries, yarn->err);
	if (status || (status = yarn_open(yarn)))
		return status;
	reader->workspaces = map_new(yarn->scratch, 8);
	if (!reader->workspaces)
		return error_memory(yarn->err);
	if (!tree_reserve(yarn->tree, (size_t)entries->count + 1) || !map_reserve(yarn->descriptors, entries->count))
		return error_memory(yarn->err);
	yarn->tree->root_known = yarn->tree->scopes_known = yarn->manifest != NULL;
	if ((status = add_own(reader, STR(""), yarn->manifest)) || (status = add_workspaces(reader)) ||
	    (status = add_entries(reader, entries)))
		return status;
	return add_edges(reader);
}

static enum status read_classic(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	struct reader reader = { .yarn = { .source = source, .tree = tree, .err = err } };
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
	.override_words = &(const struct override_words){ .file = "package.json", .open = "\"resolutions\": { ", .close = " }",
		.before_parent = "\"**/", .before_name = "/", .after_version = "\"" },
	.matches = is_classic,
	.read = read_classic,
};
