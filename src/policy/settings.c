/*
 * What a policy says beside its clauses: hosts, lists of packages, ages, bounds. Lists of all layers add up. Where the organisation
 * locks a rule that one of them could loosen (a private name hides malware), only the organisation's own counts, and what is
 * left out is told.
 */
#include "policy/model.h"

struct section {
	const char *name;
	const char *const *rules; /* which it can loosen; NULL: none */
	bool (*has)(const struct layer *layer);
	enum status (*take)(struct policy *policy, const struct layer *layer, struct error *err);
};

/* ---- hosts ---------------------------------------------------------------------------------- */

static bool has_registry(const struct policy_registry *registries, size_t count, struct str scope)
{
	for (size_t i = 0; i < count; i++)
		if (str_equal(registries[i].scope, scope))
			return true;
	return false;
}

static void *grow(struct arena *arena, const void *v, size_t n, size_t more, size_t size)
{
	char *grown = arena_array(arena, n + more, size);
	if (grown && n)
		memcpy(grown, v, n * size);
	return grown;
}

/* Of a scope's registries the first counts. */
static enum status take_registries(struct policy *policy, const struct layer *layer, struct error *err)
{
	struct policy_settings *settings = &policy->settings;
	const size_t before = settings->registry_count;
	struct policy_registry *all = grow(policy->arena, settings->registries, before, layer->registries.n, sizeof *all);
	if (!all)
		return error_memory(err);
	for (size_t i = 0; i < layer->registries.n; i++)
		if (!has_registry(all, before, layer->registries.v[i].scope))
			all[settings->registry_count++] = layer->registries.v[i];
	settings->registries = all;
	return STATUS_OK;
}

static enum status take_texts(struct policy *policy, const struct str *texts, size_t count, struct str **all, size_t *n, struct error *err)
{
	struct str *grown = grow(policy->arena, *all, *n, count, sizeof *grown);
	if (!grown)
		return error_memory(err);
	for (size_t i = 0; i < count; i++)
		grown[(*n)++] = texts[i];
	*all = grown;
	return STATUS_OK;
}

static enum status take_mirrors(struct policy *policy, const struct layer *layer, struct error *err)
{
	struct policy_settings *settings = &policy->settings;
	return take_texts(policy, layer->mirrors.v, layer->mirrors.n, &settings->mirrors, &settings->mirror_count, err);
}

static enum status take_hosts(struct policy *policy, const struct layer *layer, struct error *err)
{
	struct policy_settings *settings = &policy->settings;
	return take_texts(policy, layer->hosts.v, layer->hosts.n, &settings->hosts, &settings->host_count, err);
}

static enum status take_advisories(struct policy *policy, const struct layer *layer, struct error *err)
{
	struct policy_settings *settings = &policy->settings;
	const char **all = grow(policy->arena, settings->advisories, settings->advisory_count, layer->advisories.n, sizeof *all);
	if (!all)
		return error_memory(err);
	for (size_t i = 0; i < layer->advisories.n; i++)
		all[settings->advisory_count++] = layer->advisories.v[i];
	settings->advisories = all;
	return STATUS_OK;
}

/* ---- lists of packages -------------------------------------------------------------------------- */

static enum status add_pattern(struct policy *policy, const char *section, const struct package_pattern *pattern, struct package_patterns **set,
			       struct error *err)
{
	if (!*set)
		*set = package_patterns_new(policy->arena);
	if (!*set)
		return error_memory(err);
	enum status status = package_patterns_add(*set, pattern, err);
	if (status != STATUS_LIMIT)
		return status;
	error_wrap(err, "%s: %s", policy->top->label.p, section);
	if (err)
		err->status = STATUS_USAGE;
	return STATUS_USAGE;
}

static enum status take_list(struct policy *policy, const char *section, const struct pattern_list *list, struct package_patterns **set, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < list->n && !status; i++)
		status = add_pattern(policy, section, &list->v[i], set, err);
	return status;
}

static enum status take_private(struct policy *policy, const struct layer *layer, struct error *err)
{
	return take_list(policy, "private", &layer->private_names, &policy->sets.private_names, err);
}

static enum status take_build_only(struct policy *policy, const struct layer *layer, struct error *err)
{
	return take_list(policy, "build_only", &layer->build_only, &policy->sets.build_only, err);
}

