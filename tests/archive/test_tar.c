/* tar: what an entry is to npm, names however they are written, cuts, end marks, limits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "assay/archive.h"
#include "tarball/tar_builder.h"

/* "path:type:data[->link] ", type being one of f d s h o. */
struct seen {
	struct buf text;
	size_t stop_after;
};

static bool note(void *context, const struct tar_entry *entry)
{
	struct seen *seen = context;
	static const char types[] = { [TAR_FILE] = 'f', [TAR_FOLDER] = 'd', [TAR_SYMLINK] = 's', [TAR_HARDLINK] = 'h', [TAR_OTHER] = 'o' };
	buf_printf(&seen->text, "%.*s:%c:%.*s", STR_ARG(entry->path), types[entry->type], STR_ARG(entry->data));
	if (entry->link.p)
		buf_printf(&seen->text, "->%.*s", STR_ARG(entry->link));
	if (entry->mode & 07000)
		buf_printf(&seen->text, "!%o", entry->mode);
	buf_add_char(&seen->text, ' ');
	return --seen->stop_after != 0;
}

/* A source that gives what it has in pieces of a size. */
struct pieces {
	struct str rest;
	size_t size;
};

static ptrdiff_t give_piece(void *context, char *out, size_t size, struct error *err)
{
	struct pieces *pieces = context;
	struct str piece = str_head(pieces->rest, pieces->size < size ? pieces->size : size);
	(void)err;
	if (piece.n)
		memcpy(out, piece.p, piece.n);
	pieces->rest = str_from(pieces->rest, piece.n);
	return (ptrdiff_t)piece.n;
}

/* However it comes, the same is seen. */
static void expect_in_pieces(struct str tar, size_t max_entries, enum status status, const char *text, size_t expected_behind)
{
	static const size_t sizes[] = { 1, 511, 512, 700, 100000 };
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		struct seen seen = { BUF_INIT(1 << 20), 0 };
		struct error err = { .text = "" };
		struct pieces pieces = { tar, sizes[i] };
		struct byte_source source = { give_piece, &pieces };
		uint64_t behind = 0;
		enum status got = tar_walk_source(&source, max_entries, 1 << 20, note, &seen, &behind, &err);
		if (got != status || !str_equal_z(buf_str(&seen.text), text) || behind != expected_behind)
			fail_msg("in pieces of %zu: status %d (%s), %llu bytes behind, saw \"%.*s\"", sizes[i], got, err.text,
				 (unsigned long long)behind, STR_ARG(buf_str(&seen.text)));
		buf_fini(&seen.text);
	}
}

static void expect_up_to(struct str tar, size_t max_entries, enum status status, const char *text, size_t expected_behind)
{
	struct seen seen = { BUF_INIT(1 << 20), 0 };
	struct error err = { .text = "" };
	size_t behind = 0;
	enum status got = tar_walk(tar, max_entries, note, &seen, &behind, &err);
	if (got != status || !str_equal_z(buf_str(&seen.text), text) || behind != expected_behind)
		fail_msg("status %d (%s), %zu bytes behind, saw \"%.*s\"", got, err.text, behind, STR_ARG(buf_str(&seen.text)));
	buf_fini(&seen.text);
	expect_in_pieces(tar, max_entries, status, text, expected_behind);
}

static void expect(struct buf *tar, enum status status, const char *text)
{
	expect_up_to(buf_str(tar), 100, status, text, 0);
}

static int set_up(void **state)
{
	struct buf *tar = calloc(1, sizeof *tar);
	*state = tar;
	if (!tar)
		return -1;
	buf_init(tar, SIZE_MAX);
	return 0;
}

static int tear_down(void **state)
{
	buf_fini(*state);
	free(*state);
	return 0;
}

static void tells_kinds_apart(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "p/", .type = '5' });
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("text") });
	tar_add(tar, (struct tar_part){ .path = "p/empty" });
	tar_add(tar, (struct tar_part){ .path = "p/old/" });
	tar_add(tar, (struct tar_part){ .path = "p/near", .data = STR("x"), .type = '7', .mode = 04755 });
	tar_add(tar, (struct tar_part){ .path = "p/sym", .type = '2', .link = "../../etc" });
	tar_add(tar, (struct tar_part){ .path = "p/hard", .type = '1', .link = "p/a" });
	tar_add(tar, (struct tar_part){ .path = "p/fifo", .type = '6' });
	tar_add(tar, (struct tar_part){ .path = "p/tty", .type = '3' });
	tar_add(tar, (struct tar_part){ .path = "p/disk", .type = '4' });
	tar_end(tar);
	expect(tar, STATUS_OK,
	       "p/:d: p/a:f:text p/empty:f: p/old/:d: p/near:f:x!4755 p/sym:s:->../../etc p/hard:h:->p/a p/fifo:o: "
	       "p/tty:o: p/disk:o: ");
}

