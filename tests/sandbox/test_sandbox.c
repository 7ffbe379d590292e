/*
 * Workers: what they are asked comes back, what they may not do fails, and whatever becomes of one costs its own task alone. The jobs here are the
 * tests' own; they run where inspections do.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assay/limits.h"
#include "assay/sandbox.h"
#include "sandbox/channel.h"
#include "tests.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { SANITIZED = 1 };
#else
enum { SANITIZED = 0 };
#endif

#define SECRET "hunter2-of-the-environment"

/* `JOB(echo) { … }` is a job of that name. */
#define JOB(its_name) \
	static enum status its_name(struct sandbox_call *call, struct error *err); \
	static const struct sandbox_job its_name##_job = { #its_name, its_name }; \
	static enum status its_name(struct sandbox_call *call __attribute__((unused)), struct error *err __attribute__((unused)))

/* ---- the parent's side ----------------------------------------------------------------- */

struct fixture {
	struct sandbox *sandbox;
	struct sandbox_client *client;
	struct buf answer;
	enum status status;
	struct error err;
};

static void *prepare(void)
{
	return strdup("prepared");
}

static unsigned warmed = 1; /* not nothing: see JOB(remember) */
static bool warm_up(void *prepared)
{
	warmed++;
	return prepared != NULL;
}

static int set_up_with(void **state, struct sandbox_options options)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	options.prepare = prepare;
	options.warm_up = warm_up;
	assert_int_equal(sandbox_start(&options, &fixture->sandbox, &fixture->err), STATUS_OK);
	fixture->client = sandbox_take(fixture->sandbox, &fixture->err);
	assert_non_null(fixture->client);
	buf_init(&fixture->answer, 64 * MIB);
	*state = fixture;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, (struct sandbox_options){ .mode = SANDBOX_AUTO });
}

static int set_up_hasty(void **state)
{
	return set_up_with(state, (struct sandbox_options){ .mode = SANDBOX_AUTO, .timeout_ms = 300 });
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;
	sandbox_give(fixture->client);
	sandbox_free(fixture->sandbox);
	buf_fini(&fixture->answer);
	free(fixture);
	return 0;
}

static enum sandbox_outcome run_request(struct fixture *fixture, const struct sandbox_request *request)
{
	memset(&fixture->err, 0, sizeof fixture->err);
	fixture->status = STATUS_OK;
	return sandbox_run(fixture->client, request, &fixture->answer, &fixture->status, &fixture->err);
}

static enum sandbox_outcome run_job(struct fixture *fixture, const struct sandbox_job *job, struct str input)
{
	return run_request(fixture, &(struct sandbox_request){ .job = job, .input = input });
}

static size_t lost(struct fixture *fixture)
{
	struct sandbox_state state;
	sandbox_state(fixture->sandbox, &state);
	return state.lost;
}

static unsigned layers(struct fixture *fixture)
{
	struct sandbox_state state;
	sandbox_state(fixture->sandbox, &state);
	return state.layers;
}

/* ---- tasks -------------------------------------------------------------------------------- */

JOB(echo)
{
	sandbox_answer(call, sandbox_input_bytes(call));
	return STATUS_OK;
}

