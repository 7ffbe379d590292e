/* The SQLite engine: opening, and which projects there are. */
#include "fleet/sqlite.h"

#include <stdlib.h>

#define PROJECT_COLUMNS \
	"p.id, p.name, p.kind, p.location, p.branch, p.owner, p.tags, p.added, p.looked, p.seen, p.\"commit\", p.content, p.problem, p.judged, p.judge, p.gap"
/* Is all of it known, and was it seen since ?1? fleet_state_of() says the same of one. */
#define FRESH "p.problem IS NULL AND p.gap IS NULL AND p.seen >= ?1"

#define MEMBER_ADD "INSERT OR FAIL INTO member(tree, package, scope, direct, optional, line, via) VALUES"
#define MEMBER "(?, ?, ?, ?, ?, ?, ?)"
#define MEMBERS_4 MEMBER "," MEMBER "," MEMBER "," MEMBER
#define MEMBERS_16 MEMBERS_4 "," MEMBERS_4 "," MEMBERS_4 "," MEMBERS_4

#define WANTED \
	"SELECT p.name, l.path, ifnull(p.owner, l.owner), w.spec, w.name, p.tags, l.format IS NOT NULL, w.type FROM wanted w JOIN lockfile l ON l.id = w.lockfile" \
	" JOIN project p ON p.id = l.project WHERE "
#define ALIASED "instr(w.spec, 'npm:') > 0"
/* Of those of which none was given: of whatever lockfile it has or had, one a line. */
#define OWNERS \
	"CASE WHEN p.owner IS NULL THEN (SELECT group_concat(owner, char(10)) FROM" \
	" (SELECT DISTINCT owner FROM lockfile WHERE project = p.id AND owner IS NOT NULL ORDER BY owner)) END"
#define PACKAGES \
	"SELECT ifnull(sum(t.packages), 0) FROM lockfile l JOIN presence r ON r.lockfile = l.id AND r.gone IS NULL" \
	" JOIN tree t INDEXED BY tree_packages ON t.id = r.tree WHERE l.project = p.id"

