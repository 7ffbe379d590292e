/* A fleet's inventory: opening it, which projects there are. */
#include <stdlib.h>

#include "assay/limits.h"
#include "fleet/look.h"

enum { PAGE = 256, DAY = 86400 };

const char *fleet_kind_name(enum fleet_kind kind)
{
	static const char *const names[] = {
		[FLEET_FOLDER] = "folder",
		[FLEET_MIRROR] = "mirror",
		[FLEET_URL] = "url",
		[FLEET_INGESTED] = "ingested",
	};
	return names[kind];
}

static enum status open_fleet(const char *path, bool write, struct fleet **out, struct error *err)
{
	struct fleet *fleet = calloc(1, sizeof *fleet);
	if (!fleet)
		return error_memory(err);
	fleet->engine = &fleet_sqlite;
	enum status status = fleet->engine->open(path, write, &fleet->state, err);
	if (status)
		free(fleet);
	else
		*out = fleet;
	return status;
}

enum status fleet_open(const char *path, struct fleet **out, struct error *err)
{
	enum status status = open_fleet(path, false, out, err);
	if (status == STATUS_NOT_FOUND)
		error_hint(err, "assay fleet add PATH… makes an inventory; --store names another one");
	return status;
}

enum status fleet_open_to_write(const char *path, struct fleet **out, struct error *err)
{
	return open_fleet(path, true, out, err);
}

void fleet_close(struct fleet *fleet)
{
	if (!fleet)
		return;
	fleet->engine->close(fleet->state);
	free(fleet);
}

void fleet_cleanup(struct fleet **fleet)
{
	fleet_close(*fleet);
	*fleet = NULL;
}

enum status fleet_now(struct fleet *fleet, int64_t now, int64_t *out, struct error *err)
{
	int64_t last;
	enum status status = fleet->engine->clock(fleet->state, &last, err);
	if (!status)
		*out = last != DATE_NONE && last >= now ? last + 1 : now;
	return status;
}

enum fleet_state fleet_state_of(const struct fleet_project *project, int64_t now)
{
	return project->problem.p         ? FLEET_UNREAD :
	       project->seen == DATE_NONE ? FLEET_NEVER :
	       project->seen < now - DAY  ? FLEET_STALE :
	       project->gap.p             ? FLEET_GAP :
					    FLEET_FRESH;
}

/* ---- projects ------------------------------------------------------------------------ */

bool fleet_keep_project(struct fleet_project *project, struct arena *arena)
{
	struct str *const texts[] = { &project->name,   &project->location, &project->branch, &project->owner,   &project->owners, &project->tags,
				      &project->commit, &project->content,  &project->judged, &project->problem, &project->gap };
	return arena_keep_texts(arena, texts, sizeof texts / sizeof *texts);
}

bool fleet_keep_finding(struct fleet_finding *finding, struct arena *arena)
{
	struct str *const texts[] = { &finding->project, &finding->lockfile, &finding->owner,      &finding->rule,
				      &finding->problem, &finding->aliases,  &finding->title,      &finding->severity,
				      &finding->level,   &finding->name,     &finding->version,    &finding->scope,
				      &finding->fix,     &finding->message,  &finding->decided_by, &finding->fingerprint };
	return arena_keep_texts(arena, texts, sizeof texts / sizeof *texts);
}

static bool has_tag(struct str tags, struct str tag)
{
	struct str part;
	while (str_split(&tags, ',', &part))
		if (str_equal(part, tag))
			return true;
	return false;
}

/* As GitHub compares handles; what is longer than any is compared as it is. */
static struct str lower(struct str s, char room[LIMIT_LOCATION_BYTES])
{
	if (s.n > LIMIT_LOCATION_BYTES)
		return s;
	for (size_t i = 0; i < s.n; i++)
		room[i] = (char)ascii_lower((unsigned char)s.p[i]);
	return (struct str){ room, s.n };
}

static bool fits_owner(struct str glob, struct str owner)
{
	char one[LIMIT_LOCATION_BYTES], other[LIMIT_LOCATION_BYTES];
	return glob_matches(lower(glob, one), lower(owner, other));
}

/* All of a line, or one of those in it: handles and addresses, and no part of somebody's name. */
static bool is_owner(struct str glob, struct str owners)
{
	bool fits = fits_owner(glob, owners);
	while (!fits && (owners = str_trim(owners)).n) {
		size_t n = 0;
		while (n < owners.n && !ascii_is_blank((unsigned char)owners.p[n]))
			n++;
		struct str word = str_head(owners, n);
		fits = str_find(word, '@') < n && fits_owner(glob, word);
		owners = str_from(owners, n);
	}
	return fits;
}

static bool is_owned(struct str glob, const struct fleet_project *project)
{
	struct str owners = project->owners, line;
	if (project->owner.p)
		return is_owner(glob, project->owner);
	while (owners.p && str_split(&owners, '\n', &line))
		if (is_owner(glob, line))
			return true;
	return false;
}

bool fleet_filter_fits_owner(const struct fleet_filter *filter, struct str owner)
{
	return !filter->owner.p || (owner.p && is_owner(filter->owner, owner));
}

/* What was not read may be anybody's. */
static bool is_unclaimed(const struct fleet_project *project)
{
	return !project->owner.p && (project->problem.p || project->seen == DATE_NONE);
}

bool fleet_filter_is_set(const struct fleet_filter *filter)
{
	return filter->name.p || filter->owner.p || filter->tag.p;
}

