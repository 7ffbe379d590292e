/*
 * run: a command behind the gate. It runs where everything that the policy requires was checked and the policy holds; from then on
 * assay only stands between it and who waits for it.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"

/* The command's standard output belongs to the command: reports go where everything else goes. */
static int verify_here(struct cli *cli)
{
	struct cli scan = *cli;
	memset(&scan.operands, 0, sizeof scan.operands);
	scan.out_is_terminal = cli->err_is_terminal;
	int kept = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (kept < 0 || dup2(STDERR_FILENO, STDOUT_FILENO) < 0) {
		fprintf(stderr, "assay: standard output cannot be set aside: %s\n", error_number_text(errno));
		file_close(&kept);
		return EXIT_INCOMPLETE;
	}
	int code = command_verify(&scan);
	if (dup2(kept, STDOUT_FILENO) < 0)
		code = EXIT_INCOMPLETE;
	file_close(&kept);
	return code;
}

static const int passed_on[] = { SIGINT, SIGTERM, SIGHUP };
enum { PASSED_ON = sizeof passed_on / sizeof *passed_on };

static void awaited_signals(sigset_t *set)
{
	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	for (size_t i = 0; i < PASSED_ON; i++)
		sigaddset(set, passed_on[i]);
}

/* As the command would have found everything, had it been called itself. */
static void become(const char **argv, const sigset_t *mask)
{
	CLEANUP(buf_fini) struct buf name = BUF_INIT((size_t)64 * 1024);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, mask, NULL);
	execvp(argv[0], (char *const *)(uintptr_t)argv);
	int problem = errno;
	buf_add_visible(&name, str_of(argv[0]));
	fprintf(stderr, "assay: %.*s: %s\n", STR_ARG(buf_str(&name)), error_number_text(problem));
	_exit(problem == ENOENT ? 127 : 126);
}

/* Signals are taken one by one where they are waited for, so none comes between a look and a wait. What the terminal sends goes to
 * the whole foreground group, the command too: it is passed on only if somebody else sent it. */
static int wait_for(pid_t child, const sigset_t *awaited)
{
	int status;
	for (;;) {
		siginfo_t info;
		pid_t ended = waitpid(child, &status, WNOHANG);
		if (ended == child)
			break;
		if (ended < 0 && errno != EINTR)
			return EXIT_INCOMPLETE;
		int number = sigwaitinfo(awaited, &info);
		bool from_terminal = info.si_code == SI_KERNEL;
		if (number > 0 && number != SIGCHLD && !from_terminal)
			kill(child, number);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int run_command(const char **argv)
{
	sigset_t awaited, before;
	awaited_signals(&awaited);
	signal(SIGCHLD, SIG_DFL); /* ignored, nobody would hear of the command's end */
	pthread_sigmask(SIG_BLOCK, &awaited, &before);
	fflush(NULL);
	pid_t child = fork();
	if (child == 0)
		become(argv, &before);
	if (child < 0)
		fprintf(stderr, "assay: the command cannot be started: %s\n", error_number_text(errno));
	int code = child < 0 ? EXIT_INCOMPLETE : wait_for(child, &awaited);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

int command_run(struct cli *cli)
{
	const char **argv = arena_array(cli->arena, cli->operands.n + 1, sizeof *argv);
	if (!argv)
		return EXIT_INCOMPLETE;
	memcpy(argv, cli->operands.v, cli->operands.n * sizeof *argv);
	int code = verify_here(cli);
	if (code) {
		CLEANUP(buf_fini) struct buf name = BUF_INIT((size_t)64 * 1024);
		buf_add_visible(&name, str_of(argv[0]));
		fprintf(stderr, "assay: %.*s was not run (exit %d)\n", STR_ARG(buf_str(&name)), code);
		return code;
	}
	return run_command(argv);
}
