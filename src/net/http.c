/*
 * Many requests at once: a queue of those that can start, a heap of those that wait for their next try, and as
 * many transfers under way as was asked for. Redirects are followed here, so that each target is held against
 * the allowed origins before anything is sent to it. A host that stays silent is not asked for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

#include "assay/limits.h"
#include "transfer.h"

enum { MAX_PARALLEL = 256 };
/* Of unfinished bodies; past it nothing new is started until one is finished. */
#define HELD_BYTES (128 * MIB)

struct origin {
	struct str text;
	unsigned silent; /* tries in a row that got no answer */
};

struct exchange {
	struct http_request request;
	char *redirected;      /* where it is now, malloc'ed; NULL: at request.url */
	struct origin *origin; /* of request.url */
	unsigned tries, redirects;
	int64_t due_ms;
	struct exchange *next;          /* in the queue */
	struct exchange *newer, *older; /* all of them */
};

struct http {
	struct http_options options;
	struct arena *arena, *scratch;
	struct origin *origins;
	size_t origin_count;
	CURLM *multi;
	struct transfer **transfers;
	struct transfer *idle;
	struct exchange *queue, **queue_end; /* can start */
	struct exchange **waiting;           /* a heap by due_ms */
	size_t waiting_count, waiting_capacity;
	struct exchange *all;
	size_t pending; /* not yet answered */
	size_t held;
	uint64_t jitter;
	void (*done)(void *context, const struct http_request *request, struct http_response *response);
	void *context;
};

static int64_t now_ms(void)
{
	struct timespec now = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- making --------------------------------------------------------------- */

static enum status read_origins(struct http *http, const char *const *allowed, struct error *err)
{
	size_t n = 0;
	while (allowed && allowed[n])
		n++;
	http->origins = arena_array(http->arena, n + 1, sizeof *http->origins);
	if (!http->origins)
		return error_memory(err);
	for (size_t i = 0; i < n; i++) {
		struct str origin = url_origin(http->arena, str_of(allowed[i]));
		if (!origin.p && arena_is_exhausted(http->arena))
			return error_memory(err);
		if (!origin.p)
			return error_set(err, STATUS_USAGE, "a host must be given as https://host[:port], without credentials");
		http->origins[http->origin_count++].text = origin;
	}
	return STATUS_OK;
}

static bool make_transfers(struct http *http)
{
	http->multi = libcurl.curl_multi_init();
	http->transfers = arena_array(http->arena, http->options.parallel, sizeof(struct transfer *));
	if (!http->multi || !http->transfers)
		return false;
	libcurl.curl_multi_setopt(http->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)http->options.parallel);
	for (unsigned i = 0; i < http->options.parallel; i++) {
		struct transfer *transfer = transfer_new(&http->options, &http->held);
		if (!transfer)
			return false;
		http->transfers[i] = transfer;
		transfer->next = http->idle;
		http->idle = transfer;
	}
	return true;
}

enum status http_prepare(struct error *err)
{
	return library_need(&curl_library, err);
}

struct http *http_new(const struct http_options *options, struct error *err)
{
	if (http_prepare(err))
		return NULL;
	struct http *http = calloc(1, sizeof *http);
	if (!http) {
		error_memory(err);
		return NULL;
	}
	http->options = *options;
	if (http->options.parallel == 0 || http->options.parallel > MAX_PARALLEL)
		http->options.parallel = http->options.parallel ? MAX_PARALLEL : 1;
	http->queue_end = &http->queue;
	if (getrandom(&http->jitter, sizeof http->jitter, GRND_NONBLOCK) < 0)
		http->jitter = (uint64_t)now_ms();
	http->jitter |= 1;
	http->arena = arena_new(0);
	http->scratch = arena_new(0);
	if (!http->arena || !http->scratch)
		error_memory(err);
	else if (read_origins(http, options->allowed_origins, err) == STATUS_OK) {
		if (make_transfers(http))
			return http;
		error_memory(err);
	}
	http_free(http);
	return NULL;
}

static void free_exchange(struct http *http, struct exchange *exchange)
{
	*(exchange->newer ? &exchange->newer->older : &http->all) = exchange->older;
	if (exchange->older)
		exchange->older->newer = exchange->newer;
	free(exchange->redirected);
	free(exchange);
}

