/*
 * What can be reached from the root, and without which edges: five walks, breadth first, over the same edges. From
 * these follow scope, optional and peer; the first walk, which bars nothing, also gives the shortest paths.
 *
 * npm's flags follow from the walks as well: dev is "not without dev edges", optional "not without optional ones",
 * peer "not without peer ones", devOptional "neither, but not without both".
 */
#include "tree/tree.h"

enum { ANYHOW = 1, WITHOUT_DEV = 2, WITHOUT_OPTIONAL = 4, WITHOUT_BOTH = 8, WITHOUT_PEER = 16 };
#define TYPE(type) (1u << (type))
#define DEV_EDGES (TYPE(EDGE_DEV) | TYPE(EDGE_CONFIG))
#define OPTIONAL_EDGES (TYPE(EDGE_OPTIONAL) | TYPE(EDGE_PEER_OPTIONAL))
#define PEER_EDGES (TYPE(EDGE_PEER) | TYPE(EDGE_PEER_OPTIONAL))

static const struct walk {
	uint8_t mark;
	unsigned barred;
} walks[] = {
	{ ANYHOW, 0 },
	{ WITHOUT_DEV, DEV_EDGES },
	{ WITHOUT_OPTIONAL, OPTIONAL_EDGES },
	{ WITHOUT_BOTH, DEV_EDGES | OPTIONAL_EDGES },
	{ WITHOUT_PEER, PEER_EDGES },
};

struct reach {
	struct tree *tree;
	uint8_t *marks;  /* by package */
	uint32_t *queue; /* each package is queued once for each walk */
	size_t queued;
};

/* False when it was there before. */
static bool mark(struct reach *reach, uint8_t bit, uint32_t package)
{
	if (reach->marks[package] & bit)
		return false;
	reach->marks[package] |= bit;
	reach->queue[reach->queued++] = package;
	return true;
}

/* At the package and, where it is a link, at its target too. */
static void arrive(struct reach *reach, uint8_t bit, uint32_t e)
{
	struct package *packages = reach->tree->packages;
	const struct edge *edge = &reach->tree->edges[e];
	for (uint32_t to = edge->to; to != TREE_NONE; to = packages[to].link_target) {
		if (!mark(reach, bit, to) || bit != ANYHOW)
			continue;
		packages[to].reachable = true;
		packages[to].via = e;
		packages[to].depth = packages[edge->from].depth + 1;
	}
}

static void start(struct reach *reach, uint8_t bit)
{
	struct tree *tree = reach->tree;
	reach->queued = 0;
	mark(reach, bit, 0);
	for (uint32_t i = 1; !tree->root_known && i < tree->package_count; i++)
		if (tree->packages[i].in_count == 0)
			mark(reach, bit, i);
	for (size_t i = 0; i < reach->queued; i++)
		tree->packages[reach->queue[i]].reachable = true;
}

static void run_walk(struct reach *reach, const struct walk *walk)
{
	const struct tree *tree = reach->tree;
	start(reach, walk->mark);
	for (size_t i = 0; i < reach->queued; i++) {
		const struct package *from = &tree->packages[reach->queue[i]];
		for (uint32_t k = 0; k < from->out_count; k++) {
			uint32_t e = tree->out[from->out_first + k];
			if (!(walk->barred & TYPE(tree->edges[e].type)))
				arrive(reach, walk->mark, e);
		}
	}
}

static void set_flags(struct tree *tree, struct package *package, uint8_t marks)
{
	if (package->reachable && !package->recorded) {
		bool prod = marks & WITHOUT_DEV;
		package->scope = prod ? SCOPE_PROD : SCOPE_DEV;
		package->optional = !(marks & (prod ? WITHOUT_BOTH : WITHOUT_OPTIONAL));
		package->peer = !(marks & WITHOUT_PEER);
	}
	if (!tree->scopes_known)
		package->scope = SCOPE_UNKNOWN;
}

static void set_direct(struct tree *tree)
{
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		if (!package_is_own(&tree->packages[edge->from]))
			continue;
		for (uint32_t to = edge->to; to != TREE_NONE; to = tree->packages[to].link_target)
			tree->packages[to].direct = true;
	}
}

enum status tree_reach(struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct reach reach = { .tree = tree };
	if (scratch) {
		reach.marks = arena_array(scratch, tree->package_count, sizeof *reach.marks);
		reach.queue = arena_array(scratch, tree->package_count, sizeof *reach.queue);
	}
	if (!reach.marks || !reach.queue)
		return error_memory(err);
	for (size_t i = 0; i < sizeof walks / sizeof *walks; i++)
		run_walk(&reach, &walks[i]);
	for (uint32_t i = 0; i < tree->package_count; i++)
		set_flags(tree, &tree->packages[i], reach.marks[i]);
	set_direct(tree);
	return STATUS_OK;
}
