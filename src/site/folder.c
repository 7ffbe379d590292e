/*
 * One whole folder for another: the new one is written beside, under a lock, and takes the old one's place in one step. Nothing goes that assay did not
 * write: a folder without our mark, or with a file whose name none of ours has, is refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "site/site.h"

#define MARK "assay-site.txt"
static const char mark[] = "Written by assay fleet report, which replaces this folder the next time. Nothing else belongs here.\n";

/* ---- what is ours ---------------------------------------------------------------------- */

static bool is_digits(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < '0' || text.p[i] > '9')
			return false;
	return text.n > 0;
}

static bool is_key(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (!strchr("0123456789abcdef", text.p[i]))
			return false;
	return text.n == SITE_KEY;
}

/* "projects.html", "projects-2.html". */
static bool is_part(struct str name, struct str base, struct str end)
{
	if (!str_starts_with(name, base) || !str_ends_with(name, end) || name.n < base.n + end.n)
		return false;
	struct str middle = str_head(str_from(name, base.n), name.n - base.n - end.n);
	return !middle.n || (middle.p[0] == '-' && is_digits(str_from(middle, 1)));
}

/* `folder` is "" at the top. */
static bool is_our_file(struct str folder, struct str name)
{
	static const char *const tops[] = { MARK, "index.html", "search.html", "package.html", "style.css", "site.js" };
	static const char *const lists[] = { "projects", "advisories", "packages" };
	static const char *const data[] = { "projects", "advisories", "names", "where", "packages" };
	if (str_equal_z(folder, "data")) {
		for (size_t i = 0; i < sizeof data / sizeof *data; i++)
			if (is_part(name, str_of(data[i]), STR(".js")))
				return true;
		return false;
	}
	if (folder.n)
		return str_ends_with(name, STR(".html")) && is_key(str_head(name, name.n - 5));
	for (size_t i = 0; i < sizeof tops / sizeof *tops; i++)
		if (str_equal_z(name, tops[i]))
			return true;
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
		if (is_part(name, str_of(lists[i]), STR(".html")))
			return true;
	return false;
}

static bool is_our_folder(const char *name)
{
	static const char *const folders[] = { "p", "a", "k", "data" };
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (strcmp(name, folders[i]) == 0)
			return true;
	return false;
}

/* What a walk through a folder of ours does. */
struct sweep {
	bool remove;
	bool marked, empty;
	struct arena *arena;
	struct buf foreign; /* the first that is not ours */
};

static void note_foreign(struct sweep *sweep, const char *folder, const char *name)
{
	if (!sweep->foreign.n)
		buf_printf(&sweep->foreign, "%s%s%s", folder, folder[0] ? "/" : "", name);
}

static enum status sweep_folder(struct sweep *sweep, int fd, const char *folder, struct error *err)
{
	struct folder_entries entries;
	enum status status = folder_read(fd, NULL, sweep->arena, &entries, err);
	for (size_t i = 0; !status && i < entries.list.n; i++) {
		const struct folder_entry *entry = &entries.list.v[i];
		sweep->empty = false;
		if (entry->kind == ENTRY_FOLDER && !folder[0] && is_our_folder(entry->name)) {
			CLEANUP(file_close) int below = folder_open_at(fd, entry->name);
			status = below < 0 ? error_errno(err, "%s", entry->name) : sweep_folder(sweep, below, entry->name, err);
			if (!status && sweep->remove)
				unlinkat(fd, entry->name, AT_REMOVEDIR);
		} else if (entry->kind == ENTRY_FILE && is_our_file(str_of(folder), str_of(entry->name))) {
			sweep->marked |= strcmp(entry->name, MARK) == 0;
			if (sweep->remove)
				unlinkat(fd, entry->name, 0);
		} else {
			note_foreign(sweep, folder, entry->name);
		}
	}
	return status;
}

static enum status look_into(const char *path, bool remove, struct sweep *sweep, struct error *err)
{
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	*sweep = (struct sweep){ .remove = remove, .empty = true, .arena = arena };
	buf_init(&sweep->foreign, 64 * KIB);
	if (!arena)
		return error_memory(err);
	return fd < 0 ? error_errno(err, "%s", path) : sweep_folder(sweep, fd, "", err);
}