/* The next task of the same client is served, whatever became of the one before. */
static void assert_alive(struct fixture *fixture)
{
	assert_int_equal(run_job(fixture, &echo_job, STR("still here")), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_str(buf_str(&fixture->answer), "still here");
}

static void assert_lost(struct fixture *fixture, const struct sandbox_job *job, const char *because)
{
	size_t before = lost(fixture);
	assert_int_equal(run_job(fixture, job, STR("x")), SANDBOX_LOST);
	if (!strstr(fixture->err.text, because))
		fail_msg("%s: \"%s\" does not say \"%s\"", job->name, fixture->err.text, because);
	assert_int_equal(lost(fixture), before + 1);
	assert_alive(fixture);
}

static void test_echo(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	assert_int_equal(run_job(fixture, &echo_job, STR("")), SANDBOX_ANSWERED);
	assert_int_equal(fixture->answer.n, 0);
	size_t room;
	char *shared = sandbox_room(fixture->client, &room);
	memcpy(shared, "in place", 8);
	assert_int_equal(run_job(fixture, &echo_job, (struct str){ shared, 8 }), SANDBOX_ANSWERED);
	assert_str(buf_str(&fixture->answer), "in place");
	assert_int_equal(room, LIMIT_WORKER_INPUT_BYTES);
}

JOB(tell_arguments)
{
	struct {
		int a;
		char b[8];
	} arguments;
	char wrong[3];
	if (sandbox_arguments(call, wrong, sizeof wrong) || !sandbox_arguments(call, &arguments, sizeof arguments))
		return error_set(err, STATUS_INVALID, "arguments of another size");
	sandbox_answer(call, str_of(arguments.b));
	sandbox_answer(call, str_of(sandbox_prepared(call)));
	return STATUS_OK;
}

static void test_arguments(void **state)
{
	struct fixture *fixture = *state;
	struct {
		int a;
		char b[8];
	} arguments = { 1, "seven" };
	struct sandbox_request request = { .job = &tell_arguments_job, .arguments = { (const char *)&arguments, sizeof arguments } };
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_str(buf_str(&fixture->answer), "sevenprepared");
	request.arguments.n--;
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_INVALID);
	assert_string_equal(fixture->err.text, "arguments of another size");
	request.arguments.n = SANDBOX_ARGUMENTS + 1;
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_LIMIT);
}

/* At the limit of what is shared, and one past it. */
static void test_input_limit(void **state)
{
	struct fixture *fixture = *state;
	char *bytes = calloc(1, LIMIT_WORKER_INPUT_BYTES + 1);
	assert_non_null(bytes);
	bytes[LIMIT_WORKER_INPUT_BYTES - 1] = 'z';
	assert_int_equal(run_job(fixture, &echo_job, (struct str){ bytes, LIMIT_WORKER_INPUT_BYTES }), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_int_equal(fixture->answer.n, LIMIT_WORKER_INPUT_BYTES);
	assert_int_equal(fixture->answer.p[LIMIT_WORKER_INPUT_BYTES - 1], 'z');
	assert_int_equal(run_job(fixture, &echo_job, (struct str){ bytes, LIMIT_WORKER_INPUT_BYTES + 1 }), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_LIMIT);
	free(bytes);
}

JOB(read_backwards)
{
	char piece[1000], none[1];
	uint64_t size = sandbox_input_size(call);
	if (sandbox_input_bytes(call).p)
		return error_set(err, STATUS_INVALID, "it is at hand");
	for (uint64_t at = size; at > 0;) {
		size_t n = at < sizeof piece ? (size_t)at : sizeof piece;
		at -= n;
		if (sandbox_input_read(call, piece, n, at) != (ptrdiff_t)n)
			return error_set(err, STATUS_IO, "cannot be read");
		sandbox_answer(call, (struct str){ piece, n });
	}
	return sandbox_input_read(call, none, 1, size) == 0 ? STATUS_OK : error_set(err, STATUS_INVALID, "more than there is");
}

JOB(read_whole)
{
	size_t size = (size_t)sandbox_input_size(call);
	char *all = malloc(size);
	if (!all)
		return error_memory(err);
	ptrdiff_t n = sandbox_input_read(call, all, size, 0);
	if (n == (ptrdiff_t)size)
		sandbox_answer(call, (struct str){ all + size - 4, 4 });
	free(all);
	return n == (ptrdiff_t)size ? STATUS_OK : error_set(err, STATUS_IO, "cannot be read");
}

static ptrdiff_t read_pattern(void *context, char *out, size_t size, uint64_t at)
{
	const uint64_t *fails_from = context;
	for (size_t i = 0; i < size; i++)
		out[i] = (char)('a' + (at + i) % 26);
	return fails_from && at + size > *fails_from ? -1 : (ptrdiff_t)size;
}

static void test_pieces(void **state)
{
	struct fixture *fixture = *state;
	struct sandbox_request request = { .job = &read_backwards_job, .size = 2500, .read_at = read_pattern };
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_int_equal(fixture->answer.n, 2500);
	assert_int_equal(fixture->answer.p[0], 'a' + 1500 % 26);
	assert_int_equal(fixture->answer.p[2499], 'a' + 499 % 26);
	/* Larger than what is shared. */
	request = (struct sandbox_request){ .job = &read_whole_job, .size = 2 * LIMIT_WORKER_INPUT_BYTES + 1, .read_at = read_pattern };
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_int_equal(fixture->answer.p[3], (char)('a' + (2 * LIMIT_WORKER_INPUT_BYTES) % 26));
	uint64_t fails_from = 2000;
	request = (struct sandbox_request){ .job = &read_backwards_job, .size = 2500, .read_at = read_pattern, .context = &fails_from };
	assert_int_equal(run_request(fixture, &request), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_IO);
	assert_alive(fixture);
}

JOB(answer_much)
{
	char piece[4096];
	for (unsigned i = 0; i < 1000; i++) {
		memset(piece, (int)('a' + i % 26), sizeof piece);
		sandbox_answer(call, (struct str){ piece, sizeof piece });
	}
	return STATUS_OK;
}

static void test_long_answer(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run_job(fixture, &answer_much_job, STR("")), SANDBOX_ANSWERED);
	assert_int_equal(fixture->answer.n, 1000 * 4096);
	for (size_t i = 0; i < 1000; i++)
		assert_int_equal(fixture->answer.p[i * 4096 + 4095], 'a' + i % 26);
	/* More than who asked has room for is not an answer. */
	fixture->answer.max = 1000 * 4096 - 1;
	assert_int_equal(run_job(fixture, &answer_much_job, STR("")), SANDBOX_LOST);
	fixture->answer.max = 1000 * 4096;
	assert_int_equal(run_job(fixture, &answer_much_job, STR("")), SANDBOX_ANSWERED);
}

