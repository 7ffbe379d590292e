/* Findings by package, worst first; what comes with one direct dependency stands together. */
#include <stdlib.h>

#include "report/report_private.h"
#include "report/text_private.h"

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* The most urgent first; then by package, so that what belongs together stays together. */
static int by_urgency(const void *left, const void *right)
{
	const struct finding *a = *(const struct finding *const *)left, *b = *(const struct finding *const *)right;
	int order = compare_u64(b->level, a->level);
	if (!order)
		order = compare_u64(b->severity, a->severity);
	if (!order)
		order = compare_u64((uint64_t)b->score_tenths + 1, (uint64_t)a->score_tenths + 1);
	return order ? order : str_compare(a->id, b->id);
}

static int groups_by_urgency(const void *left, const void *right)
{
	const struct text_group *a = left, *b = right;
	int order = compare_u64(b->level, a->level);
	if (!order && (a->package->kind == PACKAGE_ROOT) != (b->package->kind == PACKAGE_ROOT))
		return a->package->kind == PACKAGE_ROOT ? -1 : 1;
	if (!order)
		order = by_urgency(&a->findings[0], &b->findings[0]);
	if (!order || a->findings[0]->severity == b->findings[0]->severity) {
		int by_name = str_compare(a->package->name, b->package->name);
		if (a->level == b->level && a->findings[0]->severity == b->findings[0]->severity)
			return by_name ? by_name : str_compare(a->package->version, b->package->version);
	}
	return order;
}

/* What was there before is told by its number. */
static bool is_shown(const struct finding *finding)
{
	return !finding->rule->gap && finding->status != FINDING_CARRIED && finding->level != LEVEL_OFF && finding->waiver_state != WAIVER_ACTIVE;
}

/* Counts first, so that each group's findings can be one array. */
static enum status count_groups(struct text *text, struct map *index, struct text_groups *out)
{
	const struct scan *scan = text->project->scan;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		out->waived += finding->waiver_state == WAIVER_ACTIVE;
		out->gaps += finding->rule->gap && finding->level == LEVEL_ERROR && finding->waiver_state != WAIVER_ACTIVE;
		if (!is_shown(finding))
			continue;
		const struct package *package = &scan->tree->packages[finding->instances[0]];
		struct str label = package_label(text->arena, package);
		size_t at;
		if (!label.p || !map_add(index, label, out->groups.n, &at))
			return STATUS_MEMORY;
		if (at == out->groups.n) {
			struct text_group *group = vec_add(text->arena, &out->groups);
			if (!group)
				return STATUS_MEMORY;
			group->package = package;
		}
		out->groups.v[at].count++;
	}
	return STATUS_OK;
}

static enum status fill_groups(struct text *text, struct map *index, struct text_groups *out)
{
	const struct scan *scan = text->project->scan;
	for (size_t i = 0; i < out->groups.n; i++) {
		struct text_group *group = &out->groups.v[i];
		group->findings = arena_array(text->arena, group->count, sizeof(struct finding *));
		if (!group->findings)
			return STATUS_MEMORY;
		group->count = 0;
	}
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		size_t at = 0;
		if (!is_shown(finding))
			continue;
		struct str label = package_label(text->arena, &scan->tree->packages[finding->instances[0]]);
		if (!label.p || !map_find(index, label, &at))
			return STATUS_MEMORY;
		struct text_group *group = &out->groups.v[at];
		group->findings[group->count++] = finding;
		if (finding->level > group->level)
			group->level = finding->level;
		out->informative += finding->level == LEVEL_INFO;
	}
	return STATUS_OK;
}

/* Who brings it: itself, where the user's own packages ask for it; STR_NONE where several do. */
static struct str bringer_of(struct text *text, const struct text_group *group)
{
	const struct fix *fix = text_fix_of(group);
	const struct finding *advisory = text_first_advisory(group);
	fix = fix ? fix : advisory ? &advisory->fix : NULL;
	if (group->package->direct)
		return package_label(text->arena, group->package);
	return fix && fix->through_count == 1 && !fix->through_many ? fix->through[0] : STR_NONE;
}

static int by_cluster(const void *left, const void *right)
{
	const struct text_group *a = left, *b = right;
	int order = compare_u64(a->block, b->block);
	if (!order)
		order = compare_u64(a->cluster, b->cluster);
	if (!order && a->package->direct != b->package->direct)
		return a->package->direct ? -1 : 1;
	return order ? order : compare_u64(a->rank, b->rank);
}

