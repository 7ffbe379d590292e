/* What a question is told of the store that it was asked: how much there is, what of it is a gap, and what is wanted without a lockfile, under any name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "fleet/who_private.h"
#include "store.h"

enum { NOW = 1000000 };

/* Two that are fresh, the second at the limit; one a second past it; one that nobody looked at; one that could not be read; one of whose lockfiles two tell nothing;
 * one without any; one more that nobody looked at. Of two trees one is in three lockfiles, and was in a fourth. */
static const char rows[] = "INSERT INTO project(id, name, kind, location, owner, tags, added, looked, seen, problem) VALUES"
			   " (1, 'a', 'folder', '/a', 'kim', 'x', 1, 1000000, 1000000, NULL), (2, 'b', 'folder', '/b', NULL, '', 1, 913600, 913600, NULL),"
			   " (3, 'c', 'folder', '/c', 'kim', '', 1, 913599, 913599, NULL), (4, 'd', 'folder', '/d', 'lee', '', 1, NULL, NULL, NULL),"
			   " (5, 'e', 'folder', '/e', NULL, 'x', 1, 1000000, 5, 'torn'), (6, 'f', 'folder', '/f', NULL, '', 1, 1000000, 1000000, NULL),"
			   " (7, 'g', 'url', '/g', 'lou', '', 1, 1000000, 1000000, NULL),"
			   " (8, 'h', 'ingested', '/h', NULL, '', 1, NULL, NULL, NULL);"
			   "UPDATE project SET gap = 'nothing there' WHERE id IN (6, 7);"
			   "INSERT INTO lockfile(id, project, path, owner) VALUES(1, 1, 'package-lock.json', 'pat'), (2, 2, 'package-lock.json', NULL),"
			   " (3, 3, 'a/package.json', NULL), (4, 1, 'b/package.json', NULL), (5, 5, 'package.json', 'pat'), (6, 5, 'b/package.json', 'sam'),"
			   " (7, 5, 'c/package.json', 'sal'), (8, 6, 'a/package.json', 'pat'), (9, 6, 'bun.lockb', 'sam'), (10, 6, 'c/yarn.lock', 'kit'),"
			   " (11, 6, 'd/yarn.lock', 'kit');"
			   "UPDATE lockfile SET gap = iif(id = 8, 'no-lockfile', 'unsupported') WHERE id IN (8, 9);"
			   "INSERT INTO tree(id, digest, packages, body) VALUES(1, x'01', 7, x''), (2, x'02', 30, x'');"
			   "INSERT INTO presence(lockfile, first, tree, last, gone) VALUES(1, 5, 2, 9, 10), (1, 10, 1, NULL, NULL), (2, 5, 1, NULL, NULL), (3, 5, 2, 9, 10), (10, 5, 1, NULL, NULL);"
			   "INSERT INTO wanted(lockfile, name, type, spec) VALUES(3, 'axios', 'prod', '^1.13.0'), (3, 'http', 'dev', ' npm:axios@1.x'),"
			   " (4, 'http', 'dev', 'npm:other@1'), (4, 'axios', 'prod', 'npm:other@1'), (4, 'other', 'prod', '1'), (5, 'axios', 'dev', '2');"
			   "INSERT INTO package(id, name, version, integrity) VALUES(1, 'held', '1.0.0', ''), (2, 'left', '1.0.0', '');"
			   "INSERT INTO member(tree, package, scope, direct, optional, line) VALUES(1, 1, 'prod', 1, 0, 1), (2, 2, 'prod', 1, 0, 1);";

static struct who_answer *ask(const char *name, const struct who_store_options *options)
{
	CLEANUP(who_gathering_cleanup) struct who_gathering *gathering = who_gathering_new(arena);
	struct who_question *question = who_question_new(arena);
	struct who_answer *answer = NULL;
	assert_int_equal(who_ask(question, str_of(name), NULL), STATUS_OK);
	assert_int_equal(who_look_in_store(question, fleet, options, arena, gathering, NULL), STATUS_OK);
	assert_int_equal(who_gathering_finish(gathering, &answer, NULL), STATUS_OK);
	return answer;
}

struct fact {
	const char *name, *owner, *tag; /* NULL: any */
	size_t projects, fresh, stale, unreadable, without, packages, gaps;
	int64_t oldest;
};

