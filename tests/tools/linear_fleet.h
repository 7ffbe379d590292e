/* A fleet's store with one project of many lockfiles, each with an owner of its own. */
#ifndef LINEAR_FLEET_H
#define LINEAR_FLEET_H

#include <unistd.h>

#include "assay/who.h"
#include "fleet/sqlite.h"

enum { FLEET_LOCKFILES = 150, FLEET_NOW = 1000000 };

struct fleet_made {
	struct fleet *fleet;
	struct look_lockfile *lockfiles;
	struct look look;
	struct fleet_project project;
};

static void make_fleet(struct work *work, const char *with)
{
	struct fleet_made *made = arena_alloc(work->arena, sizeof *made);
	size_t count = FLEET_LOCKFILES * work->units;
	struct error err;
	const char *path = path_join(work->arena, work->folder, "fleet.db");
	(void)with;
	unlink(path);
	*made = (struct fleet_made){ .lockfiles = arena_array(work->arena, count, sizeof *made->lockfiles) };
	struct scan *scan = arena_alloc(work->arena, sizeof *scan);
	struct tree *tree = tree_new(work->arena);
	check(tree && tree_add_package(tree, STR(""), NULL), "out of memory");
	check_status(tree_finish(tree, &err), &err);
	*scan = (struct scan){ .arena = work->arena, .tree = tree };
	for (size_t i = 0; i < count; i++)
		made->lockfiles[i] = (struct look_lockfile){ .path = arena_printf(work->arena, "p%zu/package-lock.json", i),
							     .owner = arena_printf(work->arena, "@o%zu", i),
							     .scan = scan,
							     .body = STR("x") };
	check_status(fleet_open_to_write(path, &made->fleet, &err), &err);
	made->project = (struct fleet_project){ .kind = FLEET_FOLDER, .name = STR("p"), .location = STR("/p"), .added = FLEET_NOW };
	made->look = (struct look){ .project = &made->project, .when = FLEET_NOW, .judged = STR("d"), .lockfiles = made->lockfiles, .lockfile_count = count };
	work->made = made;
}

/* Twice: the second time all are known. */
static void run_record(struct work *work, const char *with)
{
	struct fleet_made *made = (struct fleet_made *)(uintptr_t)work->made;
	const struct fleet_engine *engine = made->fleet->engine;
	struct look_result result;
	struct error err;
	(void)with;
	check_status(engine->start(made->fleet->state, &err), &err);
	check_status(engine->put_project(made->fleet->state, &made->project, &err), &err);
	for (int i = 0; i < 2; i++)
		check_status(engine->record(made->fleet->state, &made->look, &result, &err), &err);
	check_status(engine->finish(made->fleet->state, &err), &err);
	fleet_close(made->fleet);
}

static void make_recorded(struct work *work, const char *with)
{
	struct fleet_made *made;
	struct error err;
	make_fleet(work, with);
	run_record(work, with);
	made = (struct fleet_made *)(uintptr_t)work->made;
	check_status(fleet_open(path_join(work->arena, work->folder, "fleet.db"), &made->fleet, &err), &err);
}

/* A day later, when each lockfile may leave a gap. */
static void run_who(struct work *work, const char *owner)
{
	const struct fleet_made *made = work->made;
	CLEANUP(who_gathering_cleanup) struct who_gathering *gathering = who_gathering_new(work->arena);
	struct who_question *question = who_question_new(work->arena);
	const struct who_store_options options = { .filter = { .owner = str_of(owner) }, .now = FLEET_NOW, .at = DATE_NONE, .history = true, .jobs = 1 };
	struct who_answer *answer;
	struct error err;
	check(gathering && question, "out of memory");
	check_status(who_ask(question, STR("nothing@1.0.0"), &err), &err);
	check_status(who_look_in_store(question, made->fleet, &options, work->arena, gathering, &err), &err);
	check_status(who_gathering_finish(gathering, &answer, &err), &err);
	check(answer->inventory.projects == 1, "the project is asked for");
	fleet_close(made->fleet);
}

#endif
