/*
 * Every tarball of a tree: found, proven, inspected. First assay's store and npm's cache, on all threads; then, for what they do
 * not hold, the network on the calling thread, whose finished bodies go to the same threads. What arrived waits in
 * memory at most up to IN_FLIGHT_BYTES, and is kept in the store once it is proven. A store that cannot be written fails nothing.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/archive.h"
#include "assay/limits.h"
#include "assay/net.h"
#include "sources.h"
#include "store.h"

enum {
	DEFAULT_PARALLEL = 24,
	DEFAULT_BACKOFF_MS = 500,
	DEFAULT_CONNECT_MS = 10000,
	DEFAULT_TIMEOUT_MS = 120000,
	MAX_THREADS = 64,
	MAX_CACHE_PATH = 8192,
	MAX_DETAIL = 600,
};
#define IN_FLIGHT_BYTES (64 * MIB)

/* One tarball, which several packages may share. */
struct job {
	struct source_url from;
	struct integrity pinned;
	bool weak, oversized; /* oversized: the integrity text is too long to be read */
	bool scoped;          /* the package's name has a scope */
	const char *damage;   /* a cache that holds other bytes under this digest; "": none does */
	bool settled;
	struct tarball_result result;
};

/* What a thread needs for one tarball, reused for the next. */
struct worker {
	struct inflater *inflater;
	struct inspection inspection;
	char *bytes;
	size_t capacity;
	struct worker *next;
};

struct verifier {
	const struct tarball_options *options;
	struct hosts hosts;
	VEC(struct job) jobs;
	uint32_t *job_of; /* by package; TREE_NONE: its result is known without reading anything */
	atomic_size_t next; /* of the jobs, for the threads that read the cache */
	struct pool *pool;
	struct worker workers[MAX_THREADS];
	unsigned threads;
	pthread_mutex_t lock; /* of all that follows, the results and their arena */
	pthread_cond_t landed;
	struct worker *idle;
	struct arena *arena;
	size_t done, in_flight;
	uint64_t bytes;
	bool out_of_memory;
	atomic_size_t kept;      /* tarballs put into the store */
	atomic_bool store_broken; /* it cannot be written: tried no more */
};

/* A body on its way from the network to a thread. */
struct delivery {
	struct verifier *verifier;
	struct job *job;
	char *body;
	size_t size;
};

/* ---- results ---------------------------------------------------------------- */

/* Only here are results written, one at a time. `detail` is copied; so is the inspection. */
static void settle(struct verifier *verifier, struct job *job, const struct tarball_result *result,
                   const struct inspection *inspection, const char *detail)
{
	pthread_mutex_lock(&verifier->lock);
	const char *damage = job->damage ? job->damage : "";
	job->result = *result;
	job->result.weak = job->weak;
	job->settled = true;
	if (*detail || *damage)
		job->result.detail =
			arena_printf(verifier->arena, "%s%s%s", detail, *detail && *damage ? "; " : "", damage).p;
	if (inspection)
		job->result.inspection = arena_alloc(verifier->arena, sizeof *inspection);
	if (((*detail || *damage) && !job->result.detail) || (inspection && !job->result.inspection))
		verifier->out_of_memory = true;
	else if (inspection)
		*job->result.inspection = *inspection;
	verifier->bytes += result->packed_bytes;
	verifier->done++;
	if (verifier->options->progress)
		verifier->options->progress(verifier->options->context, verifier->done, verifier->jobs.n, verifier->bytes);
	pthread_mutex_unlock(&verifier->lock);
}

static void settle_state(struct verifier *verifier, struct job *job, enum tarball_state state, bool retryable,
                         const char *detail)
{
	struct tarball_result result = { .state = state, .retryable = retryable };
	settle(verifier, job, &result, NULL, detail);
}

/* "pinned sha512-… got sha512-…": of the strongest algorithm, the one that was compared. */
static void describe_mismatch(const struct job *job, const struct digest *actual, char detail[MAX_DETAIL])
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(MAX_DETAIL - 1);
	buf_add_z(&text, "pinned ");
	for (size_t i = 0; i < job->pinned.count; i++) {
		if (job->pinned.digests[i].algorithm != actual->algorithm)
			continue;
		digest_write_sri(&job->pinned.digests[i], &text);
		break;
	}
	buf_add_z(&text, " got ");
	digest_write_sri(actual, &text);
	snprintf(detail, MAX_DETAIL, "%.*s", STR_ARG(buf_str(&text)));
}

