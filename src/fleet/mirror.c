/*
 * Repositories without a work tree: the files that matter of one commit are written into a folder of their own and read there as any project is. What a
 * URL names is fetched into a bare repository in the cache first (fetch.c).
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "assay/json.h"
#include "assay/limits.h"
#include "assay/repository.h"
#include "fleet/look.h"

void mirror_fini(struct mirror *mirror)
{
	scratch_remove(&mirror->scratch);
}

enum status mirror_head(const char *folder, char commit[41], struct error *err)
{
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	enum status status = git_store_open(folder, &store, err);
	if (!status)
		status = git_store_head(store, NULL, commit, err);
	if (status)
		commit[0] = '\0';
	return status == STATUS_NOT_FOUND ? STATUS_OK : status;
}

/* ---- writing it out ------------------------------------------------------------------- */

/* Which files, and which of them judge: these name others. */
struct extraction {
	struct arena *arena;
	VEC(const char *) judges; /* read up to `read` */
	size_t read;
	VEC(struct str) named; /* files, or folders with all in them, that judges name; asked for up to `asked` */
	size_t asked;
	bool first, out_of_memory;
};

static bool is_usual(const char *path)
{
	static const char *const names[] = { "package.json", ".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml" };
	const char *name = path_base(path);
	struct str text = str_of(name);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return str_ends_with(text, STR("policy.json")) || str_ends_with(text, STR("vex.json")) || owners_is_file(path) || lockfile_format_by_file_name(name);
}

static bool is_named(const struct extraction *extraction, const char *path)
{
	struct str whole = str_of(path);
	for (size_t i = extraction->asked; i < extraction->named.n; i++) {
		struct str name = extraction->named.v[i];
		if (str_starts_with(whole, name) && (whole.n == name.n || path[name.n] == '/'))
			return true;
	}
	return false;
}

static bool is_wanted(void *context, const char *path)
{
	struct extraction *extraction = context;
	bool usual = is_usual(path), wanted = extraction->first ? usual : !usual && is_named(extraction, path);
	if (!wanted || (extraction->first && !str_ends_with(str_of(path), STR("policy.json"))))
		return wanted;
	const char **judge = vec_add(extraction->arena, &extraction->judges);
	struct str kept = arena_copy(extraction->arena, str_of(path));
	extraction->out_of_memory |= !judge || !kept.p;
	if (judge)
		*judge = kept.p;
	return true;
}

static void note_names(struct extraction *extraction, const char *judge, const struct json *list)
{
	const struct json *item = json_is(list, JSON_ARRAY) ? list->child : list;
	struct str folder = str_head(str_of(judge), strlen(judge) - strlen(path_base(judge)));
	for (; item && extraction->named.n < LIMIT_POLICY_FILES; item = json_is(list, JSON_ARRAY) ? item->next : NULL) {
		struct str path = path_join_inside(extraction->arena, folder, json_text(item));
		bool known = !path.n || !json_text(item).n;
		for (size_t i = 0; i < extraction->named.n && !known; i++)
			known = str_equal(extraction->named.v[i], path);
		struct str *named = known ? NULL : vec_add(extraction->arena, &extraction->named);
		if (named)
			*named = path;
	}
}

/* Nothing that is wrong with a judge is told here: who judges does. */
static void read_judge(struct extraction *extraction, const char *folder, const char *judge)
{
	static const char *const keys[] = { "extends", "advisories", "vex" };
	struct str text;
	struct json *policy;
	const char *path = path_join(extraction->arena, folder, judge);
	if (!path || file_read(path, LIMIT_POLICY_BYTES, extraction->arena, &text, NULL) ||
	    json_parse(text, JSON_RELAXED, extraction->arena, &policy, NULL, NULL))
		return;
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		note_names(extraction, judge, json_find(policy, keys[i]));
}

/* What policies name may be called anything, and name more: round by round, until nothing new is named. */
static enum status extract(struct git_store *store, const char *commit, const char *folder, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct extraction extraction = { .arena = arena, .first = true };
	enum status status = arena ? STATUS_OK : error_memory(err);
	for (size_t files; !status && (extraction.first || extraction.asked < extraction.named.n);) {
		size_t asked = extraction.named.n;
		status = git_store_extract(store, commit, is_wanted, &extraction, folder, &files, err);
		extraction.first = false;
		extraction.asked = asked;
		for (; !status && extraction.read < extraction.judges.n; extraction.read++)
			read_judge(&extraction, folder, extraction.judges.v[extraction.read]);
	}
	return !status && extraction.out_of_memory ? error_memory(err) : status;
}

static enum status open_commit(const char *repository, const char *branch, struct str known, struct mirror *out, struct error *err)
{
	CLEANUP(git_store_cleanup) struct git_store *store = NULL;
	enum status status = git_store_open(repository, &store, err);
	if (!status)
		status = git_store_head(store, branch, out->commit, err);
	if (status || str_equal_z(known, out->commit))
		return status;
	status = scratch_make("fleet", &out->scratch, err);
	return status ? status : extract(store, out->commit, out->scratch.folder, err);
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
