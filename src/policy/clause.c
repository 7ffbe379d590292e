/*
 * Clauses: `when` and a level. For a rule, the first clause that holds decides; a clause of --fail-on may only cap what
 * another one decides. Where none holds it is the rule's built-in level.
 */
#include "policy/model.h"

/* ---- reading --------------------------------------------------------------------------- */

static enum status read_when(struct reader *reader, const struct json *value, void *into)
{
	struct clause *clause = into;
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, "an object of conditions");
	json_each(member, value) {
		size_t i;
		enum status status = words_find(reader, place_of_key(member), member->key, &condition_words, &i);
		if (status)
			return status;
		struct condition *condition = vec_add(reader->arena, &clause->when);
		if (!condition)
			return error_memory(reader->err);
		condition->type = &condition_types[i];
		condition->source = member;
		if (json_is(member, JSON_ARRAY) && member->count == 0)
			return reader_fail(reader, place_of(member), "this list is empty: the clause could never hold");
		if ((status = condition_types[i].read(reader, member, condition)))
			return status;
	}
	return STATUS_OK;
}

static enum status read_level(struct reader *reader, const struct json *value, void *into)
{
	enum rule_level *level = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "a level (off, info, warn, error)", &word);
	if (status || (status = words_find(reader, place_of(value), word, &level_words, &i)))
		return status;
	*level = (enum rule_level)i;
	return STATUS_OK;
}

static enum status read_clause_level(struct reader *reader, const struct json *value, void *into)
{
	struct clause *clause = into;
	return read_level(reader, value, &clause->level);
}

static enum status read_clause_before(struct reader *reader, const struct json *value, void *into)
{
	struct clause *clause = into;
	enum rule_level before;
	enum status status = read_level(reader, value, &before);
	if (!status)
		clause->before = (int)before;
	return status;
}

/* The day itself is the first on which it holds, by UTC. */
static enum status read_clause_from(struct reader *reader, const struct json *value, void *into)
{
	struct clause *clause = into;
	return reader_day(reader, value, &clause->from);
}

static const struct key clause_keys[] = { { "when", read_when }, { "level", read_clause_level }, { "from", read_clause_from }, { "before", read_clause_before } };
static const struct object_type clause_type = { "a clause: {\"when\": {...}, \"level\": \"...\"}", clause_keys, sizeof clause_keys / sizeof *clause_keys };

/* Space for one more, which holds from the start. */
static struct clause *add_clause(struct reader *reader, struct clause_list *list)
{
	struct clause *clause = vec_add(reader->arena, &list->clauses);
	if (clause) {
		clause->from = DATE_NONE;
		clause->before = LEVEL_UNSET;
		clause->preset = reader->layer->preset;
	}
	return clause;
}

static enum status read_clause(struct reader *reader, const struct json *value, struct clause *clause)
{
	enum status status = reader_object(reader, value, &clause_type, clause);
	if (status)
		return status;
	if (!json_find(value, "level"))
		return reader_fail(reader, place_of(value), "this clause has no \"level\" (off, info, warn, error)");
	if (json_find(value, "before") && !json_find(value, "from"))
		return reader_fail(reader, place_of_key(json_find(value, "before")), "\"before\" needs \"from\": the day on which \"level\" takes its place");
	return STATUS_OK;
}

/* The rule's name and the list of its clauses. */
struct rule_value {
	struct str rule;
	struct clause_list *list;
};

