/* The database as a scan sees it: read-only, one prepared question for each package name. */
#include <stdlib.h>
#include <sys/stat.h>

#include "advisory/private.h"
#include "assay/limits.h"

struct advisory_db {
	struct store *store;
	struct store_query *find;
	struct arena *arena; /* of `info` */
	struct advisory_db_info info;
};

void advisory_db_close(struct advisory_db *db)
{
	if (!db)
		return;
	query_free(db->find);
	store_close(db->store);
	arena_free(db->arena);
	free(db);
}

void advisory_db_cleanup(struct advisory_db **db)
{
	advisory_db_close(*db);
	*db = NULL;
}

const struct advisory_db_info *advisory_db_info(const struct advisory_db *db)
{
	return &db->info;
}

/* ---- opening --------------------------------------------------------------------- */

static enum status damaged(const struct advisory_db *db, const char *what, struct error *err)
{
	error_set(err, STATUS_INVALID, "%s: the advisory database is damaged: %s", db->info.path, what);
	error_hint(err, "%s", advisory_store_kind.remedy);
	return STATUS_INVALID;
}

static bool take_meta(struct advisory_db *db, struct store_query *query)
{
	struct advisory_db_info *info = &db->info;
	const struct {
		const char *key;
		uint64_t *count;
		int64_t *date;
		struct str *text;
	} fields[] = {
		{ "source", NULL, NULL, &info->source },
		{ "digest", NULL, NULL, &info->digest },
		{ "advisories", &info->advisories, NULL, NULL },
		{ "packages", &info->packages, NULL, NULL },
		{ "malware", &info->malware, NULL, NULL },
		{ "modified", NULL, &info->modified, NULL },
		{ "built", NULL, &info->built, NULL },
		{ "updated", NULL, &info->updated, NULL },
		{ "epss-date", NULL, &info->epss_date, NULL },
		{ "kev-date", NULL, &info->kev_date, NULL },
		{ "updated-from", NULL, NULL, &info->updated_from },
	};
	struct str key = query_text(query, 0);
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		if (!str_equal(key, str_of(fields[i].key)) || query_is_null(query, 1))
			continue;
		if (fields[i].count)
			*fields[i].count = (uint64_t)query_int(query, 1);
		else if (fields[i].date)
			*fields[i].date = query_int(query, 1);
		else if (!(*fields[i].text = arena_copy(db->arena, query_text(query, 1))).p)
			return false;
	}
	return true;
}

static enum status read_meta(struct advisory_db *db, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	struct stat file;
	db->info.modified = db->info.built = db->info.updated = DATE_NONE;
	db->info.epss_date = db->info.kev_date = DATE_NONE;
	enum status status = store_prepare(db->store, "SELECT key, value FROM meta", &query, err);
	for (bool row = true; !status && row;) {
		status = query_next(query, &row, err);
		if (!status && row && !take_meta(db, query))
			status = error_memory(err);
	}
	if (status)
		return status;
	if (!db->info.digest.n || !db->info.source.n)
		return damaged(db, "it does not say what it is", err);
	db->info.starter = str_equal(db->info.source, STR("starter"));
	db->info.size_bytes = stat(db->info.path, &file) == 0 ? (uint64_t)file.st_size : 0;
	return STATUS_OK;
}

enum status advisory_db_open(const char *path, struct advisory_db **out, struct error *err)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = calloc(1, sizeof *db);
	if (!db || !(db->arena = arena_new(0)) || !(db->info.path = arena_copy(db->arena, str_of(path)).p))
		return error_memory(err);
	enum status status = store_open(path, &advisory_store_kind, &db->store, err);
	if (!status)
		status = store_prepare(db->store,
		                       "SELECT " KEPT_COLUMNS " FROM affected f JOIN advisory a ON a.key = f.advisory"
		                       " WHERE f.name = ?1",
		                       &db->find, err);
	if (!status)
		status = read_meta(db, err);
	if (status)
		return status;
	*out = db;
	db = NULL;
	return STATUS_OK;
}

/* ---- finding ----------------------------------------------------------------------- */