/* The bytes were proven: looks into them and settles the job. */
static void settle_proven(struct verifier *verifier, struct worker *worker, struct job *job,
                          const struct proven_tarball *proven, enum tarball_source source)
{
	bool pinned = proven->verdict == INTEGRITY_MATCH;
	struct tarball_result result = {
		.state = pinned ? TARBALL_VERIFIED : TARBALL_NO_INTEGRITY,
		.source = source,
		.packed_bytes = proven->bytes.n,
	};
	tarball_inspect(proven, worker->inflater, &worker->inspection);
	settle(verifier, job, &result, &worker->inspection,
	       job->oversized ? "the integrity is too long to be read" : "");
}

/* ---- caches -------------------------------------------------------------- */

/* Where files lie under the names of their digests. */
struct place {
	const char *folder; /* NULL: not looked into */
	enum tarball_source source;
	bool (*path)(const char *folder, const struct digest *digest, struct buf *out);
	const char *damage;
};

static bool worker_reserve(struct worker *worker, size_t need)
{
	if (need <= worker->capacity)
		return true;
	char *grown = realloc(worker->bytes, need);
	if (!grown)
		return false;
	worker->bytes = grown;
	worker->capacity = need;
	return true;
}

/* The whole file into the worker's buffer; false where there is none that can be read. */
static bool read_cached(struct worker *worker, const char *path, bool ours, struct str *out)
{
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0 ||
	    (uint64_t)info.st_size > LIMIT_TARBALL_PACKED_BYTES || !worker_reserve(worker, (size_t)info.st_size + 1))
		return false;
	size_t n = 0, size = (size_t)info.st_size;
	while (n < size) {
		ssize_t got = read(fd, worker->bytes + n, size - n);
		if (got <= 0)
			break;
		n += (size_t)got;
	}
	if (ours)
		store_touch(fd);
	*out = (struct str){ worker->bytes, n };
	return true;
}

/* A file with other bytes than its name says is no finding: the next source is asked, and the result tells. */
static void try_place(struct verifier *verifier, struct worker *worker, struct job *job, const struct place *place)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(MAX_CACHE_PATH);
	for (size_t i = 0; i < job->pinned.count && !job->settled && place->folder; i++) {
		struct proven_tarball proven;
		struct digest actual;
		struct str bytes;
		if (!place->path(place->folder, &job->pinned.digests[i], &path) ||
		    !read_cached(worker, path.p, place->source == SOURCE_STORE, &bytes))
			continue;
		if (tarball_prove(bytes, &job->pinned, &proven, &actual)) {
			settle_proven(verifier, worker, job, &proven, place->source);
			continue;
		}
		job->damage = place->damage;
		if (place->source == SOURCE_STORE)
			unlink(path.p); /* it would stand in the way of nothing but itself */
	}
}

static void try_caches(struct verifier *verifier, struct worker *worker, struct job *job)
{
	const struct place places[] = {
		{ verifier->options->store, SOURCE_STORE, store_path, "assay's store held a damaged copy" },
		{ verifier->options->npm_cache, SOURCE_NPM_CACHE, source_cache_path, "npm's cache holds a damaged copy" },
	};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		try_place(verifier, worker, job, &places[i]);
}

/* There are as many workers as threads, so that one is always idle. */
static struct worker *take_worker(struct verifier *verifier)
{
	pthread_mutex_lock(&verifier->lock);
	struct worker *worker = verifier->idle;
	verifier->idle = worker->next;
	pthread_mutex_unlock(&verifier->lock);
	return worker;
}

static void give_worker(struct verifier *verifier, struct worker *worker)
{
	pthread_mutex_lock(&verifier->lock);
	worker->next = verifier->idle;
	verifier->idle = worker;
	pthread_mutex_unlock(&verifier->lock);
}

static void read_cache(void *context)
{
	struct verifier *verifier = context;
	struct worker *worker = take_worker(verifier);
	for (;;) {
		size_t i = atomic_fetch_add(&verifier->next, 1);
		if (i >= verifier->jobs.n)
			break;
		try_caches(verifier, worker, &verifier->jobs.v[i]);
	}
	give_worker(verifier, worker);
}

