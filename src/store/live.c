/*
 * A store that is written in place: SQLite's write-ahead log keeps readers and the one writer out of each other's way, and a lock file beside it keeps
 * a second writer out. Its schema grows by numbered steps.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/private.h"

enum { WRITER_BUSY_MS = 10000 };

enum { HOLDER_MAX = 20 };

/* Who holds it has written its number there; 0: it has not yet. */
static long read_holder(int fd)
{
	char text[HOLDER_MAX + 1];
	ssize_t n = pread(fd, text, HOLDER_MAX, 0);
	uint64_t pid = 0;
	struct str digits = str_trim((struct str){ text, n > 0 ? (size_t)n : 0 });
	return str_to_u64(digits, &pid) && pid < INT32_MAX ? (long)pid : 0;
}

static enum status tell_holder(const char *path, int fd, struct error *err)
{
	long holder = read_holder(fd);
	if (holder)
		error_set(err, STATUS_BUSY, "%s: another process (%ld) is writing it", path, holder);
	else
		error_set(err, STATUS_BUSY, "%s: another process is writing it", path);
	error_hint(err, "try again when it has finished");
	return STATUS_BUSY;
}

/* On a file of its own: closing any descriptor of the store itself would give up the locks that SQLite holds on it. */
enum status store_lock(const char *path, int *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT(8192);
	buf_printf(&name, "%s.lock", path);
	buf_add_char(&name, '\0');
	if (name.failed)
		return error_set(err, STATUS_INVALID, "%s: this path is too long", path);
	CLEANUP(file_close) int fd = open(name.p, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return error_errno(err, "%s: cannot be written", name.p);
	int failed = flock(fd, LOCK_EX | LOCK_NB);
	if (failed && errno == EWOULDBLOCK)
		return tell_holder(path, fd, err);
	if (failed && errno != ENOLCK && errno != EOPNOTSUPP)
		return error_errno(err, "%s: cannot be locked", name.p);
	/* Of a full disk others learn less: that is all. */
	if (ftruncate(fd, 0) == 0)
		(void)!dprintf(fd, "%ld\n", (long)getpid());
	*out = file_take(&fd);
	return STATUS_OK;
}

static enum status apply_step(struct store *store, int64_t step, struct error *err)
{
	char mark[64];
	snprintf(mark, sizeof mark, "PRAGMA user_version = %lld", (long long)step + 1);
	enum status status = store_start(store, err);
	if (!status)
		status = store_run(store, store->kind->steps[step], err);
	if (!status)
		status = store_run(store, mark, err);
	if (!status)
		status = store_finish(store, err);
	if (status)
		store_undo(store);
	return status;
}

static enum status mark_kind(struct store *store, struct error *err)
{
	char mark[64];
	snprintf(mark, sizeof mark, "PRAGMA application_id = %lld", (long long)store->kind->application_id);
	return store_run(store, mark, err);
}

static enum status bring_up(struct store *store, bool fresh, struct error *err)
{
	int64_t version = 0;
	enum status status = fresh ? mark_kind(store, err) : store_ask(store, "PRAGMA user_version", &version, err);
	while (!status && version < store->kind->version)
		status = apply_step(store, version++, err);
	/* What is of another kind or newer is told as a reader is told. */
	return status ? status : store_check_kind(store, err);
}

/* Nothing is changed in a file before it is known to be of this kind. */
static enum status look(struct store *store, bool *fresh, struct error *err)
{
	struct stat info;
	/* An empty file is what a killed one left behind that had begun to make it. */
	*fresh = stat(store->path, &info) != 0 ? errno == ENOENT : info.st_size == 0;
	if (*fresh)
		return STATUS_OK;
	struct store *old = NULL;
	enum status status = store_open(store->path, store->kind, &old, err);
	store_close(old);
	if (status != STATUS_UNSUPPORTED)
		return status;
	int64_t version;
	struct store *any = store_new(store->path, store->kind);
	status = any ? store_connect(any, store->path, "mode=ro", SQLITE_OPEN_READONLY, NULL) : error_memory(err);
	if (!status)
		status = store_ask(any, "PRAGMA user_version", &version, NULL);
	store_close(any);
	return !status && version < store->kind->version ? STATUS_OK : STATUS_UNSUPPORTED;
}

static enum status open_file(struct store *store, bool fresh, struct error *err)
{
	enum status status = store_connect(store, store->path, "mode=rwc", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (status)
		return status;
	sqlite3_busy_timeout(store->handle, WRITER_BUSY_MS);
	sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	/* What is written again and again goes from the log into the file once in 32 MB, not once in 4. Copies of what a savepoint may undo need no file. */
	status = store_run(store,
			   "PRAGMA temp_store = memory; PRAGMA wal_autocheckpoint = 8192; PRAGMA journal_mode = wal; PRAGMA synchronous = normal;"
			   "PRAGMA cache_size = -65536; PRAGMA cell_size_check = on;"
			   "PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = on",
			   err);
	return status ? status : bring_up(store, fresh, err);
}

enum status store_open_to_write(const char *path, const struct store_kind *kind, struct store **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	CLEANUP(store_cleanup) struct store *store = store_new(path, kind);
	const char *folder = scratch ? path_folder(scratch, path) : NULL;
	bool fresh;
	if (!store || !folder)
		return error_memory(err);
	enum status status = folder_make(folder, err);
	if (!status && folder_exists(path))
		status = error_set(err, STATUS_INVALID, "%s: is a folder", path);
	if (status || (status = store_lock(path, &store->lock, err)) || (status = look(store, &fresh, err)) || (status = open_file(store, fresh, err)))
		return status;
	*out = store;
	store = NULL;
	return STATUS_OK;
}

enum status store_start(struct store *store, struct error *err)
{
	return store_run(store, "BEGIN IMMEDIATE", err);
}

enum status store_finish(struct store *store, struct error *err)
{
	return store_run(store, "COMMIT", err);
}

bool store_is_started(const struct store *store)
{
	return !sqlite3_get_autocommit(store->handle);
}

void store_undo(struct store *store)
{
	if (store_is_started(store))
		(void)!store_run(store, "ROLLBACK", NULL);
}

int64_t store_last_key(const struct store *store)
{
	return sqlite3_last_insert_rowid(store->handle);
}
