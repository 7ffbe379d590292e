/* The checksums that Google's storage, and copies of it, name in `x-goog-hash`: crc32c and md5, in base64. */
#include "advisory/update.h"

void checksum_begin(struct checksum *checksum)
{
	checksum_fini(checksum);
	crc32c_init(&checksum->crc);
	checksum->md5 = hasher_new(DIGEST_MD5);
}

void checksum_add(struct checksum *checksum, struct str bytes)
{
	crc32c_add(&checksum->crc, bytes);
	if (checksum->md5 && !hasher_add(checksum->md5, bytes))
		checksum_fini(checksum);
}

void checksum_fini(struct checksum *checksum)
{
	hasher_free(checksum->md5);
	checksum->md5 = NULL;
}

/* "crc32c=…" where `part` says other bytes than `actual`. */
static bool contradicts(struct str part, struct str name, const void *actual, size_t size)
{
	unsigned char stated[DIGEST_MAX_SIZE];
	size_t n;
	return str_starts_with(part, name) && base64_decode(str_from(part, name.n), stated, sizeof stated, &n) && n == size &&
	       memcmp(stated, actual, size) != 0;
}

enum status checksum_check(struct checksum *checksum, const char *url, const char *stated, struct error *err)
{
	unsigned char crc[CRC32C_SIZE];
	struct digest md5;
	bool has_md5 = checksum->md5 && hasher_finish(checksum->md5, &md5);
	struct str rest = str_of(stated), part;
	crc32c_write(&checksum->crc, crc);
	while (str_split(&rest, ',', &part)) {
		part = str_trim(part);
		bool other = contradicts(part, STR("crc32c="), crc, sizeof crc) ||
			     (has_md5 && contradicts(part, STR("md5="), md5.bytes, digest_size(DIGEST_MD5)));
		if (!other)
			continue;
		error_set(err, STATUS_INVALID, "%s: these bytes are not those that the server's checksum is of (%.*s)", url, STR_ARG(part));
		error_hint(err, "something on the way changed them; try again later");
		return STATUS_INVALID;
	}
	return STATUS_OK;
}
