/* One .npmrc as npm's package `ini` reads it: its top level, in order. */
#ifndef ASSAY_NPMRC_INI_H
#define ASSAY_NPMRC_INI_H

#include "assay/base.h"

/* A value may be JSON in quotes, so it has a kind. */
enum ini_kind { INI_TEXT, INI_TRUE, INI_FALSE, INI_NULL, INI_NUMBER, INI_OTHER };

struct ini_value {
	enum ini_kind kind;
	struct str text; /* TEXT; of a NUMBER its digits */
};

struct ini_entry {
	struct str key;
	struct ini_value value;
	bool element; /* "key[]": one of several */
	uint32_t line;
};

struct ini {
	VEC(struct ini_entry) entries;
};

/* Any bytes are an ini file: what is no line of one is left out, as in `ini`. STATUS_MEMORY. */
enum status ini_read(struct str text, struct arena *arena, struct ini *out, struct error *err);
/* Without what JavaScript calls white space at either end. */
struct str ini_trim(struct str s);

#endif
