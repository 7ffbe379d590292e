/*
 * The state between two bytes is all that this reader has: how deep it is, whether within a string, and what it is collecting. Two lists of
 * versions, or two of dates, in one document are one too many: readers would part company over which counts.
 */
#include "assay/json.h"
#include "registry/document.h"

bool document_begin(struct document_reader *reader)
{
	reader->scratch = arena_new(0);
	buf_init(&reader->key, LIMIT_RECORD_KEY_BYTES);
	buf_init(&reader->value, LIMIT_RECORD_BYTES);
	reader->depth = reader->level = 0;
	reader->string = reader->escaped = reader->in_value = reader->wanted = false;
	reader->listed = reader->timed = reader->ended = reader->failed = false;
	return reader->scratch;
}

void document_fini(struct document_reader *reader)
{
	arena_free(reader->scratch);
	buf_fini(&reader->key);
	buf_fini(&reader->value);
	reader->scratch = NULL;
}

bool document_is_whole(const struct document_reader *reader)
{
	return reader->ended && !reader->failed && !reader->string;
}

/* ---- brackets --------------------------------------------------------------- */

static bool push(struct document_reader *reader, char c)
{
	unsigned at = reader->depth / 8, bit = 1u << reader->depth % 8;
	if (reader->depth >= LIMIT_DOCUMENT_DEPTH)
		return false;
	reader->opened[at] = (unsigned char)(c == '{' ? reader->opened[at] | bit : reader->opened[at] & ~bit);
	reader->depth++;
	return true;
}

static bool pop(struct document_reader *reader, char c)
{
	if (reader->depth == 0)
		return false;
	reader->depth--;
	bool object = reader->opened[reader->depth / 8] >> reader->depth % 8 & 1;
	return object == (c == '}');
}

/* ---- members -------------------------------------------------------------------- */

static bool is_blank(struct str text)
{
	return str_trim(text).n == 0;
}

/* Bytes between two marks, of which only some matter. */
static bool take(struct document_reader *reader, struct str bytes)
{
	if (reader->depth == 0)
		return is_blank(bytes);
	if (reader->depth == reader->level && !reader->in_value)
		buf_add(&reader->key, bytes);
	else if (reader->wanted)
		buf_add(&reader->value, bytes);
	return !reader->key.failed && !reader->value.failed;
}

static bool read_key(struct document_reader *reader)
{
	struct json *json;
	arena_reset(reader->scratch);
	if (json_parse(buf_str(&reader->key), 0, reader->scratch, &json, NULL, NULL) || !json_is(json, JSON_STRING))
		return false;
	reader->name = json->text;
	bool name = str_equal_z(json->text, "name"), time = str_equal_z(json->text, "time");
	bool again = reader->level == 1 && time && reader->timed;
	reader->timed |= reader->level == 1 && time;
	reader->wanted = reader->level == 2 || name || time;
	reader->in_value = true;
	return !again;
}

static bool end_member(struct document_reader *reader)
{
	bool going = reader->in_value || is_blank(buf_str(&reader->key));
	if (reader->in_value && reader->wanted)
		going = (reader->level == 2 ? reader->version : reader->member)(reader->context, reader->name, buf_str(&reader->value));
	reader->in_value = reader->wanted = false;
	buf_clear(&reader->key);
	buf_clear(&reader->value);
	return going;
}

static bool begin_versions(struct document_reader *reader)
{
	bool again = reader->listed;
	reader->listed = true;
	reader->level = 2;
	reader->in_value = false;
	buf_clear(&reader->key);
	return !again && push(reader, '{');
}

/* ---- marks ------------------------------------------------------------------------ */

static bool open_bracket(struct document_reader *reader, char c)
{
	if (reader->depth == 0) {
		bool first = !reader->ended && reader->level == 0 && c == '{';
		reader->level = 1;
		return first && push(reader, c);
	}
	if (reader->depth == reader->level && !reader->in_value)
		return false;
	if (reader->depth == 1 && c == '{' && str_equal_z(reader->name, "versions"))
		return begin_versions(reader);
	return push(reader, c) && take(reader, (struct str){ &c, 1 });
}

static bool close_bracket(struct document_reader *reader, char c)
{
	if (reader->depth != reader->level)
		return take(reader, (struct str){ &c, 1 }) && pop(reader, c);
	if (!end_member(reader) || !pop(reader, c))
		return false;
	/* What `versions` holds was handed over piece by piece. */
	reader->in_value = reader->level == 2;
	reader->level -= reader->level == 2;
	reader->name = STR_NONE;
	reader->ended = reader->depth == 0;
	return true;
}

static bool pass_mark(struct document_reader *reader, char c)
{
	bool ours = reader->depth == reader->level && reader->depth;
	if (c == '{' || c == '[')
		return open_bracket(reader, c);
	if (c == '}' || c == ']')
		return close_bracket(reader, c);
	if (ours && c == ',')
		return end_member(reader);
	if (ours && c == ':' && !reader->in_value)
		return read_key(reader);
	return take(reader, (struct str){ &c, 1 });
}

/* Whether the byte is a mark outside of strings. */
static bool is_mark(struct document_reader *reader, char c)
{
	if (reader->string) {
		bool ends = c == '"' && !reader->escaped;
		reader->escaped = c == '\\' && !reader->escaped;
		reader->string = !ends;
		return false;
	}
	reader->string = c == '"';
	return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':';
}

bool document_add(struct document_reader *reader, struct str bytes)
{
	size_t from = 0;
	for (size_t i = 0; i < bytes.n && !reader->failed; i++) {
		if (!is_mark(reader, bytes.p[i]))
			continue;
		reader->failed = !take(reader, str_head(str_from(bytes, from), i - from)) || !pass_mark(reader, bytes.p[i]);
		from = i + 1;
	}
	if (!reader->failed)
		reader->failed = !take(reader, str_from(bytes, from));
	return !reader->failed;
}
