/*
 * What waivers do to a scan. One that has ended, or that the policy does not let stand, changes nothing but is named beside its finding;
 * one that stands is preferred to it. Those with an id are found by it, those of one package by its name, so that many waivers and many
 * findings cost no more than what they have in common.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "policy/model.h"

/* ---- matching ------------------------------------------------------------------------------ */

static bool ids_match(const struct waiver *waiver, const struct finding *finding)
{
	bool match = text_equals_any_case(waiver->id, finding->id);
	for (size_t i = 0; !match && i < finding->alias_count; i++)
		match = text_equals_any_case(waiver->id, finding->aliases[i]);
	return match;
}

/* A package alone is too little for malware, and for what is about the project: its root. */
static bool may_waive_by_package(const struct finding *finding)
{
	return !str_equal_z(str_of(finding->rule->id), "malware") && finding->instance_count && finding->instances[0] != 0;
}

/* All but the path. */
static bool names_match(const struct waiver *waiver, const struct scan *scan, const struct finding *finding)
{
	if (waiver->rule && waiver->rule != finding->rule)
		return false;
	if (waiver->id.p && !ids_match(waiver, finding))
		return false;
	if (!waiver->rule && !waiver->id.p && !may_waive_by_package(finding))
		return false;
	if (!waiver->package)
		return true;
	return scan->tree && finding->instance_count && package_pattern_matches(waiver->package, &scan->tree->packages[finding->instances[0]]);
}

/* Every path by which one instance comes in; where they are too many to be looked at, that is no match. */
static enum status all_paths_match(const struct waiver *waiver, const struct tree *tree, uint32_t instance, struct arena *scratch, bool *out,
				   struct error *err)
{
	struct tree_path *paths;
	size_t count, total;
	bool complete;
	enum status status = tree_paths(tree, instance, LIMIT_PATHS, scratch, &paths, &count, &total, &complete, err);
	if (status)
		return status;
	bool match = complete && count && count == total;
	for (size_t i = 0; match && i < count; i++)
		match = path_pattern_matches(waiver->path, tree, &paths[i]);
	*out = match;
	return STATUS_OK;
}

/* An instance, or a way to one, that lies elsewhere is not waived along with the others. */
static enum status paths_match(const struct waiver *waiver, const struct scan *scan, const struct finding *finding, struct arena *scratch, bool *out,
			       struct error *err)
{
	bool match = scan->tree && finding->instance_count;
	for (size_t i = 0; match && i < finding->instance_count; i++) {
		arena_reset(scratch);
		enum status status = all_paths_match(waiver, scan->tree, finding->instances[i], scratch, &match, err);
		if (status)
			return status;
	}
	*out = match;
	return STATUS_OK;
}

static enum status waiver_matches(const struct waiver *waiver, const struct scan *scan, const struct finding *finding, struct arena *scratch,
				  bool *out, struct error *err)
{
	bool match = names_match(waiver, scan, finding);
	if (!match || !waiver->path) {
		*out = match;
		return STATUS_OK;
	}
	return paths_match(waiver, scan, finding, scratch, out, err);
}

enum standing {
	STANDS,
	ENDED,     /* its day has passed */
	FIXED,     /* it waited for a fix, which is there */
	TOO_LONG,  /* it would last longer than the policy lets waivers last */
	FORBIDDEN, /* the organisation lets no project waive this */
};

/* The organisation's own waivers are bound by nothing but their end. */
static enum standing standing_of(const struct policy *policy, const struct waiver *waiver, const struct scan *scan, const struct finding *finding)
{
	bool bound = policy->max_waiver >= 0 && !waiver->layer->floor;
	if (!policy->rules[rule_number(finding->rule)].waivable && !waiver->layer->floor)
		return FORBIDDEN;
	if (scan->now >= waiver->ends)
		return ENDED;
	if (waiver->until_fix && finding->fix.kind != FIX_NONE)
		return FIXED;
	/* The last day counts whole: so much longer may it be. */
	return bound && waiver->ends - 86400 > scan->now + policy->max_waiver ? TOO_LONG : STANDS;
}

