/* Patterns with '*'. */
#include "assay/base.h"

/* Goes back only to the last star, which is enough: whatever an earlier one could take, the last can give back. */
bool wildcard_matches(struct str pattern, struct str text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, taken = 0;
	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = p++;
			taken = t;
		} else if (p < pattern.n &&
			   ascii_lower((unsigned char)pattern.p[p]) == ascii_lower((unsigned char)text.p[t])) {
			p++;
			t++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			t = ++taken;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}
