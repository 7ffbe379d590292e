/*
 * Where archives are opened. The same functions run in a worker process, which is handed the bytes and gives back one flat answer, or in this
 * one. What a worker answers is checked as what comes from a stranger.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "file_list.h"

/* A listing that was larger is let go before the next. */
#define KEPT_BYTES (64 * MIB)

struct unpacker {
	struct sandbox *sandbox;
	struct sandbox_client *client; /* NULL: not yet, or the sandbox is off */
	struct inflater *inflater;     /* NULL: not yet */
	size_t hold;
	char *bytes; /* room for a tarball where there is no client */
	size_t capacity;
	struct buf listing;
};

struct arguments {
	uint64_t hold;
	uint64_t zip;
};

/* ---- in the worker --------------------------------------------------------------------- */

void *unpacker_prepare(void)
{
	return archive_prepare(NULL) ? NULL : inflater_new();
}

#define WARM_MANIFEST "{\"name\":\"a\",\"version\":\"1.0.0\",\"dependencies\":{\"b\":\"^1.0.0\"}}"

/* A tar (POSIX.1, ustar) of that: a header, its bytes, two empty blocks. */
static void put_tar(struct buf *out)
{
	enum { BLOCK = 512, SUM_AT = 148, SUM_END = 156 };
	unsigned sum = 0;
	buf_printf(out, "%-*s", BLOCK, "package/package.json");
	memset(out->p + 20, 0, BLOCK - 20);
	snprintf(out->p + 100, BLOCK - 100, "0000644%c0000000%c0000000%c%011zo%c%011o", 0, 0, 0, sizeof WARM_MANIFEST - 1, 0, 0u);
	memset(out->p + SUM_AT, ' ', SUM_END - SUM_AT);
	memcpy(out->p + SUM_END, "0", 1);
	memcpy(out->p + 257,
	       "ustar\0"
	       "00",
	       8);
	for (size_t i = 0; i < BLOCK; i++)
		sum += (unsigned char)out->p[i];
	snprintf(out->p + SUM_AT, 7, "%06o", sum);
	buf_add_z(out, WARM_MANIFEST);
	while (out->n % BLOCK || out->n < (size_t)4 * BLOCK)
		buf_add_char(out, '\0');
}

bool unpacker_warm_up(void *prepared)
{
	CLEANUP(buf_fini) struct buf tar = BUF_INIT(4 * KIB);
	CLEANUP(buf_fini) struct buf packed = BUF_INIT(4 * KIB);
	CLEANUP(buf_fini) struct buf out = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct deflater *deflater = deflater_new(DEFLATE_QUICK);
	bool fine = prepared && deflater && buf_reserve(&tar, 4 * KIB);
	if (fine) {
		put_tar(&tar);
		deflater_run(deflater, buf_str(&tar), &packed);
	}
	deflater_free(deflater);
	const struct proven_tarball tarball = { .bytes = buf_str(&packed), .verdict = INTEGRITY_NONE };
	fine = fine && tarball_inspect(&tarball, prepared, &out, NULL) == STATUS_OK;
	return fine && ((const struct inspection *)(const void *)out.p)->faults == 0;
}

static ptrdiff_t read_input(void *call, char *out, size_t size, uint64_t at)
{
	return sandbox_input_read(call, out, size, at);
}

/* What the parent has proven, as it lies here. */
struct handed {
	struct tarball_file file;
	struct proven_tarball tarball;
	struct inflater *inflater;
};

static enum status take(struct sandbox_call *call, struct handed *out, struct error *err)
{
	struct arguments arguments;
	struct str bytes = sandbox_input_bytes(call);
	out->inflater = sandbox_prepared(call);
	if (!out->inflater || !sandbox_arguments(call, &arguments, sizeof arguments))
		return error_memory(err);
	out->file = (struct tarball_file){ .fd = -1, .size = sandbox_input_size(call), .read_at = read_input, .context = call };
	out->tarball = (struct proven_tarball){ .bytes = bytes, .file = bytes.p ? NULL : &out->file, .zip = arguments.zip };
	inflater_set_hold(out->inflater, (size_t)arguments.hold);
	return STATUS_OK;
}