static void add_why(const struct policy *policy, const struct waiver *waiver, enum standing standing, struct buf *out)
{
	char bound[DATE_TEXT_SIZE];
	if (standing == ENDED)
		buf_printf(out, "expired %.*s: ", STR_ARG(waiver->expires));
	if (standing == FIXED)
		buf_add_z(out, "ended, since a fix is available: ");
	if (standing == FORBIDDEN)
		buf_printf(out, "not allowed by %.*s: ", STR_ARG(policy->org->label));
	if (standing == TOO_LONG) {
		duration_format(policy->max_waiver, bound);
		buf_printf(out, "%s, and %.*s lets waivers last %s at most: ", waiver->expires.p ? "too long" : "without an end",
			   STR_ARG(policy->max_waiver_by->label), bound);
	}
}

/* "not reachable (web, until 2027-01-31)", "expired 2026-01-31: not reachable (web)". */
static struct str describe(const struct policy *policy, const struct waiver *waiver, enum standing standing, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	bool until = standing == STANDS && (waiver->expires.p || waiver->until_fix);
	add_why(policy, waiver, standing, &text);
	buf_add(&text, waiver->reason);
	buf_add_z(&text, waiver->owner.p || until ? " (" : "");
	buf_add(&text, waiver->owner);
	buf_add_z(&text, waiver->owner.p && until ? ", " : "");
	if (until)
		buf_printf(&text, "until %.*s%s%s", STR_ARG(waiver->expires.p ? waiver->expires : STR("")),
			   waiver->expires.p && waiver->until_fix ? " or " : "", waiver->until_fix ? "a fix is available" : "");
	buf_add_z(&text, waiver->owner.p || until ? ")" : "");
	return text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
}

/* ---- which of them could match --------------------------------------------------------------- */

static struct str lower_case(struct str text, struct arena *arena)
{
	char *copy = arena_alloc(arena, text.n + 1);
	for (size_t i = 0; copy && i < text.n; i++)
		copy[i] = (char)ascii_lower((unsigned char)text.p[i]);
	return copy ? (struct str){ copy, text.n } : STR_NONE;
}

/* Before the first of its chain, of whatever is in the map under that key. */
static bool put_first(struct policy *policy, struct map *map, struct str key, size_t number)
{
	if (!key.p)
		return false;
	map_find(map, key, &policy->next_waiver[number]);
	return map_set(map, key, number);
}

static bool names_one_package(const struct waiver *waiver)
{
	return waiver->package && str_find(waiver->package->name, '*') == waiver->package->name.n;
}

/* From the last to the first, so that each chain rises. */
bool waivers_index(struct policy *policy)
{
	size_t n = policy->waivers.n;
	bool fine = true;
	policy->waivers_by_id = map_new(policy->arena, n);
	policy->waivers_by_name = map_new(policy->arena, 0);
	policy->next_waiver = arena_array(policy->arena, n, sizeof *policy->next_waiver);
	if (!policy->waivers_by_id || !policy->waivers_by_name || !policy->next_waiver)
		return false;
	for (size_t i = n; i-- && fine;) {
		const struct waiver *waiver = policy->waivers.v[i];
		size_t *slot;
		policy->next_waiver[i] = SIZE_MAX;
		if (waiver->id.p)
			fine = put_first(policy, policy->waivers_by_id, lower_case(waiver->id, policy->arena), i);
		else if (names_one_package(waiver))
			fine = put_first(policy, policy->waivers_by_name, waiver->package->name, i);
		else if ((fine = (slot = vec_add(policy->arena, &policy->waivers_of_many))))
			*slot = i;
	}
	return fine;
}

/* One policy's waivers over one scan. */
struct waiving {
	const struct policy *policy;
	const struct scan *scan;
	struct scan *changed; /* the same, while findings are added to it */
	struct arena *paths;  /* emptied for each instance */
	struct arena *lists;  /* emptied for each finding */
	VEC(size_t) candidates;
	bool *told; /* by waiver */
};

