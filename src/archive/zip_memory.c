/* zip, from memory or a file, by its central directory, as those who install from it read it: kinds of entries, modes, all of their bytes. */
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "assay/archive.h"
#include "utf8_scope.h"
#include "zip_file.h"

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

/* How much may still come of all entries, how much of one is held, and who wants its bytes as they come. */
struct zip_room {
	uint64_t left;
	size_t max_data;
	void (*piece)(void *context, struct str bytes); /* NULL: nobody */
	void *context;
};

/* What an entry claims to hold is not believed. */
static enum status read_data(struct archive *archive, struct zip_room *room, struct buf *data, struct tar_entry *out, struct error *err)
{
	for (;;) {
		const void *p;
		size_t n;
		la_int64_t at;
		int result = archive_read_data_block(archive, &p, &n, &at);
		if (result == ARCHIVE_EOF)
			break;
		if (result != ARCHIVE_OK) /* a wrong checksum is only a warning to libarchive */
			return explain(archive, err);
		if (n > room->left)
			return error_set(err, STATUS_LIMIT, "more than the limit of unpacked bytes");
		room->left -= n;
		out->size += n;
		if (room->piece)
			room->piece(room->context, (struct str){ p, n });
		buf_add(data, str_head((struct str){ p, n }, room->max_data - data->n));
	}
	out->data = data->n ? buf_str(data) : STR("");
	return buf_ok(data, err);
}

static enum status walk_entries(struct archive *archive, size_t max_entries, struct zip_room room,
				bool (*callback)(void *context, const struct tar_entry *entry), struct error *err)
{
	CLEANUP(buf_fini) struct buf data = BUF_INIT(room.max_data);
	for (size_t number = 1;; number++) {
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
					  .data = STR(""),
					  .mode = archive_entry_perm(entry) };
		buf_clear(&data);
		enum status status = seen.type == TAR_FILE ? read_data(archive, &room, &data, &seen, err) : STATUS_OK;
		if (status)
			return status;
		if (!callback(room.context, &seen))
			return STATUS_OK;
	}
}

/* `file` NULL: `zip` it is. */
static enum status walk(struct zip_file *file, struct str zip, size_t max_entries, struct zip_room room,
			bool (*callback)(void *context, const struct tar_entry *entry), struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	CLEANUP(free_archive) struct archive *archive = archive_read_new();
	if (!archive || archive_read_support_format_zip_seekable(archive) != ARCHIVE_OK)
		return error_memory(err);
	int result = file ? zip_file_open(archive, file) : archive_read_open_memory(archive, zip.n ? zip.p : "", zip.n);
	return result == ARCHIVE_OK ? walk_entries(archive, max_entries, room, callback, err) : explain(archive, err);
}

enum status zip_walk_entries(struct str zip, size_t max_entries, size_t max_bytes, bool (*callback)(void *context, const struct tar_entry *entry),
			     void *context, struct error *err)
{
	struct zip_room room = { .left = max_bytes, .max_data = max_bytes, .context = context };
	return walk(NULL, zip, max_entries, room, callback, err);
}

enum status zip_walk_file(const struct byte_file *file, size_t max_entries, uint64_t max_bytes, size_t max_data,
			  bool (*callback)(void *context, const struct tar_entry *entry), void *context, struct error *err)
{
	return zip_walk_pieces(file, max_entries, max_bytes, max_data, NULL, callback, context, err);
}

enum status zip_walk_pieces(const struct byte_file *file, size_t max_entries, uint64_t max_bytes, size_t max_data,
			    void (*piece)(void *context, struct str bytes), bool (*callback)(void *context, const struct tar_entry *entry),
			    void *context, struct error *err)
{
	struct zip_room room = { max_bytes, max_data, piece, context };
	struct zip_file *zip = malloc(sizeof *zip);
	if (!zip)
		return error_memory(err);
	zip->file = file;
	zip->at = 0;
	enum status status = walk(zip, STR_NONE, max_entries, room, callback, err);
	free(zip);
	return status;
}
