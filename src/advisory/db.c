/* The database as a scan sees it: read-only, one prepared question for each package name. */
#include <stdlib.h>
#include <sys/stat.h>

#include "advisory/compact.h"
#include "advisory/db.h"
#include "assay/digest.h"
#include "assay/limits.h"

/* Some 8 MB of names. */
enum { MAX_UNKNOWN = 131072 };

void advisory_db_close(struct advisory_db *db)
{
	if (!db)
		return;
	query_free(db->find);
	compact_free(db->compact);
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

int64_t advisory_db_date(const struct advisory_db_info *info)
{
	bool by_build = info->modified != DATE_NONE && info->built != DATE_NONE && info->built < info->modified;
	return by_build ? info->built : info->modified;
}

struct store *db_store(struct advisory_db *db)
{
	return db->store;
}

struct compact *db_compact(struct advisory_db *db)
{
	return db->compact;
}

/* ---- opening --------------------------------------------------------------------- */

enum status db_damaged(const struct advisory_db *db, const char *what, struct error *err)
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
		return db_damaged(db, "it does not say what it is", err);
	db->info.compact = db->compact != NULL;
	db->info.starter = str_equal(db->info.source, STR("starter"));
	db->info.size_bytes = stat(db->info.path, &file) == 0 ? (uint64_t)file.st_size : 0;
	return STATUS_OK;
}

/* A compact one is told by its schema version. */
static enum status open_store(const char *path, struct advisory_db *db, struct error *err)
{
	enum status status = store_open(path, &advisory_store_kind, &db->store, err);
	if (status == STATUS_UNSUPPORTED && store_open(path, &advisory_compact_kind, &db->store, NULL) == STATUS_OK)
		return compact_new(db->store, &db->compact, err);
	if (status)
		return status;
	return store_prepare(db->store, "SELECT " KEPT_COLUMNS " FROM affected f JOIN advisory a ON a.key = f.advisory WHERE f.name = ?1", &db->find, err);
}

enum status advisory_db_open(const char *path, struct advisory_db **out, struct error *err)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = calloc(1, sizeof *db);
	if (!db || !(db->arena = arena_new(0)) || !(db->info.path = arena_copy(db->arena, str_of(path)).p))
		return error_memory(err);
	enum status status = open_store(path, db, err);
	if (!status)
		status = read_meta(db, err);
	if (status)
		return status;
	*out = db;
	db = NULL;
	return STATUS_OK;
}

/* ---- finding ----------------------------------------------------------------------- */

bool advisory_counts(const struct advisory *advisory, int64_t as_of)
{
	if (as_of == ADVISORY_EVER)
		return true;
	if (advisory->withdrawn != DATE_NONE && (as_of == DATE_NONE || advisory->withdrawn <= as_of))
		return false;
	return as_of == DATE_NONE || advisory->published == DATE_NONE || advisory->published <= as_of;
}

static int compare_ids(const void *a, const void *b)
{
	const struct affected *left = a, *right = b;
	return str_compare(left->advisory->id, right->advisory->id);
}

static enum status collect(struct store_query *query, int64_t as_of, struct arena *arena, affected_list *out, struct error *err)
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
		if (!advisory_counts(advisory, as_of))
			continue;
		struct affected *added = vec_add(arena, out);
		if (!added)
			return error_memory(err);
		*added = affected;
		added->advisory = advisory;
	}
}

/* Rows of a compact database, as they are asked for. */
struct chosen {
	struct arena *arena;
	struct str id; /* or alias; STR_NONE: all */
	int64_t as_of;
	affected_list affected;
	VEC(struct str) names;
	bool by_alias;
};

