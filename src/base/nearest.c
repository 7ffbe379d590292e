/* "Did you mean": the word that was probably meant by one that is not known. */
#include "assay/base.h"

enum { WORD_MAX = 48 };

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool same_letter(char a, char b)
{
	return ascii_lower((unsigned char)a) == ascii_lower((unsigned char)b);
}

/* Insertions, removals, replacements and swaps of neighbours from one word to the other (optimal string alignment). */
static size_t distance(struct str a, struct str b)
{
	size_t rows[3][WORD_MAX + 1];
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *higher = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t replaced = above[j - 1] + !same_letter(a.p[i - 1], b.p[j - 1]);
			row[j] = smaller(replaced, smaller(above[j], row[j - 1]) + 1);
			if (i > 1 && j > 1 && same_letter(a.p[i - 1], b.p[j - 2]) && same_letter(a.p[i - 2], b.p[j - 1]))
				row[j] = smaller(row[j], higher[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

const char *word_nearest(struct str text, const char *(*word_at)(const void *context, size_t index), const void *context)
{
	const char *nearest = NULL, *word;
	size_t best = smaller((text.n + 2) / 3, 4) + 1; /* further away is no typing error */
	if (text.n == 0 || text.n > WORD_MAX)
		return NULL;
	for (size_t i = 0; (word = word_at(context, i)); i++) {
		struct str candidate = str_of(word);
		size_t d = candidate.n <= WORD_MAX ? distance(text, candidate) : best;
		if (d < best) {
			best = d;
			nearest = word;
		}
	}
	return nearest;
}
