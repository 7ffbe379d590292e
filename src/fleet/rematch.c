/*
 * What the store knows, judged anew when the advisories have changed. Which names that concerns is found by a digest over all that is known of each;
 * rejudge.c judges the lockfiles that have such a package.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fleet/rejudge.h"

#define MATCHED "matched"     /* the digest of the advisories that all was matched with */
#define JUDGED_BY "judged-by" /* which these are: "starter" or "database", how many, the newest one's date */

struct rematch {
	struct fleet *fleet;
	const struct fleet_scan_options *options;
	struct advisory_db *db;
	struct fleet_rematch_result *result;
	struct arena *arena;   /* of the whole */
	struct arena *scratch; /* of one name */
	VEC(struct str) names; /* whose advisories have changed */
	VEC(struct str) digests;
	struct map *changed; /* the same, to find */
	VEC(int64_t) lockfiles;
	struct map *known; /* those that stand among them */
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
	struct affected *known = NULL;
	struct kept_package *packages = NULL;
	size_t known_count = 0, count = 0;
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
		if (!status && !map_set(rematch->changed, rematch->names.v[i], 1))
			status = error_memory(err);
		rematch->result->changed_names += !is_nothing(rematch->digests.v[i]);
	}
	return status;
}

/* ---- the whole ------------------------------------------------------------------------------ */

static enum status judge_found(struct rematch *rematch, struct error *err)
{
	const struct rejudge_list list = { rematch->lockfiles.v, rematch->lockfiles.n, rematch->changed };
	return rejudge_all(rematch->fleet, rematch->options, rematch->db, &list, rematch->result, err);
}

static enum status note_database(struct rematch *rematch, struct error *err)
{
	const struct advisory_db_info *info = advisory_db_info(rematch->db);
	struct str words = arena_printf(rematch->arena, "%s %llu %lld", info->starter ? "starter" : "database", (unsigned long long)info->advisories,
					(long long)info->modified);
	enum status status = words.p ? rematch->fleet->engine->set(rematch->fleet->state, JUDGED_BY, words, err) : error_memory(err);
	return status ? status : rematch->fleet->engine->set(rematch->fleet->state, MATCHED, info->digest, err);
}

enum status fleet_judged_by(struct fleet *fleet, struct fleet_judged *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct str words = STR_NONE, kind, count;
	struct fleet_judged judged = { .modified = DATE_NONE };
	uint64_t modified;
	if (!arena)
		return error_memory(err);
	enum status status = fleet->engine->get(fleet->state, JUDGED_BY, arena, &words, err);
	if (status)
		return status;
	if (words.p && str_split(&words, ' ', &kind) && str_split(&words, ' ', &count)) {
		judged.by = str_equal(kind, STR("starter")) ? JUDGED_BY_STARTER : JUDGED_BY_DATABASE;
		if (!str_to_u64(count, &judged.advisories))
			judged.advisories = 0;
		if (str_to_u64(words, &modified) && modified < INT64_MAX)
			judged.modified = (int64_t)modified;
	}
	*out = judged;
	return STATUS_OK;
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
	if ((status = engine->start(state, err)) || (status = find_names(rematch, err)) || (status = judge_found(rematch, err)) ||
	    (before.p && (status = engine->judged(state, before, digest, err))) || (status = note_database(rematch, err)))
		return status;
	return engine->finish(state, err);
}

enum status fleet_rematch(struct fleet *fleet, const struct fleet_scan_options *options, struct fleet_rematch_result *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	*out = (struct fleet_rematch_result){ .when = DATE_NONE };
	struct rematch rematch = { .fleet = fleet, .options = options, .result = out, .arena = arena, .scratch = scratch };
	if (!options->database) {
		out->current = true;
		return STATUS_OK;
	}
	if (!arena || !scratch || !(rematch.known = map_new(arena, 0)) || !(rematch.changed = map_new(arena, 0)))
		return error_memory(err);
	enum status status = fleet_check_policies(&options->scan, err);
	if (!status)
		status = advisory_db_open(options->database, &db, err);
	rematch.db = db;
	if (!status)
		status = advisory_db_remember(db, err);
	if (!status)
		status = run(&rematch, err);
	if (status)
		fleet->engine->undo(fleet->state);
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
