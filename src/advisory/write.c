/*
 * Records into a new store. A record that is there already is replaced by a newer one, or by one of the same date that says something else
 * (somebody has edited it); its digest tells whether anything changed.
 */
#include <stdlib.h>

#include "advisory/write.h"
#include "assay/limits.h"

static const char *const sql[WRITER_QUERIES] = {
	[FIND] = "SELECT advisory, modified, digest FROM record WHERE id = ?1 AND source = ?2",
	[COUNT] = "SELECT count(*), max(modified) FROM record WHERE source = ?1",
	[LIST] = "SELECT id, advisory FROM record WHERE source = ?1",
	[DROP_RECORD] = "DELETE FROM record WHERE id = ?1 AND source = ?2",
	[DROP_ADVISORY] = "DELETE FROM advisory WHERE key = ?1",
	[GET_META] = "SELECT value FROM meta WHERE key = ?1",
	/* What was added to a record later stays with it. */
	[ADD_ADVISORY] = "INSERT INTO advisory(key, id, aliases, title, published, modified, withdrawn, severity,"
			 " score, vector, malware, source, first_seen) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
			 " ON CONFLICT(key) DO UPDATE SET aliases = ?3, title = ?4, published = ?5, modified = ?6,"
			 " withdrawn = ?7, severity = ?8, score = ?9, vector = ?10, malware = ?11",
	[ADD_RECORD] = "INSERT OR REPLACE INTO record(id, advisory, modified, digest, source) VALUES(?1, ?2, ?3, ?4, ?5)",
	[ADD_ALIAS] = "INSERT OR IGNORE INTO alias(alias, advisory) VALUES(?1, ?2)",
	[ADD_AFFECTED] = "INSERT INTO affected(name, advisory, ranges) VALUES(?1, ?2, ?3)",
	[OLD_ALIASES] = "SELECT aliases FROM advisory WHERE key = ?1",
	[DROP_ALIAS] = "DELETE FROM alias WHERE alias = ?1 AND advisory = ?2",
	[DROP_AFFECTED] = "DELETE FROM affected WHERE advisory = ?1",
	[ADD_META] = WRITER_ADD_META,
};

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < WRITER_QUERIES; i++)
		query_free(writer->queries[i]);
	store_close(writer->store);
	buf_fini(&writer->packed);
	free((void *)(uintptr_t)writer->source.p);
	free(writer->seen);
	free(writer);
}

void writer_cleanup(struct writer **writer)
{
	writer_free(*writer);
	*writer = NULL;
}

enum status writer_ask(struct store *store, const char *question, int64_t *out, bool *none, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = false;
	enum status status = store_prepare(store, question, &query, err);
	if (status || (status = query_next(query, &row, err)))
		return status;
	*none = !row || query_is_null(query, 0);
	*out = *none ? 0 : query_int(query, 0);
	return STATUS_OK;
}

/* What is compact is never written to: it becomes a full one. */
static struct advisory_db *open_compact(const char *path)
{
	struct advisory_db *db = NULL;
	if (advisory_db_open(path, &db, NULL) == STATUS_OK && advisory_db_info(db)->compact)
		return db;
	advisory_db_close(db);
	return NULL;
}

enum status writer_begin(const char *path, const struct writer_options *options, struct writer **out, struct error *err)
{
	CLEANUP(writer_cleanup) struct writer *writer = calloc(1, sizeof *writer);
	bool none;
	if (!writer)
		return error_memory(err);
	buf_init(&writer->packed, 4 * LIMIT_ADVISORY_BYTES);
	writer->now = options->now;
	writer->source = str_of(strdup(options->source));
	if (!writer->source.p)
		return error_memory(err);
	CLEANUP(advisory_db_cleanup) struct advisory_db *compact = options->empty ? NULL : open_compact(path);
	enum status status = store_begin(path, &advisory_store_kind, options->empty || compact, &writer->store, err);
	for (size_t i = 0; i < WRITER_QUERIES && !status; i++)
		status = store_prepare(writer->store, sql[i], &writer->queries[i], err);
	if (!status && compact)
		status = writer_expand(writer, compact, err);
	if (!status)
		status = writer_ask(writer->store, "SELECT max(key) FROM advisory", &writer->last_key, &none, err);
	if (status)
		return status;
	*out = writer;
	writer = NULL;
	return STATUS_OK;
}

