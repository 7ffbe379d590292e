/* What parent, zygote and workers say to each other: one packet a message, of one shape. */
#ifndef ASSAY_SANDBOX_CHANNEL_H
#define ASSAY_SANDBOX_CHANNEL_H

#include <linux/filter.h>
#include <sys/types.h>

#include "assay/sandbox.h"

enum { CHANNEL_FD = 3, CHANNEL_FDS = 3, MESSAGE_TEXT = 256 };

enum message_kind {
	/* parent and worker */
	MESSAGE_READY, /* worker: `n` has its layers, `text` what is missing */
	MESSAGE_TASK,  /* parent: `job`, `arguments`; `n` is the input's size, `whole` whether it lies in the shared memory */
	MESSAGE_READ,  /* worker: wants `n` bytes of the input from `at` */
	MESSAGE_PIECE, /* parent: `n` bytes lie in the shared memory; `status` where there are none */
	MESSAGE_WRITE, /* worker: `n` bytes of the answer lie in its own shared memory, and there is more */
	MESSAGE_MORE,  /* parent: they were taken */
	MESSAGE_DONE,  /* worker: the last `n` bytes, `status`, and `text` where that is no STATUS_OK */
	/* parent and zygote */
	MESSAGE_FORK,   /* parent: with the worker's end of the channel, its input (of `at` bytes) and its output (of `n` bytes) */
	MESSAGE_END,    /* parent: worker `pid` is to end */
	MESSAGE_LAYERS, /* parent: what would hold a worker */
	MESSAGE_REPLY, /* zygote: `pid` of the new worker; `n`, the wait status of the one that ended, or layers, with `text`; `status` where it failed */
};

struct message {
	uint32_t kind, status;
	uint64_t at, n;
	int64_t pid;
	const struct sandbox_job *job;
	uint32_t arguments_n;
	bool whole;
	unsigned char arguments[SANDBOX_ARGUMENTS];
	char text[MESSAGE_TEXT];
};

/* False where the other end is gone, or will not listen. */
bool message_send(int fd, const struct message *message);
bool message_send_files(int fd, const struct message *message, const int files[CHANNEL_FDS]);
/* Waits for one. False at the end, or where it is none of that size. */
bool message_receive(int fd, struct message *out);
/* The same with CHANNEL_FDS files, or none (-1 each). */
bool message_receive_files(int fd, struct message *out, int files[CHANNEL_FDS]);

/* Shared memory, of a size that does not change. */
struct region {
	int fd;
	char *p;
	size_t size;
};
/* `ours`: this process writes it, and no other one can; else it only reads. */
bool region_make(struct region *region, size_t size, bool ours);
void region_fini(struct region *region);

/* What a worker may ask of the kernel, as the kernel takes it (seccomp.c). */
struct seccomp_program {
	struct sock_filter code[BPF_MAXINSNS / 2];
	unsigned short count;  /* 0: there is none */
	unsigned short itself; /* the instruction that has the worker's number */
};

/* ---- the processes. These do not return. ---------------------------------------- */

_Noreturn void zygote_run(int control, pid_t parent, const struct sandbox_options *options);

struct worker_start {
	int files[CHANNEL_FDS]; /* channel, input, output */
	size_t input, output;   /* their sizes */
	pid_t zygote;
	void *prepared;
	struct seccomp_program *program;
	unsigned layers;            /* that the zygote has given all of them */
	char problem[MESSAGE_TEXT]; /* what it could not */
};
_Noreturn void worker_run(struct worker_start *start);

/* ---- what confines them (confine.c) -------------------------------------------------- */

/* The zygote's part: environment, files but `keep`, which gets the number CHANNEL_FD, privileges, dumps, Landlock. Adds to `layers` and `problem`. */
void confine_zygote(int keep, unsigned *layers, char problem[MESSAGE_TEXT]);
/* The worker's part, its files but CHANNEL_FD: rlimits, seccomp. */
void confine_worker(struct seccomp_program *program, unsigned *layers, char problem[MESSAGE_TEXT]);
/* Asks to be killed when the parent ends; false: it has ended. */
bool confine_to_parent(pid_t parent);
bool landlock_everything(unsigned *layers, char problem[MESSAGE_TEXT]);
/* Once, before there is a worker; where there is none in the end, `problem` says why. */
void seccomp_make(struct seccomp_program *out, char problem[MESSAGE_TEXT]);
bool seccomp_few_calls(struct seccomp_program *program, char problem[MESSAGE_TEXT]);
void confine_add_problem(char problem[MESSAGE_TEXT], const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
