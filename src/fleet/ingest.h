/* What a CI job says of a project in place of a scan: ingest.c records it, ingest_report.c makes trees of a report, ingest_finding.c takes over its findings,
 * ingest_standing.c tells what stands since the job could not see it, ingest_join.c joins what was known to an SBOM that lacks a lockfile's packages. */
#ifndef FLEET_INGEST_H
#define FLEET_INGEST_H

#include "fleet/look.h"

/* What the job could not see. */
struct ingest_gaps {
	size_t others;             /* that it could not check: all but the following */
	struct tree_unread unread; /* lockfiles that it could not read, or found missing */
	const char *blind;         /* what its advisories lack, so that they do not end what others said; NULL: nothing */
	int64_t until;             /* what was said by then they do end; DATE_NONE: nothing */
};
void ingest_read_gaps(const struct json *document, struct ingest_gaps *out);
/* Could the job read no lockfile there? */
bool ingest_is_unread(const struct json *project);

/* What advisories said of a project, and such a job does not end. */
struct ingest_standing {
	struct standing_finding {
		struct fleet_finding finding;
		size_t next; /* of the same lockfile, counted from 1; 0: none */
	} * v;
	size_t n;
	struct map *first; /* by the lockfile's path, counted from 1 */
};
/* `known`: the day that the advisories know of last which judge here; DATE_NONE: there are none. */
enum status ingest_find_standing(struct fleet *fleet, struct str project, const struct ingest_gaps *gaps, int64_t known, struct arena *arena,
				 struct ingest_standing *out, struct error *err);
/* As a report says it. *told false: it was found here, and will be again. */
enum status ingest_read_standing(const struct fleet_finding *standing, uint32_t package, struct arena *arena, struct finding *out, bool *told,
				 struct error *err);

/* Adds to told->findings what stands of releases of its tree, as the word of a report, by advisories. */
enum status ingest_find_told(struct fleet *fleet, struct str project, struct arena *arena, struct told *told, struct error *err);

struct ingest_report {
	struct told *told; /* of each project of the report */
	size_t count;
	size_t not_understood; /* findings of rules that are not known here */
};
/* Of an assay.report/1, of which it names the packages with findings, and of `standing` those that it cannot name. STATUS_INVALID with the place. */
enum status ingest_read_report(const struct json *document, const struct ingest_standing *standing, struct arena *arena, struct ingest_report *out,
			       struct error *err);

/* What an SBOM tells, and behind its packages those that the project's trees have besides. */
enum status ingest_join(struct fleet *fleet, int64_t project, const struct tree *told, struct arena *arena, struct tree **out, struct error *err);

/* *known false: it says nothing that can be kept, of a rule that is not known here or without a fingerprint. Texts stay the document's. */
enum status ingest_read_finding(const struct json *json, uint32_t package, struct arena *arena, struct finding *out, bool *known, struct error *err);

#endif
