/*
 * The projects below one PATH, scanned and judged, for commands that answer about findings: explain, waive, policy vex. Whatever is
 * no property of a project (no lockfile, an invalid policy) is told, and is the exit code.
 */
#ifndef CLI_JUDGE_H
#define CLI_JUDGE_H

#include "assay/scan.h"
#include "cli/cli.h"

struct judged {
	struct advisory_db *db;      /* NULL: there is none, or it cannot be read */
	struct str database_problem; /* why not; .n is 0 where there is none */
	int64_t now;
	VEC(struct report_project) projects;
	VEC(struct arena *) arenas; /* one per project */
};

/* `path` NULL: the current folder, or what --lockfile says. EXIT_FINE, or the exit code after telling. */
int judge_projects(struct cli *cli, const char *path, struct judged *out);
/* Tells of a database that cannot be read, else of the first lockfile that is missing or could not be read: such a project clears nobody. */
bool judged_unread(const struct judged *judged);
void judged_fini(struct judged *judged); /* for CLEANUP */

#endif
