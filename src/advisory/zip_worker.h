/* Zips of records, opened by a worker process where there is a sandbox. */
#ifndef ASSAY_ADVISORY_ZIP_WORKER_H
#define ASSAY_ADVISORY_ZIP_WORKER_H

#include "assay/limits.h"
#include "assay/sandbox.h"

/* As zip_walk() with LIMIT_ADVISORY_BYTES; `sandbox` NULL, or off: in this process. STATUS_INVALID also where the worker is lost. */
enum status zip_worker_walk(struct sandbox *sandbox, const char *path, bool (*entry)(void *context, struct str name, struct str data), void *context,
			    struct error *err);

/* ---- what a worker answers, in whatever parts it comes ------------------------------------- */

#define ZIP_STREAM_NAME (64 * KIB)
#define ZIP_STREAM_BYTES (LIMIT_ADVISORY_BYTES + ZIP_STREAM_NAME + 2 * LIMIT_WORKER_OUTPUT_BYTES)
struct zip_stream_head {
	uint32_t name, given; /* given: the data follows; else it was too large */
	uint64_t size;
};
struct zip_stream {
	struct buf bytes; /* that make no whole entry yet; at most ZIP_STREAM_BYTES */
	bool (*entry)(void *context, struct str name, struct str data);
	void *context;
	bool stopped, broken; /* by `entry`; it is none */
};
/* For sandbox_request.take: the context is the stream. */
bool zip_stream_take(void *stream, struct str part);

#endif
