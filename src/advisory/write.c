/*
 * Records into a new store. A record that is there already is replaced by a newer one, or by one of the same date that says something else
 * (somebody has edited it); its digest tells whether anything changed.
 */
#include <stdlib.h>

#include "advisory/compact.h"
#include "assay/limits.h"

enum {
	FIND,
	COUNT,
	LIST,
	DROP_RECORD,
	DROP_ADVISORY,
	GET_META,
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
	[ADD_META] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
};

struct writer {
	struct store *store;
	struct store_query *queries[QUERIES];
	int64_t last_key;
	struct str source; /* malloc'ed */
	int64_t now;
	unsigned char *seen; /* a bit for each key */
	size_t seen_size;
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
	free((void *)(uintptr_t)writer->source.p);
	free(writer->seen);
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
	for (size_t i = 0; i < QUERIES && !status; i++)
		status = store_prepare(writer->store, sql[i], &writer->queries[i], err);
	if (!status && compact)
		status = writer_expand(writer, compact, err);
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
	int64_t modified;
	bool newer, same;
};

static enum status find_known(struct writer *writer, const struct advisory *advisory, struct str digest,
                              struct known *out, struct error *err)
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
	query_bind_text(query, 12, writer->source);
	bind_date(query, 13, writer->now);
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
	query_bind_text(query, 5, writer->source);
	enum status status = query_run(query, err);
	if (!status)
		status = add_advisory(writer, key, &record->advisory, arena, err);
	if (!status)
		status = add_aliases(writer, key, &record->advisory, err);
	return status ? status : add_affected(writer, key, record, err);
}

static bool is_seen(const struct writer *writer, int64_t key)
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
	int64_t key = known.key ? known.key : ++writer->last_key;
	if (!note_seen(writer, key))
		return error_memory(err);
	if (known.key && (known.newer || known.same)) {
		import->unchanged++;
		return STATUS_OK;
	}
	if (known.key)
		status = drop_old(writer, known.key, arena, err);
	if (!status)
		status = put(writer, key, record, digest, arena, err);
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

/* ---- from a compact database ------------------------------------------------------ */

struct expansion {
	struct writer *writer;
	struct arena *arena;
};

static enum status expand_record(void *context, const struct affected *affected, const struct str *names, size_t count,
                                 struct error *err)
{
	struct expansion *expansion = context;
	struct writer *writer = expansion->writer;
	struct osv_record record = { .advisory = *affected[0].advisory, .affected = (struct affected *)(uintptr_t)affected,
		                     .names = (struct str *)(uintptr_t)names, .count = names[0].p ? count : 0 };
	unsigned char bytes[RECORD_DIGEST_SIZE];
	struct str own = writer->source;
	int64_t now = writer->now;
	if (!record_digest(&record.advisory, affected, names, record.count, &writer->packed, bytes))
		return error_memory(err);
	arena_reset(expansion->arena);
	writer->source = record.advisory.source;
	writer->now = record.advisory.first_seen;
	enum status status = put(writer, ++writer->last_key, &record, (struct str){ (const char *)bytes, sizeof bytes },
	                         expansion->arena, err);
	writer->source = own;
	writer->now = now;
	return status;
}

enum status writer_expand(struct writer *writer, struct advisory_db *db, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct expansion expansion = { writer, arena };
	if (!arena)
		return error_memory(err);
	enum status status = compact_each_record(db_compact(db), expand_record, &expansion, err);
	if (!status)
		status = store_copy_rows(db_store(db), "SELECT key, value FROM meta", writer->store, sql[ADD_META], err);
	for (size_t i = 0; i < ENRICHMENTS && !status; i++)
		status = store_copy_rows(db_store(db), enrichments[i].all, writer->store, enrichments[i].add, err);
	return status;
}

/* ---- a whole source --------------------------------------------------------------- */

enum status writer_count(struct writer *writer, uint64_t *records, int64_t *newest, struct error *err)
{
	struct store_query *query = writer->queries[COUNT];
	bool row;
	query_bind_text(query, 1, writer->source);
	enum status status = query_next(query, &row, err);
	if (status)
		return status;
	*records = row ? (uint64_t)query_int(query, 0) : 0;
	*newest = row && !query_is_null(query, 1) ? query_int(query, 1) : DATE_NONE;
	query_reset(query);
	return STATUS_OK;
}

struct unseen {
	struct str id;
	int64_t key;
};
typedef VEC(struct unseen) unseen_list;

static enum status list_unseen(struct writer *writer, struct arena *arena, unseen_list *out, struct error *err)
{
	struct store_query *query = writer->queries[LIST];
	bool row = true;
	query_bind_text(query, 1, writer->source);
	for (;;) {
		enum status status = query_next(query, &row, err);
		if (status || !row)
			return status;
		int64_t key = query_int(query, 1);
		if (is_seen(writer, key))
			continue;
		struct unseen *unseen = vec_add(arena, out);
		if (!unseen || !(unseen->id = arena_copy(arena, query_text(query, 0))).p)
			return error_memory(err);
		unseen->key = key;
	}
}