typedef VEC(struct affected) affected_list;

/* As of a day: published by then (or it is not known when), and not withdrawn by then. */
static bool counts_then(const struct advisory *advisory, int64_t as_of)
{
	if (advisory->withdrawn != DATE_NONE && (as_of == DATE_NONE || advisory->withdrawn <= as_of))
		return false;
	return as_of == DATE_NONE || advisory->published == DATE_NONE || advisory->published <= as_of;
}

static int compare_ids(const void *a, const void *b)
{
	const struct affected *left = a, *right = b;
	return str_compare(left->advisory->id, right->advisory->id);
}

static enum status collect(struct store_query *query, int64_t as_of, struct arena *arena, affected_list *out,
                           struct error *err)
{
	for (;;) {
		struct affected affected;
		struct str name;
		bool row;
		enum status status = query_next(query, &row, err);
		if (status || !row)
			return status;
		struct advisory *advisory = arena_alloc(arena, sizeof *advisory);
		status = advisory ? kept_read(query, arena, advisory, &affected, &name, err) : error_memory(err);
		if (status)
			return status;
		if (!counts_then(advisory, as_of))
			continue;
		struct affected *added = vec_add(arena, out);
		if (!added)
			return error_memory(err);
		*added = affected;
		added->advisory = advisory;
	}
}

enum status advisory_db_find(struct advisory_db *db, struct str name, int64_t as_of, struct arena *arena,
                             struct affected **out, size_t *count, struct error *err)
{
	affected_list found = { 0 };
	query_bind_text(db->find, 1, name);
	enum status status = collect(db->find, as_of, arena, &found, err);
	query_reset(db->find);
	if (status)
		return status;
	if (found.n > 1)
		qsort(found.v, found.n, sizeof *found.v, compare_ids);
	*out = found.v;
	*count = found.n;
	return STATUS_OK;
}

/* ---- one record --------------------------------------------------------------------- */

/* Rows come by id: the packages of one record share its advisory. */
struct rows {
	struct arena *arena;
	affected_list affected;
	VEC(struct str) names;
	struct advisory *advisory;
};

static enum status add_row(struct rows *rows, struct store_query *query, struct error *err)
{
	struct affected *affected = vec_add(rows->arena, &rows->affected);
	struct str *name = vec_add(rows->arena, &rows->names);
	bool another = !rows->advisory || !str_equal(rows->advisory->id, query_text(query, 0)) ||
		       !str_equal(rows->advisory->source, query_text(query, 14));
	if (another)
		rows->advisory = arena_alloc(rows->arena, sizeof *rows->advisory);
	if (!affected || !name || !rows->advisory)
		return error_memory(err);
	enum status status =
		kept_read(query, rows->arena, another ? rows->advisory : NULL, affected, name, err);
	affected->advisory = rows->advisory;
	return status;
}

/* Asks for the records that `which` selects by ?1. */
static enum status prepare_rows(struct advisory_db *db, const char *which, struct store_query **out, struct error *err)
{
	CLEANUP(buf_fini) struct buf sql = BUF_INIT(1024);
	buf_printf(&sql,
	           "SELECT " KEPT_COLUMNS " FROM advisory a LEFT JOIN affected f ON f.advisory = a.key"
	           " WHERE a.key IN (%s) ORDER BY a.id, a.source, f.name",
	           which);
	buf_add_char(&sql, '\0');
	return sql.failed ? error_memory(err) : store_prepare(db->store, sql.p, out, err);
}

static enum status collect_rows(struct store_query *query, struct rows *rows, struct error *err)
{
	enum status status = STATUS_OK;
	for (bool row = true; !status && row;) {
		status = query_next(query, &row, err);
		if (!status && row)
			status = add_row(rows, query, err);
	}
	query_reset(query);
	return status;
}

#define BY_ID "SELECT advisory FROM record WHERE id = ?1"
#define BY_KEY "?1"
#define BY_ALIAS "SELECT advisory FROM alias WHERE alias = ?1"