/* ---- the registry --------------------------------------------------------------- */

static void tell(struct verifier *verifier, const struct error *why)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_printf(&text, "the tarballs are not kept: %s", why->text);
	buf_add_char(&text, '\0');
	pthread_mutex_lock(&verifier->lock);
	if (verifier->options->note && !text.failed)
		verifier->options->note(verifier->options->context, text.p);
	pthread_mutex_unlock(&verifier->lock);
}

/* A full disk and a folder that cannot be written cost the next run its time, and nothing else. */
static void keep(struct verifier *verifier, const struct proven_tarball *proven, const struct digest *digest)
{
	struct error err = { 0 };
	if (!verifier->options->store || proven->verdict != INTEGRITY_MATCH || atomic_load(&verifier->store_broken))
		return;
	if (store_keep(verifier->options->store, digest, proven->bytes, &err) == STATUS_OK)
		atomic_fetch_add(&verifier->kept, 1);
	else if (!atomic_exchange(&verifier->store_broken, true))
		tell(verifier, &err);
}

static void check_delivery(void *context)
{
	struct delivery *delivery = context;
	struct verifier *verifier = delivery->verifier;
	struct worker *worker = take_worker(verifier);
	struct str bytes = { delivery->body ? delivery->body : "", delivery->size };
	struct proven_tarball proven;
	struct digest actual;
	if (tarball_prove(bytes, &delivery->job->pinned, &proven, &actual)) {
		keep(verifier, &proven, &actual);
		settle_proven(verifier, worker, delivery->job, &proven, SOURCE_REGISTRY);
	} else {
		char detail[MAX_DETAIL];
		struct tarball_result result = {
			.state = TARBALL_MISMATCH,
			.source = SOURCE_REGISTRY,
			.packed_bytes = bytes.n,
		};
		describe_mismatch(delivery->job, &actual, detail);
		settle(verifier, delivery->job, &result, NULL, detail);
	}
	give_worker(verifier, worker);
	pthread_mutex_lock(&verifier->lock);
	verifier->in_flight -= delivery->size;
	pthread_cond_signal(&verifier->landed);
	pthread_mutex_unlock(&verifier->lock);
	free(delivery->body);
	free(delivery);
}

static void deliver(struct verifier *verifier, struct job *job, struct http_response *response)
{
	struct delivery *delivery = malloc(sizeof *delivery);
	if (!delivery) {
		settle_state(verifier, job, TARBALL_UNREACHABLE, true, "out of memory");
		return;
	}
	*delivery = (struct delivery){ verifier, job, response->body, response->size };
	response->body = NULL;
	pthread_mutex_lock(&verifier->lock);
	while (verifier->in_flight && verifier->in_flight + delivery->size > IN_FLIGHT_BYTES)
		pthread_cond_wait(&verifier->landed, &verifier->lock);
	verifier->in_flight += delivery->size;
	pthread_mutex_unlock(&verifier->lock);
	pool_submit(verifier->pool, check_delivery, delivery);
}

static void take_answer(void *context, const struct http_request *request, struct http_response *response)
{
	struct verifier *verifier = context;
	struct job *job = request->context;
	if (response->outcome == HTTP_ANSWER && response->code == 200) {
		deliver(verifier, job, response);
		return;
	}
	char text[sizeof response->detail + 64];
	bool gone = response->outcome == HTTP_ANSWER && (response->code == 404 || response->code == 410);
	bool refused = response->outcome == HTTP_REFUSED_HOST;
	if (gone && job->scoped && !request->authorization)
		snprintf(text, sizeof text, "answered %ld; no login was sent, which a private package needs", response->code);
	else if (*response->detail)
		snprintf(text, sizeof text, "%s", response->detail);
	else
		snprintf(text, sizeof text, "answered %ld without a tarball", response->code);
	settle_state(verifier, job, gone ? TARBALL_UNPUBLISHED : refused ? TARBALL_REFUSED_HOST : TARBALL_UNREACHABLE,
	             response->retryable, text);
}

