/*
 * Looking things up in a JSON document that was read.
 */
#include "assay/json.h"

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

bool json_equal(const struct json *a, const struct json *b)
{
	if (!a || !b || a->type != b->type || a->count != b->count || !str_equal(a->text, b->text))
		return a == b;
	const struct json *one = a->child, *other = b->child;
	while (one && other && str_equal(one->key, other->key) && json_equal(one, other)) {
		one = one->next;
		other = other->next;
	}
	return !one && !other;
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
		[JSON_NULL] = "null",       [JSON_FALSE] = "false",    [JSON_TRUE] = "true",        [JSON_NUMBER] = "a number",
		[JSON_STRING] = "a string", [JSON_ARRAY] = "an array", [JSON_OBJECT] = "an object",
	};
	return names[type];
}
