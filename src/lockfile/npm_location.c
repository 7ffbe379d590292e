/*
 * npm's locations: where a package stands relative to the lockfile's folder. Link targets may lie outside it
 * ("../lib"): ".." may lead, and stands nowhere else.
 */
#include "assay/limits.h"
#include "lockfile/npm.h"

#define MODULES STR("node_modules/")

const char *npm_location_problem(struct str location)
{
	struct str rest = location, part;
	bool inside = false, in_modules = false, scope = false;
	if (location.n > LIMIT_LOCATION_BYTES)
		return "it is longer than any path";
	if (str_starts_with(location, STR("/")))
		return "it is absolute";
	for (size_t i = 0; i < location.n; i++)
		if ((unsigned char)location.p[i] < ' ' || location.p[i] == 0x7f)
			return "it holds a control byte";
	/* On Windows it separates: "node_modules\\x" would be a package there and a folder of the user's own here. */
	if (str_find(location, '\\') < location.n)
		return "it holds a backslash";
	while (location.n && str_split(&rest, '/', &part)) {
		if (part.n == 0)
			return "it holds an empty part";
		if (str_equal_z(part, "."))
			return "it holds the part \".\"";
		if (str_equal_z(part, "..") && inside)
			return "it holds \"..\" behind another part";
		inside |= !str_equal_z(part, "..");
		scope = in_modules && str_starts_with(part, STR("@"));
		in_modules = str_equal_z(part, "node_modules");
	}
	return scope ? "it is a scope without a name" : NULL;
}

/* Where what stands behind the last "node_modules/" begins, or SIZE_MAX. */
static size_t behind_modules(struct str location)
{
	for (size_t end = location.n; end > 0; end--) {
		struct str head = str_head(location, end);
		if (head.p[end - 1] != '/' || !str_ends_with(head, MODULES))
			continue;
		size_t start = end - MODULES.n;
		if (start == 0 || location.p[start - 1] == '/')
			return end;
	}
	return SIZE_MAX;
}

bool npm_in_modules(struct str location)
{
	return behind_modules(location) != SIZE_MAX;
}

struct str npm_installed_name(struct str location)
{
	size_t at = behind_modules(location);
	struct str name = at == SIZE_MAX ? STR("") : str_from(location, at), rest = name;
	if (str_starts_with(name, STR("@")))
		rest = str_from(name, str_find(name, '/') + 1);
	return rest.n && str_find(rest, '/') == rest.n ? name : STR("");
}

struct str npm_folder_name(struct str location)
{
	size_t slash = str_find_last(location, '/');
	if (slash == location.n)
		return location;
	struct str folder = str_head(location, slash);
	size_t above = str_find_last(folder, '/');
	size_t start = above == folder.n ? 0 : above + 1;
	return str_from(location, folder.n > start && folder.p[start] == '@' ? start : slash + 1);
}

struct str npm_normalize_path(struct arena *arena, struct str path)
{
	char *out = str_starts_with(path, STR("/")) ? NULL : arena_alloc(arena, path.n + 1);
	size_t n = 0, kept = 0; /* `kept`: how much of it is leading ".." */
	struct str rest = path, part;
	while (out && str_split(&rest, '/', &part)) {
		if (part.n == 0 || str_equal_z(part, "."))
			continue;
		if (str_equal_z(part, "..") && n > kept) {
			size_t slash = str_find_last((struct str){ out, n }, '/');
			n = slash == n ? 0 : slash;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
		if (str_equal_z(part, ".."))
			kept = n;
	}
	return (struct str){ out, n };
}
