/*
 * Known vulnerabilities and malware: each installed name is looked up once, each version of it is matched once, and records that
 * are aliases of each other make one finding.
 *
 * Matched is what a registry or a URL may have given: registry, tarball and git packages. The user's own code is not, nor what is declared
 * private: a private package that shares its name with a public one must not be accused of what the public one did. But each record that is
 * held back for that is named, so that nobody hides behind a declaration unseen.
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/clean.h"
#include "check/fix.h"
#include "check/group.h"

struct matching {
	struct scan *scan;
	const struct rule *vulnerability, *malware;
	struct arena *scratch;        /* emptied before each name */
	const struct affected *known; /* everything about the name at hand */
	size_t known_count;
	struct clean_versions clean;
	bool alone;              /* one version of it is installed */
	struct through *through; /* by package; NULL: nothing was found yet */
	struct str private;      /* who declares the name at hand private; STR_NONE */
	bool held;               /* the packages at hand are those for which records are held back */
};

/* Package numbers, to be put in order by name, version, number. */
struct numbers {
	uint32_t *v;
	size_t n;
};

static struct str private_because(const struct scan *scan, struct str name)
{
	return scan->private_because ? scan->private_because(scan->private_context, name) : STR_NONE;
}

static bool is_own_code(const struct package *package)
{
	enum judgement kind = judge_kind(package);
	return kind == UNJUDGED_OWN || kind == UNJUDGED_LINK || kind == UNJUDGED_FILE;
}

static enum judgement judge(const struct scan *scan, const struct package *package)
{
	if (is_own_code(package))
		return judge_kind(package);
	if (package->name.n && private_because(scan, package->name).p)
		return UNJUDGED_PRIVATE;
	if (package->name.n == 0 || package->version.n == 0)
		return UNJUDGED_NO_VERSION;
	return scan->db ? JUDGED : UNJUDGED_NO_DATABASE;
}

static int compare_numbers(const void *left, const void *right, void *context)
{
	const struct package *packages = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int order = str_compare(packages[a].name, packages[b].name);
	if (!order)
		order = str_compare(packages[a].version, packages[b].version);
	return order ? order : (a > b) - (a < b);
}

/* Which packages to match: those that records are about, and those for which they are held back. A private package is among both: what the
 * user's own sources say of it is no accusation by name alone. Without a version a package was not judged; what is malware in every version
 * is malware all the same. */
static void sort_out(const struct scan *scan, uint32_t number, enum judgement judgement, struct numbers *judged, struct numbers *held)
{
	const struct package *package = &scan->tree->packages[number];
	bool own = is_own_code(package), private = judgement == UNJUDGED_PRIVATE;
	if ((!scan->db && !scan->own) || package->name.n == 0)
		return;
	if (!own)
		judged->v[judged->n++] = number;
	/* A link without a version is told of by what it leads to. */
	if (private || (own && (package->kind != PACKAGE_LINK || package->version.n)))
		held->v[held->n++] = number;
}

/* Coverage for both rules, each of which may leave out others. */
static enum status cover_both(struct matching *matching, struct coverage *rows[2], struct error *err)
{
	const struct rule *const rules[] = { matching->malware, matching->vulnerability };
	struct scan *scan = matching->scan;
	size_t first = scan->coverage.n;
	for (size_t i = 0; i < 2; i++)
		if (!check_cover(scan, rules[i]))
			return error_memory(err);
	for (size_t i = 0; i < 2; i++)
		rows[i] = &scan->coverage.v[first + i];
	return STATUS_OK;
}

/* Neither of the two rules looks at what both leave out. */
static bool cover_package(const struct scan *scan, struct coverage *rows[2], const struct package *package, enum judgement judgement)
{
	bool wanted = false;
	for (size_t i = 0; i < 2; i++) {
		bool omitted = check_is_omitted(scan, rows[i]->rule, package);
		cover(rows[i], omitted ? UNJUDGED_OMITTED : judgement);
		wanted |= !omitted;
	}
	return wanted;
}

