/*
 * Patterns with stars. One loop matches texts and other sequences alike. It goes back only to the last star, which is enough:
 * whatever an earlier star could take, the last one can give back. So the work is at most pattern times text, whatever
 * the pattern.
 */
#include "assay/base.h"

bool sequence_matches(const struct sequence *s)
{
	size_t pattern = 0, item = 0, star = SIZE_MAX, taken = 0;
	while (item < s->items) {
		if (pattern < s->patterns && s->is_star(s->context, pattern)) {
			star = pattern++;
			taken = item;
		} else if (pattern < s->patterns && s->fits(s->context, pattern, item)) {
			pattern++;
			item++;
		} else if (star != SIZE_MAX) {
			pattern = star + 1;
			item = ++taken;
		} else {
			return false;
		}
	}
	while (pattern < s->patterns && s->is_star(s->context, pattern))
		pattern++;
	return pattern == s->patterns;
}

struct glob {
	struct str pattern, text;
};

static bool is_star(const void *context, size_t pattern)
{
	const struct glob *glob = context;
	return glob->pattern.p[pattern] == '*';
}

static bool byte_fits(const void *context, size_t pattern, size_t item)
{
	const struct glob *glob = context;
	return glob->pattern.p[pattern] == glob->text.p[item];
}

static bool letter_fits(const void *context, size_t pattern, size_t item)
{
	const struct glob *glob = context;
	return ascii_lower((unsigned char)glob->pattern.p[pattern]) == ascii_lower((unsigned char)glob->text.p[item]);
}

bool glob_matches(struct str pattern, struct str text)
{
	const struct glob glob = { pattern, text };
	return sequence_matches(&(struct sequence){ pattern.n, text.n, is_star, byte_fits, &glob });
}

bool glob_matches_any_case(struct str pattern, struct str text)
{
	const struct glob glob = { pattern, text };
	return sequence_matches(&(struct sequence){ pattern.n, text.n, is_star, letter_fits, &glob });
}

bool text_equals_any_case(struct str a, struct str b)
{
	const struct glob glob = { a, b };
	size_t i = 0;
	while (i < a.n && i < b.n && letter_fits(&glob, i, i))
		i++;
	return i == a.n && i == b.n;
}
