/*
 * Subresource Integrity (W3C) as npm's package `ssri` judges it; the header says where it is lenient and where not.
 * A lockfile's author and its checker must read the same text the same way: what npm would refuse is a mismatch here.
 */
#include <openssl/evp.h>

#include "assay/digest.h"
#include "assay/limits.h"

/* With padding and the NUL that OpenSSL adds. */
enum { DIGEST_BASE64_SIZE = (DIGEST_MAX_SIZE + 2) / 3 * 4 + 1 };

static struct str write_base64(const struct digest *digest, char out[DIGEST_BASE64_SIZE])
{
	int n = EVP_EncodeBlock((unsigned char *)out, digest->bytes, (int)digest_size(digest->algorithm));
	return (struct str){ out, (size_t)n };
}

void digest_write_sri(const struct digest *digest, struct buf *out)
{
	char text[DIGEST_BASE64_SIZE];
	buf_add_z(out, digest_name(digest->algorithm));
	buf_add_char(out, '-');
	buf_add(out, write_base64(digest, text));
}

/* What `\s` matches in JavaScript: WhiteSpace and LineTerminator of ECMA-262, section 12. */
static bool is_js_space(uint32_t code)
{
	return code == ' ' || (code >= '\t' && code <= '\r') || code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) ||
	       code == 0x2028 || code == 0x2029 || code == 0x202f || code == 0x205f || code == 0x3000 || code == 0xfeff;
}

/* Takes the next part off `rest`, which may be empty between two blanks; false when `rest` is used up. */
static bool next_part(struct str *rest, struct str *part)
{
	if (rest->n == 0)
		return false;
	/* Nearly always that is all. */
	size_t i = str_plain_length(str_head(*rest, str_find(*rest, ' '))), n = 0;
	while (i < rest->n) {
		uint32_t code = 0;
		unsigned char c = (unsigned char)rest->p[i];
		if (c > ' ' && c < 0x7f) {
			i++;
			continue;
		}
		n = utf8_next(str_from(*rest, i), &code);
		if (n && is_js_space(code))
			break;
		i += n ? n : 1;
		n = 0;
	}
	*part = str_head(*rest, i);
	*rest = str_from(*rest, i + n);
	return true;
}

static bool find_algorithm(struct str name, enum digest_algorithm *out)
{
	for (size_t i = 0; i < DIGEST_ALGORITHMS; i++) {
		if (str_equal_z(name, digest_name((enum digest_algorithm)i))) {
			*out = (enum digest_algorithm)i;
			return true;
		}
	}
	return false;
}

/* Only the spelling that an encoder gives: a digest has just one text that ssri takes for it. So it is padded, of the standard
 * alphabet, and the bits that the last digit has too many are zero: the digits of the last bytes, encoded again, are those. */
static bool is_canonical(struct str base64, const struct digest *digest)
{
	size_t size = digest_size(digest->algorithm), whole = size / 3;
	char again[8] = "";
	if (base64.n != (size + 2) / 3 * 4 || str_find(base64, '-') < base64.n || str_find(base64, '_') < base64.n)
		return false;
	if (size % 3)
		EVP_EncodeBlock((unsigned char *)again, digest->bytes + 3 * whole, (int)(size % 3));
	return str_equal_z(str_from(base64, 4 * whole), again);
}

static bool parse_digest(struct str base64, enum digest_algorithm algorithm, struct digest *out)
{
	size_t n = 0;
	out->algorithm = algorithm;
	return base64_decode(base64, out->bytes, sizeof out->bytes, &n) && n == digest_size(algorithm) && is_canonical(base64, out);
}

struct listing {
	VEC(struct digest) digests;
	uint32_t hopeless;
	size_t unknown;
};

/* False: of no known algorithm, or without the form of a part. */
static bool split_part(struct str part, enum digest_algorithm *algorithm, struct str *base64)
{
	size_t dash = str_find(part, '-');
	struct str rest = str_from(part, dash + 1);
	*base64 = str_head(rest, str_find(rest, '?'));
	return base64->n && find_algorithm(str_head(part, dash), algorithm);
}

bool integrity_next(struct str *rest, struct digest *out)
{
	enum digest_algorithm algorithm;
	struct str part, base64;
	while (next_part(rest, &part))
		if (split_part(part, &algorithm, &base64) && parse_digest(base64, algorithm, out))
			return true;
	return false;
}

static bool add_part(struct str part, struct arena *arena, struct listing *list)
{
	enum digest_algorithm algorithm;
	struct digest digest = { .algorithm = DIGEST_SHA1 };
	struct str base64;
	if (!split_part(part, &algorithm, &base64)) {
		list->unknown++;
		return true;
	}
	if (!parse_digest(base64, algorithm, &digest)) {
		list->hopeless |= 1u << algorithm;
		return true;
	}
	struct digest *added = vec_add(arena, &list->digests);
	if (added)
		*added = digest;
	return added != NULL;
}

enum status integrity_parse(struct str text, struct arena *arena, struct integrity *out, struct error *err)
{
	if (text.n > LIMIT_SRI_LENGTH)
		return error_set(err, STATUS_LIMIT, "integrity of %zu bytes, more than the limit of %zu", text.n, LIMIT_SRI_LENGTH);
	struct listing list = { .unknown = 0 };
	struct str part;
	while (next_part(&text, &part))
		if (part.n && !add_part(part, arena, &list))
			return error_memory(err);
	*out = (struct integrity){ list.digests.v, list.digests.n, list.hopeless, list.unknown };
	return STATUS_OK;
}

bool integrity_strongest(const struct integrity *integrity, enum digest_algorithm *out)
{
	uint32_t listed = integrity->hopeless;
	for (size_t i = 0; i < integrity->count; i++)
		listed |= 1u << integrity->digests[i].algorithm;
	if (!listed)
		return false;
	*out = (enum digest_algorithm)(31 - __builtin_clz(listed));
	return true;
}

enum integrity_verdict integrity_judge(const struct integrity *integrity, const struct digest *computed)
{
	enum digest_algorithm strongest;
	if (!integrity_strongest(integrity, &strongest))
		return INTEGRITY_NONE;
	bool match = false;
	for (size_t i = 0; i < integrity->count && !match && computed->algorithm == strongest; i++)
		match = digest_equal(&integrity->digests[i], computed);
	return match ? INTEGRITY_MATCH : INTEGRITY_MISMATCH;
}

enum integrity_verdict integrity_check(const struct integrity *integrity, struct str data, struct digest *actual)
{
	enum digest_algorithm strongest;
	if (!integrity_strongest(integrity, &strongest))
		return INTEGRITY_NONE;
	struct digest computed = { .algorithm = strongest };
	bool known = digest_of(strongest, data, &computed);
	if (actual)
		*actual = computed;
	return known ? integrity_judge(integrity, &computed) : INTEGRITY_MISMATCH;
}
