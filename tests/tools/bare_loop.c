/*
 * bare_loop FOLDER: what verifying cannot be quicker than. Each gzip file below FOLDER is read, its SHA-512 computed, inflated by libdeflate and its
 * headers walked by libarchive, on all cores; nothing is compared, judged or kept. Prints how many files, and their bytes packed and not.
 */
#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <fcntl.h>
#include <libdeflate.h>
#include <openssl/evp.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/base.h"

struct loop {
	struct arena *arena;
	VEC(const char *) paths;
	atomic_size_t next, files, packed, unpacked;
};

/* What one thread uses again and again. */
struct room {
	struct libdeflate_decompressor *decompressor;
	char *packed, *tar;
	size_t packed_room, tar_room;
};

static void collect(struct loop *loop, const char *folder)
{
	DIR *stream = opendir(folder);
	for (struct dirent *entry; stream && (entry = readdir(stream));) {
		const char *path = path_join(loop->arena, folder, entry->d_name);
		if (entry->d_name[0] == '.')
			continue;
		if (folder_exists(path)) {
			collect(loop, path);
			continue;
		}
		const char **added = vec_add(loop->arena, &loop->paths);
		if (added)
			*added = path;
	}
	if (stream)
		closedir(stream);
}

static char *reserve(char **bytes, size_t *room, size_t need)
{
	if (need > *room) {
		free(*bytes);
		*bytes = malloc(need);
		*room = *bytes ? need : 0;
	}
	return *bytes;
}

static size_t read_whole(struct room *room, const char *path)
{
	struct stat info;
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &info) != 0 || !reserve(&room->packed, &room->packed_room, (size_t)info.st_size + 1))
		return 0;
	ptrdiff_t n = file_read_at(fd, room->packed, (size_t)info.st_size, 0);
	return n > 0 ? (size_t)n : 0;
}

static size_t inflate(struct room *room, size_t packed)
{
	size_t n = 0;
	for (size_t guess = 8 * packed + 4096; guess < (size_t)1 << 31; guess *= 4) {
		if (!reserve(&room->tar, &room->tar_room, guess))
			return 0;
		switch (libdeflate_gzip_decompress(room->decompressor, room->packed, packed, room->tar, room->tar_room, &n)) {
		case LIBDEFLATE_SUCCESS: return n;
		case LIBDEFLATE_INSUFFICIENT_SPACE: continue;
		default: return 0;
		}
	}
	return 0;
}

static void walk(const char *tar, size_t n)
{
	struct archive *archive = archive_read_new();
	struct archive_entry *entry;
	archive_read_support_format_tar(archive);
	if (archive_read_open_memory(archive, tar, n) == ARCHIVE_OK)
		while (archive_read_next_header(archive, &entry) == ARCHIVE_OK)
			;
	archive_read_free(archive);
}

static void work(void *context)
{
	struct loop *loop = context;
	struct room room = { .decompressor = libdeflate_alloc_decompressor() };
	for (size_t i; (i = atomic_fetch_add(&loop->next, 1)) < loop->paths.n;) {
		unsigned char digest[EVP_MAX_MD_SIZE];
		size_t packed = read_whole(&room, loop->paths.v[i]);
		if (packed < 2 || memcmp(room.packed, "\x1f\x8b", 2) != 0)
			continue;
		EVP_Digest(room.packed, packed, digest, NULL, EVP_sha512(), NULL);
		size_t n = inflate(&room, packed);
		walk(room.tar, n);
		atomic_fetch_add(&loop->files, 1);
		atomic_fetch_add(&loop->packed, packed);
		atomic_fetch_add(&loop->unpacked, n);
	}
	libdeflate_free_decompressor(room.decompressor);
	free(room.packed);
	free(room.tar);
}

int main(int argc, char **argv)
{
	struct loop loop = { .arena = arena_new(0) };
	if (argc != 2 || !loop.arena) {
		fprintf(stderr, "usage: bare_loop FOLDER\n");
		return 2;
	}
	collect(&loop, argv[1]);
	unsigned threads = cpu_count();
	struct pool *pool = pool_new(threads);
	for (unsigned i = 0; pool && i < threads; i++)
		pool_submit(pool, work, &loop);
	pool_wait(pool);
	pool_free(pool);
	printf("%zu tarballs, %zu bytes packed, %zu unpacked\n", loop.files, loop.packed, loop.unpacked);
	arena_free(loop.arena);
	return 0;
}