static enum status read_clause_list(struct reader *reader, const struct json *value, void *into)
{
	const struct rule_value *rule = into;
	size_t i = 0;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of clauses");
	json_each(item, value) {
		struct clause *clause = add_clause(reader, rule->list);
		if (!clause)
			return error_memory(reader->err);
		clause->origin = layer_origin(reader, "rules.%.*s[%zu]", STR_ARG(rule->rule), i++);
		if (!clause->origin.p)
			return error_memory(reader->err);
		enum status status = read_clause(reader, item, clause);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static enum status read_replace(struct reader *reader, const struct json *value, void *into)
{
	const struct rule_value *rule = into;
	if (!json_is(value, JSON_TRUE) && !json_is(value, JSON_FALSE))
		return reader_fail_type(reader, value, "true or false");
	rule->list->replace = json_is(value, JSON_TRUE);
	return STATUS_OK;
}

static const struct key rule_keys[] = { { "replace", read_replace }, { "clauses", read_clause_list } };
static const struct object_type rule_type = { "a level, a list of clauses, or {\"replace\": true, \"clauses\": [...]}", rule_keys, 2 };

/* A bare word is one clause. */
static enum status read_word(struct reader *reader, const struct json *value, struct rule_value *rule)
{
	struct clause *clause = add_clause(reader, rule->list);
	if (!clause)
		return error_memory(reader->err);
	clause->origin = layer_origin(reader, "rules.%.*s", STR_ARG(rule->rule));
	return clause->origin.p ? read_level(reader, value, &clause->level) : error_memory(reader->err);
}

static enum status read_rule(struct reader *reader, const struct json *value, struct rule_value *rule)
{
	if (json_is(value, JSON_STRING))
		return read_word(reader, value, rule);
	if (json_is(value, JSON_ARRAY))
		return read_clause_list(reader, value, rule);
	enum status status = reader_object(reader, value, &rule_type, rule);
	if (!status && !json_find(value, "clauses"))
		return reader_fail(reader, place_of(value), "\"clauses\" is missing here");
	return status;
}

enum status rules_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, "an object of rules");
	json_each(member, value) {
		size_t i;
		enum status status = words_find(reader, place_of_key(member), member->key, &rule_words, &i);
		struct rule_value rule = { member->key, status ? NULL : &layer->rules[i] };
		if (status || (status = read_rule(reader, member, &rule)))
			return status;
	}
	return STATUS_OK;
}

/* ---- deciding --------------------------------------------------------------------------- */

bool clause_holds(const struct clause *clause, const struct subject *subject)
{
	for (size_t i = 0; i < clause->when.n; i++)
		if (!clause->when.v[i].type->holds(&clause->when.v[i], subject))
			return false;
	return true;
}

int clause_level(const struct clause *clause, int64_t now)
{
	return clause->from == DATE_NONE || now >= clause->from ? (int)clause->level : clause->before;
}

struct decision {
	enum rule_level level;
	struct str by;
	bool own; /* by the project or the command line, not by a preset */
};

static bool try_clause(const struct clause *clause, const struct subject *subject, struct decision *out)
{
	int level = clause_level(clause, subject->scan->now);
	if (level == LEVEL_UNSET || !clause_holds(clause, subject))
		return false;
	*out = (struct decision){ (enum rule_level)level, clause->origin, !clause->preset };
	return true;
}

/* The first clause of the command line that decides; the first cap on the way there in *cap. */
static bool try_command_line(const struct effective_rule *rule, const struct subject *subject, struct decision *out, const struct clause **cap)
{
	for (size_t i = rule->command_line.n; i--;) {
		const struct clause *clause = &rule->command_line.v[i];
		if (clause->at_most && !*cap && clause_holds(clause, subject))
			*cap = clause;
		else if (!clause->at_most && try_clause(clause, subject, out))
			return true;
	}
	return false;
}

/* A kind's own level may differ from the rule's, so the finding's counts where no clause holds. */
static struct decision decide_project(const struct effective_rule *rule, const struct subject *subject)
{
	const struct clause *cap = NULL;
	struct decision decision;
	bool decided = try_command_line(rule, subject, &decision, &cap);
	for (size_t i = 0; !decided && i < rule->clauses.n; i++)
		decided = try_clause(rule->clauses.v[i], subject, &decision);
	if (!decided)
		decision = (struct decision){ rule->built_in[subject->built_in], rule->built_in_by, false };
	if (cap && decision.level > cap->level)
		decision = (struct decision){ cap->level, cap->origin, true };
	return decision;
}

static struct decision decide_floor(const struct effective_rule *rule, const struct subject *subject)
{
	struct decision decision;
	for (size_t i = 0; i < rule->floor.n; i++)
		if (try_clause(rule->floor.v[i], subject, &decision))
			return decision;
	return (struct decision){ rule->floor_built_in[subject->built_in], rule->floor_by, false };
}

enum rule_level policy_decide(const struct policy *policy, const struct subject *subject, struct str *decided_by, struct str *loosened_by)
{
	const struct effective_rule *rule = &policy->rules[rule_number(subject->finding->rule)];
	struct decision decision = decide_project(rule, subject);
	*loosened_by = STR_NONE;
	if (rule->locked) {
		struct decision floor = decide_floor(rule, subject);
		if (decision.own && floor.level > decision.level)
			*loosened_by = decision.by;
		if (floor.level >= decision.level)
			decision = floor;
	}
	*decided_by = decision.by;
	return decision.level;
}

