/* Reading a compact database. */
#include <stdlib.h>

#include "advisory/compact.h"
#include "assay/archive.h"
#include "assay/limits.h"

const struct store_kind advisory_compact_kind = {
	.what = "a compact advisory database",
	.application_id = 0x61737379, /* as the full one: it is told by its version */
	.version = 1001,
	.remedy = "fetch it again, or make it anew (assay db export --compact FILE)",
	.schema = "CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
		  "CREATE TABLE filter(bits BLOB NOT NULL);"
		  "CREATE TABLE first(name TEXT PRIMARY KEY, block INTEGER NOT NULL) WITHOUT ROWID;"
		  "CREATE TABLE block(number INTEGER PRIMARY KEY, data BLOB NOT NULL);"
		  "CREATE TABLE epss(cve TEXT PRIMARY KEY, score REAL NOT NULL) WITHOUT ROWID;"
		  "CREATE TABLE kev(cve TEXT PRIMARY KEY) WITHOUT ROWID;",
};

struct compact {
	struct store *store;
	struct store_query *find, *all;
	struct inflater *inflater;
	unsigned char *filter;
	uint64_t filter_bits;
	struct arena *block; /* the block at hand */
};

static enum status damaged(struct error *err)
{
	error_set(err, STATUS_INVALID, "the compact advisory database is damaged: a block cannot be read");
	error_hint(err, "%s", advisory_compact_kind.remedy);
	return STATUS_INVALID;
}

/* ---- the filter ------------------------------------------------------------------- */

uint64_t compact_hash(struct str name)
{
	uint64_t hash = 0xcbf29ce484222325u;
	for (size_t i = 0; i < name.n; i++)
		hash = (hash ^ (unsigned char)name.p[i]) * 0x100000001b3u;
	return hash;
}

uint64_t compact_probe(uint64_t hash, unsigned probe, uint64_t bits)
{
	uint64_t step = (hash >> 32 | hash << 32) | 1;
	return (hash + probe * step) % bits;
}

static bool may_hold(const struct compact *compact, struct str name)
{
	uint64_t hash = compact_hash(name);
	for (unsigned i = 0; i < COMPACT_PROBES && compact->filter_bits; i++) {
		uint64_t bit = compact_probe(hash, i, compact->filter_bits);
		if (!(compact->filter[bit / 8] >> (bit % 8) & 1))
			return false;
	}
	return true;
}

static enum status read_filter(struct compact *compact, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = false;
	enum status status = store_prepare(compact->store, "SELECT bits FROM filter", &query, err);
	if (status || (status = query_next(query, &row, err)))
		return status;
	struct str bits = row ? query_text(query, 0) : STR_NONE;
	if (!bits.n)
		return damaged(err);
	compact->filter = malloc(bits.n);
	if (!compact->filter)
		return error_memory(err);
	memcpy(compact->filter, bits.p, bits.n);
	compact->filter_bits = (uint64_t)bits.n * 8;
	return STATUS_OK;
}

void compact_free(struct compact *compact)
{
	if (!compact)
		return;
	query_free(compact->find);
	query_free(compact->all);
	inflater_free(compact->inflater);
	arena_free(compact->block);
	free(compact->filter);
	free(compact);
}

enum status compact_new(struct store *store, struct compact **out, struct error *err)
{
	struct compact *compact = calloc(1, sizeof *compact);
	if (!compact)
		return error_memory(err);
	compact->store = store;
	compact->inflater = inflater_new();
	compact->block = arena_new(0);
	enum status status = compact->inflater && compact->block ? read_filter(compact, err) : error_memory(err);
	if (!status)
		status = store_prepare(store,
				       "SELECT data FROM block WHERE number ="
				       " (SELECT block FROM first WHERE name <= ?1 ORDER BY name DESC LIMIT 1)",
				       &compact->find, err);
	if (!status)
		status = store_prepare(store, "SELECT b.data, f.name FROM first f JOIN block b ON b.number = f.block ORDER BY f.name", &compact->all, err);
	if (status)
		compact_free(compact);
	else
		*out = compact;
	return status;
}

/* ---- rows ---------------------------------------------------------------------------- */

struct block {
	struct str rest[COLUMNS];
	struct arena *arena;
	struct buf name;
	int64_t first_seen; /* of the row before */
};

static bool take_date(struct str *rest, int64_t *out)
{
	uint64_t n;
	if (!take_number(rest, &n))
		return false;
	*out = DATE_NONE;
	if (n)
		*out = (int64_t)((n - 1) >> 1) ^ -(int64_t)((n - 1) & 1);
	return true;
}

