/* A gzipped list, inflated by a worker process where there is a sandbox. */
#ifndef ASSAY_ADVISORY_GZIP_WORKER_H
#define ASSAY_ADVISORY_GZIP_WORKER_H

#include "assay/sandbox.h"

/* As inflater_run() has it, up to what `out` may hold; `sandbox` NULL, or off: in this process. STATUS_INVALID also where the worker is lost. */
enum status gzip_worker_inflate(struct sandbox *sandbox, struct str packed, struct buf *out, struct error *err);

#endif
