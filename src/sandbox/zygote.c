/*
 * The zygote: forked while there was one thread, it forks the workers. It knows who lives, so that a number that the system gave to somebody
 * else is never killed. It sees no input: that is in memory that it hands on and does not map.
 */
#include "channel.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORKERS = 256 };

struct zygote {
	const struct sandbox_options *options;
	void *prepared;
	bool warm;
	unsigned layers;
	char problem[MESSAGE_TEXT]; /* of the zygote itself */
	char told[MESSAGE_TEXT];    /* and of the filter */
	struct seccomp_program program;
	pid_t self;
	pid_t alive[MOST_WORKERS];
	size_t count;
};

static void become_worker(struct zygote *zygote, const struct message *asked, const int files[CHANNEL_FDS])
{
	struct worker_start start = {
		.input = (size_t)asked->at,
		.output = (size_t)asked->n,
		.zygote = zygote->self,
		.prepared = zygote->prepared,
		.program = &zygote->program,
		.layers = zygote->layers,
	};
	memcpy(start.files, files, sizeof start.files);
	memcpy(start.problem, zygote->told, sizeof start.problem);
	worker_run(&start);
}

/* What is the same for all workers is done when the first one is asked about, or for. A filter that could not be made is tried again for the next one: what
 * was short then, memory or descriptors, may be there now. */
static void get_ready(struct zygote *zygote, bool to_fork)
{
	if (!zygote->program.count) {
		memcpy(zygote->told, zygote->problem, sizeof zygote->told);
		seccomp_make(&zygote->program, zygote->told);
	}
	if (to_fork && !zygote->warm && zygote->options->warm_up)
		(void)zygote->options->warm_up(zygote->prepared);
	zygote->warm |= to_fork;
}

static void fork_worker(struct zygote *zygote, const struct message *asked, const int files[CHANNEL_FDS], struct message *reply)
{
	bool fine = files[0] >= 0 && zygote->count < MOST_WORKERS;
	get_ready(zygote, true);
	pid_t worker = fine ? fork() : -1;
	if (worker == 0)
		become_worker(zygote, asked, files);
	reply->pid = worker;
	reply->status = worker < 0 ? fine ? (uint32_t)errno : EAGAIN : 0;
	if (worker > 0)
		zygote->alive[zygote->count++] = worker;
}

static int end_worker(pid_t worker)
{
	int how = 0;
	kill(worker, SIGKILL); /* one that has ended keeps what it ended with */
	while (waitpid(worker, &how, 0) < 0 && errno == EINTR)
		;
	return how;
}

static void end_one(struct zygote *zygote, const struct message *asked, struct message *reply)
{
	reply->status = ESRCH;
	for (size_t i = 0; i < zygote->count; i++) {
		if (zygote->alive[i] != asked->pid)
			continue;
		reply->n = (uint64_t)end_worker(zygote->alive[i]);
		reply->status = 0;
		zygote->alive[i] = zygote->alive[--zygote->count];
		return;
	}
}

static void tell_layers(struct zygote *zygote, struct message *reply)
{
	get_ready(zygote, false);
	reply->n = zygote->layers;
	memcpy(reply->text, zygote->told, sizeof reply->text);
	if (zygote->program.count)
		reply->n |= LAYER_SECCOMP; /* as far as can be said without trying */
}

static void serve(struct zygote *zygote, const struct message *asked, const int files[CHANNEL_FDS])
{
	struct message reply = { .kind = MESSAGE_REPLY };
	if (asked->kind == MESSAGE_FORK)
		fork_worker(zygote, asked, files, &reply);
	else if (asked->kind == MESSAGE_END)
		end_one(zygote, asked, &reply);
	else
		tell_layers(zygote, &reply);
	for (size_t i = 0; i < CHANNEL_FDS; i++)
		if (files[i] >= 0)
			close(files[i]);
	message_send(CHANNEL_FD, &reply);
}

void zygote_run(int control, pid_t parent, const struct sandbox_options *options)
{
	struct zygote zygote = { .self = getpid(), .options = options, .prepared = options->prepare ? options->prepare() : NULL };
	struct message asked;
	int files[CHANNEL_FDS];
	confine_zygote(control, &zygote.layers, zygote.problem);
	if (!confine_to_parent(parent))
		_exit(0);
	while (message_receive_files(CHANNEL_FD, &asked, files))
		serve(&zygote, &asked, files);
	for (size_t i = 0; i < zygote.count; i++)
		end_worker(zygote.alive[i]);
	_exit(0);
}
