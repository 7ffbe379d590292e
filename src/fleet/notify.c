/* Telling addresses the news: which form each wants, one message at a time to each, all of them side by side. */
#include "assay/limits.h"
#include "assay/notify.h"

#include <stdlib.h>
#include <time.h>

#include "assay/digest.h"
#include "assay/net.h"
#include "fleet/notify_form.h"

enum { PARALLEL = 8 };

static const struct notify_form *const forms[] = { &notify_json, &notify_slack, &notify_teams };

const struct notify_form *notify_form_by_name(struct str name)
{
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
		if (str_equal_z(name, forms[i]->name))
			return forms[i];
	return NULL;
}

const char *notify_form_name(const struct notify_form *form)
{
	return form->name;
}

/* ---- addresses ---------------------------------------------------------------------------- */

static const struct notify_form *form_of_host(struct str origin)
{
	static const struct {
		const char *ending;
		const struct notify_form *form;
	} known[] = {
		{ "://hooks.slack.com", &notify_slack },
		{ ".webhook.office.com", &notify_teams },
		{ ".logic.azure.com", &notify_teams },
		{ ".api.powerplatform.com", &notify_teams },
	};
	size_t port = str_find_last(origin, ':');
	if (port > 5 && port < origin.n) /* behind the scheme's */
		origin = str_head(origin, port);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (str_ends_with(origin, str_of(known[i].ending)))
			return known[i].form;
	return &notify_json;
}

/* The form is part of it: the same address in another form is another reader. */
static struct str channel_of(const struct notify_form *form, struct str url, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(256);
	struct digest digest;
	struct str text = arena_printf(arena, "%s\n%.*s", form->name, STR_ARG(url));
	if (!text.p || !digest_of(DIGEST_SHA256, text, &digest))
		return STR_NONE;
	digest_write_hex(&digest, &hex);
	return hex.failed ? STR_NONE : arena_copy(arena, buf_str(&hex));
}

enum status notify_target_parse(struct str text, const struct notify_form *form, struct arena *arena, struct notify_target *out, struct error *err)
{
	size_t plus = str_find(text, '+'), colon = str_find(text, ':');
	if (plus < colon) {
		form = notify_form_by_name(str_head(text, plus));
		text = str_from(text, plus + 1);
		if (!form)
			return error_set(err, STATUS_USAGE,
					 "an address of notifications begins with https://, json+https://, slack+https:// or teams+https://");
	}
	struct str origin = url_origin(arena, text), url = arena_copy(arena, text);
	if (!origin.p && arena_is_exhausted(arena))
		return error_memory(err);
	if (!origin.p) {
		error_set(err, STATUS_USAGE, "an address of notifications is no http(s) URL, or carries a login");
		error_hint(err, "as in https://hooks.example/T0/B0/secret, or slack+https://…");
		return STATUS_USAGE;
	}
	form = form ? form : form_of_host(origin);
	*out = (struct notify_target){ url.p, origin, channel_of(form, text, arena), form };
	return url.p && out->channel.p ? STATUS_OK : error_memory(err);
}

/* ---- telling ------------------------------------------------------------------------------------ */

struct telling;
struct talk {
	struct telling *telling;
	const struct notify_target *target;
	struct arena *arena; /* of the message at hand */
	struct fleet_message message;
	struct buf body;
	bool over, failed, told; /* told: a message of this run has arrived */
};
struct telling {
	struct fleet *fleet;
	const struct notify_options *options;
	struct talk *talks;
	int64_t begun;
	struct error *err;
	enum status status; /* the store's first failure */
};

/* What is answered is nobody's business, however long it is: that it is accepted is known by then. */
static enum http_take ignore(void *context, uint64_t at, struct str bytes)
{
	(void)context;
	(void)at;
	(void)bytes;
	return HTTP_ENOUGH;
}

static void tell_result(struct talk *talk, bool told, unsigned tries, const char *detail)
{
	const struct notify_options *options = talk->telling->options;
	const struct notify_result result = { talk->target, talk->message.id, talk->message.count, told, tries, detail };
	talk->over |= !told;
	talk->failed |= !told;
	talk->told |= told;
	if (options->result)
		options->result(options->context, &result);
}