static enum status take_scripts(struct policy *policy, const struct layer *layer, struct error *err)
{
	return take_list(policy, "install_scripts", &layer->scripts_allowed, &policy->sets.scripts_allowed, err);
}

static enum status take_bans(struct policy *policy, const struct layer *layer, struct error *err)
{
	size_t n = package_patterns_count(policy->sets.banned);
	struct ban *bans = grow(policy->arena, policy->declared.bans, n, layer->bans.n, sizeof *bans);
	enum status status = bans ? STATUS_OK : error_memory(err);
	for (size_t i = 0; i < layer->bans.n && !status; i++) {
		const struct layer_ban *ban = &layer->bans.v[i];
		struct package_patterns *through = NULL;
		status = take_list(policy, "ban", &ban->except_through, &through, err);
		if (!status)
			status = add_pattern(policy, "ban", &ban->package, &policy->sets.banned, err);
		bans[n + i] = (struct ban){ ban->text, ban->reason, ban->instead, through };
	}
	policy->declared.bans = bans;
	return status;
}

static enum status take_licenses(struct policy *policy, const struct layer *layer, struct error *err)
{
	size_t n = package_patterns_count(policy->sets.licensed);
	struct str *texts = grow(policy->arena, policy->declared.licenses, n, layer->licenses.n, sizeof *texts);
	enum status status = texts ? STATUS_OK : error_memory(err);
	for (size_t i = 0; i < layer->licenses.n && !status; i++) {
		texts[n + i] = layer->licenses.v[i].expression;
		status = add_pattern(policy, "licenses", &layer->licenses.v[i].package, &policy->sets.licensed, err);
	}
	policy->declared.licenses = texts;
	return status;
}

/* ---- which layers count --------------------------------------------------------------------------- */

#define HAS(name, field) \
	static bool has_##name(const struct layer *layer) \
	{ \
		return layer->field.n > 0; \
	}
HAS(registries, registries)
HAS(mirrors, mirrors)
HAS(hosts, hosts)
HAS(private, private_names)
HAS(build_only, build_only)
HAS(scripts, scripts_allowed)
HAS(bans, bans)
HAS(advisories, advisories)
HAS(licenses, licenses)

static const char *const matching_rules[] = { "malware", "vulnerability", NULL };
static const char *const mirror_rules[] = { "untrusted-registry", NULL };
/* A scope that is bound to a registry of one's own is private as well. */
static const char *const registry_rules[] = { "untrusted-registry", "malware", "vulnerability", NULL };
static const char *const script_rules[] = { "install-script", NULL };
static const char *const license_rules[] = { "license", NULL };

static const struct section sections[] = {
	{ "registries", registry_rules, has_registries, take_registries },
	{ "mirrors", mirror_rules, has_mirrors, take_mirrors },
	{ "hosts", NULL, has_hosts, take_hosts },
	{ "private", matching_rules, has_private, take_private },
	{ "build_only", matching_rules, has_build_only, take_build_only },
	{ "install_scripts", script_rules, has_scripts, take_scripts },
	{ "licenses", license_rules, has_licenses, take_licenses },
	/* The organisation's come first, and of several that name a package the first counts: a project can only add. */
	{ "ban", NULL, has_bans, take_bans },
	{ "advisories", NULL, has_advisories, take_advisories },
};

static bool is_locked(const struct policy *policy, const struct section *section)
{
	for (const char *const *id = section->rules; id && *id; id++) {
		const struct rule *rule = check_rule_by_id(str_of(*id));
		if (rule && policy->rules[rule_number(rule)].locked)
			return true;
	}
	return false;
}

static bool refuse(struct policy *policy, const struct layer *layer, const struct section *section)
{
	struct str *slot = vec_add(policy->arena, &policy->refused);
	if (slot)
		*slot = arena_printf(policy->arena, "%.*s %s", STR_ARG(layer->label), section->name);
	return slot && slot->p;
}

static enum status take_layers(struct policy *policy, const struct order *order, const struct section *section, bool floor_only, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < order->layers.n && !status; i++) {
		const struct layer *layer = order->layers.v[i];
		if (!section->has(layer))
			continue;
		if (!floor_only || layer->floor)
			status = section->take(policy, layer, err);
		else if (!layer->preset && !refuse(policy, layer, section))
			status = error_memory(err);
	}
	return status;
}

