/*
 * What a store can say of a day that is over. What a lockfile held then stands among the presences; what could not be read then stands nowhere. So a
 * lockfile is known on a day that lies within what was seen of it, or behind its end; of all else nobody can say what it had.
 */
#include "fleet/engine.h"
#include "fleet/who_private.h"

enum { DAY = 86400, CLOCK_SLACK = 60 /* two clocks, or two ways to read one, differ */ };

struct judging {
	const struct who_past *past;
	const struct fleet_project *project;
	const struct kept_past *lockfiles;
	size_t count;
	size_t known;  /* lockfiles that had been read by then */
	int64_t begun; /* when the first one was read; DATE_NONE: none ever was */
	bool stale, gap;
};

static void add_gap(struct judging *judging, const char *kind, struct str path, struct str why, const char *remedy)
{
	const struct who_past *past = judging->past;
	struct who_gap gap = { .kind = kind, .project = judging->project->name, .path = path, .why = why, .remedy = remedy ? str_of(remedy) : STR_NONE };
	if (!past->certain)
		gap.why = arena_printf(past->arena, "%.*s; whose it is, is not known", STR_ARG(why));
	if (!gap.why.p)
		who_out_of_memory(past->gathering);
	else
		who_add_gap(past->gathering, &gap);
}

static const char *ask_git(const struct judging *judging)
{
	return judging->past->history ? NULL : "assay who --history asks git what it had";
}

static struct str first_read(const struct judging *judging, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	date_format(date, text);
	return arena_printf(judging->past->arena, "first read %s: what it had before is not known", text);
}

/* ---- what stood then ----------------------------------------------------------------------- */

static int64_t seen_until(const struct judging *judging, const struct kept_past *lockfile)
{
	int64_t seen = lockfile->gone == DATE_NONE ? judging->project->seen : lockfile->last;
	return seen == DATE_NONE || seen < lockfile->first ? lockfile->first : seen;
}

/* Of a lockfile, as of now, what nobody saw for a day is not known to be there. */
static void judge_standing(struct judging *judging, const struct kept_past *lockfile)
{
	const struct who_past *past = judging->past;
	char text[DATE_TEXT_SIZE], before[DATE_TEXT_SIZE];
	int64_t until = seen_until(judging, lockfile);
	bool to_come = past->at > past->now + CLOCK_SLACK;
	if (!to_come && until >= past->at - DAY)
		return;
	judging->stale = true;
	date_format(until, text);
	if (to_come) {
		add_gap(judging, "stale", lockfile->path, arena_printf(past->arena, "seen %s: that day is yet to come", text), "ask for a day that is over");
		return;
	}
	duration_format(past->at - until, before);
	add_gap(judging, "stale", lockfile->path, arena_printf(past->arena, "seen %s, %s before that day", text, before), ask_git(judging));
}

/* ---- what did not ---------------------------------------------------------------------------- */

static bool has_neighbour(const struct judging *judging, struct str path)
{
	struct str folder = path_parent(path);
	for (size_t i = 0; i < judging->count; i++)
		if (judging->lockfiles[i].standing && str_equal(path_parent(judging->lockfiles[i].path), folder))
			return true;
	return false;
}

/* Since when it has a gap, or until when it had one, is not kept. Of a package.json beside a lockfile no more is unknown than what it asked for. */
static void judge_silent(struct judging *judging, const struct kept_past *lockfile)
{
	bool manifest = !lockfile_format_by_file_name(path_base(lockfile->path.p));
	bool beside = lockfile->gap.p ? str_equal_z(lockfile->gap, KEPT_GAP_UNREADABLE) : has_neighbour(judging, lockfile->path);
	if (beside || (!lockfile->gap.p && manifest && lockfile->known_format)) /* a workspace's, say: it wanted what the lockfile did not have */
		return;
	judging->gap = true;
	add_gap(judging, "unreadable", lockfile->path, STR("it has told no packages so far: whether it was there on that day is not known"),
		ask_git(judging));
}

static void judge_late(struct judging *judging, const struct kept_past *lockfile)
{
	if (lockfile->watched)
		return;
	judging->gap = true;
	add_gap(judging, "stale", lockfile->path, first_read(judging, lockfile->begun), ask_git(judging));
}

/* ---- a lockfile, a project --------------------------------------------------------------------- */

static bool began(const struct judging *judging, const struct kept_past *lockfile)
{
	return lockfile->begun != DATE_NONE && lockfile->begun <= judging->past->at;
}

static void judge_lockfile(struct judging *judging, const struct kept_past *lockfile)
{
	if (lockfile->standing)
		judge_standing(judging, lockfile);
	if (lockfile->begun == DATE_NONE) {
		judge_silent(judging, lockfile);
	} else if (!began(judging, lockfile)) {
		judge_late(judging, lockfile);
	} else if (lockfile->gap.p) {
		const struct who_gap gap = who_gap_of_lockfile(lockfile->gap.p, judging->project->name, lockfile->path, NULL);
		judging->gap = true;
		who_add_gap(judging->past->gathering, &gap);
	}
}

static void judge_unknown(struct judging *judging)
{
	const struct fleet_project *project = judging->project;
	struct str why = judging->begun != DATE_NONE ? first_read(judging, judging->begun) :
			 project->problem.p          ? project->problem :
			 project->gap.p              ? project->gap :
						       STR("nobody has looked at it yet");
	judging->stale = true;
	add_gap(judging, "stale", project->location, why, judging->begun == DATE_NONE ? "assay fleet scan" : ask_git(judging));
}

enum status who_judge_past(const struct who_past *past, const struct fleet_project *project, struct who_inventory *one, struct error *err)
{
	struct judging judging = { .past = past, .project = project, .begun = DATE_NONE };
	struct kept_past *lockfiles;
	size_t n, his = 0;
	enum status status = past->fleet->engine->past(past->fleet->state, project->id, past->at, past->arena, &lockfiles, &n, err);
	if (status)
		return status;
	for (size_t i = 0; i < n; i++) {
		const struct kept_past *lockfile = &lockfiles[i];
		if (!project->owner.p && past->certain && !fleet_filter_fits_owner(past->filter, lockfile->owner))
			continue;
		if (judging.begun == DATE_NONE || (lockfile->begun != DATE_NONE && lockfile->begun < judging.begun))
			judging.begun = lockfile->begun;
		judging.known += began(&judging, lockfile);
		one->packages += lockfile->packages;
		lockfiles[his++] = *lockfile;
	}
	judging.lockfiles = lockfiles;
	judging.count = his;
	for (size_t i = 0; judging.known && i < his; i++)
		judge_lockfile(&judging, &lockfiles[i]);
	if (!judging.known)
		judge_unknown(&judging);
	*(judging.stale ? &one->stale : judging.gap ? &one->without_lockfile : &one->fresh) = 1;
	return STATUS_OK;
}