/* Before anything is under way, so that the arena is this thread's alone. */
static enum status queue_request(struct verifier *verifier, struct http *http, struct job *job, struct error *err)
{
	struct npm_access access = { 0 };
	const struct npm_settings *settings = verifier->options->settings;
	enum status status = settings ? npm_access_find(settings, job->from.url, verifier->arena, &access, err) : STATUS_OK;
	if (status)
		return status;
	struct http_request request = {
		.url = job->from.url,
		.accept = "*/*",
		.authorization = access.authorization,
		.authorized = access.authorized,
		.route = access.route,
		.max_bytes = LIMIT_TARBALL_PACKED_BYTES,
		.context = job,
	};
	return http_add(http, &request) ? STATUS_OK : error_memory(err);
}

static enum status ask_registry(struct verifier *verifier, struct error *err)
{
	const struct tarball_options *options = verifier->options;
	struct http_options how = {
		.allowed_origins = verifier->hosts.origins,
		.user_agent = options->user_agent ? options->user_agent : "assay/" ASSAY_VERSION,
		.parallel = DEFAULT_PARALLEL,
		.tries = options->tries ? options->tries : LIMIT_HTTP_TRIES,
		.backoff_ms = options->backoff_ms ? options->backoff_ms : DEFAULT_BACKOFF_MS,
		.connect_timeout_ms = DEFAULT_CONNECT_MS,
		.timeout_ms = options->timeout_ms ? options->timeout_ms : DEFAULT_TIMEOUT_MS,
	};
	struct http *http = http_new(&how, err);
	if (!http)
		return err ? err->status : STATUS_MEMORY;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < verifier->jobs.n && !status; i++) {
		struct job *job = &verifier->jobs.v[i];
		if (!job->settled)
			status = queue_request(verifier, http, job, err);
	}
	if (!status)
		status = http_run(http, take_answer, verifier, err);
	pool_wait(verifier->pool);
	http_free(http);
	return status;
}

/* ---- the plan ------------------------------------------------------------------- */

static enum status read_integrity(const struct package *package, struct arena *arena, struct job *job, struct error *err)
{
	struct error why = { 0 };
	enum status status = integrity_parse(package->integrity, arena, &job->pinned, &why);
	if (status == STATUS_MEMORY)
		return error_memory(err);
	job->oversized = status != STATUS_OK; /* then nothing is pinned */
	enum digest_algorithm strongest;
	job->weak = !status && integrity_strongest(&job->pinned, &strongest) && strongest == DIGEST_SHA1;
	return STATUS_OK;
}

/* The job for this URL and digest, made at its first package. Where no URL may be asked, npm's cache can still have the bytes. */
static enum status plan_job(struct verifier *verifier, const struct package *package, struct map *seen,
                            uint32_t *number, struct error *err)
{
	struct source_url from = source_url(&verifier->hosts, package, verifier->arena);
	const char *what = from.url ? from.url : from.reason;
	struct str key = STR_NONE;
	size_t found;
	if (what)
		key = arena_printf(verifier->arena, "%s\n%.*s", what, STR_ARG(package->integrity));
	if (!key.p)
		return error_memory(err);
	if (map_find(seen, key, &found)) {
		*number = (uint32_t)found;
		return STATUS_OK;
	}
	struct job *job = vec_add(verifier->arena, &verifier->jobs);
	if (!job || !map_set(seen, key, verifier->jobs.n - 1))
		return error_memory(err);
	job->from = from;
	job->scoped = package->name.n && package->name.p[0] == '@';
	*number = (uint32_t)(verifier->jobs.n - 1);
	return read_integrity(package, verifier->arena, job, err);
}

static enum status plan_package(struct verifier *verifier, const struct package *package, struct map *seen,
                                struct tarball_result *result, uint32_t *job, struct error *err)
{
	*job = TREE_NONE;
	result->skip = source_skip(package);
	if (result->skip != SKIP_NONE) {
		result->state = TARBALL_SKIPPED;
		return STATUS_OK;
	}
	return plan_job(verifier, package, seen, job, err);
}

static enum status plan(struct verifier *verifier, const struct tree *tree, struct tarball_result *results,
                        struct error *err)
{
	struct map *seen = map_new(verifier->arena, tree->package_count);
	verifier->job_of = arena_array(verifier->arena, tree->package_count + (size_t)1, sizeof *verifier->job_of);
	if (!seen || !verifier->job_of)
		return error_memory(err);
	enum status status = STATUS_OK;
	for (uint32_t i = 0; i < tree->package_count && !status; i++)
		status = plan_package(verifier, &tree->packages[i], seen, &results[i], &verifier->job_of[i], err);
	return status;
}

