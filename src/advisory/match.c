/* Is this version affected? Listed, or inside an interval. */
#include "advisory/private.h"

/* As written, else as the same version: "v1.0.0" and "1.0.0+build" are 1.0.0. */
static bool is_listed(const struct affected *affected, struct str text, const struct semver *version)
{
	struct semver listed;
	for (size_t i = 0; i < affected->version_count; i++)
		if (str_equal(affected->versions[i], text))
			return true;
	for (size_t i = 0; version && i < affected->version_count; i++)
		if (semver_parse(affected->versions[i], SEMVER_LOOSE | SEMVER_UNBOUNDED, &listed) && semver_compare(&listed, version) == 0)
			return true;
	return false;
}

/* Bounds were written by semver_write(); one that is damaged never lets a version go free. */
static bool is_inside(const struct affected_interval *interval, const struct semver *version)
{
	struct semver bound;
	if (interval->introduced.n && semver_parse(interval->introduced, SEMVER_LOOSE | SEMVER_UNBOUNDED, &bound) && semver_compare(version, &bound) < 0)
		return false;
	if (interval->end.n == 0 || !semver_parse(interval->end, SEMVER_LOOSE | SEMVER_UNBOUNDED, &bound))
		return true;
	int order = semver_compare(version, &bound);
	return order < 0 || (order == 0 && interval->end_included);
}

bool advisory_is_public(const struct advisory *advisory)
{
	return str_equal_z(advisory->source, "osv") || str_equal_z(advisory->source, "starter");
}

bool affected_contains(const struct affected *affected, struct str text, const struct semver *version)
{
	if (is_listed(affected, text, version))
		return true;
	for (size_t i = 0; i < affected->interval_count; i++) {
		const struct affected_interval *interval = &affected->intervals[i];
		bool all = interval->introduced.n == 0 && interval->end.n == 0; /* whatever calls itself a version */
		if (all || (version && is_inside(interval, version)))
			return true;
	}
	return false;
}

/* ---- many versions at once -------------------------------------------------- */

/* The first version that is not below `bound`, or with `past` the first above it. */
static size_t place_of(const struct semver *versions, size_t count, const struct semver *bound, bool past)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = semver_compare(&versions[middle], bound);
		if (order < 0 || (past && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_step(int64_t *steps, size_t from, size_t to)
{
	if (from < to) {
		steps[from]++;
		steps[to]--;
	}
}

void affected_add_steps(const struct affected *affected, const struct semver *versions, size_t count, int64_t *steps)
{
	struct semver bound;
	for (size_t i = 0; i < affected->interval_count; i++) {
		const struct affected_interval *interval = &affected->intervals[i];
		size_t from = 0, to = count;
		if (interval->introduced.n && semver_parse(interval->introduced, SEMVER_LOOSE | SEMVER_UNBOUNDED, &bound))
			from = place_of(versions, count, &bound, false);
		if (interval->end.n && semver_parse(interval->end, SEMVER_LOOSE | SEMVER_UNBOUNDED, &bound))
			to = place_of(versions, count, &bound, interval->end_included);
		add_step(steps, from, to);
	}
	for (size_t i = 0; i < affected->version_count; i++)
		if (semver_parse(affected->versions[i], SEMVER_LOOSE | SEMVER_UNBOUNDED, &bound))
			add_step(steps, place_of(versions, count, &bound, false), place_of(versions, count, &bound, true));
}