/* npm drops these; a reader that took them for files would be shown another package.json than npm's. */
static void shows_no_file_where_npm_sees_none(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("unknown kind"), .type = 'Z' });
	tar_add(tar, (struct tar_part){ .path = "p/b", .data = STR("names a link"), .link = "x" });
	tar_add(tar, (struct tar_part){ .path = "p/c", .data = STR("dump"), .type = 'D' });
	tar_add(tar, (struct tar_part){ .path = "p/d", .data = STR("rest"), .type = 'M' });
	tar_add(tar, (struct tar_part){ .path = "p/e", .data = STR("seen") });
	tar_end(tar);
	expect(tar, STATUS_OK, "p/a:o: p/b:o: p/c:o: p/d:o: p/e:f:seen ");
}

static void reads_long_names(void **state)
{
	struct buf *tar = *state;
	char name[301] = "", expected[1024];
	memset(name, 'n', 300);
	tar_add_pax(tar, 'x', "path", name);
	tar_add(tar, (struct tar_part){ .path = "short", .data = STR("1") });
	tar_add_long(tar, 'L', name);
	tar_add(tar, (struct tar_part){ .path = "short", .data = STR("2"), .magic = "ustar  " });
	tar_add_pax(tar, 'x', "linkpath", name);
	tar_add(tar, (struct tar_part){ .path = "sym", .type = '2', .link = "short" });
	tar_end(tar);
	snprintf(expected, sizeof expected, "%s:f:1 %s:f:2 sym:s:->%s ", name, name, name);
	expect(tar, STATUS_OK, expected);
}

static void reads_letters_beyond_ascii(void **state)
{
	struct buf *tar = *state;
	tar_add_pax(tar, 'x', "path", "p/\xc3\xa9\xe6\x97\xa5");
	tar_add(tar, (struct tar_part){ .path = "x", .data = STR("1") });
	tar_add(tar, (struct tar_part){ .path = "p/\xc3\xa8", .data = STR("2") });
	tar_add(tar, (struct tar_part){ .path = "p/\xe8", .data = STR("3") });
	tar_add_pax(tar, 'x', "path", "p/\xe8");
	tar_add(tar, (struct tar_part){ .path = "x", .data = STR("4") });
	tar_end(tar);
	expect(tar, STATUS_OK, "p/\xc3\xa9\xe6\x97\xa5:f:1 p/\xc3\xa8:f:2 p/\xe8:f:3 p/\xe8:f:4 ");
}

/* git writes one in front of each archive it makes. */
static void passes_over_a_global_header(void **state)
{
	struct buf *tar = *state;
	tar_add_pax(tar, 'g', "comment", "0123456789012345678901234567890123456789");
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("1") });
	tar_end(tar);
	expect(tar, STATUS_OK, "p/a:f:1 ");
}

static void reads_old_formats(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "p/v7", .data = STR("1"), .magic = "\0\0\0\0\0\0\0" });
	tar_add(tar, (struct tar_part){ .path = "p/gnu", .data = STR("2"), .magic = "ustar  " });
	tar_end(tar);
	expect(tar, STATUS_OK, "p/v7:f:1 p/gnu:f:2 ");
}

static void refuses_every_cut(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("text") });
	tar_add_pax(tar, 'x', "path", "p/long");
	tar_add(tar, (struct tar_part){ .path = "x", .data = STR("text") });
	size_t first = 1024, whole = tar->n;
	for (size_t keep = 0; keep <= whole; keep++) {
		struct seen seen = { BUF_INIT(65536), 0 };
		/* At the end of an entry the end mark alone is missing, which readers forgive. */
		enum status expected = keep == first || keep == whole ? STATUS_OK : STATUS_INVALID;
		enum status status = tar_walk(str_head(buf_str(tar), keep), 100, note, &seen, NULL, NULL);
		if (status != expected)
			fail_msg("cut to %zu of %zu bytes: status %d", keep, whole, status);
		buf_fini(&seen.text);
	}
}

