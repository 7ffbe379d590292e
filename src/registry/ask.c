/*
 * The requests: first every version's own record, then the documents of those packages of which a version's record was not there - some
 * registries serve no such thing - or of which somebody wants the dates. All on the calling thread.
 */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/net.h"
#include "registry/answer.h"
#include "registry/plan.h"

enum {
	PARALLEL_VERSIONS = 48,
	PARALLEL_DOCUMENTS = 8,
	DEFAULT_BACKOFF_MS = 500,
	DEFAULT_CONNECT_MS = 10000,
	DEFAULT_TIMEOUT_MS = 60000,
};

struct asking {
	struct records_plan *plan;
	struct http *http;
	size_t done, total;
	bool no_memory;
};

/* One document that is on its way. */
struct reading {
	struct asking *asking;
	struct document *document;
	struct document_answer answer;
	const char *authorization;
};

static void count_done(struct asking *asking)
{
	const struct record_options *options = asking->plan->options;
	asking->done++;
	if (options->progress)
		options->progress(options->context, asking->done, asking->total);
}

static const char *copy_detail(struct asking *asking, const char *text)
{
	const char *copy = arena_copy(asking->plan->arena, str_of(text)).p;
	asking->no_memory |= !copy;
	return copy;
}

static bool is_missing(const struct http_response *response)
{
	return response->outcome == HTTP_ANSWER && (response->code == 404 || response->code == 410);
}

/* What to say of an answer that is of no use. */
static const char *detail_of(struct asking *asking, const struct http_response *response)
{
	char text[sizeof response->detail + 64];
	if (*response->detail)
		snprintf(text, sizeof text, "%s%s", response->detail, npm_login_hint(response->code));
	else
		snprintf(text, sizeof text, "answered %ld without a record", response->code);
	return copy_detail(asking, text);
}

/* ---- a version's record ------------------------------------------------------------- */

/* What was kept still tells the digest, which does not change; that it is still so, nobody knows. */
static void fail_inquiry(struct inquiry *inquiry, const char *detail, bool retryable)
{
	inquiry->record.retryable = retryable;
	inquiry->record.detail = detail;
	if (inquiry->kept.found)
		inquiry->record.stale = true;
	else
		inquiry->record.state = RECORD_UNREACHABLE;
}

static void set_asked(struct asking *asking, struct inquiry *inquiry)
{
	inquiry->record.asked = asking->plan->now;
	inquiry->record.stale = false;
	inquiry->kept.changed = true;
}

static void take_manifest(struct asking *asking, struct inquiry *inquiry, const struct http_response *response)
{
	struct registry_record record = inquiry->record;
	struct str body = { response->body ? response->body : "", response->size };
	const char *why;
	if (!answer_read_manifest(body, inquiry->kept.name, inquiry->kept.version, asking->plan->arena, &record, &why)) {
		asking->no_memory |= !why;
		fail_inquiry(inquiry, why, false);
		return;
	}
	if (record.publisher.n == 0 && record.history == HISTORY_GIVEN)
		record.publisher = inquiry->record.publisher; /* the document told */
	record.detail = NULL;
	record.kept = false;
	record.has_etag = *response->headers.etag;
	inquiry->record = record;
	inquiry->kept.etag = arena_copy(asking->plan->arena, str_of(response->headers.etag));
	asking->no_memory |= *response->headers.etag && !inquiry->kept.etag.p;
	set_asked(asking, inquiry);
}

static void take_version_answer(void *context, const struct http_request *request, struct http_response *response)
{
	struct asking *asking = context;
	struct inquiry *inquiry = request->context;
	inquiry->authorized = request->authorization;
	if (response->outcome == HTTP_ANSWER && response->code == 200)
		take_manifest(asking, inquiry, response);
	else if (response->outcome == HTTP_ANSWER && response->code == 304 && inquiry->kept.found)
		set_asked(asking, inquiry);
	else if (is_missing(response) || (response->outcome == HTTP_ANSWER && response->code == 405))
		inquiry->missing = detail_of(asking, response);
	else
		fail_inquiry(inquiry, detail_of(asking, response), response->retryable);
	count_done(asking);
}

