/*
 * The JSON reader. One pass over the text with an explicit stack: the depth of the input never becomes depth of the C stack.
 * Strings are views into the text unless they hold an escape.
 */
#include "assay/json.h"
#include "assay/limits.h"

struct parser {
	struct str text;
	size_t at;
	uint32_t line;
	size_t line_start;
	unsigned flags;
	struct arena *arena;
	struct json *nodes; /* the next of those allocated together, closer than the arena would lay them */
	size_t nodes_left, slab;
	size_t duplicates;
	struct error *err;
};

static uint32_t column_of(const struct parser *p, size_t at)
{
	return (uint32_t)(at - p->line_start + 1);
}

static int peek(const struct parser *p)
{
	return p->at < p->text.n ? (unsigned char)p->text.p[p->at] : -1;
}

/* What stands at the parser's place, for people. */
static enum status unexpected(struct parser *p, const char *expected)
{
	int c = peek(p);
	uint32_t column = column_of(p, p->at);
	if (c < 0)
		return error_at(p->err, STATUS_INVALID, p->line, column, "the text ends here; expected %s", expected);
	if (c > ' ' && c < 0x7f)
		return error_at(p->err, STATUS_INVALID, p->line, column, "found '%c', expected %s", c, expected);
	return error_at(p->err, STATUS_INVALID, p->line, column, "found byte 0x%02x, expected %s", (unsigned)c,
	                expected);
}

static enum status skip_comment(struct parser *p)
{
	struct str rest = str_from(p->text, p->at);
	if (str_starts_with(rest, STR("//"))) {
		p->at += str_find(rest, '\n');
		return STATUS_OK;
	}
	if (!str_starts_with(rest, STR("/*")))
		return unexpected(p, "a comment");
	uint32_t line = p->line, column = column_of(p, p->at);
	for (p->at += 2; p->at + 1 < p->text.n; p->at++) {
		if (p->text.p[p->at] == '*' && p->text.p[p->at + 1] == '/') {
			p->at += 2;
			return STATUS_OK;
		}
		if (p->text.p[p->at] == '\n') {
			p->line++;
			p->line_start = p->at + 1;
		}
	}
	return error_at(p->err, STATUS_INVALID, line, column, "this comment never ends");
}

