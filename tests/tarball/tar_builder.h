/* Tarballs for tests, hostile ones included: each header field is what the test says. */
#ifndef TEST_TAR_BUILDER_H
#define TEST_TAR_BUILDER_H

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"

struct tar_part {
	const char *path;
	struct str data;
	char type; /* 0: '0', a file */
	const char *link;
	unsigned mode;     /* 0: 0644 */
	const char *magic; /* NULL: ustar */
	bool bad_checksum;
	size_t claims; /* a size other than that of the data; 0: the true one */
};

static inline void tar_pad(struct buf *tar)
{
	while (tar->n % 512)
		buf_add_char(tar, '\0');
}

static inline void tar_seal(unsigned char header[512], bool bad)
{
	unsigned sum = bad;
	memset(header + 148, ' ', 8);
	for (size_t i = 0; i < 512; i++)
		sum += header[i];
	snprintf((char *)header + 148, 8, "%06o", sum);
}

static inline void tar_add(struct buf *tar, struct tar_part part)
{
	unsigned char header[513] = { 0 };
	size_t path = strlen(part.path);
	memcpy(header, part.path, path < 100 ? path : 100);
	snprintf((char *)header + 100, 8, "%07o", part.mode ? part.mode & 07777 : 0644);
	memcpy(header + 108, "0000000", 8);
	memcpy(header + 116, "0000000", 8);
	char size[24];
	snprintf(size, sizeof size, "%011zo", part.claims ? part.claims : part.data.n);
	memcpy(header + 124, size, 11);
	memcpy(header + 136, "00000000000", 12);
	header[156] = (unsigned char)(part.type ? part.type : '0');
	if (part.link)
		memcpy(header + 157, part.link, strlen(part.link));
	memcpy(header + 257, part.magic ? part.magic : "ustar\00000", 8);
	tar_seal(header, part.bad_checksum);
	buf_add(tar, (struct str){ (char *)header, 512 });
	buf_add(tar, part.data);
	tar_pad(tar);
}

/* A pax record for what follows ('x') or for all that follows ('g'). */
static inline void tar_add_pax(struct buf *tar, char type, const char *key, const char *value)
{
	char record[8192];
	size_t n = strlen(key) + strlen(value) + 3; /* blank, '=', newline */
	size_t digits = n + 1 >= 10 ? n + 2 >= 100 ? n + 3 >= 1000 ? 4 : 3 : 2 : 1;
	snprintf(record, sizeof record, "%zu %s=%s\n", n + digits, key, value);
	tar_add(tar, (struct tar_part){ .path = "PaxHeader", .data = str_of(record), .type = type });
}

/* GNU's long name ('L') or long link ('K') for what follows. */
static inline void tar_add_long(struct buf *tar, char type, const char *name)
{
	tar_add(tar, (struct tar_part){ .path = "././@LongLink", .data = { name, strlen(name) + 1 }, .type = type, .magic = "ustar  " });
}

static inline void tar_end(struct buf *tar)
{
	static const char zeros[1024];
	buf_add(tar, (struct str){ zeros, sizeof zeros });
}

/* Appends `bytes` as one gzip member. */
static inline void gzip_add(struct buf *out, struct str bytes)
{
	struct libdeflate_compressor *compressor = libdeflate_alloc_compressor(6);
	size_t room = compressor ? libdeflate_gzip_compress_bound(compressor, bytes.n) : 0;
	if (room && buf_reserve(out, room))
		out->n += libdeflate_gzip_compress(compressor, bytes.n ? bytes.p : "", bytes.n, out->p + out->n, room);
	libdeflate_free_compressor(compressor);
}

/* A member that inflates to 1032 zeros for each of `units` bytes: nearly all that DEFLATE can do. Gives that size. One block
 * of dynamic codes, in which a zero byte is four times a match of 258 bytes; zlib makes the same. */
static inline size_t gzip_add_bomb(struct buf *out, size_t units)
{
	static const char start[] = "\x1f\x8b\x08\0\0\0\0\0\0\3"
				    "\xed\xc1\1\1\0\0\0\x82\x20\xff\xaf\x6e\x48\x40\1";
	size_t size = 1 + 1032 * units;
	char *zeros = calloc(1, size);
	if (!zeros)
		return 0;
	uint32_t crc = libdeflate_crc32(0, zeros, size);
	buf_add(out, (struct str){ start, sizeof start - 1 });
	buf_add(out, (struct str){ zeros, units - 1 });
	buf_add(out, STR("\xf7\6"));
	for (int i = 0; i < 8; i++)
		buf_add_char(out, (char)((((uint64_t)size << 32 | crc) >> 8 * i) & 0xff));
	free(zeros);
	return size;
}

#endif
