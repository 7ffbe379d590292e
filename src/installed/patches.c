/*
 * What the project patches itself: pnpm, bun and yarn berry say so in the lockfile or in package.json, patch-package by the names of
 * the files in patches/ ("@a+b+1.0.0.patch"). Which lines a patch changes is not looked at.
 */
#include "assay/json.h"
#include "assay/limits.h"
#include "installed/private.h"

static bool add_keys(struct installed *in, const struct json *section)
{
	json_each(entry, section) {
		struct str key = arena_copy(in->scratch, entry->key);
		if (!key.p || !map_set(in->patched, key, 1))
			return false;
	}
	return true;
}

/* "@a+b+1.0.0.patch" and "a++b+1.0.0+001+text.patch" are of the package in front of the version. */
static bool add_file(struct installed *in, struct str file)
{
	if (!str_ends_with(file, STR(".patch")))
		return true;
	struct str nested = str_head(file, file.n - 6);
	for (size_t at; (at = str_find_str(nested, STR("++"))) < nested.n;)
		nested = str_from(nested, at + 2);
	size_t scope = str_starts_with(nested, STR("@")) ? str_find(nested, '+') + 1 : 0;
	size_t end = scope + str_find(str_from(nested, scope), '+');
	if (end >= nested.n)
		return true;
	struct str version = str_from(nested, end + 1);
	version = str_head(version, str_find(version, '+'));
	struct str key = scope ? arena_printf(in->scratch, "%.*s/%.*s@%.*s", (int)(scope - 1), nested.p,
					      (int)(end - scope), nested.p + scope, STR_ARG(version))
			       : arena_printf(in->scratch, "%.*s@%.*s", (int)end, nested.p, STR_ARG(version));
	return key.p && map_set(in->patched, key, 1);
}

enum status patches_read(struct installed *in, struct error *err)
{
	struct json *manifest = NULL;
	struct folder_entries entries = { 0 };
	in->patched = map_new(in->scratch, 0);
	if (!in->patched)
		return error_memory(err);
	struct str text = file_at(in->project_fd, "package.json", LIMIT_MANIFEST_BYTES, in->scratch);
	if (text.p && json_parse(text, 0, in->scratch, &manifest, NULL, NULL) == STATUS_OK &&
	    (!add_keys(in, json_find(manifest, "patchedDependencies")) ||
	     !add_keys(in, json_find(json_find(manifest, "pnpm"), "patchedDependencies"))))
		return error_memory(err);
	CLEANUP(file_close) int fd = folder_open_at(in->project_fd, "patches");
	if (fd < 0 || folder_read(fd, NULL, in->scratch, &entries, NULL))
		return STATUS_OK;
	for (size_t i = 0; i < entries.list.n; i++)
		if (!add_file(in, str_of(entries.list.v[i].name)))
			return error_memory(err);
	return STATUS_OK;
}

bool patches_has(const struct installed *in, uint32_t number, struct arena *scratch)
{
	const struct package *package = &in->tree->packages[number];
	size_t found;
	struct str release = arena_printf(scratch, "%.*s@%.*s", STR_ARG(package->name), STR_ARG(package->version));
	return str_find_str(package->id, STR("(patch_hash=")) < package->id.n ||
	       str_find_str(package->id, STR("@patch:")) < package->id.n || map_find(in->patched, package->name, &found) ||
	       (release.p && map_find(in->patched, release, &found));
}
