/*
 * modified_id.csv: what changed when, a row "2026-11-23T09:00:00.123456Z,GHSA-…" for each record, the newest first. Read as it comes, and
 * only as far as it tells news; what an id may hold is checked before it becomes part of a URL.
 */
#ifndef ADVISORY_CHANGES_H
#define ADVISORY_CHANGES_H

#include "assay/base.h"

enum changes_kind {
	CHANGES_LISTED,
	CHANGES_TOO_MANY, /* single records would take longer than the zip */
	CHANGES_NONE,     /* the server has no such list */
	CHANGES_ODD,      /* it is not of the form that it should have; `why` tells */
};
struct changes {
	enum changes_kind kind;
	VEC(const char *) ids; /* of records that are newer than ours */
	int64_t newest;        /* of all rows */
	struct error why;
};

struct changes_reader {
	struct changes *out;
	struct arena *arena; /* the ids' */
	int64_t since;       /* what is older is no news */
	/* Whether we have this record, and at least as new. */
	enum status (*has)(void *context, struct str id, int64_t modified, bool *there, struct error *err);
	void *context;
	/* Its own. */
	int64_t last; /* the row before */
	uint64_t rows;
	struct buf rest; /* of a line whose end has not come */
	bool enough;
	enum status status;
	struct error *err;
};
/* Before the first byte, and again when a list is sent again. */
void changes_begin(struct changes_reader *reader);
/* False: the rest is not wanted, or something failed (changes_end() says it). */
bool changes_add(struct changes_reader *reader, struct str bytes);
/* The last line may lack its end. What failed in has(), or memory that is out; an odd list is none of it. */
enum status changes_end(struct changes_reader *reader);
void changes_fini(struct changes_reader *reader);

#endif
