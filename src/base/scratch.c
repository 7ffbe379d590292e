/*
 * Folders of ours that live for one run: another commit's files, another project's judges, laid out as a repository is. Whoever has one holds a lock on
 * its marker, which the system lets go of however the process ends: a marker without one is of a run that was killed, and its folder goes when the next
 * folder is made.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/base.h"

enum { FILES_OPEN = 16, TRIES = 8, MARKER_LEVEL = 2 };
#define MARKER "/.git/assay-scratch"
/* Nobody else names a folder so: not even one that is empty may be taken from somebody. */
#define PREFIX "assay-scratch-"

/* The marker goes last: what is left half removed is found again. */
static int remove_entry(const char *path, const struct stat *info, int kind, struct FTW *walk)
{
	(void)info;
	(void)kind;
	if (walk->level != MARKER_LEVEL || !str_ends_with(str_of(path), STR(MARKER)))
		(void)remove(path);
	return 0;
}

void folder_remove(const char *folder)
{
	char *marker = NULL;
	nftw(folder, remove_entry, FILES_OPEN, FTW_DEPTH | FTW_PHYS);
	if (asprintf(&marker, "%s" MARKER, folder) < 0)
		return;
	unlink(marker);
	*strrchr(marker, '/') = '\0';
	rmdir(marker);
	rmdir(folder);
	free(marker);
}

void scratch_remove(struct scratch *scratch)
{
	if (!scratch->folder)
		return;
	folder_remove(scratch->folder);
	file_close(&scratch->lock);
	free(scratch->folder);
	scratch->folder = NULL;
}

static const char *temporary_folder(void)
{
	const char *where = getenv("TMPDIR");
	return where && *where ? where : "/tmp";
}

/* Of the marker in a folder of ours; -1: somebody lives there, it is none of ours, or it cannot be said. */
static int lock_left(int parent, const char *name)
{
	struct stat info;
	CLEANUP(file_close) int folder = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder < 0 || fstat(folder, &info) || info.st_uid != geteuid())
		return -1;
	int lock = openat(folder, &MARKER[1], O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (lock >= 0 && (fstat(lock, &info) || !S_ISREG(info.st_mode) || info.st_uid != geteuid() || flock(lock, LOCK_EX | LOCK_NB)))
		file_close(&lock);
	return lock;
}

/* Of one that was killed before its marker was there nothing is left but an empty .git, or not even that: name, mode and
 * owner are as we make them. Who is just making it makes another one. */
static void remove_unfinished(int parent, const char *name)
{
	struct stat info;
	bool empty = true;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
	if (!folder) {
		file_close(&fd);
		return;
	}
	for (const struct dirent *entry; empty && (entry = readdir(folder));)
		empty = str_equal_z(STR("."), entry->d_name) || str_equal_z(STR(".."), entry->d_name) || str_equal_z(STR(".git"), entry->d_name);
	if (empty && !fstat(fd, &info) && info.st_uid == geteuid() && (info.st_mode & 07777) == 0700) {
		(void)unlinkat(fd, ".git", AT_REMOVEDIR);
		(void)unlinkat(parent, name, AT_REMOVEDIR);
	}
	closedir(folder);
}

static void remove_left(const char *where)
{
	DIR *folder = opendir(where);
	const struct dirent *entry;
	while (folder && (entry = readdir(folder))) {
		char *path = NULL;
		if (!str_starts_with(str_of(entry->d_name), STR(PREFIX)))
			continue;
		CLEANUP(file_close) int lock = lock_left(dirfd(folder), entry->d_name);
		if (lock >= 0 && asprintf(&path, "%s/%s", where, entry->d_name) >= 0) {
			folder_remove(path);
			free(path);
		} else if (lock < 0) {
			remove_unfinished(dirfd(folder), entry->d_name);
		}
	}
	if (folder)
		closedir(folder);
}

/* The folder's own .git, with the marker in it. STATUS_BUSY: between its making and its lock somebody took it for one that was left. */
static enum status add_marker(struct scratch *scratch, struct error *err)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(8192);
	struct stat info;
	buf_printf(&path, "%s" MARKER, scratch->folder);
	buf_add_char(&path, '\0');
	if (buf_ok(&path, err))
		return err ? err->status : STATUS_LIMIT;
	char *slash = strrchr(path.p, '/');
	*slash = '\0';
	if (mkdir(path.p, 0777))
		return errno == ENOENT ? STATUS_BUSY : error_errno(err, "%s: cannot be made", path.p);
	*slash = '/';
	scratch->lock = open(path.p, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (scratch->lock < 0)
		return errno == ENOENT ? STATUS_BUSY : error_errno(err, "%s: cannot be made", path.p);
	bool taken = flock(scratch->lock, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK;
	return taken || fstat(scratch->lock, &info) || info.st_nlink == 0 ? STATUS_BUSY : STATUS_OK;
}

static enum status make_one(const char *where, const char *what, struct scratch *out, struct error *err)
{
	struct scratch made = { .lock = -1 };
	if (asprintf(&made.folder, "%s/" PREFIX "%s-XXXXXX", where, what) < 0)
		return error_memory(err);
	if (!mkdtemp(made.folder)) {
		enum status status = error_errno(err, "making a folder %s", made.folder);
		free(made.folder);
		return status;
	}
	enum status status = add_marker(&made, err);
	if (status)
		scratch_remove(&made);
	else
		*out = made;
	return status;
}

enum status scratch_make(const char *what, struct scratch *out, struct error *err)
{
	const char *where = temporary_folder();
	enum status status = STATUS_BUSY;
	remove_left(where);
	for (int i = 0; i < TRIES && status == STATUS_BUSY; i++)
		status = make_one(where, what, out, err);
	return status == STATUS_BUSY ? error_set(err, STATUS_IO, "making a folder in %s: each was removed at once", where) : status;
}
