/* What package.json files ask for that no lockfile has: of one without a lockfile all of it, of one beside a lockfile what the next install would bring. */
#include "assay/check.h"
#include "fleet/look.h"

/* What package.json asks for; what is wrong with it is in the findings. */
enum status look_read_wanted(const struct tree *tree, struct arena *arena, struct look_lockfile *out, struct error *err)
{
	struct lockfile_manifest manifest = { 0 };
	enum status status = lockfile_read_manifest(tree, STR(""), arena, &manifest, err);
	if (status == STATUS_MEMORY)
		return status;
	out->wanted = status ? NULL : arena_array(arena, manifest.request_count, sizeof *out->wanted);
	if (!status && !out->wanted)
		return error_memory(err);
	for (size_t i = 0; !status && i < manifest.request_count; i++)
		out->wanted[out->wanted_count++] = (struct look_wanted){ manifest.requests[i].name, manifest.requests[i].spec,
									 edge_type_name(manifest.requests[i].type) };
	return STATUS_OK;
}

/* The row of a package.json beside a lockfile, which is of the lockfile's owner and kind, and has neither packages nor findings. NULL: out of memory. */
static struct look_lockfile *asking_row(struct look_rows *rows, struct str path, const struct look_lockfile *lockfile, struct arena *arena)
{
	size_t number = rows->list.n;
	if ((!rows->asking && !(rows->asking = map_new(arena, 0))) || !map_add(rows->asking, path, number, &number))
		return NULL;
	if (number < rows->list.n)
		return &rows->list.v[number];
	struct scan *none = arena_alloc(arena, sizeof *none);
	struct look_lockfile *row = none ? vec_add(arena, &rows->list) : NULL;
	if (!row)
		return NULL;
	none->format = lockfile->scan->format;
	*row = (struct look_lockfile){
		.path = path, .scan = none, .owner = lockfile->owner, .owner_from = lockfile->owner_from, .owner_unread = lockfile->owner_unread
	};
	return row;
}

/* Of several lockfiles that a package.json stands beside, what each of them lacks. */
static bool add_requests(struct look_lockfile *row, const struct check_wanted *wanted, size_t count, struct arena *arena)
{
	size_t before = row->wanted_count;
	struct look_wanted *all = arena_array(arena, before + count, sizeof *all);
	if (!all)
		return false;
	if (before)
		memcpy(all, row->wanted, before * sizeof *all);
	for (size_t i = 0; i < count; i++)
		all[before + i] = (struct look_wanted){ wanted[i].name, wanted[i].spec, edge_type_name(wanted[i].type) };
	row->wanted = all;
	row->wanted_count = before + count;
	return true;
}

/* What it asked for stands. */
static void take_unread(struct look_lockfile *row)
{
	row->unread = true;
	row->gap = KEPT_GAP_UNREADABLE;
}

/* What the next install would bring hangs on the package.json that asks for it. `lockfile` is a copy: rows move. */
enum status look_add_asking(struct look_rows *rows, struct look_lockfile lockfile, struct arena *arena, struct error *err)
{
	struct check_wanted *wanted;
	size_t count, end;
	enum status status = check_find_wanted(lockfile.scan->tree, arena, &wanted, &count, err);
	for (size_t i = 0; !status && i < count; i = end) {
		for (end = i + 1; end < count && wanted[end].file == wanted[i].file;)
			end++;
		struct str path = path_join_inside(arena, path_parent(lockfile.path), str_of(wanted[i].file));
		struct look_lockfile *row = path.p ? asking_row(rows, path, &lockfile, arena) : NULL;
		if (row && wanted[i].problem.p)
			take_unread(row);
		else if (!row || !add_requests(row, wanted + i, end - i, arena))
			status = error_memory(err);
	}
	return status;
}
