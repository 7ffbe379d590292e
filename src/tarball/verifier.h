/*
 * verifier: what the steps of one verification share. plan.c makes the jobs, caches.c looks for their bytes on the disk, network.c
 * asks the registries for the rest, results.c writes what came of it; verify.c runs them in order on the threads it has.
 */
#ifndef ASSAY_TARBALL_VERIFIER_H
#define ASSAY_TARBALL_VERIFIER_H

#include <pthread.h>
#include <stdatomic.h>

#include "memory.h"
#include "sources.h"

enum { VERIFIER_THREADS = 64 };

/* Bytes that may be a tarball: in memory, or in a file where they are many. */
struct candidate {
	struct str bytes;
	const struct tarball_file *file; /* NULL: the bytes are all */
};
/* STATUS_OK, STATUS_INVALID on a mismatch, else it could not be told. */
enum status candidate_prove(const struct candidate *candidate, const struct integrity *pinned, struct proven_tarball *out, struct digest *actual);
/* The SHA-512 of what nothing pins. */
enum status proven_hash(const struct proven_tarball *proven, struct digest *out);
uint64_t candidate_size(const struct candidate *candidate);

/* One tarball, which several packages may share. */
struct job {
	struct source_url from;
	struct integrity pinned;
	bool weak, oversized;       /* oversized: the integrity text is too long to be read */
	struct integrity published; /* by the registry, where nothing is pinned */
	bool gone;                  /* the registry said so lately */
	/* yarn berry's: the zip's digest, and where it lies; NULL: it does not, and the checksum pins nothing that is here. */
	bool has_checksum;
	struct integrity zip_pinned;
	const char *zip, *global_zip;
	const char *file;          /* a packed file of the project's: the only source. NULL: it is none */
	bool scoped;               /* the package's name has a scope */
	const char *damage;        /* a cache that holds other bytes under this digest; "": none does */
	struct delivery *delivery; /* where a registry is asked for it */
	bool settled;
	struct tarball_packages packages;
	struct tarball_result result;
};

/* What a thread needs for one tarball, reused for the next. */
struct worker {
	struct unpacker *unpacker;
	struct buf inspection;
	struct file_identity before, after; /* of the file that was read last: as it was opened, and when it had been read */
	bool from_file;                     /* these count for the tarball at hand */
	size_t hold;                        /* what is larger stays in its file */
	struct tarball_file file;
	struct worker *next;
};

struct verifier {
	const struct tarball_options *options;
	struct hosts hosts;
	const char *top; /* that packed files may lie in, without links; NULL: none may be read */
	bool has_files;  /* some are */
	VEC(struct job) jobs;
	uint32_t *job_of;   /* by package; TREE_NONE: its result is known without reading anything */
	atomic_size_t next; /* of the jobs, for the threads that read the cache */
	struct pool *pool;
	struct worker workers[VERIFIER_THREADS];
	unsigned threads;
	pthread_mutex_t lock; /* of all that follows, the results and their arena */
	pthread_cond_t landed;
	struct worker *idle;
	struct arena *arena;
	size_t done, in_flight;
	uint64_t bytes;
	struct memory *memory; /* NULL: nothing is remembered */
	bool out_of_memory;
	pthread_mutex_t large;    /* held by whom inspects what is not held in memory: one at a time */
	atomic_size_t kept;       /* tarballs put into the store */
	atomic_bool store_broken; /* it cannot be written: tried no more */
};

/* There are as many workers as threads, so that one is always idle. */
struct worker *verifier_take_worker(struct verifier *verifier);
void verifier_give_worker(struct verifier *verifier, struct worker *worker);

/* Which packages share which tarball; what needs none has its result at once. Before any thread runs. */
enum status verifier_plan(struct verifier *verifier, const struct tree *tree, struct tarball_result *results, struct error *err);

/* Settles the job if a cache holds bytes that can be proven. On any thread. */
void verifier_try_caches(struct verifier *verifier, struct worker *worker, struct job *job);
/* The first `size` bytes of an open file into the worker's room, or the file itself where they are too many to hold. False: out of memory, or
 * it is shorter. */
bool worker_read(struct worker *worker, int fd, uint64_t size, struct candidate *out);
/* Asks for every job that is not settled yet, on the calling thread; returns when all are. */
enum status verifier_ask_registry(struct verifier *verifier, struct error *err);

/* Only here are results written, one at a time, on any thread. `detail` is copied; so is the inspection. */
void verifier_settle(struct verifier *verifier, struct job *job, const struct tarball_result *result, const struct inspection *inspection, const char *detail);
void verifier_settle_state(struct verifier *verifier, struct job *job, enum tarball_state state, bool retryable, const char *detail);
/* The bytes were proven, or have that digest (`digest` of `proven`) where nothing is pinned: looks into them. */
void verifier_settle_proven(struct verifier *verifier, struct worker *worker, struct job *job, const struct proven_tarball *proven, bool has_digest,
			    enum tarball_source source);
/* It was proven before, and its file is the same. */
void verifier_settle_remembered(struct verifier *verifier, struct job *job, const struct tarball_result *result, const struct inspection *inspection);
/* They are others than what was pinned. `actual`: of the strongest algorithm, the one that was compared. */
void verifier_settle_mismatch(struct verifier *verifier, struct job *job, const struct integrity *pinned, const struct digest *actual,
			      uint64_t packed_bytes, enum tarball_source source);

#endif