enum status advisory_db_get(struct advisory_db *db, struct str id, struct arena *arena, struct affected **out,
                            struct str **names, size_t *count, struct error *err)
{
	static const char *const places[] = { BY_ID, BY_ALIAS };
	struct rows rows = { .arena = arena };
	for (size_t i = 0; i < 2 && rows.affected.n == 0; i++) {
		CLEANUP(query_cleanup) struct store_query *query = NULL;
		enum status status = prepare_rows(db, places[i], &query, err);
		if (!status) {
			query_bind_text(query, 1, id);
			status = collect_rows(query, &rows, err);
		}
		if (status)
			return status;
	}
	if (rows.affected.n == 0) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(1024);
		buf_add_visible(&text, str_head(id, 100));
		return error_set(err, STATUS_NOT_FOUND, "%s: no record has the id or alias \"%.*s\"", db->info.path,
		                 STR_ARG(buf_str(&text)));
	}
	*out = rows.affected.v;
	*names = rows.names.v;
	*count = rows.affected.n;
	return STATUS_OK;
}

/* ---- sources ---------------------------------------------------------------------------- */

enum status advisory_db_sources(struct advisory_db *db, struct arena *arena, struct advisory_source **out, size_t *count,
                                struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	VEC(struct advisory_source) sources = { 0 };
	bool row = true;
	enum status status = store_prepare(db->store,
	                                   "SELECT source, count(*), max(modified) FROM record GROUP BY source ORDER BY source",
	                                   &query, err);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct advisory_source *source = vec_add(arena, &sources);
		if (!source || !(source->name = arena_copy(arena, query_text(query, 0))).p)
			return error_memory(err);
		source->records = (uint64_t)query_int(query, 1);
		source->modified = query_int(query, 2);
	}
	if (status)
		return status;
	*out = sources.v;
	*count = sources.n;
	return STATUS_OK;
}

/* ---- all records ------------------------------------------------------------------------ */

static enum status read_record(struct store_query *one, int64_t key, struct rows *rows, struct error *err)
{
	struct arena *arena = rows->arena;
	arena_reset(arena);
	*rows = (struct rows){ .arena = arena };
	query_bind_int(one, 1, key);
	return collect_rows(one, rows, err);
}

enum status db_each_record(struct advisory_db *db, struct str source,
                           enum status (*record)(void *context, const struct affected *affected,
                                                 const struct str *names, size_t count, struct error *err),
                           void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(query_cleanup) struct store_query *all = NULL;
	CLEANUP(query_cleanup) struct store_query *one = NULL;
	struct rows rows = { .arena = arena };
	bool row = true;
	if (!arena)
		return error_memory(err);
	enum status status = store_prepare(db->store, "SELECT advisory FROM record WHERE source = ?1 ORDER BY id", &all, err);
	if (status || (status = prepare_rows(db, BY_KEY, &one, err)))
		return status;
	query_bind_text(all, 1, source);
	while (!(status = query_next(all, &row, err)) && row) {
		status = read_record(one, query_int(all, 0), &rows, err);
		if (!status && rows.affected.n == 0)
			status = damaged(db, "a record is missing", err);
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
	enum status status = collect_rows(checker->rows, &rows, err);
	if (status)
		return status;
	if (rows.affected.n == 0)
		return damaged(checker->db, "a record is missing", err);
	size_t count = rows.names.v[0].p ? rows.affected.n : 0;
	if (!record_digest(rows.advisory, rows.affected.v, rows.names.v, count, &checker->packed, bytes))
		return error_memory(err);
	if (!str_equal(digest, (struct str){ (const char *)bytes, sizeof bytes }))
		return damaged(checker->db, "a record differs from its digest", err);
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
		status = prepare_rows(db, BY_KEY, &checker.rows, err);
	for (bool row = true; !status && row;) {
		status = query_next(all, &row, err);
		if (!status && row)
			status = check_record(&checker, query_int(all, 0), query_text(all, 1), err);
	}
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
		status = store_digest(db->store, arena, &digest, err);
	if (!status && !str_equal(digest, db->info.digest))
		return damaged(db, "its records differ from its digest", err);
	return status ? status : check_records(db, err);
}
