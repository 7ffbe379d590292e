/*
 * zip, from disk. Only libarchive's reader that begins with the central directory is enabled: the one for streams takes a file
 * that was cut between two entries for a whole one.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "utf8_scope.h"
#include "zip_file.h"

struct zip_walk {
	struct reader reader;
	size_t max_entry;
	struct buf data; /* one for all entries */
};

static void walk_fini(struct zip_walk *walk)
{
	reader_fini(&walk->reader);
	buf_fini(&walk->data);
}

static enum status explain(const struct zip_walk *walk, struct error *err)
{
	if (reader_lacks_memory(&walk->reader))
		return error_memory(err);
	return error_set(err, STATUS_INVALID, "damaged or cut short zip archive: %s", reader_reason(&walk->reader));
}

/* libarchive names neither case when it knows no format. */
static enum status explain_start(const struct byte_file *file, struct error *err)
{
	char magic[4] = "";
	static const char expected[4] = { 'P', 'K', 3, 4 };
	if (file->read_at(file->context, magic, sizeof magic, 0) != (ptrdiff_t)sizeof magic || memcmp(magic, expected, sizeof magic) != 0)
		return error_set(err, STATUS_INVALID, "not a zip archive");
	return error_set(err, STATUS_INVALID, "zip archive cut short: its directory, which stands at the end, is missing");
}

/* The header's size is a promise: room is made as bytes arrive, and more than promised is damage. */
static enum status read_entry(struct zip_walk *walk, struct error *err)
{
	buf_clear(&walk->data);
	for (;;) {
		const void *p;
		size_t n;
		la_int64_t at;
		int result = libarchive.archive_read_data_block(walk->reader.archive, &p, &n, &at);
		if (result == ARCHIVE_EOF)
			return STATUS_OK;
		if (result != ARCHIVE_OK) /* a wrong checksum is only a warning to libarchive */
			return explain(walk, err);
		buf_add(&walk->data, (struct str){ p, n });
		if (buf_ok(&walk->data, err))
			return error_wrap(err, "an entry that is larger than it says");
	}
}

static enum status visit(struct zip_walk *walk, struct archive_entry *entry, struct str *name, struct str *data, struct error *err)
{
	la_int64_t size = libarchive.archive_entry_size(entry);
	*name = str_of(libarchive.archive_entry_pathname(entry));
	if (!name->p) /* its flag says UTF-8, and it is not */
		return error_set(err, STATUS_INVALID, "an entry's name is malformed UTF-8");
	if (libarchive.archive_entry_is_encrypted(entry))
		return error_set(err, STATUS_UNSUPPORTED, "entry %.*s is encrypted", STR_ARG(*name));
	*data = (struct str){ NULL, size > 0 ? (size_t)size : 0 };
	if (data->n > walk->max_entry)
		return STATUS_OK;
	enum status status = read_entry(walk, err);
	if (status)
		return status;
	*data = walk->data.n ? buf_str(&walk->data) : STR("");
	return STATUS_OK;
}

static enum status walk_entries(struct zip_walk *walk, const struct byte_file *file,
				bool (*callback)(void *context, struct str name, struct str data), void *context, struct error *err)
{
	bool first = true;
	for (;; first = false) {
		int result = reader_next(&walk->reader);
		struct archive_entry *entry = walk->reader.entry;
		if (result == ARCHIVE_EOF)
			return STATUS_OK;
		if (result < ARCHIVE_WARN) /* a warning is about a name's character set */
			return first && !libarchive.archive_format(walk->reader.archive) && !reader_lacks_memory(&walk->reader) ?
				       explain_start(file, err) :
				       explain(walk, err);
		if (libarchive.archive_entry_filetype(entry) != AE_IFREG)
			continue;
		struct str name = STR_NONE, data = STR_NONE;
		enum status status = visit(walk, entry, &name, &data, err);
		if (status)
			return status;
		if (!callback(context, name, data))
			return STATUS_OK;
	}
}

static enum status walk_zip(struct zip_file *zip, size_t max_entry, bool (*entry)(void *context, struct str name, struct str data), void *context,
			    struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	CLEANUP(walk_fini) struct zip_walk walk = { .max_entry = max_entry, .data = BUF_INIT(max_entry) };
	enum status status = reader_init(&walk.reader, READER_ZIP, err);
	if (status)
		return status;
	if (zip_file_open(&walk.reader, zip) != ARCHIVE_OK)
		return reader_lacks_memory(&walk.reader) ? error_memory(err) : explain_start(zip->file, err);
	return walk_entries(&walk, zip->file, entry, context, err);
}

enum status zip_walk_elsewhere(const struct byte_file *file, size_t max_entry, bool (*entry)(void *context, struct str name, struct str data),
			       void *context, struct error *err)
{
	CLEANUP(zip_file_fini) struct zip_file zip = { 0 };
	enum status status = zip_file_init(&zip, file, err);
	return status ? status : walk_zip(&zip, max_entry, entry, context, err);
}

static ptrdiff_t read_fd(void *fd, char *out, size_t size, uint64_t at)
{
	return file_read_at(*(int *)fd, out, size, at);
}

enum status zip_walk(const char *path, size_t max_entry, bool (*entry)(void *context, struct str name, struct str data), void *context, struct error *err)
{
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) != 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, STATUS_INVALID, "%s: not a regular file", path);
	const struct byte_file file = { read_fd, &fd, (uint64_t)info.st_size };
	enum status status = zip_walk_elsewhere(&file, max_entry, entry, context, err);
	if (status && status != STATUS_MEMORY)
		error_wrap(err, "%s", path);
	return status;
}
