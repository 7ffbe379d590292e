/*
 * Packages by pattern: "name", "name*", "name@range". Pre-releases inside a range match, as they do for advisories and for npm
 * audit. A set of patterns finds those without a star by name, so that only the starred ones are tried one after another.
 */
#include "assay/limits.h"
#include "assay/semver.h"
#include "assay/tree.h"

enum { RANGE_FLAGS = SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE, SHOWN = 60 };

/* Text to show: cut and made visible; ends what could not be told otherwise. */
static enum status fail(struct error *err, const char *before, struct str text, const char *after)
{
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(1 * KIB);
	buf_add_visible(&visible, str_head(text, SHOWN));
	buf_add_z(&visible, text.n > SHOWN ? "..." : "");
	return error_set(err, STATUS_INVALID, "%s\"%.*s\"%s", before, STR_ARG(buf_str(&visible)), after);
}

enum status package_pattern_parse(struct str text, struct arena *arena, struct package_pattern *out, struct error *err)
{
	struct package_pattern pattern = { .text = text, .name = text };
	/* The '@' of a scope comes first; the range's may not. */
	size_t at = text.n ? 1 + str_find(str_from(text, 1), '@') : 0;
	if (at < text.n) {
		struct str range = str_trim(str_from(text, at + 1));
		pattern.name = str_head(text, at);
		if (range.n == 0)
			return fail(err, "no range stands behind '@' in ", text, "");
		enum status status = semver_range_parse(range, RANGE_FLAGS, arena, &pattern.range, NULL);
		if (status == STATUS_MEMORY)
			return error_memory(err);
		if (status)
			return fail(err, "", range, " is no range of versions as npm writes them (\"<4.17.21\", \"^2\")");
	}
	pattern.name = str_trim(pattern.name);
	if (pattern.name.n == 0 || str_equal_z(pattern.name, "@"))
		return fail(err, "", text, " names no package; expected \"name\" or \"name@range\"");
	*out = pattern;
	return STATUS_OK;
}

static bool range_fits(const struct package_pattern *pattern, const struct package *package)
{
	struct semver version;
	return !pattern->range || (semver_parse(package->version, RANGE_FLAGS, &version) && semver_range_matches(pattern->range, &version));
}

bool package_pattern_matches(const struct package_pattern *pattern, const struct package *package)
{
	return glob_matches(pattern->name, package->name) && range_fits(pattern, package);
}

/* ---- sets ------------------------------------------------------------------------------ */

struct member {
	struct package_pattern pattern;
	size_t next; /* of the same name; SIZE_MAX: none */
	size_t last; /* of the first of a name: where the next one is put */
};

struct package_patterns {
	struct arena *arena;
	struct map *by_name; /* to the first of that name */
	VEC(struct member) members;
	VEC(size_t) starred;
};

struct package_patterns *package_patterns_new(struct arena *arena)
{
	struct package_patterns *set = arena_alloc(arena, sizeof *set);
	if (!set)
		return NULL;
	set->arena = arena;
	set->by_name = map_new(arena, 0);
	return set->by_name ? set : NULL;
}

enum status package_patterns_add(struct package_patterns *set, const struct package_pattern *pattern, struct error *err)
{
	const size_t number = set->members.n;
	struct member *member = vec_add(set->arena, &set->members);
	size_t first;
	if (!member)
		return error_memory(err);
	*member = (struct member){ *pattern, SIZE_MAX, number };
	if (str_find(pattern->name, '*') < pattern->name.n) {
		size_t *slot = vec_add(set->arena, &set->starred);
		if (!slot)
			return error_memory(err);
		*slot = number;
		return set->starred.n <= LIMIT_STARRED_PATTERNS ?
			       STATUS_OK :
			       error_set(err, STATUS_LIMIT, "more than %d patterns with a star", LIMIT_STARRED_PATTERNS);
	}
	if (!map_add(set->by_name, pattern->name, number, &first))
		return error_memory(err);
	if (first != number) {
		set->members.v[set->members.v[first].last].next = number;
		set->members.v[first].last = number;
	}
	return STATUS_OK;
}

bool package_patterns_find(const struct package_patterns *set, const struct package *package, size_t *number)
{
	size_t best = SIZE_MAX, i;
	if (!set)
		return false;
	if (!map_find(set->by_name, package->name, &i))
		i = SIZE_MAX;
	for (; i != SIZE_MAX && best == SIZE_MAX; i = set->members.v[i].next)
		if (range_fits(&set->members.v[i].pattern, package))
			best = i;
	for (size_t k = 0; k < set->starred.n && set->starred.v[k] < best; k++)
		if (package_pattern_matches(&set->members.v[set->starred.v[k]].pattern, package))
			best = set->starred.v[k];
	if (best != SIZE_MAX && number)
		*number = best;
	return best != SIZE_MAX;
}

size_t package_patterns_count(const struct package_patterns *set)
{
	return set ? set->members.n : 0;
}

struct str package_patterns_text(const struct package_patterns *set, size_t number)
{
	return set->members.v[number].pattern.text;
}
