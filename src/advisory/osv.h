/* What the two halves of reading a record share: osv.c reads who it is, osv_affected.c what it affects. */
#ifndef ADVISORY_OSV_H
#define ADVISORY_OSV_H

#include "advisory/private.h"

struct osv_reader {
	struct arena *arena;
	struct error *err;
};
/* STATUS_INVALID, with the place. */
enum status osv_broken(const struct osv_reader *r, const struct json *at, const char *what);
/* With the text that was found, too. */
enum status osv_broken_text(const struct osv_reader *r, const struct json *at, const char *what);
/* The packages, their ranges and versions. */
enum status osv_read_affected(const struct osv_reader *r, const struct json *record, struct osv_record *out);

#endif
