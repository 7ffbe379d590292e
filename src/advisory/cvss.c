/*
 * CVSS vectors: what each version's metrics are, and whether a text is a vector of it. Metrics, weights and classes are first.org's figures
 * (CVSS v2.0 Complete Guide 3.2, v3.0 and v3.1 specification 7, v4.0 specification 8).
 *
 * The score is that of the vector as it stands: with the threat or temporal metrics and the environmental ones that its author put in, which the
 * specifications call CVSS-BTE or the overall score; most have base metrics alone. Supplemental metrics of 4.0 never count.
 *
 * Metrics may stand in any order, as 3.x allows; 4.0 wants a fixed one, but an order that nobody can misread is no
 * reason to drop a severity.
 */
#include "advisory/cvss.h"
#include "assay/advisory.h"

/* A metric's values, with a blank between them; the position of a value is its index into the weights. "Not defined" comes first. */
struct metric {
	const char *name, *values;
};

#define METRICS_MAX 32 /* 4.0 has the most */

struct rating {
	int least;
	enum severity severity;
};

struct scheme {
	struct str prefix;
	const struct metric *metrics; /* the base metrics first; only they are mandatory */
	size_t metric_count, base_count;
	int (*score)(const unsigned char *value); /* tenths, from the index of each metric's value */
	const struct rating *ratings;             /* the highest first, the last one from 0 on */
};

static const struct metric metrics_2[] = {
	{ "AV", "N A L" },
	{ "AC", "L M H" },
	{ "Au", "N S M" },
	{ "C", "N P C" },
	{ "I", "N P C" },
	{ "A", "N P C" },
	/* temporal */
	{ "E", "ND U POC F H" },
	{ "RL", "ND OF TF W U" },
	{ "RC", "ND UC UR C" },
	/* environmental */
	{ "CDP", "ND N L LM MH H" },
	{ "TD", "ND N L M H" },
	{ "CR", "ND L M H" },
	{ "IR", "ND L M H" },
	{ "AR", "ND L M H" },
};

static const struct metric metrics_3[] = {
	{ "AV", "N A L P" },
	{ "AC", "L H" },
	{ "PR", "N L H" },
	{ "UI", "N R" },
	{ "S", "U C" },
	{ "C", "N L H" },
	{ "I", "N L H" },
	{ "A", "N L H" },
	/* temporal */
	{ "E", "X U P F H" },
	{ "RL", "X O T W U" },
	{ "RC", "X U R C" },
	/* environmental */
	{ "CR", "X L M H" },
	{ "IR", "X L M H" },
	{ "AR", "X L M H" },
	{ "MAV", "X N A L P" },
	{ "MAC", "X L H" },
	{ "MPR", "X N L H" },
	{ "MUI", "X N R" },
	{ "MS", "X U C" },
	{ "MC", "X N L H" },
	{ "MI", "X N L H" },
	{ "MA", "X N L H" },
};

/* Base values stand from the worst to the mildest: an index is the number of steps below the worst. */
static const struct metric metrics_4[] = {
	{ "AV", "N A L P" },
	{ "AC", "L H" },
	{ "AT", "N P" },
	{ "PR", "N L H" },
	{ "UI", "N P A" },
	{ "VC", "H L N" },
	{ "VI", "H L N" },
	{ "VA", "H L N" },
	{ "SC", "H L N" },
	{ "SI", "H L N" },
	{ "SA", "H L N" },
	/* threat */
	{ "E", "X A P U" },
	/* environmental */
	{ "CR", "X H M L" },
	{ "IR", "X H M L" },
	{ "AR", "X H M L" },
	{ "MAV", "X N A L P" },
	{ "MAC", "X L H" },
	{ "MAT", "X N P" },
	{ "MPR", "X N L H" },
	{ "MUI", "X N P A" },
	{ "MVC", "X H L N" },
	{ "MVI", "X H L N" },
	{ "MVA", "X H L N" },
	{ "MSC", "X H L N" },
	{ "MSI", "X S H L N" },
	{ "MSA", "X S H L N" },
	/* supplemental */
	{ "S", "X N P" },
	{ "AU", "X N Y" },
	{ "R", "X A U I" },
	{ "V", "X D C" },
	{ "RE", "X L M H" },
	{ "U", "X Clear Green Amber Red" },
};

