/* Starting and ending: the zygote at first, a worker for whoever wants one. */
#include "pool.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "assay/limits.h"

/* ---- names --------------------------------------------------------------------------- */

static const char *const mode_names[] = { [SANDBOX_AUTO] = "auto", [SANDBOX_REQUIRE] = "require", [SANDBOX_OFF] = "off" };

const char *sandbox_mode_name(enum sandbox_mode mode)
{
	return mode_names[mode];
}

bool sandbox_mode_by_name(struct str name, enum sandbox_mode *out)
{
	for (enum sandbox_mode mode = SANDBOX_AUTO; mode <= SANDBOX_OFF; mode++)
		if (str_equal_z(name, mode_names[mode])) {
			*out = mode;
			return true;
		}
	return false;
}

const char *sandbox_layer_name(enum sandbox_layer layer)
{
	static const char *const names[SANDBOX_LAYERS] = { "process", "seccomp", "landlock-files", "landlock-network", "landlock-scope" };
	return names[__builtin_ctz((unsigned)layer)];
}

/* ---- the zygote ------------------------------------------------------------------------ */

static void note_problem(struct sandbox *sandbox, const char *text)
{
	struct str head = str_head(str_of(text), sizeof sandbox->state.problem - 1);
	memcpy(sandbox->state.problem, head.p, head.n);
	sandbox->state.problem[head.n] = '\0';
}

static unsigned start_ms(const struct sandbox *sandbox)
{
	return sandbox->options.start_ms ? sandbox->options.start_ms : LIMIT_WORKER_START_MS;
}

static enum status start_zygote(struct sandbox *sandbox, struct error *err)
{
	int ends[2];
	pid_t self = getpid();
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return error_errno(err, "no sandbox: no socket pair");
	sandbox->zygote = fork();
	if (sandbox->zygote == 0) {
		close(ends[0]);
		zygote_run(ends[1], self, &sandbox->options);
	}
	close(ends[1]);
	sandbox->control = ends[0];
	unsigned ms = start_ms(sandbox);
	const struct timeval patience = { ms / 1000, ms % 1000 * 1000 };
	(void)setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	return sandbox->zygote < 0 ? error_errno(err, "no sandbox: no process can be forked") : STATUS_OK;
}

/* One message to the zygote, and what it says to that. One that hangs is ended: a late answer would be taken for that to another question. */
static bool ask_zygote(struct sandbox *sandbox, struct message *message, const int *files)
{
	bool sent = files ? message_send_files(sandbox->control, message, files) : message_send(sandbox->control, message);
	if (sent && message_receive(sandbox->control, message) && message->kind == MESSAGE_REPLY)
		return true;
	if (sandbox->zygote > 0)
		kill(sandbox->zygote, SIGKILL);
	file_close(&sandbox->control);
	return false;
}

static enum status start(struct sandbox *sandbox, struct error *err)
{
	enum status status = start_zygote(sandbox, err);
	if (status || sandbox->options.mode != SANDBOX_REQUIRE)
		return status;
	/* What cannot be had must be known before anything is read. */
	struct sandbox_client *client = sandbox_take(sandbox, err);
	bool fine = client && client_start_worker(client, err);
	sandbox_give(client);
	return fine ? STATUS_OK : err ? err->status : STATUS_UNSUPPORTED;
}

enum status sandbox_start(const struct sandbox_options *options, struct sandbox **out, struct error *err)
{
	struct error why = { 0 };
	struct sandbox *sandbox = calloc(1, sizeof *sandbox);
	if (!sandbox)
		return error_memory(err);
	sandbox->options = *options;
	sandbox->control = -1;
	sandbox->state = (struct sandbox_state){ .mode = options->mode, .off = options->mode == SANDBOX_OFF };
	pthread_mutex_init(&sandbox->lock, NULL);
	enum status status = options->mode == SANDBOX_OFF ? STATUS_OK : start(sandbox, &why);
	if (status && options->mode == SANDBOX_REQUIRE) {
		sandbox_free(sandbox);
		error_set(err, STATUS_UNSUPPORTED, "--sandbox require: %s", why.text);
		error_hint(err, "allow it here (containers: the seccomp profile), or say --sandbox auto and look at what the report says");
		return STATUS_UNSUPPORTED;
	}
	if (status) {
		sandbox->state.off = true;
		note_problem(sandbox, why.text);
	}
	*out = sandbox;
	return STATUS_OK;
}

