/* See the header. */
#include "reader.h"

#include <errno.h>

bool reader_init(struct reader *reader, int (*support)(struct archive *archive))
{
	reader->archive = archive_read_new();
	reader->entry = archive_entry_new();
	return reader->archive && reader->entry && support(reader->archive) == ARCHIVE_OK;
}

void reader_fini(struct reader *reader)
{
	if (reader->archive)
		archive_read_free(reader->archive);
	if (reader->entry)
		archive_entry_free(reader->entry);
}

int reader_open(struct reader *reader, void *context, archive_read_callback *read, archive_seek_callback *seek)
{
	struct archive *archive = reader->archive;
	if (archive_read_set_callback_data(archive, context) != ARCHIVE_OK || archive_read_set_read_callback(archive, read) != ARCHIVE_OK ||
	    (seek && archive_read_set_seek_callback(archive, seek) != ARCHIVE_OK))
		return ARCHIVE_FATAL;
	int result = archive_read_open1(archive);
	reader->open = result == ARCHIVE_OK;
	return result;
}

int reader_next(struct reader *reader)
{
	return archive_read_next_header2(reader->archive, reader->entry);
}

bool reader_lacks_memory(const struct reader *reader)
{
	return archive_errno(reader->archive) == ENOMEM || (!reader->open && !archive_error_string(reader->archive));
}

const char *reader_reason(const struct reader *reader)
{
	const char *reason = archive_error_string(reader->archive);
	return reason ? reason : "no reason given";
}
