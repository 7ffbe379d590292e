/* What the registry says of a project's packages, and of which of them its date matters. */
#ifndef SCAN_RECORDS_H
#define SCAN_RECORDS_H

#include "assay/scan.h"

/* Sets scan->records, dated, traced, min_release_age. The hosts must be known. */
enum status scan_records(struct scan *scan, const struct scan_options *options, const struct npm_settings *npm,
                         const struct policy *policy, struct error *err);

#endif
