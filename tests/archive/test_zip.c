/* Zip archives: what is read, what is refused, and where the size of an entry ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/archive.h"
#include "archive/zip_builder.h"

/* clang-format off */
#define ZIP_INIT                                                                                                       \
	{                                                                                                              \
		BUF_INIT(SIZE_MAX), BUF_INIT(SIZE_MAX), 0                                                              \
	}
/* clang-format on */

static void zip_fini(struct zip_builder *zip)
{
	buf_fini(&zip->file);
	buf_fini(&zip->directory);
}

/* "name=content" or "name#size" for one that was too large, separated by blanks. */
struct seen {
	struct buf text;
	size_t stop_after;
};

static bool note(void *context, struct str name, struct str data)
{
	struct seen *seen = context;
	if (data.p)
		buf_printf(&seen->text, "%.*s=%.*s ", STR_ARG(name), STR_ARG(data));
	else
		buf_printf(&seen->text, "%.*s#%zu ", STR_ARG(name), data.n);
	return --seen->stop_after != 0;
}

/* The first `keep` bytes of the archive, walked from the disk. */
static enum status walk(struct str file, size_t keep, size_t max_entry, struct seen *seen, struct error *err)
{
	char path[4096];
	snprintf(path, sizeof path, "%s/a.zip", getenv("TEST_TMP") ? getenv("TEST_TMP") : "/tmp");
	assert_int_equal(file_write(path, str_head(file, keep), NULL), STATUS_OK);
	return zip_walk(path, max_entry, note, seen, err);
}

static void expect(struct zip_builder *zip, size_t max_entry, enum status status, const char *text)
{
	struct seen seen = { BUF_INIT(65536), 0 };
	struct error err = { .text = "" };
	zip_end(zip);
	enum status got = walk(buf_str(&zip->file), SIZE_MAX, max_entry, &seen, &err);
	if (got != status || !str_equal_z(buf_str(&seen.text), text))
		fail_msg("status %d (%s), saw \"%.*s\"", got, err.text, STR_ARG(buf_str(&seen.text)));
	buf_fini(&seen.text);
}

static void reads_files_and_passes_folders(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "folder/", .data = STR("") });
	zip_add(&zip, (struct zip_part){ .name = "a.json", .data = STR("{}") });
	zip_add(&zip, (struct zip_part){ .name = "b.json", .data = STR("[1, 1, 1, 1, 1, 1]"), .deflate = true });
	zip_add(&zip, (struct zip_part){ .name = "empty", .data = STR("") });
	expect(&zip, 100, STATUS_OK, "a.json={} b.json=[1, 1, 1, 1, 1, 1] empty= ");
}

static void reports_what_is_too_large(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "at", .data = STR("1234") });
	zip_add(&zip, (struct zip_part){ .name = "past", .data = STR("12345"), .deflate = true });
	zip_add(&zip, (struct zip_part){ .name = "next", .data = STR("1") });
	expect(&zip, 4, STATUS_OK, "at=1234 past#5 next=1 ");
}

static void refuses_a_wrong_checksum(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "a", .data = STR("1234"), .crc_error = 1 });
	expect(&zip, 100, STATUS_INVALID, "");
}

static void refuses_a_wrong_size(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "a", .data = STR("1234567890123456"), .deflate = true, .fewer = 3 });
	expect(&zip, 100, STATUS_INVALID, "");
}

static void refuses_an_encrypted_entry(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "a", .data = STR("1") });
	zip_add(&zip, (struct zip_part){ .name = "b", .data = STR("123456789012"), .flags = 1 });
	expect(&zip, 100, STATUS_UNSUPPORTED, "a=1 ");
}

static void stops_when_told(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	struct seen seen = { BUF_INIT(65536), 1 };
	zip_add(&zip, (struct zip_part){ .name = "a", .data = STR("1") });
	zip_add(&zip, (struct zip_part){ .name = "b", .data = STR("2") });
	zip_end(&zip);
	assert_int_equal(walk(buf_str(&zip.file), SIZE_MAX, 100, &seen, NULL), STATUS_OK);
	assert_true(str_equal_z(buf_str(&seen.text), "a=1 "));
	buf_fini(&seen.text);
}

/* Wherever it is cut, it is refused, and never silently shorter. */
static void refuses_every_cut(void **state)
{
	(void)state;
	CLEANUP(zip_fini) struct zip_builder zip = ZIP_INIT;
	zip_add(&zip, (struct zip_part){ .name = "a", .data = STR("1") });
	zip_add(&zip, (struct zip_part){ .name = "b", .data = STR("22222222222222222222222"), .deflate = true });
	zip_end(&zip);
	for (size_t keep = 0; keep < zip.file.n; keep++) {
		struct seen seen = { BUF_INIT(65536), 0 };
		struct error err = { .text = "" };
		enum status status = walk(buf_str(&zip.file), keep, 100, &seen, &err);
		if (status != STATUS_INVALID || !strstr(err.text, "a.zip"))
			fail_msg("cut to %zu of %zu bytes: status %d, %s", keep, zip.file.n, status, err.text);
		buf_fini(&seen.text);
	}
}

static void refuses_what_is_no_zip(void **state)
{
	(void)state;
	static const char *const texts[] = { "", "P", "{\"a\": 1}", "PK\3\4 but nothing else", "\x1f\x8b\x08" };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct seen seen = { BUF_INIT(65536), 0 };
		assert_int_equal(walk(str_of(texts[i]), SIZE_MAX, 100, &seen, NULL), STATUS_INVALID);
		buf_fini(&seen.text);
	}
	struct seen seen = { BUF_INIT(65536), 0 };
	assert_int_equal(zip_walk("/nowhere/a.zip", 1, note, &seen, NULL), STATUS_NOT_FOUND);
	assert_int_equal(zip_walk("/", 1, note, &seen, NULL), STATUS_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_files_and_passes_folders),
		cmocka_unit_test(reports_what_is_too_large),
		cmocka_unit_test(refuses_a_wrong_checksum),
		cmocka_unit_test(refuses_a_wrong_size),
		cmocka_unit_test(refuses_an_encrypted_entry),
		cmocka_unit_test(stops_when_told),
		cmocka_unit_test(refuses_every_cut),
		cmocka_unit_test(refuses_what_is_no_zip),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
