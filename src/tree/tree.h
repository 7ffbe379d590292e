/* What the files of this room share. */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include "assay/tree.h"

/* What the walks go by, beside the packages and edges themselves: those are so large that to look at them in the order in which a walk
 * comes by costs more than the walk. All but the hops are by package. */
struct tree_hop {
	uint32_t to;
	enum edge_type type;
};

struct tree_shape {
	struct tree_hop *hops; /* what the walks need of the edges in tree->out, one for each */
	bool ordered;          /* tree->out is 0, 1, 2, …: the edges are in the order in which they leave */
	uint32_t *links;       /* link_target */
	bool linked;           /* there is one: without any, nobody has to look */
	uint32_t *out_ends;    /* where its part of tree->out ends, and the next one's begins */
	uint32_t *in_ends;     /* likewise of tree->in */
};

/* Packages are large, and most are somewhere else by now: who goes over all of them has the next ones come while it looks at this one. */
static inline void tree_fetch_ahead(const struct tree *tree, uint32_t package)
{
	enum { AHEAD = 8 };
	if (tree->package_count - package > AHEAD) {
		__builtin_prefetch(&tree->packages[package + AHEAD].kind);
		__builtin_prefetch(&tree->packages[package + AHEAD].reached);
	}
}

/* Where one goes on from `to`, where an edge arrives; TREE_NONE. */
static inline uint32_t tree_next_target(const struct tree_shape *shape, uint32_t to)
{
	return shape->linked ? shape->links[to] : TREE_NONE;
}

/* Scopes, optional, peer, direct, shortest paths, from ordered edges; and tells each package where its edges are. */
enum status tree_reach(struct tree *tree, const struct tree_shape *shape, struct arena *scratch, struct error *err);

#endif