static void answered(void *context, const struct http_request *request, struct http_response *response)
{
	struct telling *telling = context;
	struct talk *talk = request->context;
	bool told = response->outcome == HTTP_ANSWER && response->code >= 200 && response->code < 300;
	struct error *err = telling->err;
	if (told && !telling->status)
		telling->status = fleet_message_told(telling->fleet, &talk->message, err);
	tell_result(talk, told, response->tries, response->detail);
}

static int64_t now_ms(void)
{
	struct timespec now = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The next message of a talk is begun in the store, written and queued; none is left: the talk is over. */
static enum status ask_next(struct talk *talk, struct http *http, struct error *err)
{
	struct telling *telling = talk->telling;
	const struct notify_form *form = talk->target->form;
	arena_reset(talk->arena);
	buf_clear(&talk->body);
	enum status status = fleet_message_begin(telling->fleet, talk->target->channel, form->max_news, talk->arena, &talk->message, err);
	talk->over = status || talk->message.count == 0;
	if (!talk->over && talk->told && now_ms() - telling->begun >= (int64_t)telling->options->patience_ms)
		tell_result(talk, false, 0, "it takes too long: the rest waits for the next run");
	if (talk->over)
		return status;
	if ((status = form->write(telling->fleet, &talk->message, talk->arena, &talk->body, err)))
		return status;
	struct str id = arena_copy(talk->arena, talk->message.id);
	const struct http_request request = {
		.url = talk->target->url,
		.content_type = "application/json",
		.idempotency_key = id.p,
		.body = buf_str(&talk->body),
		.max_bytes = SIZE_MAX / 2,
		.take = ignore,
		.context = talk,
	};
	return id.p && http_add(http, &request) ? STATUS_OK : error_memory(err);
}

/* One message to each in a round, until nobody has any left. */
static enum status talk_to_all(struct telling *telling, struct http *http, struct error *err)
{
	for (bool any = true; any && !telling->status;) {
		enum status status = STATUS_OK;
		any = false;
		for (size_t i = 0; i < telling->options->count && !status; i++) {
			struct talk *talk = &telling->talks[i];
			status = talk->over ? STATUS_OK : ask_next(talk, http, err);
			any |= !talk->over;
		}
		if (!status && any)
			status = http_run(http, answered, telling, err);
		if (status)
			return status;
	}
	return telling->status;
}

static struct http *connect(const struct notify_options *options, struct arena *arena, struct error *err)
{
	const char **origins = arena_array(arena, options->count + 1, sizeof *origins);
	for (size_t i = 0; origins && i < options->count; i++)
		origins[i] = arena_copy(arena, options->targets[i].host).p;
	const struct http_options how = {
		.allowed_origins = origins,
		.user_agent = options->user_agent,
		.parallel = options->count < PARALLEL ? (unsigned)options->count : PARALLEL,
		.tries = options->tries,
		.backoff_ms = options->backoff_ms,
		.connect_timeout_ms = options->connect_timeout_ms,
		.timeout_ms = options->timeout_ms,
	};
	if (origins)
		return http_new(&how, err);
	error_memory(err);
	return NULL;
}

enum status notify_tell(struct fleet *fleet, const struct notify_options *options, size_t *untold, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct telling telling = { .fleet = fleet, .options = options, .begun = now_ms(), .err = err };
	*untold = 0;
	if (options->count == 0)
		return STATUS_OK;
	telling.talks = arena ? arena_array(arena, options->count, sizeof *telling.talks) : NULL;
	struct http *http = telling.talks ? connect(options, arena, err) : NULL;
	enum status status = http ? STATUS_OK : telling.talks ? err->status : error_memory(err);
	for (size_t i = 0; telling.talks && i < options->count; i++) {
		struct talk *talk = &telling.talks[i];
		*talk = (struct talk){ .telling = &telling, .target = &options->targets[i], .arena = arena_new(0), .body = BUF_INIT(LIMIT_NOTIFY_BYTES) };
		if (!talk->arena && !status)
			status = error_memory(err);
	}
	if (!status)
		status = talk_to_all(&telling, http, err);
	http_free(http);
	for (size_t i = 0; telling.talks && i < options->count; i++) {
		*untold += telling.talks[i].failed;
		arena_free(telling.talks[i].arena);
		buf_fini(&telling.talks[i].body);
	}
	return status;
}