/* ---- a package's document ---------------------------------------------------------------- */

static void gone(struct asking *asking, struct inquiry *inquiry, const char *detail)
{
	bool secret = inquiry->kept.name.p[0] == '@' && !inquiry->authorized;
	const char *text = detail;
	if (secret)
		text = arena_printf(asking->plan->arena, "%s; no login was sent, which a private package needs", detail).p;
	asking->no_memory |= !text;
	inquiry->record = (struct registry_record){ .state = RECORD_GONE, .detail = text, .published = DATE_NONE };
	set_asked(asking, inquiry);
	inquiry->kept.changed = !secret; /* who logs in next must not be told the same */
}

static void fail_history(struct inquiry *inquiry, const char *detail, bool retryable)
{
	if (inquiry->record.history == HISTORY_GIVEN)
		return;
	inquiry->record.history = HISTORY_UNREACHABLE;
	inquiry->record.history_detail = detail;
	inquiry->record.history_retryable = retryable;
}

/* The document cannot be had: what each of its versions is left with. */
static void fail_document(struct reading *reading, const char *detail, bool missing, bool retryable)
{
	struct asking *asking = reading->asking;
	for (size_t i = 0; i < reading->document->inquiries.n; i++) {
		struct inquiry *inquiry = asking->plan->inquiries.v[reading->document->inquiries.v[i]];
		if (inquiry->missing && missing)
			gone(asking, inquiry, inquiry->missing);
		else if (inquiry->missing)
			fail_inquiry(inquiry, detail, retryable);
		if (inquiry->wants_history)
			fail_history(inquiry, detail, retryable);
	}
}

static void settle_question(struct asking *asking, struct inquiry *inquiry, const struct document_question *question)
{
	if (inquiry->missing && !question->listed)
		gone(asking, inquiry, inquiry->missing);
	else if (inquiry->missing && question->why)
		fail_inquiry(inquiry, question->why, false);
	else if (inquiry->missing)
		set_asked(asking, inquiry);
	else
		inquiry->kept.changed = true;
}

static enum http_take take_document(void *context, uint64_t at, struct str bytes)
{
	struct reading *reading = context;
	if (at == 0) {
		document_answer_fini(&reading->answer);
		if (!document_answer_begin(&reading->answer)) {
			reading->answer.no_memory = true;
			return HTTP_FAILED;
		}
	}
	return document_add(&reading->answer.reader, bytes) ? HTTP_MORE : HTTP_FAILED;
}

static void take_document_answer(void *context, const struct http_request *request, struct http_response *response)
{
	struct asking *asking = context;
	struct reading *reading = request->context;
	struct document_answer *answer = &reading->answer;
	bool arrived = (response->outcome == HTTP_ANSWER && response->code == 200) || response->outcome == HTTP_NOT_TAKEN;
	if (arrived && answer->scratch && document_answer_end(answer)) {
		for (size_t i = 0; i < answer->question_count; i++)
			settle_question(asking, asking->plan->inquiries.v[reading->document->inquiries.v[i]], &answer->questions[i]);
	} else if (arrived) {
		asking->no_memory |= answer->no_memory;
		fail_document(reading, answer->why ? answer->why : "answered with something else than a package's document", false, false);
	} else {
		fail_document(reading, detail_of(asking, response), is_missing(response), response->retryable);
	}
	document_answer_fini(answer);
	count_done(asking);
}

/* ---- asking -------------------------------------------------------------------------------- */

static enum status queue(struct asking *asking, struct http_request request, struct error *err)
{
	struct npm_access access = { 0 };
	const struct npm_settings *settings = asking->plan->options->settings;
	enum status status = settings ? npm_access_find(settings, request.url, asking->plan->arena, &access, err) : STATUS_OK;
	if (status)
		return status;
	request.accept = "application/json";
	request.authorization = access.authorization;
	request.authorized = access.authorized;
	request.route = access.route;
	asking->total++;
	return http_add(asking->http, &request) ? STATUS_OK : error_memory(err);
}

