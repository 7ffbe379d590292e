/* Advisories: OSV records, as they are kept; scores and lists that are joined to them. */
#include "fuzz/fuzz.h"

#include "advisory/changes.h"
#include "advisory/private.h"
#include "advisory/zip_worker.h"
#include "assay/archive.h"

/* ---- OSV: what was read is packed and unpacked the same; two ways to match agree ------------------------------ */

static bool same_affected(const struct affected *a, const struct affected *b)
{
	bool same = a->interval_count == b->interval_count && a->version_count == b->version_count && a->fixed_count == b->fixed_count;
	for (size_t i = 0; same && i < a->interval_count; i++)
		same = str_equal(a->intervals[i].introduced, b->intervals[i].introduced) && str_equal(a->intervals[i].end, b->intervals[i].end) &&
		       a->intervals[i].end_included == b->intervals[i].end_included;
	for (size_t i = 0; same && i < a->version_count; i++)
		same = str_equal(a->versions[i], b->versions[i]);
	for (size_t i = 0; same && i < a->fixed_count; i++)
		same = str_equal(a->fixed[i], b->fixed[i]);
	return same;
}

struct probe {
	VEC(struct semver) versions;
	struct arena *arena;
};

static void add_probe(struct probe *probe, struct str text)
{
	struct semver version;
	if (!semver_parse(text, SEMVER_UNBOUNDED, &version))
		return;
	for (size_t i = 0; i < probe->versions.n; i++)
		if (semver_compare(&probe->versions.v[i], &version) == 0)
			return;
	*vec_add(probe->arena, &probe->versions) = version;
}

static int by_precedence(const void *a, const void *b)
{
	return semver_compare(a, b);
}

/* One version after the other, and all at once. */
static void match_both_ways(const struct affected *affected, struct arena *arena)
{
	struct probe probe = { .arena = arena };
	static const char *const more[] = { "0.0.0-0", "0.0.0", "0.0.1", "1.0.0-a", "1.0.0", "1.2.3", "999.0.0" };
	for (size_t i = 0; i < sizeof more / sizeof *more; i++)
		add_probe(&probe, str_of(more[i]));
	for (size_t i = 0; i < affected->interval_count && i < 100; i++) {
		add_probe(&probe, affected->intervals[i].introduced);
		add_probe(&probe, affected->intervals[i].end);
	}
	for (size_t i = 0; i < affected->version_count && i < 100; i++)
		add_probe(&probe, affected->versions[i]);
	qsort(probe.versions.v, probe.versions.n, sizeof *probe.versions.v, by_precedence);
	int64_t *steps = arena_array(arena, probe.versions.n + 1, sizeof *steps), depth = 0;
	affected_add_steps(affected, probe.versions.v, probe.versions.n, steps);
	for (size_t i = 0; i < probe.versions.n; i++) {
		CLEANUP(buf_fini) struct buf text = BUF_INIT(MIB);
		depth += steps[i];
		fuzz_require(depth >= 0);
		semver_write(&probe.versions.v[i], &text);
		fuzz_require((depth > 0) == affected_contains(affected, buf_str(&text), &probe.versions.v[i]));
	}
}

static void check_url(struct str url)
{
	fuzz_require(str_starts_with(url, STR("https://")));
	for (size_t i = 0; i < url.n; i++)
		fuzz_require(url.p[i] > ' ' && url.p[i] < 0x7f);
}

static void run_osv(const struct fuzz *fuzz, const void *with)
{
	struct osv_record record;
	struct error err = { 0 };
	(void)with;
	enum status status = osv_read(fuzz->input, fuzz->arena, &record, &err);
	if (status) {
		fuzz_require(err.text[0]);
		return;
	}
	fuzz_require(osv_id_is_valid(record.advisory.id));
	check_url(osv_url(record.advisory.id, fuzz->arena));
	fuzz_require(record.advisory.score_tenths >= -1 && record.advisory.score_tenths <= 100);
	for (size_t i = 0; i < record.count; i++) {
		CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
		struct affected again;
		pack_affected(&record.affected[i], &packed);
		fuzz_require(!packed.failed && unpack_affected(buf_str(&packed), fuzz->arena, &again));
		fuzz_require(same_affected(&record.affected[i], &again));
		match_both_ways(&record.affected[i], fuzz->arena);
		fuzz_require(i == 0 || str_compare(record.names[i - 1], record.names[i]) < 0);
	}
}

/* A database of somebody else's making holds such bytes. */
static void run_packed(const struct fuzz *fuzz, const void *with)
{
	struct affected affected, again;
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	(void)with;
	if (!unpack_affected(fuzz->input, fuzz->arena, &affected))
		return;
	pack_affected(&affected, &packed);
	fuzz_require(unpack_affected(buf_str(&packed), fuzz->arena, &again) && same_affected(&affected, &again));
	for (size_t i = 0; i < affected.interval_count; i++)
		affected_contains(&affected, affected.intervals[i].introduced, NULL);
}

/* ---- EPSS and KEV: as they are, and gzipped, they say the same ------------------------------------------------------- */

