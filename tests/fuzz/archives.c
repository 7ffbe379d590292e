/* Archives: each is read in two ways, from memory and piece by piece, which must agree to the byte. */
#include "fuzz/fuzz.h"

#include "assay/archive.h"
#include "assay/tarball.h"
#include "tarball/file_list.h"
#include "tarball/inspect.h"

enum { MOST = 16 * 1024 * 1024 };

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct buf *out = context;
	buf_printf(out, "%d %zu %zu %zu %llu %o ", (int)entry->type, entry->path.n, entry->link.n, entry->data.n, (unsigned long long)entry->size,
		   entry->mode);
	buf_add(out, entry->path);
	buf_add(out, entry->link);
	buf_add(out, entry->data);
	return true;
}

static void run_tar(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf whole = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf pieces = BUF_INIT(64 * MIB);
	size_t behind = 0;
	uint64_t behind_source = 0;
	struct str_source rest = { fuzz->input };
	struct byte_source source = str_source_of(&rest);
	struct error err = { 0 }, source_err = { 0 };
	(void)with;
	enum status status = tar_walk(fuzz->input, 1000, note_entry, &whole, &behind, &err);
	enum status again = tar_walk_source(&source, 1000, MOST, note_entry, &pieces, &behind_source, &source_err);
	fuzz_require(status == again);
	fuzz_require(str_equal(buf_str(&whole), buf_str(&pieces)));
	fuzz_require(status || behind == behind_source);
	fuzz_require(!status || (err.text[0] && source_err.text[0]));
}

/* As much as can be had of a source, in pieces of odd sizes. */
static bool read_all(const struct byte_source *source, struct buf *out)
{
	static char piece[977];
	for (;;) {
		ptrdiff_t n = source->read(source->context, piece, sizeof piece, NULL);
		if (n <= 0)
			return n == 0;
		buf_add(out, (struct str){ piece, (size_t)n });
	}
}

static void run_gzip(const struct fuzz *fuzz, const void *with)
{
	struct inflater *inflater = inflater_new();
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	struct str out = STR_NONE;
	size_t trailing = 0;
	CLEANUP(buf_fini) struct buf pieces = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	struct str_source rest = { fuzz->input };
	struct byte_source source = str_source_of(&rest);
	struct gzip_in *gzip = gzip_in_new(&source, fuzz->input.n, MOST);
	(void)with;
	fuzz_require(inflater && deflater && gzip);
	struct byte_source inflated = gzip_in_source(gzip);
	bool whole = read_all(&inflated, &pieces);
	enum status status = inflater_run(inflater, fuzz->input, MOST, &out, &trailing, NULL);
	fuzz_require((status == STATUS_OK) == whole);
	if (whole)
		fuzz_require(str_equal(out, buf_str(&pieces)) && trailing == gzip_in_trailing(gzip));
	gzip_in_free(gzip);
	deflater_run(deflater, fuzz->input, &packed);
	if (inflater_run(inflater, buf_str(&packed), MOST, &out, &trailing, NULL) == STATUS_OK)
		fuzz_require(str_equal(out, fuzz->input) && trailing == 0);
	inflater_free(inflater);
	deflater_free(deflater);
}

/* ---- a tarball inspected: held, and piece by piece; twice is the same ------------------------------------------------------ */

static void inspect(const struct fuzz *fuzz, struct str bytes, size_t hold, struct buf *out)
{
	static const struct inspect_limits limits = {
		MOST, 1000, LIMIT_TARBALL_PATH, LIMIT_MANIFEST_BYTES, LIMIT_INSPECTION_BYTES, LIMIT_INSPECTION_MEMORY
	};
	struct proven_tarball tarball;
	struct integrity pinned = { 0 };
	struct inflater *inflater = inflater_new();
	fuzz_require(inflater && tarball_prove(bytes, &pinned, &tarball, NULL));
	inflater_set_hold(inflater, hold);
	fuzz_require(inspect_within(&tarball, inflater, &limits, out, NULL) == STATUS_OK);
	fuzz_require(inspection_is_sound(buf_str(out)));
	inflater_free(inflater);
	(void)fuzz;
}

static struct str fault_text(const struct inspection *inspection, int fault)
{
	return inspection_str(inspection, inspection->fault_path[fault]);
}

