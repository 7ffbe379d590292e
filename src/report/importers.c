/*
 * Who of the user's own packages brings a package: found forward from 64 of them at a time, a bit for each, until nothing changes.
 * An edge is followed again only when it carries a new bit, which in real trees is a few times.
 */
#include "report/report_private.h"

enum { BATCH = 64 };

struct flood {
	const struct tree *tree;
	uint64_t *reach; /* by package: which of the batch reach it */
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
static void spread(struct flood *flood)
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

static bool note(const struct flood *flood, const bool *wanted, const uint32_t *own, size_t own_count,
		 struct arena *arena, struct importers *lists)
{
	for (uint32_t i = 0; i < flood->tree->package_count; i++) {
		for (size_t k = 0; wanted[i] && flood->reach[i] && k < own_count; k++) {
			if (!(flood->reach[i] >> k & 1))
				continue;
			uint32_t *slot = vec_add(arena, &lists[i]);
			if (!slot)
				return false;
			*slot = own[k];
		}
	}
	return true;
}

static size_t collect_own(const struct tree *tree, uint32_t *own)
{
	size_t n = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (tree->packages[i].kind == PACKAGE_ROOT || tree->packages[i].kind == PACKAGE_WORKSPACE)
			own[n++] = i;
	return n;
}

enum status importers_find(const struct tree *tree, const bool *wanted, struct arena *arena, struct importers **out,
			   struct error *err)
{
	uint32_t count = tree->package_count;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct importers *lists = arena_array(arena, count, sizeof *lists);
	uint32_t *own = scratch ? arena_array(scratch, count, sizeof *own) : NULL;
	struct flood flood = { .tree = tree };
	if (own) {
		flood.reach = arena_array(scratch, count, sizeof *flood.reach);
		flood.queue = arena_array(scratch, count, sizeof *flood.queue);
		flood.queued = arena_array(scratch, count, sizeof *flood.queued);
	}
	if (!lists || !flood.reach || !flood.queue || !flood.queued)
		return error_memory(err);
	size_t own_count = collect_own(tree, own);
	for (size_t first = 0; first < own_count; first += BATCH) {
		size_t n = own_count - first < BATCH ? own_count - first : BATCH;
		memset(flood.reach, 0, count * sizeof *flood.reach);
		for (size_t k = 0; k < n; k++)
			pour(&flood, own[first + k], (uint64_t)1 << k);
		spread(&flood);
		if (!note(&flood, wanted, own + first, n, arena, lists))
			return error_memory(err);
	}
	*out = lists;
	return STATUS_OK;
}