struct taken {
	size_t n, calls, most_calls;
};

static bool take_part(void *context, struct str bytes)
{
	struct taken *taken = context;
	taken->n += bytes.n;
	return ++taken->calls < taken->most_calls;
}

static void test_parts_of_an_answer(void **state)
{
	struct fixture *fixture = *state;
	struct taken taken = { .most_calls = SIZE_MAX };
	struct sandbox_request request = { .job = &answer_much_job, .input = STR(""), .take = take_part, .take_context = &taken };
	enum status status;
	assert_int_equal(sandbox_run(fixture->client, &request, NULL, &status, &fixture->err), SANDBOX_ANSWERED);
	assert_int_equal(status, STATUS_OK);
	assert_int_equal(taken.n, 1000 * 4096);
	assert_true(taken.calls > 1);
	/* Enough is no loss. */
	taken = (struct taken){ .most_calls = 2 };
	assert_int_equal(sandbox_run(fixture->client, &request, NULL, &status, &fixture->err), SANDBOX_ANSWERED);
	assert_int_equal(status, STATUS_OK);
	assert_int_equal(taken.calls, 2);
	assert_int_equal(lost(fixture), 0);
	assert_alive(fixture);
}

JOB(refuse)
{
	sandbox_answer(call, STR("half"));
	return error_set(err, STATUS_LIMIT, "too much of something");
}

static void test_failure(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run_job(fixture, &refuse_job, STR("")), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_LIMIT);
	assert_string_equal(fixture->err.text, "too much of something");
	assert_int_equal(lost(fixture), 0);
}

/* ---- what a worker cannot do ------------------------------------------------------------- */

/* Answers with the names of what succeeded, which should be none. */
static void tell(struct sandbox_call *call, const char *what, bool worked)
{
	if (worked) {
		sandbox_answer(call, str_of(what));
		sandbox_answer(call, STR(" "));
	}
}

