/*
 * `require`: what must have been checked. A gap that it names stands at error whatever clauses say. So does a gap that
 * leaves a rule that it names unchecked, and where no gap says so, coverage does: a required rule without a row there, or with
 * packages passed over for a reason that has a remedy, gives the gap `not-evaluated`. What has no remedy (a workspace,
 * a link, a bundled package) was rightly passed over.
 */
#include "policy/model.h"

enum area { AREA_ADVISORIES, AREA_TARBALLS, AREA_INSTALLED, AREA_RECORDS, AREA_DATES, AREA_ALL };

/* Which rules a gap leaves unchecked, and whether for the whole project or for one package. A starter or an old database
 * is not here: rules are evaluated with it, and "database" says what it is worth. */
static const struct {
	const char *gap;
	enum area area;
	bool whole;
} gaps[] = {
	{ "no-lockfile", AREA_ALL, true },
	{ "lockfile-invalid", AREA_ALL, true },
	{ "database-missing", AREA_ADVISORIES, true },
	{ "version-invalid", AREA_ADVISORIES, false },
	{ "unreachable", AREA_TARBALLS, false },
	{ "uninspected", AREA_TARBALLS, false },
	{ "record-unreachable", AREA_RECORDS, false },
	{ "release-date-unknown", AREA_DATES, false },
	{ "not-compared", AREA_INSTALLED, false },
};

static bool is_in_area(const struct rule *rule, enum area area)
{
	const bool in[] = {
		[AREA_ADVISORIES] = rule->by_advisory,
		[AREA_TARBALLS] = rule->needs_tarballs && !rule->needs_records,
		[AREA_INSTALLED] = rule->needs_installed,
		[AREA_RECORDS] = rule->needs_records,
		[AREA_DATES] = !strcmp(rule->id, "release-age") || !strcmp(rule->id, "publisher-changed"),
		[AREA_ALL] = true,
	};
	return !rule->gap && in[area];
}

/* Does this gap leave that rule unchecked? */
static bool gap_hides(const struct rule *gap, const struct rule *rule, bool whole_only)
{
	for (size_t i = 0; i < sizeof gaps / sizeof *gaps; i++)
		if (!strcmp(gap->id, gaps[i].gap) && (gaps[i].whole || !whole_only))
			return is_in_area(rule, gaps[i].area);
	return false;
}

void require_raise(const struct policy *policy, struct finding *finding)
{
	if (!finding->rule->gap || finding->level == LEVEL_ERROR)
		return;
	for (size_t i = 0; check_rules[i]; i++) {
		if (!policy->rules[i].required.p)
			continue;
		if (check_rules[i] != finding->rule && !gap_hides(finding->rule, check_rules[i], false))
			continue;
		finding->level = LEVEL_ERROR;
		finding->decided_by = policy->rules[i].required;
		return;
	}
}

static bool is_explained(const struct scan *scan, const struct rule *rule)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		if (gap_hides(scan->findings.v[i].rule, rule, true))
			return true;
	return false;
}

static const struct coverage *find_coverage(const struct scan *scan, const struct rule *rule)
{
	for (size_t i = 0; i < scan->coverage.n; i++)
		if (scan->coverage.v[i].rule == rule)
			return &scan->coverage.v[i];
	return NULL;
}

/* Why the rule counts as not evaluated; "" where it was; .p is NULL when out of memory. */
static struct str why_not_evaluated(const struct scan *scan, const struct rule *rule)
{
	const struct coverage *coverage = find_coverage(scan, rule);
	if (!coverage)
		return arena_printf(scan->arena, "%s is required and was not evaluated%s", rule->id,
				    rule->needs_installed && !scan->installed ? ": --installed" :
				    rule->needs_tarballs && !scan->tarballs   ? ": --verify" :
										"");
	for (size_t i = 0; i < coverage->skipped_count && i < sizeof coverage->skipped / sizeof *coverage->skipped; i++) {
		const struct coverage_gap *gap = &coverage->skipped[i];
		if (gap->remedy && gap->count)
			return arena_printf(scan->arena, "%s is required and was not evaluated for %zu packages (%s): %s", rule->id, gap->count,
					    gap->why, gap->remedy);
	}
	return STR("");
}

static bool add_gap(struct scan *scan, const struct rule *rule, struct str message, struct str origin)
{
	const struct rule *not_evaluated = check_rule_by_id(STR("not-evaluated"));
	struct finding *finding = not_evaluated ? check_add(scan, not_evaluated, TREE_NONE) : NULL;
	if (!finding)
		return false;
	finding->id = finding->stable_id = arena_printf(scan->arena, "not-evaluated/%s", rule->id);
	finding->message = message;
	finding->level = LEVEL_ERROR;
	finding->decided_by = origin;
	return finding->id.p;
}

enum status require_add_gaps(const struct policy *policy, struct scan *scan, struct error *err)
{
	for (size_t i = 0; check_rules[i]; i++) {
		const struct rule *rule = check_rules[i];
		if (!policy->rules[i].required.p || rule->gap || is_explained(scan, rule))
			continue;
		struct str why = why_not_evaluated(scan, rule);
		if (!why.p || (why.n && !add_gap(scan, rule, why, policy->rules[i].required)))
			return error_memory(err);
	}
	return STATUS_OK;
}
