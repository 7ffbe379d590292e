/* Bundled packages: they share the proof of the tarball that carries them, and are read there. */
#include "check/check_private.h"

/* Takes the last "node_modules/<name>" (npm) or "<name>" (bun) off the id. */
static struct str parent_id(struct str id)
{
	size_t slash = str_find_last(id, '/');
	if (slash == id.n)
		return STR("");
	struct str rest = str_head(id, slash);
	size_t before = str_find_last(rest, '/');
	size_t start = before == rest.n ? 0 : before + 1;
	if (start < rest.n && rest.p[start] == '@') /* a scope belongs to the name */
		rest = str_head(rest, before == rest.n ? 0 : before);
	struct str modules = STR("/node_modules");
	if (str_equal(rest, STR("node_modules")))
		return STR("");
	return str_ends_with(rest, modules) ? str_head(rest, rest.n - modules.n) : rest;
}

uint32_t carrier_of(const struct tree *tree, uint32_t number, struct arena *arena, struct str *folder)
{
	const struct package *package = &tree->packages[number];
	struct str id = package->id, inside = STR("");
	while (package->bundled) {
		struct str parent = parent_id(id);
		size_t skip = parent.n ? parent.n + 1 : 0;
		struct str step = str_from(id, skip);
		bool named = str_starts_with(step, STR("node_modules/"));
		inside = arena_printf(arena, "%s%.*s%s%.*s", named ? "" : "node_modules/", STR_ARG(step), inside.n ? "/" : "", STR_ARG(inside));
		uint32_t found = parent.n && inside.p ? tree_find(tree, parent) : TREE_NONE;
		if (found == TREE_NONE)
			return TREE_NONE;
		number = found;
		package = &tree->packages[number];
		id = package->id;
	}
	*folder = inside;
	return number;
}
