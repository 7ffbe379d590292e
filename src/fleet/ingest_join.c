/*
 * An SBOM that lacks the packages of a lockfile is joined to what was known of its project: whatever is not in it may be there all the same. Releases that
 * both tell are the SBOM's; the others stand beside them, with what brought them in.
 */
#include <stdlib.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "fleet/body.h"
#include "fleet/ingest.h"

struct joining {
	struct fleet *fleet;
	struct arena *arena;
	struct tree *tree;    /* what comes of it */
	struct map *releases; /* "name\nversion\nintegrity", and with the first integrity "name\nversion", to their places in it */
	struct inflater *inflater;
	/* the one at hand of the trees that were known */
	struct tree *known;
	struct map *open; /* "name\nversion" to the first instance whose integrity is not known yet */
	uint32_t *next;   /* from one instance to the next of its release; TREE_NONE */
	uint32_t *places; /* of its packages, in `tree` */
	struct error *err;
};

static struct str pinned_key(struct joining *joining, const struct package *package)
{
	return arena_printf(joining->arena, "%.*s\n%.*s\n%.*s", STR_ARG(package->name), STR_ARG(package->version), STR_ARG(package->integrity));
}

static bool note_release(struct joining *joining, uint32_t place)
{
	const struct package *package = &joining->tree->packages[place];
	struct str release = fleet_release_key(joining->arena, package->name, package->version), pinned = pinned_key(joining, package);
	size_t first;
	return release.p && pinned.p && map_add(joining->releases, release, place, &first) && map_add(joining->releases, pinned, place, &first);
}

/* Where it stands already: one that is pinned otherwise is another one. */
static bool find_release(struct joining *joining, const struct package *package, uint32_t *place)
{
	size_t number;
	struct str release = fleet_release_key(joining->arena, package->name, package->version), pinned = pinned_key(joining, package);
	bool found = release.p && pinned.p && map_find(joining->releases, pinned, &number);
	if (!found && release.p && map_find(joining->releases, release, &number))
		found = !package->integrity.n || !joining->tree->packages[number].integrity.n;
	*place = found ? (uint32_t)number : TREE_NONE;
	return release.p && pinned.p;
}

/* ---- the SBOM --------------------------------------------------------------------------------- */

static enum status start(struct joining *joining, const struct tree *told)
{
	struct tree *tree = joining->tree = tree_new(joining->arena);
	if (!tree || !tree_reserve(tree, told->package_count))
		return error_memory(joining->err);
	tree->path = told->path;
	tree->folder = told->folder;
	tree->format = told->format;
	tree->format_version = told->format_version;
	tree->root_known = told->root_known;
	tree->scopes_known = told->scopes_known;
	tree->unknown = told->unknown;
	tree->note = told->note;
	tree->skipped_components = told->skipped_components;
	tree->unread = told->unread;
	tree->duplicate_keys = told->duplicate_keys;
	enum status status = STATUS_OK;
	for (uint32_t i = 0; i < told->package_count && !status; i++) {
		status = tree_put_package(tree, &told->packages[i], joining->err);
		if (!status && !package_is_own(&told->packages[i]) && !note_release(joining, i))
			status = error_memory(joining->err);
	}
	for (uint32_t e = 0; e < told->edge_count && !status; e++)
		if (!tree_add_edge(tree, told->edges[e]))
			status = error_memory(joining->err);
	return status;
}

/* ---- what was known --------------------------------------------------------------------------- */

/* The store keeps integrities beside its trees: each is some instance's of that release. */
static enum status take_integrity(void *context, const struct kept_package *kept, struct error *err)
{
	struct joining *joining = context;
	struct str key = fleet_release_key(joining->arena, kept->name, kept->version);
	size_t instance;
	if (!key.p)
		return error_memory(err);
	if (!kept->integrity.n || !map_find(joining->open, key, &instance) || instance == TREE_NONE)
		return STATUS_OK;
	struct str *integrity = &joining->known->packages[instance].integrity;
	*integrity = arena_copy(joining->arena, kept->integrity);
	return integrity->p && map_set(joining->open, key, joining->next[instance]) ? STATUS_OK : error_memory(err);
}

static enum status read_integrities(struct joining *joining, int64_t tree)
{
	const struct fleet_engine *engine = joining->fleet->engine;
	joining->open = map_new(joining->arena, joining->known->package_count);
	joining->next = arena_array(joining->arena, joining->known->package_count, sizeof *joining->next);
	if (!joining->open || !joining->next)
		return error_memory(joining->err);
	for (uint32_t i = joining->known->package_count; i-- > 0;) {
		const struct package *package = &joining->known->packages[i];
		struct str key = fleet_release_key(joining->arena, package->name, package->version);
		size_t next = TREE_NONE;
		if (key.p)
			(void)!map_find(joining->open, key, &next);
		joining->next[i] = (uint32_t)next;
		if (!key.p || !map_set(joining->open, key, i))
			return error_memory(joining->err);
	}
	return engine->tree_packages(joining->fleet->state, tree, take_integrity, joining, joining->err);
}

