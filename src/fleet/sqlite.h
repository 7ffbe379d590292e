/* What the parts of the SQLite engine share. */
#ifndef FLEET_SQLITE_H
#define FLEET_SQLITE_H

#include "fleet/engine.h"
#include "store/store.h"

extern const struct store_kind fleet_store_kind;

/* A statement is parsed when it is first needed, and kept. */
enum sqlite_query {
	Q_PROJECT_BY_PLACE,
	Q_PROJECT_BY_NAME,
	Q_PROJECT_ADD,
	Q_PROJECT_CHANGE,
	Q_PROJECT_PAGE,
	Q_LOOKED,
	Q_LOOKED_WHOLE,
	Q_LOOKED_SAME,
	Q_LOCKFILE_ADD,
	Q_LOCKFILE_FIND,
	Q_LOCKFILE_GONE,
	Q_LOCKFILES,
	Q_TREE_FIND,
	Q_TREE_ADD,
	Q_PACKAGE_FIND,
	Q_PACKAGE_ADD,
	Q_MEMBER_ADD,
	Q_MEMBERS_ADD, /* sixty-four at once */
	Q_PRESENCE_OPEN,
	Q_PRESENCE_CLOSE,
	Q_PRESENCE_ADD,
	Q_WANTED_DROP,
	Q_WANTED_ADD,
	Q_FINDINGS_OPEN,
	Q_FINDING_ADD,
	Q_FINDING_CHANGE,
	Q_FINDING_MOVE,
	Q_FINDING_DROP_NEWS,
	Q_FINDING_DROP,
	Q_FINDING_CLOSE,
	Q_NEWS_ADD,
	Q_CHANNEL,
	Q_CHANNEL_PUT,
	Q_PACKAGES_NAMED,
	Q_INTEGRITIES,
	Q_PLACES,
	Q_MEMBER,
	Q_WANTED,
	Q_WANTED_ALIASED,
	Q_COUNT_FRESH,
	Q_COUNT_PACKAGES,
	Q_COUNT_BY_OWNER,
	Q_SURVEY,
	Q_PAST,
	Q_CLOCK,
	Q_VERSION,
	Q_JUDGE_FIND,
	Q_JUDGE_ADD,
	Q_GET,
	Q_SET,
	Q_NAMES,
	Q_NEW_NAMES,
	Q_MATCH,
	Q_LOCKFILES_WITH,
	Q_LOCKFILES_FOUND,
	Q_LOCKFILE,
	Q_JUDGED,
	Q_FORGET_PROJECT,
	Q_FORGET_TREE,
	Q_LOOKED_PART,
	Q_TOLD,
	Q_PRESENCES,
	Q_ALL_PACKAGES,
	Q_MEMBERS,
	Q_TREE_PACKAGES,
	Q_TREES_WITH,
	SQLITE_QUERIES,
};

struct sqlite_trees;
struct sqlite_fleet {
	struct store *store;
	struct sqlite_trees *trees; /* sqlite_tree.c; NULL until a tree is written */
	struct store_query *queries[SQLITE_QUERIES];
	int64_t version; /* SQLite's data_version: another one when somebody else has written */
};

/* NULL with `err` set. */
struct store_query *sqlite_query(struct sqlite_fleet *fleet, enum sqlite_query which, struct error *err);
/* DATE_NONE is NULL. */
void bind_date(struct store_query *query, int parameter, int64_t date);
int64_t query_date(struct store_query *query, int column);
/* Copies of what is in a row; false: out of memory. */
bool copy_text(struct store_query *query, int column, struct arena *arena, struct str *out);

/* How many members wait; those that do are written: nothing reads them before. */
size_t sqlite_trees_waiting(const struct sqlite_fleet *fleet);
enum status sqlite_trees_flush(struct sqlite_fleet *fleet, struct error *err);
/* What was written is undone, or packages are gone: ids are looked up anew; of what waits only the first ones stay. */
void sqlite_trees_undo(struct sqlite_fleet *fleet, size_t waiting);
void sqlite_trees_free(struct sqlite_trees *trees);
/* STATUS_IO, and nothing waits any more, where an error has undone all since start(). */
enum status sqlite_still_started(struct sqlite_fleet *fleet, struct error *err);

enum status sqlite_record(void *state, const struct look *look, struct look_result *out, struct error *err);
enum status sqlite_packages(void *state, struct str name, struct arena *arena, struct kept_package **out, size_t *count, struct error *err);
enum status sqlite_each_integrity(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				  void *context, struct error *err);
enum status sqlite_places(void *state, int64_t package, enum status (*each)(void *context, const struct kept_place *place, struct error *err),
			  void *context, struct error *err);
