/* The files of a tarball, or of yarn's zip, as they are written at installation: the last one of a path stays, links and devices are left out. */
#include "assay/archive.h"
#include "assay/limits.h"
#include "installed/private.h"

/* Where the first line of a script is looked for, as npm does. */
enum { HEAD_BYTES = 2048 };

/* Every folder above `path`, each once. */
static bool add_folders(struct tar_files *files, struct str path)
{
	for (size_t slash; (slash = str_find_last(path, '/')) < path.n;) {
		size_t seen;
		path = str_head(path, slash);
		if (map_find(files->folders, path, &seen))
			return true;
		if (!map_set(files->folders, path, 1))
			return false;
		bool inside = str_starts_with(path, STR("node_modules/")) ||
			      str_find_str(path, STR("/node_modules/")) < path.n;
		struct str *carried = inside ? vec_add(files->arena, &files->carried) : NULL;
		if (inside && !carried)
			return false;
		if (inside)
			*carried = path;
	}
	return true;
}

/* Where npm takes a carriage return off: before the first line's end, in what begins with "#!". 0: nowhere. */
static size_t hashbang_return(struct str data)
{
	struct str head = str_head(data, HEAD_BYTES);
	size_t end = str_find(head, '\n');
	return str_starts_with(head, STR("#!")) && end > 3 && end < head.n && head.p[end - 1] == '\r' ? end - 1 : 0;
}

/* ---- what is not held: a digest of each file ---------------------------------------------------- */

static void hash_piece(void *context, struct str bytes)
{
	struct tar_files *files = context;
	files->out_of_memory |= !hasher_add(files->hasher, bytes);
}

/* Of what was read since the last time. */
static const struct digest *take_digest(struct tar_files *files)
{
	struct digest *digest = arena_alloc(files->arena, sizeof *digest);
	bool fine = digest && hasher_finish(files->hasher, digest);
	hasher_free(files->hasher);
	files->hasher = hasher_new(DIGEST_SHA256);
	return fine && files->hasher ? digest : NULL;
}

/* ---- entries ------------------------------------------------------------------------------------- */

/* False: out of memory. */
static bool add_file(struct tar_files *files, struct str path, const struct tar_entry *entry, const struct digest *digest)
{
	size_t at;
	if (!path.n)
		return path.p != NULL;
	if (!map_add(files->paths, path, files->list.n, &at))
		return false;
	struct tar_file *file = at == files->list.n ? vec_add(files->arena, &files->list) : &files->list.v[at];
	if (!file)
		return false;
	*file = (struct tar_file){ .path = path, .size = entry->size, .data = digest ? STR_NONE : entry->data, .digest = digest,
				   .hashbang = hashbang_return(entry->data), .executable = entry->mode & 0111 };
	return add_folders(files, path);
}

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct tar_files *files = context;
	const struct digest *digest = files->hasher ? take_digest(files) : NULL;
	if (files->hasher && !digest)
		return !(files->out_of_memory = true);
	if (entry->type == TAR_FILE && entry->path.n <= LIMIT_TARBALL_PATH)
		files->out_of_memory |= !add_file(files, tarball_file_path(entry->path, files->arena), entry, digest);
	return !files->out_of_memory;
}

/* What a zip's entry holds is gone when the next one is read. */
static bool note_zip_entry(void *context, const struct tar_entry *entry)
{
	struct tar_files *files = context;
	const struct digest *digest = files->hasher ? take_digest(files) : NULL;
	struct str folder = tarball_zip_folder(entry->path);
	if (files->hasher && !digest)
		return !(files->out_of_memory = true);
	if (entry->type != TAR_FILE || !folder.n || entry->path.n > LIMIT_TARBALL_PATH)
		return true;
	struct str path = arena_copy(files->arena, str_from(entry->path, folder.n));
	struct tar_entry kept = *entry;
	if (!digest)
		kept.data = arena_copy(files->arena, entry->data);
	files->out_of_memory |= !path.p || !kept.data.p || !add_file(files, path, &kept, digest);
	return !files->out_of_memory;
}