static struct str free_id(struct joining *joining, const struct package *package)
{
	struct str id = package_label(joining->arena, package);
	for (uint32_t i = joining->tree->package_count; id.p && tree_find(joining->tree, id) != TREE_NONE; i++)
		id = arena_printf(joining->arena, "%.*s@%.*s#%u", STR_ARG(package->name), STR_ARG(package->version), i);
	return id;
}

/* Where it stood is no line of this SBOM's. */
static enum status add_package(struct joining *joining, const struct package *known, uint32_t *place)
{
	struct package package = *known;
	package.id = free_id(joining, known);
	package.line = 0;
	package.recorded = true;
	*place = joining->tree->package_count;
	enum status status = package.id.p ? tree_put_package(joining->tree, &package, joining->err) : error_memory(joining->err);
	return status || note_release(joining, *place) ? status : error_memory(joining->err);
}

/* The project's own code is the SBOM's root. */
static enum status add_packages(struct joining *joining)
{
	const struct tree *known = joining->known;
	enum status status = STATUS_OK;
	joining->places = arena_array(joining->arena, known->package_count, sizeof *joining->places);
	if (!joining->places)
		return error_memory(joining->err);
	for (uint32_t i = 0; i < known->package_count && !status; i++) {
		const struct package *package = &known->packages[i];
		joining->places[i] = 0;
		if (package_is_own(package))
			continue;
		if (!find_release(joining, package, &joining->places[i]))
			status = error_memory(joining->err);
		else if (joining->places[i] == TREE_NONE)
			status = add_package(joining, package, &joining->places[i]);
	}
	return status;
}

/* Those of releases that both have are the SBOM's. Where it tells what the root asks for, a way leads from there to all that is new. */
static enum status add_edges(struct joining *joining, uint32_t first)
{
	const struct tree *known = joining->known;
	struct tree *tree = joining->tree;
	for (uint32_t e = 0; e < known->edge_count; e++) {
		struct edge edge = known->edges[e];
		if (edge.to == TREE_NONE)
			continue;
		edge.from = joining->places[edge.from];
		edge.to = joining->places[edge.to];
		bool new = edge.from >= first || edge.to >= first, shown = edge.from || tree->root_known;
		if (new &&edge.to && shown && !tree_add_edge(tree, edge))
			return error_memory(joining->err);
	}
	for (uint32_t i = 1; i < known->package_count && tree->root_known && !known->root_known; i++) {
		uint32_t to = joining->places[i];
		const struct edge edge = { 0, to, tree->packages[to].name, STR(""), EDGE_PROD };
		if (to >= first && !known->packages[i].in_count && !tree_add_edge(tree, edge))
			return error_memory(joining->err);
	}
	return STATUS_OK;
}

static enum status join_lockfile(struct joining *joining, int64_t lockfile)
{
	struct kept_lockfile kept;
	struct str body;
	uint32_t first = joining->tree->package_count;
	enum status status = joining->fleet->engine->lockfile(joining->fleet->state, lockfile, joining->arena, &kept, joining->err);
	if (status || !kept.body.n)
		return status;
	status = inflater_run(joining->inflater, kept.body, LIMIT_PROJECT_BYTES, &body, NULL, joining->err);
	if (!status)
		status = body_read(body, joining->arena, &joining->known, joining->err);
	if (!status)
		status = read_integrities(joining, kept.tree);
	if (!status)
		status = add_packages(joining);
	return status ? status : add_edges(joining, first);
}

enum status ingest_join(struct fleet *fleet, int64_t project, const struct tree *told, struct arena *arena, struct tree **out, struct error *err)
{
	struct joining joining = { .fleet = fleet, .arena = arena, .releases = map_new(arena, told->package_count), .inflater = inflater_new(), .err = err };
	struct kept_path *paths;
	size_t count = 0;
	enum status status = joining.releases && joining.inflater ? start(&joining, told) : error_memory(err);
	if (!status)
		status = fleet->engine->lockfile_paths(fleet->state, project, arena, &paths, &count, err);
	for (size_t i = 0; i < count && !status; i++)
		status = join_lockfile(&joining, paths[i].id);
	inflater_free(joining.inflater);
	if (!status)
		status = tree_finish(joining.tree, err);
	*out = joining.tree;
	return status;
}
