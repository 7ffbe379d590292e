/*
 * The JSON reader. One pass over the text with an explicit stack: the depth of the input never becomes depth of the C stack.
 * Strings are views into the text unless they hold an escape.
 */
#include "assay/limits.h"
#include "base/json_parser.h"

enum { SLAB_MIN = 2, SLAB_MAX = 512 };

struct level {
	struct json *container;
	struct json **link; /* where the next member or element is hung in */
};

/* A new value at the parser's place, hung into `level` (NULL for the outermost). */
static struct json *new_value(struct json_parser *p, struct level *level)
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

static enum status parse_key(struct json_parser *p, struct json *value)
{
	if (json_peek(p) != '"')
		return json_unexpected(p, "a key in double quotes or '}'");
	value->key_line = p->line;
	value->key_column = json_column(p, p->at);
	enum status status = json_parse_string(p, &value->key);
	if (status || (status = json_skip_blanks(p)))
		return status;
	if (json_peek(p) != ':')
		return json_unexpected(p, "':'");
	p->at++;
	return json_skip_blanks(p);
}

/* Behind a value: either on to the next one (*more), or out of as many containers as end here. */
static enum status close_levels(struct json_parser *p, struct level *stack, size_t *depth, bool *more)
{
	enum status status;
	*more = false;
	while (*depth) {
		struct json *container = stack[*depth - 1].container;
		char end = container->type == JSON_OBJECT ? '}' : ']';
		if ((status = json_skip_blanks(p)))
			return status;
		bool comma = json_peek(p) == ',' && container->count;
		if (comma) {
			p->at++;
			if ((status = json_skip_blanks(p)))
				return status;
			if (json_peek(p) != end || !(p->flags & JSON_RELAXED)) {
				*more = true;
				return STATUS_OK;
			}
		} else if (container->count == 0 && json_peek(p) != end) {
			*more = true;
			return STATUS_OK;
		}
		if (json_peek(p) != end)
			return json_unexpected(p, end == '}' ? "',' or '}'" : "',' or ']'");
		p->at++;
		(*depth)--;
		if (container->type == JSON_OBJECT && (status = json_check_keys(p, container)))
			return status;
	}
	return STATUS_OK;
}

static enum status parse_document(struct json_parser *p, struct level *stack, struct json **root)
{
	size_t depth = 0;
	bool more = true;
	enum status status = json_skip_blanks(p);
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
		value->column = json_column(p, p->at);
		int c = json_peek(p);
		if (c == '{' || c == '[') {
			if (depth == LIMIT_JSON_DEPTH)
				return error_at(p->err, STATUS_LIMIT, value->line, value->column,
				                "nested deeper than %d levels", LIMIT_JSON_DEPTH);
			p->at++;
			value->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
			stack[depth++] = (struct level){ value, &value->child };
		} else if ((status = json_parse_plain(p, value))) {
			return status;
		}
		status = close_levels(p, stack, &depth, &more);
	}
	if (status || (status = json_skip_blanks(p)))
		return status;
	return p->at == p->text.n ? STATUS_OK : json_unexpected(p, "the end of the text");
}

enum status json_parse(struct str text, unsigned flags, struct arena *arena, struct json **out,
                       size_t *duplicates, struct error *err)
{
	struct json_parser parser = { .text = text, .line = 1, .flags = flags, .arena = arena, .slab = SLAB_MIN, .err = err };
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
