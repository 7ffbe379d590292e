/* Hashes against published vectors, base64, and the hasher that takes its text in pieces. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/digest.h"

/* FIPS 180-4, the examples for "abc"; RFC 1321, appendix A.5. */
static const struct {
	enum digest_algorithm algorithm;
	const char *name, *hex;
	size_t size;
} vectors[] = {
	{ DIGEST_SHA1, "sha1", "a9993e364706816aba3e25717850c26c9cd0d89d", 20 },
	{ DIGEST_SHA224, "sha224", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7", 28 },
	{ DIGEST_SHA256, "sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", 32 },
	{ DIGEST_SHA384, "sha384", "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7", 48 },
	{ DIGEST_SHA512, "sha512",
	  "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
	  "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
	  64 },
	{ DIGEST_MD5, "md5", "900150983cd24fb0d6963f7d28e17f72", 16 },
};
#define VECTORS (sizeof vectors / sizeof *vectors)

static void hex_is(const struct digest *digest, const char *expected)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(256);
	digest_write_hex(digest, &hex);
	assert_true(str_equal_z(buf_str(&hex), expected));
}

static void hashes_the_published_vectors(void **state)
{
	(void)state;
	assert_int_equal(VECTORS, DIGEST_ALGORITHMS + 1);
	for (size_t i = 0; i < VECTORS; i++) {
		struct digest digest;
		assert_string_equal(digest_name(vectors[i].algorithm), vectors[i].name);
		assert_int_equal(digest_size(vectors[i].algorithm), vectors[i].size);
		assert_true(digest_of(vectors[i].algorithm, STR("abc"), &digest));
		hex_is(&digest, vectors[i].hex);
	}
}

static void hashes_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		struct digest digest;
		struct hasher *hasher = hasher_new(vectors[i].algorithm);
		assert_non_null(hasher);
		assert_true(hasher_add(hasher, STR("a")));
		assert_true(hasher_add(hasher, STR_NONE));
		assert_true(hasher_add(hasher, STR("bc")));
		assert_true(hasher_finish(hasher, &digest));
		hasher_free(hasher);
		hex_is(&digest, vectors[i].hex);
	}
	hasher_free(NULL);
}

static void hashes_nothing(void **state)
{
	(void)state;
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA1, STR_NONE, &digest));
	hex_is(&digest, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

/* What was written; of either case; nothing that is shorter, longer or no digit. */
static void reads_hex(void **state)
{
	(void)state;
	for (size_t i = 0; i < VECTORS; i++) {
		struct digest written, read = { .algorithm = DIGEST_SHA1 };
		char text[2 * DIGEST_MAX_SIZE + 2];
		size_t n = 2 * vectors[i].size;
		assert_true(digest_of(vectors[i].algorithm, STR("abc"), &written));
		assert_true(digest_read_hex(str_of(vectors[i].hex), vectors[i].algorithm, &read));
		assert_true(digest_equal(&written, &read));
		for (size_t k = 0; k <= n; k++)
			text[k] = vectors[i].hex[k] >= 'a' ? (char)(vectors[i].hex[k] - 'a' + 'A') : vectors[i].hex[k];
		assert_true(digest_read_hex((struct str){ text, n }, vectors[i].algorithm, &read));
		assert_true(digest_equal(&written, &read));
		assert_false(digest_read_hex((struct str){ text, n - 1 }, vectors[i].algorithm, &read));
		text[n] = '0';
		assert_false(digest_read_hex((struct str){ text, n + 1 }, vectors[i].algorithm, &read));
		text[n - 1] = 'g';
		assert_false(digest_read_hex((struct str){ text, n }, vectors[i].algorithm, &read));
	}
	assert_false(digest_read_hex(STR_NONE, DIGEST_SHA1, &(struct digest){ .algorithm = DIGEST_SHA1 }));
}

static void writes_sri(void **state)
{
	(void)state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(256);
	struct digest digest;
	assert_true(digest_of(DIGEST_SHA1, STR("hello"), &digest));
	digest_write_sri(&digest, &text);
	assert_true(str_equal_z(buf_str(&text), "sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="));
}

static void equal_means_algorithm_and_bytes(void **state)
{
	(void)state;
	struct digest a, b;
	assert_true(digest_of(DIGEST_SHA256, STR("a"), &a));
	b = a;
	assert_true(digest_equal(&a, &b));
	b.algorithm = DIGEST_SHA224;
	assert_false(digest_equal(&a, &b));
	b = a;
	b.bytes[31] ^= 1;
	assert_false(digest_equal(&a, &b));
}

/* RFC 4648, section 10, and what it does not allow. NULL: malformed. */
static const struct {
	const char *text, *bytes;
} base64[] = {
	{ "", "" },
	{ "Zg==", "f" },
	{ "Zm8=", "fo" },
	{ "Zm9v", "foo" },
	{ "Zm9vYg==", "foob" },
	{ "Zm9vYmE", "fooba" },
	{ "Zm9vYg", "foob" },
	{ "+/-_", "\xfb\xff\xbf" },
	{ "Z", NULL },
	{ "Zg=", NULL },
	{ "Zg===", NULL },
	{ "Z===", NULL },
	{ "====", NULL },
	{ "Zg==Zg==", NULL },
	{ "Zm 9v", NULL },
	{ "Zm9v\n", NULL },
	{ "Zm9*", NULL },
	{ "Zm\xc3\xa9", NULL },
	{ "=Zm9", NULL },
};

static void reads_base64(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof base64 / sizeof *base64; i++) {
		unsigned char out[8];
		size_t n = 99;
		bool read = base64_decode(str_of(base64[i].text), out, sizeof out, &n);
		if (read != (base64[i].bytes != NULL))
			fail_msg("\"%s\": %s", base64[i].text, read ? "was read" : "was refused");
		if (read && !str_equal_z((struct str){ (char *)out, n }, base64[i].bytes))
			fail_msg("\"%s\": other bytes", base64[i].text);
		if (!read)
			assert_int_equal(n, 99);
	}
}

