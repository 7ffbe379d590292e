/*
 * One look at one project. Where nothing that a scan reads has changed since the last one, and it was judged by the same advisories, that is all; else
 * it is scanned as `assay scan` would, each lockfile on its own.
 */
#include "fleet/look.h"

#include <stdlib.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "fleet/body.h"

enum { DAY = 86400 };

enum status looker_init(struct looker *looker, const struct fleet_scan_options *options, int64_t now, struct error *err)
{
	*looker = (struct looker){ .options = options, .scan = options->scan, .now = now };
	looker->arena = arena_new(LIMIT_PROJECT_BYTES);
	looker->deflater = deflater_new(DEFLATE_QUICK);
	looker->scan.db = NULL;
	looker->scan.now = now;
	if (!looker->arena || !looker->deflater)
		return error_memory(err);
	enum status status = options->database ? advisory_db_open(options->database, &looker->scan.db, err) : STATUS_OK;
	if (!status && looker->scan.db)
		status = advisory_db_remember(looker->scan.db, err);
	if (!status && looker->scan.db)
		looker->judged = advisory_db_info(looker->scan.db)->digest;
	return status;
}

void looker_fini(struct looker *looker)
{
	advisory_db_close(looker->scan.db);
	deflater_free(looker->deflater);
	arena_free(looker->arena);
}

/* ---- what a lockfile gives -------------------------------------------------------------- */

struct looking {
	struct looker *looker;
	const struct fleet_project *project;
	const char *folder;
	struct owners *owners;
	bool owners_unread; /* who it is that answers is not known */
	struct look_rows rows;
	const struct told *told; /* the one at hand, where nobody looks */
	struct look *look;
};

static struct str relative(const struct looking *looking, const char *path)
{
	size_t top = strlen(looking->folder);
	bool below = strncmp(path, looking->folder, top) == 0 && path[top] == '/';
	return str_of(below ? path + top + 1 : path_base(path));
}

/* The stand-in for a lockfile that is missing or could not be read has no packages. An SBOM that lacks those of one has the others'. */
static bool is_unread(const struct scan *scan)
{
	if (scan->tree && (scan->tree->unread.count || fleet_gap_of_tree(scan->tree)))
		return false;
	for (size_t i = 0; i < scan->findings.n; i++)
		if (strcmp(scan->findings.v[i].rule->id, "lockfile-invalid") == 0)
			return true;
	return false;
}

/* A folder of ours where the files were put for the look is nobody's business. */
static enum status hide_folder(const struct looking *looking, struct scan *scan, struct error *err)
{
	struct str folder = arena_printf(scan->arena, "%s/", looking->folder);
	for (size_t i = 0; folder.p && looking->project->kind != FLEET_FOLDER && i < scan->findings.n; i++) {
		struct str *message = &scan->findings.v[i].message;
		for (size_t at; (at = str_find_str(*message, folder)) < message->n;) {
			*message = arena_printf(scan->arena, "%.*s%.*s", STR_ARG(str_head(*message, at)), STR_ARG(str_from(*message, at + folder.n)));
			if (!message->p)
				return error_memory(err);
		}
	}
	return folder.p ? STATUS_OK : error_memory(err);
}

static enum status write_body(struct looker *looker, const struct tree *tree, struct look_lockfile *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf body = BUF_INIT(LIMIT_PROJECT_BYTES);
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(LIMIT_PROJECT_BYTES);
	enum status status = body_write(tree, &body, err);
	if (status)
		return status;
	deflater_run(looker->deflater, buf_str(&body), &packed);
	if (packed.failed || !body_digest(buf_str(&body), tree, out->digest))
		return error_memory(err);
	out->body = arena_copy(looker->arena, buf_str(&packed));
	return out->body.p ? STATUS_OK : error_memory(err);
}

/* The first one is told. */
static void note_problem(struct looking *looking, struct str problem)
{
	if (!looking->look->problem.p)
		looking->look->problem = problem;
}

static enum status note_unread(struct looking *looking, struct str path, struct error *err)
{
	struct str problem = arena_printf(looking->looker->arena, "%.*s could not be read", STR_ARG(path));
	note_problem(looking, problem);
	return problem.p ? STATUS_OK : error_memory(err);
}

/* What a folder holds that cannot be listed, nobody knows: it is no lockfile itself. */
static bool is_folder(const struct lockfile_found *found)
{
	return found->problem == LOCKFILE_UNREADABLE && strcmp(found->path, found->folder) == 0;
}

