/* What the readers of CycloneDX and SPDX share. */
#ifndef LOCKFILE_SBOM_H
#define LOCKFILE_SBOM_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* Foreign documents: of a key that stands twice the last counts. */
enum status sbom_parse(const struct lockfile_source *source, struct tree *tree, struct json **out, struct error *err);
/* Does the document's member `key` begin so? Without reading it whole where the key does not occur. */
bool sbom_has_member(struct str text, const char *key, struct str prefix);
/* Every element is an object, or STATUS_INVALID with its place; NULL is no list and fine. */
enum status sbom_check_list(const struct json *list, const char *name, struct error *err);
/* The strongest of the digests in a list of {`alg_key`: "SHA-512" or "SHA512", `hex_key`: "…"} as SRI; STR_NONE where npm
 * knows none of them. STATUS_INVALID with the place where one is no digest. */
enum status sbom_integrity(const struct json *list, const char *alg_key, const char *hex_key, struct arena *arena, struct str *out, struct error *err);

/* The rule that whoever made it has a gap of, "lockfile-invalid" or "no-lockfile", and the lockfile's path; any other one says nothing. */
void sbom_note_unread(struct tree *tree, struct str rule, struct str path);

/* A component that has a purl of type npm. `root`: it becomes package 0. */
struct sbom_component {
	struct str id; /* its own in the document; .n is 0 where it has none */
	struct str purl;
	const struct json *at;
	bool root, library; /* library: a package of some ecosystem, if not of npm's */
};
/* NULL with STATUS_OK in *status for what is of another ecosystem, or does not say of which: it is counted. */
struct package *sbom_add_package(struct tree *tree, const struct sbom_component *component, enum status *status, struct error *err);
/* An edge between two ids; nothing where one of them is no package here. */
enum status sbom_add_edge(struct tree *tree, struct str from, struct str to, enum edge_type type, struct error *err);
/* What is left to say once all is read: whether the root's dependencies are known, and that there are packages at all. */
enum status sbom_finish(struct tree *tree, bool root_is_npm, struct error *err);

#endif