/* ---- all of it -------------------------------------------------------------------- */

static enum status start_workers(struct verifier *verifier, struct error *err)
{
	unsigned wanted = verifier->options->jobs ? verifier->options->jobs : cpu_count();
	wanted = wanted > MAX_THREADS ? MAX_THREADS : wanted;
	for (unsigned i = 0; i < wanted && (i == 0 || i < verifier->jobs.n); i++) {
		struct worker *worker = &verifier->workers[verifier->threads++];
		worker->inflater = inflater_new();
		if (!worker->inflater)
			return error_memory(err);
		give_worker(verifier, worker);
	}
	verifier->pool = pool_new(verifier->threads);
	return verifier->pool ? STATUS_OK : error_set(err, STATUS_MEMORY, "no thread can be started");
}

static void free_verifier(struct verifier *verifier)
{
	pool_free(verifier->pool);
	for (unsigned i = 0; i < verifier->threads; i++) {
		inflater_free(verifier->workers[i].inflater);
		free(verifier->workers[i].bytes);
	}
	pthread_mutex_destroy(&verifier->lock);
	pthread_cond_destroy(&verifier->landed);
	free(verifier);
}

/* What the cache did not hold and nobody may be asked for. */
static void settle_unasked(struct verifier *verifier)
{
	for (size_t i = 0; i < verifier->jobs.n; i++) {
		struct job *job = &verifier->jobs.v[i];
		if (job->settled)
			continue;
		if (!job->from.url)
			settle_state(verifier, job, job->from.state, false, job->from.reason);
		else if (verifier->options->offline)
			settle_state(verifier, job, TARBALL_UNREACHABLE, true, "offline, and in no cache");
	}
}

/* Only after something was added. What fails here fails again at the next addition. */
static void shrink_store(struct verifier *verifier)
{
	const struct tarball_options *options = verifier->options;
	struct tarball_store store;
	tarball_store_prune(options->store, options->store_max_bytes ? options->store_max_bytes : LIMIT_STORE_BYTES, &store, NULL);
}

static enum status read_all(struct verifier *verifier, struct error *err)
{
	if (verifier->jobs.n == 0)
		return STATUS_OK;
	enum status status = start_workers(verifier, err);
	if (status)
		return status;
	if (verifier->options->npm_cache || verifier->options->store) {
		for (unsigned i = 0; i < verifier->threads; i++)
			pool_submit(verifier->pool, read_cache, verifier);
		pool_wait(verifier->pool);
	}
	settle_unasked(verifier);
	if (verifier->done < verifier->jobs.n)
		status = ask_registry(verifier, err);
	if (atomic_load(&verifier->kept))
		shrink_store(verifier);
	return !status && verifier->out_of_memory ? error_memory(err) : status;
}

static enum status run(struct verifier *verifier, const struct tree *tree, struct tarball_result *results,
                       struct error *err)
{
	enum status status = hosts_init(&verifier->hosts, verifier->options, verifier->arena, err);
	if (!status)
		status = plan(verifier, tree, results, err);
	if (!status)
		status = read_all(verifier, err);
	for (uint32_t i = 0; i < tree->package_count && !status; i++)
		if (verifier->job_of[i] != TREE_NONE)
			results[i] = verifier->jobs.v[verifier->job_of[i]].result;
	return status;
}

enum status tarball_verify(const struct tree *tree, const struct tarball_options *options, struct arena *arena,
                           struct tarball_result **out, struct error *err)
{
	struct tarball_result *results = arena_array(arena, tree->package_count + (size_t)1, sizeof *results);
	struct verifier *verifier = results ? calloc(1, sizeof *verifier) : NULL;
	if (!verifier)
		return error_memory(err);
	verifier->options = options;
	verifier->arena = arena;
	pthread_mutex_init(&verifier->lock, NULL);
	pthread_cond_init(&verifier->landed, NULL);
	enum status status = run(verifier, tree, results, err);
	free_verifier(verifier);
	if (!status)
		*out = results;
	return status;
}
