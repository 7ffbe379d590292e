/* gzip: members, cuts, trailing bytes, bombs, and sizes at a limit and one past it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "tarball/tar_builder.h"

struct bench {
	struct inflater *inflater;
	struct buf packed;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);
	*state = bench;
	if (!bench)
		return -1;
	buf_init(&bench->packed, SIZE_MAX);
	bench->inflater = inflater_new();
	return bench->inflater ? 0 : -1;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	inflater_free(bench->inflater);
	buf_fini(&bench->packed);
	free(bench);
	return 0;
}

/* In pieces, which are read into 77 bytes, it comes to the same. */
static void check_pieces(struct bench *bench, size_t max, enum status status, struct str whole, const size_t *trailing)
{
	struct str_source memory = { buf_str(&bench->packed) };
	struct byte_source packed = str_source_of(&memory);
	CLEANUP(gzip_in_cleanup) struct gzip_in *gzip = gzip_in_new(&packed, bench->packed.n, max);
	struct byte_source source = gzip_in_source(gzip);
	struct error err = { 0 };
	char piece[77];
	ptrdiff_t n;
	size_t at = 0;
	while ((n = source.read(source.context, piece, sizeof piece, &err)) > 0) {
		if (!status && ((size_t)n > whole.n - at || memcmp(whole.p + at, piece, (size_t)n) != 0))
			fail_msg("other bytes in pieces at %zu", at);
		at += (size_t)n;
	}
	bool refused = n == 0 && status == STATUS_INVALID && !trailing && gzip_in_trailing(gzip);
	if (n < 0 && err.status != status)
		fail_msg("status %d in pieces (%s), %d as a whole", err.status, err.text, status);
	if (n == 0 && !refused && (status || at != whole.n || gzip_in_trailing(gzip) != (trailing ? *trailing : 0)))
		fail_msg("%zu bytes in pieces, status %d and %zu bytes as a whole", at, status, whole.n);
}

static enum status run(struct bench *bench, size_t max, struct str *out, size_t *trailing)
{
	enum status status = inflater_run(bench->inflater, buf_str(&bench->packed), max, out, trailing, NULL);
	check_pieces(bench, max, status, status ? STR_NONE : *out, trailing);
	return status;
}

/* So many bytes of a text that does not repeat too well. */
static void fill(struct buf *out, size_t n)
{
	uint32_t seed = 1;
	buf_clear(out);
	while (out->n < n) {
		seed = seed * 1664525 + 1013904223;
		buf_add_char(out, (char)('a' + (seed >> 28)));
	}
}

static void inflates_members_one_after_the_other(void **state)
{
	struct bench *bench = *state;
	struct str out;
	gzip_add(&bench->packed, STR("one "));
	gzip_add(&bench->packed, STR(""));
	gzip_add(&bench->packed, STR("two"));
	assert_int_equal(run(bench, 100, &out, NULL), STATUS_OK);
	assert_true(str_equal(out, STR("one two")));
}

/* Larger than the first attempt's room, so that each member is begun anew while the ones before it stay. */
static void grows(void **state)
{
	struct bench *bench = *state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX);
	fill(&text, 3 * MIB + 17);
	for (int i = 0; i < 3; i++)
		gzip_add(&bench->packed, buf_str(&text));
	struct str out;
	assert_int_equal(run(bench, SIZE_MAX, &out, NULL), STATUS_OK);
	assert_int_equal(out.n, 3 * text.n);
	for (size_t i = 0; i < 3; i++)
		assert_memory_equal(out.p + i * text.n, text.p, text.n);
}

static void counts_trailing_bytes(void **state)
{
	const struct {
		struct str behind;
		size_t trailing;
	} cases[] = {
		{ STR(""), 0 }, { STR("\0\0\0"), 0 }, { STR("x"), 1 }, { STR("\0\0x\0"), 4 }, { STR("\x1f"), 1 },
	};
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str out = STR_NONE;
		size_t trailing = 99;
		buf_clear(&bench->packed);
		gzip_add(&bench->packed, STR("text"));
		buf_add(&bench->packed, cases[i].behind);
		assert_int_equal(run(bench, 100, &out, &trailing), STATUS_OK);
		assert_int_equal(trailing, cases[i].trailing);
		assert_true(str_equal(out, STR("text")));
		assert_int_equal(run(bench, 100, &out, NULL), trailing ? STATUS_INVALID : STATUS_OK);
	}
}

static void refuses_what_only_begins_like_a_member(void **state)
{
	struct bench *bench = *state;
	struct str out;
	size_t trailing;
	gzip_add(&bench->packed, STR("text"));
	buf_add(&bench->packed, STR("\x1f\x8b\x08 and no more"));
	assert_int_equal(run(bench, 100, &out, &trailing), STATUS_INVALID);
}

static void refuses_every_cut_and_every_flipped_checksum(void **state)
{
	struct bench *bench = *state;
	struct str out = STR_NONE;
	gzip_add(&bench->packed, STR("some text that repeats, some text that repeats"));
	size_t whole = bench->packed.n;
	for (size_t keep = 0; keep < whole; keep++) {
		bench->packed.n = keep;
		assert_int_equal(run(bench, 100, &out, NULL), STATUS_INVALID);
		assert_null(out.p);
	}
	bench->packed.n = whole;
	for (size_t i = whole - 8; i < whole; i++) {
		bench->packed.p[i] ^= 1;
		assert_int_equal(run(bench, 100, &out, NULL), STATUS_INVALID);
		bench->packed.p[i] ^= 1;
	}
	assert_int_equal(run(bench, 100, &out, NULL), STATUS_OK);
}