/* To the next byte that means something. */
static enum status skip_blanks(struct parser *p)
{
	for (; p->at < p->text.n; p->at++) {
		char c = p->text.p[p->at];
		if (c == '\n') {
			p->line++;
			p->line_start = p->at + 1;
			while (p->at + 1 < p->text.n && p->text.p[p->at + 1] == ' ')
				p->at++;
		} else if (c == '/' && p->flags & JSON_RELAXED) {
			enum status status = skip_comment(p);
			if (status)
				return status;
			p->at--;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
	}
	return STATUS_OK;
}

/* Four hex digits at `at`. */
static bool hex_unit(struct str s, size_t at, uint32_t *out)
{
	uint32_t unit = 0;
	if (at + 4 > s.n)
		return false;
	for (size_t i = 0; i < 4; i++) {
		int digit = ascii_hex_value((unsigned char)s.p[at + i]);
		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*out = unit;
	return true;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The code point behind "\u" at raw[*at]; moves *at behind it. NULL or why it is none. */
static const char *unicode_escape(struct str raw, size_t *at, uint32_t *code)
{
	if (!hex_unit(raw, *at, code))
		return "\\u takes four hexadecimal digits";
	*at += 4;
	if (*code >= 0xdc00 && *code <= 0xdfff)
		return "a low surrogate stands alone";
	if (*code < 0xd800 || *code > 0xdbff)
		return NULL;
	uint32_t low;
	if (!str_starts_with(str_from(raw, *at), STR("\\u")) || !hex_unit(raw, *at + 2, &low) ||
	    low < 0xdc00 || low > 0xdfff)
		return "a high surrogate stands alone";
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	*at += 6;
	return NULL;
}

/* What a string without its quotes stands for. An escape is never shorter than what it stands for, so raw.n bytes are enough. */
static const char *unescape(struct str raw, char *out, size_t *length)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;
	for (size_t i = 0; i < raw.n;) {
		if (raw.p[i] != '\\') {
			out[n++] = raw.p[i++];
			continue;
		}
		char name = i + 1 < raw.n ? raw.p[i + 1] : '\0';
		const char *known = name ? strchr(names, name) : NULL;
		i += 2;
		if (known) {
			out[n++] = values[known - names];
			continue;
		}
		uint32_t code;
		const char *why = name == 'u' ? unicode_escape(raw, &i, &code) : "an escape that JSON does not know";
		if (why)
			return why;
		n += put_utf8(out + n, code);
	}
	*length = n;
	return NULL;
}

/* Behind the opening quote: to the closing one. */
static enum status find_quote(struct parser *p, bool *escaped, bool *ascii)
{
	for (;; p->at++) {
		p->at += str_plain_length((struct str){ p->text.p + p->at, p->text.n - p->at });
		int c = peek(p);
		if (c == '"')
			return STATUS_OK;
		if (c == '\\') {
			*escaped = true;
			c = ++p->at < p->text.n ? c : -1;
		}
		if (c < ' ')
			return unexpected(p, c < 0 ? "the string's closing quote" : "no control byte inside a string");
		*ascii &= c < 0x80;
	}
}

/* At the opening quote. */
static enum status parse_string(struct parser *p, struct str *out)
{
	size_t start = ++p->at;
	bool escaped = false, ascii = true;
	enum status status = find_quote(p, &escaped, &ascii);
	if (status)
		return status;
	struct str raw = { p->text.p + start, p->at - start };
	uint32_t column = column_of(p, start);
	p->at++;
	if (!ascii && !utf8_is_valid(raw))
		return error_at(p->err, STATUS_INVALID, p->line, column, "this string is not valid UTF-8");
	if (escaped) {
		char *copy = arena_alloc(p->arena, raw.n + 1);
		size_t n = 0;
		if (!copy)
			return error_memory(p->err);
		const char *why = unescape(raw, copy, &n);
		if (why)
			return error_at(p->err, STATUS_INVALID, p->line, column, "in this string: %s", why);
		raw = (struct str){ copy, n };
	}
	*out = raw;
	return STATUS_OK;
}

static size_t skip_digits(struct parser *p)
{
	size_t start = p->at;
	while (p->at < p->text.n && ascii_is_digit((unsigned char)p->text.p[p->at]))
		p->at++;
	return p->at - start;
}

static enum status parse_number(struct parser *p, struct str *out)
{
	size_t start = p->at;
	if (peek(p) == '-')
		p->at++;
	bool zero = peek(p) == '0';
	size_t n = skip_digits(p);
	if (n == 0 || (zero && n > 1)) {
		p->at = n ? p->at - n + 1 : p->at;
		return unexpected(p, n ? "no digit behind a leading zero" : "a digit");
	}
	if (peek(p) == '.') {
		p->at++;
		if (skip_digits(p) == 0)
			return unexpected(p, "a digit");
	}
	if (peek(p) == 'e' || peek(p) == 'E') {
		p->at++;
		if (peek(p) == '+' || peek(p) == '-')
			p->at++;
		if (skip_digits(p) == 0)
			return unexpected(p, "a digit");
	}
	*out = (struct str){ p->text.p + start, p->at - start };
	return STATUS_OK;
}

/* A value that is no object and no array. */
static enum status parse_plain(struct parser *p, struct json *value)
{
	static const struct {
		struct str word;
		enum json_type type;
	} words[] = { { { "null", 4 }, JSON_NULL }, { { "true", 4 }, JSON_TRUE }, { { "false", 5 }, JSON_FALSE } };
	int c = peek(p);
	if (c == '"') {
		value->type = JSON_STRING;
		return parse_string(p, &value->text);
	}
	if (c == '-' || (c >= '0' && c <= '9')) {
		value->type = JSON_NUMBER;
		return parse_number(p, &value->text);
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_starts_with(str_from(p->text, p->at), words[i].word)) {
			value->type = words[i].type;
			p->at += words[i].word.n;
			return STATUS_OK;
		}
	}
	return unexpected(p, "a value");
}

/* ---- duplicate keys ------------------------------------------------------ */

static enum status duplicate_key(struct parser *p, const struct json *first, const struct json *again)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(256);
	buf_add_visible(&key, str_head(again->key, 100));
	return error_at(p->err, STATUS_INVALID, again->key_line, again->key_column,
	                "the key \"%.*s\" stands twice in one object, first in line %u", STR_ARG(buf_str(&key)),
	                first->key_line);
}

