/*
 * Judging anew what the store knows when the advisories have changed. Which names that concerns is found by a digest over all that is known of each; the
 * lockfiles that have such a package are judged whole, from the trees and policies that the store keeps.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "fleet/body.h"
#include "fleet/look.h"

#define MATCHED "matched" /* the digest of the advisories that all was matched with */

struct rematch {
	struct fleet *fleet;
	const struct fleet_scan_options *options;
	struct advisory_db *db;
	struct fleet_rematch_result *result;
	struct arena *arena;   /* of the whole */
	struct arena *scratch; /* of one name */
	struct arena *project; /* of one lockfile */
	struct inflater *inflater;
	VEC(struct str) names; /* whose advisories have changed */
	VEC(struct str) digests;
	VEC(int64_t) lockfiles;
	struct map *known;     /* those that stand among them */
	struct scratch written; /* where the judges at hand were written; no folder: nowhere yet */
	struct str judges;     /* which they are */
};

/* ---- which names ------------------------------------------------------------------------ */

static enum status compare_name(void *context, struct str name, struct str digest, struct error *err)
{
	struct rematch *rematch = context;
	unsigned char now[ADVISORY_STATE_SIZE];
	arena_reset(rematch->scratch);
	rematch->result->names++;
	enum status status = advisory_db_state(rematch->db, name, rematch->scratch, now, err);
	if (status)
		return status;
	struct str state = { (const char *)now, sizeof now };
	/* Of a name that was never matched and of which nothing is known, nothing is to be done but to say so. */
	if (str_equal(digest, state))
		return STATUS_OK;
	struct str *changed = vec_add(rematch->arena, &rematch->names);
	struct str *its = vec_add(rematch->arena, &rematch->digests);
	if (!changed || !its || !(*changed = arena_copy(rematch->arena, name)).p || !(*its = arena_copy(rematch->arena, state)).p)
		return error_memory(err);
	return STATUS_OK;
}

static enum status note_lockfile(void *context, int64_t lockfile, struct error *err)
{
	struct rematch *rematch = context;
	char text[32];
	size_t there, before = map_count(rematch->known);
	snprintf(text, sizeof text, "%lld", (long long)lockfile);
	struct str key = arena_copy(rematch->arena, str_of(text));
	if (!key.p || !map_add(rematch->known, key, 1, &there))
		return error_memory(err);
	if (map_count(rematch->known) == before)
		return STATUS_OK;
	int64_t *slot = vec_add(rematch->arena, &rematch->lockfiles);
	if (!slot)
		return error_memory(err);
	*slot = lockfile;
	return STATUS_OK;
}

/* Does anything that is known of the name affect this version? As the rules have it, but for what policies and private names hold back. */
static bool is_affected(const struct affected *known, size_t count, struct str version)
{
	struct semver parsed;
	const struct semver *valid = semver_parse_installed(version, &parsed) ? &parsed : NULL;
	for (size_t i = 0; i < count; i++)
		if (affected_contains(&known[i], version, valid))
			return true;
	return false;
}

/* Only lockfiles with a version that is affected now, or of which something stands already, can have news of this name. */
static enum status note_lockfiles(struct rematch *rematch, struct str name, struct error *err)
{
	const struct fleet_engine *engine = rematch->fleet->engine;
	void *state = rematch->fleet->state;
	struct affected *known;
	struct kept_package *packages;
	size_t known_count, count;
	arena_reset(rematch->scratch);
	enum status status = engine->lockfiles_found(state, name, note_lockfile, rematch, err);
	if (!status)
		status = advisory_db_find(rematch->db, name, DATE_NONE, rematch->scratch, &known, &known_count, err);
	if (!status)
		status = engine->packages(state, name, rematch->scratch, &packages, &count, err);
	for (size_t i = 0; !status && i < count; i++)
		if (is_affected(known, known_count, packages[i].version))
			status = engine->lockfiles_with(state, packages[i].id, note_lockfile, rematch, err);
	return status;
}

static bool is_nothing(struct str digest)
{
	for (size_t i = 0; i < digest.n; i++)
		if (digest.p[i])
			return false;
	return true;
}

/* The names' new state is written down with what follows from it. */
static enum status find_names(struct rematch *rematch, struct error *err)
{
	const struct fleet_engine *engine = rematch->fleet->engine;
	enum status status = engine->each_name(rematch->fleet->state, false, compare_name, rematch, err);
	for (size_t i = 0; i < rematch->names.n && !status; i++) {
		status = engine->match(rematch->fleet->state, rematch->names.v[i], rematch->digests.v[i], err);
		if (!status)
			status = note_lockfiles(rematch, rematch->names.v[i], err);
		rematch->result->changed_names += !is_nothing(rematch->digests.v[i]);
	}
	return status;
}

