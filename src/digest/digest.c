/* Hashes, over OpenSSL's EVP. */
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "assay/digest.h"

static const struct {
	const char *name;
	size_t size;
	const EVP_MD *(*evp)(void);
} algorithms[] = {
	[DIGEST_SHA1] = { "sha1", 20, EVP_sha1 },       [DIGEST_SHA224] = { "sha224", 28, EVP_sha224 },
	[DIGEST_SHA256] = { "sha256", 32, EVP_sha256 }, [DIGEST_SHA384] = { "sha384", 48, EVP_sha384 },
	[DIGEST_SHA512] = { "sha512", 64, EVP_sha512 }, [DIGEST_MD5] = { "md5", 16, EVP_md5 },
};

const char *digest_name(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].name;
}

size_t digest_size(enum digest_algorithm algorithm)
{
	return algorithms[algorithm].size;
}

/* Where its own set-up ran out of memory OpenSSL 3 goes on with no lock, and crashes. */
static bool is_ready(void)
{
	return OSSL_LIB_CTX_get0_global_default() != NULL;
}

bool digest_of(enum digest_algorithm algorithm, struct str data, struct digest *out)
{
	struct digest digest = { .algorithm = algorithm };
	if (!is_ready() || EVP_Digest(data.n ? data.p : "", data.n, digest.bytes, NULL, algorithms[algorithm].evp(), NULL) != 1)
		return false;
	*out = digest;
	return true;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
	return a->algorithm == b->algorithm && memcmp(a->bytes, b->bytes, digest_size(a->algorithm)) == 0;
}

void digest_write_hex(const struct digest *digest, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * DIGEST_MAX_SIZE];
	size_t size = digest_size(digest->algorithm);
	for (size_t i = 0; i < size; i++) {
		text[2 * i] = digits[digest->bytes[i] >> 4];
		text[2 * i + 1] = digits[digest->bytes[i] & 15];
	}
	buf_add(out, (struct str){ text, 2 * size });
}

bool digest_read_hex(struct str hex, enum digest_algorithm algorithm, struct digest *out)
{
	struct digest digest = { .algorithm = algorithm };
	if (hex.n != 2 * digest_size(algorithm))
		return false;
	for (size_t i = 0; i < hex.n; i++) {
		int value = ascii_hex_value((unsigned char)hex.p[i]);
		if (value < 0)
			return false;
		digest.bytes[i / 2] = (unsigned char)(digest.bytes[i / 2] << 4 | value);
	}
	*out = digest;
	return true;
}

/* ---- what is not in memory as a whole -------------------------------------------- */

struct hasher {
	enum digest_algorithm algorithm;
	EVP_MD_CTX *evp;
};

struct hasher *hasher_new(enum digest_algorithm algorithm)
{
	struct hasher *hasher = calloc(1, sizeof *hasher);
	if (!hasher)
		return NULL;
	hasher->algorithm = algorithm;
	hasher->evp = is_ready() ? EVP_MD_CTX_new() : NULL;
	if (hasher->evp && EVP_DigestInit_ex(hasher->evp, algorithms[algorithm].evp(), NULL) == 1)
		return hasher;
	hasher_free(hasher);
	return NULL;
}

bool hasher_add(struct hasher *hasher, struct str data)
{
	return data.n == 0 || EVP_DigestUpdate(hasher->evp, data.p, data.n) == 1;
}

bool hasher_finish(struct hasher *hasher, struct digest *out)
{
	struct digest digest = { .algorithm = hasher->algorithm };
	if (EVP_DigestFinal_ex(hasher->evp, digest.bytes, NULL) != 1)
		return false;
	*out = digest;
	return true;
}

void hasher_free(struct hasher *hasher)
{
	if (!hasher)
		return;
	EVP_MD_CTX_free(hasher->evp);
	free(hasher);
}
