/* The SPDX license list, inside the program. */
#include "base/embed.inc"
	embed license_rows, policies/facts/licenses.tsv
