/* Which packages projects have, by name: in how many projects, in how many versions. */
#include <stdlib.h>

#include "fleet/engine.h"

struct standing {
	int64_t tree;
	size_t project;
};
struct used {
	struct fleet *fleet;
	const struct fleet_filter *filter;
	struct arena *arena;
	struct map *projects;       /* by name, to a number */
	VEC(struct standing) trees; /* by tree */
	size_t *seen;               /* by project: the number of the name that it was counted for last */
	size_t number;              /* of the name at hand */
	struct buf name, version;
	size_t in_projects, versions;
	bool version_counts; /* the version at hand is in a project */
	bool (*each)(void *context, const struct fleet_used *used);
	void *context;
	bool ended;
};

static bool note_project(void *context, const struct fleet_project *project)
{
	struct used *used = context;
	struct str name = arena_copy(used->arena, project->name);
	return name.p && map_set(used->projects, name, map_count(used->projects));
}

static enum status note_presence(void *context, const struct kept_presence *presence, struct error *err)
{
	struct used *used = context;
	size_t project;
	if (presence->gone != DATE_NONE || !map_find(used->projects, presence->project, &project) || !fleet_filter_fits_owner(used->filter, presence->owner))
		return STATUS_OK;
	struct standing *standing = vec_add(used->arena, &used->trees);
	if (!standing)
		return error_memory(err);
	*standing = (struct standing){ presence->tree, project };
	return STATUS_OK;
}

static int compare_trees(const void *left, const void *right)
{
	const struct standing *a = left, *b = right;
	return (a->tree > b->tree) - (a->tree < b->tree);
}

static enum status count_tree(void *context, int64_t tree, struct error *err)
{
	struct used *used = context;
	size_t low = 0, high = used->trees.n;
	(void)err;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (used->trees.v[middle].tree < tree)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < used->trees.n && used->trees.v[low].tree == tree; low++) {
		size_t *seen = &used->seen[used->trees.v[low].project];
		used->in_projects += *seen != used->number;
		*seen = used->number;
		used->version_counts = true;
	}
	return STATUS_OK;
}

static void end_version(struct used *used)
{
	used->versions += used->version_counts;
	used->version_counts = false;
}

static void end_name(struct used *used)
{
	end_version(used);
	const struct fleet_used told = { buf_str(&used->name), used->in_projects, used->versions };
	if (used->in_projects && !used->ended)
		used->ended = !used->each(used->context, &told);
	used->in_projects = used->versions = 0;
	used->number++;
}

static enum status count_package(void *context, const struct kept_package *package, struct error *err)
{
	struct used *used = context;
	if (!str_equal(buf_str(&used->name), package->name)) {
		end_name(used);
		buf_clear(&used->name);
		buf_add(&used->name, package->name);
		buf_clear(&used->version);
	}
	if (!str_equal(buf_str(&used->version), package->version)) {
		end_version(used);
		buf_clear(&used->version);
		buf_add(&used->version, package->version);
	}
	if (used->ended)
		return STATUS_OK;
	enum status status = buf_ok(&used->name, err);
	return status ? status : used->fleet->engine->trees_with(used->fleet->state, package->id, count_tree, used, err);
}

enum status fleet_each_used(struct fleet *fleet, const struct fleet_filter *filter, bool (*each)(void *context, const struct fleet_used *used),
			    void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct used used = { .fleet = fleet, .filter = filter, .arena = arena, .each = each, .context = context, .number = 1 };
	if (!arena || !(used.projects = map_new(arena, 0)))
		return error_memory(err);
	buf_init(&used.name, SIZE_MAX / 2);
	buf_init(&used.version, SIZE_MAX / 2);
	enum status status = fleet_each_project(fleet, filter, note_project, &used, err);
	if (!status)
		status = fleet->engine->presences(fleet->state, note_presence, &used, err);
	if (!status && used.trees.n)
		qsort(used.trees.v, used.trees.n, sizeof *used.trees.v, compare_trees);
	used.seen = arena_array(arena, map_count(used.projects), sizeof *used.seen);
	if (!status && !used.seen)
		status = error_memory(err);
	if (!status)
		status = fleet->engine->all_packages(fleet->state, count_package, &used, err);
	if (!status)
		end_name(&used);
	buf_fini(&used.version);
	buf_fini(&used.name);
	return status;
}
