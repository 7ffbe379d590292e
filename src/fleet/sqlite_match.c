/* What judging anew asks of the store: names and what they were matched with, lockfiles with what judges them. */
#include "fleet/sqlite.h"

enum status sqlite_get(void *state, const char *key, struct arena *arena, struct str *out, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_GET, err);
	bool row;
	*out = STR_NONE;
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, str_of(key));
	enum status status = query_next(query, &row, err);
	if (!status && row && !copy_text(query, 0, arena, out))
		status = error_memory(err);
	query_reset(query);
	return status;
}

/* Two values and nothing to tell. */
static enum status run_pair(struct store_query *query, struct str first, struct str second, struct error *err)
{
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, first);
	query_bind_text(query, 2, second);
	return query_run(query, err);
}

enum status sqlite_set(void *state, const char *key, struct str value, struct error *err)
{
	return run_pair(sqlite_query(state, Q_SET, err), str_of(key), value, err);
}

enum status sqlite_judged(void *state, struct str old, struct str new, struct error *err)
{
	return run_pair(sqlite_query(state, Q_JUDGED, err), old, new, err);
}

enum status sqlite_forget(void *state, int64_t lockfile, struct error *err)
{
	static const enum sqlite_query both[] = { Q_FORGET_PROJECT, Q_FORGET_TREE };
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof both / sizeof *both && !status; i++) {
		struct store_query *query = sqlite_query(state, both[i], err);
		if (!query)
			return status_failure(err->status);
		query_bind_int(query, 1, lockfile);
		status = query_run(query, err);
	}
	return status;
}

enum status sqlite_match(void *state, struct str name, struct str digest, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_MATCH, err);
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	query_bind_blob(query, 2, digest);
	return query_run(query, err);
}

enum status sqlite_each_name(void *state, bool new, enum status (*each)(void *context, struct str name, struct str digest, struct error *err),
			     void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, new ? Q_NEW_NAMES : Q_NAMES, err);
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	while (!status && !(status = query_next(query, &row, err)) && row)
		status = each(context, query_text(query, 0), query_text(query, 1), err);
	if (query)
		query_reset(query);
	return status;
}

static enum status each_lockfile(struct store_query *query, enum status (*each)(void *context, int64_t lockfile, struct error *err), void *context,
				 struct error *err)
{
	bool row = true;
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, err)) && row)
		status = each(context, query_int(query, 0), err);
	query_reset(query);
	return status;
}

enum status sqlite_lockfiles_with(void *state, int64_t package, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_LOCKFILES_WITH, err);
	if (!query)
		return status_failure(err->status);
	query_bind_int(query, 1, package);
	return each_lockfile(query, each, context, err);
}

enum status sqlite_lockfiles_found(void *state, struct str name, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				   void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_LOCKFILES_FOUND, err);
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	return each_lockfile(query, each, context, err);
}

enum status sqlite_lockfile(void *state, int64_t lockfile, struct arena *arena, struct kept_lockfile *out, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_LOCKFILE, err);
	bool row;
	*out = (struct kept_lockfile){ .id = lockfile };
	if (!query)
		return status_failure(err->status);
	query_bind_int(query, 1, lockfile);
	enum status status = query_next(query, &row, err);
	if (!status && row)
		out->tree = query_int(query, 5);
	if (!status && row &&
	    !(copy_text(query, 0, arena, &out->project) && copy_text(query, 1, arena, &out->path) && copy_text(query, 2, arena, &out->format) &&
	      copy_text(query, 3, arena, &out->body) && copy_text(query, 4, arena, &out->judges)))
		status = error_memory(err);
	query_reset(query);
	return status;
}
