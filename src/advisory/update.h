/* What the two halves of the update share: update.c decides, update_fetch.c asks the server. */
#ifndef ADVISORY_UPDATE_H
#define ADVISORY_UPDATE_H

#include "advisory/changes.h"
#include "advisory/private.h"
#include "assay/digest.h"
#include "assay/net.h"

struct fetch {
	struct advisory_update *update;
	struct http *http;
	struct arena *arena;
	const char *base; /* without '/' at its end */
	bool whole;       /* `base` is one file with all records, not a bucket */
};
enum status fetch_begin(struct fetch *fetch, struct advisory_update *update, struct arena *arena, struct error *err);
void fetch_fini(struct fetch *fetch);

/* all.zip into a file. */
struct fetched_zip {
	struct str etag, modified; /* asked with, when .n; then what the answer said */
	bool unchanged;            /* 304: no file was written */
	char sha256[65];
};
enum status fetch_zip(struct fetch *fetch, const char *path, struct fetched_zip *zip, struct error *err);

/* modified_id.csv, up to what is older than `since`. */
enum status fetch_changes(struct fetch *fetch, struct writer *writer, int64_t since, struct changes *out, struct error *err);

/* Records, into the job. What the server does not have, or not as its checksum says, is skipped and named; STATUS_NETWORK where it does not answer. */
enum status fetch_records(struct fetch *fetch, struct import_job *job, const struct changes *changes, struct error *err);

/* A whole file from another server, which may send on to itself alone; malloc'ed. */
enum status fetch_file(struct fetch *fetch, const char *url, struct str *out, struct error *err);

/* ---- checksum.c ------------------------------------------------------------------------ */

/* What a storage service names for what it serves. One of zeros is not begun yet. */
struct checksum {
	struct crc32c crc;
	struct hasher *md5; /* NULL: OpenSSL refuses to (FIPS); then it is not looked at */
};
void checksum_begin(struct checksum *checksum); /* again, too */
void checksum_add(struct checksum *checksum, struct str bytes);
/* Whichever of crc32c and md5 stands in `stated` ("crc32c=AAAAAA==,md5=…") must be that of the bytes: STATUS_INVALID. Once. */
enum status checksum_check(struct checksum *checksum, const char *url, const char *stated, struct error *err);
void checksum_fini(struct checksum *checksum);

#endif
