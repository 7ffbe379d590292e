/* What the registry says of a project's packages, and of which of them its date matters. */
#ifndef SCAN_RECORDS_H
#define SCAN_RECORDS_H

#include "assay/scan.h"

/* By package: not fetched, since the change that is judged did not bring it and nothing `asked` for it all the same, or since --omit leaves it out. NULL in
 * *out: nothing is. `asked` may be NULL. */
enum status scan_leave_out(struct scan *scan, const bool *asked, const bool **out, struct error *err);
/* Sets scan->records, dated, traced, min_release_age. `origins`: all that may be asked, also by a redirect of
 * the registry's; NULL-terminated. */
enum status scan_records(struct scan *scan, const struct scan_options *options, const struct npm_settings *npm, const char *const *origins,
                         const struct policy *policy, struct error *err);

#endif
