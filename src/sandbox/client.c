/* One task: the parent's side of it. Nothing that comes from the worker is believed. */
#include "pool.h"

#include <signal.h>
#include <sys/wait.h>

#include "assay/limits.h"

struct task {
	struct sandbox_client *client;
	const struct sandbox_request *request;
	struct buf *answer;
	uint64_t size;
	int64_t deadline_ms, timeout_ms;
	bool input_failed, enough;
};

/* ---- why a worker was lost ----------------------------------------------------------------- */

static void explain_signal(int number, struct error *err)
{
	if (number == SIGSYS)
		error_set(err, STATUS_INVALID, "its inspection tried what no inspection does, and was stopped (a forbidden system call)");
	else if (number == SIGKILL)
		error_set(err, STATUS_INVALID, "the process that inspected it was killed");
	else if (number == SIGXCPU)
		error_set(err, STATUS_INVALID, "its inspection took more than %d s of processor time", LIMIT_WORKER_CPU_SECONDS);
	else
		error_set(err, STATUS_INVALID, "the process that inspected it crashed (signal %d)", number);
}

static enum sandbox_outcome lose(struct task *task, enum channel_event event, struct error *err)
{
	struct sandbox *sandbox = task->client->sandbox;
	int how = client_end_worker(task->client);
	pthread_mutex_lock(&sandbox->lock);
	sandbox->state.lost++;
	pthread_mutex_unlock(&sandbox->lock);
	if (event == CHANNEL_LATE)
		error_set(err, STATUS_INVALID, "its inspection did not end within %lld s", (long long)((task->timeout_ms + 999) / 1000));
	else if (event == CHANNEL_MESSAGE)
		error_set(err, STATUS_INVALID, "the process that inspected it gave an answer that cannot be");
	else if (how >= 0 && WIFSIGNALED(how))
		explain_signal(WTERMSIG(how), err);
	else
		error_set(err, STATUS_INVALID, "the process that inspected it ended before it was done");
	return SANDBOX_LOST;
}

/* ---- what it may ask for --------------------------------------------------------------------- */

/* What the parent does with it is not the worker's time. */
static bool hand_on(struct task *task, struct str bytes)
{
	const int64_t before = clock_ms();
	task->enough = bytes.n && !task->request->take(task->request->take_context, bytes);
	task->deadline_ms += clock_ms() - before;
	return !task->enough;
}

static bool take_answer(struct task *task, const struct message *message)
{
	const struct region *output = &task->client->output;
	if (message->n > output->size)
		return false;
	if (task->request->take)
		return hand_on(task, (struct str){ output->p, (size_t)message->n });
	if (!task->answer || message->n > task->answer->max - task->answer->n)
		return false;
	buf_add(task->answer, (struct str){ output->p, (size_t)message->n });
	return !task->answer->failed;
}

static bool put_piece(struct task *task, struct message *message)
{
	const struct sandbox_request *request = task->request;
	const struct region *input = &task->client->input;
	if (request->input.p || !request->read_at || message->n > input->size || message->at > task->size || message->n > task->size - message->at)
		return false;
	ptrdiff_t n = request->read_at(request->context, input->p, (size_t)message->n, message->at);
	task->input_failed |= n < 0 || (uint64_t)n != message->n;
	*message = (struct message){ .kind = MESSAGE_PIECE, .n = n < 0 ? 0 : (uint64_t)n, .status = task->input_failed };
	return message_send(task->client->channel, message);
}

static bool serve(struct task *task, struct message *message)
{
	if (message->kind == MESSAGE_READ)
		return put_piece(task, message);
	if (message->kind != MESSAGE_WRITE || !take_answer(task, message))
		return false;
	return message_send(task->client->channel, &(struct message){ .kind = MESSAGE_MORE });
}

static bool finish(struct task *task, const struct message *done, enum status *status, struct error *err)
{
	if (done->status > STATUS_MEMORY || !take_answer(task, done))
		return false;
	*status = task->input_failed ? STATUS_IO : (enum status)done->status;
	if (*status)
		error_set(err, *status, "%s", task->input_failed ? "it cannot be read" : done->text);
	return true;
}

/* ---- the task ---------------------------------------------------------------------------------- */

/* Where the input lies is where the worker reads it, or it is copied there, or it is handed over in pieces. */
static bool begin(struct task *task)
{
	const struct sandbox_request *request = task->request;
	const struct region *input = &task->client->input;
	struct message message = { .kind = MESSAGE_TASK, .job = request->job, .n = task->size, .whole = request->input.p != NULL };
	message.arguments_n = (uint32_t)request->arguments.n;
	if (request->arguments.p && request->arguments.n)
		memcpy(message.arguments, request->arguments.p, request->arguments.n);
	if (message.whole && request->input.n && request->input.p != input->p)
		memcpy(input->p, request->input.p, request->input.n);
	return message_send(task->client->channel, &message);
}

static enum sandbox_outcome let_go(struct task *task, enum status *status)
{
	client_end_worker(task->client);
	*status = STATUS_OK;
	return SANDBOX_ANSWERED;
}

static enum sandbox_outcome converse(struct task *task, enum status *status, struct error *err)
{
	struct message message;
	if (!begin(task))
		return lose(task, CHANNEL_CLOSED, err);
	for (;;) {
		enum channel_event event = client_wait(task->client, task->deadline_ms, &message);
		if (event != CHANNEL_MESSAGE)
			return lose(task, event, err);
		bool done = message.kind == MESSAGE_DONE;
		bool fine = done ? finish(task, &message, status, err) : serve(task, &message);
		if (task->enough)
			return let_go(task, status);
		if (!fine)
			return lose(task, CHANNEL_MESSAGE, err);
		if (done)
			return SANDBOX_ANSWERED;
	}
}

static int64_t time_for(const struct sandbox *sandbox, uint64_t size)
{
	unsigned set = sandbox->options.timeout_ms;
	return set ? set : LIMIT_WORKER_MS + (int64_t)(size / MIB) * 1000;
}

enum sandbox_outcome sandbox_run(struct sandbox_client *client, const struct sandbox_request *request, struct buf *answer, enum status *status,
				 struct error *err)
{
	struct task task = { .client = client, .request = request, .answer = answer };
	task.size = request->input.p ? request->input.n : request->size;
	if (answer)
		buf_clear(answer);
	if (request->arguments.n > SANDBOX_ARGUMENTS || (request->input.p && request->input.n > client->input.size)) {
		*status = error_set(err, STATUS_LIMIT, "more than fits into the shared memory");
		return SANDBOX_ANSWERED;
	}
	if (client->tasks >= LIMIT_WORKER_TASKS)
		client_end_worker(client);
	if (client->channel < 0 && !client_start_worker(client, err))
		return SANDBOX_UNAVAILABLE;
	client->tasks++;
	task.timeout_ms = time_for(client->sandbox, task.size);
	task.deadline_ms = clock_ms() + task.timeout_ms;
	return converse(&task, status, err);
}
