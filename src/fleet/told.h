/* What a report tells of one lockfile: the packages that it names, and its findings, which nobody here can find again. */
#ifndef FLEET_TOLD_H
#define FLEET_TOLD_H

#include "assay/check.h"

struct told {
	struct tree *tree; /* its path is the lockfile's */
	struct finding *findings;
	size_t finding_count;
	bool unread;         /* the job could read no lockfile there: what was known stands */
	uint32_t known_from; /* packages from here on are what was known before: what advisories say of them counts alone; 0: there are none */
};
/* Before the clause that decided in the report: what stands so is the report's word, and no advisory of ours ends it. */
#define TOLD_BY "report: "

/* Which advisories a database knows of packages, each asked for once. NULL: out of memory. In `arena`, which outlives it; freed all the same. */
struct told_known;
struct told_known *told_known_new(struct advisory_db *db, struct arena *arena);
void told_known_free(struct told_known *known);
/* Is there one of that id or alias about the package, withdrawn or not? */
enum status told_is_known(struct told_known *known, struct str name, struct str id, bool *out, struct error *err);

/* To what was found here: all but what advisories say that are known here, for these are judged here. `db` may be NULL. */
enum status told_add(const struct told *told, struct advisory_db *db, struct scan *scan, struct error *err);

#endif