JOB(use_files)
{
	struct stat info;
	struct rlimit more = { 100, 100 };
	char text[64];
	tell(call, "open", open("/etc/passwd", O_RDONLY) >= 0 || errno != EPERM);
	tell(call, "open for writing", open("/tmp/assay-worker", O_WRONLY | O_CREAT, 0600) >= 0 || errno != EPERM);
	tell(call, "openat2", syscall(SYS_openat2, AT_FDCWD, "/etc/passwd", NULL, 0) >= 0 || errno != EPERM);
	tell(call, "stat", stat("/", &info) == 0 || errno != EPERM);
	tell(call, "access", access("/", R_OK) == 0);
	tell(call, "readlink", readlink("/proc/self/exe", text, sizeof text) >= 0);
	tell(call, "unlink", unlink("/tmp/assay-worker") == 0 || errno != EPERM);
	tell(call, "mkdir", mkdir("/tmp/assay-worker", 0700) == 0 || errno != EPERM);
	tell(call, "getcwd", getcwd(text, sizeof text) != NULL);
	tell(call, "write", write(STDERR_FILENO, "x", 1) >= 0 || write(STDOUT_FILENO, "x", 1) >= 0);
	tell(call, "dup", dup(CHANNEL_FD) >= 0);
	tell(call, "setrlimit", setrlimit(RLIMIT_NOFILE, &more) == 0);
	tell(call, "prctl", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
	for (int fd = 0; fd < 1024; fd++)
		tell(call, "an open file", fd != CHANNEL_FD && sendto(fd, "x", 1, MSG_NOSIGNAL, NULL, 0) >= 0);
	return STATUS_OK;
}

JOB(use_memory)
{
	char *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	tell(call, "no memory at all", page == MAP_FAILED);
	tell(call, "code from data", mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0);
	tell(call, "executable memory", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED);
	const char *input = sandbox_input_bytes(call).p;
	tell(call, "a writable input", mprotect((void *)((uintptr_t)input & ~4095ul), 4096, PROT_READ | PROT_WRITE) == 0);
	tell(call, "a file mapped", mmap(NULL, 4096, PROT_READ, MAP_SHARED, CHANNEL_FD, 0) != MAP_FAILED || errno != EPERM);
	return STATUS_OK;
}

static void assert_nothing_worked(struct fixture *fixture, const struct sandbox_job *job)
{
	assert_int_equal(run_job(fixture, job, STR("x")), SANDBOX_ANSWERED);
	assert_int_equal(fixture->status, STATUS_OK);
	assert_str(buf_str(&fixture->answer), "");
}

static void test_forbidden(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	if (!(layers(fixture) & LAYER_SECCOMP))
		skip();
	assert_nothing_worked(fixture, &use_files_job);
	assert_nothing_worked(fixture, &use_memory_job);
}

/* Each of these ends the worker at once. */
#define DEADLY(name, ...) \
	JOB(name) \
	{ \
		__VA_ARGS__; \
		return STATUS_OK; \
	}
DEADLY(do_exec, char *const argv[] = { NULL }; execve("/bin/sh", argv, argv))
DEADLY(do_fork, if (syscall(SYS_fork) == 0) _exit(0))
DEADLY(do_libc_fork, if (fork() == 0) _exit(0))
DEADLY(do_vfork, if (syscall(SYS_clone, CLONE_VM | CLONE_VFORK | SIGCHLD, 0, 0, 0, 0) == 0) _exit(0))
DEADLY(do_clone3, syscall(SYS_clone3, NULL, 0))
DEADLY(do_ptrace, ptrace(PTRACE_ATTACH, getppid(), 0, 0))
DEADLY(do_socket, socket(AF_INET, SOCK_STREAM, 0))
DEADLY(do_unix_socket, socket(AF_UNIX, SOCK_STREAM, 0))
DEADLY(do_connect, struct sockaddr to = { .sa_family = AF_INET }; connect(CHANNEL_FD, &to, sizeof to))
DEADLY(do_kill, kill(1, 0))
DEADLY(do_read_other, syscall(SYS_process_vm_readv, 1, NULL, 0, NULL, 0, 0))
DEADLY(do_io_uring, syscall(SYS_io_uring_setup, 1, NULL))
DEADLY(do_bpf, syscall(SYS_bpf, 0, NULL, 0))
DEADLY(do_unshare, unshare(CLONE_NEWUSER))

static void test_deadly(void **state)
{
	struct fixture *fixture = *state;
	static const struct sandbox_job *const jobs[] = {
		&do_exec_job,        &do_fork_job,    &do_libc_fork_job, &do_vfork_job,      &do_clone3_job,   &do_ptrace_job, &do_socket_job,
		&do_unix_socket_job, &do_connect_job, &do_kill_job,      &do_read_other_job, &do_io_uring_job, &do_bpf_job,    &do_unshare_job,
	};
	assert_alive(fixture);
	if (!(layers(fixture) & LAYER_SECCOMP))
		skip();
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		assert_lost(fixture, jobs[i], "a forbidden system call");
}

/* The filter is made once for all; the number that abort() may signal is each one's own. */
JOB(signal_others)
{
	tell(call, "signalling the parent", syscall(SYS_tgkill, getppid(), getppid(), 0) == 0);
	tell(call, "signalling number 1", syscall(SYS_tgkill, 1, 1, 0) == 0);
	tell(call, "not signalling itself", syscall(SYS_tgkill, getpid(), getpid(), 0) != 0);
	return STATUS_OK;
}

static void test_signals(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	if (!(layers(fixture) & LAYER_SECCOMP))
		skip();
	for (int i = 0; i < 2; i++) {
		assert_nothing_worked(fixture, &signal_others_job);
		sandbox_renew(fixture->client);
	}
}

/* What the kernel was told about it, from the process's own memory: no file is read here. */
JOB(look_around)
{
	extern char **environ;
	tell(call, "environment", environ && *environ && (strcmp(*environ, "TZ=UTC0") != 0 || environ[1]));
	tell(call, "getenv", getenv("NPM_TOKEN") != NULL);
	return STATUS_OK;
}

/* Behind the arguments of main() on the stack: the environment's texts, or what is left of them. */
static const char *environment_text;
static size_t environment_size;

JOB(look_at_stack)
{
	tell(call, "the secret", memmem(environment_text, environment_size, SECRET, sizeof SECRET - 1) != NULL);
	return STATUS_OK;
}

static void test_secrets(void **state)
{
	struct fixture *fixture = *state;
	assert_nothing_worked(fixture, &look_around_job);
	assert_non_null(memmem(environment_text, environment_size, SECRET, sizeof SECRET - 1));
	assert_nothing_worked(fixture, &look_at_stack_job);
}

static void test_landlock(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	long version = syscall(444 /* landlock_create_ruleset */, NULL, 0, 1);
	assert_int_equal(!!(layers(fixture) & LAYER_LANDLOCK_FILES), version >= 1);
	assert_int_equal(!!(layers(fixture) & LAYER_LANDLOCK_NETWORK), version >= 4);
	assert_int_equal(!!(layers(fixture) & LAYER_LANDLOCK_SCOPE), version >= 6);
	assert_true(layers(fixture) & LAYER_PROCESS);
}

/* Landlock by itself: a process that seccomp does not hold. */
static void test_landlock_alone(void **state)
{
	(void)state;
	unsigned got = 0;
	char problem[MESSAGE_TEXT] = "";
	if (syscall(444, NULL, 0, 1) < 1)
		skip();
	pid_t child = fork();
	if (child == 0) {
		bool held = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_everything(&got, problem);
		bool denied = open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES && open("/", O_RDONLY | O_DIRECTORY) < 0;
		_exit(held && denied ? 42 : 1);
	}
	int how;
	assert_int_equal(waitpid(child, &how, 0), child);
	assert_int_equal(WEXITSTATUS(how), 42);
}

/* ---- what becomes of a worker --------------------------------------------------------------- */

JOB(crash)
{
	raise(SIGSEGV); /* what a wild pointer comes to, whatever watches over pointers */
	return STATUS_OK;
}
JOB(do_abort)
{
	abort();
}
JOB(leave)
{
	_exit(7);
}
JOB(write_input)
{
	*(volatile char *)(uintptr_t)sandbox_input_bytes(call).p = 'y';
	return STATUS_OK;
}
JOB(hang)
{
	for (volatile unsigned i = 0;; i++)
		;
	return STATUS_OK;
}
JOB(nest)
{
	volatile char frame[4096];
	frame[0] = (char)(uintptr_t)err;
	enum status status = sandbox_input_size(call) ? nest(call, (struct error *)(uintptr_t)frame) : STATUS_OK;
	return frame[0] ? status : STATUS_OK;
}

static void test_crash(void **state)
{
	struct fixture *fixture = *state;
	assert_lost(fixture, &leave_job, "ended before it was done");
	assert_lost(fixture, &write_input_job, "crashed (signal 11)");
	assert_lost(fixture, &nest_job, "crashed (signal 11)");
	assert_lost(fixture, &do_abort_job, "crashed (signal 6)");
	assert_lost(fixture, &crash_job, "crashed (signal 11)");
}

static void test_hang(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run_job(fixture, &hang_job, STR("x")), SANDBOX_LOST);
	assert_non_null(strstr(fixture->err.text, "did not end within 1 s"));
	assert_int_equal(lost(fixture), 1);
	/* Not more than once: on a busy machine a fresh worker may take its time. */
}

