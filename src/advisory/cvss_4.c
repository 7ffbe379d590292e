/*
 * The score of CVSS 4.0 (specification 8): the class that a vector falls into has a score, and the vector's own is below it by how far it has gone
 * towards the next lower classes. Threat and environmental metrics count as the vector gives them; where it gives none, the worst is assumed.
 * In integers: the same on every machine.
 */
#include "advisory/cvss.h"

/* EQ3 and EQ6 are taken together: levels 00, 01, 10, 11 and 21. */
enum { EQ36_00, EQ36_01, EQ36_10, EQ36_11, EQ36_21, EQ36_COUNT };
enum { EQ1, EQ2, EQ36, EQ4, EQ5, EQ_COUNT };

/* Tenths for each MacroVector, as [EQ1][EQ2][EQ3 and EQ6][EQ4][EQ5]. From the lookup table of first.org's CVSS v4.0 calculator. */
static const unsigned char macro_tenths[3][2][EQ36_COUNT][3][3] = {
	{
		{
			{ { 100, 98, 95 }, { 100, 93, 91 }, { 93, 89, 81 } },
			{ { 99, 95, 92 }, { 96, 87, 81 }, { 90, 80, 68 } },
			{ { 98, 95, 90 }, { 93, 89, 81 }, { 88, 78, 69 } },
			{ { 95, 92, 84 }, { 92, 81, 65 }, { 80, 70, 48 } },
			{ { 92, 82, 72 }, { 79, 69, 50 }, { 69, 55, 27 } },
		},
		{
			{ { 99, 95, 92 }, { 95, 90, 84 }, { 92, 82, 72 } },
			{ { 97, 92, 85 }, { 91, 83, 71 }, { 81, 71, 53 } },
			{ { 95, 92, 85 }, { 92, 80, 70 }, { 84, 71, 50 } },
			{ { 93, 85, 73 }, { 82, 72, 59 }, { 70, 52, 30 } },
			{ { 86, 75, 52 }, { 71, 52, 29 }, { 63, 29, 17 } },
		},
	},
	{
		{
			{ { 98, 94, 91 }, { 94, 86, 77 }, { 87, 74, 63 } },
			{ { 95, 87, 81 }, { 89, 74, 64 }, { 75, 63, 49 } },
			{ { 94, 88, 76 }, { 86, 74, 59 }, { 72, 57, 52 } },
			{ { 89, 77, 67 }, { 76, 58, 50 }, { 57, 52, 25 } },
			{ { 83, 70, 54 }, { 65, 58, 26 }, { 53, 21, 13 } },
		},
		{
			{ { 95, 88, 76 }, { 90, 75, 61 }, { 77, 68, 52 } },
			{ { 90, 76, 70 }, { 77, 62, 53 }, { 66, 59, 30 } },
			{ { 89, 76, 62 }, { 74, 57, 47 }, { 61, 57, 24 } },
			{ { 78, 67, 58 }, { 59, 57, 23 }, { 52, 29, 16 } },
			{ { 71, 59, 30 }, { 58, 26, 15 }, { 23, 13, 6 } },
		},
	},
	{
		{
			{ { 93, 86, 75 }, { 86, 74, 56 }, { 70, 52, 40 } },
			{ { 87, 72, 58 }, { 74, 61, 34 }, { 54, 40, 22 } },
			{ { 85, 74, 62 }, { 72, 55, 46 }, { 53, 34, 19 } },
			{ { 75, 55, 51 }, { 57, 41, 19 }, { 36, 19, 8 } },
			{ { 64, 51, 20 }, { 47, 21, 11 }, { 24, 9, 4 } },
		},
		{
			{ { 88, 73, 60 }, { 73, 59, 41 }, { 54, 45, 20 } },
			{ { 75, 53, 50 }, { 55, 40, 20 }, { 43, 22, 11 } },
			{ { 75, 58, 40 }, { 61, 48, 20 }, { 46, 17, 8 } },
			{ { 55, 45, 21 }, { 51, 18, 9 }, { 18, 7, 2 } },
			{ { 53, 24, 14 }, { 24, 12, 5 }, { 10, 3, 1 } },
		},
	},
};

/* What interpolation needs of a level: the steps that its highest vectors lie below the worst values, and how many
 * steps deep it is. All highest vectors of a level have the same sum, so it does not matter which one is compared with. Of EQ5 nothing is to be
 * interpolated. */
static const struct {
	int top, depth;
} levels[EQ_COUNT][EQ36_COUNT] = {
	[EQ1] = { { 0, 1 }, { 1, 4 }, { 3, 5 } },
	[EQ2] = { { 0, 1 }, { 1, 2 } },
	[EQ36] = { { 0, 7 }, { 3, 6 }, { 1, 8 }, { 3, 8 }, { 3, 10 } },
	[EQ4] = { { -2, 6 }, { 0, 5 }, { 3, 4 } },
	[EQ5] = { { 0, 1 }, { 1, 1 }, { 2, 1 } },
};

