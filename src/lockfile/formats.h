/* The formats, one row each; read.c lists them. */
#ifndef LOCKFILE_FORMATS_H
#define LOCKFILE_FORMATS_H

#include "assay/lockfile.h"

extern const struct lockfile_format npm_format;
extern const struct lockfile_format pnpm_format;
extern const struct lockfile_format bun_format;
extern const struct lockfile_format yarn_format;
extern const struct lockfile_format berry_format;
extern const struct lockfile_format installed_format; /* a node_modules folder */
extern const struct lockfile_format cyclonedx_format, spdx_format;

#endif
