/*
 * `list --format purl`: one package URL a line, each once, in byte order; the user's own code is left out.
 */
#include <stdlib.h>

#include "report/tree_filter.h"

static int compare_texts(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

enum status report_tree_purl(const struct tree *tree, const struct report_tree_options *options, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct str *purls = scratch ? arena_array(scratch, tree->package_count, sizeof *purls) : NULL;
	size_t count = 0;
	if (!purls)
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++) {
		if (package_is_own(&tree->packages[i]) || !tree_is_shown(tree, options, i))
			continue;
		purls[count] = package_purl(scratch, &tree->packages[i]);
		if (!purls[count++].p)
			return error_memory(err);
	}
	if (count)
		qsort(purls, count, sizeof *purls, compare_texts);
	for (size_t i = 0; i < count; i++) {
		if (i && str_equal(purls[i], purls[i - 1]))
			continue;
		buf_add(out, purls[i]);
		buf_add_char(out, '\n');
	}
	return buf_ok(out, err);
}
