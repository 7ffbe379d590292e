/* The only maker of a struct proven_tarball: nothing is inflated whose bytes were not compared with what was pinned. */
#include "assay/tarball.h"

bool tarball_prove(struct str bytes, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual)
{
	struct digest computed = { 0 };
	enum integrity_verdict verdict = pinned ? integrity_check(pinned, bytes, &computed) : INTEGRITY_NONE;
	if (actual && verdict != INTEGRITY_NONE)
		*actual = computed;
	if (verdict == INTEGRITY_MISMATCH)
		return false;
	*out = (struct proven_tarball){ .bytes = bytes, .verdict = verdict, .digest = computed };
	return true;
}
