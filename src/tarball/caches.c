/* Bytes that lie on the disk: under the name of their digest in assay's own store and in npm's cache, in yarn's zips, in the project. Each is proven anew. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/limits.h"
#include "store.h"
#include "verifier.h"

enum { MAX_CACHE_PATH = 8192 };

/* Where files lie under the names of their digests. */
struct place {
	const char *folder; /* NULL: not looked into */
	enum tarball_source source;
	bool (*path)(const char *folder, const struct digest *digest, struct buf *out);
	const char *damage;
};

bool worker_read(struct worker *worker, int fd, uint64_t size, struct candidate *out)
{
	worker->file = (struct tarball_file){ .fd = fd, .size = size };
	*out = (struct candidate){ .file = &worker->file };
	if (size > worker->hold)
		return true;
	char *room = unpacker_room(worker->unpacker, (size_t)size + 1);
	ptrdiff_t n = room ? file_read_at(fd, room, (size_t)size, 0) : -1;
	*out = (struct candidate){ .bytes = { room, n > 0 ? (size_t)n : 0 } };
	return n >= 0;
}

uint64_t candidate_size(const struct candidate *candidate)
{
	return candidate->file ? candidate->file->size : candidate->bytes.n;
}

enum status candidate_prove(const struct candidate *candidate, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual)
{
	if (candidate->file)
		return tarball_prove_file(candidate->file, pinned, out, actual);
	struct digest computed = { 0 };
	bool proven = tarball_prove(candidate->bytes, pinned, out, &computed);
	if (actual)
		*actual = computed;
	/* What OpenSSL had no memory to compute (integrity_check() leaves it zero) says nothing against the bytes. */
	static const unsigned char nothing[DIGEST_MAX_SIZE];
	if (!proven && memcmp(computed.bytes, nothing, sizeof nothing) == 0)
		return STATUS_MEMORY;
	return proven ? STATUS_OK : STATUS_INVALID;
}

/* The open file, -1 where there is none that can be read, and what is in it. */
static int open_cached(struct worker *worker, const char *path, bool ours, struct candidate *out)
{
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat info;
	if (fd < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) || info.st_size < 0)
		return -1;
	if (ours)
		store_touch(fd);
	if (fstat(fd, &info) != 0 || (uint64_t)info.st_size > LIMIT_TARBALL_PACKED_BYTES)
		return -1;
	file_identity_of(&info, &worker->before);
	if (!worker_read(worker, fd, (uint64_t)info.st_size, out))
		return -1;
	worker->from_file = fstat(fd, &info) == 0;
	file_identity_of(&info, &worker->after);
	return file_take(&fd);
}

/* What was proven by the strongest digest that is pinned, and lies there unchanged since: `info` is what lstat() says. */
static bool remember(struct verifier *verifier, struct job *job, const struct integrity *pinned, const struct stat *info, enum tarball_source source)
{
	struct file_identity now;
	enum digest_algorithm strongest;
	if (!verifier->memory || verifier->options->proven || !S_ISREG(info->st_mode) || !integrity_strongest(pinned, &strongest))
		return false;
	/* Whose use was not noted for a day is read again, so that the store knows what is in use. */
	if (source == SOURCE_STORE && store_is_stale(info))
		return false;
	file_identity_of(info, &now);
	for (size_t i = 0; i < pinned->count; i++) {
		const struct digest *digest = &pinned->digests[i];
		const struct inspection *known = NULL;
		if (digest->algorithm == strongest)
			known = memory_find(verifier->memory, digest, &now);
		if (!known)
			continue;
		const struct tarball_result result = { .state = pinned == &job->published ? TARBALL_NO_INTEGRITY : TARBALL_VERIFIED,
						       .source = source,
						       .packed_bytes = now.size,
						       .digest = *digest };
		verifier_settle_remembered(verifier, job, &result, known);
		return true;
	}
	return false;
}

/* A file with other bytes than its name says is no finding: the next source is asked, and the result tells. */
static void try_place(struct verifier *verifier, struct worker *worker, struct job *job, const struct place *place)
{
	CLEANUP(buf_fini) struct buf path = BUF_INIT(MAX_CACHE_PATH);
	const struct integrity *pinned = job->pinned.count ? &job->pinned : &job->published;
	for (size_t i = 0; i < pinned->count && !job->settled && place->folder; i++) {
		struct proven_tarball proven;
		struct candidate candidate;
		struct stat info;
		if (!place->path(place->folder, &pinned->digests[i], &path) || lstat(path.p, &info) != 0 ||
		    remember(verifier, job, pinned, &info, place->source))
			continue;
		CLEANUP(file_close) int fd = open_cached(worker, path.p, place->source == SOURCE_STORE, &candidate);
		if (fd < 0)
			continue;
		enum status status = candidate_prove(&candidate, pinned, &proven, NULL);
		if (!status) {
			proven.verdict = pinned == &job->pinned ? proven.verdict : INTEGRITY_NONE;
			verifier_settle_proven(verifier, worker, job, &proven, true, place->source);
			continue;
		}
		if (status != STATUS_INVALID)
			continue;
		job->damage = place->damage;
		if (place->source == SOURCE_STORE)
			unlink(path.p); /* it would stand in the way of nothing but itself */
	}
}

/* What lies under a name that is not its digest's. */
struct named {
	const char *path; /* NULL: there is none */
	const struct integrity *pinned;
	enum tarball_source source;
	bool own; /* the project's: what will be installed, so another one is a finding. The user's is one damaged copy */
};

static void try_named(struct verifier *verifier, struct worker *worker, struct job *job, const struct named *named)
{
	struct proven_tarball proven;
	struct digest actual;
	struct candidate candidate;
	struct stat info;
	if (job->settled || !named->path || lstat(named->path, &info) != 0 || remember(verifier, job, named->pinned, &info, named->source))
		return;
	CLEANUP(file_close) int fd = open_cached(worker, named->path, false, &candidate);
	if (fd < 0)
		return;
	enum status status = candidate_prove(&candidate, named->pinned, &proven, &actual);
	if (!status) {
		proven.zip = named->source == SOURCE_YARN_CACHE;
		verifier_settle_proven(verifier, worker, job, &proven, proven.verdict == INTEGRITY_MATCH, named->source);
	} else if (named->own && status == STATUS_INVALID) {
		verifier_settle_mismatch(verifier, job, named->pinned, &actual, candidate_size(&candidate), named->source);
	} else if (status == STATUS_INVALID) {
		job->damage = "yarn's global cache holds a damaged copy";
	}
}

void verifier_try_caches(struct verifier *verifier, struct worker *worker, struct job *job)
{
	const struct named named[] = {
		{ job->zip, &job->zip_pinned, SOURCE_YARN_CACHE, true },
		{ job->global_zip, &job->zip_pinned, SOURCE_YARN_CACHE, false },
		{ job->file, &job->pinned, SOURCE_FILE, true },
	};
	for (size_t i = 0; i < sizeof named / sizeof *named; i++)
		try_named(verifier, worker, job, &named[i]);
	const struct place places[] = {
		{ verifier->options->store, SOURCE_STORE, store_path, "assay's store held a damaged copy" },
		{ verifier->options->npm_cache, SOURCE_NPM_CACHE, source_cache_path, "npm's cache holds a damaged copy" },
	};
	for (size_t i = 0; i < sizeof places / sizeof *places && !job->file; i++)
		try_place(verifier, worker, job, &places[i]);
}
