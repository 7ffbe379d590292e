/* What the two halves of the database's reader share: db.c answers questions, db_all.c reads all of it. */
#ifndef ADVISORY_DB_H
#define ADVISORY_DB_H

#include "advisory/private.h"

struct advisory_db {
	struct store *store;
	struct store_query *find; /* of a full one */
	struct compact *compact;  /* or NULL */
	struct arena *arena;      /* of `info`, and of `unknown` */
	struct map *unknown;      /* names without a record; NULL: they are not remembered */
	struct advisory_db_info info;
};
enum status db_damaged(const struct advisory_db *db, const char *what, struct error *err);

typedef VEC(struct affected) affected_list;

/* Rows come by id: the packages of one record share its advisory. */
struct rows {
	struct arena *arena;
	affected_list affected;
	VEC(struct str) names;
	struct advisory *advisory;
};
/* Asks for the records that `which` selects by ?1. */
enum status db_prepare_rows(struct advisory_db *db, const char *which, struct store_query **out, struct error *err);
#define BY_KEY "?1"
enum status db_collect_rows(struct store_query *query, struct rows *rows, struct error *err);

#endif
