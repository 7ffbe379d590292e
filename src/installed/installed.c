/* The order of the steps, and what is kept of each. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "assay/limits.h"
#include "installed/private.h"

/* ---- results --------------------------------------------------------------------------------- */

static bool copy_difference(struct arena *arena, const struct installed_difference *from, struct installed_difference *to)
{
	*to = *from;
	to->location = arena_copy(arena, from->location);
	to->detail = from->detail.p ? arena_copy(arena, from->detail) : STR_NONE;
	bool fine = to->location.p && !to->detail.p == !from->detail.p;
	for (size_t i = 0; i < from->listed; i++) {
		to->names[i] = arena_copy(arena, from->names[i]);
		fine &= to->names[i].p != NULL;
	}
	return fine;
}

void difference_add(struct installed *in, const struct installed_difference *difference)
{
	pthread_mutex_lock(&in->lock);
	struct installed_difference *added = vec_add(in->scratch, &in->differences);
	in->out_of_memory |= !added || !copy_difference(in->scratch, difference, added);
	pthread_mutex_unlock(&in->lock);
}

/* Other systems' disks, and those of other machines, often make up the modes that they show. */
static bool keeps_modes(int fd)
{
	static const unsigned long without[] = { MSDOS_SUPER_MAGIC,      0x5346544e /* NTFS */,
						 0x2011bab0 /* exFAT */, 0xff534d42 /* CIFS */,
						 0xfe534d42 /* SMB2 */,  V9FS_MAGIC,
						 0x65735546 /* FUSE */,  0x7366746e /* ntfs3 */ };
	struct statfs info;
	if (fstatfs(fd, &info) != 0)
		return false;
	for (size_t i = 0; i < sizeof without / sizeof *without; i++)
		if (((unsigned long)info.f_type & 0xffffffff) == without[i])
			return false;
	return true;
}

/* ---- begin ------------------------------------------------------------------------------------- */

