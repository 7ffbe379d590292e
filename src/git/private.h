/* What the parts of this room share. */
#ifndef GIT_PRIVATE_H
#define GIT_PRIVATE_H

#include <git2.h>

#include "assay/repository.h"

struct git_store {
	git_repository *repository;
};

/* libgit2's last error behind `what`: STATUS_NOT_FOUND for what is missing, else STATUS_INVALID. */
enum status git_store_fail(struct error *err, int code, const char *what);

#endif
