/*
 * Folders as the walks see them: opened below one that is open, never through a link. So a walk stays where it began,
 * no path is too long for it, and a folder that changes meanwhile leads nowhere else.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/base.h"

int folder_open_at(int fd, const char *name)
{
	return openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
}

static enum entry_kind kind_of(int fd, const struct dirent *entry)
{
	struct stat info;
	if (entry->d_type == DT_DIR)
		return ENTRY_FOLDER;
	if (entry->d_type != DT_LNK && entry->d_type != DT_UNKNOWN)
		return ENTRY_FILE;
	if (fstatat(fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
		return ENTRY_FILE;
	if (!S_ISLNK(info.st_mode))
		return S_ISDIR(info.st_mode) ? ENTRY_FOLDER : ENTRY_FILE;
	return fstatat(fd, entry->d_name, &info, 0) == 0 && S_ISDIR(info.st_mode) ? ENTRY_LINK : ENTRY_FILE;
}

static bool add_entry(DIR *dir, const struct dirent *entry, bool (*wanted)(const char *), struct arena *arena, struct folder_entries *entries)
{
	if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
		return true;
	enum entry_kind kind = kind_of(dirfd(dir), entry);
	if (kind == ENTRY_FILE && wanted && !wanted(entry->d_name))
		return true;
	struct folder_entry *added = vec_add(arena, &entries->list);
	if (!added)
		return false;
	added->kind = kind;
	added->name = arena_copy(arena, str_of(entry->d_name)).p;
	return added->name;
}

static int compare_entries(const void *a, const void *b)
{
	return strcmp(((const struct folder_entry *)a)->name, ((const struct folder_entry *)b)->name);
}

enum status folder_read(int fd, bool (*wanted)(const char *name), struct arena *arena, struct folder_entries *out, struct error *err)
{
	struct folder_entries entries = { 0 };
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0); /* closedir closes what it is given */
	DIR *dir = own < 0 ? NULL : fdopendir(own);
	if (!dir) {
		int problem = errno;
		file_close(&own);
		errno = problem;
		return error_errno(err, "cannot be listed");
	}
	const struct dirent *entry;
	bool fine = true;
	while (fine && (errno = 0, entry = readdir(dir)))
		fine = add_entry(dir, entry, wanted, arena, &entries);
	enum status status = !fine ? error_memory(err) : errno ? error_errno(err, "cannot be listed") : STATUS_OK;
	closedir(dir);
	if (status)
		return status;
	if (entries.list.n)
		qsort(entries.list.v, entries.list.n, sizeof *entries.list.v, compare_entries);
	*out = entries;
	return STATUS_OK;
}