static enum status queue_versions(struct asking *asking, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < asking->plan->inquiries.n && !status; i++) {
		struct inquiry *inquiry = asking->plan->inquiries.v[i];
		struct http_request request = { .url = inquiry->url, .max_bytes = LIMIT_RECORD_BYTES, .context = inquiry };
		if (inquiry->kept.found && inquiry->kept.etag.n && inquiry->record.state == RECORD_FOUND)
			request.if_none_match = inquiry->kept.etag.p;
		if (inquiry->ask)
			status = queue(asking, request, err);
	}
	return status;
}

bool inquiry_needs_document(const struct inquiry *inquiry)
{
	const struct registry_record *record = &inquiry->record;
	return inquiry->missing || (inquiry->wants_history && record->state == RECORD_FOUND && record->history != HISTORY_GIVEN);
}

static enum status queue_document(struct asking *asking, struct document *document, struct error *err)
{
	struct arena *arena = asking->plan->arena;
	struct reading *reading = arena_alloc(arena, sizeof *reading);
	struct document_question *questions = arena_array(arena, document->inquiries.n, sizeof *questions);
	if (!reading || !questions)
		return error_memory(err);
	*reading = (struct reading){ .asking = asking, .document = document };
	reading->answer.arena = arena;
	reading->answer.name = document->name;
	reading->answer.questions = questions;
	reading->answer.question_count = document->inquiries.n;
	for (size_t i = 0; i < document->inquiries.n; i++) {
		struct inquiry *inquiry = asking->plan->inquiries.v[document->inquiries.v[i]];
		questions[i] = (struct document_question){ .version = inquiry->kept.version, .wants_manifest = inquiry->missing, .record = &inquiry->record };
	}
	return queue(asking, (struct http_request){ .url = document->url, .max_bytes = LIMIT_DOCUMENT_BYTES, .take = take_document, .context = reading }, err);
}

static enum status queue_documents(struct asking *asking, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < asking->plan->documents.n && !status; i++) {
		struct document *document = asking->plan->documents.v[i];
		bool needed = false;
		for (size_t k = 0; k < document->inquiries.n; k++)
			needed |= inquiry_needs_document(asking->plan->inquiries.v[document->inquiries.v[k]]);
		if (needed)
			status = queue_document(asking, document, err);
	}
	return status;
}

static enum status run(struct asking *asking, unsigned parallel, enum status (*fill)(struct asking *asking, struct error *err),
		       void (*done)(void *context, const struct http_request *request, struct http_response *response), struct error *err)
{
	const struct record_options *options = asking->plan->options;
	const struct http_options how = {
		.allowed_origins = options->allowed_origins,
		.user_agent = options->user_agent ? options->user_agent : "assay/" ASSAY_VERSION,
		.parallel = parallel,
		.tries = options->tries ? options->tries : LIMIT_HTTP_TRIES,
		.backoff_ms = options->backoff_ms ? options->backoff_ms : DEFAULT_BACKOFF_MS,
		.connect_timeout_ms = DEFAULT_CONNECT_MS,
		.timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS,
	};
	asking->done = asking->total = 0;
	asking->http = http_new(&how, err);
	if (!asking->http)
		return err ? err->status : STATUS_MEMORY;
	enum status status = fill(asking, err);
	if (!status)
		status = http_run(asking->http, done, asking, err);
	http_free(asking->http);
	return !status && asking->no_memory ? error_memory(err) : status;
}

enum status ask_records(struct records_plan *plan, struct error *err)
{
	struct asking asking = { .plan = plan };
	bool any = false, documents = false;
	for (size_t i = 0; i < plan->inquiries.n; i++)
		any |= plan->inquiries.v[i]->ask;
	enum status status = any ? run(&asking, PARALLEL_VERSIONS, queue_versions, take_version_answer, err) : STATUS_OK;
	for (size_t i = 0; i < plan->inquiries.n; i++)
		documents |= inquiry_needs_document(plan->inquiries.v[i]);
	if (!status && documents)
		status = run(&asking, PARALLEL_DOCUMENTS, queue_documents, take_document_answer, err);
	return status;
}
