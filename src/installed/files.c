/* The files of a tarball, or of yarn's zip, as they are written at installation: the last one of a path stays, links and devices are left out. */
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
		bool inside = str_starts_with(path, STR("node_modules/")) || str_find_str(path, STR("/node_modules/")) < path.n;
		struct str *carried = inside ? vec_add(files->arena, &files->carried) : NULL;
		if (inside && !carried)
			return false;
		if (inside)
			*carried = path;
	}
	return true;
}

/* False: out of memory. */
static bool add_file(struct tar_files *files, const struct unpacked_file *unpacked)
{
	size_t at;
	struct str path = arena_copy(files->arena, unpacked->path);
	struct digest *digest = unpacked->digest ? arena_alloc(files->arena, sizeof *digest) : NULL;
	if (!path.p || (unpacked->digest && !digest) || !map_add(files->paths, path, files->list.n, &at))
		return false;
	struct tar_file *file = at == files->list.n ? vec_add(files->arena, &files->list) : &files->list.v[at];
	if (!file)
		return false;
	if (digest)
		*digest = *unpacked->digest;
	*file = (struct tar_file){
		.path = path, .size = unpacked->size, .data = unpacked->data, .digest = digest, .hashbang = unpacked->hashbang, .executable = unpacked->executable
	};
	return add_folders(files, path);
}

static bool note_file(void *context, const struct unpacked_file *unpacked)
{
	struct tar_files *files = context;
	files->out_of_memory = !add_file(files, unpacked);
	return !files->out_of_memory;
}

static void note_commands(struct tar_files *files, const struct inspection *inspection)
{
	size_t count, at;
	const struct inspection_pair *bins = inspection_list(inspection, INSPECTED_BINS, &count);
	for (size_t i = 0; i < count; i++)
		if (map_find(files->paths, inspection_str(inspection, bins[i].value), &at))
			files->list.v[at].command = true;
}

enum status tar_files_read(const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker, struct arena *arena,
			   struct tar_files *out, struct error *err)
{
	*out = (struct tar_files){ .arena = arena, .script = inspection->install_script, .version = inspection_str(inspection, inspection->version) };
	out->paths = map_new(arena, inspection->files);
	out->folders = map_new(arena, 0);
	if (!out->paths || !out->folders)
		return error_memory(err);
	enum status status = unpacker_list(unpacker, tarball, arena, note_file, out, err);
	if (!status && out->out_of_memory)
		status = error_memory(err);
	if (!status)
		note_commands(out, inspection);
	return status;
}
