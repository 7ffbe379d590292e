/* Tarballs, hostile ones included: each fault fires, and a clean package stays silent. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "tarball/inspect.h"
#include "tarball/tar_builder.h"

#define MANIFEST "{\"name\": \"a\", \"version\": \"1.0.0\", \"license\": \"MIT\"}"
#define OTHER "{\"name\": \"b\", \"version\": \"2.0.0\"}"
/* Static tables take no STR. */
#define TEXT(literal) \
	{ \
		literal, sizeof(literal) - 1 \
	}

struct bench {
	struct inflater *inflater;
	struct buf tar, packed;
	struct buf out;
};

static int set_up(void **state)
{
	struct bench *bench = calloc(1, sizeof *bench);
	*state = bench;
	if (!bench)
		return -1;
	buf_init(&bench->tar, SIZE_MAX);
	buf_init(&bench->packed, SIZE_MAX);
	buf_init(&bench->out, 4 * MIB);
	bench->inflater = inflater_new();
	return bench->inflater ? 0 : -1;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;
	inflater_free(bench->inflater);
	buf_fini(&bench->tar);
	buf_fini(&bench->packed);
	buf_fini(&bench->out);
	free(bench);
	return 0;
}

/* Held or read piece by piece, from memory or from a file: the same is found, of damaged data too. */
static void inspect_in_pieces(struct bench *bench, struct str bytes)
{
	CLEANUP(buf_fini) struct buf again = BUF_INIT(4 * MIB);
	const struct inspection *whole = (const void *)bench->out.p;
	CLEANUP(file_close) int fd = file_open_nameless("/tmp");
	assert_true(fd >= 0 && write(fd, bytes.n ? bytes.p : "", bytes.n) == (ssize_t)bytes.n);
	struct tarball_file file = { .fd = fd, .size = bytes.n };
	struct proven_tarball from_file, held;
	assert_int_equal(tarball_prove_file(&file, NULL, &from_file, NULL), STATUS_OK);
	assert_true(tarball_prove(bytes, NULL, &held, NULL));
	inflater_set_hold(bench->inflater, 0);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(tarball_inspect(i ? &held : &from_file, bench->inflater, &again, NULL), STATUS_OK);
		const struct inspection *pieces = (const void *)again.p;
		if (!str_equal(buf_str(&again), buf_str(&bench->out)))
			fail_msg("in pieces: faults %x, %x as a whole; %zu and %zu bytes", pieces->faults, whole->faults, again.n, bench->out.n);
	}
	inflater_set_hold(bench->inflater, SIZE_MAX);
}

/* Before there is a thread; one for all tests. */
static struct sandbox *sandbox;

/* A worker process finds the same, byte by byte, however it gets at the tarball. */
static void inspect_elsewhere(struct bench *bench, struct str bytes)
{
	CLEANUP(buf_fini) struct buf again = BUF_INIT(4 * MIB), held = BUF_INIT(4 * MIB);
	struct unpacker *unpacker = unpacker_new(sandbox);
	CLEANUP(file_close) int fd = file_open_nameless("/tmp");
	assert_true(unpacker && fd >= 0 && write(fd, bytes.n ? bytes.p : "", bytes.n) == (ssize_t)bytes.n);
	struct tarball_file file = { .fd = fd, .size = bytes.n };
	struct proven_tarball from_file, whole;
	assert_int_equal(tarball_prove_file(&file, NULL, &from_file, NULL), STATUS_OK);
	assert_true(tarball_prove(bytes, NULL, &whole, NULL));
	assert_int_equal(unpacker_inspect(unpacker, &whole, &again, NULL), STATUS_OK);
	if (!str_equal(buf_str(&again), buf_str(&bench->out)))
		fail_msg("in a worker: faults %x, %x here", ((const struct inspection *)(const void *)again.p)->faults,
			 ((const struct inspection *)(const void *)bench->out.p)->faults);
	assert_int_equal(unpacker_inspect(unpacker, &from_file, &again, NULL), STATUS_OK);
	assert_int_equal(tarball_inspect(&from_file, bench->inflater, &held, NULL), STATUS_OK);
	assert_true(str_equal(buf_str(&again), buf_str(&held)));
	unpacker_free(unpacker);
}

static const struct inspection *inspect_bytes(struct bench *bench, struct str bytes)
{
	struct proven_tarball tarball;
	assert_true(tarball_prove(bytes, NULL, &tarball, NULL));
	assert_int_equal(tarball_inspect(&tarball, bench->inflater, &bench->out, NULL), STATUS_OK);
	assert_true(inspection_is_sound(buf_str(&bench->out)));
	inspect_in_pieces(bench, bytes);
	inspect_elsewhere(bench, bytes);
	return (const void *)bench->out.p;
}

static void expect_text(const struct inspection *out, struct inspection_text text, const char *wanted)
{
	struct str found = inspection_str(out, text);
	if (!str_equal_z(found, wanted))
		fail_msg("\"%.*s\" instead of \"%s\"", STR_ARG(found), wanted);
}

/* Ends and packs what is in bench->tar. */
static void pack(struct bench *bench)
{
	tar_end(&bench->tar);
	buf_clear(&bench->packed);
	gzip_add(&bench->packed, buf_str(&bench->tar));
	buf_clear(&bench->tar);
}

static const struct inspection *inspect(struct bench *bench)
{
	pack(bench);
	return inspect_bytes(bench, buf_str(&bench->packed));
}

static const struct inspection *inspect_manifest(struct bench *bench, const char *text)
{
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = str_of(text) });
	return inspect(bench);
}

static void expect_faults(const struct inspection *out, uint32_t faults, const char *what)
{
	if (out->faults == faults)
		return;
	CLEANUP(arena_cleanup) struct arena *shown = arena_new(0);
	for (uint32_t i = 0; i < ARCHIVE_FAULTS; i++)
		if (out->faults & 1u << i)
			print_message("%s: %s (%s)\n", what, archive_fault_text((enum archive_fault)(1u << i)),
				      arena_copy(shown, inspection_str(out, out->fault_path[i])).p);
	fail_msg("%s: faults %x, expected %x", what, out->faults, faults);
}

/* ---- one more entry beside a clean package.json -------------------------------------------------- */

