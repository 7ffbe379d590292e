/* Bytes that can be read from anywhere, as libarchive's reader of zips wants them. */
#ifndef ASSAY_ARCHIVE_ZIP_FILE_H
#define ASSAY_ARCHIVE_ZIP_FILE_H

#include <archive.h>

#include "assay/archive.h"

struct zip_file {
	const struct byte_file *file;
	uint64_t at;
	char piece[256 * 1024];
};
int zip_file_open(struct archive *archive, struct zip_file *zip);

#endif
