/*
 * libyaml's events, built into nodes with an explicit stack: neither the depth of the input nor what it refers to can
 * grow beyond the input. libyaml and libfyaml were measured on real lockfiles and are equally fast; libyaml is the
 * more widespread.
 */
#include <yaml.h>

#include "assay/limits.h"
#include "lockfile/yaml_private.h"

/* A mapping, a sequence, or (the outermost) the stream. */
struct level {
	struct json *container;
	struct json **link;    /* where the next member or element is hung in */
	struct json *awaiting; /* a member whose key was read and whose value comes next */
};

struct reader {
	yaml_parser_t *parser;
	unsigned flags;
	struct str text;
	struct yaml_nodes *nodes;
	struct error *err;
	struct level *stack;
	size_t depth; /* the stream is level 0 */
};

static enum status refuse(struct reader *r, yaml_mark_t at, const char *what)
{
	return error_at(r->err, STATUS_INVALID, (uint32_t)at.line + 1, (uint32_t)at.column + 1, "%s", what);
}

/* ---- nodes ---------------------------------------------------------------------------- */

enum { SLAB_MIN = 2, SLAB_MAX = 512 };

struct yaml_slab {
	struct yaml_slab *next;
	size_t count;
	struct json nodes[];
};

static bool next_slab(struct yaml_nodes *nodes)
{
	struct yaml_slab *last = nodes->last, *slab = last ? last->next : nodes->first;
	if (!slab) {
		size_t count = !last ? SLAB_MIN : last->count < SLAB_MAX ? 2 * last->count : SLAB_MAX;
		slab = arena_alloc(nodes->arena, sizeof *slab + count * sizeof *slab->nodes);
		if (!slab)
			return false;
		slab->count = count;
		*(last ? &last->next : &nodes->first) = slab;
	}
	nodes->last = slab;
	nodes->left = slab->count;
	return true;
}

struct json *yaml_new_node(struct yaml_nodes *nodes)
{
	if (nodes->left == 0 && !next_slab(nodes))
		return NULL;
	struct json *node = &nodes->last->nodes[nodes->last->count - nodes->left--];
	*node = (struct json){ 0 };
	return node;
}

/* ---- duplicate keys -------------------------------------------------------------- */

static enum status duplicate_key(const struct json *first, const struct json *again, struct error *err)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(1024);
	buf_add_visible(&key, str_head(again->key, 100));
	return error_at(err, STATUS_INVALID, again->key_line, again->key_column, "the key \"%.*s\" stands twice in one object, first in line %u",
			STR_ARG(buf_str(&key)), first->key_line);
}

enum { FEW_KEYS = 12 };

/* What stands below "<<" becomes part of the mapping for those that read YAML 1.1 (pnpm does): it would be lost here. */
static bool is_merge_key(const struct json *member)
{
	return member->key.n == 2 && member->key.p[0] == '<' && member->key.p[1] == '<';
}

static enum status refuse_merge_key(const struct json *member, struct error *err)
{
	return error_at(err, STATUS_INVALID, member->key_line, member->key_column, "a merge key (\"<<\"); no package manager writes one");
}

static enum status check_few_keys(const struct json *object, struct error *err)
{
	for (const struct json *a = object->child; a; a = a->next)
		if (is_merge_key(a))
			return refuse_merge_key(a, err);
	for (const struct json *a = object->child; a; a = a->next)
		for (const struct json *b = a->next; b; b = b->next)
			if (a->key.n == b->key.n && str_equal(a->key, b->key))
				return duplicate_key(a, b, err);
	return STATUS_OK;
}

static enum status check_many_keys(const struct json *object, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct map *seen = scratch ? map_new(scratch, object->count) : NULL;
	const struct json **members = seen ? arena_array(scratch, object->count, sizeof *members) : NULL;
	if (!members)
		return error_memory(err);
	size_t n = 0, before;
	json_each(member, object) {
		members[n] = member;
		if (is_merge_key(member))
			return refuse_merge_key(member, err);
		if (!map_add(seen, member->key, n, &before))
			return error_memory(err);
		if (before != n++)
			return duplicate_key(members[before], member, err);
	}
	return STATUS_OK;
}

enum status yaml_check_keys(const struct json *object, struct error *err)
{
	return object->count <= FEW_KEYS ? check_few_keys(object, err) : check_many_keys(object, err);
}

/* ---- values ------------------------------------------------------------------------ */

static struct json *add_node(struct reader *r, struct level *level)
{
	struct json *node = yaml_new_node(r->nodes);
	if (!node) {
		error_memory(r->err);
		return NULL;
	}
	*level->link = node;
	level->link = &node->next;
	level->container->count++;
	return node;
}

