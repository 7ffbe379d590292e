/*
 * A project that nobody looks at: its CI job says what it has. What is said counts from the date that it was said for; what is older than what is known, or the
 * same, changes nothing.
 */
#include "fleet/ingest.h"

#include "assay/limits.h"

#define TOLD_BY_REPORT "told by a report" /* begins what is open then */

enum { CLOCKS_APART = 300 };

struct finding_project {
	struct str name;
	struct arena *arena;
	struct fleet_project *out;
	bool found, out_of_memory;
};

static bool note_project(void *context, const struct fleet_project *project)
{
	struct finding_project *finding = context;
	if (!str_equal(project->name, finding->name))
		return true;
	finding->found = true;
	*finding->out = *project;
	finding->out_of_memory = !fleet_keep_project(finding->out, finding->arena);
	return false;
}

static enum status find_project(struct fleet *fleet, const struct fleet_ingest *what, struct arena *arena, struct fleet_project *out, bool *known,
				struct error *err)
{
	struct finding_project finding = { what->project, arena, out, false, false };
	const struct fleet_filter all = { 0 };
	enum status status = fleet_each_project(fleet, &all, note_project, &finding, err);
	if (status || finding.out_of_memory)
		return status ? status : error_memory(err);
	*known = finding.found;
	if (finding.found && out->kind != FLEET_INGESTED) {
		error_set(err, STATUS_USAGE, "\"%.*s\" is a project that is looked at itself", STR_ARG(what->project));
		error_hint(err, "give this one another --project, or take that one out: assay fleet remove");
		return STATUS_USAGE;
	}
	if (finding.found && what->branch.p && out->branch.p && !str_equal(what->branch, out->branch)) {
		error_set(err, STATUS_USAGE, "\"%.*s\" is of branch %.*s", STR_ARG(what->project), STR_ARG(out->branch));
		error_hint(err, "another branch is a project of its own: --project %.*s@%.*s", STR_ARG(what->project), STR_ARG(what->branch));
		return STATUS_USAGE;
	}
	return STATUS_OK;
}

/* In a transaction that is open: what is given anew is taken over. */
static enum status put_project(struct fleet *fleet, const struct fleet_ingest *what, struct arena *arena, struct fleet_project *project, bool known,
			       struct error *err)
{
	if (known) {
		project->owner = what->owner;
		project->tags = what->tags;
		return fleet->engine->put_project(fleet->state, project, err);
	}
	*project = (struct fleet_project){ .kind = FLEET_INGESTED,
					   .name = what->project,
					   .branch = what->branch,
					   .owner = what->owner,
					   .tags = what->tags,
					   .added = what->date,
					   .looked = DATE_NONE,
					   .seen = DATE_NONE };
	project->location = arena_printf(arena, INGESTED_PLACE "%.*s", STR_ARG(what->project));
	return project->location.p ? fleet->engine->put_project(fleet->state, project, err) : error_memory(err);
}

/* ---- what it says ------------------------------------------------------------------------------- */

static void add_unread(const struct tree_unread *unread, const char *before, struct buf *out)
{
	if (unread->count)
		buf_printf(out, "%sits job %s no lockfile at %.*s", before, unread->missing == unread->count ? "found" : "could read",
			   STR_ARG(unread->first));
	if (unread->count > 1)
		buf_printf(out, " and %zu more", unread->count - 1);
}

/* What a report leaves open. */
static struct str report_problem(const struct ingest_report *report, const struct ingest_gaps *gaps, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(LIMIT_LOCKFILE_BYTES);
	buf_add_z(&text, TOLD_BY_REPORT ": of packages without findings nothing is known");
	add_unread(&gaps->unread, "; ", &text);
	if (gaps->blind)
		buf_printf(&text, "; its job had %s: what others said stands", gaps->blind);
	if (gaps->others)
		buf_printf(&text, "; its job could not check %zu thing%s", gaps->others, gaps->others == 1 ? "" : "s");
	if (report->not_understood)
		buf_printf(&text, "; %zu finding%s not understood here: update assay", report->not_understood, report->not_understood == 1 ? " is" : "s are");
	return text.failed ? STR_NONE : arena_copy(arena, buf_str(&text));
}

