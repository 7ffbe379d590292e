/*
 * What others know of CVEs: FIRST's EPSS scores (CSV) and CISA's catalogue of known exploited vulnerabilities (JSON). Both are kept as they are,
 * by CVE, and joined to the records through their aliases whenever the database is written: so they also reach records that come later.
 */
#include "advisory/gzip_worker.h"
#include "advisory/private.h"
#include "assay/archive.h"
#include "assay/limits.h"

/* ---- EPSS ---------------------------------------------------------------------------- */

/* "0.00042", "1"; not what else strtod() takes, in no locale. */
static bool read_probability(struct str text, double *out)
{
	double value = 0, scale = 1;
	bool fraction = false;
	if (text.n == 0 || text.n > 20 || !ascii_is_digit((unsigned char)text.p[0]))
		return false;
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		if (!ascii_is_digit(c) && (c != '.' || fraction))
			return false;
		fraction |= c == '.';
		if (c == '.')
			continue;
		value = value * 10 + (c - '0');
		scale *= fraction ? 10 : 1;
	}
	*out = value / scale;
	return *out <= 1;
}

static bool is_cve(struct str id)
{
	return str_starts_with(id, STR("CVE-")) && osv_id_is_valid(id);
}

static enum status broken_row(uint32_t line, struct str row, struct error *err)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(1024);
	buf_add_visible(&shown, str_head(row, 80));
	return error_at(err, STATUS_INVALID, line, 1, "found \"%.*s\", expected a CVE, its score from 0 to 1, its percentile", STR_ARG(buf_str(&shown)));
}

/* "#model_version:v2025.03.14,score_date:2026-11-22T00:00:00+0000": the day is enough. */
static void read_epss_date(struct str row, int64_t *date)
{
	struct str key = STR("score_date:");
	size_t at = str_find_str(row, key);
	if (at < row.n)
		date_parse(str_head(str_from(row, at + key.n), 10), date);
}

static enum status add_epss_row(struct store_query *add, uint32_t line, struct str row, uint64_t *rows, struct error *err)
{
	struct str rest = row, cve = STR_NONE, score = STR_NONE;
	double value;
	str_split(&rest, ',', &cve);
	str_split(&rest, ',', &score);
	if (!is_cve(cve) || !read_probability(score, &value))
		return broken_row(line, row, err);
	query_bind_text(add, 1, cve);
	query_bind_real(add, 2, value);
	++*rows;
	return query_run(add, err);
}

static enum status add_epss(struct store_query *add, struct str text, uint64_t *rows, int64_t *date, struct error *err)
{
	struct str row, header = STR("cve,epss");
	bool headed = false;
	for (uint32_t line = 1; str_split(&text, '\n', &row); line++) {
		row = str_trim(row);
		if (str_starts_with(row, STR("#")))
			read_epss_date(row, date);
		if (row.n == 0 || row.p[0] == '#')
			continue;
		if (!headed && !str_starts_with(row, header))
			return error_at(err, STATUS_INVALID, line, 1, "no EPSS scores: expected the columns \"cve,epss,percentile\"");
		enum status status = headed ? add_epss_row(add, line, row, rows, err) : STATUS_OK;
		if (status)
			return status;
		headed = true;
	}
	return *rows ? STATUS_OK : error_set(err, STATUS_INVALID, "no EPSS scores in it");
}

/* ---- KEV ------------------------------------------------------------------------------ */

static enum status add_kev(struct store_query *add, struct str text, uint64_t *rows, int64_t *date, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct json *json;
	enum status status = arena ? json_parse(text, 0, arena, &json, NULL, err) : error_memory(err);
	if (status)
		return status;
	const struct json *list = json_find(json, "vulnerabilities");
	if (!json_is(list, JSON_ARRAY) || list->count == 0)
		return error_set(err, STATUS_INVALID, "no catalogue of exploited vulnerabilities: it has no list \"vulnerabilities\"");
	date_parse(json_find_text(json, "dateReleased"), date);
	json_each(item, list) {
		struct str cve = json_find_text(item, "cveID");
		if (!is_cve(cve))
			return error_at(err, STATUS_INVALID, item->line, item->column, "an entry without a \"cveID\" of the form CVE-…");
		query_bind_text(add, 1, cve);
		if ((status = query_run(add, err)))
			return status;
		++*rows;
	}
	return STATUS_OK;
}

/* ---- both ------------------------------------------------------------------------------- */

const struct enrichment enrichments[ENRICHMENTS] = {
	[ENRICH_EPSS] = { "INSERT OR REPLACE INTO epss(cve, score) VALUES(?1, ?2)", "DELETE FROM epss", "SELECT cve, score FROM epss", "epss-date", add_epss },
	[ENRICH_KEV] = { "INSERT OR IGNORE INTO kev(cve) VALUES(?1)", "DELETE FROM kev", "SELECT cve FROM kev", "kev-date", add_kev },
};

enum status enrich(struct writer *writer, const struct enrichment *what, struct sandbox *sandbox, struct str text, uint64_t *rows, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *add = NULL;
	CLEANUP(buf_fini) struct buf inflated = BUF_INIT(LIMIT_ENRICHMENT_BYTES);
	int64_t date = DATE_NONE;
	bool packed = gzip_is(text);
	*rows = 0;
	enum status status = packed ? gzip_worker_inflate(sandbox, text, &inflated, err) : STATUS_OK;
	text = packed ? buf_str(&inflated) : text;
	if (!status)
		status = store_run(writer_store(writer), what->clear, err);
	if (!status)
		status = store_prepare(writer_store(writer), what->add, &add, err);
	if (!status)
		status = what->read(add, text, rows, &date, err);
	return status ? status : writer_set_date(writer, what->meta, date == DATE_NONE ? date_now() : date, err);
}

enum status enrich_file(struct writer *writer, const struct enrichment *what, struct sandbox *sandbox, const char *path, uint64_t *rows, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str text;
	if (!path)
		return STATUS_OK;
	if (!arena)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_ENRICHMENT_BYTES, arena, &text, err);
	if (status)
		return status;
	status = enrich(writer, what, sandbox, text, rows, err);
	return status == STATUS_OK ? status : error_wrap(err, "%s", path);
}

/* A record is known to be exploited when one of its CVEs is, and as likely to be as the likeliest of them. */
#define CVES_OF_RECORDS \
	"(SELECT alias AS cve, advisory FROM alias WHERE alias >= 'CVE-' AND alias < 'CVE.'" \
	" UNION ALL SELECT id, advisory FROM record WHERE id >= 'CVE-' AND id < 'CVE.') n"

enum status enrich_join(struct store *store, struct error *err)
{
	return store_run(store,
			 "UPDATE advisory SET kev = 0, epss = NULL WHERE kev <> 0 OR epss IS NOT NULL;"
			 "UPDATE advisory SET kev = 1 WHERE key IN"
			 " (SELECT n.advisory FROM " CVES_OF_RECORDS " JOIN kev USING (cve));"
			 "UPDATE advisory SET epss = s.score FROM"
			 " (SELECT n.advisory AS key, max(e.score) AS score FROM " CVES_OF_RECORDS
			 " JOIN epss e USING (cve) GROUP BY n.advisory) s WHERE advisory.key = s.key",
			 err);
}