/* Where the value that begins at `at` goes. NULL with an error set. */
static struct json *place_value(struct reader *r, yaml_mark_t at)
{
	struct level *level = &r->stack[r->depth];
	struct json *value = level->awaiting;
	if (!value && level->container->type == JSON_OBJECT) {
		refuse(r, at, "a key that is a mapping or a sequence, expected text");
		return NULL;
	}
	if (!value && !(value = add_node(r, level)))
		return NULL;
	level->awaiting = NULL;
	value->line = (uint32_t)at.line + 1;
	value->column = (uint32_t)at.column + 1;
	return value;
}

static enum status refuse_tag(struct reader *r, const yaml_event_t *event, const yaml_char_t *tag)
{
	return tag ? refuse(r, event->start_mark, "a tag (\"!…\"); no package manager writes one") : STATUS_OK;
}

static enum status open_container(struct reader *r, const yaml_event_t *event, enum json_type type, const yaml_char_t *tag)
{
	enum status status = refuse_tag(r, event, tag);
	if (status)
		return status;
	if (r->depth == LIMIT_YAML_DEPTH)
		return error_at(r->err, STATUS_LIMIT, (uint32_t)event->start_mark.line + 1, (uint32_t)event->start_mark.column + 1,
				"nested deeper than %d levels", LIMIT_YAML_DEPTH);
	struct json *container = place_value(r, event->start_mark);
	if (!container)
		return r->err->status;
	container->type = type;
	r->stack[++r->depth] = (struct level){ .container = container, .link = &container->child };
	return STATUS_OK;
}

static enum status close_container(struct reader *r)
{
	const struct json *container = r->stack[r->depth--].container;
	return container->type == JSON_OBJECT ? yaml_check_keys(container, r->err) : STATUS_OK;
}

enum json_type yaml_plain_type(struct str text)
{
	static const struct {
		struct str word;
		enum json_type type;
	} words[] = {
#define WORD(text, type) { { text, sizeof text - 1 }, type }
		WORD("", JSON_NULL),       WORD("~", JSON_NULL),      WORD("null", JSON_NULL),   WORD("Null", JSON_NULL),
		WORD("NULL", JSON_NULL),   WORD("true", JSON_TRUE),   WORD("True", JSON_TRUE),   WORD("TRUE", JSON_TRUE),
		WORD("false", JSON_FALSE), WORD("False", JSON_FALSE), WORD("FALSE", JSON_FALSE),
#undef WORD
	};
	for (size_t i = 0; text.n <= strlen("false") && i < sizeof words / sizeof *words; i++)
		if (str_equal(text, words[i].word))
			return words[i].type;
	return JSON_STRING;
}

/* The scalar as it stands in the text, where it stands there unchanged (nearly always); else a copy. Marks count characters: behind
 * one of several bytes they point elsewhere, and then it is compared for nothing. */
static struct str keep_scalar(struct reader *r, const yaml_event_t *event)
{
	struct str value = { (const char *)event->data.scalar.value, event->data.scalar.length };
	size_t quote = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE ? 0 : 1;
	struct str there = str_head(str_from(r->text, event->start_mark.index + quote), value.n);
	return str_equal(there, value) ? there : arena_copy(r->nodes->arena, value);
}

static enum status add_scalar(struct reader *r, const yaml_event_t *event)
{
	struct level *level = &r->stack[r->depth];
	enum status status = refuse_tag(r, event, event->data.scalar.tag);
	if (status)
		return status;
	struct str text = keep_scalar(r, event);
	if (!text.p)
		return error_memory(r->err);
	if (level->container->type == JSON_OBJECT && !level->awaiting) {
		struct json *member = add_node(r, level);
		if (!member)
			return r->err->status;
		member->key = text;
		member->key_line = (uint32_t)event->start_mark.line + 1;
		member->key_column = (uint32_t)event->start_mark.column + 1;
		level->awaiting = member;
		return STATUS_OK;
	}
	struct json *value = place_value(r, event->start_mark);
	if (!value)
		return r->err->status;
	bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && !(r->flags & YAML_ALL_TEXT);
	value->type = plain ? yaml_plain_type(text) : JSON_STRING;
	if (value->type == JSON_STRING)
		value->text = text;
	return STATUS_OK;
}

static enum status begin_document(struct reader *r, const yaml_event_t *event)
{
	if (r->stack[0].container->count < LIMIT_YAML_DOCUMENTS)
		return STATUS_OK;
	return error_at(r->err, STATUS_LIMIT, (uint32_t)event->start_mark.line + 1, 1, "more than %d documents", LIMIT_YAML_DOCUMENTS);
}

