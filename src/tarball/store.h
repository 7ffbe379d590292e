/* assay's own store of tarballs, by digest. */
#ifndef ASSAY_TARBALL_STORE_H
#define ASSAY_TARBALL_STORE_H

#include <sys/stat.h>

#include "assay/tarball.h"

/* "<store>/sha512/ab/cdef…", NUL-terminated, in place of what `out` holds. */
bool store_path(const char *folder, const struct digest *digest, struct buf *out);
/* The tarball must have been proven to have that digest. */
enum status store_keep(const char *folder, const struct digest *digest, const struct proven_tarball *tarball, struct error *err);
/* Its last use was noted more than a day ago. */
bool store_is_stale(const struct stat *info);
/* It was used: so it is thrown away later. Says so once an hour. */
void store_touch(int fd);

#endif
