/*
 * Building a store: beside the file it will replace, under a name of its own, "<path>.new". Whoever holds the flock on that file
 * may write it, so that a second builder is told to wait, and what a killed one left behind is taken over by the next.
 *
 * The new file needs no journal: it has no readers, and is thrown away when anything fails.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/private.h"

enum { CLAIM_TRIES = 100, COPY_CHUNK = 256 * 1024 };

/* Where a link stands at `path`, the file that it points to is what is replaced. */
static bool name_files(struct store *store)
{
	char *real = realpath(store->path, NULL);
	if (real) {
		free(store->path);
		store->path = real;
	}
	if (asprintf(&store->temporary, "%s.new", store->path) < 0)
		store->temporary = NULL;
	return store->temporary != NULL;
}

/* The lock is on the file, and the file may have been renamed or removed since it was opened. */
static bool still_named(int fd, const char *name)
{
	struct stat ours, theirs;
	return fstat(fd, &ours) == 0 && stat(name, &theirs) == 0 && ours.st_ino == theirs.st_ino && ours.st_dev == theirs.st_dev;
}

static enum status claim(struct store *store, struct error *err)
{
	for (int tries = 0; tries < CLAIM_TRIES; tries++) {
		CLEANUP(file_close) int fd = open(store->temporary, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
		if (fd < 0)
			return error_errno(err, "%s: cannot be written", store->path);
		int failed = flock(fd, LOCK_EX | LOCK_NB);
		if (failed && errno == EWOULDBLOCK)
			break;
		if (failed && errno != ENOLCK && errno != EOPNOTSUPP)
			return error_errno(err, "%s: cannot be locked", store->temporary);
		if (!still_named(fd, store->temporary))
			continue;
		store->lock = file_take(&fd);
		if (ftruncate(store->lock, 0) != 0)
			return error_errno(err, "%s: cannot be written", store->temporary);
		return STATUS_OK;
	}
	error_set(err, STATUS_BUSY, "%s: another process is writing it", store->path);
	error_hint(err, "try again when it has finished");
	return STATUS_BUSY;
}

static enum status copy_bytes(int from, int to, char *chunk)
{
	for (;;) {
		ssize_t n = read(from, chunk, COPY_CHUNK);
		if (n == 0)
			return STATUS_OK;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return STATUS_IO;
		for (ssize_t done = 0; done < n;) {
			ssize_t written = write(to, chunk + done, (size_t)(n - done));
			if (written < 0 && errno != EINTR)
				return STATUS_IO;
			done += written > 0 ? written : 0;
		}
	}
}

/* Only a store that can be opened is worth building on. */
static enum status copy_old(struct store *store, struct error *err)
{
	struct store *old = NULL;
	enum status status = store_open(store->path, store->kind, &old, err);
	store_close(old);
	if (status)
		return status;
	CLEANUP(file_close) int from = open(store->path, O_RDONLY | O_CLOEXEC);
	if (from < 0)
		return error_errno(err, "%s", store->path);
	char *chunk = malloc(COPY_CHUNK);
	if (!chunk)
		return error_memory(err);
	status = copy_bytes(from, store->lock, chunk);
	if (status)
		error_errno(err, "%s: cannot be written", store->temporary);
	free(chunk);
	return status;
}

static enum status make_tables(struct store *store, struct error *err)
{
	char sql[128];
	snprintf(sql, sizeof sql, "PRAGMA application_id = %lld; PRAGMA user_version = %lld", (long long)store->kind->application_id,
		 (long long)store->kind->version);
	enum status status = store_run(store, sql, err);
	return status ? status : store_run(store, store->kind->schema, err);
}

static enum status fill(struct store *store, bool empty, struct error *err)
{
	bool copy = !empty && access(store->path, F_OK) == 0;
	enum status status = copy ? copy_old(store, err) : STATUS_OK;
	if (status)
		return status;
	/* No locks of SQLite's: ours is the one that counts, and the two would meet on network file systems. */
	status = store_connect(store, store->temporary, "mode=rw&nolock=1", SQLITE_OPEN_READWRITE, err);
	if (!status)
		status = store_run(store,
				   "PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA temp_store = memory;"
				   "PRAGMA cache_size = -65536; PRAGMA cell_size_check = on",
				   err);
	if (!status)
		status = store_run(store, "BEGIN", err);
	return status || copy ? status : make_tables(store, err);
}

enum status store_begin(const char *path, const struct store_kind *kind, bool empty, struct store **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(store_cleanup) struct store *store = store_new(path, kind);
	if (!scratch || !store || !name_files(store))
		return error_memory(err);
	const char *folder = path_folder(scratch, store->path);
	if (!folder)
		return error_memory(err);
	enum status status = folder_make(folder, err);
	if (!status && folder_exists(store->path))
		status = error_set(err, STATUS_INVALID, "%s: is a folder", store->path);
	if (status || (status = claim(store, err)) || (status = fill(store, empty, err)))
		return status;
	*out = store;
	store = NULL;
	return STATUS_OK;
}

/* A rename is on the disk when its folder is. That some file systems refuse this for a folder is no failure. */
static void sync_folder(const char *path)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	const char *folder = scratch ? path_folder(scratch, path) : NULL;
	CLEANUP(file_close) int fd = folder ? open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	if (fd >= 0)
		(void)!fsync(fd);
}

enum status store_commit(struct store *store, struct error *err)
{
	enum status status = store_run(store, "COMMIT", err);
	if (status)
		return status;
	int code = sqlite3_close(store->handle);
	if (code != SQLITE_OK)
		return store_fail(store, code, err);
	store->handle = NULL;
	if (fsync(store->lock) != 0)
		return error_errno(err, "%s: cannot be written", store->temporary);
	if (rename(store->temporary, store->path) != 0)
		return error_errno(err, "%s: cannot be replaced", store->path);
	free(store->temporary);
	store->temporary = NULL;
	sync_folder(store->path);
	return STATUS_OK;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	sqlite3_close(store->handle);
	/* Only what is ours: without the lock the file of that name is somebody else's. */
	if (store->temporary && store->lock >= 0)
		unlink(store->temporary);
	file_close(&store->lock);
	free(store->temporary);
	free(store->path);
	free(store);
}
