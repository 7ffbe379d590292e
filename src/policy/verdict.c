/*
 * What a policy makes of a scan: each finding's level and waiver, the sums, the verdict. A failed policy is one thing, what could
 * not be checked another; neither hides the other.
 */
#include "policy/model.h"

/* One policy over one scan. */
struct judging {
	const struct policy *policy;
	struct scan *scan;
	struct arena *scratch;
	uint32_t *distances;  /* NULL: no clause asks */
	size_t found;         /* findings of the rules; behind them are the policy's own */
	struct map *loosened; /* what would have gone below a floor, once each */
};

static const struct effective_rule *rule_of(const struct judging *judging, const struct finding *finding)
{
	return &judging->policy->rules[rule_number(finding->rule)];
}

static bool any_needs(const struct judging *judging, enum need need)
{
	for (size_t i = 0; i < judging->found; i++)
		if (rule_of(judging, &judging->scan->findings.v[i])->needs & need)
			return true;
	return false;
}

/* ---- below a floor ---------------------------------------------------------------------------- */

static enum status add_loosened(struct judging *judging, struct str what, struct str held_by, struct error *err)
{
	struct scan *scan = judging->scan;
	size_t before;
	struct str message = arena_printf(scan->arena, "%.*s would loosen what %.*s has locked, and does not count", STR_ARG(what), STR_ARG(held_by));
	if (!message.p || !map_add(judging->loosened, what, scan->findings.n, &before))
		return error_memory(err);
	if (before != scan->findings.n)
		return STATUS_OK;
	struct finding *finding = check_add(scan, check_rule_by_id(STR("policy-loosened")), TREE_NONE);
	if (!finding)
		return error_memory(err);
	finding->stable_id = arena_printf(scan->arena, "policy-loosened %.*s", STR_ARG(what));
	finding->message = message;
	return finding->stable_id.p ? STATUS_OK : error_memory(err);
}

static enum status add_refused(struct judging *judging, struct error *err)
{
	const struct policy *policy = judging->policy;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < policy->refused.n && !status; i++)
		status = add_loosened(judging, policy->refused.v[i], policy->org->label, err);
	return status;
}

/* ---- levels ------------------------------------------------------------------------------------- */

static void count_unknown_release(const struct judging *judging, const struct subject *subject)
{
	struct scan *scan = judging->scan;
	if (subject_released(subject) != DATE_NONE)
		return;
	for (size_t i = 0; i < scan->coverage.n; i++)
		if (scan->coverage.v[i].rule == subject->finding->rule)
			check_skip(&scan->coverage.v[i], "no-release-date", NULL);
}

/* Without an importer in particular; where clauses ask for one, each importer's say is heard later. */
static enum status decide(struct judging *judging, size_t number, struct error *err)
{
	struct finding *finding = &judging->scan->findings.v[number];
	const struct effective_rule *rule = rule_of(judging, finding);
	struct subject subject;
	struct str loosened_by;
	subject_init(&subject, judging->scan, judging->distances, finding);
	if (rule->needs & NEEDS_RELEASES)
		count_unknown_release(judging, &subject);
	finding->level = policy_decide(judging->policy, &subject, &finding->decided_by, &loosened_by);
	finding->decided_for = TREE_NONE;
	return loosened_by.p ? add_loosened(judging, loosened_by, judging->policy->org->label, err) : STATUS_OK;
}

/* ---- importers ------------------------------------------------------------------------------------- */

/*
 * Where clauses ask who brings a package, it is judged once for each of the user's own packages that does, and the gravest counts: what
 * a workspace is forgiven must not hide what another one is not. 64 of them are looked at at a time.
 */
enum { BATCH = 64 };

static enum status judge_importer(struct judging *judging, const struct package *importer, uint64_t bit, const uint64_t *reach,
				  const enum rule_level *built_in, bool *first, struct error *err)
{
	struct scan *scan = judging->scan;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < judging->found && !status; i++) {
		struct finding *finding = &scan->findings.v[i];
		struct subject subject;
		struct str by, loosened_by = STR_NONE;
		bool brings = false;
		for (size_t k = 0; !brings && k < finding->instance_count; k++)
			brings = reach[finding->instances[k]] & bit;
		if (!brings || !(rule_of(judging, finding)->needs & NEEDS_IMPORTERS))
			continue;
		subject_init(&subject, scan, judging->distances, finding);
		subject.importer = importer;
		subject.built_in = built_in[i];
		enum rule_level level = policy_decide(judging->policy, &subject, &by, &loosened_by);
		if (first[i] || level > finding->level) {
			finding->level = level;
			finding->decided_by = by;
			finding->decided_for = (uint32_t)(importer - scan->tree->packages);
		}
		first[i] = false;
		if (loosened_by.p)
			status = add_loosened(judging, loosened_by, judging->policy->org->label, err);
	}
	return status;
}

