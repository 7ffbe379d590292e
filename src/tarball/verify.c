/*
 * Every tarball of a tree: found, proven, inspected. First assay's store and npm's cache, on all threads; then, for what they do
 * not hold, the network.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "verifier.h"

/* What all threads together hold of tarballs, packed and not; larger ones are read piece by piece. */
#define HELD_PACKED_BYTES (16 * MIB)
#define HELD_UNPACKED_BYTES (48 * MIB)
enum { MOST_SHARERS = 16 };

/* ---- threads ---------------------------------------------------------------------- */

struct worker *verifier_take_worker(struct verifier *verifier)
{
	pthread_mutex_lock(&verifier->lock);
	struct worker *worker = verifier->idle;
	verifier->idle = worker->next;
	pthread_mutex_unlock(&verifier->lock);
	return worker;
}

void verifier_give_worker(struct verifier *verifier, struct worker *worker)
{
	pthread_mutex_lock(&verifier->lock);
	worker->next = verifier->idle;
	verifier->idle = worker;
	pthread_mutex_unlock(&verifier->lock);
}

static enum status start_workers(struct verifier *verifier, struct error *err)
{
	unsigned wanted = verifier->options->jobs ? verifier->options->jobs : cpu_count();
	wanted = wanted > VERIFIER_THREADS ? VERIFIER_THREADS : wanted;
	unsigned sharers = wanted > MOST_SHARERS ? MOST_SHARERS : wanted;
	for (unsigned i = 0; i < wanted && (i == 0 || i < verifier->jobs.n); i++) {
		struct worker *worker = &verifier->workers[verifier->threads++];
		buf_init(&worker->inspection, 2 * LIMIT_INSPECTION_BYTES);
		worker->unpacker = unpacker_new(verifier->options->sandbox);
		if (!worker->unpacker)
			return error_memory(err);
		worker->hold = HELD_PACKED_BYTES / sharers;
		unpacker_set_hold(worker->unpacker, HELD_UNPACKED_BYTES / sharers);
		verifier_give_worker(verifier, worker);
	}
	verifier->pool = pool_new(verifier->threads);
	return verifier->pool ? STATUS_OK : error_set(err, STATUS_MEMORY, "no thread can be started");
}

static void free_verifier(struct verifier *verifier)
{
	pool_free(verifier->pool);
	for (unsigned i = 0; i < verifier->threads; i++) {
		unpacker_free(verifier->workers[i].unpacker);
		buf_fini(&verifier->workers[i].inspection);
	}
	memory_free(verifier->memory);
	pthread_mutex_destroy(&verifier->lock);
	pthread_mutex_destroy(&verifier->large);
	pthread_cond_destroy(&verifier->landed);
	free(verifier);
}

/* ---- the steps ---------------------------------------------------------------------- */

static void read_cache(void *context)
{
	struct verifier *verifier = context;
	struct worker *worker = verifier_take_worker(verifier);
	for (;;) {
		size_t i = atomic_fetch_add(&verifier->next, 1);
		if (i >= verifier->jobs.n)
			break;
		verifier_try_caches(verifier, worker, &verifier->jobs.v[i]);
	}
	verifier_give_worker(verifier, worker);
}

/* What the cache did not hold and nobody may be asked for. */
static void settle_unasked(struct verifier *verifier)
{
	for (size_t i = 0; i < verifier->jobs.n; i++) {
		struct job *job = &verifier->jobs.v[i];
		if (job->settled)
			continue;
		if (job->from.url && job->gone)
			verifier_settle_state(verifier, job, TARBALL_UNPUBLISHED, false, "it answered 404");
		else if (!job->from.url)
			verifier_settle_state(verifier, job, job->from.state, false, job->from.reason);
		else if (verifier->options->offline)
			verifier_settle_state(verifier, job, TARBALL_UNREACHABLE, true, "offline, and in no cache");
	}
}

/* Only after something was added. What fails here fails again at the next addition. */
static void shrink_store(struct verifier *verifier)
{
	const struct tarball_options *options = verifier->options;
	struct tarball_store store;
	tarball_store_prune(options->store, options->store_max_bytes ? options->store_max_bytes : LIMIT_STORE_BYTES, &store, NULL);
}

static enum status read_all(struct verifier *verifier, struct error *err)
{
	if (verifier->jobs.n == 0)
		return STATUS_OK;
	enum status status = start_workers(verifier, err);
	if (status)
		return status;
	const struct tarball_options *options = verifier->options;
	if (options->memory && !(verifier->memory = memory_open(options->memory, options->forget)))
		return error_memory(err);
	if (options->npm_cache || options->store || options->yarn_cache || options->yarn_global_cache || verifier->has_files) {
		for (unsigned i = 0; i < verifier->threads; i++)
			pool_submit(verifier->pool, read_cache, verifier);
		pool_wait(verifier->pool);
	}
	settle_unasked(verifier);
	if (verifier->done < verifier->jobs.n)
		status = verifier_ask_registry(verifier, err);
	if (atomic_load(&verifier->kept))
		shrink_store(verifier);
	if (verifier->memory)
		memory_flush(verifier->memory);
	return !status && verifier->out_of_memory ? error_memory(err) : status;
}

static enum status run(struct verifier *verifier, const struct tree *tree, struct tarball_result *results, struct error *err)
{
	enum status status = hosts_init(&verifier->hosts, verifier->options, verifier->arena, err);
	if (!status)
		status = verifier_plan(verifier, tree, results, err);
	if (!status)
		status = read_all(verifier, err);
	for (uint32_t i = 0; i < tree->package_count && !status; i++)
		if (verifier->job_of[i] != TREE_NONE)
			results[i] = verifier->jobs.v[verifier->job_of[i]].result;
	return status;
}

enum status tarball_verify(const struct tree *tree, const struct tarball_options *options, struct arena *arena, struct tarball_result **out, struct error *err)
{
	struct tarball_result *results = arena_array(arena, tree->package_count + (size_t)1, sizeof *results);
	struct verifier *verifier = results ? calloc(1, sizeof *verifier) : NULL;
	if (!verifier)
		return error_memory(err);
	verifier->options = options;
	verifier->arena = arena;
	pthread_mutex_init(&verifier->lock, NULL);
	pthread_mutex_init(&verifier->large, NULL);
	pthread_cond_init(&verifier->landed, NULL);
	enum status status = run(verifier, tree, results, err);
	free_verifier(verifier);
	if (!status)
		*out = results;
	return status;
}
