/* What the halves of the writer share: write.c puts records in, write_all.c answers for the whole. */
#ifndef ADVISORY_WRITE_H
#define ADVISORY_WRITE_H

#include "advisory/compact.h"

#define WRITER_ADD_META "INSERT OR REPLACE INTO meta(key, value) VALUES(?1, ?2)"

enum writer_query {
	FIND,
	COUNT,
	LIST,
	DROP_RECORD,
	DROP_ADVISORY,
	GET_META,
	ADD_ADVISORY,
	ADD_RECORD,
	ADD_ALIAS,
	ADD_AFFECTED,
	OLD_ALIASES,
	DROP_ALIAS,
	DROP_AFFECTED,
	ADD_META,
	WRITER_QUERIES,
};

struct writer {
	struct store *store;
	struct store_query *queries[WRITER_QUERIES];
	int64_t last_key;
	struct str source; /* malloc'ed */
	int64_t now;
	unsigned char *seen; /* a bit for each key */
	size_t seen_size;
	struct buf packed;
};

/* A record under a new key. */
enum status writer_put(struct writer *writer, int64_t key, const struct osv_record *record, struct str digest, struct arena *arena, struct error *err);
/* Takes away a record's aliases and packages. */
enum status writer_drop_old(struct writer *writer, int64_t key, struct arena *arena, struct error *err);
void writer_bind_date(struct store_query *query, int parameter, int64_t date);
/* The one number that `question` gives, or *none. */
enum status writer_ask(struct store *store, const char *question, int64_t *out, bool *none, struct error *err);
/* Was added, or found unchanged, since writer_begin(). */
bool writer_is_seen(const struct writer *writer, int64_t key);

#endif