static const struct {
	struct tar_part part;
	uint32_t faults;
	uint32_t files; /* besides package.json */
} entries[] = {
	{ { .path = "package/index.js", .data = TEXT("x") }, 0, 1 },
	{ { .path = "package/", .type = '5' }, 0, 0 },
	{ { .path = "package/lib/", .type = '5', .mode = 02755 }, 0, 0 },
	{ { .path = "package/package.json/", .type = '5' }, FAULT_DUPLICATE, 0 },
	{ { .path = "package/package.json/x" }, FAULT_DUPLICATE, 1 },
	{ { .path = "package/Package.json/x" }, FAULT_DUPLICATE, 1 },
	{ { .path = "other/index.js" }, FAULT_OUTSIDE, 1 },
	{ { .path = "package/lib/package.json" }, 0, 1 },
	{ { .path = "package/a..b/...c/..." }, 0, 1 },
	{ { .path = "package/ab:c" }, 0, 1 },
	{ { .path = "package/\xc3\xa9 \xe6\x97\xa5" }, 0, 1 },
	/* npm drops what has no folder. */
	{ { .path = "package.json" }, FAULT_OUTSIDE, 0 },
	{ { .path = "other/", .type = '5' }, 0, 0 },
	{ { .path = "/package/x" }, FAULT_OUTSIDE | FAULT_ABSOLUTE, 1 },
	{ { .path = "package//etc/x" }, FAULT_ABSOLUTE, 1 },
	{ { .path = "C:/x" }, FAULT_OUTSIDE | FAULT_ABSOLUTE, 1 },
	{ { .path = "package/c:/x" }, FAULT_ABSOLUTE, 1 },
	{ { .path = "package/a:b" }, FAULT_ABSOLUTE, 1 },
	{ { .path = "package\\x" }, FAULT_OUTSIDE | FAULT_ABSOLUTE, 0 },
	{ { .path = "package/a\\x" }, FAULT_ABSOLUTE, 1 },
	{ { .path = "package/../x" }, FAULT_ESCAPE, 0 },
	{ { .path = "../x" }, FAULT_OUTSIDE | FAULT_ESCAPE, 0 },
	{ { .path = "package/a/.." }, FAULT_ESCAPE, 0 },
	{ { .path = ".." }, FAULT_OUTSIDE | FAULT_ESCAPE, 0 },
	{ { .path = "package/..\\x" }, FAULT_ESCAPE | FAULT_ABSOLUTE, 0 },
	{ { .path = "package/l", .type = '2', .link = "../../x" }, FAULT_LINK, 0 },
	{ { .path = "package/l", .type = '1', .link = "package/package.json" }, FAULT_LINK, 0 },
	{ { .path = "package/d", .type = '3' }, FAULT_DEVICE, 0 },
	{ { .path = "package/d", .type = '4' }, FAULT_DEVICE, 0 },
	{ { .path = "package/d", .type = '6' }, FAULT_DEVICE, 0 },
	{ { .path = "package/package.json", .data = TEXT(OTHER), .type = 'Z' }, FAULT_DEVICE, 0 },
	{ { .path = "package/x\ny" }, FAULT_CONTROL_NAME, 1 },
	{ { .path = "package/\x7f" }, FAULT_CONTROL_NAME, 1 },
	{ { .path = "package/\xc2\x9b" }, FAULT_CONTROL_NAME, 1 },
	{ { .path = "package/\xe9" }, FAULT_CONTROL_NAME, 1 },
	{ { .path = "package/Package.JSON" }, FAULT_SECOND_MANIFEST | FAULT_FOLDED, 1 },
	{ { .path = "package/x", .mode = 04755 }, FAULT_SETUID, 1 },
	{ { .path = "package/x", .mode = 02755 }, FAULT_SETUID, 1 },
	{ { .path = "package/x", .bad_checksum = true }, FAULT_NOT_TAR, 0 },
	{ { .path = "package/x", .claims = 1 << 20 }, FAULT_NOT_TAR, 0 },
};

static void judges_one_entry(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
		tar_add(&bench->tar, entries[i].part);
		const struct inspection *out = inspect(bench);
		expect_faults(out, entries[i].faults, entries[i].part.path);
		if (out->files != entries[i].files + 1)
			fail_msg("%s: %u files", entries[i].part.path, out->files);
		expect_text(out, out->name, "a");
	}
}

/* ---- two entries for one path: the last one is what npm leaves on the disk ------------------------- */

static const struct {
	const char *first, *second;
	uint32_t faults;
	const char *name; /* that counts */
} pairs[] = {
	{ "package/package.json", "package/package.json", FAULT_DUPLICATE | FAULT_SECOND_MANIFEST, "b" },
	{ "package/package.json", "other/package.json", FAULT_OUTSIDE | FAULT_DUPLICATE | FAULT_SECOND_MANIFEST, "b" },
	{ "package/package.json", "package/./package.json", FAULT_DUPLICATE | FAULT_SECOND_MANIFEST, "b" },
	{ "package/package.json", "./package.json", FAULT_OUTSIDE | FAULT_DUPLICATE | FAULT_SECOND_MANIFEST, "b" },
	{ "package/package.json", "package//package.json", FAULT_DUPLICATE | FAULT_SECOND_MANIFEST | FAULT_ABSOLUTE, "b" },
	{ "package/package.json", "/package.json", FAULT_OUTSIDE | FAULT_DUPLICATE | FAULT_SECOND_MANIFEST | FAULT_ABSOLUTE, "b" },
	{ "package/package.json", "package/Package.json", FAULT_SECOND_MANIFEST | FAULT_FOLDED, "a" },
	{ "package/package.json", "package.json", FAULT_OUTSIDE, "a" },
	{ "package/package.json", "package/lib/package.json", 0, "a" },
	{ "package/package.json", "package/lib/../package.json", FAULT_ESCAPE, "a" },
	{ "./package/package.json", "package/package.json", FAULT_OUTSIDE, "b" },
	{ "package.json", "package/lib/package.json", FAULT_OUTSIDE | FAULT_NO_MANIFEST, "" },
};

