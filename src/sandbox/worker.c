/* A worker: one task after the other, until nobody wants anything of it any more. Whatever goes wrong ends it. */
#include "channel.h"

#include <sys/mman.h>
#include <unistd.h>

struct sandbox_call {
	const char *input; /* read-only */
	size_t input_size;
	char *output;
	size_t output_size, filled;
	void *prepared;
	struct message task;
};

/* ---- for jobs --------------------------------------------------------------------- */

void *sandbox_prepared(const struct sandbox_call *call)
{
	return call->prepared;
}

bool sandbox_arguments(const struct sandbox_call *call, void *out, size_t size)
{
	if (size != call->task.arguments_n)
		return false;
	memcpy(out, call->task.arguments, size);
	return true;
}

uint64_t sandbox_input_size(const struct sandbox_call *call)
{
	return call->task.n;
}

struct str sandbox_input_bytes(const struct sandbox_call *call)
{
	return call->task.whole ? (struct str){ call->input, (size_t)call->task.n } : STR_NONE;
}

/* Sends, and waits for the answer. */
static struct message ask(const struct message *message)
{
	struct message answer;
	if (!message_send(CHANNEL_FD, message) || !message_receive(CHANNEL_FD, &answer))
		_exit(0); /* nobody is there any more */
	return answer;
}

/* What is not at hand is put where the input lies, a piece at a time. */
static ptrdiff_t fetch(struct sandbox_call *call, char *out, size_t size, uint64_t at)
{
	struct message want = { .kind = MESSAGE_READ, .at = at, .n = size < call->input_size ? size : call->input_size };
	struct message got = ask(&want);
	if (got.status || got.n > want.n)
		return -1;
	memcpy(out, call->input, (size_t)got.n);
	return (ptrdiff_t)got.n;
}

ptrdiff_t sandbox_input_read(struct sandbox_call *call, char *out, size_t size, uint64_t at)
{
	uint64_t left = at < call->task.n ? call->task.n - at : 0;
	size_t done = 0;
	size = left < size ? (size_t)left : size;
	if (call->task.whole && size)
		memcpy(out, call->input + at, size);
	while (!call->task.whole && done < size) {
		ptrdiff_t n = fetch(call, out + done, size - done, at + done);
		if (n <= 0)
			return -1;
		done += (size_t)n;
	}
	return (ptrdiff_t)size;
}

void sandbox_answer(struct sandbox_call *call, struct str bytes)
{
	while (bytes.n) {
		if (call->filled == call->output_size) {
			ask(&(struct message){ .kind = MESSAGE_WRITE, .n = call->filled });
			call->filled = 0;
		}
		struct str part = str_head(bytes, call->output_size - call->filled);
		memcpy(call->output + call->filled, part.p, part.n);
		call->filled += part.n;
		bytes = str_from(bytes, part.n);
	}
}

/* ---- the process -------------------------------------------------------------------- */

static void run_task(struct sandbox_call *call)
{
	struct error err = { 0 };
	struct message done = { .kind = MESSAGE_DONE };
	call->filled = 0;
	enum status status = call->task.job->run(call, &err);
	done.status = status;
	done.n = call->filled;
	if (status)
		memcpy(done.text, err.text, sizeof done.text - 1);
	if (!message_send(CHANNEL_FD, &done))
		_exit(0);
}

static bool map(struct sandbox_call *call, const struct worker_start *start)
{
	void *input = mmap(NULL, start->input, PROT_READ, MAP_SHARED, start->files[1], 0);
	void *output = mmap(NULL, start->output, PROT_READ | PROT_WRITE, MAP_SHARED, start->files[2], 0);
	call->input = input;
	call->output = output;
	return input != MAP_FAILED && output != MAP_FAILED;
}

/* The zygote's own channel gives way to this worker's; no other file is left. */
static bool leave_files(const struct worker_start *start)
{
	bool fine = dup2(start->files[0], CHANNEL_FD) == CHANNEL_FD;
	for (size_t i = 0; i < CHANNEL_FDS; i++)
		close(start->files[i]);
	return fine;
}

void worker_run(struct worker_start *start)
{
	struct message ready = { .kind = MESSAGE_READY };
	struct sandbox_call call = { .input_size = start->input, .output_size = start->output, .prepared = start->prepared };
	if (!confine_to_parent(start->zygote) || !map(&call, start) || !leave_files(start))
		_exit(1);
	confine_worker(start->program, &start->layers, start->problem);
	ready.n = start->layers;
	memcpy(ready.text, start->problem, sizeof ready.text);
	if (!message_send(CHANNEL_FD, &ready))
		_exit(0);
	while (message_receive(CHANNEL_FD, &call.task) && call.task.kind == MESSAGE_TASK)
		run_task(&call);
	_exit(0);
}
