/*
 * What the lockfiles of a store's projects had before anybody looked: the git history of each project that is at hand. The store is asked on one thread,
 * histories are walked on all.
 */
#include <pthread.h>

#include "fleet/engine.h"
#include "fleet/who_private.h"

struct looking_back {
	struct fleet *fleet;
	const struct who_question *question;
	const struct who_store_options *options;
	struct who_gathering *gathering;
	struct pool *pool;
	struct arena *arena; /* of one project */
	pthread_mutex_t lock;
	size_t done, total; /* projects; under the lock */
	struct error *err;
	enum status status;
};

/* What one thread walks: all lockfiles that ever stood in a folder; or all that were lost, of a whole project. */
struct walk {
	struct looking_back *looking;
	struct arena *arena; /* its own, with everything in it */
	const char *location, *branch, *lockfile;
	struct who_entry from;
	struct followed followed; /* of `lost` */
	bool lost, alone;
};

static void add_gap(struct looking_back *looking, const struct fleet_project *project, const char *why)
{
	who_add_gap(looking->gathering, &(struct who_gap){ .kind = "history", .project = project->name, .path = project->location, .why = str_of(why) });
}

static void count_done(struct looking_back *looking)
{
	const struct who_store_options *options = looking->options;
	pthread_mutex_lock(&looking->lock);
	looking->done++;
	if (options->progress)
		options->progress(options->context, "reading histories", looking->done, looking->total > looking->done ? looking->total : looking->done);
	pthread_mutex_unlock(&looking->lock);
}

static void run_walk(void *context)
{
	struct walk *walk = context;
	struct looking_back *looking = walk->looking;
	const struct who_lost lost = { .question = looking->question,
				       .followed = &walk->followed,
				       .base = "",
				       .repository = walk->location,
				       .branch = walk->branch,
				       .from = walk->from,
				       .filter = &looking->options->filter,
				       .alone = walk->alone };
	if (walk->lost ? !who_look_for_lost(&lost, looking->gathering) :
			 !who_look_back_kept(looking->question, walk->location, walk->branch, walk->lockfile, &walk->from, looking->gathering))
		who_out_of_memory(looking->gathering);
	if (walk->lost)
		count_done(looking);
	arena_free(walk->arena);
}

static bool keep(struct arena *arena, struct str text, struct str *out)
{
	*out = text.p ? arena_copy(arena, text) : STR_NONE;
	return !text.p || out->p;
}

/* It has its arena, in which it lives; NULL: out of memory. `path` may be NULL. */
static struct walk *make_walk(struct looking_back *looking, const struct fleet_project *project, const struct kept_path *path)
{
	static const struct kept_path none;
	struct arena *arena = arena_new(0);
	struct walk *walk = arena ? arena_alloc(arena, sizeof *walk) : NULL;
	struct str location, branch;
	bool own = project->owner.p;
	path = path ? path : &none;
	if (!walk || !keep(arena, project->location, &location) || !keep(arena, project->branch, &branch) ||
	    !keep(arena, project->name, &walk->from.project) || !keep(arena, path->path, &walk->from.lockfile) ||
	    !keep(arena, own ? project->owner : path->owner, &walk->from.owner) || !keep(arena, own ? STR_NONE : path->owner_from, &walk->from.owner_from)) {
		arena_free(arena);
		return NULL;
	}
	walk->looking = looking;
	walk->arena = arena;
	walk->location = location.p;
	walk->branch = branch.p;
	walk->lockfile = walk->from.lockfile.p;
	walk->from.place = "lockfile";
	walk->from.since = walk->from.until = DATE_NONE;
	return walk;
}

static enum status submit(struct looking_back *looking, const struct fleet_project *project, const struct kept_path *path)
{
	struct walk *walk = make_walk(looking, project, path);
	if (!walk)
		return error_memory(looking->err);
	pool_submit(looking->pool, run_walk, walk);
	return STATUS_OK;
}

/* Whose a lockfile was that nobody knows of, is not known: where one owner is asked for, it may have been his. */
static struct walk *make_lost(struct looking_back *looking, const struct fleet_project *project, const struct kept_path *paths, size_t count)
{
	struct walk *walk = make_walk(looking, project, NULL);
	bool fine = walk && followed_init(&walk->followed, count, walk->arena);
	struct str path;
	for (size_t i = 0; i < count && fine; i++)
		fine = keep(walk->arena, paths[i].path, &path) && followed_add(&walk->followed, path);
	if (walk && !fine)
		arena_free(walk->arena);
	if (fine)
		walk->lost = true;
	return fine ? walk : NULL;
}

/* All lockfiles that ever stood in a folder are followed at once: one for each folder, of those whose owner is asked for. */
static enum status leave_first(struct looking_back *looking, const struct fleet_project *project, struct kept_path *paths, size_t *count)
{
	struct map *folders = map_new(looking->arena, *count);
	size_t kept = 0, there;
	for (size_t i = 0; folders && i < *count; i++) {
		struct str path = paths[i].path, owner = project->owner.p ? project->owner : paths[i].owner;
		if (!fleet_filter_fits_lockfile(&looking->options->filter, project->name, owner, project->tags))
			continue;
		if (!map_add(folders, path_parent(path), kept, &there))
			return error_memory(looking->err);
		paths[kept] = paths[i];
		kept += there == kept;
	}
	*count = kept;
	return folders ? STATUS_OK : error_memory(looking->err);
}

static bool look_back(void *context, const struct fleet_project *project)
{
	struct looking_back *looking = context;
	struct kept_path *paths;
	size_t count;
	arena_reset(looking->arena);
	looking->status = looking->fleet->engine->lockfile_paths(looking->fleet->state, project->id, looking->arena, &paths, &count, looking->err);
	if (looking->status)
		return false;
	if (project->kind == FLEET_URL || project->kind == FLEET_INGESTED) {
		add_gap(looking, project,
			project->kind == FLEET_URL ? "it is fetched one commit deep: what it was before is not known" :
						     "it is told, not looked at: what it was before is not known");
		count_done(looking);
		return true;
	}
	struct walk *lost = make_lost(looking, project, paths, count);
	looking->status = lost ? leave_first(looking, project, paths, &count) : error_memory(looking->err);
	if (lost) {
		lost->alone = !count;
		pool_submit(looking->pool, run_walk, lost);
	}
	for (size_t i = 0; i < count && !looking->status; i++)
		looking->status = submit(looking, project, &paths[i]);
	return !looking->status;
}

enum status who_store_look_back(const struct who_question *question, struct fleet *fleet, const struct who_store_options *options, size_t projects,
				struct who_gathering *gathering, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error own = { 0 };
	struct pool *pool = arena ? pool_new(options->jobs ? options->jobs : cpu_count()) : NULL;
	struct looking_back looking = {
		.fleet = fleet, .question = question, .options = options, .gathering = gathering, .pool = pool, .arena = arena, .total = projects, .err = err ? err : &own
	};
	if (!pool)
		return error_memory(err);
	pthread_mutex_init(&looking.lock, NULL);
	enum status status = fleet_each_project(fleet, &options->filter, look_back, &looking, err);
	pool_free(pool);
	pthread_mutex_destroy(&looking.lock);
	return status ? status : looking.status;
}