/* ---- who judges ---------------------------------------------------------------------------- */

static void remove_judges(struct rematch *rematch)
{
	scratch_remove(&rematch->written);
	rematch->judges = STR_NONE;
}

/* The store could be anybody's: nothing is written outside of the folder. */
static bool stays_below(struct str path)
{
	struct str part;
	if (!path.n || path.p[0] == '/' || str_find(path, '\0') < path.n)
		return false;
	while (str_split(&path, '/', &part))
		if (!part.n || str_equal_z(part, "..") || str_equal_z(part, "."))
			return false;
	return true;
}

static enum status write_judge(struct rematch *rematch, struct str path, struct str text, struct error *err)
{
	struct str name = arena_copy(rematch->project, path);
	const char *file = name.p && stays_below(path) ? path_join(rematch->project, rematch->written.folder, name.p) : NULL;
	const char *folder = file ? path_folder(rematch->project, file) : NULL;
	if (!folder)
		return name.p ? error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged") : error_memory(err);
	enum status status = folder_make(folder, err);
	return status ? status : file_write_unsynced(file, text, err);
}

/* Projects with the same judges come one after the other, mostly. */
static enum status write_judges(struct rematch *rematch, struct str judges, struct str *prefix, struct error *err)
{
	struct str rest = judges, path, text;
	uint64_t count;
	bool known = rematch->written.folder && str_equal(judges, rematch->judges);
	*prefix = STR("");
	if (judges.p && (!take_text(&rest, prefix) || !take_number(&rest, &count) || count > rest.n))
		return error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged");
	if (known)
		return STATUS_OK;
	remove_judges(rematch);
	enum status status = scratch_make("judges", &rematch->written, err);
	for (uint64_t i = 0; judges.p && i < count && !status; i++) {
		if (!take_text(&rest, &path) || !take_text(&rest, &text))
			return error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged");
		status = write_judge(rematch, path, text, err);
	}
	if (!status && judges.p && !(rematch->judges = arena_copy(rematch->arena, judges)).p)
		status = error_memory(err);
	return status;
}

/* Where the lockfile's folder would be; made, so that whoever asks for its real path gets one. */
static enum status judge_folder(struct rematch *rematch, struct str prefix, struct str lockfile, const char **out, struct error *err)
{
	size_t slash = str_find_last(lockfile, '/');
	struct str folder = slash < lockfile.n ? str_head(lockfile, slash) : STR("");
	struct str below = arena_printf(rematch->project, "%.*s%s%.*s", STR_ARG(prefix), prefix.n && folder.n ? "/" : "", STR_ARG(folder));
	if (!below.p)
		return error_memory(err);
	*out = below.n && stays_below(below) ? path_join(rematch->project, rematch->written.folder, below.p) : rematch->written.folder;
	return *out ? folder_make(*out, err) : error_memory(err);
}

/* ---- judging --------------------------------------------------------------------------------- */

static enum status read_tree(struct rematch *rematch, const struct kept_lockfile *kept, struct tree **out, struct error *err)
{
	struct str body;
	enum status status = inflater_run(rematch->inflater, kept->body, LIMIT_PROJECT_BYTES, &body, NULL, err);
	return status ? status : body_read(body, rematch->project, out, err);
}

/* What cannot be judged (a policy that has become invalid, a tree that is damaged) counts as judged by nobody: its project is read anew by the next scan,
 * and what was found stands until then. */
static enum status leave(struct rematch *rematch, int64_t lockfile, struct error *err)
{
	rematch->result->failed++;
	return rematch->fleet->engine->forget(rematch->fleet->state, lockfile, err);
}

static enum status judge_one(struct rematch *rematch, int64_t lockfile, struct error *err)
{
	const struct fleet_engine *engine = rematch->fleet->engine;
	struct scan_options options = rematch->options->scan;
	struct lockfile_found found = { .problem = LOCKFILE_FINE };
	struct report_project judged = { 0 };
	struct kept_lockfile kept;
	struct look_result came;
	struct str prefix;
	struct error why;
	arena_reset(rematch->project);
	enum status status = engine->lockfile(rematch->fleet->state, lockfile, rematch->project, &kept, err);
	if (status || !kept.body.n)
		return status;
	if ((status = read_tree(rematch, &kept, &options.stored, err)) || (status = write_judges(rematch, kept.judges, &prefix, err)) ||
	    (status = judge_folder(rematch, prefix, kept.path, &found.folder, err)))
		return status == STATUS_INVALID || status == STATUS_LIMIT ? leave(rematch, lockfile, err) : status;
	options.stored->path = found.path = found.label = arena_copy(rematch->project, kept.path).p;
	options.stored->folder = found.folder;
	found.format = lockfile_format_by_kind(options.stored->format);
	options.db = rematch->db;
	options.now = rematch->result->when;
	if (!found.path)
		return error_memory(err);
	if ((status = scan_project(&found, &options, rematch->project, &judged, &why)) == STATUS_MEMORY)
		return error_memory(err);
	if (status)
		return leave(rematch, lockfile, err);
	rematch->result->lockfiles++;
	status = engine->rejudge(rematch->fleet->state, lockfile, judged.scan, rematch->result->when, &came, err);
	rematch->result->appeared += came.appeared;
	rematch->result->cleared += came.cleared;
	return status;
}

