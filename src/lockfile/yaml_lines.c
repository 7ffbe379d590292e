/*
 * The YAML that pnpm and yarn berry write, line by line: block mappings and sequences of one-line scalars, flow collections of scalars,
 * blanks for indentation. With libyaml, which can read everything, a lockfile takes three times as long.
 *
 * It never judges. What is not plainly of this kind (anchors, tags, escapes, texts of several lines, an indentation that does not fit, a key
 * that stands twice, anything malformed) is left to libyaml, which then reads the whole text. What is accepted gives the nodes that
 * libyaml gives, places included; tests/lockfile/test_yaml.c compares the two on whole and on damaged lockfiles.
 */
#include "assay/limits.h"
#include "lockfile/yaml_private.h"

/* What a byte may be: inside a plain scalar, inside one in a flow collection, the first of one, inside a quoted one. */
enum { IN_BLOCK = 1, IN_FLOW = 2, FIRST = 4, IN_QUOTES = 8 };

/* libyaml looks for a key's colon no further than 1,024 characters. */
enum { KEY_MAX = 1000 };

/* A mapping or a sequence, or (the outermost) the stream. */
struct level {
	struct json *container;
	struct json **link; /* where the next member or element is hung in */
	size_t indent;
};

struct reader {
	const char *p;
	size_t n, at;
	uint32_t line;
	size_t line_start;
	bool all_text, wide; /* wide: the scalar just read has characters of several bytes, so that columns behind it differ */
	struct yaml_nodes *nodes;
	struct json *awaiting; /* a member or a document whose value begins in a line further on */
	size_t depth;          /* the stream is level 0 */
	uint8_t classes[256];
	struct level levels[LIMIT_YAML_DEPTH + 1];
};

static void set_classes(struct reader *r)
{
	static const struct {
		const char *bytes;
		uint8_t class;
	} sets[] = {
		{ "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./^~+$(_<", IN_BLOCK | IN_FLOW | FIRST | IN_QUOTES },
		{ "!%&)*-;=>@\\`|", IN_BLOCK | IN_FLOW | IN_QUOTES },
		{ ",?[]{}", IN_BLOCK | IN_QUOTES },
		{ " :#", IN_QUOTES },
		{ "\"'", IN_BLOCK | IN_FLOW },
	};
	for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
		for (const char *byte = sets[i].bytes; *byte; byte++)
			r->classes[(unsigned char)*byte] = sets[i].class;
}

static int byte_at(const struct reader *r, size_t at)
{
	return at < r->n ? (unsigned char)r->p[at] : '\n';
}

static bool is_line_end(const struct reader *r, size_t at)
{
	return byte_at(r, at) == '\n' || (byte_at(r, at) == '\r' && byte_at(r, at + 1) == '\n');
}

static uint32_t column_of(const struct reader *r, size_t at)
{
	return (uint32_t)(at - r->line_start + 1);
}

/* ---- scalars ------------------------------------------------------------------------------ */

/* The length of a character of several bytes that means nothing to YAML; 0 for any other (line breaks, C1 controls, marks). */
static size_t wide_character(struct reader *r, size_t at)
{
	uint32_t code = 0;
	size_t n = utf8_next((struct str){ r->p + at, r->n - at }, &code);
	bool special = code < 0xa0 || code == 0x2028 || code == 0x2029 || code == 0xfeff || code == 0xfffe || code == 0xffff;
	r->wide = true;
	return n > 1 && !special ? n : 0;
}

static bool read_plain(struct reader *r, unsigned class, struct str *out)
{
	size_t start = r->at, at = start;
	if (!(r->classes[(unsigned char)byte_at(r, at)] & FIRST))
		return false;
	for (;;) {
		while (at < r->n && r->classes[(unsigned char)r->p[at]] & class)
			at++;
		int c = byte_at(r, at), next = byte_at(r, at + 1);
		if (c == ':' && r->classes[next] & class) {
			at++;
		} else if (c == '#' && byte_at(r, at - 1) != ' ') {
			at++;
		} else if (c == ' ' && (r->classes[next] & class || next >= 0x80)) {
			at++;
		} else if (c >= 0x80) {
			size_t n = wide_character(r, at);
			if (n == 0)
				return false;
			at += n;
		} else {
			break;
		}
	}
	*out = (struct str){ r->p + start, at - start };
	r->at = at;
	return true;
}

