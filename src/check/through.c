#include "check/through.h"

/* A package is followed again only when it has gained something. */
struct flood {
	const struct tree *tree;
	struct through *found;
	uint32_t *queue; /* a ring: each package is in it at most once */
	bool *queued;
	uint32_t head, length;
};

static bool add_one(struct through *into, uint32_t direct)
{
	uint8_t at = 0;
	while (at < into->count && into->direct[at] < direct)
		at++;
	if (into->many || (at < into->count && into->direct[at] == direct))
		return false;
	if (into->count == FIX_THROUGH) {
		*into = (struct through){ .many = true };
		return true;
	}
	memmove(into->direct + at + 1, into->direct + at, (size_t)(into->count - at) * sizeof into->direct[0]);
	into->direct[at] = direct;
	into->count++;
	return true;
}

bool through_merge(struct through *into, const struct through *from)
{
	bool gained = from->many && !into->many;
	if (gained)
		*into = (struct through){ .many = true };
	for (uint8_t i = 0; i < from->count; i++)
		gained |= add_one(into, from->direct[i]);
	return gained;
}

/* What an edge leads to, links stepped through; TREE_NONE for the user's own. */
static uint32_t target_of(const struct tree *tree, const struct edge *edge)
{
	uint32_t to = edge->to;
	if (to != TREE_NONE && tree->packages[to].kind == PACKAGE_LINK)
		to = tree->packages[to].link_target;
	return to == TREE_NONE || package_is_own(&tree->packages[to]) ? TREE_NONE : to;
}

static void pour(struct flood *flood, uint32_t to, const struct through *from)
{
	if (!through_merge(&flood->found[to], from) || flood->queued[to])
		return;
	flood->queued[to] = true;
	flood->queue[(uint32_t)(((uint64_t)flood->head + flood->length++) % flood->tree->package_count)] = to;
}

static void begin(struct flood *flood)
{
	const struct tree *tree = flood->tree;
	for (uint32_t i = 0; i < tree->edge_count; i++) {
		uint32_t to = target_of(tree, &tree->edges[i]);
		if (to != TREE_NONE && package_is_own(&tree->packages[tree->edges[i].from]))
			pour(flood, to, &(struct through){ .direct = { to }, .count = 1 });
	}
}

/* An optional peer is used where it is there, not brought. */
static void run(struct flood *flood)
{
	const struct tree *tree = flood->tree;
	while (flood->length) {
		uint32_t number = flood->queue[flood->head];
		const struct package *package = &tree->packages[number];
		flood->head = (flood->head + 1) % tree->package_count;
		flood->length--;
		flood->queued[number] = false;
		for (uint32_t i = 0; i < package->out_count; i++) {
			const struct edge *edge = &tree->edges[tree->out[package->out_first + i]];
			uint32_t to = edge->type == EDGE_PEER_OPTIONAL ? TREE_NONE : target_of(tree, edge);
			if (to != TREE_NONE)
				pour(flood, to, &flood->found[number]);
		}
	}
}

struct through *through_find(const struct tree *tree, struct arena *arena)
{
	struct flood flood = {
		.tree = tree,
		.found = arena_array(arena, tree->package_count, sizeof *flood.found),
		.queue = arena_array(arena, tree->package_count, sizeof *flood.queue),
		.queued = arena_array(arena, tree->package_count, sizeof *flood.queued),
	};
	if (!flood.found || !flood.queue || !flood.queued)
		return NULL;
	begin(&flood);
	run(&flood);
	return flood.found;
}
