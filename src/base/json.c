/*
 * The JSON reader. One pass over the text with an explicit stack: the depth of the input never becomes depth of the C stack.
 * Strings are views into the text unless they hold an escape.
 */
#include "assay/limits.h"
#include "base/json_parser.h"

enum { SLAB_MIN = 2, SLAB_MEMBER = 16, SLAB_MAX = 512 };

struct level {
	struct json *container;
	struct json **link; /* where the next member or element is hung in */
};

/* A new value at the parser's place, hung into `level` (NULL for the outermost). */
static struct json *new_value(struct json_parser *p, struct level *level)
{
	struct json_slab *slab = p->nodes;
	if (slab->left == 0) {
		slab->next = arena_array(slab->arena, slab->size, sizeof *slab->next);
		if (!slab->next)
			return NULL;
		slab->left = slab->size;
		slab->size = slab->size < SLAB_MAX ? 2 * slab->size : SLAB_MAX;
	}
	struct json *value = slab->next++;
	slab->left--;
	if (level) {
		*level->link = value;
		level->link = &value->next;
		level->container->count++;
	}
	return value;
}

/* ---- members that are taken one by one --------------------------------------------------- */

static void begin_member(struct json_parser *p)
{
	arena_reset(p->passing.arena);
	p->passing = (struct json_slab){ .arena = p->passing.arena, .size = SLAB_MEMBER };
	p->nodes = &p->passing;
}

/* The member that became whole; there is none where the object has just begun. */
static enum status take_member(struct json_parser *p, const struct json *document, struct level *level)
{
	struct json *member = level->container->child;
	if (!member)
		return STATUS_OK;
	p->nodes = &p->kept;
	level->container->child = NULL;
	level->link = &level->container->child;
	return p->taker->take(p->taker->context, document, member);
}

static bool is_taken(const struct json_parser *p, const struct json *value, size_t depth)
{
	return p->taker && !p->taken && depth == 1 && value->type == JSON_OBJECT && str_equal_z(value->key, p->taker->key);
}

/* ---- containers ---------------------------------------------------------------------------- */

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
		if (container == p->taken && (status = take_member(p, stack->container, &stack[*depth - 1])))
			return status;
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
		if (container->type == JSON_OBJECT && container != p->taken && (status = json_check_keys(p, container)))
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
		bool taking = level && level->container == p->taken;
		if (taking)
			begin_member(p);
		struct json *value = new_value(p, level);
		if (!value)
			return error_memory(p->err);
		if (!level)
			*root = value;
		else if (level->container->type == JSON_OBJECT && (status = parse_key(p, value)))
			return status;
		if (taking && p->taker->expect)
			p->taker->expect(p->taker->context, value->key);
		value->line = p->line;
		value->column = json_column(p, p->at);
		int c = json_peek(p);
		if (c == '{' || c == '[') {
			if (depth == LIMIT_JSON_DEPTH)
				return error_at(p->err, STATUS_LIMIT, value->line, value->column, "nested deeper than %d levels", LIMIT_JSON_DEPTH);
			p->at++;
			value->type = c == '{' ? JSON_OBJECT : JSON_ARRAY;
			p->taken = is_taken(p, value, depth) ? value : p->taken;
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

static enum status parse(struct json_parser *p, struct json **out)
{
	struct level *stack = arena_array(p->arena, LIMIT_JSON_DEPTH, sizeof *stack);
	struct json *root = NULL;
	if (!stack)
		return error_memory(p->err);
	if (p->text.n >= UINT32_MAX)
		return error_set(p->err, STATUS_LIMIT, "larger than 4 GiB");
	if (str_starts_with(p->text, STR("\xef\xbb\xbf")))
		p->at = p->line_start = 3;
	p->line = 1;
	p->kept = (struct json_slab){ .arena = p->arena, .size = SLAB_MIN };
	p->nodes = &p->kept;
	enum status status = parse_document(p, stack, &root);
	if (status)
		return error_name_conflict(p->err, status, p->text);
	*out = root;
	return STATUS_OK;
}

enum status json_parse(struct str text, unsigned flags, struct arena *arena, struct json **out, size_t *duplicates, struct error *err)
{
	struct json_parser parser = { .text = text, .flags = flags, .arena = arena, .err = err };
	enum status status = parse(&parser, out);
	if (!status && duplicates)
		*duplicates = parser.duplicates;
	return status;
}

enum status json_parse_taking(struct str text, unsigned flags, struct arena *arena, const struct json_taker *taker, struct json **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *passing = arena_new(0);
	struct json_parser parser = { .text = text, .flags = flags, .arena = arena, .passing = { .arena = passing }, .taker = taker, .err = err };
	return passing ? parse(&parser, out) : error_memory(err);
}
