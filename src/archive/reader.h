/*
 * reader: libarchive's reader of one archive with one format enabled. Where memory lacks, libarchive 3.6 to 3.8 goes on with pointers that it did not
 * get: in its own entry, in the data of its callbacks, in the short ways of opening. So what it is given is allocated and checked here.
 */
#ifndef ASSAY_ARCHIVE_READER_H
#define ASSAY_ARCHIVE_READER_H

#include <archive.h>
#include <archive_entry.h>

#include "assay/archive.h"
#include "base/library.h"

/* Bound when the first reader is made, or by archive_prepare(). */
#define LIBARCHIVE(FUNCTION) \
	FUNCTION(archive_entry_filetype) \
	FUNCTION(archive_entry_free) \
	FUNCTION(archive_entry_hardlink) \
	FUNCTION(archive_entry_is_encrypted) \
	FUNCTION(archive_entry_new) \
	FUNCTION(archive_entry_pathname) \
	FUNCTION(archive_entry_perm) \
	FUNCTION(archive_entry_size) \
	FUNCTION(archive_entry_symlink) \
	FUNCTION(archive_errno) \
	FUNCTION(archive_error_string) \
	FUNCTION(archive_filter_bytes) \
	FUNCTION(archive_format) \
	FUNCTION(archive_read_data_block) \
	FUNCTION(archive_read_data_skip) \
	FUNCTION(archive_read_free) \
	FUNCTION(archive_read_header_position) \
	FUNCTION(archive_read_new) \
	FUNCTION(archive_read_next_header2) \
	FUNCTION(archive_read_open1) \
	FUNCTION(archive_read_set_callback_data) \
	FUNCTION(archive_read_set_read_callback) \
	FUNCTION(archive_read_set_seek_callback) \
	FUNCTION(archive_read_support_format_tar) \
	FUNCTION(archive_read_support_format_zip_seekable) \
	FUNCTION(archive_set_error)
extern struct libarchive {
	LIBARCHIVE(LIBRARY_POINTER)
} libarchive;

enum reader_kind { READER_TAR, READER_ZIP };
struct reader {
	struct archive *archive;
	struct archive_entry *entry; /* the present one */
	bool open;
};

/* What is there is to be cleaned up in any case. Zips are read by their central directory. */
enum status reader_init(struct reader *reader, enum reader_kind kind, struct error *err);
void reader_fini(struct reader *reader); /* also for CLEANUP */
/* Both give what libarchive's own functions give. `seek` NULL: only forward. */
int reader_open(struct reader *reader, void *context, archive_read_callback *read, archive_seek_callback *seek);
int reader_next(struct reader *reader);
/* Behind a failure: was it for want of memory? Where it could not even be opened, libarchive does not always say so. */
bool reader_lacks_memory(const struct reader *reader);
const char *reader_reason(const struct reader *reader);

#endif
