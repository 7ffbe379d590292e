/*
 * One package's folder against its tarball. The folder is walked, each file in it looked up among the tarball's and read beside it;
 * what the walk did not meet is missing.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/limits.h"
#include "installed/private.h"

enum { CHUNK = 64 * 1024 };

struct comparison {
	struct installed *in;
	struct placed *placed;
	struct tar_files *files;
	uint32_t package;
	struct arena *scratch;
	VEC(const struct patch *) patches; /* of this package */
	struct installed_difference found[INSTALLED_KINDS];
	uint64_t read_files, read_bytes;
	bool out_of_memory;
};

/* ---- what was found ------------------------------------------------------------------------ */

static bool is_patched(const struct comparison *at, struct str path)
{
	for (size_t i = 0; i < at->patches.n; i++)
		if (patch_touches(at->patches.v[i], path))
			return true;
	return false;
}

/* An install script, or a patch of the project's that names the file, may have done that; nobody can tell from here. */
static enum installed_kind kind_as(const struct comparison *at, enum installed_kind kind, struct str path)
{
	bool added = kind == INSTALLED_ADDED || kind == INSTALLED_ADDED_DATA;
	if (!added && kind != INSTALLED_CHANGED && kind != INSTALLED_MISSING)
		return kind;
	if (is_patched(at, path))
		return INSTALLED_PATCHED;
	if (!at->files->script)
		return kind;
	return added ? INSTALLED_SCRIPT_ADDED : INSTALLED_SCRIPT_CHANGED;
}

static void note(struct comparison *at, enum installed_kind kind, struct str path, struct str detail)
{
	kind = kind_as(at, kind, path);
	struct installed_difference *found = &at->found[kind];
	if (found->count++ < INSTALLED_NAMES)
		found->names[found->listed++] = path;
	if (!found->detail.n && detail.n)
		found->detail = detail;
}

/* ---- one file --------------------------------------------------------------------------------- */

/* The next bytes of the open file; 0: its end, or it cannot be read. */
static size_t read_chunk(struct comparison *at, int fd, char *chunk, size_t size, int *problem)
{
	ssize_t got;
	do
		got = read(fd, chunk, size);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		*problem = errno;
	at->read_bytes += got > 0 ? (uint64_t)got : 0;
	return got > 0 ? (size_t)got : 0;
}

/* Whether the next of the open file is `data`. */
static bool reads_as(struct comparison *at, int fd, struct str data, int *problem)
{
	char chunk[CHUNK];
	while (data.n) {
		size_t got = read_chunk(at, fd, chunk, data.n < CHUNK ? data.n : CHUNK, problem);
		if (!got || memcmp(chunk, data.p, got) != 0)
			return false;
		data = str_from(data, got);
	}
	return true;
}

static bool hash_bytes(struct comparison *at, int fd, struct hasher *hasher, uint64_t n, int *problem)
{
	char chunk[CHUNK];
	while (n) {
		size_t got = read_chunk(at, fd, chunk, n < CHUNK ? (size_t)n : CHUNK, problem);
		if (!got || !hasher_add(hasher, (struct str){ chunk, got }))
			return false;
		n -= got;
	}
	return true;
}

/* Whether it has that digest once the carriage return is back where one was taken off; SIZE_MAX: none was. */
static bool hashes_as(struct comparison *at, int fd, uint64_t size, const struct tar_file *file, size_t cut, int *problem)
{
	struct digest digest;
	struct hasher *hasher = hasher_new(DIGEST_SHA256);
	bool same = hasher && hash_bytes(at, fd, hasher, cut < size ? cut : size, problem) &&
		    (cut >= size || (hasher_add(hasher, STR("\r")) && hash_bytes(at, fd, hasher, size - cut, problem))) &&
		    hasher_finish(hasher, &digest) && digest_equal(&digest, file->digest);
	at->out_of_memory |= !hasher;
	hasher_free(hasher);
	return same;
}

static bool is_same(struct comparison *at, int fd, uint64_t size, const struct tar_file *file, int *problem)
{
	size_t cut = file->hashbang;
	bool whole = size == file->size;
	if (!whole && !(cut && size == file->size - 1))
		return false;
	if (file->digest)
		return hashes_as(at, fd, size, file, whole ? SIZE_MAX : cut, problem);
	return whole ? reads_as(at, fd, file->data, problem) :
		       reads_as(at, fd, str_head(file->data, cut), problem) && reads_as(at, fd, str_from(file->data, cut + 1), problem);
}

/* Commands are made executable by whoever links them; a file that is not is no harm, but not what was unpacked. */
static void compare_mode(struct comparison *at, const struct tar_file *file, mode_t mode)
{
	bool executable = mode & 0100;
	if (!at->in->result->modes)
		return;
	if (mode & 06000)
		note(at, INSTALLED_MODE, file->path, STR("it is setuid or setgid"));
	else if (executable && !file->executable && !file->command)
		note(at, INSTALLED_MODE, file->path, STR("it was made executable"));
	else if (!executable && file->executable && !file->command)
		note(at, INSTALLED_MODE, file->path, STR("it is no longer executable"));
}