/* The last of equal keys counts, as in JavaScript: takes the marked ones out. */
static void drop_marked(struct parser *p, struct json *object, const struct json *marked[], size_t n)
{
	size_t at = 0;
	struct json **link = &object->child;
	while (*link) {
		if (at < n && *link == marked[at]) {
			*link = (*link)->next;
			object->count--;
			p->duplicates++;
			at++;
		} else {
			link = &(*link)->next;
		}
	}
}

enum { FEW_KEYS = 12 };

/* Few members: compare each with each. */
static enum status check_few_keys(struct parser *p, struct json *object)
{
	const struct json *marked[FEW_KEYS];
	size_t n = 0;
	for (const struct json *a = object->child; a; a = a->next) {
		for (const struct json *b = a->next; b; b = b->next) {
			if (a->key.n != b->key.n || !str_equal(a->key, b->key))
				continue;
			if (p->flags & JSON_UNIQUE_KEYS)
				return duplicate_key(p, a, b);
			marked[n++] = a;
			break;
		}
	}
	if (n)
		drop_marked(p, object, marked, n);
	return STATUS_OK;
}

/* Many: a map from key to the member seen last. */
static enum status check_many_keys(struct parser *p, struct json *object)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *seen = scratch ? map_new(scratch, object->count) : NULL;
	const struct json **members = seen ? arena_array(scratch, object->count, sizeof *members) : NULL;
	bool *dropped = members ? arena_array(scratch, object->count, sizeof *dropped) : NULL;
	if (!dropped)
		return error_memory(p->err);
	size_t i = 0, n = 0, before;
	for (const struct json *member = object->child; member; member = member->next, i++) {
		members[i] = member;
		if (!map_add(seen, member->key, i, &before))
			return error_memory(p->err);
		if (before == i)
			continue;
		if (p->flags & JSON_UNIQUE_KEYS)
			return duplicate_key(p, members[before], member);
		dropped[before] = true;
		map_set(seen, member->key, i);
	}
	for (i = 0; i < object->count; i++)
		if (dropped[i])
			members[n++] = members[i];
	drop_marked(p, object, members, n);
	return STATUS_OK;
}

static enum status check_keys(struct parser *p, struct json *object)
{
	return object->count <= FEW_KEYS ? check_few_keys(p, object) : check_many_keys(p, object);
}

/* ---- the loop --------------------------------------------------------------- */

enum { SLAB_MIN = 2, SLAB_MAX = 512 };

struct level {
	struct json *container;
	struct json **link; /* where the next member or element is hung in */
};

/* A new value at the parser's place, hung into `level` (NULL for the outermost). */
static struct json *new_value(struct parser *p, struct level *level)
{
	if (p->nodes_left == 0) {
		p->nodes = arena_array(p->arena, p->slab, sizeof *p->nodes);
		if (!p->nodes)
			return NULL;
		p->nodes_left = p->slab;
		p->slab = p->slab < SLAB_MAX ? 2 * p->slab : SLAB_MAX;
	}
	struct json *value = p->nodes++;
	p->nodes_left--;
	if (level) {
		*level->link = value;
		level->link = &value->next;
		level->container->count++;
	}
	return value;
}

static enum status parse_key(struct parser *p, struct json *value)
{
	if (peek(p) != '"')
		return unexpected(p, "a key in double quotes or '}'");
	value->key_line = p->line;
	value->key_column = column_of(p, p->at);
	enum status status = parse_string(p, &value->key);
	if (status || (status = skip_blanks(p)))
		return status;
	if (peek(p) != ':')
		return unexpected(p, "':'");
	p->at++;
	return skip_blanks(p);
}

