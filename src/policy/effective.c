/*
 * The effective policy: what a layer says itself comes before what it extends, the last one extended before the others. For
 * a rule, `replace` cuts what that layer extends. A layer that is reached twice counts where it comes first: its clauses
 * could not decide anything the second time.
 *
 * An organisation's policy is a second such order beside the project's. For a rule that it locks both are asked.
 */
#include "policy/model.h"

size_t rule_count(void)
{
	size_t n = 0;
	while (check_rules[n])
		n++;
	return n;
}

size_t rule_number(const struct rule *rule)
{
	return check_rule_number(rule);
}

/* No deeper than LIMIT_POLICY_DEPTH. False: out of memory. */
static bool visit(struct order *order, struct layer *layer)
{
	if (layer->visited)
		return true;
	struct layer **slot = vec_add(order->arena, &order->layers);
	if (!slot)
		return false;
	*slot = layer;
	layer->visited = true;
	if (order->rule != NO_RULE && layer->rules[order->rule].replace)
		return true;
	order->standard |= !layer->preset && !layer->extends_value;
	for (size_t i = layer->extends.n; i--;)
		if (!visit(order, layer->extends.v[i]))
			return false;
	return true;
}

bool order_layers(const struct policy *policy, struct layer *top, int rule, struct order *order)
{
	for (size_t i = 0; i < policy->layers.n; i++)
		policy->layers.v[i]->visited = false;
	*order = (struct order){ .arena = policy->arena, .rule = rule };
	return visit(order, top) && (!order->standard || visit(order, policy->standard));
}

/* ---- the clauses of one order ------------------------------------------------------------------ */

/* Levels as the layers so far move those of the layers behind them. */
struct moved {
	enum rule_level to[LEVEL_ERROR + 1];
	struct str by; /* .p is NULL while nobody does */
};

struct clauses {
	VEC(const struct clause *) v;
	struct moved moved;
	unsigned needs;
};

/* The clause at the levels that it comes to; NULL: out of memory. */
static const struct clause *move_clause(struct arena *arena, const struct clause *clause, const struct moved *moved)
{
	int before = clause->before == LEVEL_UNSET ? LEVEL_UNSET : (int)moved->to[clause->before];
	if (!moved->by.p || (moved->to[clause->level] == clause->level && before == clause->before))
		return clause;
	struct clause *copy = arena_alloc(arena, sizeof *copy);
	if (!copy)
		return NULL;
	*copy = *clause;
	copy->level = moved->to[clause->level];
	copy->before = before;
	copy->origin = arena_printf(arena, "%.*s (%.*s)", STR_ARG(moved->by), STR_ARG(clause->origin));
	return copy->origin.p ? copy : NULL;
}

static bool add_clause(struct arena *arena, struct clauses *out, const struct clause *clause)
{
	const struct clause *moved = move_clause(arena, clause, &out->moved);
	const struct clause **slot = moved ? vec_add(arena, &out->v) : NULL;
	if (!slot)
		return false;
	*slot = moved;
	for (size_t i = 0; i < clause->when.n; i++)
		out->needs |= clause->when.v[i].type->needs;
	return true;
}

static void move_levels(struct moved *moved, const struct layer *layer)
{
	enum rule_level to[LEVEL_ERROR + 1];
	if (!layer->moves_levels)
		return;
	for (size_t i = 0; i <= LEVEL_ERROR; i++)
		to[i] = moved->to[layer->levels[i]];
	memcpy(moved->to, to, sizeof to);
	moved->by = layer->label;
}

static bool collect(const struct policy *policy, struct layer *top, size_t rule, struct clauses *out)
{
	struct order order;
	bool starter = strcmp(check_rules[rule]->id, "database-starter") == 0;
	*out = (struct clauses){ .moved.to = { LEVEL_OFF, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR } };
	if (!order_layers(policy, top, (int)rule, &order))
		return false;
	for (size_t i = 0; i < order.layers.n; i++) {
		const struct layer *layer = order.layers.v[i];
		for (size_t j = 0; j < layer->rules[rule].clauses.n; j++)
			if (!add_clause(policy->arena, out, &layer->rules[rule].clauses.v[j]))
				return false;
		if (starter && layer->starter && !add_clause(policy->arena, out, layer->starter))
			return false;
		move_levels(&out->moved, layer);
	}
	return true;
}

static bool name_built_in(struct arena *arena, const struct moved *moved, struct str *out)
{
	*out = moved->by.p ? arena_printf(arena, "%.*s (built-in)", STR_ARG(moved->by)) : STR("built-in");
	return out->p;
}