/* What is to be fixed now stands by what clears it, in the order of the worst of each; the rest as its clusters do. */
static void find_blocks(struct text_groups *groups)
{
	size_t first[ACTION_BY_HAND + 1];
	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		first[i] = SIZE_MAX;
	for (size_t i = 0; i < groups->groups.n; i++) {
		struct text_group *group = &groups->groups.v[i];
		bool now = group->level == LEVEL_ERROR;
		if (now && first[group->action] == SIZE_MAX)
			first[group->action] = group->cluster;
		group->block = now ? first[group->action] : group->cluster;
	}
}

/* Clusters in the order of the worst of each, and in each what the user asks for first. */
static bool cluster_groups(struct text *text, struct text_groups *groups)
{
	struct map *index = map_new(text->arena, groups->groups.n);
	for (size_t i = 0; index && i < groups->groups.n; i++) {
		struct text_group *group = &groups->groups.v[i];
		struct str bringer = bringer_of(text, group);
		group->action = text_action_of(text, group);
		struct str key = bringer.n ? arena_printf(text->arena, "%d %d %.*s", group->level,
							  group->level == LEVEL_ERROR ? (int)group->action : 0, STR_ARG(bringer)) :
					     STR_NONE;
		size_t first = i;
		if (bringer.n && (!key.p || !map_add(index, key, i, &first)))
			return false;
		group->bringer = bringer;
		group->rank = i;
		group->cluster = first;
		groups->groups.v[first].cluster_size++;
	}
	for (size_t i = 0; index && i < groups->groups.n; i++)
		groups->groups.v[i].cluster_size = groups->groups.v[groups->groups.v[i].cluster].cluster_size;
	find_blocks(groups);
	if (groups->groups.n)
		qsort(groups->groups.v, groups->groups.n, sizeof *groups->groups.v, by_cluster);
	return index != NULL;
}

/* The rule that alone makes it as urgent as it is, and knows no advisories; NULL: there is none. */
static const struct rule *only_rule(const struct text_group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->findings[i]->level == group->level &&
		    (text_is_advisory(group->findings[i]) || group->findings[i]->rule != group->findings[0]->rule))
			return NULL;
	return group->findings[0]->rule;
}

static bool count_alike(struct text *text, struct map *counts, struct text_group *group, bool again)
{
	const struct rule *rule = only_rule(group);
	struct str key = rule ? arena_printf(text->arena, "%d %s", group->level, rule->id) : STR_NONE;
	size_t n = 0;
	if (!rule)
		return true;
	if (!key.p || (!map_find(counts, key, &n) && again))
		return false;
	if (again) {
		group->alike = n;
		return true;
	}
	group->alike_at = n;
	return map_set(counts, key, n + 1);
}

static bool number_alike(struct text *text, struct text_groups *groups)
{
	struct map *counts = map_new(text->arena, 0);
	bool ok = counts != NULL;
	for (size_t i = 0; ok && i < groups->groups.n; i++)
		ok = count_alike(text, counts, &groups->groups.v[i], false);
	for (size_t i = 0; ok && i < groups->groups.n; i++)
		ok = count_alike(text, counts, &groups->groups.v[i], true);
	return ok;
}

enum status text_group_findings(struct text *text, struct text_groups *out, struct error *err)
{
	*out = (struct text_groups){ 0 };
	struct map *index = map_new(text->arena, text->project->scan->findings.n);
	if (!index || count_groups(text, index, out) || fill_groups(text, index, out))
		return error_memory(err);
	for (size_t i = 0; i < out->groups.n; i++)
		qsort(out->groups.v[i].findings, out->groups.v[i].count, sizeof(struct finding *), by_urgency);
	if (out->groups.n)
		qsort(out->groups.v, out->groups.n, sizeof *out->groups.v, groups_by_urgency);
	return cluster_groups(text, out) && number_alike(text, out) ? STATUS_OK : error_memory(err);
}

size_t text_group_count(const struct text_groups *groups, enum rule_level level)
{
	size_t n = 0;
	for (size_t i = 0; i < groups->groups.n; i++)
		n += groups->groups.v[i].level == level;
	return n;
}

void text_group_name(const struct text_group *group, struct buf *out)
{
	text_add(out, group->package->name.n ? group->package->name : STR("(the project)"));
	if (group->package->version.n) {
		buf_add_char(out, ' ');
		text_add(out, group->package->version);
	}
}