static void base64_keeps_to_its_room(void **state)
{
	(void)state;
	unsigned char out[4] = { 0, 0, 0, 77 };
	size_t n;
	assert_true(base64_decode(STR("Zm9v"), out, 3, &n));
	assert_int_equal(out[3], 77);
	assert_false(base64_decode(STR("Zm9vYg=="), out, 3, &n));
	assert_true(base64_decode(STR_NONE, out, 0, &n));
	assert_int_equal(n, 0);
}

/* RFC 3720, appendix B.4, and the check value of the catalogues; in one piece and in two. */
static void crc32c_known(void **state)
{
	(void)state;
	unsigned char zeros[32] = { 0 }, ones[32], rising[32];
	for (unsigned i = 0; i < 32; i++) {
		ones[i] = 0xff;
		rising[i] = (unsigned char)i;
	}
	const struct {
		struct str data;
		uint32_t value;
	} facts[] = {
		{ STR(""), 0 },
		{ STR("123456789"), 0xe3069283 },
		{ { (const char *)zeros, 32 }, 0x8a9136aa },
		{ { (const char *)ones, 32 }, 0x62a8ab43 },
		{ { (const char *)rising, 32 }, 0x46dd794e },
	};
	for (size_t i = 0; i < sizeof facts / sizeof *facts; i++)
		for (size_t split = 0; split <= facts[i].data.n; split++) {
			struct crc32c crc;
			crc32c_init(&crc);
			crc32c_add(&crc, str_head(facts[i].data, split));
			crc32c_add(&crc, str_from(facts[i].data, split));
			assert_int_equal(crc.value, facts[i].value);
		}
}

static void encodes_base64(void **state)
{
	(void)state;
	/* RFC 4648, section 10. */
	static const char *const pairs[][2] = { { "", "" },
						{ "f", "Zg==" },
						{ "fo", "Zm8=" },
						{ "foo", "Zm9v" },
						{ "foob", "Zm9vYg==" },
						{ "fooba", "Zm9vYmE=" },
						{ "foobar", "Zm9vYmFy" },
						{ "\xff\xfe\xfd", "//79" } };
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		CLEANUP(buf_fini) struct buf out = BUF_INIT(100);
		base64_encode(str_of(pairs[i][0]), &out);
		assert_true(str_equal(buf_str(&out), str_of(pairs[i][1])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crc32c_known),
		cmocka_unit_test(encodes_base64),
		cmocka_unit_test(hashes_the_published_vectors),
		cmocka_unit_test(hashes_in_pieces),
		cmocka_unit_test(hashes_nothing),
		cmocka_unit_test(reads_hex),
		cmocka_unit_test(writes_sri),
		cmocka_unit_test(equal_means_algorithm_and_bytes),
		cmocka_unit_test(reads_base64),
		cmocka_unit_test(base64_keeps_to_its_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
