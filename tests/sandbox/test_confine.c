/* How long a worker may burn a processor: at the limit it ends by a signal that says so. */
#include "assay/limits.h"
#undef LIMIT_WORKER_CPU_SECONDS
#define LIMIT_WORKER_CPU_SECONDS 1
#include "sandbox/confine.c"

#include <sys/wait.h>

#include "tests.h"

static void burn(void)
{
	unsigned layers = 0;
	char problem[MESSAGE_TEXT] = "";
	struct seccomp_program program = { .count = 0 };
	confine_worker(&program, &layers, problem);
	for (volatile unsigned i = 0;; i++)
		;
}

static void as_long_as_it_may(void **state)
{
	(void)state;
	struct rusage used;
	int how;
	pid_t child = fork();
	if (child == 0)
		burn();
	assert_int_equal(wait4(child, &how, 0, &used), child);
	assert_true(WIFSIGNALED(how));
	assert_int_equal(WTERMSIG(how), SIGXCPU);
	assert_in_range(used.ru_utime.tv_sec + used.ru_stime.tv_sec, 0, 1); /* the kernel's two ways to count may differ by a little */
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(as_long_as_it_may) };
	return _cmocka_run_group_tests("sandbox/confine", tests, sizeof tests / sizeof *tests, NULL, NULL);
}