static const char *const sql[SQLITE_QUERIES] = {
	[Q_PROJECT_BY_PLACE] = "SELECT id, name FROM project WHERE location = ?1 AND ifnull(branch, '') = ifnull(?2, '')",
	[Q_PROJECT_BY_NAME] = "SELECT 1 FROM project WHERE name = ?1",
	[Q_PROJECT_ADD] = "INSERT INTO project(name, kind, location, branch, owner, tags, added) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	[Q_PROJECT_CHANGE] = "UPDATE project SET name = ifnull(?2, name), owner = ifnull(?3, owner), tags = ifnull(?4, tags) WHERE id = ?1",
	[Q_PROJECT_PAGE] = "SELECT " PROJECT_COLUMNS ", (SELECT count(*) FROM lockfile l JOIN presence r ON r.lockfile = l.id AND r.gone IS NULL WHERE l.project = p.id),"
			   " (" PACKAGES "), " OWNERS " FROM project p WHERE p.name > ?1 ORDER BY p.name LIMIT ?2",
	[Q_LOOKED] = "UPDATE project SET looked = ?2, problem = ?3, content = NULL WHERE id = ?1",
	[Q_LOOKED_WHOLE] = "UPDATE project SET looked = ?2, seen = ?2, \"commit\" = ?3, content = ?4, judged = ?5, judge = ?6, gap = ?7, problem = NULL WHERE id = ?1",
	[Q_LOOKED_SAME] = "UPDATE project SET looked = ?2, seen = ?2, \"commit\" = ?3, problem = NULL WHERE id = ?1",
	[Q_LOCKFILE_ADD] = "INSERT INTO lockfile(project, path, format, owner, owner_from, gap) VALUES(?1, ?2, ?3, ?4, ?5, ?7)"
			   " ON CONFLICT(project, path) DO UPDATE SET format = ?3, owner = iif(?6, owner, ?4), owner_from = iif(?6, owner_from, ?5), gap = ?7",
	[Q_LOCKFILE_FIND] = "SELECT id FROM lockfile WHERE project = ?1 AND path = ?2",
	[Q_LOCKFILE_GONE] = "UPDATE lockfile SET gap = NULL WHERE id = ?1 AND gap IS NOT NULL",
	[Q_LOCKFILES] = "SELECT id, path, owner, owner_from, gap, format FROM lockfile WHERE project = ?1 ORDER BY path",
	[Q_TREE_FIND] = "SELECT id FROM tree WHERE digest = ?1",
	[Q_TREE_ADD] = "INSERT INTO tree(digest, packages, body) VALUES(?1, ?2, ?3)",
	[Q_PACKAGE_FIND] = "SELECT id FROM package WHERE name = ?1 AND version = ?2 AND integrity = ?3",
	[Q_PACKAGE_ADD] = "INSERT INTO package(name, version, integrity) VALUES(?1, ?2, ?3)",
	/* Whoever fails here undoes all: FAIL spares the copies that ABORT makes of what a statement changes. */
	[Q_MEMBER_ADD] = MEMBER_ADD MEMBER,
	[Q_MEMBERS_ADD] = MEMBER_ADD MEMBERS_16 "," MEMBERS_16 "," MEMBERS_16 "," MEMBERS_16,
	[Q_PRESENCE_OPEN] = "SELECT first, tree FROM presence WHERE lockfile = ?1 AND gone IS NULL",
	[Q_PRESENCE_CLOSE] = "UPDATE presence SET gone = ?2, last = (SELECT p.seen FROM project p JOIN lockfile l ON l.project = p.id"
			     " WHERE l.id = ?1) WHERE lockfile = ?1 AND gone IS NULL",
	[Q_PRESENCE_ADD] = "INSERT OR REPLACE INTO presence(lockfile, first, tree, \"commit\") VALUES(?1, ?2, ?3, ?4)",
	[Q_WANTED_DROP] = "DELETE FROM wanted WHERE lockfile = ?1",
	[Q_WANTED_ADD] = "INSERT OR REPLACE INTO wanted(lockfile, name, spec, type) VALUES(?1, ?2, ?3, ?4)",
	[Q_FINDINGS_OPEN] = "SELECT id, fingerprint, level, waived, rule, problem, aliases, name, gap, decided_by, version, first, message FROM finding"
			    " WHERE lockfile = ?1 AND gone IS NULL",
	[Q_FINDING_ADD] = "INSERT INTO finding(lockfile, fingerprint, rule, problem, aliases, title, severity, score, level, waived, gap, name,"
			  " version, scope, direct, line, fix, message, decided_by, first)"
			  " VALUES(?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)",
	[Q_FINDING_CHANGE] = "UPDATE finding SET fingerprint = ?3, rule = ?4, problem = ?5, aliases = ?6, title = ?7, severity = ?8, score = ?9, level = ?10,"
			     " waived = ?11, gap = ?12, name = ?13, version = ?14, scope = ?15, direct = ?16, line = ?17, fix = ?18,"
			     " message = ?19, decided_by = ?20, lockfile = ?2 WHERE id = ?1",
	[Q_FINDING_MOVE] = "UPDATE finding SET lockfile = ?2 WHERE id = ?1",
	[Q_FINDING_DROP_NEWS] = "DELETE FROM news WHERE finding = ?1",
	[Q_FINDING_DROP] = "DELETE FROM finding WHERE id = ?1",
	[Q_FINDING_CLOSE] = "UPDATE finding SET gone = max(?2, first), last = max(first, (SELECT p.seen FROM project p JOIN lockfile l ON l.project = p.id"
			    " WHERE l.id = finding.lockfile)) WHERE id = ?1",
	[Q_NEWS_ADD] = "INSERT INTO news(finding, why, at) VALUES(?1, ?2, ?3)",
	[Q_CHANNEL] = "SELECT added, told, sending, message FROM channel WHERE name = ?1",
	[Q_CHANNEL_PUT] = "INSERT OR REPLACE INTO channel(name, added, told, sending, message) VALUES(?1, ?2, ?3, ?4, ?5)",
	[Q_PACKAGES_NAMED] = "SELECT id, name, version, integrity FROM package WHERE name = ?1",
	[Q_INTEGRITIES] = "SELECT id, name, version, integrity FROM package WHERE integrity <> ''",
	[Q_PLACES] = "SELECT l.id, r.tree, m.package, p.name, l.path, l.format, ifnull(p.owner, l.owner), CASE WHEN p.owner IS NULL THEN"
		     " l.owner_from END, r.\"commit\", m.scope, p.seen, r.first, r.last, r.gone, m.line, m.direct, m.optional, p.tags, p.kind = 'ingested'"
		     " FROM member m JOIN presence r ON r.tree = m.tree JOIN lockfile l ON l.id = r.lockfile"
		     " JOIN project p ON p.id = l.project WHERE m.package = ?1 ORDER BY l.id, r.first",
	[Q_MEMBER] = "SELECT k.name, k.version, m.via FROM member m JOIN package k ON k.id = m.package WHERE m.tree = ?1 AND m.package = ?2",
	[Q_WANTED] = WANTED "w.name = ?1 AND NOT " ALIASED,
	[Q_WANTED_ALIASED] = WANTED ALIASED,
	[Q_COUNT_FRESH] = "SELECT count(*) FROM project p WHERE " FRESH,
	[Q_COUNT_BY_OWNER] = "SELECT l.owner, count(*), sum(t.packages) FROM lockfile l JOIN presence r ON r.lockfile = l.id AND r.gone IS NULL"
			     " JOIN tree t INDEXED BY tree_packages ON t.id = r.tree WHERE l.project = ?1 GROUP BY l.owner",
	[Q_COUNT_PACKAGES] = "SELECT ifnull(sum(t.packages), 0) FROM presence r INDEXED BY presence_open"
			     " CROSS JOIN tree t INDEXED BY tree_packages ON t.id = r.tree WHERE r.gone IS NULL",
	[Q_SURVEY] = "SELECT p.name, p.location, p.owner, p.tags, p.seen, p.problem, p.gap, p.id, CASE WHEN ?1 IS NULL THEN " OWNERS " END"
		     " FROM project p WHERE ?1 IS NULL OR NOT ifnull(" FRESH ", 0) ORDER BY p.id",
	/* Whoever sees a lockfile for the last time has read all that there was. What is told may be a part. */
	[Q_PAST] = "SELECT l.path, l.owner, l.gap, l.begun, r.first, r.last, r.gone, ifnull(t.packages, 0),"
		   " EXISTS(SELECT 1 FROM lockfile k JOIN presence o ON o.lockfile = k.id JOIN project p ON p.id = k.project"
		   " WHERE k.project = ?1 AND p.kind <> 'ingested' AND o.last >= ?2 AND o.last < l.begun), l.format IS NOT NULL"
		   " FROM (SELECT i.*, (SELECT min(first) FROM presence WHERE lockfile = i.id) AS begun FROM lockfile i WHERE project = ?1) l"
		   " LEFT JOIN presence r ON r.lockfile = l.id AND r.first <= ?2 AND (r.gone IS NULL OR r.gone > ?2)"
		   " LEFT JOIN tree t INDEXED BY tree_packages ON t.id = r.tree ORDER BY l.path",
	[Q_JUDGE_FIND] = "SELECT id FROM judge WHERE digest = ?1",
	[Q_JUDGE_ADD] = "INSERT INTO judge(digest, files) VALUES(?1, ?2)",
	[Q_GET] = "SELECT value FROM meta WHERE key = ?1",
	[Q_SET] = "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)",
	[Q_NAMES] = "SELECT k.name, m.digest FROM (SELECT DISTINCT name FROM package) k LEFT JOIN matched m ON m.name = k.name",
	[Q_NEW_NAMES] = "SELECT k.name, NULL FROM (SELECT DISTINCT name FROM package) k WHERE NOT EXISTS (SELECT 1 FROM matched m WHERE m.name = k.name)",
	[Q_MATCH] = "INSERT OR REPLACE INTO matched(name, digest) VALUES(?1, ?2)",
	[Q_LOCKFILES_WITH] = "SELECT r.lockfile FROM member m JOIN presence r ON r.tree = m.tree AND r.gone IS NULL WHERE m.package = ?1"
			     " ORDER BY r.lockfile",
	[Q_LOCKFILES_FOUND] = "SELECT DISTINCT lockfile FROM finding WHERE name = ?1 AND gone IS NULL AND rule IN ('malware', 'vulnerability')"
			      " ORDER BY lockfile",
	[Q_LOCKFILE] = "SELECT p.name, l.path, l.format, t.body, j.files, r.tree FROM lockfile l JOIN project p ON p.id = l.project"
		       " LEFT JOIN presence r ON r.lockfile = l.id AND r.gone IS NULL LEFT JOIN tree t ON t.id = r.tree"
		       " LEFT JOIN judge j ON j.id = p.judge WHERE l.id = ?1",
	[Q_FORGET_PROJECT] = "UPDATE project SET content = NULL, judged = NULL WHERE id = (SELECT project FROM lockfile WHERE id = ?1)",
	[Q_FORGET_TREE] = "UPDATE tree SET digest = randomblob(32) WHERE id IN (SELECT tree FROM presence WHERE lockfile = ?1 AND gone IS NULL)",
	[Q_LOOKED_PART] = "UPDATE project SET looked = ?2, problem = ?3, content = NULL, judged = NULL, judge = ?4 WHERE id = ?1",
	[Q_TOLD] = "UPDATE project SET looked = ?2, seen = ?3, \"commit\" = ?4, content = ?5, judged = ifnull(?6, judged), problem = ?7, gap = iif(?9, gap, ?8) WHERE id = ?1",
	[Q_JUDGED] = "UPDATE project SET judged = ?2 WHERE judged = ?1",
	[Q_PRESENCES] = "SELECT p.name, l.path, l.format, ifnull(p.owner, l.owner), r.\"commit\", l.id, r.tree, t.packages, r.first, r.gone"
			" FROM presence r JOIN lockfile l ON l.id = r.lockfile JOIN project p ON p.id = l.project JOIN tree t ON t.id = r.tree"
			" ORDER BY p.name, l.path, r.first",
	[Q_ALL_PACKAGES] = "SELECT id, name, version, integrity FROM package ORDER BY name, version, id",
	[Q_TREE_PACKAGES] = "SELECT k.id, k.name, k.version, k.integrity FROM member m JOIN package k ON k.id = m.package WHERE m.tree = ?1",
	[Q_MEMBERS] = "SELECT package, scope, direct FROM member WHERE tree = ?1 ORDER BY package",
	[Q_TREES_WITH] = "SELECT tree FROM member WHERE package = ?1 ORDER BY tree",
	[Q_VERSION] = "PRAGMA data_version",
	[Q_CLOCK] = "SELECT max(ifnull(looked, added)) FROM project",
};

