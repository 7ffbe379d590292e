/* What the store answers: packages, where they are and were, what is wanted, findings. */
#include <stdlib.h>

#include "fleet/sqlite.h"

enum { CHAIN_MAX = 200 };

static bool read_package(struct store_query *query, struct arena *arena, struct kept_package *out)
{
	out->id = query_int(query, 0);
	return copy_text(query, 1, arena, &out->name) && copy_text(query, 2, arena, &out->version) && copy_text(query, 3, arena, &out->integrity);
}

enum status sqlite_packages(void *state, struct str name, struct arena *arena, struct kept_package **out, size_t *count, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PACKAGES_NAMED, err);
	VEC(struct kept_package) found = { 0 };
	bool row = true;
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct kept_package *package = vec_add(arena, &found);
		if (!package || !read_package(query, arena, package))
			status = error_memory(err);
	}
	query_reset(query);
	*out = found.v;
	*count = found.n;
	return status;
}

enum status sqlite_each_integrity(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_INTEGRITIES, err);
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		const struct kept_package package = { query_int(query, 0), query_text(query, 1), query_text(query, 2), query_text(query, 3) };
		status = each(context, &package, err);
	}
	if (query)
		query_reset(query);
	return status;
}

enum status sqlite_places(void *state, int64_t package, enum status (*each)(void *context, const struct kept_place *place, struct error *err),
			  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PLACES, err);
	bool row = true;
	if (!query)
		return status_failure(err->status);
	query_bind_int(query, 1, package);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, err)) && row) {
		const struct kept_place place = {
			.lockfile = query_int(query, 0),
			.tree = query_int(query, 1),
			.package = query_int(query, 2),
			.project = query_text(query, 3),
			.path = query_text(query, 4),
			.format = query_text(query, 5),
			.owner = query_text(query, 6),
			.owner_from = query_text(query, 7),
			.commit = query_text(query, 8),
			.scope = query_text(query, 9),
			.seen = query_date(query, 10),
			.first = query_int(query, 11),
			.last = query_date(query, 12),
			.gone = query_date(query, 13),
			.line = query_int(query, 14),
			.direct = query_int(query, 15),
			.optional = query_int(query, 16),
			.tags = query_text(query, 17),
			.told = query_int(query, 18),
		};
		status = each(context, &place, err);
	}
	query_reset(query);
	return status;
}

/* A damaged store could lead round and round. */
enum status sqlite_chain(void *state, int64_t tree, int64_t package, struct arena *arena, struct str *out, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_MEMBER, err);
	struct str chain = STR("");
	if (!query)
		return status_failure(err->status);
	for (int steps = 0; steps < CHAIN_MAX; steps++) {
		bool row;
		query_bind_int(query, 1, tree);
		query_bind_int(query, 2, package);
		enum status status = query_next(query, &row, err);
		if (status)
			return status;
		if (row)
			chain = arena_printf(arena, "%.*s@%.*s%s%.*s", STR_ARG(query_text(query, 0)), STR_ARG(query_text(query, 1)),
					     chain.n ? " > " : "", STR_ARG(chain));
		bool end = !row || query_is_null(query, 2);
		package = row ? query_int(query, 2) : 0;
		query_reset(query);
		if (!chain.p)
			return error_memory(err);
		if (end)
			break;
	}
	*out = chain;
	return STATUS_OK;
}

enum status sqlite_wanted(void *state, struct str name, enum status (*each)(void *context, const struct kept_wanted *wanted, struct error *err),
			  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, name.p ? Q_WANTED : Q_WANTED_ALIASED, err);
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query && name.p)
		query_bind_text(query, 1, name);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		const struct kept_wanted wanted = { .project = query_text(query, 0),
						    .path = query_text(query, 1),
						    .owner = query_text(query, 2),
						    .spec = query_text(query, 3),
						    .name = query_text(query, 4),
						    .tags = query_text(query, 5),
						    .beside = query_int(query, 6),
						    .type = query_text(query, 7) };
		status = each(context, &wanted, err);
	}
	if (query)
		query_reset(query);
	return status;
}

/* ---- findings ------------------------------------------------------------------------- */

/* ?1 is a day or NULL; ?2 whether those that are gone are asked for. */
#define STANDS \
	"(?1 IS NULL AND ?2 = 0 AND f.gone IS NULL OR ?1 IS NULL AND ?2 = 1 AND f.gone IS NOT NULL" \
	" OR ?1 IS NOT NULL AND f.first <= ?1 AND (f.gone IS NULL OR f.gone > ?1))"

