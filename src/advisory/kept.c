/*
 * How advisories are kept: the tables, and how a row is read back.
 *
 * A scan asks by package name, so that `affected` is clustered by name and holds its ranges parsed; what a name has is found in one descent.
 * `record` answers "which of these do I have, and how new" for imports, and carries the digests; one id can come from two sources. Nearly all of some 220,000 records
 * are malware, one name each with every version or a short list, and cost some 200 bytes.
 */
#include "advisory/private.h"
#include "assay/digest.h"

const struct store_kind advisory_store_kind = {
	.what = "an advisory database",
	.application_id = 0x61737379, /* "assy" */
	.version = 2,
	.remedy = "delete it and import again (assay db update, or assay db import FILE)",
	.schema = "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
		  "CREATE TABLE advisory(key INTEGER PRIMARY KEY, id TEXT NOT NULL, source TEXT NOT NULL,"
		  " first_seen INTEGER, aliases TEXT, title TEXT NOT NULL,"
		  " published INTEGER, modified INTEGER NOT NULL, withdrawn INTEGER, severity TEXT NOT NULL,"
		  " score INTEGER, vector TEXT, malware INTEGER NOT NULL, kev INTEGER NOT NULL DEFAULT 0, epss REAL);"
		  "CREATE TABLE record(id TEXT, source TEXT, advisory INTEGER NOT NULL, modified INTEGER NOT NULL,"
		  " digest BLOB NOT NULL, PRIMARY KEY(id, source)) WITHOUT ROWID;"
		  "CREATE TABLE alias(alias TEXT, advisory INTEGER, PRIMARY KEY(alias, advisory)) WITHOUT ROWID;"
		  "CREATE TABLE affected(name TEXT, advisory INTEGER, ranges BLOB NOT NULL,"
		  " PRIMARY KEY(name, advisory)) WITHOUT ROWID;"
		  "CREATE TABLE epss(cve TEXT PRIMARY KEY, score REAL NOT NULL) WITHOUT ROWID;"
		  "CREATE TABLE kev(cve TEXT PRIMARY KEY) WITHOUT ROWID;"
		  "CREATE INDEX affected_advisory ON affected(advisory)",
};

struct str aliases_join(const struct advisory *advisory, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf joined = BUF_INIT(SIZE_MAX / 2);
	for (size_t i = 0; i < advisory->alias_count; i++) {
		if (i)
			buf_add_char(&joined, '\n');
		buf_add(&joined, advisory->aliases[i]);
	}
	return joined.failed ? STR_NONE : arena_copy(arena, buf_str(&joined));
}

bool aliases_split(struct str joined, struct arena *arena, struct advisory *out)
{
	size_t lines = joined.n ? 1 : 0;
	for (size_t i = 0; i < joined.n; i++)
		lines += joined.p[i] == '\n';
	out->aliases = arena_array(arena, lines, sizeof *out->aliases);
	out->alias_count = 0;
	if (!out->aliases)
		return false;
	struct str part;
	while (out->alias_count < lines && str_split(&joined, '\n', &part))
		out->aliases[out->alias_count++] = part;
	return true;
}

static int64_t column_date(struct store_query *query, int column)
{
	return query_is_null(query, column) ? DATE_NONE : query_int(query, column);
}

static struct str column_copy(struct store_query *query, int column, struct arena *arena, bool *failed)
{
	struct str text = query_text(query, column);
	if (!text.p)
		return STR_NONE;
	struct str copy = arena_copy(arena, text);
	*failed |= !copy.p;
	return copy;
}

static bool read_advisory(struct store_query *query, struct arena *arena, struct advisory *out)
{
	bool failed = false;
	*out = (struct advisory){
		.id = column_copy(query, 0, arena, &failed),
		.title = column_copy(query, 2, arena, &failed),
		.published = column_date(query, 3),
		.modified = column_date(query, 4),
		.withdrawn = column_date(query, 5),
		.score_tenths = query_is_null(query, 7) ? -1 : (int)query_int(query, 7),
		.vector = column_copy(query, 8, arena, &failed),
		.malware = query_int(query, 9) != 0,
		.kev = query_int(query, 10) != 0,
		.epss = query_is_null(query, 11) ? -1 : query_real(query, 11),
		.source = column_copy(query, 14, arena, &failed),
		.first_seen = column_date(query, 15),
	};
	struct str aliases = column_copy(query, 1, arena, &failed);
	if (!severity_by_name(query_text(query, 6), &out->severity))
		out->severity = SEVERITY_UNKNOWN;
	out->url = osv_url(out->id, arena);
	return !failed && out->url.p && aliases_split(aliases, arena, out);
}

