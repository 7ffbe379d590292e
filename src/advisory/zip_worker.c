/*
 * A zip's entries, one after the other, as a worker unpacks them: each is a head, its name and its data. The stream may be cut anywhere, and what it says is
 * a stranger's word.
 */
#include "advisory/zip_worker.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "assay/archive.h"
#include "assay/limits.h"

/* ---- in the worker ----------------------------------------------------------------------- */

static ptrdiff_t read_input(void *call, char *out, size_t size, uint64_t at)
{
	return sandbox_input_read(call, out, size, at);
}

static bool answer_entry(void *call, struct str name, struct str data)
{
	name = str_head(name, ZIP_STREAM_NAME);
	const struct zip_stream_head head = { .name = (uint32_t)name.n, .given = data.p != NULL, .size = data.n };
	sandbox_answer(call, (struct str){ (const char *)&head, sizeof head });
	sandbox_answer(call, name);
	if (data.p)
		sandbox_answer(call, data);
	return true;
}

static enum status run_entries(struct sandbox_call *call, struct error *err)
{
	const struct byte_file file = { read_input, call, sandbox_input_size(call) };
	return zip_walk_elsewhere(&file, LIMIT_ADVISORY_BYTES, answer_entry, call, err);
}

static const struct sandbox_job entries_job = { "entries of a zip", run_entries };

/* ---- here ---------------------------------------------------------------------------------- */

/* Takes one entry off the front; false where it is not all there yet, or is none. */
static bool next_entry(struct zip_stream *stream, struct str *rest, struct str *name, struct str *data)
{
	struct zip_stream_head head;
	if (rest->n < sizeof head)
		return false;
	memcpy(&head, rest->p, sizeof head);
	stream->broken = head.name > ZIP_STREAM_NAME || head.given > 1 || (head.given && head.size > LIMIT_ADVISORY_BYTES);
	const uint64_t follows = stream->broken ? 0 : head.name + (head.given ? head.size : 0);
	if (stream->broken || rest->n - sizeof head < follows)
		return false;
	*name = str_head(str_from(*rest, sizeof head), head.name);
	*data = (struct str){ head.given ? rest->p + sizeof head + head.name : NULL, (size_t)head.size };
	*rest = str_from(*rest, sizeof head + (size_t)follows);
	return true;
}

bool zip_stream_take(void *context, struct str part)
{
	struct zip_stream *stream = context;
	buf_add(&stream->bytes, part);
	struct str rest = buf_str(&stream->bytes), name, data;
	if (stream->bytes.failed)
		return false;
	while (!stream->stopped && next_entry(stream, &rest, &name, &data))
		stream->stopped = !stream->entry(stream->context, name, data);
	if (rest.n)
		memmove(stream->bytes.p, rest.p, rest.n);
	stream->bytes.n = rest.n;
	return !stream->stopped && !stream->broken;
}

static ptrdiff_t read_fd(void *fd, char *out, size_t size, uint64_t at)
{
	return file_read_at(*(int *)fd, out, size, at);
}

/* What became of the task, as zip_walk() would say it. */
static enum status conclude(const struct zip_stream *stream, enum sandbox_outcome outcome, enum status status, const struct error *why,
			    const char *path, struct error *err)
{
	if (stream->bytes.failed)
		return error_memory(err);
	if (stream->stopped)
		return STATUS_OK;
	if (outcome != SANDBOX_ANSWERED)
		return error_set(err, outcome == SANDBOX_LOST ? STATUS_INVALID : STATUS_IO, "%s: it could not be unpacked: %s", path, why->text);
	if (stream->broken || (!status && stream->bytes.n))
		return error_set(err, STATUS_INVALID, "%s: it could not be unpacked: the process that did so gave an answer that cannot be", path);
	return status ? error_set(err, status, "%s: %s", path, why->text) : STATUS_OK;
}

static enum status walk_in_worker(struct sandbox_client *client, const char *path, struct zip_stream *stream, bool *unavailable, struct error *err)
{
	struct error why = { 0 };
	enum status status = STATUS_OK;
	struct stat info;
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &info) != 0)
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode))
		return error_set(err, STATUS_INVALID, "%s: not a regular file", path);
	const struct sandbox_request request = {
		.job = &entries_job, .size = (uint64_t)info.st_size, .read_at = read_fd, .context = &fd, .take = zip_stream_take, .take_context = stream
	};
	enum sandbox_outcome outcome = sandbox_run(client, &request, NULL, &status, &why);
	*unavailable = outcome == SANDBOX_UNAVAILABLE;
	return conclude(stream, outcome, status, &why, path, err);
}

enum status zip_worker_walk(struct sandbox *sandbox, const char *path, bool (*entry)(void *context, struct str name, struct str data), void *context,
			    struct error *err)
{
	struct zip_stream stream = { .bytes = BUF_INIT(ZIP_STREAM_BYTES), .entry = entry, .context = context };
	bool unavailable = true;
	enum status status = STATUS_OK;
	struct sandbox_client *client = sandbox_is_off(sandbox) ? NULL : sandbox_take(sandbox, err);
	if (client)
		status = walk_in_worker(client, path, &stream, &unavailable, err);
	sandbox_give(client);
	buf_fini(&stream.bytes);
	if (unavailable && sandbox_is_off(sandbox))
		return zip_walk(path, LIMIT_ADVISORY_BYTES, entry, context, err);
	return client ? status : error_set(err, STATUS_IO, "%s: it could not be unpacked: no worker process", path);
}
