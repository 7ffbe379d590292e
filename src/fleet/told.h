/* What a report tells of one lockfile: the packages that it names, and its findings, which nobody here can find again. */
#ifndef FLEET_TOLD_H
#define FLEET_TOLD_H

#include "assay/check.h"

struct told {
	struct tree *tree; /* its path is the lockfile's */
	struct finding *findings;
	size_t finding_count;
	bool unread; /* the job could read no lockfile there: what was known stands */
};
/* Before the clause that decided in the report: what stands so is the report's word, and no advisory of ours ends it. */
#define TOLD_BY "report: "

/* Is there an advisory of that id or alias? *out stays true where it is. `scratch` is emptied. */
enum status told_is_known(struct advisory_db *db, struct str id, struct arena *scratch, bool *out, struct error *err);

/* To what was found here: all but what advisories say that are known here, for these are judged here. `db` may be NULL. */
enum status told_add(const struct told *told, struct advisory_db *db, struct scan *scan, struct error *err);

#endif
