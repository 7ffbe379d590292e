/*
 * The store as a place that answers: which projects have a package now, which had it from when to when, which could get it, and what of the inventory
 * this does not cover.
 */
#include "fleet/engine.h"
#include "fleet/who_private.h"

enum { DAY = 86400 };

struct asking {
	struct fleet *fleet;
	struct who_question *question;
	const struct who_store_options *options;
	struct who_gathering *gathering;
	struct arena *arena;        /* of the whole question */
	bool certain_one;           /* it is known that the one at hand is asked for */
	bool reads_all;             /* each project is read, as the filter wants it, or the day */
	uint64_t projects, certain; /* that count; of these, whose owner is known to be asked for */
	/* the package at hand */
	const struct kept_package *package;
	struct str asked;
	bool near;
	/* what is known of one lockfile so far: an unbroken stretch of time */
	struct who_entry open;
	int64_t lockfile, tree, gone, last;
	bool any;
};

/* ---- where a package is and was ------------------------------------------------------------ */

static bool stood_at(const struct who_store_options *options, int64_t first, int64_t gone)
{
	if (options->at == DATE_NONE)
		return gone == DATE_NONE;
	return first <= options->at && (gone == DATE_NONE || gone > options->at);
}

/* One stretch is over: it is now, was then, or does not count on that day. */
static enum status close_stretch(struct asking *asking, struct error *err)
{
	const struct who_store_options *options = asking->options;
	struct who_entry *entry = &asking->open;
	enum status status = STATUS_OK;
	if (!asking->any)
		return STATUS_OK;
	asking->any = false;
	bool now = stood_at(options, entry->since, asking->gone);
	if (!now && (asking->near || (options->at != DATE_NONE && entry->since > options->at)))
		return STATUS_OK;
	if (!now) {
		entry->until = asking->gone;
		entry->seen = asking->last == DATE_NONE ? 0 : asking->last;
	}
	struct str chain = STR_NONE;
	if (!asking->near)
		status = asking->fleet->engine->chain(asking->fleet->state, asking->tree, asking->package->id, asking->arena, &chain, err);
	if (status)
		return status;
	if (chain.p)
		entry->chain = arena_printf(asking->arena, "%.*s > %.*s", STR_ARG(entry->project), STR_ARG(chain));
	who_add(asking->gathering, asking->near ? WHO_NEAR_MISS : now ? WHO_NOW : WHO_HAD, entry);
	return STATUS_OK;
}

static bool keep_texts(struct asking *asking, struct who_entry *entry)
{
	struct str *const texts[] = { &entry->project, &entry->lockfile, &entry->scope, &entry->commit, &entry->owner, &entry->owner_from };
	return arena_keep_texts(asking->arena, texts, sizeof texts / sizeof *texts);
}

static enum status open_stretch(struct asking *asking, const struct kept_place *place, struct error *err)
{
	asking->any = true;
	asking->lockfile = place->lockfile;
	asking->open = (struct who_entry){
		.place = "lockfile",
		.project = place->project,
		.lockfile = place->path,
		.line = place->line > 0 ? (uint32_t)place->line : 0,
		.package = asking->package->name,
		.version = asking->package->version,
		.scope = place->optional ? arena_printf(asking->arena, "%.*s, optional", STR_ARG(place->scope)) : place->scope,
		.since = place->first,
		.until = DATE_NONE,
		.commit = place->commit,
		.owner = place->owner,
		.owner_from = place->owner_from,
		.asked = asking->asked,
		.told = place->told,
	};
	return keep_texts(asking, &asking->open) ? STATUS_OK : error_memory(err);
}

/* A lockfile that changes and keeps the package goes on with the same stretch: it came when that began, and is where it is now. */
static enum status take_place(void *context, const struct kept_place *place, struct error *err)
{
	struct asking *asking = context;
	enum status status = STATUS_OK;
	if (!fleet_filter_fits_lockfile(&asking->options->filter, place->project, place->owner, place->tags))
		return STATUS_OK;
	bool goes_on = asking->any && asking->lockfile == place->lockfile && asking->gone == place->first;
	const struct who_entry begun = asking->open;
	if (!goes_on)
		status = close_stretch(asking, err);
	if (!status)
		status = open_stretch(asking, place, err);
	if (goes_on) {
		asking->open.since = begun.since;
		asking->open.commit = begun.commit;
	}
	asking->tree = place->tree;
	asking->gone = place->gone;
	asking->last = place->last;
	return status;
}

static enum status ask_package(struct asking *asking, const struct kept_package *package, struct error *err)
{
	enum who_match match = who_match(asking->question, package->name, package->version, package->integrity.n ? package->integrity : STR_NONE,
					 &asking->asked);
	if (match == WHO_OTHER)
		return STATUS_OK;
	asking->package = package;
	asking->near = match == WHO_NEAR;
	enum status status = asking->fleet->engine->places(asking->fleet->state, package->id, take_place, asking, err);
	return status ? status : close_stretch(asking, err);
}