/* Those of the organisation first; what stands in both orders is taken once. */
static enum status take_section(struct policy *policy, struct order *org, struct order *project, const struct section *section, struct error *err)
{
	enum status status = take_layers(policy, org, section, false, err);
	struct order rest = { .arena = project->arena };
	for (size_t i = 0; i < project->layers.n && !status; i++) {
		struct layer **slot = project->layers.v[i]->floor ? NULL : vec_add(project->arena, &rest.layers);
		if (slot)
			*slot = project->layers.v[i];
		else if (!project->layers.v[i]->floor)
			status = error_memory(err);
	}
	return status ? status : take_layers(policy, &rest, section, is_locked(policy, section), err);
}

/* ---- ages and bounds ------------------------------------------------------------------------------- */

static void find_ages(const struct order *order, bool with_presets, int64_t *warn, int64_t *max)
{
	*warn = *max = -1;
	for (size_t i = 0; i < order->layers.n; i++) {
		if (order->layers.v[i]->preset && !with_presets)
			continue;
		*warn = *warn < 0 ? order->layers.v[i]->warn_age : *warn;
		*max = *max < 0 ? order->layers.v[i]->max_age : *max;
	}
}

static int64_t shorter(int64_t a, int64_t b)
{
	return a < 0 || (b >= 0 && b < a) ? b : a;
}

/* What an organisation's policy merely inherits from a preset is no floor. */
static void set_ages(struct policy_settings *settings, const struct order *org, const struct order *project)
{
	int64_t warn, max, org_warn, org_max;
	find_ages(project, true, &warn, &max);
	find_ages(org, false, &org_warn, &org_max);
	warn = shorter(warn, org_warn);
	max = shorter(max, org_max);
	settings->database_max_age = max < 0 ? 7 * 86400L : max;
	settings->database_warn_age = warn < 0 ? 2 * 86400L : warn;
	if (settings->database_warn_age > settings->database_max_age)
		settings->database_warn_age = settings->database_max_age;
}

static int64_t find_release_age(const struct order *order, bool with_presets)
{
	int64_t age = -1;
	for (size_t i = 0; i < order->layers.n && age < 0; i++)
		if (with_presets || !order->layers.v[i]->preset)
			age = order->layers.v[i]->min_release_age;
	return age;
}

/* A project may ask for longer than its organisation, never for less. */
static void set_release_age(struct policy_settings *settings, const struct order *org, const struct order *project)
{
	int64_t age = find_release_age(project, true), least = find_release_age(org, false);
	age = age < 0 ? 86400 : age;
	settings->min_release_age = age < least ? least : age;
}

static void bound_waivers(struct policy *policy, const struct order *order)
{
	for (size_t i = 0; i < order->layers.n; i++) {
		const struct layer *layer = order->layers.v[i];
		int64_t bound = shorter(policy->max_waiver, layer->max_waiver);
		if (bound == policy->max_waiver)
			continue;
		policy->max_waiver = bound;
		policy->max_waiver_by = layer;
	}
}

enum status settings_build(struct policy *policy, struct error *err)
{
	struct order org = { .arena = policy->arena }, project;
	if ((policy->org && !order_layers(policy, policy->org, NO_RULE, &org)) || !order_layers(policy, policy->top, NO_RULE, &project))
		return error_memory(err);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof sections / sizeof *sections && !status; i++)
		status = take_section(policy, &org, &project, &sections[i], err);
	set_ages(&policy->settings, &org, &project);
	set_release_age(&policy->settings, &org, &project);
	policy->max_waiver = -1;
	bound_waivers(policy, &project);
	bound_waivers(policy, &org);
	policy->declared.scripts_allowed = policy->sets.scripts_allowed;
	policy->declared.banned = policy->sets.banned;
	policy->declared.licensed = policy->sets.licensed;
	policy->settings.build_only = policy->sets.build_only;
	return status;
}

const struct policy_settings *policy_settings(const struct policy *policy)
{
	return &policy->settings;
}

struct str policy_private(const struct policy *policy, struct str name)
{
	const struct package package = { .name = name };
	size_t number;
	return package_patterns_find(policy->sets.private_names, &package, &number) ? package_patterns_text(policy->sets.private_names, number) : STR_NONE;
}
