/*
 * What the formats share.
 */
#ifndef ASSAY_REPORT_PRIVATE_H
#define ASSAY_REPORT_PRIVATE_H

#include "assay/json.h"
#include "assay/report.h"

enum status report_json_write(const struct report *report, struct buf *out, struct error *err);
enum status report_text_write(const struct report *report, struct buf *out, struct error *err);

/* The project's "inventory", where its tarballs were read. */
void inventory_add(struct json_writer *out, const struct scan *scan);

/* Which of the user's own packages bring each package: numbers of roots and workspaces, rising. */
struct importers {
	uint32_t *v;
	size_t n, capacity;
};
/* One list for each package of the tree, in `arena`; those that are not wanted stay empty. */
enum status importers_find(const struct tree *tree, const bool *wanted, struct arena *arena, struct importers **out,
			   struct error *err);

#endif