struct store_query *sqlite_query(struct sqlite_fleet *fleet, enum sqlite_query which, struct error *err)
{
	if (!fleet->queries[which])
		(void)!store_prepare(fleet->store, sql[which], &fleet->queries[which], err);
	return fleet->queries[which];
}

void bind_date(struct store_query *query, int parameter, int64_t date)
{
	if (date == DATE_NONE)
		query_bind_null(query, parameter);
	else
		query_bind_int(query, parameter, date);
}

int64_t query_date(struct store_query *query, int column)
{
	return query_is_null(query, column) ? DATE_NONE : query_int(query, column);
}

bool copy_text(struct store_query *query, int column, struct arena *arena, struct str *out)
{
	struct str text = query_text(query, column);
	*out = text.p ? arena_copy(arena, text) : STR_NONE;
	return !text.p || out->p;
}

static void close_fleet(void *state)
{
	struct sqlite_fleet *fleet = state;
	if (!fleet)
		return;
	for (size_t i = 0; i < SQLITE_QUERIES; i++)
		query_free(fleet->queries[i]);
	sqlite_trees_free(fleet->trees);
	if (fleet->store)
		store_undo(fleet->store);
	store_close(fleet->store);
	free(fleet);
}

/* One of an older version is brought up first, where it may be written: nobody has to think of that on the day that he asks. */
static enum status open_to_read(const char *where, struct store **out, struct error *err)
{
	struct store *written;
	enum status status = store_open(where, &fleet_store_kind, out, err);
	if (status != STATUS_UNSUPPORTED || store_open_to_write(where, &fleet_store_kind, &written, NULL))
		return status;
	store_close(written);
	return store_open(where, &fleet_store_kind, out, err);
}

