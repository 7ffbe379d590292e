/*
 * A package's whole document, read as it arrives: a few KB of it are ever held. Of its members `name` and `time`, and each of its
 * versions by itself, are handed over; all else is passed by, checked for balanced brackets and whole strings only.
 */
#ifndef REGISTRY_DOCUMENT_H
#define REGISTRY_DOCUMENT_H

#include "assay/base.h"
#include "assay/limits.h"

struct document_reader {
	/* Gets the JSON text of one value; `member` that of "name" and "time". All of it lives until the function returns; false ends the reading. */
	bool (*member)(void *context, struct str key, struct str value);
	bool (*version)(void *context, struct str version, struct str manifest);
	void *context;
	/* its own */
	struct arena *scratch; /* of the key at hand */
	struct str name;       /* the key at hand, decoded */
	struct buf key, value;
	unsigned depth, level; /* of brackets; at which keys are looked at: 1, or 2 inside `versions` */
	bool string, escaped, in_value, wanted, listed, timed, ended, failed;
	unsigned char opened[LIMIT_DOCUMENT_DEPTH / 8]; /* a bit for each: is it '{'? */
};

/* Fills in all but the functions and the context. False: out of memory. */
bool document_begin(struct document_reader *reader);
/* False: it is malformed, too deep, a part is too large, or a function said so. */
bool document_add(struct document_reader *reader, struct str bytes);
bool document_is_whole(const struct document_reader *reader);
void document_fini(struct document_reader *reader);

#endif
