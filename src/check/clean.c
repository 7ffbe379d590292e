/*
 * Choosing the version to move to. Only what is known to exist is ever proposed: what an advisory names as fixed, or what is installed from a registry
 * elsewhere in the project. The end of a range is neither.
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/clean.h"

/* Candidates of equal precedence count once: the first in order stays. What is no version comes last, and goes. */
static size_t drop_equals(struct read_version *versions, size_t n)
{
	size_t kept = 0;
	for (size_t i = 0; i < n && versions[i].valid; i++)
		if (kept == 0 || semver_compare(&versions[i].parsed, &versions[kept - 1].parsed) != 0)
			versions[kept++] = versions[i];
	return kept;
}

/* A record can have thousands of ranges, each with a fixed version: all candidates are held against all ranges at once. */
static enum status keep_clean(struct clean_versions *versions, const struct affected *known, size_t known_count, struct arena *arena, struct error *err)
{
	struct semver *parsed = arena_array(arena, versions->n, sizeof *parsed);
	int64_t *steps = arena_array(arena, versions->n + 1, sizeof *steps), covered = 0;
	size_t kept = 0;
	if (!parsed || !steps)
		return error_memory(err);
	for (size_t i = 0; i < versions->n; i++)
		parsed[i] = versions->v[i].parsed;
	for (size_t i = 0; i < known_count; i++)
		affected_add_steps(&known[i], parsed, versions->n, steps);
	for (size_t i = 0; i < versions->n; i++) {
		covered += steps[i];
		if (covered == 0)
			versions->v[kept++] = versions->v[i];
	}
	versions->n = kept;
	return STATUS_OK;
}

/* The registry has it no more, or had it too shortly ago. What is not known is no obstacle. */
static bool is_unfit(const struct scan *scan, uint32_t number)
{
	const struct registry_record *record = scan->records ? scan->records[number] : NULL;
	int64_t date = scan->released ? scan->released[number] : DATE_NONE;
	if (record && record->state == RECORD_FOUND && scan->dated && scan->dated[number] && record->history == HISTORY_GIVEN)
		date = record->published;
	if ((record && record->state == RECORD_GONE) || (scan->tarballs && scan->tarballs[number].state == TARBALL_UNPUBLISHED))
		return true;
	return date != DATE_NONE && (date > scan->now || scan->now - date < scan->min_release_age);
}

struct version_list {
	struct read_version *v;
	size_t n;
};

/* What is installed of the name from a registry: what can be taken, and what must not be, in order. */
static bool list_installed(const struct scan *scan, const struct installed_numbers *installed, struct arena *arena, struct version_list *fit,
			   struct version_list *unfit)
{
	unfit->v = arena_array(arena, installed->count, sizeof *unfit->v);
	for (size_t i = 0; i < installed->count && unfit->v; i++) {
		const struct package *package = &scan->tree->packages[installed->numbers[i]];
		if (package->kind != PACKAGE_REGISTRY)
			continue;
		struct version_list *list = is_unfit(scan, installed->numbers[i]) ? unfit : fit;
		list->v[list->n++] = read_version(package->version);
	}
	if (unfit->n)
		qsort(unfit->v, unfit->n, sizeof *unfit->v, compare_read_versions);
	return unfit->v != NULL;
}

/* Both rise. */
static void drop_unfit(struct clean_versions *versions, const struct version_list *unfit)
{
	size_t kept = 0, k = 0;
	for (size_t i = 0; i < versions->n; i++) {
		int order = -1;
		while (k < unfit->n && unfit->v[k].valid && (order = semver_compare(&unfit->v[k].parsed, &versions->v[i].parsed)) < 0)
			k++;
		if (order != 0)
			versions->v[kept++] = versions->v[i];
	}
	versions->n = kept;
}

/* Whom an exception lets it through would have to be known of a version that is not installed yet. */
static void drop_banned(const struct scan *scan, struct str name, struct clean_versions *versions)
{
	const struct package_patterns *banned = scan->declared ? scan->declared->banned : NULL;
	size_t kept = 0;
	for (size_t i = 0; i < versions->n; i++) {
		struct package package = { .name = name, .version = versions->v[i].text };
		if (package_patterns_find(banned, &package, NULL))
			versions->banned = versions->v[i];
		else
			versions->v[kept++] = versions->v[i];
	}
	versions->n = kept;
}

enum status clean_versions_find(const struct scan *scan, const struct installed_numbers *installed, const struct affected *known, size_t known_count,
				struct clean_versions *out, struct error *err)
{
	struct arena *arena = scan->arena;
	struct version_list all = { 0 }, unfit = { 0 };
	size_t room = installed->count;
	for (size_t i = 0; i < known_count; i++)
		room += known[i].fixed_count;
	all.v = arena_array(arena, room, sizeof *all.v);
	if (!all.v || !list_installed(scan, installed, arena, &all, &unfit))
		return error_memory(err);
	for (size_t i = 0; i < known_count; i++)
		for (size_t k = 0; k < known[i].fixed_count; k++)
			all.v[all.n++] = read_version(known[i].fixed[k]);
	if (all.n)
		qsort(all.v, all.n, sizeof *all.v, compare_read_versions);
	*out = (struct clean_versions){ .v = all.v, .n = drop_equals(all.v, all.n) };
	drop_unfit(out, &unfit);
	enum status status = keep_clean(out, known, known_count, arena, err);
	if (status == STATUS_OK)
		drop_banned(scan, scan->tree->packages[installed->numbers[0]].name, out);
	return status;
}

/* A pre-release is somebody's trial: a release comes first, and where a release is installed it is all that counts. Where a pre-release is, the release
 * that it leads to comes first, not one of another major version. */
static const struct read_version *best_from(const struct clean_versions *clean, size_t low, bool from_release)
{
	for (size_t i = low; i < clean->n; i++) {
		if (!from_release && !str_equal(clean->v[i].parsed.major, clean->v[low].parsed.major))
			break;
		if (!semver_has_prerelease(&clean->v[i].parsed))
			return &clean->v[i];
	}
	return &clean->v[low];
}

const struct read_version *clean_versions_after(const struct clean_versions *clean, const struct read_version *installed)
{
	size_t low = 0, high = installed->valid ? clean->n : 0;
	if (!installed->valid)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (semver_compare(&clean->v[middle].parsed, &installed->parsed) > 0)
			high = middle;
		else
			low = middle + 1;
	}
	return low == clean->n ? NULL : best_from(clean, low, !semver_has_prerelease(&installed->parsed));
}

struct str clean_versions_banned(const struct clean_versions *clean, const struct read_version *installed)
{
	bool later = clean->banned.text.p && installed->valid && semver_compare(&clean->banned.parsed, &installed->parsed) > 0;
	return later ? clean->banned.text : STR_NONE;
}