static void compare_file(struct comparison *at, int folder, const char *name, struct tar_file *file)
{
	CLEANUP(file_close)
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat info;
	int problem = 0;
	file->seen = true;
	if (fd < 0 && errno == ELOOP) {
		note(at, INSTALLED_REPLACED, file->path, STR_NONE);
		return;
	}
	if (fd < 0 || fstat(fd, &info) != 0) {
		note(at, INSTALLED_UNREADABLE, file->path, str_of(error_number_text(errno)));
		return;
	}
	if (!S_ISREG(info.st_mode) || !is_same(at, fd, (uint64_t)info.st_size, file, &problem)) {
		if (problem)
			note(at, INSTALLED_UNREADABLE, file->path, str_of(error_number_text(problem)));
		else
			note(at, INSTALLED_CHANGED, file->path, STR_NONE);
	}
	at->read_files++;
	compare_mode(at, file, info.st_mode);
}

/* ---- what the tarball lacks ------------------------------------------------------------------- */

static bool is_code(int folder, const char *name)
{
	static const char *const ends[] = { ".js", ".cjs", ".mjs", ".json", ".node", ".wasm", ".ts", ".sh", ".so", ".dll" };
	struct stat info;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_ends_with(str_of(name), str_of(ends[i])))
			return true;
	return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 0111);
}

/* npm writes a .gitignore under the name .npmignore, unless the package has one of those too. */
static struct tar_file *renamed_ignore(struct comparison *at, struct str path)
{
	size_t found;
	if (!str_equal_z(path, ".npmignore") && !str_ends_with(path, STR("/.npmignore")))
		return NULL;
	struct str other = arena_printf(at->scratch, "%.*s.gitignore", (int)(path.n - sizeof ".npmignore" + 1), path.p);
	at->out_of_memory |= !other.p;
	return other.p && map_find(at->files->paths, other, &found) ? &at->files->list.v[found] : NULL;
}

