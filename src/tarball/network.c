/*
 * What no cache holds, asked of the registries on the calling thread. Finished bodies go to the threads of the pool. What arrived
 * waits in memory at most up to IN_FLIGHT_BYTES, and is kept in the store once it is proven. A store that cannot be written fails nothing.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/net.h"
#include "store.h"
#include "verifier.h"

enum {
	DEFAULT_PARALLEL = 24,
	DEFAULT_BACKOFF_MS = 500,
	DEFAULT_CONNECT_MS = 10000,
	DEFAULT_TIMEOUT_MS = 120000,
};
#define IN_FLIGHT_BYTES (64 * MIB)

/* A body on its way from the network to a thread. */
struct delivery {
	struct verifier *verifier;
	struct job *job;
	char *body;
	size_t size;
};

static void tell(struct verifier *verifier, const struct error *why)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_printf(&text, "the tarballs are not kept: %s", why->text);
	buf_add_char(&text, '\0');
	pthread_mutex_lock(&verifier->lock);
	if (verifier->options->note && !text.failed)
		verifier->options->note(verifier->options->context, text.p);
	pthread_mutex_unlock(&verifier->lock);
}

/* A full disk and a folder that cannot be written cost the next run its time, and nothing else. */
static void keep(struct verifier *verifier, const struct proven_tarball *proven, const struct digest *digest)
{
	struct error err = { 0 };
	if (!verifier->options->store || proven->verdict != INTEGRITY_MATCH || atomic_load(&verifier->store_broken))
		return;
	if (store_keep(verifier->options->store, digest, proven->bytes, &err) == STATUS_OK)
		atomic_fetch_add(&verifier->kept, 1);
	else if (!atomic_exchange(&verifier->store_broken, true))
		tell(verifier, &err);
}

static void check_delivery(void *context)
{
	struct delivery *delivery = context;
	struct verifier *verifier = delivery->verifier;
	struct worker *worker = verifier_take_worker(verifier);
	worker->from_file = false;
	struct str bytes = { delivery->body ? delivery->body : "", delivery->size };
	struct proven_tarball proven;
	struct digest actual;
	if (tarball_prove(bytes, &delivery->job->pinned, &proven, &actual)) {
		keep(verifier, &proven, &actual);
		verifier_settle_proven(verifier, worker, delivery->job, &proven, SOURCE_REGISTRY);
	} else {
		verifier_settle_mismatch(verifier, delivery->job, &delivery->job->pinned, &actual, bytes.n, SOURCE_REGISTRY);
	}
	verifier_give_worker(verifier, worker);
	pthread_mutex_lock(&verifier->lock);
	verifier->in_flight -= delivery->size;
	pthread_cond_signal(&verifier->landed);
	pthread_mutex_unlock(&verifier->lock);
	free(delivery->body);
	free(delivery);
}

static void deliver(struct verifier *verifier, struct job *job, struct http_response *response)
{
	struct delivery *delivery = malloc(sizeof *delivery);
	if (!delivery) {
		verifier_settle_state(verifier, job, TARBALL_UNREACHABLE, true, "out of memory");
		return;
	}
	*delivery = (struct delivery){ verifier, job, response->body, response->size };
	response->body = NULL;
	pthread_mutex_lock(&verifier->lock);
	while (verifier->in_flight && verifier->in_flight + delivery->size > IN_FLIGHT_BYTES)
		pthread_cond_wait(&verifier->landed, &verifier->lock);
	verifier->in_flight += delivery->size;
	pthread_mutex_unlock(&verifier->lock);
	pool_submit(verifier->pool, check_delivery, delivery);
}

static void take_answer(void *context, const struct http_request *request, struct http_response *response)
{
	struct verifier *verifier = context;
	struct job *job = request->context;
	if (response->outcome == HTTP_ANSWER && response->code == 200) {
		deliver(verifier, job, response);
		return;
	}
	char text[sizeof response->detail + 64];
	bool gone = response->outcome == HTTP_ANSWER && (response->code == 404 || response->code == 410);
	bool refused = response->outcome == HTTP_REFUSED_HOST;
	if (gone && job->scoped && !request->authorization)
		snprintf(text, sizeof text, "answered %ld; no login was sent, which a private package needs", response->code);
	else if (*response->detail)
		snprintf(text, sizeof text, "%s", response->detail);
	else
		snprintf(text, sizeof text, "answered %ld without a tarball", response->code);
	verifier_settle_state(verifier, job, gone ? TARBALL_UNPUBLISHED : refused ? TARBALL_REFUSED_HOST : TARBALL_UNREACHABLE,
	             response->retryable, text);
}

/* Before anything is under way, so that the arena is this thread's alone. */
static enum status queue_request(struct verifier *verifier, struct http *http, struct job *job, struct error *err)
{
	struct npm_access access = { 0 };
	const struct npm_settings *settings = verifier->options->settings;
	enum status status = settings ? npm_access_find(settings, job->from.url, verifier->arena, &access, err) : STATUS_OK;
	if (status)
		return status;
	struct http_request request = {
		.url = job->from.url,
		.accept = "*/*",
		.authorization = access.authorization,
		.authorized = access.authorized,
		.route = access.route,
		.max_bytes = LIMIT_TARBALL_PACKED_BYTES,
		.context = job,
	};
	return http_add(http, &request) ? STATUS_OK : error_memory(err);
}

enum status verifier_ask_registry(struct verifier *verifier, struct error *err)
{
	const struct tarball_options *options = verifier->options;
	struct http_options how = {
		.allowed_origins = verifier->hosts.origins,
		.user_agent = options->user_agent ? options->user_agent : "assay/" ASSAY_VERSION,
		.parallel = DEFAULT_PARALLEL,
		.tries = options->tries ? options->tries : LIMIT_HTTP_TRIES,
		.backoff_ms = options->backoff_ms ? options->backoff_ms : DEFAULT_BACKOFF_MS,
		.connect_timeout_ms = DEFAULT_CONNECT_MS,
		.timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS,
	};
	struct http *http = http_new(&how, err);
	if (!http)
		return err ? err->status : STATUS_MEMORY;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < verifier->jobs.n && !status; i++) {
		struct job *job = &verifier->jobs.v[i];
		if (!job->settled)
			status = queue_request(verifier, http, job, err);
	}
	if (!status)
		status = http_run(http, take_answer, verifier, err);
	pool_wait(verifier->pool);
	http_free(http);
	return status;
}
