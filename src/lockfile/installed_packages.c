/*
 * One package of a node_modules folder: what its package.json says, and which folders are to be looked into because of it.
 */
#include <sys/stat.h>

#include "assay/limits.h"
#include "assay/license.h"
#include "lockfile/installed.h"
#include "lockfile/manifest.h"

/* ---- places ------------------------------------------------------------------------------ */

struct str installed_join(struct installed *in, struct str folder, struct str name)
{
	if (!folder.n)
		return arena_copy(in->arena, name);
	return arena_printf(in->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
}

const char *installed_path(struct installed *in, struct str location)
{
	struct str copy = arena_copy(in->arena, location);
	return !copy.p ? NULL : location.n ? path_join(in->arena, in->project, copy.p) : in->project;
}

struct str installed_modules_folder(struct str location)
{
	struct str folder = location;
	for (size_t i = 0; i < 2 && folder.n; i++) {
		size_t slash = str_find_last(folder, '/');
		if (slash == folder.n)
			return STR("");
		struct str name = str_from(folder, slash + 1);
		folder = str_head(folder, slash);
		if (i && name.p[0] != '@')
			break;
		if (str_equal_z(folder, "node_modules") || str_ends_with(folder, STR("/node_modules")))
			return folder;
	}
	return STR("");
}

struct str installed_file_key(struct installed *in, const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return STR("");
	return arena_printf(in->scratch, "%llx:%llx", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
}

/* ---- one package ------------------------------------------------------------------------ */

static bool has_install_script(const struct json *manifest, const char *folder, struct arena *scratch)
{
	static const char *const names[] = { "preinstall", "install", "postinstall" };
	const struct json *scripts = json_find(manifest, "scripts");
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (json_find_text(scripts, names[i]).n)
			return true;
	const char *gyp = path_join(scratch, folder, "binding.gyp"); /* npm then runs node-gyp */
	return gyp && file_exists(gyp);
}

static bool is_bound(const struct json *manifest)
{
	static const char *const names[] = { "os", "cpu", "libc" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct json *bound = json_find(manifest, names[i]);
		if (json_is(bound, JSON_STRING) || (json_is(bound, JSON_ARRAY) && bound->count))
			return true;
	}
	return false;
}

struct package *installed_add_package(struct installed *in, struct str location, const struct json *manifest, enum package_kind kind)
{
	struct package *package = tree_add_package(in->tree, location, in->err);
	struct installed_package *beside = package ? vec_add(in->scratch, &in->packages) : NULL;
	if (!beside || !map_set(in->places, location, in->tree->package_count - 1)) {
		if (package)
			error_memory(in->err);
		return NULL;
	}
	*beside = (struct installed_package){ manifest, kind == PACKAGE_ROOT || kind == PACKAGE_WORKSPACE };
	package->kind = kind;
	package->scope = SCOPE_UNKNOWN; /* what nothing leads to */
	package->version = json_find_text(manifest, "version");
	package->name = json_find_text(manifest, "name");
	if (!license_stated(json_find(manifest, "license"), json_find(manifest, "licenses"), in->arena, &package->license)) {
		error_memory(in->err);
		return NULL;
	}
	package->platform = is_bound(manifest);
	return package;
}

enum status installed_read_manifest(struct installed *in, const char *folder, struct json **out)
{
	enum status status = manifest_read(folder, in->arena, out, &in->tree->duplicate_keys, in->err);
	return status == STATUS_INVALID || status == STATUS_LIMIT ? STATUS_OK : status;
}

bool installed_remember_file(struct installed *in, const char *folder)
{
	struct str key = installed_file_key(in, folder);
	return key.p && (!key.n || map_set(in->files, key, in->tree->package_count - 1));
}

enum status installed_add_modules(struct installed *in, struct str location)
{
	size_t found;
	if (map_find(in->seen, location, &found))
		return STATUS_OK;
	if (location.n > LIMIT_LOCATION_BYTES)
		return error_set(in->err, STATUS_LIMIT, "node_modules folders nest deeper than any path is long");
	struct str *added = vec_add(in->scratch, &in->modules);
	if (!location.p || !added || !map_set(in->seen, location, 1))
		return error_memory(in->err);
	*added = location;
	return STATUS_OK;
}

enum status installed_add_modules_of(struct installed *in, struct str location)
{
	return installed_add_modules(in, installed_join(in, location, STR("node_modules")));
}

/* A folder without package.json is no package; what stands in its node_modules is. One that a link led to is known
 * before its folder is looked into. */
enum status installed_add(struct installed *in, struct str location, struct str name)
{
	struct json *manifest = NULL;
	size_t known;
	const char *folder = installed_path(in, location);
	if (!folder)
		return error_memory(in->err);
	if (map_find(in->places, location, &known))
		return STATUS_OK;
	enum status status = installed_read_manifest(in, folder, &manifest);
	if (status == STATUS_NOT_FOUND)
		return installed_add_modules_of(in, location);
	struct package *package = status ? NULL : installed_add_package(in, location, manifest, PACKAGE_REGISTRY);
	if (!package)
		return in->err->status;
	if (!package->name.n)
		package->name = name;
	else if (!str_equal(package->name, name))
		package->alias = name;
	package->install_script = has_install_script(manifest, folder, in->scratch);
	return installed_remember_file(in, folder) ? installed_add_modules_of(in, location) : error_memory(in->err);
}
