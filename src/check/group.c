/*
 * Groups of records that are aliases of each other, and what such a group says. Two records are joined by any name they share, and
 * joined records join others: a union-find over the hits on one package version, a handful at a time.
 */
#include <stdlib.h>

#include "check/group.h"

struct read_version read_version(struct str text)
{
	struct read_version version = { .text = text };
	version.valid = semver_parse_installed(text, &version.parsed);
	return version;
}

int compare_read_versions(const void *left, const void *right)
{
	const struct read_version *a = left, *b = right;
	if (a->valid != b->valid)
		return a->valid ? -1 : 1;
	int order = a->valid ? semver_compare_build(&a->parsed, &b->parsed) : 0;
	return order ? order : str_compare(a->text, b->text);
}

/* ---- joining -------------------------------------------------------------------- */

struct join {
	const struct affected *hit;
	size_t parent, place;
};

static size_t top_of(struct join *joins, size_t i)
{
	while (joins[i].parent != i)
		i = joins[i].parent = joins[joins[i].parent].parent;
	return i;
}

/* The lower number becomes the top, so that groups come in the order of their first hits. */
static void join_two(struct join *joins, size_t a, size_t b)
{
	a = top_of(joins, a);
	b = top_of(joins, b);
	joins[a > b ? a : b].parent = a > b ? b : a;
}

static bool join_name(struct join *joins, struct map *names, struct str name, size_t i)
{
	size_t other;
	if (!map_find(names, name, &other))
		return map_set(names, name, i);
	join_two(joins, i, other);
	return true;
}

static bool join_all(struct join *joins, size_t count, struct map *names)
{
	for (size_t i = 0; i < count; i++) {
		const struct advisory *advisory = joins[i].hit->advisory;
		if (!join_name(joins, names, advisory->id, i))
			return false;
		for (size_t k = 0; k < advisory->alias_count; k++)
			if (!join_name(joins, names, advisory->aliases[k], i))
				return false;
	}
	for (size_t i = 0; i < count; i++)
		joins[i].parent = top_of(joins, i);
	return true;
}

static int compare_joins(const void *left, const void *right)
{
	const struct join *a = left, *b = right;
	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return (a->place > b->place) - (a->place < b->place);
}

enum status group_aliases(const struct affected *const *hits, size_t hit_count, struct arena *arena, struct group **out, size_t *count, struct error *err)
{
	struct join *joins = arena_array(arena, hit_count, sizeof *joins);
	const struct affected **members = arena_array(arena, hit_count, sizeof *members);
	struct group *groups = arena_array(arena, hit_count, sizeof *groups);
	struct map *names = map_new(arena, hit_count * 2);
	if (!joins || !members || !groups || !names)
		return error_memory(err);
	for (size_t i = 0; i < hit_count; i++)
		joins[i] = (struct join){ hits[i], i, i };
	if (!join_all(joins, hit_count, names))
		return error_memory(err);
	qsort(joins, hit_count, sizeof *joins, compare_joins);
	size_t n = 0;
	for (size_t i = 0; i < hit_count; i++) {
		if (i == 0 || joins[i].parent != joins[i - 1].parent)
			groups[n++].members = members + i;
		members[i] = joins[i].hit;
		groups[n - 1].count++;
	}
	*out = groups;
	*count = n;
	return STATUS_OK;
}

bool group_is_malware(const struct group *group)
{
	for (size_t i = 0; i < group->count; i++)
		if (group->members[i]->advisory->malware)
			return true;
	return false;
}

/* ---- describing ------------------------------------------------------------------- */

/* Lower is better: the name that people look up. */
static int id_rank(struct str id, bool malware)
{
	if (str_starts_with(id, STR("MAL-")))
		return malware ? 0 : 3;
	if (str_starts_with(id, STR("GHSA-")))
		return 1;
	return str_starts_with(id, STR("CVE-")) ? 2 : 3;
}

/* A record without a date counts as published last. */
static int compare_published(const struct advisory *a, const struct advisory *b)
{
	int64_t left = a->published == DATE_NONE ? INT64_MAX : a->published;
	int64_t right = b->published == DATE_NONE ? INT64_MAX : b->published;
	return left != right ? (left < right ? -1 : 1) : str_compare(a->id, b->id);
}

