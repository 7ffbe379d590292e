/*
 * memory: what was proven and inspected before, by digest, so that the next run need not read it again.
 *
 * One file of records, each with a checksum: a digest, the file that had it, the inspection. A record counts only while the file under
 * the digest's name in a cache is the one that was proven: same device, inode, size, time of change and of status change. The last of these no
 * program can set; whoever writes into the file, or puts another in its place, moves it. A file that was changed less than two
 * seconds before it was proven is not remembered, for then a later change could bear the same time.
 *
 * Who can fool it: whoever can write this file, set the clock, or write the disk below the file system. The first is the user himself (a file of
 * somebody else, or one that others may write, is not read), who can as well replace the program. --no-cache proves everything again.
 */
#ifndef ASSAY_TARBALL_MEMORY_H
#define ASSAY_TARBALL_MEMORY_H

#include <sys/stat.h>

#include "assay/tarball.h"

/* The file that was read. */
struct file_identity {
	uint64_t device, inode, size;
	int64_t changed_s, changed_ns, status_s, status_ns;
};
void file_identity_of(const struct stat *info, struct file_identity *out);

/* The file: a head, then records, each padded to MEMORY_ALIGN bytes. */
enum { MEMORY_ALIGN = 8 };
struct memory_head {
	char magic[8];
	uint32_t version, inspection_size; /* of the struct: another build may lay it out otherwise */
};
struct memory_record {
	uint32_t size;  /* with the inspection and its padding */
	uint32_t check; /* CRC-32C of what follows: against a write that was cut short, not against people */
	struct file_identity file;
	uint32_t algorithm;
	unsigned char digest[DIGEST_MAX_SIZE];
	uint32_t inspection_size;
};

struct memory;
/* An unreadable, foreign or old file is an empty one. `forget`: nothing is read, and what is noted replaces all. NULL: out of memory. */
struct memory *memory_open(const char *path, bool forget);
void memory_free(struct memory *memory); /* NULL is fine */
/* NULL: not known, or the file is another. Lives as long as the memory; on any thread. */
const struct inspection *memory_find(const struct memory *memory, const struct digest *digest, const struct file_identity *file);
/* `before` and `after` it was read. One thread at a time. What cannot be noted costs the next run its time. */
void memory_note(struct memory *memory, const struct digest *digest, const struct file_identity *before, const struct file_identity *after,
		 const struct inspection *inspection);
/* Appends what was noted. Where somebody else is writing, nothing is. */
void memory_flush(struct memory *memory);

#endif
