/*
 * One commit of a git URL, by the system's git, which has the user's logins and settings. Nobody is there to answer it: it gets no terminal, no window and so
 * many seconds. It runs nothing that a repository or a URL names, and only the transports that a URL is meant for.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fleet/look.h"

enum { MESSAGE_MAX = 400, WORDS_MAX = 40 };

extern char **environ;

/* ---- which locations -------------------------------------------------------------------- */

static bool is_file(struct str location)
{
	return str_starts_with(location, STR("file://"));
}

static enum status refuse(struct error *err, const char *why, const char *hint)
{
	error_set(err, STATUS_USAGE, "this URL %s", why);
	error_hint(err, "%s", hint);
	return STATUS_USAGE;
}

static bool has_password(struct str location, size_t scheme_end)
{
	struct str rest = str_from(location, scheme_end), host = str_head(rest, str_find(rest, '/'));
	size_t at = str_find_last(host, '@');
	return at < host.n && str_find(str_head(host, at), ':') < at;
}

static enum status check_branch(struct str branch, struct error *err)
{
	if (!branch.p)
		return STATUS_OK;
	bool fine = branch.n && branch.p[0] != '-' && branch.p[0] != '/' && str_find_str(branch, STR("..")) == branch.n;
	for (size_t i = 0; i < branch.n; i++) {
		unsigned char c = (unsigned char)branch.p[i];
		fine &= c > ' ' && c != 0x7f && !strchr("~^:?*[\\", c);
	}
	return fine ? STATUS_OK : error_set(err, STATUS_USAGE, "this is no name of a branch");
}

/* "ssh://host/x", "git+ssh://", "git@host:x": what git runs for others ("ext::", "http://", "git://", a remote helper's own) is not asked for. */
enum status fetch_check_location(struct str location, struct str branch, struct error *err)
{
	static const char *const schemes[] = { "https://", "ssh://", "git+ssh://", "ssh+git://", "file://" };
	size_t colon = str_find(location, ':'), scheme = 0;
	bool has_scheme = str_starts_with(str_from(location, colon), STR("://"));
	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (str_starts_with(location, str_of(schemes[i])))
			scheme = strlen(schemes[i]);
	if (!location.n || location.p[0] == '-')
		return refuse(err, "begins with a dash", "name it as https://host/path or git@host:path");
	for (size_t i = 0; i < location.n; i++)
		if ((unsigned char)location.p[i] < ' ' || location.p[i] == 0x7f)
			return refuse(err, "holds characters that cannot be seen", "name it as https://host/path or git@host:path");
	if (str_starts_with(str_from(location, colon), STR("::")) || (has_scheme && !scheme))
		return refuse(err, "is of a kind that is not fetched", "https, ssh and file are; http and git are not encrypted, others run programs");
	if (str_find_str(location, STR("::")) < location.n && scheme == 0)
		return refuse(err, "is of a kind that is not fetched", "https, ssh and file are");
	if (scheme && has_password(location, scheme))
		return refuse(err, "carries a password", "leave it to git: a credential helper, or a key for ssh");
	return check_branch(branch, err);
}

/* ---- running git ---------------------------------------------------------------------------- */

/* Of the user's own it keeps all but what says that git runs for another repository (a hook's), or where a window could open. */
static bool is_dropped(const char *variable)
{
	static const char *const names[] = { "GIT_DIR=",
					     "GIT_WORK_TREE=",
					     "GIT_INDEX_FILE=",
					     "GIT_OBJECT_DIRECTORY=",
					     "GIT_COMMON_DIR=",
					     "GIT_NAMESPACE=",
					     "GIT_ALTERNATE_OBJECT_DIRECTORIES=",
					     "GIT_PREFIX=",
					     "GIT_TERMINAL_PROMPT=",
					     "GIT_ALLOW_PROTOCOL=",
					     "GIT_PROTOCOL_FROM_USER=",
					     "GIT_TEMPLATE_DIR=",
					     "GCM_INTERACTIVE=",
					     "DISPLAY=",
					     "WAYLAND_DISPLAY=",
					     "SSH_ASKPASS_REQUIRE=" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_starts_with(str_of(variable), str_of(names[i])))
			return true;
	return false;
}