/* Counted or read one by one: it is the same. */
static const struct fact facts[] = {
	{ NULL, NULL, NULL, 8, 2, 3, 1, 2, 21, 7, 913599 },
	{ "*", NULL, NULL, 8, 2, 3, 1, 2, 21, 7, 913599 },
	{ "a", NULL, NULL, 1, 1, 0, 0, 0, 7, 0, DATE_NONE },
	/* What was given counts, else whom CODEOWNERS names; e, which could not be read, and h, which nobody looked at, may be anybody's. */
	{ NULL, "kim", NULL, 4, 1, 2, 1, 0, 7, 3, 913599 },
	{ NULL, "pat", NULL, 3, 0, 1, 1, 1, 0, 3, DATE_NONE },
	{ NULL, "sa*", NULL, 3, 0, 1, 1, 1, 0, 3, DATE_NONE },
	{ NULL, "kit", NULL, 3, 1, 1, 1, 0, 7, 2, DATE_NONE },
	{ NULL, "lou", NULL, 3, 0, 1, 1, 1, 0, 3, DATE_NONE },
	{ NULL, "nobody", NULL, 2, 0, 1, 1, 0, 0, 2, DATE_NONE },
	{ "d", "nobody", NULL, 0, 0, 0, 0, 0, 0, 1, DATE_NONE },
	{ NULL, NULL, "x", 2, 1, 0, 1, 0, 7, 1, DATE_NONE },
	{ "d", NULL, NULL, 1, 0, 1, 0, 0, 0, 1, DATE_NONE },
	{ "f", NULL, NULL, 1, 0, 0, 0, 1, 7, 2, DATE_NONE },
	{ "nobody", NULL, NULL, 0, 0, 0, 0, 0, 0, 1, DATE_NONE },
};

static void covers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++) {
		const struct fact *fact = &facts[i];
		const struct who_store_options options = {
			.filter = { .name = str_of(fact->name), .owner = str_of(fact->owner), .tag = str_of(fact->tag) }, .now = NOW, .at = DATE_NONE
		};
		const struct who_answer *answer = ask("nothing@1.0.0", &options);
		assert_int_equal(answer->inventory.projects, fact->projects);
		assert_int_equal(answer->inventory.fresh, fact->fresh);
		assert_int_equal(answer->inventory.stale, fact->stale);
		assert_int_equal(answer->inventory.unreadable, fact->unreadable);
		assert_int_equal(answer->inventory.without_lockfile, fact->without);
		assert_int_equal(answer->inventory.packages, fact->packages);
		assert_int_equal(answer->inventory.oldest, fact->oldest);
		assert_int_equal(answer->gap_count, fact->gaps);
		assert_true(answer->inventory.store);
		assert_int_equal(who_verdict(answer), fact->gaps ? WHO_UNKNOWN : WHO_NOWHERE);
	}
}

static void gaps(void **state)
{
	static const char *const all[] = {
		"c /c stale seen 1 d ago: assay fleet scan looks again",
		"d /d stale nobody has looked at it yet: assay fleet scan",
		"e /e unreadable torn: assay fleet scan looks again",
		"f a/package.json no-lockfile no lockfile: what its dependencies bring along cannot be known: npm install --package-lock-only writes one",
		"f bun.lockb unsupported a lockfile of a kind that is not read: write the text form: bun install --save-text-lockfile --frozen-lockfile --lockfile-only",
		"g /g empty nothing there: assay fleet remove takes out what has no part in npm",
		"h /h stale nobody has looked at it yet: assay fleet scan",
	};
	const struct who_store_options options = { .now = NOW, .at = DATE_NONE };
	const struct who_answer *answer = ask("nothing@1.0.0", &options);
	(void)state;
	assert_int_equal(answer->gap_count, sizeof all / sizeof *all);
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
		const struct who_gap *gap = &answer->gaps[i];
		assert_string_equal(arena_printf(arena, "%.*s %.*s %s %.*s: %.*s", STR_ARG(gap->project), STR_ARG(gap->path), gap->kind,
						 STR_ARG(gap->why), STR_ARG(gap->remedy))
					    .p,
				    all[i]);
	}
}

/* Under its name, and as what another name stands for; a name that stands for another package wants nothing of its own. */
static void wanted(void **state)
{
	static const struct {
		const char *asked, *owner, *tag;
		int64_t at;
		size_t could;
	} wants[] = { { "axios@1.14.1", NULL, NULL, DATE_NONE, 2 },  { "axios@2.0.0", NULL, NULL, DATE_NONE, 1 },
		      { "other@1.0.0", NULL, NULL, DATE_NONE, 2 },   { "http@1.0.0", NULL, NULL, DATE_NONE, 0 },
		      { "axios@1.14.1", "lee", NULL, DATE_NONE, 0 }, { "axios@1.14.1", NULL, NULL, NOW, 0 },
		      { "axios@2.0.0", NULL, "x", DATE_NONE, 1 },    { "axios@2.0.0", NULL, "y", DATE_NONE, 0 },
		      { "axios@1.14.1", NULL, "x", DATE_NONE, 0 },   { "other@1.0.0", NULL, "x", DATE_NONE, 2 } };
	(void)state;
	for (size_t i = 0; i < sizeof wants / sizeof *wants; i++) {
		const struct who_store_options options = { .filter = { .owner = str_of(wants[i].owner), .tag = str_of(wants[i].tag) },
							   .now = NOW,
							   .at = wants[i].at };
		const struct who_answer *answer = ask(wants[i].asked, &options);
		assert_int_equal(answer->parts[WHO_COULD].n, wants[i].could);
		for (size_t k = 0; k < wants[i].could; k++)
			assert_true(str_starts_with(str_of(wants[i].asked), answer->parts[WHO_COULD].v[k].package));
	}
}

