/*
 * Records as OSV again, made from what the database keeps: the prose of `details` and the references are gone, what decides is there, and an
 * import of it gives the same digest.
 *
 * Each interval becomes a range of its own. An end that is not among the fixed versions came from elsewhere and is written as a `limit`; a fixed version
 * that ends no interval is written as the empty range that is introduced and fixed by it.
 */
#include "advisory/private.h"
#include "assay/archive.h"
#include "assay/limits.h"

static bool is_fixed(const struct affected *affected, struct str version)
{
	for (size_t i = 0; i < affected->fixed_count; i++)
		if (str_equal(affected->fixed[i], version))
			return true;
	return false;
}

static bool ends_interval(const struct affected *affected, struct str version)
{
	for (size_t i = 0; i < affected->interval_count; i++)
		if (!affected->intervals[i].end_included && str_equal(affected->intervals[i].end, version))
			return true;
	return false;
}

static void add_event(struct json_writer *out, const char *kind, struct str version)
{
	json_open_object(out, NULL);
	json_add_text(out, kind, version);
	json_close(out);
}

/* An `end` of no bytes: no upper bound. */
static void add_range(struct json_writer *out, struct str introduced, const char *end_kind, struct str end)
{
	json_open_object(out, NULL);
	json_add_text(out, "type", STR("SEMVER"));
	json_open_array(out, "events");
	add_event(out, "introduced", introduced.n ? introduced : STR("0"));
	if (end.n)
		add_event(out, end_kind, end);
	json_close(out);
	json_close(out);
}

static void add_ranges(struct json_writer *out, const struct affected *affected)
{
	json_open_array(out, "ranges");
	for (size_t i = 0; i < affected->interval_count; i++) {
		const struct affected_interval *interval = &affected->intervals[i];
		const char *kind = is_fixed(affected, interval->end) ? "fixed" : "limit";
		add_range(out, interval->introduced, interval->end_included ? "last_affected" : kind, interval->end);
	}
	for (size_t i = 0; i < affected->fixed_count; i++)
		if (!ends_interval(affected, affected->fixed[i]))
			add_range(out, affected->fixed[i], "fixed", affected->fixed[i]);
	json_close(out);
}

static void add_affected(struct json_writer *out, struct str name, const struct affected *affected)
{
	json_open_object(out, NULL);
	json_open_object(out, "package");
	json_add_text(out, "ecosystem", STR("npm"));
	json_add_text(out, "name", name);
	json_close(out);
	if (affected->interval_count || affected->fixed_count)
		add_ranges(out, affected);
	if (affected->version_count) {
		json_open_array(out, "versions");
		for (size_t i = 0; i < affected->version_count; i++)
			json_add_text(out, NULL, affected->versions[i]);
		json_close(out);
	}
	json_close(out);
}

static void add_date(struct json_writer *out, const char *key, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return;
	date_format(date, text);
	json_add_text(out, key, str_of(text));
}

static void add_severity(struct json_writer *out, struct str vector)
{
	struct str four = STR("CVSS:4."), three = STR("CVSS:3.");
	if (!vector.n)
		return;
	json_open_array(out, "severity");
	json_open_object(out, NULL);
	json_add_text(out, "type", str_starts_with(vector, four) ? STR("CVSS_V4") : str_starts_with(vector, three) ? STR("CVSS_V3") : STR("CVSS_V2"));
	json_add_text(out, "score", vector);
	json_close(out);
	json_close(out);
}

static void add_head(struct json_writer *out, const struct advisory *advisory)
{
	json_add_text(out, "schema_version", STR("1.7.0"));
	json_add_text(out, "id", advisory->id);
	add_date(out, "modified", advisory->modified);
	add_date(out, "published", advisory->published);
	add_date(out, "withdrawn", advisory->withdrawn);
	if (advisory->alias_count) {
		json_open_array(out, "aliases");
		for (size_t i = 0; i < advisory->alias_count; i++)
			json_add_text(out, NULL, advisory->aliases[i]);
		json_close(out);
	}
	json_add_text(out, "summary", advisory->title);
	add_severity(out, advisory->vector);
}

static void add_specific(struct json_writer *out, const struct advisory *advisory)
{
	json_open_object(out, "database_specific");
	json_add_text(out, "severity", str_of(severity_name(advisory->severity)));
	if (advisory->malware) {
		json_open_array(out, "malicious-packages-origins");
		json_close(out);
	}
	json_close(out);
}

static enum status write_record(const struct affected *affected, const struct str *names, size_t count, struct buf *text, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *out = json_writer_new();
	if (!out)
		return error_memory(err);
	json_open_object(out, NULL);
	add_head(out, affected[0].advisory);
	json_open_array(out, "affected");
	for (size_t i = 0; i < count && names[i].p; i++)
		add_affected(out, names[i], &affected[i]);
	json_close(out);
	add_specific(out, affected[0].advisory);
	json_close(out);
	buf_clear(text);
	return json_writer_finish(out, false, text, err);
}

/* ---- all of a source ------------------------------------------------------------------------- */

struct exporter {
	struct zip_out *zip;
	struct buf text;
	uint64_t records;
};

static void exporter_fini(struct exporter *exporter)
{
	zip_out_free(exporter->zip);
	buf_fini(&exporter->text);
}

static enum status export_record(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct exporter *exporter = context;
	struct str id = affected[0].advisory->id;
	char name[256];
	struct buf path = BUF_FIXED(name);
	buf_add(&path, id);
	buf_add_z(&path, ".json");
	enum status status = buf_ok(&path, err);
	if (!status)
		status = write_record(affected, names, count, &exporter->text, err);
	exporter->records++;
	return status ? status : zip_out_add(exporter->zip, buf_str(&path), buf_str(&exporter->text), err);
}

enum status advisory_export(struct advisory_db *db, const char *source, const char *path, uint64_t *records, struct error *err)
{
	CLEANUP(exporter_fini) struct exporter exporter = { .text = BUF_INIT(4 * LIMIT_ADVISORY_BYTES) };
	enum status status = zip_out_begin(path, &exporter.zip, err);
	if (!status)
		status = db_each_record(db, str_of(source), export_record, &exporter, err);
	if (!status && exporter.records == 0) {
		status = error_set(err, STATUS_NOT_FOUND, "%s has no records of source \"%s\"", advisory_db_info(db)->path, source);
		error_hint(err, "assay db status names the sources");
	}
	if (!status)
		status = zip_out_finish(exporter.zip, err);
	if (!status)
		*records = exporter.records;
	return status;
}
