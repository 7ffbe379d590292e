/*
 * A range's events as a timeline, and the timeline as intervals.
 *
 * OSV evaluates a version by walking the sorted events: `introduced` at or below it switches on, `fixed` at or below it and
 * `last_affected` below it switch off (schema, section "Evaluation"). The answer changes only at the events' versions, so one sweep over
 * them finds for each the state at it and the state just above it; whatever the events say, those two decide. `limit`: the version
 * must lie below one of them, that is below the highest.
 */
#include <stdlib.h>

#include "advisory/private.h"

/* "1" and "1.2", with whatever follows the numbers. */
static struct str pad_version(struct str written, struct arena *arena)
{
	size_t core = 0, dots = 0;
	for (; core < written.n && written.p[core] != '-' && written.p[core] != '+'; core++)
		dots += written.p[core] == '.';
	if (core == 0 || dots > 1)
		return STR_NONE;
	struct str rest = str_from(written, core);
	return arena_printf(arena, "%.*s%s%.*s", STR_ARG(str_head(written, core)), dots ? ".0" : ".0.0", STR_ARG(rest));
}

bool bound_read(struct str written, struct arena *arena, struct bound *out)
{
	static const unsigned flags[] = { SEMVER_UNBOUNDED, SEMVER_LOOSE | SEMVER_UNBOUNDED };
	struct semver version;
	bool read = false;
	written = str_trim(written);
	if (str_equal(written, STR("0"))) {
		*out = (struct bound){ .lowest = true };
		return true;
	}
	for (size_t i = 0; i < 2 && !read; i++)
		read = semver_parse(written, flags[i], &version);
	if (!read && !semver_parse(pad_version(written, arena), flags[1], &version))
		return false;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(written.n + 64);
	semver_write(&version, &text);
	struct str kept = text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
	if (!kept.p || !semver_parse(kept, flags[1], &version))
		return false;
	*out = (struct bound){ false, kept, version };
	return true;
}

int bound_compare(const struct bound *a, const struct bound *b)
{
	if (a->lowest || b->lowest)
		return (int)b->lowest - (int)a->lowest;
	return semver_compare(&a->version, &b->version);
}

static int compare_events(const void *a, const void *b)
{
	const struct event *left = a, *right = b;
	int order = bound_compare(&left->at, &right->at);
	return order ? order : (int)left->kind - (int)right->kind;
}

/* All events at one version; what they leave on at it and just above it, given what was on below. */
struct step {
	struct bound at;
	bool on_at, on_above;
};

static size_t take_step(const struct event *events, size_t count, bool on_below, struct step *step)
{
	size_t i = 0;
	*step = (struct step){ events[0].at, on_below, on_below };
	for (; i < count && bound_compare(&events[i].at, &events[0].at) == 0; i++) {
		if (events[i].kind == EVENT_LIMIT)
			continue;
		step->on_above = events[i].kind == EVENT_INTRODUCED;
		if (events[i].kind != EVENT_LAST_AFFECTED)
			step->on_at = step->on_above;
	}
	/* No version is "0" itself. */
	if (step->at.lowest)
		step->on_at = step->on_above;
	return i;
}

/* Cuts what reaches the highest limit; false when nothing is left. */
static bool apply_limit(struct affected_interval *interval, const struct bound *start, const struct bound *end, const struct bound *limit)
{
	if (!limit)
		return true;
	if (bound_compare(start, limit) >= 0)
		return false;
	if (!end || bound_compare(end, limit) >= 0) {
		interval->end = limit->text;
		interval->end_included = false;
	}
	return true;
}

static bool add_interval(const struct bound *start, const struct bound *end, bool included, const struct bound *limit, struct arena *arena, interval_list *out)
{
	struct affected_interval interval = { start->text, end ? end->text : STR_NONE, end && included };
	if (!apply_limit(&interval, start, end, limit))
		return true;
	struct affected_interval *added = vec_add(arena, out);
	if (!added)
		return false;
	*added = interval;
	return true;
}

bool timeline_add(struct event *events, size_t count, struct arena *arena, interval_list *out)
{
	const struct bound *limit = NULL;
	struct bound start = { .lowest = true };
	bool on = false, added = true;
	if (count)
		qsort(events, count, sizeof *events, compare_events);
	for (size_t i = 0; i < count; i++)
		if (events[i].kind == EVENT_LIMIT)
			limit = &events[i].at;
	for (size_t i = 0; i < count && added;) {
		struct step step;
		i += take_step(events + i, count - i, on, &step);
		bool begins = !on && step.on_at, ends = (on || step.on_at) && !step.on_above;
		if (begins)
			start = step.at;
		if (ends)
			added = add_interval(&start, &step.at, step.on_at, limit, arena, out);
		on = step.on_above;
	}
	return added && (!on || add_interval(&start, NULL, false, limit, arena, out));
}
