/*
 * Who looks at which project: the hand-out of work, behind a narrow door. Here the threads of one process take from one list (queue.c); what hands out
 * to many machines answers the same calls.
 */
#ifndef FLEET_QUEUE_H
#define FLEET_QUEUE_H

#include "fleet/engine.h"

struct fleet_queue {
	/* The next project for this worker, which lives in `arena`; *more is false when there is none left. Safe from many threads. */
	enum status (*take)(struct fleet_queue *queue, struct arena *arena, struct fleet_project *out, bool *more, struct error *err);
	/* What became of one that was taken is written down. */
	enum status (*give_back)(struct fleet_queue *queue, const struct look *look, struct error *err);
	void (*close)(struct fleet_queue *queue);
};

struct fleet_totals {
	struct fleet_scan_result counts;
	void (*told)(void *context, const struct look *look, const struct fleet_scan_result *counts); /* one call at a time */
	void *context;
};
/* The projects of a fleet that the filter lets through; what is given back is recorded in its store, many looks at a time. */
enum status queue_open_local(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_totals *totals, struct fleet_queue **out,
			     struct error *err);
/* Writes down what was given back. */
enum status queue_flush_local(struct fleet_queue *queue, struct error *err);

#endif