static enum status judge_all(struct rematch *rematch, struct error *err)
{
	const struct fleet_scan_options *options = rematch->options;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < rematch->lockfiles.n && !status; i++) {
		status = judge_one(rematch, rematch->lockfiles.v[i], err);
		if (options->progress)
			options->progress(options->context, i + 1, rematch->lockfiles.n);
	}
	return status;
}

static enum status run(struct rematch *rematch, struct error *err)
{
	const struct fleet_engine *engine = rematch->fleet->engine;
	void *state = rematch->fleet->state;
	struct str digest = advisory_db_info(rematch->db)->digest, before = STR_NONE;
	enum status status = fleet_now(rematch->fleet, rematch->options->scan.now, &rematch->result->when, err);
	if (!status)
		status = engine->get(state, MATCHED, rematch->arena, &before, err);
	if (status || (rematch->result->current = str_equal(before, digest)))
		return status;
	if ((status = engine->start(state, err)) || (status = find_names(rematch, err)) || (status = judge_all(rematch, err)) ||
	    (before.p && (status = engine->judged(state, before, digest, err))) || (status = engine->set(state, MATCHED, digest, err)))
		return status;
	return engine->finish(state, err);
}

enum status fleet_rematch(struct fleet *fleet, const struct fleet_scan_options *options, struct fleet_rematch_result *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *project = arena_new(LIMIT_PROJECT_BYTES);
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	*out = (struct fleet_rematch_result){ .when = DATE_NONE };
	struct rematch rematch = { .fleet = fleet, .options = options, .result = out, .arena = arena, .scratch = scratch, .project = project };
	if (!options->database) {
		out->current = true;
		return STATUS_OK;
	}
	if (!arena || !scratch || !project || !(rematch.known = map_new(arena, 0)) || !(rematch.inflater = inflater_new()))
		return error_memory(err);
	enum status status = fleet_check_policies(&options->scan, err);
	if (!status)
		status = advisory_db_open(options->database, &db, err);
	rematch.db = db;
	if (!status)
		status = run(&rematch, err);
	if (status)
		fleet->engine->undo(fleet->state);
	remove_judges(&rematch);
	inflater_free(rematch.inflater);
	return status;
}

/* ---- after a scan -------------------------------------------------------------------------------- */

struct noting {
	struct fleet *fleet;
	struct advisory_db *db;
	struct arena *arena, *scratch;
	VEC(struct str) names;
	VEC(struct str) digests;
};

static enum status note_new(void *context, struct str name, struct str digest, struct error *err)
{
	struct noting *noting = context;
	unsigned char now[ADVISORY_STATE_SIZE];
	(void)digest;
	arena_reset(noting->scratch);
	enum status status = advisory_db_state(noting->db, name, noting->scratch, now, err);
	if (status)
		return status;
	struct str *its = vec_add(noting->arena, &noting->names), *state = vec_add(noting->arena, &noting->digests);
	if (!its || !state || !(*its = arena_copy(noting->arena, name)).p ||
	    !(*state = arena_copy(noting->arena, (struct str){ (const char *)now, sizeof now })).p)
		return error_memory(err);
	return STATUS_OK;
}

enum status rematch_note_new(struct fleet *fleet, const char *database, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	struct noting noting = { .fleet = fleet, .arena = arena, .scratch = scratch };
	if (!database)
		return STATUS_OK;
	if (!arena || !scratch)
		return error_memory(err);
	struct str matched;
	enum status status = advisory_db_open(database, &db, err);
	noting.db = db;
	if (!status)
		status = fleet->engine->get(fleet->state, MATCHED, arena, &matched, err);
	/* Replaced meanwhile: the next rematch finds these names unmatched, and judges them. */
	if (!status && !str_equal(matched, advisory_db_info(db)->digest))
		return STATUS_OK;
	if (!status)
		status = fleet->engine->each_name(fleet->state, true, note_new, &noting, err);
	if (!status)
		status = fleet->engine->start(fleet->state, err);
	for (size_t i = 0; i < noting.names.n && !status; i++)
		status = fleet->engine->match(fleet->state, noting.names.v[i], noting.digests.v[i], err);
	return status ? status : fleet->engine->finish(fleet->state, err);
}