static enum status collect(struct matching *matching, struct numbers *judged, struct numbers *held, struct error *err)
{
	struct scan *scan = matching->scan;
	const struct tree *tree = scan->tree;
	struct coverage *rows[2];
	enum status status = cover_both(matching, rows, err);
	judged->v = arena_array(scan->arena, tree->package_count, sizeof *judged->v);
	held->v = arena_array(scan->arena, tree->package_count, sizeof *held->v);
	if (status || !judged->v || !held->v)
		return status ? status : error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		size_t value;
		if (scan->only && !map_find(scan->only, tree->packages[i].name, &value))
			continue;
		enum judgement judgement = judge(scan, &tree->packages[i]);
		if (cover_package(scan, rows, &tree->packages[i], judgement))
			sort_out(scan, i, judgement, judged, held);
	}
	qsort_r(judged->v, judged->n, sizeof *judged->v, compare_numbers, tree->packages);
	qsort_r(held->v, held->n, sizeof *held->v, compare_numbers, tree->packages);
	return STATUS_OK;
}

/* ---- held back -------------------------------------------------------------------- */

/* Why a record is not about this package. */
static struct str held_reason(const struct matching *matching, const struct package *package)
{
	static const char *const reasons[] = {
		[PACKAGE_FILE] = "it comes from a file",
		[PACKAGE_LINK] = "it is a link",
		[PACKAGE_WORKSPACE] = "it is a workspace",
		[PACKAGE_ROOT] = "it is this project itself",
	};
	if (is_own_code(package))
		return str_of(reasons[package->kind]);
	return arena_printf(matching->scan->arena, "private: %.*s", STR_ARG(matching->private));
}

static bool hold_back(struct matching *matching, const struct group *group, const struct finding *place)
{
	struct scan *scan = matching->scan;
	struct finding *held = vec_add(scan->arena, &scan->held_back);
	if (!held)
		return false;
	*held = (struct finding){
		.rule = group_is_malware(group) ? matching->malware : matching->vulnerability,
		.score_tenths = -1,
		.epss = -1,
		.instances = place->instances,
		.instance_count = place->instance_count,
		.line = scan->tree->packages[place->instances[0]].line,
		.message = held_reason(matching, &scan->tree->packages[place->instances[0]]),
	};
	return held->message.p && group_describe(group, scan->arena, held);
}

/* ---- found -------------------------------------------------------------------------- */

/* Without the instances that this rule leaves out: *out has none left where it leaves out all. */
static bool keep_wanted(const struct scan *scan, const struct rule *rule, const struct finding *place, struct finding *out)
{
	*out = (struct finding){ .instances = place->instances, .instance_count = place->instance_count };
	if (!scan->plans || !scan->plans[check_rule_number(rule)].omit)
		return true;
	out->instance_count = 0;
	for (size_t i = 0; i < place->instance_count; i++)
		if (!check_is_omitted(scan, rule, &scan->tree->packages[place->instances[i]]) &&
		    !finding_add_instance(scan->arena, out, place->instances[i]))
			return false;
	return true;
}

static bool add_finding(struct matching *matching, const struct group *group, const struct finding *place, const struct fix *fix)
{
	struct scan *scan = matching->scan;
	bool malware = group_is_malware(group);
	const struct rule *rule = malware ? matching->malware : matching->vulnerability;
	struct finding wanted;
	if (!keep_wanted(scan, rule, place, &wanted) || !wanted.instance_count)
		return wanted.instance_count == 0;
	struct finding *finding = check_add(scan, rule, wanted.instances[0]);
	if (!finding || !group_describe(group, scan->arena, finding))
		return false;
	struct str label = package_label(matching->scratch, &scan->tree->packages[wanted.instances[0]]);
	finding->instances = wanted.instances;
	finding->instance_count = wanted.instance_count;
	finding->fix = *fix;
	finding->message = arena_printf(scan->arena, "%.*s %s: %.*s", STR_ARG(label), malware ? "is malware" : "is vulnerable", STR_ARG(finding->title));
	return label.p && finding->message.p;
}