static bool take_dates(struct block *block, struct advisory *out)
{
	struct str *rest = &block->rest[COLUMN_DATES];
	int64_t since;
	uint64_t another;
	if (!take_date(rest, &out->published) || !take_date(rest, &since) || !take_date(rest, &out->withdrawn) || !take_number(rest, &another) ||
	    (another && !take_date(rest, &block->first_seen)))
		return false;
	int64_t from = out->published == DATE_NONE ? 0 : out->published;
	out->first_seen = block->first_seen;
	return since != DATE_NONE && !__builtin_add_overflow(from, since, &out->modified);
}

/* What it shares with the name before, and the rest. A name of nothing is of a record without packages. */
static bool take_name(struct block *block)
{
	struct str *rest = &block->rest[COLUMN_NAMES], tail;
	uint64_t shared;
	if (!take_number(rest, &shared) || shared > block->name.n || !take_text(rest, &tail))
		return false;
	block->name.n = (size_t)shared;
	buf_add(&block->name, tail);
	return !block->name.failed;
}

/* .p NULL: the usual one. */
static bool take_title(struct block *block, struct advisory *out)
{
	struct str *rest = &block->rest[COLUMN_TEXTS];
	uint64_t n;
	out->title = STR_NONE;
	return take_number(rest, &n) && (n == 0 || take_raw(rest, n - 1, &out->title));
}

static bool take_ratings(struct block *block, struct compact_row *out)
{
	struct str *rest = &block->rest[COLUMN_RATINGS];
	uint64_t severity, score, flags, epss = 0, packages;
	if (!take_number(rest, &severity) || severity > SEVERITY_CRITICAL || !take_number(rest, &score) || score > 101 ||
	    !take_number(rest, &flags) || (flags & COMPACT_EPSS && !take_number(rest, &epss)) || !take_number(rest, &packages))
		return false;
	out->advisory.severity = (enum severity)severity;
	out->advisory.score_tenths = (int)score - 1;
	out->advisory.kev = flags & COMPACT_KEV;
	out->advisory.malware = flags & COMPACT_MALWARE;
	out->advisory.epss = flags & COMPACT_EPSS ? (double)epss / COMPACT_EPSS_UNIT : -1;
	out->packages = (size_t)packages;
	return true;
}

/* What is not wanted is stepped over: nothing of it is copied or parsed. */
struct raw {
	struct str aliases, ranges;
};

static bool take_row(struct block *block, struct compact_row *row, struct raw *raw)
{
	struct advisory *advisory = &row->advisory;
	*row = (struct compact_row){ 0 };
	return take_name(block) && take_text(&block->rest[COLUMN_IDS], &advisory->id) && take_text(&block->rest[COLUMN_IDS], &advisory->source) &&
	       take_text(&block->rest[COLUMN_IDS], &raw->aliases) && take_dates(block, advisory) && take_title(block, advisory) &&
	       take_text(&block->rest[COLUMN_TEXTS], &advisory->vector) && take_ratings(block, row) &&
	       take_text(&block->rest[COLUMN_RANGES], &raw->ranges);
}

static bool fill_title(struct block *block, struct advisory *advisory)
{
	CLEANUP(buf_fini) struct buf title = BUF_INIT(64 * KIB);
	if (!advisory->title.p && compact_title(buf_str(&block->name), &title))
		advisory->title = arena_copy(block->arena, buf_str(&title));
	return advisory->title.p != NULL;
}

static bool finish_row(struct block *block, struct compact_row *row, const struct raw *raw)
{
	if (block->name.n && !(row->name = arena_copy(block->arena, buf_str(&block->name))).p)
		return false;
	if (row->name.p && !unpack_affected(raw->ranges, block->arena, &row->affected))
		return false;
	row->advisory.url = osv_url(row->advisory.id, block->arena);
	return row->advisory.url.p && fill_title(block, &row->advisory) && aliases_split(raw->aliases, block->arena, &row->advisory);
}

static enum status open_block(struct compact *compact, struct str packed, struct block *block, struct error *err)
{
	struct str bytes;
	enum status status = inflater_run(compact->inflater, packed, LIMIT_COMPACT_BLOCK, &bytes, NULL, err);
	if (status)
		return status == STATUS_MEMORY ? status : damaged(err);
	bytes = arena_copy(block->arena, bytes);
	if (!bytes.p)
		return error_memory(err);
	for (size_t i = 0; i < COLUMNS; i++)
		if (!take_text(&bytes, &block->rest[i]))
			return damaged(err);
	buf_clear(&block->name);
	block->first_seen = DATE_NONE;
	return STATUS_OK;
}