static bool keep_gap(void *context, const struct fleet_project *project)
{
	struct str *gap = context;
	*gap = project->gap.p ? arena_copy(arena, project->gap) : STR_NONE;
	return true;
}

/* A lockfile that does not tell is a gap of its owner's project alone: counted or listed. */
static void owned(void **state)
{
	static const struct {
		const char *owner, *gap; /* the gap that f has for him */
		size_t gaps;
	} counts[] = { { NULL, "nothing there", 6 },
		       { "pat", "a/package.json has no lockfile", 2 },
		       { "sam", "bun.lockb is of a kind that is not read", 2 },
		       { "*a*", "nothing there", 2 },
		       { "kit", NULL, 0 },
		       { "kim", NULL, 1 },
		       { "lou", NULL, 1 } };
	(void)state;
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		struct fleet_filter filter = { .owner = str_of(counts[i].owner) };
		struct str gap = STR_NONE;
		size_t gaps;
		assert_int_equal(fleet_count_gaps(fleet, &filter, NOW, &gaps, NULL), STATUS_OK);
		assert_int_equal(gaps, counts[i].gaps);
		filter.name = STR("f");
		assert_int_equal(fleet_each_project(fleet, &filter, keep_gap, &gap, NULL), STATUS_OK);
		assert_string_equal(gap.p ? gap.p : "", counts[i].gap ? counts[i].gap : "");
	}
}

/* One of which it is not known whose it is says so. */
static void unclaimed(void **state)
{
	static const char *const all[] = { "e torn; whose it is, is not known", "h nobody has looked at it yet; whose it is, is not known" };
	const struct who_store_options options = { .filter = { .owner = STR("nobody") }, .now = NOW, .at = DATE_NONE };
	const struct who_answer *answer = ask("nothing@1.0.0", &options);
	(void)state;
	assert_int_equal(answer->gap_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(arena_printf(arena, "%.*s %.*s", STR_ARG(answer->gaps[i].project), STR_ARG(answer->gaps[i].why)).p, all[i]);
}

/* What is there and what was: of the projects that are asked for. */
static void held(void **state)
{
	static const struct {
		const char *asked, *name, *owner, *tag;
		size_t now, had;
	} facts_held[] = { { "held@1.0.0", NULL, NULL, NULL, 3, 0 },  { "held@1.0.0", NULL, NULL, "x", 1, 0 },
			   { "held@1.0.0", NULL, NULL, "y", 0, 0 },   { "held@1.0.0", "b", NULL, NULL, 1, 0 },
			   { "held@1.0.0", NULL, "kim", NULL, 1, 0 }, { "held@1.0.0", "b", NULL, "x", 0, 0 },
			   { "left@1.0.0", NULL, NULL, NULL, 0, 2 },  { "left@1.0.0", NULL, NULL, "x", 0, 1 },
			   { "left@1.0.0", NULL, "kim", NULL, 0, 2 } };
	(void)state;
	for (size_t i = 0; i < sizeof facts_held / sizeof *facts_held; i++) {
		const struct who_store_options options = {
			.filter = { .name = str_of(facts_held[i].name), .owner = str_of(facts_held[i].owner), .tag = str_of(facts_held[i].tag) },
			.now = NOW,
			.at = DATE_NONE
		};
		const struct who_answer *answer = ask(facts_held[i].asked, &options);
		assert_int_equal(answer->parts[WHO_NOW].n, facts_held[i].now);
		assert_int_equal(answer->parts[WHO_HAD].n, facts_held[i].had);
	}
}

struct told {
	size_t calls, done, total;
};

static void note_progress(void *context, const char *what, size_t done, size_t total)
{
	struct told *told = context;
	assert_string_equal(what, "reading histories");
	assert_int_equal(done, told->done + 1);
	assert_true(total == told->total && done <= total);
	told->calls++;
	told->done = done;
}

/* Projects whose history nobody can read count as done all the same; whoever is a gap for another reason does not count. */
static void progress(void **state)
{
	static const struct {
		const char *name, *owner;
		size_t total;
	} tellings[] = { { NULL, NULL, 8 }, { "g", NULL, 1 }, { "h", NULL, 1 }, { NULL, "kim", 2 }, { NULL, "kit", 1 } };
	(void)state;
	for (size_t i = 0; i < sizeof tellings / sizeof *tellings; i++) {
		struct told told = { .total = tellings[i].total };
		const struct who_store_options options = { .filter = { .name = str_of(tellings[i].name), .owner = str_of(tellings[i].owner) },
							   .now = NOW,
							   .at = DATE_NONE,
							   .history = true,
							   .progress = note_progress,
							   .context = &told };
		ask("nothing@1.0.0", &options);
		assert_int_equal(told.calls, told.total);
	}
}

static int start(void **state)
{
	(void)state;
	return begin_store(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(covers), cmocka_unit_test(gaps), cmocka_unit_test(owned),   cmocka_unit_test(unclaimed),
					    cmocka_unit_test(wanted), cmocka_unit_test(held), cmocka_unit_test(progress) };
	return cmocka_run_group_tests(tests, start, end_store);
}