/* Who brings what is worked out once, where anything is found at all. */
static enum status find_fix(struct matching *matching, const struct finding *place, const struct read_version *version, struct fix *fix, struct error *err)
{
	const struct scan *scan = matching->scan;
	if (!matching->through && !(matching->through = through_find(scan->tree, scan->arena)))
		return error_memory(err);
	struct fix_question question = { place, version, &matching->clean, matching->through, matching->alone };
	return fix_find(scan, &question, fix, err);
}

static enum status add_groups(struct matching *matching, const struct affected *const *hits, size_t hit_count, const struct finding *place,
			      const struct read_version *version, struct error *err)
{
	struct group *groups;
	size_t group_count;
	struct fix fix = { 0 };
	enum status status = group_aliases(hits, hit_count, matching->scratch, &groups, &group_count, err);
	if (status == STATUS_OK && !matching->held)
		status = find_fix(matching, place, version, &fix, err);
	if (status != STATUS_OK)
		return status;
	fix.clears = fix.kind == FIX_NONE ? 0 : group_count;
	for (size_t i = 0; i < group_count; i++)
		if (!(matching->held ? hold_back(matching, &groups[i], place) : add_finding(matching, &groups[i], place, &fix)))
			return error_memory(err);
	return STATUS_OK;
}

/* ---- which records fit which versions ------------------------------------------------ */

/* All instances of one version of the name at hand. */
struct installed {
	uint32_t *numbers;
	size_t count;
	struct read_version version;
	VEC(const struct affected *) hits;
};
struct installed_list {
	struct installed *v; /* in the order of the packages */
	struct installed **rising;
	struct semver *parsed; /* of those of `rising` that are versions, which come first */
	size_t n, valid;
	int64_t *steps;
};

static int compare_installed(const void *left, const void *right)
{
	const struct installed *const *a = left, *const *b = right;
	return compare_read_versions(&(*a)->version, &(*b)->version);
}

static bool list_installed(struct matching *matching, uint32_t *numbers, size_t count, struct installed_list *out)
{
	const struct package *packages = matching->scan->tree->packages;
	struct arena *arena = matching->scratch;
	*out = (struct installed_list){
		.v = arena_array(arena, count, sizeof *out->v),
		.rising = arena_array(arena, count, sizeof *out->rising),
		.parsed = arena_array(arena, count, sizeof *out->parsed),
		.steps = arena_array(arena, count + 1, sizeof *out->steps),
	};
	if (!out->v || !out->rising || !out->parsed || !out->steps)
		return false;
	for (size_t i = 0, end; i < count; i = end) {
		const struct package *first = &packages[numbers[i]];
		for (end = i + 1; end < count && str_equal(packages[numbers[end]].version, first->version) &&
				  is_own_code(&packages[numbers[end]]) == is_own_code(first);)
			end++;
		out->rising[out->n] = &out->v[out->n];
		out->v[out->n++] = (struct installed){ numbers + i, end - i, read_version(first->version), { 0 } };
	}
	qsort(out->rising, out->n, sizeof *out->rising, compare_installed);
	for (; out->valid < out->n && out->rising[out->valid]->version.valid; out->valid++)
		out->parsed[out->valid] = out->rising[out->valid]->version.parsed;
	return true;
}

static bool add_hit(struct matching *matching, struct installed *installed, const struct affected *record)
{
	const struct affected **slot = vec_add(matching->scratch, &installed->hits);
	if (slot)
		*slot = record;
	return slot != NULL;
}

/* One record against all versions: it can have thousands of ranges, and a hostile lockfile thousands of versions. */
static bool match_record(struct matching *matching, struct installed_list *list, const struct affected *record)
{
	int64_t covered = 0;
	memset(list->steps, 0, (list->valid + 1) * sizeof *list->steps);
	affected_add_steps(record, list->parsed, list->valid, list->steps);
	for (size_t i = 0; i < list->n; i++) {
		struct installed *installed = list->rising[i];
		covered += i < list->valid ? list->steps[i] : 0;
		bool hit = i < list->valid ? covered != 0 : affected_contains(record, installed->version.text, NULL);
		if (hit && !add_hit(matching, installed, record))
			return false;
	}
	return true;
}

