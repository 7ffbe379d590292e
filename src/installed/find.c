/*
 * What stands in the node_modules folders of a project: of the root, of its workspaces, of each package found, and of the stores
 * that pnpm (.pnpm), bun (.bun) and npm's linked installations (.store) keep there, <store>/<key>/node_modules/<name>.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "installed/private.h"

/* A node_modules folder to look into. */
struct modules {
	struct str location, store;
	size_t trusted;
	uint32_t parent;
};

struct finder {
	struct installed *in;
	struct error *err;
	VEC(struct modules) queue;
};

struct str join_path(struct arena *arena, struct str folder, struct str name)
{
	return folder.n ? arena_printf(arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)) : arena_copy(arena, name);
}

/* ---- opening ------------------------------------------------------------------------------- */

static int open_trusted(const struct installed *in, struct str path)
{
	char text[LIMIT_LOCATION_BYTES + 1];
	if (path.n > LIMIT_LOCATION_BYTES) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(text, path.n ? path.p : ".", path.n ? path.n : 1);
	text[path.n ? path.n : 1] = '\0';
	return openat(in->project_fd, text, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
}

static int open_below(const struct installed *in, struct str location, size_t trusted)
{
	struct str rest = str_from(location, trusted + 1), part;
	int fd = open_trusted(in, str_head(location, trusted));
	while (fd >= 0 && trusted < location.n && str_split(&rest, '/', &part)) {
		char name[NAME_MAX + 1];
		if (part.n > NAME_MAX) {
			close(fd);
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, part.p, part.n);
		name[part.n] = '\0';
		int inner = folder_open_at(fd, name), problem = errno;
		close(fd);
		errno = problem;
		fd = inner;
	}
	return fd;
}

int placed_open(const struct installed *in, const struct placed *placed)
{
	return open_below(in, placed->location, placed->trusted);
}

struct str file_at(int fd, const char *name, size_t max, struct arena *arena)
{
	CLEANUP(file_close) int file = openat(fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	if (file < 0 || fstat(file, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0 || (uint64_t)info.st_size > max)
		return STR_NONE;
	size_t n = 0, size = (size_t)info.st_size;
	char *bytes = arena_alloc(arena, size + 1);
	while (bytes && n < size) {
		ssize_t got = read(file, bytes + n, size - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	return (struct str){ bytes, n };
}

struct str placed_version(int fd, struct arena *arena)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct json *manifest;
	struct str text = scratch ? file_at(fd, "package.json", LIMIT_MANIFEST_BYTES, scratch) : STR_NONE;
	if (!text.p || json_parse(text, 0, scratch, &manifest, NULL, NULL))
		return STR_NONE;
	struct str version = json_find_text(manifest, "version");
	return version.p ? arena_copy(arena, version) : STR_NONE;
}

/* ---- entries ------------------------------------------------------------------------------- */

static enum status out_of_memory(struct finder *finder)
{
	return error_memory(finder->err);
}

static enum status add_modules(struct finder *finder, struct modules modules)
{
	if (modules.location.n > LIMIT_LOCATION_BYTES)
		return error_set(finder->err, STATUS_LIMIT, "node_modules folders nest deeper than any path is long");
	struct modules *added = modules.location.p ? vec_add(finder->in->scratch, &finder->queue) : NULL;
	if (!added)
		return out_of_memory(finder);
	*added = modules;
	return STATUS_OK;
}

/* Where a link leads, every link on the way resolved. */
static struct str link_target(struct installed *in, struct str location)
{
	struct str path = arena_printf(in->scratch, "%s/%.*s", in->project, STR_ARG(location));
	char *real = path.p ? realpath(path.p, NULL) : NULL, *base = realpath(in->project, NULL);
	struct str target = arena_copy(in->scratch, real ? str_of(real) : STR("nowhere"));
	size_t n = base ? strlen(base) : 0;
	if (target.p && base && real && str_starts_with(target, str_of(base)) && (target.n == n || target.p[n] == '/'))
		target = str_from(target, target.n == n ? n : n + 1);
	free(real);
	free(base);
	return target;
}

static enum status add_package(struct finder *finder, const struct modules *modules, struct str name, bool link)
{
	struct installed *in = finder->in;
	struct str location = join_path(in->arena, modules->location, name);
	struct placed *placed = location.p ? vec_add(in->scratch, &in->placed) : NULL;
	uint32_t number = (uint32_t)in->placed.n - 1;
	if (!placed || !map_set(in->by_location, location, number))
		return out_of_memory(finder);
	if (in->placed.n > LIMIT_PACKAGES)
		return error_set(finder->err, STATUS_LIMIT, "more than the limit of %d folders in node_modules", LIMIT_PACKAGES);
	*placed = (struct placed){ .location = location,
				   .name = str_from(location, modules->location.n + 1),
				   .store = modules->store,
				   .trusted = modules->trusted,
				   .package = TREE_NONE,
				   .namesake = TREE_NONE,
				   .next = TREE_NONE,
				   .parent = modules->parent,
				   .link = link };
	if (link)
		return (placed->target = link_target(in, location)).p ? STATUS_OK : out_of_memory(finder);
	return add_modules(finder, (struct modules){ join_path(in->arena, location, STR("node_modules")), STR_NONE, modules->trusted, number });
}

/* What lies beside packages: a link to nothing or to a file stands in the place of a package. */
static enum status add_loose(struct finder *finder, int fd, const struct modules *modules, const char *name, struct str full)
{
	struct installed *in = finder->in;
	struct stat info;
	if (fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(info.st_mode))
		return add_package(finder, modules, full, true);
	struct str location = join_path(in->arena, modules->location, full);
	struct str *added = location.p ? vec_add(in->scratch, &in->loose) : NULL;
	if (!added)
		return out_of_memory(finder);
	*added = location;
	return STATUS_OK;
}

static enum status add_store(struct finder *finder, int fd, const struct modules *modules, const char *name)
{
	struct installed *in = finder->in;
	struct folder_entries entries = { 0 };
	CLEANUP(file_close) int store = folder_open_at(fd, name);
	struct str location = join_path(in->scratch, modules->location, str_of(name));
	if (store < 0)
		return STATUS_OK; /* a store elsewhere: what links lead there says so */
	enum status status = location.p ? folder_read(store, NULL, in->scratch, &entries, finder->err) : out_of_memory(finder);
	for (size_t i = 0; i < entries.list.n && !status; i++) {
		struct str key = str_of(entries.list.v[i].name);
		if (entries.list.v[i].kind != ENTRY_FOLDER)
			continue;
		bool hoisted = str_equal_z(key, "node_modules");
		struct modules inner = { .trusted = modules->trusted, .parent = TREE_NONE };
		inner.store = hoisted ? STR_NONE : key;
		inner.location = arena_printf(in->arena, "%.*s/%.*s%s", STR_ARG(location), STR_ARG(key), hoisted ? "" : "/node_modules");
		status = add_modules(finder, inner);
	}
	return status;
}

/* Names that begin with a dot are no packages. Those that package managers and npm's own cache folder have are known. */
static enum status add_hidden(struct finder *finder, int fd, const struct modules *modules, const struct folder_entry *entry)
{
	static const char *const stores[] = { ".pnpm", ".bun", ".store" };
	static const char *const known[] = {
		".bin", ".cache", ".package-lock.json", ".modules.yaml", ".yarn-integrity", ".yarn-state.yml", ".pnpm-workspace-state.json", ".pnpm-workspace-state-v1.json", ".bun-tag"
	};
	for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
		if (strcmp(entry->name, stores[i]) == 0 && entry->kind == ENTRY_FOLDER)
			return add_store(finder, fd, modules, entry->name);
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strcmp(entry->name, known[i]) == 0)
			return STATUS_OK;
	struct str location = join_path(finder->in->arena, modules->location, str_of(entry->name));
	struct str *added = location.p ? vec_add(finder->in->scratch, &finder->in->left_out) : NULL;
	if (!added)
		return out_of_memory(finder);
	*added = location;
	return STATUS_OK;
}

static enum status read_modules(struct finder *finder, int fd, const struct modules *modules, struct str scope);

static enum status add_entry(struct finder *finder, int fd, const struct modules *modules, struct str scope, const struct folder_entry *entry)
{
	if (entry->name[0] == '.' && !scope.n)
		return add_hidden(finder, fd, modules, entry);
	if (entry->name[0] == '@' && !scope.n && entry->kind == ENTRY_FOLDER) {
		CLEANUP(file_close) int inner = folder_open_at(fd, entry->name);
		return inner < 0 ? STATUS_OK : read_modules(finder, inner, modules, str_of(entry->name));
	}
	struct str name = join_path(finder->in->scratch, scope, str_of(entry->name));
	if (!name.p)
		return out_of_memory(finder);
	if (entry->kind == ENTRY_FILE)
		return add_loose(finder, fd, modules, entry->name, name);
	return add_package(finder, modules, name, entry->kind == ENTRY_LINK);
}

static enum status read_modules(struct finder *finder, int fd, const struct modules *modules, struct str scope)
{
	struct folder_entries entries = { 0 };
	enum status status = folder_read(fd, NULL, finder->in->scratch, &entries, finder->err);
	for (size_t i = 0; i < entries.list.n && !status; i++)
		status = add_entry(finder, fd, modules, scope, &entries.list.v[i]);
	return status;
}

/* One that cannot be opened is told, where it is there. */
static enum status look_into(struct finder *finder, const struct modules *modules)
{
	struct installed *in = finder->in;
	CLEANUP(file_close) int fd = open_below(in, modules->location, modules->trusted);
	if (fd >= 0)
		return read_modules(finder, fd, modules, STR_NONE);
	if (errno == ENOENT)
		return STATUS_OK;
	difference_add(in, &(struct installed_difference){ .kind = errno == ELOOP || errno == ENOTDIR ? INSTALLED_REPLACED : INSTALLED_UNREADABLE,
							   .location = modules->location,
							   .detail = str_of(error_number_text(errno)) });
	return STATUS_OK;
}

/* The root's and the workspaces' node_modules, which may themselves be links: that is how the user laid out the disk. */
static enum status add_starts(struct finder *finder)
{
	const struct tree *tree = finder->in->tree;
	enum status status = STATUS_OK;
	for (uint32_t i = 0; i < tree->package_count && !status; i++) {
		const struct package *package = &tree->packages[i];
		struct str folder = i == 0 ? STR("") : package->folder.n ? package->folder : package->id;
		if (i != 0 && package->kind != PACKAGE_WORKSPACE)
			continue;
		struct str location = join_path(finder->in->arena, folder, STR("node_modules"));
		status = add_modules(finder, (struct modules){ location, STR_NONE, location.n, TREE_NONE });
	}
	return status;
}

enum status placed_find(struct installed *in, struct error *err)
{
	struct finder finder = { .in = in, .err = err };
	enum status status = add_starts(&finder);
	for (size_t i = 0; i < finder.queue.n && !status; i++) {
		struct modules modules = finder.queue.v[i];
		status = look_into(&finder, &modules);
	}
	return status;
}
