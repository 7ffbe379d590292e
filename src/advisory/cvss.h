/* What the files of CVSS share: where each metric stands among the values that a vector gives, and the scores of each version. */
#ifndef ADVISORY_CVSS_H
#define ADVISORY_CVSS_H

#include "assay/base.h"

/* An index of 0 is "not defined" for all but base metrics. */
enum { V2_AV, V2_AC, V2_AU, V2_C, V2_I, V2_A, V2_BASE, V2_E = V2_BASE, V2_RL, V2_RC, V2_CDP, V2_TD, V2_CR, V2_IR, V2_AR };
enum {
	V3_AV,
	V3_AC,
	V3_PR,
	V3_UI,
	V3_S,
	V3_C,
	V3_I,
	V3_A,
	V3_BASE,
	V3_E = V3_BASE,
	V3_RL,
	V3_RC,
	V3_CR,
	V3_IR,
	V3_AR,
	V3_MODIFIED, /* one for each base metric, in their order */
};
enum {
	V4_AV,
	V4_AC,
	V4_AT,
	V4_PR,
	V4_UI,
	V4_VC,
	V4_VI,
	V4_VA,
	V4_SC,
	V4_SI,
	V4_SA,
	V4_BASE,
	V4_E = V4_BASE,
	V4_CR,
	V4_IR,
	V4_AR,
	V4_MODIFIED, /* one for each base metric, in their order */
};

/* Tenths of the score of a whole vector, from the index of each metric's value. */
int cvss_score_2(const unsigned char *value);
int cvss_score_30(const unsigned char *value);
int cvss_score_31(const unsigned char *value);
int cvss_score_4(const unsigned char *value);

#endif
