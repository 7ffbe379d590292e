/* What the command `semver` asks: which of these versions satisfy all of these ranges, in order. */
#include <stdlib.h>

#include "assay/semver.h"

struct candidate {
	struct semver version;
	size_t place; /* in the query, so that equal ones keep their order */
};

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = semver_compare(&x->version, &y->version);
	return order ? order : (x->place > y->place) - (x->place < y->place);
}

static size_t add_valid(const struct semver_query *query, struct candidate *candidates)
{
	size_t n = 0;
	for (size_t i = 0; i < query->version_count; i++) {
		struct candidate *next = &candidates[n];
		if (semver_parse(query->versions[i], query->flags, &next->version))
			candidates[n++].place = i;
	}
	return n;
}

static size_t keep_matching(const struct semver_range *range, struct candidate *candidates, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (semver_range_matches(range, &candidates[i].version))
			candidates[kept++] = candidates[i];
	return kept;
}

/* An invalid range is no error to npm's command: nothing satisfies it. */
static enum status keep_satisfying(const struct semver_query *query, struct arena *arena, struct candidate *candidates, size_t *n, struct error *err)
{
	for (size_t i = 0; i < query->range_count && *n; i++) {
		struct semver_range *range;
		enum status status = semver_range_parse(query->ranges[i], query->flags, arena, &range, err);
		if (status == STATUS_INVALID) {
			if (err)
				err->status = STATUS_NOT_FOUND;
			return STATUS_NOT_FOUND;
		}
		if (status != STATUS_OK)
			return status;
		*n = keep_matching(range, candidates, *n);
	}
	return *n ? STATUS_OK : error_set(err, STATUS_NOT_FOUND, "no version satisfies every range");
}

enum status semver_select(const struct semver_query *query, struct arena *arena, struct semver **out, size_t *count, struct error *err)
{
	struct candidate *candidates = arena_array(arena, query->version_count, sizeof *candidates);
	if (!candidates)
		return error_memory(err);
	size_t n = add_valid(query, candidates);
	if (n == 0)
		return error_set(err, STATUS_NOT_FOUND, "no valid version among %zu", query->version_count);
	enum status status = keep_satisfying(query, arena, candidates, &n, err);
	if (status != STATUS_OK)
		return status;
	struct semver *versions = arena_array(arena, n, sizeof *versions);
	if (!versions)
		return error_memory(err);
	qsort(candidates, n, sizeof *candidates, compare_candidates);
	for (size_t i = 0; i < n; i++)
		versions[i] = candidates[i].version;
	*out = versions;
	*count = n;
	return STATUS_OK;
}
