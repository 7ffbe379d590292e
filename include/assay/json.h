/*
 * json: one reader and one writer for the whole program.
 *
 * The reader is ours, because what is judged by line or was written by an
 * attacker must be read as JavaScript reads it, with positions: RFC 8259, full
 * consumption, exact keys, valid UTF-8, no lone surrogate, `\u0000` kept. A
 * byte order mark at the start is skipped (npm does). Never recursive.
 *
 * A document lives in the caller's arena; strings without escapes are views into the
 * source text, which must outlive it.
 *
 * The writer keeps the order in which members are added and gives the same bytes for the
 * same calls. Text that is not valid UTF-8 is written with U+FFFD in place of each bad byte.
 */
#ifndef ASSAY_JSON_H
#define ASSAY_JSON_H

#include "assay/base.h"

#pragma GCC visibility push(default)

enum json_type {
	JSON_NULL,
	JSON_FALSE,
	JSON_TRUE,
	JSON_NUMBER, /* text holds its digits as written */
	JSON_STRING,
	JSON_ARRAY,
	JSON_OBJECT,
};

struct json {
	enum json_type type;
	uint32_t line, column;         /* of the value's first byte, 1-based; columns count bytes */
	uint32_t key_line, key_column; /* of a member's key; 0 for others */
	uint32_t count;                /* members or elements */
	struct str key;                /* the member's key inside an object */
	struct str text;               /* a string's value, a number's digits */
	struct json *child, *next;     /* first member or element; next sibling */
};

enum json_flags {
	/* Comments (both kinds) and trailing commas are allowed: policies, bun.lock. */
	JSON_RELAXED = 1,
	/* A key that stands twice is an error that names both lines. Without it the last one
	 * counts, as in JavaScript, and each one dropped is counted. */
	JSON_UNIQUE_KEYS = 2,
};

/* STATUS_INVALID with the place, STATUS_LIMIT past LIMIT_JSON_DEPTH, STATUS_MEMORY.
 * `duplicates` (may be NULL) is the number of members dropped for a later one. */
enum status json_parse(struct str text, unsigned flags, struct arena *arena, struct json **out, size_t *duplicates, struct error *err);

/* A large object that is looked at member by member and never held whole: the member `key` of the outermost object. `take` gets each of its
 * members when that is whole, and `document` as far as it was read; a member's nodes are gone afterwards, its texts stay. That a key stands
 * twice there is for `take` to see. What it returns ends the reading, unless it is STATUS_OK. `expect` (may be NULL) is told each key before the
 * value is read: whoever will look it up can have the memory come meanwhile. */
struct json_taker {
	const char *key;
	void (*expect)(void *context, struct str key);
	enum status (*take)(void *context, const struct json *document, const struct json *member);
	void *context;
};
/* As json_parse; of the object of which the members were taken, only `count` is left. */
enum status json_parse_taking(struct str text, unsigned flags, struct arena *arena, const struct json_taker *taker, struct json **out, struct error *err);

/* All of these take NULL for `json` and then find nothing. */
static inline bool json_is(const struct json *json, enum json_type type)
{
	return json && json->type == type;
}

/* The string's value; STR_NONE when it is no string or not there. */
static inline struct str json_text(const struct json *json)
{
	return json_is(json, JSON_STRING) ? json->text : STR_NONE;
}

struct json *json_find(const struct json *object, const char *key);

static inline struct str json_find_text(const struct json *object, const char *key)
{
	return json_text(json_find(object, key));
}

bool json_is_true(const struct json *object, const char *key);
/* The same values in the same order, wherever they stand. Takes NULL. */
bool json_equal(const struct json *a, const struct json *b);
/* Integers from 0 to 2^53 - 1, written without fraction or exponent. */
bool json_to_u64(const struct json *json, uint64_t *out);
const char *json_type_name(enum json_type type); /* "a string", "an object", … */
#define json_each(item, parent) for (const struct json *item = (parent) ? (parent)->child : NULL; item; item = item->next)

struct json_writer;
struct json_writer *json_writer_new(void); /* NULL: out of memory */
void json_writer_free(struct json_writer *writer);
void json_writer_cleanup(struct json_writer **writer);
/* `key` is NULL inside an array and for the outermost value. Failure sticks until finish. */
void json_open_object(struct json_writer *writer, const char *key);
void json_open_array(struct json_writer *writer, const char *key);
void json_close(struct json_writer *writer);
void json_add_text(struct json_writer *writer, const char *key, struct str value);
/* Null when value.p is NULL. */
void json_add_text_or_null(struct json_writer *writer, const char *key, struct str value);
void json_add_u64(struct json_writer *writer, const char *key, uint64_t value);
/* One decimal: 75 is written 7.5. */
void json_add_tenths(struct json_writer *writer, const char *key, int tenths);
/* With up to 15 significant digits. */
void json_add_number(struct json_writer *writer, const char *key, double value);
void json_add_bool(struct json_writer *writer, const char *key, bool value);
void json_add_null(struct json_writer *writer, const char *key);
/* "2026-11-26T09:00:00Z"; null for DATE_NONE. */
void json_add_date(struct json_writer *writer, const char *key, int64_t date);
/* A document of ours: an object that says by which schema it is, and stays open; what is still open is closed at the end. */
void json_begin_document(struct json_writer *writer, const char *schema);
enum status json_end_document(struct json_writer *writer, bool pretty, struct buf *out, struct error *err);
/* Appends the document and a newline. `pretty` spreads it over lines. Everything must be closed. */
enum status json_writer_finish(struct json_writer *writer, bool pretty, struct buf *out, struct error *err);

#pragma GCC visibility pop
#endif
