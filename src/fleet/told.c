/* What a report says is not found again: it stands beside what is. */
#include "fleet/told.h"

enum status told_is_known(struct advisory_db *db, struct str id, struct arena *scratch, bool *out, struct error *err)
{
	struct affected *affected;
	struct str *names;
	size_t count;
	arena_reset(scratch);
	enum status status = advisory_db_get(db, id, scratch, &affected, &names, &count, err);
	*out |= !status;
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* Under any of its names. */
static enum status is_judged_here(const struct finding *finding, struct advisory_db *db, struct arena *scratch, bool *out, struct error *err)
{
	*out = false;
	if (!db || !finding->rule->by_advisory)
		return STATUS_OK;
	enum status status = told_is_known(db, finding->id, scratch, out, err);
	for (size_t i = 0; i < finding->alias_count && !status && !*out; i++)
		status = told_is_known(db, finding->aliases[i], scratch, out, err);
	return status;
}

enum status told_add(const struct told *told, struct advisory_db *db, struct scan *scan, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *there = map_new(scan->arena, scan->findings.n + told->finding_count);
	size_t number, before;
	if (!scratch || !there)
		return error_memory(err);
	for (size_t i = 0; i < scan->findings.n; i++)
		if (!map_set(there, scan->findings.v[i].fingerprint, i))
			return error_memory(err);
	for (size_t i = 0; i < told->finding_count; i++) {
		const struct finding *finding = &told->findings[i];
		bool here;
		enum status status = is_judged_here(finding, db, scratch, &here, err);
		if (status)
			return status;
		if (here || map_find(there, finding->fingerprint, &number))
			continue;
		before = scan->findings.n;
		struct finding *added = vec_add(scan->arena, &scan->findings);
		if (!added || !map_set(there, finding->fingerprint, before))
			return error_memory(err);
		*added = *finding;
	}
	return STATUS_OK;
}