/* ---- one record ------------------------------------------------------------------ */

/* What is there under this id. */
struct known {
	int64_t key; /* 0: nothing */
	int64_t modified;
	bool newer, same;
};

static enum status find_known(struct writer *writer, const struct advisory *advisory, struct str digest, struct known *out, struct error *err)
{
	struct store_query *query = writer->queries[FIND];
	bool row;
	query_bind_text(query, 1, advisory->id);
	query_bind_text(query, 2, writer->source);
	enum status status = query_next(query, &row, err);
	if (status)
		return status;
	*out = (struct known){ 0 };
	if (row) {
		out->key = query_int(query, 0);
		out->modified = query_int(query, 1);
		out->newer = out->modified > advisory->modified;
		out->same = str_equal(query_text(query, 2), digest);
		query_reset(query);
	}
	return STATUS_OK;
}

enum status writer_drop_old(struct writer *writer, int64_t key, struct arena *arena, struct error *err)
{
	struct store_query *query = writer->queries[OLD_ALIASES], *drop = writer->queries[DROP_ALIAS];
	struct advisory old = { 0 };
	bool row, copied = true;
	query_bind_int(query, 1, key);
	enum status status = query_next(query, &row, err);
	if (status)
		return status;
	if (row) {
		struct str joined = arena_copy(arena, query_text(query, 0));
		copied = joined.p && aliases_split(joined, arena, &old);
		query_reset(query);
	}
	if (!copied)
		return error_memory(err);
	query_bind_int(drop, 2, key);
	for (size_t i = 0; i < old.alias_count && !status; i++) {
		query_bind_text(drop, 1, old.aliases[i]);
		status = query_run(drop, err);
	}
	query_bind_int(writer->queries[DROP_AFFECTED], 1, key);
	return status ? status : query_run(writer->queries[DROP_AFFECTED], err);
}

void writer_bind_date(struct store_query *query, int parameter, int64_t date)
{
	if (date == DATE_NONE)
		query_bind_null(query, parameter);
	else
		query_bind_int(query, parameter, date);
}

static enum status add_advisory(struct writer *writer, int64_t key, const struct advisory *advisory, struct arena *arena, struct error *err)
{
	struct store_query *query = writer->queries[ADD_ADVISORY];
	struct str aliases = STR_NONE;
	if (advisory->alias_count && !(aliases = aliases_join(advisory, arena)).p)
		return error_memory(err);
	query_bind_int(query, 1, key);
	query_bind_text(query, 2, advisory->id);
	query_bind_text(query, 3, aliases);
	query_bind_text(query, 4, advisory->title);
	writer_bind_date(query, 5, advisory->published);
	query_bind_int(query, 6, advisory->modified);
	writer_bind_date(query, 7, advisory->withdrawn);
	query_bind_text(query, 8, str_of(severity_name(advisory->severity)));
	query_bind_int(query, 9, advisory->score_tenths);
	if (advisory->score_tenths < 0)
		query_bind_null(query, 9);
	query_bind_text(query, 10, advisory->vector);
	query_bind_int(query, 11, advisory->malware);
	query_bind_text(query, 12, writer->source);
	writer_bind_date(query, 13, writer->now);
	return query_run(query, err);
}

