/*
 * make_tarball FILE NAME PACKED_MB UNPACKED_MB FILES: a tarball of the package NAME@1.0.0 that weighs about that much, made piece by piece: bytes that
 * do not pack, zeros that do, and as many empty files, with paths of 200 bytes. Prints its integrity.
 */
#include <stdio.h>
#include <stdlib.h>

#include <libdeflate.h>

#include "assay/base.h"
#include "assay/digest.h"
#include "assay/limits.h"
#include "tarball/tar_builder.h"

/* A gzip member each, which together are one file. */
#define MEMBER_BYTES (4 * MIB)

struct out {
	FILE *file;
	struct hasher *hasher;
	struct libdeflate_compressor *compressor;
	struct buf tar, packed;
};

static void flush(struct out *out)
{
	buf_clear(&out->packed);
	if (!buf_reserve(&out->packed, libdeflate_gzip_compress_bound(out->compressor, out->tar.n)))
		exit(1);
	size_t n = libdeflate_gzip_compress(out->compressor, out->tar.p, out->tar.n, out->packed.p, out->packed.capacity);
	if (!n || fwrite(out->packed.p, 1, n, out->file) != n || !hasher_add(out->hasher, (struct str){ out->packed.p, n }))
		exit(1);
	buf_clear(&out->tar);
}

/* One file of `megabytes`, of zeros or of noise. */
static void add_file(struct out *out, const char *path, size_t megabytes, bool noise)
{
	static uint64_t block[MIB / 8];
	static uint64_t seed = 88172645463325252;
	tar_add(&out->tar, (struct tar_part){ .path = path, .claims = megabytes * MIB });
	for (size_t i = 0; i < megabytes; i++) {
		for (size_t j = 0; j < MIB / 8 && noise; j++) {
			seed ^= seed << 13;
			seed ^= seed >> 7;
			seed ^= seed << 17;
			block[j] = seed;
		}
		buf_add(&out->tar, (struct str){ (const char *)block, MIB });
		if (out->tar.n >= MEMBER_BYTES)
			flush(out);
	}
	memset(block, 0, sizeof block);
}

static void add_many(struct out *out, unsigned long files)
{
	char path[201];
	for (unsigned long i = 0; i < files; i++) {
		snprintf(path, sizeof path, "package/%0192lu", i);
		tar_add_pax(&out->tar, 'x', "path", path);
		tar_add(&out->tar, (struct tar_part){ .path = "x" });
		if (out->tar.n >= MEMBER_BYTES)
			flush(out);
	}
}

int main(int argc, char **argv)
{
	struct out out = { .hasher = hasher_new(DIGEST_SHA512), .compressor = libdeflate_alloc_compressor(1) };
	char manifest[300];
	struct digest digest;
	out.file = argc == 6 ? fopen(argv[1], "wbe") : NULL;
	if (!out.file || !out.hasher || !out.compressor)
		return 2;
	size_t packed = strtoul(argv[3], NULL, 10), unpacked = strtoul(argv[4], NULL, 10);
	buf_init(&out.tar, SIZE_MAX);
	buf_init(&out.packed, SIZE_MAX);
	snprintf(manifest, sizeof manifest, "{\"name\":\"%.200s\",\"version\":\"1.0.0\"}", argv[2]);
	tar_add(&out.tar, (struct tar_part){ .path = "package/package.json", .data = str_of(manifest) });
	add_file(&out, "package/noise", packed, true);
	add_file(&out, "package/zeros", unpacked > packed ? unpacked - packed : 0, false);
	add_many(&out, strtoul(argv[5], NULL, 10));
	tar_end(&out.tar);
	flush(&out);
	if (fclose(out.file) != 0 || !hasher_finish(out.hasher, &digest))
		return 1;
	buf_clear(&out.tar);
	digest_write_sri(&digest, &out.tar);
	printf("%.*s\n", STR_ARG(buf_str(&out.tar)));
	hasher_free(out.hasher);
	libdeflate_free_compressor(out.compressor);
	buf_fini(&out.tar);
	buf_fini(&out.packed);
	return 0;
}