static bool build_rule(struct policy *policy, size_t number)
{
	struct effective_rule *rule = &policy->rules[number];
	struct clauses clauses;
	if (!collect(policy, policy->top, number, &clauses) || !name_built_in(policy->arena, &clauses.moved, &rule->built_in_by))
		return false;
	memcpy(&rule->clauses, &clauses.v, sizeof rule->clauses);
	memcpy(rule->built_in, clauses.moved.to, sizeof rule->built_in);
	rule->needs = clauses.needs;
	rule->waivable = true;
	if (!policy->org)
		return true;
	if (!collect(policy, policy->org, number, &clauses) || !name_built_in(policy->arena, &clauses.moved, &rule->floor_by))
		return false;
	memcpy(&rule->floor, &clauses.v, sizeof rule->floor);
	memcpy(rule->floor_built_in, clauses.moved.to, sizeof rule->floor_built_in);
	rule->needs |= clauses.needs;
	return true;
}

/* ---- locks ------------------------------------------------------------------------------------------ */

/* What any layer of the organisation's locks is locked. What may be waived is said by the nearest that has the key. */
static void lock_rules(struct policy *policy, const struct order *order)
{
	const struct layer *waiving = NULL;
	for (size_t i = 0; i < order->layers.n; i++) {
		const struct layer *layer = order->layers.v[i];
		for (size_t k = 0; layer->locked && k < rule_count(); k++)
			policy->rules[k].locked |= layer->locked[k];
		if (layer->may_waive && !waiving)
			waiving = layer;
	}
	for (size_t k = 0; k < rule_count(); k++) {
		struct effective_rule *rule = &policy->rules[k];
		bool named = waiving && waiving->may_waive[k];
		rule->waivable = named || (!rule->locked && !(waiving && waiving->waives_none));
	}
}

/* The nearest layer that has a `require` says all of it: a project can ask for less than what it extends. What the organisation
 * asks for comes on top. */
static void collect_requirements(struct policy *policy, const struct order *order)
{
	for (size_t i = 0; i < order->layers.n; i++) {
		const struct layer *layer = order->layers.v[i];
		for (size_t j = 0; j < layer->require.n; j++)
			policy->rules[rule_number(layer->require.v[j].rule)].required = layer->require.v[j].origin;
		if (layer->require_given)
			return;
	}
}

static bool collect_waivers(struct policy *policy, const struct order *order)
{
	for (size_t i = 0; i < order->layers.n; i++) {
		const struct layer *layer = order->layers.v[i];
		for (size_t k = 0; k < layer->waivers.n; k++) {
			const struct waiver **slot = vec_add(policy->arena, &policy->waivers);
			if (!slot)
				return false;
			*slot = &layer->waivers.v[k];
		}
	}
	return true;
}

/* The project's order first; a layer that stands in both is the organisation's and comes once. */
static bool build_org(struct policy *policy)
{
	struct order order;
	if (!policy->org)
		return true;
	if (!order_layers(policy, policy->org, NO_RULE, &order))
		return false;
	for (size_t i = 0; i < order.layers.n; i++)
		order.layers.v[i]->floor = !order.layers.v[i]->of_project;
	lock_rules(policy, &order);
	collect_requirements(policy, &order);
	return policy->org == policy->top || collect_waivers(policy, &order);
}

enum status effective_build(struct policy *policy, struct error *err)
{
	struct order order;
	for (size_t i = 0; i < rule_count(); i++)
		if (!build_rule(policy, i))
			return error_memory(err);
	if (!order_layers(policy, policy->top, NO_RULE, &order) || !collect_waivers(policy, &order))
		return error_memory(err);
	collect_requirements(policy, &order);
	if (!build_org(policy) || !waivers_index(policy))
		return error_memory(err);
	return settings_build(policy, err);
}

static bool any_above_off(const struct clause *const *clauses, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (clauses[i]->level != LEVEL_OFF)
			return true;
	return false;
}

bool policy_asks(const struct policy *policy, const struct rule *rule)
{
	const struct effective_rule *effective = &policy->rules[rule_number(rule)];
	for (size_t i = 0; i < effective->command_line.n; i++)
		if (effective->command_line.v[i].level != LEVEL_OFF)
			return true;
	return effective->required.p || any_above_off(effective->clauses.v, effective->clauses.n) ||
	       any_above_off(effective->floor.v, effective->floor.n);
}

bool policy_asks_releases(const struct policy *policy)
{
	for (size_t i = 0; check_rules[i]; i++)
		if (policy->rules[i].needs & NEEDS_RELEASES)
			return true;
	return false;
}