static enum status take_wanted(void *context, const struct kept_wanted *wanted, struct error *err)
{
	struct asking *asking = context;
	struct str name, asked;
	(void)err;
	if (!fleet_filter_fits_lockfile(&asking->options->filter, wanted->project, wanted->owner, wanted->tags) ||
	    !who_admits(asking->question, wanted->name, wanted->spec, &name, &asked))
		return STATUS_OK;
	const struct who_entry entry = { .place = "manifest",
					 .project = wanted->project,
					 .lockfile = wanted->path,
					 .package = name,
					 .spec = wanted->spec,
					 .scope = who_request_scope(wanted->type),
					 .owner = wanted->owner,
					 .since = DATE_NONE,
					 .until = DATE_NONE,
					 .note = wanted->beside ? STR(WHO_NOTE_BESIDE) : STR_NONE,
					 .asked = asked };
	who_add(asking->gathering, WHO_COULD, &entry);
	return STATUS_OK;
}

static enum status ask_packages(struct asking *asking, struct str name, struct error *err)
{
	struct kept_package *packages;
	size_t count;
	enum status status = asking->fleet->engine->packages(asking->fleet->state, name, asking->arena, &packages, &count, err);
	for (size_t i = 0; i < count && !status; i++)
		status = ask_package(asking, &packages[i], err);
	return status;
}

/* On a day that is over nobody knows what was wanted. */
static enum status ask_wanted(struct asking *asking, struct str name, struct error *err)
{
	if (asking->options->at != DATE_NONE)
		return STATUS_OK;
	return asking->fleet->engine->wanted(asking->fleet->state, name, take_wanted, asking, err);
}

static enum status ask_names(struct asking *asking, struct error *err)
{
	const struct str *names;
	size_t count = who_names(asking->question, &names);
	enum status status = STATUS_OK;
	for (size_t i = 0; i < count && !status; i++) {
		status = ask_packages(asking, names[i], err);
		if (!status)
			status = ask_wanted(asking, names[i], err);
	}
	return status ? status : ask_wanted(asking, STR_NONE, err);
}

/* ---- by digest ------------------------------------------------------------------------------- */

struct digest_hits {
	struct asking *asking;
	VEC(struct kept_package) packages;
};

static bool is_named(struct who_question *question, struct str name)
{
	const struct str *names;
	size_t count = who_names(question, &names);
	for (size_t i = 0; i < count; i++)
		if (str_equal(names[i], name))
			return true;
	return false;
}

/* What a name finds too has been found. */
static enum status take_integrity(void *context, const struct kept_package *package, struct error *err)
{
	struct digest_hits *hits = context;
	struct arena *arena = hits->asking->arena;
	if (who_match(hits->asking->question, package->name, package->version, package->integrity, NULL) != WHO_HIT ||
	    is_named(hits->asking->question, package->name))
		return STATUS_OK;
	struct kept_package *hit = vec_add(arena, &hits->packages);
	if (!hit)
		return error_memory(err);
	*hit = (struct kept_package){ package->id, arena_copy(arena, package->name), arena_copy(arena, package->version),
				      arena_copy(arena, package->integrity) };
	return hit->name.p && hit->version.p && hit->integrity.p ? STATUS_OK : error_memory(err);
}

static enum status ask_digests(struct asking *asking, struct error *err)
{
	struct digest_hits hits = { .asking = asking };
	if (!who_digest_count(asking->question))
		return STATUS_OK;
	enum status status = asking->fleet->engine->each_integrity(asking->fleet->state, take_integrity, &hits, err);
	for (size_t i = 0; i < hits.packages.n && !status; i++)
		status = ask_package(asking, &hits.packages.v[i], err);
	return status;
}

/* ---- how much that covers --------------------------------------------------------------------- */

static void add_gap(struct asking *asking, const struct fleet_project *project, const char *kind, struct str why, const char *remedy)
{
	struct who_gap gap = { .kind = kind, .project = project->name, .path = project->location, .why = why, .remedy = str_of(remedy) };
	if (!asking->certain_one)
		gap.why = arena_printf(asking->arena, "%.*s; whose it is, is not known", STR_ARG(why));
	who_add_gap(asking->gathering, &gap);
}

/* Each lockfile that tells nothing and is his who is asked for; where there is none at all, that. */
static enum status add_gaps(struct asking *asking, struct fleet_project *project, struct error *err)
{
	struct kept_path *paths;
	size_t count = 0;
	enum status status = fleet_find_gaps(asking->fleet, &asking->options->filter, project, asking->arena, &paths, &count, err);
	for (size_t i = 0; i < count; i++) {
		const struct lockfile_format *format = lockfile_format_by_file_name(path_base(paths[i].path.p));
		const struct who_gap open = who_gap_of_lockfile(paths[i].gap.p, project->name, paths[i].path, format ? format->remedy : NULL);
		who_add_gap(asking->gathering, &open);
	}
	if (!status && !count && project->gap.p && !project->problem.p)
		add_gap(asking, project, "empty", project->gap, "assay fleet remove takes out what has no part in npm");
	return status;
}