void http_free(struct http *http)
{
	if (!http)
		return;
	for (unsigned i = 0; http->transfers && i < http->options.parallel; i++) {
		if (http->transfers[i] && http->multi)
			libcurl.curl_multi_remove_handle(http->multi, http->transfers[i]->easy);
		transfer_free(http->transfers[i]);
	}
	if (http->multi)
		libcurl.curl_multi_cleanup(http->multi);
	while (http->all)
		free_exchange(http, http->all);
	free(http->waiting);
	arena_free(http->scratch);
	arena_free(http->arena);
	free(http);
}

/* ---- the queue and the heap of those that wait ------------------------------ */

static void enqueue(struct http *http, struct exchange *exchange)
{
	exchange->next = NULL;
	*http->queue_end = exchange;
	http->queue_end = &exchange->next;
}

static struct exchange *dequeue(struct http *http)
{
	struct exchange *first = http->queue;
	http->queue = first->next;
	if (!http->queue)
		http->queue_end = &http->queue;
	return first;
}

/* Room for every exchange there is, so that waiting can never fail. */
static bool reserve_waiting(struct http *http)
{
	if (http->pending < http->waiting_capacity)
		return true;
	size_t capacity = http->waiting_capacity ? http->waiting_capacity * 2 : 64;
	struct exchange **grown = reallocarray(http->waiting, capacity, sizeof(struct exchange *));
	if (!grown)
		return false;
	http->waiting = grown;
	http->waiting_capacity = capacity;
	return true;
}

static void wait_until(struct http *http, struct exchange *exchange, int64_t due_ms)
{
	exchange->due_ms = due_ms;
	size_t i = http->waiting_count++;
	for (; i > 0 && http->waiting[(i - 1) / 2]->due_ms > due_ms; i = (i - 1) / 2)
		http->waiting[i] = http->waiting[(i - 1) / 2];
	http->waiting[i] = exchange;
}

static struct exchange *take_first_waiting(struct http *http)
{
	struct exchange *first = http->waiting[0], *last = http->waiting[--http->waiting_count];
	size_t i = 0, n = http->waiting_count;
	for (size_t child = 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && http->waiting[child + 1]->due_ms < http->waiting[child]->due_ms)
			child++;
		if (last->due_ms <= http->waiting[child]->due_ms)
			break;
		http->waiting[i] = http->waiting[child];
		i = child;
	}
	http->waiting[i] = last;
	return first;
}

bool http_add(struct http *http, const struct http_request *request)
{
	struct exchange *exchange = reserve_waiting(http) ? calloc(1, sizeof *exchange) : NULL;
	if (!exchange)
		return false;
	exchange->request = *request;
	exchange->older = http->all;
	if (http->all)
		http->all->newer = exchange;
	http->all = exchange;
	http->pending++;
	enqueue(http, exchange);
	return true;
}

/* ---- answers ------------------------------------------------------------------ */

/* Who said so, or said nothing: "npm.acme.example:8080". What is no URL has no name. */
static struct str asked_host(struct http *http, const struct exchange *exchange)
{
	arena_reset(http->scratch);
	struct str origin = url_origin(http->scratch, str_of(exchange->redirected ? exchange->redirected : exchange->request.url));
	return str_head(str_from(origin, str_find_str(origin, STR("://")) + 3), 80);
}

/* What a person can do about it depends on the host, and on whether a login went there. */
static void name_host(struct http *http, const struct exchange *exchange, struct try_result *result)
{
	char said[sizeof result->detail];
	struct str host = asked_host(http, exchange);
	memcpy(said, result->detail, sizeof said);
	if (!host.n)
		return;
	if (result->wants_login)
		snprintf(result->detail, sizeof result->detail, "%.*s answered %ld: it %s", STR_ARG(host), result->code,
			 result->headed ? "refuses the login that was sent" : "wants a login, and none was sent");
	else if (result->outcome == HTTP_UNREACHABLE && !result->code)
		snprintf(result->detail, sizeof result->detail, "%.*s: %.160s", STR_ARG(host), said);
}

static void deliver(struct http *http, struct exchange *exchange, struct try_result *result)
{
	name_host(http, exchange, result);
	struct http_response response = {
		.outcome = result->outcome,
		.code = result->code,
		.body = result->body,
		.size = result->size,
		.headers = result->headers,
		.tries = exchange->tries,
		.retryable = result->retryable,
	};
	bool many = exchange->tries > 1 && result->retryable;
	if (many && result->code)
		snprintf(response.detail, sizeof response.detail, "%ld after %u tries", result->code, exchange->tries);
	else if (many)
		snprintf(response.detail, sizeof response.detail, "%s, after %u tries", result->detail, exchange->tries);
	else
		snprintf(response.detail, sizeof response.detail, "%s", result->detail);
	http->pending--;
	http->done(http->context, &exchange->request, &response);
	free(response.body);
	free_exchange(http, exchange);
}

