/* The only maker of a struct proven_tarball: nothing is inflated whose bytes were not compared with what was pinned. */
#include "assay/tarball.h"

bool tarball_prove(struct str bytes, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual)
{
	enum integrity_verdict verdict = pinned ? integrity_check(pinned, bytes, actual) : INTEGRITY_NONE;
	if (verdict == INTEGRITY_MISMATCH)
		return false;
	*out = (struct proven_tarball){ bytes, verdict };
	return true;
}