static enum status add_aliases(struct writer *writer, int64_t key, const struct advisory *advisory, struct error *err)
{
	struct store_query *query = writer->queries[ADD_ALIAS];
	enum status status = STATUS_OK;
	query_bind_int(query, 2, key);
	for (size_t i = 0; i < advisory->alias_count && !status; i++) {
		query_bind_text(query, 1, advisory->aliases[i]);
		status = query_run(query, err);
	}
	return status;
}

static enum status add_affected(struct writer *writer, int64_t key, const struct osv_record *record, struct error *err)
{
	struct store_query *query = writer->queries[ADD_AFFECTED];
	enum status status = STATUS_OK;
	query_bind_int(query, 2, key);
	for (size_t i = 0; i < record->count && !status; i++) {
		buf_clear(&writer->packed);
		pack_affected(&record->affected[i], &writer->packed);
		if ((status = buf_ok(&writer->packed, err)))
			break;
		query_bind_text(query, 1, record->names[i]);
		query_bind_blob(query, 3, buf_str(&writer->packed));
		status = query_run(query, err);
	}
	return status;
}

enum status writer_put(struct writer *writer, int64_t key, const struct osv_record *record, struct str digest, struct arena *arena, struct error *err)
{
	struct store_query *query = writer->queries[ADD_RECORD];
	query_bind_text(query, 1, record->advisory.id);
	query_bind_int(query, 2, key);
	query_bind_int(query, 3, record->advisory.modified);
	query_bind_blob(query, 4, digest);
	query_bind_text(query, 5, writer->source);
	enum status status = query_run(query, err);
	if (!status)
		status = add_advisory(writer, key, &record->advisory, arena, err);
	if (!status)
		status = add_aliases(writer, key, &record->advisory, err);
	return status ? status : add_affected(writer, key, record, err);
}

bool writer_is_seen(const struct writer *writer, int64_t key)
{
	size_t at = (size_t)key / 8;
	return at < writer->seen_size && (writer->seen[at] >> (key & 7) & 1);
}

static bool note_seen(struct writer *writer, int64_t key)
{
	size_t at = (size_t)key / 8;
	if (at >= writer->seen_size) {
		size_t size = at * 2 + 1024;
		unsigned char *grown = realloc(writer->seen, size);
		if (!grown)
			return false;
		memset(grown + writer->seen_size, 0, size - writer->seen_size);
		writer->seen = grown;
		writer->seen_size = size;
	}
	writer->seen[at] |= (unsigned char)(1u << (key & 7));
	return true;
}

enum status writer_add(struct writer *writer, const struct osv_record *record, struct arena *arena, struct advisory_import *import, struct error *err)
{
	unsigned char bytes[RECORD_DIGEST_SIZE];
	struct str digest = { (const char *)bytes, sizeof bytes };
	struct known known;
	if (!record_digest(&record->advisory, record->affected, record->names, record->count, &writer->packed, bytes))
		return error_memory(err);
	enum status status = find_known(writer, &record->advisory, digest, &known, err);
	if (status)
		return status;
	/* One that was about npm and is not any more must lose its packages; others are none of our business. */
	if (record->foreign && !known.key) {
		import->foreign++;
		return STATUS_OK;
	}
	int64_t key = known.key ? known.key : ++writer->last_key;
	if (!note_seen(writer, key))
		return error_memory(err);
	if (known.key && (known.newer || known.same)) {
		import->unchanged++;
		return STATUS_OK;
	}
	if (known.key)
		status = writer_drop_old(writer, known.key, arena, err);
	if (!status)
		status = writer_put(writer, key, record, digest, arena, err);
	if (!status)
		*(known.key ? &import->updated : &import->added) += 1;
	return status;
}

enum status writer_has(struct writer *writer, struct str id, int64_t modified, bool *out, struct error *err)
{
	struct advisory sought = { .id = id, .modified = modified };
	struct known known;
	enum status status = find_known(writer, &sought, STR_NONE, &known, err);
	if (!status)
		*out = known.key && (known.newer || known.modified == modified);
	return status;
}