static enum status run_inspection(struct sandbox_call *call, struct error *err)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(2 * LIMIT_INSPECTION_BYTES);
	struct handed handed;
	enum status status = take(call, &handed, err);
	if (!status)
		status = tarball_inspect(&handed.tarball, handed.inflater, &out, err);
	if (!status)
		sandbox_answer(call, buf_str(&out));
	return status;
}

static void answer_bytes(void *call, struct str bytes)
{
	sandbox_answer(call, bytes);
}

static bool answer_file(void *call, const struct unpacked_file *file)
{
	file_list_write(file, answer_bytes, call);
	return true;
}

static enum status run_listing(struct sandbox_call *call, struct error *err)
{
	struct handed handed;
	enum status status = take(call, &handed, err);
	return status ? status : file_list_make(&handed.tarball, handed.inflater, answer_file, call, err);
}

static const struct sandbox_job inspection_job = { "inspection", run_inspection }, listing_job = { "listing", run_listing };

/* ---- one of them --------------------------------------------------------------------------- */

struct unpacker *unpacker_new(struct sandbox *sandbox)
{
	struct unpacker *unpacker = calloc(1, sizeof *unpacker);
	if (!unpacker)
		return NULL;
	unpacker->sandbox = sandbox;
	unpacker->hold = SIZE_MAX;
	buf_init(&unpacker->listing, FILE_LIST_BYTES);
	return unpacker;
}

void unpacker_free(struct unpacker *unpacker)
{
	if (!unpacker)
		return;
	sandbox_give(unpacker->client);
	inflater_free(unpacker->inflater);
	buf_fini(&unpacker->listing);
	free(unpacker->bytes);
	free(unpacker);
}

void unpacker_set_hold(struct unpacker *unpacker, size_t bytes)
{
	unpacker->hold = bytes;
}

/* NULL: archives are opened here, or `err` says why they cannot be. */
static struct sandbox_client *client_of(struct unpacker *unpacker, struct error *err)
{
	if (!unpacker->client && !sandbox_is_off(unpacker->sandbox))
		unpacker->client = sandbox_take(unpacker->sandbox, err);
	return unpacker->client;
}

static struct inflater *inflater_of(struct unpacker *unpacker)
{
	if (!unpacker->inflater)
		unpacker->inflater = inflater_new();
	return unpacker->inflater;
}

char *unpacker_room(struct unpacker *unpacker, size_t size)
{
	size_t room = 0;
	struct sandbox_client *client = client_of(unpacker, NULL);
	char *shared = client ? sandbox_room(client, &room) : NULL;
	if (size <= room)
		return shared;
	if (size <= unpacker->capacity)
		return unpacker->bytes;
	char *grown = realloc(unpacker->bytes, size);
	if (grown) {
		unpacker->bytes = grown;
		unpacker->capacity = size;
	}
	return grown;
}

/* ---- asking a worker ------------------------------------------------------------------------- */

static ptrdiff_t read_file(void *context, char *out, size_t size, uint64_t at)
{
	return tarball_read_at(context, out, size, at);
}

static ptrdiff_t read_bytes(void *context, char *out, size_t size, uint64_t at)
{
	struct str rest = str_head(str_from(*(const struct str *)context, (size_t)at), size);
	if (rest.n)
		memcpy(out, rest.p, rest.n);
	return (ptrdiff_t)rest.n;
}

/* How a worker comes by the tarball: as a whole, or piece by piece. */
static struct sandbox_request request_for(struct sandbox_client *client, struct tarball_file *file, struct str *bytes, bool pieces)
{
	size_t room;
	sandbox_room(client, &room);
	if (pieces)
		return (struct sandbox_request){ .size = file->size, .read_at = read_file, .context = file };
	if (bytes->n > room)
		return (struct sandbox_request){ .size = bytes->n, .read_at = read_bytes, .context = bytes };
	return (struct sandbox_request){ .input = bytes->p ? *bytes : STR("") };
}

enum asked { ASKED_ANSWERED, ASKED_REFUSED, ASKED_IS_OFF };

