/*
 * Most lockfiles do not say which overrides they were made with; it shows in what they hold. One is not applied where what it replaces is there, and
 * nothing of that name is what it asks for. lockfile-drift asks more closely, package by package, and leaves out what it cannot tell; who asks whether a name
 * could come, and then one that may not be left out.
 */
#include "check/wanted_override.h"

/* Steps for each edge, of all overrides together. Past that nobody looks any more, and each counts as not applied. */
enum { STEPS = 64 };

struct applying {
	const struct importer *root;
	const struct tree *tree;
	struct map *last;  /* by overridden name: its last edge, plus 1 */
	uint32_t *before;  /* by edge: the one before it of that name, plus 1; 0: none */
	uint32_t *seen;    /* by package: the number of the walk that came by */
	uint32_t *pending; /* packages of a walk */
	uint32_t walks;
	size_t steps;
	bool deep; /* what holds below a parent holds below its own dependencies, too */
};

static bool is_format(const struct applying *applying, const char *format)
{
	return strcmp(applying->tree->format, format) == 0;
}

/* ---- the edges of a name ------------------------------------------------------------------- */

static bool index_edges(struct applying *applying)
{
	const struct lockfile_manifest *root = applying->root->root;
	struct arena *scratch = applying->root->scratch;
	const struct tree *tree = applying->tree;
	applying->last = map_new(scratch, root->override_count);
	applying->before = arena_array(scratch, (size_t)tree->edge_count + 1, sizeof *applying->before);
	applying->seen = arena_array(scratch, tree->package_count, sizeof *applying->seen);
	applying->pending = arena_array(scratch, tree->package_count, sizeof *applying->pending);
	if (!applying->last || !applying->before || !applying->seen || !applying->pending)
		return false;
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		size_t count, last = 0;
		if (edge->to == TREE_NONE || edge->type == EDGE_CONFIG || edge->type == EDGE_WORKSPACE ||
		    !override_find(root->overrides, root->override_count, edge->name, &count))
			continue;
		map_find(applying->last, edge->name, &last);
		applying->before[e] = (uint32_t)last;
		if (!map_set(applying->last, edge->name, (size_t)e + 1))
			return false;
	}
	return true;
}

/* ---- below a parent --------------------------------------------------------------------------- */

/* yarn's "a/b" and "**" and "a" and "**" mean the last one that has a name. */
static struct str parent_name(struct str parent)
{
	while (str_ends_with(parent, STR("/**")))
		parent = str_head(parent, parent.n - 3);
	size_t slash = str_find_last(parent, '/');
	if (slash == parent.n)
		return parent;
	size_t above = str_find_last(str_head(parent, slash), '/');
	size_t start = above == slash ? 0 : above + 1;
	return str_from(parent, parent.p[start] == '@' ? start : slash + 1);
}

static bool is_parent(const struct applying *applying, const struct lockfile_override *override, struct str parent, const struct package *package)
{
	return str_equal(package->name, parent) &&
	       (!override->parent_range.p || spec_fit(override->parent_range, package, applying->tree->format, applying->root->scratch) != FIT_NO);
}

/* Upwards from whoever asks. */
static bool is_below(struct applying *applying, const struct lockfile_override *override, const struct edge *edge)
{
	const struct tree *tree = applying->tree;
	struct str parent = parent_name(override->parent);
	size_t n = 0;
	applying->walks++;
	applying->pending[n++] = edge->from;
	applying->seen[edge->from] = applying->walks;
	for (size_t i = 0; i < n; i++) {
		const struct package *package = &tree->packages[applying->pending[i]];
		if (is_parent(applying, override, parent, package))
			return true;
		for (uint32_t k = 0; applying->deep && k < package->in_count; k++) {
			uint32_t from = tree->edges[tree->in[package->in_first + k]].from;
			if (!applying->steps)
				return true;
			applying->steps--;
			if (applying->seen[from] == applying->walks)
				continue;
			applying->seen[from] = applying->walks;
			applying->pending[n++] = from;
		}
	}
	return false;
}