/* 'it''s' → it's */
static bool undouble(struct reader *r, struct str *text)
{
	char *copy = arena_alloc(r->nodes->arena, text->n);
	size_t n = 0;
	for (size_t i = 0; copy && i < text->n; i++) {
		copy[n++] = text->p[i];
		i += text->p[i] == '\'';
	}
	*text = (struct str){ copy, n };
	return copy;
}

static bool read_quoted(struct reader *r, struct str *out)
{
	char quote = r->p[r->at];
	size_t start = ++r->at, at = start;
	bool doubled = false;
	for (;;) {
		while (at < r->n && r->classes[(unsigned char)r->p[at]] & IN_QUOTES)
			at++;
		int c = byte_at(r, at);
		if (c == quote && quote == '\'' && byte_at(r, at + 1) == quote) {
			doubled = true;
			at += 2;
		} else if (c == quote) {
			break;
		} else if (c == '\'' || c == '"') {
			at++;
		} else {
			size_t n = c >= 0x80 ? wide_character(r, at) : 0;
			if (n == 0)
				return false;
			at += n;
		}
	}
	*out = (struct str){ r->p + start, at - start };
	r->at = at + 1;
	/* In double quotes a backslash begins an escape. */
	if (quote == '"' && str_find(*out, '\\') < out->n)
		return false;
	return !doubled || undouble(r, out);
}

static bool read_scalar(struct reader *r, unsigned class, struct str *out, bool *plain)
{
	int c = byte_at(r, r->at);
	*plain = c != '\'' && c != '"';
	return *plain ? read_plain(r, class, out) : read_quoted(r, out);
}

/* ---- nodes -------------------------------------------------------------------------------- */

static struct json *add_node(struct reader *r, struct level *level)
{
	struct json *node = yaml_new_node(r->nodes);
	if (!node)
		return NULL;
	*level->link = node;
	level->link = &node->next;
	level->container->count++;
	return node;
}

static struct level *open_level(struct reader *r, struct json *container, enum json_type type, size_t indent)
{
	if (r->depth == LIMIT_YAML_DEPTH)
		return NULL;
	container->type = type;
	container->line = r->line;
	container->column = column_of(r, r->at);
	struct level *level = &r->levels[++r->depth];
	*level = (struct level){ container, &container->child, indent };
	return level;
}

static bool close_level(struct reader *r)
{
	const struct json *container = r->levels[r->depth--].container;
	return container->type != JSON_OBJECT || !yaml_check_keys(container, NULL);
}

/* A member's key and the colon behind it. */
static bool read_key(struct reader *r, struct level *level, unsigned class, struct json **out)
{
	size_t start = r->at;
	struct json *member = add_node(r, level);
	bool plain;
	if (!member)
		return false;
	member->key_line = r->line;
	member->key_column = column_of(r, start);
	if (!read_scalar(r, class, &member->key, &plain) || r->wide || r->at - start > KEY_MAX || byte_at(r, r->at) != ':')
		return false;
	r->at++;
	*out = member;
	return true;
}

static bool read_text(struct reader *r, unsigned class, struct json *value)
{
	bool plain;
	struct str text;
	value->line = r->line;
	value->column = column_of(r, r->at);
	if (!read_scalar(r, class, &text, &plain))
		return false;
	value->type = plain && !r->all_text ? yaml_plain_type(text) : JSON_STRING;
	if (value->type == JSON_STRING)
		value->text = text;
	return true;
}

/* {a: b, 'c': d} or [a, b], of scalars, as it is written by machines. */
static bool read_flow(struct reader *r, struct json *value)
{
	bool object = r->p[r->at] == '{';
	struct level *level = open_level(r, value, object ? JSON_OBJECT : JSON_ARRAY, 0);
	char end = object ? '}' : ']';
	if (!level)
		return false;
	r->at++;
	while (byte_at(r, r->at) != end) {
		struct json *item;
		if (!object && !(item = add_node(r, level)))
			return false;
		if (object && (!read_key(r, level, IN_FLOW, &item) || byte_at(r, r->at++) != ' '))
			return false;
		if (!read_text(r, IN_FLOW, item) || r->wide)
			return false;
		if (byte_at(r, r->at) == ',' && byte_at(r, r->at + 1) == ' ' && byte_at(r, r->at + 2) != end)
			r->at += 2;
		else if (byte_at(r, r->at) != end)
			return false;
	}
	r->at++;
	return close_level(r);
}