/* The job's own status in `*status`, or why there is none in `err`. */
static enum asked ask(struct unpacker *unpacker, const struct sandbox_job *job, const struct proven_tarball *tarball, size_t hold, struct buf *answer,
		      enum status *status, struct error *err)
{
	struct error why = { 0 };
	struct sandbox_client *client = client_of(unpacker, &why);
	struct tarball_file file = tarball->file ? *tarball->file : (struct tarball_file){ .fd = -1 };
	struct str bytes = tarball->bytes;
	struct arguments arguments = { hold, tarball->zip };
	enum sandbox_outcome outcome = SANDBOX_UNAVAILABLE;
	if (client) {
		struct sandbox_request request = request_for(client, &file, &bytes, tarball->file != NULL);
		request.job = job;
		request.arguments = (struct str){ (const char *)&arguments, sizeof arguments };
		outcome = sandbox_run(client, &request, answer, status, &why);
	}
	if (outcome != SANDBOX_ANSWERED && sandbox_is_off(unpacker->sandbox))
		return ASKED_IS_OFF;
	if (err)
		*err = why;
	return outcome == SANDBOX_ANSWERED ? ASKED_ANSWERED : ASKED_REFUSED;
}

static enum status refuse(struct error *err, const char *why)
{
	return error_set(err, STATUS_UNSUPPORTED, "%s", why);
}

enum status unpacker_inspect(struct unpacker *unpacker, const struct proven_tarball *tarball, struct buf *out, struct error *err)
{
	enum status status = STATUS_OK;
	struct error why = { 0 };
	enum asked asked = ask(unpacker, &inspection_job, tarball, unpacker->hold, out, &status, &why);
	if (asked == ASKED_REFUSED)
		return refuse(err, why.text);
	if (asked == ASKED_IS_OFF) {
		if (!inflater_of(unpacker))
			return error_memory(err);
		inflater_set_hold(unpacker->inflater, unpacker->hold);
		return tarball_inspect(tarball, unpacker->inflater, out, err);
	}
	/* What was odd may have been meant for who reads it: whoever comes next gets a worker that has not. */
	bool sound = !status && inspection_is_sound(buf_str(out));
	if (!sound || ((const struct inspection *)(const void *)out->p)->faults)
		sandbox_renew(unpacker->client);
	if (!status && !sound)
		return refuse(err, "the process that inspected it gave an answer that cannot be");
	return status ? error_set(err, status, "%s", why.text) : STATUS_OK;
}

/* An entry's bytes are gone when the next one comes. */
struct keeper {
	file_sink *file;
	void *context;
	struct arena *arena;
	bool out_of_memory;
};

static bool keep(void *context, const struct unpacked_file *file)
{
	struct keeper *keeper = context;
	struct unpacked_file kept = *file;
	if (file->data.p)
		kept.data = arena_copy(keeper->arena, file->data);
	keeper->out_of_memory |= file->data.p && !kept.data.p;
	return !keeper->out_of_memory && keeper->file(keeper->context, &kept);
}

static enum status list_here(struct unpacker *unpacker, const struct proven_tarball *tarball, struct keeper *keeper, struct error *err)
{
	if (!inflater_of(unpacker))
		return error_memory(err);
	inflater_set_hold(unpacker->inflater, unpacker->hold);
	enum status status = file_list_make(tarball, unpacker->inflater, tarball->zip ? keep : keeper->file,
					    tarball->zip ? (void *)keeper : keeper->context, err);
	return !status && keeper->out_of_memory ? error_memory(err) : status;
}

enum status unpacker_list(struct unpacker *unpacker, const struct proven_tarball *tarball, struct arena *arena,
			  bool (*file)(void *context, const struct unpacked_file *file), void *context, struct error *err)
{
	enum status status = STATUS_OK;
	struct error why = { 0 };
	struct keeper keeper = { file, context, arena, false };
	struct buf *listing = &unpacker->listing;
	if (listing->capacity > KEPT_BYTES) {
		buf_fini(listing);
		buf_init(listing, FILE_LIST_BYTES);
	}
	enum asked asked = ask(unpacker, &listing_job, tarball, unpacker->hold, listing, &status, &why);
	if (asked == ASKED_REFUSED)
		return refuse(err, why.text);
	if (asked == ASKED_IS_OFF)
		return list_here(unpacker, tarball, &keeper, err);
	bool sound = !status && file_list_read(buf_str(listing), file, context);
	if (!sound)
		sandbox_renew(unpacker->client);
	if (!status && !sound)
		return refuse(err, "the process that unpacked it gave an answer that cannot be");
	/* A worker that is out of memory is no reason to give up everything. */
	return status ? error_set(err, status == STATUS_MEMORY ? STATUS_LIMIT : status, "%s", why.text) : STATUS_OK;
}
