/*
 * What the project patches itself, and which files. Bun and pnpm say so in patchedDependencies of package.json or pnpm-workspace.yaml ("a",
 * "a@1.0.0", "a@^1" to a file), yarn berry in its locators, patch-package by the names of the files in its folder ("@a+b+1.0.0.patch").
 */
#include <limits.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "installed/private.h"

/* ---- one patch ------------------------------------------------------------------------------------ */

/* A file below the project's folder, no link followed; .p NULL: none, too large, or out of memory. */
static struct str read_inside(const struct installed *in, struct str path, struct arena *arena)
{
	struct str rest = path, part;
	int fd = dup(in->project_fd);
	while (fd >= 0 && str_split(&rest, '/', &part) && rest.p) {
		char name[NAME_MAX + 1] = { 0 };
		int inner = part.n <= NAME_MAX ? folder_open_at(fd, memcpy(name, part.p, part.n)) : -1;
		close(fd);
		fd = inner;
	}
	struct str name = fd < 0 ? STR_NONE : arena_copy(arena, part);
	struct str text = name.p ? file_at(fd, name.p, LIMIT_PATCH_BYTES, arena) : STR_NONE;
	file_close(&fd);
	return text;
}

static bool read_patch(struct installed *in, struct patch *patch)
{
	CLEANUP(arena_cleanup) struct arena *text_arena = arena_new(0);
	struct str path = path_join_inside(in->scratch, STR(""), patch->file);
	struct str text = path.p && text_arena ? read_inside(in, path, text_arena) : STR_NONE;
	patch->paths = map_new(in->scratch, 0);
	if (!patch->paths || !text_arena)
		return false;
	if (!text.p) {
		patch->problem = STR("it is no file of the project's, or too large");
		return true;
	}
	return patch_read_text(text, in->scratch, patch);
}

/* Yarn's own patches, by the package that each is for, and the files that they touched in any release of @yarnpkg/plugin-compat from 2.2.1 to
 * 4.0.14 (their "diff --git" lines; a copy's source stays as it is). Yarn never puts one on another package: a lockfile that does excuses nothing. */
static const struct {
	const char *package, *name, *files;
} own_patches[] = {
	{ "fsevents", "builtin<compat/fsevents>", "fsevents.js vfs.js" },
	{ "resolve", "builtin<compat/resolve>", "lib/normalize-options.js" },
	{ "typescript", "builtin<compat/typescript>",
	  "lib/_tsc.js lib/_tsserver.js lib/tsc.js lib/tsserver.js lib/tsserverlibrary.d.ts lib/tsserverlibrary.js lib/typescript.d.ts "
	  "lib/typescript.js lib/typescriptServices.d.ts lib/typescriptServices.js lib/typingsInstaller.js" },
};

/* False: out of memory. */
static bool fill_own(struct installed *in, struct str package, struct patch *patch)
{
	patch->problem = STR("it is yarn's own, and none that is known for this package: which files it touches is not");
	patch->paths = map_new(in->scratch, 0);
	bool fine = patch->paths != NULL;
	for (size_t i = 0; i < sizeof own_patches / sizeof *own_patches; i++) {
		struct str rest = str_of(own_patches[i].files), path;
		if (!str_equal_z(patch->file, own_patches[i].name) || !str_equal_z(package, own_patches[i].package))
			continue;
		patch->problem = STR_NONE;
		while (fine && str_split(&rest, ' ', &path))
			fine = map_set(patch->paths, path, 1);
	}
	return fine;
}

/* Each file is read once, however many packages it is said to patch. */
static bool fill_patch(struct installed *in, struct patch *patch, size_t number)
{
	struct str key = arena_printf(in->scratch, "%.*s\n%.*s", STR_ARG(patch->prefix), STR_ARG(patch->file));
	size_t first;
	if (!key.p || !map_add(in->patch_files, key, number, &first))
		return false;
	if (first == number)
		return read_patch(in, patch);
	patch->paths = in->patches.v[first].paths;
	patch->problem = in->patches.v[first].problem;
	return true;
}

/* False: out of memory. */
static bool add_patch(struct installed *in, struct str name, struct patch patch)
{
	size_t last = in->patches.n, number = in->patches.n;
	if (number >= LIMIT_PATCHES)
		return true; /* what the others touch is excused by none */
	struct patch *added = vec_add(in->scratch, &in->patches);
	name = arena_copy(in->scratch, name);
	if (!added || !name.p)
		return false;
	map_find(in->patched, name, &last);
	*added = patch;
	added->next = last < number ? (uint32_t)last : TREE_NONE;
	added->file = arena_copy(in->scratch, patch.file);
	added->range = arena_copy(in->scratch, patch.range);
	if (!added->file.p || !added->range.p || !map_set(in->patched, name, number))
		return false;
	return patch.own ? fill_own(in, name, added) : fill_patch(in, added, number);
}

