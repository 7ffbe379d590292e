/* Archives of each kind, held or read piece by piece, and what can be said of them when they are over. */
#include "assay/limits.h"
#include "inspector.h"
#include "manifest.h"

/* Of memory, it is said at the end whose fault that is. */
static void add_failure(struct inspector *inspector, enum status status, enum archive_fault fault, const struct error *err)
{
	inspector->out_of_memory |= status == STATUS_MEMORY;
	if (status != STATUS_MEMORY)
		inspector_add_fault(inspector, status == STATUS_INVALID ? fault : FAULT_LIMIT, str_of(err->text));
}

static void add_no_gzip(struct inspector *inspector)
{
	inspector_add_fault(inspector, FAULT_NOT_GZIP, STR("it does not begin as a gzip file does"));
}

static void add_damage(struct inspector *inspector, enum status status, const struct error *err)
{
	add_failure(inspector, status, FAULT_NOT_GZIP, err);
	/* Another inflater may be more lenient: nobody has looked at what npm would then install. */
	if (status == STATUS_INVALID)
		inspector_add_fault(inspector, FAULT_NOT_TAR, STR("nothing behind the damage could be read"));
}

static void add_trailing(struct inspector *inspector, uint64_t trailing)
{
	if (trailing)
		inspector_add_fault(inspector, FAULT_TRAILING, STR("behind the gzip data"));
}

/* False: it is to be read piece by piece, since it is too large to be held, or damaged: what stands before the damage is then seen, as it is in one that
 * lies in a file. */
static bool unpack(struct inspector *inspector, struct str bytes, struct inflater *inflater, struct str *tar)
{
	struct error err;
	size_t trailing;
	*tar = bytes;
	if (!gzip_is(bytes)) {
		add_no_gzip(inspector);
		return true;
	}
	if (inflater_run(inflater, bytes, inspector->limits->unpacked_bytes, tar, &trailing, &err))
		return false;
	add_trailing(inspector, trailing);
	return true;
}

static void read_manifest(struct inspector *inspector)
{
	struct error err;
	if (inspector->manifest.n > inspector->limits->manifest_bytes) {
		inspector_add_fault(inspector, FAULT_LIMIT, STR("package.json"));
		return;
	}
	enum status status = manifest_inspect(inspector->manifest, inspector->has_gyp, &inspector->draft, &err);
	if (status == STATUS_MEMORY)
		inspector->out_of_memory = true;
	else if (status)
		inspector_add_fault(inspector, FAULT_BAD_MANIFEST, str_of(err.text));
}

static bool read_carried(struct inspector *inspector)
{
	for (size_t i = 0; i < inspector->carried.n; i++) {
		const struct carried *carried = &inspector->carried.v[i];
		if (!draft_add(&inspector->draft, INSPECTED_CARRIED, carried->folder, carried->label))
			return false;
	}
	return true;
}

/* What the walk over the archive came to, and what can be said when it is over. */
static void conclude(struct inspector *inspector, enum status status, struct error *err)
{
	if (!status && inspector->out_of_memory)
		status = error_memory(err);
	if (status)
		add_failure(inspector, status, FAULT_NOT_TAR, err);
	if (inspector->manifest.p)
		read_manifest(inspector);
	else if (!status)
		inspector_add_fault(inspector, FAULT_NO_MANIFEST, STR_NONE);
	inspector->out_of_memory |= !read_carried(inspector);
}

static void inspect_tar(struct inspector *inspector, struct str tar)
{
	struct error err;
	size_t behind = 0;
	enum status status = tar_walk(tar, inspector->limits->entries, inspector_note_entry, inspector, &behind, &err);
	conclude(inspector, status, &err);
	if (!status && behind)
		inspector_add_fault(inspector, FAULT_TRAILING, STR("behind the end of the tar data"));
}

