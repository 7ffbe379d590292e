/*
 * Writing a zip: entries deflated one by one, the directory at the end, zip64's end where there are more entries than 65,534. Every entry is
 * dated 1980-01-01, so that the same entries give the same bytes. Beside its name until it is whole.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <libdeflate.h>

#include "assay/archive.h"
#include "assay/limits.h"

enum {
	LEVEL = 6,
	VERSION = 20, /* needed to read it: deflate */
	UTF8_NAMES = 1 << 11,
	METHOD_DEFLATE = 8,
	FIRST_DAY = 0x21,
	MOST_FEW = 0xffff,
};

struct zip_out {
	char *path, *temporary;
	FILE *file;
	struct libdeflate_compressor *deflate;
	struct buf directory, packed;
	uint64_t entries, offset;
};

void zip_out_free(struct zip_out *zip)
{
	if (!zip)
		return;
	if (zip->file) {
		fclose(zip->file);
		unlink(zip->temporary);
	}
	libdeflate_free_compressor(zip->deflate);
	buf_fini(&zip->directory);
	buf_fini(&zip->packed);
	free(zip->temporary);
	free(zip->path);
	free(zip);
}

void zip_out_cleanup(struct zip_out **zip)
{
	zip_out_free(*zip);
	*zip = NULL;
}

enum status zip_out_begin(const char *path, struct zip_out **out, struct error *err)
{
	CLEANUP(zip_out_cleanup) struct zip_out *zip = calloc(1, sizeof *zip);
	if (!zip)
		return error_memory(err);
	buf_init(&zip->directory, UINT32_MAX);
	buf_init(&zip->packed, UINT32_MAX);
	zip->deflate = libdeflate_alloc_compressor(LEVEL);
	zip->path = strdup(path);
	if (asprintf(&zip->temporary, "%s.part", path) < 0)
		zip->temporary = NULL;
	if (!zip->deflate || !zip->path || !zip->temporary)
		return error_memory(err);
	zip->file = fopen(zip->temporary, "wbe");
	if (!zip->file)
		return error_errno(err, "%s: cannot be written", path);
	*out = zip;
	zip = NULL;
	return STATUS_OK;
}

/* Little-endian, as all of zip is. */
static void put(struct buf *out, uint64_t value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		buf_add_char(out, (char)(value & 0xff));
}

/* What the local header and the directory have in common (APPNOTE 4.3.7 and 4.3.12). */
static void put_header(struct buf *out, uint32_t crc, size_t packed, size_t size, size_t name)
{
	put(out, VERSION, 2);
	put(out, UTF8_NAMES, 2);
	put(out, METHOD_DEFLATE, 2);
	put(out, 0, 2);
	put(out, FIRST_DAY, 2);
	put(out, crc, 4);
	put(out, packed, 4);
	put(out, size, 4);
	put(out, name, 2);
	put(out, 0, 2);
}

static enum status write_bytes(struct zip_out *zip, struct str bytes, struct error *err)
{
	if (bytes.n && fwrite(bytes.p, 1, bytes.n, zip->file) != bytes.n)
		return error_errno(err, "%s: cannot be written", zip->path);
	zip->offset += bytes.n;
	return STATUS_OK;
}

static bool pack(struct zip_out *zip, struct str data)
{
	buf_clear(&zip->packed);
	if (!buf_reserve(&zip->packed, libdeflate_deflate_compress_bound(zip->deflate, data.n)))
		return false;
	zip->packed.n = libdeflate_deflate_compress(zip->deflate, data.n ? data.p : "", data.n, zip->packed.p, zip->packed.capacity);
	return zip->packed.n != 0;
}

enum status zip_out_add(struct zip_out *zip, struct str name, struct str data, struct error *err)
{
	CLEANUP(buf_fini) struct buf local = BUF_INIT(128 * KIB);
	if (data.n >= UINT32_MAX || name.n > 0xffff || zip->offset + data.n + 128 * KIB >= UINT32_MAX)
		return error_set(err, STATUS_LIMIT, "%s: more than 4 GB, which this zip cannot hold", zip->path);
	if (!pack(zip, data))
		return error_memory(err);
	uint32_t crc = libdeflate_crc32(0, data.p, data.n);
	put(&local, 0x04034b50u, 4);
	put_header(&local, crc, zip->packed.n, data.n, name.n);
	buf_add(&local, name);
	put(&zip->directory, 0x02014b50u, 4);
	put(&zip->directory, VERSION, 2);
	put_header(&zip->directory, crc, zip->packed.n, data.n, name.n);
	put(&zip->directory, 0, 10); /* comment, disk, attributes */
	put(&zip->directory, zip->offset, 4);
	buf_add(&zip->directory, name);
	zip->entries++;
	if (local.failed || zip->directory.failed)
		return error_memory(err);
	enum status status = write_bytes(zip, buf_str(&local), err);
	return status ? status : write_bytes(zip, buf_str(&zip->packed), err);
}

/* APPNOTE 4.3.14 and 4.3.15. */
static void put_end64(struct buf *out, uint64_t entries, uint64_t size, uint64_t start)
{
	put(out, 0x06064b50u, 4);
	put(out, 44, 8);
	put(out, 45, 2);
	put(out, 45, 2);
	put(out, 0, 8); /* disks */
	put(out, entries, 8);
	put(out, entries, 8);
	put(out, size, 8);
	put(out, start, 8);
	put(out, 0x07064b50u, 4);
	put(out, 0, 4);
	put(out, start + size, 8);
	put(out, 1, 4);
}

static enum status write_end(struct zip_out *zip, struct error *err)
{
	struct buf *directory = &zip->directory;
	uint64_t start = zip->offset, size = directory->n;
	uint64_t few = zip->entries < MOST_FEW ? zip->entries : MOST_FEW;
	if (zip->entries >= MOST_FEW)
		put_end64(directory, zip->entries, size, start);
	put(directory, 0x06054b50u, 4);
	put(directory, 0, 4);
	put(directory, few, 2);
	put(directory, few, 2);
	put(directory, size, 4);
	put(directory, start, 4);
	put(directory, 0, 2);
	return directory->failed ? error_memory(err) : write_bytes(zip, buf_str(directory), err);
}

enum status zip_out_finish(struct zip_out *zip, struct error *err)
{
	enum status status = write_end(zip, err);
	if (status)
		return status;
	bool kept = fflush(zip->file) == 0 && fsync(fileno(zip->file)) == 0;
	if (!kept || rename(zip->temporary, zip->path) != 0)
		return error_errno(err, "%s: cannot be written", zip->path);
	fclose(zip->file);
	zip->file = NULL;
	return STATUS_OK;
}