/* ---- where they are named -------------------------------------------------------------------------- */

static bool add_entries(struct installed *in, const struct json *section)
{
	json_each(entry, section) {
		struct str key = entry->key;
		size_t at = str_find(str_from(key, 1), '@') + 1;
		struct str range = at < key.n ? str_from(key, at + 1) : STR("");
		if (json_text(entry).p && !add_patch(in, str_head(key, at), (struct patch){ .file = json_text(entry), .range = range, .package = TREE_NONE }))
			return false;
	}
	return true;
}

/* "@a+b+1.0.0.patch" is of @a/b, "a++b+1.0.0+001+text.patch" of the b inside of a: the names in it begin with node_modules/a/node_modules/b. */
static bool add_file(struct installed *in, const char *folder, const char *file)
{
	CLEANUP(buf_fini) struct buf prefix = BUF_INIT(LIMIT_TARBALL_PATH);
	struct str rest = str_of(file), name = STR_NONE;
	if (!str_ends_with(rest, STR(".patch")))
		return true;
	rest = str_head(rest, rest.n - 6);
	for (bool last = false; !last;) {
		size_t end = str_find_str(rest, STR("++"));
		struct str part = str_head(rest, end);
		last = end == rest.n;
		rest = str_from(rest, end + 2);
		size_t scope = str_starts_with(part, STR("@")) ? str_find(part, '+') + 1 : 0;
		size_t stop = last ? scope + str_find(str_from(part, scope), '+') : part.n;
		if (stop > part.n || (last && stop == part.n))
			return true;
		name = scope ? arena_printf(in->scratch, "%.*s/%.*s", (int)scope - 1, part.p, (int)(stop - scope), part.p + scope) : str_head(part, stop);
		if (!name.p)
			return false;
		buf_printf(&prefix, "node_modules/%.*s/", STR_ARG(name));
		rest = last ? str_from(part, stop + 1) : rest;
	}
	struct patch patch = { .range = str_head(rest, str_find(rest, '+')),
			       .package = TREE_NONE,
			       .file = arena_printf(in->scratch, "%s/%s", folder, file),
			       .prefix = arena_copy(in->scratch, buf_str(&prefix)) };
	return !prefix.failed && patch.file.p && patch.prefix.p && add_patch(in, name, patch);
}

/* What package.json's scripts tell patch-package with --patch-dir, else "patches". */
static const char *patch_folder(const struct installed *in, const struct json *manifest)
{
	const struct str option = STR("--patch-dir");
	json_each(script, json_find(manifest, "scripts")) {
		struct str text = json_text(script), value;
		size_t at = str_find_str(text, option);
		if (at == text.n || str_find_str(text, STR("patch-package")) == text.n)
			continue;
		value = str_from(text, at + option.n + 1);
		value = path_join_inside(in->scratch, STR(""), str_head(value, str_find(value, ' ')));
		if (value.n)
			return value.p;
	}
	return "patches";
}

static bool add_folder(struct installed *in, const char *folder)
{
	struct folder_entries entries = { 0 };
	struct str rest = str_of(folder), part;
	CLEANUP(file_close) int fd = dup(in->project_fd);
	while (fd >= 0 && str_split(&rest, '/', &part)) {
		struct str name = arena_copy(in->scratch, part);
		int inner = name.p ? folder_open_at(fd, name.p) : -1;
		close(fd);
		fd = inner;
	}
	if (fd < 0 || folder_read(fd, NULL, in->scratch, &entries, NULL))
		return true;
	for (size_t i = 0; i < entries.list.n; i++)
		if (!add_file(in, folder, entries.list.v[i].name))
			return false;
	return true;
}

/* ---- yarn berry's locators ---------------------------------------------------------------------------- */

/* The workspace's folder in "…::locator=app%40workspace%3Apackages%2Fapp", with a slash; "" for the root. */
static struct str workspace_of(struct str bindings, struct arena *arena)
{
	size_t at = str_find_str(bindings, STR("locator="));
	struct str locator = str_from(bindings, at + 8), mark = STR("@workspace:");
	locator = percent_decode(arena, str_head(locator, str_find(locator, '&')));
	struct str folder = str_from(locator, str_find_str(locator, mark) + mark.n);
	return folder.n && !str_equal_z(folder, ".") ? arena_printf(arena, "%.*s/", STR_ARG(folder)) : STR("");
}