/* `project` is scanned, and becomes a row. */
static enum status add_lockfile(struct looking *looking, const struct lockfile_found *found, struct report_project *project, struct error *err)
{
	struct looker *looker = looking->looker;
	struct scan *scan = (struct scan *)(uintptr_t)project->scan;
	struct look_lockfile *row = vec_add(looker->arena, &looking->rows.list);
	enum status status = row ? STATUS_OK : error_memory(err);
	if (!status && looking->told)
		status = told_add(looking->told, looker->scan.db, scan, err);
	size_t folded = 0;
	if (!status)
		status = look_fold(scan, &folded, err);
	if (status)
		return status;
	*row = (struct look_lockfile){
		.path = relative(looking, found->path),
		.scan = scan,
		.folded = folded,
		.owner_from = STR("CODEOWNERS"),
		.owner_unread = looking->owners_unread,
	};
	row->owner = owners_of(looking->owners, row->path, looker->arena);
	row->unread = found->problem == LOCKFILE_UNREADABLE || (found->problem == LOCKFILE_FINE && is_unread(scan)) ||
		      (looking->told && looking->told->unread);
	row->gap = found->problem == LOCKFILE_MISSING ? KEPT_GAP_MISSING : found->problem == LOCKFILE_UNSUPPORTED ? KEPT_GAP_UNSUPPORTED : NULL;
	if (!row->gap && scan->tree)
		row->gap = fleet_gap_of_tree(scan->tree);
	status = hide_folder(looking, scan, err);
	if (!status && row->unread)
		status = note_unread(looking, row->path, err);
	if (!status && found->problem == LOCKFILE_FINE && !row->unread)
		status = write_body(looker, scan->tree, row, err);
	if (!status && found->problem == LOCKFILE_MISSING)
		status = look_read_wanted(scan->tree, looker->arena, row, err);
	if (!status && found->problem == LOCKFILE_FINE && !row->unread && !scan->agrees && looking->project->kind != FLEET_INGESTED)
		status = look_add_asking(&looking->rows, *row, looker->arena, err);
	return status;
}

static enum status scan_one(struct looking *looking, struct lockfile_found *found, const struct tree **tree, struct error *err)
{
	struct report_project project = { 0 };
	*tree = NULL;
	if (is_folder(found))
		return note_unread(looking, relative(looking, found->path), err);
	found->label = relative(looking, found->path).p;
	enum status status = scan_project(found, &looking->looker->scan, looking->looker->arena, &project, err);
	if (!status)
		status = add_lockfile(looking, found, &project, err);
	if (!status)
		*tree = project.scan->tree;
	return status;
}

/* The lockfiles first: they tell which of the folders without one they cover. The list stays what was found: of its files the digest is. */
static enum status scan_all(struct looking *looking, struct lockfile_list *list, struct error *err)
{
	struct lockfile_list uncovered = *list;
	const struct tree *tree;
	uncovered.found.v = arena_array(looking->looker->arena, list->found.n, sizeof *uncovered.found.v);
	if (!uncovered.found.v)
		return error_memory(err);
	if (list->found.n)
		memcpy(uncovered.found.v, list->found.v, list->found.n * sizeof *uncovered.found.v);
	enum status status = STATUS_OK;
	for (size_t i = 0; !status && i < list->found.n; i++)
		if (list->found.v[i].problem == LOCKFILE_FINE && !(status = scan_one(looking, &list->found.v[i], &tree, err)))
			status = lockfile_cover(&uncovered, tree, err);
	for (size_t i = 0; !status && i < uncovered.found.n; i++)
		if (uncovered.found.v[i].problem != LOCKFILE_FINE)
			status = scan_one(looking, &uncovered.found.v[i], &tree, err);
	return status;
}

/* Everything is read, and all the same not every package is known: the first one of those that tell none stands for them. */
static enum status note_gap(struct looking *looking, struct error *err)
{
	const struct look_lockfile *first = NULL;
	struct str *gap = &looking->look->gap;
	size_t count = 0;
	for (size_t i = 0; i < looking->rows.list.n; i++) {
		const struct look_lockfile *lockfile = &looking->rows.list.v[i];
		count += lockfile->gap != NULL;
		if (lockfile->gap && (!first || str_compare(lockfile->path, first->path) < 0))
			first = lockfile;
	}
	if (!looking->rows.list.n)
		*gap = STR("there is neither a lockfile nor a package.json with dependencies");
	if (!first)
		return STATUS_OK;
	*gap = fleet_gap_words(first->path, str_of(first->gap), count - 1, looking->looker->arena);
	return gap->p ? STATUS_OK : error_memory(err);
}