static bool add_candidate(struct waiving *waiving, size_t number)
{
	size_t *slot = vec_add(waiving->lists, &waiving->candidates);
	if (slot)
		*slot = number;
	return slot;
}

static bool add_chain(struct waiving *waiving, const struct map *map, struct str key)
{
	size_t at;
	bool fine = key.p;
	if (!fine || !map_find(map, key, &at))
		return fine;
	for (; at != SIZE_MAX && fine; at = waiving->policy->next_waiver[at])
		fine = add_candidate(waiving, at);
	return fine;
}

static bool add_chain_of_id(struct waiving *waiving, struct str id)
{
	return add_chain(waiving, waiving->policy->waivers_by_id, lower_case(id, waiving->lists));
}

static int compare_numbers(const void *a, const void *b)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;
	return (left > right) - (left < right);
}

/* Those that name the finding by its id or an alias, or its package, and those of more than one; the first one said first. */
static bool find_candidates(struct waiving *waiving, const struct finding *finding)
{
	const struct policy *policy = waiving->policy;
	const struct tree *tree = waiving->scan->tree;
	arena_reset(waiving->lists);
	memset(&waiving->candidates, 0, sizeof waiving->candidates);
	bool fine = add_chain_of_id(waiving, finding->id);
	for (size_t i = 0; i < finding->alias_count && fine; i++)
		fine = add_chain_of_id(waiving, finding->aliases[i]);
	if (fine && tree && finding->instance_count && tree->packages[finding->instances[0]].name.p)
		fine = add_chain(waiving, policy->waivers_by_name, tree->packages[finding->instances[0]].name);
	for (size_t i = 0; i < policy->waivers_of_many.n && fine; i++)
		fine = add_candidate(waiving, policy->waivers_of_many.v[i]);
	if (waiving->candidates.n)
		qsort(waiving->candidates.v, waiving->candidates.n, sizeof *waiving->candidates.v, compare_numbers);
	return fine;
}

static enum status waiving_init(struct waiving *waiving, const struct policy *policy, struct error *err)
{
	waiving->policy = policy;
	waiving->paths = arena_new(0);
	waiving->lists = arena_new(0);
	return waiving->paths && waiving->lists ? STATUS_OK : error_memory(err);
}

static void waiving_fini(struct waiving *waiving)
{
	arena_free(waiving->paths);
	arena_free(waiving->lists);
}

/* ---- applying ---------------------------------------------------------------------------------- */

/* The first that stands, else the first that would if it could, else *number is SIZE_MAX. */
static enum status find_waiver(struct waiving *waiving, const struct finding *finding, size_t *number, enum standing *standing, struct error *err)
{
	*number = SIZE_MAX;
	if (!find_candidates(waiving, finding))
		return error_memory(err);
	for (size_t i = 0; i < waiving->candidates.n; i++) {
		const struct waiver *waiver = waiving->policy->waivers.v[waiving->candidates.v[i]];
		bool match;
		enum status status = waiver_matches(waiver, waiving->scan, finding, waiving->paths, &match, err);
		if (status)
			return status;
		enum standing its = match ? standing_of(waiving->policy, waiver, waiving->scan, finding) : STANDS;
		if (!match || (*number != SIZE_MAX && its != STANDS))
			continue;
		*number = waiving->candidates.v[i];
		*standing = its;
		if (its == STANDS)
			return STATUS_OK;
	}
	return STATUS_OK;
}

enum { SOON = 14 * 86400 };

