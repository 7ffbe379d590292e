/* What the package.json inside a tarball says, as npm understands it. */
#ifndef ASSAY_TARBALL_MANIFEST_H
#define ASSAY_TARBALL_MANIFEST_H

#include "assay/tarball.h"

/* Sets has_manifest, name, version, license and install_script. `has_gyp`: a binding.gyp stands beside it. */
enum status manifest_inspect(struct str text, bool has_gyp, struct arena *arena, struct inspection *out,
			  struct error *err);
/* Made visible, cut to `size` between two characters. */
void inspection_set_text(char *out, size_t size, struct str text);

#endif
