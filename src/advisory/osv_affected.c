/*
 * What an OSV record affects: one entry for each package and source of knowledge, gathered by name. Ranges of type GIT are about commits and never decide
 * about a version; the others and the listed versions are each judged, and add to each other.
 */
#include <stdlib.h>

#include "advisory/osv.h"
#include "assay/limits.h"

typedef VEC(struct event) event_list;
typedef VEC(struct bound) bound_list;
typedef VEC(struct str) text_list;

/* One package, gathered from all of its entries. */
struct gathered {
	interval_list intervals;
	text_list versions;
	bound_list fixed;
};

static enum status read_event(const struct osv_reader *r, const struct json *value, enum event_kind kind, event_list *out, bool *unlimited)
{
	struct bound at;
	if (!json_is(value, JSON_STRING))
		return osv_broken(r, value, "an event's version is not a string");
	if (kind == EVENT_LIMIT && str_equal(value->text, STR("*"))) {
		*unlimited = true;
		return STATUS_OK;
	}
	if (!bound_read(value->text, r->arena, &at))
		return osv_broken_text(r, value, "an event's version is no version");
	struct event *event = vec_add(r->arena, out);
	if (!event)
		return error_memory(r->err);
	*event = (struct event){ kind, at };
	return STATUS_OK;
}

/* Old records hold several events in one object; each member is taken as one. */
static enum status read_event_object(const struct osv_reader *r, const struct json *object, event_list *out, bool *unlimited)
{
	static const char *const kinds[] = {
		[EVENT_INTRODUCED] = "introduced",
		[EVENT_FIXED] = "fixed",
		[EVENT_LAST_AFFECTED] = "last_affected",
		[EVENT_LIMIT] = "limit",
	};
	bool known = false;
	for (size_t kind = 0; kind < sizeof kinds / sizeof *kinds; kind++) {
		const struct json *value = json_find(object, kinds[kind]);
		enum status status = value ? read_event(r, value, (enum event_kind)kind, out, unlimited) : STATUS_OK;
		if (status)
			return status;
		known |= value != NULL;
	}
	return known ? STATUS_OK : osv_broken(r, object, "an event that is none of introduced, fixed, last_affected, limit");
}

static void drop_limits(event_list *events)
{
	size_t kept = 0;
	for (size_t i = 0; i < events->n; i++)
		if (events->v[i].kind != EVENT_LIMIT)
			events->v[kept++] = events->v[i];
	events->n = kept;
}

static enum status read_range(const struct osv_reader *r, const struct json *range, struct gathered *out)
{
	const struct json *list = json_find(range, "events");
	event_list events = { 0 };
	bool unlimited = false;
	if (!json_is(list, JSON_ARRAY))
		return osv_broken(r, range, "a range without a list of \"events\"");
	json_each(object, list) {
		enum status status = read_event_object(r, object, &events, &unlimited);
		if (status)
			return status;
	}
	if (unlimited)
		drop_limits(&events);
	for (size_t i = 0; i < events.n; i++) {
		if (events.v[i].kind != EVENT_FIXED || events.v[i].at.lowest)
			continue;
		struct bound *fixed = vec_add(r->arena, &out->fixed);
		if (!fixed)
			return error_memory(r->err);
		*fixed = events.v[i].at;
	}
	return timeline_add(events.v, events.n, r->arena, &out->intervals) ? STATUS_OK : error_memory(r->err);
}

/* GitHub's "<= 5.0.0", "< 15.5.1" or "= 1.2.3"; false when it is something else. */
static bool read_last_known(struct str text, struct arena *arena, struct bound *end, bool *included)
{
	text = str_trim(text);
	*included = !str_starts_with(text, STR("<")) || str_starts_with(text, STR("<="));
	size_t skip = 0;
	while (skip < text.n && (text.p[skip] == '<' || text.p[skip] == '='))
		skip++;
	return skip && skip <= 2 && bound_read(str_from(text, skip), arena, end) && !end->lowest;
}

/* Some of GitHub's ranges have their upper bound in this place only. One below the range's start bounds nothing. */
static void apply_last_known(const struct osv_reader *r, const struct json *entry, struct affected_interval *intervals, size_t count)
{
	struct bound end, start;
	bool included;
	struct str text = json_find_text(json_find(entry, "database_specific"), "last_known_affected_version_range");
	if (text.n == 0 || !read_last_known(text, r->arena, &end, &included))
		return;
	for (size_t i = 0; i < count; i++) {
		int order = -1;
		if (intervals[i].end.n)
			continue;
		if (intervals[i].introduced.n && bound_read(intervals[i].introduced, r->arena, &start))
			order = bound_compare(&start, &end);
		if (order > 0 || (order == 0 && !included))
			continue;
		intervals[i].end = end.text;
		intervals[i].end_included = included;
	}
}

static enum status read_ranges(const struct osv_reader *r, const struct json *entry, struct gathered *out, bool *unjudged)
{
	const struct json *ranges = json_find(entry, "ranges");
	size_t before = out->intervals.n, judged = 0;
	if (!ranges || json_is(ranges, JSON_NULL))
		return STATUS_OK;
	if (!json_is(ranges, JSON_ARRAY))
		return osv_broken(r, ranges, "\"ranges\" is not an array");
	json_each(range, ranges) {
		struct str type = json_find_text(range, "type");
		if (str_equal(type, STR("SEMVER")) || str_equal(type, STR("ECOSYSTEM"))) {
			enum status status = read_range(r, range, out);
			if (status)
				return status;
			judged++;
		} else if (!str_equal(type, STR("GIT"))) {
			*unjudged = true;
		}
	}
	*unjudged &= judged == 0;
	if (out->intervals.n > before)
		apply_last_known(r, entry, out->intervals.v + before, out->intervals.n - before);
	return STATUS_OK;
}

