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

/* The commit that GitHub's record of an event ("pull_request", "merge_group", "push") names as the one before; NULL: it names none. */
const char *git_event_commit(struct str record, const char *event, struct arena *arena);

#endif
