/* All projects of a fleet, on all cores, each on its own. */
#include "fleet/look.h"
#include "fleet/queue.h"

#include <pthread.h>

struct fleet_run {
	struct fleet_queue *queue;
	const struct fleet_scan_options *options;
	int64_t now;
	pthread_mutex_t lock;
	struct error *err; /* the first failure, which ends it */
	enum status status;
	size_t total;
	bool unread_told; /* that commits cannot be read here */
};

static void note_failure(struct fleet_run *run, enum status status, const struct error *err)
{
	pthread_mutex_lock(&run->lock);
	if (!run->status) {
		run->status = status;
		if (run->err)
			*run->err = *err;
	}
	pthread_mutex_unlock(&run->lock);
}

static bool goes_on(struct fleet_run *run)
{
	pthread_mutex_lock(&run->lock);
	bool fine = !run->status;
	pthread_mutex_unlock(&run->lock);
	return fine;
}

static enum status look_at_one(struct fleet_run *run, struct looker *looker, struct arena *arena, bool *more, struct error *err)
{
	struct fleet_project project;
	struct look look;
	arena_reset(arena);
	enum status status = run->queue->take(run->queue, arena, &project, more, err);
	if (status || !*more)
		return status;
	status = looker_look(looker, &project, &look, err);
	return status ? status : run->queue->give_back(run->queue, &look, err);
}

static void work(void *context)
{
	struct fleet_run *run = context;
	struct error err = { 0 };
	struct looker looker;
	bool more = true;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	enum status status = arena ? looker_init(&looker, run->options, run->now, &err) : error_memory(&err);
	while (!status && more && goes_on(run))
		status = look_at_one(run, &looker, arena, &more, &err);
	if (arena)
		looker_fini(&looker);
	if (status)
		note_failure(run, status, &err);
}

static void tell(void *context, const struct look *look, const struct fleet_scan_result *counts)
{
	struct fleet_run *run = context;
	const struct fleet_scan_options *options = run->options;
	if (look->commit_problem.p && options->noted && !(look->commit_unread && run->unread_told))
		options->noted(options->context, look->project, look->commit_problem.p);
	run->unread_told |= look->commit_unread;
	if (look->problem.p && options->failed)
		options->failed(options->context, look->project, look->problem.p);
	if (options->progress)
		options->progress(options->context, counts->projects, run->total);
}

static bool count_one(void *context, const struct fleet_project *project)
{
	*(size_t *)context += project->kind != FLEET_INGESTED;
	return true;
}

static enum status work_all(struct fleet_run *run, struct error *err)
{
	unsigned jobs = run->options->jobs ? run->options->jobs : cpu_count();
	struct pool *pool = pool_new(jobs);
	if (!pool)
		return error_memory(err);
	for (unsigned i = 0; i < jobs; i++)
		pool_submit(pool, work, run);
	pool_wait(pool);
	pool_free(pool);
	return run->status;
}

enum status fleet_check_policies(const struct scan_options *options, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const struct policy_options where = { .name = options->policy, .org = options->org_policy };
	struct policy *policy;
	if (!arena)
		return error_memory(err);
	return options->policy || options->org_policy ? policy_load(&where, arena, &policy, err) : STATUS_OK;
}

enum status fleet_scan(struct fleet *fleet, const struct fleet_scan_options *options, struct fleet_scan_result *out, struct error *err)
{
	struct fleet_run run = { .options = options, .err = err };
	struct fleet_totals totals = { .told = tell, .context = &run };
	*out = (struct fleet_scan_result){ 0 };
	enum status status = fleet_check_policies(&options->scan, err);
	if (!status)
		status = fleet_rematch(fleet, options, &out->rematch, err);
	if (!status)
		status = fleet_now(fleet, options->scan.now, &run.now, err);
	if (!status)
		status = fleet_each_project(fleet, &options->filter, count_one, &run.total, err);
	if (!status)
		status = queue_open_local(fleet, &options->filter, &totals, &run.queue, err);
	if (status)
		return status;
	pthread_mutex_init(&run.lock, NULL);
	status = work_all(&run, err);
	/* What was given back before a failure is true all the same. */
	struct error late = { 0 };
	enum status flushed = queue_flush_local(run.queue, status ? &late : err);
	run.queue->close(run.queue);
	pthread_mutex_destroy(&run.lock);
	totals.counts.rematch = out->rematch;
	totals.counts.when = out->rematch.when != DATE_NONE && out->rematch.when < run.now ? out->rematch.when : run.now;
	*out = totals.counts;
	if (status || flushed)
		return status ? status : flushed;
	/* Where nothing has changed there are no new names, and all need not be gone through. */
	return out->changed || out->failed ? rematch_note_new(fleet, options->database, err) : STATUS_OK;
}