static void the_last_file_counts(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = pairs[i].first, .data = STR(MANIFEST) });
		tar_add(&bench->tar, (struct tar_part){ .path = pairs[i].second, .data = STR(OTHER) });
		const struct inspection *out = inspect(bench);
		expect_faults(out, pairs[i].faults, pairs[i].second);
		expect_text(out, out->name, pairs[i].name);
		assert_int_equal(out->has_manifest, *pairs[i].name != '\0');
	}
}

/* One of them is there in the end, or neither. */
static void a_file_is_no_folder(void **state)
{
	struct bench *bench = *state;
	static const struct tar_part parts[][3] = {
		{ { .path = "package/a" }, { .path = "package/a/b" } },
		{ { .path = "package/a/b/c/d" }, { .path = "package/a/b" } },
		{ { .path = "package/a/b/c/d" }, { .path = "package/a/x" }, { .path = "package/A" } },
		{ { .path = "package/a/", .type = '5' }, { .path = "package/a" } },
		{ { .path = "package/a" }, { .path = "package/a", .type = '5' } },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		for (size_t k = 0; k < 3 && parts[i][k].path; k++)
			tar_add(&bench->tar, parts[i][k]);
		expect_faults(inspect_manifest(bench, MANIFEST), FAULT_DUPLICATE, parts[i][0].path);
	}
}

static void keeps_to_what_a_name_may_have(void **state)
{
	struct bench *bench = *state;
	for (int length = 255; length <= 256; length++) {
		char path[600];
		snprintf(path, sizeof path, "package/%0255d/%0*d", 1, length, 2);
		tar_add_long(&bench->tar, 'L', path);
		tar_add(&bench->tar, (struct tar_part){ .path = "package/x" });
		expect_faults(inspect_manifest(bench, MANIFEST), length > 255 ? FAULT_LIMIT : 0, path);
	}
}

/* ---- names that npm's reader and libarchive read differently: said to be no tar, never half believed --------------- */

static void refuses_ambiguous_names(void **state)
{
	static const struct {
		char type, type2; /* of the headers before the second file */
		const char *key, *value, *key2, *value2;
	} headers[] = {
		{ 'x', 0, "comment", "\n30 path=package/package.json", NULL, NULL },
		{ 'L', 'x', NULL, "package/zz", "path", "package/package.json" },
		{ 'x', 'L', "path", "package/package.json", NULL, "package/zz" },
		{ 'K', 'x', NULL, "package/zz", "linkpath", "package/x" },
		{ 'x', 'x', "path", "package/package.json", "mtime", "1" },
		{ 'L', 'L', NULL, "package/zz", NULL, "package/yy" },
		{ 'g', 0, "size", "5", NULL, NULL },
		{ 'x', 0, "size", "1e1", NULL, NULL },
		{ 'x', 0, "size", "0x2", NULL, NULL },
		{ 'x', 0, "size", "", NULL, NULL },
		{ 'x', 0, "type", "Directory", NULL, NULL },
		{ 'x', 0, "mode", "2541", NULL, NULL },
		{ 'L', 0, NULL, "", NULL, NULL },
		{ 'g', 0, "path", "package/package.json", NULL, NULL },
		{ 'g', 0, "linkpath", "x", NULL, NULL },
		{ 'x', 0, "linkpath", "x", NULL, NULL },
		{ 'K', 0, NULL, "package/x", NULL, NULL },
		{ 'x', 0, "path", "", NULL, NULL },
		{ 'x', 0, "GNU.sparse.name", "package/package.json", NULL, NULL },
	};
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
		if (headers[i].key)
			tar_add_pax(&bench->tar, headers[i].type, headers[i].key, headers[i].value);
		else
			tar_add_long(&bench->tar, headers[i].type, headers[i].value);
		if (headers[i].key2)
			tar_add_pax(&bench->tar, headers[i].type2, headers[i].key2, headers[i].value2);
		else if (headers[i].type2)
			tar_add_long(&bench->tar, headers[i].type2, headers[i].value2);
		tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR(OTHER) });
		expect_faults(inspect(bench), FAULT_NOT_TAR, headers[i].value);
	}
}

