/* gzip, piece by piece, with zlib: libdeflate wants the whole. What one says of a file the other says too, checksums included. */
#include <stdlib.h>

#include <zlib.h>

#include "assay/archive.h"
#include "assay/limits.h"

enum { GZIP_ONLY = 16 + MAX_WBITS, MAGIC_BYTES = 2 };
#define PIECE_BYTES (64 * KIB)

struct gzip_in {
	const struct byte_source *packed;
	z_stream z;
	bool packed_ended, begun, inside, behind; /* there was a member; inside one; behind the last one */
	uint64_t left, max;                       /* of the unpacked bytes */
	uint64_t rest, trailing;                  /* bytes behind the last member: all, or 0 as long as they are zero */
	unsigned char piece[PIECE_BYTES];
};

struct gzip_in *gzip_in_new(const struct byte_source *packed, uint64_t packed_bytes, uint64_t max)
{
	struct gzip_in *gzip = calloc(1, sizeof *gzip);
	if (!gzip)
		return NULL;
	uint64_t by_ratio;
	if (__builtin_mul_overflow(packed_bytes, (uint64_t)LIMIT_TARBALL_RATIO, &by_ratio))
		by_ratio = UINT64_MAX;
	gzip->packed = packed;
	gzip->left = gzip->max = by_ratio < max ? by_ratio : max;
	if (inflateInit2(&gzip->z, GZIP_ONLY) == Z_OK)
		return gzip;
	free(gzip);
	return NULL;
}

void gzip_in_free(struct gzip_in *gzip)
{
	if (gzip)
		inflateEnd(&gzip->z);
	free(gzip);
}

void gzip_in_cleanup(struct gzip_in **gzip)
{
	gzip_in_free(*gzip);
	*gzip = NULL;
}

uint64_t gzip_in_trailing(const struct gzip_in *gzip)
{
	return gzip->trailing;
}

/* At least `need` packed bytes in `piece`, unless the end comes first. */
static bool fill(struct gzip_in *gzip, size_t need, struct error *err)
{
	z_stream *z = &gzip->z;
	while (z->avail_in < need && !gzip->packed_ended) {
		if (z->avail_in)
			memmove(gzip->piece, z->next_in, z->avail_in);
		z->next_in = gzip->piece;
		size_t room = PIECE_BYTES - z->avail_in;
		ptrdiff_t n = gzip->packed->read(gzip->packed->context, (char *)gzip->piece + z->avail_in, room, err);
		if (n < 0)
			return false;
		gzip->packed_ended = n == 0;
		z->avail_in += (uInt)n;
	}
	return true;
}

static bool damaged(struct error *err)
{
	error_set(err, STATUS_INVALID, "damaged or cut short gzip data");
	return false;
}

/* Another member, or what stands behind the last one. */
static bool begin_member(struct gzip_in *gzip, struct error *err)
{
	if (!fill(gzip, MAGIC_BYTES, err))
		return false;
	gzip->inside = gzip_is((struct str){ (const char *)gzip->z.next_in, gzip->z.avail_in });
	gzip->behind = !gzip->inside;
	if (gzip->behind && !gzip->begun)
		return error_set(err, STATUS_INVALID, "not gzip: it does not begin with 1f 8b") == STATUS_OK;
	gzip->begun = true;
	return !gzip->inside || inflateReset(&gzip->z) == Z_OK || damaged(err);
}

static bool count_rest(struct gzip_in *gzip, struct error *err)
{
	bool zeros = true;
	do {
		for (uInt i = 0; i < gzip->z.avail_in && zeros; i++)
			zeros = gzip->z.next_in[i] == 0;
		gzip->rest += gzip->z.avail_in;
		gzip->z.avail_in = 0;
		if (!fill(gzip, 1, err))
			return false;
	} while (gzip->z.avail_in);
	gzip->trailing = zeros ? 0 : gzip->rest;
	return true;
}

/* As much as zlib gives at once; a byte past what is allowed is asked for, so that the end can be told from the limit. */
static bool inflate_some(struct gzip_in *gzip, char *out, size_t size, size_t *made, struct error *err)
{
	z_stream *z = &gzip->z;
	char one_more;
	bool at_limit = gzip->left == 0;
	size_t room = at_limit ? 1 : size < gzip->left ? size : (size_t)gzip->left;
	room = room < UINT32_MAX ? room : UINT32_MAX;
	if (!fill(gzip, 1, err))
		return false;
	z->next_out = at_limit ? (Bytef *)&one_more : (Bytef *)out;
	z->avail_out = (uInt)room;
	int result = inflate(z, Z_NO_FLUSH);
	*made = room - z->avail_out;
	if (result == Z_MEM_ERROR)
		return error_memory(err) == STATUS_OK;
	bool stuck = result == Z_BUF_ERROR && gzip->packed_ended && z->avail_in == 0;
	if ((result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) || stuck)
		return damaged(err);
	if (at_limit && *made) {
		error_set(err, STATUS_LIMIT, "inflates to more than the limit of %llu bytes", (unsigned long long)gzip->max);
		return false;
	}
	gzip->left -= *made;
	gzip->inside = result != Z_STREAM_END;
	return true;
}

static ptrdiff_t read_some(void *context, char *out, size_t size, struct error *err)
{
	struct gzip_in *gzip = context;
	size_t made = 0;
	while (!made && !gzip->behind) {
		if (!gzip->inside && !begin_member(gzip, err))
			return -1;
		if (gzip->inside && !inflate_some(gzip, out, size, &made, err))
			return -1;
		if (gzip->behind && !count_rest(gzip, err))
			return -1;
	}
	return (ptrdiff_t)made;
}

struct byte_source gzip_in_source(struct gzip_in *gzip)
{
	return (struct byte_source){ read_some, gzip };
}

/* ---- bytes that are in memory ----------------------------------------------------------- */

static ptrdiff_t read_str(void *context, char *out, size_t size, struct error *err)
{
	struct str_source *source = context;
	struct str head = str_head(source->rest, size);
	(void)err;
	if (head.n)
		memcpy(out, head.p, head.n);
	source->rest = str_from(source->rest, head.n);
	return (ptrdiff_t)head.n;
}

struct byte_source str_source_of(struct str_source *source)
{
	return (struct byte_source){ read_str, source };
}

static ptrdiff_t read_from_file(void *context, char *out, size_t size, struct error *err)
{
	struct file_source *source = context;
	uint64_t left = source->file->size - source->at;
	size_t want = left < size ? (size_t)left : size;
	if (source->file->read_at(source->file->context, out, want, source->at) != (ptrdiff_t)want) {
		error_set(err, STATUS_IO, "its file cannot be read, or became shorter");
		return -1;
	}
	source->at += want;
	return (ptrdiff_t)want;
}

struct byte_source file_source_of(struct file_source *source)
{
	return (struct byte_source){ read_from_file, source };
}
