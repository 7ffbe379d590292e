/* What the lockfiles of a store's projects had before anybody looked: the git history of each project that is at hand. */
#include "fleet/engine.h"
#include "fleet/who_private.h"

struct looking_back {
	struct fleet *fleet;
	const struct who_question *question;
	struct who_gathering *gathering;
	struct arena *arena; /* of one project */
	struct error *err;
	enum status status;
};

static void add_gap(struct looking_back *looking, const struct fleet_project *project, const char *why)
{
	who_add_gap(looking->gathering, &(struct who_gap){ .kind = "history", .project = project->name, .path = project->location, .why = str_of(why) });
}

/* All lockfiles that ever stood in a folder are followed at once. */
static bool is_first_of_folder(const struct kept_path *paths, size_t number)
{
	struct str path = paths[number].path, folder = str_head(path, str_find_last(path, '/'));
	for (size_t i = 0; i < number; i++) {
		struct str other = paths[i].path, its = str_head(other, str_find_last(other, '/'));
		bool top = str_find(path, '/') == path.n, other_top = str_find(other, '/') == other.n;
		if ((top && other_top) || (!top && !other_top && str_equal(folder, its)))
			return false;
	}
	return true;
}

static enum status follow(struct looking_back *looking, const struct fleet_project *project)
{
	struct kept_path *paths;
	size_t count;
	enum status status = looking->fleet->engine->lockfile_paths(looking->fleet->state, project->id, looking->arena, &paths, &count, looking->err);
	struct str where = arena_copy(looking->arena, project->location), branch = project->branch.p ? arena_copy(looking->arena, project->branch) : STR_NONE;
	if (!status && (!where.p || (project->branch.p && !branch.p)))
		status = error_memory(looking->err);
	for (size_t i = 0; i < count && !status; i++) {
		struct str owner = project->owner.p ? project->owner : paths[i].owner;
		const struct who_entry from = { .place = "lockfile",
						.project = project->name,
						.lockfile = paths[i].path,
						.owner = owner,
						.owner_from = project->owner.p ? STR_NONE : paths[i].owner_from,
						.since = DATE_NONE,
						.until = DATE_NONE };
		if (is_first_of_folder(paths, i) && !who_look_back_kept(looking->question, where.p, branch.p, paths[i].path.p, &from, looking->gathering))
			status = error_memory(looking->err);
	}
	return status;
}

static bool look_back(void *context, const struct fleet_project *project)
{
	struct looking_back *looking = context;
	arena_reset(looking->arena);
	if (project->kind == FLEET_URL)
		add_gap(looking, project, "it is fetched one commit deep: what it was before is not known");
	else if (project->kind == FLEET_INGESTED)
		add_gap(looking, project, "it is told, not looked at: what it was before is not known");
	else
		looking->status = follow(looking, project);
	return !looking->status;
}

enum status who_store_look_back(const struct who_question *question, struct fleet *fleet, const struct fleet_filter *filter,
				struct who_gathering *gathering, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct error own;
	struct looking_back looking = { fleet, question, gathering, arena, err ? err : &own, STATUS_OK };
	if (!arena)
		return error_memory(err);
	enum status status = fleet_each_project(fleet, filter, look_back, &looking, err);
	return status ? status : looking.status;
}