/* Bytes of the second file's own header. */
static void refuses_ambiguous_headers(void **state)
{
	static const struct {
		size_t at;
		struct str bytes;
		size_t at2;
		struct str bytes2;
		uint32_t faults;
	} headers[] = {
		{ 257,
		  TEXT("ustar\0"
		       "00"),
		  345, TEXT("package"), 0 },
		{ 257,
		  TEXT("ustar\0"
		       "  "),
		  345, TEXT("package"), FAULT_NOT_TAR },
		{ 257,
		  TEXT("ustar\0"
		       "01"),
		  345, TEXT("package"), FAULT_NOT_TAR },
		{ 257,
		  TEXT("ustar\0"
		       "01"),
		  0, TEXT("p"), 0 },
		{ 257, TEXT("ustar  \0"), 345, TEXT("package"), 0 }, /* GNU's: no half of a name */
		{ 475, TEXT("x"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 345, TEXT("package\0\nx"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 345, TEXT("package\0x"), 0, TEXT("p"), 0 },
		{ 0, TEXT("package/x\0\ny"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 0, TEXT("package/x\0\xe2\x80\xa8y"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 0, TEXT("package/x\0y"), 0, TEXT("p"), 0 },
		{ 124, TEXT("          2\0"), 0, TEXT("p"), 0 },
		{ 124, TEXT("\x80\0\0\0\0\0\0\0\0\0\0\2"), 0, TEXT("p"), 0 },
		{ 124, TEXT("\n000000002\0"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 124, TEXT("2x\0\0\0\0\0\0\0\0\0\0"), 0, TEXT("p"), FAULT_NOT_TAR },
		{ 124, TEXT("\t         2\0"), 0, TEXT("p"), FAULT_NOT_TAR },
	};
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
		tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR("{}") });
		char *header = bench->tar.p + bench->tar.n - 1024;
		memcpy(header + headers[i].at, headers[i].bytes.p, headers[i].bytes.n);
		memcpy(header + headers[i].at2, headers[i].bytes2.p, headers[i].bytes2.n);
		tar_seal((unsigned char *)header, false);
		char what[32];
		snprintf(what, sizeof what, "header %zu", i);
		expect_faults(inspect(bench), headers[i].faults, what);
	}
}

static void finds_a_duplicate_of_any_file(void **state)
{
	struct bench *bench = *state;
	tar_add(&bench->tar, (struct tar_part){ .path = "p/package.json", .data = STR(MANIFEST) });
	tar_add(&bench->tar, (struct tar_part){ .path = "p/a/x", .data = STR("1") });
	tar_add(&bench->tar, (struct tar_part){ .path = "p/b/x", .data = STR("2") });
	tar_add(&bench->tar, (struct tar_part){ .path = "q/a/x", .data = STR("3") });
	const struct inspection *out = inspect(bench);
	expect_faults(out, FAULT_DUPLICATE | FAULT_OUTSIDE, "a/x");
	expect_text(out, out->fault_path[8], "q/a/x");
	assert_int_equal(out->unpacked_bytes, sizeof MANIFEST - 1 + 3);
}

/* ---- package.json ---------------------------------------------------------------------------------- */

static const struct {
	const char *text, *name, *version, *license;
	bool install_script;
	uint32_t faults;
} manifests[] = {
	{ MANIFEST, "a", "1.0.0", "MIT", false, 0 },
	{ "\xef\xbb\xbf" MANIFEST, "a", "1.0.0", "MIT", false, 0 },
	{ "{}", "", "", "", false, 0 },
	{ "{\"name\": \"a\", \"name\": \"b\"}", "b", "", "", false, 0 },
	{ "{\"name\": \"a\\u202eb\"}",
	  "a\xe2\x80\xae"
	  "b",
	  "", "", false, 0 },
	{ "{\"name\": \"caf\xe9\"}", "caf\xef\xbf\xbd", "", "", false, 0 },
	{ "{\"name\": 1, \"version\": null}", "", "", "", false, 0 },
	{ "{\"license\": {\"type\": \"ISC\", \"url\": \"x\"}}", "", "", "ISC", false, 0 },
	{ "{\"license\": [\"ISC\"]}", "", "", "ISC", false, 0 },
	{ "{\"licenses\": [{\"type\": \"MIT\"}, {\"type\": \"BSD-2-Clause\"}]}", "", "", "MIT OR BSD-2-Clause", false, 0 },
	{ "{\"scripts\": {\"preinstall\": \"x\"}}", "", "", "", true, 0 },
	{ "{\"scripts\": {\"install\": \"x\"}}", "", "", "", true, 0 },
	{ "{\"scripts\": {\"postinstall\": \"x\"}}", "", "", "", true, 0 },
	{ "{\"scripts\": {\"install\": \"\", \"prepare\": \"x\", \"test\": \"x\"}}", "", "", "", false, 0 },
	{ "{\"scripts\": {\"install\": 1}}", "", "", "", false, 0 },
	{ "{\"scripts\": \"install\"}", "", "", "", false, 0 },
	{ "{\"scripts\": {\"install\": \"x\"}, \"scripts\": {}}", "", "", "", false, 0 },
	{ "", "", "", "", false, FAULT_BAD_MANIFEST },
	{ "[]", "", "", "", false, FAULT_BAD_MANIFEST },
	{ "null", "", "", "", false, FAULT_BAD_MANIFEST },
	{ "{\"name\": \"a\"} x", "", "", "", false, FAULT_BAD_MANIFEST },
	{ "{\"name\": \"a\",}", "", "", "", false, FAULT_BAD_MANIFEST },
};

static void reads_package_json(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof manifests / sizeof *manifests; i++) {
		const struct inspection *out = inspect_manifest(bench, manifests[i].text);
		expect_faults(out, manifests[i].faults, manifests[i].text);
		expect_text(out, out->name, manifests[i].name);
		expect_text(out, out->version, manifests[i].version);
		expect_text(out, out->license, manifests[i].license);
		expect_text(out, out->deprecated, "");
		assert_int_equal(out->has_manifest, !manifests[i].faults);
		if (out->install_script != manifests[i].install_script)
			fail_msg("%s: install script %d", manifests[i].text, out->install_script);
	}
}

static const struct {
	const char *gyp, *text;
	bool install_script;
} gyps[] = {
	{ "package/binding.gyp", "{}", true },
	{ "package/binding.gyp", "{\"gypfile\": true}", true },
	{ "package/binding.gyp", "{\"gypfile\": 0}", true },
	{ "package/binding.gyp", "{\"gypfile\": false}", false },
	{ "package/binding.gyp", "{\"gypfile\": false, \"scripts\": {\"install\": \"x\"}}", true },
	{ "package/lib/binding.gyp", "{}", false },
	{ "package/common.gyp", "{}", false },
};

static void knows_node_gyp(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof gyps / sizeof *gyps; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = gyps[i].gyp, .data = STR("{}") });
		const struct inspection *out = inspect_manifest(bench, gyps[i].text);
		if (out->install_script != gyps[i].install_script)
			fail_msg("%s with %s: install script %d", gyps[i].gyp, gyps[i].text, out->install_script);
	}
}

/* ---- what else is noted --------------------------------------------------------------------------------- */

/* "key=value key=value", as the list has them. */
static void expect_list(const struct inspection *out, enum inspected list, const char *wanted)
{
	size_t count;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	const struct inspection_pair *found = inspection_list(out, list, &count);
	for (size_t i = 0; i < count; i++) {
		buf_printf(&text, "%s%.*s=", i ? " " : "", STR_ARG(inspection_str(out, found[i].key)));
		buf_add(&text, inspection_str(out, found[i].value));
	}
	if (!str_equal_z(buf_str(&text), wanted))
		fail_msg("list %d: \"%.*s\" instead of \"%s\"", (int)list, STR_ARG(buf_str(&text)), wanted);
}

