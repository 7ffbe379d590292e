/* What came of each tarball. Threads settle their jobs here, one after the other: results live in the caller's arena. */
#include <stdio.h>
#include <stdlib.h>

#include "verifier.h"

enum { MAX_DETAIL = 600 };

/* ---- their names ----------------------------------------------------------------- */

const char *tarball_state_name(enum tarball_state state)
{
	static const char *const names[] = {
		[TARBALL_VERIFIED] = "verified",         [TARBALL_MISMATCH] = "mismatch",       [TARBALL_NO_INTEGRITY] = "no-integrity",
		[TARBALL_UNPUBLISHED] = "unpublished",   [TARBALL_UNREACHABLE] = "unreachable", [TARBALL_UNINSPECTED] = "uninspected",
		[TARBALL_REFUSED_HOST] = "refused-host", [TARBALL_SKIPPED] = "skipped",
	};
	return names[state];
}

const char *tarball_skip_name(enum tarball_skip skip)
{
	static const char *const names[] = {
		[SKIP_NONE] = NULL,   [SKIP_OWN] = "own-code",    [SKIP_LINK] = "link",       [SKIP_GIT] = "git",
		[SKIP_FILE] = "file", [SKIP_BUNDLED] = "bundled", [SKIP_CARRIED] = "carried",
	};
	return names[skip];
}

const char *tarball_source_name(enum tarball_source source)
{
	static const char *const names[] = {
		[SOURCE_NONE] = NULL,           [SOURCE_STORE] = "store", [SOURCE_NPM_CACHE] = "npm-cache",
		[SOURCE_REGISTRY] = "registry", [SOURCE_FILE] = "file",   [SOURCE_YARN_CACHE] = "yarn-cache",
	};
	return names[source];
}

/* ---- settling -------------------------------------------------------------------- */

/* A copy that lives as long as the results. */
static const struct inspection *arena_keep(struct arena *arena, const struct inspection *inspection)
{
	char *copy = arena_alloc(arena, inspection->size);
	if (copy)
		memcpy(copy, inspection, inspection->size);
	return (const struct inspection *)(const void *)copy;
}

void verifier_settle(struct verifier *verifier, struct job *job, const struct tarball_result *result, const struct inspection *inspection, const char *detail)
{
	pthread_mutex_lock(&verifier->lock);
	const char *damage = job->damage ? job->damage : "";
	job->result = *result;
	job->result.weak = job->weak;
	job->settled = true;
	if (*detail || *damage)
		job->result.detail = arena_printf(verifier->arena, "%s%s%s", detail, *detail && *damage ? "; " : "", damage).p;
	if (inspection)
		job->result.inspection = arena_keep(verifier->arena, inspection);
	if (((*detail || *damage) && !job->result.detail) || (inspection && !job->result.inspection))
		verifier->out_of_memory = true;
	verifier->bytes += result->packed_bytes;
	verifier->done++;
	if (verifier->options->progress)
		verifier->options->progress(verifier->options->context, verifier->done, verifier->jobs.n, verifier->bytes);
	pthread_mutex_unlock(&verifier->lock);
}

void verifier_settle_state(struct verifier *verifier, struct job *job, enum tarball_state state, bool retryable, const char *detail)
{
	struct tarball_result result = { .state = state, .retryable = retryable };
	verifier_settle(verifier, job, &result, NULL, detail);
}

/* "pinned sha512-… got sha512-…": of the strongest algorithm, the one that was compared. */
static void describe_mismatch(const struct integrity *pinned, const struct digest *actual, char detail[MAX_DETAIL])
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MAX_DETAIL - 1);
	buf_add_z(&text, "pinned ");
	for (size_t i = 0; i < pinned->count; i++) {
		if (pinned->digests[i].algorithm != actual->algorithm)
			continue;
		digest_write_sri(&pinned->digests[i], &text);
		break;
	}
	buf_add_z(&text, " got ");
	digest_write_sri(actual, &text);
	snprintf(detail, MAX_DETAIL, "%.*s", STR_ARG(buf_str(&text)));
}