static enum status open_fleet(const char *where, bool write, void **state, struct error *err)
{
	struct sqlite_fleet *fleet = calloc(1, sizeof *fleet);
	if (!fleet)
		return error_memory(err);
	enum status status = write ? store_open_to_write(where, &fleet_store_kind, &fleet->store, err) : open_to_read(where, &fleet->store, err);
	if (status)
		close_fleet(fleet);
	else
		*state = fleet;
	return status;
}

/* Where files cannot be locked somebody else may have written between two commits: what is remembered of packages is then forgotten. */
static enum status notice_others(struct sqlite_fleet *fleet, struct error *err)
{
	struct store_query *query = sqlite_query(fleet, Q_VERSION, err);
	bool row;
	enum status status = query ? query_next(query, &row, err) : status_failure(err->status);
	if (status)
		return status;
	int64_t version = row ? query_int(query, 0) : 0;
	query_reset(query);
	if (version != fleet->version)
		sqlite_trees_undo(fleet, 0);
	fleet->version = version;
	return STATUS_OK;
}

static enum status start(void *state, struct error *err)
{
	struct sqlite_fleet *fleet = state;
	struct error own = { 0 };
	enum status status = store_start(fleet->store, err);
	if (!status && (status = notice_others(fleet, err ? err : &own)))
		store_undo(fleet->store);
	return status;
}