static void refuses_what_is_no_tar(void **state)
{
	struct buf *tar = *state;
	for (size_t i = 0; i < 2048; i++)
		buf_add_char(tar, (char)('a' + i % 20));
	expect(tar, STATUS_INVALID, "");
	buf_clear(tar);
	expect(tar, STATUS_INVALID, "");
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("1") });
	tar_add(tar, (struct tar_part){ .path = "p/b", .data = STR("2"), .bad_checksum = true });
	tar_add(tar, (struct tar_part){ .path = "p/c", .data = STR("3") });
	expect(tar, STATUS_INVALID, "p/a:f:1 ");
}

static void refuses_a_size_that_is_not_there(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("1"), .claims = (size_t)8 << 30 });
	tar_end(tar);
	expect(tar, STATUS_INVALID, "");
}

static void knows_the_end(void **state)
{
	struct buf *tar = *state;
	static const char zeros[9216];
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("1") });
	tar_end(tar);
	buf_add(tar, (struct str){ zeros, sizeof zeros });
	expect(tar, STATUS_OK, "p/a:f:1 ");
	buf_add(tar, STR("more"));
	expect_up_to(buf_str(tar), 100, STATUS_OK, "p/a:f:1 ", 4);
}

static void an_empty_archive_is_one(void **state)
{
	struct buf *tar = *state;
	tar_end(tar);
	expect(tar, STATUS_OK, "");
}

static void refuses_to_stop_at_half_an_end_mark(void **state)
{
	struct buf *tar = *state;
	static const char zeros[512];
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = STR("1") });
	buf_add(tar, (struct str){ zeros, sizeof zeros });
	expect(tar, STATUS_OK, "p/a:f:1 ");
	tar_add(tar, (struct tar_part){ .path = "p/hidden", .data = STR("2") });
	tar_end(tar);
	expect(tar, STATUS_INVALID, "p/a:f:1 ");
	buf_clear(tar);
	tar_add_pax(tar, 'g', "comment", "between an entry and the mark");
	buf_add(tar, (struct str){ zeros, sizeof zeros });
	tar_add(tar, (struct tar_part){ .path = "p/hidden", .data = STR("2") });
	tar_end(tar);
	expect(tar, STATUS_INVALID, "");
}

/* The last blocks of a file's content look like half an end mark, and are none. */
static void content_is_no_end_mark(void **state)
{
	struct buf *tar = *state;
	char content[1536] = "";
	memset(content + 1024, 'x', 512);
	tar_add(tar, (struct tar_part){ .path = "p/a", .data = { content, sizeof content } });
	struct seen seen = { BUF_INIT(65536), 0 };
	assert_int_equal(tar_walk(buf_str(tar), 100, note, &seen, NULL, NULL), STATUS_OK);
	buf_fini(&seen.text);
}

static void keeps_to_the_entry_limit(void **state)
{
	struct buf *tar = *state;
	tar_add(tar, (struct tar_part){ .path = "a" });
	tar_add(tar, (struct tar_part){ .path = "b" });
	tar_add(tar, (struct tar_part){ .path = "c" });
	tar_end(tar);
	expect_up_to(buf_str(tar), 3, STATUS_OK, "a:f: b:f: c:f: ", 0);
	expect_up_to(buf_str(tar), 2, STATUS_LIMIT, "a:f: b:f: ", 0);
}

static void stops_when_told(void **state)
{
	struct buf *tar = *state;
	struct seen seen = { BUF_INIT(65536), 1 };
	tar_add(tar, (struct tar_part){ .path = "a" });
	tar_add(tar, (struct tar_part){ .path = "b", .bad_checksum = true });
	assert_int_equal(tar_walk(buf_str(tar), 100, note, &seen, NULL, NULL), STATUS_OK);
	assert_true(str_equal_z(buf_str(&seen.text), "a:f: "));
	buf_fini(&seen.text);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(tells_kinds_apart),
		TEST(shows_no_file_where_npm_sees_none),
		TEST(reads_long_names),
		TEST(reads_letters_beyond_ascii),
		TEST(passes_over_a_global_header),
		TEST(reads_old_formats),
		TEST(refuses_every_cut),
		TEST(refuses_what_is_no_tar),
		TEST(refuses_a_size_that_is_not_there),
		TEST(knows_the_end),
		TEST(an_empty_archive_is_one),
		TEST(refuses_to_stop_at_half_an_end_mark),
		TEST(content_is_no_end_mark),
		TEST(keeps_to_the_entry_limit),
		TEST(stops_when_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
