/*
 * fix: how the project gets to the version that clears a package.
 */
#ifndef ASSAY_CHECK_FIX_H
#define ASSAY_CHECK_FIX_H

#include "check/clean.h"
#include "check/through.h"

/* Does a dependency that is stated as `spec` let npm install `version`? Tags, URLs and what npm cannot read do not. */
bool spec_admits(struct str spec, const struct semver *version, struct arena *scratch);

/* What is pasted into a shell or a file comes from a lockfile: no blanks, quotes, `$`, and no leading dash. */
bool fix_is_plain_word(struct str word);

struct fix_question {
	const struct finding *finding; /* lends its instances: all of one name and version */
	const struct read_version *installed;
	const struct clean_versions *clean;
	const struct through *through; /* by package */
	bool alone;                    /* no other version of the name is installed */
};
/* A pre-release in place of an installed release is told of, not proposed. */
enum status fix_find(const struct scan *scan, const struct fix_question *question, struct fix *out, struct error *err);

#endif