enum status sqlite_still_started(struct sqlite_fleet *fleet, struct error *err)
{
	if (store_is_started(fleet->store))
		return STATUS_OK;
	sqlite_trees_undo(fleet, 0);
	error_set(err, STATUS_IO, "what was written since the last commit is undone, by an error that came before");
	error_hint(err, "make room, or mend what the error says, and run it again: what is missing is done then");
	return STATUS_IO;
}

static enum status finish(void *state, struct error *err)
{
	struct sqlite_fleet *fleet = state;
	enum status status = sqlite_still_started(fleet, err);
	if (!status)
		status = sqlite_trees_flush(fleet, err);
	return status ? status : store_finish(fleet->store, err);
}

static void undo(void *state)
{
	struct sqlite_fleet *fleet = state;
	sqlite_trees_undo(fleet, 0);
	store_undo(fleet->store);
}

static enum status read_clock(void *state, int64_t *out, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_CLOCK, err);
	bool row;
	enum status status = query ? query_next(query, &row, err) : status_failure(err->status);
	if (status)
		return status;
	*out = row ? query_date(query, 0) : DATE_NONE;
	query_reset(query);
	return STATUS_OK;
}

/* ---- projects ------------------------------------------------------------------------ */

static enum status known_project(void *state, struct arena *arena, struct fleet_project *project, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PROJECT_BY_PLACE, err);
	bool known;
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, project->location);
	query_bind_text(query, 2, project->branch);
	enum status status = query_next(query, &known, err);
	project->id = !status && known ? query_int(query, 0) : 0;
	if (project->id && !copy_text(query, 1, arena, &project->name))
		status = error_memory(err);
	query_reset(query);
	return status;
}

static enum status name_taken(void *state, struct str name, bool *out, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PROJECT_BY_NAME, err);
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, name);
	enum status status = query_next(query, out, err);
	query_reset(query);
	return status;
}

static enum status change_project(struct sqlite_fleet *fleet, const struct fleet_project *project, struct error *err)
{
	struct store_query *query = sqlite_query(fleet, Q_PROJECT_CHANGE, err);
	if (!query)
		return status_failure(err->status);
	query_bind_int(query, 1, project->id);
	query_bind_text(query, 2, project->name);
	query_bind_text(query, 3, project->owner);
	query_bind_text(query, 4, project->tags);
	return query_run(query, err);
}

static enum status add_project(struct sqlite_fleet *fleet, struct fleet_project *project, struct error *err)
{
	struct store_query *query = sqlite_query(fleet, Q_PROJECT_ADD, err);
	if (!query)
		return status_failure(err->status);
	query_bind_text(query, 1, project->name);
	query_bind_text(query, 2, str_of(fleet_kind_name(project->kind)));
	query_bind_text(query, 3, project->location);
	query_bind_text(query, 4, project->branch);
	query_bind_text(query, 5, project->owner);
	query_bind_text(query, 6, project->tags.p ? project->tags : STR(""));
	query_bind_int(query, 7, project->added);
	enum status status = query_run(query, err);
	project->id = store_last_key(fleet->store);
	return status;
}

static enum status put_project(void *state, struct fleet_project *project, struct error *err)
{
	return project->id ? change_project(state, project, err) : add_project(state, project, err);
}

static enum status drop_rows(struct sqlite_fleet *fleet, const char *statement, int64_t project, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	enum status status = store_prepare(fleet->store, statement, &query, err);
	if (status)
		return status;
	query_bind_int(query, 1, project);
	return query_run(query, err);
}

/* Trees and packages stay while another lockfile has them. */
static enum status drop_project(void *state, int64_t project, struct error *err)
{
#define ITS_LOCKFILES " IN (SELECT id FROM lockfile WHERE project = ?1)"
	static const char *const statements[] = {
		"DELETE FROM news WHERE finding IN (SELECT id FROM finding WHERE lockfile" ITS_LOCKFILES ")",
		"DELETE FROM finding WHERE lockfile" ITS_LOCKFILES,
		"DELETE FROM wanted WHERE lockfile" ITS_LOCKFILES,
		"DELETE FROM presence WHERE lockfile" ITS_LOCKFILES,
		"DELETE FROM lockfile WHERE project = ?1",
		"DELETE FROM project WHERE id = ?1",
	};
	enum status status = sqlite_trees_flush(state, err);
	sqlite_trees_undo(state, 0);
	for (size_t i = 0; !status && i < sizeof statements / sizeof *statements; i++)
		status = drop_rows(state, statements[i], project, err);
	if (!status)
		status = store_run(((struct sqlite_fleet *)state)->store,
				   "DELETE FROM tree WHERE id NOT IN (SELECT tree FROM presence);"
				   "DELETE FROM member WHERE tree NOT IN (SELECT id FROM tree);"
				   "DELETE FROM package WHERE id NOT IN (SELECT package FROM member)",
				   err);
	return status;
}