static const char *remedy_of(const struct fleet_project *project)
{
	return str_starts_with(project->location, STR(INGESTED_PLACE)) ? "its CI job tells more: assay fleet ingest of an SBOM" :
									 "assay fleet scan looks again";
}

static enum status judge_project(struct asking *asking, const struct fleet_project *project, struct who_inventory *one, struct error *err)
{
	char ago[DATE_TEXT_SIZE];
	struct fleet_project part = *project;
	enum status status = project->gap.p || project->problem.p ? add_gaps(asking, &part, err) : STATUS_OK;
	switch (fleet_state_of(&part, asking->options->now)) {
	case FLEET_UNREAD:
		one->unreadable = 1;
		add_gap(asking, project, "unreadable", project->problem, remedy_of(project));
		break;
	case FLEET_NEVER:
		one->stale = 1;
		add_gap(asking, project, "stale", STR("nobody has looked at it yet"), "assay fleet scan");
		break;
	case FLEET_STALE:
		one->stale = 1;
		one->oldest = project->seen;
		duration_format(asking->options->now - project->seen, ago);
		add_gap(asking, project, "stale", arena_printf(asking->arena, "seen %s ago", ago), remedy_of(project));
		break;
	case FLEET_GAP: one->without_lockfile = 1; break;
	default: one->fresh = 1;
	}
	return status;
}

static enum status judge_past(struct asking *asking, const struct fleet_project *project, struct who_inventory *one, struct error *err)
{
	const struct who_store_options *options = asking->options;
	const struct who_past past = { .fleet = asking->fleet,
				       .filter = &options->filter,
				       .gathering = asking->gathering,
				       .arena = asking->arena,
				       .at = options->at,
				       .now = options->now,
				       .history = options->history,
				       .certain = asking->certain_one };
	return who_judge_past(&past, project, one, err);
}

static enum status count_project(void *context, const struct fleet_project *project, struct error *err)
{
	struct asking *asking = context;
	struct fleet_filter filter = asking->options->filter;
	struct who_inventory one = { .projects = 1, .oldest = DATE_NONE, .store = true };
	struct fleet_project counted = *project;
	asking->certain_one = fleet_filter_fits(&filter, project);
	filter.or_unknown = true;
	if (!asking->certain_one && !fleet_filter_fits(&filter, project))
		return STATUS_OK;
	bool past = asking->options->at != DATE_NONE;
	enum status status = past ? judge_past(asking, project, &one, err) : judge_project(asking, project, &one, err);
	if (!status && !past && asking->reads_all)
		status = fleet_count_part(asking->fleet, &filter, &counted, err);
	one.packages += counted.packages;
	asking->projects++;
	asking->certain += asking->certain_one;
	who_count(asking->gathering, &one);
	return status;
}

/* Those that are fresh need not be read one by one. */
static enum status count_all(struct asking *asking, struct error *err)
{
	const struct fleet_engine *engine = asking->fleet->engine;
	uint64_t packages = 0;
	int64_t since = asking->options->now - DAY;
	enum status status = engine->count_fresh(asking->fleet->state, since, &asking->projects, &packages, err);
	const struct who_inventory fresh = { .projects = asking->projects, .fresh = asking->projects, .packages = packages, .oldest = DATE_NONE, .store = true };
	if (status)
		return status;
	who_count(asking->gathering, &fresh);
	asking->certain = asking->projects;
	return engine->survey(asking->fleet->state, since, count_project, asking, err);
}

/* A name that is misspelt clears nobody. */
static enum status look_what_there_is(struct asking *asking, struct error *err)
{
	bool some = fleet_filter_is_set(&asking->options->filter);
	bool all = asking->reads_all = some || asking->options->at != DATE_NONE;
	enum status status = all ? asking->fleet->engine->survey(asking->fleet->state, DATE_NONE, count_project, asking, err) : count_all(asking, err);
	if (status || asking->projects)
		return status;
	who_count(asking->gathering, &(struct who_inventory){ .oldest = DATE_NONE, .store = true });
	who_add_gap(asking->gathering,
		    &(struct who_gap){ .kind = "empty",
				       .why = some ? STR("no project of the store is one that is asked for") : STR("the store has no projects"),
				       .remedy = some ? STR("assay fleet list names them") : STR("assay fleet add PATH, then assay fleet scan") });
	return STATUS_OK;
}

enum status who_look_in_store(struct who_question *question, struct fleet *fleet, const struct who_store_options *options, struct arena *arena,
			      struct who_gathering *gathering, struct error *err)
{
	struct asking asking = { .fleet = fleet, .question = question, .options = options, .gathering = gathering, .arena = arena };
	enum status status = look_what_there_is(&asking, err);
	if (!status)
		status = ask_names(&asking, err);
	if (!status)
		status = ask_digests(&asking, err);
	return status || !options->history ? status : who_store_look_back(question, fleet, options, asking.certain, gathering, err);
}
