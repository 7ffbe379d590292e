/*
 * The JSON writer: a face over cJSON that writes in the order of the calls, remembers the first failure, and never lets a
 * zero byte cut a string. The only user of cJSON.h.
 */
#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/json.h"

enum { MAX_OPEN = 64 };

struct json_writer {
	cJSON *root;
	cJSON *open[MAX_OPEN];
	size_t depth;
	bool failed;
	struct buf scratch;
};

struct json_writer *json_writer_new(void)
{
	struct json_writer *writer = calloc(1, sizeof *writer);
	if (writer)
		buf_init(&writer->scratch, SIZE_MAX / 2);
	return writer;
}

void json_writer_free(struct json_writer *writer)
{
	if (!writer)
		return;
	cJSON_Delete(writer->root);
	buf_fini(&writer->scratch);
	free(writer);
}

void json_writer_cleanup(struct json_writer **writer)
{
	json_writer_free(*writer);
	*writer = NULL;
}

/* Hangs `item` in, or frees it. */
static void add_item(struct json_writer *writer, const char *key, cJSON *item)
{
	if (!item || writer->failed) {
		writer->failed = true;
		cJSON_Delete(item);
		return;
	}
	cJSON *parent = writer->depth ? writer->open[writer->depth - 1] : NULL;
	bool fine;
	if (!parent) {
		fine = !writer->root;
		if (fine)
			writer->root = item;
	} else if (key) {
		fine = cJSON_IsObject(parent) && cJSON_AddItemToObject(parent, key, item);
	} else {
		fine = cJSON_IsArray(parent) && cJSON_AddItemToArray(parent, item);
	}
	if (!fine) {
		writer->failed = true;
		cJSON_Delete(item);
	}
}

static void open_container(struct json_writer *writer, const char *key, cJSON *item)
{
	add_item(writer, key, item);
	if (!writer->failed && writer->depth < MAX_OPEN)
		writer->open[writer->depth++] = item;
	else
		writer->failed = true;
}

void json_open_object(struct json_writer *writer, const char *key)
{
	open_container(writer, key, cJSON_CreateObject());
}

void json_open_array(struct json_writer *writer, const char *key)
{
	open_container(writer, key, cJSON_CreateArray());
}

void json_close(struct json_writer *writer)
{
	if (writer->depth)
		writer->depth--;
	else
		writer->failed = true;
}

/* cJSON takes a zero-terminated string and copies it byte for byte: what is malformed or zero becomes U+FFFD first. */
static const char *clean(struct json_writer *writer, struct str s)
{
	struct buf *buf = &writer->scratch;
	buf_clear(buf);
	if (utf8_is_valid(s) && !(s.n && memchr(s.p, '\0', s.n))) {
		buf_add(buf, s);
		s = STR_NONE;
	}
	for (size_t i = 0; i < s.n;) {
		uint32_t code = 0;
		size_t n = utf8_next(str_from(s, i), &code);
		if (n && code)
			buf_add(buf, str_head(str_from(s, i), n));
		else
			buf_add(buf, STR("\xef\xbf\xbd"));
		i += n ? n : 1;
	}
	buf_add_char(buf, '\0');
	return buf->failed ? NULL : buf->p;
}

void json_add_text(struct json_writer *writer, const char *key, struct str value)
{
	const char *text = clean(writer, value);
	add_item(writer, key, text ? cJSON_CreateString(text) : NULL);
}

void json_add_text_or_null(struct json_writer *writer, const char *key, struct str value)
{
	if (value.p)
		json_add_text(writer, key, value);
	else
		json_add_null(writer, key);
}

void json_add_u64(struct json_writer *writer, const char *key, uint64_t value)
{
	/* As text: cJSON prints doubles with 15 digits when those seem enough. */
	char digits[24];
	snprintf(digits, sizeof digits, "%" PRIu64, value);
	add_item(writer, key, cJSON_CreateRaw(digits));
}

void json_add_tenths(struct json_writer *writer, const char *key, int tenths)
{
	add_item(writer, key, cJSON_CreateNumber(tenths / 10.0));
}

void json_add_number(struct json_writer *writer, const char *key, double value)
{
	add_item(writer, key, cJSON_CreateNumber(value));
}

void json_add_bool(struct json_writer *writer, const char *key, bool value)
{
	add_item(writer, key, cJSON_CreateBool(value));
}

void json_add_null(struct json_writer *writer, const char *key)
{
	add_item(writer, key, cJSON_CreateNull());
}

void json_add_date(struct json_writer *writer, const char *key, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE) {
		json_add_null(writer, key);
		return;
	}
	date_format(date, text);
	json_add_text(writer, key, str_of(text));
}

enum status json_writer_finish(struct json_writer *writer, bool pretty, struct buf *out, struct error *err)
{
	if (writer->failed || writer->depth || !writer->root)
		return error_memory(err);
	char *text = pretty ? cJSON_Print(writer->root) : cJSON_PrintUnformatted(writer->root);
	if (!text)
		return error_memory(err);
	buf_add_z(out, text);
	buf_add_char(out, '\n');
	cJSON_free(text);
	return buf_ok(out, err);
}

void json_begin_document(struct json_writer *writer, const char *schema)
{
	json_open_object(writer, NULL);
	json_add_text(writer, "schema", str_of(schema));
}

enum status json_end_document(struct json_writer *writer, bool pretty, struct buf *out, struct error *err)
{
	while (writer->depth)
		json_close(writer);
	return json_writer_finish(writer, pretty, out, err);
}
