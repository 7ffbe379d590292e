/*
 * Strict reading: whatever is not known is an error that names file, line, column and the nearest word that would have done.
 *
 * The line itself is shown where the file is a policy by its name, or the user named it (load.c). A pull request can make
 * assay.policy.json a link to any other file, or extend one, whose lines must not reach a public log.
 */
#include <stdio.h>

#include "policy/model.h"

struct place place_of(const struct json *value)
{
	return (struct place){ value->line, value->column };
}

struct place place_of_key(const struct json *member)
{
	return (struct place){ member->key_line, member->key_column };
}

enum status(reader_fail)(const struct reader *reader, struct place place, const char *format, ...)
{
	char text[768];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (place.line)
		error_at(reader->err, STATUS_USAGE, place.line, place.column, "%s", text);
	else
		error_set(reader->err, STATUS_USAGE, "%s", text);
	if (reader->path)
		error_wrap(reader->err, "%s", reader->path);
	if (reader->layer)
		error_show_line(reader->err, reader->layer->shown);
	return STATUS_USAGE;
}

enum status reader_fail_type(const struct reader *reader, const struct json *value, const char *expected)
{
	return reader_fail(reader, place_of(value), "found %s, expected %s", json_type_name(value->type), expected);
}

const char *reader_quote(const struct reader *reader, struct str text)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(1024);
	buf_add_visible(&visible, str_head(text, 60));
	if (text.n > 60)
		buf_add_z(&visible, "...");
	const char *copy = arena_copy(reader->arena, buf_str(&visible)).p;
	return copy ? copy : "?";
}

/* ---- words --------------------------------------------------------------------- */

static void fail_word(const struct reader *reader, struct place place, struct str text, const struct words *words)
{
	enum { FEW = 12 };
	CLEANUP(buf_fini) struct buf known = BUF_INIT(sizeof reader->err->hint - 64);
	const char *nearest = word_nearest(text, words->at, words->context), *word;
	size_t count = 0;
	for (; (word = words->at(words->context, count)); count++)
		buf_printf(&known, "%s%s", count ? ", " : "", word);
	if (nearest)
		reader_fail(reader, place, "unknown %s \"%s\"; did you mean \"%s\"?", words->what, reader_quote(reader, text), nearest);
	else
		reader_fail(reader, place, "unknown %s \"%s\"", words->what, reader_quote(reader, text));
	/* Who meant one word does not want to read forty. */
	if (count <= FEW || !nearest)
		error_hint(reader->err, "known here: %.*s", STR_ARG(buf_str(&known)));
}

enum status words_find(const struct reader *reader, struct place place, struct str text, const struct words *words, size_t *out)
{
	const char *word;
	for (size_t i = 0; (word = words->at(words->context, i)); i++) {
		if (str_equal_z(text, word)) {
			*out = i;
			return STATUS_OK;
		}
	}
	fail_word(reader, place, text, words);
	return STATUS_USAGE;
}

static const char *rule_word(const void *context, size_t i)
{
	(void)context;
	return check_rules[i] ? check_rules[i]->id : NULL;
}

static const char *level_word(const void *context, size_t i)
{
	(void)context;
	return i <= LEVEL_ERROR ? rule_level_name((enum rule_level)i) : NULL;
}

static const char *preset_word(const void *context, size_t i)
{
	(void)context;
	return presets[i].name;
}

static const char *condition_word(const void *context, size_t i)
{
	(void)context;
	return condition_types[i].name;
}

const struct words rule_words = { "rule", rule_word, NULL }, level_words = { "level", level_word, NULL },
		   preset_words = { "preset", preset_word, NULL }, condition_words = { "condition", condition_word, NULL };

/* ---- shapes --------------------------------------------------------------------- */

static const char *key_word(const void *context, size_t i)
{
	const struct object_type *type = context;
	return i < type->count ? type->keys[i].name : NULL;
}

enum status reader_object(struct reader *reader, const struct json *value, const struct object_type *type, void *into)
{
	const struct words keys = { "key", key_word, type };
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, type->what);
	json_each(member, value) {
		size_t i;
		enum status status = words_find(reader, place_of_key(member), member->key, &keys, &i);
		if (status || (status = type->keys[i].read(reader, member, into)))
			return status;
	}
	return STATUS_OK;
}

enum status reader_text(const struct reader *reader, const struct json *value, const char *expected, struct str *out)
{
	if (!json_is(value, JSON_STRING))
		return reader_fail_type(reader, value, expected);
	if (str_trim(value->text).n == 0)
		return reader_fail(reader, place_of(value), "found an empty string, expected %s", expected);
	*out = value->text;
	return STATUS_OK;
}

enum status reader_duration(const struct reader *reader, const struct json *value, int64_t *out)
{
	struct str text;
	enum status status = reader_text(reader, value, "a duration (\"48h\", \"7d\")", &text);
	if (status)
		return status;
	if (!duration_parse(text, out))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a duration: a number and s, m, h, d or w", reader_quote(reader, text));
	return STATUS_OK;
}

enum status reader_day(const struct reader *reader, const struct json *value, int64_t *out)
{
	struct str text;
	enum status status = reader_text(reader, value, "a day (\"2027-01-31\")", &text);
	if (status)
		return status;
	if (text.n != 10 || !date_parse(text, out))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a day that exists (\"2027-01-31\")", reader_quote(reader, text));
	return STATUS_OK;
}

enum status reader_each_text(struct reader *reader, const struct json *value, const char *expected,
			     enum status (*read)(struct reader *reader, const struct json *value, void *into), void *into)
{
	struct str text;
	enum status status;
	if (!json_is(value, JSON_ARRAY))
		return (status = reader_text(reader, value, expected, &text)) ? status : read(reader, value, into);
	json_each(item, value)
		if ((status = reader_text(reader, item, expected, &text)) || (status = read(reader, item, into)))
			return status;
	return STATUS_OK;
}

struct str layer_origin(const struct reader *reader, const char *format, ...)
{
	CLEANUP(buf_fini) struct buf origin = BUF_INIT(16384);
	char text[256];
	va_list args;
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	buf_add(&origin, reader->layer->label);
	buf_printf(&origin, "%c%s", reader->layer->preset ? '.' : ' ', text);
	return origin.failed ? STR_NONE : arena_copy(reader->arena, buf_str(&origin));
}
