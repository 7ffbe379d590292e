/* Files and paths. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/base.h"

enum { COPY_BYTES = 1 << 20, NAME_TRIES = 16 };

void file_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* Reads to the end whatever size the file claims, since it may be a pipe or grow meanwhile. What is as large as it claims is read to
 * where it stays. */
static enum status read_to_end(int fd, size_t expected, size_t max, struct arena *arena, struct str *out, struct error *err)
{
	if (max > SIZE_MAX / 4)
		max = SIZE_MAX / 4;
	struct str text = { NULL, 0 };
	char *at = NULL;
	for (size_t room = 0;;) {
		if (text.n == room) { /* one more than expected, to see that there is more; and one for the NUL */
			room = room ? 2 * room : expected + 1;
			room = room > max ? max + 1 : room;
			if (!(at = arena_alloc(arena, room + 1)))
				return error_memory(err);
			if (text.n)
				memcpy(at, text.p, text.n);
			text.p = at;
		}
		ssize_t n = read(fd, at + text.n, room - text.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(err, "cannot be read");
		text.n += (size_t)n;
		if (text.n > max)
			return error_set(err, STATUS_LIMIT, "larger than the limit of %zu bytes", max);
		if (n == 0)
			break;
	}
	*out = text;
	return STATUS_OK;
}

enum status file_read(const char *path, size_t max, struct arena *arena, struct str *out, struct error *err)
{
	if (strcmp(path, "-") == 0) {
		enum status status = read_to_end(STDIN_FILENO, 65536, max, arena, out, err);
		return status ? error_wrap(err, "standard input") : STATUS_OK;
	}
	/* O_NONBLOCK: a fifo with a lockfile's name must not hang the scan. */
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return error_errno(err, "%s", path);
	struct stat info;
	if (fstat(fd, &info) != 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, STATUS_INVALID, "%s: not a regular file", path);
	if (info.st_size < 0 || (uint64_t)info.st_size > max)
		return error_set(err, STATUS_LIMIT, "%s: %lld bytes, more than the limit of %zu", path, (long long)info.st_size, max);
	enum status status = read_to_end(fd, (size_t)info.st_size, max, arena, out, err);
	return status ? error_wrap(err, "%s", path) : STATUS_OK;
}

bool file_exists(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

bool folder_exists(const char *path)
{
	struct stat info;
	return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		bytes = str_from(bytes, (size_t)n);
	}
	return true;
}

/* A name beside `path` that nobody has thought of. */
static bool name_beside(const char *path, unsigned tries, struct buf *name)
{
	uint64_t random = (uint64_t)getpid();
	if (getrandom(&random, sizeof random, GRND_NONBLOCK) < 0)
		random += tries;
	buf_clear(name);
	buf_printf(name, "%s.%016llx.tmp", path, (unsigned long long)random);
	buf_add_char(name, '\0');
	if (name->failed)
		errno = ENAMETOOLONG;
	return !name->failed;
}

/* -1: the system cannot do that here, or could not give it a name later. */
static int open_without_name(const char *path)
{
	CLEANUP(buf_fini) struct buf folder = BUF_INIT(8192);
	const char *slash = strrchr(path, '/');
	buf_add(&folder, slash ? (struct str){ path, slash == path ? 1 : (size_t)(slash - path) } : STR("."));
	buf_add_char(&folder, '\0');
	return folder.failed || access("/proc/self/fd", X_OK) ? -1 : open(folder.p, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
}

/* A new file for `path`, without a name where that can be: nothing is left of it then, however this process ends. Else one beside it, with its name in
 * `name`. -1 on failure. */
static int open_new(const char *path, struct buf *name)
{
	int fd = open_without_name(path);
	for (unsigned tries = 0; fd < 0 && tries < NAME_TRIES; tries++) {
		if (!name_beside(path, tries, name))
			return -1;
		fd = open(name->p, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			return -1;
	}
	return fd;
}

static bool link_as(int fd, const char *path)
{
	char own[40];
	snprintf(own, sizeof own, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, own, AT_FDCWD, path, AT_SYMLINK_FOLLOW) == 0;
}

/* Only what has a name can replace something. */
static bool give_name(int fd, const char *path, struct buf *name)
{
	if (name->n)
		return rename(name->p, path) == 0;
	bool linked = link_as(fd, path);
	if (linked || errno != EEXIST)
		return linked;
	for (unsigned tries = 0; !linked && errno == EEXIST && tries < NAME_TRIES; tries++)
		linked = name_beside(path, tries, name) && link_as(fd, name->p);
	if (!linked)
		buf_clear(name);
	return linked && rename(name->p, path) == 0;
}

static enum status fail_to_write(int fd, const char *path, const struct buf *name, struct error *err)
{
	enum status status = error_errno(err, "%s: cannot be written", path);
	if (fd >= 0 && name->n)
		unlink(name->p);
	return status;
}

static enum status replace_file(const char *path, struct str bytes, bool synced, struct error *err)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT(8192);
	CLEANUP(file_close) int fd = open_new(path, &name);
	if (fd >= 0 && write_all(fd, bytes) && (!synced || fsync(fd) == 0) && give_name(fd, path, &name))
		return STATUS_OK;
	return fail_to_write(fd, path, &name, err);
}

static enum status write_into(const char *path, struct str bytes, struct error *err)
{
	CLEANUP(file_close) int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
	return fd >= 0 && write_all(fd, bytes) ? STATUS_OK : error_errno(err, "%s: cannot be written", path);
}

enum status file_write(const char *path, struct str bytes, struct error *err)
{
	struct stat info;
	if (stat(path, &info) != 0)
		return replace_file(path, bytes, true, err);
	if (!S_ISREG(info.st_mode))
		return write_into(path, bytes, err);
	/* Of a symbolic link the target is meant: the link stays one. */
	char *real = realpath(path, NULL);
	enum status status = replace_file(real ? real : path, bytes, true, err);
	free(real);
	return status;
}

ptrdiff_t file_read_at(int fd, char *out, size_t size, uint64_t at)
{
	size_t n = 0;
	while (n < size) {
		ssize_t got = pread(fd, out + n, size - n, (off_t)(at + n));
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ptrdiff_t)n;
}

static bool copy_all(int to, int from, uint64_t size)
{
	off_t at = 0;
	while ((uint64_t)at < size) {
		ssize_t n = sendfile(to, from, &at, size - (uint64_t)at < COPY_BYTES ? (size_t)(size - (uint64_t)at) : COPY_BYTES);
		if (n == 0)
			errno = EIO; /* it became shorter */
		if (n == 0 || (n < 0 && errno != EINTR))
			return false;
	}
	return true;
}

enum status file_copy_unsynced(const char *path, int from, uint64_t size, struct error *err)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT(8192);
	CLEANUP(file_close) int fd = open_new(path, &name);
	if (fd >= 0 && copy_all(fd, from, size) && give_name(fd, path, &name))
		return STATUS_OK;
	return fail_to_write(fd, path, &name, err);
}

int file_open_nameless(const char *folder)
{
	if (folder_make(folder, NULL) != STATUS_OK)
		return -1;
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
		return fd;
	CLEANUP(buf_fini) struct buf name = BUF_INIT(8192);
	buf_printf(&name, "%s/XXXXXX", folder);
	buf_add_char(&name, '\0');
	fd = name.failed ? -1 : mkostemp(name.p, O_CLOEXEC);
	if (fd >= 0)
		unlink(name.p);
	return fd;
}

enum status file_write_unsynced(const char *path, struct str bytes, struct error *err)
{
	return replace_file(path, bytes, false, err);
}

size_t path_repository_length(struct str folder)
{
	CLEANUP(buf_fini) struct buf git = BUF_INIT(folder.n + sizeof "/.git");
	if (!folder.n || folder.p[0] != '/')
		return 0;
	for (size_t n = folder.n == 1 ? 0 : folder.n;; n = str_find_last(str_head(folder, n), '/')) {
		buf_clear(&git);
		buf_printf(&git, "%.*s/.git", (int)n, folder.p);
		buf_add_char(&git, '\0');
		if (!git.failed && access(git.p, F_OK) == 0)
			return n ? n : 1;
		if (!n)
			return 0;
	}
}

static struct str real_path(struct arena *arena, const char *path)
{
	char *real = path ? realpath(path, NULL) : NULL;
	struct str full = real ? arena_copy(arena, str_of(real)) : STR_NONE;
	free(real);
	return full;
}

const char *path_in_repository(struct arena *arena, const char *path)
{
	const char *folder = folder_exists(path) ? path : path_folder(arena, path), *label = NULL;
	struct str full = real_path(arena, folder);
	size_t n = path_repository_length(full);
	if (n)
		label = n < full.n ? full.p + n + (n > 1) : ".";
	return label && folder != path ? path_join(arena, label, path_base(path)) : label;
}

const char *path_repository(struct arena *arena, const char *folder)
{
	struct str full = real_path(arena, folder);
	size_t n = path_repository_length(full);
	return full.p ? arena_copy(arena, n ? str_head(full, n) : full).p : NULL;
}

enum status folder_make(const char *path, struct error *err)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT(8192);
	buf_add_z(&name, path);
	buf_add_char(&name, '\0');
	if (buf_ok(&name, err))
		return err ? err->status : STATUS_LIMIT;
	for (size_t i = 1; i < name.n; i++) {
		if (name.p[i] != '/' && name.p[i] != '\0')
			continue;
		char kept = name.p[i];
		name.p[i] = '\0';
		if (mkdir(name.p, 0777) != 0 && errno != EEXIST)
			return error_errno(err, "%s: cannot be made", name.p);
		name.p[i] = kept;
	}
	if (!folder_exists(path))
		return error_set(err, STATUS_IO, "%s: is there and is no folder", path);
	return STATUS_OK;
}

