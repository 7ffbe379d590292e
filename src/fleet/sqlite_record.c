/* Writing down what a look at a project gave: what was where from when to when. What is as it was is not written again. */
#include <stdlib.h>

#include "assay/digest.h"
#include "fleet/sqlite_record.h"

enum { MAX_WAITING = 262144 }; /* members, some 12 MB */

enum status recording_find_id(struct recording *r, struct store_query *query, int64_t *id, bool *found)
{
	enum status status = query_next(query, found, r->err);
	if (!status && *found)
		*id = query_int(query, 0);
	query_reset(query);
	return status;
}

/* ---- lockfiles --------------------------------------------------------------------------- */

static enum status put_lockfile(struct recording *r, const struct look_lockfile *lockfile, int64_t *id)
{
	const struct lockfile_format *format = lockfile->scan->format;
	struct store_query *query = recording_query(r, Q_LOCKFILE_ADD);
	bool found;
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, r->look->project->id);
	query_bind_text(query, 2, lockfile->path);
	query_bind_text(query, 3, format ? str_of(format->kind) : STR_NONE);
	query_bind_text(query, 4, lockfile->owner);
	query_bind_text(query, 5, lockfile->owner_from);
	query_bind_int(query, 6, lockfile->owner_unread);
	query_bind_text(query, 7, str_of(lockfile->gap));
	enum status status = query_run(query, r->err);
	if (status)
		return status;
	if (!(query = recording_query(r, Q_LOCKFILE_FIND)))
		return r->err->status;
	query_bind_int(query, 1, r->look->project->id);
	query_bind_text(query, 2, lockfile->path);
	return recording_find_id(r, query, id, &found);
}

static enum status close_presence(struct recording *r, int64_t lockfile)
{
	struct store_query *query = recording_query(r, Q_PRESENCE_CLOSE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, lockfile);
	query_bind_int(query, 2, recording_since(r));
	return query_run(query, r->err);
}

static enum status open_presence(struct recording *r, int64_t lockfile, int64_t tree)
{
	struct store_query *query = recording_query(r, Q_PRESENCE_ADD);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, lockfile);
	query_bind_int(query, 2, recording_since(r));
	query_bind_int(query, 3, tree);
	query_bind_text(query, 4, r->look->commit);
	return query_run(query, r->err);
}

static enum status put_presence(struct recording *r, const struct look_lockfile *lockfile, int64_t id)
{
	struct store_query *query = recording_query(r, Q_PRESENCE_OPEN);
	int64_t tree = 0, before = 0;
	bool open = false;
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, id);
	enum status status = query_next(query, &open, r->err);
	if (!status && open)
		before = query_int(query, 1);
	query_reset(query);
	if (!status && lockfile->body.n)
		status = recording_put_tree(r, lockfile, &tree);
	if (status || (open && before == tree))
		return status;
	if (open)
		status = close_presence(r, id);
	return status || !tree ? status : open_presence(r, id, tree);
}

static enum status put_wanted(struct recording *r, const struct look_lockfile *lockfile, int64_t id)
{
	struct store_query *query = recording_query(r, Q_WANTED_DROP);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, id);
	enum status status = query_run(query, r->err);
	for (size_t i = 0; !status && i < lockfile->wanted_count; i++) {
		if (!(query = recording_query(r, Q_WANTED_ADD)))
			return r->err->status;
		query_bind_int(query, 1, id);
		query_bind_text(query, 2, lockfile->wanted[i].name);
		query_bind_text(query, 3, lockfile->wanted[i].spec);
		query_bind_text(query, 4, str_of(lockfile->wanted[i].type));
		status = query_run(query, r->err);
	}
	return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static enum status record_lockfile(struct recording *r, const struct look_lockfile *lockfile, int64_t *id)
{
	enum status status = put_lockfile(r, lockfile, id);
	if (!status && !lockfile->unread)
		status = put_presence(r, lockfile, *id);
	if (!status && !lockfile->unread)
		status = put_wanted(r, lockfile, *id);
	return status ? status : recording_put_findings(r, lockfile, *id);
}

enum status sqlite_lockfile_paths(void *state, int64_t project, struct arena *arena, struct kept_path **out, size_t *count, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_LOCKFILES, err);
	VEC(struct kept_path) found = { 0 };
	bool row = true;
	if (!query)
		return status_failure(err->status);
	query_bind_int(query, 1, project);
	enum status status = STATUS_OK;
	while (!status && !(status = query_next(query, &row, err)) && row) {
		struct kept_path *one = vec_add(arena, &found);
		if (!one || !copy_text(query, 1, arena, &one->path) || !copy_text(query, 2, arena, &one->owner) ||
		    !copy_text(query, 3, arena, &one->owner_from) || !copy_text(query, 4, arena, &one->gap) || !copy_text(query, 5, arena, &one->format))
			status = error_memory(err);
		else
			one->id = query_int(query, 0);
	}
	query_reset(query);
	*out = found.v;
	*count = found.n;
	return status;
}

