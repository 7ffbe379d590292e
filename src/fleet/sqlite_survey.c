/* How much the store covers: asked at every question, so what is as it should be is counted and not read. Of a day that is over every project is read. */
#include "fleet/sqlite.h"

static enum status ask_number(struct store_query *query, uint64_t *out, struct error *err)
{
	bool row = false;
	enum status status = query_next(query, &row, err);
	*out = !status && row ? (uint64_t)query_int(query, 0) : 0;
	query_reset(query);
	return status;
}

enum status sqlite_count_fresh(void *state, int64_t since, uint64_t *projects, uint64_t *packages, struct error *err)
{
	struct store_query *fresh = sqlite_query(state, Q_COUNT_FRESH, err);
	struct store_query *all = fresh ? sqlite_query(state, Q_COUNT_PACKAGES, err) : NULL;
	if (!fresh || !all)
		return status_failure(err->status);
	query_bind_int(fresh, 1, since);
	enum status status = ask_number(fresh, projects, err);
	return status ? status : ask_number(all, packages, err);
}

enum status sqlite_count_by_owner(void *state, int64_t project,
				  enum status (*each)(void *context, struct str owner, uint64_t lockfiles, uint64_t packages, struct error *err),
				  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_COUNT_BY_OWNER, err);
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query)
		query_bind_int(query, 1, project);
	while (!status && !(status = query_next(query, &row, err)) && row)
		status = each(context, query_text(query, 0), (uint64_t)query_int(query, 1), (uint64_t)query_int(query, 2), err);
	if (query)
		query_reset(query);
	return status;
}

enum status sqlite_survey(void *state, int64_t since, enum status (*each)(void *context, const struct fleet_project *project, struct error *err),
			  void *context, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_SURVEY, err);
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query)
		bind_date(query, 1, since);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		const struct fleet_project project = {
			.name = query_text(query, 0),
			.location = query_text(query, 1),
			.owner = query_text(query, 2),
			.tags = query_text(query, 3),
			.seen = query_date(query, 4),
			.problem = query_text(query, 5),
			.gap = query_text(query, 6),
			.id = query_int(query, 7),
			.owners = query_text(query, 8),
			.added = DATE_NONE,
			.looked = DATE_NONE,
		};
		status = each(context, &project, err);
	}
	if (query)
		query_reset(query);
	return status;
}

static bool read_past(struct store_query *query, struct arena *arena, struct kept_past *out)
{
	*out = (struct kept_past){
		.begun = query_date(query, 3),
		.standing = !query_is_null(query, 4),
		.first = query_date(query, 4),
		.last = query_date(query, 5),
		.gone = query_date(query, 6),
		.packages = (uint64_t)query_int(query, 7),
		.watched = query_int(query, 8),
		.known_format = query_int(query, 9),
	};
	return copy_text(query, 0, arena, &out->path) && copy_text(query, 1, arena, &out->owner) && copy_text(query, 2, arena, &out->gap);
}

enum status sqlite_past(void *state, int64_t project, int64_t at, struct arena *arena, struct kept_past **out, size_t *count, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PAST, err);
	VEC(struct kept_past) found = { 0 };
	bool row = true;
	enum status status = query ? STATUS_OK : status_failure(err->status);
	if (query) {
		query_bind_int(query, 1, project);
		query_bind_int(query, 2, at);
	}
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct kept_past *one = vec_add(arena, &found);
		if (!one || !read_past(query, arena, one))
			status = error_memory(err);
	}
	if (query)
		query_reset(query);
	*out = found.v;
	*count = found.n;
	return status;
}