static enum fleet_kind kind_by_name(struct str name)
{
	for (enum fleet_kind kind = FLEET_FOLDER; kind <= FLEET_INGESTED; kind++)
		if (str_equal_z(name, fleet_kind_name(kind)))
			return kind;
	return FLEET_FOLDER;
}

static bool read_project(struct store_query *query, struct arena *arena, struct fleet_project *out)
{
	*out = (struct fleet_project){
		.id = query_int(query, 0),
		.kind = kind_by_name(query_text(query, 2)),
		.added = query_int(query, 7),
		.looked = query_date(query, 8),
		.seen = query_date(query, 9),
		.has_judges = !query_is_null(query, 14),
		.lockfiles = (uint64_t)query_int(query, 16),
		.packages = (uint64_t)query_int(query, 17),
	};
	return copy_text(query, 1, arena, &out->name) && copy_text(query, 3, arena, &out->location) && copy_text(query, 4, arena, &out->branch) &&
	       copy_text(query, 5, arena, &out->owner) && copy_text(query, 6, arena, &out->tags) && copy_text(query, 10, arena, &out->commit) &&
	       copy_text(query, 11, arena, &out->content) && copy_text(query, 12, arena, &out->problem) &&
	       copy_text(query, 13, arena, &out->judged) && copy_text(query, 15, arena, &out->gap) && copy_text(query, 18, arena, &out->owners);
}

static enum status list_projects(void *state, struct str after, size_t max, struct arena *arena, struct fleet_project **out, size_t *count, struct error *err)
{
	struct store_query *query = sqlite_query(state, Q_PROJECT_PAGE, err);
	struct fleet_project *projects = arena_array(arena, max, sizeof *projects);
	size_t n = 0;
	bool row = true;
	if (!query || !projects)
		return query ? error_memory(err) : status_failure(err->status);
	query_bind_text(query, 1, after.p ? after : STR(""));
	query_bind_int(query, 2, (int64_t)max);
	enum status status = STATUS_OK;
	while (!status && n < max && !(status = query_next(query, &row, err)) && row)
		if (!read_project(query, arena, &projects[n++]))
			status = error_memory(err);
	query_reset(query);
	*out = projects;
	*count = n;
	return status;
}

const struct fleet_engine fleet_sqlite = {
	.open = open_fleet,
	.close = close_fleet,
	.start = start,
	.finish = finish,
	.clock = read_clock,
	.known_project = known_project,
	.put_project = put_project,
	.name_taken = name_taken,
	.drop_project = drop_project,
	.projects = list_projects,
	.count_fresh = sqlite_count_fresh,
	.survey = sqlite_survey,
	.count_by_owner = sqlite_count_by_owner,
	.past = sqlite_past,
	.record = sqlite_record,
	.packages = sqlite_packages,
	.each_integrity = sqlite_each_integrity,
	.places = sqlite_places,
	.chain = sqlite_chain,
	.wanted = sqlite_wanted,
	.undo = undo,
	.get = sqlite_get,
	.set = sqlite_set,
	.each_name = sqlite_each_name,
	.match = sqlite_match,
	.lockfiles_with = sqlite_lockfiles_with,
	.lockfiles_found = sqlite_lockfiles_found,
	.lockfile = sqlite_lockfile,
	.lockfile_paths = sqlite_lockfile_paths,
	.rejudge = sqlite_rejudge,
	.forget = sqlite_forget,
	.judged = sqlite_judged,
	.findings = sqlite_findings,
	.channel = sqlite_channel,
	.put_channel = sqlite_put_channel,
	.untold = sqlite_untold,
	.news = sqlite_news,
	.presences = sqlite_presences,
	.all_packages = sqlite_all_packages,
	.members = sqlite_members,
	.tree_packages = sqlite_tree_packages,
	.trees_with = sqlite_trees_with,
	.history = sqlite_history,
};
