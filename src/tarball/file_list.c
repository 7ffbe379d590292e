/* See the header. Links and devices are left out, and what npm leaves out. */
#include "file_list.h"

#include "assay/archive.h"
#include "inspect.h"

/* Where the first line of a script is looked for, as npm does. */
enum { HEAD_BYTES = 2048 };

/* ---- making one ------------------------------------------------------------------------------ */

struct maker {
	file_sink *file;
	void *context;
	struct arena *scratch; /* of one entry */
	struct hasher *hasher; /* of the file that is being read; NULL: the archive is held */
	bool out_of_memory;
};

static uint32_t hashbang_return(struct str data)
{
	struct str head = data.p ? str_head(data, HEAD_BYTES) : STR_NONE;
	size_t end = str_find(head, '\n');
	return str_starts_with(head, STR("#!")) && end > 3 && end < head.n && head.p[end - 1] == '\r' ? (uint32_t)end - 1 : 0;
}

static void hash_piece(void *context, struct str bytes)
{
	struct maker *maker = context;
	maker->out_of_memory |= !hasher_add(maker->hasher, bytes);
}

/* Of what was read since the last time. */
static bool take_digest(struct maker *maker, struct digest *out)
{
	bool fine = hasher_finish(maker->hasher, out);
	hasher_free(maker->hasher);
	maker->hasher = hasher_new(DIGEST_SHA256);
	maker->out_of_memory |= !fine || !maker->hasher;
	return fine && maker->hasher;
}

static bool give(struct maker *maker, const struct tar_entry *entry, struct str entry_path, const struct digest *digest)
{
	if (entry->type != TAR_FILE || entry->path.n > LIMIT_TARBALL_PATH)
		return true;
	struct str path = tarball_file_path(entry_path, maker->scratch);
	if (path.p)
		path = utf8_replace(maker->scratch, path); /* as npm names what it writes */
	maker->out_of_memory |= !path.p;
	const struct unpacked_file file = {
		.path = path,
		.size = entry->size,
		.data = digest        ? STR_NONE :
			entry->data.p ? entry->data :
					STR(""),
		.digest = digest,
		.hashbang = hashbang_return(entry->data),
		.executable = entry->mode & 0111,
	};
	return path.p && (!path.n || maker->file(maker->context, &file));
}

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct maker *maker = context;
	struct digest digest;
	arena_reset(maker->scratch);
	bool hashed = maker->hasher;
	return (!hashed || take_digest(maker, &digest)) && give(maker, entry, entry->path, hashed ? &digest : NULL);
}

/* As if it stood in a tarball: the package's folder, of one component, in place of yarn's. */
static bool note_zip_entry(void *context, const struct tar_entry *entry)
{
	struct maker *maker = context;
	struct digest digest;
	bool hashed = maker->hasher;
	arena_reset(maker->scratch);
	if (hashed && !take_digest(maker, &digest))
		return false;
	struct str folder = tarball_zip_folder(entry->path);
	if (!folder.n)
		return true;
	struct str path = arena_printf(maker->scratch, "p/%.*s", STR_ARG(str_from(entry->path, folder.n)));
	maker->out_of_memory |= !path.p;
	return path.p && give(maker, entry, path, hashed ? &digest : NULL);
}

static enum status walk_pieces(struct maker *maker, const struct byte_source *packed, uint64_t size, bool gzipped, struct error *err)
{
	CLEANUP(gzip_in_cleanup) struct gzip_in *gzip = gzipped ? gzip_in_new(packed, size, LIMIT_TARBALL_UNPACKED_BYTES) : NULL;
	if (gzipped && !gzip)
		return error_memory(err);
	struct byte_source tar = gzip ? gzip_in_source(gzip) : *packed;
	maker->hasher = hasher_new(DIGEST_SHA256);
	if (!maker->hasher)
		return error_memory(err);
	return tar_walk_pieces(&tar, LIMIT_TARBALL_ENTRIES, HEAD_BYTES, hash_piece, note_entry, maker, err);
}