/* ---- vectors --------------------------------------------------------------------- */

/* 2.0 knows neither "none" nor "critical" (NVD's scale; the guide has none). 3.x and 4.0 share one. */
static const struct rating ratings_2[] = { { 70, SEVERITY_HIGH }, { 40, SEVERITY_MEDIUM }, { 0, SEVERITY_LOW } };
static const struct rating ratings_3[] = {
	{ 90, SEVERITY_CRITICAL }, { 70, SEVERITY_HIGH }, { 40, SEVERITY_MEDIUM }, { 1, SEVERITY_LOW }, { 0, SEVERITY_NONE },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
static const struct scheme schemes[] = {
	{ { "CVSS:4.0/", 9 }, metrics_4, COUNT(metrics_4), V4_BASE, cvss_score_4, ratings_3 },
	{ { "CVSS:3.1/", 9 }, metrics_3, COUNT(metrics_3), V3_BASE, cvss_score_31, ratings_3 },
	{ { "CVSS:3.0/", 9 }, metrics_3, COUNT(metrics_3), V3_BASE, cvss_score_30, ratings_3 },
	{ { "CVSS2#", 6 }, metrics_2, COUNT(metrics_2), V2_BASE, cvss_score_2, ratings_2 },
	{ { "", 0 }, metrics_2, COUNT(metrics_2), V2_BASE, cvss_score_2, ratings_2 },
};
_Static_assert(COUNT(metrics_4) <= METRICS_MAX, "every metric has a place");

/* The version by its prefix; what has none is read as 2.0. Takes the prefix off. */
static const struct scheme *scheme_of(struct str *vector)
{
	const struct scheme *scheme = schemes;
	while (!str_starts_with(*vector, scheme->prefix))
		scheme++;
	*vector = str_from(*vector, scheme->prefix.n);
	return scheme;
}

static bool find_value(const char *values, struct str text, unsigned char *index)
{
	struct str rest = str_of(values), value;
	for (unsigned char i = 0; str_split(&rest, ' ', &value); i++) {
		if (str_equal(value, text)) {
			*index = i;
			return true;
		}
	}
	return false;
}

static bool find_metric(const struct scheme *scheme, struct str name, size_t *index)
{
	for (size_t i = 0; i < scheme->metric_count; i++) {
		if (str_equal_z(name, scheme->metrics[i].name)) {
			*index = i;
			return true;
		}
	}
	return false;
}

/* Every part a known metric with a known value, none twice, every base metric there. */
static bool parse_metrics(const struct scheme *scheme, struct str rest, unsigned char value[METRICS_MAX])
{
	bool seen[METRICS_MAX] = { false };
	struct str part;
	while (str_split(&rest, '/', &part)) {
		size_t colon = str_find(part, ':'), at;
		if (!find_metric(scheme, str_head(part, colon), &at) || seen[at] ||
		    !find_value(scheme->metrics[at].values, str_from(part, colon + 1), &value[at]))
			return false;
		seen[at] = true;
	}
	for (size_t i = 0; i < scheme->base_count; i++) {
		if (!seen[i])
			return false;
	}
	return true;
}

bool cvss_score(struct str vector, int *tenths)
{
	unsigned char value[METRICS_MAX] = { 0 }; /* what is not given is not defined */
	const struct scheme *scheme = scheme_of(&vector);
	if (!parse_metrics(scheme, vector, value))
		return false;
	*tenths = scheme->score(value);
	return true;
}

enum severity cvss_rating(struct str vector, int tenths)
{
	if (tenths < 0) /* there was no score */
		return SEVERITY_UNKNOWN;
	const struct rating *rating = scheme_of(&vector)->ratings;
	while (tenths < rating->least)
		rating++;
	return rating->severity;
}