static enum status close_gap(struct recording *r, int64_t lockfile)
{
	struct store_query *query = recording_query(r, Q_LOCKFILE_GONE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, lockfile);
	return query_run(query, r->err);
}

/* Where one could not be read, or a folder not be listed, others may be there still. */
struct hiding {
	struct map *beside; /* folders that hold what could not be read */
	struct map *below;  /* folders that could not be listed stand as their own path */
};

static bool find_hiding(const struct look *look, struct arena *arena, struct hiding *out)
{
	*out = (struct hiding){ map_new(arena, 0), map_new(arena, 0) };
	bool fine = out->beside && out->below;
	for (size_t i = 0; fine && i < look->lockfile_count; i++)
		if (look->lockfiles[i].unread && !look->lockfiles[i].gap) /* what a package.json asks for hides none */
			fine = map_set(out->beside, path_parent(look->lockfiles[i].path), 1) && map_set(out->below, look->lockfiles[i].path, 1);
	return fine;
}

static bool is_hidden(const struct hiding *hiding, struct str path)
{
	size_t found;
	struct str folder = path_parent(path);
	bool hidden = map_find(hiding->beside, folder, &found);
	for (; folder.n && !hidden; folder = path_parent(folder))
		hidden = map_find(hiding->below, folder, &found);
	return hidden;
}

static bool is_sbom(const struct kept_path *path)
{
	return str_equal_z(path->format, "cyclonedx") || str_equal_z(path->format, "spdx");
}

/* Lockfiles that are no more: their ids in `out`. Where not all was seen they may be there still; an SBOM's inventory is, until another one comes. */
static enum status find_missing(struct recording *r, int64_t **out, size_t *count)
{
	const struct look *look = r->look;
	bool all = !look->problem.p || look->since;
	struct map *listed = map_new(r->scratch, look->lockfile_count);
	struct kept_path *known;
	struct hiding hiding;
	size_t n, there;
	for (size_t i = 0; listed && i < look->lockfile_count; i++)
		if (!map_set(listed, look->lockfiles[i].path, i))
			listed = NULL;
	if (!listed || !find_hiding(look, r->scratch, &hiding))
		return error_memory(r->err);
	enum status status = sqlite_lockfile_paths(r->fleet, look->project->id, r->scratch, &known, &n, r->err);
	if (!status && !(*out = arena_array(r->scratch, n, sizeof **out)))
		status = error_memory(r->err);
	for (size_t i = 0; !status && i < n; i++) {
		if (map_find(listed, known[i].path, &there))
			continue;
		bool stays = !all || is_hidden(&hiding, known[i].path) || (look->adds && is_sbom(&known[i]));
		if (!stays)
			(*out)[(*count)++] = known[i].id;
		status = recording_add_leaving(r, known[i].id, stays);
	}
	return status;
}

static enum status close_lockfile(struct recording *r, int64_t id)
{
	const struct look_lockfile none = { 0 };
	enum status status = put_presence(r, &none, id);
	if (!status)
		status = put_wanted(r, &none, id);
	return status ? status : close_gap(r, id);
}

/* Who tells a project in part, or could not read all lockfiles, does not end what is said of it; nor does who had no advisories. */
static bool is_heir(const struct look *look, const struct look_lockfile *lockfile)
{
	return look->since && (lockfile->partial || lockfile->unread || !look->judged.p);
}

/* Without advisories nobody asked whether what they said of a release goes on: it does where the release is. */
static enum status add_releases(struct recording *r, const struct tree *tree, int64_t lockfile, struct releases *out)
{
	if (r->look->judged.p || !r->leaving || !tree)
		return STATUS_OK;
	if (!out->map && !(out->map = map_new(r->scratch, tree->package_count)))
		return error_memory(r->err);
	size_t before = out->places.n;
	for (uint32_t i = 0; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		struct str release = fleet_release_key(r->scratch, package->name, package->version);
		size_t next = 0;
		if (release.p && package_is_own(package))
			continue;
		if (release.p && map_find(out->map, release, &next) && next > before) /* this lockfile's */
			continue;
		struct release_place *place = release.p ? vec_add(r->scratch, &out->places) : NULL;
		if (!place || !map_set(out->map, release, out->places.n))
			return error_memory(r->err);
		*place = (struct release_place){ lockfile, next };
	}
	return STATUS_OK;
}