static int compare_shown(const struct advisory *a, const struct advisory *b, bool malware)
{
	int left = id_rank(a->id, malware), right = id_rank(b->id, malware);
	return left != right ? left - right : compare_published(a, b);
}

static int compare_texts(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

/* Every other name of the group, sorted, each once. */
static bool collect_aliases(const struct group *group, struct arena *arena, struct finding *finding)
{
	size_t room = 0, n = 0;
	for (size_t i = 0; i < group->count; i++)
		room += 1 + group->members[i]->advisory->alias_count;
	struct str *names = arena_array(arena, room, sizeof *names);
	if (!names)
		return false;
	for (size_t i = 0; i < group->count; i++) {
		const struct advisory *advisory = group->members[i]->advisory;
		names[n++] = advisory->id;
		for (size_t k = 0; k < advisory->alias_count; k++)
			names[n++] = advisory->aliases[k];
	}
	qsort(names, n, sizeof *names, compare_texts);
	size_t kept = 0;
	for (size_t i = 0; i < n; i++)
		if (!str_equal(names[i], finding->id) && (kept == 0 || !str_equal(names[i], names[kept - 1])))
			names[kept++] = names[i];
	finding->aliases = names;
	finding->alias_count = kept;
	return true;
}

static bool collect_fixed(const struct group *group, struct arena *arena, struct finding *finding)
{
	size_t room = 0, n = 0, kept = 0;
	for (size_t i = 0; i < group->count; i++)
		room += group->members[i]->fixed_count;
	struct read_version *versions = arena_array(arena, room, sizeof *versions);
	struct str *fixed = arena_array(arena, room, sizeof *fixed);
	if (!versions || !fixed)
		return false;
	for (size_t i = 0; i < group->count; i++)
		for (size_t k = 0; k < group->members[i]->fixed_count; k++)
			versions[n++] = read_version(group->members[i]->fixed[k]);
	qsort(versions, n, sizeof *versions, compare_read_versions);
	for (size_t i = 0; i < n; i++)
		if (kept == 0 || !str_equal(versions[i].text, fixed[kept - 1]))
			fixed[kept++] = versions[i].text;
	finding->fixed = fixed;
	finding->fixed_count = kept;
	return true;
}

/* The worst that is said. A record that does not say must not hide what another one does. */
static enum severity worse(enum severity a, enum severity b)
{
	if (a == SEVERITY_UNKNOWN || b == SEVERITY_UNKNOWN)
		return a == SEVERITY_UNKNOWN ? b : a;
	return a > b ? a : b;
}

static void take_record(struct finding *finding, const struct advisory *advisory)
{
	finding->severity = worse(finding->severity, advisory->severity);
	finding->kev |= advisory->kev;
	if (advisory->first_seen != DATE_NONE && (finding->first_seen == DATE_NONE || advisory->first_seen < finding->first_seen))
		finding->first_seen = advisory->first_seen;
	if (advisory->epss > finding->epss)
		finding->epss = advisory->epss;
	if (advisory->score_tenths > finding->score_tenths) {
		finding->score_tenths = advisory->score_tenths;
		finding->vector = advisory->vector;
	}
}

bool group_describe(const struct group *group, struct arena *arena, struct finding *finding)
{
	bool malware = group_is_malware(group);
	const struct advisory *shown = group->members[0]->advisory, *first = shown;
	finding->severity = SEVERITY_UNKNOWN;
	finding->first_seen = DATE_NONE;
	for (size_t i = 0; i < group->count; i++) {
		const struct advisory *advisory = group->members[i]->advisory;
		if (compare_shown(advisory, shown, malware) < 0)
			shown = advisory;
		if (compare_published(advisory, first) < 0)
			first = advisory;
		take_record(finding, advisory);
	}
	if (malware)
		finding->severity = SEVERITY_CRITICAL;
	finding->id = shown->id;
	finding->stable_id = first->id;
	finding->published = shown->published;
	finding->url = shown->url;
	if (shown->title.n)
		finding->title = shown->title;
	return collect_aliases(group, arena, finding) && collect_fixed(group, arena, finding);
}