/* To the end of the line. */
static bool read_value(struct reader *r, struct json *value)
{
	int c = byte_at(r, r->at);
	bool fine = c == '{' || c == '[' ? read_flow(r, value) : read_text(r, IN_BLOCK, value);
	r->wide = false;
	return fine && is_line_end(r, r->at);
}

/* ---- lines -------------------------------------------------------------------------------- */

static bool read_member(struct reader *r, struct level *level)
{
	struct json *member;
	if (!read_key(r, level, IN_BLOCK, &member))
		return false;
	if (is_line_end(r, r->at)) {
		r->awaiting = member;
		return true;
	}
	return byte_at(r, r->at++) == ' ' && read_value(r, member);
}

static bool read_item(struct reader *r, struct level *level)
{
	if (byte_at(r, r->at) != '-' || byte_at(r, r->at + 1) != ' ')
		return false;
	struct json *item = add_node(r, level);
	r->at += 2;
	return item && read_value(r, item);
}

/* The level that a line with this indentation belongs to; NULL where it fits none. */
static struct level *find_level(struct reader *r, size_t indent)
{
	struct level *level = &r->levels[r->depth];
	if (r->awaiting) { /* it begins further in than what it belongs to; nothing at all would be null */
		if (r->depth ? indent <= level->indent : indent > 0)
			return NULL;
		struct json *container = r->awaiting;
		r->awaiting = NULL;
		return open_level(r, container, byte_at(r, r->at) == '-' ? JSON_ARRAY : JSON_OBJECT, indent);
	}
	for (; r->depth && level->indent > indent; level--)
		if (!close_level(r))
			return NULL;
	return r->depth && level->indent == indent ? level : NULL;
}

static bool begin_document(struct reader *r)
{
	while (r->depth)
		if (!close_level(r))
			return false;
	if (r->awaiting || r->levels[0].container->count == LIMIT_YAML_DOCUMENTS)
		return false;
	r->awaiting = add_node(r, &r->levels[0]);
	return r->awaiting;
}

static bool read_line(struct reader *r)
{
	struct str line = { r->p + r->at, r->n - r->at };
	if (r->at == r->line_start && str_starts_with(line, STR("---")) && is_line_end(r, r->at + 3)) {
		r->at += 3;
		return begin_document(r);
	}
	if (r->at == r->line_start && byte_at(r, r->at) == '<') /* a merge conflict's marker, perhaps */
		return false;
	if (r->levels[0].container->count == 0 && !begin_document(r))
		return false;
	struct level *level = find_level(r, r->at - r->line_start);
	if (!level)
		return false;
	return level->container->type == JSON_OBJECT ? read_member(r, level) : read_item(r, level);
}

/* A line of its own; what stands in it must still be text. */
static bool skip_comment(struct reader *r)
{
	while (r->at < r->n && r->p[r->at] >= ' ' && r->p[r->at] < 0x7f)
		r->at++;
	return true;
}

static bool read_lines(struct reader *r)
{
	for (;; r->at++, r->line++) {
		r->line_start = r->at;
		while (r->at < r->n && r->p[r->at] == ' ')
			r->at++;
		bool fine = is_line_end(r, r->at) || (r->p[r->at] == '#' ? skip_comment(r) : read_line(r));
		if (!fine || !is_line_end(r, r->at))
			return false;
		r->at += byte_at(r, r->at) == '\r';
		if (r->at >= r->n)
			break;
	}
	while (r->depth)
		if (!close_level(r))
			return false;
	return !r->awaiting && r->levels[0].container->count;
}

bool yaml_parse_lines(struct str text, unsigned flags, struct yaml_nodes *nodes, struct json **documents)
{
	struct json *all = arena_alloc(nodes->arena, sizeof *all);
	struct reader r = { .p = text.p, .n = text.n, .line = 1, .all_text = flags & YAML_ALL_TEXT, .nodes = nodes };
	if (!all)
		return false;
	*all = (struct json){ .type = JSON_ARRAY, .line = 1, .column = 1 };
	r.levels[0] = (struct level){ .container = all, .link = &all->child };
	set_classes(&r);
	if (!read_lines(&r))
		return false;
	*documents = all;
	return true;
}
