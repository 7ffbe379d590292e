/* clean: the versions of a package that none of its advisories affects. */
#ifndef ASSAY_CHECK_CLEAN_H
#define ASSAY_CHECK_CLEAN_H

#include "check/group.h"

/* The versions of one package name that are known to exist (its advisories call them fixed, or they are installed) and that none of its advisories
 * affects; rising, each once. Worked out once per name, since whether a version is clean does not depend on the one that is installed. What is known
 * to be unpublished, or younger than the policy's least age, is not among them, nor what the policy bans, through whomever it may be there. In scan->arena. */
struct clean_versions {
	struct read_version *v;
	size_t n;
	struct read_version banned; /* the greatest that would be one of them, were it not for the policy; `text.p` NULL: none */
};
struct installed_numbers { /* packages of that name */
	const uint32_t *numbers;
	size_t count;
};
enum status clean_versions_find(const struct scan *scan, const struct installed_numbers *installed, const struct affected *known, size_t known_count,
				struct clean_versions *out, struct error *err);
/* The smallest release that is greater than the installed one, else the smallest pre-release; where a pre-release is installed one of its major
 * version may come first. NULL: none. */
const struct read_version *clean_versions_after(const struct clean_versions *clean, const struct read_version *installed);
/* The version that would have been an answer, had the policy not banned it; STR_NONE: none. */
struct str clean_versions_banned(const struct clean_versions *clean, const struct read_version *installed);

#endif
