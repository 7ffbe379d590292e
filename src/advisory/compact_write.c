/* Writing a compact database: all sources of a full one, with what was added to their records, in blocks. */
#include <math.h>
#include <stdlib.h>

#include "advisory/compact.h"
#include "assay/archive.h"
#include "assay/limits.h"

enum { LENGTHS_BYTES = COLUMNS * 10 }; /* of the columns, before each */

struct compactor {
	struct store *from, *to;
	struct store_query *add_block, *add_first;
	struct deflater *deflater;
	struct buf columns[COLUMNS];
	struct buf block, packed, ranges, first, name; /* first: the block's first name; name: the row's before */
	struct arena *arena;                           /* one row's */
	int64_t first_seen, blocks;
	unsigned char *filter;
	uint64_t filter_bits, rows;
};

static void compactor_fini(struct compactor *c)
{
	struct buf *bufs[] = { &c->block, &c->packed, &c->ranges, &c->first, &c->name };
	for (size_t i = 0; i < COLUMNS; i++)
		buf_fini(&c->columns[i]);
	for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
		buf_fini(bufs[i]);
	query_free(c->add_block);
	query_free(c->add_first);
	store_close(c->to);
	deflater_free(c->deflater);
	arena_free(c->arena);
	free(c->filter);
}

/* ---- rows ------------------------------------------------------------------------- */

static void put_date(int64_t date, struct buf *out)
{
	put_number(date == DATE_NONE ? 0 : (((uint64_t)date << 1) ^ (date < 0 ? UINT64_MAX : 0)) + 1, out);
}

static void put_dates(struct compactor *c, const struct advisory *advisory)
{
	struct buf *out = &c->columns[COLUMN_DATES];
	bool another = advisory->first_seen != c->first_seen;
	put_date(advisory->published, out);
	put_date(advisory->modified - (advisory->published == DATE_NONE ? 0 : advisory->published), out);
	put_date(advisory->withdrawn, out);
	put_number(another, out);
	if (another)
		put_date(advisory->first_seen, out);
	c->first_seen = advisory->first_seen;
}

static void put_name(struct compactor *c, struct str name)
{
	size_t shared = 0;
	while (shared < name.n && shared < c->name.n && name.p[shared] == c->name.p[shared])
		shared++;
	put_number(shared, &c->columns[COLUMN_NAMES]);
	put_text(str_from(name, shared), &c->columns[COLUMN_NAMES]);
	buf_clear(&c->name);
	buf_add(&c->name, name);
}

static void put_title(struct compactor *c, struct str name, struct str title)
{
	CLEANUP(buf_fini) struct buf usual = BUF_INIT(64 * KIB);
	struct buf *out = &c->columns[COLUMN_TEXTS];
	bool is_usual = compact_title(name, &usual) && str_equal(buf_str(&usual), title);
	put_number(is_usual ? 0 : (uint64_t)title.n + 1, out);
	if (!is_usual)
		buf_add(out, title);
}

static void put_ratings(struct compactor *c, const struct advisory *advisory, uint64_t packages)
{
	struct buf *out = &c->columns[COLUMN_RATINGS];
	bool epss = advisory->epss >= 0;
	put_number((uint64_t)advisory->severity, out);
	put_number((uint64_t)advisory->score_tenths + 1, out);
	put_number((advisory->kev ? COMPACT_KEV : 0) | (advisory->malware ? COMPACT_MALWARE : 0) | (epss ? COMPACT_EPSS : 0), out);
	if (epss)
		put_number((uint64_t)llround(advisory->epss * COMPACT_EPSS_UNIT), out);
	put_number(packages, out);
}

static void put_row(struct compactor *c, const struct advisory *advisory, struct str name, const struct affected *affected, uint64_t packages)
{
	struct buf *ids = &c->columns[COLUMN_IDS];
	struct str aliases = aliases_join(advisory, c->arena);
	put_name(c, name);
	put_text(advisory->id, ids);
	put_text(advisory->source, ids);
	put_text(aliases, ids);
	ids->failed |= !aliases.p;
	put_dates(c, advisory);
	put_title(c, name, advisory->title);
	put_text(advisory->vector, &c->columns[COLUMN_TEXTS]);
	put_ratings(c, advisory, packages);
	buf_clear(&c->ranges);
	pack_affected(affected, &c->ranges);
	c->columns[COLUMN_RANGES].failed |= c->ranges.failed;
	put_text(buf_str(&c->ranges), &c->columns[COLUMN_RANGES]);
	for (unsigned i = 0; i < COMPACT_PROBES; i++) {
		uint64_t bit = compact_probe(compact_hash(name), i, c->filter_bits);
		c->filter[bit / 8] |= (unsigned char)(1u << (bit % 8));
	}
	c->rows++;
}

/* ---- blocks --------------------------------------------------------------------------- */

static enum status close_block(struct compactor *c, struct error *err)
{
	if (c->rows == 0)
		return STATUS_OK;
	buf_clear(&c->block);
	for (size_t i = 0; i < COLUMNS; i++) {
		c->block.failed |= c->columns[i].failed;
		put_text(buf_str(&c->columns[i]), &c->block);
		buf_clear(&c->columns[i]);
	}
	deflater_run(c->deflater, buf_str(&c->block), &c->packed);
	if (c->block.failed || c->packed.failed || c->first.failed || c->name.failed)
		return error_memory(err);
	query_bind_int(c->add_block, 1, c->blocks);
	query_bind_blob(c->add_block, 2, buf_str(&c->packed));
	query_bind_text(c->add_first, 1, buf_str(&c->first));
	query_bind_int(c->add_first, 2, c->blocks++);
	buf_clear(&c->name);
	c->first_seen = DATE_NONE;
	c->rows = 0;
	enum status status = query_run(c->add_block, err);
	return status ? status : query_run(c->add_first, err);
}

