/*
 * TOML, line by line: a header names the table that the keys below it belong to; a key may name a path of tables itself.
 */
#include "assay/limits.h"
#include "lockfile/toml.h"

/* What is read, and how to find one's way in it without walking along what is there already. */
struct node {
	struct json json;
	struct json *last; /* child */
	struct map *keys;  /* of many members, to their numbers in `members` */
	VEC(struct json *) members;
};
enum { FEW_MEMBERS = 12 };

struct reader {
	struct str text;
	size_t at, line_start;
	uint32_t line;
	unsigned depth;
	struct arena *arena;
	struct error *err;
};

static bool read_value(struct reader *reader, struct json *out);

static bool fail(struct reader *reader, const char *what)
{
	if (!reader->err->status)
		error_at(reader->err, STATUS_INVALID, reader->line, (uint32_t)(reader->at - reader->line_start) + 1, "%s", what);
	return false;
}

/* ---- characters ------------------------------------------------------------------- */

static char peek(const struct reader *reader)
{
	return reader->at < reader->text.n ? reader->text.p[reader->at] : '\0';
}

static bool at_end(const struct reader *reader)
{
	return reader->at >= reader->text.n;
}

static void step(struct reader *reader)
{
	if (reader->text.p[reader->at++] == '\n') {
		reader->line++;
		reader->line_start = reader->at;
	}
}

static bool take(struct reader *reader, char c)
{
	bool here = !at_end(reader) && peek(reader) == c;
	if (here)
		step(reader);
	return here;
}

static bool starts(const struct reader *reader, struct str text)
{
	return str_starts_with(str_from(reader->text, reader->at), text);
}

static void skip_blanks(struct reader *reader)
{
	while (peek(reader) == ' ' || peek(reader) == '\t')
		step(reader);
}

/* Blanks, comments, ends of lines. */
static void skip_lines(struct reader *reader)
{
	while (!at_end(reader)) {
		if (peek(reader) == '#')
			while (!at_end(reader) && peek(reader) != '\n')
				step(reader);
		else if (peek(reader) && strchr(" \t\r\n", peek(reader)))
			step(reader);
		else
			return;
	}
}

static bool end_line(struct reader *reader)
{
	skip_blanks(reader);
	if (peek(reader) == '#')
		while (!at_end(reader) && peek(reader) != '\n')
			step(reader);
	take(reader, '\r');
	return at_end(reader) || take(reader, '\n') || fail(reader, "expected the end of the line");
}

/* ---- strings ------------------------------------------------------------------------- */

static void add_code(struct buf *out, uint32_t code)
{
	if (code < 0x80) {
		buf_add_char(out, (char)code);
	} else if (code < 0x800) {
		buf_add_char(out, (char)(0xc0 | code >> 6));
		buf_add_char(out, (char)(0x80 | (code & 0x3f)));
	} else {
		if (code >= 0x10000) {
			buf_add_char(out, (char)(0xf0 | code >> 18));
			buf_add_char(out, (char)(0x80 | (code >> 12 & 0x3f)));
		} else {
			buf_add_char(out, (char)(0xe0 | code >> 12));
		}
		buf_add_char(out, (char)(0x80 | (code >> 6 & 0x3f)));
		buf_add_char(out, (char)(0x80 | (code & 0x3f)));
	}
}

static bool read_unicode(struct reader *reader, size_t digits, struct buf *out)
{
	uint32_t code = 0;
	for (size_t i = 0; i < digits; i++) {
		int value = ascii_hex_value((unsigned char)peek(reader));
		if (value < 0)
			return fail(reader, "expected hexadecimal digits");
		code = code << 4 | (uint32_t)value;
		step(reader);
	}
	if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return fail(reader, "this escape is no character");
	add_code(out, code);
	return true;
}

static bool read_escape(struct reader *reader, bool multiline, struct buf *out)
{
	static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";
	char c = peek(reader);
	const char *simple = c ? strchr(from, c) : NULL;
	if (multiline && c && strchr(" \t\r\n", c)) {
		while (!at_end(reader) && strchr(" \t\r\n", peek(reader)) && peek(reader))
			step(reader);
		return true;
	}
	if (!simple && c != 'u' && c != 'U')
		return fail(reader, "an escape that TOML does not have");
	step(reader);
	if (!simple)
		return read_unicode(reader, c == 'u' ? 4 : 8, out);
	buf_add_char(out, to[simple - from]);
	return true;
}

