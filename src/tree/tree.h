/* What the files of this room share. */
#ifndef TREE_TREE_H
#define TREE_TREE_H

#include "assay/tree.h"

/* Scopes, optional, peer, direct, shortest paths, from ordered edges. */
enum status tree_reach(struct tree *tree, struct error *err);

#endif