static enum status walk_file(struct maker *maker, const struct proven_tarball *tarball, struct error *err)
{
	const struct byte_file file = tarball_bytes_of(tarball->file);
	struct file_source source = { &file, 0 };
	struct byte_source packed = file_source_of(&source);
	char magic[2];
	if (!tarball->zip) {
		bool gzipped = tarball_read_at(tarball->file, magic, sizeof magic, 0) == sizeof magic && gzip_is((struct str){ magic, sizeof magic });
		return walk_pieces(maker, &packed, file.size, gzipped, err);
	}
	maker->hasher = hasher_new(DIGEST_SHA256);
	if (!maker->hasher)
		return error_memory(err);
	return zip_walk_pieces(&file, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_UNPACKED_BYTES, HEAD_BYTES, hash_piece, note_zip_entry, maker, err);
}

static enum status walk_bytes(struct maker *maker, const struct proven_tarball *tarball, struct inflater *inflater, struct error *err)
{
	struct str tar = tarball->bytes;
	struct str_source memory = { tarball->bytes };
	struct byte_source packed = str_source_of(&memory);
	size_t trailing;
	if (tarball->zip)
		return zip_walk_entries(tar, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_UNPACKED_BYTES, note_zip_entry, maker, err);
	enum status status = gzip_is(tar) ? inflater_run(inflater, tarball->bytes, LIMIT_TARBALL_UNPACKED_BYTES, &tar, &trailing, err) : STATUS_OK;
	if (status == STATUS_LIMIT && inflater_hold(inflater) < LIMIT_TARBALL_UNPACKED_BYTES)
		return walk_pieces(maker, &packed, tarball->bytes.n, true, err);
	return status ? status : tar_walk(tar, LIMIT_TARBALL_ENTRIES, note_entry, maker, NULL, err);
}

enum status file_list_make(const struct proven_tarball *tarball, struct inflater *inflater, file_sink *file, void *context, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct maker maker = { .file = file, .context = context, .scratch = scratch };
	if (!scratch)
		return error_memory(err);
	enum status status = tarball->file ? walk_file(&maker, tarball, err) : walk_bytes(&maker, tarball, inflater, err);
	hasher_free(maker.hasher);
	return !status && maker.out_of_memory ? error_memory(err) : status;
}

/* ---- as bytes ---------------------------------------------------------------------------------- */

void file_list_write(const struct unpacked_file *file, void (*add)(void *context, struct str bytes), void *context)
{
	const struct listed_file head = {
		.path = (uint32_t)file->path.n, .executable = file->executable, .hashed = file->digest != NULL, .hashbang = file->hashbang, .size = file->size
	};
	add(context, (struct str){ (const char *)&head, sizeof head });
	add(context, file->path);
	add(context, file->digest ? (struct str){ (const char *)file->digest->bytes, digest_size(DIGEST_SHA256) } : file->data);
}

/* As npm writes it: below the folder, without empty components, "." and "..". */
static bool is_plain(struct str path)
{
	struct str part;
	bool plain = path.n > 0 && path.n <= LIMIT_TARBALL_PATH;
	while (plain && str_split(&path, '/', &part))
		plain = part.n && !str_equal(part, STR(".")) && !str_equal(part, STR(".."));
	return plain;
}

/* Takes one off the front of `bytes`. */
static bool read_one(struct str *bytes, struct unpacked_file *out, struct digest *digest)
{
	struct listed_file head;
	if (bytes->n < sizeof head)
		return false;
	memcpy(&head, bytes->p, sizeof head);
	struct str rest = str_from(*bytes, sizeof head);
	const uint64_t data = head.hashed ? digest_size(DIGEST_SHA256) : head.size;
	if (head.executable > 1 || head.hashed > 1 || head.path > rest.n || data > rest.n - head.path)
		return false;
	*out = (struct unpacked_file){ .path = str_head(rest, head.path), .size = head.size, .hashbang = head.hashbang, .executable = head.executable };
	rest = str_from(rest, head.path);
	if (head.hashed) {
		*digest = (struct digest){ .algorithm = DIGEST_SHA256 };
		memcpy(digest->bytes, rest.p, (size_t)data);
		out->digest = digest;
	} else {
		out->data = str_head(rest, (size_t)data);
	}
	*bytes = str_from(rest, (size_t)data);
	return is_plain(out->path) && (!head.hashbang || (head.hashbang < head.size && head.hashbang < HEAD_BYTES));
}

bool file_list_read(struct str bytes, file_sink *file, void *context)
{
	struct unpacked_file one;
	struct digest digest;
	for (size_t count = 0; bytes.n; count++) {
		if (count >= LIMIT_TARBALL_ENTRIES || !read_one(&bytes, &one, &digest))
			return false;
		if (!file(context, &one))
			return true;
	}
	return true;
}
