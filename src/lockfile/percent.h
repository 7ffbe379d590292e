/* Percent-encoding, as URLs and yarn's locators have it. */
#ifndef LOCKFILE_PERCENT_H
#define LOCKFILE_PERCENT_H

#include "assay/base.h"

/* What is no well-formed escape stays as it is. .p is NULL when out of memory. */
struct str percent_decode(struct arena *arena, struct str text);

#endif
