/* What the registry says of a project's packages, and of which of them its date matters. */
#ifndef SCAN_RECORDS_H
#define SCAN_RECORDS_H

#include "assay/scan.h"

/* By package: not fetched, since the change that is judged did not bring it and nothing `asked` for it all the same, or since --omit leaves it out. NULL in
 * *out: nothing is. `asked` may be NULL. */
enum status scan_leave_out(struct scan *scan, const bool *asked, const bool **out, struct error *err);
/* Records that are asked while something else is done. */
struct scan_records {
	struct record_options how;
	struct registry_asking *asking;
};
/* Sets scan->dated, traced, min_release_age. `origins`: all that may be asked, also by a redirect of the registry's; NULL-terminated. `known` is
 * what the tarballs' room may use of it meanwhile, by package. `out` and what is given live until the end. */
enum status scan_records_begin(struct scan *scan, const struct scan_options *options, const struct npm_settings *npm, const char *const *origins,
			       const struct policy *policy, struct scan_records *out, const struct tarball_known **known, struct error *err);
/* Sets scan->records. */
enum status scan_records_finish(struct scan *scan, struct scan_records *records, struct error *err);
void scan_records_cleanup(struct scan_records *records);

#endif
