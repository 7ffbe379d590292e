/* What a report says is not found again: it stands beside what is. */
#include "fleet/told.h"

/* ---- what is known here --------------------------------------------------------------------- */

struct told_known {
	struct advisory_db *db;
	struct arena *arena, *scratch;
	struct map *names; /* that were asked for */
	struct map *ids;   /* "name\nid or alias" */
};

struct told_known *told_known_new(struct advisory_db *db, struct arena *arena)
{
	struct told_known *known = arena_alloc(arena, sizeof *known);
	if (!known)
		return NULL;
	*known = (struct told_known){ .db = db, .arena = arena, .scratch = arena_new(0), .names = map_new(arena, 0), .ids = map_new(arena, 0) };
	if (known->scratch && known->names && known->ids)
		return known;
	arena_free(known->scratch);
	return NULL;
}

void told_known_free(struct told_known *known)
{
	if (known)
		arena_free(known->scratch);
}

static bool note_id(struct told_known *known, struct str name, struct str id)
{
	struct str key = arena_printf(known->arena, "%.*s\n%.*s", STR_ARG(name), STR_ARG(id));
	return key.p && map_set(known->ids, key, 1);
}

static bool note_advisory(struct told_known *known, struct str name, const struct advisory *advisory)
{
	bool fine = note_id(known, name, advisory->id);
	for (size_t i = 0; i < advisory->alias_count && fine; i++)
		fine = note_id(known, name, advisory->aliases[i]);
	return fine;
}

/* By the package's name, which any database finds at once; of an id a compact one would read all it has. */
static enum status ask(struct told_known *known, struct str name, struct error *err)
{
	struct affected *affected;
	size_t count;
	struct str copy = arena_copy(known->arena, name);
	if (!copy.p || !map_set(known->names, copy, 1))
		return error_memory(err);
	arena_reset(known->scratch);
	enum status status = advisory_db_find(known->db, name, ADVISORY_EVER, known->scratch, &affected, &count, err);
	for (size_t i = 0; i < count && !status; i++)
		if (!note_advisory(known, name, affected[i].advisory))
			status = error_memory(err);
	return status;
}

enum status told_is_known(struct told_known *known, struct str name, struct str id, bool *out, struct error *err)
{
	size_t value;
	enum status status = map_find(known->names, name, &value) ? STATUS_OK : ask(known, name, err);
	if (status)
		return status;
	arena_reset(known->scratch);
	struct str key = arena_printf(known->scratch, "%.*s\n%.*s", STR_ARG(name), STR_ARG(id));
	*out = key.p && map_find(known->ids, key, &value);
	return key.p ? STATUS_OK : error_memory(err);
}

/* ---- what stands beside it --------------------------------------------------------------------- */

/* Under any of its names. */
static enum status is_judged_here(const struct finding *finding, struct str name, struct told_known *known, bool *out, struct error *err)
{
	*out = false;
	if (!known || !finding->rule->by_advisory)
		return STATUS_OK;
	enum status status = told_is_known(known, name, finding->id, out, err);
	for (size_t i = 0; i < finding->alias_count && !status && !*out; i++)
		status = told_is_known(known, name, finding->aliases[i], out, err);
	return status;
}

static enum status add_all(const struct told *told, struct told_known *known, struct scan *scan, struct error *err)
{
	struct map *there = map_new(scan->arena, scan->findings.n + told->finding_count);
	size_t number, before;
	if (!there)
		return error_memory(err);
	for (size_t i = 0; i < scan->findings.n; i++)
		if (!map_set(there, scan->findings.v[i].fingerprint, i))
			return error_memory(err);
	for (size_t i = 0; i < told->finding_count; i++) {
		const struct finding *finding = &told->findings[i];
		bool here;
		enum status status = is_judged_here(finding, told->tree->packages[finding->instances[0]].name, known, &here, err);
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

/* The store does not keep of a package all that other rules judge by. What they found of it stands. */
static void leave_out_known(const struct told *told, struct scan *scan)
{
	size_t kept = 0;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (!told->known_from || finding->rule->by_advisory || finding->instances[0] < told->known_from)
			scan->findings.v[kept++] = *finding;
	}
	scan->findings.n = kept;
}

enum status told_add(const struct told *told, struct advisory_db *db, struct scan *scan, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct told_known *known = arena && db ? told_known_new(db, arena) : NULL;
	leave_out_known(told, scan);
	enum status status = arena && (known || !db) ? add_all(told, known, scan, err) : error_memory(err);
	told_known_free(known);
	return status;
}
