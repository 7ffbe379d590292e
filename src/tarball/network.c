/*
 * What no cache holds, asked of the registries on the calling thread. Finished bodies go to the threads of the pool. What arrived
 * waits, in memory or in files without a name (body.h), for at most IN_FLIGHT of them, and is kept in the store once it is proven. A store that cannot be written fails nothing.
 */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/net.h"
#include "body.h"
#include "store.h"
#include "verifier.h"

enum {
	DEFAULT_PARALLEL = 24,
	DEFAULT_BACKOFF_MS = 500,
	DEFAULT_CONNECT_MS = 10000,
	DEFAULT_TIMEOUT_MS = 120000,
	IN_FLIGHT = 24,
};

/* A body on its way from the network to a thread. */
struct delivery {
	struct verifier *verifier;
	struct job *job;
	struct body body;
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
static void keep(struct verifier *verifier, const struct proven_tarball *proven)
{
	struct error err = { 0 };
	if (!verifier->options->store || atomic_load(&verifier->store_broken))
		return;
	if (store_keep(verifier->options->store, &proven->digest, proven, &err) == STATUS_OK)
		atomic_fetch_add(&verifier->kept, 1);
	else if (!atomic_exchange(&verifier->store_broken, true))
		tell(verifier, &err);
}

/* What is in a file is read back where it can be held. */
static bool open_delivery(struct worker *worker, const struct body *body, struct candidate *out)
{
	worker->from_file = false;
	*out = (struct candidate){ .bytes = { body->bytes ? body->bytes : "", (size_t)body->size } };
	return body->fd < 0 || worker_read(worker, body->fd, body->size, out);
}

static void judge(struct verifier *verifier, struct worker *worker, struct job *job, const struct body *body)
{
	struct candidate candidate;
	struct proven_tarball proven;
	struct digest actual;
	enum status status = open_delivery(worker, body, &candidate) ? candidate_prove(&candidate, &job->pinned, &proven, &actual) : STATUS_MEMORY;
	if (!status && proven.verdict == INTEGRITY_NONE)
		status = proven_hash(&proven, &proven.digest);
	if (status == STATUS_INVALID) {
		verifier_settle_mismatch(verifier, job, &job->pinned, &actual, body->size, SOURCE_REGISTRY);
	} else if (status) {
		verifier_settle_state(verifier, job, TARBALL_UNREACHABLE, true, "what was sent could not be read back");
	} else {
		keep(verifier, &proven);
		verifier_settle_proven(verifier, worker, job, &proven, true, SOURCE_REGISTRY);
	}
}

static void check_delivery(void *context)
{
	struct delivery *delivery = context;
	struct verifier *verifier = delivery->verifier;
	struct worker *worker = verifier_take_worker(verifier);
	judge(verifier, worker, delivery->job, &delivery->body);
	verifier_give_worker(verifier, worker);
	pthread_mutex_lock(&verifier->lock);
	verifier->in_flight--;
	pthread_cond_signal(&verifier->landed);
	pthread_mutex_unlock(&verifier->lock);
	body_fini(&delivery->body);
}

static void deliver(struct verifier *verifier, struct delivery *delivery)
{
	pthread_mutex_lock(&verifier->lock);
	while (verifier->in_flight >= IN_FLIGHT)
		pthread_cond_wait(&verifier->landed, &verifier->lock);
	verifier->in_flight++;
	pthread_mutex_unlock(&verifier->lock);
	pool_submit(verifier->pool, check_delivery, delivery);
}

static void explain_failure(const struct http_request *request, const struct delivery *delivery, const struct http_response *response, char *text, size_t size)
{
	bool gone = response->outcome == HTTP_ANSWER && (response->code == 404 || response->code == 410);
	if (gone && delivery->job->scoped && !request->authorization)
		snprintf(text, size, "answered %ld; no login was sent, which a private package needs", response->code);
	else if (response->outcome == HTTP_NOT_TAKEN)
		snprintf(text, size, "what was sent cannot be put down: %s", error_number_text(delivery->body.failure));
	else if (*response->detail)
		snprintf(text, size, "%s%s", response->detail, npm_login_hint(response->code));
	else
		snprintf(text, size, "answered %ld without a tarball", response->code);
}

static void take_answer(void *context, const struct http_request *request, struct http_response *response)
{
	struct verifier *verifier = context;
	struct delivery *delivery = request->context;
	if (response->outcome == HTTP_ANSWER && response->code == 200) {
		delivery->body.size = response->size; /* of the last try, which may have brought nothing */
		deliver(verifier, delivery);
		return;
	}
	char text[sizeof response->detail + 64];
	bool gone = response->outcome == HTTP_ANSWER && (response->code == 404 || response->code == 410);
	bool refused = response->outcome == HTTP_REFUSED_HOST;
	explain_failure(request, delivery, response, text, sizeof text);
	verifier_settle_state(verifier, delivery->job,
			      gone    ? TARBALL_UNPUBLISHED :
			      refused ? TARBALL_REFUSED_HOST :
					TARBALL_UNREACHABLE,
			      response->retryable, text);
	body_fini(&delivery->body);
}

static enum http_take take_bytes(void *context, uint64_t at, struct str bytes)
{
	struct delivery *delivery = context;
	return body_take(&delivery->body, at, bytes);
}

/* Before anything is under way, so that the arena is this thread's alone. */
static enum status queue_request(struct verifier *verifier, struct http *http, struct job *job, struct error *err)
{
	struct npm_access access = { 0 };
	const struct npm_settings *settings = verifier->options->settings;
	enum status status = settings ? npm_access_find(settings, job->from.url, verifier->arena, &access, err) : STATUS_OK;
	if (status)
		return status;
	struct delivery *delivery = arena_alloc(verifier->arena, sizeof *delivery);
	if (!delivery)
		return error_memory(err);
	*delivery = (struct delivery){ .verifier = verifier, .job = job };
	job->delivery = delivery;
	body_init(&delivery->body, verifier->options->store);
	struct http_request request = {
		.url = job->from.url,
		.accept = "*/*",
		.authorization = access.authorization,
		.authorized = access.authorized,
		.route = access.route,
		.max_bytes = LIMIT_TARBALL_PACKED_BYTES,
		.take = take_bytes,
		.context = delivery,
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
	for (size_t i = 0; i < verifier->jobs.n; i++) /* what was under way when the network as such failed */
		if (verifier->jobs.v[i].delivery)
			body_fini(&verifier->jobs.v[i].delivery->body);
	return status;
}
