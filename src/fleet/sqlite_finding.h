/* What stands in lockfiles, as it is compared with what is found: sqlite_standing.c reads it, sqlite_finding.c writes down what is found, sqlite_leaving.c
 * what comes of the rest where a lockfile is no more. */
#ifndef FLEET_SQLITE_FINDING_H
#define FLEET_SQLITE_FINDING_H

#include "fleet/sqlite_record.h"

struct open_finding {
	int64_t id, first;
	struct str fingerprint;
	bool counts, seen;
	bool merged;               /* one that is leaving: the same is told elsewhere in its project */
	bool error;                /* it is one that people were told of */
	bool advisory;             /* an advisory made it */
	bool told;                 /* it is a report's word */
	bool asked;                /* what is found now is all there is to be of it */
	struct str name, ids, key; /* its package, "id,alias,…", the first one's key in `by_problem` */
	struct str release;        /* "name\nversion" */
};
struct open_findings {
	VEC(struct open_finding) v;
	struct map *by_fingerprint;
	struct map *by_problem; /* "rule\nid or alias\nname\nversion" (of the project's own code the message, which says what it is about); the oldest */
	struct map *errors;     /* "rule\nid or alias\nname" of those that are errors, in whatever version */
};

bool finding_counts(struct str level, bool waived); /* among what appears and is cleared */
/* Of which people are told: gaps make a run's exit code, and are listed. */
bool finding_is_error(struct str level, bool waived, bool gap);

/* Keys of `errors` and of `by_problem`. .p NULL: out of memory. */
struct str finding_problem_key(struct arena *arena, struct str rule, struct str id, struct str name);
struct str finding_version_key(struct arena *arena, struct str rule, struct str id, struct str name, struct str version);

/* `names` NULL: all are asked about; else what advisories say of these. */
enum status recording_read_open(struct recording *r, const struct map *names, int64_t lockfile, struct open_findings *out);
enum status recording_close_finding(struct recording *r, const struct open_finding *finding);

#endif