/* Exponential, a quarter at most on top by chance, so that many clients do not come back in step. -1: not again. */
static int64_t delay_ms(struct http *http, const struct exchange *exchange, const struct try_result *result)
{
	if (result->retry_after_s > 0)
		return result->retry_after_s > LIMIT_HTTP_BACKOFF_MS / 1000 ? -1 : (int64_t)result->retry_after_s * 1000;
	unsigned doublings = exchange->tries < 16 ? exchange->tries - 1 : 15;
	uint64_t wait = (uint64_t)http->options.backoff_ms << doublings;
	http->jitter ^= http->jitter << 13;
	http->jitter ^= http->jitter >> 7;
	http->jitter ^= http->jitter << 17;
	wait += http->jitter % (wait / 4 + 1);
	return wait > LIMIT_HTTP_BACKOFF_MS ? LIMIT_HTTP_BACKOFF_MS : (int64_t)wait;
}

/* Three rounds of all that can be under way, and not one answer: the other thousand need not wait for their time limits. */
static bool gave_up(const struct http *http, const struct origin *origin)
{
	unsigned most = http->options.parallel * 3;
	return origin->silent >= (most > LIMIT_HTTP_SILENT_TRIES ? most : LIMIT_HTTP_SILENT_TRIES);
}

static void count_silence(struct origin *origin, const struct try_result *result)
{
	bool silent = result->outcome == HTTP_UNREACHABLE && result->retryable;
	origin->silent = silent ? origin->silent + 1 : 0;
}

static void retry_or_deliver(struct http *http, struct exchange *exchange, struct try_result *result)
{
	int64_t wait = -1;
	if (result->retryable && exchange->tries < http->options.tries && !gave_up(http, exchange->origin))
		wait = delay_ms(http, exchange, result);
	if (wait < 0) {
		if (result->retry_after_s > LIMIT_HTTP_BACKOFF_MS / 1000)
			snprintf(result->detail, sizeof result->detail, "answered %ld and asks to wait %ld s", result->code, result->retry_after_s);
		deliver(http, exchange, result);
		return;
	}
	/* The next try starts over: nothing half-received is kept, no redirect is remembered. */
	free(result->body);
	free(exchange->redirected);
	exchange->redirected = NULL;
	exchange->redirects = 0;
	wait_until(http, exchange, now_ms() + wait);
}

/* Another one than http and https; .n 0: none, or none that can be shown. */
static struct str scheme_of(const char *url)
{
	struct str scheme = str_head(str_of(url), str_find(str_of(url), ':'));
	for (size_t i = 0; i < scheme.n; i++)
		if (scheme.n > 20 || !(ascii_is_alpha((unsigned char)scheme.p[i]) || ascii_is_digit((unsigned char)scheme.p[i])))
			return STR_NONE;
	return text_equals_any_case(scheme, STR("http")) || text_equals_any_case(scheme, STR("https")) ? STR_NONE : scheme;
}

static void refuse(struct http *http, struct exchange *exchange, struct str origin, const char *verb)
{
	struct try_result result = { .outcome = HTTP_REFUSED_HOST };
	struct str scheme = scheme_of(exchange->redirected ? exchange->redirected : exchange->request.url);
	if (origin.p)
		snprintf(result.detail, sizeof result.detail, "%s%.*s, which is no allowed host", verb, (int)(origin.n > 120 ? 120 : origin.n), origin.p);
	else if (scheme.n)
		snprintf(result.detail, sizeof result.detail, "%sa %.*s: URL, which is never followed", verb, STR_ARG(scheme));
	else
		snprintf(result.detail, sizeof result.detail, "%sno plain http(s) URL", verb);
	deliver(http, exchange, &result);
}

static struct origin *find_origin(struct http *http, const char *url, struct str *text)
{
	arena_reset(http->scratch);
	*text = url_origin(http->scratch, str_of(url));
	for (size_t i = 0; i < http->origin_count && text->p; i++)
		if (str_equal(http->origins[i].text, *text))
			return &http->origins[i];
	return NULL;
}

