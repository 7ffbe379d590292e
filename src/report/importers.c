/*
 * Who of the user's own packages brings a package: found forward from 64 of them at a time, a bit for each.
 */
#include "report/report_private.h"

enum { BATCH = 64 };

static bool note(const struct tree *tree, const uint64_t *reach, const bool *wanted, const uint32_t *own, size_t own_count, struct arena *arena,
		 struct importers *lists)
{
	for (uint32_t i = 0; i < tree->package_count; i++) {
		for (size_t k = 0; wanted[i] && reach[i] && k < own_count; k++) {
			if (!(reach[i] >> k & 1))
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

enum status importers_find(const struct tree *tree, const bool *wanted, struct arena *arena, struct importers **out, struct error *err)
{
	uint32_t count = tree->package_count;
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct importers *lists = arena_array(arena, count, sizeof *lists);
	uint32_t *own = scratch ? arena_array(scratch, count, sizeof *own) : NULL;
	uint64_t *reach = own ? arena_array(scratch, count, sizeof *reach) : NULL;
	if (!lists || !reach)
		return error_memory(err);
	size_t own_count = collect_own(tree, own);
	for (size_t first = 0; first < own_count; first += BATCH) {
		size_t n = own_count - first < BATCH ? own_count - first : BATCH;
		memset(reach, 0, count * sizeof *reach);
		for (size_t k = 0; k < n; k++)
			reach[own[first + k]] = (uint64_t)1 << k;
		enum status status = tree_spread(tree, reach, err);
		if (status)
			return status;
		if (!note(tree, reach, wanted, own + first, n, arena, lists))
			return error_memory(err);
	}
	*out = lists;
	return STATUS_OK;
}
