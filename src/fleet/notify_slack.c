/*
 * A message of Slack's incoming webhooks: blocks, at most 50, of at most 3,000 characters each. In mrkdwn nothing but &, < and > can be escaped, so
 * whatever is not ours stands in code, where no other mark means anything, or in plain text.
 */
#include "fleet/notify_form.h"

enum { SECTION_MAX = 3000, OURS_MAX = 300 };

static void escape(struct buf *out, struct str text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '&')
			buf_add_z(out, "&amp;");
		else if (text.p[i] == '<')
			buf_add_z(out, "&lt;");
		else if (text.p[i] == '>')
			buf_add_z(out, "&gt;");
		else
			buf_add_char(out, text.p[i]);
	}
}

/* `like this`: what would end it becomes another quotation mark. */
static void add_code(struct buf *out, struct str text)
{
	buf_add_char(out, '`');
	for (size_t i = 0; i < text.n; i++)
		escape(out, text.p[i] == '`' ? STR("'") : str_head(str_from(text, i), 1));
	buf_add_char(out, '`');
}

static void add_text(struct json_writer *writer, const char *key, const char *type, struct str text)
{
	json_open_object(writer, key);
	json_add_text(writer, "type", str_of(type));
	json_add_text(writer, "text", text);
	if (strcmp(type, "mrkdwn") == 0)
		json_add_bool(writer, "verbatim", true);
	else
		json_add_bool(writer, "emoji", false);
	json_close(writer);
}

/* A line in small letters below. */
static void add_context(struct json_writer *writer, struct str plain)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SECTION_MAX);
	escape(&text, plain);
	if (!plain.n || text.failed)
		return;
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("context"));
	json_open_array(writer, "elements");
	add_text(writer, NULL, "plain_text", buf_str(&text));
	json_close(writer);
	json_close(writer);
}

/* "*critical* malware `MAL-2025-1` in `chalk 5.6.1`, and where". Names at their longest, each character escaped, leave room for places. */
static enum status add_group(struct json_writer *writer, const struct notify_group *group, struct arena *arena, struct error *err)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SECTION_MAX);
	struct str package = arena_printf(arena, "%.*s %.*s", STR_ARG(group->name), STR_ARG(group->version));
	struct str below = group->fix.n ? arena_printf(arena, "%.*s · %.*s", STR_ARG(group->title), STR_ARG(group->fix)) : group->title;
	if (!package.p || !below.p)
		return error_memory(err);
	buf_add_z(&text, "*");
	escape(&text, group->severity);
	buf_add_z(&text, "* ");
	escape(&text, group->rule);
	if (!str_equal(group->problem, group->rule)) {
		buf_add_char(&text, ' ');
		add_code(&text, group->problem);
	}
	if (str_trim(package).n) {
		buf_add_z(&text, " in ");
		add_code(&text, str_trim(package));
	}
	if (group->gone)
		buf_printf(&text, " (%s)", group->gone == group->findings ? "gone again" : "partly gone again");
	buf_add_char(&text, '\n');
	notify_write_places(group, text.n + OURS_MAX < SECTION_MAX ? SECTION_MAX - OURS_MAX - text.n : 0, add_code, &text);
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("section"));
	add_text(writer, "text", "mrkdwn", buf_str(&text));
	json_close(writer);
	add_context(writer, below);
	return buf_ok(&text, err);
}

static enum status write_slack(struct fleet *fleet, const struct fleet_message *message, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct notify_digest digest;
	enum status status = notify_digest_read(fleet, message, arena, &digest, err);
	struct str headline = status ? STR_NONE : notify_headline(&digest, arena);
	size_t shown = digest.groups.n < NOTIFY_GROUPS ? digest.groups.n : NOTIFY_GROUPS;
	if (status || !writer || !headline.p)
		return status ? status : error_memory(err);
	json_open_object(writer, NULL);
	json_add_text(writer, "text", arena_printf(arena, "assay: %.*s", STR_ARG(headline)));
	json_open_array(writer, "blocks");
	json_open_object(writer, NULL);
	json_add_text(writer, "type", STR("header"));
	add_text(writer, "text", "plain_text", headline);
	json_close(writer);
	for (size_t i = 0; i < shown && !status; i++)
		status = add_group(writer, &digest.groups.v[i], arena, err);
	add_context(writer, notify_rest(&digest, shown, arena));
	json_close(writer);
	json_close(writer);
	return status ? status : json_writer_finish(writer, false, out, err);
}

const struct notify_form notify_slack = { "slack", SIZE_MAX, write_slack };
