/* The random words that an arena's maps hash with: drawn at its first map, so that many small maps cost one call of the kernel's. They never leave
 * the process. */
#ifndef ASSAY_BASE_SEED_H
#define ASSAY_BASE_SEED_H

#include "assay/base.h"

/* A pair of words for each 16 bytes of a block, then a pair to go on to the next block and one to end with. */
enum { BLOCK_WORDS = 16, SEED_WORDS = BLOCK_WORDS + 4 };

/* SEED_WORDS of them, which live as long as the arena. */
const uint64_t *arena_seed(struct arena *arena);

#endif