/* "~/.yarn/patches/a.patch&./b.patch", "optional!builtin<compat/typescript>": from the project's folder, from the workspace's, yarn's own ("~builtin<…>"
 * before yarn 4). */
static bool add_selectors(struct installed *in, const struct package *package, uint32_t number, struct str selectors, struct str bindings)
{
	struct str selector;
	while (str_split(&selectors, '&', &selector)) {
		if (str_starts_with(selector, STR("optional!")))
			selector = str_from(selector, 9);
		selector = percent_decode(in->scratch, selector);
		if (str_starts_with(selector, STR("~builtin<")))
			selector = str_from(selector, 1);
		struct patch patch = { .package = number, .own = str_starts_with(selector, STR("builtin<")) };
		if (patch.own)
			patch.file = selector;
		else if (str_starts_with(selector, STR("~/")))
			patch.file = str_from(selector, 2);
		else
			patch.file = arena_printf(in->scratch, "%.*s%.*s", STR_ARG(workspace_of(bindings, in->scratch)), STR_ARG(selector));
		if (!selector.p || !patch.file.p || !add_patch(in, package->name, patch))
			return false;
	}
	return true;
}

/* "a@patch:a@npm%3A1.0.0#~/a.patch::version=1.0.0&hash=…", where what is patched may be patched already. */
static bool add_locator(struct installed *in, uint32_t number)
{
	const struct package *package = &in->tree->packages[number];
	const struct str mark = STR("@patch:");
	struct str locator = package->id;
	for (size_t depth = 0, at; (at = str_find_str(locator, mark)) < locator.n && depth < LIMIT_YARN_WRAPS; depth++) {
		struct str rest = str_from(locator, at + mark.n), source = str_head(rest, str_find(rest, '#'));
		struct str selectors = str_from(rest, source.n + 1);
		size_t end = str_find_str(selectors, STR("::"));
		if (!add_selectors(in, package, number, str_head(selectors, end), str_from(selectors, end)))
			return false;
		locator = percent_decode(in->scratch, source);
		if (!locator.p)
			return false;
	}
	return true;
}

enum status patches_read(struct installed *in, struct error *err)
{
	struct json *manifest = NULL;
	const struct json *settings = NULL;
	in->patched = map_new(in->scratch, 0);
	in->patch_files = map_new(in->scratch, 0);
	if (!in->patched || !in->patch_files)
		return error_memory(err);
	struct str text = file_at(in->project_fd, "package.json", LIMIT_MANIFEST_BYTES, in->scratch);
	if (text.p && json_parse(text, 0, in->scratch, &manifest, NULL, NULL))
		manifest = NULL;
	if (lockfile_read_settings(in->tree, "pnpm-workspace.yaml", in->scratch, &settings, NULL))
		settings = NULL;
	bool fine = add_entries(in, json_find(manifest, "patchedDependencies")) &&
		    add_entries(in, json_find(json_find(manifest, "pnpm"), "patchedDependencies")) &&
		    add_entries(in, json_find(settings, "patchedDependencies")) && add_folder(in, patch_folder(in, manifest));
	for (uint32_t i = 0; i < in->tree->package_count && fine; i++)
		fine = add_locator(in, i);
	return fine ? STATUS_OK : error_memory(err);
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

static bool is_for(const struct patch *patch, const struct package *package, uint32_t number)
{
	if (patch->package != TREE_NONE)
		return patch->package == number;
	return !patch->range.n || str_equal(patch->range, package->version) || semver_satisfies(package->version, patch->range, SEMVER_LOOSE);
}

const struct patch *patch_next(const struct installed *in, uint32_t number, const struct patch *before)
{
	const struct package *package = &in->tree->packages[number];
	size_t at = TREE_NONE;
	if (before)
		at = before->next;
	else if (!map_find(in->patched, package->name, &at))
		return NULL;
	while (at != TREE_NONE && !is_for(&in->patches.v[at], package, number))
		at = in->patches.v[at].next;
	return at == TREE_NONE ? NULL : &in->patches.v[at];
}

bool patch_touches(const struct patch *patch, struct str path)
{
	size_t found;
	return !patch->problem.n && map_find(patch->paths, path, &found);
}
