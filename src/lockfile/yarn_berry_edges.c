/*
 * Which package each dependency in yarn berry's lockfile is. What an entry asks for is looked up as yarn itself would turn it into a
 * descriptor: the root's resolutions, catalogs, the protocol that goes without saying, the patches that yarn applies by itself, and for
 * relative paths the workspace that they are relative to.
 */
#include "assay/limits.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/yaml.h"
#include "lockfile/yarn_berry.h"

/* ---- descriptors ------------------------------------------------------------------------------- */

static struct str without_npm(struct str range)
{
	return str_starts_with(range, STR("npm:")) ? str_from(range, strlen("npm:")) : range;
}

/* "npm:^1" is what a package.json calls "^1"; "npm:real@^1" is the same there. */
static struct str as_in_manifest(struct str range)
{
	struct str name, version, plain = without_npm(range);
	yarn_split(plain, &name, &version);
	return version.n ? range : plain;
}

/* Without bindings, decoded, and without the protocol that goes without saying: patches are written in all these ways. */
static struct str loosened(struct arena *arena, struct str descriptor)
{
	static const char protocol[] = "@npm:";
	struct str decoded = percent_decode(arena, str_head(descriptor, str_find_str(descriptor, STR("::"))));
	struct str rest = decoded;
	char *out = decoded.p ? arena_alloc(arena, decoded.n + 1) : NULL, *at = out;
	while (out && rest.n) {
		size_t upto = str_find_str(rest, str_of(protocol));
		size_t kept = upto < rest.n ? upto + 1 : rest.n; /* with the '@' */
		memcpy(at, rest.p, kept);
		at += kept;
		rest = str_from(rest, upto < rest.n ? upto + strlen(protocol) : rest.n);
	}
	return (struct str){ out, out ? (size_t)(at - out) : 0 };
}

/* "typescript@patch:typescript@npm%3A^5.0.0#optional!builtin<compat/typescript>": what the patch is for. */
static bool add_patched(struct berry_reader *reader, struct str range, uint32_t package)
{
	struct arena *scratch = reader->yarn.scratch;
	struct str name, source, rest = str_from(range, strlen("patch:"));
	size_t hash = str_find(rest, '#');
	if (!str_starts_with(range, STR("patch:")) || str_find_str(str_from(rest, hash), STR("builtin<compat/")) == rest.n - hash)
		return true;
	struct str inner = percent_decode(scratch, str_head(rest, hash));
	yarn_split(inner, &name, &source);
	struct str key = arena_printf(scratch, "%.*s@%.*s", STR_ARG(name), STR_ARG(without_npm(source)));
	return inner.p && key.p && map_set(reader->patched, key, package);
}

enum status berry_add_descriptor(struct berry_reader *reader, const struct json *entry, struct str descriptor, uint32_t package)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct str name, range;
	size_t before;
	enum status status = yarn_add_descriptor(yarn, entry->key_line, entry->key_column, descriptor, map_hash(yarn->descriptors, descriptor), package);
	if (status)
		return status;
	yarn_split(descriptor, &name, &range);
	bool fine = add_patched(reader, range, package);
	if (str_starts_with(range, STR("patch:")) || str_find_str(range, STR("::")) < range.n) {
		struct str loose = loosened(yarn->scratch, descriptor);
		fine = fine && loose.p && (map_find(reader->loose, loose, &before) || map_set(reader->loose, loose, package));
	}
	return fine ? STATUS_OK : error_memory(yarn->err);
}

/* ---- catalogs ------------------------------------------------------------------------------------- */

static enum status read_settings(struct berry_reader *reader)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct arena *arena = yarn->tree->arena;
	struct str text;
	struct json *documents;
	if (reader->settings || !yarn->source->folder)
		return STATUS_OK;
	const char *path = path_join(arena, yarn->source->folder, ".yarnrc.yml");
	if (!path)
		return error_memory(yarn->err);
	enum status status = file_read(path, LIMIT_CONFIG_BYTES, arena, &text, yarn->err);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (!status)
		status = yaml_parse(text, YAML_ALL_TEXT, arena, &documents, yarn->err);
	if (status)
		return error_wrap(yarn->err, "%s", path);
	reader->settings = documents->child;
	return STATUS_OK;
}

