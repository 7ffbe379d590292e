/* Bytes that can be read from anywhere, or that are held, as libarchive's reader of zips wants them. */
#ifndef ASSAY_ARCHIVE_ZIP_FILE_H
#define ASSAY_ARCHIVE_ZIP_FILE_H

#include "reader.h"

struct zip_file {
	const struct byte_file *file; /* NULL: `held` it is */
	struct str held;
	uint64_t at;
	char *piece; /* of the file */
};
/* Of a file; what is held needs nothing. STATUS_MEMORY, and nothing to be freed. */
enum status zip_file_init(struct zip_file *zip, const struct byte_file *file, struct error *err);
void zip_file_fini(struct zip_file *zip); /* also for CLEANUP */
int zip_file_open(struct reader *reader, struct zip_file *zip);

#endif
