/*
 * The walk through node_modules folders. A link to an installed package stands for that package, which is listed once, whoever
 * links to it; one to the user's own code is listed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "lockfile/installed.h"
#include "lockfile/npm.h"

/* ---- folders ------------------------------------------------------------------------------ */

/* What a folder of packages holds. The one that is gone, or never was there, holds nothing. */
static enum status list_folder(struct installed *in, struct str location, struct folder_entries *out)
{
	const char *path = installed_path(in, location);
	*out = (struct folder_entries){ 0 };
	if (!path)
		return error_memory(in->err);
	CLEANUP(file_close) int fd = folder_open_at(AT_FDCWD, path);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == ELOOP))
		return STATUS_OK;
	if (fd < 0)
		return error_errno(in->err, "%s", path);
	enum status status = folder_read(fd, NULL, in->scratch, out, in->err);
	return status ? error_wrap(in->err, "%s", path) : STATUS_OK;
}

/* `name` is the package's: with its scope. */
static enum status add_entry(struct installed *in, struct str modules, struct str name, enum entry_kind kind)
{
	struct str location = installed_join(in, modules, name);
	if (!location.p)
		return error_memory(in->err);
	if (kind == ENTRY_FOLDER)
		return installed_add(in, location, str_from(location, location.n - name.n));
	if (kind != ENTRY_LINK)
		return STATUS_OK;
	struct found_link *link = vec_add(in->scratch, &in->links);
	const char *path = installed_path(in, location);
	if (!link || !path)
		return error_memory(in->err);
	*link = (struct found_link){ path, location };
	return STATUS_OK;
}

static enum status add_scope(struct installed *in, struct str modules, struct str scope)
{
	struct folder_entries entries;
	enum status status = list_folder(in, installed_join(in, modules, scope), &entries);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str name = installed_join(in, scope, str_of(entries.list.v[i].name));
		status = name.p ? add_entry(in, modules, name, entries.list.v[i].kind) : error_memory(in->err);
	}
	return status;
}

/* A store: <key>/node_modules/<package> below it, and node_modules for what anybody may find. */
static enum status add_store(struct installed *in, struct str modules, struct str name)
{
	struct str store = installed_join(in, modules, name);
	struct folder_entries entries;
	enum status status = list_folder(in, store, &entries);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str key = str_of(entries.list.v[i].name);
		struct str folder = installed_join(in, store, key);
		if (entries.list.v[i].kind == ENTRY_FOLDER)
			status = str_equal_z(key, "node_modules") ? installed_add_modules(in, folder) : installed_add_modules_of(in, folder);
	}
	return status;
}

static enum status look_into(struct installed *in, struct str modules)
{
	static const char *const stores[] = { ".pnpm", ".bun", ".store" };
	struct folder_entries entries;
	enum status status = list_folder(in, modules, &entries);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str name = str_of(entries.list.v[i].name);
		if (str_starts_with(name, STR("@")) && entries.list.v[i].kind == ENTRY_FOLDER)
			status = add_scope(in, modules, name);
		else if (!str_starts_with(name, STR(".")))
			status = add_entry(in, modules, name, entries.list.v[i].kind);
		for (size_t s = 0; s < sizeof stores / sizeof *stores && !status; s++)
			if (str_equal_z(name, stores[s]))
				status = add_store(in, modules, name);
	}
	return status;
}

/* ---- links ---------------------------------------------------------------------------------- */

/* `path` from `base`, both without links: "../" for each part of `base` that they do not share. */
static struct str relative_path(struct arena *arena, struct str base, struct str path)
{
	size_t shared = 0, n = base.n < path.n ? base.n : path.n;
	CLEANUP(buf_fini) struct buf out = BUF_INIT((size_t)8 * LIMIT_LOCATION_BYTES);
	for (size_t i = 0; i <= n; i++) {
		bool base_ends = i == base.n || base.p[i] == '/', path_ends = i == path.n || path.p[i] == '/';
		if (base_ends && path_ends)
			shared = i;
		if (i == n || base.p[i] != path.p[i])
			break;
	}
	struct str rest = str_from(base, shared), part;
	while (str_split(&rest, '/', &part))
		if (part.n)
			buf_add_z(&out, out.n ? "/.." : "..");
	rest = str_from(path, shared);
	while (str_starts_with(rest, STR("/")))
		rest = str_from(rest, 1);
	if (rest.n && out.n)
		buf_add_char(&out, '/');
	buf_add(&out, rest);
	return out.failed ? STR_NONE : out.n ? arena_copy(arena, buf_str(&out)) : STR("");
}

