/*
 * Links in node_modules. Virtual stores are made of them: each then leads to a package folder that is compared itself. Others lead to the
 * project's own code, and anything else stands where a package of the lockfile should.
 */
#include "installed/private.h"

/* A link to the project's own code leads to the folder that the lockfile says, where it says one. */
static bool leads_home(const struct installed *in, uint32_t number, const struct placed *link)
{
	const struct package *package = &in->tree->packages[number];
	if (package->kind == PACKAGE_LINK && package->link_target != TREE_NONE)
		package = &in->tree->packages[package->link_target];
	if (package->kind != PACKAGE_WORKSPACE)
		return package_is_own(package) || package->kind == PACKAGE_FILE;
	return str_equal(link->target, package->folder.n ? package->folder : package->id);
}

static bool is_own(const struct installed *in, struct map *own, const struct placed *link)
{
	uint32_t at = tree_find(in->tree, link->location);
	size_t found = at;
	return (at != TREE_NONE || map_find(own, link->name, &found)) && leads_home(in, (uint32_t)found, link);
}

/* Whether the package that it leads to is one that may go by this name. */
static bool leads_to_package(const struct installed *in, struct map *names, const struct placed *link)
{
	size_t found;
	if (!map_find(in->by_location, link->target, &found) || in->placed.v[found].link)
		return false;
	const struct placed *to = &in->placed.v[found];
	if (str_equal(to->name, link->name) || to->package == TREE_NONE)
		return true; /* an unknown package is told where it stands */
	struct str key = arena_printf(in->scratch, "%.*s\n%.*s\n%.*s", STR_ARG(link->name), STR_ARG(in->tree->packages[to->package].name),
				      STR_ARG(in->tree->packages[to->package].version));
	return key.p && map_find(names, key, &found);
}

static bool collect(const struct installed *in, struct map *own, struct map *names)
{
	const struct tree *tree = in->tree;
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		if ((package_is_own(package) || package->kind == PACKAGE_FILE) && !map_set(own, package_installed_name(package), i))
			return false;
	}
	for (uint32_t i = 0; i < tree->edge_count; i++) {
		const struct edge *edge = &tree->edges[i];
		const struct package *to = edge->to == TREE_NONE ? NULL : &tree->packages[edge->to];
		if (!to)
			continue;
		struct str key = arena_printf(in->scratch, "%.*s\n%.*s\n%.*s", STR_ARG(edge->name), STR_ARG(to->name), STR_ARG(to->version));
		if (!key.p || !map_set(names, key, 1) || ((package_is_own(to) || to->kind == PACKAGE_FILE) && !map_set(own, edge->name, edge->to)))
			return false;
	}
	return true;
}

enum status links_judge(struct installed *in, struct error *err)
{
	struct map *own = map_new(in->scratch, 0), *names = map_new(in->scratch, 0);
	if (!own || !names || !collect(in, own, names))
		return error_memory(err);
	for (size_t i = 0; i < in->placed.n; i++) {
		const struct placed *link = &in->placed.v[i];
		if (!link->link || is_own(in, own, link) || leads_to_package(in, names, link))
			continue;
		uint32_t at = tree_find(in->tree, link->location);
		difference_add(in, &(struct installed_difference){
					   .kind = INSTALLED_REPLACED, .package = at == TREE_NONE ? 0 : at, .location = link->location, .detail = link->target });
	}
	return STATUS_OK;
}
