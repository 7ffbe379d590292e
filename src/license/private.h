/*
 * The shape of an expression, and the list of ids.
 */
#ifndef ASSAY_LICENSE_PRIVATE_H
#define ASSAY_LICENSE_PRIVATE_H

#include "assay/license.h"

struct term {
	struct str id;        /* as listed, without "-only" and "-or-later": "GPL-2.0"; "LicenseRef-x"; any other text */
	struct str exception; /* as listed; STR_NONE: none */
	bool or_later;
	bool deprecated; /* so it was written */
};

enum node { NODE_TERM, NODE_AND, NODE_OR };
struct license {
	enum node node;
	struct term term;
	struct license *first, *next; /* of AND, OR: two or more */
};

enum listed { LISTED_LICENSE, LISTED_DEPRECATED, LISTED_EXCEPTION };
struct row {
	struct str id;
	enum listed kind;
	struct str means; /* what a deprecated id stands for; STR_NONE: itself */
};
/* ASCII in any case; false: not listed. */
bool row_find(struct str id, struct row *out);
/* Takes the next row off `rest`, which begins as rows_all(). */
struct str rows_all(void);
bool row_next(struct str *rest, struct row *out);
/* The listed id that was probably meant; NULL: none is near, or out of memory. */
const char *row_nearest(struct str text, bool exception, struct arena *arena);

/* Is `later` the same license as `id`, in the same version or a later one? */
bool is_same_or_later(struct str id, struct str later);
/* "GPL-2.0" with "-only": is that a listed id? */
bool has_listed_suffix(struct str id, struct str suffix);

bool text_equal(struct str a, struct str b); /* ASCII in any case */
struct license *license_term_new(struct arena *arena, struct str text);

#endif
