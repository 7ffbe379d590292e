/* Zips: as they come, and as somebody makes them who knows the format: with sums that are right, and lies where he wants them. */
#include <libdeflate.h>

#include "fuzz/fuzz.h"

#include "assay/archive.h"
#include "assay/tarball.h"
#include "tarball/inspect.h"

enum { MOST = 16 * 1024 * 1024, MOST_ENTRIES = 1000 };

/* ---- read in every way there is: what comes out is the same ------------------------------------------------------------- */

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct buf *out = context;
	fuzz_require(entry->type != TAR_FILE || entry->data.n == entry->size);
	buf_printf(out, "%d %zu %zu %llu %o ", (int)entry->type, entry->path.n, entry->link.n, (unsigned long long)entry->size, entry->mode);
	buf_add(out, entry->path);
	buf_add(out, entry->link);
	buf_add(out, entry->data);
	return true;
}

/* What is read by names, and handed over in pieces: regular files alone. */
struct files {
	struct buf named, bytes;
	bool skipped; /* one says that it is larger than what is held */
};

static void files_cleanup(struct files *files)
{
	buf_fini(&files->named);
	buf_fini(&files->bytes);
}
#define FILES \
	{ \
		BUF_INIT(64 * MIB), BUF_INIT(64 * MIB), false \
	}

static bool note_file(void *context, struct str name, struct str data)
{
	struct files *files = context;
	files->skipped |= !data.p;
	buf_printf(&files->named, "%zu %zu ", name.n, data.n);
	buf_add(&files->named, name);
	buf_add(&files->bytes, data.p ? data : STR(""));
	return true;
}

static bool note_regular(void *context, const struct tar_entry *entry)
{
	return entry->type != TAR_FILE || note_file(context, entry->path, entry->data);
}

static void note_piece(void *context, struct str bytes)
{
	struct files *files = context;
	buf_add(&files->bytes, bytes);
}

static bool note_size(void *context, const struct tar_entry *entry)
{
	struct files *files = context;
	if (entry->type != TAR_FILE)
		return true;
	buf_printf(&files->named, "%zu %llu ", entry->path.n, (unsigned long long)entry->size);
	buf_add(&files->named, entry->path);
	return true;
}

static ptrdiff_t read_bytes(void *context, char *out, size_t size, uint64_t at)
{
	const struct str *bytes = context;
	struct str rest = str_head(str_from(*bytes, at > bytes->n ? bytes->n : (size_t)at), size);
	if (rest.n)
		memcpy(out, rest.p, rest.n);
	return (ptrdiff_t)rest.n;
}

static bool same_files(const struct files *a, const struct files *b)
{
	return str_equal(buf_str(&a->named), buf_str(&b->named)) && str_equal(buf_str(&a->bytes), buf_str(&b->bytes));
}

static void walk_files(struct str zip, const struct byte_file *file, enum status status)
{
	CLEANUP(files_cleanup) struct files held = FILES;
	CLEANUP(files_cleanup) struct files pieces = FILES;
	CLEANUP(files_cleanup) struct files named = FILES;
	fuzz_require(zip_walk_entries(zip, MOST_ENTRIES, MOST, note_regular, &held, NULL) == status);
	fuzz_require(zip_walk_pieces(file, MOST_ENTRIES, MOST, 0, note_piece, note_size, &pieces, NULL) == status);
	enum status by_name = zip_walk_elsewhere(file, MOST, note_file, &named, NULL);
	if (!status)
		fuzz_require(same_files(&held, &pieces) && by_name == STATUS_OK && (named.skipped || same_files(&held, &named)));
}

