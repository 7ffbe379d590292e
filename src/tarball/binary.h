/* Native code, told by the bytes that a file begins with. */
#ifndef ASSAY_TARBALL_BINARY_H
#define ASSAY_TARBALL_BINARY_H

#include "assay/base.h"

const char *binary_kind(struct str bytes); /* "elf", "pe", "mach-o", "mach-o-fat", "wasm"; NULL: none of them */

#endif
