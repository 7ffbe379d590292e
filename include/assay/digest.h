/*
 * digest: hashes and Subresource Integrity (W3C SRI as npm's package `ssri` judges it). The only
 * room that includes OpenSSL. Safe on many threads at once.
 */
#ifndef ASSAY_DIGEST_H
#define ASSAY_DIGEST_H

#include "assay/base.h"

#pragma GCC visibility push(default)

enum digest_algorithm { /* in rising strength, as ssri ranks them */
	DIGEST_SHA1,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
};
#define DIGEST_ALGORITHMS 4
#define DIGEST_MAX_SIZE 64

const char *digest_name(enum digest_algorithm algorithm); /* "sha512" */
size_t digest_size(enum digest_algorithm algorithm);      /* bytes */

struct digest {
	enum digest_algorithm algorithm;
	unsigned char bytes[DIGEST_MAX_SIZE];
};
bool digest_of(enum digest_algorithm algorithm, struct str data, struct digest *out); /* false: OpenSSL refused */
bool digest_equal(const struct digest *a, const struct digest *b);
void digest_write_hex(const struct digest *digest, struct buf *out);
void digest_write_sri(const struct digest *digest, struct buf *out); /* "sha512-…==" */

/* Incremental, for what is not in memory as a whole. */
struct hasher;
struct hasher *hasher_new(enum digest_algorithm algorithm);
bool hasher_add(struct hasher *hasher, struct str data);
bool hasher_finish(struct hasher *hasher, struct digest *out); /* once */
void hasher_free(struct hasher *hasher);

/* Several digests, as a lockfile's `integrity` lists them. */
struct integrity {
	struct digest *digests; /* of known algorithms, well-formed, in the order given */
	size_t count;
	size_t unknown; /* parts of another algorithm or malformed: ignored, as ssri does, and counted */
};
/* Blank-separated parts "<algorithm>-<base64>[?options]". STATUS_LIMIT past LIMIT_SRI_LENGTH. */
enum status integrity_parse(struct str text, struct arena *arena, struct integrity *out, struct error *err);
/* The strongest algorithm listed; false when nothing usable is listed. */
bool integrity_strongest(const struct integrity *integrity, enum digest_algorithm *out);

enum integrity_verdict {
	INTEGRITY_MATCH,
	INTEGRITY_MISMATCH,
	INTEGRITY_NONE, /* nothing usable listed: nothing was proven */
};
/* Any digest of the strongest listed algorithm matches. `actual` (may be NULL) is what was computed. */
enum integrity_verdict integrity_check(const struct integrity *integrity, struct str data,
                                       struct digest *actual);

/* Base64, standard alphabet or URL-safe, padded or not. False when malformed or larger than `size`. */
bool base64_decode(struct str text, unsigned char *out, size_t size, size_t *length);

#pragma GCC visibility pop
#endif
