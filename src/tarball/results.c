/* What came of each tarball. Threads settle their jobs here, one after the other: results live in the caller's arena. */
#include <stdio.h>

#include "verifier.h"

enum { MAX_DETAIL = 600 };

void verifier_settle(struct verifier *verifier, struct job *job, const struct tarball_result *result,
                   const struct inspection *inspection, const char *detail)
{
	pthread_mutex_lock(&verifier->lock);
	const char *damage = job->damage ? job->damage : "";
	job->result = *result;
	job->result.weak = job->weak;
	job->settled = true;
	if (*detail || *damage)
		job->result.detail =
			arena_printf(verifier->arena, "%s%s%s", detail, *detail && *damage ? "; " : "", damage).p;
	if (inspection)
		job->result.inspection = arena_alloc(verifier->arena, sizeof *inspection);
	if (((*detail || *damage) && !job->result.detail) || (inspection && !job->result.inspection))
		verifier->out_of_memory = true;
	else if (inspection)
		*job->result.inspection = *inspection;
	verifier->bytes += result->packed_bytes;
	verifier->done++;
	if (verifier->options->progress)
		verifier->options->progress(verifier->options->context, verifier->done, verifier->jobs.n, verifier->bytes);
	pthread_mutex_unlock(&verifier->lock);
}

void verifier_settle_state(struct verifier *verifier, struct job *job, enum tarball_state state, bool retryable,
                         const char *detail)
{
	struct tarball_result result = { .state = state, .retryable = retryable };
	verifier_settle(verifier, job, &result, NULL, detail);
}

/* "pinned sha512-… got sha512-…": of the strongest algorithm, the one that was compared. */
static void describe_mismatch(const struct job *job, const struct digest *actual, char detail[MAX_DETAIL])
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MAX_DETAIL - 1);
	buf_add_z(&text, "pinned ");
	for (size_t i = 0; i < job->pinned.count; i++) {
		if (job->pinned.digests[i].algorithm != actual->algorithm)
			continue;
		digest_write_sri(&job->pinned.digests[i], &text);
		break;
	}
	buf_add_z(&text, " got ");
	digest_write_sri(actual, &text);
	snprintf(detail, MAX_DETAIL, "%.*s", STR_ARG(buf_str(&text)));
}

void verifier_settle_proven(struct verifier *verifier, struct worker *worker, struct job *job,
                          const struct proven_tarball *proven, enum tarball_source source)
{
	bool pinned = proven->verdict == INTEGRITY_MATCH;
	struct tarball_result result = {
		.state = pinned ? TARBALL_VERIFIED : TARBALL_NO_INTEGRITY,
		.source = source,
		.packed_bytes = proven->bytes.n,
	};
	tarball_inspect(proven, worker->inflater, &worker->inspection);
	if (verifier->options->proven)
		verifier->options->proven(verifier->options->proven_context, proven, worker->inflater, job->packages);
	verifier_settle(verifier, job, &result, &worker->inspection,
	       job->oversized ? "the integrity is too long to be read" : "");
}

void verifier_settle_mismatch(struct verifier *verifier, struct job *job, const struct digest *actual, size_t packed_bytes,
                              enum tarball_source source)
{
	char detail[MAX_DETAIL];
	struct tarball_result result = { .state = TARBALL_MISMATCH, .source = source, .packed_bytes = packed_bytes };
	describe_mismatch(job, actual, detail);
	verifier_settle(verifier, job, &result, NULL, detail);
}
