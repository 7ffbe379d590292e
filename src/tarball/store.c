/*
 * assay's own store of tarballs. A file is there whole or not at all, and its name is its digest: so writers need no lock, and a
 * reader who proves what he reads needs to trust nobody. When a file was last used stands in its access time, which is
 * set by hand, since most systems no longer keep it exactly.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"

enum { MAX_PATH = 8192, HOUR = 3600, DAY = 24 * HOUR };

bool store_path(const char *folder, const struct digest *digest, struct buf *out)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(2 * DIGEST_MAX_SIZE + 1);
	digest_write_hex(digest, &hex);
	buf_clear(out);
	if (hex.failed || hex.n < 4)
		return false;
	const struct str parts[] = { str_of(folder), str_of(digest_name(digest->algorithm)), str_head(buf_str(&hex), 2), str_from(buf_str(&hex), 2) };
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
		buf_add_z(out, i ? "/" : "");
		buf_add(out, parts[i]);
	}
	buf_add_char(out, '\0');
	return !out->failed;
}

static enum status put(const char *path, const struct proven_tarball *tarball, struct error *err)
{
	return tarball->file ? file_copy_unsynced(path, tarball->file->fd, tarball->file->size, err) : file_write_unsynced(path, tarball->bytes, err);
}

enum status store_keep(const char *folder, const struct digest *digest, const struct proven_tarball *tarball, struct error *err)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(MAX_PATH), parent = BUF_INIT(MAX_PATH);
	if (!store_path(folder, digest, &path))
		return error_set(err, STATUS_LIMIT, "the store's path is too long");
	enum status status = put(path.p, tarball, err);
	if (status != STATUS_NOT_FOUND)
		return status;
	buf_add(&parent, str_head(buf_str(&path), str_find_last(buf_str(&path), '/')));
	buf_add_char(&parent, '\0');
	status = parent.failed ? error_memory(err) : folder_make(parent.p, err);
	return status ? status : put(path.p, tarball, err);
}

bool store_is_stale(const struct stat *info)
{
	return date_now() - info->st_atim.tv_sec > DAY;
}

void store_touch(int fd)
{
	struct stat info;
	const struct timespec times[] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	if (fstat(fd, &info) == 0 && date_now() - info.st_atim.tv_sec > HOUR && futimens(fd, times) != 0)
		return; /* somebody else's file: his use counts */
}

/* ---- throwing away ---------------------------------------------------------------------- */

struct kept {
	const char *path;
	uint64_t bytes;
	int64_t used;
};

struct walk {
	struct arena *arena;
	VEC(struct kept) files;
	bool failed; /* out of memory */
};

static bool is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!memchr("0123456789abcdef", s.p[i], 16))
			return false;
	return true;
}

/* What a writer who was stopped left behind: "<rest of the digest>.<random>.tmp". */
static bool is_leftover(struct str name, size_t digits, const struct stat *info)
{
	return name.n > digits && is_hex(str_head(name, digits)) && name.p[digits] == '.' && str_ends_with(name, STR(".tmp")) &&
	       date_now() - info->st_mtim.tv_sec > HOUR;
}

static void look_at_file(struct walk *walk, const char *folder, const char *name, size_t digits)
{
	const char *path = path_join(walk->arena, folder, name);
	struct stat info;
	walk->failed |= !path;
	if (!path || lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0)
		return;
	if (is_leftover(str_of(name), digits, &info))
		unlink(path);
	if (strlen(name) != digits || !is_hex(str_of(name)))
		return;
	struct kept *kept = vec_add(walk->arena, &walk->files);
	walk->failed |= !kept;
	int64_t used = info.st_atim.tv_sec > info.st_mtim.tv_sec ? info.st_atim.tv_sec : info.st_mtim.tv_sec;
	if (kept)
		*kept = (struct kept){ path, (uint64_t)info.st_size, used };
}

/* Calls `look` for each entry that a store of ours can have there. */
static void look_into(struct walk *walk, const char *folder, size_t digits,
		      void (*look)(struct walk *walk, const char *folder, const char *name, size_t digits))
{
	DIR *dir = opendir(folder);
	for (struct dirent *entry; dir && (entry = readdir(dir));)
		if (entry->d_name[0] != '.')
			look(walk, folder, entry->d_name, digits);
	if (dir)
		closedir(dir);
}

static void look_at_folder(struct walk *walk, const char *folder, const char *name, size_t digits)
{
	const char *path = path_join(walk->arena, folder, name);
	struct stat info;
	walk->failed |= !path;
	if (path && strlen(name) == 2 && is_hex(str_of(name)) && lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
		look_into(walk, path, digits, look_at_file);
}

static int by_use(const void *left, const void *right)
{
	const struct kept *a = left, *b = right;
	return (a->used > b->used) - (a->used < b->used);
}

static void throw_away(struct walk *walk, uint64_t max_bytes, struct tarball_store *out)
{
	for (size_t i = 0; i < walk->files.n; i++)
		out->bytes += walk->files.v[i].bytes;
	out->tarballs = walk->files.n;
	for (size_t i = 0; i < walk->files.n; i++) {
		const struct kept *kept = &walk->files.v[i];
		bool gone = out->bytes > max_bytes && (unlink(kept->path) == 0 || errno == ENOENT);
		if (gone) {
			out->bytes -= kept->bytes;
			out->tarballs--;
			out->removed++;
			out->removed_bytes += kept->bytes;
		} else if (out->oldest_use == DATE_NONE) {
			out->oldest_use = kept->used;
		}
	}
}

enum status tarball_store_prune(const char *folder, uint64_t max_bytes, struct tarball_store *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct walk walk = { .arena = arena };
	struct tarball_store store = { .oldest_use = DATE_NONE };
	if (!arena)
		return error_memory(err);
	for (enum digest_algorithm algorithm = 0; algorithm < DIGEST_ALGORITHMS; algorithm++) {
		const char *path = path_join(arena, folder, digest_name(algorithm));
		if (!path)
			return error_memory(err);
		look_into(&walk, path, 2 * digest_size(algorithm) - 2, look_at_folder);
	}
	if (walk.failed)
		return error_memory(err);
	if (walk.files.n)
		qsort(walk.files.v, walk.files.n, sizeof *walk.files.v, by_use);
	throw_away(&walk, max_bytes, &store);
	*out = store;
	return STATUS_OK;
}
