/* yarn berry's zips: a package as it lies in yarn's cache, which the lockfile's `checksum` is of. */
#ifndef ASSAY_TARBALL_YARN_ZIP_H
#define ASSAY_TARBALL_YARN_ZIP_H

#include "assay/tarball.h"

/* "10c0/<hex>", or the hex alone, as the digest of the zip; false where it is none. */
bool yarn_zip_digest(struct str checksum, struct digest *out);
/* The zip's path in `folder`, named after the checksum or after the cache's key; NULL: it is not there. */
const char *yarn_zip_find(const char *folder, const struct package *package, struct arena *arena);

#endif
