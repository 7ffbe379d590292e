/* What the commands of the database share: what they tell while they work. */
#ifndef CLI_DB_H
#define CLI_DB_H

#include "assay/advisory.h"
#include "cli/cli.h"

struct import_view {
	struct cli *cli;
	struct progress progress;
	uint64_t told; /* skipped records named so far */
};
/* Callbacks of an import or update; `context` is a struct import_view. */
void db_tell_skipped(void *context, const char *where, const struct error *why);
void db_show_records(void *context, uint64_t records);

/* Around reading a zip: without TZ the C library looks at /etc/localtime for each entry's date, a sixth of an import. No date here depends on it.
 * Whether it was set, for the second call, so that programs started later find TZ as it was. */
bool db_zone_enter(void);
void db_zone_leave(bool entered);

/* To standard error: "N read: N new, …", and what was learned of EPSS and KEV. */
void db_tell_counts(const struct advisory_import *import);
void db_tell_enrichment(const struct advisory_import *import);

/* What is written: --db, else the cached one, whose folder is made. NULL after telling why not. */
const char *db_path_to_write(struct cli *cli);

#endif
