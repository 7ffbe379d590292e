/* zip, from memory or a file, by its central directory, as those who install from it read it: kinds of entries, modes, all of their bytes. */
#include "assay/archive.h"
#include "utf8_scope.h"
#include "zip_file.h"

static enum status explain(const struct reader *reader, struct error *err)
{
	if (reader_lacks_memory(reader))
		return error_memory(err);
	return error_set(err, STATUS_INVALID, "no zip, damaged or cut short: %s", reader_reason(reader));
}

static enum tar_type type_of(struct archive_entry *entry)
{
	static const struct {
		unsigned mode;
		enum tar_type type;
	} kinds[] = { { AE_IFREG, TAR_FILE }, { AE_IFDIR, TAR_FOLDER }, { AE_IFLNK, TAR_SYMLINK } };
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		if (kinds[i].mode == libarchive.archive_entry_filetype(entry))
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
static enum status read_data(struct reader *reader, struct zip_room *room, struct buf *data, struct tar_entry *out, struct error *err)
{
	for (;;) {
		const void *p;
		size_t n;
		la_int64_t at;
		int result = libarchive.archive_read_data_block(reader->archive, &p, &n, &at);
		if (result == ARCHIVE_EOF)
			break;
		if (result != ARCHIVE_OK) /* a wrong checksum is only a warning to libarchive */
			return explain(reader, err);
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

static enum status walk_entries(struct reader *reader, size_t max_entries, struct zip_room room,
				bool (*callback)(void *context, const struct tar_entry *entry), struct error *err)
{
	CLEANUP(buf_fini) struct buf data = BUF_INIT(room.max_data);
	for (size_t number = 1;; number++) {
		int result = reader_next(reader);
		struct archive_entry *entry = reader->entry;
		if (result == ARCHIVE_EOF)
			return STATUS_OK;
		if (result < ARCHIVE_WARN) /* a warning is about a name's character set */
			return explain(reader, err);
		if (number > max_entries)
			return error_set(err, STATUS_LIMIT, "more than the limit of %zu entries", max_entries);
		if (libarchive.archive_entry_is_encrypted(entry))
			return error_set(err, STATUS_INVALID, "an encrypted entry");
		if (!libarchive.archive_entry_pathname(entry)) /* its flag says UTF-8, and it is not */
			return error_set(err, STATUS_INVALID, "a name in malformed UTF-8");
		struct tar_entry seen = { .type = type_of(entry),
					  .path = str_of(libarchive.archive_entry_pathname(entry)),
					  .link = str_of(libarchive.archive_entry_symlink(entry)),
					  .data = STR(""),
					  .mode = libarchive.archive_entry_perm(entry) };
		buf_clear(&data);
		enum status status = seen.type == TAR_FILE ? read_data(reader, &room, &data, &seen, err) : STATUS_OK;
		if (status)
			return status;
		if (!callback(room.context, &seen))
			return STATUS_OK;
	}
}

static enum status walk(struct zip_file *zip, size_t max_entries, struct zip_room room,
			bool (*callback)(void *context, const struct tar_entry *entry), struct error *err)
{
	CLEANUP(utf8_scope_leave) struct utf8_scope scope = utf8_scope_enter();
	(void)scope;
	CLEANUP(reader_fini) struct reader reader = { 0 };
	enum status status = reader_init(&reader, READER_ZIP, err);
	if (status)
		return status;
	return zip_file_open(&reader, zip) == ARCHIVE_OK ? walk_entries(&reader, max_entries, room, callback, err) : explain(&reader, err);
}

enum status zip_walk_entries(struct str zip, size_t max_entries, size_t max_bytes, bool (*callback)(void *context, const struct tar_entry *entry),
			     void *context, struct error *err)
{
	struct zip_room room = { .left = max_bytes, .max_data = max_bytes, .context = context };
	struct zip_file held = { .held = zip };
	return walk(&held, max_entries, room, callback, err);
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
	CLEANUP(zip_file_fini) struct zip_file zip = { 0 };
	enum status status = zip_file_init(&zip, file, err);
	return status ? status : walk(&zip, max_entries, room, callback, err);
}