static struct str path_name(struct str path)
{
	size_t slash = str_find_last(path, '/');
	return str_from(path, slash == path.n ? 0 : slash + 1);
}

/* A folder of the user's, or one inside a package that is none itself: that came with the package. */
static enum status add_other(struct installed *in, struct str location, const char *folder)
{
	enum package_kind kind = npm_in_modules(location) ? PACKAGE_FILE : PACKAGE_WORKSPACE;
	struct json *manifest = NULL;
	enum status status = installed_read_manifest(in, folder, &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	struct package *package = installed_add_package(in, location, manifest, kind);
	if (!package)
		return in->err->status;
	package->folder = kind == PACKAGE_WORKSPACE ? location : STR_NONE;
	if (!package->name.n)
		package->name = path_name(location);
	return installed_remember_file(in, folder) ? installed_add_modules_of(in, location) : error_memory(in->err);
}

/* The target's number; what was not known before is added. */
static enum status find_target(struct installed *in, const struct found_link *link, size_t *out)
{
	struct str key = installed_file_key(in, link->path);
	if (key.n && map_find(in->files, key, out))
		return STATUS_OK;
	char *real = realpath(link->path, NULL);
	struct str location = real ? relative_path(in->arena, in->real_project, str_of(real)) : STR("");
	free(real);
	if (!key.p || !location.p)
		return error_memory(in->err);
	size_t before = in->tree->package_count;
	struct str modules = installed_modules_folder(location);
	enum status status = STATUS_OK;
	if (!location.n || str_equal_z(path_name(location), "node_modules"))
		return STATUS_NOT_FOUND; /* gone meanwhile, or no package */
	if (modules.n)
		status = installed_add(in, location, str_from(location, modules.n + 1));
	else
		status = add_other(in, location, link->path);
	if (!status && modules.n)
		status = installed_add_modules(in, modules);
	*out = before;
	return status ? status : in->tree->package_count > before ? STATUS_OK : STATUS_NOT_FOUND;
}

/* A link to the user's own code is listed; one to an installed package is that package. */
static enum status add_link(struct installed *in, const struct found_link *link)
{
	size_t target;
	enum status status = find_target(in, link, &target);
	if (status)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	const struct package *to = &in->tree->packages[target];
	size_t there;
	if (map_find(in->places, link->location, &there))
		return STATUS_OK;
	if (!package_is_own(to))
		return map_set(in->places, link->location, target) ? STATUS_OK : error_memory(in->err);
	struct str id = to->id, name = to->name;
	struct package *package = installed_add_package(in, link->location, NULL, PACKAGE_LINK);
	if (!package)
		return in->err->status;
	struct str installed = str_from(link->location, installed_modules_folder(link->location).n + 1);
	package->link = id;
	package->name = name.n ? name : installed;
	package->alias = str_equal(installed, package->name) ? STR_NONE : installed;
	return STATUS_OK;
}

/* Links last: what they lead to is known by then, unless it stands elsewhere. */
enum status installed_walk(struct installed *in)
{
	enum status status = installed_add_modules(in, STR("node_modules"));
	while (!status) {
		if (in->next_modules > LIMIT_FOLDERS)
			return error_set(in->err, STATUS_LIMIT, "more than %d folders", LIMIT_FOLDERS);
		if (in->next_modules < in->modules.n)
			status = look_into(in, in->modules.v[in->next_modules++]);
		else if (in->next_link < in->links.n)
			status = add_link(in, &in->links.v[in->next_link++]);
		else
			break;
	}
	return status;
}
