/*
 * archive: gzip, tar and zip, from memory or piece by piece, under limits, never onto the disk. The only room that includes
 * libarchive, libdeflate, zlib and utf8proc. Safe on many threads at once, one reader per thread.
 */
#ifndef ASSAY_ARCHIVE_H
#define ASSAY_ARCHIVE_H

#include "assay/base.h"

#pragma GCC visibility push(default)

/* Before a worker is started, which can open no file any more: libarchive, which is bound when the first tar or zip is opened, is bound. */
enum status archive_prepare(struct error *err);

/* Reused from one tarball to the next, so that memory is claimed once. One per thread. */
struct inflater;
struct inflater *inflater_new(void);           /* NULL: out of memory */
void inflater_free(struct inflater *inflater); /* NULL is fine */
/* A whole gzip file (RFC 1952), concatenated members included, into memory that the inflater owns until the next call. What
 * the file claims about its size is never believed; what is kept from one call to the next is bounded.
 * `trailing` (may be NULL: then they are STATUS_INVALID) is the number of bytes behind the last member; zeros up
 * to the end are padding and do not count, as gzip and Node have it.
 * STATUS_INVALID: not gzip, cut short, a wrong checksum; STATUS_LIMIT: more than `max` bytes, or more than
 * LIMIT_TARBALL_RATIO times what was packed. */
enum status inflater_run(struct inflater *inflater, struct str packed, size_t max, struct str *out, size_t *trailing, struct error *err);
/* Whether it begins as a gzip file does. */
bool gzip_is(struct str bytes);

/* How much of what was inflated it may hold from now on: inflater_run() past that is STATUS_LIMIT; gzip_in reads what is larger. Without a
 * word it is as much as the caller's `max`. */
void inflater_set_hold(struct inflater *inflater, size_t bytes);
size_t inflater_hold(const struct inflater *inflater);

/* Where bytes come from that are not held as a whole. `read` puts at most `size` bytes at `out`: how many, 0 at the end, -1 with `err` set. */
struct byte_source {
	ptrdiff_t (*read)(void *context, char *out, size_t size, struct error *err);
	void *context;
};
/* Bytes in memory as such a source. */
struct str_source {
	struct str rest;
};
struct byte_source str_source_of(struct str_source *source);
/* Bytes that are not held as a whole, to be read from anywhere in them: `read_at` gives as many of `size` as there are, -1 where they
 * cannot be had. */
struct byte_file {
	ptrdiff_t (*read_at)(void *context, char *out, size_t size, uint64_t at);
	void *context;
	uint64_t size;
};
/* The same from the first to the last, in order; where there are fewer than `size` by then, STATUS_IO. */
struct file_source {
	const struct byte_file *file;
	uint64_t at; /* how many were read */
};
struct byte_source file_source_of(struct file_source *source);

/* inflater_run() for what is too large to be held: the same statuses, some 300 KB of memory, half as fast. `packed_bytes`: how many `packed`
 * has, which decides what ratio is allowed. `packed` itself must live as long. NULL: out of memory. */
struct gzip_in;
struct gzip_in *gzip_in_new(const struct byte_source *packed, uint64_t packed_bytes, uint64_t max);
void gzip_in_free(struct gzip_in *gzip); /* NULL is fine */
void gzip_in_cleanup(struct gzip_in **gzip);
struct byte_source gzip_in_source(struct gzip_in *gzip);
/* Once its end was reached, as inflater_run() has it. */
uint64_t gzip_in_trailing(const struct gzip_in *gzip);

/* The other way: a gzip file of `data` in `out`, which is cleared first and failed where memory is out. */
enum deflate_effort {
	DEFLATE_QUICK, /* what is written often and read here */
	DEFLATE_TIGHT, /* as tight as DEFLATE can be: what is written once and fetched by many */
};
struct deflater;
struct deflater *deflater_new(enum deflate_effort effort); /* NULL: out of memory */
void deflater_free(struct deflater *deflater);             /* NULL is fine */
void deflater_run(struct deflater *deflater, struct str data, struct buf *out);

/* Files, folders and links are what npm's reader takes for such; whatever else (devices, fifos, sparse files, kinds that
 * nobody defined, files that name a link's target) is TAR_OTHER: libarchive would show some of these as files, npm drops them. */