/* ---- one override -------------------------------------------------------------------------------- */

static enum fit fit_of(const struct applying *applying, const struct lockfile_override *override, const struct package *target)
{
	struct str spec = importer_meant_spec(applying->root, override->name, override->spec);
	return spec_fit(spec, target, applying->tree->format, applying->root->scratch);
}

/* Where its range let it: it holds what was not asked for. */
static bool holds(struct applying *applying, const struct lockfile_override *override, const struct edge *edge, const struct package *target)
{
	if (fit_of(applying, override, target) != FIT_YES || (override->parent.p && !is_below(applying, override, edge)))
		return false;
	return !override->range.p || spec_fit(edge->spec, target, applying->tree->format, applying->root->scratch) != FIT_YES;
}

/* Of several overrides of a name another one may be what holds there. */
static bool is_by_another(struct applying *applying, const struct lockfile_override *override, const struct edge *edge, const struct package *target)
{
	const struct lockfile_manifest *root = applying->root->root;
	size_t count = 0;
	const struct lockfile_override *all = override_find(root->overrides, root->override_count, override->name, &count);
	for (size_t i = 0; i < count && applying->steps; i++) {
		applying->steps--;
		if (&all[i] != override && holds(applying, &all[i], edge, target))
			return true;
	}
	return false;
}

/* npm and pnpm ask whether the range admits what was asked for, of which the lockfile may tell no more than what it came to; yarn compares words. */
static bool is_in_range(const struct applying *applying, const struct lockfile_override *override, const struct edge *edge, const struct package *target)
{
	struct arena *scratch = applying->root->scratch;
	if (!override->range.p)
		return true;
	if (is_format(applying, "yarn") || is_format(applying, "berry"))
		return spec_equal(edge->spec, override->range, scratch);
	return spec_fit(override->range, target, applying->tree->format, scratch) == FIT_YES;
}

static bool is_replaceable(struct applying *applying, const struct lockfile_override *override, const struct edge *edge, const struct package *target)
{
	return !package_is_own(target) && !target->bundled && !target->shrinkwrapped && is_in_range(applying, override, edge, target) &&
	       !is_by_another(applying, override, edge, target);
}

/* What it should have replaced; NULL: nothing, or it is applied. */
static const struct package *find_replaced(struct applying *applying, const struct lockfile_override *override)
{
	const struct package *replaced = NULL;
	size_t next = 0;
	if (str_equal_z(override->spec, "-") || (override->parent.p && is_format(applying, "bun")) /* which knows none below a parent */)
		return NULL;
	for (map_find(applying->last, override->name, &next); next; next = applying->before[next - 1]) {
		const struct edge *edge = &applying->tree->edges[next - 1];
		const struct package *target = edge_target(applying->tree, edge);
		if (!applying->steps)
			return target;
		applying->steps--;
		if (override->parent.p && !is_below(applying, override, edge))
			continue;
		enum fit fit = fit_of(applying, override, target);
		if (fit == FIT_YES)
			return NULL;
		if (!replaced && fit == FIT_NO && is_replaceable(applying, override, edge, target))
			replaced = target;
	}
	return replaced;
}

bool override_each_unapplied(const struct importer *root,
			     bool (*each)(void *context, const struct lockfile_override *override, const struct package *replaced), void *context)
{
	const struct lockfile_manifest *manifest = root->root;
	struct applying applying = { .root = root, .tree = root->tree, .steps = STEPS * ((size_t)root->tree->edge_count + 1) };
	applying.deep = is_format(&applying, "npm") || is_format(&applying, "yarn");
	if (!manifest->override_count)
		return true;
	if (!index_edges(&applying))
		return false;
	for (size_t i = 0; i < manifest->override_count; i++) {
		const struct package *replaced = find_replaced(&applying, &manifest->overrides[i]);
		if (replaced && !each(context, &manifest->overrides[i], replaced))
			return false;
	}
	return true;
}
