/*
 * Repositories without a work tree: the files that matter of one commit are written into a folder of their own and read there as any project is. What a
 * URL names is fetched into a bare repository in the cache first (fetch.c).
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "assay/repository.h"
#include "fleet/look.h"

void mirror_fini(struct mirror *mirror)
{
	scratch_remove(&mirror->scratch);
}

void mirror_head(const char *folder, char commit[41])
{
	struct git_store *store = NULL;
	commit[0] = '\0';
	if (git_store_open(folder, &store, NULL) == STATUS_OK && git_store_head(store, NULL, commit, NULL))
		commit[0] = '\0';
	git_store_close(store);
}

/* ---- writing it out ------------------------------------------------------------------- */

static bool is_wanted(void *context, const char *path)
{
	static const char *const names[] = { "package.json", ".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml" };
	const char *name = path_base(path);
	struct str text = str_of(name);
	(void)context;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return str_ends_with(text, STR("policy.json")) || str_ends_with(text, STR("vex.json")) || owners_is_file(path) ||
	       lockfile_format_by_file_name(name);
}

static enum status open_commit(const char *repository, const char *branch, struct str known, struct mirror *out, struct error *err)
{
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	size_t files;
	enum status status = git_store_open(repository, &store, err);
	if (!status)
		status = git_store_head(store, branch, out->commit, err);
	if (status || str_equal_z(known, out->commit))
		return status;
	status = scratch_make("fleet", &out->scratch, err);
	return status ? status : git_store_extract(store, out->commit, is_wanted, NULL, out->scratch.folder, &files, err);
}

static enum status name_cache(const struct fleet_project *project, const char *cache, struct arena *arena, const char **out, struct error *err)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT(256);
	struct digest digest;
	struct str key = arena_printf(arena, "%.*s %.*s", STR_ARG(project->location), STR_ARG(project->branch));
	if (!key.p || !digest_of(DIGEST_SHA256, key, &digest))
		return error_memory(err);
	buf_add_z(&name, "mirrors/");
	digest_write_hex(&digest, &name);
	buf_add_z(&name, ".git");
	buf_add_char(&name, '\0');
	*out = name.failed ? NULL : path_join(arena, cache, name.p);
	return *out ? STATUS_OK : error_memory(err);
}

enum status mirror_open(const struct fleet_project *project, const char *cache, unsigned seconds, struct str known, struct mirror *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *repository = NULL;
	*out = (struct mirror){ 0 };
	if (!arena)
		return error_memory(err);
	struct str branch = project->branch.n ? arena_copy(arena, project->branch) : STR_NONE;
	if (project->kind == FLEET_MIRROR)
		return open_commit(arena_copy(arena, project->location).p, branch.p, known, out, err);
	if (!cache)
		return error_set(err, STATUS_USAGE, "no folder for mirrors is known: --cache-dir names one");
	enum status status = name_cache(project, cache, arena, &repository, err);
	if (!status)
		status = fetch_mirror(project, repository, seconds, arena, err);
	return status ? status : open_commit(repository, FETCH_BRANCH, known, out, err);
}

void mirror_forget(const struct fleet_project *project, const char *cache)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	const char *repository = NULL;
	if (arena && cache && project->kind == FLEET_URL && !name_cache(project, cache, arena, &repository, NULL))
		fetch_forget(repository);
}