/* First is read what stands in lockfiles that are no more: others may have it now. */
static enum status record_lockfiles(struct recording *r)
{
	const struct look *look = r->look;
	int64_t *missing = NULL, heir = 0, id = 0;
	struct releases releases = { 0 };
	size_t count = 0;
	enum status status = find_missing(r, &missing, &count);
	for (size_t i = 0; !status && i < look->lockfile_count; i++) {
		status = record_lockfile(r, &look->lockfiles[i], &id);
		if (!status)
			status = add_releases(r, look->lockfiles[i].scan->tree, id, &releases);
		heir = !heir && is_heir(look, &look->lockfiles[i]) ? id : heir;
	}
	for (size_t i = 0; !status && i < count; i++)
		status = close_lockfile(r, missing[i]);
	return status ? status : recording_end_leaving(r, &releases, heir);
}

static enum status put_judges(struct recording *r, int64_t *id)
{
	struct digest digest;
	struct store_query *query = recording_query(r, Q_JUDGE_FIND);
	bool found = false;
	if (!query || !digest_of(DIGEST_SHA256, r->look->judges, &digest))
		return query ? error_memory(r->err) : r->err->status;
	struct str key = { (const char *)digest.bytes, digest_size(DIGEST_SHA256) };
	query_bind_blob(query, 1, key);
	enum status status = recording_find_id(r, query, id, &found);
	if (status || found)
		return status;
	if (!(query = recording_query(r, Q_JUDGE_ADD)))
		return r->err->status;
	query_bind_blob(query, 1, key);
	query_bind_blob(query, 2, r->look->judges);
	status = query_run(query, r->err);
	*id = store_last_key(r->fleet->store);
	return status;
}

static void bind_key(struct store_query *query, int parameter, int64_t key)
{
	if (key)
		query_bind_int(query, parameter, key);
	else
		query_bind_null(query, parameter);
}

/* Nobody looked: it was told, and is seen as of then, whatever it does not say. */
static enum status put_told(struct recording *r)
{
	const struct look *look = r->look;
	struct store_query *query = recording_query(r, Q_TOLD);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, look->project->id);
	query_bind_int(query, 2, look->when);
	query_bind_int(query, 3, look->since);
	query_bind_text(query, 4, look->commit);
	query_bind_blob(query, 5, look->content);
	query_bind_text(query, 6, look->unchanged ? STR_NONE : look->judged);
	query_bind_text(query, 7, look->problem);
	query_bind_text(query, 8, look->gap);
	query_bind_int(query, 9, look->unchanged);
	return query_run(query, r->err);
}

static enum status put_looked(struct recording *r)
{
	int64_t judges = 0;
	const struct look *look = r->look;
	enum status status = look->judges.p && !look->failed && !look->unchanged ? put_judges(r, &judges) : STATUS_OK;
	if (status)
		return status;
	struct store_query *query = recording_query(r, look->failed    ? Q_LOOKED :
						       look->problem.p ? Q_LOOKED_PART :
						       look->unchanged ? Q_LOOKED_SAME :
									 Q_LOOKED_WHOLE);
	if (!query)
		return r->err->status;
	query_bind_int(query, 1, look->project->id);
	query_bind_int(query, 2, look->when);
	if (look->problem.p) {
		query_bind_text(query, 3, look->problem);
		if (!look->failed)
			bind_key(query, 4, judges);
		return query_run(query, r->err);
	}
	query_bind_text(query, 3, look->commit);
	if (look->unchanged)
		return query_run(query, r->err);
	query_bind_blob(query, 4, look->content);
	query_bind_text(query, 5, look->judged);
	bind_key(query, 6, judges);
	query_bind_text(query, 7, look->gap);
	return query_run(query, r->err);
}

/* What goes is closed before the project's own date moves on: it was last seen at the look before. */
static enum status record_all(struct recording *r)
{
	enum status status = r->look->failed || r->look->unchanged ? STATUS_OK : record_lockfiles(r);
	return status ? status : r->look->since ? put_told(r) : put_looked(r);
}

/* A look that cannot be written down leaves nothing of itself among those that can. */
enum status sqlite_record(void *state, const struct look *look, struct look_result *out, struct error *err)
{
	struct error own = { 0 };
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	*out = (struct look_result){ 0 };
	struct recording r = { .fleet = state, .look = look, .result = out, .scratch = scratch, .err = err ? err : &own };
	if (!scratch)
		return error_memory(err);
	enum status status = sqlite_still_started(r.fleet, r.err);
	if (!status && sqlite_trees_waiting(r.fleet) >= MAX_WAITING)
		status = sqlite_trees_flush(r.fleet, r.err);
	size_t waiting = sqlite_trees_waiting(r.fleet);
	if (status || (status = store_run(r.fleet->store, "SAVEPOINT look", r.err)))
		return status;
	status = record_all(&r);
	if (!status)
		status = store_run(r.fleet->store, "RELEASE look", r.err);
	if (status) {
		bool others_stand = store_is_started(r.fleet->store);
		(void)!store_run(r.fleet->store, "ROLLBACK TO look; RELEASE look", NULL);
		sqlite_trees_undo(r.fleet, others_stand ? waiting : 0);
	}
	return status;
}
