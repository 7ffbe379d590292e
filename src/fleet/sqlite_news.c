/* The store's outbox: news, written with the finding that it is about, and how far each channel was told. */
#include "fleet/sqlite.h"

enum status sqlite_channel(void *state, struct str name, struct arena *arena, struct kept_channel *out, bool *known, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_CHANNEL, err);
	*out = (struct kept_channel){ 0 };
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	enum status status = query_next(query, known, err);
	if (!status && *known) {
		out->added = query_int(query, 0);
		out->told = query_int(query, 1);
		out->sending = query_int(query, 2);
		status = copy_text(query, 3, arena, &out->message) ? STATUS_OK : error_memory(err);
	}
	query_reset(query);
	return status;
}

enum status sqlite_put_channel(void *state, struct str name, const struct kept_channel *channel, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_CHANNEL_PUT, err);
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	query_bind_int(query, 2, channel->added);
	query_bind_int(query, 3, channel->told);
	if (channel->sending)
		query_bind_int(query, 4, channel->sending);
	else
		query_bind_null(query, 4);
	query_bind_text(query, 5, channel->sending ? channel->message : STR_NONE);
	return query_run(query, err);
}

/* To whom is new, what is over is none. */
#define IS_FOR_CHANNEL "n.id > ?1 AND (f.gone IS NULL OR n.at >= ?2)"

enum status sqlite_untold(void *state, const struct kept_channel *channel, size_t max, int64_t *last, size_t *count, struct error *err)
{
	static const char ask[] = "SELECT max(id), count(*) FROM (SELECT n.id FROM news n JOIN finding f ON f.id = n.finding WHERE " IS_FOR_CHANNEL
				  " AND (?3 = 0 OR n.id <= ?3) ORDER BY n.id LIMIT ?4)";
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row;
	enum status status = store_prepare(((struct sqlite_fleet *)state)->store, ask, &query, err);
	if (status)
		return status;
	query_bind_int(query, 1, channel->told);
	query_bind_int(query, 2, channel->added);
	query_bind_int(query, 3, channel->sending);
	query_bind_int(query, 4, max > INT64_MAX ? INT64_MAX : (int64_t)max);
	if ((status = query_next(query, &row, err)))
		return status;
	*last = row ? query_int(query, 0) : 0;
	*count = row ? (size_t)query_int(query, 1) : 0;
	return STATUS_OK;
}

/* What was told of and gone before is found by the package's name, which there is an index of. */
static const char find_news[] = "SELECT " SQLITE_FINDING_COLUMNS
				", n.at, n.why, EXISTS(SELECT 1 FROM finding o WHERE o.name = f.name AND o.lockfile = f.lockfile"
				" AND o.fingerprint = f.fingerprint AND o.id < f.id)"
				" FROM news n JOIN finding f ON f.id = n.finding JOIN lockfile l ON l.id = f.lockfile JOIN project p ON p.id = l.project"
				" WHERE " IS_FOR_CHANNEL " AND n.id <= ?3"
				" ORDER BY f.gone IS NOT NULL, f.rule <> 'malware', " SQLITE_RANK_SEVERITY
				" DESC, f.score DESC, f.problem, f.name, f.version, p.name, l.path, n.id";

enum status sqlite_news(void *state, const struct kept_channel *channel,
			enum status (*each)(void *context, const struct fleet_news *news, struct error *err), void *context, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = true;
	enum status status = store_prepare(((struct sqlite_fleet *)state)->store, find_news, &query, err);
	if (status)
		return status;
	query_bind_int(query, 1, channel->told);
	query_bind_int(query, 2, channel->added);
	query_bind_int(query, 3, channel->sending);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct str why = query_text(query, SQLITE_FINDING_END + 1);
		bool again = query_int(query, SQLITE_FINDING_END + 2) && str_equal(why, STR("new"));
		const struct fleet_news news = { again ? STR("again") : why, query_int(query, SQLITE_FINDING_END), sqlite_finding_of(query) };
		status = each(context, &news, err);
	}
	return status;
}
