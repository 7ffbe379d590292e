/* What the commands of the fleet share. */
#ifndef CLI_FLEET_H
#define CLI_FLEET_H

#include "assay/fleet.h"
#include "assay/json.h"
#include "cli/cli.h"

enum fleet_format { FLEET_TEXT, FLEET_JSON, FLEET_CSV };
/* EXIT_FINE, or EXIT_USAGE after telling. */
int fleet_format(struct cli *cli, enum fleet_format *out);
/* EXIT_FINE, or the exit code after telling. */
int fleet_open_store(struct cli *cli, bool write, struct fleet **out);
/* --name, --owner, --tag. */
struct fleet_filter fleet_filter_of(const struct cli *cli);
/* EXIT_FINE, or EXIT_INCOMPLETE after telling that these fit no project: one that is misspelt clears nobody. */
int fleet_check_picked(struct fleet *fleet, struct fleet_filter filter);
/* Whoever answers for it: as given, else each whom CODEOWNERS names, with ", " between. Empty: nobody. */
void fleet_add_owners(struct buf *out, const struct fleet_project *project);

/* A list of findings, and how many it has. */
struct findings_view {
	enum fleet_format format;
	struct buf *out;
	struct json_writer *writer; /* FLEET_JSON: where an array is open */
	size_t count, waived;
	bool one_project; /* whose name need not stand in each line */
};
bool fleet_show_finding(void *view, const struct fleet_finding *finding);
void fleet_add_finding_heads(struct buf *out); /* of CSV */

/* Callbacks of what goes over all projects; `context` is a struct fleet_view. */
struct fleet_view {
	struct progress progress;
	const char *what; /* is counted */
};
void fleet_show_progress(void *context, size_t done, size_t total);
void fleet_tell_failed(void *context, const struct fleet_project *project, const char *why);
/* What is asked of all projects, from the command line; the database is told where it cannot be opened. EXIT_FINE, else after telling. */
int fleet_scan_options(struct cli *cli, struct fleet_view *view, struct fleet_scan_options *out);

/* ---- fleet run: lines of JSON on standard output --------------------------------------- */

/* "time" and "event" of a line, whose object stays open. NULL: out of memory. */
struct json_writer *fleet_log_begin(const char *event);
/* Writes it out at once, and frees the writer (NULL: out of memory). EXIT_FINE or EXIT_INCOMPLETE. */
int fleet_log_end(struct json_writer *writer);
/* --notify, --notify-file: EXIT_FINE, or EXIT_USAGE or EXIT_INCOMPLETE after telling. They live in cli->arena. */
struct notify_target;
int fleet_notify_targets(struct cli *cli, struct notify_target **out, size_t *count);
/* What the log and the addresses were not told. *found: errors among it that stand; *untold: an address could not be told. */
int fleet_tell_news(struct cli *cli, struct fleet *fleet, const struct notify_target *targets, size_t count, bool *found, bool *untold);

/* What was written, in whatever format; of JSON the document is ended first. EXIT_FINE, else after telling. */
int fleet_write(struct cli *cli, enum fleet_format format, struct json_writer *writer, struct buf *out);
/* `key` NULL: in an array. */
void fleet_write_project_json(struct json_writer *writer, const char *key, const struct fleet_project *project);
void fleet_add_csv(struct buf *out, const struct str *cells, size_t count);
struct str fleet_ago(int64_t date, int64_t now, char out[DATE_TEXT_SIZE]); /* "3 h ago"; "never" */
/* A column of text on a terminal: cut and filled up to `width` characters; 0: as it is. */
void fleet_add_column(struct buf *out, struct str text, size_t width);

#endif
