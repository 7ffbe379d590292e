/* through: the direct dependencies that a package comes with. */
#ifndef ASSAY_CHECK_THROUGH_H
#define ASSAY_CHECK_THROUGH_H

#include "assay/check.h"

/* Which of them bring one package; a direct dependency brings itself. */
struct through {
	uint32_t direct[FIX_THROUGH]; /* rising */
	uint8_t count;
	bool many; /* more than fit: `count` is 0 then */
};
/* By package; of the user's own packages none. Linear: each package gains a few at the most. NULL: out of memory. */
struct through *through_find(const struct tree *tree, struct arena *arena);
/* Adds what `from` has. True: that was new. */
bool through_merge(struct through *into, const struct through *from);

#endif