/* ---- the project ---------------------------------------------------------------------------- */

static bool is_known(const struct looker *looker, const struct fleet_project *project, struct str content)
{
	/* What a policy says can end on a day: who has one is looked at anew on each. */
	bool judged_from_outside = looker->scan.policy || looker->scan.org_policy;
	bool dated = (project->has_judges || judged_from_outside) && (project->looked == DATE_NONE || project->looked / DAY != looker->now / DAY);
	return !looker->options->again && !dated && content.p && project->content.p && str_equal(content, project->content) &&
	       str_equal(looker->judged, project->judged) && !project->problem.p;
}

static enum status fail(struct looking *looking, const struct error *why)
{
	looking->look->failed = true;
	looking->look->problem = arena_copy(looking->looker->arena, str_of(why->text));
	return looking->look->problem.p ? STATUS_OK : STATUS_MEMORY;
}

/* Is it read in a folder of ours, which nobody else changes? */
static bool is_copied_out(const struct fleet_project *project)
{
	return project->kind == FLEET_MIRROR || project->kind == FLEET_URL;
}

/* What was read may be neither what the digest is of nor what is there now. */
static enum status notice_changes(struct looking *looking, const struct lockfile_list *list, struct str before, struct error *err)
{
	struct looker *looker = looking->looker;
	struct content_read after;
	enum status status = before.p ? content_read(looking->folder, &looker->scan, list, looker->arena, &after, err) : STATUS_OK;
	if (!status && before.p && !str_equal(before, after.digest))
		note_problem(looking, STR("its files changed while they were read: the next scan reads them again"));
	return status;
}

static enum status look_in_folder(struct looking *looking, struct error *err)
{
	struct looker *looker = looking->looker;
	struct lockfile_list list = { 0 };
	struct error why = { 0 };
	struct look *look = looking->look;
	struct content_read content;
	(void)err;
	enum status status = lockfile_find(looking->folder, NULL, looker->arena, &list, &why);
	if (!status)
		status = content_read(looking->folder, &looker->scan, &list, looker->arena, &content, &why);
	if (status)
		return fail(looking, &why);
	look->content = content.digest;
	look->judges = content.judges;
	if (is_known(looker, looking->project, look->content)) {
		look->unchanged = true;
		return STATUS_OK;
	}
	looking->owners_unread = owners_read(looking->folder, looker->arena, &looking->owners, &why) != STATUS_OK;
	if (looking->owners_unread && !(look->problem = arena_copy(looker->arena, str_of(why.text))).p)
		return fail(looking, &why);
	if (scan_all(looking, &list, &why) || (!is_copied_out(looking->project) && notice_changes(looking, &list, content.digest, &why)))
		return fail(looking, &why);
	if (note_gap(looking, &why))
		return fail(looking, &why);
	if (list.truncated)
		note_problem(looking, STR("too many folders, or too deep ones: not all were looked into"));
	look->lockfiles = looking->rows.list.v;
	look->lockfile_count = looking->rows.list.n;
	return STATUS_OK;
}

static enum status look_in_mirror(struct looking *looking, struct error *err)
{
	struct looker *looker = looking->looker;
	const struct fleet_project *project = looking->project;
	struct mirror mirror;
	struct error why = { 0 };
	bool same = is_known(looker, project, project->content);
	enum status status = mirror_open(project, looker->options->cache, looker->options->fetch_seconds, same ? project->commit : STR_NONE, &mirror, &why);
	if (status) {
		mirror_fini(&mirror);
		return fail(looking, &why);
	}
	looking->look->commit = arena_copy(looker->arena, str_of(mirror.commit));
	looking->folder = mirror.scratch.folder;
	looking->look->unchanged = !mirror.scratch.folder;
	looking->look->content = project->content;
	if (mirror.scratch.folder)
		status = look_in_folder(looking, err);
	mirror_fini(&mirror);
	return status;
}