/* Ours, empty, or not there. */
static enum status check_ours(const char *path, struct error *err)
{
	struct sweep sweep;
	struct stat info;
	if (lstat(path, &info) != 0)
		return errno == ENOENT ? STATUS_OK : error_errno(err, "%s", path);
	if (!S_ISDIR(info.st_mode)) {
		error_set(err, STATUS_USAGE, "%s is no folder", path);
		error_hint(err, "name a folder for the site alone");
		return STATUS_USAGE;
	}
	enum status status = look_into(path, false, &sweep, err);
	if (!status && sweep.foreign.n)
		status = error_set(err, STATUS_USAGE, "%s holds %.*s, which assay did not write", path, STR_ARG(buf_str(&sweep.foreign)));
	else if (!status && !sweep.empty && !sweep.marked)
		status = error_set(err, STATUS_USAGE, "%s is no folder that assay wrote: it has no %s", path, MARK);
	if (status == STATUS_USAGE)
		error_hint(err, "nothing of it was touched: name a folder that is empty, or is not there yet");
	buf_fini(&sweep.foreign);
	return status;
}

static void remove_ours(const char *path)
{
	struct sweep sweep;
	struct error ignored;
	(void)!look_into(path, true, &sweep, &ignored);
	buf_fini(&sweep.foreign);
	rmdir(path);
}

/* ---- one for another -------------------------------------------------------------------- */

/* The lock goes with the process: what a killed run left is found unlocked, and goes. */
static enum status lock_part(struct site_folder *folder, struct error *err)
{
	if (mkdir(folder->part, 0777) != 0 && errno != EEXIST)
		return error_errno(err, "%s", folder->part);
	folder->lock = open(folder->part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (folder->lock < 0)
		return error_errno(err, "%s", folder->part);
	if (flock(folder->lock, LOCK_EX | LOCK_NB) == 0)
		return check_ours(folder->part, err);
	return error_set(err, STATUS_BUSY, "%s: another process is writing this site", folder->final);
}

enum status site_folder_begin(const char *path, struct arena *arena, struct site_folder *out, struct error *err)
{
	struct str whole = str_of(path);
	while (whole.n > 1 && whole.p[whole.n - 1] == '/')
		whole = str_head(whole, whole.n - 1);
	*out = (struct site_folder){ .lock = -1 };
	out->final = arena_copy(arena, whole).p;
	out->part = arena_printf(arena, "%.*s.assay-part", STR_ARG(whole)).p;
	const char *above = out->final ? path_folder(arena, out->final) : NULL;
	if (!out->part || !above)
		return error_memory(err);
	if (!whole.n || str_equal_z(whole, "/") || str_equal_z(str_of(path_base(out->final)), "..") || str_equal_z(str_of(path_base(out->final)), "."))
		return error_set(err, STATUS_USAGE, "\"%s\" cannot be replaced: name a folder for the site alone", path);
	enum status status = folder_make(above, err);
	if (status || (status = check_ours(out->final, err)))
		return status;
	if ((status = lock_part(out, err))) {
		file_close(&out->lock); /* it is another's */
		out->lock = -1;
		return status;
	}
	struct sweep sweep;
	status = look_into(out->part, true, &sweep, err);
	buf_fini(&sweep.foreign);
	const char *file = path_join(arena, out->part, MARK);
	if (!status)
		status = file ? file_write_unsynced(file, str_of(mark), err) : error_memory(err);
	static const char *const folders[] = { "p", "a", "k", "data" };
	for (size_t i = 0; !status && i < sizeof folders / sizeof *folders; i++) {
		const char *below = path_join(arena, out->part, folders[i]);
		status = below ? folder_make(below, err) : error_memory(err);
	}
	return status;
}

enum status site_folder_finish(struct site_folder *folder, struct error *err)
{
	enum status status = check_ours(folder->final, err); /* meanwhile somebody may have put something there */
	if (status)
		return status;
	const char *part = folder->part;
	if (rename(part, folder->final) != 0) { /* it is there, and not empty */
		if (renameat2(AT_FDCWD, part, AT_FDCWD, folder->final, RENAME_EXCHANGE) != 0)
			return error_errno(err, "%s cannot be put in the place of %s", part, folder->final);
		remove_ours(part);
	}
	folder->part = NULL;
	return STATUS_OK;
}

void site_folder_leave(struct site_folder *folder)
{
	if (folder->lock >= 0 && folder->part)
		remove_ours(folder->part);
	file_close(&folder->lock);
	folder->lock = -1;
}
