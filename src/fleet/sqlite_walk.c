/* All that the store holds, in order, for whoever shows it whole. Nothing is held in memory: a row at a time. */
#include "fleet/sqlite.h"

/* The next row; false behind the last one, and after a failure. */
static bool next(struct store_query *query, enum status *status, struct error *err)
{
	bool row = false;
	if (!*status)
		*status = query_next(query, &row, err);
	return !*status && row;
}

enum status sqlite_presences(void *state, enum status (*each)(void *context, const struct kept_presence *presence, struct error *err), void *context,
			     struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PRESENCES, err);
	enum status status = query ? STATUS_OK : status_failure(err->status);
	while (next(query, &status, err)) {
		const struct kept_presence presence = {
			.project = query_text(query, 0),
			.path = query_text(query, 1),
			.format = query_text(query, 2),
			.owner = query_text(query, 3),
			.commit = query_text(query, 4),
			.lockfile = query_int(query, 5),
			.tree = query_int(query, 6),
			.packages = (uint64_t)query_int(query, 7),
			.first = query_int(query, 8),
			.gone = query_date(query, 9),
		};
		status = each(context, &presence, err);
	}
	if (query)
		query_reset(query);
	return status;
}

static enum status each_package(struct store_query *query, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				void *context, struct error *err)
{
	enum status status = query ? STATUS_OK : status_failure(err->status);
	while (next(query, &status, err)) {
		const struct kept_package package = { query_int(query, 0), query_text(query, 1), query_text(query, 2), query_text(query, 3) };
		status = each(context, &package, err);
	}
	if (query)
		query_reset(query);
	return status;
}

enum status sqlite_all_packages(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err), void *context,
				struct error *err)
{
	return each_package(sqlite_query(state, Q_ALL_PACKAGES, err), each, context, err);
}

enum status sqlite_tree_packages(void *state, int64_t tree, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				 void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_TREE_PACKAGES, err);
	if (query)
		query_bind_int(query, 1, tree);
	return each_package(query, each, context, err);
}

enum status sqlite_members(void *state, int64_t tree, enum status (*each)(void *context, int64_t package, struct str scope, bool direct, struct error *err),
			   void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_MEMBERS, err);
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query)
		query_bind_int(query, 1, tree);
	while (next(query, &status, err))
		status = each(context, query_int(query, 0), query_text(query, 1), query_int(query, 2), err);
	if (query)
		query_reset(query);
	return status;
}

enum status sqlite_trees_with(void *state, int64_t package, enum status (*each)(void *context, int64_t tree, struct error *err), void *context,
			      struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_TREES_WITH, err);
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query)
		query_bind_int(query, 1, package);
	while (next(query, &status, err))
		status = each(context, query_int(query, 0), err);
	if (query)
		query_reset(query);
	return status;
}

#define HISTORY "SELECT " SQLITE_FINDING_COLUMNS " FROM finding f JOIN lockfile l ON l.id = f.lockfile JOIN project p ON p.id = l.project"
#define OF_ADVISORIES " WHERE f.rule IN ('malware', 'vulnerability')"
#define THEN \
	" p.name, l.path, f.waived, " SQLITE_RANK_LEVEL " DESC, " SQLITE_RANK_SEVERITY " DESC, f.name, f.version, f.problem, f.fingerprint, f.first"

enum status sqlite_history(void *state, enum kept_order order,
			   enum status (*each)(void *context, const struct fleet_finding *finding, struct error *err), void *context, struct error *err)
{
	static const char *const queries[] = {
		[BY_PROJECT] = HISTORY " ORDER BY" THEN,
		[BY_ADVISORY] = HISTORY OF_ADVISORIES " ORDER BY f.problem," THEN,
		[BY_PACKAGE] = HISTORY OF_ADVISORIES " ORDER BY f.name," THEN,
	};
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_prepare(((struct sqlite_fleet *)state)->store, queries[order], &query, err);
	while (next(query, &status, err)) {
		const struct fleet_finding finding = sqlite_finding_of(query);
		status = each(context, &finding, err);
	}
	return status;
}
