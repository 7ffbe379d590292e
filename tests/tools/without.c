/*
 * without CALL[,CALL…] COMMAND…: runs COMMAND where these system calls are denied, as the profiles of containers do. `seccomp` also takes
 * the way around it (prctl), `landlock` stands for all of its calls.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <seccomp.h>

static int deny(scmp_filter_ctx filter, const char *name)
{
	const struct scmp_arg_cmp set = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = PR_SET_SECCOMP };
	int failed = 0;
	if (strcmp(name, "landlock") == 0)
		for (int call = 444; call <= 446; call++)
			failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0);
	else
		failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), seccomp_syscall_resolve_name(name), 0);
	if (strcmp(name, "seccomp") == 0)
		failed |= seccomp_rule_add(filter, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(prctl), 1, set);
	return failed;
}

int main(int argc, char **argv)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ALLOW);
	if (argc < 3 || !filter)
		return 125;
	for (char *name = strtok_r(argv[1], ",", &argv[1]); name; name = strtok_r(NULL, ",", &argv[1]))
		if (deny(filter, name))
			return 125;
	if (seccomp_load(filter))
		return 125;
	execvp(argv[2], argv + 2);
	return 127;
}
