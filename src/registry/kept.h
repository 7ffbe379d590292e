/* The answers that are kept, by registry, name and version. */
#ifndef REGISTRY_KEPT_H
#define REGISTRY_KEPT_H

#include "assay/registry_record.h"

/* What is known of one version, and what it is known by. */
struct kept_record {
	const char *registry;
	struct str name, version;
	struct str etag; /* .n 0: none */
	bool found;      /* it was in the file */
	bool changed;    /* it is to be written */
	struct registry_record *record;
};
/* Looks each up; what is found is filled in, in `arena`, the history too where there is one. No file: nothing is found. STATUS_MEMORY;
 * anything else says that the file is of no use, and nothing was found. */
enum status kept_records_read(const char *path, struct kept_record *const *records, size_t count, struct arena *arena, struct error *err);
/* Writes those that changed, all or none, and keeps the file within its size. */
enum status kept_records_write(const char *path, struct kept_record *const *records, size_t count, struct error *err);

#endif
