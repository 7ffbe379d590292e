/*
 * package.json files beside a lockfile. They say what a project asks for where the lockfile does not (npm v1), and
 * whether a folder without lockfile lacks one.
 */
#include "assay/limits.h"
#include "lockfile/manifest.h"

enum status manifest_read(const char *folder, struct arena *arena, struct json **out, size_t *duplicates,
			  struct error *err)
{
	const char *path = path_join(arena, folder, "package.json");
	struct str text;
	struct json *manifest;
	size_t dropped = 0;
	if (!path)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_MANIFEST_BYTES, arena, &text, err);
	if (status)
		return status;
	status = json_parse(text, 0, arena, &manifest, &dropped, err);
	if (!status && !json_is(manifest, JSON_OBJECT))
		status = error_at(err, STATUS_INVALID, manifest->line, manifest->column, "found %s, expected an object",
				  json_type_name(manifest->type));
	if (status)
		return error_wrap(err, "%s", path);
	*duplicates += dropped;
	*out = manifest;
	return STATUS_OK;
}

/* Those that every package manager installs, then peers. */
static const char *const sections[] = { "dependencies", "devDependencies", "optionalDependencies", "peerDependencies" };

static bool asks_in(const struct json *manifest, size_t section_count)
{
	for (size_t i = 0; i < section_count; i++) {
		const struct json *section = json_find(manifest, sections[i]);
		if (json_is(section, JSON_OBJECT) && section->count)
			return true;
	}
	return false;
}

bool manifest_has_dependencies(const struct json *manifest)
{
	return asks_in(manifest, sizeof sections / sizeof *sections);
}

enum status manifest_refuse_empty(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	struct json *manifest;
	size_t duplicates = 0; /* counted where the manifest is read for its own sake */
	if (tree->package_count > 1 || !source->folder)
		return STATUS_OK;
	enum status status = manifest_read(source->folder, tree->arena, &manifest, &duplicates, err);
	if (status)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	if (!asks_in(manifest, sizeof sections / sizeof *sections - 1))
		return STATUS_OK;
	error_set(err, STATUS_INVALID, "it lists no package, but the package.json beside it asks for some");
	error_hint(err, "run the package manager's install and commit the lockfile that it writes");
	return STATUS_INVALID;
}