/* Where all is read, a name must stand where a question would look for it: in order, behind the block's first, and in the filter. */
static bool is_in_place(const struct compact *compact, const struct block *block, struct str first, struct str before)
{
	struct str name = buf_str(&block->name);
	return str_compare(name, first) >= 0 && str_compare(name, before) >= 0 && may_hold(compact, name);
}

static enum status visit_block(struct compact *compact, struct str packed, struct str first, const struct str *name, struct block *block,
			       enum status (*visit)(void *context, const struct compact_row *row, struct error *err), void *context, struct error *err)
{
	enum status status = open_block(compact, packed, block, err);
	while (!status && block->rest[COLUMN_NAMES].n) {
		struct compact_row row;
		struct raw raw;
		struct str before = name ? STR_NONE : arena_copy(block->arena, buf_str(&block->name));
		if (!take_row(block, &row, &raw) || (!name && !is_in_place(compact, block, first, before)))
			return damaged(err);
		if (name && !str_equal(buf_str(&block->name), *name))
			continue;
		status = finish_row(block, &row, &raw) ? visit(context, &row, err) : damaged(err);
	}
	return status;
}

enum status compact_each(struct compact *compact, const struct str *name,
			 enum status (*visit)(void *context, const struct compact_row *row, struct error *err), void *context, struct error *err)
{
	struct block block = { .arena = compact->block, .name = BUF_INIT(64 * KIB) };
	struct store_query *query = name ? compact->find : compact->all;
	enum status status = STATUS_OK;
	bool row = true;
	if (name && !may_hold(compact, *name))
		return STATUS_OK;
	if (name)
		query_bind_text(query, 1, *name);
	while (!status && !(status = query_next(query, &row, err)) && row) {
		arena_reset(compact->block);
		struct str packed = query_text(query, 0);
		status = visit_block(compact, packed, name ? STR_NONE : query_text(query, 1), name, &block, visit, context, err);
	}
	query_reset(query);
	buf_fini(&block.name);
	return status;
}

bool compact_title(struct str name, struct buf *out)
{
	buf_add_z(out, "Malicious code in ");
	buf_add(out, name);
	buf_add_z(out, " (npm)");
	return !out->failed;
}

/* ---- whole records ---------------------------------------------------------------------- */

/* A record of several packages is spread over the names: its rows wait here for the last of them. */
struct gathered {
	VEC(struct affected) affected;
	VEC(struct str) names;
};
struct gatherer {
	enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err);
	void *context;
	struct arena *waiting; /* what waits, to the end */
	struct map *index;     /* "id source" to a place in `records` */
	VEC(struct gathered) records;
};

static struct gathered *place_of(struct gatherer *gatherer, const struct advisory *advisory)
{
	struct str key = arena_printf(gatherer->waiting, "%.*s %.*s", STR_ARG(advisory->id), STR_ARG(advisory->source));
	size_t at;
	if (!key.p || !map_add(gatherer->index, key, gatherer->records.n, &at))
		return NULL;
	return at < gatherer->records.n ? &gatherer->records.v[at] : vec_add(gatherer->waiting, &gatherer->records);
}

static enum status gather(struct gatherer *gatherer, const struct compact_row *row, struct error *err)
{
	struct arena *arena = gatherer->waiting;
	struct gathered *record = place_of(gatherer, &row->advisory);
	struct affected *affected = record ? vec_add(arena, &record->affected) : NULL;
	struct str *name = affected ? vec_add(arena, &record->names) : NULL;
	if (!name)
		return error_memory(err);
	if (!affected_copy(&row->affected, arena, affected) || !(*name = arena_copy(arena, row->name)).p)
		return error_memory(err);
	affected->advisory = record->names.n > 1 ? record->affected.v[0].advisory : advisory_copy(&row->advisory, arena);
	if (!affected->advisory)
		return error_memory(err);
	if (record->names.n < row->packages)
		return STATUS_OK;
	return gatherer->record(gatherer->context, record->affected.v, record->names.v, record->names.n, err);
}

static enum status take_whole(void *context, const struct compact_row *row, struct error *err)
{
	struct gatherer *gatherer = context;
	struct affected affected = row->affected;
	if (row->packages > 1)
		return gather(gatherer, row, err);
	affected.advisory = &row->advisory;
	return gatherer->record(gatherer->context, &affected, &row->name, 1, err);
}

enum status compact_each_record(struct compact *compact,
				enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err),
				void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *waiting = arena_new(0);
	struct gatherer gatherer = { .record = record, .context = context, .waiting = waiting };
	if (!waiting || !(gatherer.index = map_new(waiting, 0)))
		return error_memory(err);
	return compact_each(compact, NULL, take_whole, &gatherer, err);
}
