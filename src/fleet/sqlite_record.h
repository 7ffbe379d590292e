/* Writing down a look: sqlite_record.c the project and its lockfiles, sqlite_tree.c trees, once per content, sqlite_finding.c what was found (sqlite_finding.h). */
#ifndef FLEET_SQLITE_RECORD_H
#define FLEET_SQLITE_RECORD_H

#include "fleet/sqlite.h"

/* Which of the lockfiles that were put have a release ("name\nversion"). */
struct releases {
	struct map *map; /* to the first one in `places`, counted from 1 */
	VEC(struct release_place {
		int64_t lockfile;
		size_t next; /* counted from 1; 0: there are no more */
	})
	places;
};

struct recording {
	struct sqlite_fleet *fleet;
	const struct look *look;
	struct look_result *result;
	struct arena *scratch;
	struct error *err;
	struct open_findings *leaving; /* what stood in lockfiles that are no more; NULL: nothing */
};

/* NULL with r->err set. */
static inline struct store_query *recording_query(struct recording *r, enum sqlite_query which)
{
	return sqlite_query(r->fleet, which, r->err);
}

/* From when on what the look says is so. */
static inline int64_t recording_since(const struct recording *r)
{
	return r->look->since ? r->look->since : r->look->when;
}

/* The id in the one row that a query gives; *found false: none. */
enum status recording_find_id(struct recording *r, struct store_query *query, int64_t *id, bool *found);

enum status recording_put_tree(struct recording *r, const struct look_lockfile *lockfile, int64_t *id);

/* What was found before in one that could not be read, or was told in part, stands as far as is known. */
enum status recording_put_findings(struct recording *r, const struct look_lockfile *lockfile, int64_t id);
/* What stands in a lockfile that is no more; `stays`: that perhaps is. To be called before any is put: who tells the same problem of the same release
 * takes it over, as it stands and since when, or is as old where it stays. */
enum status recording_add_leaving(struct recording *r, int64_t lockfile, bool stays);
/* What nobody has taken over ends, or goes on all the same: what advisories say in a lockfile that has its release (none where they
 * were asked), whatever else in `heir` (0: nowhere). */
enum status recording_end_leaving(struct recording *r, const struct releases *releases, int64_t heir);

#endif
