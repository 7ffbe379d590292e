/*
 * The local queue: pages of the store's projects, one lock around the store. What is given back is committed every second or two: killed, a scan loses no
 * more. The larger the store, the more of it each commit writes: then they come less often, up to ten seconds apart.
 */
#include "fleet/queue.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { PAGE = 128, COMMIT_MS = 1500, COMMIT_MS_MAX = 10000, COMMIT_SHARE = 8, COMMIT_LOOKS = 2000 };

struct local_queue {
	struct fleet_queue door;
	struct fleet *fleet;
	const struct fleet_filter *filter;
	struct fleet_totals *totals;
	pthread_mutex_t lock;
	struct arena *page;
	struct fleet_project *projects;
	size_t count, next;
	struct buf after;
	bool done, started;
	size_t pending;
	int64_t started_ms, wait_ms;
};

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum status turn_page(struct local_queue *queue, struct error *err)
{
	if (queue->count) {
		buf_clear(&queue->after);
		buf_add(&queue->after, queue->projects[queue->count - 1].name);
	}
	arena_reset(queue->page);
	queue->next = 0;
	enum status status = queue->fleet->engine->projects(queue->fleet->state, buf_str(&queue->after), PAGE, queue->page, &queue->projects,
							    &queue->count, err);
	queue->done = status || queue->count == 0;
	return status ? status : buf_ok(&queue->after, err);
}

static enum status take_locked(struct local_queue *queue, struct arena *arena, struct fleet_project *out, bool *more, struct error *err)
{
	*more = false;
	while (!queue->done) {
		enum status status = queue->next < queue->count ? STATUS_OK : turn_page(queue, err);
		if (status || queue->done)
			return status;
		const struct fleet_project *project = &queue->projects[queue->next++];
		if (project->kind == FLEET_INGESTED || !fleet_filter_fits(queue->filter, project))
			continue; /* nobody looks at what is told */
		*out = *project;
		*more = true;
		return fleet_keep_project(out, arena) ? STATUS_OK : error_memory(err);
	}
	return STATUS_OK;
}

static enum status take(struct fleet_queue *door, struct arena *arena, struct fleet_project *out, bool *more, struct error *err)
{
	struct local_queue *queue = (struct local_queue *)door;
	pthread_mutex_lock(&queue->lock);
	enum status status = take_locked(queue, arena, out, more, err);
	pthread_mutex_unlock(&queue->lock);
	return status;
}

static enum status commit(struct local_queue *queue, struct error *err)
{
	if (!queue->started)
		return STATUS_OK;
	queue->started = false;
	queue->pending = 0;
	int64_t before = now_ms();
	enum status status = queue->fleet->engine->finish(queue->fleet->state, err);
	int64_t wait = (now_ms() - before) * COMMIT_SHARE;
	queue->wait_ms = wait < COMMIT_MS ? COMMIT_MS : wait > COMMIT_MS_MAX ? COMMIT_MS_MAX : wait;
	return status;
}

static enum status record(struct local_queue *queue, const struct look *look, struct error *err)
{
	struct look_result result;
	struct fleet_scan_result *counts = &queue->totals->counts;
	enum status status = STATUS_OK;
	if (!queue->started) {
		status = queue->fleet->engine->start(queue->fleet->state, err);
		queue->started = !status;
		queue->started_ms = now_ms();
	}
	if (!status)
		status = queue->fleet->engine->record(queue->fleet->state, look, &result, err);
	if (status)
		return status;
	counts->projects++;
	counts->unchanged += look->unchanged;
	counts->changed += !look->unchanged && !look->failed;
	counts->failed += look->problem.p != NULL;
	counts->appeared += result.appeared;
	counts->cleared += result.cleared;
	queue->totals->told(queue->totals->context, look, counts);
	if (++queue->pending >= COMMIT_LOOKS || now_ms() - queue->started_ms > queue->wait_ms)
		status = commit(queue, err);
	return status;
}

static enum status give_back(struct fleet_queue *door, const struct look *look, struct error *err)
{
	struct local_queue *queue = (struct local_queue *)door;
	pthread_mutex_lock(&queue->lock);
	enum status status = record(queue, look, err);
	pthread_mutex_unlock(&queue->lock);
	return status;
}

static void close_queue(struct fleet_queue *door)
{
	struct local_queue *queue = (struct local_queue *)door;
	pthread_mutex_destroy(&queue->lock);
	arena_free(queue->page);
	buf_fini(&queue->after);
	free(queue);
}

enum status queue_flush_local(struct fleet_queue *door, struct error *err)
{
	return commit((struct local_queue *)door, err);
}

enum status queue_open_local(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_totals *totals, struct fleet_queue **out, struct error *err)
{
	struct local_queue *queue = calloc(1, sizeof *queue);
	if (!queue)
		return error_memory(err);
	*queue = (struct local_queue){ .door = { take, give_back, close_queue }, .fleet = fleet, .filter = filter, .totals = totals, .wait_ms = COMMIT_MS };
	buf_init(&queue->after, SIZE_MAX / 2);
	pthread_mutex_init(&queue->lock, NULL);
	queue->page = arena_new(0);
	if (!queue->page) {
		close_queue(&queue->door);
		return error_memory(err);
	}
	*out = &queue->door;
	return STATUS_OK;
}