static size_t next_batch(const struct tree *tree, uint32_t *at, uint32_t *own)
{
	size_t n = 0;
	for (; n < BATCH && *at < tree->package_count; ++*at)
		if (tree->packages[*at].kind == PACKAGE_ROOT || tree->packages[*at].kind == PACKAGE_WORKSPACE)
			own[n++] = *at;
	return n;
}

static enum status judge_importers(struct judging *judging, const enum rule_level *built_in, struct error *err)
{
	const struct tree *tree = judging->scan->tree;
	uint32_t own[BATCH], at = 0;
	size_t n;
	enum status status = STATUS_OK;
	uint64_t *reach = arena_array(judging->scratch, tree->package_count, sizeof *reach);
	bool *first = arena_array(judging->scratch, judging->found, sizeof *first);
	if (!reach || !first)
		return error_memory(err);
	memset(first, true, judging->found * sizeof *first);
	while (!status && (n = next_batch(tree, &at, own))) {
		memset(reach, 0, tree->package_count * sizeof *reach);
		for (size_t k = 0; k < n; k++)
			reach[own[k]] = (uint64_t)1 << k;
		status = tree_spread(tree, reach, err);
		for (size_t k = 0; k < n && !status; k++)
			status = judge_importer(judging, &tree->packages[own[k]], (uint64_t)1 << k, reach, built_in, first, err);
	}
	return status;
}

/* ---- the whole --------------------------------------------------------------------------------------- */

static enum status judge_all(struct judging *judging, struct error *err)
{
	struct scan *scan = judging->scan;
	enum rule_level *built_in = arena_array(judging->scratch, judging->found, sizeof *built_in);
	enum status status = built_in ? STATUS_OK : error_memory(err);
	if (!status && scan->tree && any_needs(judging, NEEDS_DISTANCES))
		status = tree_distances(scan->tree, judging->scratch, &judging->distances, err);
	for (size_t i = 0; i < judging->found && !status; i++) {
		built_in[i] = scan->findings.v[i].level;
		status = decide(judging, i, err);
	}
	if (!status && scan->tree && any_needs(judging, NEEDS_IMPORTERS))
		status = judge_importers(judging, built_in, err);
	for (size_t i = 0; i < judging->found && !status; i++)
		require_raise(judging->policy, &scan->findings.v[i]);
	return status;
}

/* Those about the policy have the level that the policy gives them. */
static enum status judge_own(struct judging *judging, struct error *err)
{
	enum status status = add_refused(judging, err);
	for (size_t i = judging->found; i < judging->scan->findings.n && !status; i++)
		status = decide(judging, i, err);
	return status;
}

enum status policy_apply(const struct policy *policy, struct scan *scan, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct judging judging = { policy, scan, scratch, .found = scan->findings.n };
	judging.loosened = map_new(scan->arena, 0);
	if (!scratch || !judging.loosened)
		return error_memory(err);
	enum status status = judge_all(&judging, err);
	if (!status)
		status = judge_own(&judging, err);
	/* The gaps that this adds have their level; only a waiver can still change what they count for. */
	if (!status)
		status = require_add_gaps(policy, scan, err);
	size_t waivable = scan->findings.n;
	if (!status)
		status = waivers_apply(policy, scan, waivable, err);
	for (size_t i = waivable; i < scan->findings.n && !status; i++)
		status = decide(&judging, i, err);
	return status || judging.found == scan->findings.n ? status : check_order(scan, err);
}

enum status policy_prepare(const struct policy *policy, struct scan *scan, struct error *err)
{
	struct rule_plan *plans = arena_array(scan->arena, rule_count(), sizeof *plans);
	if (!plans)
		return error_memory(err);
	for (size_t i = 0; check_rules[i]; i++) {
		plans[i].off = !policy_may_report(policy, check_rules[i]);
		plans[i].omit = policy->rules[i].locked ? 0 : policy->omit;
	}
	scan->plans = plans;
	scan->declared = &policy->declared;
	scan->database_warn_age = policy->settings.database_warn_age;
	scan->database_max_age = policy->settings.database_max_age;
	return STATUS_OK;
}

/* ---- sums ---------------------------------------------------------------------------------------------- */

void policy_sum(const struct scan *scan, struct summary *summary)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		size_t *const by_level[] = { NULL, &summary->info, &summary->warn, &summary->error };
		if (finding->level == LEVEL_OFF)
			continue;
		if (finding->waiver_state == WAIVER_ACTIVE)
			summary->waived++;
		else if (finding->status == FINDING_CARRIED && !finding->rule->gap)
			summary->carried++;
		else if (!finding->rule->gap)
			++*by_level[finding->level];
		else if (finding->level == LEVEL_ERROR)
			summary->unchecked++;
	}
}

enum verdict policy_verdict(const struct summary *summary, bool *complete)
{
	*complete = summary->unchecked == 0;
	if (summary->error)
		return VERDICT_FAIL;
	return *complete ? VERDICT_PASS : VERDICT_INCOMPLETE;
}

const char *verdict_name(enum verdict verdict)
{
	static const char *const names[] = { "pass", "fail", "incomplete" };
	return names[verdict];
}
