/* What reads all of a database: its sources, an export, the check against its digest. */
#include <stdlib.h>

#include "advisory/compact.h"
#include "advisory/db.h"
#include "assay/digest.h"
#include "assay/limits.h"

/* ---- sources ---------------------------------------------------------------------------- */

typedef VEC(struct advisory_source) source_list;
struct counting {
	struct arena *arena;
	source_list sources;
};

static enum status count_record(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct counting *counting = context;
	const struct advisory *advisory = affected[0].advisory;
	size_t i = 0;
	(void)names, (void)count;
	while (i < counting->sources.n && !str_equal(counting->sources.v[i].name, advisory->source))
		i++;
	if (i == counting->sources.n) {
		struct advisory_source *source = vec_add(counting->arena, &counting->sources);
		if (!source || !(source->name = arena_copy(counting->arena, advisory->source)).p)
			return error_memory(err);
		source->modified = advisory->modified;
	}
	struct advisory_source *source = &counting->sources.v[i];
	source->records++;
	source->modified = advisory->modified > source->modified ? advisory->modified : source->modified;
	return STATUS_OK;
}

static int compare_sources(const void *a, const void *b)
{
	return str_compare(((const struct advisory_source *)a)->name, ((const struct advisory_source *)b)->name);
}

static enum status count_full(struct advisory_db *db, struct counting *counting, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = true;
	enum status status = store_prepare(db->store, "SELECT source, count(*), max(modified) FROM record GROUP BY source", &query, err);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct advisory_source *source = vec_add(counting->arena, &counting->sources);
		if (!source || !(source->name = arena_copy(counting->arena, query_text(query, 0))).p)
			return error_memory(err);
		source->records = (uint64_t)query_int(query, 1);
		source->modified = query_int(query, 2);
	}
	return status;
}

enum status advisory_db_sources(struct advisory_db *db, struct arena *arena, struct advisory_source **out, size_t *count, struct error *err)
{
	struct counting counting = { .arena = arena };
	enum status status = db->compact ? compact_each_record(db->compact, count_record, &counting, err) : count_full(db, &counting, err);
	if (status)
		return status;
	if (counting.sources.n)
		qsort(counting.sources.v, counting.sources.n, sizeof *counting.sources.v, compare_sources);
	*out = counting.sources.v;
	*count = counting.sources.n;
	return STATUS_OK;
}

/* ---- all records ------------------------------------------------------------------------ */

static enum status read_record(struct store_query *one, int64_t key, struct rows *rows, struct error *err)
{
	struct arena *arena = rows->arena;
	arena_reset(arena);
	*rows = (struct rows){ .arena = arena };
	query_bind_int(one, 1, key);
	return db_collect_rows(one, rows, err);
}

/* Of one source alone. */
struct filtered {
	struct str source;
	enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err);
	void *context;
};

static enum status pass_on(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	const struct filtered *filtered = context;
	if (!str_equal(affected[0].advisory->source, filtered->source))
		return STATUS_OK;
	return filtered->record(filtered->context, affected, names, count, err);
}

enum status db_each_record(struct advisory_db *db, struct str source,
			   enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err),
			   void *context, struct error *err)
{
	struct filtered filtered = { source, record, context };
	if (db->compact)
		return compact_each_record(db->compact, pass_on, &filtered, err);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(query_cleanup) struct store_query *all = NULL;
	CLEANUP(query_cleanup) struct store_query *one = NULL;
	struct rows rows = { .arena = arena };
	bool row = true;
	if (!arena)
		return error_memory(err);
	enum status status = store_prepare(db->store, "SELECT advisory FROM record WHERE source = ?1 ORDER BY id", &all, err);
	if (status || (status = db_prepare_rows(db, BY_KEY, &one, err)))
		return status;
	query_bind_text(all, 1, source);
	while (!(status = query_next(all, &row, err)) && row) {
		status = read_record(one, query_int(all, 0), &rows, err);
		if (!status && rows.affected.n == 0)
			status = db_damaged(db, "a record is missing", err);
		if (!status)
			status = record(context, rows.affected.v, rows.names.v, rows.affected.n, err);
		if (status)
			return status;
	}
	return status;
}

/* ---- checking all of it --------------------------------------------------------------- */

