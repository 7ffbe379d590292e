/*
 * What makes a policy a floor for others: rules that are locked, how long a waiver may last, who may waive. And the levels that a policy
 * moves: `strict` turns the warnings of what it extends into errors.
 */
#include "policy/model.h"

static enum status add_rule(struct reader *reader, const struct json *value, void *into)
{
	bool *rules = into;
	size_t i;
	enum status status = words_find(reader, place_of(value), value->text, &rule_words, &i);
	if (!status)
		rules[i] = true;
	return status;
}

static enum status read_rules(struct reader *reader, const struct json *value, bool **out)
{
	*out = arena_array(reader->arena, rule_count(), sizeof **out);
	if (!*out)
		return error_memory(reader->err);
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of rules");
	return reader_each_text(reader, value, "a rule", add_rule, *out);
}

enum status locked_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return read_rules(reader, value, &layer->locked);
}

/* true: all of them; false: none. */
enum status repo_may_waive_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (json_is(value, JSON_ARRAY))
		return read_rules(reader, value, &layer->may_waive);
	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return reader_fail_type(reader, value, "true, false or a list of rules");
	layer->may_waive = arena_array(reader->arena, rule_count(), sizeof *layer->may_waive);
	if (!layer->may_waive)
		return error_memory(reader->err);
	for (size_t i = 0; i < rule_count(); i++)
		layer->may_waive[i] = json_is(value, JSON_TRUE);
	layer->waives_none = json_is(value, JSON_FALSE);
	return STATUS_OK;
}

enum status max_waiver_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return reader_duration(reader, value, &layer->max_waiver);
}

enum status levels_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, "an object: {\"warn\": \"error\"}");
	json_each(member, value) {
		size_t from, to;
		struct str word;
		enum status status = words_find(reader, place_of_key(member), member->key, &level_words, &from);
		if (status || (status = reader_text(reader, member, "a level (off, info, warn, error)", &word)) ||
		    (status = words_find(reader, place_of(member), word, &level_words, &to)))
			return status;
		layer->levels[from] = (enum rule_level)to;
		layer->moves_levels = true;
	}
	return STATUS_OK;
}
