/* npm, yarn berry and bun all write `bin` as a package.json has it. */
#include "lockfile/bins.h"

bool lockfile_add_bins(struct tree *tree, const struct json *bin)
{
	uint32_t package = tree->package_count - 1;
	bool fine = true;
	if (json_is(bin, JSON_STRING))
		return tree_add_bin(tree, (struct package_bin){ package, tree->packages[package].name, bin->text });
	if (!json_is(bin, JSON_OBJECT))
		return true;
	for (const struct json *member = bin->child; member && fine; member = member->next)
		if (json_is(member, JSON_STRING))
			fine = tree_add_bin(tree, (struct package_bin){ package, member->key, member->text });
	return fine;
}
