/*
 * What an update asks a server for. A list or a zip is never in memory as a whole: the zip goes to a file, the list to its reader as it comes.
 */
#include <fcntl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "advisory/update.h"
#include "assay/limits.h"

enum {
	PARALLEL = 32,
	BACKOFF_MS = 500,
	CONNECT_TIMEOUT_MS = 20000,
	TIMEOUT_MS = 3600 * 1000, /* of one try; a slow line may need it for the zip */
};

static enum status open_http(const struct advisory_update *update, const char *origin, struct http **out, struct error *err)
{
	const char *origins[] = { origin, NULL };
	struct http_options options = {
		.allowed_origins = origins,
		.user_agent = update->user_agent,
		.parallel = PARALLEL,
		.tries = LIMIT_HTTP_TRIES,
		.backoff_ms = update->backoff_ms ? update->backoff_ms : BACKOFF_MS,
		.connect_timeout_ms = CONNECT_TIMEOUT_MS,
		.timeout_ms = TIMEOUT_MS,
	};
	struct error why = { .status = STATUS_MEMORY };
	*out = http_new(&options, &why);
	if (!*out && err)
		*err = why;
	return *out ? STATUS_OK : why.status;
}

enum status fetch_begin(struct fetch *fetch, struct advisory_update *update, struct arena *arena, struct error *err)
{
	struct str base = str_of(update->from ? update->from : ADVISORY_BUCKET_URL);
	while (str_ends_with(base, STR("/")))
		base = str_head(base, base.n - 1);
	struct str origin = url_origin(arena, base);
	if (!origin.p && arena_is_exhausted(arena))
		return error_memory(err);
	if (!origin.p || str_find(base, '?') != base.n || str_find(base, '#') != base.n) {
		error_set(err, STATUS_USAGE, "advisories are fetched from a URL https://host[/path], not from \"%s\"", update->from);
		return STATUS_USAGE;
	}
	*fetch = (struct fetch){ .update = update,
				 .arena = arena,
				 .base = arena_copy(arena, base).p,
				 .whole = str_ends_with(base, STR(".zip")) || str_ends_with(base, STR(".db")) };
	return fetch->base ? open_http(update, origin.p, &fetch->http, err) : error_memory(err);
}

void fetch_fini(struct fetch *fetch)
{
	http_free(fetch->http);
}

static void show(const struct fetch *fetch, const char *what, size_t done, size_t total, uint64_t bytes)
{
	if (fetch->update->progress)
		fetch->update->progress(fetch->update->import.context, what, done, total, bytes);
}

/* "<base>/npm/<name><ending>". NULL: out of memory. */
static const char *url_of(const struct fetch *fetch, const char *name, const char *ending)
{
	return arena_printf(fetch->arena, "%s/npm/%s%s", fetch->base, name, ending).p;
}

/* ---- one answer at a time -------------------------------------------------------------- */

/* The response, and with it the body, is whoever's asked. */
static void keep_answer(void *context, const struct http_request *request, struct http_response *response)
{
	(void)request;
	*(struct http_response *)context = *response;
	response->body = NULL;
}

static enum status unreachable(const char *url, const struct http_response *response, struct error *err)
{
	bool there = response->outcome == HTTP_ANSWER && !response->retryable;
	error_set(err, there ? STATUS_INVALID : STATUS_NETWORK, "%s: %s", url, response->detail);
	if (response->outcome == HTTP_REFUSED_HOST)
		error_hint(err, "name the host that it redirects to: --from URL");
	else
		error_hint(err, there ? "--from names a copy of OSV's bucket, with npm/all.zip below it, or one file: .zip or .db" :
					"nothing was changed; try again later");
	return there ? STATUS_INVALID : STATUS_NETWORK;
}

static enum status ask(struct fetch *fetch, const struct http_request *request, struct http_response *out, struct error *err)
{
	if (!http_add(fetch->http, request))
		return error_memory(err);
	enum status status = http_run(fetch->http, keep_answer, out, err);
	return status ? status : out->outcome == HTTP_NO_MEMORY ? error_memory(err) : STATUS_OK;
}

/* ---- the zip ------------------------------------------------------------------------------ */

struct download {
	struct fetch *fetch;
	int fd;
	int number; /* errno */
	uint64_t size;
	struct checksum checksum;
	struct hasher *hasher;
};

