/*
 * A node_modules folder: what is really installed, by the package.json files in it. There is no text to read, and
 * nothing says where a package came from; names, versions, licenses and scripts are its own word.
 *
 * A package goes by its location, the path from the project's folder with every link resolved: as Node does, which then
 * looks for dependencies in the node_modules folders around that place. So stores (pnpm's .pnpm, bun's .bun, npm's
 * .store, and one outside the project) need no rules of their own: a link to a package stands for the package, which is
 * listed once, and the folder that it stands in is looked into as well. A link to a folder that no node_modules encloses
 * is a workspace.
 *
 * npm's hidden lockfile, node_modules/.package-lock.json, knows more (where from, digests); but anybody may have changed
 * the folder since. It is used where it names the very packages and versions that are there, whatever the times of the
 * files say.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "assay/limits.h"
#include "lockfile/formats.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"

/* Beside each package, by its number. */
struct installed_package {
	const struct json *manifest; /* NULL: there is none, or it cannot be read */
	bool own;                    /* the root or a workspace: devDependencies count */
};

struct found_link {
	const char *path;
	struct str location;
};

struct installed {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	struct arena *arena; /* the tree's */
	struct arena *scratch;
	const char *project; /* the project's folder, and without links */
	struct str real_project;
	VEC(struct installed_package) packages;
	VEC(struct str) modules; /* locations of node_modules folders to look into */
	VEC(struct found_link) links;
	size_t next_modules, next_link;
	struct map *places; /* package numbers by location, links' too */
	struct map *files;  /* package numbers by device and inode */
	struct map *seen;   /* locations of node_modules folders */
	/* By name: 1 + the package that listed it last; that says of it that it is an optional peer. */
	struct map *asked, *optional;
};

static enum status out_of_memory(struct installed *in)
{
	return error_memory(in->err);
}

static struct str join(struct installed *in, struct str folder, struct str name)
{
	if (!folder.n)
		return arena_copy(in->arena, name);
	return arena_printf(in->arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name));
}

/* Where a location is on the disk. */
static const char *disk_path(struct installed *in, struct str location)
{
	struct str copy = arena_copy(in->arena, location);
	return !copy.p ? NULL : location.n ? path_join(in->arena, in->project, copy.p) : in->project;
}

/* ---- one package ------------------------------------------------------------------------ */

static struct str license_of(const struct json *manifest)
{
	const struct json *license = json_find(manifest, "license");
	return json_is(license, JSON_OBJECT) ? json_find_text(license, "type") : json_text(license);
}

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

/* Device and inode, the same for every path to a folder. */
static struct str file_key(struct installed *in, const char *path)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return STR("");
	return arena_printf(in->scratch, "%llx:%llx", (unsigned long long)info.st_dev, (unsigned long long)info.st_ino);
}

static struct package *add_package(struct installed *in, struct str location, const struct json *manifest,
				   enum package_kind kind)
{
	struct package *package = tree_add_package(in->tree, location, in->err);
	struct installed_package *beside = package ? vec_add(in->scratch, &in->packages) : NULL;
	if (!beside || !map_set(in->places, location, in->tree->package_count - 1)) {
		if (package)
			out_of_memory(in);
		return NULL;
	}
	*beside = (struct installed_package){ manifest, kind == PACKAGE_ROOT || kind == PACKAGE_WORKSPACE };
	package->kind = kind;
	package->scope = SCOPE_UNKNOWN; /* what nothing leads to */
	package->version = json_find_text(manifest, "version");
	package->name = json_find_text(manifest, "name");
	package->license = license_of(manifest);
	package->platform = is_bound(manifest);
	return package;
}

/* One that cannot be read is there all the same, without a version. */
static enum status read_manifest(struct installed *in, const char *folder, struct json **out)
{
	enum status status = manifest_read(folder, in->arena, out, &in->tree->duplicate_keys, in->err);
	return status == STATUS_INVALID || status == STATUS_LIMIT ? STATUS_OK : status;
}

static bool remember_file(struct installed *in, const char *folder)
{
	struct str key = file_key(in, folder);
	return key.p && (!key.n || map_set(in->files, key, in->tree->package_count - 1));
}

static enum status add_modules(struct installed *in, struct str location)
{
	size_t found;
	if (map_find(in->seen, location, &found))
		return STATUS_OK;
	if (location.n > LIMIT_LOCATION_BYTES)
		return error_set(in->err, STATUS_LIMIT, "node_modules folders nest deeper than any path is long");
	struct str *added = vec_add(in->scratch, &in->modules);
	if (!location.p || !added || !map_set(in->seen, location, 1))
		return out_of_memory(in);
	*added = location;
	return STATUS_OK;
}