/* `quote` is ' or ", once or three times. */
static bool read_string(struct reader *reader, struct str *out)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_CONFIG_BYTES);
	char quote = peek(reader);
	struct str three = quote == '"' ? STR("\"\"\"") : STR("'''");
	bool multiline = starts(reader, three);
	struct str end = multiline ? three : str_head(three, 1);
	for (size_t i = 0; i < end.n; i++)
		step(reader);
	if (multiline && (take(reader, '\n') || (starts(reader, STR("\r\n")) && take(reader, '\r'))))
		take(reader, '\n');
	while (!starts(reader, end)) {
		char c = peek(reader);
		if (at_end(reader) || (c == '\n' && !multiline))
			return fail(reader, "this string is never closed");
		step(reader);
		if (c != '\\' || quote == '\'')
			buf_add_char(&text, c);
		else if (!read_escape(reader, multiline, &text))
			return false;
	}
	for (size_t i = 0; i < end.n; i++)
		step(reader);
	/* Two more may stand before the end of a long one. */
	while (multiline && take(reader, quote))
		buf_add_char(&text, quote);
	*out = text.failed ? STR_NONE : arena_copy(reader->arena, buf_str(&text));
	if (!out->p)
		error_memory(reader->err);
	return out->p;
}

/* ---- values -------------------------------------------------------------------------------- */

/* Each one here is a node's. */
static struct node *node_of(struct json *json)
{
	return (struct node *)json;
}

static struct json *add_child(struct reader *reader, struct json *parent)
{
	struct node *node = arena_alloc(reader->arena, sizeof *node), *above = node_of(parent);
	if (!node) {
		error_memory(reader->err);
		return NULL;
	}
	struct json *child = &node->json;
	*(above->last ? &above->last->next : &parent->child) = child;
	above->last = child;
	parent->count++;
	child->line = reader->line;
	child->column = (uint32_t)(reader->at - reader->line_start) + 1;
	return child;
}

static bool is_bare(char c)
{
	return ascii_is_alpha((unsigned char)c) || ascii_is_digit((unsigned char)c) || c == '_' || c == '-';
}

static bool read_key(struct reader *reader, struct str *out)
{
	size_t begin = reader->at;
	if (peek(reader) == '"' || peek(reader) == '\'')
		return read_string(reader, out);
	while (is_bare(peek(reader)))
		step(reader);
	*out = (struct str){ reader->text.p + begin, reader->at - begin };
	return out->n ? true : fail(reader, "expected a key");
}

/* The member of that name, or NULL. */
static struct json *find_member(struct json *object, struct str key)
{
	const struct node *node = node_of(object);
	size_t at;
	if (node->keys)
		return map_find(node->keys, key, &at) ? node->members.v[at] : NULL;
	for (struct json *member = object->child; member; member = member->next)
		if (str_equal(member->key, key))
			return member;
	return NULL;
}

static bool index_member(struct reader *reader, struct node *node, struct json *member)
{
	struct json **slot = vec_add(reader->arena, &node->members);
	if (!slot)
		return false;
	*slot = member;
	return map_set(node->keys, member->key, node->members.n - 1);
}

/* Of few members each is looked at. */
static bool index_members(struct reader *reader, struct node *node, struct json *added)
{
	if (node->keys)
		return index_member(reader, node, added);
	if (node->json.count <= FEW_MEMBERS)
		return true;
	bool fine = (node->keys = map_new(reader->arena, 0)) != NULL;
	for (struct json *member = node->json.child; member && fine; member = member->next)
		fine = index_member(reader, node, member);
	return fine;
}

static struct json *add_member(struct reader *reader, struct json *object, struct str key)
{
	struct json *member = add_child(reader, object);
	if (!member)
		return NULL;
	member->key = key;
	member->key_line = member->line;
	member->key_column = member->column;
	if (index_members(reader, node_of(object), member))
		return member;
	error_memory(reader->err);
	return NULL;
}

/* One step of a path: the table of that name, made if need be; of an array of tables the last one. */
static struct json *enter(struct reader *reader, struct json *table, struct str key)
{
	struct json *next = find_member(table, key);
	if (!next) {
		if ((next = add_member(reader, table, key)))
			next->type = JSON_OBJECT;
		return next;
	}
	if (next->type == JSON_ARRAY)
		next = node_of(next)->last;
	if (!next || next->type != JSON_OBJECT) {
		fail(reader, "this key has a value already, and is no table");
		return NULL;
	}
	return next;
}

/* "a.b.c": the table that holds the last key. */
static struct json *read_path(struct reader *reader, struct json *table, struct str *last)
{
	unsigned steps = 0;
	while (table && read_key(reader, last)) {
		skip_blanks(reader);
		if (!take(reader, '.'))
			return table;
		skip_blanks(reader);
		if (++steps > LIMIT_YAML_DEPTH) {
			error_set(reader->err, STATUS_LIMIT, "tables are more than %d deep", LIMIT_YAML_DEPTH);
			return NULL;
		}
		table = enter(reader, table, *last);
	}
	return NULL;
}

