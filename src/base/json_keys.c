/*
 * Keys that stand twice in one JSON object. Linear, whatever their number.
 */
#include "base/json_parser.h"

static enum status duplicate_key(struct json_parser *p, const struct json *first, const struct json *again)
{
	CLEANUP(buf_fini) struct buf key = BUF_INIT(256);
	buf_add_visible(&key, str_head(again->key, 100));
	return error_at(p->err, STATUS_INVALID, again->key_line, again->key_column, "the key \"%.*s\" stands twice in one object, first in line %u",
			STR_ARG(buf_str(&key)), first->key_line);
}

/* The last of equal keys counts, as in JavaScript: takes the marked ones out. */
static void drop_marked(struct json_parser *p, struct json *object, const struct json *marked[], size_t n)
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
static enum status check_few_keys(struct json_parser *p, struct json *object)
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
static enum status check_many_keys(struct json_parser *p, struct json *object)
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

enum status json_check_keys(struct json_parser *p, struct json *object)
{
	return object->count <= FEW_KEYS ? check_few_keys(p, object) : check_many_keys(p, object);
}
