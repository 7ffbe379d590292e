/* The files of a tarball, or of yarn's zip, as they are written at installation: the last one of a path stays, links and devices are left out. */
#include "assay/archive.h"
#include "assay/limits.h"
#include "installed/private.h"

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

static bool add_file(struct tar_files *files, struct str path, const struct tar_entry *entry)
{
	size_t at;
	if (!path.n)
		return path.p != NULL;
	if (!map_add(files->paths, path, files->list.n, &at))
		return false;
	struct tar_file *file = at == files->list.n ? vec_add(files->arena, &files->list) : &files->list.v[at];
	if (!file)
		return false;
	*file = (struct tar_file){ .path = path, .data = entry->data, .executable = entry->mode & 0111 };
	return add_folders(files, path);
}

static bool note_entry(void *context, const struct tar_entry *entry)
{
	struct tar_files *files = context;
	if (entry->type == TAR_FILE && entry->path.n <= LIMIT_TARBALL_PATH)
		files->out_of_memory =
			!add_file(files, tarball_file_path(entry->path, files->arena), entry);
	return !files->out_of_memory;
}

/* What a zip's entry holds is gone when the next one is read. */
static bool note_zip_entry(void *context, const struct tar_entry *entry)
{
	struct tar_files *files = context;
	struct str folder = tarball_zip_folder(entry->path);
	if (entry->type != TAR_FILE || !folder.n || entry->path.n > LIMIT_TARBALL_PATH)
		return true;
	struct str path = arena_copy(files->arena, str_from(entry->path, folder.n));
	struct tar_entry kept = *entry;
	kept.data = arena_copy(files->arena, entry->data);
	files->out_of_memory = !path.p || !kept.data.p || !add_file(files, path, &kept);
	return !files->out_of_memory;
}

static enum status read_entries(const struct proven_tarball *tarball, struct inflater *inflater, struct tar_files *files,
				struct error *err)
{
	struct str tar = tarball->bytes;
	size_t trailing;
	if (tarball->zip)
		return zip_walk_entries(tar, LIMIT_TARBALL_ENTRIES, LIMIT_TARBALL_UNPACKED_BYTES, note_zip_entry, files, err);
	enum status status = gzip_is(tar) ? inflater_run(inflater, tarball->bytes, LIMIT_TARBALL_UNPACKED_BYTES, &tar,
							 &trailing, err)
					  : STATUS_OK;
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
	enum status status = read_entries(tarball, inflater, out, err);
	if (!status && out->out_of_memory)
		status = error_memory(err);
	if (!status)
		note_commands(out, inspection);
	return status;
}