JOB(claim_memory)
{
	char *much = malloc(LIMIT_WORKER_BYTES);
	tell(call, "too much memory", much != NULL);
	free(much);
	much = malloc(LIMIT_WORKER_BYTES / 2);
	tell(call, "too little memory", much == NULL);
	free(much);
	return STATUS_OK;
}

static void test_memory(void **state)
{
	if (SANITIZED)
		skip();
	assert_nothing_worked(*state, &claim_memory_job);
}

/* Words that no honest worker says. */
static void say(struct message message)
{
	message_send(CHANNEL_FD, &message);
	message_receive(CHANNEL_FD, &message); /* nobody answers that: the channel is closed */
}
JOB(say_kind)
{
	say((struct message){ .kind = 99 });
	return STATUS_OK;
}
JOB(say_reply)
{
	say((struct message){ .kind = MESSAGE_REPLY });
	return STATUS_OK;
}
JOB(say_ready)
{
	say((struct message){ .kind = MESSAGE_READY, .n = ~0u });
	return STATUS_OK;
}
JOB(say_status)
{
	say((struct message){ .kind = MESSAGE_DONE, .status = 4711 });
	return STATUS_OK;
}
JOB(say_much)
{
	say((struct message){ .kind = MESSAGE_DONE, .n = LIMIT_WORKER_OUTPUT_BYTES + 1 });
	return STATUS_OK;
}
JOB(say_huge)
{
	say((struct message){ .kind = MESSAGE_WRITE, .n = UINT64_MAX });
	return STATUS_OK;
}
JOB(read_held)
{
	say((struct message){ .kind = MESSAGE_READ, .n = 1 });
	return STATUS_OK;
}
JOB(say_little)
{
	struct message answer;
	send(CHANNEL_FD, "x", 1, 0);
	message_receive(CHANNEL_FD, &answer);
	return STATUS_OK;
}
JOB(say_too_much)
{
	char words[sizeof(struct message) + 1] = { 0 };
	struct message answer;
	send(CHANNEL_FD, words, sizeof words, 0);
	message_receive(CHANNEL_FD, &answer);
	return STATUS_OK;
}
JOB(say_nothing)
{
	struct message answer;
	message_receive(CHANNEL_FD, &answer); /* who waits for him as well */
	return STATUS_OK;
}

