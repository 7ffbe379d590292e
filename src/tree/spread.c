/*
 * What follows from a finished tree for whoever asks: which of the user's own packages bring what, how far it is from them, and what
 * is there for the sake of build tools alone.
 */
#include "assay/tree.h"

/* ---- bits along edges ---------------------------------------------------------------------- */

/* An edge is followed again only when it carries a new bit, which in real trees is a few times. */
struct flood {
	const struct tree *tree;
	uint64_t *reach; /* by package */
	uint32_t *queue; /* a ring: each package is in it at most once */
	bool *queued;
	uint32_t head, length;
};

static void pour(struct flood *flood, uint32_t number, uint64_t bits)
{
	uint32_t count = flood->tree->package_count;
	if (number == TREE_NONE || (bits & ~flood->reach[number]) == 0)
		return;
	flood->reach[number] |= bits;
	if (flood->queued[number])
		return;
	flood->queued[number] = true;
	flood->queue[(uint32_t)(((uint64_t)flood->head + flood->length++) % count)] = number;
}

static uint32_t take(struct flood *flood)
{
	uint32_t number = flood->queue[flood->head];
	flood->head = (flood->head + 1) % flood->tree->package_count;
	flood->length--;
	flood->queued[number] = false;
	return number;
}

/* The root does not depend on its workspaces: they are importers of their own. */
static void run(struct flood *flood)
{
	const struct tree *tree = flood->tree;
	while (flood->length) {
		uint32_t number = take(flood);
		const struct package *package = &tree->packages[number];
		uint64_t bits = flood->reach[number];
		for (uint32_t i = 0; i < package->out_count; i++) {
			const struct edge *edge = &tree->edges[tree->out[package->out_first + i]];
			if (edge->type != EDGE_WORKSPACE)
				pour(flood, edge->to, bits);
		}
		if (package->kind == PACKAGE_LINK)
			pour(flood, package->link_target, bits);
	}
}

enum status tree_spread(const struct tree *tree, uint64_t *bits, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct flood flood = { .tree = tree, .reach = bits };
	if (scratch) {
		flood.queue = arena_array(scratch, tree->package_count, sizeof *flood.queue);
		flood.queued = arena_array(scratch, tree->package_count, sizeof *flood.queued);
	}
	if (!flood.queue || !flood.queued)
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		if (!bits[i])
			continue;
		flood.queue[flood.length++] = i;
		flood.queued[i] = true;
	}
	run(&flood);
	return STATUS_OK;
}

/* ---- distances and build tools: breadth first -------------------------------------------------- */

struct search {
	const struct tree *tree;
	uint32_t *distance; /* TREE_NONE: not there yet */
	uint32_t *waiting;
	size_t count;
	bool prod_only;                        /* past no edge that --omit=dev leaves out */
	const struct package_patterns *barred; /* not into these */
};

static void arrive(struct search *search, uint32_t to, uint32_t distance)
{
	if (search->distance[to] != TREE_NONE)
		return;
	search->distance[to] = distance;
	search->waiting[search->count++] = to;
}

static bool is_barred(const struct search *search, const struct edge *edge)
{
	const struct package *to = &search->tree->packages[edge->to];
	if (search->prod_only && (edge->type == EDGE_DEV || edge->type == EDGE_CONFIG))
		return true;
	return search->barred && !package_is_own(to) && package_patterns_find(search->barred, to, NULL);
}

static void walk(struct search *search)
{
	const struct tree *tree = search->tree;
	for (size_t i = 0; i < search->count; i++) {
		const struct package *from = &tree->packages[search->waiting[i]];
		uint32_t distance = search->distance[search->waiting[i]];
		for (uint32_t k = 0; k < from->out_count; k++) {
			const struct edge *edge = &tree->edges[tree->out[from->out_first + k]];
			if (edge->to == TREE_NONE || is_barred(search, edge))
				continue;
			for (uint32_t to = edge->to; to != TREE_NONE; to = tree->packages[to].link_target)
				arrive(search, to, distance + 1);
		}
	}
}

static bool search_init(struct search *search, const struct tree *tree, struct arena *arena, struct arena *scratch)
{
	search->tree = tree;
	search->distance = arena ? arena_array(arena, tree->package_count, sizeof *search->distance) : NULL;
	search->waiting = scratch ? arena_array(scratch, tree->package_count, sizeof *search->waiting) : NULL;
	for (uint32_t i = 0; search->distance && i < tree->package_count; i++)
		search->distance[i] = TREE_NONE;
	return search->distance && search->waiting;
}

enum status tree_distances(const struct tree *tree, struct arena *arena, uint32_t **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct search search = { 0 };
	if (!search_init(&search, tree, arena, scratch))
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (package_is_own(&tree->packages[i]))
			arrive(&search, i, 0);
	/* Without a root to ask for them, paths begin at packages. */
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (tree->packages[i].reachable && tree->packages[i].via == TREE_NONE)
			arrive(&search, i, 1);
	walk(&search);
	*out = search.distance;
	return STATUS_OK;
}

enum status tree_mark_build(struct tree *tree, const struct package_patterns *build_only, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct search search = { .prod_only = true, .barred = build_only };
	if (!package_patterns_count(build_only))
		return STATUS_OK;
	if (!search_init(&search, tree, scratch, scratch))
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (tree->packages[i].reachable && tree->packages[i].via == TREE_NONE)
			arrive(&search, i, 0);
	walk(&search);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		struct package *package = &tree->packages[i];
		if (package->scope == SCOPE_PROD && package->reachable && !package->recorded && !package_is_own(package) && search.distance[i] == TREE_NONE)
			package->scope = SCOPE_BUILD;
	}
	return STATUS_OK;
}
