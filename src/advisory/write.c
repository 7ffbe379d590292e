/*
 * Records into a new store. A record that is there already is replaced by a newer one, or by one of the same date that says something else
 * (somebody has edited it); its digest tells whether anything changed.
 */
#include <stdlib.h>

#include "advisory/private.h"
#include "assay/limits.h"

enum {
	FIND,
	ADD_ADVISORY,
	ADD_RECORD,
	ADD_ALIAS,
	ADD_AFFECTED,
	OLD_ALIASES,
	DROP_ALIAS,
	DROP_AFFECTED,
	ADD_META,
	QUERIES,
};

static const char *const sql[QUERIES] = {
	[FIND] = "SELECT advisory, modified, digest FROM record WHERE id = ?1",
	/* What was added to a record later stays with it. */
	[ADD_ADVISORY] = "INSERT INTO advisory(key, id, aliases, title, published, modified, withdrawn, severity,"
			 " score, vector, malware) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
			 " ON CONFLICT(key) DO UPDATE SET aliases = ?3, title = ?4, published = ?5, modified = ?6,"
			 " withdrawn = ?7, severity = ?8, score = ?9, vector = ?10, malware = ?11",
	[ADD_RECORD] = "INSERT OR REPLACE INTO record(id, advisory, modified, digest) VALUES(?1, ?2, ?3, ?4)",
	[ADD_ALIAS] = "INSERT OR IGNORE INTO alias(alias, advisory) VALUES(?1, ?2)",
	[ADD_AFFECTED] = "INSERT INTO affected(name, advisory, ranges) VALUES(?1, ?2, ?3)",
	[OLD_ALIASES] = "SELECT aliases FROM advisory WHERE key = ?1",
	[DROP_ALIAS] = "DELETE FROM alias WHERE alias = ?1 AND advisory = ?2",
	[DROP_AFFECTED] = "DELETE FROM affected WHERE advisory = ?1",
	[ADD_META] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
};

struct writer {
	struct store *store;
	struct store_query *queries[QUERIES];
	int64_t last_key;
	struct buf packed;
};

void writer_free(struct writer *writer)
{
	if (!writer)
		return;
	for (size_t i = 0; i < QUERIES; i++)
		query_free(writer->queries[i]);
	store_close(writer->store);
	buf_fini(&writer->packed);
	free(writer);
}

void writer_cleanup(struct writer **writer)
{
	writer_free(*writer);
	*writer = NULL;
}

/* The one number that `question` gives, or *none. */
static enum status ask(struct store *store, const char *question, int64_t *out, bool *none, struct error *err)
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

enum status writer_begin(const char *path, bool empty, struct writer **out, struct error *err)
{
	CLEANUP(writer_cleanup) struct writer *writer = calloc(1, sizeof *writer);
	bool none;
	if (!writer)
		return error_memory(err);
	buf_init(&writer->packed, 4 * LIMIT_ADVISORY_BYTES);
	enum status status = store_begin(path, &advisory_store_kind, empty, &writer->store, err);
	for (size_t i = 0; i < QUERIES && !status; i++)
		status = store_prepare(writer->store, sql[i], &writer->queries[i], err);
	if (!status)
		status = ask(writer->store, "SELECT max(key) FROM advisory", &writer->last_key, &none, err);
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
	bool newer, same;
};

static enum status find_known(struct writer *writer, const struct advisory *advisory, struct str digest,
                              struct known *out, struct error *err)
{
	struct store_query *query = writer->queries[FIND];
	bool row;
	query_bind_text(query, 1, advisory->id);
	enum status status = query_next(query, &row, err);
	if (status)
		return status;
	*out = (struct known){ 0 };
	if (row) {
		out->key = query_int(query, 0);
		out->newer = query_int(query, 1) > advisory->modified;
		out->same = str_equal(query_text(query, 2), digest);
		query_reset(query);
	}
	return STATUS_OK;
}

static enum status drop_old(struct writer *writer, int64_t key, struct arena *arena, struct error *err)
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

static void bind_date(struct store_query *query, int parameter, int64_t date)
{
	if (date == DATE_NONE)
		query_bind_null(query, parameter);
	else
		query_bind_int(query, parameter, date);
}

