/* What the package.json inside a tarball says, as npm understands it. */
#ifndef ASSAY_TARBALL_MANIFEST_H
#define ASSAY_TARBALL_MANIFEST_H

#include "assay/json.h"
#include "draft.h"

/* Name, version, license, dependencies, bins, scripts. `has_gyp`: a binding.gyp stands beside it. */
enum status manifest_inspect(struct str text, bool has_gyp, struct draft *draft, struct error *err);
/* "name@version" of a package.json; STR_NONE where it is none. .n is never 0 otherwise. */
struct str manifest_label(struct str text, struct arena *arena);

/* The commands of `bin` under the names and paths that npm makes of them; false: out of memory. */
bool manifest_add_bins(const struct json *manifest, struct draft *draft);
/* dependencies, optionalDependencies, peerDependencies, bundleDependencies; false: out of memory. */
bool manifest_add_dependencies(const struct json *manifest, struct draft *draft);

#endif
