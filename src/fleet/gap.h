/* Why a lockfile that was read, or is missing, does not tell all packages, or a package.json what they will be: as the store keeps it. */
#ifndef ASSAY_FLEET_GAP_H
#define ASSAY_FLEET_GAP_H

#include "assay/tree.h"

#define KEPT_GAP_MISSING "no-lockfile"     /* it is a package.json without one */
#define KEPT_GAP_UNSUPPORTED "unsupported" /* it is of a kind that is not read */
#define KEPT_GAP_UNNAMED "unnamed"         /* an SBOM that tells some packages without saying whose they are */
#define KEPT_GAP_INCOMPLETE "incomplete"   /* an SBOM that says so itself */
#define KEPT_GAP_UNREADABLE "unreadable"   /* it is a package.json beside a lockfile: what it asks for that this does not have is not known */

/* The KEPT_GAP of an SBOM that was read; NULL: it has none. */
const char *fleet_gap_of_tree(const struct tree *tree);

#endif
