/*
 * sandbox: worker processes that open what strangers packed. A worker has no files, no network and no privileges; it gets bytes that it
 * cannot change, and gives bytes back. Whoever takes it over has gained the right to give a wrong answer about what it was given.
 *
 * How: before there is a thread, sandbox_start() forks a zygote, which throws away what it inherited (environment, files,
 * capabilities) and does nothing but fork workers when it is asked to, also in place of one that ended. It never sees a stranger's byte. A worker adds
 * rlimits and seccomp. Its input lies in shared memory that it can read and the parent alone can write; a worker is used for one task at a
 * time, for at most LIMIT_WORKER_TASKS of them, and ends where who asked doubts it, so that what happened to it does not last.
 *
 * Whatever a worker says is hostile: lengths and kinds of messages are checked here, and what stands in the answer must be checked by who asked for it. The
 * parent copies an answer before anybody looks at it.
 *
 * A worker that crashes, hangs past its time or breaks the rules of the channel costs its own task and nothing else.
 */
#ifndef ASSAY_SANDBOX_H
#define ASSAY_SANDBOX_H

#include "assay/base.h"

#pragma GCC visibility push(default)

enum sandbox_mode {
	SANDBOX_AUTO,    /* as much of it as the system allows */
	SANDBOX_REQUIRE, /* with seccomp, or not at all */
	SANDBOX_OFF,
};
bool sandbox_mode_by_name(struct str name, enum sandbox_mode *out); /* "auto", "require", "off" */
const char *sandbox_mode_name(enum sandbox_mode mode);

/* What holds a worker; a bit each. */
enum sandbox_layer {
	LAYER_PROCESS = 1 << 0, /* memory of its own; no environment, no open files; no_new_privs, no capabilities, no core dumps, rlimits */
	LAYER_SECCOMP = 1 << 1, /* a short list of system calls */
	LAYER_LANDLOCK_FILES = 1 << 2,
	LAYER_LANDLOCK_NETWORK = 1 << 3, /* TCP; the rest is seccomp's */
	LAYER_LANDLOCK_SCOPE = 1 << 4,   /* signals and abstract sockets */
};
#define SANDBOX_LAYERS 5
const char *sandbox_layer_name(enum sandbox_layer layer); /* "process", "seccomp", "landlock-files", … */

struct sandbox_state {
	enum sandbox_mode mode;
	bool used;            /* at least one worker ran */
	bool off;             /* archives are opened without one: by --sandbox off, or because of `problem` */
	unsigned layers;      /* what all workers had */
	size_t workers, lost; /* started; of these, lost within a task */
	char problem[256];    /* what is missing, and why; "": nothing is */
};

struct sandbox;
struct sandbox_options {
	enum sandbox_mode mode;
	/* Made once, before the zygote gives everything up: what workers need from files or want to share. May be NULL. */
	void *(*prepare)(void);
	/* Called once with that, before the first worker and without any file, on no stranger's byte: what the first task of a process does besides its
	 * work (binding symbols, loading tables, claiming memory) is then done for all of them. Whether it went well; nothing depends on it. May be NULL. */
	bool (*warm_up)(void *prepared);
	unsigned start_ms;   /* until a worker is there; 0: LIMIT_WORKER_START_MS */
	unsigned timeout_ms; /* of one task; 0: LIMIT_WORKER_MS, and a second for each MiB of its input */
};
/* While this process has one thread, and before it holds a secret. With SANDBOX_OFF nothing is started; with SANDBOX_REQUIRE a worker is,
 * and where it lacks seccomp that is STATUS_UNSUPPORTED. */
enum status sandbox_start(const struct sandbox_options *options, struct sandbox **out, struct error *err);
/* Ends all workers and waits for that; NULL is fine. After all clients were given back. */
void sandbox_free(struct sandbox *sandbox);
void sandbox_cleanup(struct sandbox **sandbox);
void sandbox_state(struct sandbox *sandbox, struct sandbox_state *out);
bool sandbox_is_off(struct sandbox *sandbox); /* also where there is none (NULL) */
/* The same for a report: where no worker was needed, with the layers that one would have had. */
void sandbox_describe(struct sandbox *sandbox, struct sandbox_state *out);

/* ---- in the worker ---------------------------------------------------------------- */

struct sandbox_call;
/* What a worker can be asked to do. A worker is a fork of this very program, and so a function is known by where it stands. */
struct sandbox_job {
	const char *name;
	/* The status and the error's text go to who asked; never a reason to end the process. */
	enum status (*run)(struct sandbox_call *call, struct error *err);
};
void *sandbox_prepared(const struct sandbox_call *call);
/* The plain struct that came with the request; false: it is none of that size. */
bool sandbox_arguments(const struct sandbox_call *call, void *out, size_t size);
uint64_t sandbox_input_size(const struct sandbox_call *call);
/* All of the input, where it is at hand as a whole, until the job ends; .p NULL: it must be read. */
struct str sandbox_input_bytes(const struct sandbox_call *call);
/* At most `size` bytes of the input from `at` on: as many as there are, -1 where they cannot be had. */
ptrdiff_t sandbox_input_read(struct sandbox_call *call, char *out, size_t size, uint64_t at);
/* Appends to the answer; of any size, as long as who asked has room. */
void sandbox_answer(struct sandbox_call *call, struct str bytes);

/* ---- in the parent ---------------------------------------------------------------- */

/* One worker, or the next in its place. One thread at a time. */
struct sandbox_client;
/* NULL: out of memory, or the system gives no shared memory; then, in SANDBOX_AUTO, the sandbox is off. */
struct sandbox_client *sandbox_take(struct sandbox *sandbox, struct error *err);
void sandbox_give(struct sandbox_client *client); /* back; NULL is fine */
/* Its worker ends here, and the next task gets another one: for who was answered what makes one doubt the input, or the answer. NULL is fine. */
void sandbox_renew(struct sandbox_client *client);
/* Shared memory that input may be put into, so that it need not be copied; the worker can read it and nothing more. */
char *sandbox_room(const struct sandbox_client *client, size_t *size);

#define SANDBOX_ARGUMENTS 64
struct sandbox_request {
	const struct sandbox_job *job;
	struct str arguments; /* a plain struct, at most SANDBOX_ARGUMENTS bytes */
	struct str input;     /* in the client's room or elsewhere; .p NULL: read by `read_at` while the job wants it */
	uint64_t size;
	ptrdiff_t (*read_at)(void *context, char *out, size_t size, uint64_t at);
	void *context;
	/* In place of `answer`: called with each part of the answer as it comes, which takes none of the task's time. False: enough, and the worker
	 * is let go; the outcome is then SANDBOX_ANSWERED with STATUS_OK. */
	bool (*take)(void *take_context, struct str bytes);
	void *take_context;
};
enum sandbox_outcome {
	SANDBOX_ANSWERED,    /* `status` is the job's; `answer` holds what it gave, which nobody has checked */
	SANDBOX_LOST,        /* the worker crashed, took too long or broke the rules; `err` says which */
	SANDBOX_UNAVAILABLE, /* no worker can be had; with SANDBOX_AUTO the sandbox is off from now on, if there never was one */
};
/* In place of what `answer` (may be NULL where `take` is given) holds; up to its maximum. STATUS_IO where the input could not be read. */
enum sandbox_outcome sandbox_run(struct sandbox_client *client, const struct sandbox_request *request, struct buf *answer, enum status *status,
				 struct error *err);

#pragma GCC visibility pop
#endif