static enum status add_modules_of(struct installed *in, struct str location)
{
	return add_modules(in, join(in, location, STR("node_modules")));
}

/* A folder without package.json is no package; what stands in its node_modules is. One that a link led to is known
 * before its folder is looked into. */
static enum status add_installed(struct installed *in, struct str location, struct str name)
{
	struct json *manifest = NULL;
	size_t known;
	const char *folder = disk_path(in, location);
	if (!folder)
		return out_of_memory(in);
	if (map_find(in->places, location, &known))
		return STATUS_OK;
	enum status status = read_manifest(in, folder, &manifest);
	if (status == STATUS_NOT_FOUND)
		return add_modules_of(in, location);
	struct package *package = status ? NULL : add_package(in, location, manifest, PACKAGE_REGISTRY);
	if (!package)
		return in->err->status;
	if (!package->name.n)
		package->name = name;
	else if (!str_equal(package->name, name))
		package->alias = name;
	package->install_script = has_install_script(manifest, folder, in->scratch);
	return remember_file(in, folder) ? add_modules_of(in, location) : out_of_memory(in);
}

/* ---- folders ------------------------------------------------------------------------------ */

/* What a folder of packages holds. The one that is gone, or never was there, holds nothing. */
static enum status list_folder(struct installed *in, struct str location, struct folder_entries *out)
{
	const char *path = disk_path(in, location);
	*out = (struct folder_entries){ 0 };
	if (!path)
		return out_of_memory(in);
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
	struct str location = join(in, modules, name);
	if (!location.p)
		return out_of_memory(in);
	if (kind == ENTRY_FOLDER)
		return add_installed(in, location, str_from(location, location.n - name.n));
	if (kind != ENTRY_LINK)
		return STATUS_OK;
	struct found_link *link = vec_add(in->scratch, &in->links);
	const char *path = disk_path(in, location);
	if (!link || !path)
		return out_of_memory(in);
	*link = (struct found_link){ path, location };
	return STATUS_OK;
}

static enum status add_scope(struct installed *in, struct str modules, struct str scope)
{
	struct folder_entries entries;
	enum status status = list_folder(in, join(in, modules, scope), &entries);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str name = join(in, scope, str_of(entries.list.v[i].name));
		status = name.p ? add_entry(in, modules, name, entries.list.v[i].kind) : out_of_memory(in);
	}
	return status;
}

