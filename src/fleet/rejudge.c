/*
 * Lockfiles judged anew. Each thread takes one from the list, unpacks its tree, judges it by the policy that stood in its project, and writes down what
 * came of it; the store is asked by one at a time. What judges is read once where projects that follow each other have the same, as most have: none.
 */
#include <pthread.h>
#include <stdlib.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "fleet/body.h"
#include "fleet/rejudge.h"

enum { FOR_A_THREAD = 16 }; /* lockfiles that are worth one */

struct rejudging {
	struct fleet *fleet;
	const struct fleet_scan_options *options;
	const struct rejudge_list *list;
	struct fleet_rematch_result *result;
	struct advisory_db *db;
	pthread_mutex_t lock; /* over all below, and the store */
	size_t next, done;
	bool db_taken;
	enum status status; /* the first failure, which ends it */
	struct error *err;
};

/* One thread's tools. */
struct judge {
	struct rejudging *all;
	struct advisory_db *db, *own_db;
	struct arena *project;  /* of one lockfile */
	struct arena *kept;     /* of the judges at hand */
	struct arena *settings; /* of what was read of them for one folder */
	struct arena *answers;  /* of `known` */
	struct told_known *known;
	struct inflater *inflater;
	struct scratch written; /* where the judges at hand were written; no folder: nowhere yet */
	struct str judges;      /* which they are */
	const char *read_for;   /* the folder that `read` is for */
	struct scan_judges *read;
};

/* ---- who judges ---------------------------------------------------------------------------- */

