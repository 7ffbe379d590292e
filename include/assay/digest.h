/*
 * digest: hashes and Subresource Integrity (W3C SRI as npm's package `ssri` judges it). The only
 * room that includes OpenSSL. Safe on many threads at once.
 */
#ifndef ASSAY_DIGEST_H
#define ASSAY_DIGEST_H

#include "assay/base.h"

#pragma GCC visibility push(default)

/* In rising strength, as ssri ranks them. */
enum digest_algorithm {
	DIGEST_SHA1,
	DIGEST_SHA224,
	DIGEST_SHA256,
	DIGEST_SHA384,
	DIGEST_SHA512,
#define DIGEST_ALGORITHMS 5 /* those that a pin may name */
	DIGEST_MD5,         /* what storage services name beside CRC-32C; no pin, and nothing against attackers */
};
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
bool digest_read_hex(struct str hex, enum digest_algorithm algorithm, struct digest *out); /* of either case; false: it is none */
void digest_write_sri(const struct digest *digest, struct buf *out);                       /* "sha512-…==" */

/* Incremental, for what is not in memory as a whole. */
struct hasher;
struct hasher *hasher_new(enum digest_algorithm algorithm);
bool hasher_add(struct hasher *hasher, struct str data);
bool hasher_finish(struct hasher *hasher, struct digest *out); /* once */
void hasher_free(struct hasher *hasher);

/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): storage services name it as the checksum of what they serve. Not against attackers. */
struct crc32c {
	uint32_t value; /* of what was added so far */
	uint32_t table[4][256];
};
void crc32c_init(struct crc32c *crc);
void crc32c_add(struct crc32c *crc, struct str data);
#define CRC32C_SIZE 4
void crc32c_write(const struct crc32c *crc, unsigned char out[CRC32C_SIZE]); /* as those services encode it: the highest byte first */

/* Several digests, as a lockfile's `integrity` lists them.
 *
 * ssri, without its option `strict` (npm never sets it), lets a part count as soon as its algorithm is known and anything
 * at all stands behind the '-'. It compares the base64 text, so what is not the one standard spelling of a digest of the
 * right length (URL-safe, unpadded, too short) still decides which algorithm is the strongest, and never matches.
 *
 * One deviation: where md5 or another hash that is none of the above stands alone, ssri verifies by it. Here
 * that proves nothing (INTEGRITY_NONE). Beside one of the above neither reader looks at it. */
struct integrity {
	struct digest *digests; /* of known algorithms, well-formed, in the order given */
	size_t count;
	uint32_t hopeless; /* a bit for each algorithm that a part lists with a text that no digest has */
	size_t unknown;    /* parts of another algorithm, or without the form of a part: ignored, as ssri does */
};
/* Parts "<algorithm>-<base64>[?options]" separated by what JavaScript calls white space. STATUS_LIMIT past LIMIT_SRI_LENGTH. */
enum status integrity_parse(struct str text, struct arena *arena, struct integrity *out, struct error *err);
/* The next well-formed digest of such a list, without memory; false: there is none behind. */
bool integrity_next(struct str *rest, struct digest *out);
/* The strongest algorithm listed; false when nothing usable is listed. */
bool integrity_strongest(const struct integrity *integrity, enum digest_algorithm *out);

enum integrity_verdict {
	INTEGRITY_MATCH,
	INTEGRITY_MISMATCH,
	INTEGRITY_NONE, /* nothing usable listed: nothing was proven */
};
/* Whether any digest of the strongest listed algorithm matches. Only that one is computed; `actual` (may be NULL) gets it,
 * and stays as it is with INTEGRITY_NONE. A digest that OpenSSL refuses to compute is a mismatch, `actual` then being all zero. */
enum integrity_verdict integrity_check(const struct integrity *integrity, struct str data, struct digest *actual);

/* The same for a digest that somebody else computed: of the strongest algorithm listed, over all of the data. */
enum integrity_verdict integrity_judge(const struct integrity *integrity, const struct digest *computed);

/* Base64, standard alphabet or URL-safe, padded or not. False when malformed or larger than `size`; `out` may then hold some of it. */
bool base64_decode(struct str text, unsigned char *out, size_t size, size_t *length);
/* Standard alphabet, padded; appends. */
void base64_encode(struct str bytes, struct buf *out);

#pragma GCC visibility pop
#endif