/* A store: <key>/node_modules/<package> below it, and node_modules for what anybody may find. */
static enum status add_store(struct installed *in, struct str modules, struct str name)
{
	struct str store = join(in, modules, name);
	struct folder_entries entries;
	enum status status = list_folder(in, store, &entries);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str key = str_of(entries.list.v[i].name);
		struct str folder = join(in, store, key);
		if (entries.list.v[i].kind == ENTRY_FOLDER)
			status =
				str_equal_z(key, "node_modules") ? add_modules(in, folder) : add_modules_of(in, folder);
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
	CLEANUP(buf_fini) struct buf out = BUF_INIT(8 * LIMIT_LOCATION_BYTES);
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

/* What stands before the name behind the last "node_modules/"; .n is 0 where there is none. */
static struct str modules_folder(struct str location)
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

/* A folder of the user's, or one inside a package that is none itself: that came with the package. */
static enum status add_other(struct installed *in, struct str location, const char *folder)
{
	enum package_kind kind = npm_in_modules(location) ? PACKAGE_FILE : PACKAGE_WORKSPACE;
	struct json *manifest = NULL;
	enum status status = read_manifest(in, folder, &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	struct package *package = add_package(in, location, manifest, kind);
	if (!package)
		return in->err->status;
	package->folder = kind == PACKAGE_WORKSPACE ? location : STR_NONE;
	if (!package->name.n)
		package->name = path_name(location);
	return remember_file(in, folder) ? add_modules_of(in, location) : out_of_memory(in);
}

/* The target's number; what was not known before is added. */
static enum status find_target(struct installed *in, const struct found_link *link, size_t *out)
{
	struct str key = file_key(in, link->path);
	if (key.n && map_find(in->files, key, out))
		return STATUS_OK;
	char *real = realpath(link->path, NULL);
	struct str location = real ? relative_path(in->arena, in->real_project, str_of(real)) : STR("");
	free(real);
	if (!key.p || !location.p)
		return out_of_memory(in);
	size_t before = in->tree->package_count;
	struct str modules = modules_folder(location);
	enum status status = STATUS_OK;
	if (!location.n || str_equal_z(path_name(location), "node_modules"))
		return STATUS_NOT_FOUND; /* gone meanwhile, or no package */
	if (modules.n)
		status = add_installed(in, location, str_from(location, modules.n + 1));
	else
		status = add_other(in, location, link->path);
	if (!status && modules.n)
		status = add_modules(in, modules);
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
		return map_set(in->places, link->location, target) ? STATUS_OK : out_of_memory(in);
	struct str id = to->id, name = to->name;
	struct package *package = add_package(in, link->location, NULL, PACKAGE_LINK);
	if (!package)
		return in->err->status;
	struct str installed = str_from(link->location, modules_folder(link->location).n + 1);
	package->link = id;
	package->name = name.n ? name : installed;
	package->alias = str_equal(installed, package->name) ? STR_NONE : installed;
	return STATUS_OK;
}

/* Links last: what they lead to is known by then, unless it stands elsewhere. */
static enum status walk_all(struct installed *in)
{
	enum status status = add_modules(in, STR("node_modules"));
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

/* ---- edges ------------------------------------------------------------------------------------- */

/* As Node looks for it: in the node_modules folders around the package, nearest first. */
static uint32_t resolve(struct installed *in, struct str from, struct str name)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(4 * LIMIT_LOCATION_BYTES);
	for (bool more = true; more;) {
		size_t number, slash = str_find_last(from, '/');
		buf_clear(&path);
		buf_add(&path, from);
		if (!str_equal_z(from, "node_modules") && !str_ends_with(from, STR("/node_modules"))) {
			buf_add_z(&path, from.n ? "/node_modules/" : "node_modules/");
			buf_add(&path, name);
			if (!path.failed && map_find(in->places, buf_str(&path), &number))
				return (uint32_t)number;
		}
		more = from.n > 0 &&
		       !str_ends_with(from, STR("..")); /* outside, no folder of the project encloses it */
		from = str_head(from, slash == from.n ? 0 : slash);
	}
	return TREE_NONE;
}

static bool mark_optional_peers(struct installed *in, uint32_t from)
{
	json_each(meta, json_find(in->packages.v[from].manifest, "peerDependenciesMeta"))
	{
		if (json_is_true(meta, "optional") && !map_set(in->optional, meta->key, from + 1))
			return false;
	}
	return true;
}

static bool is_marked(const struct map *marks, struct str name, uint32_t from)
{
	size_t last;
	return map_find(marks, name, &last) && last == from + 1;
}

static bool add_edges(struct installed *in, uint32_t from)
{
	static const struct {
		const char *key;
		enum edge_type type;
	} sections[] = {
		{ "devDependencies", EDGE_DEV },
		{ "optionalDependencies", EDGE_OPTIONAL },
		{ "dependencies", EDGE_PROD },
		{ "peerDependencies", EDGE_PEER },
	};
	const struct json *manifest = in->packages.v[from].manifest;
	if (!mark_optional_peers(in, from))
		return false;
	for (size_t i = !in->packages.v[from].own; i < sizeof sections / sizeof *sections; i++) {
		const struct json *section = manifest_section(manifest, sections[i].key);
		json_each(spec, section)
		{
			if (!json_is(spec, JSON_STRING) || is_marked(in->asked, spec->key, from))
				continue;
			struct edge edge = { from, resolve(in, in->tree->packages[from].id, spec->key), spec->key,
					     spec->text, sections[i].type };
			if (edge.type == EDGE_PEER && is_marked(in->optional, spec->key, from))
				edge.type = EDGE_PEER_OPTIONAL;
			if (!map_set(in->asked, spec->key, from + 1) || !tree_add_edge(in->tree, edge))
				return false;
		}
	}
	return true;
}

/* The root has its workspaces: those inside the project. */
static bool add_workspace_edges(struct installed *in)
{
	for (uint32_t i = 1; i < in->tree->package_count; i++) {
		const struct package *package = &in->tree->packages[i];
		if (package->kind != PACKAGE_WORKSPACE || str_starts_with(package->id, STR("..")))
			continue;
		struct str spec = arena_printf(in->arena, "file:%.*s", STR_ARG(package->id));
		struct edge edge = { 0, resolve(in, STR(""), package->name), package->name, spec, EDGE_WORKSPACE };
		if (edge.to == TREE_NONE || in->tree->packages[edge.to].kind != PACKAGE_LINK)
			edge.to = i;
		if (!spec.p || !map_set(in->asked, package->name, 1) || !tree_add_edge(in->tree, edge))
			return false;
	}
	return true;
}

/* What a package lists as bundled stands in its own node_modules, and so does what that needs. */
static void set_bundled(struct installed *in)
{
	for (uint32_t i = 1; i < in->tree->package_count; i++) {
		struct package *package = &in->tree->packages[i];
		struct str modules = modules_folder(package->id);
		size_t parent;
		if (package_is_own(package) || modules.n <= strlen("/node_modules") ||
		    !map_find(in->places, str_head(modules, modules.n - strlen("/node_modules")), &parent) ||
		    package_is_own(&in->tree->packages[parent]))
			continue;
		const struct json *manifest = in->packages.v[parent].manifest;
		const struct json *list = json_find(manifest, "bundleDependencies");
		list = list ? list : json_find(manifest, "bundledDependencies");
		package->bundled = (json_is(list, JSON_ARRAY) && list->count) || json_is(list, JSON_TRUE) ||
				   in->tree->packages[parent].bundled;
	}
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static enum status add_root(struct installed *in)
{
	struct json *manifest = NULL;
	enum status status = read_manifest(in, in->project, &manifest);
	if (status && status != STATUS_NOT_FOUND)
		return status;
	in->tree->root_known = in->tree->scopes_known = manifest;
	if (!add_package(in, STR(""), manifest, PACKAGE_ROOT))
		return in->err->status;
	return remember_file(in, in->project) ? STATUS_OK : out_of_memory(in);
}

static enum status read_packages(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct installed in = { .source = source, .tree = tree, .err = err, .arena = tree->arena, .scratch = scratch };
	static const char *const unknown[] = { "resolved", "integrity", "deprecated", "line", "dependencies", "peers", "bins", NULL };
	if (!scratch || !(in.places = map_new(scratch, 64)) || !(in.files = map_new(scratch, 64)) ||
	    !(in.seen = map_new(scratch, 64)) || !(in.asked = map_new(scratch, 64)) ||
	    !(in.optional = map_new(scratch, 64)))
		return error_memory(err);
	in.project = source->folder ? source->folder : path_folder(scratch, source->path);
	char *real = in.project ? realpath(in.project, NULL) : NULL;
	if (!real)
		return in.project ? error_errno(err, "%s", in.project) : error_memory(err);
	in.real_project = arena_copy(scratch, str_of(real));
	free(real);
	tree->unknown = unknown;
	enum status status = in.real_project.p ? add_root(&in) : error_memory(err);
	if (status || (status = walk_all(&in)))
		return status;
	set_bundled(&in);
	if (!add_workspace_edges(&in))
		return error_memory(err);
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (!add_edges(&in, i))
			return error_memory(err);
	return STATUS_OK;
}

/* ---- npm's hidden lockfile ---------------------------------------------------------------------- */

/* Do both name the same packages, at the same places, in the same versions? */
static bool agree(const struct tree *installed, const struct tree *written)
{
	if (installed->package_count != written->package_count)
		return false;
	for (uint32_t i = 1; i < written->package_count; i++) {
		const struct package *package = &written->packages[i], *there;
		uint32_t number = tree_find(installed, package->id);
		if (number == TREE_NONE)
			return false;
		there = &installed->packages[number];
		if (!str_equal(package->name, there->name) || !str_equal(package->version, there->version) ||
		    (package->kind == PACKAGE_LINK) != (there->kind == PACKAGE_LINK))
			return false;
	}
	return true;
}

static bool is_fresh(const struct lockfile_source *source, const struct lockfile_source *hidden)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct tree *installed = scratch ? tree_new(scratch) : NULL, *written = installed ? tree_new(scratch) : NULL;
	struct error err;
	return written && !read_packages(source, installed, &err) && !npm_format.read(hidden, written, &err) &&
	       agree(installed, written);
}

static enum status read_installed(const struct lockfile_source *source, struct tree *tree, struct error *err)
{
	const char *path = path_join(tree->arena, source->path, ".package-lock.json");
	struct lockfile_source hidden = { .path = path, .folder = source->folder };
	if (!path)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_LOCKFILE_BYTES, tree->arena, &hidden.text, err);
	if (!status && is_fresh(source, &hidden)) {
		tree->path = path;
		tree->format = npm_format.kind;
		return npm_format.read(&hidden, tree, err);
	}
	if (status != STATUS_NOT_FOUND)
		tree->note = "npm's hidden lockfile in node_modules is left aside: it does not say what is installed";
	return read_packages(source, tree, err);
}

const struct lockfile_format installed_format = {
	.kind = "node_modules",
	.file_names = (const char *const[]){ NULL },
	.is_folder = true,
	.install_command = "npm install",
	.update_command = "npm update",
	.read = read_installed,
};
