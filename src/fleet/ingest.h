/* What a CI job says of a project in place of a scan: ingest.c records it, ingest_report.c makes trees of a report, ingest_finding.c takes over its findings. */
#ifndef FLEET_INGEST_H
#define FLEET_INGEST_H

#include "fleet/look.h"

struct ingest_report {
	struct told *told; /* of each project of the report */
	size_t count;
	size_t unchecked;      /* what the job could not check, the state of its advisories aside */
	size_t not_understood; /* findings of rules that are not known here */
};
/* Of an assay.report/1, of which it names the packages with findings. STATUS_INVALID with the place. */
enum status ingest_read_report(const struct json *document, struct arena *arena, struct ingest_report *out, struct error *err);

/* *known false: it says nothing that can be kept, of a rule that is not known here or without a fingerprint. Texts stay the document's. */
enum status ingest_read_finding(const struct json *json, uint32_t package, struct arena *arena, struct finding *out, bool *known, struct error *err);

#endif
