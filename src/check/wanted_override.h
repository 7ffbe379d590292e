/* wanted_override: overrides of the root's package.json that the lockfile was made without: the next install would apply them. */
#ifndef ASSAY_CHECK_WANTED_OVERRIDE_H
#define ASSAY_CHECK_WANTED_OVERRIDE_H

#include "check/drift_request.h"

/* Each one that stands for something in the tree (`replaced`) while nothing of its name is what it asks for. False: out of memory, or `each` said so. */
bool override_each_unapplied(const struct importer *root,
			     bool (*each)(void *context, const struct lockfile_override *override, const struct package *replaced), void *context);

#endif
