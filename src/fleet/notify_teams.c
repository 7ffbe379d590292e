/*
 * A message of Teams' workflows webhooks: one adaptive card, 28 KB at most. What is not ours stands in text runs, which know no Markdown; "{{" would be
 * a date's beginning.
 */
#include "assay/limits.h"
#include "fleet/notify_form.h"

enum { CARD_BYTES = 26 * 1024, PLACES_BYTES = 1500 };

static void escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		buf_add_char(out, text.p[i]);
		if (text.p[i] == '{' && i + 1 < text.n && text.p[i + 1] == '{')
			buf_add_char(out, ' ');
	}
}

struct run {
	struct str text;
	bool bold, subtle, monospace;
	const char *color;
};

static void add_run(struct json_writer *writer, const struct run *run)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(64 * KIB);
	escape(&text, run->text);
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("TextRun"));
	json_add_text(writer, "text", buf_str(&text));
	if (run->bold)
		json_add_text(writer, "weight", STR("Bolder"));
	if (run->subtle)
		json_add_bool(writer, "isSubtle", true);
	if (run->monospace)
		json_add_text(writer, "fontType", STR("Monospace"));
	if (run->color)
		json_add_text(writer, "color", str_of(run->color));
	json_close(writer);
}

static void add_line(struct json_writer *writer, const struct run *runs, size_t count, bool apart)
{
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("RichTextBlock"));
	if (apart)
		json_add_text(writer, "spacing", STR("Medium"));
	json_open_array(writer, "inlines");
	for (size_t i = 0; i < count; i++)
		if (runs[i].text.n)
			add_run(writer, &runs[i]);
	json_close(writer);
	json_close(writer);
}

static enum status add_group(struct json_writer *writer, const struct notify_group *group, struct arena *arena, struct error *err)
{
	CLEANUP(buf_fini) struct buf places = BUF_INIT(64 * KIB);
	bool named = !str_equal(group->problem, group->rule);
	struct str head = arena_printf(arena, "%.*s ", STR_ARG(group->severity));
	struct str rule = arena_printf(arena, "%.*s%s%.*s%s", STR_ARG(group->rule), named ? " " : "", STR_ARG(named ? group->problem : STR("")),
				       group->name.n ? " in " : "");
	struct str package = arena_printf(arena, "%.*s %.*s", STR_ARG(group->name), STR_ARG(group->version));
	struct str below = group->fix.n ? arena_printf(arena, "%.*s · %.*s", STR_ARG(group->title), STR_ARG(group->fix)) : group->title;
	if (!head.p || !rule.p || !package.p || !below.p)
		return error_memory(err);
	notify_write_places(group, PLACES_BYTES, escape, &places);
	const struct run first[] = {
		{ .text = head, .bold = true, .color = "Attention" },
		{ .text = rule },
		{ .text = str_trim(package), .monospace = true, .bold = true },
		{ .text = group->gone == 0               ? STR("") :
			  group->gone == group->findings ? STR(" (gone again)") :
							   STR(" (partly gone again)") },
	};
	add_line(writer, first, sizeof first / sizeof *first, true);
	add_line(writer, &(struct run){ .text = buf_str(&places) }, 1, false);
	if (below.n)
		add_line(writer, &(struct run){ .text = below, .subtle = true }, 1, false);
	return buf_ok(&places, err);
}

static enum status write_card(const struct notify_digest *digest, size_t shown, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct str headline = notify_headline(digest, arena), rest = notify_rest(digest, shown, arena);
	enum status status = writer && headline.p && rest.p ? STATUS_OK : error_memory(err);
	if (status)
		return status;
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("message"));
	json_open_array(writer, "attachments");
	json_open_object(writer, NULL);
	json_add_text(writer, "contentType", STR("application/vnd.microsoft.card.adaptive"));
	json_add_null(writer, "contentUrl");
	json_open_object(writer, "content");
	json_add_text(writer, "$schema", STR("http://adaptivecards.io/schemas/adaptive-card.json"));
	json_add_text(writer, "type", STR("AdaptiveCard"));
	json_add_text(writer, "version", STR("1.4"));
	json_add_text(writer, "fallbackText", headline);
	json_open_array(writer, "body");
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("TextBlock"));
	json_add_text(writer, "size", STR("Medium"));
	json_add_text(writer, "weight", STR("Bolder"));
	json_add_bool(writer, "wrap", true);
	json_add_text(writer, "text", arena_printf(arena, "assay: %.*s", STR_ARG(headline)));
	json_close(writer);
	for (size_t i = 0; i < shown && !status; i++)
		status = add_group(writer, &digest->groups.v[i], arena, err);
	if (rest.n)
		add_line(writer, &(struct run){ .text = rest, .subtle = true }, 1, true);
	for (int open = 0; open < 5; open++) /* body, content, the attachment, all of them, the message */
		json_close(writer);
	return status ? status : json_writer_finish(writer, false, out, err);
}

/* As many groups as fit. */
static enum status write_teams(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct buf *out, struct error *err)
{
	struct notify_digest digest;
	enum status status = notify_digest_read(fleet, message, arena, &digest, err);
	size_t shown = digest.groups.n < NOTIFY_GROUPS ? digest.groups.n : NOTIFY_GROUPS;
	if (!status)
		status = write_card(&digest, shown, arena, out, err);
	while (!status && out->n > CARD_BYTES && shown) {
		shown--;
		buf_clear(out);
		status = write_card(&digest, shown, arena, out, err);
	}
	return status;
}

const struct notify_form notify_teams = { "teams", SIZE_MAX, write_teams };
