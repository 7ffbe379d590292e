/* What the policy declares about packages, and how much of each rule it wants. */
#include "check/check_private.h"

const char *package_change_name(enum package_change change)
{
	static const char *const names[] = { "unknown", "added", "changed", "carried" };
	return names[change];
}

struct str check_license(const struct scan *scan, const struct package *package)
{
	size_t number;
	if (scan->declared && package_patterns_find(scan->declared->licensed, package, &number))
		return scan->declared->licenses[number];
	return check_stated_license(scan, package);
}

struct str check_stated_license(const struct scan *scan, const struct package *package)
{
	uint32_t at = (uint32_t)(package - scan->tree->packages);
	const struct inspection *inspection = scan->tarballs ? scan->tarballs[at].inspection : NULL;
	return package->license.n || !inspection ? package->license : inspection_str(inspection, inspection->license);
}

struct str check_deprecated(const struct scan *scan, const struct package *package)
{
	uint32_t at = (uint32_t)(package - scan->tree->packages);
	const struct registry_record *record = scan->records ? scan->records[at] : NULL;
	const struct inspection *inspection = scan->tarballs ? scan->tarballs[at].inspection : NULL;
	if (package->deprecated.n || (record && record->state == RECORD_FOUND))
		return package->deprecated.n ? package->deprecated : record->deprecated;
	return inspection ? inspection_str(inspection, inspection->deprecated) : STR_NONE;
}

bool check_is_omitted(const struct scan *scan, const struct rule *rule, const struct package *package)
{
	return scan->plans && package_is_omitted(package, scan->plans[check_rule_number(rule)].omit);
}

static bool is_off(const struct scan *scan, const struct rule *rule)
{
	return scan->plans && scan->plans[check_rule_number(rule)].off;
}

bool rule_is_wanted(const struct scan *scan, const struct rule *rule)
{
	return !is_off(scan, rule) || (rule->also && !is_off(scan, check_rule_by_id(str_of(rule->also))));
}

bool cover_off(struct scan *scan, const struct rule *rule)
{
	struct coverage *coverage = rule->gap ? NULL : check_cover(scan, rule);
	if (coverage) {
		coverage->skipped[0] = (struct coverage_gap){ "off", NULL, scan->tree->package_count };
		coverage->skipped_count = 1;
	}
	return coverage || rule->gap;
}
