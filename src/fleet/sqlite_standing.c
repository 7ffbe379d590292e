/* What stands in a lockfile, by all that it can be known again by. */
#include "fleet/sqlite_finding.h"
#include "fleet/told.h"

bool finding_counts(struct str level, bool waived)
{
	return !waived && (str_equal(level, STR("error")) || str_equal(level, STR("warn")));
}

bool finding_is_error(struct str level, bool waived, bool gap)
{
	return !waived && !gap && str_equal(level, STR("error"));
}

struct str finding_problem_key(struct arena *arena, struct str rule, struct str id, struct str name)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s", STR_ARG(rule), STR_ARG(id), STR_ARG(name));
}

struct str finding_version_key(struct arena *arena, struct str rule, struct str id, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(rule), STR_ARG(id), STR_ARG(name), STR_ARG(version));
}

static bool note_oldest(struct open_findings *out, struct str key)
{
	size_t last = out->v.n - 1, there;
	bool older = map_find(out->by_problem, key, &there) && there < last && out->v.v[there].first <= out->v.v[last].first;
	return older || map_set(out->by_problem, key, last);
}

static bool note_problem(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct open_finding *open = &out->v.v[out->v.n - 1];
	struct str id, rule = query_text(query, 4), first = query_text(query, 5), aliases = query_text(query, 6), name = query_text(query, 7);
	struct str version = name.n ? query_text(query, 10) : query_text(query, 12);
	open->ids = arena_printf(r->scratch, "%.*s%s%.*s", STR_ARG(first), aliases.n ? "," : "", STR_ARG(aliases));
	open->key = finding_version_key(r->scratch, rule, first, name, version);
	if (!open->ids.p || !open->key.p || !note_oldest(out, open->key))
		return false;
	open->release = str_from(open->key, rule.n + first.n + 2);
	while (str_split(&aliases, ',', &id)) {
		struct str key = finding_version_key(r->scratch, rule, id, name, version);
		if (!key.p || !note_oldest(out, key))
			return false;
	}
	return copy_text(query, 7, r->scratch, &open->name);
}

static bool note_error(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct str aliases = query_text(query, 6), id = query_text(query, 5);
	do {
		struct str key = finding_problem_key(r->scratch, query_text(query, 4), id, query_text(query, 7));
		if (!key.p || !map_set(out->errors, key, 1))
			return false;
	} while (str_split(&aliases, ',', &id));
	return true;
}

static bool read_one(struct recording *r, struct store_query *query, struct open_findings *out)
{
	struct open_finding *open = vec_add(r->scratch, &out->v);
	if (!open)
		return false;
	*open = (struct open_finding){
		.id = query_int(query, 0),
		.first = query_int(query, 11),
		.counts = finding_counts(query_text(query, 2), query_int(query, 3)),
		.advisory = check_is_by_advisory(query_text(query, 4)),
		.told = str_starts_with(query_text(query, 9), STR(TOLD_BY)),
		.error = finding_is_error(query_text(query, 2), query_int(query, 3), query_int(query, 8)),
	};
	return copy_text(query, 1, r->scratch, &open->fingerprint) && map_set(out->by_fingerprint, open->fingerprint, out->v.n - 1) &&
	       note_problem(r, query, out) && (!open->error || note_error(r, query, out));
}

static bool make_open(struct recording *r, struct open_findings *out)
{
	*out = (struct open_findings){ .by_fingerprint = map_new(r->scratch, 0), .by_problem = map_new(r->scratch, 0), .errors = map_new(r->scratch, 0) };
	return out->by_fingerprint && out->by_problem && out->errors;
}

/* Adds those of a lockfile. `names` NULL: all are asked about; else what advisories say of these. */
static enum status add_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out)
{
	struct store_query *query = recording_query(r, Q_FINDINGS_OPEN);
	bool row = true;
	size_t value;
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, lockfile);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, r->err)) && row) {
		if (!read_one(r, query, out)) {
			status = error_memory(r->err);
			break;
		}
		struct open_finding *open = &out->v.v[out->v.n - 1];
		open->asked = !names || (open->advisory && map_find(names, query_text(query, 7), &value));
	}
	query_reset(query);
	return status;
}

enum status recording_read_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out)
{
	return make_open(r, out) ? add_open(r, names, lockfile, out) : error_memory(r->err);
}

enum status recording_add_leaving(struct recording *r, int64_t lockfile, bool stays)
{
	if (!r->leaving) {
		r->leaving = arena_alloc(r->scratch, sizeof *r->leaving);
		if (!r->leaving || !make_open(r, r->leaving))
			return error_memory(r->err);
	}
	size_t before = r->leaving->v.n;
	enum status status = add_open(r, NULL, lockfile, r->leaving);
	for (size_t i = before; i < r->leaving->v.n && stays; i++)
		r->leaving->v.v[i].seen = true;
	return status;
}