struct str tarball_zip_folder(struct str path)
{
	struct str modules = STR("node_modules/");
	if (!str_starts_with(path, modules))
		return STR("");
	size_t at = modules.n + str_find(str_from(path, modules.n), '/') + 1;
	if (str_from(path, modules.n).n && path.p[modules.n] == '@')
		at += str_find(str_from(path, at), '/') + 1;
	return at <= path.n ? str_head(path, at) : STR("");
}

/* As if it stood in a tarball: the package's folder, of one component, in place of yarn's. What stands elsewhere keeps its path. */
static bool note_zip_entry(void *context, const struct tar_entry *entry)
{
	struct inspector *inspector = context;
	arena_reset(inspector->scratch);
	struct str folder = tarball_zip_folder(entry->path), path = entry->path;
	struct tar_entry as = *entry;
	if (entry->type == TAR_FOLDER)
		return true;
	if (!inspector->top.p && folder.n)
		inspector->top = arena_copy(inspector->draft.arena, folder);
	struct str inner = folder.n && str_equal(folder, inspector->top) ? str_from(path, folder.n) : STR_NONE;
	if (inner.p)
		as.path = arena_printf(inspector->scratch, "package/%.*s", STR_ARG(inner));
	else
		inspector_add_fault(inspector, FAULT_OUTSIDE, path);
	bool fine = as.path.p && inspector_note_inside(inspector, &as);
	inspector->out_of_memory |= !fine;
	return !inspector->out_of_memory;
}

static void inspect_zip(struct inspector *inspector, struct str zip)
{
	struct error err;
	inspector->passing = true;
	enum status status = zip_walk_entries(zip, inspector->limits->entries, inspector->limits->unpacked_bytes, note_zip_entry, inspector, &err);
	conclude(inspector, status, &err);
}

/* ---- what is not held ------------------------------------------------------------------------- */

/* What is wrong with the gzip data shows while the tar is read, or behind it. */
struct gzip_watch {
	struct byte_source gzip;
	struct error failure;
};

static ptrdiff_t read_watched(void *context, char *out, size_t size, struct error *err)
{
	struct gzip_watch *watch = context;
	ptrdiff_t n = watch->gzip.read(watch->gzip.context, out, size, err);
	if (n < 0)
		watch->failure = *err;
	return n;
}

static void drain(const struct byte_source *source)
{
	char piece[16 * KIB];
	struct error err = { 0 };
	while (source->read(source->context, piece, sizeof piece, &err) > 0)
		;
}

/* STATUS_IO: the file failed. */
static enum status inspect_pieces(struct inspector *inspector, const struct byte_source *tar, const struct gzip_watch *watch)
{
	struct error err = { 0 };
	uint64_t behind = 0;
	inspector->passing = true;
	enum status status = tar_walk_source(tar, inspector->limits->entries, inspector->limits->manifest_bytes, inspector_note_entry, inspector,
					     &behind, &err);
	if (status && watch && !watch->failure.status)
		drain(tar);
	if (status == STATUS_IO || (watch && watch->failure.status == STATUS_IO))
		return STATUS_IO;
	if (watch && watch->failure.status) {
		add_damage(inspector, watch->failure.status, &watch->failure);
		status = watch->failure.status;
		err = watch->failure;
	}
	conclude(inspector, status, &err);
	if (!status && behind)
		inspector_add_fault(inspector, FAULT_TRAILING, STR("behind the end of the tar data"));
	return STATUS_OK;
}

static enum status inspect_source(struct inspector *inspector, const struct byte_source *packed, uint64_t size, bool gzipped, struct error *err)
{
	if (!gzipped) {
		add_no_gzip(inspector);
		return inspect_pieces(inspector, packed, NULL);
	}
	CLEANUP(gzip_in_cleanup) struct gzip_in *gzip = gzip_in_new(packed, size, inspector->limits->unpacked_bytes);
	if (!gzip)
		return error_memory(err);
	struct gzip_watch watch = { .gzip = gzip_in_source(gzip) };
	struct byte_source tar = { read_watched, &watch };
	enum status status = inspect_pieces(inspector, &tar, &watch);
	add_trailing(inspector, gzip_in_trailing(gzip));
	return status;
}

