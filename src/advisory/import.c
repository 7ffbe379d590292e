/*
 * Importing: every record of every input into a new database, which then takes the old one's place. A broken record never stops an
 * import; it is named and counted. An import of which nothing could be read is a mistake, and changes nothing.
 */
#include "advisory/private.h"
#include "assay/limits.h"

enum { PROGRESS_EVERY = 1000 };
/* JSON in memory takes up to fifty times its text when it is made to ("[[[["). */
#define RECORD_MEMORY (256 * MIB)

struct job {
	struct writer *writer;
	struct advisory_import *import;
	struct arena *arena; /* one record's */
	uint64_t bytes;
};

static enum status skip(struct job *job, const char *where, const struct error *why)
{
	job->import->skipped_count++;
	if (job->import->skipped)
		job->import->skipped(job->import->context, where, why);
	return STATUS_OK;
}

static enum status count_record(struct job *job, struct str text, struct error *err)
{
	struct advisory_import *import = job->import;
	job->bytes += text.n;
	if (++import->read > LIMIT_DUMP_RECORDS || job->bytes > LIMIT_DUMP_BYTES)
		return error_set(err, STATUS_LIMIT, "more than %d records, or than %zu bytes of them",
		                 LIMIT_DUMP_RECORDS, LIMIT_DUMP_BYTES);
	if (import->progress && import->read % PROGRESS_EVERY == 0)
		import->progress(import->context, import->read);
	return STATUS_OK;
}

static enum status import_record(void *context, const char *where, struct str text, const struct error *why,
                                 struct error *err)
{
	struct job *job = context;
	struct osv_record record;
	struct error broken;
	enum status status = count_record(job, text, err);
	if (status)
		return status;
	if (why)
		return skip(job, where, why);
	arena_reset(job->arena);
	status = osv_read(text, job->arena, &record, &broken);
	if (status == STATUS_MEMORY && arena_used(job->arena) < RECORD_MEMORY / 4)
		return error_memory(err);
	if (status == STATUS_MEMORY)
		error_set(&broken, STATUS_LIMIT, "takes more than %zu bytes of memory", RECORD_MEMORY);
	if (status)
		return skip(job, where, &broken);
	return writer_add(job->writer, &record, job->arena, job->import, err);
}

static enum status check_result(const struct advisory_import *import, struct error *err)
{
	if (import->skipped_count < import->read)
		return STATUS_OK;
	error_set(err, STATUS_INVALID, "none of the %llu records could be read; the database stays as it was",
	          (unsigned long long)import->read);
	error_hint(err, "give OSV records: a .json file, a folder of them, or a zip of them");
	return STATUS_INVALID;
}

enum status advisory_import(const char *path, const char *const *inputs, size_t input_count,
                            struct advisory_import *import, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(RECORD_MEMORY);
	CLEANUP(writer_cleanup) struct writer *writer = NULL;
	if (!arena)
		return error_memory(err);
	import->read = import->added = import->updated = import->unchanged = 0;
	import->skipped_count = import->foreign = 0;
	enum status status = writer_begin(path, import->replace, &writer, err);
	struct job job = { writer, import, arena, 0 };
	struct walk walk = { import_record, &job };
	for (size_t i = 0; i < input_count && !status; i++)
		status = walk_input(inputs[i], &walk, err);
	if (!status)
		status = check_result(import, err);
	return status ? status : writer_commit(writer, import, err);
}
