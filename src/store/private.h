/* What the parts of the store share: store.c reads and asks, build.c makes new files, live.c writes in place. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include <sqlite3.h>

#include "store/store.h"

struct store {
	sqlite3 *handle;
	char *path;      /* as messages name it */
	char *temporary; /* the file being built, else NULL */
	int lock;        /* holds the temporary file, or the one beside what is written in place, for us; -1 */
	const struct store_kind *kind;
};

/* Describes what SQLite's `code` means for this store. */
enum status store_fail(const struct store *store, int code, struct error *err);
#define store_fail(store, code, err) status_failure(store_fail(store, code, err))
/* Opens `file` under SQLite's URI `options` ("mode=ro"). */
enum status store_connect(struct store *store, const char *file, const char *options, int flags, struct error *err);
struct store *store_new(const char *path, const struct store_kind *kind);
/* STATUS_INVALID: of another kind; STATUS_UNSUPPORTED: of another version. */
enum status store_check_kind(struct store *store, struct error *err);
/* The one integer that `sql` gives. */
enum status store_ask(struct store *store, const char *sql, int64_t *out, struct error *err);

#endif