static void free_client(struct sandbox_client *client)
{
	file_close(&client->channel);
	region_fini(&client->input);
	region_fini(&client->output);
	free(client);
}

void sandbox_free(struct sandbox *sandbox)
{
	if (!sandbox)
		return;
	file_close(&sandbox->control); /* with it the zygote ends its workers and itself */
	for (struct sandbox_client *client = sandbox->idle, *next; client; client = next) {
		next = client->next;
		free_client(client);
	}
	if (sandbox->zygote > 0)
		while (waitpid(sandbox->zygote, NULL, 0) < 0 && errno == EINTR)
			;
	pthread_mutex_destroy(&sandbox->lock);
	free(sandbox);
}

void sandbox_cleanup(struct sandbox **sandbox)
{
	sandbox_free(*sandbox);
}

void sandbox_state(struct sandbox *sandbox, struct sandbox_state *out)
{
	pthread_mutex_lock(&sandbox->lock);
	*out = sandbox->state;
	pthread_mutex_unlock(&sandbox->lock);
}

bool sandbox_is_off(struct sandbox *sandbox)
{
	struct sandbox_state state = { .off = true };
	if (sandbox)
		sandbox_state(sandbox, &state);
	return state.off;
}

/* Where no worker was needed: what one would have had. */
void sandbox_describe(struct sandbox *sandbox, struct sandbox_state *out)
{
	struct message message = { .kind = MESSAGE_LAYERS };
	pthread_mutex_lock(&sandbox->lock);
	bool told = sandbox->state.used || sandbox->state.off;
	if (!told && ask_zygote(sandbox, &message, NULL)) {
		sandbox->state.layers = (unsigned)message.n;
		note_problem(sandbox, message.text);
	}
	*out = sandbox->state;
	pthread_mutex_unlock(&sandbox->lock);
}

/* ---- clients -------------------------------------------------------------------------- */

/* Where none ever worked there is nothing to lose; later, to go on without would be what an attacker wants. */
static void fall_back(struct sandbox *sandbox, const char *why)
{
	if (sandbox->options.mode != SANDBOX_AUTO || sandbox->state.used)
		return;
	sandbox->state.off = true;
	note_problem(sandbox, why);
}

static struct sandbox_client *make_client(struct sandbox *sandbox, struct error *err)
{
	struct sandbox_client *client = calloc(1, sizeof *client);
	if (!client) {
		error_memory(err);
		return NULL;
	}
	client->sandbox = sandbox;
	client->channel = client->input.fd = client->output.fd = -1;
	if (region_make(&client->input, LIMIT_WORKER_INPUT_BYTES, true) && region_make(&client->output, LIMIT_WORKER_OUTPUT_BYTES, false))
		return client;
	error_errno(err, "no sandbox: no shared memory");
	free_client(client);
	return NULL;
}

struct sandbox_client *sandbox_take(struct sandbox *sandbox, struct error *err)
{
	struct error why = { 0 };
	pthread_mutex_lock(&sandbox->lock);
	struct sandbox_client *client = sandbox->idle;
	if (client)
		sandbox->idle = client->next;
	else if (!(client = make_client(sandbox, &why)))
		fall_back(sandbox, why.text);
	pthread_mutex_unlock(&sandbox->lock);
	if (!client && err)
		*err = why;
	return client;
}

void sandbox_give(struct sandbox_client *client)
{
	if (!client)
		return;
	struct sandbox *sandbox = client->sandbox;
	pthread_mutex_lock(&sandbox->lock);
	client->next = sandbox->idle;
	sandbox->idle = client;
	pthread_mutex_unlock(&sandbox->lock);
}

