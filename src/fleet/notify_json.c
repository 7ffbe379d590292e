/* assay.notify/1 (docs/schema/notify-1.schema.json): every finding with all that is known of it, for programs. */
#include "assay/limits.h"
#include "fleet/notify_form.h"

struct writing {
	struct json_writer *writer;
	const struct fleet_message *message;
	size_t left; /* that may still be written */
};

/* The worst come first. Only what stands can be more than one message holds. */
static enum status write_one(void *context, const struct fleet_news *news, struct error *err)
{
	struct writing *writing = context;
	struct json_writer *writer = writing->writer;
	(void)err;
	if (!writing->left)
		return STATUS_OK;
	writing->left--;
	json_open_object(writer, NULL);
	json_add_text(writer, "why", notify_stands(writing->message, news) ? STR("stands") : news->why);
	json_add_date(writer, "at", news->at);
	json_open_object(writer, "finding");
	fleet_finding_write_json(writer, &news->finding);
	json_close(writer);
	json_close(writer);
	return STATUS_OK;
}

static enum status write_json(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	(void)arena;
	if (!writer)
		return error_memory(err);
	json_begin_document(writer, "assay.notify/1");
	json_add_text(writer, "id", message->id);
	json_add_u64(writer, "count", message->count);
	json_add_u64(writer, "left_out", message->count > LIMIT_NOTIFY_NEWS ? message->count - LIMIT_NOTIFY_NEWS : 0);
	json_open_array(writer, "news");
	struct writing writing = { writer, message, LIMIT_NOTIFY_NEWS };
	enum status status = fleet_message_each(fleet, message, write_one, &writing, err);
	return status ? status : json_end_document(writer, false, out, err);
}

const struct notify_form notify_json = { "json", LIMIT_NOTIFY_NEWS, write_json };
