/*
 * drift_request: what the package.json of one of the user's own packages asks for, side by side with what the lockfile has for it. Format-neutral: the
 * tree's edges are the lockfile's word. Peers are left out, unless somebody asks for them: whether they fit is known only with the registry at hand.
 */
#ifndef ASSAY_CHECK_DRIFT_REQUEST_H
#define ASSAY_CHECK_DRIFT_REQUEST_H

#include "assay/lockfile.h"
#include "check/drift_spec.h"

/* The root or a workspace, with what it takes to judge its requests. */
struct importer {
	const struct tree *tree;
	uint32_t package;
	struct lockfile_manifest manifest;
	const struct lockfile_manifest *root; /* whose overrides and catalogs hold for all */
	struct map *edges;                    /* by name: importer_index_edges() */
	bool peers;                           /* those that are not optional are requests, too */
	struct arena *scratch;
};
/* Is that one whose package.json counts? pnpm's injected workspaces are copies of others. */
bool importer_is(const struct package *package);
/* Does a package manager install from it? Not from installed packages and SBOMs, which are a state of affairs, and what stands for a lockfile
 * that could not be read holds nothing. */
bool importer_has_lockfile(const struct tree *tree, const struct lockfile_format *format);
bool importer_index_edges(struct importer *importer); /* false: out of memory */

struct request {
	const struct lockfile_request *declared;  /* of a name that stands in several sections the one that agrees best */
	const struct lockfile_override *override; /* what may stand in for it; NULL: nothing */
	const struct edge *edge;                  /* NULL: the lockfile has recorded none */
	const struct package *target;             /* NULL: nothing is installed for it */
	bool same_text;                           /* as it was when the lockfile was made */
	enum fit fit;                             /* of the target */
};
/* The one at *at or behind it; false: there are no more. What an override takes out, and workspaces' own names, are none. */
bool importer_next_request(const struct importer *importer, size_t *at, struct request *out);

/* Where a link leads to, for what counts is what is installed; NULL where nothing is. */
const struct package *edge_target(const struct tree *tree, const struct edge *edge);
/* What "catalog:" and "catalog:name" stand for; the spec itself for all others, and where no catalog is known. */
struct str importer_meant_spec(const struct importer *importer, struct str name, struct str spec);
/* Overrides, or catalogs, of that name; the first of *count, or NULL. */
const struct lockfile_override *override_find(const struct lockfile_override *all, size_t n, struct str name, size_t *count);

#endif
