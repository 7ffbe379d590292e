/* Refusals that quote the input, which is untrusted: cut and made visible. */
#ifndef LOCKFILE_REFUSE_H
#define LOCKFILE_REFUSE_H

#include "assay/json.h"

/* STATUS_INVALID at a member (its key's place) or a value: `"WHAT" PROBLEM`. */
enum status refuse(struct error *err, const struct json *at, struct str what, const char *problem);
/* The same where no node has the place. */
enum status refuse_line(struct error *err, uint32_t line, uint32_t column, struct str what, const char *problem);
/* Tells an error that has no place yet that it is about this node; NULL: it stays without one. */
enum status refuse_place(struct error *err, const struct json *at);
/* A dependency that must have an entry and has none: names it, its spec and who asks. */
enum status refuse_unresolved(struct error *err, const struct json *spec, struct str asks);
/* The node, a member `what` of something, is of this type; NULL is fine. STATUS_INVALID with its place. */
enum status require_type(struct error *err, const struct json *json, enum json_type type, const char *what);

#endif