static void judge_file(struct comparison *at, int fd, const char *name, struct str path)
{
	size_t found;
	struct tar_file *file = NULL;
	if (map_find(at->files->paths, path, &found))
		file = &at->files->list.v[found];
	else
		file = renamed_ignore(at, path);
	if (file)
		compare_file(at, fd, name, file);
	else if (faccessat(fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 && readlinkat(fd, name, (char[1]){ 0 }, 1) >= 0)
		note(at, INSTALLED_REPLACED, path, STR_NONE);
	else
		note(at, is_code(fd, name) ? INSTALLED_ADDED : INSTALLED_ADDED_DATA, path, STR_NONE);
}

/* ---- folders ---------------------------------------------------------------------------------- */

static bool is_modules(struct str folder)
{
	return str_equal_z(folder, "node_modules") || str_ends_with(folder, STR("/node_modules"));
}

/* Another package's, which is judged on its own, or what managers keep beside those. */
static bool is_foreign(const struct comparison *at, struct str folder, struct str path, const char *name)
{
	size_t found;
	if (is_modules(folder) && name[0] == '.')
		return !map_find(at->files->folders, path, &found) && !map_find(at->files->paths, path, &found);
	if (str_find_str(path, STR("node_modules/")) == path.n || map_find(at->files->folders, path, &found))
		return false;
	struct str location = join_path(at->scratch, at->placed->location, path);
	return location.p && map_find(at->in->by_location, location, &found);
}

static void compare_folder(struct comparison *at, int fd, struct str path, unsigned depth);

static void compare_inner(struct comparison *at, int fd, const char *name, struct str path, unsigned depth)
{
	CLEANUP(file_close) int inner = depth < LIMIT_FOLDER_DEPTH ? folder_open_at(fd, name) : -1;
	if (inner >= 0)
		compare_folder(at, inner, path, depth + 1);
	else
		note(at, INSTALLED_UNREADABLE, path, depth < LIMIT_FOLDER_DEPTH ? str_of(error_number_text(errno)) : STR("folders nest too deep"));
}

static void compare_entry(struct comparison *at, int fd, struct str folder, const struct folder_entry *entry, unsigned depth)
{
	struct str path = join_path(at->scratch, folder, str_of(entry->name));
	at->out_of_memory |= !path.p;
	if (!path.p || is_foreign(at, folder, path, entry->name))
		return;
	if (entry->kind == ENTRY_LINK)
		note(at, INSTALLED_REPLACED, path, STR_NONE);
	else if (entry->kind == ENTRY_FOLDER)
		compare_inner(at, fd, entry->name, path, depth);
	else
		judge_file(at, fd, entry->name, path);
}

static void compare_folder(struct comparison *at, int fd, struct str path, unsigned depth)
{
	struct folder_entries entries = { 0 };
	struct error err;
	enum status status = folder_read(fd, NULL, at->scratch, &entries, &err);
	if (status == STATUS_MEMORY)
		at->out_of_memory = true;
	else if (status)
		note(at, INSTALLED_UNREADABLE, path, arena_copy(at->scratch, str_of(err.text)));
	for (size_t i = 0; i < entries.list.n && !at->out_of_memory; i++)
		compare_entry(at, fd, path, &entries.list.v[i], depth);
}

/* A .gitignore is not written where there is an .npmignore. What lies below a link or a folder that cannot be read was told there. */
static bool is_excused(struct comparison *at, const struct tar_file *file)
{
	size_t found, slash = str_find_last(file->path, '/');
	struct str folder = slash < file->path.n ? str_head(file->path, slash) : STR("");
	if (str_equal_z(str_from(file->path, folder.n ? folder.n + 1 : 0), ".gitignore")) {
		struct str other = join_path(at->scratch, folder, STR(".npmignore"));
		return other.p && map_find(at->files->paths, other, &found);
	}
	const enum installed_kind told[] = { INSTALLED_REPLACED, INSTALLED_UNREADABLE };
	for (size_t i = 0; i < sizeof told / sizeof *told; i++)
		for (size_t k = 0; k < at->found[told[i]].listed; k++) {
			struct str name = at->found[told[i]].names[k];
			if (str_starts_with(file->path, name) && file->path.n > name.n && file->path.p[name.n] == '/')
				return true;
		}
	return false;
}

static void note_missing(struct comparison *at)
{
	for (size_t i = 0; i < at->files->list.n; i++) {
		struct tar_file *file = &at->files->list.v[i];
		if (!file->seen && !is_excused(at, file))
			note(at, INSTALLED_MISSING, file->path, STR_NONE);
		file->seen = false; /* for the next folder */
	}
}

/* ---- the package ------------------------------------------------------------------------------- */

/* Files differ, and what a patch that cannot be read would have touched is not known: it excuses nothing. */
static void note_patches(struct comparison *at)
{
	static const enum installed_kind excusable[] = { INSTALLED_CHANGED,    INSTALLED_MISSING,        INSTALLED_ADDED,
							 INSTALLED_ADDED_DATA, INSTALLED_SCRIPT_CHANGED, INSTALLED_SCRIPT_ADDED };
	size_t differs = 0;
	for (size_t i = 0; i < sizeof excusable / sizeof *excusable; i++)
		differs += at->found[excusable[i]].count;
	for (size_t i = 0; differs && i < at->patches.n; i++) {
		const struct patch *patch = at->patches.v[i];
		if (patch->problem.n)
			note(at, INSTALLED_UNREADABLE, arena_printf(at->scratch, "its patch %.*s", STR_ARG(patch->file)), patch->problem);
	}
}

static void list_patches(struct comparison *at)
{
	for (const struct patch *patch = NULL; (patch = patch_next(at->in, at->package, patch));) {
		const struct patch **slot = vec_add(at->scratch, &at->patches);
		if (slot)
			*slot = patch;
		else
			at->out_of_memory = true;
	}
}

/* Packages that came with this one are no strangers. Each lies in one package, so nobody else writes there. */
static void mark_carried(struct comparison *at)
{
	for (size_t i = 0; i < at->files->carried.n; i++) {
		size_t found;
		struct str location = join_path(at->scratch, at->placed->location, at->files->carried.v[i]);
		if (location.p && map_find(at->in->by_location, location, &found))
			at->in->placed.v[found].carried = true;
	}
}

static void finish(struct comparison *at)
{
	struct installed *in = at->in;
	for (size_t kind = 0; kind < INSTALLED_KINDS; kind++) {
		struct installed_difference *found = &at->found[kind];
		if (!found->count)
			continue;
		found->kind = (enum installed_kind)kind;
		found->package = at->package;
		found->location = at->placed->location;
		difference_add(in, found);
	}
	pthread_mutex_lock(&in->lock);
	in->out_of_memory |= at->out_of_memory;
	in->result->files += at->read_files;
	in->result->bytes += at->read_bytes;
	pthread_mutex_unlock(&in->lock);
}

/* Another release has other files throughout: one word for all of them. */
static bool is_other_version(struct comparison *at, int fd)
{
	struct str there = placed_version(fd, at->scratch);
	if (!there.n || !at->files->version.n || str_equal(there, at->files->version))
		return false;
	at->found[INSTALLED_VERSION] = (struct installed_difference){ .count = 1, .detail = there };
	return true;
}

void folder_compare(struct installed *in, struct placed *placed, struct tar_files *files, uint32_t package)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(LIMIT_PROJECT_BYTES);
	struct comparison at = { .in = in, .placed = placed, .files = files, .package = package, .scratch = scratch, .out_of_memory = !scratch };
	CLEANUP(file_close) int fd = placed_open(in, placed);
	if (!scratch) {
		finish(&at);
		return;
	}
	list_patches(&at);
	placed->compared = true;
	if (fd < 0)
		at.found[INSTALLED_UNREADABLE] = (struct installed_difference){ .count = 1, .detail = str_of(error_number_text(errno)) };
	else if (!is_other_version(&at, fd)) {
		compare_folder(&at, fd, STR(""), 0);
		note_missing(&at);
		note_patches(&at);
	}
	mark_carried(&at);
	finish(&at);
}
