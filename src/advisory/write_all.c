/* What a writer does with all records at once: taking over a compact database, counting a source, dropping what it has no more, and what is said about
 * the whole. */
#include "advisory/write.h"
#include "assay/limits.h"

/* ---- from a compact database ------------------------------------------------------ */

struct expansion {
	struct writer *writer;
	struct arena *arena;
};

static enum status expand_record(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct expansion *expansion = context;
	struct writer *writer = expansion->writer;
	struct osv_record record = { .advisory = *affected[0].advisory,
				     .affected = (struct affected *)(uintptr_t)affected,
				     .names = (struct str *)(uintptr_t)names,
				     .count = names[0].p ? count : 0 };
	unsigned char bytes[RECORD_DIGEST_SIZE];
	struct str own = writer->source;
	int64_t now = writer->now;
	if (!record_digest(&record.advisory, affected, names, record.count, &writer->packed, bytes))
		return error_memory(err);
	arena_reset(expansion->arena);
	writer->source = record.advisory.source;
	writer->now = record.advisory.first_seen;
	enum status status = writer_put(writer, ++writer->last_key, &record, (struct str){ (const char *)bytes, sizeof bytes }, expansion->arena, err);
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
		status = store_copy_rows(db_store(db), "SELECT key, value FROM meta", writer->store, WRITER_ADD_META, err);
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
		if (writer_is_seen(writer, key))
			continue;
		struct unseen *unseen = vec_add(arena, out);
		if (!unseen || !(unseen->id = arena_copy(arena, query_text(query, 0))).p)
			return error_memory(err);
		unseen->key = key;
	}
}

static enum status drop_record(struct writer *writer, const struct unseen *record, struct arena *arena, struct error *err)
{
	enum status status = writer_drop_old(writer, record->key, arena, err);
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
	writer_bind_date(writer->queries[ADD_META], 2, value);
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
		enum status status = writer_ask(writer->store, counts[i].question, &value, &none, err);
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
	for (size_t i = 0; i < WRITER_QUERIES; i++)
		query_cleanup(&writer->queries[i]);
	return status ? status : store_commit(writer->store, err);
}