static void run_enrichment(const struct fuzz *fuzz, const void *with)
{
	static struct writer *writer; /* one for the process; nothing is ever committed */
	static struct deflater *deflater;
	struct writer_options options = { .empty = true, .source = "osv", .now = 0 };
	const struct enrichment *what = with;
	uint64_t rows = 0, packed_rows = 0;
	struct error err = { 0 };
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	if (!writer)
		fuzz_require(writer_begin(path_join(fuzz->arena, fuzz->folder, "db"), &options, &writer, NULL) == STATUS_OK);
	if (!deflater)
		fuzz_require((deflater = deflater_new(DEFLATE_QUICK)) != NULL);
	if (gzip_is(fuzz->input))
		return;
	enum status status = enrich(writer, what, NULL, fuzz->input, &rows, &err);
	fuzz_require(!status || err.text[0]);
	deflater_run(deflater, fuzz->input, &packed);
	enum status again = enrich(writer, what, NULL, buf_str(&packed), &packed_rows, &err);
	fuzz_require(again == STATUS_LIMIT || (again == status && packed_rows == rows));
}

/* ---- modified_id.csv: in whatever parts it comes; the first line is the day up to which we have all -------------------- */

static enum status has_some(void *context, struct str id, int64_t modified, bool *there, struct error *err)
{
	uint64_t *asked = context;
	++*asked;
	*there = (modified ^ (unsigned char)id.p[id.n - 1]) & 1;
	return id.n == 7 ? error_set(err, STATUS_IO, "the database is broken") : STATUS_OK;
}

static enum status read_changes(const struct fuzz *fuzz, struct str list, int64_t since, size_t piece, struct changes *out)
{
	uint64_t asked = 0;
	struct error err = { 0 };
	struct changes_reader reader = { .out = out, .arena = fuzz->arena, .since = since, .has = has_some, .context = &asked, .err = &err };
	changes_begin(&reader);
	while (list.n && changes_add(&reader, str_head(list, piece)))
		list = str_from(list, piece);
	enum status status = changes_end(&reader);
	fuzz_require(asked >= out->ids.n && reader.rows >= asked && (!status || err.text[0]));
	fuzz_require((out->kind == CHANGES_ODD) == (out->why.text[0] != '\0'));
	changes_fini(&reader);
	return status;
}

static void run_changes(const struct fuzz *fuzz, const void *with)
{
	struct changes whole, bytes;
	struct str list = fuzz->input, day = STR_NONE;
	int64_t since = 0;
	(void)with;
	str_split(&list, '\n', &day);
	date_parse(day, &since);
	fuzz_require(read_changes(fuzz, list, since, SIZE_MAX, &whole) == read_changes(fuzz, list, since, 1, &bytes));
	fuzz_require(whole.kind == bytes.kind && whole.newest == bytes.newest && whole.ids.n == bytes.ids.n);
	fuzz_require(strcmp(whole.why.text, bytes.why.text) == 0);
	for (size_t i = 0; i < whole.ids.n; i++)
		fuzz_require(osv_id_is_valid(str_of(whole.ids.v[i])) && strcmp(whole.ids.v[i], bytes.ids.v[i]) == 0);
}

/* ---- entries of a zip, as a worker gives them: in whatever parts they come -------------------------------------------- */

static bool note_zip_entry(void *context, struct str name, struct str data)
{
	fuzz_require(name.n <= ZIP_STREAM_NAME && (!data.p || data.n <= LIMIT_ADVISORY_BYTES));
	buf_printf(context, "%zu %zu %d ", name.n, data.n, data.p != NULL);
	buf_add(context, name);
	if (data.p)
		buf_add(context, data);
	return true;
}

static void run_zip_stream(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf whole = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf parts = BUF_INIT(64 * MIB);
	struct zip_stream a = { .bytes = BUF_INIT(ZIP_STREAM_BYTES), .entry = note_zip_entry, .context = &whole };
	struct zip_stream b = { .bytes = BUF_INIT(ZIP_STREAM_BYTES), .entry = note_zip_entry, .context = &parts };
	(void)with;
	zip_stream_take(&a, fuzz->input);
	for (size_t at = 0; at < fuzz->input.n && zip_stream_take(&b, str_head(str_from(fuzz->input, at), 7)); at += 7)
		;
	fuzz_require(a.broken == b.broken);
	fuzz_require(str_equal(buf_str(&whole), buf_str(&parts)));
	buf_fini(&a.bytes);
	buf_fini(&b.bytes);
}

const struct fuzz_target fuzz_advisories[] = {
	{ "osv", run_osv, NULL, "advisories/osv/*.json" },
	{ "packed", run_packed, NULL, NULL },
	{ "epss", run_enrichment, &enrichments[ENRICH_EPSS], NULL },
	{ "kev", run_enrichment, &enrichments[ENRICH_KEV], NULL },
	{ "changes", run_changes, NULL, NULL },
	{ "zip_stream", run_zip_stream, NULL, NULL },
	{ 0 },
};