static const struct {
	const char *text;
	enum inspected list;
	const char *wanted;
} lists[] = {
	{ "{\"dependencies\": {\"a\": \"^1\", \"b\": 1, \"c\": null}}", INSPECTED_DEPENDENCIES, "a=^1" },
	{ "{\"dependencies\": {\"a\": \"1\", \"b\": \"2\"}, \"optionalDependencies\": {\"b\": \"3\"}}", INSPECTED_DEPENDENCIES, "a=1" },
	{ "{\"dependencies\": {\"a\": \"1\", \"b\": \"2\"}, \"optionalDependencies\": {\"b\": \"3\"}}", INSPECTED_OPTIONAL, "b=3" },
	{ "{\"dependencies\": {\"a\": \"1\"}, \"peerDependencies\": {\"a\": \"2\", \"p\": \"3\"}}", INSPECTED_PEERS, "p=3" },
	{ "{\"dependencies\": [\"a@^1\", \"b >=2\", \"c\"]}", INSPECTED_DEPENDENCIES, "a=^1 b=>=2 c=" },
	{ "{\"dependencies\": \"a@1, b@2\"}", INSPECTED_DEPENDENCIES, "a=1 b=2" },
	{ "{\"dependencies\": []}", INSPECTED_DEPENDENCIES, "" },
	{ "{\"peerDependencies\": {\"a\": \"1\", \"b\": \"2\"}, \"peerDependenciesMeta\": {\"b\": {\"optional\": true}, \"c\": {\"optional\": true}}}",
	  INSPECTED_PEERS, "a=1" },
	{ "{\"peerDependencies\": {\"b\": \"2\"}, \"peerDependenciesMeta\": {\"b\": {\"optional\": true}, \"c\": {\"optional\": true}}}",
	  INSPECTED_OPTIONAL_PEERS, "b=2" },
	{ "{\"bundledDependencies\": [\"a\", 1, \"b\"]}", INSPECTED_BUNDLES, "a= b=" },
	{ "{\"bundleDependencies\": true, \"dependencies\": {\"a\": \"1\"}}", INSPECTED_BUNDLES, "a=" },
	{ "{\"bundleDependencies\": {\"a\": \"1\"}}", INSPECTED_BUNDLES, "a=" },
	{ "{\"name\": \"@s/a\", \"bin\": \"./cli.js\"}", INSPECTED_BINS, "a=cli.js" },
	{ "{\"bin\": \"./cli.js\"}", INSPECTED_BINS, "" },
	{ "{\"bin\": {\"x/y\": \"/../../etc/z\", \"..\": \"a\", \"w\": \"a\\\\b\", \"v\": 1, \"u\": \".\"}}", INSPECTED_BINS, "y=etc/z w=a/b" },
	{ "{\"bin\": [\"bin/a\", \"b.js\"]}", INSPECTED_BINS, "a=bin/a b.js=b.js" },
	{ "{\"scripts\": {\"postinstall\": \"node x\", \"test\": \"y\", \"preinstall\": \"z\"}}", INSPECTED_SCRIPTS, "preinstall=z postinstall=node x" },
};

static void notes_what_a_manifest_lists(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct inspection *out = inspect_manifest(bench, lists[i].text);
		print_message("%s\n", lists[i].text);
		expect_faults(out, 0, lists[i].text);
		expect_list(out, lists[i].list, lists[i].wanted);
	}
}

static const struct {
	struct str bytes;
	const char *kind;
} binaries[] = {
	{ TEXT("\x7f\x45\x4c\x46\2\1\1"), "elf" },
	{ TEXT("\xfe\xed\xfa\xce...."), "mach-o" },
	{ TEXT("\xfe\xed\xfa\xcf...."), "mach-o" },
	{ TEXT("\xce\xfa\xed\xfe...."), "mach-o" },
	{ TEXT("\xcf\xfa\xed\xfe...."), "mach-o" },
	{ TEXT("\xca\xfe\xba\xbe\0\0\0\2"), "mach-o-fat" },
	{ TEXT("\xca\xfe\xba\xbf\0\0\0\2"), "mach-o-fat" },
	{ TEXT("\xbe\xba\xfe\xca\2\0\0\0"), "mach-o-fat" },
	{ TEXT("\xca\xfe\xba\xbe\0\0\0\x34"), NULL }, /* a Java class */
	{ TEXT("\xca\xfe\xba\xbe"), NULL },
	{ TEXT("\0asm\1\0\0\0"), "wasm" },
	{ TEXT("MZ..........................................................\x40\0\0\0PE\0\0"), "pe" },
	{ TEXT("MZ..........................................................\x40\0\0\0XX\0\0"), NULL },
	{ TEXT("MZ..........................................................\xff\xff\xff\xff"), NULL },
	{ TEXT("MZ"), NULL },
	{ TEXT("#!/bin/sh"), NULL },
};

static void knows_native_code(void **state)
{
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof binaries / sizeof *binaries; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = binaries[i].bytes });
		const struct inspection *out = inspect_manifest(bench, MANIFEST);
		char wanted[32];
		snprintf(wanted, sizeof wanted, "x=%s", binaries[i].kind ? binaries[i].kind : "");
		print_message("binary %zu\n", i);
		expect_list(out, INSPECTED_BINARIES, binaries[i].kind ? wanted : "");
		assert_int_equal(out->binaries, binaries[i].kind != NULL);
	}
	for (int i = 0; i <= INSPECTED_BINARIES_LISTED; i++) {
		char path[64];
		snprintf(path, sizeof path, "package/%d", i);
		tar_add(&bench->tar, (struct tar_part){ .path = path, .data = binaries[0].bytes });
	}
	size_t listed;
	const struct inspection *out = inspect_manifest(bench, MANIFEST);
	inspection_list(out, INSPECTED_BINARIES, &listed);
	assert_int_equal(listed, INSPECTED_BINARIES_LISTED);
	assert_int_equal(out->binaries, INSPECTED_BINARIES_LISTED + 1);
}

static void reads_what_is_bundled(void **state)
{
	struct bench *bench = *state;
	static const struct tar_part parts[] = {
		{ .path = "package/node_modules/b/package.json", .data = TEXT("{\"name\": \"old\"}") },
		{ .path = "package/node_modules/b/package.json", .data = TEXT(OTHER) },
		{ .path = "package/node_modules/@s/c/node_modules/d/package.json", .data = TEXT("{\"name\": \"d\", \"version\": \"1\"}") },
		{ .path = "package/node_modules/e/package.json", .data = TEXT("{") },
		{ .path = "package/node_modules/b/test/package.json", .data = TEXT(OTHER) },
		{ .path = "package/node_modules/@s/package.json", .data = TEXT(OTHER) },
		{ .path = "package/node_modules/package.json", .data = TEXT(OTHER) },
		{ .path = "package/lib/node_modules/b/package.json", .data = TEXT(OTHER) },
	};
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		tar_add(&bench->tar, parts[i]);
	const struct inspection *out = inspect_manifest(bench, MANIFEST);
	expect_faults(out, FAULT_DUPLICATE, "bundled packages");
	expect_list(out, INSPECTED_CARRIED, "node_modules/b=b@2.0.0 node_modules/@s/c/node_modules/d=d@1 node_modules/e=");
}

