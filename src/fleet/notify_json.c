/* assay.notify/1 (docs/schema/notify-1.schema.json): every finding with all that is known of it, for programs. */
#include "assay/limits.h"
#include "fleet/notify_form.h"

static enum status write_one(void *context, const struct fleet_news *news, struct error *err)
{
	struct json_writer *writer = context;
	(void)err;
	json_open_object(writer, NULL);
	json_add_text(writer, "why", news->why);
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
	json_open_array(writer, "news");
	enum status status = fleet_message_each(fleet, message, write_one, writer, err);
	return status ? status : json_end_document(writer, false, out, err);
}

const struct notify_form notify_json = { "json", LIMIT_NOTIFY_NEWS, write_json };