/* "catalog:" or "catalog:name" to the range that it stands for; left as it is where nothing says so. */
static enum status through_catalog(struct berry_reader *reader, struct str name, struct str *range)
{
	if (!str_starts_with(*range, STR("catalog:")))
		return STATUS_OK;
	struct str wanted = str_from(*range, strlen("catalog:"));
	enum status status = read_settings(reader);
	if (status)
		return status;
	const struct json *catalog = json_find(reader->settings, "catalog"), *catalogs = NULL;
	if (wanted.n && !str_equal_z(wanted, "default")) {
		catalog = NULL;
		catalogs = json_find(reader->settings, "catalogs");
	}
	json_each(one, catalogs)
		if (str_equal(one->key, wanted))
			catalog = one;
	json_each(entry, catalog)
		if (str_equal(entry->key, name) && json_is(entry, JSON_STRING))
			*range = entry->text;
	return STATUS_OK;
}

/* ---- looking up -------------------------------------------------------------------------------------- */

/* As yarn writes the binding `locator`: what encodeURIComponent leaves alone, everything else by its bytes. */
static struct str encoded(struct arena *arena, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = text.n < SIZE_MAX / 3 ? arena_alloc(arena, 3 * text.n + 1) : NULL, *at = out;
	for (size_t i = 0; out && i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr("-_.!~*'()", c))) {
			*at++ = (char)c;
			continue;
		}
		*at++ = '%';
		*at++ = digits[c >> 4];
		*at++ = digits[c & 15];
	}
	return (struct str){ out, out ? (size_t)(at - out) : 0 };
}

/* A path, a patch: bound to the workspace that asks, or to the root when a resolution says so. */
static uint32_t find_bound(struct berry_reader *reader, struct str name, struct str range, uint32_t from)
{
	struct yarn_reader *yarn = &reader->yarn;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	size_t found = TREE_NONE;
	struct str locator = scratch ? encoded(scratch, reader->entries.v[from].resolution) : STR_NONE;
	struct str bound = locator.p ? arena_printf(scratch, "%.*s::locator=%.*s", STR_ARG(range), STR_ARG(locator)) : STR_NONE;
	if (bound.p)
		found = yarn_find(yarn, name, "@", bound);
	if (found != TREE_NONE || !bound.p)
		return (uint32_t)found;
	struct str descriptor = arena_printf(scratch, "%.*s@%.*s", STR_ARG(name), STR_ARG(range));
	struct str loose = descriptor.p ? loosened(scratch, descriptor) : STR_NONE;
	return loose.p && map_find(reader->loose, loose, &found) ? (uint32_t)found : TREE_NONE;
}

static uint32_t find_plain(struct berry_reader *reader, struct str name, struct str range)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct str short_range = without_npm(range);
	size_t found;
	buf_clear(&yarn->key);
	buf_add(&yarn->key, name);
	buf_add_char(&yarn->key, '@');
	buf_add(&yarn->key, short_range);
	if (map_find(reader->patched, buf_str(&yarn->key), &found))
		return (uint32_t)found;
	uint32_t number = yarn_find(yarn, name, "@", range);
	/* Until version 7 the protocol went without saying, in one place or in both. */
	if (number == TREE_NONE && str_find(range, ':') == range.n)
		number = yarn_find(yarn, name, "@npm:", range);
	if (number == TREE_NONE && short_range.n != range.n)
		number = yarn_find(yarn, name, "@", short_range);
	return number;
}

static enum status resolve(struct berry_reader *reader, uint32_t from, const struct json *spec, uint32_t *out)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct str range = spec->text;
	const struct yarn_resolution *resolution = yarn_next_resolution(yarn, NULL, &yarn->tree->packages[from], spec->key, range);
	if (resolution)
		range = resolution->value;
	enum status status = through_catalog(reader, spec->key, &range);
	if (status)
		return status;
	uint32_t found = find_plain(reader, spec->key, range);
	if (found == TREE_NONE)
		found = find_bound(reader, spec->key, range, resolution ? 0 : from);
	/* Without the package.json nobody knows its resolutions; where only one package has the name, it must be that. */
	size_t only;
	if (found == TREE_NONE && !yarn->manifest && map_find(reader->by_name, spec->key, &only))
		found = (uint32_t)only;
	*out = found;
	return STATUS_OK;
}

/* ---- dependencies --------------------------------------------------------------------------------------- */

