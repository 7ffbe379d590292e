/*
 * Repositories without a work tree: the files that matter of one commit are written into a folder of their own and read there as any project is. What a
 * URL names is fetched into a bare repository in the cache first, one commit deep, by the system's git: it has the user's logins.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/digest.h"
#include "assay/repository.h"
#include "fleet/look.h"

enum { MESSAGE_MAX = 400 };
#define FETCHED_BRANCH "assay"

extern char **environ;

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

/* ---- fetching ---------------------------------------------------------------------------- */

/* What a command says on standard error, its beginning. */
static void read_words(int fd, struct buf *out)
{
	char piece[512];
	ssize_t n;
	while ((n = read(fd, piece, sizeof piece)) > 0 || (n < 0 && errno == EINTR))
		if (n > 0 && out->n < MESSAGE_MAX)
			buf_add(out, (struct str){ piece, (size_t)n });
}

/* A hook of git's says by these where it runs: the mirror is elsewhere. */
static bool is_of_another_repository(const char *variable)
{
	static const char *const names[] = { "GIT_DIR=", "GIT_WORK_TREE=", "GIT_INDEX_FILE=", "GIT_OBJECT_DIRECTORY=", "GIT_COMMON_DIR=",
					     "GIT_NAMESPACE=", "GIT_ALTERNATE_OBJECT_DIRECTORIES=", "GIT_PREFIX=" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_starts_with(str_of(variable), str_of(names[i])))
			return true;
	return false;
}

/* Nobody is there to type a password, and a URL may name no program to run. NULL: out of memory. */
static char **make_environment(struct arena *arena)
{
	static const char *const ours[] = { "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=https:ssh:file" };
	size_t n = 0, kept = 0;
	while (environ[n])
		n++;
	char **all = arena_array(arena, n + sizeof ours / sizeof *ours + 1, sizeof *all);
	for (size_t i = 0; all && i < sizeof ours / sizeof *ours; i++)
		all[kept++] = (char *)(uintptr_t)ours[i];
	for (size_t i = 0; all && i < n; i++)
		if (!is_of_another_repository(environ[i]))
			all[kept++] = environ[i];
	return all;
}

static enum status start(const char *const *words, int output, pid_t *child, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	char **environment = arena ? make_environment(arena) : NULL;
	posix_spawn_file_actions_t actions;
	if (!environment)
		return error_memory(err);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	int code = posix_spawnp(child, words[0], &actions, NULL, (char *const *)(uintptr_t)words, environment);
	posix_spawn_file_actions_destroy(&actions);
	errno = code;
	return code ? error_errno(err, "running %s", words[0]) : STATUS_OK;
}

static enum status run_git(const char *const *words, struct error *err)
{
	CLEANUP(buf_fini) struct buf said = BUF_INIT(8192);
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(8192);
	int ends[2], state = 0;
	pid_t child;
	if (pipe2(ends, O_CLOEXEC))
		return error_errno(err, "running git");
	enum status status = start(words, ends[1], &child, err);
	close(ends[1]);
	if (!status)
		read_words(ends[0], &said);
	close(ends[0]);
	if (status)
		return status;
	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
		return STATUS_OK;
	buf_add_visible(&shown, str_trim(str_head(buf_str(&said), MESSAGE_MAX)));
	error_set(err, STATUS_NETWORK, "git says: %.*s", STR_ARG(buf_str(&shown)));
	return STATUS_NETWORK;
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

static enum status fetch(const struct fleet_project *project, const char *repository, struct arena *arena, struct error *err)
{
	struct str refspec = project->branch.n ? arena_printf(arena, "+refs/heads/%.*s:refs/heads/" FETCHED_BRANCH, STR_ARG(project->branch)) :
						 STR("+HEAD:refs/heads/" FETCHED_BRANCH);
	struct str url = arena_copy(arena, project->location);
	if (!refspec.p || !url.p)
		return error_memory(err);
	const char *const make[] = { "git", "init", "--quiet", "--bare", repository, NULL };
	const char *const get[] = { "git", "-c", "core.askPass=true", "-c", "http.lowSpeedLimit=1000", "-c", "http.lowSpeedTime=60", "-c", "core.hooksPath=/dev/null", "-C",
				    repository, "fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", url.p, refspec.p,
				    NULL };
	enum status status = folder_exists(repository) ? STATUS_OK : run_git(make, err);
	return status ? status : run_git(get, err);
}

enum status mirror_open(const struct fleet_project *project, const char *cache, struct str known, struct mirror *out, struct error *err)
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
		status = fetch(project, repository, arena, err);
	return status ? status : open_commit(repository, FETCHED_BRANCH, known, out, err);
}
