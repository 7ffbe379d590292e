/* Requests of a package.json, each with what the lockfile made of it: what lockfile-drift judges, and what the next install would bring. */
#include <stdlib.h>

#include "check/drift_request.h"

bool importer_is(const struct package *package)
{
	bool copy = package->kind == PACKAGE_WORKSPACE && str_starts_with(package->resolved, STR("file:"));
	return (package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE) && !copy;
}

bool importer_has_lockfile(const struct tree *tree, const struct lockfile_format *format)
{
	bool hidden = tree->path && strcmp(path_base(tree->path), ".package-lock.json") == 0;
	return format && format->install_command && !hidden && (tree->root_known || tree->package_count > 1);
}

/* ---- its edges -------------------------------------------------------------------------- */

/* A name may stand twice: a workspace that is a dependency too. What was asked for by name comes first, peers last. */
static int edge_rank(enum edge_type type)
{
	return type == EDGE_PEER || type == EDGE_PEER_OPTIONAL ? 2 : type == EDGE_WORKSPACE;
}

bool importer_index_edges(struct importer *importer)
{
	const struct tree *tree = importer->tree;
	const struct package *package = &tree->packages[importer->package];
	importer->edges = map_new(importer->scratch, package->out_count);
	for (uint32_t i = 0; importer->edges && i < package->out_count; i++) {
		uint32_t number = tree->out[package->out_first + i];
		const struct edge *edge = &tree->edges[number];
		size_t other;
		if (edge->type == EDGE_CONFIG ||
		    (map_find(importer->edges, edge->name, &other) && edge_rank(tree->edges[other].type) <= edge_rank(edge->type)))
			continue;
		if (!map_set(importer->edges, edge->name, number))
			return false;
	}
	return importer->edges;
}

const struct package *edge_target(const struct tree *tree, const struct edge *edge)
{
	if (edge->to == TREE_NONE)
		return NULL;
	const struct package *package = &tree->packages[edge->to];
	return package->link_target == TREE_NONE ? package : &tree->packages[package->link_target];
}

/* ---- overrides ---------------------------------------------------------------------------- */

static int compare_override(const void *key, const void *element)
{
	return str_compare(*(const struct str *)key, ((const struct lockfile_override *)element)->name);
}

const struct lockfile_override *override_find(const struct lockfile_override *all, size_t n, struct str name, size_t *count)
{
	const struct lockfile_override *first = n ? bsearch(&name, all, n, sizeof *all, compare_override) : NULL, *last = first;
	if (!first)
		return NULL;
	while (first > all && str_equal(first[-1].name, name))
		first--;
	while (last + 1 < all + n && str_equal(last[1].name, name))
		last++;
	*count = (size_t)(last - first) + 1;
	return first;
}

/* What may stand in for a request of this project: with a range or a parent we cannot say for sure, so that either will
 * do. Of many nobody can say which. */
static const struct lockfile_override *stand_in(const struct importer *importer, struct str name)
{
	size_t count = 0;
	const struct lockfile_override *found = override_find(importer->root->overrides, importer->root->override_count, name, &count);
	return count == 1 ? found : NULL;
}

struct str importer_meant_spec(const struct importer *importer, struct str name, struct str spec)
{
	struct str catalog = str_trim(str_from(spec, strlen("catalog:")));
	size_t count = 0;
	if (!str_starts_with(spec, STR("catalog:")))
		return spec;
	const struct lockfile_override *all = override_find(importer->root->catalogs, importer->root->catalog_count, name, &count);
	for (size_t i = 0; i < count; i++)
		if (str_equal(all[i].parent, catalog.n ? catalog : STR("default")))
			return all[i].spec;
	return spec;
}

/* ---- requests ------------------------------------------------------------------------------- */

static bool same_text(const struct importer *importer, const struct lockfile_request *declared, const struct request *request)
{
	struct str recorded = request->edge->spec;
	return spec_equal(declared->spec, recorded, importer->scratch) ||
	       (request->override && spec_equal(request->override->spec, recorded, importer->scratch));
}

/* Of a name that stands in several sections any one may be what the package manager took: the one that agrees best. */
static void choose(const struct importer *importer, const struct lockfile_request *group, size_t count, struct request *out)
{
	int best_rank = -1;
	for (size_t i = 0; i < count && (i == 0 || group[i].type != EDGE_PEER); i++) {
		bool same = same_text(importer, &group[i], out);
		int rank = 2 * same + (group[i].type == out->edge->type);
		if (rank <= best_rank)
			continue;
		best_rank = rank;
		out->declared = &group[i];
		out->same_text = same;
	}
}

static enum fit fit_spec(const struct importer *importer, const struct request *request, struct str spec)
{
	return spec_fit(importer_meant_spec(importer, request->declared->name, spec), request->target, importer->tree->format, importer->scratch);
}

static enum fit fit_of(const struct importer *importer, const struct request *request)
{
	enum fit fit = fit_spec(importer, request, request->declared->spec);
	return fit == FIT_NO && request->override ? fit_spec(importer, request, request->override->spec) : fit;
}

static bool read_group(const struct importer *importer, const struct lockfile_request *group, size_t count, struct request *out)
{
	size_t number;
	if (group->type == EDGE_PEER && (!importer->peers || group->optional_peer)) /* nothing but a peer: those come last */
		return false;
	*out = (struct request){ .declared = group, .override = stand_in(importer, group->name), .fit = FIT_NO };
	if (!map_find(importer->edges, group->name, &number))
		return !out->override || !str_equal_z(out->override->spec, "-");
	out->edge = &importer->tree->edges[number];
	if (out->edge->type == EDGE_WORKSPACE) /* the workspace is what is installed, whatever else is asked for */
		return false;
	out->target = edge_target(importer->tree, out->edge);
	choose(importer, group, count, out);
	if (out->target)
		out->fit = fit_of(importer, out);
	return true;
}

bool importer_next_request(const struct importer *importer, size_t *at, struct request *out)
{
	const struct lockfile_request *requests = importer->manifest.requests;
	size_t n = importer->manifest.request_count;
	while (*at < n) {
		size_t first = *at, end = first + 1;
		while (end < n && str_equal(requests[end].name, requests[first].name))
			end++;
		*at = end;
		if (read_group(importer, requests + first, end - first, out))
			return true;
	}
	return false;
}
