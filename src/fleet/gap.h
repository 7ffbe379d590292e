/* Why a lockfile that was read, or is missing, does not tell all packages, or a package.json what they will be: as the store keeps it. */
#ifndef ASSAY_FLEET_GAP_H
#define ASSAY_FLEET_GAP_H

#define KEPT_GAP_MISSING "no-lockfile"     /* it is a package.json without one */
#define KEPT_GAP_UNSUPPORTED "unsupported" /* it is of a kind that is not read */
#define KEPT_GAP_UNNAMED "unnamed"         /* an SBOM that tells some packages without saying whose they are */

#define KEPT_GAP_UNREADABLE "unreadable" /* it is a package.json beside a lockfile: what it asks for that this does not have is not known */

#endif