/* One file where letter case or the Unicode form does not count; each is a path of its own where they do. */
static void folds_paths(void **state)
{
	static const struct {
		const char *first, *second;
		uint32_t faults;
	} twins[] = {
		{ "package/README", "package/readme", FAULT_FOLDED },
		{ "package/caf\xc3\xa9", "package/cafe\xcc\x81", FAULT_FOLDED },
		{ "package/\xc3\x89t\xc3\xa9", "package/\xc3\xa9t\xc3\xa9", FAULT_FOLDED },
		{ "package/stra\xc3\x9f"
		  "e",
		  "package/STRASSE", FAULT_FOLDED },
		{ "package/Lib/a", "package/lib/a", FAULT_FOLDED },
		{ "package/a", "package/b", 0 },
		{ "package/\xc3\xa9", "package/e", 0 },
		{ "package/x\xe9", "package/X\xe9", FAULT_FOLDED | FAULT_CONTROL_NAME },
	};
	struct bench *bench = *state;
	for (size_t i = 0; i < sizeof twins / sizeof *twins; i++) {
		tar_add(&bench->tar, (struct tar_part){ .path = twins[i].first });
		tar_add(&bench->tar, (struct tar_part){ .path = twins[i].second });
		expect_faults(inspect_manifest(bench, MANIFEST), twins[i].faults, twins[i].second);
	}
	for (int i = 0; i < 2; i++) { /* the second spelling twice */
		tar_add(&bench->tar, (struct tar_part){ .path = "package/A" });
		tar_add(&bench->tar, (struct tar_part){ .path = "package/a" });
	}
	expect_faults(inspect_manifest(bench, MANIFEST), FAULT_FOLDED | FAULT_DUPLICATE, "twice two");
}

/* At the limit all is noted; past it nothing is half said. */
static void notes_up_to_a_limit(void **state)
{
	struct bench *bench = *state;
	struct inspect_limits limits = { 1 << 20, 10, 100, 1 << 20, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY };
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR("{\"name\":\"a\",\"dependencies\":{\"b\":\"1\"}}") });
	pack(bench);
	struct proven_tarball tarball = { .bytes = buf_str(&bench->packed), .verdict = INTEGRITY_NONE };
	assert_int_equal(inspect_within(&tarball, bench->inflater, &limits, &bench->out, NULL), STATUS_OK);
	limits.noted_bytes = bench->out.n;
	assert_int_equal(inspect_within(&tarball, bench->inflater, &limits, &bench->out, NULL), STATUS_OK);
	const struct inspection *out = (const void *)bench->out.p;
	expect_faults(out, 0, "at the limit");
	expect_list(out, INSPECTED_DEPENDENCIES, "b=1");
	limits.noted_bytes--;
	assert_int_equal(inspect_within(&tarball, bench->inflater, &limits, &bench->out, NULL), STATUS_OK);
	out = (const void *)bench->out.p;
	assert_true(inspection_is_sound(buf_str(&bench->out)));
	assert_true(out->cut);
	expect_faults(out, FAULT_LIMIT, "past the limit");
	expect_list(out, INSPECTED_DEPENDENCIES, "");
}

/* A block from a file can say anything. */
static void distrusts_a_block(void **state)
{
	struct bench *bench = *state;
	const struct inspection *whole = inspect_manifest(bench, "{\"name\":\"a\",\"dependencies\":{\"b\":\"1\"}}");
	uint32_t size = whole->size;
	CLEANUP(buf_fini) struct buf copy = BUF_INIT(1 << 20);
	for (size_t cut = 0; cut < size; cut++)
		assert_false(inspection_is_sound(str_head(buf_str(&bench->out), cut)));
	for (size_t at = 0; at + 4 <= size; at += 4) {
		buf_clear(&copy);
		buf_add(&copy, buf_str(&bench->out));
		memset(copy.p + at, 0xff, 4);
		if (!inspection_is_sound(buf_str(&copy)))
			continue;
		size_t count, sum = 0; /* then all of it can be read */
		const struct inspection *out = (const void *)copy.p;
		for (enum inspected list = 0; list < INSPECTED_LISTS; list++) {
			const struct inspection_pair *found = inspection_list(out, list, &count);
			for (size_t i = 0; i < count; i++) {
				struct str key = inspection_str(out, found[i].key);
				sum += key.n ? (unsigned char)key.p[key.n - 1] : 0;
			}
		}
		assert_true(sum < 1000000);
	}
}

/* What a worker that was taken over could make of it: each a whole block with one thing wrong. */
static void distrusts_each_part(void **state)
{
	struct bench *bench = *state;
	inspect_manifest(bench, "{\"name\":\"a\",\"dependencies\":{\"b\":\"1\",\"c\":\"2\"},\"scripts\":{\"install\":\"x\"}}");
	struct inspection *block = (struct inspection *)(void *)bench->out.p, good = *block;
	struct inspection_pair *pair = (struct inspection_pair *)(void *)(bench->out.p + good.lists[INSPECTED_DEPENDENCIES].at), good_pair = *pair;
	struct str bytes = buf_str(&bench->out);
	assert_true(inspection_is_sound(bytes));
	memset(&block->cut, 2, 1);
	assert_false(inspection_is_sound(bytes));
	*block = good;
	memset(&block->has_manifest, 0xff, 1);
	assert_false(inspection_is_sound(bytes));
	*block = good;
	block->faults = 1u << ARCHIVE_FAULTS;
	assert_false(inspection_is_sound(bytes));
	*block = good;
	char *name = bench->out.p + good.name.at;
	*name = '\xff';
	assert_false(inspection_is_sound(bytes));
	*name = 'a';
	/* Every text the whole block: a megabyte of them would be sixteen gigabytes. */
	pair->key = pair->value = (struct inspection_text){ 0, good.size };
	assert_false(inspection_is_sound(bytes));
	*pair = good_pair;
	block->lists[INSPECTED_DEPENDENCIES].at++;
	assert_false(inspection_is_sound(bytes));
	*block = good;
	assert_true(inspection_is_sound(bytes));
}

