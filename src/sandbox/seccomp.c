/*
 * seccomp: what a worker may ask of the kernel. It is memory, time and the channel. Opening files fails (the C library tries
 * now and then, and does without); what nobody who inspects ever does ends the process, so that it is noticed.
 *
 * libseccomp makes the program once, in the zygote: that takes longer than all else that a worker's start does. Each worker puts its own number
 * into it, which abort() needs, and gives it to the kernel.
 */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <seccomp.h>

static const int allowed[] = {
	SCMP_SYS(munmap),        SCMP_SYS(mremap),       SCMP_SYS(madvise),         SCMP_SYS(brk),    SCMP_SYS(futex),      SCMP_SYS(getrandom),
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(sched_yield),     SCMP_SYS(getpid), SCMP_SYS(gettid),     SCMP_SYS(rt_sigprocmask),
	SCMP_SYS(rt_sigreturn),  SCMP_SYS(sigaltstack),  SCMP_SYS(restart_syscall), SCMP_SYS(exit),   SCMP_SYS(exit_group),
};

// clang-format off
static const int deadly[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat), SCMP_SYS(fork), SCMP_SYS(vfork), SCMP_SYS(clone), SCMP_SYS(clone3),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev), SCMP_SYS(pidfd_open),
	SCMP_SYS(pidfd_getfd), SCMP_SYS(pidfd_send_signal), SCMP_SYS(kill), SCMP_SYS(tkill), SCMP_SYS(rt_sigqueueinfo),
	SCMP_SYS(rt_tgsigqueueinfo), SCMP_SYS(socket), SCMP_SYS(socketpair), SCMP_SYS(connect), SCMP_SYS(bind),
	SCMP_SYS(listen), SCMP_SYS(accept), SCMP_SYS(accept4), SCMP_SYS(io_uring_setup), SCMP_SYS(bpf),
	SCMP_SYS(perf_event_open), SCMP_SYS(userfaultfd), SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(unshare), SCMP_SYS(setns), SCMP_SYS(chroot), SCMP_SYS(pivot_root),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(kexec_load), SCMP_SYS(open_by_handle_at),
	SCMP_SYS(personality), SCMP_SYS(memfd_create), SCMP_SYS(remap_file_pages),
};
// clang-format on

/* A call that this processor does not have, or that this library has no name for, has no rule: the default forbids it. */
static bool is_known(int call)
{
	return call != __NR_SCMP_ERROR;
}

/* Memory is never executable, and never a file's. */
static int allow_memory(scmp_filter_ctx filter)
{
	int result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 2, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0),
				      SCMP_A3(SCMP_CMP_MASKED_EQ, MAP_ANONYMOUS, MAP_ANONYMOUS));
	return result ? result : seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

/* Some processors have no send() and recv() of their own: theirs are sendto() and recvfrom(). */
static int allow_channel(scmp_filter_ctx filter)
{
	static const int calls[] = { SCMP_SYS(sendto), SCMP_SYS(recvfrom) };
	const struct scmp_arg_cmp channel = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = CHANNEL_FD };
	int result = 0;
	for (size_t i = 0; i < sizeof calls / sizeof *calls && !result; i++)
		result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 1, channel);
	return result;
}

/* abort() sends a signal to the process itself, which is not there yet: this stands for its number. */
#define ITSELF 0x73656c66u
static int allow_abort(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp itself = { .arg = 0, .op = SCMP_CMP_EQ, .datum_a = ITSELF };
	return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself);
}

static int add_rules(scmp_filter_ctx filter)
{
	int result = 0;
	for (size_t i = 0; i < sizeof allowed / sizeof *allowed && !result; i++)
		if (is_known(allowed[i]))
			result = seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0);
	for (size_t i = 0; i < sizeof deadly / sizeof *deadly && !result; i++)
		if (is_known(deadly[i]))
			result = seccomp_rule_add(filter, SCMP_ACT_KILL_PROCESS, deadly[i], 0);
	if (!result)
		result = allow_memory(filter);
	if (!result)
		result = allow_channel(filter);
	return result ? result : allow_abort(filter);
}

static bool is_possible(void)
{
	const uint32_t action = SECCOMP_RET_KILL_PROCESS;
	return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

/* ---- in the zygote -------------------------------------------------------------------------------- */

/* libseccomp writes programs into files alone, and a zygote may make none that has a size; a pipe holds more than a program can have. */
static int read_program(scmp_filter_ctx filter, struct seccomp_program *out)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
		return -errno;
	int result = seccomp_export_bpf(filter, ends[1]);
	ssize_t n = result ? 0 : read(ends[0], out->code, sizeof out->code);
	close(ends[0]);
	close(ends[1]);
	if (n <= 0 || n == (ssize_t)sizeof out->code || (size_t)n % sizeof *out->code)
		return result ? result : -EINVAL;
	out->count = (unsigned short)((size_t)n / sizeof *out->code);
	return 0;
}

/* Where a worker's number belongs: one place, or this is not the program that was asked for. */
static bool find_itself(struct seccomp_program *program)
{
	size_t found = 0;
	for (unsigned short i = 0; i < program->count; i++) {
		if (BPF_CLASS(program->code[i].code) != BPF_JMP || program->code[i].k != ITSELF)
			continue;
		program->itself = i;
		found++;
	}
	return found == 1;
}

void seccomp_make(struct seccomp_program *out, char problem[MESSAGE_TEXT])
{
	scmp_filter_ctx filter = is_possible() ? seccomp_init(SCMP_ACT_ERRNO(EPERM)) : NULL;
	int result = filter ? seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS) : is_possible() ? -ENOMEM : -EACCES;
	*out = (struct seccomp_program){ .count = 0 };
	if (!result)
		result = add_rules(filter);
	if (!result)
		result = read_program(filter, out);
	if (!result && !find_itself(out))
		result = -EINVAL;
	if (result) {
		out->count = 0;
		confine_add_problem(problem, "no seccomp: %s",
				    result == -ENOMEM ? "out of memory" :
				    result == -EACCES ? "the system does not allow it" :
							"its rules cannot be made");
	}
	if (filter)
		seccomp_release(filter);
}

/* ---- in a worker ------------------------------------------------------------------------------------ */

bool seccomp_few_calls(struct seccomp_program *program, char problem[MESSAGE_TEXT])
{
	const struct sock_fprog whole = { .len = program->count, .filter = program->code };
	if (!program->count)
		return false; /* why not was said when it was not made */
	program->code[program->itself].k = (unsigned)getpid();
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &whole) == 0)
		return true;
	confine_add_problem(problem, "no seccomp: the system does not allow it");
	return false;
}