static void test_hostile_words(void **state)
{
	struct fixture *fixture = *state;
	static const struct sandbox_job *const jobs[] = { &say_kind_job, &say_reply_job, &say_ready_job, &say_status_job,
							  &say_much_job, &say_huge_job,  &read_held_job };
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++)
		assert_lost(fixture, jobs[i], "an answer that cannot be");
	assert_lost(fixture, &say_little_job, "");
	assert_lost(fixture, &say_too_much_job, "");
}

static void test_silence(void **state)
{
	struct fixture *fixture = *state;
	assert_int_equal(run_job(fixture, &say_nothing_job, STR("x")), SANDBOX_LOST);
	assert_non_null(strstr(fixture->err.text, "did not end"));
}

JOB(read_beyond)
{
	say((struct message){ .kind = MESSAGE_READ, .at = 95, .n = 6 });
	return STATUS_OK;
}
JOB(read_far)
{
	say((struct message){ .kind = MESSAGE_READ, .at = UINT64_MAX, .n = 2 });
	return STATUS_OK;
}
JOB(read_much)
{
	say((struct message){ .kind = MESSAGE_READ, .n = LIMIT_WORKER_INPUT_BYTES + 1 });
	return STATUS_OK;
}
JOB(read_none)
{
	say((struct message){ .kind = MESSAGE_READ });
	return STATUS_OK;
}

static void test_hostile_reads(void **state)
{
	struct fixture *fixture = *state;
	static const struct sandbox_job *const jobs[] = { &read_beyond_job, &read_far_job, &read_much_job };
	for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
		struct sandbox_request request = { .job = jobs[i], .size = 100, .read_at = read_pattern };
		assert_int_equal(run_request(fixture, &request), SANDBOX_LOST);
		assert_non_null(strstr(fixture->err.text, "an answer that cannot be"));
		assert_alive(fixture);
	}
	/* A request without any input. */
	assert_int_equal(run_request(fixture, &(struct sandbox_request){ .job = &read_none_job }), SANDBOX_LOST);
}