static enum status read_versions(const struct osv_reader *r, const struct json *entry, struct gathered *out)
{
	const struct json *versions = json_find(entry, "versions");
	if (!versions || json_is(versions, JSON_NULL))
		return STATUS_OK;
	if (!json_is(versions, JSON_ARRAY))
		return osv_broken(r, versions, "\"versions\" is not an array");
	json_each(version, versions) {
		if (!json_is(version, JSON_STRING))
			return osv_broken(r, version, "a version that is not a string");
		struct str *added = vec_add(r->arena, &out->versions);
		if (!added)
			return error_memory(r->err);
		*added = version->text;
	}
	return STATUS_OK;
}

/* Our own starter's records name the release to take where the range's end is none: behind "<= 2.0.0", or where that end was never
 * published. It stands in place of the entry's only `fixed` event. */
static enum status read_patched(const struct osv_reader *r, const struct json *entry, size_t fixed_before, struct gathered *out)
{
	struct bound patched;
	struct str text = json_find_text(json_find(entry, "database_specific"), "first_patched_version");
	if (text.n == 0 || !bound_read(text, r->arena, &patched) || patched.lowest)
		return STATUS_OK;
	if (out->fixed.n - fixed_before == 1)
		out->fixed.n--;
	struct bound *fixed = vec_add(r->arena, &out->fixed);
	if (!fixed)
		return error_memory(r->err);
	*fixed = patched;
	return STATUS_OK;
}

static enum status read_entry(const struct osv_reader *r, const struct json *entry, struct gathered *out)
{
	bool unjudged = false;
	size_t listed = out->versions.n, fixed = out->fixed.n;
	enum status status = read_versions(r, entry, out);
	if (!status)
		status = read_ranges(r, entry, out, &unjudged);
	if (!status && unjudged && out->versions.n == listed)
		return osv_broken(r, entry, "its ranges are of a type that is not known, and it lists no versions");
	return status ? status : read_patched(r, entry, fixed, out);
}

static int compare_bounds(const void *a, const void *b)
{
	return bound_compare(a, b);
}

/* Rising, each once. */
static enum status list_fixed(const struct osv_reader *r, struct gathered *gathered, struct affected *out)
{
	bound_list *fixed = &gathered->fixed;
	out->fixed = arena_array(r->arena, fixed->n, sizeof *out->fixed);
	if (!out->fixed)
		return error_memory(r->err);
	if (fixed->n)
		qsort(fixed->v, fixed->n, sizeof *fixed->v, compare_bounds);
	for (size_t i = 0; i < fixed->n; i++)
		if (i == 0 || bound_compare(&fixed->v[i], &fixed->v[i - 1]) != 0)
			out->fixed[out->fixed_count++] = fixed->v[i].text;
	return STATUS_OK;
}

struct entry {
	struct str name;
	const struct json *json;
};

/* By name; of one package, as the record has them. */
static int compare_entries(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = str_compare(left->name, right->name);
	if (order || left->json == right->json)
		return order;
	bool before = left->json->line != right->json->line ? left->json->line < right->json->line : left->json->column < right->json->column;
	return before ? -1 : 1;
}

/* The entries about npm, sorted. */
static enum status list_entries(const struct osv_reader *r, const struct json *list, struct entry **out, size_t *count)
{
	struct entry *entries = arena_array(r->arena, list->count, sizeof *entries);
	size_t n = 0;
	if (!entries)
		return error_memory(r->err);
	json_each(item, list) {
		const struct json *package = json_find(item, "package"), *name = json_find(package, "name");
		if (!str_equal(json_find_text(package, "ecosystem"), STR("npm")))
			continue;
		if (!json_is(name, JSON_STRING) || name->text.n == 0 || name->text.n > LIMIT_ADVISORY_NAME_BYTES)
			return osv_broken(r, package, "a package without a name, or with one of more than 1024 bytes");
		entries[n++] = (struct entry){ name->text, item };
	}
	if (n)
		qsort(entries, n, sizeof *entries, compare_entries);
	*out = entries;
	*count = n;
	return STATUS_OK;
}

/* The package that entries[*at] begins with; moves *at behind its entries. */
static enum status read_package(const struct osv_reader *r, const struct entry *entries, size_t count, size_t *at, struct affected *out)
{
	struct gathered gathered = { 0 };
	struct str name = entries[*at].name;
	for (; *at < count && str_equal(entries[*at].name, name); ++*at) {
		enum status status = read_entry(r, entries[*at].json, &gathered);
		if (status)
			return status;
	}
	out->intervals = gathered.intervals.v;
	out->interval_count = gathered.intervals.n;
	out->versions = gathered.versions.v;
	out->version_count = gathered.versions.n;
	return list_fixed(r, &gathered, out);
}

enum status osv_read_affected(const struct osv_reader *r, const struct json *record, struct osv_record *out)
{
	const struct json *list = json_find(record, "affected");
	struct entry *entries = NULL;
	size_t count = 0;
	if (!list || json_is(list, JSON_NULL))
		return STATUS_OK;
	if (!json_is(list, JSON_ARRAY))
		return osv_broken(r, list, "\"affected\" is not an array");
	enum status status = list_entries(r, list, &entries, &count);
	if (status)
		return status;
	out->foreign = list->count && count == 0;
	out->affected = arena_array(r->arena, count, sizeof *out->affected);
	out->names = arena_array(r->arena, count, sizeof *out->names);
	if (!out->affected || !out->names)
		return error_memory(r->err);
	for (size_t at = 0; at < count && !status; out->count++) {
		out->names[out->count] = entries[at].name;
		status = read_package(r, entries, count, &at, &out->affected[out->count]);
	}
	return status;
}
