/*
 * The filters of `list`, the same for its three formats.
 */
#include "report/tree_filter.h"

bool tree_is_picked(const struct report_tree_options *options)
{
	return options->by_scope || options->direct || options->name.n;
}

bool tree_is_shown(const struct tree *tree, const struct report_tree_options *options, uint32_t number)
{
	const struct package *package = &tree->packages[number];
	if (number == 0)
		return true;
	if (options->depth && (!package->reachable || package->depth > options->depth))
		return false;
	if (options->by_scope && package->scope != options->scope)
		return false;
	if (options->name.n && !str_equal(package->name, options->name))
		return false;
	if (options->version.n && !str_equal(package->version, options->version))
		return false;
	return !options->direct || package->direct;
}

/* One to nothing has neither scope nor depth: it is shown with the package that asks, where that shows all it asks for. */
bool tree_edge_is_shown(const struct tree *tree, const struct report_tree_options *options, uint32_t number)
{
	const struct edge *edge = &tree->edges[number];
	if (!tree_is_shown(tree, options, edge->from))
		return false;
	if (edge->to != TREE_NONE)
		return tree_is_shown(tree, options, edge->to);
	return !tree_is_picked(options) && (!options->depth || tree->packages[edge->from].depth < options->depth);
}
