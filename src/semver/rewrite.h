/*
 * npm reads a range by rewriting its text step by step until only plain comparators are left; what it accepts is
 * defined by that ("1.2.3*" is 1.2.3, "~> 1" is "~1", "> =1" is two things). So the same steps are done here,
 * each in one pass, in place where the text can only shrink.
 */
#ifndef ASSAY_SEMVER_REWRITE_H
#define ASSAY_SEMVER_REWRITE_H

#include "scan.h"

/* A text that may be written to; what is left of it after a step never grows. */
struct draft {
	char *p;
	size_t n;
};

/* ">=" "1" "2" "0" "-" "rc": one comparator in pieces. */
struct bound {
	const char *op;
	struct str part[3];
	struct str prerelease;
};

struct str draft_str(struct draft draft);
/* Copies `text` with every run of blanks as one space, and none at the ends. .p is NULL when out of memory. */
struct draft draft_collapse(struct str text, struct arena *arena);
struct draft draft_trim(struct draft draft);
/* Takes "+build.metadata" away wherever it stands. */
struct draft draft_strip_builds(struct draft draft);
/* Joins operators with the version behind them: "> 1.2" is ">1.2", "~> 1" is "~1", "^ 1" is "^1". */
struct draft draft_join_operators(struct draft draft, unsigned flags);
/* "1.2 - 2" to ">=1.2.0 <3.0.0-0"; any other text stays. .p is NULL when out of memory. */
struct draft draft_expand_hyphen(struct draft draft, unsigned flags, struct arena *arena);

/* The comparator's text; .p is NULL when out of memory. */
struct str bound_text(const struct bound *bound, struct arena *arena);
/* The lowest version that `partial` stands for, with 0 where it has none or a wildcard. */
struct bound bound_from(const char *op, const struct partial *partial);
/* The first version behind all that share the parts up to `index`: index 1 of 1.2.3 gives 1.3.0.
 * False when out of memory. */
bool bound_bump(struct bound *bound, size_t index, struct arena *arena);

#endif
