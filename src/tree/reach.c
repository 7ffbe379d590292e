/*
 * What can be reached from the root, and without which edges. One walk bars nothing, and being breadth first it gives the
 * shortest paths. Four others bar some kinds of edges. All are walked at once, the four as bits that spread along the edges: a
 * package is looked at again only when it has got a new bit, and what it leads to has its shortest path by then.
 *
 * npm's flags follow from the walks: dev is "not without dev edges", optional "not without optional ones", peer "not
 * without peer ones", devOptional "neither, but not without both".
 */
#include "tree/tree.h"

enum { WITHOUT_DEV = 1, WITHOUT_OPTIONAL = 2, WITHOUT_BOTH = 4, WITHOUT_PEER = 8, ALL = 15, WAITING = 16, ARRIVED = 32 };
enum { SOON = 8 };

/* The walks that take an edge of that type. */
static const uint8_t passes[] = {
	[EDGE_PROD] = ALL,
	[EDGE_DEV] = ALL & ~(WITHOUT_DEV | WITHOUT_BOTH),
	[EDGE_OPTIONAL] = ALL & ~(WITHOUT_OPTIONAL | WITHOUT_BOTH),
	[EDGE_PEER] = ALL & ~WITHOUT_PEER,
	[EDGE_PEER_OPTIONAL] = WITHOUT_DEV,
	[EDGE_WORKSPACE] = ALL,
	[EDGE_CONFIG] = ALL & ~(WITHOUT_DEV | WITHOUT_BOTH),
};

struct arrival {
	uint32_t via; /* a number in tree->out */
	uint32_t depth;
};

struct reach {
	struct tree *tree;
	const struct tree_shape *shape;
	uint8_t *marks;           /* by package, as are: */
	struct arrival *arrivals; /* the first one, where there is a mark that there was one */
	uint32_t *waiting;        /* a ring: `count` of them from `first` on, each package once */
	uint32_t first, count;
};

static uint32_t first_of(const uint32_t *ends, uint32_t package)
{
	return package ? ends[package - 1] : 0;
}

/* The place in the ring, `ahead` behind the first; no more than there are. */
static uint32_t place_of(const struct reach *reach, uint32_t ahead)
{
	uint32_t place = reach->first + ahead, count = reach->tree->package_count;
	return place < count ? place : place - count;
}

static void arrive(struct reach *reach, uint32_t to, struct arrival by, uint8_t bits)
{
	uint8_t *marks = &reach->marks[to];
	if (*marks & ARRIVED && !(bits & ~*marks))
		return;
	if (!(*marks & ARRIVED))
		reach->arrivals[to] = by;
	if (!(*marks & WAITING))
		reach->waiting[place_of(reach, reach->count++)] = to;
	*marks |= bits | ARRIVED | WAITING;
}

/* Where paths begin: at the root, or at all that nobody asks for. */
static void start(struct reach *reach)
{
	const struct tree *tree = reach->tree;
	const uint32_t *in_ends = reach->shape->in_ends;
	arrive(reach, 0, (struct arrival){ TREE_NONE, 0 }, ALL);
	for (uint32_t i = 1; !tree->root_known && i < tree->package_count; i++)
		if (in_ends[i] == first_of(in_ends, i))
			arrive(reach, i, (struct arrival){ TREE_NONE, 0 }, ALL);
}

static uint32_t next(struct reach *reach)
{
	uint32_t package = reach->waiting[reach->first];
	if (reach->count > SOON) /* its edges lie somewhere else */
		__builtin_prefetch(&reach->shape->hops[first_of(reach->shape->out_ends, reach->waiting[place_of(reach, SOON)])]);
	reach->first = place_of(reach, 1);
	reach->count--;
	return package;
}

/* At a package and, where it is a link, at its target too. */
static void walk(struct reach *reach)
{
	const struct tree_shape *shape = reach->shape;
	start(reach);
	while (reach->count) {
		uint32_t from = next(reach), depth = reach->arrivals[from].depth + 1;
		uint8_t bits = reach->marks[from] &= (uint8_t)~WAITING;
		for (uint32_t k = first_of(shape->out_ends, from); k < shape->out_ends[from]; k++)
			for (uint32_t to = shape->hops[k].to; to != TREE_NONE; to = tree_next_target(shape, to))
				arrive(reach, to, (struct arrival){ k, depth }, bits & passes[shape->hops[k].type]);
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
	package->reached = marks & ALL;
	if (!tree->scopes_known) {
		package->scope = SCOPE_UNKNOWN;
		package->reached |= WITHOUT_DEV | (marks & WITHOUT_OPTIONAL ? WITHOUT_BOTH : 0);
	}
}

static void set_place(const struct reach *reach, uint32_t number)
{
	struct package *package = &reach->tree->packages[number];
	const struct tree_shape *shape = reach->shape;
	package->out_first = first_of(shape->out_ends, number);
	package->out_count = shape->out_ends[number] - package->out_first;
	package->in_first = first_of(shape->in_ends, number);
	package->in_count = shape->in_ends[number] - package->in_first;
	const struct arrival *arrival = &reach->arrivals[number];
	package->reachable = reach->marks[number] & ARRIVED;
	if (package->reachable) {
		package->via = !arrival->depth ? TREE_NONE : shape->ordered ? arrival->via : reach->tree->out[arrival->via];
		package->depth = arrival->depth;
	}
}

/* The lockfile's own word, where the walks do not count. */
static bool is_omitted_by_flags(const struct package *package, unsigned omit)
{
	return ((omit & OMIT_DEV) && package->scope == SCOPE_DEV) || ((omit & OMIT_OPTIONAL) && package->optional) || ((omit & OMIT_PEER) && package->peer);
}

bool package_is_omitted(const struct package *package, unsigned omit)
{
	unsigned without = ((omit & OMIT_DEV) ? WITHOUT_DEV : 0) | ((omit & OMIT_OPTIONAL) ? WITHOUT_OPTIONAL : 0) |
			   ((omit & OMIT_PEER) ? WITHOUT_PEER : 0) | ((omit & OMIT_DEV) && (omit & OMIT_OPTIONAL) ? WITHOUT_BOTH : 0);
	if (!omit || package_is_own(package))
		return false;
	return package->recorded || !package->reachable ? is_omitted_by_flags(package, omit) : (package->reached & without) != without;
}

/* What one of the user's own packages asks for. */
static void set_direct(const struct reach *reach, uint32_t from)
{
	const struct tree_shape *shape = reach->shape;
	for (uint32_t k = first_of(shape->out_ends, from); k < shape->out_ends[from]; k++)
		for (uint32_t to = shape->hops[k].to; to != TREE_NONE; to = tree_next_target(shape, to))
			reach->tree->packages[to].direct = true;
}

enum status tree_reach(struct tree *tree, const struct tree_shape *shape, struct arena *scratch, struct error *err)
{
	struct reach reach = { .tree = tree, .shape = shape };
	reach.marks = arena_array(scratch, tree->package_count, sizeof *reach.marks);
	reach.arrivals = arena_array(scratch, tree->package_count, sizeof *reach.arrivals);
	reach.waiting = arena_array(scratch, tree->package_count, sizeof *reach.waiting);
	if (!reach.marks || !reach.arrivals || !reach.waiting)
		return error_memory(err);
	walk(&reach);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		tree_fetch_ahead(tree, i);
		set_place(&reach, i);
		set_flags(tree, &tree->packages[i], reach.marks[i]);
		if (package_is_own(&tree->packages[i]))
			set_direct(&reach, i);
	}
	return STATUS_OK;
}
