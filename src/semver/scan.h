/*
 * Scanners for the pieces of versions and ranges. Each takes a text and an offset and gives the offset
 * behind what it read there, or the same offset where nothing of its kind stands. They are greedy. Only in one
 * place two pieces can claim the same byte: a loose pre-release needs no dash, so that "1.2.34.5" is 1.2.3-4.5.
 *
 * npm's patterns stop after so many digits or letters, and what they leave over then counts for something
 * else. The same caps apply here, unless SEMVER_UNBOUNDED is among the flags.
 */
#ifndef ASSAY_SEMVER_SCAN_H
#define ASSAY_SEMVER_SCAN_H

#include "assay/semver.h"

/* Past these npm's patterns end: digits in a row, and letters, digits and dashes behind the first letter. */
enum { SCAN_MOST_DIGITS = 256, SCAN_MOST_LETTERS = 250 };
/* Among the flags: nothing is given back ("1.2.34" of "1.2.34.5"), since what follows need not belong to it. */
#define SCAN_GREEDY (1u << 16)

/* What stands where a version is expected in a range: "1", "1.x", "1.2.3-rc". */
struct partial {
	struct str part[3];    /* digits as written, "x", "X", "*", or empty where the text ends sooner */
	struct str prerelease; /* behind the dash, if any */
};

bool scan_at(struct str s, size_t at, char c);
size_t scan_digits(struct str s, size_t at, size_t most);
/* One blank, as JavaScript has it: ASCII's, and those of Unicode in UTF-8. */
size_t scan_blank(struct str s, size_t at);
size_t scan_blanks(struct str s, size_t at);
/* Any mix of 'v', '=' and blanks: what npm lets pass before a version. */
size_t scan_prefix(struct str s, size_t at);
size_t scan_build(struct str s, size_t at, struct str *build);
/* M.m.p, then perhaps a pre-release and build metadata; parts are given as they are written. */
size_t scan_version(struct str s, size_t at, unsigned flags, struct semver *out);
size_t scan_partial(struct str s, size_t at, unsigned flags, struct partial *out);
/* Where a number or a wildcard can begin. */
bool scan_begins_version(struct str s, size_t at);
/* "x", "X", "*" or nothing. */
bool part_is_any(struct str part);

/* The digits without leading zeros, at least one. */
struct str digits_strip(struct str digits);
/* Compares as numbers, however long; leading zeros do not count. */
int digits_compare(struct str a, struct str b);
bool digits_only(struct str s);

enum reading {
	READING_OK,
	READING_NO_VERSION, /* another grammar altogether */
	READING_TOO_LARGE,  /* a version, but past npm's limits */
};
/* The whole of `text`, without blanks around it. */
enum reading version_read(struct str text, unsigned flags, struct semver *out);

#endif