static enum status walk_zip(struct str zip, struct buf *entries)
{
	CLEANUP(buf_fini) struct buf elsewhere = BUF_INIT(64 * MIB);
	const struct byte_file file = { .read_at = read_bytes, .context = &zip, .size = zip.n };
	struct error err = { 0 };
	enum status status = zip_walk_entries(zip, MOST_ENTRIES, MOST, note_entry, entries, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(zip_walk_file(&file, MOST_ENTRIES, MOST, MOST, note_entry, &elsewhere, NULL) == status);
	fuzz_require(str_equal(buf_str(entries), buf_str(&elsewhere)));
	walk_files(zip, &file, status);
	return status;
}

/* ---- inspected as one of yarn's: held, and as a file ----------------------------------------------------------------------- */

static void inspect(const struct proven_tarball *tarball, struct buf *out)
{
	static const struct inspect_limits limits = {
		MOST, MOST_ENTRIES, LIMIT_TARBALL_PATH, LIMIT_MANIFEST_BYTES, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY
	};
	fuzz_require(inspect_within(tarball, NULL, &limits, out, NULL) == STATUS_OK);
	fuzz_require(inspection_is_sound(buf_str(out)));
}

static void inspect_zip(struct str zip)
{
	CLEANUP(buf_fini) struct buf held = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf elsewhere = BUF_INIT(64 * MIB);
	const struct tarball_file file = { .fd = -1, .size = zip.n, .read_at = read_bytes, .context = &zip };
	struct proven_tarball tarball = { .bytes = zip, .zip = true };
	inspect(&tarball, &held);
	tarball = (struct proven_tarball){ .file = &file, .zip = true };
	inspect(&tarball, &elsewhere);
	const struct inspection *a = (const void *)held.p, *b = (const void *)elsewhere.p;
	if (a->faults & FAULT_NOT_TAR && a->faults == b->faults)
		return; /* where it breaks off the two say so in other words */
	fuzz_require(str_equal(buf_str(&held), buf_str(&elsewhere)));
}

static void run_zip(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf entries = BUF_INIT(64 * MIB);
	(void)with;
	walk_zip(fuzz->input, &entries);
	inspect_zip(fuzz->input);
}

/* ---- made: an entry of the input is its lies, kind, method, lengths of name, extra field and data, and these ------------------ */

enum lie {
	LIE_SUM = 1,
	LIE_SIZE = 2,        /* the directory says a byte less */
	LIE_NAME = 4,        /* the local header has another name */
	LIE_ENCRYPTED = 8,   /* a flag that is not so */
	LIE_DESCRIPTOR = 16, /* no lie: sizes and sum stand behind the data */
	LIE_UTF8 = 32,       /* the flag */
	LIE_PLACE = 64,      /* the directory points a byte further */
	LIE_HIDDEN = 128,    /* it stands in no directory */
};

struct made {
	unsigned char lies, kind, method, name_n, extra_n, data_n;
	struct str name, extra, data, packed;
	uint32_t crc, at;
};

struct maker {
	struct buf file, directory, packed, expected;
	unsigned count;
	bool honest;
};

static void put(struct buf *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_add_char(out, (char)(value >> 8 * i));
}

static struct str take(struct str *rest, size_t n)
{
	struct str part = str_head(*rest, n);
	*rest = str_from(*rest, n);
	return part;
}

static bool take_made(struct str *rest, struct made *out)
{
	struct str head = take(rest, 6);
	if (head.n < 6)
		return false;
	memcpy(out, head.p, 6);
	out->name = take(rest, out->name_n);
	out->extra = take(rest, out->extra_n);
	out->data = take(rest, out->data_n);
	return true;
}

static void pack(struct maker *maker, struct made *made)
{
	struct libdeflate_compressor *deflate = libdeflate_alloc_compressor(1);
	const char *data = made->data.n ? made->data.p : "";
	fuzz_require(deflate && buf_reserve(&maker->packed, libdeflate_deflate_compress_bound(deflate, made->data.n)));
	maker->packed.n = libdeflate_deflate_compress(deflate, data, made->data.n, maker->packed.p, maker->packed.capacity);
	libdeflate_free_compressor(deflate);
	made->packed = made->method % 2 ? buf_str(&maker->packed) : made->data;
	made->crc = libdeflate_crc32(0, data, made->data.n) ^ (made->lies & LIE_SUM);
	made->at = (uint32_t)maker->file.n;
}

/* APPNOTE 4.3.7 and 4.3.12: what the local header and the directory have in common. */
static void put_common(struct buf *out, const struct made *made, bool local)
{
	bool later = local && made->lies & LIE_DESCRIPTOR;
	uint64_t shorter = !local && made->lies & LIE_SIZE && made->data.n;
	put(out, 20, 2);
	put(out, (made->lies & LIE_ENCRYPTED ? 1u : 0) | (made->lies & LIE_DESCRIPTOR ? 8u : 0) | (made->lies & LIE_UTF8 ? 1u << 11 : 0), 2);
	put(out, made->method % 2 ? 8 : 0, 2);
	put(out, 0x5a210000, 4);
	put(out, later ? 0 : made->crc, 4);
	put(out, later ? 0 : made->packed.n, 4);
	put(out, later ? 0 : made->data.n - shorter, 4);
	put(out, made->name.n, 2);
	put(out, made->extra.n, 2);
}

static void put_local(struct maker *maker, const struct made *made)
{
	struct buf *out = &maker->file;
	put(out, 0x04034b50, 4);
	put_common(out, made, true);
	if (made->lies & LIE_NAME && made->name.n)
		buf_add_char(out, (char)(made->name.p[0] ^ 1));
	buf_add(out, str_from(made->name, made->lies & LIE_NAME ? 1 : 0));
	buf_add(out, made->extra);
	buf_add(out, made->packed);
	if (!(made->lies & LIE_DESCRIPTOR))
		return;
	put(out, 0x08074b50, 4);
	put(out, made->crc, 4);
	put(out, made->packed.n, 4);
	put(out, made->data.n, 4);
}

static void put_directory(struct maker *maker, const struct made *made)
{
	static const unsigned modes[] = { 0100644, 040755, 0120777, 010644, 0104755, 0 };
	struct buf *out = &maker->directory;
	if (made->lies & LIE_HIDDEN)
		return;
	put(out, 0x02014b50, 4);
	put(out, made->kind & 128 ? 20 : 3 << 8 | 20, 2); /* made on DOS, or on Unix */
	put_common(out, made, false);
	put(out, 0, 2 + 2 + 2);
	put(out, (uint64_t)modes[made->kind % 6] << 16, 4);
	put(out, made->at + (made->lies & LIE_PLACE ? 1u : 0), 4);
	buf_add(out, made->name);
	buf_add(out, made->extra);
	maker->count++;
}

/* Plain files of which nothing odd is said must come out as they were put in. */
static void expect(struct maker *maker, const struct made *made)
{
	bool plain = made->name.n && made->name.p[made->name.n - 1] != '/' && made->kind == 0 && made->extra.n == 0;
	for (size_t i = 0; i < made->name.n && plain; i++)
		plain = made->name.p[i] > ' ' && made->name.p[i] < 0x7f;
	maker->honest &= plain && !(made->lies & ~(LIE_DESCRIPTOR | LIE_UTF8));
	buf_printf(&maker->expected, "%d %zu 0 %zu 644 ", (int)TAR_FILE, made->name.n, made->data.n);
	buf_add(&maker->expected, made->name);
	buf_add(&maker->expected, made->data);
}

static void put_end(struct maker *maker)
{
	uint64_t at = maker->file.n;
	buf_add(&maker->file, buf_str(&maker->directory));
	put(&maker->file, 0x06054b50, 4);
	put(&maker->file, 0, 4);
	put(&maker->file, maker->count, 2);
	put(&maker->file, maker->count, 2);
	put(&maker->file, maker->directory.n, 4);
	put(&maker->file, at, 4);
	put(&maker->file, 0, 2);
}

static void maker_cleanup(struct maker *maker)
{
	buf_fini(&maker->file);
	buf_fini(&maker->directory);
	buf_fini(&maker->packed);
	buf_fini(&maker->expected);
}

static void run_zip_made(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(maker_cleanup)
	struct maker maker = { BUF_INIT(64 * MIB), BUF_INIT(64 * MIB), BUF_INIT(64 * MIB), BUF_INIT(64 * MIB), .honest = true };
	CLEANUP(buf_fini) struct buf entries = BUF_INIT(64 * MIB);
	struct str rest = fuzz->input;
	struct made made;
	(void)with;
	while (maker.count < MOST_ENTRIES && take_made(&rest, &made)) {
		pack(&maker, &made);
		put_local(&maker, &made);
		put_directory(&maker, &made);
		expect(&maker, &made);
	}
	put_end(&maker);
	enum status status = walk_zip(buf_str(&maker.file), &entries);
	if (maker.honest && maker.count)
		fuzz_require(status == STATUS_OK && str_equal(buf_str(&entries), buf_str(&maker.expected)));
	inspect_zip(buf_str(&maker.file));
}

const struct fuzz_target fuzz_zips[] = {
	{ "zip", run_zip, NULL, NULL },
	{ "zip_made", run_zip_made, NULL, NULL },
	{ 0 },
};