static void refuses_other_formats(void **state)
{
	static const char *const texts[] = { "", "\x1f", "BZh91AY", "PK\3\4", "\x28\xb5\x2f\xfd", "\x78\x9c", "plain" };
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct str out;
		buf_clear(&bench->packed);
		buf_add_z(&bench->packed, texts[i]);
		assert_int_equal(run(bench, 100, &out, NULL), STATUS_INVALID);
	}
}

static void keeps_to_the_byte_limit(void **state)
{
	struct bench *bench = *state;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(SIZE_MAX);
	static const size_t sizes[] = { 1, 5000, 2 * MIB };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct str out = STR_NONE;
		fill(&text, sizes[i]);
		buf_clear(&bench->packed);
		gzip_add(&bench->packed, buf_str(&text));
		assert_int_equal(run(bench, sizes[i] - 1, &out, NULL), STATUS_LIMIT);
		assert_null(out.p);
		assert_int_equal(run(bench, sizes[i], &out, NULL), STATUS_OK);
		assert_int_equal(out.n, sizes[i]);
	}
}

static void keeps_to_the_ratio(void **state)
{
	struct bench *bench = *state;
	static const struct {
		size_t units;
		enum status status;
	} cases[] = { { 10, STATUS_OK }, { 1000, STATUS_OK }, { 1200, STATUS_LIMIT }, { 300000, STATUS_LIMIT } };
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct str out;
		buf_clear(&bench->packed);
		size_t size = gzip_add_bomb(&bench->packed, cases[i].units);
		assert_int_equal(size > bench->packed.n * LIMIT_TARBALL_RATIO, cases[i].status == STATUS_LIMIT);
		assert_int_equal(run(bench, SIZE_MAX, &out, NULL), cases[i].status);
	}
}

/* Padding belongs to the file, and so brings the ratio down to the limit. */
static void the_ratio_is_exact(void **state)
{
	struct bench *bench = *state;
	struct str out;
	size_t size = gzip_add_bomb(&bench->packed, 1250); /* 1,290,001 bytes */
	while (bench->packed.n < size / LIMIT_TARBALL_RATIO)
		buf_add_char(&bench->packed, '\0');
	assert_int_equal(run(bench, SIZE_MAX, &out, NULL), STATUS_LIMIT);
	buf_add_char(&bench->packed, '\0');
	assert_int_equal(run(bench, SIZE_MAX, &out, NULL), STATUS_OK);
	assert_int_equal(out.n, size);
}

static void is_ready_again_after_a_failure(void **state)
{
	struct bench *bench = *state;
	struct str out;
	gzip_add(&bench->packed, STR("text"));
	memset(bench->packed.p + bench->packed.n - 4, 0xff, 4);
	assert_int_equal(run(bench, SIZE_MAX, &out, NULL), STATUS_INVALID);
	buf_clear(&bench->packed);
	gzip_add(&bench->packed, STR("text"));
	assert_int_equal(run(bench, SIZE_MAX, &out, NULL), STATUS_OK);
	assert_true(str_equal(out, STR("text")));
	inflater_free(NULL);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

/* A header's own checksum counts for both readers, as it does for zlib: with an extra field, a name and a comment before it. */
static void header_checksums(void **state)
{
	(void)state;
	static const char header[] = "\x1f\x8b\x08\x1e\0\0\0\0\0\x03\x02\0xyname\0comment";
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	struct inflater *inflater = inflater_new();
	CLEANUP(buf_fini) struct buf plain = BUF_INIT(4096);
	deflater_run(deflater, STR("hello"), &plain);
	for (unsigned wrong = 0; wrong < 2; wrong++) {
		CLEANUP(buf_fini) struct buf packed = BUF_INIT(4096);
		struct str out;
		char bytes[16];
		uint32_t crc = libdeflate_crc32(0, header, sizeof header) ^ wrong;
		buf_add(&packed, (struct str){ header, sizeof header });
		buf_add_char(&packed, (char)crc);
		buf_add_char(&packed, (char)(crc >> 8));
		buf_add(&packed, str_from(buf_str(&plain), 10));
		assert_int_equal(inflater_run(inflater, buf_str(&packed), 100, &out, NULL, NULL), wrong ? STATUS_INVALID : STATUS_OK);
		assert_true(wrong || str_equal(out, STR("hello")));
		struct str_source rest = { buf_str(&packed) };
		struct byte_source source = str_source_of(&rest);
		struct gzip_in *gzip = gzip_in_new(&source, packed.n, 100);
		struct byte_source inflated = gzip_in_source(gzip);
		assert_int_equal(inflated.read(inflated.context, bytes, sizeof bytes, NULL), wrong ? -1 : 5);
		gzip_in_free(gzip);
		assert_int_equal(inflater_run(inflater, str_head(buf_str(&packed), sizeof header), 100, &out, NULL, NULL), STATUS_INVALID);
	}
	inflater_free(inflater);
	deflater_free(deflater);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_checksums),
		TEST(inflates_members_one_after_the_other),
		TEST(grows),
		TEST(counts_trailing_bytes),
		TEST(refuses_what_only_begins_like_a_member),
		TEST(refuses_every_cut_and_every_flipped_checksum),
		TEST(refuses_other_formats),
		TEST(keeps_to_the_byte_limit),
		TEST(keeps_to_the_ratio),
		TEST(the_ratio_is_exact),
		TEST(is_ready_again_after_a_failure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