static enum status open_project(struct installed *in, struct error *err)
{
	in->project = in->tree->folder ? in->tree->folder : ".";
	in->project_fd = open(in->project, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return in->project_fd < 0 ? error_errno(err, "%s", in->project) : STATUS_OK;
}

static const char *why_nothing(const struct installed *in)
{
	static const char *const pnp[] = { ".pnp.cjs", ".pnp.js" };
	for (size_t i = 0; i < sizeof pnp / sizeof *pnp; i++)
		if (faccessat(in->project_fd, pnp[i], F_OK, 0) == 0)
			return "yarn installs this project without node_modules (Plug'n'Play): Node loads the zips of yarn's cache, "
			       "and no files can differ from those";
	return "there is no node_modules beside the lockfile: install first, or leave --installed out";
}

static enum status begin(struct installed *in, struct error *err)
{
	in->result = arena_alloc(in->arena, sizeof *in->result);
	in->by_location = map_new(in->scratch, in->tree->package_count);
	if (!in->result || !in->by_location)
		return error_memory(err);
	in->result->states = arena_array(in->arena, in->tree->package_count + (size_t)1, sizeof *in->result->states);
	if (!in->result->states)
		return error_memory(err);
	enum status status = open_project(in, err);
	if (status || (status = placed_find(in, err)))
		return status;
	in->result->modes = keeps_modes(in->project_fd);
	if (!in->placed.n && !in->loose.n && !in->differences.n)
		in->result->problem = why_nothing(in);
	if ((status = patches_read(in, err)) || (status = placed_match(in, err)))
		return status;
	return links_judge(in, err);
}

enum status installed_begin(const struct tree *tree, struct arena *arena, struct installed **out, struct error *err)
{
	struct installed *in = calloc(1, sizeof *in);
	if (!in)
		return error_memory(err);
	in->tree = tree;
	in->arena = arena;
	in->project_fd = -1;
	in->scratch = arena_new(LIMIT_PROJECT_BYTES);
	pthread_mutex_init(&in->lock, NULL);
	enum status status = in->scratch ? begin(in, err) : error_memory(err);
	if (status)
		installed_free(in);
	else
		*out = in;
	return status;
}

void installed_free(struct installed *installed)
{
	if (!installed)
		return;
	file_close(&installed->project_fd);
	arena_free(installed->scratch);
	pthread_mutex_destroy(&installed->lock);
	free(installed);
}

void installed_cleanup(struct installed **installed)
{
	installed_free(*installed);
}

/* ---- compare ----------------------------------------------------------------------------------- */

static bool is_anywhere(const struct installed *in, struct tarball_packages packages)
{
	for (size_t i = 0; i < packages.n; i++)
		if (in->first[packages.v[i]] != TREE_NONE)
			return true;
	return false;
}

static void tell_memory(struct installed *in)
{
	pthread_mutex_lock(&in->lock);
	in->out_of_memory = true;
	pthread_mutex_unlock(&in->lock);
}

/* Its folders could be compared with nothing. */
static void tell_uncompared(struct installed *in, uint32_t package, const struct error *why)
{
	for (uint32_t at = in->first[package]; at != TREE_NONE; at = in->placed.v[at].next)
		difference_add(in, &(struct installed_difference){ .kind = INSTALLED_UNREADABLE,
								   .package = package,
								   .count = 1,
								   .location = in->placed.v[at].location,
								   .detail = str_of(why->text) });
}

/* An archive that is damaged is told by unsafe-archive; its folders stay uncompared. */
void installed_compare(void *context, const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker,
		       struct tarball_packages packages)
{
	struct installed *in = context;
	struct tar_files files;
	if (!is_anywhere(in, packages))
		return;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct error why = { 0 };
	enum status status = arena ? tar_files_read(tarball, inspection, unpacker, arena, &files, &why) : STATUS_MEMORY;
	if (status == STATUS_MEMORY)
		tell_memory(in);
	for (size_t i = 0; i < packages.n && status && status != STATUS_MEMORY && status != STATUS_INVALID; i++)
		tell_uncompared(in, packages.v[i], &why);
	for (size_t i = 0; i < packages.n && !status; i++)
		for (uint32_t at = in->first[packages.v[i]]; at != TREE_NONE; at = in->placed.v[at].next)
			folder_compare(in, &in->placed.v[at], &files, packages.v[i]);
}

/* ---- finish ------------------------------------------------------------------------------------- */

/* What nobody asked for, or what should have come inside another package and did not. Inside one that was not compared nobody
 * knows what belongs there. */
static bool is_stranger(const struct installed *in, const struct placed *placed)
{
	const struct placed *parent = placed->parent == TREE_NONE ? NULL : &in->placed.v[placed->parent];
	if (placed->link || placed->carried || placed->compared || placed->told)
		return false;
	if (placed->package != TREE_NONE && (!in->tree->packages[placed->package].bundled || !parent))
		return false;
	return !parent || parent->compared || parent->carried;
}

/* An empty folder, or one of folders alone, holds nothing that could be loaded. */
static bool has_files(int fd, struct arena *arena, unsigned depth)
{
	struct folder_entries entries = { 0 };
	if (depth > LIMIT_FOLDER_DEPTH || folder_read(fd, NULL, arena, &entries, NULL))
		return true;
	for (size_t i = 0; i < entries.list.n; i++) {
		CLEANUP(file_close) int inner = folder_open_at(fd, entries.list.v[i].name);
		if (entries.list.v[i].kind != ENTRY_FOLDER || inner < 0)
			return true;
		if (strcmp(entries.list.v[i].name, "node_modules") != 0 && has_files(inner, arena, depth + 1))
			return true;
	}
	return false;
}

static void judge_stranger(struct installed *in, const struct placed *placed)
{
	CLEANUP(file_close) int fd = placed_open(in, placed);
	struct str version = placed->version.p ? placed->version : fd < 0 ? STR_NONE : placed_version(fd, in->scratch);
	if (fd >= 0 && !has_files(fd, in->scratch, 0))
		return;
	uint32_t namesake = placed->namesake == TREE_NONE ? 0 : placed->namesake;
	difference_add(in, &(struct installed_difference){ .kind = namesake ? INSTALLED_VERSION : INSTALLED_UNKNOWN_PACKAGE,
							   .package = placed->package == TREE_NONE ? namesake : placed->package,
							   .location = placed->location,
							   .detail = version });
}

/* Node tries a name as a file, with each of these ends, before it looks for a folder. */
static bool is_loadable(struct str file)
{
	static const char *const ends[] = { ".js", ".json", ".node" };
	struct str name = str_from(file, str_find_last(file, '/') + 1);
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
		if (str_ends_with(name, str_of(ends[i])))
			return true;
	return str_find(name, '.') == name.n;
}

static void judge_loose(struct installed *in)
{
	for (size_t i = 0; i < in->loose.n; i++)
		if (is_loadable(in->loose.v[i]))
			difference_add(in, &(struct installed_difference){ .kind = INSTALLED_UNKNOWN_FILE, .location = in->loose.v[i] });
}

static void sum_states(struct installed *in)
{
	struct installed_result *result = in->result;
	for (size_t i = 0; i < in->placed.n; i++) {
		const struct placed *placed = &in->placed.v[i];
		if (placed->link)
			continue;
		result->folders++;
		result->compared += placed->compared || placed->carried;
		if (placed->package == TREE_NONE)
			continue;
		enum installed_state *state = &result->states[placed->package];
		enum installed_state is = placed->compared || placed->carried ? INSTALLED_COMPARED : INSTALLED_UNCOMPARED;
		*state = is > *state ? is : *state;
	}
	for (uint32_t i = 0; i < in->tree->package_count; i++)
		if (result->states[i] == INSTALLED_ABSENT && !(result->states[i] = result->states[in->stands_for[i]]))
			result->states[i] = result->states[in->stored_as[i]];
}

static int compare_differences(const void *left, const void *right)
{
	const struct installed_difference *a = left, *b = right;
	if (a->package != b->package)
		return a->package < b->package ? -1 : 1;
	int order = str_compare(a->location, b->location);
	return order ? order : (a->kind > b->kind) - (a->kind < b->kind);
}

/* For whoever gets the result: until now they lay in memory of our own, which no other thread uses under another lock. */
static bool keep_differences(struct installed *in, struct installed_result *result)
{
	struct installed_difference *kept = arena_array(in->arena, in->differences.n + 1, sizeof *kept);
	bool fine = kept != NULL;
	for (size_t i = 0; fine && i < in->differences.n; i++)
		fine = copy_difference(in->arena, &in->differences.v[i], &kept[i]);
	result->differences = kept;
	result->difference_count = in->differences.n;
	return fine;
}

enum status installed_finish(struct installed *in, const struct installed_result **out, struct error *err)
{
	struct installed_result *result = in->result;
	for (size_t i = 0; i < in->placed.n; i++)
		if (is_stranger(in, &in->placed.v[i]))
			judge_stranger(in, &in->placed.v[i]);
	judge_loose(in);
	sum_states(in);
	result->left_out = arena_array(in->arena, in->left_out.n + 1, sizeof *result->left_out);
	if (in->differences.n)
		qsort(in->differences.v, in->differences.n, sizeof *in->differences.v, compare_differences);
	if (in->out_of_memory || !result->left_out || !keep_differences(in, result))
		return error_memory(err);
	if (in->left_out.n)
		memcpy(result->left_out, in->left_out.v, in->left_out.n * sizeof *result->left_out);
	result->left_out_count = in->left_out.n;
	*out = result;
	return STATUS_OK;
}