static void inspect_twice(const struct fuzz *fuzz, struct str bytes)
{
	CLEANUP(buf_fini) struct buf held = BUF_INIT(64 * MIB);
	CLEANUP(buf_fini) struct buf pieces = BUF_INIT(64 * MIB);
	inspect(fuzz, bytes, MOST, &held);
	inspect(fuzz, bytes, 0, &pieces);
	if (str_equal(buf_str(&held), buf_str(&pieces)))
		return;
	const struct inspection *a = (const void *)held.p, *b = (const void *)pieces.p;
	/* Where a tar is cut the two say so in other words. */
	if (a->faults == b->faults && a->faults & FAULT_NOT_TAR && a->files == b->files && a->unpacked_bytes == b->unpacked_bytes &&
	    a->has_manifest == b->has_manifest && a->install_script == b->install_script)
		return;
	for (int i = 0; i < ARCHIVE_FAULTS; i++)
		fprintf(stderr, "%d: %d \"%.*s\", %d \"%.*s\"\n", i, (a->faults >> i) & 1, STR_ARG(fault_text(a, i)), (b->faults >> i) & 1,
			STR_ARG(fault_text(b, i)));
	fuzz_fail("a tarball held and one read piece by piece are the same", __FILE__, __LINE__);
}

static void run_inspect(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(64 * MIB);
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	(void)with;
	fuzz_require(deflater != NULL);
	deflater_run(deflater, fuzz->input, &packed); /* what is fuzzed is the tar */
	deflater_free(deflater);
	inspect_twice(fuzz, buf_str(&packed));
	inspect_twice(fuzz, fuzz->input);
}

/* The file of remembered inspections, and whatever a worker may send: all of its texts together are no longer than itself. */
static void run_inspection(const struct fuzz *fuzz, const void *with)
{
	(void)with;
	if (!inspection_is_sound(fuzz->input))
		return;
	struct inspection *inspection = arena_alloc(fuzz->arena, fuzz->input.n);
	memcpy(inspection, fuzz->input.p, fuzz->input.n);
	size_t texts = 0;
	for (int list = 0; list < INSPECTED_LISTS; list++) {
		size_t count, bytes = 0;
		const struct inspection_pair *pairs = inspection_list(inspection, (enum inspected)list, &count);
		for (size_t i = 0; i < count; i++) {
			struct str key = inspection_str(inspection, pairs[i].key), value = inspection_str(inspection, pairs[i].value);
			bytes += str_find(key, '\n') + str_find(value, '\n');
			texts += key.n + value.n;
		}
		fuzz_require(bytes <= (size_t)-1 / 2);
	}
	fuzz_require(texts <= fuzz->input.n);
}

/* ---- a worker's list of files: what is taken for one is written the same -------------------------------------------------- */

static void add_bytes(void *context, struct str bytes)
{
	buf_add(context, bytes);
}

static bool write_again(void *context, const struct unpacked_file *file)
{
	fuzz_require(file->path.n && file->path.p[0] != '/' && (file->digest || file->data.n == file->size));
	file_list_write(file, add_bytes, context);
	return true;
}

static void run_file_list(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(buf_fini) struct buf again = BUF_INIT(64 * MIB);
	(void)with;
	bool sound = file_list_read(fuzz->input, write_again, &again);
	fuzz_require(str_starts_with(fuzz->input, buf_str(&again)));
	fuzz_require(!sound || again.n == fuzz->input.n);
}

/* Where npm writes a file of an archive: never outside, and folding twice is folding once. */
static void run_path(const struct fuzz *fuzz, const void *with)
{
	struct str path = tarball_file_path(fuzz->input, fuzz->arena), part, rest = path;
	(void)with;
	fuzz_require(path.p && (path.n == 0 || path.p[0] != '/'));
	while (str_split(&rest, '/', &part))
		fuzz_require(!str_equal(part, STR("..")));
	struct str once = path_fold(fuzz->input, fuzz->arena);
	fuzz_require(once.p || !fuzz->input.n);
	struct str twice = path_fold(once, fuzz->arena);
	fuzz_require(str_equal(once, twice));
}

const struct fuzz_target fuzz_archives[] = {
	{ "tar", run_tar, NULL, NULL },
	{ "gzip", run_gzip, NULL, NULL },
	{ "inspect", run_inspect, NULL, NULL },
	{ "inspection", run_inspection, NULL, NULL },
	{ "file_list", run_file_list, NULL, NULL },
	{ "entry_path", run_path, NULL, NULL },
	{ 0 },
};