static void follow(struct http *http, struct exchange *exchange, struct try_result *result)
{
	free(exchange->redirected);
	exchange->redirected = result->redirect;
	result->redirect = NULL;
	struct str text;
	if (!find_origin(http, exchange->redirected, &text)) {
		refuse(http, exchange, text, "redirects to ");
		return;
	}
	if (++exchange->redirects <= LIMIT_HTTP_REDIRECTS) {
		enqueue(http, exchange);
		return;
	}
	*result = (struct try_result){ .outcome = HTTP_UNREACHABLE };
	snprintf(result->detail, sizeof result->detail, "more than %d redirects", LIMIT_HTTP_REDIRECTS);
	deliver(http, exchange, result);
}

static void reap(struct http *http)
{
	CURLMsg *message;
	int left;
	while ((message = libcurl.curl_multi_info_read(http->multi, &left))) {
		struct transfer *transfer = NULL;
		if (message->msg != CURLMSG_DONE)
			continue;
		CURLcode code = message->data.result;
		libcurl.curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&transfer);
		struct exchange *exchange = transfer->owner;
		struct try_result result;
		transfer_finish(transfer, http->multi, code, &result);
		transfer->next = http->idle;
		http->idle = transfer;
		count_silence(exchange->origin, &result);
		if (result.redirect)
			follow(http, exchange, &result);
		else
			retry_or_deliver(http, exchange, &result);
	}
}

/* A login goes to the place that it belongs to: after a redirect it is asked again whether this is it. */
static bool is_authorized(const struct exchange *exchange, const struct origin *origin)
{
	struct str url = str_of(exchange->redirected), prefix = str_of(exchange->request.authorized);
	if (!exchange->redirected || origin != exchange->origin || prefix.n == 0)
		return origin == exchange->origin;
	bool climbs = str_find_str(url, STR("/.")) != url.n || str_find(url, '%') != url.n;
	bool whole = url.n == prefix.n || str_ends_with(prefix, STR("/")) || url.p[prefix.n] == '/';
	return str_starts_with(url, prefix) && whole && !climbs;
}

/* ---- the loop ------------------------------------------------------------------- */

static void start(struct http *http, struct exchange *exchange)
{
	const char *url = exchange->redirected ? exchange->redirected : exchange->request.url;
	struct str text;
	struct origin *origin = find_origin(http, url, &text);
	if (!exchange->redirected)
		exchange->origin = origin;
	if (!origin) {
		refuse(http, exchange, text, "");
		return;
	}
	if (gave_up(http, origin)) {
		struct try_result result = { .outcome = HTTP_UNREACHABLE, .retryable = true };
		snprintf(result.detail, sizeof result.detail, "given up, no answer to %u tries in a row", origin->silent);
		deliver(http, exchange, &result);
		return;
	}
	struct transfer *transfer = http->idle;
	if (exchange->redirects == 0)
		exchange->tries++;
	if (!transfer_start(transfer, http->multi, url, &exchange->request, is_authorized(exchange, origin))) {
		struct try_result result = { .outcome = HTTP_NO_MEMORY, .detail = "out of memory" };
		deliver(http, exchange, &result);
		return;
	}
	http->idle = transfer->next;
	transfer->owner = exchange;
}

static bool can_start(const struct http *http)
{
	return http->queue && http->idle && http->held < HELD_BYTES;
}

static void start_all(struct http *http)
{
	while (http->waiting_count && http->waiting[0]->due_ms <= now_ms())
		enqueue(http, take_first_waiting(http));
	while (can_start(http))
		start(http, dequeue(http));
}

static int poll_ms(const struct http *http)
{
	int64_t wait = 1000;
	if (http->waiting_count && http->waiting[0]->due_ms - now_ms() < wait)
		wait = http->waiting[0]->due_ms - now_ms();
	return wait > 0 ? (int)wait : 0;
}

enum status http_run(struct http *http, void (*done)(void *context, const struct http_request *request, struct http_response *response),
		     void *context, struct error *err)
{
	http->done = done;
	http->context = context;
	while (http->pending) {
		int running = 0;
		start_all(http);
		CURLMcode code = libcurl.curl_multi_perform(http->multi, &running);
		reap(http);
		if (code == CURLM_OK && http->pending && !can_start(http))
			code = libcurl.curl_multi_poll(http->multi, NULL, 0, poll_ms(http), NULL);
		if (code != CURLM_OK)
			return error_set(err, code == CURLM_OUT_OF_MEMORY ? STATUS_MEMORY : STATUS_NETWORK, "network: %s", libcurl.curl_multi_strerror(code));
	}
	return STATUS_OK;
}