static bool start_over(struct download *download)
{
	hasher_free(download->hasher);
	download->hasher = hasher_new(DIGEST_SHA256);
	checksum_begin(&download->checksum);
	download->size = 0;
	return download->hasher && ftruncate(download->fd, 0) == 0 && lseek(download->fd, 0, SEEK_SET) == 0;
}

static bool write_all(int fd, struct str bytes)
{
	while (bytes.n) {
		ssize_t n = write(fd, bytes.p, bytes.n);
		if (n < 0 && errno != EINTR)
			return false;
		bytes = str_from(bytes, n > 0 ? (size_t)n : 0);
	}
	return true;
}

static enum http_take take_zip(void *context, uint64_t at, struct str bytes)
{
	struct download *download = context;
	errno = ENOMEM;
	if ((at == 0 && !start_over(download)) || !hasher_add(download->hasher, bytes) || !write_all(download->fd, bytes)) {
		download->number = errno;
		return HTTP_FAILED;
	}
	checksum_add(&download->checksum, bytes);
	download->size += bytes.n;
	show(download->fetch, "fetching all of it", 0, 0, download->size);
	return HTTP_MORE;
}

static enum status judge_zip(struct download *download, const char *url, const char *path, const struct http_response *response,
			     struct fetched_zip *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(256);
	struct digest digest;
	if (response->outcome == HTTP_NOT_TAKEN) {
		errno = download->number;
		return error_errno(err, "%s: cannot be written", path);
	}
	out->unchanged = response->outcome == HTTP_ANSWER && response->code == 304;
	if (out->unchanged)
		return STATUS_OK;
	if (response->outcome != HTTP_ANSWER || response->code != 200)
		return unreachable(url, response, err);
	if (download->size == 0)
		return error_set(err, STATUS_INVALID, "%s: an empty answer", url);
	enum status status = checksum_check(&download->checksum, url, response->headers.hashes, err);
	if (status)
		return status;
	if (!hasher_finish(download->hasher, &digest))
		return error_memory(err);
	digest_write_hex(&digest, &hex);
	memcpy(out->sha256, hex.p, 64);
	out->sha256[64] = '\0';
	out->etag = arena_copy(download->fetch->arena, str_of(response->headers.etag));
	out->modified = arena_copy(download->fetch->arena, str_of(response->headers.last_modified));
	return out->etag.p && out->modified.p ? STATUS_OK : error_memory(err);
}

enum status fetch_zip(struct fetch *fetch, const char *path, struct fetched_zip *zip, struct error *err)
{
	const char *url = fetch->whole ? fetch->base : url_of(fetch, "all.zip", "");
	CLEANUP(file_close) int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct http_response response = { 0 };
	struct download download = { .fetch = fetch, .fd = fd };
	struct http_request request = {
		.url = url,
		.if_none_match = zip->etag.n ? zip->etag.p : NULL,
		.if_modified_since = !zip->etag.n && zip->modified.n ? zip->modified.p : NULL,
		.max_bytes = LIMIT_DUMP_PACKED_BYTES,
		.take = take_zip,
		.context = &download,
	};
	if (fd < 0)
		return error_errno(err, "%s: cannot be written", path);
	enum status status = url ? ask(fetch, &request, &response, err) : error_memory(err);
	if (!status)
		status = judge_zip(&download, url, path, &response, zip, err);
	hasher_free(download.hasher);
	checksum_fini(&download.checksum);
	fetch->update->bytes += download.size;
	return status;
}

/* ---- the list of changes --------------------------------------------------------------------- */

struct list {
	struct fetch *fetch;
	struct changes_reader reader;
	uint64_t bytes;
};

static enum status has_record(void *context, struct str id, int64_t modified, bool *there, struct error *err)
{
	return writer_has(context, id, modified, there, err);
}

static enum http_take take_list(void *context, uint64_t at, struct str bytes)
{
	struct list *list = context;
	if (at == 0) {
		changes_begin(&list->reader);
		list->bytes = 0;
	}
	list->bytes += bytes.n;
	show(list->fetch, "reading what changed", 0, 0, list->bytes);
	if (changes_add(&list->reader, bytes))
		return HTTP_MORE;
	return list->reader.status ? HTTP_FAILED : HTTP_ENOUGH;
}

