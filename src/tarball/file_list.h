/* The files of an archive as npm would write them: listed where archives are opened, read where they are compared. */
#ifndef ASSAY_TARBALL_FILE_LIST_H
#define ASSAY_TARBALL_FILE_LIST_H

#include "assay/limits.h"
#include "assay/tarball.h"

struct inflater;

/* A list is one of these after the other, each followed by its path and its data, or the digest of that. */
struct listed_file {
	uint32_t path, executable, hashed, hashbang;
	uint64_t size;
};
#define FILE_LIST_BYTES (LIMIT_TARBALL_UNPACKED_BYTES + LIMIT_TARBALL_ENTRIES * (sizeof(struct listed_file) + DIGEST_MAX_SIZE) + 256 * MIB)

typedef bool file_sink(void *context, const struct unpacked_file *file);

/* `data` lives until `file` returns; of a tarball that is held, until the inflater's next use. What is in a file, and what is larger than the inflater may
 * hold, is read piece by piece and gives digests. */
enum status file_list_make(const struct proven_tarball *tarball, struct inflater *inflater, file_sink *file, void *context, struct error *err);
/* The same one after the other, as bytes. */
void file_list_write(const struct unpacked_file *file, void (*add)(void *context, struct str bytes), void *context);
/* Those of bytes that came from elsewhere. False: they are no list. */
bool file_list_read(struct str bytes, file_sink *file, void *context);

#endif