struct call {
	const char *words[WORDS_MAX]; /* ends with NULL */
	const char *more[8];          /* variables */
	unsigned seconds;
};

/* NULL: out of memory. */
static char **make_environment(const struct call *call, struct arena *arena)
{
	static const char *const ours[] = { "GIT_TERMINAL_PROMPT=0", "GCM_INTERACTIVE=never", "SSH_ASKPASS_REQUIRE=never" };
	size_t n = 0, kept = 0;
	while (environ[n])
		n++;
	char **all = arena_array(arena, n + sizeof ours / sizeof *ours + sizeof call->more / sizeof *call->more + 1, sizeof *all);
	for (size_t i = 0; all && i < sizeof ours / sizeof *ours; i++)
		all[kept++] = (char *)(uintptr_t)ours[i];
	for (size_t i = 0; all && i < sizeof call->more / sizeof *call->more && call->more[i]; i++)
		all[kept++] = (char *)(uintptr_t)call->more[i];
	for (size_t i = 0; all && i < n; i++)
		if (!is_dropped(environ[i]))
			all[kept++] = environ[i];
	return all;
}

/* In a session of its own: no terminal to ask on, and one group to end. */
static enum status start(const struct call *call, int output, pid_t *child, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	char **environment = arena ? make_environment(call, arena) : NULL;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	if (!environment)
		return error_memory(err);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, 1);
	posix_spawn_file_actions_adddup2(&actions, output, 2);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	int code = posix_spawnp(child, call->words[0], &actions, &attributes, (char *const *)(uintptr_t)call->words, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	errno = code;
	return code ? error_errno(err, "running %s", call->words[0]) : STATUS_OK;
}

