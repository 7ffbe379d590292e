/* What is taken from a process before it meets a stranger's bytes. */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assay/limits.h"

#ifndef __has_feature
#define __has_feature(name) 0
#endif
/* Their shadow memory is larger than any limit. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { MEMORY_IS_LIMITED = 0 };
#else
enum { MEMORY_IS_LIMITED = 1 };
#endif

extern char **environ;

void confine_add_problem(char problem[MESSAGE_TEXT], const char *format, ...)
{
	size_t n = strlen(problem);
	va_list args;
	if (n && n + 2 < MESSAGE_TEXT)
		memcpy(problem + n, "; ", 3);
	n = strlen(problem);
	va_start(args, format);
	(void)vsnprintf(problem + n, MESSAGE_TEXT - n, format, args);
	va_end(args);
}

bool confine_to_parent(pid_t parent)
{
	return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent;
}

/* The texts themselves, not the list of them alone: tokens stand in there. */
static void wipe_environment(void)
{
	for (char **variable = environ; variable && *variable; variable++)
		explicit_bzero(*variable, strlen(*variable));
	(void)clearenv(); // NOLINT(concurrency-mt-unsafe): this process has no other thread
	/* Else each date in an archive is a try to read the system's file. */
	(void)setenv("TZ", "UTC0", 1); // NOLINT(concurrency-mt-unsafe): likewise
}

static void close_from(int first)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0)
		return;
#endif
	long most = sysconf(_SC_OPEN_MAX);
	for (int fd = first; fd < (most > 0 && most < 65536 ? most : 65536); fd++)
		close(fd);
}

static void reset_signals(void)
{
	sigset_t none;
	for (int number = 1; number < NSIG; number++)
		(void)signal(number, SIG_DFL);
	sigemptyset(&none);
	pthread_sigmask(SIG_SETMASK, &none, NULL);
}

static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = { { 0, 0, 0 } };
	syscall(SYS_capset, &header, none); /* what there is none of cannot be dropped */
}

/* `more`: what the hard limit is above that. */
static void limit_softly(__rlimit_resource_t resource, rlim_t most, rlim_t more)
{
	struct rlimit now, wanted = { most, most + more };
	if (getrlimit(resource, &now) == 0 && now.rlim_max < wanted.rlim_max)
		wanted = (struct rlimit){ now.rlim_max < most ? now.rlim_max : most, now.rlim_max };
	setrlimit(resource, &wanted);
}

static void limit(__rlimit_resource_t resource, rlim_t most)
{
	limit_softly(resource, most, 0);
}

/* `keep` becomes CHANNEL_FD, and the only one. */
static void leave_files(int keep)
{
	if (keep != CHANNEL_FD && dup2(keep, CHANNEL_FD) < 0)
		_exit(1);
	close_from(CHANNEL_FD + 1);
	for (int fd = 0; fd < CHANNEL_FD; fd++)
		close(fd);
}

void confine_zygote(int keep, unsigned *layers, char problem[MESSAGE_TEXT])
{
	wipe_environment();
	leave_files(keep);
	reset_signals();
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)
		*layers |= LAYER_PROCESS;
	else
		confine_add_problem(problem, "no no_new_privs: %s", error_number_text(errno));
	drop_capabilities();
	landlock_everything(layers, problem);
}

void confine_worker(struct seccomp_program *program, unsigned *layers, char problem[MESSAGE_TEXT])
{
	limit(RLIMIT_NPROC, 0);
	limit_softly(RLIMIT_CPU, LIMIT_WORKER_CPU_SECONDS, 1); /* at the hard limit it is killed without saying why */
	limit(RLIMIT_NOFILE, 0);
	if (MEMORY_IS_LIMITED)
		limit(RLIMIT_DATA, LIMIT_WORKER_BYTES);
	if (seccomp_few_calls(program, problem))
		*layers |= LAYER_SECCOMP;
}