static size_t block_bytes(const struct compactor *c)
{
	size_t bytes = 0;
	for (size_t i = 0; i < COLUMNS; i++)
		bytes += c->columns[i].n;
	return bytes;
}

/* As it will be, with how long each column is before it. */
static enum status check_size(const struct compactor *c, struct error *err)
{
	struct str name = buf_str(&c->name);
	if (block_bytes(c) <= LIMIT_COMPACT_BLOCK - LENGTHS_BYTES)
		return STATUS_OK;
	error_set(err, STATUS_LIMIT, "the records of %.*s take more than the %zu bytes that one name may have in the compact form",
		  (int)(name.n < 214 ? name.n : 214), name.p, (size_t)LIMIT_COMPACT_BLOCK);
	error_hint(err, "keep the full form of this database");
	return STATUS_LIMIT;
}

/* All rows of one name stand together. */
static enum status add_row(struct compactor *c, struct store_query *query, struct error *err)
{
	struct advisory advisory;
	struct affected affected;
	struct str name;
	arena_reset(c->arena);
	enum status status = kept_read(query, c->arena, &advisory, &affected, &name, err);
	if (!status && c->rows && block_bytes(c) >= COMPACT_BLOCK_BYTES && !str_equal(name, buf_str(&c->name)))
		status = close_block(c, err);
	if (status)
		return status;
	if (c->rows == 0) {
		buf_clear(&c->first);
		buf_add(&c->first, name);
	}
	put_row(c, &advisory, name.p ? name : STR(""), &affected, (uint64_t)query_int(query, KEPT_COLUMN_COUNT));
	return check_size(c, err);
}

static enum status add_rows(struct compactor *c, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = true;
	enum status status = store_prepare(c->from,
					   "SELECT " KEPT_COLUMNS ", (SELECT count(*) FROM affected g WHERE g.advisory = a.key)"
					   " FROM advisory a LEFT JOIN affected f ON f.advisory = a.key"
					   " ORDER BY f.name, a.id, a.source",
					   &query, err);
	while (!status && !(status = query_next(query, &row, err)) && row)
		status = add_row(c, query, err);
	return status ? status : close_block(c, err);
}

/* ---- the whole -------------------------------------------------------------------------- */

static enum status add_filter(struct compactor *c, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_prepare(c->to, "INSERT INTO filter(bits) VALUES(?1)", &query, err);
	if (status)
		return status;
	query_bind_blob(query, 1, (struct str){ (const char *)c->filter, (size_t)(c->filter_bits / 8) });
	return query_run(query, err);
}

/* Scores and the list as far as they are about records that are there. */
static enum status copy_tables(struct compactor *c, struct error *err)
{
	static const struct {
		const char *get, *add;
	} tables[] = {
		{ "SELECT key, value FROM meta", "INSERT INTO meta(key, value) VALUES(?1, ?2)" },
		{ "SELECT cve, score FROM epss WHERE cve IN (SELECT alias FROM alias) OR cve IN (SELECT id FROM record)",
		  "INSERT INTO epss(cve, score) VALUES(?1, ?2)" },
		{ "SELECT cve FROM kev WHERE cve IN (SELECT alias FROM alias) OR cve IN (SELECT id FROM record)", "INSERT INTO kev(cve) VALUES(?1)" },
	};
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof tables / sizeof *tables && !status; i++)
		status = store_copy_rows(c->from, tables[i].get, c->to, tables[i].add, err);
	return status;
}

static enum status compactor_init(struct compactor *c, struct advisory_db *db, const char *path, struct error *err)
{
	*c = (struct compactor){ .from = db_store(db), .first_seen = DATE_NONE };
	for (size_t i = 0; i < COLUMNS; i++)
		buf_init(&c->columns[i], 2 * (size_t)LIMIT_COMPACT_BLOCK);
	buf_init(&c->block, 2 * (size_t)LIMIT_COMPACT_BLOCK);
	buf_init(&c->packed, 2 * (size_t)LIMIT_COMPACT_BLOCK);
	buf_init(&c->ranges, 2 * (size_t)LIMIT_COMPACT_BLOCK);
	buf_init(&c->first, 64 * KIB);
	buf_init(&c->name, 64 * KIB);
	c->filter_bits = (advisory_db_info(db)->packages * COMPACT_BITS_PER_NAME / 8 + 64) * 8;
	c->filter = calloc(1, (size_t)(c->filter_bits / 8));
	c->arena = arena_new(0);
	c->deflater = deflater_new(DEFLATE_TIGHT);
	if (!c->filter || !c->arena || !c->deflater)
		return error_memory(err);
	enum status status = store_begin(path, &advisory_compact_kind, true, &c->to, err);
	if (!status)
		status = store_prepare(c->to, "INSERT INTO block(number, data) VALUES(?1, ?2)", &c->add_block, err);
	return status ? status : store_prepare(c->to, "INSERT INTO first(name, block) VALUES(?1, ?2)", &c->add_first, err);
}

enum status advisory_export_compact(struct advisory_db *db, const char *path, struct error *err)
{
	CLEANUP(compactor_fini) struct compactor c = { 0 };
	if (advisory_db_info(db)->compact)
		return error_set(err, STATUS_INVALID, "%s is compact already: copy it", advisory_db_info(db)->path);
	enum status status = compactor_init(&c, db, path, err);
	if (!status)
		status = add_rows(&c, err);
	if (!status)
		status = add_filter(&c, err);
	if (!status)
		status = copy_tables(&c, err);
	query_cleanup(&c.add_block);
	query_cleanup(&c.add_first);
	return status ? status : store_commit(c.to, err);
}