static enum status take_event(struct reader *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_DOCUMENT_START_EVENT: return begin_document(r, event);
	case YAML_MAPPING_START_EVENT: return open_container(r, event, JSON_OBJECT, event->data.mapping_start.tag);
	case YAML_SEQUENCE_START_EVENT: return open_container(r, event, JSON_ARRAY, event->data.sequence_start.tag);
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: return close_container(r);
	case YAML_SCALAR_EVENT: return add_scalar(r, event);
	case YAML_ALIAS_EVENT: return refuse(r, event->start_mark, "an alias (\"*…\"); no package manager writes one");
	default: return STATUS_OK; /* the stream's two ends, a document's end */
	}
}

/* ---- the stream ---------------------------------------------------------------------- */

static uint32_t line_at(struct str text, size_t offset)
{
	uint32_t line = 1;
	struct str before = str_head(text, offset);
	for (size_t end; (end = str_find(before, '\n')) < before.n; before = str_from(before, end + 1))
		line++;
	return line;
}

/* What libyaml objects to. Its texts are its own, never the input's. */
static enum status report_problem(struct reader *r, struct str text)
{
	const yaml_parser_t *p = r->parser;
	const char *problem = p->problem ? p->problem : "malformed YAML";
	if (p->error == YAML_MEMORY_ERROR)
		return error_memory(r->err);
	if (p->error == YAML_READER_ERROR) {
		uint32_t line = line_at(text, p->problem_offset);
		if (p->problem_value != -1)
			return error_at(r->err, STATUS_INVALID, line, 1, "%s (0x%02x)", problem, (unsigned)p->problem_value);
		return error_at(r->err, STATUS_INVALID, line, 1, "%s", problem);
	}
	yaml_mark_t at = p->problem_mark;
	return error_at(r->err, STATUS_INVALID, (uint32_t)at.line + 1, (uint32_t)at.column + 1, "%s%s%s", p->context ? p->context : "",
			p->context ? ": " : "", problem);
}

/* Git's markers begin a line; what YAML makes of them depends on what stands around. */
static enum status refuse_conflict(struct str text, struct error *err)
{
	static const char marker[] = "\n<<<<<<< ";
	size_t at = str_starts_with(text, str_from(str_of(marker), 1)) ? 0 : str_find_str(text, str_of(marker)) + 1;
	if (at >= text.n)
		return STATUS_OK;
	return error_at(err, STATUS_INVALID, line_at(text, at), 1, "a merge conflict marker: resolve the conflict first");
}

static enum status read_events(struct reader *r, struct str text)
{
	bool more = true;
	enum status status = STATUS_OK;
	while (more && !status) {
		yaml_event_t event;
		if (!yaml_parser_parse(r->parser, &event))
			return report_problem(r, text);
		more = event.type != YAML_STREAM_END_EVENT;
		status = take_event(r, &event);
		yaml_event_delete(&event);
	}
	return status;
}

enum status yaml_parse_events(struct str text, unsigned flags, struct yaml_nodes *nodes, struct json **documents, struct error *err)
{
	struct error ignored = { 0 }; /* failures are passed on through it */
	CLEANUP(yaml_parser_delete) yaml_parser_t parser = { 0 };
	struct reader reader = { .parser = &parser, .flags = flags, .nodes = nodes, .err = err ? err : &ignored };
	struct json *all = arena_alloc(nodes->arena, sizeof *all);
	nodes->last = NULL;
	nodes->left = 0;
	reader.stack = arena_array(nodes->arena, LIMIT_YAML_DEPTH + 1, sizeof *reader.stack);
	if (!all || !reader.stack || !yaml_parser_initialize(&parser))
		return error_memory(err);
	enum status status = refuse_conflict(text, err);
	if (status)
		return status;
	*all = (struct json){ .type = JSON_ARRAY, .line = 1, .column = 1 };
	reader.text = text.p ? text : STR("");
	reader.stack[0] = (struct level){ .container = all, .link = &all->child };
	/* Told so, libyaml takes no other encoding's mark for one. */
	yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&parser, (const unsigned char *)(text.n ? text.p : ""), text.n);
	status = read_events(&reader, text);
	if (status)
		return error_name_conflict(err, status, text);
	*documents = all;
	return STATUS_OK;
}

enum status yaml_parse(struct str text, unsigned flags, struct arena *arena, struct json **documents, struct error *err)
{
	if (text.n >= UINT32_MAX)
		return error_set(err, STATUS_LIMIT, "larger than 4 GiB");
	if (str_starts_with(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	struct yaml_nodes nodes = { .arena = arena };
	return yaml_parse_lines(text, flags, &nodes, documents) ? STATUS_OK : yaml_parse_events(text, flags, &nodes, documents, err);
}
