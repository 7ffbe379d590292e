/* Judging lockfiles anew from the trees and policies that the store keeps. */
#ifndef FLEET_REJUDGE_H
#define FLEET_REJUDGE_H

#include "fleet/look.h"

struct rejudge_list {
	const int64_t *lockfiles;
	size_t count;
	const struct map *names; /* whose advisories have changed: of other packages nothing is new */
};
/* On all cores, by the database `db` that the list comes from; all is written in the transaction at hand. Counts in `result`, and dates by it. */
enum status rejudge_all(struct fleet *fleet, const struct fleet_scan_options *options, struct advisory_db *db, const struct rejudge_list *list,
			struct fleet_rematch_result *result, struct error *err);

#endif