enum status sqlite_chain(void *state, int64_t tree, int64_t package, struct arena *arena, struct str *out, struct error *err);
enum status sqlite_count_fresh(void *state, int64_t since, uint64_t *projects, uint64_t *packages, struct error *err);
enum status sqlite_count_by_owner(void *state, int64_t project,
				  enum status (*each)(void *context, struct str owner, uint64_t lockfiles, uint64_t packages, struct error *err),
				  void *context, struct error *err);
enum status sqlite_survey(void *state, int64_t since, enum status (*each)(void *context, const struct fleet_project *project, struct error *err),
			  void *context, struct error *err);
enum status sqlite_past(void *state, int64_t project, int64_t at, struct arena *arena, struct kept_past **out, size_t *count, struct error *err);
enum status sqlite_wanted(void *state, struct str name, enum status (*each)(void *context, const struct kept_wanted *wanted, struct error *err),
			  void *context, struct error *err);
enum status sqlite_get(void *state, const char *key, struct arena *arena, struct str *out, struct error *err);
enum status sqlite_set(void *state, const char *key, struct str value, struct error *err);
enum status sqlite_each_name(void *state, bool new, enum status (*each)(void *context, struct str name, struct str digest, struct error *err),
			     void *context, struct error *err);
enum status sqlite_match(void *state, struct str name, struct str digest, struct error *err);
enum status sqlite_lockfiles_with(void *state, int64_t package, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				  void *context, struct error *err);
enum status sqlite_lockfiles_found(void *state, struct str name, enum status (*each)(void *context, int64_t lockfile, struct error *err),
				   void *context, struct error *err);
enum status sqlite_lockfile(void *state, int64_t lockfile, struct arena *arena, struct kept_lockfile *out, struct error *err);
enum status sqlite_lockfile_paths(void *state, int64_t project, struct arena *arena, struct kept_path **out, size_t *count, struct error *err);
enum status sqlite_forget(void *state, int64_t lockfile, struct error *err);
enum status sqlite_judged(void *state, struct str old, struct str new, struct error *err);
enum status sqlite_rejudge(void *state, const struct rejudged *what, struct look_result *out, struct error *err);
enum status sqlite_findings(void *state, const struct fleet_finding_filter *filter, bool (*each)(void *context, const struct fleet_finding *finding),
			    void *context, struct error *err);

/* What a query of findings gives first, f being the finding, l its lockfile, p its project; and in which order the worst comes first. */
#define SQLITE_FINDING_COLUMNS \
	"p.name, l.path, ifnull(p.owner, l.owner), f.rule, f.problem, f.aliases, f.title, f.severity, f.level, f.score, f.waived, f.gap," \
	" f.direct, f.name, f.version, f.scope, f.fix, f.message, f.decided_by, f.fingerprint, f.line, f.first, ifnull(f.last, p.seen), f.gone, p.tags"
enum { SQLITE_FINDING_TAGS = 24, SQLITE_FINDING_END };
#define SQLITE_RANK_LEVEL "CASE f.level WHEN 'error' THEN 3 WHEN 'warn' THEN 2 WHEN 'info' THEN 1 ELSE 0 END"
#define SQLITE_RANK_SEVERITY \
	"CASE f.severity WHEN 'critical' THEN 5 WHEN 'high' THEN 4 WHEN 'unknown' THEN 3 WHEN 'medium' THEN 2 WHEN 'low' THEN 1 ELSE 0 END"
struct fleet_finding sqlite_finding_of(struct store_query *query);

enum status sqlite_channel(void *state, struct str name, struct arena *arena, struct kept_channel *out, bool *known, struct error *err);
enum status sqlite_put_channel(void *state, struct str name, const struct kept_channel *channel, struct error *err);
enum status sqlite_untold(void *state, const struct kept_channel *channel, size_t max, int64_t *last, size_t *count, struct error *err);
enum status sqlite_news(void *state, const struct kept_channel *channel,
			enum status (*each)(void *context, const struct fleet_news *news, struct error *err), void *context, struct error *err);

enum status sqlite_presences(void *state, enum status (*each)(void *context, const struct kept_presence *presence, struct error *err), void *context,
			     struct error *err);
enum status sqlite_all_packages(void *state, enum status (*each)(void *context, const struct kept_package *package, struct error *err), void *context,
				struct error *err);
enum status sqlite_tree_packages(void *state, int64_t tree, enum status (*each)(void *context, const struct kept_package *package, struct error *err),
				 void *context, struct error *err);
enum status sqlite_members(void *state, int64_t tree, enum status (*each)(void *context, int64_t package, struct str scope, bool direct, struct error *err),
			   void *context, struct error *err);
enum status sqlite_trees_with(void *state, int64_t package, enum status (*each)(void *context, int64_t tree, struct error *err), void *context,
			      struct error *err);
enum status sqlite_history(void *state, enum kept_order order,
			   enum status (*each)(void *context, const struct fleet_finding *finding, struct error *err), void *context, struct error *err);

#endif
