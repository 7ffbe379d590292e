/* zip, from memory, by its central directory, as those who install from it read it: kinds of entries, modes, all of their bytes. */
#include <archive.h>
#include <archive_entry.h>

#include "assay/archive.h"
#include "utf8_scope.h"

static void free_archive(struct archive **archive)
{
	if (*archive)
		archive_read_free(*archive);
}

static enum status explain(struct archive *archive, struct error *err)
{
	const char *reason = archive_error_string(archive);
	return error_set(err, STATUS_INVALID, "no zip, damaged or cut short: %s", reason ? reason : "no reason given");
}

static enum tar_type type_of(struct archive_entry *entry)
{
	static const struct {
		unsigned mode;
		enum tar_type type;
	} kinds[] = { { AE_IFREG, TAR_FILE }, { AE_IFDIR, TAR_FOLDER }, { AE_IFLNK, TAR_SYMLINK } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].mode == archive_entry_filetype(entry))
			return kinds[i].type;
	return TAR_OTHER;
}

/* What an entry claims to hold is not believed: `data` grows up to its ceiling. */
static enum status read_data(struct archive *archive, struct buf *data, struct error *err)
{
	for (;;) {
		const void *p;
		size_t n;
		la_int64_t at;
		int result = archive_read_data_block(archive, &p, &n, &at);
		if (result == ARCHIVE_EOF)
			return buf_ok(data, err);
		if (result != ARCHIVE_OK) /* a wrong checksum is only a warning to libarchive */
			return explain(archive, err);
		buf_add(data, (struct str){ p, n });
		if (buf_ok(data, err))
			return err ? err->status : STATUS_LIMIT;
	}
}

enum status zip_walk_entries(struct str zip, size_t max_entries, size_t max_bytes,
			     bool (*callback)(void *context, const struct tar_entry *entry), void *context, struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	CLEANUP(free_archive) struct archive *archive = archive_read_new();
	if (!archive || archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK)
		return error_memory(err);
	if (archive_read_open_memory(archive, zip.n ? zip.p : "", zip.n) != ARCHIVE_OK)
		return explain(archive, err);
	for (size_t number = 1, left = max_bytes;; number++) {
		struct archive_entry *entry;
		int result = archive_read_next_header(archive, &entry);
		if (result == ARCHIVE_EOF)
			return STATUS_OK;
		if (result < ARCHIVE_WARN) /* a warning is about a name's character set */
			return explain(archive, err);
		if (number > max_entries)
			return error_set(err, STATUS_LIMIT, "more than the limit of %zu entries", max_entries);
		if (archive_entry_is_encrypted(entry))
			return error_set(err, STATUS_INVALID, "an encrypted entry");
		struct tar_entry seen = { .type = type_of(entry),
					  .path = str_of(archive_entry_pathname(entry)),
					  .link = str_of(archive_entry_symlink(entry)),
					  .mode = archive_entry_perm(entry) };
		CLEANUP(buf_fini) struct buf data = BUF_INIT(left);
		enum status status = seen.type == TAR_FILE ? read_data(archive, &data, err) : STATUS_OK;
		if (status)
			return status;
		left -= data.n;
		seen.data = data.n ? buf_str(&data) : STR("");
		if (!callback(context, &seen))
			return STATUS_OK;
	}
}