enum tar_type { TAR_FILE, TAR_FOLDER, TAR_SYMLINK, TAR_HARDLINK, TAR_OTHER };
struct tar_entry {
	enum tar_type type;
	struct str path; /* as the archive has it, pax and GNU long names applied; any bytes */
	struct str link; /* where a link points */
	struct str data; /* TAR_FILE: its bytes, a view into `tar`; of a source the first `max_data` of them, until `entry` returns */
	uint64_t size;   /* TAR_FILE: how many it has */
	uint32_t mode;   /* permission, setuid, setgid and sticky bits */
};
/* Calls `entry` for each entry in order; it returns false to stop early (which is no error). `tar` is inflated; no copy of
 * any file is made. `behind` (may be NULL) is the number of bytes from the first that is not zero behind the
 * end mark.
 * STATUS_INVALID where the stream is no tar, is cut, or goes on behind a half end mark (one empty block, where some readers
 * stop and npm's does not); STATUS_LIMIT past `max_entries` entries. */
enum status tar_walk(struct str tar, size_t max_entries, bool (*entry)(void *context, const struct tar_entry *entry), void *context, size_t *behind,
		     struct error *err);

/* The same of a source, which is read to its end unless `entry` stops it. Held are a window of the tar, which grows with the headers that stand before
 * an entry (STATUS_LIMIT past 4 MiB of them), and the entry's data. What `tar` fails with is passed on. */
enum status tar_walk_source(const struct byte_source *tar, size_t max_entries, size_t max_data,
			    bool (*entry)(void *context, const struct tar_entry *entry), void *context, uint64_t *behind, struct error *err);

/* The same for whoever wants every byte and holds none: `piece` is given those of a file one after the other before `entry` is called for it, also of one that
 * turns out to be TAR_OTHER. */
enum status tar_walk_pieces(const struct byte_source *tar, size_t max_entries, size_t max_data, void (*piece)(void *context, struct str bytes),
			    bool (*entry)(void *context, const struct tar_entry *entry), void *context, struct error *err);

/* As a disk that ignores letter case and Unicode forms compares it: full case folding, NFC. Malformed UTF-8 stays. `path` itself where it
 * folds to itself, else in the arena; .p is NULL when out of memory. */
struct str path_fold(struct str path, struct arena *arena);

/* Calls `entry` for each regular file of a zip on disk; `data` lives until it returns. Entries past `max_entry` bytes are given with
 * .p NULL and .n their size. STATUS_INVALID where it is no zip, is cut short or damaged; STATUS_UNSUPPORTED for an encrypted entry;
 * STATUS_LIMIT for an entry that holds more than `max_entry` and says less; STATUS_NOT_FOUND, STATUS_IO. `entry` returns false to stop. */
enum status zip_walk(const char *path, size_t max_entry, bool (*entry)(void *context, struct str name, struct str data), void *context, struct error *err);

/* The same of a zip that lies elsewhere; errors do not name it. */
enum status zip_walk_elsewhere(const struct byte_file *file, size_t max_entry, bool (*entry)(void *context, struct str name, struct str data),
			       void *context, struct error *err);

/* The same of a zip in memory, with every entry as tar_walk gives it; `data` lives until `entry` returns. STATUS_LIMIT past `max_entries`
 * entries or `max_bytes` unpacked bytes in all. */
enum status zip_walk_entries(struct str zip, size_t max_entries, size_t max_bytes, bool (*entry)(void *context, const struct tar_entry *entry),
			     void *context, struct error *err);

/* The same of such a file, whose entries are held up to `max_data` bytes each. */
enum status zip_walk_file(const struct byte_file *file, size_t max_entries, uint64_t max_bytes, size_t max_data,
			  bool (*entry)(void *context, const struct tar_entry *entry), void *context, struct error *err);

/* Likewise, with `piece` as tar_walk_pieces() has it. */
enum status zip_walk_pieces(const struct byte_file *file, size_t max_entries, uint64_t max_bytes, size_t max_data,
			    void (*piece)(void *context, struct str bytes), bool (*entry)(void *context, const struct tar_entry *entry),
			    void *context, struct error *err);

/* A zip that is written: entries deflated one by one, without dates, under its name only when it is whole. At most 4 GB. */
struct zip_out;
enum status zip_out_begin(const char *path, struct zip_out **out, struct error *err);
enum status zip_out_add(struct zip_out *zip, struct str name, struct str data, struct error *err);
enum status zip_out_finish(struct zip_out *zip, struct error *err);
void zip_out_free(struct zip_out *zip); /* NULL is fine; what was not finished leaves nothing behind */
void zip_out_cleanup(struct zip_out **zip);

#pragma GCC visibility pop
#endif
