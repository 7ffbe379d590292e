/*
 * fix: which version clears a package, and how the project gets there.
 */
#ifndef ASSAY_CHECK_FIX_H
#define ASSAY_CHECK_FIX_H

#include "check/group.h"

/* The versions of one package name that its advisories call fixed and that none of them affects; rising, each once. Worked out once per name,
 * since whether a version is clean does not depend on the one that is installed. */
struct clean_versions {
	struct read_version *v;
	size_t n;
};
enum status clean_versions_find(const struct affected *known, size_t known_count, struct arena *arena,
				struct clean_versions *out, struct error *err);
/* The smallest that is greater than the installed one; NULL: none. */
const struct read_version *clean_versions_after(const struct clean_versions *clean,
						const struct read_version *installed);

/* Does a dependency that is stated as `spec` let npm install `version`? Tags, URLs and what npm cannot read do not. */
bool spec_admits(struct str spec, const struct semver *version, struct arena *scratch);

/* The fix for all instances of one name and version; `finding` lends its instances. `to` may be NULL. */
enum status fix_find(const struct scan *scan, const struct finding *finding, const struct read_version *to,
		     struct fix *out, struct error *err);

#endif
