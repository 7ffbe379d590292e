#include "advisory/gzip_worker.h"

#include "assay/archive.h"
#include "assay/limits.h"

/* Piece by piece, in the worker as here. */
static enum status inflate(const struct byte_file *packed, uint64_t max, void (*piece)(void *context, struct str bytes), void *context, struct error *err)
{
	struct file_source rest = { .file = packed };
	struct byte_source source = file_source_of(&rest);
	CLEANUP(gzip_in_cleanup) struct gzip_in *gzip = gzip_in_new(&source, packed->size, max);
	struct error why = { .status = STATUS_MEMORY };
	char bytes[16 * 1024];
	ptrdiff_t n = 1;
	if (!gzip)
		return error_memory(err);
	const struct byte_source inflated = gzip_in_source(gzip);
	while (n > 0 && (n = inflated.read(inflated.context, bytes, sizeof bytes, &why)) > 0)
		piece(context, (struct str){ bytes, (size_t)n });
	if (n < 0)
		return error_set(err, why.status, "%s", why.text);
	return gzip_in_trailing(gzip) ? error_set(err, STATUS_INVALID, "there are bytes behind its end") : STATUS_OK;
}

static ptrdiff_t read_input(void *call, char *out, size_t size, uint64_t at)
{
	return sandbox_input_read(call, out, size, at);
}

static void answer(void *call, struct str bytes)
{
	sandbox_answer(call, bytes);
}

static enum status run_inflation(struct sandbox_call *call, struct error *err)
{
	const struct byte_file packed = { read_input, call, sandbox_input_size(call) };
	uint64_t max;
	if (!sandbox_arguments(call, &max, sizeof max))
		return error_memory(err);
	return inflate(&packed, max, answer, call, err);
}

static const struct sandbox_job inflation_job = { "a gzip", run_inflation };

/* ---- here ---------------------------------------------------------------------------------- */

static ptrdiff_t read_bytes(void *context, char *out, size_t size, uint64_t at)
{
	struct str rest = str_head(str_from(*(const struct str *)context, (size_t)at), size);
	if (rest.n)
		memcpy(out, rest.p, rest.n);
	return (ptrdiff_t)rest.n;
}

static void add(void *out, struct str bytes)
{
	buf_add(out, bytes);
}

static enum status inflate_here(struct str *packed, struct buf *out, struct error *err)
{
	const struct byte_file file = { read_bytes, packed, packed->n };
	enum status status = inflate(&file, out->max, add, out, err);
	return status ? status : buf_ok(out, err);
}

enum status gzip_worker_inflate(struct sandbox *sandbox, struct str packed, struct buf *out, struct error *err)
{
	const uint64_t max = out->max;
	enum status status = STATUS_OK;
	struct error why = { 0 };
	struct sandbox_client *client = sandbox_is_off(sandbox) ? NULL : sandbox_take(sandbox, &why);
	enum sandbox_outcome outcome = SANDBOX_UNAVAILABLE;
	const struct sandbox_request request = {
		.job = &inflation_job, .arguments = { (const char *)&max, sizeof max }, .size = packed.n, .read_at = read_bytes, .context = &packed
	};
	buf_clear(out);
	if (client)
		outcome = sandbox_run(client, &request, out, &status, &why);
	sandbox_give(client);
	if (outcome == SANDBOX_UNAVAILABLE && sandbox_is_off(sandbox))
		return inflate_here(&packed, out, err);
	if (outcome != SANDBOX_ANSWERED)
		return error_set(err, outcome == SANDBOX_LOST ? STATUS_INVALID : STATUS_IO, "it could not be unpacked: %s", why.text);
	return status ? error_set(err, status, "%s", why.text) : STATUS_OK;
}