/* A vector's values as steps below the worst, the modified ones in place of the others; SI and SA reach one above it, "safety". */
struct steps {
	int base[V4_BASE], requirement[3], threat;
};

static struct steps take_steps(const unsigned char *value)
{
	struct steps s = { .threat = value[V4_E] ? value[V4_E] - 1 : 0 };
	for (int i = 0; i < V4_BASE; i++) {
		int modified = value[V4_MODIFIED + i];
		int above = i == V4_SI || i == V4_SA ? 2 : 1; /* "S" stands before "H" there */
		s.base[i] = modified ? modified - above : value[i];
	}
	for (int i = 0; i < 3; i++)
		s.requirement[i] = value[V4_CR + i] ? value[V4_CR + i] - 1 : 0;
	return s;
}

struct macro {
	unsigned char level[EQ_COUNT];
};

static unsigned char level_36(const struct steps *s)
{
	const int *v = s->base;
	bool both_high = v[V4_VC] == 0 && v[V4_VI] == 0, any_high = v[V4_VC] == 0 || v[V4_VI] == 0 || v[V4_VA] == 0;
	bool minded = false;
	for (int i = 0; i < 3; i++)
		minded |= s->requirement[i] == 0 && v[V4_VC + i] == 0;
	if (both_high)
		return minded ? EQ36_00 : EQ36_01;
	if (any_high)
		return minded ? EQ36_10 : EQ36_11;
	return EQ36_21;
}

static struct macro macro_of(const struct steps *s)
{
	const int *v = s->base;
	int at_worst = (v[V4_AV] == 0) + (v[V4_PR] == 0) + (v[V4_UI] == 0);
	bool physical = v[V4_AV] == 3;
	bool safety = v[V4_SI] < 0 || v[V4_SA] < 0;
	bool any_high = v[V4_SC] == 0 || v[V4_SI] == 0 || v[V4_SA] == 0;
	struct macro m;
	m.level[EQ1] = at_worst == 3 ? 0 : (at_worst > 0 && !physical ? 1 : 2);
	m.level[EQ2] = v[V4_AC] != 0 || v[V4_AT] != 0;
	m.level[EQ36] = level_36(s);
	m.level[EQ4] = safety ? 0 : (any_high ? 1 : 2);
	m.level[EQ5] = (unsigned char)s->threat;
	return m;
}

static int macro_score(struct macro m)
{
	return macro_tenths[m.level[EQ1]][m.level[EQ2]][m.level[EQ36]][m.level[EQ4]][m.level[EQ5]];
}

/* The score of the next lower class in one EQ, the higher one where there are two; -1: none. */
static int macro_score_below(struct macro m, int eq)
{
	static const signed char below_36[][2] = { { EQ36_01, EQ36_10 }, { EQ36_11, -1 }, { EQ36_11, -1 }, { EQ36_21, -1 }, { -1, -1 } };
	static const unsigned char lowest[EQ_COUNT] = { 2, 1, 0, 2, 2 };
	unsigned char level = m.level[eq];
	signed char next[2] = { level < lowest[eq] ? (signed char)(level + 1) : -1, -1 };
	int best = -1;
	for (int i = 0; i < 2; i++) {
		signed char to = eq == EQ36 ? below_36[level][i] : next[i];
		if (to < 0)
			continue;
		m.level[eq] = (unsigned char)to;
		best = macro_score(m) > best ? macro_score(m) : best;
	}
	return best;
}

static bool has_impact(const struct steps *s)
{
	for (int i = V4_VC; i <= V4_SA; i++)
		if (s->base[i] != 2)
			return true;
	return false;
}

/* The score of the class, less the mean over the EQs of how far the vector has gone towards the next lower class. */
int cvss_score_4(const unsigned char *value)
{
	static const unsigned char eq_of[V4_BASE] = { EQ1, EQ2, EQ2, EQ1, EQ1, EQ36, EQ36, EQ36, EQ4, EQ4, EQ4 };
	enum { FRACTION = 840 }; /* every depth divides it */
	struct steps s = take_steps(value);
	int steps[EQ_COUNT] = { [EQ5] = s.threat }, gone = 0, count = 0;
	if (!has_impact(&s))
		return 0;
	for (int i = 0; i < V4_BASE; i++)
		steps[eq_of[i]] += s.base[i];
	for (int i = 0; i < 3; i++)
		steps[EQ36] += s.requirement[i];
	struct macro m = macro_of(&s);
	int score = macro_score(m);
	for (int eq = 0; eq < EQ_COUNT; eq++) {
		int below = macro_score_below(m, eq), level = m.level[eq];
		if (below < 0)
			continue;
		gone += (score - below) * (steps[eq] - levels[eq][level].top) * (FRACTION / levels[eq][level].depth);
		count++;
	}
	if (count == 0)
		return score;
	int unit = FRACTION * count;
	int tenths = (2 * (score * unit - gone) + unit) / (2 * unit); /* to the nearest tenth, halves up */
	return tenths < 0 ? 0 : tenths;
}
