/* What of a project's packages is not known, in words, and whose that is: a lockfile that does not tell is its owner's matter. */
#include "fleet/engine.h"

struct str fleet_gap_words(struct str path, struct str kind, size_t more, struct arena *arena)
{
	static const struct {
		const char *kind, *words;
	} all[] = {
		{ KEPT_GAP_UNSUPPORTED, "is of a kind that is not read" },        { KEPT_GAP_MISSING, "has no lockfile" },
		{ KEPT_GAP_UNNAMED, "has libraries without a package URL" },      { KEPT_GAP_INCOMPLETE, "calls itself incomplete" },
		{ KEPT_GAP_UNREADABLE, "could not be read beside its lockfile" },
	};
	size_t i = 0;
	for (size_t k = 0; k < sizeof all / sizeof *all; k++)
		i = kind.p && str_equal_z(kind, all[k].kind) ? k : i;
	if (!more)
		return arena_printf(arena, "%.*s %s", STR_ARG(path), all[i].words);
	return arena_printf(arena, "%.*s %s, nor are the packages of %zu more known", STR_ARG(path), all[i].words, more);
}

const char *fleet_gap_of_tree(const struct tree *tree)
{
	return tree->unread.unnamed ? KEPT_GAP_UNNAMED : tree->unread.incomplete ? KEPT_GAP_INCOMPLETE : NULL;
}

enum status fleet_find_gaps(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct arena *arena,
			    struct kept_path **out, size_t *count, struct error *err)
{
	struct kept_path *paths;
	size_t n, all = 0, his = 0;
	enum status status = fleet->engine->lockfile_paths(fleet->state, project->id, arena, &paths, &n, err);
	if (status)
		return status;
	for (size_t i = 0; i < n; i++) {
		if (!paths[i].gap.p)
			continue;
		all++;
		if (project->owner.p || fleet_filter_fits_owner(filter, paths[i].owner))
			paths[his++] = paths[i];
	}
	if (his < all)
		project->gap = his ? fleet_gap_words(paths[0].path, paths[0].gap, his - 1, arena) : STR_NONE;
	if (his && his < all && !project->gap.p)
		return error_memory(err);
	*out = paths;
	*count = his;
	return STATUS_OK;
}

enum status fleet_narrow_gap(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct arena *arena, struct error *err)
{
	struct kept_path *gaps;
	size_t count;
	if (!filter->owner.p || project->owner.p || !project->gap.p)
		return STATUS_OK;
	return fleet_find_gaps(fleet, filter, project, arena, &gaps, &count, err);
}