char *sandbox_room(const struct sandbox_client *client, size_t *size)
{
	*size = client->input.size;
	return client->input.p;
}

/* ---- their workers ---------------------------------------------------------------------- */

int64_t clock_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

enum channel_event client_wait(const struct sandbox_client *client, int64_t deadline_ms, struct message *out)
{
	struct pollfd wanted = { .fd = client->channel, .events = POLLIN };
	for (;;) {
		int64_t left = deadline_ms - clock_ms();
		int n = poll(&wanted, 1, left > 0 ? (int)(left < INT32_MAX ? left : INT32_MAX) : 0);
		if (n > 0)
			return message_receive(client->channel, out) ? CHANNEL_MESSAGE : CHANNEL_CLOSED;
		if (n == 0 && left <= 0)
			return CHANNEL_LATE;
		if (n < 0 && errno != EINTR)
			return CHANNEL_CLOSED;
	}
}

int client_end_worker(struct sandbox_client *client)
{
	struct sandbox *sandbox = client->sandbox;
	struct message message = { .kind = MESSAGE_END, .pid = client->worker };
	if (client->channel < 0)
		return -1;
	file_close(&client->channel);
	pthread_mutex_lock(&sandbox->lock);
	bool fine = ask_zygote(sandbox, &message, NULL) && !message.status;
	pthread_mutex_unlock(&sandbox->lock);
	return fine ? (int)message.n : -1;
}

void sandbox_renew(struct sandbox_client *client)
{
	if (client)
		(void)client_end_worker(client);
}

static bool fork_worker(struct sandbox_client *client, struct error *err)
{
	int ends[2];
	struct message message = { .kind = MESSAGE_FORK, .at = client->input.size, .n = client->output.size };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
		error_errno(err, "no worker process: no socket pair");
		return false;
	}
	const int files[CHANNEL_FDS] = { ends[1], client->input.fd, client->output.fd };
	bool fine = ask_zygote(client->sandbox, &message, files);
	close(ends[1]);
	if (fine && !message.status) {
		client->channel = ends[0];
		client->worker = (pid_t)message.pid;
		client->tasks = 0;
		return true;
	}
	close(ends[0]);
	error_set(err, STATUS_IO, "no worker process: %s", fine ? error_number_text((int)message.status) : "who starts them is gone");
	return false;
}

/* What all workers have is what is in force. */
static bool note_worker(struct sandbox *sandbox, const struct message *ready, struct error *err)
{
	struct sandbox_state *state = &sandbox->state;
	unsigned layers = (unsigned)ready->n & ((1u << SANDBOX_LAYERS) - 1);
	if (sandbox->options.mode == SANDBOX_REQUIRE && (~layers & (LAYER_PROCESS | LAYER_SECCOMP))) {
		error_set(err, STATUS_UNSUPPORTED, "%s", ready->text);
		return false;
	}
	state->layers = state->used ? state->layers & layers : layers;
	state->used = true;
	state->workers++;
	note_problem(sandbox, ready->text);
	return true;
}

static bool start_locked(struct sandbox_client *client, struct error *err)
{
	struct message ready;
	if (!fork_worker(client, err))
		return false;
	if (client_wait(client, clock_ms() + start_ms(client->sandbox), &ready) == CHANNEL_MESSAGE && ready.kind == MESSAGE_READY)
		return note_worker(client->sandbox, &ready, err);
	error_set(err, STATUS_IO, "no worker process: it ended while it started");
	return false;
}

bool client_start_worker(struct sandbox_client *client, struct error *err)
{
	struct sandbox *sandbox = client->sandbox;
	struct error why = { 0 };
	pthread_mutex_lock(&sandbox->lock);
	bool fine = start_locked(client, &why);
	if (!fine)
		fall_back(sandbox, why.text);
	pthread_mutex_unlock(&sandbox->lock);
	if (!fine) {
		client_end_worker(client);
		if (err)
			*err = why;
	}
	return fine;
}
