/* pins: what the digest that a lockfile pins is worth. */
#ifndef ASSAY_CHECK_PINS_H
#define ASSAY_CHECK_PINS_H

#include "assay/check.h"

enum pin {
	PIN_NONE,
	PIN_UNUSABLE, /* something stands there, but no digest of a known algorithm */
	PIN_SHA1,
	PIN_STRONG, /* SHA-256 or better */
};
enum pin pin_of(const struct package *package, struct arena *scratch);

#endif
