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

void fleet_add_csv(struct buf *out, const struct str *cells, size_t count);
void fleet_add_json_date(struct json_writer *writer, const char *key, int64_t date); /* DATE_NONE: null */
struct str fleet_ago(int64_t date, int64_t now, char out[DATE_TEXT_SIZE]); /* "3 h ago"; "never" */
/* A column of text on a terminal: cut and filled up to `width` characters; 0: as it is. */
void fleet_add_column(struct buf *out, struct str text, size_t width);

#endif
