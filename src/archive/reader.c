/* See the header. */
#include "reader.h"

#include <errno.h>

struct libarchive libarchive;
static struct library library = { .name = "libarchive", .functions = LIBARCHIVE(LIBRARY_NAME), .pointers = &libarchive };

enum status archive_prepare(struct error *err)
{
	return library_need(&library, err);
}

enum status reader_init(struct reader *reader, enum reader_kind kind, struct error *err)
{
	enum status status = archive_prepare(err);
	if (status)
		return status;
	reader->archive = libarchive.archive_read_new();
	reader->entry = libarchive.archive_entry_new();
	if (!reader->archive || !reader->entry)
		return error_memory(err);
	int (*support)(struct archive * archive) = kind == READER_TAR ? libarchive.archive_read_support_format_tar :
									libarchive.archive_read_support_format_zip_seekable;
	return support(reader->archive) == ARCHIVE_OK ? STATUS_OK : error_memory(err);
}

void reader_fini(struct reader *reader)
{
	if (reader->archive)
		libarchive.archive_read_free(reader->archive);
	if (reader->entry)
		libarchive.archive_entry_free(reader->entry);
}

int reader_open(struct reader *reader, void *context, archive_read_callback *read, archive_seek_callback *seek)
{
	struct archive *archive = reader->archive;
	if (libarchive.archive_read_set_callback_data(archive, context) != ARCHIVE_OK || libarchive.archive_read_set_read_callback(archive, read) != ARCHIVE_OK ||
	    (seek && libarchive.archive_read_set_seek_callback(archive, seek) != ARCHIVE_OK))
		return ARCHIVE_FATAL;
	int result = libarchive.archive_read_open1(archive);
	reader->open = result == ARCHIVE_OK;
	return result;
}

int reader_next(struct reader *reader)
{
	return libarchive.archive_read_next_header2(reader->archive, reader->entry);
}

bool reader_lacks_memory(const struct reader *reader)
{
	return libarchive.archive_errno(reader->archive) == ENOMEM || (!reader->open && !libarchive.archive_error_string(reader->archive));
}

const char *reader_reason(const struct reader *reader)
{
	const char *reason = libarchive.archive_error_string(reader->archive);
	return reason ? reason : "no reason given";
}
