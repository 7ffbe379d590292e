/*
 * One small database that is replaced as a whole, so that readers need no lock; writers take turns. It is a cache: damaged, or from
 * another version of assay, it is begun anew without a word.
 */
#include <time.h>

#include "assay/limits.h"
#include "registry/kept.h"
#include "store/store.h"

/* For another process to finish, which takes some hundredths of a second. */
enum { BUSY_TRIES = 40, BUSY_WAIT_MS = 50 };

static const struct store_kind kind = {
	.what = "a file of registry records",
	.application_id = 0x61737272, /* "asrr" */
	.version = 1,
	.remedy = "delete it: it is a cache",
	.schema = "CREATE TABLE record(registry TEXT, name TEXT, version TEXT, asked INTEGER NOT NULL, gone INTEGER NOT NULL,"
		  " etag TEXT, integrity TEXT, tarball TEXT, deprecated TEXT, publisher TEXT,"
		  " history INTEGER NOT NULL, published INTEGER, before TEXT, before_publisher TEXT,"
		  " publisher_known INTEGER NOT NULL, was_maintainer INTEGER NOT NULL,"
		  " PRIMARY KEY(registry, name, version)) WITHOUT ROWID",
};

/* ---- reading ------------------------------------------------------------------------ */

enum column {
	ASKED,
	GONE,
	ETAG,
	INTEGRITY,
	TARBALL,
	DEPRECATED,
	PUBLISHER,
	HISTORY,
	PUBLISHED,
	BEFORE,
	BEFORE_PUBLISHER,
	KNOWN,
	MAINTAINER,
};

static bool copy_texts(struct store_query *query, struct arena *arena, struct kept_record *out)
{
	struct registry_record *record = out->record;
	struct {
		enum column column;
		struct str *to;
	} texts[] = {
		{ ETAG, &out->etag },
		{ INTEGRITY, &record->integrity },
		{ TARBALL, &record->tarball },
		{ DEPRECATED, &record->deprecated },
		{ PUBLISHER, &record->publisher },
		{ BEFORE, &record->before },
		{ BEFORE_PUBLISHER, &record->before_publisher },
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		*texts[i].to = arena_copy(arena, query_text(query, (int)texts[i].column));
		if (!texts[i].to->p)
			return false;
	}
	return true;
}

static bool fill(struct store_query *query, struct arena *arena, struct kept_record *out)
{
	struct registry_record *record = out->record;
	bool gone = query_int(query, GONE) != 0, history = query_int(query, HISTORY) != 0;
	*record = (struct registry_record){
		.state = gone ? RECORD_GONE : RECORD_FOUND,
		.kept = true,
		.detail = gone ? "it answered 404" : NULL,
		.asked = query_int(query, ASKED),
		.history = history ? HISTORY_GIVEN : HISTORY_UNASKED,
		.published = query_is_null(query, PUBLISHED) ? DATE_NONE : query_int(query, PUBLISHED),
		.publisher_known = query_int(query, KNOWN) != 0,
		.was_maintainer = query_int(query, MAINTAINER) != 0,
	};
	out->found = copy_texts(query, arena, out);
	record->has_etag = out->etag.n != 0;
	return out->found;
}

static enum status look_up(struct store_query *query, struct kept_record *record, struct arena *arena, struct error *err)
{
	bool row = false;
	query_bind_text(query, 1, str_of(record->registry));
	query_bind_text(query, 2, record->name);
	query_bind_text(query, 3, record->version);
	enum status status = query_next(query, &row, err);
	if (!status && row && !fill(query, arena, record))
		status = error_memory(err);
	query_reset(query);
	return status;
}

enum status kept_records_read(const char *path, struct kept_record *const *records, size_t count, struct arena *arena, struct error *err)
{
	CLEANUP(store_cleanup) struct store *store = NULL;
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_open(path, &kind, &store, err);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	if (!status)
		status = store_prepare(store,
				       "SELECT asked, gone, etag, integrity, tarball, deprecated, publisher, history, published,"
				       " before, before_publisher, publisher_known, was_maintainer"
				       " FROM record WHERE registry = ? AND name = ? AND version = ?",
				       &query, err);
	for (size_t i = 0; i < count && !status; i++)
		status = look_up(query, records[i], arena, err);
	for (size_t i = 0; status && i < count; i++)
		records[i]->found = false;
	return status;
}

/* ---- the size ----------------------------------------------------------------------------- */

static enum status ask_number(struct store *store, const char *sql, int64_t *out, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = false;
	enum status status = store_prepare(store, sql, &query, err);
	if (!status)
		status = query_next(query, &row, err);
	if (!status)
		*out = row && !query_is_null(query, 0) ? query_int(query, 0) : DATE_NONE;
	if (!status)
		query_reset(query);
	return status;
}

static enum status file_size(struct store *store, uint64_t *out, struct error *err)
{
	int64_t used = 0, size = 0;
	enum status status = ask_number(store, "SELECT (SELECT page_count FROM pragma_page_count) - (SELECT freelist_count FROM pragma_freelist_count)",
					&used, err);
	if (!status)
		status = ask_number(store, "PRAGMA page_size", &size, err);
	if (!status)
		*out = (uint64_t)used * (uint64_t)size;
	return status;
}

