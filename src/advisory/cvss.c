/*
 * CVSS base scores. Metrics, weights and MacroVector scores are first.org's figures (CVSS v2.0 Complete Guide 3.2.1,
 * v3.0 and v3.1 specification 7.1 and 7.4, v4.0 specification 8); the arithmetic stays in integers where it can, so
 * that no score turns on how a compiler rounds.
 *
 * Only base metrics count, in every version. What else a vector holds must be well-formed, and is then left aside: threat
 * and temporal values age within weeks, environmental ones are one site's. In 4.0's own words the score is
 * CVSS-B; one that minds E would be CVSS-BT and could only be lower.
 *
 * Metrics may stand in any order, as 3.x allows; 4.0 wants a fixed one, but an order that nobody can misread is no
 * reason to drop a severity.
 */
#include <math.h>

#include "assay/advisory.h"

/* A metric's values, with a blank between them; the position of a value is its index into the weights. */
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
	int (*score)(const unsigned char *value); /* tenths, from the index of each base metric's value */
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
	{ "E", "U POC F H ND" },
	{ "RL", "OF TF W U ND" },
	{ "RC", "UC UR C ND" },
	/* environmental */
	{ "CDP", "N L LM MH H ND" },
	{ "TD", "N L M H ND" },
	{ "CR", "L M H ND" },
	{ "IR", "L M H ND" },
	{ "AR", "L M H ND" },
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

/* ---- 2.0 and 3.x ------------------------------------------------------------- */

enum { V2_AV, V2_AC, V2_AU, V2_C, V2_I, V2_A, V2_BASE };

/* All weights have three decimals at most, so the whole formula is exact in units of 10^-15. */
static int score_2(const unsigned char *value)
{
	static const int64_t vector[] = { 1000, 646, 395 }, complexity[] = { 71, 61, 35 };
	static const int64_t authentication[] = { 704, 560, 450 }, untouched[] = { 1000, 725, 340 };
	int64_t impact = 1000000000 - untouched[value[V2_C]] * untouched[value[V2_I]] * untouched[value[V2_A]];
	if (impact == 0)
		return 0;
	int64_t exploitability = 20 * vector[value[V2_AV]] * complexity[value[V2_AC]] * authentication[value[V2_AU]];
	/* 10^-12: 0.6 * 10.41 * impact + 0.4 * exploitability - 1.5 */
	int64_t sum = 6246 * impact + 4000 * exploitability - 1500000000000;
	int64_t tenth = 100000000000000;
	return (int)((sum * 1176 + tenth / 2) / tenth);
}

enum { V3_AV, V3_AC, V3_PR, V3_UI, V3_S, V3_C, V3_I, V3_A, V3_BASE };

/* 3.1's Roundup (appendix A): the sum is first brought to five decimals, so that noise behind them lifts no score. 3.0 says only
 * "round up" and means the same; over its whole range the two agree. */
static int round_up_tenths(double score)
{
	long long hundred_thousandths = llround(score * 100000);
	return (int)((hundred_thousandths + 9999) / 10000);
}

static int score_3(const unsigned char *value)
{
	static const double vector[] = { 0.85, 0.62, 0.55, 0.2 }, complexity[] = { 0.77, 0.44 };
	static const double interaction[] = { 0.85, 0.62 }, untouched[] = { 1, 0.78, 0.44 };
	static const double privileges[][3] = { { 0.85, 0.62, 0.27 }, { 0.85, 0.68, 0.5 } };
	bool changed = value[V3_S] == 1;
	double lost = 1 - untouched[value[V3_C]] * untouched[value[V3_I]] * untouched[value[V3_A]];
	double impact = changed ? 7.52 * (lost - 0.029) - 3.25 * pow(lost - 0.02, 15) : 6.42 * lost;
	if (impact <= 0)
		return 0;
	double exploitability = 8.22 * vector[value[V3_AV]] * complexity[value[V3_AC]] *
				privileges[changed][value[V3_PR]] * interaction[value[V3_UI]];
	double score = (impact + exploitability) * (changed ? 1.08 : 1);
	return round_up_tenths(score < 10 ? score : 10);
}

/* ---- 4.0 ----------------------------------------------------------------------- */

enum { V4_AV, V4_AC, V4_AT, V4_PR, V4_UI, V4_VC, V4_VI, V4_VA, V4_SC, V4_SI, V4_SA, V4_BASE };

/* EQ3 and EQ6 are taken together: levels 00, 01, 10, 11 and 21. With base metrics alone EQ6 is 0 as soon as one impact is
 * high, so 01 and 11 come up only as the next lower class. */
enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, EQ36_COUNT };

/* Tenths for each MacroVector with EQ5 = 0 (E is not counted, which means the worst), as [EQ1][EQ2][EQ3 and EQ6][EQ4 - 1];
 * EQ4 = 0 needs a modified metric. From the lookup table of first.org's CVSS v4.0 calculator. */
static const unsigned char macro_tenths[3][2][EQ36_COUNT][2] = {
	{
		{ { 100, 93 }, { 96, 90 }, { 93, 88 }, { 92, 80 }, { 79, 69 } },
		{ { 95, 92 }, { 91, 81 }, { 92, 84 }, { 82, 70 }, { 71, 63 } },
	},
	{
		{ { 94, 87 }, { 89, 75 }, { 86, 72 }, { 76, 57 }, { 65, 53 } },
		{ { 90, 77 }, { 77, 66 }, { 74, 61 }, { 59, 52 }, { 58, 23 } },
	},
	{
		{ { 86, 70 }, { 74, 54 }, { 72, 53 }, { 57, 36 }, { 47, 24 } },
		{ { 73, 54 }, { 55, 43 }, { 61, 46 }, { 51, 18 }, { 24, 10 } },
	},
};