static enum status add_advisory(struct writer *writer, int64_t key, const struct advisory *advisory,
                                struct arena *arena, struct error *err)
{
	struct store_query *query = writer->queries[ADD_ADVISORY];
	struct str aliases = STR_NONE;
	if (advisory->alias_count && !(aliases = aliases_join(advisory, arena)).p)
		return error_memory(err);
	query_bind_int(query, 1, key);
	query_bind_text(query, 2, advisory->id);
	query_bind_text(query, 3, aliases);
	query_bind_text(query, 4, advisory->title);
	bind_date(query, 5, advisory->published);
	query_bind_int(query, 6, advisory->modified);
	bind_date(query, 7, advisory->withdrawn);
	query_bind_text(query, 8, str_of(severity_name(advisory->severity)));
	query_bind_int(query, 9, advisory->score_tenths);
	if (advisory->score_tenths < 0)
		query_bind_null(query, 9);
	query_bind_text(query, 10, advisory->vector);
	query_bind_int(query, 11, advisory->malware);
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

static enum status put(struct writer *writer, int64_t key, const struct osv_record *record, struct str digest,
                       struct arena *arena, struct error *err)
{
	struct store_query *query = writer->queries[ADD_RECORD];
	query_bind_text(query, 1, record->advisory.id);
	query_bind_int(query, 2, key);
	query_bind_int(query, 3, record->advisory.modified);
	query_bind_blob(query, 4, digest);
	enum status status = query_run(query, err);
	if (!status)
		status = add_advisory(writer, key, &record->advisory, arena, err);
	if (!status)
		status = add_aliases(writer, key, &record->advisory, err);
	return status ? status : add_affected(writer, key, record, err);
}

enum status writer_add(struct writer *writer, const struct osv_record *record, struct arena *arena,
                       struct advisory_import *import, struct error *err)
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
	if (known.key && (known.newer || known.same)) {
		import->unchanged++;
		return STATUS_OK;
	}
	if (known.key)
		status = drop_old(writer, known.key, arena, err);
	if (!status)
		status = put(writer, known.key ? known.key : ++writer->last_key, record, digest, arena, err);
	if (!status)
		*(known.key ? &import->updated : &import->added) += 1;
	return status;
}

/* ---- what is said about the whole --------------------------------------------------- */

static enum status set_text(struct writer *writer, const char *key, struct str value, struct error *err)
{
	query_bind_text(writer->queries[ADD_META], 1, str_of(key));
	query_bind_text(writer->queries[ADD_META], 2, value);
	return query_run(writer->queries[ADD_META], err);
}

static enum status set_number(struct writer *writer, const char *key, int64_t value, struct error *err)
{
	query_bind_text(writer->queries[ADD_META], 1, str_of(key));
	bind_date(writer->queries[ADD_META], 2, value);
	return query_run(writer->queries[ADD_META], err);
}

static enum status set_counts(struct writer *writer, struct error *err)
{
	static const struct {
		const char *key, *question;
	} counts[] = {
		{ "advisories", "SELECT count(*) FROM record" },
		{ "packages", "SELECT count(*) FROM (SELECT DISTINCT name FROM affected)" },
		{ "malware", "SELECT sum(malware) FROM advisory" },
		{ "modified", "SELECT max(modified) FROM record" },
	};
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t value;
		bool none;
		enum status status = ask(writer->store, counts[i].question, &value, &none, err);
		bool is_date = str_equal(str_of(counts[i].key), STR("modified"));
		if (!status)
			status = set_number(writer, counts[i].key, none && is_date ? DATE_NONE : value, err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

enum status writer_commit(struct writer *writer, const struct advisory_import *import, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct str digest;
	enum status status = scratch ? store_digest(writer->store, scratch, &digest, err) : error_memory(err);
	if (!status)
		status = set_text(writer, "digest", digest, err);
	if (!status)
		status = set_text(writer, "source", str_of(import->source ? import->source : "osv"), err);
	if (!status)
		status = set_number(writer, "built", import->reproducible ? DATE_NONE : date_now(), err);
	if (!status)
		status = set_counts(writer, err);
	/* Open queries would keep the file open. */
	for (size_t i = 0; i < QUERIES; i++)
		query_cleanup(&writer->queries[i]);
	return status ? status : store_commit(writer->store, err);
}
