/* gzip, a whole piece at once, without a date: the same bytes give the same bytes. */
#include <libdeflate.h>
#include <stdlib.h>

#include "assay/archive.h"

struct deflater {
	struct libdeflate_compressor *deflate;
};

struct deflater *deflater_new(enum deflate_effort effort)
{
	static const int levels[] = { [DEFLATE_QUICK] = 3, [DEFLATE_TIGHT] = 12 };
	struct deflater *deflater = calloc(1, sizeof *deflater);
	if (!deflater)
		return NULL;
	deflater->deflate = libdeflate_alloc_compressor(levels[effort]);
	if (deflater->deflate)
		return deflater;
	free(deflater);
	return NULL;
}

void deflater_free(struct deflater *deflater)
{
	if (deflater)
		libdeflate_free_compressor(deflater->deflate);
	free(deflater);
}

void deflater_run(struct deflater *deflater, struct str data, struct buf *out)
{
	buf_clear(out);
	if (!buf_reserve(out, libdeflate_gzip_compress_bound(deflater->deflate, data.n)))
		return;
	out->n = libdeflate_gzip_compress(deflater->deflate, data.n ? data.p : "", data.n, out->p, out->capacity);
	out->failed |= out->n == 0;
}
