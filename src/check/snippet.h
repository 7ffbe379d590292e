/* snippet: an override in the package manager's own words, ready to paste. */
#ifndef ASSAY_CHECK_SNIPPET_H
#define ASSAY_CHECK_SNIPPET_H

#include "assay/check.h"

struct snippet {
	const struct tree *tree;
	const struct override_words *words;
	struct str name, from, to;        /* the package, its installed version, the one to move to */
	const struct edge *const *asking; /* those that must be overruled, of other people's packages */
	size_t asking_count;
	bool alone;         /* no other version of the name is installed that an override of all would move as well */
	bool asked_by_root; /* package.json asks for it, too */
};
/* Is it said of the package wherever it is, not of what one parent asks for? */
bool snippet_is_of_all(const struct snippet *snippet);
/* STR_NONE where it cannot be said in this manager's words, or not safely. Else in `arena`; *failed: out of memory. */
struct str snippet_write(const struct snippet *snippet, struct arena *arena, bool *failed);

#endif
