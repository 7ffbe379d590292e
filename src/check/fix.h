/*
 * fix: how the project gets to the version that clears a package.
 */
#ifndef ASSAY_CHECK_FIX_H
#define ASSAY_CHECK_FIX_H

#include "check/group.h"

/* Does a dependency that is stated as `spec` let npm install `version`? Tags, URLs and what npm cannot read do not. */
bool spec_admits(struct str spec, const struct semver *version, struct arena *scratch);

/* The fix for all instances of one name and version; `finding` lends its instances. `to` may be NULL; a pre-release in place of an installed release
 * is told of, not proposed. */
enum status fix_find(const struct scan *scan, const struct finding *finding, const struct read_version *installed,
		     const struct read_version *to, struct fix *out, struct error *err);

#endif
