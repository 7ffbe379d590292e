/*
 * Intervals against the schema's own evaluation: random events and versions, judged by the intervals and by a walk over
 * the events as the specification's pseudo-code has it, written here once more and on plain numbers.
 */
#include "advisory/support.h"

#include "advisory/private.h"

enum { RANGES = 20000, MOST_EVENTS = 7 };

/* Few versions, so that equal ones are common; -1 is OSV's "0". */
static const char *const versions[] = { "0.0.0-0", "0.0.0",    "0.1.0", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0",        "1.0.1",
					"1.2.0-2", "1.2.0-10", "1.2.0", "1.10.0",      "2.0.0-0",       "10.0.0-rc.1.2" };
enum { VERSIONS = sizeof versions / sizeof *versions };

struct plain_event {
	enum event_kind kind;
	int version;
};

static uint64_t state_of_draw = 7;

static int draw(int below)
{
	state_of_draw = state_of_draw * 6364136223846793005u + 1442695040888963407u;
	return (int)((state_of_draw >> 33) % (uint64_t)below);
}

static bool before_limits(const struct plain_event *events, int count, int version)
{
	bool any = false;
	for (int i = 0; i < count; i++) {
		any |= events[i].kind == EVENT_LIMIT;
		if (events[i].kind == EVENT_LIMIT && version < events[i].version)
			return true;
	}
	return !any;
}

/* Insertion sort: introduced before fixed before last affected at one version. */
static void sort_events(struct plain_event *events, int count)
{
	for (int i = 1; i < count; i++) {
		for (int k = i; k > 0; k--) {
			struct plain_event *a = &events[k - 1], *b = &events[k];
			if (a->version < b->version || (a->version == b->version && a->kind <= b->kind))
				break;
			struct plain_event swap = *a;
			*a = *b;
			*b = swap;
		}
	}
}

static bool walk_says(const struct plain_event *events, int count, int version)
{
	bool vulnerable = false;
	if (!before_limits(events, count, version))
		return false;
	for (int i = 0; i < count; i++) {
		if (events[i].kind == EVENT_INTRODUCED && version >= events[i].version)
			vulnerable = true;
		else if (events[i].kind == EVENT_FIXED && version >= events[i].version)
			vulnerable = false;
		else if (events[i].kind == EVENT_LAST_AFFECTED && version > events[i].version)
			vulnerable = false;
	}
	return vulnerable;
}

static const char *version_text(int version)
{
	return version < 0 ? "0" : versions[version];
}

/* All versions in one pass, over two affected packages, say what each says alone. */
static void check_steps(const struct affected affected[2])
{
	struct semver parsed[VERSIONS];
	int64_t steps[VERSIONS + 1] = { 0 }, sum = 0;
	for (int i = 0; i < VERSIONS; i++)
		assert_true(semver_parse(str_of(versions[i]), SEMVER_UNBOUNDED, &parsed[i]));
	affected_add_steps(&affected[0], parsed, VERSIONS, steps);
	affected_add_steps(&affected[1], parsed, VERSIONS, steps);
	for (int i = 0; i < VERSIONS; i++) {
		struct str text = str_of(versions[i]);
		sum += steps[i];
		assert_int_equal(sum != 0, affected_contains(&affected[0], text, &parsed[i]) || affected_contains(&affected[1], text, &parsed[i]));
	}
}

static void check_range(struct arena *arena)
{
	static const enum event_kind kinds[] = {
		EVENT_INTRODUCED, EVENT_INTRODUCED, EVENT_INTRODUCED, EVENT_FIXED, EVENT_FIXED, EVENT_LAST_AFFECTED, EVENT_LAST_AFFECTED, EVENT_LIMIT,
	};
	struct plain_event plain[MOST_EVENTS];
	struct event events[MOST_EVENTS];
	interval_list intervals = { 0 };
	int count = draw(MOST_EVENTS + 1);
	for (int i = 0; i < count; i++) {
		plain[i].kind = kinds[draw(sizeof kinds / sizeof *kinds)];
		plain[i].version = draw(VERSIONS + 1) - 1;
		events[i].kind = plain[i].kind;
		assert_true(bound_read(str_of(version_text(plain[i].version)), arena, &events[i].at));
	}
	assert_true(timeline_add(events, (size_t)count, arena, &intervals));
	sort_events(plain, count);
	struct affected affected = { .intervals = intervals.v, .interval_count = intervals.n };
	for (int version = 0; version < VERSIONS; version++) {
		struct semver parsed;
		struct str text = str_of(versions[version]);
		assert_true(semver_parse(text, SEMVER_UNBOUNDED, &parsed));
		bool is = affected_contains(&affected, text, &parsed), expected = walk_says(plain, count, version);
		if (is == expected)
			continue;
		for (int i = 0; i < count; i++)
			print_message("%d %s\n", (int)plain[i].kind, version_text(plain[i].version));
		fail_msg("%s: %d, the walk says %d", versions[version], is, expected);
	}
	struct str listed[] = { STR("v1.0.1"), STR("1.2.0+build"), str_of(versions[draw(VERSIONS)]), STR("next") };
	struct affected list = { .versions = listed, .version_count = (size_t)draw(5) };
	check_steps((struct affected[]){ affected, list });
}

static void test_intervals_say_what_the_walk_says(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (int i = 0; i < RANGES; i++) {
		arena_reset(arena);
		check_range(arena);
	}
}

/* Rising and disjoint: each begins where, or behind where, the one before ends. */
static void test_intervals_rise(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	for (int i = 0; i < 2000; i++) {
		struct event events[MOST_EVENTS];
		interval_list list = { 0 };
		arena_reset(arena);
		for (int k = 0; k < MOST_EVENTS; k++) {
			events[k].kind = (enum event_kind)draw(3);
			assert_true(bound_read(str_of(versions[draw(VERSIONS)]), arena, &events[k].at));
		}
		assert_true(timeline_add(events, MOST_EVENTS, arena, &list));
		for (size_t k = 1; k < list.n; k++) {
			struct bound end, start;
			assert_true(bound_read(list.v[k - 1].end, arena, &end));
			assert_true(bound_read(list.v[k].introduced, arena, &start));
			assert_true(bound_compare(&end, &start) <= 0);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_intervals_say_what_the_walk_says),
		cmocka_unit_test(test_intervals_rise),
	};
	return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
