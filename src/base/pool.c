/* Threads that take tasks from one bounded queue. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "assay/base.h"

enum { MAX_QUEUED = 256 };

struct task {
	void (*run)(void *context);
	void *context;
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t work, room, idle;
	struct task queue[MAX_QUEUED]; /* a ring */
	size_t first, queued, running;
	bool closing;
	unsigned thread_count;
	pthread_t threads[];
};

unsigned cpu_count(void)
{
	cpu_set_t set;
	int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
	return n > 0 ? (unsigned)n : 1;
}

static void *serve(void *argument)
{
	struct pool *pool = argument;
	pthread_mutex_lock(&pool->lock);
	for (;;) {
		while (pool->queued == 0 && !pool->closing)
			pthread_cond_wait(&pool->work, &pool->lock);
		if (pool->queued == 0)
			break;
		struct task task = pool->queue[pool->first];
		pool->first = (pool->first + 1) % MAX_QUEUED;
		pool->queued--;
		pool->running++;
		pthread_cond_signal(&pool->room);
		pthread_mutex_unlock(&pool->lock);
		task.run(task.context);
		pthread_mutex_lock(&pool->lock);
		pool->running--;
		if (pool->queued == 0 && pool->running == 0)
			pthread_cond_broadcast(&pool->idle);
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

struct pool *pool_new(unsigned threads)
{
	if (threads == 0)
		threads = 1;
	struct pool *pool = calloc(1, sizeof *pool + threads * sizeof pool->threads[0]);
	if (!pool)
		return NULL;
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->work, NULL);
	pthread_cond_init(&pool->room, NULL);
	pthread_cond_init(&pool->idle, NULL);
	while (pool->thread_count < threads && pthread_create(&pool->threads[pool->thread_count], NULL, serve, pool) == 0)
		pool->thread_count++;
	if (pool->thread_count == 0) {
		pool_free(pool);
		return NULL;
	}
	return pool;
}

void pool_submit(struct pool *pool, void (*run)(void *context), void *context)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->queued == MAX_QUEUED)
		pthread_cond_wait(&pool->room, &pool->lock);
	pool->queue[(pool->first + pool->queued++) % MAX_QUEUED] = (struct task){ run, context };
	pthread_cond_signal(&pool->work);
	pthread_mutex_unlock(&pool->lock);
}

void pool_wait(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	while (pool->queued || pool->running)
		pthread_cond_wait(&pool->idle, &pool->lock);
	pthread_mutex_unlock(&pool->lock);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pthread_mutex_lock(&pool->lock);
	pool->closing = true;
	pthread_cond_broadcast(&pool->work);
	pthread_mutex_unlock(&pool->lock);
	for (unsigned i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	pthread_mutex_destroy(&pool->lock);
	pthread_cond_destroy(&pool->work);
	pthread_cond_destroy(&pool->room);
	pthread_cond_destroy(&pool->idle);
	free(pool);
}
