/*
 * Linked into every program of V=cov, behind all that counts and before gcc's own library: what a process and those that it forks count is one. A
 * worker can open no file to say what it counted, and is killed when nobody needs it any more; so the counters, which stand in .bss, become memory
 * that the forks share, and whoever ends in order writes what all of them counted (lines that ran are what is asked for; some count twice).
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { PAGE = 4096 };
extern char __bss_start[] __attribute__((visibility("hidden")));
static char behind[PAGE] __attribute__((aligned(PAGE))); /* and in front of what gcc's library keeps there itself */

__attribute__((constructor(101))) static void share_counters(void)
{
	uintptr_t from = ((uintptr_t)__bss_start + PAGE - 1) & ~(uintptr_t)(PAGE - 1), to = (uintptr_t)behind;
	if (from >= to || sysconf(_SC_PAGESIZE) != PAGE)
		return;
	size_t size = to - from;
	char *kept = malloc(size);
	if (!kept) /* as a test may want it: this process counts for itself */
		return;
	memcpy(kept, (char *)from, size);
	if (mmap((char *)from, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_FIXED, -1, 0) != MAP_FAILED)
		memcpy((char *)from, kept, size);
	free(kept);
}

/* gcc calls this in place of fork(); its own would set the child's counters, which are the parent's, back to nothing. */
pid_t __gcov_fork(void);
pid_t __gcov_fork(void)
{
	return fork();
}