/* ---- the archive as a whole ---------------------------------------------------------------------- */

static void a_clean_package_is_silent(void **state)
{
	struct bench *bench = *state;
	char name[201] = "";
	memset(name, 'n', 200);
	memcpy(name, "package/", 8);
	tar_add_pax(&bench->tar, 'g', "comment", "0123456789012345678901234567890123456789");
	tar_add(&bench->tar, (struct tar_part){ .path = "package/", .type = '5' });
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add_pax(&bench->tar, 'x', "path", name);
	tar_add(&bench->tar, (struct tar_part){ .path = "x", .data = STR("12345") });
	name[199] = 'm';
	tar_add_long(&bench->tar, 'L', name);
	tar_add(&bench->tar, (struct tar_part){ .path = "x", .data = STR("123"), .magic = "ustar  " });
	const struct inspection *out = inspect(bench);
	expect_faults(out, 0, "a clean package");
	assert_int_equal(out->files, 3);
	assert_int_equal(out->unpacked_bytes, sizeof MANIFEST - 1 + 8);
	assert_true(out->has_manifest);
	expect_text(out, out->version, "1.0.0");
}

static void two_members_are_one_file(void **state)
{
	struct bench *bench = *state;
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_end(&bench->tar);
	gzip_add(&bench->packed, str_head(buf_str(&bench->tar), 700));
	gzip_add(&bench->packed, str_from(buf_str(&bench->tar), 700));
	expect_faults(inspect_bytes(bench, buf_str(&bench->packed)), 0, "two members");
}

static void reports_trailing_bytes(void **state)
{
	struct bench *bench = *state;
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	pack(bench);
	buf_add(&bench->packed, STR("\0\0\0\0"));
	expect_faults(inspect_bytes(bench, buf_str(&bench->packed)), 0, "padding");
	buf_add(&bench->packed, STR("more"));
	const struct inspection *out = inspect_bytes(bench, buf_str(&bench->packed));
	expect_faults(out, FAULT_TRAILING, "behind the gzip data");
	expect_text(out, out->name, "a");
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_end(&bench->tar);
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(OTHER) });
	out = inspect(bench);
	expect_faults(out, FAULT_TRAILING, "behind the tar data");
	expect_text(out, out->name, "a");
}

static void what_is_cut_is_not_clean(void **state)
{
	struct bench *bench = *state;
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR("text") });
	pack(bench);
	for (size_t keep = 0; keep < bench->packed.n; keep++)
		assert_true(inspect_bytes(bench, str_head(buf_str(&bench->packed), keep))->faults & FAULT_NOT_GZIP);
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR("text") });
	buf_clear(&bench->packed);
	gzip_add(&bench->packed, str_head(buf_str(&bench->tar), 1600));
	const struct inspection *out = inspect_bytes(bench, buf_str(&bench->packed));
	expect_faults(out, FAULT_NOT_TAR, "a cut tar");
	expect_text(out, out->name, "a");
}

/* A byte of it is another one, wherever: inspect_bytes() compares all ways to read it. */
static void what_is_damaged_is_the_same_however_read(void **state)
{
	struct bench *bench = *state;
	CLEANUP(buf_fini) struct buf damaged = BUF_INIT(64 * KIB);
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	for (int i = 0; i < 8; i++)
		tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR("some text, which is packed with the rest") });
	pack(bench);
	size_t seen = 0;
	for (size_t at = 0; at < bench->packed.n; at += 3) {
		buf_clear(&damaged);
		buf_add(&damaged, buf_str(&bench->packed));
		damaged.p[at] ^= 0x55;
		const struct inspection *out = inspect_bytes(bench, buf_str(&damaged));
		assert_true(out->faults || at < 10); /* what gzip's head says of time and system is nobody's business */
		seen += out->has_manifest;
	}
	assert_true(seen > 0);
}

static void knows_what_is_no_tarball(void **state)
{
	struct bench *bench = *state;
	expect_faults(inspect_bytes(bench, STR("<html>502</html>")), FAULT_NOT_GZIP | FAULT_NOT_TAR, "a page");
	expect_faults(inspect_bytes(bench, STR_NONE), FAULT_NOT_GZIP | FAULT_NOT_TAR, "nothing");
	gzip_add(&bench->packed, STR("<html>502</html>"));
	expect_faults(inspect_bytes(bench, buf_str(&bench->packed)), FAULT_NOT_TAR, "a packed page");
	tar_end(&bench->tar);
	expect_faults(inspect(bench), FAULT_NO_MANIFEST, "an empty tar");
}

/* npm unpacks it, so what it holds must be known. */
static void looks_into_a_bare_tar(void **state)
{
	struct bench *bench = *state;
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add(&bench->tar, (struct tar_part){ .path = "package/../x" });
	tar_end(&bench->tar);
	const struct inspection *out = inspect_bytes(bench, buf_str(&bench->tar));
	expect_faults(out, FAULT_NOT_GZIP | FAULT_ESCAPE, "a bare tar");
	expect_text(out, out->name, "a");
}

static void a_bomb_is_a_limit(void **state)
{
	struct bench *bench = *state;
	gzip_add_bomb(&bench->packed, 100000);
	expect_faults(inspect_bytes(bench, buf_str(&bench->packed)), FAULT_LIMIT, "a bomb");
}

static void keeps_to_each_limit(void **state)
{
	struct bench *bench = *state;
	/* Two entries of two blocks each and the end mark: at every limit. */
	static const struct inspect_limits at = {
		3072, 2, sizeof "package/package.json" - 1, sizeof MANIFEST - 1, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY
	};
	struct inspect_limits past[4] = { at, at, at, at };
	past[0].unpacked_bytes--;
	past[1].entries--;
	past[2].path_bytes--;
	past[3].manifest_bytes--;
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add(&bench->tar, (struct tar_part){ .path = "package/x", .data = STR("text") });
	pack(bench);
	struct proven_tarball tarball = { .bytes = buf_str(&bench->packed), .verdict = INTEGRITY_NONE };
	assert_int_equal(inspect_within(&tarball, bench->inflater, &at, &bench->out, NULL), STATUS_OK);
	expect_faults((const void *)bench->out.p, 0, "at the limits");
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(inspect_within(&tarball, bench->inflater, &past[i], &bench->out, NULL), STATUS_OK);
		const struct inspection *out = (const void *)bench->out.p;
		if (!(out->faults & FAULT_LIMIT))
			fail_msg("past limit %zu: faults %x", i, out->faults);
	}
}