enum status kept_read(struct store_query *query, struct arena *arena, struct advisory *advisory, struct affected *affected, struct str *name,
		      struct error *err)
{
	bool failed = false;
	*affected = (struct affected){ 0 };
	if (advisory && !read_advisory(query, arena, advisory))
		return error_memory(err);
	*name = column_copy(query, 12, arena, &failed);
	if (failed)
		return error_memory(err);
	if (!name->p || unpack_affected(query_text(query, 13), arena, affected))
		return STATUS_OK;
	error_set(err, STATUS_INVALID, "the advisory database is damaged: ranges of \"%.*s\" cannot be read", STR_ARG(query_text(query, 0)));
	error_hint(err, "%s", advisory_store_kind.remedy);
	return STATUS_INVALID;
}

/* ---- copies ----------------------------------------------------------------------- */

struct advisory *advisory_copy(const struct advisory *advisory, struct arena *arena)
{
	struct advisory *copy = arena_alloc(arena, sizeof *copy);
	struct str joined = copy ? aliases_join(advisory, arena) : STR_NONE;
	if (!joined.p)
		return NULL;
	*copy = *advisory;
	struct str *const texts[] = { &copy->id, &copy->title, &copy->url, &copy->vector, &copy->source };
	return arena_keep_texts(arena, texts, sizeof texts / sizeof *texts) && aliases_split(joined, arena, copy) ? copy : NULL;
}

bool affected_copy(const struct affected *affected, struct arena *arena, struct affected *out)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(SIZE_MAX / 2);
	pack_affected(affected, &packed);
	return !packed.failed && unpack_affected(buf_str(&packed), arena, out);
}

/* ---- digests ------------------------------------------------------------------ */

_Static_assert(RECORD_DIGEST_SIZE <= DIGEST_MAX_SIZE, "a SHA-256");

bool record_digest(const struct advisory *advisory, const struct affected *affected, const struct str *names, size_t count, struct buf *scratch,
		   unsigned char out[RECORD_DIGEST_SIZE])
{
	struct digest digest;
	buf_clear(scratch);
	pack_advisory(advisory, scratch);
	for (size_t i = 0; i < count; i++) {
		put_text(names[i], scratch);
		pack_affected(&affected[i], scratch);
	}
	if (scratch->failed || !digest_of(DIGEST_SHA256, buf_str(scratch), &digest))
		return false;
	memcpy(out, digest.bytes, RECORD_DIGEST_SIZE);
	return true;
}

static enum status add_digests(struct store *store, struct hasher *hasher, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_prepare(store, "SELECT digest FROM record ORDER BY id, source", &query, err);
	for (bool row = true; !status && row;) {
		status = query_next(query, &row, err);
		if (!status && row && !hasher_add(hasher, query_text(query, 0)))
			return error_memory(err);
	}
	return status;
}

enum status digest_text(struct hasher *hasher, struct arena *arena, struct str *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(256);
	struct digest digest;
	if (!hasher_finish(hasher, &digest))
		return error_memory(err);
	buf_add_z(&text, "sha256:");
	digest_write_hex(&digest, &text);
	struct str copy = text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
	if (!copy.p)
		return error_memory(err);
	*out = copy;
	return STATUS_OK;
}

enum status store_digest(struct store *store, struct arena *arena, struct str *out, struct error *err)
{
	struct hasher *hasher = hasher_new(DIGEST_SHA256);
	enum status status = hasher ? add_digests(store, hasher, err) : error_memory(err);
	if (!status)
		status = digest_text(hasher, arena, out, err);
	hasher_free(hasher);
	return status;
}
