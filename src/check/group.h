/*
 * group: several records about one problem (a GHSA, its CVE, a MAL record) are one finding.
 */
#ifndef ASSAY_CHECK_GROUP_H
#define ASSAY_CHECK_GROUP_H

#include "assay/check.h"

/* A version as text beside its parsed form; `valid` is false where it is no version at all. */
struct read_version {
	struct str text;
	struct semver parsed;
	bool valid;
};
/* As semver_parse_installed() does: foreign registries hold such versions. */
struct read_version read_version(struct str text);
/* In rising order, what is no version last. */
int compare_read_versions(const void *a, const void *b);

struct group {
	const struct affected **members; /* in the order given */
	size_t count;
};
/* Puts together the records that share an id or an alias, transitively. */
enum status group_aliases(const struct affected *const *hits, size_t hit_count, struct arena *arena, struct group **out, size_t *count, struct error *err);
bool group_is_malware(const struct group *group);
/* The finding's id, aliases, title, severity, … from all the records of the group. False: out of memory. */
bool group_describe(const struct group *group, struct arena *arena, struct finding *finding);

#endif
