/* A zip of stored entries, for tests and their tools; with zip64's end where there are more than 65,534 of them. */
#ifndef TESTS_ZIP_WRITE_H
#define TESTS_ZIP_WRITE_H

#include <stdio.h>

#include "assay/base.h"

struct zip_writer {
	FILE *file;
	struct buf central;
	uint64_t entries, offset;
	uint32_t crc_table[256];
};

static inline bool zip_begin(struct zip_writer *zip, const char *path)
{
	*zip = (struct zip_writer){ .file = fopen(path, "wb"), .central = BUF_INIT(1u << 30) };
	for (uint32_t i = 0; i < 256; i++) {
		uint32_t c = i;
		for (int bit = 0; bit < 8; bit++)
			c = c & 1 ? 0xedb88320u ^ c >> 1 : c >> 1;
		zip->crc_table[i] = c;
	}
	return zip->file != NULL;
}

static inline uint32_t zip_crc(const struct zip_writer *zip, struct str s)
{
	uint32_t crc = 0xffffffffu;
	for (size_t i = 0; i < s.n; i++)
		crc = zip->crc_table[(crc ^ (unsigned char)s.p[i]) & 0xff] ^ crc >> 8;
	return ~crc;
}

static inline void zip_put(struct buf *out, uint64_t value, unsigned bytes)
{
	for (; bytes; bytes--, value >>= 8)
		buf_add_char(out, (char)(value & 0xff));
}

/* What the local and the central header have in common. */
static inline void zip_put_header(struct buf *out, uint32_t crc, size_t size, size_t name_length)
{
	zip_put(out, 20, 2);          /* version needed */
	zip_put(out, 0, 2);           /* flags */
	zip_put(out, 0, 2);           /* stored */
	zip_put(out, 0x58210000u, 4); /* 2024-01-01 00:00 */
	zip_put(out, crc, 4);
	zip_put(out, size, 4);
	zip_put(out, size, 4);
	zip_put(out, name_length, 2);
	zip_put(out, 0, 2); /* extra */
}

static inline bool zip_add(struct zip_writer *zip, struct str name, struct str text)
{
	CLEANUP(buf_fini) struct buf local = BUF_INIT(8192);
	uint32_t crc = zip_crc(zip, text);
	zip_put(&local, 0x04034b50u, 4);
	zip_put_header(&local, crc, text.n, name.n);
	buf_add(&local, name);
	zip_put(&zip->central, 0x02014b50u, 4);
	zip_put(&zip->central, 20, 2);
	zip_put_header(&zip->central, crc, text.n, name.n);
	zip_put(&zip->central, 0, 10); /* comment, disk, attributes */
	zip_put(&zip->central, zip->offset, 4);
	buf_add(&zip->central, name);
	zip->entries++;
	zip->offset += local.n + text.n;
	return !local.failed && fwrite(local.p, 1, local.n, zip->file) == local.n && fwrite(text.p, 1, text.n, zip->file) == text.n;
}

static inline void zip_put_end64(struct buf *out, uint64_t entries, uint64_t size, uint64_t start)
{
	zip_put(out, 0x06064b50u, 4);
	zip_put(out, 44, 8);
	zip_put(out, 45, 2);
	zip_put(out, 45, 2);
	zip_put(out, 0, 8); /* disks */
	zip_put(out, entries, 8);
	zip_put(out, entries, 8);
	zip_put(out, size, 8);
	zip_put(out, start, 8);
	zip_put(out, 0x07064b50u, 4);
	zip_put(out, 0, 4);
	zip_put(out, start + size, 8);
	zip_put(out, 1, 4);
}

/* Closes it, whether it could be written or not. */
static inline bool zip_end(struct zip_writer *zip)
{
	struct buf *central = &zip->central;
	uint64_t start = zip->offset, size = central->n, few = zip->entries < 0xffff ? zip->entries : 0xffff;
	if (zip->entries >= 0xffff)
		zip_put_end64(central, zip->entries, size, start);
	zip_put(central, 0x06054b50u, 4);
	zip_put(central, 0, 4);
	zip_put(central, few, 2);
	zip_put(central, few, 2);
	zip_put(central, size, 4);
	zip_put(central, start, 4);
	zip_put(central, 0, 2);
	bool written = !central->failed && fwrite(central->p, 1, central->n, zip->file) == central->n;
	buf_fini(central);
	return fclose(zip->file) == 0 && written;
}

#endif
