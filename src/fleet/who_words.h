/* What the reports share. */
#ifndef ASSAY_FLEET_WHO_WORDS_H
#define ASSAY_FLEET_WHO_WORDS_H

#include "assay/who.h"

const char *who_part_name(enum who_part part);          /* "now", "had", "could", "near" */
const char *who_verdict_name(enum who_verdict verdict); /* "found", "nowhere", "unknown" */
/* "2026-03-31T00:52:00Z", or STR_NONE for DATE_NONE. */
struct str who_date(int64_t date, struct arena *arena);

#endif
