/* drift_spec: what the text behind a dependency's name asks for, and whether a package is that. */
#ifndef ASSAY_CHECK_DRIFT_SPEC_H
#define ASSAY_CHECK_DRIFT_SPEC_H

#include "assay/tree.h"

enum fit {
	FIT_YES,
	FIT_NO,
	FIT_UNTOLD, /* a tag, git, a file, a catalog: only the text can be compared */
};
/* `format` is the tree's: "npm". `scratch` takes what parsing needs. */
enum fit spec_fit(struct str spec, const struct package *target, const char *format, struct arena *scratch);
/* The same for every package manager: equal texts, "npm:^1" and "^1", ranges with one normal form. */
bool spec_equal(struct str a, struct str b, struct arena *scratch);

#endif
