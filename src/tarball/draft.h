/* An inspection while it is made: views and growing lists, laid out as one block at the end. */
#ifndef ASSAY_TARBALL_DRAFT_H
#define ASSAY_TARBALL_DRAFT_H

#include "assay/tarball.h"

struct draft_pair {
	struct str key, value;
};

/* Texts live in the arena or in what is inspected. */
struct draft {
	struct arena *arena;
	struct inspection head; /* its texts and lists are filled in by draft_write */
	struct str fault_path[ARCHIVE_FAULTS], name, version, license, deprecated;
	VEC(struct draft_pair) lists[INSPECTED_LISTS];
	bool overfull; /* more was found than can be noted, and not all of it is here */
};

/* Only the first one of each fault is kept; `found` is made visible and cut. False: out of memory. */
bool draft_add_fault(struct draft *draft, enum archive_fault fault, struct str found);
bool draft_add(struct draft *draft, enum inspected list, struct str key, struct str value); /* false: out of memory */
/* `max_bytes`: past that, without its lists and with FAULT_LIMIT. In place of what `out` holds. */
enum status draft_write(struct draft *draft, size_t max_bytes, struct buf *out, struct error *err);

#endif
