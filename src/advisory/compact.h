/*
 * compact: the whole database in about a sixth of its size, to be fetched by many and read where it lies, on a read-only disk too.
 *
 * A store of its own kind. Its rows are those of `affected`, one for each package of each record, in the order of names; some 16 KB of them make a block, which is
 * gzipped: column by column, since like stands beside like there. All rows of one name stand in one block, so that a question takes one descent and one
 * block; and most packages have no advisory, so that a Bloom filter over the names spares even that. Digests, which nothing can compress, are left out:
 * they follow from the rest.
 *
 * It comes from elsewhere and is untrusted: every count and length is checked.
 */
#ifndef ADVISORY_COMPACT_H
#define ADVISORY_COMPACT_H

#include "advisory/private.h"

extern const struct store_kind advisory_compact_kind;

enum {
	COLUMN_NAMES,
	COLUMN_IDS, /* id, source, aliases */
	COLUMN_DATES,
	COLUMN_TEXTS,   /* title, vector */
	COLUMN_RATINGS, /* severity, score, flags, EPSS, how many packages the record has */
	COLUMN_RANGES,
	COLUMNS,
};
#define COMPACT_BLOCK_BYTES (16 * KIB) /* a block is closed behind these, at the next name */
enum { COMPACT_KEV = 1, COMPACT_MALWARE = 2, COMPACT_EPSS = 4 };
#define COMPACT_EPSS_UNIT 1e9 /* EPSS has five to nine decimals */

/* Bits of the filter that a name sets: PROBES of them, by double hashing of FNV-1a. */
enum { COMPACT_PROBES = 7, COMPACT_BITS_PER_NAME = 10 };
uint64_t compact_hash(struct str name);
uint64_t compact_probe(uint64_t hash, unsigned probe, uint64_t bits);

/* "Malicious code in NAME (npm)": the title of nearly all records, not kept where it is that. */
bool compact_title(struct str name, struct buf *out);

struct compact;
/* Of a store of that kind, which outlives it. STATUS_INVALID: damaged. */
enum status compact_new(struct store *store, struct compact **out, struct error *err);
void compact_free(struct compact *compact); /* NULL is fine */

struct compact_row {
	struct advisory advisory;
	struct str name; /* .p NULL: of a record without packages */
	struct affected affected;
	size_t packages; /* of the record; 0 only then */
};
/* Every row of one name, or all rows where `name` is NULL, in the order of names. A row lives until `visit` returns. A status other than
 * STATUS_OK ends it. */
enum status compact_each(struct compact *compact, const struct str *name,
			 enum status (*visit)(void *context, const struct compact_row *row, struct error *err), void *context, struct error *err);
/* Every record whole: names[i] belongs to affected[i], as advisory_db_get() has them. In no order to speak of. */
enum status compact_each_record(struct compact *compact,
				enum status (*record)(void *context, const struct affected *affected, const struct str *names, size_t count, struct error *err),
				void *context, struct error *err);

#endif
