/*
 * package.json files beside a lockfile. They say what a project asks for where the lockfile does not (npm v1), and
 * whether a folder without lockfile lacks one.
 */
#include "assay/limits.h"
#include "lockfile/manifest.h"

enum status manifest_read(const char *folder, struct arena *arena, struct json **out, size_t *duplicates, struct error *err)
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
		status = error_at(err, STATUS_INVALID, manifest->line, manifest->column, "found %s, expected an object", json_type_name(manifest->type));
	if (status)
		return error_wrap(err, "%s", path);
	*duplicates += dropped;
	*out = manifest;
	return STATUS_OK;
}

const struct json *manifest_section(const struct json *manifest, const char *key)
{
	const struct json *section = json_find(manifest, key);
	return json_is(section, JSON_OBJECT) ? section : NULL;
}

bool manifest_has_dependencies(const struct json *manifest)
{
	static const char *const sections[] = { "dependencies", "devDependencies", "optionalDependencies", "peerDependencies" };
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		const struct json *section = manifest_section(manifest, sections[i]);
		if (section && section->count)
			return true;
	}
	return false;
}
