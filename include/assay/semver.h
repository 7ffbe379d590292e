/*
 * semver: versions and ranges as npm's package `semver` (7.x) reads them: node-semver's grammar,
 * strict and loose. Nothing here needs more than the text that is given.
 *
 * A struct semver borrows from the text it was parsed from. Numbers are kept as digits, so that
 * none overflows. A range lives in the caller's arena and borrows from nothing else.
 * All texts are untrusted; work is linear in their length.
 */
#ifndef ASSAY_SEMVER_H
#define ASSAY_SEMVER_H

#include "assay/base.h"

#pragma GCC visibility push(default)

enum semver_flags {
	SEMVER_LOOSE = 1,              /* what npm's `loose` lets pass */
	SEMVER_INCLUDE_PRERELEASE = 2, /* ranges: pre-releases match like any other version */
	/* Numbers past 2^53 - 1 and texts past 256 bytes are versions too. npm refuses both;
	 * OSV ranges and foreign registries hold them. */
	SEMVER_UNBOUNDED = 4,
};

struct semver {
	struct str major, minor, patch; /* digits without leading zeros */
	struct str prerelease;          /* "rc.1" as written; .n is 0 when there is none */
	struct str build;               /* behind '+'; never matters for precedence */
};

/* False when `text` is no version under these flags (see SemVer 2.0.0 and node-semver's README). */
bool semver_parse(struct str text, unsigned flags, struct semver *out);
/* What somebody has installed: strictly, else as npm's `loose` has it, of any length. */
bool semver_parse_installed(struct str text, struct semver *out);
/* Precedence, SemVer 2.0.0 item 11: <0, 0, >0. Build metadata is ignored. */
int semver_compare(const struct semver *a, const struct semver *b);
/* The same, then by build metadata: npm's compareBuild. As there, the first identifiers that differ decide,
 * and two numbers that differ in leading zeros only ("1.0.0+01" and "1.0.0+1") decide for 0. */
int semver_compare_build(const struct semver *a, const struct semver *b);
bool semver_has_prerelease(const struct semver *version);
/* "1.2.3-rc.1", without build metadata, as npm's `version` field has it, and as its command prints it (clean):
 * no 'v', '=' or blanks, a dash before any pre-release, numbers without leading zeros. */
void semver_write(const struct semver *version, struct buf *out);

struct semver_range;
/*
 * STATUS_INVALID where npm's `new Range()` throws, STATUS_LIMIT past LIMIT_RANGE_LENGTH (npm has no such limit).
 * The text is copied where the range needs it: it may go. Two things differ from npm, on purpose:
 * - numbers in pre-releases and builds past 2^53 are compared exactly, npm rounds them;
 * - a loose range whose upper bound is a number from 10^21 on ("<=1.1500000000000000000000") is invalid: npm
 *   prints that bound as "1.5e+21" and then drops it, or takes it for another version.
 */
enum status semver_range_parse(struct str text, unsigned flags, struct arena *arena, struct semver_range **out, struct error *err);
/* npm's satisfies(version, range, options); the flags are those the range was parsed with. */
bool semver_range_matches(const struct semver_range *range, const struct semver *version);
/* npm's normal form, e.g. ">=1.2.3 <2.0.0-0||>=3.0.0 <4.0.0-0"; "*" for any. */
void semver_range_write(const struct semver_range *range, struct buf *out);
/* Both at once, for one-off questions; false when either does not parse. */
bool semver_satisfies(struct str version, struct str range, unsigned flags);

/* What npm's command `semver [-l] [-p] -r RANGE… VERSION…` is asked. */
struct semver_query {
	const struct str *versions, *ranges;
	size_t version_count, range_count; /* no ranges: every valid version is kept */
	unsigned flags;
};

/*
 * The versions that are valid and satisfy every range, the lowest first, equal ones in the order given; print each
 * with semver_write(). They borrow from the query's texts. STATUS_NOT_FOUND when there are none (npm exits 1), also
 * where a range is invalid: nothing satisfies it. The error then says which.
 */
enum status semver_select(const struct semver_query *query, struct arena *arena, struct semver **out, size_t *count, struct error *err);

#pragma GCC visibility pop
#endif
