/* See the header. */
#include "zip_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

enum { PIECE_BYTES = 256 * 1024 };

enum status zip_file_init(struct zip_file *zip, const struct byte_file *file, struct error *err)
{
	*zip = (struct zip_file){ .file = file, .piece = malloc(PIECE_BYTES) };
	return zip->piece ? STATUS_OK : error_memory(err);
}

void zip_file_fini(struct zip_file *zip)
{
	free(zip->piece);
}

static la_ssize_t give_bytes(struct archive *archive, void *context, const void **out)
{
	struct zip_file *zip = context;
	if (!zip->file) {
		struct str rest = str_from(zip->held, (size_t)zip->at);
		*out = rest.n ? rest.p : "";
		zip->at += rest.n;
		return (la_ssize_t)rest.n;
	}
	ptrdiff_t n = zip->file->read_at(zip->file->context, zip->piece, PIECE_BYTES, zip->at);
	if (n < 0) {
		libarchive.archive_set_error(archive, EIO, "the file cannot be read");
		return ARCHIVE_FATAL;
	}
	*out = zip->piece;
	zip->at += (uint64_t)n;
	return n;
}

static la_int64_t seek_bytes(struct archive *archive, void *context, la_int64_t by, int whence)
{
	struct zip_file *zip = context;
	const la_int64_t size = zip->file ? (la_int64_t)zip->file->size : (la_int64_t)zip->held.n;
	la_int64_t from = whence == SEEK_END ? size : whence == SEEK_CUR ? (la_int64_t)zip->at : 0;
	la_int64_t to;
	if (__builtin_add_overflow(from, by, &to) || to < 0) {
		libarchive.archive_set_error(archive, EINVAL, "a place before the beginning");
		return ARCHIVE_FATAL;
	}
	zip->at = (uint64_t)(to < size ? to : size);
	return (la_int64_t)zip->at;
}

int zip_file_open(struct reader *reader, struct zip_file *zip)
{
	return reader_open(reader, zip, give_bytes, seek_bytes);
}
