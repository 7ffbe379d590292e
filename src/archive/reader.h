/*
 * reader: libarchive's reader of one archive with one format enabled. Where memory lacks, libarchive 3.6 to 3.8 goes on with pointers that it did not
 * get: in its own entry, in the data of its callbacks, in the short ways of opening. So what it is given is allocated and checked here.
 */
#ifndef ASSAY_ARCHIVE_READER_H
#define ASSAY_ARCHIVE_READER_H

#include <archive.h>
#include <archive_entry.h>

#include "assay/archive.h"

struct reader {
	struct archive *archive;
	struct archive_entry *entry; /* the present one */
	bool open;
};

/* False: out of memory; what is there is to be cleaned up in any case. `support` is archive_read_support_format_tar or one like it. */
bool reader_init(struct reader *reader, int (*support)(struct archive *archive));
void reader_fini(struct reader *reader); /* also for CLEANUP */
/* Both give what libarchive's own functions give. `seek` NULL: only forward. */
int reader_open(struct reader *reader, void *context, archive_read_callback *read, archive_seek_callback *seek);
int reader_next(struct reader *reader);
/* Behind a failure: was it for want of memory? Where it could not even be opened, libarchive does not always say so. */
bool reader_lacks_memory(const struct reader *reader);
const char *reader_reason(const struct reader *reader);

#endif
