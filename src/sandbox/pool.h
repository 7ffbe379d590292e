/* The parent's side: the zygote, its workers, who uses which. */
#ifndef ASSAY_SANDBOX_POOL_H
#define ASSAY_SANDBOX_POOL_H

#include <pthread.h>

#include "channel.h"

struct sandbox {
	struct sandbox_options options;
	int control; /* -1: there is no zygote */
	pid_t zygote;
	pthread_mutex_t lock; /* of all that follows, and of talking to the zygote */
	struct sandbox_client *idle;
	struct sandbox_state state;
};

struct sandbox_client {
	struct sandbox *sandbox;
	struct region input, output;
	int channel; /* -1: there is no worker now */
	pid_t worker;
	unsigned tasks; /* that this worker had */
	struct sandbox_client *next;
};

/* A worker at the other end of the channel, ready. False: `err` says why not, and the sandbox may be off now. */
bool client_start_worker(struct sandbox_client *client, struct error *err);
/* Ends it, however it is; gives its wait status. -1: nobody knows. */
int client_end_worker(struct sandbox_client *client);
/* Waits for a message of the worker until `deadline_ms`, on the monotonic clock. */
enum channel_event { CHANNEL_MESSAGE, CHANNEL_CLOSED, CHANNEL_LATE };
enum channel_event client_wait(const struct sandbox_client *client, int64_t deadline_ms, struct message *out);
int64_t clock_ms(void);

#endif
