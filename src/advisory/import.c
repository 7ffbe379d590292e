/*
 * Importing: every record of every input into a new database, which then takes the old one's place. A broken record never stops an
 * import; it is named and counted. An import of which nothing could be read is a mistake, and changes nothing.
 */
#include "advisory/private.h"
#include "assay/limits.h"

enum { PROGRESS_EVERY = 1000 };

static enum status skip(struct import_job *job, const char *where, const struct error *why)
{
	job->import->skipped_count++;
	if (job->import->skipped)
		job->import->skipped(job->import->context, where, why);
	return STATUS_OK;
}

static enum status count_record(struct import_job *job, struct str text, struct error *err)
{
	struct advisory_import *import = job->import;
	job->bytes += text.n;
	if (++import->read > LIMIT_DUMP_RECORDS || job->bytes > LIMIT_DUMP_BYTES)
		return error_set(err, STATUS_LIMIT, "more than %d records, or than %zu bytes of them", LIMIT_DUMP_RECORDS, LIMIT_DUMP_BYTES);
	if (import->progress && import->read % PROGRESS_EVERY == 0)
		import->progress(import->context, import->read);
	return STATUS_OK;
}

enum status import_record(void *context, const char *where, struct str text, const struct error *why, struct error *err)
{
	struct import_job *job = context;
	struct osv_record record;
	struct error broken;
	enum status status = count_record(job, text, err);
	if (status)
		return status;
	if (why)
		return skip(job, where, why);
	arena_reset(job->arena);
	status = osv_read(text, job->arena, &record, &broken);
	if (status == STATUS_MEMORY && !arena_is_full(job->arena))
		return error_memory(err);
	if (status == STATUS_MEMORY)
		error_set(&broken, STATUS_LIMIT, "takes more than %zu bytes of memory", LIMIT_ADVISORY_MEMORY);
	if (status)
		return skip(job, where, &broken);
	return writer_add(job->writer, &record, job->arena, job->import, err);
}

enum status import_check(const struct import_job *job, struct error *err)
{
	if (job->import->skipped_count < job->import->read)
		return STATUS_OK;
	error_set(err, STATUS_INVALID, "none of the %llu records could be read; the database stays as it was", (unsigned long long)job->import->read);
	error_hint(err, "give OSV records: a .json file, a folder of them, or a zip of them");
	return STATUS_INVALID;
}

enum status import_begin(struct import_job *job, const char *path, bool empty, struct advisory_import *import, struct error *err)
{
	struct writer_options options = {
		.empty = empty,
		.source = import->source ? import->source : "osv",
		.now = import->reproducible ? DATE_NONE : date_now(),
	};
	import->read = import->added = import->updated = import->unchanged = 0;
	import->skipped_count = import->foreign = import->removed = import->epss_rows = import->kev_rows = 0;
	*job = (struct import_job){ .import = import, .arena = arena_new(LIMIT_ADVISORY_MEMORY) };
	return job->arena ? writer_begin(path, &options, &job->writer, err) : error_memory(err);
}

/* ---- from a database of ours ---------------------------------------------------------- */

static enum status import_kept(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err)
{
	struct import_job *job = context;
	struct osv_record record = { .advisory = *affected[0].advisory,
				     .affected = (struct affected *)(uintptr_t)affected,
				     .names = (struct str *)(uintptr_t)names,
				     .count = names[0].p ? count : 0 };
	enum status status = count_record(job, STR_NONE, err);
	arena_reset(job->arena);
	return status ? status : writer_add(job->writer, &record, job->arena, job->import, err);
}

/* Scores and the list come along where they are newer than ours. */
static enum status import_enrichments(struct import_job *job, struct advisory_db *db, struct error *err)
{
	const struct advisory_db_info *info = advisory_db_info(db);
	const int64_t dates[ENRICHMENTS] = { [ENRICH_EPSS] = info->epss_date, [ENRICH_KEV] = info->kev_date };
	enum status status = STATUS_OK;
	for (size_t i = 0; i < ENRICHMENTS && !status; i++) {
		int64_t ours;
		status = writer_get_date(job->writer, enrichments[i].meta, &ours, err);
		if (status || dates[i] == DATE_NONE || (ours != DATE_NONE && ours >= dates[i]))
			continue;
		status = store_run(writer_store(job->writer), enrichments[i].clear, err);
		if (!status)
			status = store_copy_rows(db_store(db), enrichments[i].all, writer_store(job->writer), enrichments[i].add, err);
		if (!status)
			status = writer_set_date(job->writer, enrichments[i].meta, dates[i], err);
	}
	return status;
}

static enum status import_database(struct import_job *job, const char *path, struct error *err)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	const char *source = job->import->source ? job->import->source : "osv";
	uint64_t before = job->import->read;
	enum status status = advisory_db_open(path, &db, err);
	if (!status)
		status = db_each_record(db, str_of(source), import_kept, job, err);
	if (!status && job->import->read == before) {
		status = error_set(err, STATUS_INVALID, "%s: this database has no records of source \"%s\"", path, source);
		error_hint(err, "it has: %.*s", STR_ARG(advisory_db_info(db)->source));
	}
	return status ? status : import_enrichments(job, db, err);
}

enum status import_input(struct import_job *job, const char *path, struct error *err)
{
	if (store_is(path))
		return import_database(job, path, err);
	struct walk walk = { import_record, job, job->import->sandbox };
	return walk_input(path, &walk, err);
}

void import_fini(struct import_job *job)
{
	writer_free(job->writer);
	arena_free(job->arena);
}

/* Where nothing else is to be kept, an empty database is the quickest begin, whatever state the old one is in. The starter is never
 * mixed with others. */
static bool may_begin_empty(const char *path, const char *source)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	if (advisory_db_open(path, &db, NULL))
		return true;
	const struct advisory_db_info *info = advisory_db_info(db);
	source = source ? source : "osv";
	return info->starter || str_equal_z(info->source, source) || strcmp(source, "starter") == 0;
}

enum status advisory_import(const char *path, const char *const *inputs, size_t input_count, struct advisory_import *import, struct error *err)
{
	CLEANUP(import_fini) struct import_job job = { 0 };
	bool empty = import->replace && input_count && may_begin_empty(path, import->source);
	enum status status = import_begin(&job, path, empty, import, err);
	for (size_t i = 0; i < input_count && !status; i++)
		status = import_input(&job, inputs[i], err);
	if (!status && input_count)
		status = import_check(&job, err);
	if (!status)
		status = enrich_file(job.writer, &enrichments[ENRICH_EPSS], import->sandbox, import->epss, &import->epss_rows, err);
	if (!status)
		status = enrich_file(job.writer, &enrichments[ENRICH_KEV], import->sandbox, import->kev, &import->kev_rows, err);
	if (!status && input_count && import->replace && !empty)
		status = writer_drop_unseen(job.writer, &import->removed, err);
	return status ? status : writer_commit(job.writer, err);
}
