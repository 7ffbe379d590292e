/*
 * Lockfiles that stood below a folder and stand there no more, nor does anything beside them that would be followed: found in one walk along the main
 * line, which says of each how it came and went.
 */
#include "assay/limits.h"
#include "assay/repository.h"
#include "fleet/engine.h"
#include "fleet/who_private.h"

struct search {
	const struct who_lost *lost;
	struct who_gathering *gathering;
	struct arena *arena, *scratch;
	struct git_store *store;
	const char *const *paths; /* from the folder */
	size_t path_count;
	struct git_history history; /* of all paths */
	size_t *starts;             /* where a path's changes begin in `sorted`; one more at the end */
	struct git_change *sorted;
	bool out_of_memory;
};

/* ---- what is followed anyway ----------------------------------------------------------- */

bool followed_init(struct followed *followed, size_t count, struct arena *arena)
{
	*followed = (struct followed){ map_new(arena, count), map_new(arena, count) };
	return followed->folders && followed->paths;
}

bool followed_add(struct followed *followed, struct str path)
{
	return map_set(followed->folders, path_parent(path), 1) && map_set(followed->paths, path, 1);
}

/* A name that is a format's own, and not that of a branch: such are followed wherever one of them is. */
static bool is_usual_name(const char *name)
{
	for (size_t i = 0; lockfile_formats[i]; i++)
		for (const char *const *usual = lockfile_formats[i]->file_names; *usual; usual++)
			if (strcmp(*usual, name) == 0)
				return true;
	return false;
}

/* Is it a lockfile that nobody follows? */
static bool is_lost(void *context, const char *path)
{
	struct search *search = context;
	const struct who_lost *lost = search->lost;
	const char *name = path_base(path);
	size_t there;
	if (!lockfile_format_by_file_name(name))
		return false;
	arena_reset(search->scratch);
	struct str key = lost->base[0] ? arena_printf(search->scratch, "%s/%s", lost->base, path) : str_of(path);
	search->out_of_memory |= !key.p;
	return key.p && !map_find(lost->followed->paths, key, &there) &&
	       !(is_usual_name(name) && map_find(lost->followed->folders, path_parent(key), &there));
}

/* ---- one that was lost -------------------------------------------------------------------- */

/* What the last commit has and the folder, too, is left out by whoever looked, or was never to be looked at. */
static bool is_there(struct search *search, const char *path, const struct git_change *newest)
{
	if (!newest->blob[0] || !git_store_top(search->store))
		return newest->blob[0];
	const char *file = path_join(search->scratch, search->lost->repository, path);
	search->out_of_memory |= !file;
	return file && file_exists(file);
}

static bool is_excluded(struct search *search, const char *path)
{
	const struct who_lost *lost = search->lost;
	struct error err;
	bool excluded = false;
	struct str whole = lost->inside.n ? arena_printf(search->scratch, "%.*s/%s", STR_ARG(lost->inside), path) : str_of(path);
	search->out_of_memory |= !whole.p || lockfile_is_excluded(lost->exclude, whole, search->scratch, &excluded, &err) != STATUS_OK;
	return excluded;
}

/* What the user sees of it; false: out of memory. */
static bool describe(struct search *search, const char *path, const char **shown, struct who_entry *from)
{
	const struct who_lost *lost = search->lost;
	struct arena *arena = search->scratch;
	*shown = lost->shown ? path_join(arena, lost->shown, path) : path;
	const char *folder = *shown ? path_folder(arena, *shown) : NULL, *file = path_join(arena, lost->repository, path);
	if (!folder || !file)
		return false;
	*from = lost->from;
	from->lockfile = str_of(*shown);
	if (!from->project.p)
		from->project = who_project_name(folder, arena);
	if (!from->owner.p && git_store_top(search->store))
		who_find_owner(file, arena, from);
	return from->project.p != NULL;
}

static void follow_path(struct search *search, size_t number)
{
	const struct fleet_filter *filter = search->lost->filter;
	const char *path = search->paths[number], *shown;
	struct git_history history = search->history;
	struct who_entry from;
	history.changes = search->sorted + search->starts[number];
	history.change_count = search->starts[number + 1] - search->starts[number];
	arena_reset(search->scratch);
	if (is_there(search, path, &history.changes[0]) || is_excluded(search, path))
		return;
	if (!describe(search, path, &shown, &from)) {
		search->out_of_memory = true;
		return;
	}
	if (filter && filter->owner.p && from.owner.p && !fleet_filter_fits_owner(filter, from.owner))
		return;
	if (!who_follow(search->lost->question, search->store, &history, shown, &from, search->gathering))
		search->out_of_memory = true;
	who_count(search->gathering, &(struct who_inventory){ .histories = 1, .commits = history.change_count, .oldest = DATE_NONE });
}

/* ---- all of them ------------------------------------------------------------------------------ */

/* By path, each path's in the order they have. */
static bool sort_changes(struct search *search)
{
	const struct git_history *history = &search->history;
	size_t *next = arena_array(search->arena, search->path_count + 1, sizeof *next);
	search->starts = arena_array(search->arena, search->path_count + 2, sizeof *search->starts);
	search->sorted = arena_array(search->arena, history->change_count + 1, sizeof *search->sorted);
	if (!next || !search->starts || !search->sorted)
		return false;
	for (size_t i = 0; i < history->change_count; i++)
		search->starts[history->changes[i].name + 1]++;
	for (size_t i = 0; i < search->path_count; i++) {
		search->starts[i + 1] += search->starts[i];
		next[i] = search->starts[i];
	}
	for (size_t i = 0; i < history->change_count; i++) {
		struct git_change *change = &search->sorted[next[history->changes[i].name]++];
		*change = history->changes[i];
		change->name = 0;
	}
	return true;
}

static void add_gap_of_error(struct search *search, const struct error *err)
{
	const struct who_lost *lost = search->lost;
	struct str project = lost->from.project.p ? lost->from.project : who_project_name(lost->repository, search->arena);
	who_gap_of_error(search->gathering, "history", project, lost->shown ? lost->shown : lost->repository, err);
}

static bool follow_all(struct search *search, const char *folder)
{
	const struct who_lost *lost = search->lost;
	struct error err;
	enum status status = git_store_history_below(search->store, lost->branch, folder, is_lost, search, search->arena, &search->paths,
						     &search->path_count, &search->history, &err);
	if (status == STATUS_MEMORY)
		return false;
	if (status) {
		add_gap_of_error(search, &err);
		return true;
	}
	if (search->history.cut && lost->alone) {
		error_set(&err, STATUS_NOT_FOUND, "the clone is shallow: which lockfiles stood here before is not known");
		error_hint(&err, "git fetch --unshallow");
		add_gap_of_error(search, &err);
	}
	if (!sort_changes(search))
		return false;
	for (size_t i = 0; i < search->path_count; i++)
		follow_path(search, i);
	return !search->out_of_memory;
}

bool who_look_for_lost(const struct who_lost *lost, struct who_gathering *gathering)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	struct search search = { .lost = lost, .gathering = gathering, .arena = arena, .scratch = scratch };
	struct error err;
	if (!arena || !scratch)
		return false;
	if (git_store_open(lost->repository, &store, &err)) {
		if (lost->alone)
			add_gap_of_error(&search, &err);
		return true;
	}
	search.store = store;
	const char *folder = who_folder_in_store(store, lost->repository, ".", arena);
	if (folder)
		return follow_all(&search, folder);
	error_set(&err, STATUS_NOT_FOUND, "it lies in no work tree");
	if (lost->alone)
		add_gap_of_error(&search, &err);
	return true;
}
