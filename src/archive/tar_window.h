/*
 * tar_window: the part of a tar that can still be looked at. Of a tar in memory that is all of it; of one that comes from a source what lies
 * behind `keep`, and what was given last.
 */
#ifndef ASSAY_ARCHIVE_TAR_WINDOW_H
#define ASSAY_ARCHIVE_TAR_WINDOW_H

#include "assay/archive.h"

struct tar_window {
	struct str held;
	uint64_t at;                      /* of the first byte held */
	const struct byte_source *source; /* NULL: all is held */
	uint64_t keep;                    /* what stands before is needed no more */
	char *room;
	size_t capacity;
	bool ended;
	struct error failure; /* with a status: of the source, or too much to keep */
};

void tar_window_fini(struct tar_window *window);
/* The bytes from one place to another; .p NULL: not all of them are held. */
struct str tar_window_view(const struct tar_window *window, uint64_t from, uint64_t to);
/* Gets some more, at most once from the source: .n 0 is the end. Views from before are void. False: see `failure`. */
bool tar_window_pull(struct tar_window *window, struct str *fresh);
/* Gets more until `to` is held or the end has come. */
bool tar_window_reach(struct tar_window *window, uint64_t to);
/* How many bytes there are from the first one at or behind `from` that is not zero; to the end of the source. */
bool tar_window_count(struct tar_window *window, uint64_t from, uint64_t *count);

#endif