static enum status read_report(struct fleet *fleet, struct looker *looker, struct str project, const struct json *document, struct look *look,
			       struct error *err)
{
	struct ingest_report report = { 0 };
	struct ingest_standing standing;
	struct ingest_gaps gaps;
	ingest_read_gaps(document, &gaps);
	int64_t known = looker->scan.db ? advisory_db_date(advisory_db_info(looker->scan.db)) : DATE_NONE;
	enum status status = ingest_find_standing(fleet, project, &gaps, known, looker->arena, &standing, err);
	if (!status)
		status = ingest_read_report(document, &standing, looker->arena, &report, err);
	if (!status)
		status = looker_take_told(looker, report.told, report.count, look, err);
	if (status)
		return status;
	look->adds = true;
	look->problem = report_problem(&report, &gaps, looker->arena);
	return look->problem.p ? STATUS_OK : error_memory(err);
}

/* Whatever an SBOM lacks may be there all the same: what was known goes on, and is judged with it. So does what a report told of a release that is there
 * still, by advisories that nobody here knows. */
static enum status add_what_was_known(struct fleet *fleet, struct looker *looker, struct look *look, struct error *err)
{
	struct tree *tree = arena_alloc(looker->arena, sizeof *tree);
	struct told told = { .tree = tree };
	enum status status = STATUS_OK;
	if (!tree)
		return error_memory(err);
	*tree = *look->lockfiles[0].scan->tree; /* read once, and judged once more */
	if (tree->unread.count) {
		told.known_from = tree->package_count;
		status = ingest_join(fleet, look->project->id, tree, looker->arena, &told.tree, err);
	}
	if (!status)
		status = ingest_find_told(fleet, look->project->name, looker->arena, &told, err);
	return status || (!told.known_from && !told.finding_count) ? status : looker_take_told(looker, &told, 1, look, err);
}

/* An SBOM is of all lockfiles together, and says where one of them could not be read. */
static enum status read_file(struct fleet *fleet, struct looker *looker, const struct lockfile_format *format, const struct fleet_ingest *what,
			     bool known, struct look *look, struct error *err)
{
	CLEANUP(buf_fini) struct buf problem = BUF_INIT(LIMIT_LOCKFILE_BYTES);
	const char *name = lockfile_format_by_file_name(path_base(what->file)) ? path_base(what->file) : NULL;
	enum status status = looker_take_file(looker, format, name, what->text, look, err);
	if (status)
		return status;
	const struct tree_unread unread = look->lockfiles[0].scan->tree->unread;
	if (known && (status = add_what_was_known(fleet, looker, look, err)))
		return status;
	if (!unread.count)
		return STATUS_OK;
	add_unread(&unread, "told by an SBOM: ", &problem);
	look->lockfiles[0].partial = true;
	look->problem = problem.failed ? STR_NONE : arena_copy(looker->arena, buf_str(&problem));
	return look->problem.p ? STATUS_OK : error_memory(err);
}

/* A file on its own, or a report's trees. */
static enum status read_given(struct fleet *fleet, struct looker *looker, const struct fleet_ingest *what, bool known, struct look *look, struct error *err)
{
	const struct lockfile_format *named = lockfile_format_by_file_name(path_base(what->file));
	const struct lockfile_format *format = named ? lockfile_format_of_text(named, what->text) : lockfile_format_by_text(what->text);
	struct json *document;
	if (format && format->read && !format->is_folder)
		return read_file(fleet, looker, format, what, known, look, err);
	if (json_parse(what->text, 0, looker->arena, &document, NULL, err))
		return status_failure(err->status);
	if (!json_is(document, JSON_OBJECT) || !str_equal(json_find_text(document, "schema"), STR("assay.report/1"))) {
		error_set(err, STATUS_INVALID, "this is neither an assay.report/1 nor an SBOM nor a lockfile");
		error_hint(err, "assay scan --format cyclonedx=FILE writes what fleet ingest reads best");
		return STATUS_INVALID;
	}
	return read_report(fleet, looker, what->project, document, look, err);
}

