/*
 * The scores of CVSS 2.0 (Complete Guide 3.2) and of 3.0 and 3.1 (specifications 7 and appendix A): environmental where the vector defines an
 * environmental metric, else temporal where it defines a temporal one, else base, which is what the formulas come to.
 *
 * Base scores of 2.0 stay in integers, so that no score turns on how a compiler rounds; elsewhere noise behind the fifth decimal is taken off before rounding.
 */
#include <math.h>

#include "advisory/cvss.h"

/* ---- 2.0 ------------------------------------------------------------------------ */

static const int64_t v2_untouched[] = { 1000, 725, 340 };

static int64_t v2_exploitability(const unsigned char *value) /* 10^-8 */
{
	static const int64_t vector[] = { 1000, 646, 395 }, complexity[] = { 71, 61, 35 };
	static const int64_t authentication[] = { 704, 560, 450 };
	return 20 * vector[value[V2_AV]] * complexity[value[V2_AC]] * authentication[value[V2_AU]];
}

/* All weights have three decimals at most, so the whole formula is exact in units of 10^-15. */
static int v2_base(const unsigned char *value)
{
	int64_t impact = 1000000000 - v2_untouched[value[V2_C]] * v2_untouched[value[V2_I]] * v2_untouched[value[V2_A]];
	if (impact == 0)
		return 0;
	/* 10^-12: 0.6 * 10.41 * impact + 0.4 * exploitability - 1.5 */
	int64_t sum = 6246 * impact + 4000 * v2_exploitability(value) - 1500000000000;
	int64_t tenth = 100000000000000;
	return (int)((sum * 1176 + tenth / 2) / tenth);
}

/* To the nearest tenth, halves up. */
static int round_tenths(double score)
{
	return (int)((llround(score * 100000) + 5000) / 10000);
}

/* The base score with each impact weighed by how much the site minds it. */
static int v2_adjusted_base(const unsigned char *value)
{
	static const double requirement[] = { 1, 0.5, 1, 1.51 };
	double untouched = 1;
	for (int i = 0; i < 3; i++)
		untouched *= 1 - (1 - (double)v2_untouched[value[V2_C + i]] / 1000) * requirement[value[V2_CR + i]];
	double impact = 10.41 * (1 - untouched);
	impact = impact < 10 ? impact : 10;
	double exploitability = (double)v2_exploitability(value) / 1e8;
	return impact > 0 ? round_tenths((0.6 * impact + 0.4 * exploitability - 1.5) * 1.176) : 0;
}

static int v2_temporal(const unsigned char *value, int base)
{
	static const int64_t exploit[] = { 100, 85, 90, 95, 100 }, remedy[] = { 100, 87, 90, 95, 100 };
	static const int64_t confidence[] = { 100, 90, 95, 100 };
	int64_t score = base * exploit[value[V2_E]] * remedy[value[V2_RL]] * confidence[value[V2_RC]];
	return (int)((score + 500000) / 1000000);
}

int cvss_score_2(const unsigned char *value)
{
	static const int64_t damage[] = { 0, 0, 1, 3, 4, 5 }, targets[] = { 100, 0, 25, 75, 100 };
	bool environmental = false;
	for (int i = V2_CDP; i <= V2_AR; i++)
		environmental |= value[i] != 0;
	if (!environmental)
		return v2_temporal(value, v2_base(value));
	int64_t score = v2_temporal(value, v2_adjusted_base(value));
	/* thousandths of a tenth: (score + (10 - score) * damage) * targets */
	return (int)(((score * 10 + (100 - score) * damage[value[V2_CDP]]) * targets[value[V2_TD]] + 500) / 1000);
}

/* ---- 3.0 and 3.1 ---------------------------------------------------------------- */

/* 3.1's Roundup (appendix A): the sum is first brought to five decimals, so that noise behind them lifts no score. 3.0 says only
 * "round up" and means the same. */
static int round_up_tenths(double score)
{
	long long hundred_thousandths = llround(score * 100000);
	return (int)((hundred_thousandths + 9999) / 10000);
}

static double v3_exploitability(const unsigned char *base)
{
	static const double vector[] = { 0.85, 0.62, 0.55, 0.2 }, complexity[] = { 0.77, 0.44 };
	static const double interaction[] = { 0.85, 0.62 };
	static const double privileges[][3] = { { 0.85, 0.62, 0.27 }, { 0.85, 0.68, 0.5 } };
	return 8.22 * vector[base[V3_AV]] * complexity[base[V3_AC]] * privileges[base[V3_S]][base[V3_PR]] * interaction[base[V3_UI]];
}

static int v3_sum(double impact, double exploitability, bool changed)
{
	double score = (impact + exploitability) * (changed ? 1.08 : 1);
	return impact > 0 ? round_up_tenths(score < 10 ? score : 10) : 0;
}

static const double v3_touched[] = { 0, 0.22, 0.56 };

static int v3_base(const unsigned char *value)
{
	bool changed = value[V3_S] == 1;
	double lost = 1 - (1 - v3_touched[value[V3_C]]) * (1 - v3_touched[value[V3_I]]) * (1 - v3_touched[value[V3_A]]);
	double impact = changed ? 7.52 * (lost - 0.029) - 3.25 * pow(lost - 0.02, 15) : 6.42 * lost;
	return v3_sum(impact, v3_exploitability(value), changed);
}

/* The base score with what the vector says of the site in place of what it says of all. */
static int v3_modified(const unsigned char *value, bool is_31)
{
	static const double requirement[] = { 1, 0.5, 1, 1.5 };
	unsigned char base[V3_BASE];
	double untouched = 1;
	for (int i = 0; i < V3_BASE; i++)
		base[i] = value[V3_MODIFIED + i] ? (unsigned char)(value[V3_MODIFIED + i] - 1) : value[i];
	for (int i = 0; i < 3; i++)
		untouched *= 1 - requirement[value[V3_CR + i]] * v3_touched[base[V3_C + i]];
	double lost = 1 - untouched < 0.915 ? 1 - untouched : 0.915;
	double late = is_31 ? pow(lost * 0.9731 - 0.02, 13) : pow(lost - 0.02, 15);
	bool changed = base[V3_S] == 1;
	return v3_sum(changed ? 7.52 * (lost - 0.029) - 3.25 * late : 6.42 * lost, v3_exploitability(base), changed);
}

/* Exact: hundredths of hundredths of hundredths of a tenth. */
static int v3_temporal(const unsigned char *value, int score)
{
	static const int64_t exploit[] = { 100, 91, 94, 97, 100 }, remedy[] = { 100, 95, 96, 97, 100 };
	static const int64_t confidence[] = { 100, 92, 96, 100 };
	int64_t exact = score * exploit[value[V3_E]] * remedy[value[V3_RL]] * confidence[value[V3_RC]];
	return (int)((exact + 999999) / 1000000);
}

static int score_3(const unsigned char *value, bool is_31)
{
	bool environmental = false;
	for (int i = V3_CR; i < V3_MODIFIED + V3_BASE; i++)
		environmental |= value[i] != 0;
	return v3_temporal(value, environmental ? v3_modified(value, is_31) : v3_base(value));
}

int cvss_score_30(const unsigned char *value)
{
	return score_3(value, false);
}

int cvss_score_31(const unsigned char *value)
{
	return score_3(value, true);
}