static bool add_chosen(struct chosen *chosen, struct advisory *advisory, const struct affected *affected, struct str name)
{
	struct affected *copy = vec_add(chosen->arena, &chosen->affected);
	struct str *its_name = vec_add(chosen->arena, &chosen->names);
	if (!advisory || !copy || !its_name || !affected_copy(affected, chosen->arena, copy))
		return false;
	copy->advisory = advisory;
	*its_name = name.p ? arena_copy(chosen->arena, name) : STR_NONE;
	return !name.p || its_name->p;
}

static enum status choose_as_of(void *context, const struct compact_row *row, struct error *err)
{
	struct chosen *chosen = context;
	if (!advisory_counts(&row->advisory, chosen->as_of))
		return STATUS_OK;
	struct advisory *advisory = advisory_copy(&row->advisory, chosen->arena);
	return add_chosen(chosen, advisory, &row->affected, row->name) ? STATUS_OK : error_memory(err);
}

enum status advisory_db_remember(struct advisory_db *db, struct error *err)
{
	if (!db->unknown)
		db->unknown = map_new(db->arena, 0);
	return db->unknown ? STATUS_OK : error_memory(err);
}

static enum status note_unknown(struct advisory_db *db, struct str name, struct error *err)
{
	if (map_count(db->unknown) >= MAX_UNKNOWN)
		return STATUS_OK;
	struct str copy = arena_copy(db->arena, name);
	return copy.p && map_set(db->unknown, copy, 1) ? STATUS_OK : error_memory(err);
}

enum status advisory_db_find(struct advisory_db *db, struct str name, int64_t as_of, struct arena *arena, struct affected **out, size_t *count,
			     struct error *err)
{
	struct chosen chosen = { .arena = arena, .as_of = as_of };
	enum status status;
	/* Of another day records may count that do not now. */
	bool remembered = db->unknown && as_of == DATE_NONE;
	size_t value;
	if (remembered && map_find(db->unknown, name, &value)) {
		*out = NULL;
		*count = 0;
		return STATUS_OK;
	}
	if (db->compact) {
		status = compact_each(db->compact, &name, choose_as_of, &chosen, err);
	} else {
		query_bind_text(db->find, 1, name);
		status = collect(db->find, as_of, arena, &chosen.affected, err);
		query_reset(db->find);
	}
	if (!status && remembered && chosen.affected.n == 0)
		status = note_unknown(db, name, err);
	if (status)
		return status;
	affected_list found = chosen.affected;
	if (found.n > 1)
		qsort(found.v, found.n, sizeof *found.v, compare_ids);
	*out = found.v;
	*count = found.n;
	return STATUS_OK;
}

static bool hash_known(struct hasher *hasher, const struct affected *known, size_t count)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	bool fine = true;
	for (size_t i = 0; i < count && fine; i++) {
		const struct advisory *advisory = known[i].advisory;
		buf_clear(&packed);
		pack_advisory(advisory, &packed);
		pack_affected(&known[i], &packed);
		put_number(advisory->kev, &packed);
		put_number(advisory->epss < 0 ? 0 : (uint64_t)(advisory->epss * 1e6) + 1, &packed);
		fine = !packed.failed && hasher_add(hasher, buf_str(&packed));
	}
	return fine;
}

enum status advisory_db_state(struct advisory_db *db, struct str name, struct arena *scratch, unsigned char out[ADVISORY_STATE_SIZE], struct error *err)
{
	struct affected *known;
	struct digest digest;
	size_t count;
	enum status status = advisory_db_find(db, name, DATE_NONE, scratch, &known, &count, err);
	memset(out, 0, ADVISORY_STATE_SIZE);
	if (status || !count)
		return status;
	struct hasher *hasher = hasher_new(DIGEST_SHA256);
	bool fine = hasher && hash_known(hasher, known, count) && hasher_finish(hasher, &digest);
	hasher_free(hasher);
	if (!fine)
		return error_memory(err);
	memcpy(out, digest.bytes, ADVISORY_STATE_SIZE);
	return STATUS_OK;
}

/* ---- one record --------------------------------------------------------------------- */