static int64_t now_ms(void)
{
	struct timespec now = { 0, 0 };
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* The beginning of what is said, until all who could say more are gone. False: that took too long. */
static bool read_words(int fd, int64_t until_ms, struct buf *out)
{
	char piece[512];
	for (;;) {
		struct pollfd ready = { .fd = fd, .events = POLLIN };
		int64_t left = until_ms - now_ms();
		int n = left > 0 ? poll(&ready, 1, left < INT32_MAX ? (int)left : INT32_MAX) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		ssize_t got = read(fd, piece, sizeof piece);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return true;
		if (out->n < MESSAGE_MAX)
			buf_add(out, (struct str){ piece, (size_t)got });
	}
}

/* *said: the beginning of its words. STATUS_NETWORK: it failed, or took too long. */
static enum status run(const struct call *call, struct buf *said, struct error *err)
{
	int ends[2], state = 0;
	pid_t child;
	if (pipe2(ends, O_CLOEXEC))
		return error_errno(err, "running git");
	enum status status = start(call, ends[1], &child, err);
	close(ends[1]);
	bool in_time = !status && read_words(ends[0], now_ms() + (int64_t)call->seconds * 1000, said);
	close(ends[0]);
	if (status)
		return status;
	if (!in_time)
		kill(-child, SIGKILL);
	while (waitpid(child, &state, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return error_set(err, STATUS_NETWORK, "git did not finish within %u s", call->seconds);
	return WIFEXITED(state) && WEXITSTATUS(state) == 0 ? STATUS_OK : STATUS_NETWORK;
}

static enum status run_git(const struct call *call, struct error *err)
{
	CLEANUP(buf_fini) struct buf said = BUF_INIT(8192);
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(8192);
	if (err)
		err->text[0] = '\0';
	enum status status = run(call, &said, err);
	if (!status || (err && err->text[0]))
		return status;
	buf_add_visible(&shown, str_trim(str_head(buf_str(&said), MESSAGE_MAX)));
	return error_set(err, STATUS_NETWORK, "git says: %.*s", STR_ARG(buf_str(&shown)));
}

/* ---- fetching ------------------------------------------------------------------------------------ */

/* ssh as git runs it would ask for a passphrase or about a host; where the user says how it is run, that stays. */
static const char *ssh_variable(struct str location, unsigned seconds)
{
	static const char variable[] = "GIT_SSH_COMMAND=ssh -oBatchMode=yes -oConnectTimeout=30";
	CLEANUP(buf_fini) struct buf said = BUF_INIT(8192);
	const struct call ask = { .words = { "git", "config", "--get", "core.sshCommand", NULL }, .seconds = seconds };
	struct error err;
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nothing here changes the environment
	if (is_file(location) || str_starts_with(location, STR("https://")) || getenv("GIT_SSH_COMMAND") || getenv("GIT_SSH"))
		return NULL;
	return run(&ask, &said, &err) && said.n == 0 ? variable : NULL;
}

static enum status make_repository(const char *repository, unsigned seconds, struct error *err)
{
	const struct call call = { .words = { "git", "init", "--quiet", "--bare", "--template=", "--", repository, NULL }, .seconds = seconds };
	return run_git(&call, err);
}

static enum status fetch(const struct fleet_project *project, const char *repository, unsigned seconds, struct arena *arena, struct error *err)
{
	struct str refspec = project->branch.n ? arena_printf(arena, "+refs/heads/%.*s:refs/heads/" FETCH_BRANCH, STR_ARG(project->branch)) :
						 STR("+HEAD:refs/heads/" FETCH_BRANCH);
	struct str url = arena_copy(arena, project->location);
	if (!refspec.p || !url.p)
		return error_memory(err);
	/* Settings of the user's may turn one URL into another (insteadOf), but never a network's into a file's. */
	// clang-format off
	const struct call call = {
		.words = { "git", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.askPass=true", "-c", "http.lowSpeedLimit=1000",
			   "-c", "http.lowSpeedTime=60", "-c", "gc.autoDetach=false", "-c", "maintenance.autoDetach=false", "-C", repository, "fetch",
			   "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", url.p, refspec.p, NULL },
		.more = { is_file(url) ? "GIT_ALLOW_PROTOCOL=file" : "GIT_ALLOW_PROTOCOL=https:ssh", ssh_variable(url, seconds) },
		.seconds = seconds,
	};
	// clang-format on
	return run_git(&call, err);
}

/* What git left when it was killed: its own locks would stand in its way for ever. */
static bool is_locked(const char *repository, struct arena *arena)
{
	static const char *const locks[] = { "shallow.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "refs/heads/" FETCH_BRANCH ".lock",
					     "gc.pid" };
	for (size_t i = 0; i < sizeof locks / sizeof *locks; i++) {
		const char *path = path_join(arena, repository, locks[i]);
		if (path && file_exists(path))
			return true;
	}
	return false;
}

void fetch_forget(const char *repository)
{
	folder_remove(repository);
}

/* Who else fetches into it (another store's scan) is waited for: that has its own time. */
static int hold(const char *repository, struct arena *arena)
{
	struct str name = arena_printf(arena, "%s.lock", repository);
	const char *folder = path_folder(arena, repository);
	if (!name.p || !folder || folder_make(folder, NULL))
		return -1;
	int fd = open(name.p, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	while (fd >= 0 && flock(fd, LOCK_EX) && errno == EINTR)
		;
	return fd;
}

enum status fetch_mirror(const struct fleet_project *project, const char *repository, unsigned seconds, struct arena *arena, struct error *err)
{
	CLEANUP(file_close) int held = hold(repository, arena);
	(void)held;
	enum status status = fetch_check_location(project->location, project->branch, err);
	seconds = seconds ? seconds : FLEET_FETCH_SECONDS;
	if (status)
		return status;
	if (is_locked(repository, arena))
		fetch_forget(repository);
	const char *head = path_join(arena, repository, "HEAD");
	if (!head)
		return error_memory(err);
	if (!file_exists(head))
		status = make_repository(repository, seconds, err);
	return status ? status : fetch(project, repository, seconds, arena, err);
}