static enum status match_versions(struct matching *matching, uint32_t *numbers, size_t count, struct error *err)
{
	struct installed_list list;
	bool any = false;
	if (!list_installed(matching, numbers, count, &list))
		return error_memory(err);
	for (size_t i = 0; i < matching->known_count; i++)
		if (!match_record(matching, &list, &matching->known[i]))
			return error_memory(err);
	for (size_t i = 0; i < list.n; i++)
		any |= list.v[i].hits.n > 0;
	enum status status = STATUS_OK;
	if (any && !matching->held)
		status = clean_versions_find(matching->scan, &(struct installed_numbers){ numbers, count }, matching->known, matching->known_count,
					     &matching->clean, err);
	matching->alone = list.n == 1;
	for (size_t i = 0; i < list.n && status == STATUS_OK; i++) {
		struct installed *at = &list.v[i];
		struct finding place = { .instances = at->numbers, .instance_count = at->count };
		if (at->hits.n)
			status = add_groups(matching, at->hits.v, at->hits.n, &place, &at->version, err);
	}
	return status;
}

/* Of a private name the public records are held back, and the user's own ones count. */
static size_t keep_records(const struct matching *matching, struct affected *known, size_t count)
{
	size_t kept = 0;
	for (size_t i = 0; i < count; i++)
		if (!matching->private.p || advisory_is_public(known[i].advisory) == matching->held)
			known[kept++] = known[i];
	return kept;
}

static enum status match_name(struct matching *matching, uint32_t *numbers, size_t count, struct error *err)
{
	struct scan *scan = matching->scan;
	struct str name = scan->tree->packages[numbers[0]].name;
	struct affected *known = NULL;
	int64_t as_of = scan->as_of_given ? scan->now : DATE_NONE;
	enum status status = STATUS_OK;
	matching->known_count = 0;
	if (scan->db)
		status = advisory_db_find(scan->db, name, as_of, scan->arena, &known, &matching->known_count, err);
	if (status == STATUS_OK)
		status = advisory_own_add(scan->own, name, as_of, scan->arena, &known, &matching->known_count, err);
	if (status != STATUS_OK || matching->known_count == 0)
		return status;
	matching->known = known;
	matching->private = private_because(scan, name);
	matching->known_count = keep_records(matching, known, matching->known_count);
	arena_reset(matching->scratch);
	return match_versions(matching, numbers, count, err);
}

static enum status match_all(struct matching *matching, const struct numbers *numbers, struct error *err)
{
	const struct package *packages = matching->scan->tree->packages;
	enum status status = STATUS_OK;
	for (size_t i = 0, end; status == STATUS_OK && i < numbers->n; i = end) {
		struct str name = packages[numbers->v[i]].name;
		for (end = i + 1; end < numbers->n && str_equal(packages[numbers->v[end]].name, name);)
			end++;
		status = match_name(matching, numbers->v + i, end - i, err);
	}
	return status;
}

/* Runs for both rules, and is named by the first of them in the table. */
enum status run_advisories(struct scan *scan, const struct rule *rule, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct matching matching = {
		.scan = scan,
		.vulnerability = check_rule_by_id(STR("vulnerability")),
		.malware = check_rule_by_id(STR("malware")),
		.scratch = scratch,
	};
	struct numbers judged = { 0 }, held = { 0 };
	(void)rule; /* runs for both */
	if (!scratch)
		return error_memory(err);
	enum status status = collect(&matching, &judged, &held, err);
	if (status == STATUS_OK)
		status = match_all(&matching, &judged, err);
	matching.held = true;
	return status == STATUS_OK ? match_all(&matching, &held, err) : status;
}