JOB(remember)
{
	static unsigned tasks = 1; /* not nothing: what stands in .bss the processes of V=cov share (tests/coverage.c) */
	sandbox_answer(call, (struct str){ (const char *)&tasks, sizeof tasks });
	tasks++;
	return STATUS_OK;
}

JOB(tell_warmth)
{
	sandbox_answer(call, (struct str){ (const char *)&warmed, sizeof warmed });
	return STATUS_OK;
}

/* Once for all workers, and not here. */
static void test_warm_up(void **state)
{
	struct fixture *fixture = *state;
	for (int i = 0; i < 2; i++) {
		unsigned times = 0;
		assert_int_equal(run_job(fixture, &tell_warmth_job, STR("")), SANDBOX_ANSWERED);
		assert_int_equal(fixture->answer.n, sizeof times);
		memcpy(&times, fixture->answer.p, sizeof times);
		assert_int_equal(times, 2);
		sandbox_renew(fixture->client);
	}
	assert_int_equal(warmed, 1);
}

/* At the limit it is still the same worker, past it another one, which knows nothing. */
static void test_replaced(void **state)
{
	struct fixture *fixture = *state;
	unsigned tasks = 0;
	for (unsigned i = 1; i <= LIMIT_WORKER_TASKS + 1; i++) {
		assert_int_equal(run_job(fixture, &remember_job, STR("")), SANDBOX_ANSWERED);
		assert_int_equal(fixture->answer.n, sizeof tasks);
		memcpy(&tasks, fixture->answer.p, sizeof tasks);
		assert_int_equal(tasks, i <= LIMIT_WORKER_TASKS ? i : 1);
	}
	struct sandbox_state now;
	sandbox_state(fixture->sandbox, &now);
	assert_int_equal(now.workers, 2);
	assert_int_equal(now.lost, 0);
}

static pid_t zygote(void)
{
	char path[64], children[64] = "";
	snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *file = fopen(path, "r");
	if (!file || !fgets(children, sizeof children, file))
		skip();
	fclose(file);
	return (pid_t)strtol(children, NULL, 10);
}

/* There are no more workers, and nobody goes on without. */
static void assert_unavailable(struct fixture *fixture)
{
	assert_int_equal(run_job(fixture, &echo_job, STR("x")), SANDBOX_UNAVAILABLE);
	assert_non_null(strstr(fixture->err.text, "no worker process"));
	struct sandbox_state now;
	sandbox_state(fixture->sandbox, &now);
	assert_false(now.off);
}

static void test_no_zygote(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	kill(zygote(), SIGKILL);
	while (run_job(fixture, &echo_job, STR("x")) == SANDBOX_ANSWERED)
		sched_yield(); /* it may take a moment until its workers are gone */
	assert_unavailable(fixture);
}

/* Neither who waits for a worker waits for ever, nor who ends the sandbox. */
static void test_zygote_hangs(void **state)
{
	struct fixture *fixture = *state;
	assert_alive(fixture);
	kill(zygote(), SIGSTOP);
	sandbox_renew(fixture->client);
	assert_unavailable(fixture);
}

static int set_up_impatient(void **state)
{
	return set_up_with(state, (struct sandbox_options){ .mode = SANDBOX_AUTO, .start_ms = 1000 });
}

/* ---- many at once ----------------------------------------------------------------------------- */

struct many {
	struct fixture *fixture;
	unsigned number, wrong;
};

static void *work(void *argument)
{
	struct many *many = argument;
	struct fixture mine = { .sandbox = many->fixture->sandbox };
	mine.client = sandbox_take(mine.sandbox, &mine.err);
	buf_init(&mine.answer, KIB);
	for (unsigned i = 0; i < 100 && mine.client; i++) {
		char text[32];
		snprintf(text, sizeof text, "%u of %u", i, many->number);
		bool crash = i % 25 == many->number;
		enum sandbox_outcome outcome = run_job(&mine, crash ? &leave_job : &echo_job, str_of(text));
		many->wrong += outcome != (crash ? SANDBOX_LOST : SANDBOX_ANSWERED);
		many->wrong += !crash && !str_equal_z(buf_str(&mine.answer), text);
	}
	many->wrong += !mine.client;
	sandbox_give(mine.client);
	buf_fini(&mine.answer);
	return NULL;
}