static enum status inspect_file(struct inspector *inspector, const struct proven_tarball *tarball, struct error *err)
{
	const struct byte_file file = tarball_bytes_of(tarball->file);
	struct file_source source = { &file, 0 };
	struct byte_source packed = file_source_of(&source);
	char magic[2];
	const struct inspect_limits *limits = inspector->limits;
	if (tarball->zip) {
		struct error why;
		inspector->passing = true;
		enum status status = zip_walk_file(&file, limits->entries, limits->unpacked_bytes, limits->manifest_bytes, note_zip_entry, inspector, &why);
		conclude(inspector, status, &why);
		return STATUS_OK;
	}
	bool gzipped = tarball_read_at(tarball->file, magic, sizeof magic, 0) == sizeof magic && gzip_is((struct str){ magic, sizeof magic });
	return inspect_source(inspector, &packed, file.size, gzipped, err);
}

static enum status inspect_bytes(struct inspector *inspector, struct str bytes, struct inflater *inflater, struct error *err)
{
	struct str tar;
	struct str_source memory = { bytes };
	struct byte_source packed = str_source_of(&memory);
	if (!unpack(inspector, bytes, inflater, &tar))
		return inspect_source(inspector, &packed, bytes.n, true, err);
	inspect_tar(inspector, tar);
	return STATUS_OK;
}

static enum status set_up(struct inspector *inspector, struct error *err)
{
	struct arena *arena = inspector->draft.arena;
	if (!arena || !inspector->scratch)
		return error_memory(err);
	inspector->paths = map_new(arena, 0);
	inspector->others = map_new(arena, 0);
	inspector->folders = map_new(arena, 0);
	inspector->carried_at = map_new(arena, 0);
	return inspector->folders && inspector->paths && inspector->others && inspector->carried_at ? STATUS_OK : error_memory(err);
}

enum status inspect_within(const struct proven_tarball *tarball, struct inflater *inflater, const struct inspect_limits *limits, struct buf *out,
			   struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(limits->memory_bytes);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(limits->memory_bytes);
	struct inspector inspector = { .limits = limits, .draft = { .arena = arena }, .scratch = scratch, .manifest_copy = BUF_INIT(limits->manifest_bytes) };
	enum status status = set_up(&inspector, err);
	if (!status && tarball->file)
		status = inspect_file(&inspector, tarball, err);
	else if (!status && tarball->zip)
		inspect_zip(&inspector, tarball->bytes);
	else if (!status)
		status = inspect_bytes(&inspector, tarball->bytes, inflater, err);
	if (!status && inspector.out_of_memory && !arena_is_full(arena) && !arena_is_full(scratch))
		status = error_memory(err); /* of the machine's: nothing that the archive could be blamed for */
	inspector.draft.overfull |= inspector.out_of_memory;
	if (!status)
		status = draft_write(&inspector.draft, limits->noted_bytes, out, err);
	buf_fini(&inspector.manifest_copy);
	return status;
}

enum status tarball_inspect(const struct proven_tarball *tarball, struct inflater *inflater, struct buf *out, struct error *err)
{
	static const struct inspect_limits limits = {
		.unpacked_bytes = LIMIT_TARBALL_UNPACKED_BYTES,
		.entries = LIMIT_TARBALL_ENTRIES,
		.path_bytes = LIMIT_TARBALL_PATH,
		.manifest_bytes = LIMIT_MANIFEST_BYTES,
		.noted_bytes = LIMIT_INSPECTION_BYTES,
		.memory_bytes = LIMIT_INSPECTION_MEMORY,
	};
	return inspect_within(tarball, inflater, &limits, out, err);
}