/* ---- what can be decided at all ------------------------------------------------------------- */

/* *ends: it always decides, so that those behind it never do. */
static bool may_count(const struct clause *clause, bool *ends)
{
	*ends = clause->when.n == 0 && (clause->from == DATE_NONE || clause->before != LEVEL_UNSET) && !clause->at_most;
	return !clause->at_most && (clause->level != LEVEL_OFF || clause->before > LEVEL_OFF);
}

static bool any_may_count(const struct clause *const *clauses, size_t count, enum rule_level built_in)
{
	bool ends = false;
	for (size_t i = 0; i < count && !ends; i++)
		if (may_count(clauses[i], &ends))
			return true;
	return !ends && built_in != LEVEL_OFF;
}

bool policy_may_report(const struct policy *policy, const struct rule *about)
{
	const struct effective_rule *rule = &policy->rules[rule_number(about)];
	bool ends = false;
	if (rule->required.p)
		return true;
	if (rule->locked && any_may_count(rule->floor.v, rule->floor.n, rule->floor_built_in[about->level]))
		return true;
	for (size_t i = rule->command_line.n; i-- && !ends;)
		if (may_count(&rule->command_line.v[i], &ends))
			return true;
	return !ends && any_may_count(rule->clauses.v, rule->clauses.n, rule->built_in[about->level]);
}

/* ---- the command line -------------------------------------------------------------------- */

/* Space for one more clause on `rule`; NULL: out of memory. */
static struct clause *add_first(struct policy *policy, size_t rule, struct str origin)
{
	struct clause *clause = vec_add(policy->arena, &policy->rules[rule].command_line);
	struct str copy = arena_copy(policy->arena, origin);
	if (!clause || !copy.p)
		return NULL;
	clause->origin = copy;
	clause->from = DATE_NONE;
	clause->before = LEVEL_UNSET;
	return clause;
}

enum status policy_set_level(struct policy *policy, enum rule_level level, struct str rule, const char *origin, struct error *err)
{
	const struct reader reader = { .arena = policy->arena, .err = err };
	size_t i;
	enum status status = words_find(&reader, (struct place){ 0, 0 }, rule, &rule_words, &i);
	if (status)
		return status;
	struct clause *clause = add_first(policy, i, str_of(origin));
	if (!clause)
		return error_memory(err);
	clause->level = level;
	return STATUS_OK;
}

/* A condition that no file states: `severities` as bits. */
static bool add_severities(struct policy *policy, struct clause *clause, unsigned severities)
{
	struct condition *condition = clause ? vec_add(policy->arena, &clause->when) : NULL;
	if (!condition)
		return false;
	condition->type = &condition_types[0];
	condition->accepted = severities;
	return true;
}

enum status policy_fail_on(struct policy *policy, struct str severity, struct error *err)
{
	const struct reader reader = { .arena = policy->arena, .err = err };
	enum severity least;
	enum status status = severity_read_threshold(&reader, severity, &least);
	if (status)
		return status;
	const struct rule *rule = check_rule_by_id(STR("vulnerability"));
	struct str origin = arena_printf(policy->arena, "--fail-on %s", severity_name(least));
	if (!rule || !origin.p)
		return error_memory(err);
	struct clause *milder = add_first(policy, rule_number(rule), origin);
	if (!add_severities(policy, milder, ~severity_at_least(least)))
		return error_memory(err);
	milder->level = LEVEL_WARN;
	milder->at_most = true;
	struct clause *worse = add_first(policy, rule_number(rule), origin);
	if (!add_severities(policy, worse, severity_at_least(least)))
		return error_memory(err);
	worse->level = LEVEL_ERROR;
	return STATUS_OK;
}

/* ---- --omit ------------------------------------------------------------------------------------ */

static const char *const omit_word_table[] = { "dev", "optional", "peer", NULL };

const char *omit_word(const void *context, size_t i)
{
	(void)context;
	return omit_word_table[i];
}

enum status policy_omit(struct policy *policy, struct str kind, struct error *err)
{
	static const struct words kinds = { "kind of dependency", omit_word, NULL };
	const struct reader reader = { .arena = policy->arena, .err = err };
	size_t i;
	enum status status = words_find(&reader, (struct place){ 0, 0 }, kind, &kinds, &i);
	if (!status)
		policy->omit |= 1u << i; /* in the order of enum omit */
	return status;
}
