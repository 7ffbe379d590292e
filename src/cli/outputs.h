/* The reports of one run: which were asked for, and where they go. */
#ifndef CLI_OUTPUTS_H
#define CLI_OUTPUTS_H

#include "assay/report.h"
#include "cli/cli.h"

struct output {
	const struct report_format *format;
	const char *path; /* NULL: standard output */
};

/* From --format and -o; an unknown format, or two reports for one place, is a wrong call and known before anything is scanned. */
int outputs_parse(struct cli *cli, struct output **out, size_t *count);
/* Files first, each whole or not at all; then standard output, which tells how that went. Gives the exit code. */
int outputs_write(struct cli *cli, const struct output *outputs, size_t count, struct report *report);

#endif