/* What came or went since a date is found by an index of its own, and so is what stands in one project. */
#define FIND_FINDINGS(which, stands, since, project) \
	"SELECT " SQLITE_FINDING_COLUMNS " FROM " which " WHERE " stands " AND (?3 IS NULL OR f.rule = ?3)" \
	" AND (?4 IS NULL OR f.problem = ?4 COLLATE NOCASE OR instr(',' || upper(f.aliases) || ',', ',' || upper(?4) || ','))" \
	" AND (?5 IS NULL OR f.name = ?5) AND " SQLITE_RANK_LEVEL " >= ?6 AND " SQLITE_RANK_SEVERITY " >= ?7" \
	" AND " since " AND " project " ORDER BY f.waived, " SQLITE_RANK_LEVEL " DESC, " SQLITE_RANK_SEVERITY \
	" DESC, p.name, l.path, f.name, f.version, f.problem," \
	" f.fingerprint, f.first"
#define ALL(which) "finding f " which "JOIN lockfile l ON l.id = f.lockfile JOIN project p ON p.id = l.project"
#define ANY_PROJECT "(?9 IS NULL OR p.name = ?9)"
static const char find_all[] = FIND_FINDINGS(ALL(""), STANDS, "?8 IS NULL", ANY_PROJECT);
static const char find_come[] = FIND_FINDINGS(ALL("INDEXED BY finding_first "), STANDS, "f.first >= ?8", ANY_PROJECT);
static const char find_gone[] = FIND_FINDINGS(ALL("INDEXED BY finding_gone "), STANDS, "f.gone >= ?8", ANY_PROJECT);
static const char find_own[] = FIND_FINDINGS("project p JOIN lockfile l ON l.project = p.id JOIN finding f INDEXED BY finding_open ON f.lockfile = l.id",
					     "?1 IS NULL AND ?2 = 0 AND f.gone IS NULL", "?8 IS NULL", "p.name = ?9");

static const char *find_of(const struct fleet_finding_filter *filter)
{
	if (filter->since != DATE_NONE)
		return filter->gone ? find_gone : find_come;
	return filter->exact.p && !filter->gone && filter->at == DATE_NONE ? find_own : find_all;
}

struct fleet_finding sqlite_finding_of(struct store_query *query)
{
	return (struct fleet_finding){
		.project = query_text(query, 0),
		.lockfile = query_text(query, 1),
		.owner = query_text(query, 2),
		.rule = query_text(query, 3),
		.problem = query_text(query, 4),
		.aliases = query_text(query, 5),
		.title = query_text(query, 6),
		.severity = query_text(query, 7),
		.level = query_text(query, 8),
		.score = query_is_null(query, 9) ? -1 : query_int(query, 9),
		.waived = query_int(query, 10),
		.gap = query_int(query, 11),
		.direct = query_int(query, 12),
		.name = query_text(query, 13),
		.version = query_text(query, 14),
		.scope = query_text(query, 15),
		.fix = query_text(query, 16),
		.message = query_text(query, 17),
		.decided_by = query_text(query, 18),
		.fingerprint = query_text(query, 19),
		.line = query_int(query, 20),
		.first = query_int(query, 21),
		.last = query_date(query, 22),
		.gone = query_date(query, 23),
	};
}

static void bind_filter(struct store_query *query, const struct fleet_finding_filter *filter)
{
	bind_date(query, 1, filter->at);
	query_bind_int(query, 2, filter->gone);
	query_bind_text(query, 3, filter->rule);
	query_bind_text(query, 4, filter->problem);
	query_bind_text(query, 5, filter->package);
	query_bind_int(query, 6, filter->level);
	query_bind_int(query, 7, filter->severity);
	bind_date(query, 8, filter->since);
	query_bind_text(query, 9, filter->exact);
}

enum status sqlite_findings(void *state, const struct fleet_finding_filter *filter, bool (*each)(void *context, const struct fleet_finding *finding),
			    void *context, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = true, go = true;
	enum status status = store_prepare(((struct sqlite_fleet *)state)->store, find_of(filter), &query, err);
	if (status)
		return status;
	bind_filter(query, filter);
	while (!status && go && !(status = query_next(query, &row, err)) && row) {
		const struct fleet_finding finding = sqlite_finding_of(query);
		if (fleet_filter_fits_lockfile(&filter->project, finding.project, finding.owner, query_text(query, SQLITE_FINDING_TAGS)))
			go = each(context, &finding);
	}
	return status;
}