/* What is in a file must have stayed the same from before its digest was computed until it was inspected. */
static bool is_unchanged(struct worker *worker, const struct tarball_file *file)
{
	struct stat info;
	if (!worker->from_file)
		return true; /* it has no name: nobody else knows it */
	if (fstat(file->fd, &info) != 0)
		return false;
	file_identity_of(&info, &worker->after);
	return memcmp(&worker->before, &worker->after, sizeof worker->after) == 0;
}

static const char file_changed[] = "its file changed while it was read";

/* STATUS_UNSUPPORTED: whoever looked into it came to grief. */
static enum status inspect(struct verifier *verifier, struct worker *worker, const struct proven_tarball *proven, struct error *err)
{
	if (proven->file)
		pthread_mutex_lock(&verifier->large);
	enum status status = unpacker_inspect(worker->unpacker, proven, &worker->inspection, err);
	if (proven->file)
		pthread_mutex_unlock(&verifier->large);
	if (status == STATUS_IO || (proven->file && !is_unchanged(worker, proven->file)))
		return error_set(err, STATUS_IO, "%s", file_changed);
	return status == STATUS_OK || status == STATUS_UNSUPPORTED ? status : error_set(err, status, "out of memory");
}

/* In place of a result: the bytes may be the right ones, but nobody knows what is in them. */
static void settle_unseen(struct verifier *verifier, struct job *job, const struct tarball_result *proven, const struct error *why)
{
	struct tarball_result result = *proven;
	result.state = why->status == STATUS_UNSUPPORTED ? TARBALL_UNINSPECTED : TARBALL_UNREACHABLE;
	result.retryable = true;
	if (result.state == TARBALL_UNREACHABLE)
		result = (struct tarball_result){ .state = result.state, .retryable = true };
	verifier_settle(verifier, job, &result, NULL, why->text);
}

static const char *why_unpinned(const struct job *job)
{
	if (job->oversized)
		return "the integrity is too long to be read";
	return job->has_checksum ?
		       "yarn's zip is not here, which is all that the lockfile's checksum covers: only the registry's own digest can tell of these bytes" :
		       "";
}

void verifier_settle_proven(struct verifier *verifier, struct worker *worker, struct job *job, const struct proven_tarball *proven, bool has_digest,
			    enum tarball_source source)
{
	bool pinned = proven->verdict == INTEGRITY_MATCH;
	struct tarball_result result = {
		.state = pinned ? TARBALL_VERIFIED : TARBALL_NO_INTEGRITY,
		.source = source,
		.packed_bytes = proven->file ? proven->file->size : proven->bytes.n,
		.has_digest = has_digest,
		.digest = proven->digest,
	};
	struct error why = { 0 };
	if (inspect(verifier, worker, proven, &why)) {
		settle_unseen(verifier, job, &result, &why);
		return;
	}
	const struct inspection *inspection = (const struct inspection *)(const void *)worker->inspection.p;
	if (verifier->memory && worker->from_file && has_digest) {
		pthread_mutex_lock(&verifier->lock);
		memory_note(verifier->memory, &proven->digest, &worker->before, &worker->after, inspection);
		pthread_mutex_unlock(&verifier->lock);
	}
	if (verifier->options->proven)
		verifier->options->proven(verifier->options->proven_context, proven, inspection, worker->unpacker, job->packages);
	if (verifier->options->proven && proven->file && !is_unchanged(worker, proven->file)) {
		verifier_settle_state(verifier, job, TARBALL_UNREACHABLE, true, file_changed);
		return;
	}
	verifier_settle(verifier, job, &result, inspection, pinned ? "" : why_unpinned(job));
}

void verifier_settle_remembered(struct verifier *verifier, struct job *job, const struct tarball_result *result, const struct inspection *inspection)
{
	struct tarball_result remembered = *result;
	remembered.has_digest = remembered.remembered = true;
	verifier_settle(verifier, job, &remembered, inspection, result->state == TARBALL_VERIFIED ? "" : why_unpinned(job));
}

void verifier_settle_mismatch(struct verifier *verifier, struct job *job, const struct integrity *pinned, const struct digest *actual,
			      uint64_t packed_bytes, enum tarball_source source)
{
	char detail[MAX_DETAIL];
	struct tarball_result result = { .state = TARBALL_MISMATCH, .source = source, .packed_bytes = packed_bytes };
	describe_mismatch(pinned, actual, detail);
	verifier_settle(verifier, job, &result, NULL, detail);
}