static bool read_pair(struct reader *reader, struct json *table)
{
	struct str key;
	struct json *holder = read_path(reader, table, &key);
	if (!holder)
		return false;
	if (find_member(holder, key))
		return fail(reader, "this key stands twice");
	struct json *member = add_member(reader, holder, key);
	if (!member)
		return false;
	if (!take(reader, '='))
		return fail(reader, "expected '='");
	skip_blanks(reader);
	return read_value(reader, member);
}

static bool read_array(struct reader *reader, struct json *out)
{
	out->type = JSON_ARRAY;
	take(reader, '[');
	for (skip_lines(reader); !take(reader, ']'); skip_lines(reader)) {
		struct json *element = add_child(reader, out);
		if (!element || !read_value(reader, element))
			return false;
		skip_lines(reader);
		if (!take(reader, ',') && peek(reader) != ']')
			return fail(reader, "expected ',' or ']'");
	}
	return true;
}

static bool read_inline_table(struct reader *reader, struct json *out)
{
	out->type = JSON_OBJECT;
	take(reader, '{');
	skip_blanks(reader);
	while (!take(reader, '}')) {
		if (!read_pair(reader, out))
			return false;
		skip_blanks(reader);
		if (!take(reader, ',') && peek(reader) != '}')
			return fail(reader, "expected ',' or '}'");
		skip_blanks(reader);
	}
	return true;
}

/* Numbers, dates, true and false: their text is all that is asked for. */
static bool read_bare(struct reader *reader, struct json *out)
{
	size_t begin = reader->at;
	while (is_bare(peek(reader)) || (peek(reader) && strchr("+.:", peek(reader))))
		step(reader);
	out->type = JSON_STRING;
	out->text = (struct str){ reader->text.p + begin, reader->at - begin };
	return out->text.n ? true : fail(reader, "expected a value");
}

static bool read_value(struct reader *reader, struct json *out)
{
	char c = peek(reader);
	bool fine;
	out->line = reader->line;
	out->column = (uint32_t)(reader->at - reader->line_start) + 1;
	if (++reader->depth > LIMIT_YAML_DEPTH) {
		error_set(reader->err, STATUS_LIMIT, "values are more than %d deep", LIMIT_YAML_DEPTH);
		return false;
	}
	if (c == '"' || c == '\'') {
		out->type = JSON_STRING;
		fine = read_string(reader, &out->text);
	} else if (c == '[') {
		fine = read_array(reader, out);
	} else {
		fine = c == '{' ? read_inline_table(reader, out) : read_bare(reader, out);
	}
	reader->depth--;
	return fine;
}

/* ---- headers ---------------------------------------------------------------------------------- */

/* "[a.b]", "[[a.b]]". */
static struct json *read_header(struct reader *reader, struct json *top)
{
	struct str key;
	take(reader, '[');
	bool element = take(reader, '[');
	skip_blanks(reader);
	struct json *holder = read_path(reader, top, &key), *table;
	if (!holder)
		return NULL;
	if (!take(reader, ']') || (element && !take(reader, ']'))) {
		fail(reader, "expected ']'");
		return NULL;
	}
	if (!element)
		return enter(reader, holder, key);
	struct json *array = find_member(holder, key);
	if (!array && (array = add_member(reader, holder, key)))
		array->type = JSON_ARRAY;
	if (array && array->type != JSON_ARRAY)
		fail(reader, "this key is no array of tables");
	table = array && array->type == JSON_ARRAY ? add_child(reader, array) : NULL;
	if (table)
		table->type = JSON_OBJECT;
	return table;
}

enum status toml_parse(struct str text, struct arena *arena, struct json **out, struct error *err)
{
	struct error own = { 0 };
	struct reader reader = { .text = text, .line = 1, .arena = arena, .err = err ? err : &own };
	struct node *node = arena_alloc(arena, sizeof *node);
	*reader.err = (struct error){ .status = STATUS_OK };
	if (!node)
		return error_memory(reader.err);
	struct json *top = &node->json, *table = top;
	top->type = JSON_OBJECT;
	top->line = top->column = 1;
	if (!utf8_is_valid(text))
		return error_set(reader.err, STATUS_INVALID, "this is no UTF-8");
	for (skip_lines(&reader); !at_end(&reader); skip_lines(&reader)) {
		bool fine = peek(&reader) == '[' ? (table = read_header(&reader, top)) != NULL : read_pair(&reader, table);
		if (!fine || !end_line(&reader))
			return reader.err->status;
	}
	*out = top;
	return STATUS_OK;
}