static enum status record(struct fleet *fleet, const struct fleet_ingest *what, struct arena *arena, struct fleet_project *project, bool known,
			  struct look *look, struct fleet_ingest_result *out, struct error *err)
{
	struct look_result result = { 0 };
	enum status status = fleet->engine->start(fleet->state, err);
	if (!status)
		status = put_project(fleet, what, arena, project, known, err);
	if (!status)
		status = fleet->engine->record(fleet->state, look, &result, err);
	if (!status)
		status = fleet->engine->finish(fleet->state, err);
	if (status)
		fleet->engine->undo(fleet->state);
	out->appeared = result.appeared;
	out->cleared = result.cleared;
	return status;
}

static void count_what_it_holds(const struct look *look, struct fleet_ingest_result *out)
{
	for (size_t i = 0; i < look->lockfile_count; i++) {
		out->unread |= look->lockfiles[i].unread;
		if (look->lockfiles[i].unread)
			continue;
		out->lockfiles++;
		out->packages += look->lockfiles[i].scan->tree->package_count - 1;
	}
	out->partial = str_starts_with(look->problem, STR(TOLD_BY_REPORT));
	out->unread |= look->problem.p && !out->partial;
}

static enum status ingest(struct fleet *fleet, const struct fleet_ingest *what, const struct fleet_scan_options *options, struct looker *looker,
			  struct fleet_ingest_result *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct fleet_project project = { .kind = FLEET_INGESTED };
	struct look look = { .project = &project, .when = looker->now, .since = what->date, .judged = looker->judged, .commit = what->commit };
	enum status status = arena ? find_project(fleet, what, arena, &project, &out->known, err) : error_memory(err);
	if (!status)
		status = content_of_text(what->text, &options->scan, arena, &look.content, err);
	if (status)
		return status;
	out->before = out->known ? project.seen : DATE_NONE;
	if (out->known && project.seen != DATE_NONE && what->date < project.seen) {
		out->older = true;
		return STATUS_OK;
	}
	/* The same again is said to be there still: nothing is judged anew, fleet_rematch() does that. */
	if (out->known && project.content.p && str_equal(project.content, look.content)) {
		out->unchanged = look.unchanged = true;
		look.commit = what->commit.p ? what->commit : project.commit;
		look.problem = project.problem;
	} else if ((status = read_given(fleet, looker, what, out->known, &look, err))) {
		return status;
	}
	count_what_it_holds(&look, out);
	status = record(fleet, what, arena, &project, out->known, &look, out, err);
	return status || out->unchanged ? status : rematch_note_new(fleet, options->database, err);
}

enum status fleet_ingest(struct fleet *fleet, const struct fleet_ingest *what, const struct fleet_scan_options *options,
			 struct fleet_ingest_result *out, struct error *err)
{
	struct looker looker = { 0 };
	struct error own = { 0 };
	int64_t now = DATE_NONE;
	err = err ? err : &own;
	*out = (struct fleet_ingest_result){ 0 };
	if (!what->project.n)
		return error_set(err, STATUS_USAGE, "a project's name cannot be empty");
	if (what->date > options->scan.now + CLOCKS_APART)
		return error_set(err, STATUS_USAGE, "the date is in the future");
	enum status status = fleet_check_policies(&options->scan, err);
	if (!status)
		status = fleet_now(fleet, options->scan.now, &now, err);
	if (!status)
		status = looker_init(&looker, options, now, err);
	if (!status)
		status = ingest(fleet, what, options, &looker, out, err);
	if (looker.arena)
		looker_fini(&looker);
	return status;
}
