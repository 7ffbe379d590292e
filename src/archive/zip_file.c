/* See the header. */
#include "zip_file.h"

#include <errno.h>
#include <stdio.h>

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **out)
{
	struct zip_file *zip = context;
	ptrdiff_t n = zip->file->read_at(zip->file->context, zip->piece, sizeof zip->piece, zip->at);
	if (n < 0) {
		archive_set_error(archive, EIO, "the file cannot be read");
		return ARCHIVE_FATAL;
	}
	*out = zip->piece;
	zip->at += (uint64_t)n;
	return n;
}

static la_int64_t seek_bytes(struct archive *archive, void *context, la_int64_t by, int whence)
{
	struct zip_file *zip = context;
	const la_int64_t size = (la_int64_t)zip->file->size;
	la_int64_t from = whence == SEEK_END ? size : whence == SEEK_CUR ? (la_int64_t)zip->at : 0;
	la_int64_t to;
	if (__builtin_add_overflow(from, by, &to) || to < 0) {
		archive_set_error(archive, EINVAL, "a place before the beginning");
		return ARCHIVE_FATAL;
	}
	zip->at = (uint64_t)(to < size ? to : size);
	return (la_int64_t)zip->at;
}

int zip_file_open(struct archive *archive, struct zip_file *zip)
{
	if (archive_read_set_seek_callback(archive, seek_bytes) != ARCHIVE_OK)
		return ARCHIVE_FATAL;
	return archive_read_open(archive, zip, NULL, give_bytes, NULL);
}