/* What is judged does not depend on it: a repository's index is read without libgit2. */
static enum status note_commit(struct looking *looking, struct error *err)
{
	struct arena *arena = looking->looker->arena;
	struct look *look = looking->look;
	struct error why;
	char commit[41];
	enum status status = mirror_head(looking->folder, commit, &why);
	look->commit_unread = status == STATUS_UNSUPPORTED;
	look->commit = commit[0] ? arena_copy(arena, str_of(commit)) : STR_NONE;
	if (status)
		look->commit_problem = arena_printf(arena, "its commit is not known: %s%s%s", why.text, why.hint[0] ? "; " : "", why.hint);
	return (commit[0] && !look->commit.p) || (status && !look->commit_problem.p) ? error_memory(err) : STATUS_OK;
}

/* That it was too small for one project, or a library missing, says nothing of the next one; arena_reset() leaves it exhausted. */
static bool empty_arena(struct looker *looker)
{
	arena_reset(looker->arena);
	if (arena_is_exhausted(looker->arena)) {
		arena_free(looker->arena);
		looker->arena = arena_new(LIMIT_PROJECT_BYTES);
	}
	return looker->arena != NULL;
}

enum status looker_look(struct looker *looker, const struct fleet_project *project, struct look *out, struct error *err)
{
	struct looking looking = { .looker = looker, .project = project, .look = out };
	if (!empty_arena(looker))
		return error_memory(err);
	*out = (struct look){ .project = project, .when = looker->now, .judged = looker->judged };
	if (is_copied_out(project))
		return look_in_mirror(&looking, err);
	looking.folder = arena_copy(looker->arena, project->location).p;
	if (!looking.folder)
		return error_memory(err);
	enum status status = note_commit(&looking, err);
	return status ? status : look_in_folder(&looking, err);
}

/* ---- what is told ------------------------------------------------------------------------------ */

static enum status take_in(struct looking *looking, struct lockfile_found *found, struct error *err)
{
	const struct tree *tree;
	enum status status = scan_one(looking, found, &tree, err);
	looking->look->lockfiles = looking->rows.list.v;
	looking->look->lockfile_count = looking->rows.list.n;
	return status;
}

static enum status tell_unread(const struct scan *scan, struct error *err)
{
	for (size_t i = 0; i < scan->findings.n; i++)
		if (strcmp(scan->findings.v[i].rule->id, "lockfile-invalid") == 0)
			return error_set(err, STATUS_INVALID, "%.*s", STR_ARG(scan->findings.v[i].message));
	return STATUS_OK;
}

/* In a folder of its own, where nothing else judges or is read. */
enum status looker_take_file(struct looker *looker, const struct lockfile_format *format, const char *name, struct str text, struct look *out,
			     struct error *err)
{
	struct looking looking = { .looker = looker, .project = out->project, .look = out };
	struct scratch scratch = { 0 };
	name = name ? name : format->file_names[0];
	if (!name && !(name = arena_printf(looker->arena, "%s.json", format->kind).p))
		return error_memory(err);
	enum status status = scratch_make("ingest", &scratch, err);
	if (status)
		return status;
	looking.folder = scratch.folder;
	struct lockfile_found found = { .path = path_join(looker->arena, scratch.folder, name), .folder = scratch.folder, .format = format };
	status = found.path ? file_write_unsynced(found.path, text, err) : error_memory(err);
	if (!status)
		status = take_in(&looking, &found, err);
	if (!status)
		status = out->problem.p ? tell_unread(out->lockfiles[0].scan, err) : note_gap(&looking, err);
	scratch_remove(&scratch);
	return status;
}

enum status looker_take_told(struct looker *looker, const struct told *told, size_t count, struct look *out, struct error *err)
{
	struct looking looking = { .looker = looker, .project = out->project, .look = out };
	struct scratch scratch = { 0 };
	struct scan_judges *judges = NULL;
	enum status status = scratch_make("ingest", &scratch, err);
	if (!status)
		status = scan_judges_read(scratch.folder, &looker->scan, looker->arena, &judges, err);
	looker->scan.judges = judges;
	for (size_t i = 0; i < count && !status; i++) {
		struct lockfile_found found = { .folder = scratch.folder, .format = lockfile_format_by_kind(told[i].tree->format) };
		looking.folder = scratch.folder;
		looking.told = &told[i];
		found.path = path_join(looker->arena, scratch.folder, told[i].tree->path);
		told[i].tree->folder = scratch.folder;
		looker->scan.stored = told[i].tree;
		status = found.path ? take_in(&looking, &found, err) : error_memory(err);
	}
	looker->scan.stored = NULL;
	looker->scan.judges = NULL;
	scratch_remove(&scratch);
	return status;
}