static void test_threads(void **state)
{
	struct many many[4];
	pthread_t threads[4];
	for (unsigned i = 0; i < 4; i++) {
		many[i] = (struct many){ *state, i, 0 };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &many[i]), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(many[i].wrong, 0);
	}
	assert_int_equal(lost(*state), 16);
}

/* ---- modes -------------------------------------------------------------------------------------- */

static void test_modes(void **state)
{
	(void)state;
	enum sandbox_mode mode;
	static const char *const names[] = { "auto", "require", "off" };
	for (size_t i = 0; i < 3; i++) {
		assert_true(sandbox_mode_by_name(str_of(names[i]), &mode));
		assert_string_equal(sandbox_mode_name(mode), names[i]);
	}
	assert_false(sandbox_mode_by_name(STR("on"), &mode));
	assert_false(sandbox_mode_by_name(STR(""), &mode));
}

static void test_off(void **state)
{
	(void)state;
	struct sandbox *sandbox;
	struct sandbox_state now;
	assert_int_equal(sandbox_start(&(struct sandbox_options){ .mode = SANDBOX_OFF }, &sandbox, NULL), STATUS_OK);
	sandbox_state(sandbox, &now);
	assert_true(now.off);
	assert_false(now.used);
	assert_string_equal(now.problem, "");
	sandbox_free(sandbox);
	sandbox_free(NULL);
}

static void test_require(void **state)
{
	struct fixture *fixture = *state;
	struct sandbox *sandbox = NULL;
	struct sandbox_state now;
	struct error err = { 0 };
	assert_alive(fixture);
	bool possible = layers(fixture) & LAYER_SECCOMP;
	enum status status = sandbox_start(&(struct sandbox_options){ .mode = SANDBOX_REQUIRE }, &sandbox, &err);
	assert_int_equal(status, possible ? STATUS_OK : STATUS_UNSUPPORTED);
	if (!possible)
		return;
	sandbox_state(sandbox, &now);
	assert_true(now.used);
	assert_true(now.layers & LAYER_SECCOMP);
	sandbox_free(sandbox);
}

int main(int argc, char **argv, char **environment)
{
	(void)argc;
	(void)argv;
	/* What a process was started with lies behind its stack, and that is where this one looks: it starts itself anew, with a secret. */
	if (!getenv("NPM_TOKEN")) {
		setenv("NPM_TOKEN", SECRET, 1);
		execv("/proc/self/exe", argv);
	}
	environment_text = environment[0];
	for (size_t i = 0; environment[i]; i++)
		environment_size = (size_t)(environment[i] + strlen(environment[i]) - environment_text);
	const struct CMUnitTest tests[] = {
#define WITH_WORKER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
		WITH_WORKER(test_echo),
		WITH_WORKER(test_arguments),
		WITH_WORKER(test_input_limit),
		WITH_WORKER(test_pieces),
		WITH_WORKER(test_long_answer),
		WITH_WORKER(test_parts_of_an_answer),
		WITH_WORKER(test_failure),
		WITH_WORKER(test_forbidden),
		WITH_WORKER(test_deadly),
		WITH_WORKER(test_signals),
		WITH_WORKER(test_warm_up),
		WITH_WORKER(test_secrets),
		WITH_WORKER(test_landlock),
		cmocka_unit_test(test_landlock_alone),
		WITH_WORKER(test_crash),
		cmocka_unit_test_setup_teardown(test_hang, set_up_hasty, tear_down),
		WITH_WORKER(test_memory),
		WITH_WORKER(test_hostile_words),
		cmocka_unit_test_setup_teardown(test_silence, set_up_hasty, tear_down),
		WITH_WORKER(test_hostile_reads),
		WITH_WORKER(test_replaced),
		WITH_WORKER(test_no_zygote),
		cmocka_unit_test_setup_teardown(test_zygote_hangs, set_up_impatient, tear_down),
		WITH_WORKER(test_threads),
		cmocka_unit_test(test_modes),
		cmocka_unit_test(test_off),
		WITH_WORKER(test_require),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