/* Behind a value: either on to the next one (*more), or out of as many containers as end here. */
static enum status close_levels(struct parser *p, struct level *stack, size_t *depth, bool *more)
{
	enum status status;
	*more = false;
	while (*depth) {
		struct json *container = stack[*depth - 1].container;
		char end = container->type == JSON_OBJECT ? '}' : ']';
		if ((status = skip_blanks(p)))
			return status;
		bool comma = peek(p) == ',' && container->count;
		if (comma) {
			p->at++;
			if ((status = skip_blanks(p)))
				return status;
			if (peek(p) != end || !(p->flags & JSON_RELAXED)) {
				*more = true;
				return STATUS_OK;
			}
		} else if (container->count == 0 && peek(p) != end) {
			*more = true;
			return STATUS_OK;
		}
		if (peek(p) != end)
			return unexpected(p, end == '}' ? "',' or '}'" : "',' or ']'");
		p->at++;
		(*depth)--;
		if (container->type == JSON_OBJECT && (status = check_keys(p, container)))
			return status;
	}
	return STATUS_OK;
}

static enum status parse_document(struct parser *p, struct level *stack, struct json **root)
{
	size_t depth = 0;
	bool more = true;
	enum status status = skip_blanks(p);
	while (!status && more) {
		struct level *level = depth ? &stack[depth - 1] : NULL;
		struct json *value = new_value(p, level);
		if (!value)
			return error_memory(p->err);
		if (!level)
			*root = value;
		else if (level->container->type == JSON_OBJECT && (status = parse_key(p, value)))
			return status;
		value->line = p->line;
		value->column = column_of(p, p->at);
		int c = peek(p);
		if (c == '{' || c == '[') {
			if (depth == LIMIT_JSON_DEPTH)
				return error_at(p->err, STATUS_LIMIT, value->line, value->column,
				                "nested deeper than %d levels", LIMIT_JSON_DEPTH);
			p->at++;
			value->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
			stack[depth++] = (struct level){ value, &value->child };
		} else if ((status = parse_plain(p, value))) {
			return status;
		}
		status = close_levels(p, stack, &depth, &more);
	}
	if (status || (status = skip_blanks(p)))
		return status;
	return p->at == p->text.n ? STATUS_OK : unexpected(p, "the end of the text");
}

enum status json_parse(struct str text, unsigned flags, struct arena *arena, struct json **out,
                       size_t *duplicates, struct error *err)
{
	struct parser parser = { .text = text, .line = 1, .flags = flags, .arena = arena, .slab = SLAB_MIN, .err = err };
	struct level *stack = arena_array(arena, LIMIT_JSON_DEPTH, sizeof *stack);
	struct json *root = NULL;
	if (!stack)
		return error_memory(err);
	if (text.n >= UINT32_MAX)
		return error_set(err, STATUS_LIMIT, "larger than 4 GiB");
	if (str_starts_with(text, STR("\xef\xbb\xbf")))
		parser.at = parser.line_start = 3;
	enum status status = parse_document(&parser, stack, &root);
	if (status)
		return error_name_conflict(err, status, text);
	*out = root;
	if (duplicates)
		*duplicates = parser.duplicates;
	return STATUS_OK;
}

/* ---- looking things up -------------------------------------------------------- */

struct json *json_find(const struct json *object, const char *key)
{
	if (!json_is(object, JSON_OBJECT))
		return NULL;
	struct str wanted = str_of(key);
	for (struct json *member = object->child; member; member = member->next)
		if (str_equal(member->key, wanted))
			return member;
	return NULL;
}

bool json_is_true(const struct json *object, const char *key)
{
	return json_is(json_find(object, key), JSON_TRUE);
}

bool json_to_u64(const struct json *json, uint64_t *out)
{
	uint64_t value;
	if (!json_is(json, JSON_NUMBER) || !str_to_u64(json->text, &value) || value > (UINT64_C(1) << 53) - 1)
		return false;
	*out = value;
	return true;
}

const char *json_type_name(enum json_type type)
{
	static const char *const names[] = {
		[JSON_NULL] = "null",       [JSON_FALSE] = "false",     [JSON_TRUE] = "true",
		[JSON_NUMBER] = "a number", [JSON_STRING] = "a string", [JSON_ARRAY] = "an array",
		[JSON_OBJECT] = "an object",
	};
	return names[type];
}