/* Once for each waiver: what it was for counts again, or soon will. */
static enum status tell(struct waiving *waiving, size_t number, enum standing standing, struct error *err)
{
	static const char *const kinds[] = { [STANDS] = "expiring", [ENDED] = "expired", [FIXED] = "expired", [TOO_LONG] = "refused", [FORBIDDEN] = "refused" };
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	const struct waiver *waiver = waiving->policy->waivers.v[number];
	struct scan *scan = waiving->changed;
	bool soon = waiver->ends != INT64_MAX && waiver->ends - scan->now <= SOON;
	if (waiving->told[number] || (standing == STANDS && !soon))
		return STATUS_OK;
	waiving->told[number] = true;
	struct finding *finding = check_add(scan, check_rule_by_id(STR("waiver")), TREE_NONE);
	if (!finding)
		return error_memory(err);
	buf_printf(&text, "%.*s, line %u: ", STR_ARG(waiver->layer->label), waiver->line);
	waiver_write(waiver, &text);
	if (standing == STANDS)
		buf_printf(&text, ": ends with %.*s: ", STR_ARG(waiver->expires));
	else
		buf_add_z(&text, ": ");
	add_why(waiving->policy, waiver, standing, &text);
	buf_add(&text, waiver->reason);
	finding->message = text.failed ? STR_NONE : arena_copy(scan->arena, buf_str(&text));
	finding->id = arena_printf(scan->arena, "waiver/%s", kinds[standing]);
	finding->stable_id = arena_printf(scan->arena, "waiver %.*s:%u", STR_ARG(waiver->layer->label), waiver->line);
	finding->line = waiver->line;
	return finding->message.p && finding->id.p && finding->stable_id.p ? STATUS_OK : error_memory(err);
}

static enum status apply(struct waiving *waiving, size_t at, struct error *err)
{
	static const enum waiver_state states[] = {
		[STANDS] = WAIVER_ACTIVE, [ENDED] = WAIVER_EXPIRED, [FIXED] = WAIVER_EXPIRED, [TOO_LONG] = WAIVER_REFUSED, [FORBIDDEN] = WAIVER_REFUSED
	};
	struct finding *finding = &waiving->changed->findings.v[at];
	enum standing standing = STANDS;
	size_t number;
	enum status status = find_waiver(waiving, finding, &number, &standing, err);
	finding->waiver_state = WAIVER_NONE;
	finding->waiver = STR_NONE;
	finding->justification = STR_NONE;
	if (status || number == SIZE_MAX)
		return status;
	finding->waiver_state = states[standing];
	if (standing == STANDS)
		finding->justification = waiving->policy->waivers.v[number]->justification;
	finding->waiver = describe(waiving->policy, waiving->policy->waivers.v[number], standing, waiving->scan->arena);
	if (!finding->waiver.p)
		return error_memory(err);
	return finding->level == LEVEL_OFF ? STATUS_OK : tell(waiving, number, standing, err);
}

/* What yarn ignores by numbers and patterns: npm's own numbers, by which no advisory database knows anything. */
static bool is_foreign_id(struct str id)
{
	size_t digits = 0;
	while (digits < id.n && ascii_is_digit((unsigned char)id.p[digits]))
		digits++;
	return id.n && (digits == id.n || str_find(id, '*') < id.n);
}

static enum status tell_foreign(struct waiving *waiving, struct error *err)
{
	struct scan *scan = waiving->changed;
	for (size_t i = 0; i < waiving->policy->waivers.n; i++) {
		const struct waiver *waiver = waiving->policy->waivers.v[i];
		const struct str label = waiver->layer->label;
		if (!is_foreign_id(waiver->id))
			continue;
		struct finding *finding = check_add(scan, check_rule_by_id(STR("waiver")), TREE_NONE);
		if (!finding)
			return error_memory(err);
		bool pattern = str_find(waiver->id, '*') < waiver->id.n;
		finding->message = arena_printf(scan->arena, "%.*s, line %u: %.*s is %s: it waives nothing; name advisories as GHSA-... or CVE-...",
						STR_ARG(label), waiver->line, STR_ARG(waiver->id),
						pattern ? "a pattern, and advisories are waived by whole ids" :
							  "a number of npm's own, by which no advisory database knows one");
		finding->id = STR("waiver/no-id");
		finding->stable_id = arena_printf(scan->arena, "waiver %.*s:%u no-id", STR_ARG(label), waiver->line);
		finding->line = waiver->line;
		if (!finding->message.p || !finding->stable_id.p)
			return error_memory(err);
	}
	return STATUS_OK;
}

