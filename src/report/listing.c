/* Which findings a report shows, and in which order. */
#include <stdlib.h>

#include "report/report_private.h"

bool listed_is_waived(const struct listed *listed)
{
	return listed->finding->waiver_state == WAIVER_ACTIVE;
}

bool listed_is_quiet(const struct listed *listed)
{
	return listed_is_waived(listed) || (listed->finding->status == FINDING_CARRIED && !listed->finding->rule->gap);
}

bool listed_is_advisory(const struct listed *listed)
{
	return listed->finding->rule->by_advisory;
}

static int compare_int(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int worst_first(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;
	int order = compare_int(listed_is_quiet(a), listed_is_quiet(b));
	if (!order)
		order = compare_int(b->finding->level, a->finding->level);
	if (!order)
		order = compare_int(b->finding->severity, a->finding->severity);
	if (!order)
		order = compare_int(listed_score_tenths(b), listed_score_tenths(a));
	/* As the projects have them: they stand in one array, and each one's findings too. */
	if (!order)
		order = compare_int((intptr_t)a->project, (intptr_t)b->project);
	return order ? order : compare_int((intptr_t)a->finding, (intptr_t)b->finding);
}

enum status listing_make(const struct report *report, struct arena *arena, struct listing *out, struct error *err)
{
	size_t room = 0, n = 0;
	for (size_t i = 0; i < report->project_count; i++)
		room += report->projects[i].scan->findings.n;
	struct listed *v = arena_array(arena, room ? room : 1, sizeof *v);
	if (!v)
		return error_memory(err);
	for (size_t i = 0; i < report->project_count; i++) {
		const struct scan *scan = report->projects[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++)
			if (scan->findings.v[k].level != LEVEL_OFF)
				v[n++] = (struct listed){ &report->projects[i], &scan->findings.v[k] };
	}
	if (n)
		qsort(v, n, sizeof *v, worst_first);
	*out = (struct listing){ v, n };
	return STATUS_OK;
}
