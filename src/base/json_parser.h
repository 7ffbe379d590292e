/*
 * What the files of the JSON reader share: where it stands in the text, and what is read there.
 */
#ifndef BASE_JSON_PARSER_H
#define BASE_JSON_PARSER_H

#include "assay/json.h"

/* Nodes that were allocated together, closer than the arena would lay them. */
struct json_slab {
	struct arena *arena;
	struct json *next;
	size_t left;
	size_t size; /* of the next one */
};

struct json_parser {
	struct str text;
	size_t at;
	uint32_t line;
	size_t line_start;
	unsigned flags;
	struct arena *arena;
	struct json_slab kept, passing, *nodes; /* nodes: one of the two */
	const struct json_taker *taker;         /* NULL: all is kept */
	const struct json *taken;               /* the object whose members it gets; NULL before that */
	size_t duplicates;
	struct error *err;
};

static inline uint32_t json_column(const struct json_parser *p, size_t at)
{
	return (uint32_t)(at - p->line_start + 1);
}

static inline int json_peek(const struct json_parser *p)
{
	return p->at < p->text.n ? (unsigned char)p->text.p[p->at] : -1;
}

/* STATUS_INVALID: what stands at the parser's place, for people. */
enum status json_unexpected(struct json_parser *p, const char *expected);
/* To the next byte that means something; nearly always it is there already, or behind one space. */
enum status json_skip_all_blanks(struct json_parser *p);
static inline enum status json_skip_blanks(struct json_parser *p)
{
	int c = json_peek(p);
	if (c == ' ') {
		p->at++;
		c = json_peek(p);
	}
	return c > ' ' && c != '/' ? STATUS_OK : json_skip_all_blanks(p);
}
/* A value that is no object and no array. */
enum status json_parse_plain(struct json_parser *p, struct json *value);
/* One that began at `start` and holds, here, an escape or more than ASCII; or that is none. */
enum status json_parse_unusual_string(struct json_parser *p, size_t start, struct str *out);
/* At the opening quote. */
static inline enum status json_parse_string(struct json_parser *p, struct str *out)
{
	size_t start = p->at + 1;
	struct str rest = str_from(p->text, start);
	size_t n = str_plain_length(rest);
	p->at = start + n;
	if (n == rest.n || rest.p[n] != '"')
		return json_parse_unusual_string(p, start, out);
	p->at++;
	*out = str_head(rest, n);
	return STATUS_OK;
}
/* An object that is whole: its keys that stand twice are refused, or dropped and counted, as the flags say. */
enum status json_check_keys(struct json_parser *p, struct json *object);

#endif
