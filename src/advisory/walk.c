/*
 * Where records come from: a file, a folder with everything below it, or a zip, which is read where it stands. Folders are walked in the order of
 * names, so that the same folder always gives the same database. In folders and zips what ends in ".json" is a record.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advisory/private.h"
#include "advisory/zip_worker.h"
#include "assay/archive.h"
#include "assay/limits.h"

struct walker {
	const struct walk *walk;
	struct arena *text; /* one file's bytes at a time */
	const char *path;   /* of the zip */
	uint64_t records;
	size_t folders;
	enum status status; /* of a zip's entries */
	struct error *err;
};

static enum status give(struct walker *w, const char *where, struct str text, const struct error *why)
{
	w->records++;
	return w->walk->record(w->walk->context, where, text, why, w->err);
}

/* A file of a folder that cannot be read is one broken record; one that the user named is the whole import's failure. */
static enum status walk_file(struct walker *w, const char *path, bool named)
{
	struct str text = STR_NONE;
	struct error why;
	arena_reset(w->text);
	enum status status = file_read(path, LIMIT_ADVISORY_BYTES, w->text, &text, &why);
	bool fatal = status == STATUS_MEMORY || (named && status && status != STATUS_LIMIT);
	if (!fatal)
		return give(w, path, text, status ? &why : NULL);
	if (w->err)
		*w->err = why;
	return status;
}

/* ---- zips --------------------------------------------------------------------- */

static bool give_entry(void *context, struct str name, struct str data)
{
	struct walker *w = context;
	CLEANUP(buf_fini) struct buf where = BUF_INIT(64 * KIB);
	struct error why;
	if (!str_ends_with(name, STR(".json")))
		return true;
	buf_printf(&where, "%s: ", w->path);
	buf_add_visible(&where, str_head(name, 4096));
	buf_add_char(&where, '\0');
	if (!data.p)
		error_set(&why, STATUS_LIMIT, "%zu bytes, more than the limit of %zu", data.n, LIMIT_ADVISORY_BYTES);
	w->status = where.failed ? error_memory(w->err) : give(w, where.p, data, data.p ? NULL : &why);
	return w->status == STATUS_OK;
}

static enum status walk_zip(struct walker *w, const char *path)
{
	w->path = path;
	enum status status = zip_worker_walk(w->walk->sandbox, path, give_entry, w, w->err);
	return w->status ? w->status : status;
}

static bool is_zip(const char *path)
{
	char magic[4] = "";
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	return str_ends_with(str_of(path), STR(".zip")) ||
	       (read(fd, magic, 4) == 4 && (memcmp(magic, "PK\3\4", 4) == 0 || memcmp(magic, "PK\5\6", 4) == 0));
}

/* ---- folders -------------------------------------------------------------------- */

/* Bytes, not the locale's order as alphasort() has it. */
static int compare_names(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_visible(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

static enum status walk_folder(struct walker *w, const char *folder, unsigned depth);

/* Links to files are followed, links to folders are not: they may lead in circles. */
static enum status walk_path(struct walker *w, const char *path, unsigned depth)
{
	struct stat info;
	if (lstat(path, &info) == 0 && S_ISDIR(info.st_mode))
		return walk_folder(w, path, depth + 1);
	if (!str_ends_with(str_of(path), STR(".json")) || folder_exists(path))
		return STATUS_OK;
	return walk_file(w, path, false);
}

static enum status walk_names(struct walker *w, const char *folder, struct dirent **names, size_t count, unsigned depth)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	if (!scratch)
		return error_memory(w->err);
	for (size_t i = 0; i < count; i++) {
		arena_reset(scratch);
		const char *path = path_join(scratch, folder, names[i]->d_name);
		enum status status = path ? walk_path(w, path, depth) : error_memory(w->err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

static enum status walk_folder(struct walker *w, const char *folder, unsigned depth)
{
	struct dirent **names = NULL;
	if (depth > LIMIT_FOLDER_DEPTH || ++w->folders > LIMIT_FOLDERS)
		return error_set(w->err, STATUS_LIMIT, "%s: more than %d folders deep, or than %d folders", folder, LIMIT_FOLDER_DEPTH, LIMIT_FOLDERS);
	int count = scandir(folder, &names, is_visible, compare_names);
	if (count < 0)
		return error_errno(w->err, "%s", folder);
	enum status status = walk_names(w, folder, names, (size_t)count, depth);
	for (int i = 0; i < count; i++)
		free(names[i]);
	free(names);
	return status;
}

enum status walk_input(const char *path, const struct walk *walk, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *text = arena_new(0);
	if (!text)
		return error_memory(err);
	struct walker walker = { .walk = walk, .text = text, .err = err };
	enum status status;
	if (folder_exists(path))
		status = walk_folder(&walker, path, 0);
	else if (is_zip(path))
		status = walk_zip(&walker, path);
	else
		status = walk_file(&walker, path, true);
	if (status || walker.records)
		return status;
	error_set(err, STATUS_INVALID, "%s: no advisory in it: nothing there ends in .json", path);
	error_hint(err, "give OSV records: a .json file, a folder of them, or a zip of them");
	return STATUS_INVALID;
}
