/* Zip archives for tests: local headers, a directory, an end record (APPNOTE 4.3). */
#ifndef TEST_ZIP_BUILDER_H
#define TEST_ZIP_BUILDER_H

#include <libdeflate.h>
#include <stdlib.h>

#include "assay/base.h"

struct zip_builder {
	struct buf file, directory;
	unsigned count;
};

struct zip_part {
	const char *name;
	struct str data;
	bool deflate;
	unsigned flags;     /* 1: encrypted */
	uint32_t crc_error; /* flips bits of the checksum */
	uint32_t fewer;     /* the directory claims so many bytes less */
};

static void put(struct buf *out, uint64_t value, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buf_add_char(out, (char)(value >> 8 * i));
}

static struct str deflated(struct str data, struct buf *out)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
	size_t room = libdeflate_deflate_compress_bound(compressor, data.n);
	buf_reserve(out, room);
	out->n = libdeflate_deflate_compress(compressor, data.p, data.n, out->p, room);
	libdeflate_free_compressor(compressor);
	return buf_str(out);
}

static void put_common(struct buf *out, const struct zip_part *part, size_t packed)
{
	put(out, 20, 2);
	put(out, part->flags, 2);
	put(out, part->deflate ? 8 : 0, 2);
	put(out, 0x5a210000, 4);
	put(out, libdeflate_crc32(0, part->data.p, part->data.n) ^ part->crc_error, 4);
	put(out, (uint32_t)packed, 4);
	put(out, (uint32_t)part->data.n - part->fewer, 4);
	put(out, (uint32_t)strlen(part->name), 2);
	put(out, 0, 2);
}

static void zip_add(struct zip_builder *zip, struct zip_part part)
{
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(SIZE_MAX);
	struct str body = part.deflate ? deflated(part.data, &packed) : part.data;
	bool folder = part.name[strlen(part.name) - 1] == '/';
	uint32_t at = (uint32_t)zip->file.n;
	put(&zip->file, 0x04034b50, 4);
	put_common(&zip->file, &part, body.n);
	buf_add_z(&zip->file, part.name);
	buf_add(&zip->file, body);
	put(&zip->directory, 0x02014b50, 4);
	put(&zip->directory, 3 << 8 | 20, 2); /* made on Unix */
	put_common(&zip->directory, &part, body.n);
	put(&zip->directory, 0, 2 + 2 + 2);
	put(&zip->directory, (folder ? 040755u : 0100644u) << 16, 4);
	put(&zip->directory, at, 4);
	buf_add_z(&zip->directory, part.name);
	zip->count++;
}

static void zip_end(struct zip_builder *zip)
{
	uint32_t at = (uint32_t)zip->file.n;
	buf_add(&zip->file, buf_str(&zip->directory));
	put(&zip->file, 0x06054b50, 4);
	put(&zip->file, 0, 4);
	put(&zip->file, zip->count, 2);
	put(&zip->file, zip->count, 2);
	put(&zip->file, (uint32_t)zip->directory.n, 4);
	put(&zip->file, at, 4);
	put(&zip->file, 0, 2);
}

#endif
