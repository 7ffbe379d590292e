/* Which packages of a tree `list` shows. */
#ifndef REPORT_TREE_FILTER_H
#define REPORT_TREE_FILTER_H

#include "assay/report.h"

bool tree_is_shown(const struct tree *tree, const struct report_tree_options *options, uint32_t package);
bool tree_edge_is_shown(const struct tree *tree, const struct report_tree_options *options, uint32_t edge);
/* Picks by more than depth: then what is shown may stand behind what is not. */
bool tree_is_picked(const struct report_tree_options *options);

#endif
