/* What stood in lockfiles that are no more, and nobody has taken over: it moves, is one with another, or ends. */
#include "fleet/sqlite_finding.h"

static enum status move_finding(struct recording *r, const struct open_finding *finding, int64_t lockfile)
{
	struct store_query *query = recording_query(r, Q_FINDING_MOVE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, finding->id);
	query_bind_int(query, 2, lockfile);
	return query_run(query, r->err);
}

/* The oldest of the same problem of the same release. */
static const struct open_finding *find_oldest(const struct open_findings *leaving, const struct open_finding *finding)
{
	size_t number;
	return map_find(leaving->by_problem, finding->key, &number) && number < leaving->v.n ? &leaving->v.v[number] : finding;
}

/* Two are one now, and it goes on: nothing came to an end. */
static enum status drop_finding(struct recording *r, const struct open_finding *finding)
{
	static const enum sqlite_query queries[] = { Q_FINDING_DROP_NEWS, Q_FINDING_DROP };
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof queries / sizeof *queries && !status; i++) {
		struct store_query *query = recording_query(r, queries[i]);
		if (!query)
			return r->err->status;
		query_bind_int(query, 1, finding->id);
		status = query_run(query, r->err);
	}
	return status;
}

/* What stands in lockfiles that something moves to, by "lockfile\nfingerprint" and "lockfile\nkey". */
static bool note_place(struct recording *r, struct map *places, int64_t lockfile, const struct open_finding *finding)
{
	struct str fingerprint = arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->fingerprint));
	struct str key = arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->key));
	return fingerprint.p && key.p && map_set(places, fingerprint, 1) && map_set(places, key, 1);
}

static bool has_place(struct recording *r, const struct map *places, int64_t lockfile, const struct open_finding *finding)
{
	size_t there;
	return map_find(places, arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->fingerprint)), &there) ||
	       map_find(places, arena_printf(r->scratch, "%lld\n%.*s", (long long)lockfile, STR_ARG(finding->key)), &there);
}

static enum status read_places(struct recording *r, struct map *places, int64_t lockfile)
{
	struct open_findings there;
	size_t known;
	struct str name = arena_printf(r->scratch, "%lld", (long long)lockfile);
	if (!name.p)
		return error_memory(r->err);
	if (map_find(places, name, &known))
		return STATUS_OK;
	enum status status = map_set(places, name, 1) ? recording_read_open(r, NULL, lockfile, &there) : error_memory(r->err);
	for (size_t i = 0; !status && i < there.v.n; i++)
		status = note_place(r, places, lockfile, &there.v.v[i]) ? STATUS_OK : error_memory(r->err);
	return status;
}

/* *moved false: it stands there already. */
static enum status move_to(struct recording *r, struct map *places, const struct open_finding *finding, int64_t heir, bool *moved)
{
	enum status status = read_places(r, places, heir);
	*moved = false;
	if (status || has_place(r, places, heir, finding))
		return status;
	*moved = true;
	status = move_finding(r, finding, heir);
	return status || note_place(r, places, heir, finding) ? status : error_memory(r->err);
}

/* To the first lockfile that has its release and not yet the finding; where they all have it, two are one. What is told of a project is told in whatever
 * pieces: one that is told in another piece now is the same. */
static enum status end_one(struct recording *r, struct map *places, const struct releases *releases, struct open_finding *finding, int64_t heir)
{
	enum status status = STATUS_OK;
	size_t at = 0;
	const struct open_finding *oldest = find_oldest(r->leaving, finding);
	bool moved = false, taken = oldest->seen;
	if (r->look->since && (taken || oldest->merged))
		return drop_finding(r, finding);
	if (!taken && finding->advisory && releases->map)
		(void)!map_find(releases->map, finding->release, &at);
	finding->counts &= !taken && !at && !heir;
	for (; at && !moved && !status; at = releases->places.v[at - 1].next)
		status = move_to(r, places, finding, releases->places.v[at - 1].lockfile, &moved);
	if (!status && !moved && !taken && heir)
		status = move_to(r, places, finding, heir, &moved);
	return status || moved ? status : recording_close_finding(r, finding);
}

enum status recording_end_leaving(struct recording *r, const struct releases *releases, int64_t heir)
{
	struct map *places = map_new(r->scratch, 0);
	enum status status = places ? STATUS_OK : error_memory(r->err);
	for (size_t i = 0; !status && r->leaving && i < r->leaving->v.n; i++)
		if (!r->leaving->v.v[i].seen)
			status = end_one(r, places, releases, &r->leaving->v.v[i], heir);
	return status;
}