/* The older half goes, and again; what is left is moved together. Inside of a transaction, which VACUUM cannot be. */
static enum status shrink(struct store *store, uint64_t max_bytes, bool *shrunk, struct error *err)
{
	uint64_t bytes = 0;
	int64_t count = 1;
	enum status status = file_size(store, &bytes, err);
	while (!status && bytes > max_bytes && count) {
		*shrunk = true;
		status = store_run(store,
				   "DELETE FROM record WHERE (registry, name, version) IN (SELECT registry, name, version FROM record"
				   " ORDER BY asked, registry, name, version LIMIT (SELECT count(*) / 2 + 1 FROM record))",
				   err);
		if (!status)
			status = ask_number(store, "SELECT count(*) FROM record", &count, err);
		if (!status)
			status = file_size(store, &bytes, err);
	}
	return status || !*shrunk ? status : store_run(store, "COMMIT; VACUUM; BEGIN", err);
}

/* ---- writing --------------------------------------------------------------------------------- */

static struct str text_or_null(struct str text)
{
	return text.n ? text : STR_NONE;
}

static enum status write_record(struct store_query *query, const struct kept_record *kept, struct error *err)
{
	const struct registry_record *record = kept->record;
	const struct str texts[] = {
		str_of(kept->registry), kept->name,         kept->version,     text_or_null(kept->etag), record->integrity,
		record->tarball,        record->deprecated, record->publisher, record->before,           record->before_publisher,
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		query_bind_text(query, (int)i + 1, i < 3 ? texts[i] : text_or_null(texts[i]));
	query_bind_int(query, 11, record->asked);
	query_bind_int(query, 12, record->state == RECORD_GONE);
	query_bind_int(query, 13, record->history == HISTORY_GIVEN);
	if (record->history == HISTORY_GIVEN && record->published != DATE_NONE)
		query_bind_int(query, 14, record->published);
	else
		query_bind_null(query, 14);
	query_bind_int(query, 15, record->publisher_known);
	query_bind_int(query, 16, record->was_maintainer);
	return query_run(query, err);
}

static enum status write_all(struct store *store, struct kept_record *const *records, size_t count, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_prepare(store,
					   "INSERT OR REPLACE INTO record(registry, name, version, etag, integrity, tarball, deprecated,"
					   " publisher, before, before_publisher, asked, gone, history, published, publisher_known,"
					   " was_maintainer) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
					   &query, err);
	for (size_t i = 0; i < count && !status; i++)
		if (records[i]->changed)
			status = write_record(query, records[i], err);
	return status;
}

static bool is_of_no_use(enum status status)
{
	return status == STATUS_INVALID || status == STATUS_UNSUPPORTED;
}

/* Waits for its turn; begins anew where what is there cannot be read. */
static enum status begin(const char *path, struct store **out, struct error *err)
{
	const struct timespec wait = { 0, BUSY_WAIT_MS * 1000000L };
	enum status status = store_begin(path, &kind, false, out, err);
	for (int tries = 1; status == STATUS_BUSY && tries < BUSY_TRIES; tries++) {
		nanosleep(&wait, NULL);
		status = store_begin(path, &kind, false, out, err);
	}
	return is_of_no_use(status) ? store_begin(path, &kind, true, out, err) : status;
}

enum status kept_records_write(const char *path, struct kept_record *const *records, size_t count, struct error *err)
{
	CLEANUP(store_cleanup) struct store *store = NULL;
	bool shrunk = false, any = false;
	for (size_t i = 0; i < count; i++)
		any |= records[i]->changed;
	enum status status = any ? begin(path, &store, err) : STATUS_OK;
	if (!any || status)
		return status;
	status = write_all(store, records, count, err);
	if (!status)
		status = shrink(store, LIMIT_RECORDS_BYTES, &shrunk, err);
	return status ? status : store_commit(store, err);
}

/* ---- by hand ------------------------------------------------------------------------------------ */

static enum status count_kept(struct store *store, struct records_kept *out, struct error *err)
{
	int64_t count = 0;
	enum status status = ask_number(store, "SELECT count(*) FROM record", &count, err);
	if (!status)
		status = ask_number(store, "SELECT min(asked) FROM record", &out->oldest, err);
	if (!status)
		status = file_size(store, &out->bytes, err);
	out->records = (size_t)count;
	if (!count)
		out->bytes = 0;
	return status;
}

static enum status prune(const char *path, uint64_t max_bytes, struct records_kept *kept, struct error *err)
{
	CLEANUP(store_cleanup) struct store *store = NULL;
	const size_t before = kept->records;
	bool shrunk = false;
	enum status status = store_begin(path, &kind, false, &store, err);
	if (status || (status = shrink(store, max_bytes, &shrunk, err)) || (status = count_kept(store, kept, err)))
		return status;
	kept->removed = before - kept->records;
	return store_commit(store, err);
}

enum status registry_records_prune(const char *path, uint64_t max_bytes, struct records_kept *out, struct error *err)
{
	struct records_kept kept = { .oldest = DATE_NONE };
	struct store *store = NULL;
	enum status status = store_open(path, &kind, &store, err);
	if (!status)
		status = count_kept(store, &kept, err);
	store_close(store);
	if (!status && kept.bytes > max_bytes)
		status = prune(path, max_bytes, &kept, err);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	*out = kept;
	return STATUS_OK;
}
