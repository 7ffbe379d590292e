/*
 * Known vulnerabilities and malware: each installed name is looked up once, each version of it is matched once, and records that
 * are aliases of each other make one finding.
 *
 * Matched is what a registry or a URL may have given: registry, tarball and git packages. The user's own code is not: a private package
 * that shares its name with a public one must not be accused of what the public one did.
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/fix.h"
#include "check/group.h"

struct matching {
	struct scan *scan;
	const struct rule *vulnerability, *malware;
	struct arena *scratch;        /* emptied before each version */
	const struct affected *known; /* everything about the name at hand */
	size_t known_count;
	struct clean_versions clean;
};

static enum judgement judge(const struct scan *scan, const struct package *package)
{
	enum judgement kind = judge_kind(package);
	if (kind != JUDGED && kind != UNJUDGED_GIT)
		return kind;
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

/* The numbers of the packages to match, by name, version, number; coverage for both rules on the way. */
static enum status collect(struct matching *matching, const struct rule *rule, uint32_t **out, size_t *count,
			   struct error *err)
{
	struct scan *scan = matching->scan;
	const struct tree *tree = scan->tree;
	struct coverage row = { .rule = rule };
	uint32_t *numbers = arena_array(scan->arena, tree->package_count, sizeof *numbers);
	size_t n = 0;
	if (!numbers)
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		enum judgement judgement = judge(scan, &tree->packages[i]);
		cover(&row, judgement);
		/* Without a version it was not judged; what is malware in every version is malware all the same. */
		if (judgement == JUDGED || (judgement == UNJUDGED_NO_VERSION && scan->db && tree->packages[i].name.n))
			numbers[n++] = i;
	}
	const struct rule *const rules[] = { matching->malware, matching->vulnerability };
	for (size_t i = 0; i < 2; i++) {
		struct coverage *coverage = check_cover(scan, rules[i]);
		if (!coverage)
			return error_memory(err);
		*coverage = row;
		coverage->rule = rules[i];
	}
	qsort_r(numbers, n, sizeof *numbers, compare_numbers, tree->packages);
	*out = numbers;
	*count = n;
	return STATUS_OK;
}

static bool add_finding(struct matching *matching, const struct group *group, const struct finding *place,
			const struct fix *fix)
{
	struct scan *scan = matching->scan;
	bool malware = group_is_malware(group);
	struct finding *finding =
		check_add(scan, malware ? matching->malware : matching->vulnerability, place->instances[0]);
	if (!finding || !group_describe(group, scan->arena, finding))
		return false;
	struct str label = package_label(matching->scratch, &scan->tree->packages[place->instances[0]]);
	finding->instances = place->instances;
	finding->instance_count = place->instance_count;
	finding->fix = *fix;
	finding->message = arena_printf(scan->arena, "%.*s %s: %.*s", STR_ARG(label),
					malware ? "is malware" : "is vulnerable", STR_ARG(finding->title));
	return label.p && finding->message.p;
}

static enum status add_groups(struct matching *matching, const struct affected *const *hits, size_t hit_count,
			      const struct finding *place, const struct read_version *version, struct error *err)
{
	struct group *groups;
	size_t group_count;
	struct fix fix;
	enum status status = group_aliases(hits, hit_count, matching->scratch, &groups, &group_count, err);
	if (status == STATUS_OK)
		status = fix_find(matching->scan, place, clean_versions_after(&matching->clean, version), &fix, err);
	if (status != STATUS_OK)
		return status;
	fix.clears = fix.kind == FIX_NONE ? 0 : group_count;
	for (size_t i = 0; i < group_count; i++)
		if (!add_finding(matching, &groups[i], place, &fix))
			return error_memory(err);
	return STATUS_OK;
}

/* `numbers` are all instances of one version of the name at hand. */
static enum status match_version(struct matching *matching, uint32_t *numbers, size_t count, struct error *err)
{
	arena_reset(matching->scratch);
	const struct affected **hits = arena_array(matching->scratch, matching->known_count, sizeof *hits);
	struct read_version version = read_version(matching->scan->tree->packages[numbers[0]].version);
	size_t hit_count = 0;
	if (!hits)
		return error_memory(err);
	for (size_t i = 0; i < matching->known_count; i++)
		if (affected_contains(&matching->known[i], version.text, version.valid ? &version.parsed : NULL))
			hits[hit_count++] = &matching->known[i];
	if (hit_count == 0)
		return STATUS_OK;
	struct finding place = { .instances = numbers, .instance_count = count };
	return add_groups(matching, hits, hit_count, &place, &version, err);
}

static enum status match_name(struct matching *matching, uint32_t *numbers, size_t count, struct error *err)
{
	struct scan *scan = matching->scan;
	const struct package *packages = scan->tree->packages;
	struct str name = packages[numbers[0]].name;
	struct affected *known;
	enum status status = advisory_db_find(scan->db, name, scan->as_of_given ? scan->now : DATE_NONE, scan->arena,
					      &known, &matching->known_count, err);
	if (status != STATUS_OK || matching->known_count == 0)
		return status;
	matching->known = known;
	status = clean_versions_find(known, matching->known_count, scan->arena, &matching->clean, err);
	for (size_t i = 0, end; i < count && status == STATUS_OK; i = end) {
		struct str version = packages[numbers[i]].version;
		for (end = i + 1; end < count && str_equal(packages[numbers[end]].version, version);)
			end++;
		status = match_version(matching, numbers + i, end - i, err);
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
	const struct package *packages = scan->tree->packages;
	uint32_t *numbers = NULL;
	size_t count = 0;
	if (!scratch)
		return error_memory(err);
	enum status status = collect(&matching, rule, &numbers, &count, err);
	for (size_t i = 0, end; status == STATUS_OK && i < count; i = end) {
		for (end = i + 1; end < count && str_equal(packages[numbers[end]].name, packages[numbers[i]].name);)
			end++;
		status = match_name(&matching, numbers + i, end - i, err);
	}
	return status;
}
