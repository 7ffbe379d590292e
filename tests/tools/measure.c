/*
 * measure RUNS COMMAND [ARG…]: runs the command RUNS times after one warm-up, its output thrown away, and prints one line:
 * "<median wall ms> <least wall ms> <median cpu ms> <peak memory KB> <exit code>". RUNS 0: once and no other before it, and what it says on standard error
 * is let through.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct run {
	double wall_ms, cpu_ms;
	long peak_kb;
	int code;
};

static double milliseconds(struct timeval t)
{
	return (double)t.tv_sec * 1e3 + (double)t.tv_usec / 1e3;
}

static int run_once(char **argv, bool quiet, struct run *out)
{
	struct timespec from, to;
	struct rusage usage;
	int status;
	clock_gettime(CLOCK_MONOTONIC, &from);
	pid_t child = fork();
	if (child < 0)
		return -1;
	if (child == 0) {
		int null = open("/dev/null", O_RDWR);
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		if (quiet)
			dup2(null, STDERR_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (wait4(child, &status, 0, &usage) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &to);
	out->wall_ms = (double)(to.tv_sec - from.tv_sec) * 1e3 + (double)(to.tv_nsec - from.tv_nsec) / 1e6;
	out->cpu_ms = milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime);
	out->peak_kb = usage.ru_maxrss;
	out->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	return 0;
}

static int by_wall(const void *a, const void *b)
{
	double x = ((const struct run *)a)->wall_ms, y = ((const struct run *)b)->wall_ms;
	return (x > y) - (x < y);
}

static int by_cpu(const void *a, const void *b)
{
	double x = ((const struct run *)a)->cpu_ms, y = ((const struct run *)b)->cpu_ms;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	long count = argc > 2 ? strtol(argv[1], NULL, 10) : 0;
	bool once = argc > 2 && strcmp(argv[1], "0") == 0;
	if (!once && (count < 1 || count > 1000)) {
		fprintf(stderr, "usage: measure RUNS COMMAND [ARG…]\n");
		return 2;
	}
	count = once ? 1 : count;
	struct run *runs = calloc((size_t)count, sizeof *runs), warm_up;
	if (!runs || (!once && run_once(argv + 2, true, &warm_up)))
		return 1;
	long peak = 0;
	for (long i = 0; i < count; i++) {
		if (run_once(argv + 2, !once, &runs[i]))
			return 1;
		peak = runs[i].peak_kb > peak ? runs[i].peak_kb : peak;
	}
	qsort(runs, (size_t)count, sizeof *runs, by_wall);
	double median = runs[count / 2].wall_ms, least = runs[0].wall_ms;
	int code = runs[0].code;
	qsort(runs, (size_t)count, sizeof *runs, by_cpu);
	printf("%.1f %.1f %.1f %ld %d\n", median, least, runs[count / 2].cpu_ms, peak, code);
	free(runs);
	return 0;
}
