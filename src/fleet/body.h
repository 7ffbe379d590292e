/* A tree as bytes, and back: what a store keeps of a lockfile, so that it can be judged anew without the project. */
#ifndef FLEET_BODY_H
#define FLEET_BODY_H

#include "assay/tree.h"

/* Without digests, which are the store's own rows, and without URLs and licenses: no rule that is asked again needs them. */
enum status body_write(const struct tree *tree, struct buf *out, struct error *err);
/* Over the bytes that body_write() gave, and the packages' digests: equal for equal trees. False: OpenSSL refused. */
bool body_digest(struct str body, const struct tree *tree, unsigned char out[32]);
/* A finished tree in `arena`. STATUS_INVALID: damaged. */
enum status body_read(struct str body, struct arena *arena, struct tree **out, struct error *err);

#endif