/* The equivalence sets that base metrics reach, and the one that each metric belongs to. */
enum { EQ1, EQ2, EQ36, EQ4, EQ_COUNT };
static const unsigned char eq_of[V4_BASE] = { EQ1, EQ2, EQ2, EQ1, EQ1, EQ36, EQ36, EQ36, EQ4, EQ4, EQ4 };

/* What interpolation needs of a level: the steps that its highest vectors lie below the worst values, and how many
 * steps deep it is. All highest vectors of a level have the same sum, so it does not matter which one is compared with. */
static const struct {
	int top, depth;
} levels[EQ_COUNT][EQ36_COUNT] = {
	[EQ1] = { { 0, 1 }, { 1, 4 }, { 3, 5 } },
	[EQ2] = { { 0, 1 }, { 1, 2 } },
	[EQ36] = { { 0, 7 }, { 0, 6 }, { 1, 8 }, { 1, 8 }, { 3, 10 } },
	[EQ4] = { { 0, 5 }, { 3, 4 } },
};

struct macro {
	unsigned char level[EQ_COUNT]; /* EQ4's is one less than its name */
};

static struct macro macro_of(const unsigned char *v)
{
	int at_worst = (v[V4_AV] == 0) + (v[V4_PR] == 0) + (v[V4_UI] == 0);
	bool physical = v[V4_AV] == 3;
	bool both_high = v[V4_VC] == 0 && v[V4_VI] == 0;
	bool any_high = v[V4_VC] == 0 || v[V4_VI] == 0 || v[V4_VA] == 0;
	struct macro m;
	m.level[EQ1] = at_worst == 3 ? 0 : (at_worst > 0 && !physical ? 1 : 2);
	m.level[EQ2] = v[V4_AC] != 0 || v[V4_AT] != 0;
	m.level[EQ36] = both_high ? EQ36_00 : (any_high ? EQ36_10 : EQ36_21);
	m.level[EQ4] = v[V4_SC] != 0 && v[V4_SI] != 0 && v[V4_SA] != 0;
	return m;
}

static int macro_score(struct macro m)
{
	return macro_tenths[m.level[EQ1]][m.level[EQ2]][m.level[EQ36]][m.level[EQ4]];
}

static int macro_score_with(struct macro m, int eq, unsigned char level)
{
	m.level[eq] = level;
	return macro_score(m);
}

/* The score of the next lower class in one EQ; -1 where there is none. */
static int macro_score_below(struct macro m, int eq)
{
	static const unsigned char lowest[EQ_COUNT] = { 2, 1, EQ36_21, 1 };
	if (m.level[eq] == lowest[eq])
		return -1;
	int below = macro_score_with(m, eq, m.level[eq] + 1);
	if (eq == EQ36 && m.level[eq] == EQ36_00) { /* two classes lie below it: the higher one counts */
		int other = macro_score_with(m, eq, EQ36_10);
		return other > below ? other : below;
	}
	return below;
}

/* The score of the class, less the mean over the EQs of how far the vector has gone towards the next lower class. */
static int score_4(const unsigned char *value)
{
	enum { FRACTION = 840 }; /* every depth divides it */
	int steps[EQ_COUNT] = { 0 }, gone = 0;
	for (int i = 0; i < V4_BASE; i++)
		steps[eq_of[i]] += value[i];
	if (steps[EQ36] == 6 && steps[EQ4] == 6) /* no impact anywhere */
		return 0;
	struct macro m = macro_of(value);
	int score = macro_score(m);
	int count = 1; /* EQ5 always has a lower class, and a vector without E stands at the top of its own */
	for (int eq = 0; eq < EQ_COUNT; eq++) {
		int below = macro_score_below(m, eq), level = m.level[eq];
		if (below < 0)
			continue;
		gone += (score - below) * (steps[eq] - levels[eq][level].top) * (FRACTION / levels[eq][level].depth);
		count++;
	}
	int unit = FRACTION * count;
	return (2 * (score * unit - gone) + unit) / (2 * unit); /* to the nearest tenth, halves up */
}

/* ---- vectors --------------------------------------------------------------------- */

/* 2.0 knows neither "none" nor "critical" (NVD's scale; the guide has none). 3.x and 4.0 share one. */
static const struct rating ratings_2[] = { { 70, SEVERITY_HIGH }, { 40, SEVERITY_MEDIUM }, { 0, SEVERITY_LOW } };
static const struct rating ratings_3[] = {
	{ 90, SEVERITY_CRITICAL }, { 70, SEVERITY_HIGH }, { 40, SEVERITY_MEDIUM },
	{ 1, SEVERITY_LOW },       { 0, SEVERITY_NONE },
};

#define COUNT(array) (sizeof(array) / sizeof *(array))
static const struct scheme schemes[] = {
	{ { "CVSS:4.0/", 9 }, metrics_4, COUNT(metrics_4), V4_BASE, score_4, ratings_3 },
	{ { "CVSS:3.1/", 9 }, metrics_3, COUNT(metrics_3), V3_BASE, score_3, ratings_3 },
	{ { "CVSS:3.0/", 9 }, metrics_3, COUNT(metrics_3), V3_BASE, score_3, ratings_3 },
	{ { "CVSS2#", 6 }, metrics_2, COUNT(metrics_2), V2_BASE, score_2, ratings_2 },
	{ { "", 0 }, metrics_2, COUNT(metrics_2), V2_BASE, score_2, ratings_2 },
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
	unsigned char value[METRICS_MAX];
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