enum status waivers_apply(const struct policy *policy, struct scan *scan, size_t count, struct error *err)
{
	CLEANUP(waiving_fini) struct waiving waiving = { .scan = scan, .changed = scan };
	enum status status = waiving_init(&waiving, policy, err);
	waiving.told = arena_array(scan->arena, policy->waivers.n, sizeof *waiving.told);
	if (!status && !waiving.told)
		status = error_memory(err);
	for (size_t i = 0; i < count && !status; i++)
		status = apply(&waiving, i, err);
	return status ? status : tell_foreign(&waiving, err);
}

/* ---- the unused ---------------------------------------------------------------------------------- */

static enum status mark_used(struct waiving *waiving, const struct finding *finding, bool *used, struct error *err)
{
	enum status status = find_candidates(waiving, finding) ? STATUS_OK : error_memory(err);
	for (size_t i = 0; i < waiving->candidates.n && !status; i++) {
		size_t number = waiving->candidates.v[i];
		if (!used[number])
			status = waiver_matches(waiving->policy->waivers.v[number], waiving->scan, finding, waiving->paths, &used[number], err);
	}
	return status;
}

/* Nobody looked for what it is about. */
static bool is_excused(const struct waiver *waiver, const struct scan *scan)
{
	return waiver->rule && ((waiver->rule->needs_tarballs && !scan->tarballs) || (waiver->rule->needs_installed && !scan->installed) ||
				(scan->plans && scan->plans[rule_number(waiver->rule)].off));
}

static enum status mark_scan(struct waiving *waiving, const struct scan *scan, bool *used, struct error *err)
{
	enum status status = STATUS_OK;
	waiving->scan = scan;
	for (size_t i = 0; i < waiving->policy->waivers.n; i++)
		used[i] |= is_excused(waiving->policy->waivers.v[i], scan);
	for (size_t i = 0; i < scan->findings.n && !status; i++)
		status = mark_used(waiving, &scan->findings.v[i], used, err);
	return status;
}

static bool add_unused(const struct waiver *waiver, int64_t now, struct arena *arena, struct policy_unused_waiver *out)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	waiver_write(waiver, &text);
	*out = (struct policy_unused_waiver){
		.path = waiver->layer->path, .line = waiver->line, .text = arena_copy(arena, buf_str(&text)), .expired = now >= waiver->ends
	};
	return !text.failed && out->text.p;
}

enum status policy_unused_waivers(const struct policy *policy, const struct scan *const *scans, size_t scan_count, struct arena *arena,
				  struct policy_unused_waiver **out, size_t *count, struct error *err)
{
	CLEANUP(waiving_fini) struct waiving waiving = { 0 };
	VEC(struct policy_unused_waiver) unused = { NULL, 0, 0 };
	bool *used = arena_array(arena, policy->waivers.n, sizeof *used);
	enum status status = waiving_init(&waiving, policy, err);
	if (!used)
		return error_memory(err);
	for (size_t i = 0; i < scan_count && !status; i++)
		status = mark_scan(&waiving, scans[i], used, err);
	/* Those of what the project extends may be meant for other projects. */
	for (size_t i = 0; i < policy->waivers.n && !status; i++) {
		const struct waiver *waiver = policy->waivers.v[i];
		if (used[i] || waiver->layer != policy->top || policy->top->preset)
			continue;
		struct policy_unused_waiver *entry = vec_add(arena, &unused);
		if (!entry || !add_unused(waiver, scan_count ? scans[0]->now : INT64_MIN, arena, entry))
			return error_memory(err);
	}
	*out = unused.v;
	*count = unused.n;
	return status;
}
