/* The headers that stand before an entry's own: pax records, GNU's long names. */
#ifndef ARCHIVE_TAR_EXTENSION_H
#define ARCHIVE_TAR_EXTENSION_H

#include "assay/base.h"

/* Why not every reader takes an entry's own header for the same, or NULL. */
const char *tar_header_problem(const char *header);
/* Likewise those that stand before it. `type` is that of the entry's own header. */
const char *tar_extension_problem(struct str headers, char type);

#endif
