/* The commands that a lockfile's entry lists. */
#ifndef ASSAY_LOCKFILE_BINS_H
#define ASSAY_LOCKFILE_BINS_H

#include "assay/json.h"
#include "assay/tree.h"

/* `bin` of the package added last: an object, or the one file of a command that is called like the package. What else it may be says
 * nothing. False: out of memory. */
bool lockfile_add_bins(struct tree *tree, const struct json *bin);

#endif