const char *path_join(struct arena *arena, const char *folder, const char *name)
{
	if (name[0] == '/' || strcmp(folder, ".") == 0 || folder[0] == '\0')
		return arena_copy(arena, str_of(name)).p;
	size_t n = strlen(folder);
	return arena_printf(arena, "%s%s%s", folder, folder[n - 1] == '/' ? "" : "/", name).p;
}

const char *path_folder(struct arena *arena, const char *path)
{
	struct str s = str_of(path);
	size_t at = str_find_last(s, '/');
	if (at == s.n)
		return arena_copy(arena, STR(".")).p;
	return arena_copy(arena, str_head(s, at ? at : 1)).p;
}

struct str path_parent(struct str path)
{
	size_t slash = str_find_last(path, '/');
	return str_head(path, slash < path.n ? slash : 0);
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

struct str path_join_inside(struct arena *arena, struct str folder, struct str name)
{
	struct str rest = arena_printf(arena, "%.*s/%.*s", STR_ARG(folder), STR_ARG(name)), part;
	char *out = rest.p ? arena_alloc(arena, rest.n + 1) : NULL;
	size_t n = 0;
	if (!out || str_starts_with(name, STR("/")))
		return STR_NONE;
	while (str_split(&rest, '/', &part)) {
		if (part.n == 0 || str_equal_z(part, "."))
			continue;
		if (str_equal_z(part, "..")) {
			if (n == 0)
				return STR_NONE;
			while (n && out[n - 1] != '/')
				n--;
			n -= n > 0;
			continue;
		}
		if (n)
			out[n++] = '/';
		memcpy(out + n, part.p, part.n);
		n += part.n;
	}
	return (struct str){ out, n };
}
