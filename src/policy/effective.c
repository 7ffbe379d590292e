/*
 * The effective policy: what a layer says itself comes before what it extends, the last one extended before the others. For
 * a rule, `replace` cuts what that layer extends. A layer that is reached twice counts where it comes first: its clauses
 * could not decide anything the second time.
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
	size_t i = 0;
	while (check_rules[i] && check_rules[i] != rule)
		i++;
	return i;
}

enum { NO_RULE = -1 };
struct order {
	struct arena *arena;
	VEC(struct layer *) layers;
	int rule;      /* whose `replace` cuts; NO_RULE: nothing does */
	bool standard; /* some layer stands on the preset that comes last */
};

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

static bool put_in_order(const struct policy *policy, int rule, struct order *order)
{
	for (size_t i = 0; i < policy->layers.n; i++)
		policy->layers.v[i]->visited = false;
	*order = (struct order){ .arena = policy->arena, .rule = rule };
	return visit(order, policy->top) && (!order->standard || visit(order, policy->standard));
}

static bool add_clause(struct policy *policy, size_t rule, const struct clause *clause)
{
	const struct clause **slot = vec_add(policy->arena, &policy->rules[rule].clauses);
	if (slot)
		*slot = clause;
	return slot;
}

static bool collect_clauses(struct policy *policy, size_t rule)
{
	struct order order;
	bool starter = strcmp(check_rules[rule]->id, "database-starter") == 0;
	if (!put_in_order(policy, (int)rule, &order))
		return false;
	for (size_t i = 0; i < order.layers.n; i++) {
		const struct layer *layer = order.layers.v[i];
		for (size_t j = 0; j < layer->rules[rule].clauses.n; j++)
			if (!add_clause(policy, rule, &layer->rules[rule].clauses.v[j]))
				return false;
		if (starter && layer->starter && !add_clause(policy, rule, layer->starter))
			return false;
	}
	return true;
}

/* The nearest layer that has a `require` says all of it: a project can ask for less than what it extends. */
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

static bool collect_waivers(struct policy *policy, const struct layer *layer)
{
	for (size_t i = 0; i < layer->waivers.n; i++) {
		const struct waiver **slot = vec_add(policy->arena, &policy->waivers);
		if (!slot)
			return false;
		*slot = &layer->waivers.v[i];
	}
	return true;
}

struct hosts {
	VEC(struct str) mirrors;
	VEC(struct policy_registry) registries;
};

static bool has_registry(const struct hosts *hosts, struct str scope)
{
	for (size_t i = 0; i < hosts->registries.n; i++)
		if (str_equal(hosts->registries.v[i].scope, scope))
			return true;
	return false;
}

/* Mirrors add up; of a scope's registries the first counts. */
static bool collect_hosts(struct arena *arena, const struct layer *layer, struct hosts *hosts)
{
	for (size_t i = 0; i < layer->mirrors.n; i++) {
		struct str *mirror = vec_add(arena, &hosts->mirrors);
		if (!mirror)
			return false;
		*mirror = layer->mirrors.v[i];
	}
	const size_t before = hosts->registries.n;
	for (size_t i = 0; i < layer->registries.n; i++) {
		/* Within one layer scopes are keys of an object and stand once. */
		struct hosts earlier = { .registries = { hosts->registries.v, before, before } };
		if (has_registry(&earlier, layer->registries.v[i].scope))
			continue;
		struct policy_registry *registry = vec_add(arena, &hosts->registries);
		if (!registry)
			return false;
		*registry = layer->registries.v[i];
	}
	return true;
}

static void set_ages(struct policy_settings *settings, const struct order *order)
{
	int64_t warn = -1, max = -1;
	for (size_t i = 0; i < order->layers.n; i++) {
		warn = warn < 0 ? order->layers.v[i]->warn_age : warn;
		max = max < 0 ? order->layers.v[i]->max_age : max;
	}
	settings->database_max_age = max < 0 ? 7 * 86400 : max;
	settings->database_warn_age = warn < 0 ? 2 * 86400 : warn;
	if (settings->database_warn_age > settings->database_max_age)
		settings->database_warn_age = settings->database_max_age;
}

/* Of all layers: whoever adds a policy adds its advisories. */
static bool collect_advisories(struct policy *policy, const struct order *order)
{
	VEC(const char *) paths = { 0 };
	for (size_t i = 0; i < order->layers.n; i++) {
		for (size_t k = 0; k < order->layers.v[i]->advisories.n; k++) {
			const char **slot = vec_add(policy->arena, &paths);
			if (!slot)
				return false;
			*slot = order->layers.v[i]->advisories.v[k];
		}
	}
	policy->settings.advisories = paths.v;
	policy->settings.advisory_count = paths.n;
	return true;
}

enum status effective_build(struct policy *policy, struct error *err)
{
	struct order order;
	struct hosts hosts = { .mirrors = { NULL, 0, 0 } };
	for (size_t i = 0; i < rule_count(); i++)
		if (!collect_clauses(policy, i))
			return error_memory(err);
	if (!put_in_order(policy, NO_RULE, &order))
		return error_memory(err);
	for (size_t i = 0; i < order.layers.n; i++)
		if (!collect_waivers(policy, order.layers.v[i]) ||
		    !collect_hosts(policy->arena, order.layers.v[i], &hosts))
			return error_memory(err);
	if (!collect_advisories(policy, &order))
		return error_memory(err);
	collect_requirements(policy, &order);
	set_ages(&policy->settings, &order);
	policy->settings.mirrors = hosts.mirrors.v;
	policy->settings.mirror_count = hosts.mirrors.n;
	policy->settings.registries = hosts.registries.v;
	policy->settings.registry_count = hosts.registries.n;
	return STATUS_OK;
}

const struct policy_settings *policy_settings(const struct policy *policy)
{
	return &policy->settings;
}
