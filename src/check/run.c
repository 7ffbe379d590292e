/*
 * Running the rules, and what every finding has whatever its rule: the package it is about, a fingerprint, a place in the order.
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "check/check_private.h"

enum { FINGERPRINT_HEX = 32 };

struct finding *check_add(struct scan *scan, const struct rule *rule, uint32_t package)
{
	uint32_t number = package == TREE_NONE ? 0 : package;
	uint32_t *instances = arena_array(scan->arena, 1, sizeof *instances);
	struct finding *finding = instances ? vec_add(scan->arena, &scan->findings) : NULL;
	if (!finding)
		return NULL;
	instances[0] = number;
	*finding = (struct finding){
		.rule = rule,
		.id = str_of(rule->id),
		.stable_id = str_of(rule->id),
		.title = str_of(rule->title),
		.published = DATE_NONE,
		.first_seen = DATE_NONE,
		.severity = rule->severity,
		.score_tenths = -1,
		.epss = -1,
		.instances = instances,
		.instance_count = 1,
		.line = scan->tree && package != TREE_NONE ? scan->tree->packages[number].line : 0,
		.level = rule->level,
		.decided_for = TREE_NONE,
	};
	return finding;
}

/* The array was made for a power of two, so it is full whenever it holds one. */
bool finding_add_instance(struct arena *arena, struct finding *finding, uint32_t number)
{
	size_t n = finding->instance_count;
	if ((n & (n - 1)) == 0) {
		uint32_t *grown = arena_array(arena, n ? n * 2 : 1, sizeof *grown);
		if (!grown)
			return false;
		if (n)
			memcpy(grown, finding->instances, n * sizeof *grown);
		finding->instances = grown;
	}
	finding->instances[finding->instance_count++] = number;
	return true;
}

struct coverage *check_cover(struct scan *scan, const struct rule *rule)
{
	struct coverage *coverage = vec_add(scan->arena, &scan->coverage);
	if (coverage)
		coverage->rule = rule;
	return coverage;
}

void check_skip(struct coverage *coverage, const char *why, const char *remedy)
{
	const size_t room = sizeof coverage->skipped / sizeof *coverage->skipped;
	size_t i = 0;
	while (i < coverage->skipped_count && strcmp(coverage->skipped[i].why, why) != 0)
		i++;
	if (i == room) /* no rule has that many reasons; a count must not get lost even so */
		i--;
	else if (i == coverage->skipped_count)
		coverage->skipped[coverage->skipped_count++] = (struct coverage_gap){ why, remedy, 0 };
	coverage->skipped[i].count++;
}

/* ---- fingerprints ------------------------------------------------------------- */

static const struct package *subject_of(const struct scan *scan, const struct finding *finding)
{
	return scan->tree ? &scan->tree->packages[finding->instances[0]] : NULL;
}

static bool fingerprint(const struct scan *scan, struct finding *finding)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX / 2);
	const struct package *package = subject_of(scan, finding);
	const char *path = scan->path ? scan->path : scan->tree ? scan->tree->path : NULL;
	/* A finding about the project must not change its fingerprint with each release of the project. */
	bool versioned = package && package->kind != PACKAGE_ROOT && package->kind != PACKAGE_WORKSPACE;
	const struct str parts[] = {
		str_of(finding->rule->id),
		finding->stable_id,
		package ? package->name : STR_NONE,
		versioned ? package->version : STR_NONE,
		str_of(path),
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_printf(&text, "%zu:", parts[i].n);
		buf_add(&text, parts[i]);
	}
	struct digest digest;
	if (text.failed || !digest_of(DIGEST_SHA256, buf_str(&text), &digest))
		return false;
	buf_clear(&text);
	digest_write_hex(&digest, &text);
	finding->fingerprint = text.failed ? STR_NONE : arena_copy(scan->arena, str_head(buf_str(&text), FINGERPRINT_HEX));
	return finding->fingerprint.p != NULL;
}

/* ---- order ------------------------------------------------------------------------ */

static int compare_packages(const struct package *a, const struct package *b)
{
	int order = str_compare(a->name, b->name);
	return order ? order : str_compare(a->version, b->version);
}

static int compare_findings(const void *left, const void *right, void *context)
{
	const struct finding *a = left, *b = right;
	const struct scan *scan = context;
	if (a->rule != b->rule)
		return check_rule_number(a->rule) < check_rule_number(b->rule) ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity > b->severity ? -1 : 1;
	int order = scan->tree ? compare_packages(subject_of(scan, a), subject_of(scan, b)) : 0;
	if (!order)
		order = str_compare(a->id, b->id);
	if (!order)
		order = str_compare(a->stable_id, b->stable_id);
	return order ? order : (a->instances[0] > b->instances[0]) - (a->instances[0] < b->instances[0]);
}

enum status check_order(struct scan *scan, struct error *err)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		if (!scan->findings.v[i].fingerprint.p && !fingerprint(scan, &scan->findings.v[i]))
			return error_memory(err);
	if (scan->findings.n)
		qsort_r(scan->findings.v, scan->findings.n, sizeof *scan->findings.v, compare_findings, scan);
	return STATUS_OK;
}

enum status check_run(struct scan *scan, struct error *err)
{
	for (size_t i = 0; scan->tree && check_rules[i]; i++) {
		const struct rule *rule = check_rules[i];
		enum status status = STATUS_OK;
		if (rule->run && rule_is_wanted(scan, rule))
			status = rule->run(scan, rule, err);
		else if (rule->run && !cover_off(scan, rule))
			status = error_memory(err);
		if (status != STATUS_OK) {
			error_wrap(err, "checking %s", rule->id);
			return status;
		}
	}
	return check_order(scan, err);
}