static enum status drop_record(struct writer *writer, const struct unseen *record, struct arena *arena, struct error *err)
{
	enum status status = drop_old(writer, record->key, arena, err);
	if (status)
		return status;
	query_bind_text(writer->queries[DROP_RECORD], 1, record->id);
	query_bind_text(writer->queries[DROP_RECORD], 2, writer->source);
	query_bind_int(writer->queries[DROP_ADVISORY], 1, record->key);
	status = query_run(writer->queries[DROP_RECORD], err);
	return status ? status : query_run(writer->queries[DROP_ADVISORY], err);
}

enum status writer_drop_unseen(struct writer *writer, uint64_t *dropped, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	unseen_list unseen = { 0 };
	if (!arena)
		return error_memory(err);
	enum status status = list_unseen(writer, arena, &unseen, err);
	for (size_t i = 0; i < unseen.n && !status; i++)
		status = drop_record(writer, &unseen.v[i], arena, err);
	if (!status)
		*dropped = unseen.n;
	return status;
}

/* ---- what is said about the whole --------------------------------------------------- */

static enum status find_meta(struct writer *writer, const char *key, bool *found, struct error *err)
{
	struct store_query *query = writer->queries[GET_META];
	query_bind_text(query, 1, str_of(key));
	enum status status = query_next(query, found, err);
	if (!status)
		*found = *found && !query_is_null(query, 0);
	return status;
}

enum status writer_get_text(struct writer *writer, const char *key, struct arena *arena, struct str *out, struct error *err)
{
	struct str text = STR_NONE;
	bool found;
	enum status status = find_meta(writer, key, &found, err);
	if (!status && found && !(text = arena_copy(arena, query_text(writer->queries[GET_META], 0))).p)
		status = error_memory(err);
	query_reset(writer->queries[GET_META]);
	if (!status)
		*out = text;
	return status;
}

enum status writer_get_date(struct writer *writer, const char *key, int64_t *out, struct error *err)
{
	bool found;
	enum status status = find_meta(writer, key, &found, err);
	if (!status)
		*out = found ? query_int(writer->queries[GET_META], 0) : DATE_NONE;
	query_reset(writer->queries[GET_META]);
	return status;
}

enum status writer_set_text(struct writer *writer, const char *key, struct str value, struct error *err)
{
	query_bind_text(writer->queries[ADD_META], 1, str_of(key));
	query_bind_text(writer->queries[ADD_META], 2, value);
	return query_run(writer->queries[ADD_META], err);
}

enum status writer_set_date(struct writer *writer, const char *key, int64_t value, struct error *err)
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
		/* An own record of today does not make the public ones young. */
		{ "modified", "SELECT coalesce((SELECT max(modified) FROM record WHERE source = 'osv'),"
			      " (SELECT max(modified) FROM record))" },
	};
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		int64_t value;
		bool none;
		enum status status = ask(writer->store, counts[i].question, &value, &none, err);
		bool is_date = str_equal(str_of(counts[i].key), STR("modified"));
		if (!status)
			status = writer_set_date(writer, counts[i].key, none && is_date ? DATE_NONE : value, err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* "acme, osv": where the records are from; an empty database is of the source that was last written. */
static enum status set_sources(struct writer *writer, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	CLEANUP(buf_fini) struct buf sources = BUF_INIT(64 * KIB);
	enum status status = store_prepare(writer->store, "SELECT DISTINCT source FROM record ORDER BY source", &query, err);
	for (bool row = true; !status && row;) {
		status = query_next(query, &row, err);
		if (status || !row)
			break;
		buf_add_z(&sources, sources.n ? ", " : "");
		buf_add(&sources, query_text(query, 0));
	}
	if (!status)
		status = buf_ok(&sources, err);
	return status ? status : writer_set_text(writer, "source", sources.n ? buf_str(&sources) : writer->source, err);
}

struct store *writer_store(struct writer *writer)
{
	return writer->store;
}

enum status writer_commit(struct writer *writer, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct str digest;
	enum status status = scratch ? store_digest(writer->store, scratch, &digest, err) : error_memory(err);
	if (!status)
		status = writer_set_text(writer, "digest", digest, err);
	if (!status)
		status = set_sources(writer, err);
	if (!status)
		status = writer_set_date(writer, "built", writer->now, err);
	if (!status)
		status = set_counts(writer, err);
	if (!status)
		status = enrich_join(writer->store, err);
	/* Open queries would keep the file open. */
	for (size_t i = 0; i < QUERIES; i++)
		query_cleanup(&writer->queries[i]);
	return status ? status : store_commit(writer->store, err);
}
