/* A packed file that the lockfile names by its path: "file:vendor/a-1.0.0.tgz". */
#ifndef ASSAY_TARBALL_OWN_FILE_H
#define ASSAY_TARBALL_OWN_FILE_H

#include "assay/tree.h"

/* Where it lies in the end, or why it is not read. Both NULL: out of memory. */
struct own_file {
	const char *path, *reason;
};
/* `folder`: the lockfile's; `top`: the one that the file must lie in, without links. */
struct own_file own_file_find(const char *folder, const char *top, const struct package *package, struct arena *arena);

#endif
