/* Names of packages that everybody knows, inside the program. */
#include "base/embed.inc"
	embed known_names, policies/facts/names.tsv