static enum status judge_list(struct list *list, const char *url, const struct http_response *response, struct error *err)
{
	bool answered = response->outcome == HTTP_ANSWER;
	if (list->reader.status)
		return list->reader.status;
	if (answered && (response->code == 404 || response->code == 410)) {
		list->reader.out->kind = CHANGES_NONE;
		return STATUS_OK;
	}
	if (!answered || response->code != 200)
		return unreachable(url, response, err);
	return changes_end(&list->reader);
}

enum status fetch_changes(struct fetch *fetch, struct writer *writer, int64_t since, struct changes *out, struct error *err)
{
	const char *url = url_of(fetch, "modified_id.csv", "");
	struct http_response response = { 0 };
	struct list list = { .fetch = fetch,
			     .reader = { .out = out, .arena = fetch->arena, .since = since, .has = has_record, .context = writer, .err = err } };
	struct http_request request = { .url = url, .max_bytes = LIMIT_CHANGES_BYTES, .take = take_list, .context = &list };
	changes_begin(&list.reader);
	enum status status = url ? ask(fetch, &request, &response, err) : error_memory(err);
	if (!status)
		status = judge_list(&list, url, &response, err);
	changes_fini(&list.reader);
	fetch->update->bytes += list.bytes;
	return status;
}

/* ---- records --------------------------------------------------------------------------------- */

struct record_reader {
	struct fetch *fetch;
	struct import_job *job;
	size_t done, total;
	enum status status;
	struct error *err;
};

static void take_record(void *context, const struct http_request *request, struct http_response *response)
{
	struct record_reader *reader = context;
	struct error why = { 0 };
	CLEANUP(checksum_fini) struct checksum checksum = { 0 };
	struct str text = { response->body, response->size };
	bool answered = response->outcome == HTTP_ANSWER;
	show(reader->fetch, "fetching records", ++reader->done, reader->total, reader->fetch->update->bytes += response->size);
	if (reader->status)
		return;
	if (response->outcome == HTTP_NO_MEMORY) {
		reader->status = error_memory(reader->err);
		return;
	}
	if (response->outcome != HTTP_TOO_LARGE && (!answered || response->retryable)) {
		reader->status = unreachable(request->url, response, reader->err);
		return;
	}
	if (!response->body) {
		error_set(&why, STATUS_INVALID, "%s", response->detail[0] ? response->detail : "an empty answer");
	} else {
		checksum_begin(&checksum);
		checksum_add(&checksum, text);
		checksum_check(&checksum, request->url, response->headers.hashes, &why);
	}
	reader->status = import_record(reader->job, request->context, text, why.status ? &why : NULL, reader->err);
}

enum status fetch_records(struct fetch *fetch, struct import_job *job, const struct changes *changes, struct error *err)
{
	struct record_reader reader = { .fetch = fetch, .job = job, .total = changes->ids.n, .err = err };
	for (size_t i = 0; i < changes->ids.n; i++) {
		const char *url = url_of(fetch, changes->ids.v[i], ".json");
		struct http_request request = { .url = url, .max_bytes = LIMIT_ADVISORY_BYTES, .context = (void *)(uintptr_t)changes->ids.v[i] };
		if (!url || !http_add(fetch->http, &request))
			return error_memory(err);
	}
	enum status status = http_run(fetch->http, take_record, &reader, err);
	return status ? status : reader.status;
}

/* ---- another server's file ---------------------------------------------------------------------- */

enum status fetch_file(struct fetch *fetch, const char *url, struct str *out, struct error *err)
{
	struct str origin = url_origin(fetch->arena, str_of(url));
	struct fetch other = { .update = fetch->update, .arena = fetch->arena };
	struct http_request request = { .url = url, .max_bytes = LIMIT_ENRICHMENT_BYTES };
	struct http_response response = { 0 };
	if (!origin.p && arena_is_exhausted(fetch->arena))
		return error_memory(err);
	if (!origin.p)
		return error_set(err, STATUS_USAGE, "\"%s\" is no URL of the form https://host/path", url);
	show(fetch, "fetching more", 0, 0, 0);
	enum status status = open_http(fetch->update, origin.p, &other.http, err);
	if (!status)
		status = ask(&other, &request, &response, err);
	fetch_fini(&other);
	if (!status && (response.outcome != HTTP_ANSWER || response.code != 200 || !response.body)) {
		status = unreachable(url, &response, err);
		error_hint(err, "nothing was changed; without it the rest can be updated");
	}
	fetch->update->bytes += response.size;
	if (!status)
		*out = (struct str){ response.body, response.size };
	else
		free(response.body);
	return status;
}