/* More names than the memory holds that an inspection may take: the archive's fault, and all that was noted is dropped. */
static void keeps_to_its_memory(void **state)
{
	struct bench *bench = *state;
	struct inspect_limits limits = { MIB, 1000, 100, 1000, LIMIT_INSPECTION_BYTES, 64 * KIB };
	for (size_t count = 100; count <= 1000; count += 900) {
		buf_clear(&bench->tar);
		tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
		for (size_t i = 1; i < count; i++) {
			char path[64];
			snprintf(path, sizeof path, "package/a-name-that-is-not-short-at-all/%zu", i);
			tar_add(&bench->tar, (struct tar_part){ .path = path, .data = STR("") });
		}
		pack(bench);
		struct proven_tarball tarball = { .bytes = buf_str(&bench->packed), .verdict = INTEGRITY_NONE };
		assert_int_equal(inspect_within(&tarball, bench->inflater, &limits, &bench->out, NULL), STATUS_OK);
		const struct inspection *out = (const void *)bench->out.p;
		expect_faults(out, count > 100 ? FAULT_LIMIT : 0, "names");
		assert_int_equal(out->cut, count > 100);
		limits.unpacked_bytes *= 4;
	}
}

static void shows_paths_safely(void **state)
{
	struct bench *bench = *state;
	char name[400] = "";
	memset(name, 'n', 399);
	memcpy(name, "package/\x1b[31m/", 14);
	name[200] = '/';
	tar_add(&bench->tar, (struct tar_part){ .path = "package/package.json", .data = STR(MANIFEST) });
	tar_add_pax(&bench->tar, 'x', "path", name);
	tar_add(&bench->tar, (struct tar_part){ .path = "x" });
	const struct inspection *out = inspect(bench);
	expect_faults(out, FAULT_CONTROL_NAME, "an escape sequence");
	struct str shown = inspection_str(out, out->fault_path[9]);
	assert_int_equal(shown.n, 159);
	assert_true(str_starts_with(shown, STR("package/\\x1b[31m/nnn")));
}

static void proves_before_it_inspects(void **state)
{
	(void)state;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct integrity good, bad, none;
	struct proven_tarball tarball = { .verdict = INTEGRITY_NONE };
	struct digest actual;
	assert_int_equal(integrity_parse(STR("sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="), arena, &good, NULL), STATUS_OK);
	assert_int_equal(integrity_parse(STR("sha512-AAAA sha1-qvTGHdzF6KLavt4PO0gs2a6pQ00="), arena, &bad, NULL), STATUS_OK);
	assert_int_equal(integrity_parse(STR("md5-AAAA"), arena, &none, NULL), STATUS_OK);
	assert_false(tarball_prove(STR("hello"), &bad, &tarball, &actual));
	assert_int_equal(actual.algorithm, DIGEST_SHA512);
	assert_null(tarball.bytes.p);
	assert_true(tarball_prove(STR("hello"), &good, &tarball, &actual));
	assert_int_equal(tarball.verdict, INTEGRITY_MATCH);
	assert_int_equal(actual.algorithm, DIGEST_SHA1);
	assert_true(tarball_prove(STR("hello"), &none, &tarball, NULL));
	assert_int_equal(tarball.verdict, INTEGRITY_NONE);
	assert_true(tarball_prove(STR("hello"), NULL, &tarball, NULL));
	assert_int_equal(tarball.verdict, INTEGRITY_NONE);
}

static void every_fault_has_a_text(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < ARCHIVE_FAULTS; i++)
		assert_non_null(archive_fault_text((enum archive_fault)(1u << i)));
	assert_string_equal(archive_fault_text(FAULT_ESCAPE), "a path leaves the package");
	assert_string_equal(archive_fault_text(FAULT_SETUID), "a file has the setuid or setgid bit");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static int start_sandbox(void **state)
{
	(void)state;
	struct sandbox_options options = { .mode = SANDBOX_AUTO, .prepare = unpacker_prepare, .warm_up = unpacker_warm_up };
	return sandbox_start(&options, &sandbox, NULL) ? -1 : 0;
}

static int end_sandbox(void **state)
{
	struct sandbox_state now;
	(void)state;
	sandbox_state(sandbox, &now);
	sandbox_free(sandbox);
	return now.lost || (now.off && !*now.problem) ? -1 : 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(judges_one_entry),
		TEST(the_last_file_counts),
		TEST(refuses_ambiguous_names),
		TEST(refuses_ambiguous_headers),
		TEST(a_file_is_no_folder),
		TEST(keeps_to_what_a_name_may_have),
		TEST(finds_a_duplicate_of_any_file),
		TEST(reads_package_json),
		TEST(knows_node_gyp),
		TEST(notes_what_a_manifest_lists),
		TEST(knows_native_code),
		TEST(reads_what_is_bundled),
		TEST(folds_paths),
		TEST(notes_up_to_a_limit),
		TEST(distrusts_a_block),
		TEST(distrusts_each_part),
		TEST(a_clean_package_is_silent),
		TEST(two_members_are_one_file),
		TEST(reports_trailing_bytes),
		TEST(what_is_cut_is_not_clean),
		TEST(what_is_damaged_is_the_same_however_read),
		TEST(knows_what_is_no_tarball),
		TEST(looks_into_a_bare_tar),
		TEST(a_bomb_is_a_limit),
		TEST(keeps_to_each_limit),
		TEST(keeps_to_its_memory),
		TEST(shows_paths_safely),
		TEST(proves_before_it_inspects),
		TEST(every_fault_has_a_text),
	};
	return cmocka_run_group_tests(tests, start_sandbox, end_sandbox);
}
