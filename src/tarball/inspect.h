/* What tarball_inspect() does, under limits that a test can reach. */
#ifndef ASSAY_TARBALL_INSPECT_H
#define ASSAY_TARBALL_INSPECT_H

#include "assay/archive.h"
#include "assay/tarball.h"

/* As long as the file lives. */
struct byte_file tarball_bytes_of(const struct tarball_file *file);

struct inspect_limits {
	size_t unpacked_bytes, entries, path_bytes, manifest_bytes, noted_bytes, memory_bytes;
};

enum status inspect_within(const struct proven_tarball *tarball, struct inflater *inflater, const struct inspect_limits *limits, struct buf *out,
			   struct error *err);

#endif
