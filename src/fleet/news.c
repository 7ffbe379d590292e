/* Messages of news: begun in the store before they are sent, ended when they have arrived. */
#include <errno.h>
#include <sys/random.h>

#include "fleet/engine.h"

static enum status make_id(struct arena *arena, struct str *out, struct error *err)
{
	unsigned char random[16];
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64);
	if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
		return error_errno(err, "no random bytes");
	for (size_t i = 0; i < sizeof random; i++)
		buf_printf(&text, "%02x", random[i]);
	*out = text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
	return out->p ? STATUS_OK : error_memory(err);
}

/* The message under way, unless all that it held was taken out of the fleet since; else the next one. */
static enum status choose(struct fleet *fleet, struct kept_channel *channel, size_t max, struct arena *arena, size_t *count, struct error *err)
{
	int64_t last = 0;
	enum status status = channel->sending ? fleet->engine->untold(fleet->state, channel, SIZE_MAX, &last, count, err) : STATUS_OK;
	if (status || *count)
		return status;
	if (channel->sending)
		channel->told = channel->sending;
	channel->sending = 0;
	status = fleet->engine->untold(fleet->state, channel, max, &last, count, err);
	channel->sending = last;
	return status || !*count ? status : make_id(arena, &channel->message, err);
}

static enum status begin(struct fleet *fleet, struct str name, size_t max, struct arena *arena, struct fleet_message *out, struct error *err)
{
	struct kept_channel channel;
	size_t count = 0;
	bool known;
	enum status status = fleet->engine->channel(fleet->state, name, arena, &channel, &known, err);
	if (!status && !known)
		status = fleet_now(fleet, date_now(), &channel.added, err);
	/* All that stands makes one message, however much it is: it is not news. */
	if (!status)
		status = choose(fleet, &channel, known ? max : SIZE_MAX, arena, &count, err);
	if (!status)
		status = fleet->engine->put_channel(fleet->state, name, &channel, err);
	*out = (struct fleet_message){ name, channel.message, channel.added, channel.told, channel.sending, count };
	return status;
}

static enum status end_transaction(struct fleet *fleet, enum status status, struct error *err)
{
	if (!status)
		status = fleet->engine->finish(fleet->state, err);
	if (status)
		fleet->engine->undo(fleet->state);
	return status;
}

enum status fleet_message_begin(struct fleet *fleet, struct str channel, size_t max, struct arena *arena, struct fleet_message *out, struct error *err)
{
	enum status status = fleet->engine->start(fleet->state, err);
	return status ? status : end_transaction(fleet, begin(fleet, channel, max, arena, out, err), err);
}

enum status fleet_message_each(struct fleet *fleet, const struct fleet_message *message,
			       enum status (*each)(void *context, const struct fleet_news *news, struct error *err), void *context, struct error *err)
{
	const struct kept_channel channel = { message->added, message->after, message->last, message->id };
	return fleet->engine->news(fleet->state, &channel, each, context, err);
}

enum status fleet_message_told(struct fleet *fleet, const struct fleet_message *message, struct error *err)
{
	const struct kept_channel channel = { .added = message->added, .told = message->last };
	enum status status = fleet->engine->start(fleet->state, err);
	return status ? status : end_transaction(fleet, fleet->engine->put_channel(fleet->state, message->channel, &channel, err), err);
}
