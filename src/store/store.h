/*
 * store: SQLite behind a small door; the only room that includes sqlite3.h.
 *
 * A store is a file of one kind (application id, schema version). Most are never written in place: they are opened read-only, or a new
 * one is built beside it and renamed over it. So readers go on with the file that they have opened, on a read-only disk too, and an
 * interrupted writer leaves the old file as it was. What grows for years is written in place instead (store_open_to_write), through
 * SQLite's write-ahead log: readers see what stood there when they opened it, and what a writer did not finish never was.
 *
 * A store and its queries belong to one thread at a time. Files are untrusted: one that is empty, foreign, damaged, or of another
 * schema version is told apart from one that is not there.
 */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "assay/base.h"

struct store_kind {
	const char *what;       /* "an advisory database" */
	int64_t application_id; /* 31 bits; SQLite's PRAGMA application_id */
	int64_t version;        /* of the schema; PRAGMA user_version */
	const char *schema;     /* SQL that makes the tables of a new one; NULL where there are steps */
	const char *remedy;     /* the hint when the file is of no use: "delete it and …" */
	/* Of what is written in place: steps[i] is the SQL that brings version i to i + 1; `version` of them. */
	const char *const *steps;
};

struct store;

/* Whether the file begins as SQLite's do. */
bool store_is(const char *path);

/* Read-only. STATUS_NOT_FOUND; STATUS_INVALID: zero bytes, no database, of another kind, damaged; STATUS_UNSUPPORTED: another schema
 * version; STATUS_BUSY: locked by another program; STATUS_IO. The hint says what to do. */
enum status store_open(const char *path, const struct store_kind *kind, struct store **out, struct error *err);

/* A new store that store_commit() puts in the place of `path` (whose folder is made if need be). It starts as a copy of what is
 * there, or empty when nothing is there or `empty` is set. Only one can be built at a time: STATUS_BUSY while another process does. */
enum status store_begin(const char *path, const struct store_kind *kind, bool empty, struct store **out, struct error *err);
/* Whole and on the disk before it gets its name. The store takes no queries after this, whether it failed or not. */
enum status store_commit(struct store *store, struct error *err);

/* To write in place; made where there is none, and brought up to the present version, each step whole or not at all. There is one such
 * writer at a time: STATUS_BUSY while another process is it (`<path>.lock` is held, for as long as the store is open). */
enum status store_open_to_write(const char *path, const struct store_kind *kind, struct store **out, struct error *err);
/* What that writer holds, for who replaces the file: an open descriptor, whose closing ends it. STATUS_BUSY, with the other's process id. */
enum status store_lock(const char *path, int *out, struct error *err);
/* What is written between these two is there as a whole, and lasts, when the second one returns; else nothing of it is. */
enum status store_start(struct store *store, struct error *err);
enum status store_finish(struct store *store, struct error *err);
/* False also after an error of the disk or of memory, by which SQLite undoes all by itself: what is written then would last at once, alone. */
bool store_is_started(const struct store *store);
void store_undo(struct store *store);              /* everything since store_start(); nothing where nothing was started */
int64_t store_last_key(const struct store *store); /* of the row that was added last */

/* Frees it; one that was begun and not committed leaves nothing behind. NULL is fine. Free the queries first. */
void store_close(struct store *store);
void store_cleanup(struct store **store);

/* Reads every page and compares tables with indices: STATUS_INVALID where something is wrong. Takes as long as reading the file. */
enum status store_check(struct store *store, struct error *err);

/* ---- queries ------------------------------------------------------------ */

struct store_query;

/* SQL without results, several statements if need be. */
enum status store_run(struct store *store, const char *sql, struct error *err);
/* One statement, parsed once, to be run many times. */
enum status store_prepare(struct store *store, const char *sql, struct store_query **out, struct error *err);
void query_free(struct store_query *query); /* NULL is fine */
void query_cleanup(struct store_query **query);

/* Parameters count from 1; they keep their values until bound again. Text and blobs are not copied: they must live until the last
 * query_next(). A text or blob whose .p is NULL is NULL. Failure (out of memory) shows in the next query_next(). */
void query_bind_text(struct store_query *query, int parameter, struct str value);
void query_bind_blob(struct store_query *query, int parameter, struct str value);
void query_bind_int(struct store_query *query, int parameter, int64_t value);
void query_bind_real(struct store_query *query, int parameter, double value);
void query_bind_null(struct store_query *query, int parameter);

/* The next row: *row says whether there is one. After the last row, and on failure, the query is ready to be run again. */
enum status query_next(struct store_query *query, bool *row, struct error *err);
/* Leaves the rest of the rows. */
void query_reset(struct store_query *query);
/* A query that gives no row: bound before, run to its end. */
enum status query_run(struct store_query *query, struct error *err);

/* Every row that `get` gives in one store, with its values as they are, into another by `add`, whose parameters are as many as the columns. */
enum status store_copy_rows(struct store *from, const char *get, struct store *to, const char *add, struct error *err);

/* Columns count from 0. Text and blobs live until the next query_next() or query_reset(). NULL gives STR_NONE and 0. */
struct str query_text(struct store_query *query, int column);
int64_t query_int(struct store_query *query, int column);
double query_real(struct store_query *query, int column);
bool query_is_null(struct store_query *query, int column);

#endif
