/*
 * inspector: one inspection while an archive is read. entries.c judges its entries one by one, inspect.c opens archives of each kind and says
 * what can be said when they are over.
 */
#ifndef ASSAY_TARBALL_INSPECTOR_H
#define ASSAY_TARBALL_INSPECTOR_H

#include "assay/archive.h"
#include "draft.h"
#include "inspect.h"

/* A package inside the package, by the package.json that stays: "b@1.0.0". */
struct carried {
	struct str folder, label;
};

struct inspector {
	const struct inspect_limits *limits;
	struct draft draft;
	struct arena *scratch; /* of one entry */
	struct map *paths;     /* of the files that npm would write, folded, to their number in `exact` */
	struct map *others;    /* paths that are not the first of their fold */
	struct map *folders;   /* that entries stand in, folded */
	VEC(struct str) exact;
	VEC(struct carried) carried;
	struct map *carried_at; /* by folder */
	size_t carried_bytes;
	struct str top;      /* the first entry's first component */
	struct str manifest; /* .p NULL: none so far */
	struct buf manifest_copy;
	bool passing; /* an entry's bytes are gone when the next one comes */
	bool has_gyp, out_of_memory;
};

/* The first of its kind is kept. */
void inspector_add_fault(struct inspector *inspector, enum archive_fault fault, struct str found);
/* For tar_walk(): the context is the inspector. False: out of memory. */
bool inspector_note_entry(void *context, const struct tar_entry *entry);
/* The same for an entry whose place beside the package's folder was looked at. */
bool inspector_note_inside(struct inspector *inspector, const struct tar_entry *entry);

#endif