bool fleet_filter_fits(const struct fleet_filter *filter, const struct fleet_project *project)
{
	if (filter->name.p && !glob_matches(filter->name, project->name))
		return false;
	if (filter->tag.p && !(project->tags.p && has_tag(project->tags, filter->tag)))
		return false;
	return !filter->owner.p || is_owned(filter->owner, project) || (filter->or_unknown && is_unclaimed(project));
}

bool fleet_filter_fits_lockfile(const struct fleet_filter *filter, struct str project, struct str owner, struct str tags)
{
	const struct fleet_filter of_one = { filter->name, filter->owner, filter->tag, false };
	return fleet_filter_fits(&of_one, &(struct fleet_project){ .name = project, .owner = owner, .tags = tags });
}

struct part {
	const struct fleet_filter *filter;
	struct fleet_project *project;
};

static enum status add_part(void *context, struct str owner, uint64_t lockfiles, uint64_t packages, struct error *err)
{
	const struct part *part = context;
	(void)err;
	if (part->project->owner.p || fleet_filter_fits_owner(part->filter, owner)) {
		part->project->lockfiles += lockfiles;
		part->project->packages += packages;
	}
	return STATUS_OK;
}

enum status fleet_count_part(struct fleet *fleet, const struct fleet_filter *filter, struct fleet_project *project, struct error *err)
{
	struct part part = { filter, project };
	project->lockfiles = project->packages = 0;
	return fleet->engine->count_by_owner(fleet->state, project->id, add_part, &part, err);
}

struct gap_count {
	struct fleet *fleet;
	const struct fleet_filter *filter;
	struct arena *arena; /* of the project at hand */
	int64_t now;
	size_t n;
};

static enum status count_gap(void *context, const struct fleet_project *project, struct error *err)
{
	struct gap_count *count = context;
	struct fleet_project part = *project;
	if (!fleet_filter_fits(count->filter, project))
		return STATUS_OK;
	arena_reset(count->arena);
	enum status status = fleet_narrow_gap(count->fleet, count->filter, &part, count->arena, err);
	count->n += !status && fleet_state_of(&part, count->now) != FLEET_FRESH;
	return status;
}

/* Owners are told only where every project is. */
enum status fleet_count_gaps(struct fleet *fleet, const struct fleet_filter *filter, int64_t now, size_t *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct gap_count count = { .fleet = fleet, .filter = filter, .arena = arena, .now = now };
	if (!arena)
		return error_memory(err);
	enum status status = fleet->engine->survey(fleet->state, filter->owner.p ? DATE_NONE : now - DAY, count_gap, &count, err);
	*out = count.n;
	return status;
}

/* In pages, so that memory does not grow with the fleet. */
enum status fleet_each_project(struct fleet *fleet, const struct fleet_filter *filter,
			       bool (*each)(void *context, const struct fleet_project *project), void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(buf_fini) struct buf after = BUF_INIT(SIZE_MAX / 2);
	if (!arena)
		return error_memory(err);
	for (;;) {
		struct fleet_project *projects;
		size_t count;
		arena_reset(arena);
		enum status status = fleet->engine->projects(fleet->state, buf_str(&after), PAGE, arena, &projects, &count, err);
		if (status || count == 0)
			return status;
		for (size_t i = 0; i < count; i++) {
			if (!fleet_filter_fits(filter, &projects[i]))
				continue;
			if (filter->owner.p && ((status = fleet_count_part(fleet, filter, &projects[i], err)) ||
						(status = fleet_narrow_gap(fleet, filter, &projects[i], arena, err))))
				return status;
			if (!each(context, &projects[i]))
				return STATUS_OK;
		}
		buf_clear(&after);
		buf_add(&after, projects[count - 1].name);
		if (after.failed)
			return error_memory(err);
	}
}

struct wanted_project {
	struct str name;
	struct arena *arena;
	struct fleet_project found; /* id 0: it was not */
	bool out_of_memory;
};

static bool note_project(void *context, const struct fleet_project *project)
{
	struct wanted_project *wanted = context;
	if (!str_equal(project->name, wanted->name))
		return true;
	wanted->found = (struct fleet_project){ .id = project->id, .kind = project->kind };
	wanted->found.location = arena_copy(wanted->arena, project->location);
	wanted->found.branch = project->branch.p ? arena_copy(wanted->arena, project->branch) : STR_NONE;
	wanted->out_of_memory = !wanted->found.location.p || (project->branch.p && !wanted->found.branch.p);
	return false;
}

enum status fleet_remove(struct fleet *fleet, struct str name, const char *cache, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct wanted_project wanted = { .name = name, .arena = arena };
	const struct fleet_filter all = { 0 };
	enum status status = arena ? fleet_each_project(fleet, &all, note_project, &wanted, err) : error_memory(err);
	if (!status && wanted.out_of_memory)
		status = error_memory(err);
	if (status)
		return status;
	if (!wanted.found.id) {
		error_set(err, STATUS_NOT_FOUND, "the fleet has no project \"%.*s\"", STR_ARG(name));
		error_hint(err, "assay fleet list names them");
		return STATUS_NOT_FOUND;
	}
	status = fleet->engine->start(fleet->state, err);
	if (!status)
		status = fleet->engine->drop_project(fleet->state, wanted.found.id, err);
	if (!status)
		status = fleet->engine->finish(fleet->state, err);
	if (status)
		fleet->engine->undo(fleet->state);
	else
		mirror_forget(&wanted.found, cache);
	return status;
}

enum status fleet_each_finding(struct fleet *fleet, const struct fleet_finding_filter *filter,
			       bool (*each)(void *context, const struct fleet_finding *finding), void *context, struct error *err)
{
	return fleet->engine->findings(fleet->state, filter, each, context, err);
}
