/* What a CI job says of a project in place of a scan: ingest.c records it, ingest_report.c makes trees of a report. */
#ifndef FLEET_INGEST_H
#define FLEET_INGEST_H

#include "fleet/look.h"

/* A tree for each project of an assay.report/1, of the packages that it names; its path is the lockfile's. STATUS_INVALID with the place. */
enum status ingest_read_report(const struct json *document, struct arena *arena, struct tree ***out, size_t *count, struct error *err);

#endif