/* ---- archives -------------------------------------------------------------------------------------- */

static enum status read_pieces(const struct byte_source *packed, uint64_t size, bool gzipped, struct tar_files *files, struct error *err)
{
	CLEANUP(gzip_in_cleanup) struct gzip_in *gzip = gzipped ? gzip_in_new(packed, size, LIMIT_TARBALL_UNPACKED_BYTES) : NULL;
	if (gzipped && !gzip)
		return error_memory(err);
	struct byte_source tar = gzip ? gzip_in_source(gzip) : *packed;
	files->hasher = hasher_new(DIGEST_SHA256);
	if (!files->hasher)
		return error_memory(err);
	return tar_walk_pieces(&tar, LIMIT_TARBALL_ENTRIES, HEAD_BYTES, hash_piece, note_entry, files, err);
}

static enum status read_file(const struct proven_tarball *tarball, struct tar_files *files, struct error *err)
{
	const struct tarball_file *file = tarball->file;
	struct file_source source = { .fd = file->fd, .size = file->size };
	struct byte_source packed = file_source_of(&source);
	char magic[2];
	if (!tarball->zip) {
		bool gzipped = file_read_at(file->fd, magic, sizeof magic, 0) == sizeof magic && gzip_is((struct str){ magic, sizeof magic });
		return read_pieces(&packed, file->size, gzipped, files, err);
	}
	files->hasher = hasher_new(DIGEST_SHA256);
	if (!files->hasher)
		return error_memory(err);
	return zip_walk_pieces(file->fd, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_UNPACKED_BYTES, HEAD_BYTES, hash_piece, note_zip_entry, files, err);
}

static enum status read_bytes(const struct proven_tarball *tarball, struct inflater *inflater, struct tar_files *files, struct error *err)
{
	struct str tar = tarball->bytes;
	struct str_source memory = { tarball->bytes };
	struct byte_source packed = str_source_of(&memory);
	size_t trailing;
	if (tarball->zip)
		return zip_walk_entries(tar, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_UNPACKED_BYTES, note_zip_entry, files, err);
	enum status status = gzip_is(tar) ? inflater_run(inflater, tarball->bytes, LIMIT_TARBALL_UNPACKED_BYTES, &tar, &trailing, err)
					  : STATUS_OK;
	if (status == STATUS_LIMIT && inflater_hold(inflater) < LIMIT_TARBALL_UNPACKED_BYTES)
		return read_pieces(&packed, tarball->bytes.n, true, files, err);
	return status ? status : tar_walk(tar, LIMIT_TARBALL_ENTRIES, note_entry, files, NULL, err);
}

static void note_commands(struct tar_files *files, const struct inspection *inspection)
{
	size_t count, at;
	const struct inspection_pair *bins = inspection_list(inspection, INSPECTED_BINS, &count);
	for (size_t i = 0; i < count; i++)
		if (map_find(files->paths, inspection_str(inspection, bins[i].value), &at))
			files->list.v[at].command = true;
}

enum status tar_files_read(const struct proven_tarball *tarball, const struct inspection *inspection,
			   struct inflater *inflater, struct arena *arena, struct tar_files *out, struct error *err)
{
	*out = (struct tar_files){ .arena = arena, .script = inspection->install_script,
				   .version = inspection_str(inspection, inspection->version) };
	out->paths = map_new(arena, inspection->files);
	out->folders = map_new(arena, 0);
	if (!out->paths || !out->folders)
		return error_memory(err);
	enum status status = tarball->file ? read_file(tarball, out, err) : read_bytes(tarball, inflater, out, err);
	hasher_free(out->hasher);
	out->hasher = NULL;
	if (!status && out->out_of_memory)
		status = error_memory(err);
	if (!status)
		note_commands(out, inspection);
	return status;
}
