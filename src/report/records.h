/* What the registry's records came to, counted for reports. */
#ifndef REPORT_RECORDS_H
#define REPORT_RECORDS_H

#include "assay/check.h"

struct record_counts {   /* packages */
	size_t packages; /* that a registry can know of */
	size_t found, kept, stale, gone, elsewhere, unreachable, absent;
	/* of those found: what the registry did not give. Dates and publishers of those of which they were asked. */
	size_t no_digest, no_etag, no_date, no_publisher;
	int64_t oldest; /* the answer that is used; DATE_NONE: there is none */
};
struct record_counts count_records(const struct scan *scan);

#endif