struct checker {
	struct advisory_db *db;
	struct store_query *rows;
	struct arena *arena; /* one record's */
	struct buf packed;
};

static void checker_fini(struct checker *checker)
{
	query_free(checker->rows);
	arena_free(checker->arena);
	buf_fini(&checker->packed);
}

static enum status check_record(struct checker *checker, int64_t key, struct str digest, struct error *err)
{
	struct rows rows = { .arena = checker->arena };
	unsigned char bytes[RECORD_DIGEST_SIZE];
	arena_reset(checker->arena);
	query_bind_int(checker->rows, 1, key);
	enum status status = db_collect_rows(checker->rows, &rows, err);
	if (status)
		return status;
	if (rows.affected.n == 0)
		return db_damaged(checker->db, "a record is missing", err);
	size_t count = rows.names.v[0].p ? rows.affected.n : 0;
	if (!record_digest(rows.advisory, rows.affected.v, rows.names.v, count, &checker->packed, bytes))
		return error_memory(err);
	if (!str_equal(digest, (struct str){ (const char *)bytes, sizeof bytes }))
		return db_damaged(checker->db, "a record differs from its digest", err);
	return STATUS_OK;
}

static enum status check_records(struct advisory_db *db, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *all = NULL;
	CLEANUP(checker_fini) struct checker checker = { .db = db, .packed = BUF_INIT(4 * LIMIT_ADVISORY_BYTES) };
	if (!(checker.arena = arena_new(0)))
		return error_memory(err);
	enum status status = store_prepare(db->store, "SELECT advisory, digest FROM record ORDER BY id", &all, err);
	if (!status)
		status = db_prepare_rows(db, BY_KEY, &checker.rows, err);
	for (bool row = true; !status && row;) {
		status = query_next(all, &row, err);
		if (!status && row)
			status = check_record(&checker, query_int(all, 0), query_text(all, 1), err);
	}
	return status;
}

/* A compact database holds no digests: they are made anew, and put in the order in which the whole is digested. */
struct made {
	struct str id, source;
	unsigned char digest[RECORD_DIGEST_SIZE];
};
struct making {
	struct arena *arena;
	VEC(struct made) made;
	struct buf packed;
};

static enum status make_digest(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct making *making = context;
	struct made *made = vec_add(making->arena, &making->made);
	if (!made || !(made->id = arena_copy(making->arena, affected[0].advisory->id)).p ||
	    !(made->source = arena_copy(making->arena, affected[0].advisory->source)).p ||
	    !record_digest(affected[0].advisory, affected, names, names[0].p ? count : 0, &making->packed, made->digest))
		return error_memory(err);
	return STATUS_OK;
}

static int compare_made(const void *left, const void *right)
{
	const struct made *a = left, *b = right;
	int order = str_compare(a->id, b->id);
	return order ? order : str_compare(a->source, b->source);
}

static enum status digest_compact(struct advisory_db *db, struct arena *arena, struct str *out, struct error *err)
{
	struct making making = { .arena = arena, .packed = BUF_INIT(4 * LIMIT_ADVISORY_BYTES) };
	struct hasher *hasher = hasher_new(DIGEST_SHA256);
	enum status status = hasher ? compact_each_record(db->compact, make_digest, &making, err) : error_memory(err);
	if (!status && making.made.n)
		qsort(making.made.v, making.made.n, sizeof *making.made.v, compare_made);
	for (size_t i = 0; !status && i < making.made.n; i++)
		if (!hasher_add(hasher, (struct str){ (const char *)making.made.v[i].digest, RECORD_DIGEST_SIZE }))
			status = error_memory(err);
	if (!status)
		status = digest_text(hasher, arena, out, err);
	hasher_free(hasher);
	buf_fini(&making.packed);
	return status;
}

enum status advisory_db_check(struct advisory_db *db, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str digest;
	if (!arena)
		return error_memory(err);
	enum status status = store_check(db->store, err);
	if (!status)
		status = db->compact ? digest_compact(db, arena, &digest, err) : store_digest(db->store, arena, &digest, err);
	if (!status && !str_equal(digest, db->info.digest))
		return db_damaged(db, "its records differ from its digest", err);
	return status || db->compact ? status : check_records(db, err);
}
