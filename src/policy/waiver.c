/*
 * Waivers: somebody's word, with a reason and perhaps an end, that a finding shall not count. One that has ended changes
 * nothing but is named beside its finding; an active one is preferred to one that has ended.
 */
#include "assay/limits.h"
#include "policy/model.h"

/* ---- reading ----------------------------------------------------------------------------- */

static enum status read_waiver_id(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "an advisory's id", &waiver->id);
}

static enum status read_waiver_rule(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "a rule", &word);
	if (status || (status = words_find(reader, place_of(value), word, &rule_words, &i)))
		return status;
	waiver->rule = check_rules[i];
	return STATUS_OK;
}

static enum status read_waiver_package(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	struct str text;
	enum status status = reader_text(reader, value, "a package (\"name\", \"name@<2\")", &text);
	if (status)
		return status;
	waiver->package_text = text;
	waiver->package = arena_alloc(reader->arena, sizeof *waiver->package);
	return waiver->package ? package_pattern_read(reader, value, text, waiver->package) : error_memory(reader->err);
}

static enum status read_waiver_path(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	enum status status = reader_text(reader, value, "a path (\"webapp > legacy > **\")", &waiver->path_text);
	if (status)
		return status;
	waiver->path = arena_alloc(reader->arena, sizeof *waiver->path);
	return waiver->path ? path_pattern_read(reader, value, waiver->path) : error_memory(reader->err);
}

static enum status read_waiver_reason(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "a reason", &waiver->reason);
}

static enum status read_waiver_owner(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	return reader_text(reader, value, "a name", &waiver->owner);
}

/* The day itself still counts, by UTC. */
static enum status read_waiver_expires(struct reader *reader, const struct json *value, void *into)
{
	struct waiver *waiver = into;
	int64_t day;
	enum status status = reader_day(reader, value, &day);
	if (status)
		return status;
	waiver->expires = value->text;
	waiver->ends = day + 86400;
	return STATUS_OK;
}

/* OpenVEX's words: https://github.com/openvex/spec, "Status Justifications". */
static const char *justification_word(const void *context, size_t i)
{
	static const char *const words[] = { "component_not_present",
					     "vulnerable_code_not_present",
					     "vulnerable_code_not_in_execute_path",
					     "vulnerable_code_cannot_be_controlled_by_adversary",
					     "inline_mitigations_already_exist",
					     NULL };
	(void)context;
	return words[i];
}

static enum status read_waiver_justification(struct reader *reader, const struct json *value, void *into)
{
	static const struct words words = { "justification", justification_word, NULL };
	struct waiver *waiver = into;
	size_t i;
	enum status status = reader_text(reader, value, "a justification of OpenVEX", &waiver->justification);
	return status ? status : words_find(reader, place_of(value), waiver->justification, &words, &i);
}

static const char *until_word(const void *context, size_t i)
{
	(void)context;
	return i == 0 ? "fix-available" : NULL;
}

static enum status read_waiver_until(struct reader *reader, const struct json *value, void *into)
{
	static const struct words words = { "end", until_word, NULL };
	struct waiver *waiver = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "\"fix-available\"", &word);
	if (status || (status = words_find(reader, place_of(value), word, &words, &i)))
		return status;
	waiver->until_fix = true;
	return STATUS_OK;
}

static const struct key waiver_keys[] = {
	{ "id", read_waiver_id },           { "rule", read_waiver_rule },     { "package", read_waiver_package },
	{ "path", read_waiver_path },       { "reason", read_waiver_reason }, { "owner", read_waiver_owner },
	{ "expires", read_waiver_expires }, { "until", read_waiver_until },   { "justification", read_waiver_justification },
};
static const struct object_type waiver_type = { "a waiver: {\"id\": \"...\", \"reason\": \"...\"}", waiver_keys, sizeof waiver_keys / sizeof *waiver_keys };

static enum status read_waiver(struct reader *reader, const struct json *value, struct waiver *waiver)
{
	*waiver = (struct waiver){ .ends = INT64_MAX, .line = value->line, .layer = reader->layer };
	enum status status = reader_object(reader, value, &waiver_type, waiver);
	if (status)
		return status;
	if (!waiver->reason.p)
		return reader_fail(reader, place_of(value), "this waiver has no \"reason\"");
	if (!waiver->id.p && !waiver->rule && !waiver->package)
		return reader_fail(reader, place_of(value), "this waiver says not what it waives: \"id\", \"rule\" or \"package\" is missing");
	return STATUS_OK;
}

struct str waiver_key(const struct waiver *waiver, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(LIMIT_POLICY_BYTES);
	const struct str parts[] = { waiver->id, waiver->rule ? str_of(waiver->rule->id) : STR_NONE, waiver->package_text, waiver->path_text };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_printf(&key, "%zu:", parts[i].n);
		for (size_t k = 0; k < parts[i].n; k++)
			buf_add_char(&key, i ? parts[i].p[k] : (char)ascii_lower((unsigned char)parts[i].p[k]));
	}
	return key.failed ? STR_NONE : arena_copy(arena, buf_str(&key));
}

/* Two that waive the same contradict each other, by their reasons and ends. */
static enum status refuse_second(struct reader *reader, const struct json *value, size_t number, struct map *seen)
{
	const struct waiver *all = reader->layer->waivers.v;
	struct str key = waiver_key(&all[number], reader->arena);
	size_t first;
	if (!key.p || !map_add(seen, key, number, &first))
		return error_memory(reader->err);
	return first == number ? STATUS_OK :
				 reader_fail(reader, place_of(value), "this waives the same as the waiver in line %u: which of them holds? Keep one",
					     all[first].line);
}

enum status waivers_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of waivers");
	struct map *seen = map_new(reader->arena, value->count);
	enum status status = seen ? STATUS_OK : error_memory(reader->err);
	for (const struct json *item = value->child; item && !status; item = item->next) {
		struct waiver *waiver = vec_add(reader->arena, &layer->waivers);
		status = waiver ? read_waiver(reader, item, waiver) : error_memory(reader->err);
		if (!status)
			status = refuse_second(reader, item, layer->waivers.n - 1, seen);
	}
	return status;
}

/* "GHSA-..., lodash@<4.17.21". */
void waiver_write(const struct waiver *waiver, struct buf *out)
{
	const struct str parts[] = { waiver->id, waiver->rule ? str_of(waiver->rule->id) : STR_NONE, waiver->package_text, waiver->path_text };
	const char *between = "";
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		if (!parts[i].p)
			continue;
		buf_add_z(out, between);
		buf_add(out, parts[i]);
		between = ", ";
	}
}
