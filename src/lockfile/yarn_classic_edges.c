/*
 * Which entry of yarn classic's lockfile each dependency is.
 */
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/yarn_classic.h"

static uint32_t find_resolved(struct classic_reader *reader, const struct package *from, const struct edge *edge, bool deep)
{
	const struct yarn_resolution *one = NULL;
	while ((one = yarn_next_resolution(&reader->yarn, one, from, edge->name, edge->spec))) {
		uint32_t found = one->deep == deep ? yarn_find(&reader->yarn, edge->name, "@", one->value) : TREE_NONE;
		if (found != TREE_NONE)
			return found;
	}
	return TREE_NONE;
}

/* A path, which a workspace may write from where it lies and the lockfile from the root, with "./" or without. */
static uint32_t find_path(struct classic_reader *reader, const struct package *from, const struct edge *edge)
{
	static const char *const forms[] = { "@file:./", "@file:", "@link:./", "@link:" };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	bool link = str_starts_with(edge->spec, STR("link:")), file = str_starts_with(edge->spec, STR("file:"));
	if (!scratch || !package_is_own(from) || (!link && !file && !str_starts_with(edge->spec, STR("."))))
		return TREE_NONE;
	struct str path = str_from(edge->spec, link || file ? strlen("file:") : 0);
	path = arena_printf(scratch, "%.*s/%.*s", STR_ARG(from->folder.n ? from->folder : STR(".")), STR_ARG(path));
	path = path.p ? npm_normalize_path(scratch, path) : STR_NONE;
	for (size_t i = link ? 2 : 0; path.p && i < (link ? 4 : 2); i++) {
		uint32_t found = yarn_find(&reader->yarn, edge->name, forms[i], path);
		if (found != TREE_NONE)
			return found;
	}
	return TREE_NONE;
}

static uint32_t find_descriptor(struct classic_reader *reader, const struct edge *edge, uint32_t hash)
{
	size_t found;
	struct str key = yarn_key(&reader->yarn, edge->name, "@", edge->spec);
	return key.p && map_find_hashed(reader->yarn.descriptors, key, hash, &found) ? (uint32_t)found : TREE_NONE;
}

static uint32_t resolve(struct classic_reader *reader, const struct package *from, const struct edge *edge, uint32_t hash)
{
	size_t workspace;
	uint32_t found = find_resolved(reader, from, edge, false);
	if (found == TREE_NONE)
		found = find_descriptor(reader, edge, hash);
	if (found == TREE_NONE && !edge->spec.n)
		found = yarn_find(&reader->yarn, edge->name, "", STR(""));
	if (found == TREE_NONE)
		found = find_path(reader, from, edge);
	/* What a workspace provides has no entry. */
	if (found == TREE_NONE && map_find(reader->workspaces, edge->name, &workspace))
		found = (uint32_t)workspace;
	return found != TREE_NONE ? found : find_resolved(reader, from, edge, true);
}

/* Where a package.json has it. */
static const struct json *find_in_manifest(const struct json *manifest, const struct edge *edge)
{
	for (size_t i = 0; i < CLASSIC_SECTIONS; i++)
		json_each(spec, json_find(manifest, classic_sections[i].key))
			if (str_equal(spec->key, edge->name) && str_equal(spec->text, edge->spec))
				return spec;
	return NULL;
}

/* Where the lockfile has it: nobody noted that, so it is read again. */
static struct yarn_token find_in_lockfile(struct classic_reader *reader, uint32_t line, const struct edge *edge)
{
	struct yarn_reader *yarn = &reader->yarn;
	struct yarn_text text;
	struct yarn_token token = { .kind = YARN_ENTRY, .line = line };
	struct error ignored;
	bool inside = false;
	enum status status = yarn_text_open(&text, yarn->source->text, yarn->scratch, &ignored);
	while (!status && !(inside && token.kind == YARN_DEPENDENCY && str_equal(token.key, edge->name) && str_equal(token.value, edge->spec))) {
		status = yarn_text_next(&text, &token);
		inside = token.kind == YARN_ENTRY ? token.line == line : inside && token.kind != YARN_END;
		if (token.kind == YARN_END)
			break;
	}
	yarn_text_close(&text);
	return token;
}

static enum status unresolved(struct classic_reader *reader, const struct edge *edge)
{
	struct error *err = reader->yarn.err;
	const struct package *from = &reader->yarn.tree->packages[edge->from];
	struct json spec = { .key = edge->name, .text = edge->spec };
	if (edge->from < reader->own.n) {
		const struct classic_own *own = &reader->own.v[edge->from];
		const struct json *found = find_in_manifest(own->manifest, edge);
		refuse_unresolved(err, found ? found : &spec, from->id);
		return error_wrap(err, "%s", own->file);
	}
	struct yarn_token token = find_in_lockfile(reader, from->line, edge);
	spec.key_line = token.line;
	spec.key_column = token.column;
	refuse_unresolved(err, &spec, from->id);
	if (!reader->yarn.manifest)
		error_hint(err, "it may be one of the package.json's resolutions: scan the folder that holds both files");
	return STATUS_INVALID;
}

static bool is_required(const struct edge *edge)
{
	for (size_t i = 0; i < CLASSIC_SECTIONS; i++)
		if (classic_sections[i].type == edge->type)
			return classic_sections[i].required;
	return false;
}

/* Now that the entries are known, each dependency is looked up among them. */
enum status classic_resolve_edges(struct classic_reader *reader)
{
	struct tree *tree = reader->yarn.tree;
	uint32_t kept = 0;
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		struct edge *edge = &tree->edges[e];
		bool workspace = edge->type == EDGE_WORKSPACE;
		if (e % MAP_WARM_MAX == 0)
			map_warm(reader->yarn.descriptors, reader->hashes.v + e, reader->hashes.n - e);
		if (!workspace)
			edge->to = resolve(reader, &tree->packages[edge->from], edge, reader->hashes.v[e]);
		if (edge->to == TREE_NONE && is_required(edge))
			return unresolved(reader, edge);
		/* The root has an edge of its own kind to each workspace. */
		if (!workspace && edge->from == 0 && edge->to != TREE_NONE && tree->packages[edge->to].kind == PACKAGE_WORKSPACE)
			continue;
		tree->edges[kept++] = *edge;
	}
	tree->edge_count = kept;
	return STATUS_OK;
}