static bool mark_section(struct berry_reader *reader, uint32_t from, const char *section, unsigned marks)
{
	json_each(spec, json_find(reader->entries.v[from].manifest, section))
		if (!yarn_mark(&reader->yarn, spec->key, from, marks))
			return false;
	return true;
}

/* What the package.json lists for development only. */
static bool mark_dev(struct berry_reader *reader, uint32_t from)
{
	if (!mark_section(reader, from, "devDependencies", YARN_DEV) || !mark_section(reader, from, "optionalDependencies", YARN_OPTIONAL))
		return false;
	json_each(spec, json_find(reader->entries.v[from].manifest, "dependencies")) {
		struct yarn_name *name = yarn_name_of(&reader->yarn, spec->key);
		if (!name)
			return false;
		if (yarn_marks(name, from))
			name->marks &= ~(unsigned)YARN_DEV;
	}
	return true;
}

bool berry_mark_names(struct berry_reader *reader, uint32_t from)
{
	const struct json *members = reader->entries.v[from].members;
	return mark_dev(reader, from) && yarn_mark_optional(&reader->yarn, json_find(members, "dependenciesMeta"), from, YARN_OPTIONAL) &&
	       yarn_mark_optional(&reader->yarn, json_find(members, "peerDependenciesMeta"), from, YARN_OPTIONAL_PEER);
}

static enum status unresolved(struct berry_reader *reader, const struct json *spec, uint32_t from)
{
	struct error *err = reader->yarn.err;
	refuse_unresolved(err, spec, reader->entries.v[from].resolution);
	if (!reader->yarn.manifest)
		error_hint(err, "it may be one of the package.json's resolutions: scan the folder that holds both files");
	return STATUS_INVALID;
}

static enum status add_dependency(struct berry_reader *reader, uint32_t from, const struct json *spec)
{
	struct tree *tree = reader->yarn.tree;
	struct yarn_name *name = yarn_name_of(&reader->yarn, spec->key);
	uint32_t to = TREE_NONE;
	if (!name)
		return error_memory(reader->yarn.err);
	unsigned marks = yarn_marks(name, from);
	enum status status = resolve(reader, from, spec, &to);
	if (status)
		return status;
	if (to == TREE_NONE && !(marks & YARN_OPTIONAL))
		return unresolved(reader, spec, from);
	/* The root has an edge of its own kind to each workspace. */
	if (from == 0 && to != TREE_NONE && reader->entries.v[to].own)
		return STATUS_OK;
	struct str shown = as_in_manifest(spec->text);
	enum edge_type type = marks & YARN_DEV ? EDGE_DEV : marks & YARN_OPTIONAL ? EDGE_OPTIONAL : EDGE_PROD;
	return tree_add_edge(tree, (struct edge){ from, to, spec->key, shown, type }) ? STATUS_OK : error_memory(reader->yarn.err);
}

/* yarn fetches what it patches. */
static enum status add_source(struct berry_reader *reader, uint32_t from)
{
	struct tree *tree = reader->yarn.tree;
	struct str source = reader->entries.v[from].source, name, range;
	uint32_t to = source.n ? tree_find(tree, source) : TREE_NONE;
	if (to == TREE_NONE || to == from)
		return STATUS_OK;
	yarn_split(source, &name, &range);
	struct edge edge = { from, to, name, without_npm(range), EDGE_PROD };
	return tree_add_edge(tree, edge) ? STATUS_OK : error_memory(reader->yarn.err);
}

static enum status add_dependencies(struct berry_reader *reader, uint32_t from)
{
	const struct json *section = json_find(reader->entries.v[from].members, "dependencies");
	reader->entries.v[from].first_edge = reader->yarn.tree->edge_count;
	enum status status = berry_mark_names(reader, from) ? STATUS_OK : error_memory(reader->yarn.err);
	for (const struct json *spec = section ? section->child : NULL; spec && !status; spec = spec->next)
		status = add_dependency(reader, from, spec);
	if (!status)
		status = add_source(reader, from);
	reader->entries.v[from].edge_count = reader->yarn.tree->edge_count - reader->entries.v[from].first_edge;
	return status;
}

enum status berry_add_edges(struct berry_reader *reader)
{
	uint32_t count = reader->yarn.tree->package_count;
	enum status status = STATUS_OK;
	for (uint32_t i = 0; i < count && !status; i++)
		status = add_dependencies(reader, i);
	return status ? status : berry_add_peers(reader);
}