static void remove_judges(struct judge *judge)
{
	scratch_remove(&judge->written);
	arena_reset(judge->kept);
	judge->judges = STR_NONE;
	judge->read = NULL;
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

static enum status write_judge(struct judge *judge, struct str path, struct str text, struct error *err)
{
	struct str name = arena_copy(judge->project, path);
	const char *file = name.p && stays_below(path) ? path_join(judge->project, judge->written.folder, name.p) : NULL;
	const char *folder = file ? path_folder(judge->project, file) : NULL;
	if (!folder)
		return name.p ? error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged") : error_memory(err);
	enum status status = folder_make(folder, err);
	return status ? status : file_write_unsynced(file, text, err);
}

/* Projects with the same judges come one after the other, mostly. */
static enum status write_judges(struct judge *judge, struct str judges, struct str *prefix, struct error *err)
{
	struct str rest = judges, path, text;
	uint64_t count;
	bool known = judge->written.folder && str_equal(judges, judge->judges);
	*prefix = STR("");
	if (judges.p && (!take_text(&rest, prefix) || !take_number(&rest, &count) || count > rest.n))
		return error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged");
	if (known)
		return STATUS_OK;
	remove_judges(judge);
	enum status status = scratch_make("judges", &judge->written, err);
	for (uint64_t i = 0; judges.p && i < count && !status; i++) {
		if (!take_text(&rest, &path) || !take_text(&rest, &text))
			return error_set(err, STATUS_INVALID, "a policy that the store keeps is damaged");
		status = write_judge(judge, path, text, err);
	}
	if (!status && judges.p && !(judge->judges = arena_copy(judge->kept, judges)).p)
		status = error_memory(err);
	return status;
}

/* Where the lockfile's folder would be; made, so that whoever asks for its real path gets one. */
static enum status judge_folder(struct judge *judge, struct str prefix, struct str lockfile, const char **out, struct error *err)
{
	struct str folder = path_parent(lockfile);
	struct str below = arena_printf(judge->project, "%.*s%s%.*s", STR_ARG(prefix), prefix.n && folder.n ? "/" : "", STR_ARG(folder));
	if (!below.p)
		return error_memory(err);
	*out = below.n && stays_below(below) ? path_join(judge->project, judge->written.folder, below.p) : judge->written.folder;
	return *out ? folder_make(*out, err) : error_memory(err);
}

static enum status read_judges(struct judge *judge, const char *folder, struct error *err)
{
	if (judge->read && strcmp(judge->read_for, folder) == 0)
		return STATUS_OK;
	judge->read = NULL;
	arena_reset(judge->settings);
	judge->read_for = arena_copy(judge->settings, str_of(folder)).p;
	return judge->read_for ? scan_judges_read(folder, &judge->all->options->scan, judge->settings, &judge->read, err) : error_memory(err);
}

/* ---- one lockfile ----------------------------------------------------------------------------- */

static enum status read_tree(struct judge *judge, const struct kept_lockfile *kept, struct tree **out, struct error *err)
{
	struct str body;
	enum status status = inflater_run(judge->inflater, kept->body, LIMIT_PROJECT_BYTES, &body, NULL, err);
	return status ? status : body_read(body, judge->project, out, err);
}

/* *left: it cannot be judged from what the store keeps - a policy that has become invalid, a tree that is damaged. */
static enum status judge_kept(struct judge *judge, const struct kept_lockfile *kept, struct report_project *out, bool *left, struct error *err)
{
	struct scan_options options = judge->all->options->scan;
	struct lockfile_found found = { .problem = LOCKFILE_FINE };
	struct str prefix;
	enum status status;
	if ((status = read_tree(judge, kept, &options.stored, err)) || (status = write_judges(judge, kept->judges, &prefix, err)) ||
	    (status = judge_folder(judge, prefix, kept->path, &found.folder, err))) {
		*left = status == STATUS_INVALID || status == STATUS_LIMIT;
		return status;
	}
	options.stored->path = found.path = found.label = arena_copy(judge->project, kept->path).p;
	options.stored->folder = found.folder;
	found.format = lockfile_format_by_kind(options.stored->format);
	options.stored_names = judge->all->list->names;
	options.db = judge->db;
	options.now = judge->all->result->when;
	if (!found.path)
		return error_memory(err);
	status = read_judges(judge, found.folder, err);
	options.judges = judge->read;
	if (!status)
		status = scan_project(&found, &options, judge->project, out, err);
	*left = status && status != STATUS_MEMORY;
	return status;
}

static enum status knows(void *context, struct str name, struct str id, bool *out, struct error *err)
{
	struct judge *judge = context;
	return told_is_known(judge->known, name, id, out, err);
}

/* What is left counts as judged by nobody: its project is read anew by the next scan, and what was found stands until then. */
static enum status write_down(struct judge *judge, const struct kept_lockfile *kept, const struct report_project *judged, bool left, struct error *err)
{
	struct rejudging *all = judge->all;
	struct look_result came;
	if (left) {
		all->result->failed++;
		return all->fleet->engine->forget(all->fleet->state, kept->id, err);
	}
	all->result->lockfiles++;
	const struct rejudged what = { kept->id, all->result->when, judged->scan, all->list->names, knows, judge };
	enum status status = all->fleet->engine->rejudge(all->fleet->state, &what, &came, err);
	all->result->appeared += came.appeared;
	all->result->cleared += came.cleared;
	return status;
}

/* Under the lock, which is open while the lockfile is judged. */
static enum status judge_next(struct judge *judge, struct error *err)
{
	struct rejudging *all = judge->all;
	struct report_project judged = { 0 };
	struct kept_lockfile kept;
	bool left = false;
	arena_reset(judge->project);
	enum status status = all->fleet->engine->lockfile(all->fleet->state, all->list->lockfiles[all->next++], judge->project, &kept, err);
	if (!status && kept.body.n) {
		pthread_mutex_unlock(&all->lock);
		status = judge_kept(judge, &kept, &judged, &left, err);
		pthread_mutex_lock(&all->lock);
		if (!status || left)
			status = write_down(judge, &kept, &judged, left, err);
	}
	all->done++;
	if (!status && all->options->progress)
		all->options->progress(all->options->context, all->done, all->list->count);
	return status;
}

/* ---- all of them ---------------------------------------------------------------------------------- */

/* The first thread has the database that the list comes from. One that was put in its place meanwhile judges nothing: the first goes on alone. */
static enum status open_db(struct judge *judge, bool *same, struct error *err)
{
	struct rejudging *all = judge->all;
	pthread_mutex_lock(&all->lock);
	bool first = !all->db_taken;
	all->db_taken = true;
	pthread_mutex_unlock(&all->lock);
	*same = true;
	judge->db = all->db;
	if (first)
		return STATUS_OK;
	enum status status = advisory_db_open(all->options->database, &judge->own_db, err);
	judge->db = judge->own_db;
	*same = !status && str_equal(advisory_db_info(judge->db)->digest, advisory_db_info(all->db)->digest);
	return status;
}

static enum status begin(struct judge *judge, bool *same, struct error *err)
{
	judge->project = arena_new(LIMIT_PROJECT_BYTES);
	judge->kept = arena_new(0);
	judge->settings = arena_new(0);
	judge->answers = arena_new(0);
	judge->inflater = inflater_new();
	if (!judge->project || !judge->kept || !judge->settings || !judge->answers || !judge->inflater)
		return error_memory(err);
	enum status status = open_db(judge, same, err);
	if (!status && !(judge->known = told_known_new(judge->db, judge->answers)))
		status = error_memory(err);
	return status;
}

static void end(struct judge *judge)
{
	if (judge->kept)
		remove_judges(judge);
	advisory_db_close(judge->own_db);
	inflater_free(judge->inflater);
	told_known_free(judge->known);
	arena_free(judge->answers);
	arena_free(judge->settings);
	arena_free(judge->kept);
	arena_free(judge->project);
}

static void work(void *context)
{
	struct rejudging *all = context;
	struct judge judge = { .all = all };
	struct error err = { 0 };
	bool same = false;
	enum status status = begin(&judge, &same, &err);
	pthread_mutex_lock(&all->lock);
	while (!status && same && !all->status && all->next < all->list->count)
		status = judge_next(&judge, &err);
	if (status && !all->status) {
		all->status = status;
		*all->err = err;
	}
	pthread_mutex_unlock(&all->lock);
	end(&judge);
}

enum status rejudge_all(struct fleet *fleet, const struct fleet_scan_options *options, struct advisory_db *db, const struct rejudge_list *list,
			struct fleet_rematch_result *result, struct error *err)
{
	struct error own = { 0 };
	struct rejudging all = { .fleet = fleet, .options = options, .list = list, .result = result, .db = db, .err = err ? err : &own };
	size_t jobs = options->jobs ? options->jobs : cpu_count(), wanted = list->count / FOR_A_THREAD + 1;
	pthread_mutex_init(&all.lock, NULL);
	if (jobs > wanted)
		jobs = wanted;
	struct pool *pool = jobs > 1 ? pool_new((unsigned)jobs - 1) : NULL;
	for (size_t i = 1; pool && i < jobs; i++)
		pool_submit(pool, work, &all);
	work(&all);
	if (pool)
		pool_wait(pool);
	pool_free(pool);
	pthread_mutex_destroy(&all.lock);
	return all.status;
}
