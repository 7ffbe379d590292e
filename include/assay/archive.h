/*
 * archive: gzip, tar and zip, from memory, under limits, never onto the disk. The only room that includes
 * libarchive and libdeflate. Safe on many threads at once, one reader per thread.
 */
#ifndef ASSAY_ARCHIVE_H
#define ASSAY_ARCHIVE_H

#include "assay/base.h"

#pragma GCC visibility push(default)

/* Reused from one tarball to the next, so that memory is claimed once. One per thread. */
struct inflater;
struct inflater *inflater_new(void);
void inflater_free(struct inflater *inflater);
/* A whole gzip file, concatenated members included, into memory that the inflater owns until the next call.
 * STATUS_INVALID: not gzip, cut short, bad checksum, trailing bytes (*out then holds what came before the trailing bytes);
 * STATUS_LIMIT: more than `max` bytes, or more than LIMIT_TARBALL_RATIO times what was packed. */
enum status inflater_run(struct inflater *inflater, struct str packed, size_t max, struct str *out,
                         struct error *err);

enum tar_type { TAR_FILE, TAR_FOLDER, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER };
struct tar_entry {
	enum tar_type type;
	struct str path;   /* as the archive has it, pax and GNU long names applied */
	struct str link;   /* where a link points */
	struct str data;   /* TAR_FILE: its bytes; a view into the inflated text or a copy that lives until the next entry */
	uint32_t mode;     /* permission, setuid, setgid and sticky bits */
};
/* Calls `entry` for each entry in order; it returns false to stop early (which is no error). `tar` is inflated.
 * STATUS_INVALID where the stream is no tar or is cut; STATUS_LIMIT past LIMIT_TARBALL_ENTRIES. */
enum status tar_walk(struct str tar, bool (*entry)(void *context, const struct tar_entry *entry),
                     void *context, struct error *err);

/* Calls `entry` for each regular file of a zip on disk; `data` lives until it returns. Entries past `max_entry` bytes are given with
 * .p NULL and .n their size. STATUS_INVALID where it is no zip or is cut short. `entry` returns false to stop. */
enum status zip_walk(const char *path, size_t max_entry,
                     bool (*entry)(void *context, struct str name, struct str data), void *context,
                     struct error *err);

#pragma GCC visibility pop
#endif