static enum status add_row(struct rows *rows, struct store_query *query, struct error *err)
{
	struct affected *affected = vec_add(rows->arena, &rows->affected);
	struct str *name = vec_add(rows->arena, &rows->names);
	bool another = !rows->advisory || !str_equal(rows->advisory->id, query_text(query, 0)) || !str_equal(rows->advisory->source, query_text(query, 14));
	if (another)
		rows->advisory = arena_alloc(rows->arena, sizeof *rows->advisory);
	if (!affected || !name || !rows->advisory)
		return error_memory(err);
	enum status status = kept_read(query, rows->arena, another ? rows->advisory : NULL, affected, name, err);
	affected->advisory = rows->advisory;
	return status;
}

enum status db_prepare_rows(struct advisory_db *db, const char *which, struct store_query **out, struct error *err)
{
	CLEANUP(buf_fini) struct buf sql = BUF_INIT(1024);
	buf_printf(&sql,
		   "SELECT " KEPT_COLUMNS " FROM advisory a LEFT JOIN affected f ON f.advisory = a.key"
		   " WHERE a.key IN (%s) ORDER BY a.id, a.source, f.name",
		   which);
	buf_add_char(&sql, '\0');
	return sql.failed ? error_memory(err) : store_prepare(db->store, sql.p, out, err);
}

enum status db_collect_rows(struct store_query *query, struct rows *rows, struct error *err)
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
#define BY_ALIAS "SELECT advisory FROM alias WHERE alias = ?1"

static bool is_called(const struct advisory *advisory, struct str id, bool by_alias)
{
	if (!by_alias)
		return str_equal(advisory->id, id);
	for (size_t i = 0; i < advisory->alias_count; i++)
		if (str_equal(advisory->aliases[i], id))
			return true;
	return false;
}

/* A compact database has no index of ids: all of it is read. */
static enum status choose_called(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct chosen *chosen = context;
	if (!is_called(affected[0].advisory, chosen->id, chosen->by_alias))
		return STATUS_OK;
	struct advisory *advisory = advisory_copy(affected[0].advisory, chosen->arena);
	for (size_t i = 0; i < count; i++)
		if (!add_chosen(chosen, advisory, &affected[i], names[i]))
			return error_memory(err);
	return STATUS_OK;
}

static enum status get_compact(struct advisory_db *db, struct str id, struct rows *rows, bool by_alias, struct error *err)
{
	struct chosen chosen = { .arena = rows->arena, .id = id, .by_alias = by_alias };
	enum status status = compact_each_record(db->compact, choose_called, &chosen, err);
	rows->affected = chosen.affected;
	rows->names.v = chosen.names.v;
	rows->names.n = chosen.names.n;
	return status;
}

static enum status get_full(struct advisory_db *db, struct str id, struct rows *rows, bool by_alias, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = db_prepare_rows(db, by_alias ? BY_ALIAS : BY_ID, &query, err);
	if (status)
		return status;
	query_bind_text(query, 1, id);
	return db_collect_rows(query, rows, err);
}

enum status advisory_db_get(struct advisory_db *db, struct str id, struct arena *arena, struct affected **out, struct str **names, size_t *count,
			    struct error *err)
{
	struct rows rows = { .arena = arena };
	for (int by_alias = 0; by_alias < 2 && rows.affected.n == 0; by_alias++) {
		enum status status = db->compact ? get_compact(db, id, &rows, by_alias, err) : get_full(db, id, &rows, by_alias, err);
		if (status)
			return status;
	}
	if (rows.affected.n == 0) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(1024);
		buf_add_visible(&text, str_head(id, 100));
		return error_set(err, STATUS_NOT_FOUND, "%s: no record has the id or alias \"%.*s\"", db->info.path, STR_ARG(buf_str(&text)));
	}
	*out = rows.affected.v;
	*names = rows.names.v;
	*count = rows.affected.n;
	return STATUS_OK;
}
