/*
 * duplicate-version: one name, installed in several versions. Each of them is code to ship, to load and to keep up to date; and
 * what compares by identity (a framework, a registry of plugins) breaks.
 */
#include <stdlib.h>

#include "assay/semver.h"
#include "check/check_private.h"

static int compare_numbers(const void *left, const void *right, void *context)
{
	const struct package *packages = context;
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
	int order = str_compare(packages[a].name, packages[b].name);
	return order ? order : (a > b) - (a < b);
}

static int compare_versions(const void *left, const void *right)
{
	const struct str *a = left, *b = right;
	struct semver one, other;
	bool comparable = semver_parse(*a, SEMVER_LOOSE, &one) && semver_parse(*b, SEMVER_LOOSE, &other);
	int order = comparable ? semver_compare(&one, &other) : 0;
	return order ? order : str_compare(*a, *b);
}

/* The versions that the packages have, rising, each once. */
static size_t collect_versions(const struct tree *tree, const uint32_t *numbers, size_t count, struct str *versions)
{
	size_t n = 0, kept = 0;
	for (size_t i = 0; i < count; i++)
		versions[n++] = tree->packages[numbers[i]].version;
	qsort(versions, n, sizeof *versions, compare_versions);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !str_equal(versions[i], versions[kept - 1]))
			versions[kept++] = versions[i];
	return kept;
}

enum { VERSIONS_SHOWN = 10 };

static bool add_duplicate(struct scan *scan, const struct rule *rule, const uint32_t *numbers, size_t count, const struct str *versions, size_t version_count)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	struct finding *finding = check_add(scan, rule, numbers[0]);
	if (!finding)
		return false;
	for (size_t i = 1; i < count; i++)
		if (!finding_add_instance(scan->arena, finding, numbers[i]))
			return false;
	buf_printf(&text, "it is installed in %zu versions: ", version_count);
	for (size_t i = 0; i < version_count && i < VERSIONS_SHOWN; i++) {
		buf_add_z(&text, i ? ", " : "");
		buf_add(&text, versions[i]);
	}
	if (version_count > VERSIONS_SHOWN)
		buf_printf(&text, " and %zu more", version_count - VERSIONS_SHOWN);
	finding->message = text.failed ? STR_NONE : arena_copy(scan->arena, buf_str(&text));
	return finding->message.p != NULL;
}

static size_t collect_packages(const struct scan *scan, struct coverage *coverage, uint32_t *numbers)
{
	size_t n = 0;
	for (uint32_t i = 0; i < scan->tree->package_count; i++) {
		const struct package *package = &scan->tree->packages[i];
		enum judgement judgement = judge_kind(package);
		if (judgement == JUDGED && (!package->name.n || !package->version.n))
			judgement = UNJUDGED_NO_VERSION;
		cover(coverage, judgement);
		if (judgement == JUDGED)
			numbers[n++] = i;
	}
	qsort_r(numbers, n, sizeof *numbers, compare_numbers, scan->tree->packages);
	return n;
}

enum status run_duplicate_version(struct scan *scan, const struct rule *rule, struct error *err)
{
	const struct package *packages = scan->tree->packages;
	uint32_t *numbers = arena_array(scan->arena, scan->tree->package_count, sizeof *numbers);
	struct str *versions = arena_array(scan->arena, scan->tree->package_count, sizeof *versions);
	struct coverage *coverage = check_cover(scan, rule);
	if (!numbers || !versions || !coverage)
		return error_memory(err);
	size_t n = collect_packages(scan, coverage, numbers), end;
	for (size_t i = 0; i < n; i = end) {
		for (end = i + 1; end < n && str_equal(packages[numbers[end]].name, packages[numbers[i]].name);)
			end++;
		size_t count = end - i > 1 ? collect_versions(scan->tree, numbers + i, end - i, versions) : 1;
		if (count > 1 && !add_duplicate(scan, rule, numbers + i, end - i, versions, count))
			return error_memory(err);
	}
	return STATUS_OK;
}
