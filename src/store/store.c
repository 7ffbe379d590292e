/*
 * Opening a store to read it, and queries.
 *
 * Reading takes SQLite's shared lock, so that a foreign program that writes in place is noticed. Where locks or a leftover journal stand
 * in the way (some network and read-only file systems), the file is opened again as immutable: our own writer never changes a file
 * that has its name.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/private.h"

enum { BUSY_TIMEOUT_MS = 300, PATH_MAX_BYTES = 16384 };

static const struct failure {
	int code;
	enum status status;
	const char *text, *hint; /* no hint: the kind's remedy */
} failures[] = {
	{ SQLITE_BUSY, STATUS_BUSY, "another program has locked it", "try again when it has finished" },
	{ SQLITE_LOCKED, STATUS_BUSY, "another program has locked it", "try again when it has finished" },
	{ SQLITE_CORRUPT, STATUS_INVALID, "this database is damaged", NULL },
	{ SQLITE_NOTADB, STATUS_INVALID, "this file is no database", NULL },
	{ SQLITE_NOMEM, STATUS_MEMORY, "out of memory", "" },
	{ SQLITE_FULL, STATUS_IO, "the disk is full", "make room and try again" },
	{ SQLITE_IOERR, STATUS_IO, "the disk refused", "" },
	{ SQLITE_READONLY, STATUS_IO, "cannot be written", "" },
	{ SQLITE_CANTOPEN, STATUS_IO, "cannot be opened", "" },
	{ SQLITE_PERM, STATUS_IO, "cannot be opened", "" },
	{ SQLITE_TOOBIG, STATUS_LIMIT, "a value is too large for the database", "" },
};

enum status(store_fail)(const struct store *store, int code, struct error *err)
{
	static const struct failure other = { 0, STATUS_INVALID, "this database cannot be used", NULL };
	const struct failure *found = &other;
	for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
		if (failures[i].code == (code & 0xff))
			found = &failures[i];
	int number = store->handle && found->status == STATUS_IO ? sqlite3_system_errno(store->handle) : 0;
	char reason[128];
	error_set(err, found->status, "%s: %s (%s)", store->path, found->text, number ? strerror_r(number, reason, sizeof reason) : sqlite3_errstr(code));
	error_hint(err, "%s", found->hint ? found->hint : store->kind->remedy);
	return found->status;
}

/* SQLite names files by URI: what would end the path or begin an escape is escaped. */
static void write_uri(struct buf *uri, const char *file, const char *options)
{
	buf_add_z(uri, file[0] == '/' ? "file://" : "file:./");
	for (const char *c = file; *c; c++) {
		if (*c == '?' || *c == '#' || *c == '%')
			buf_printf(uri, "%%%02X", (unsigned)*c);
		else
			buf_add_char(uri, *c);
	}
	buf_printf(uri, "?%s", options);
	buf_add_char(uri, '\0');
}

enum status store_connect(struct store *store, const char *file, const char *options, int flags, struct error *err)
{
	CLEANUP(buf_fini) struct buf uri = BUF_INIT(PATH_MAX_BYTES);
	write_uri(&uri, file, options);
	if (uri.failed)
		return error_set(err, STATUS_INVALID, "%s: this path is too long", store->path);
	sqlite3_close(store->handle);
	store->handle = NULL;
	int code = sqlite3_open_v2(uri.p, &store->handle, flags | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, NULL);
	if (code != SQLITE_OK)
		return store_fail(store, code, err);
	sqlite3_extended_result_codes(store->handle, 1);
	sqlite3_busy_timeout(store->handle, BUSY_TIMEOUT_MS);
	sqlite3_db_config(store->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return STATUS_OK;
}

struct store *store_new(const char *path, const struct store_kind *kind)
{
	struct store *store = calloc(1, sizeof *store);
	if (!store)
		return NULL;
	store->lock = -1;
	store->kind = kind;
	store->path = strdup(path);
	if (store->path)
		return store;
	free(store);
	return NULL;
}

enum status store_ask(struct store *store, const char *sql, int64_t *out, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = false;
	enum status status = store_prepare(store, sql, &query, err);
	if (status || (status = query_next(query, &row, err)))
		return status;
	if (!row)
		return store_fail(store, SQLITE_CORRUPT, err);
	*out = query_int(query, 0);
	return STATUS_OK;
}

/* What can be said before SQLite looks: it takes an empty file for a new database. */
static enum status check_file(const struct store *store, struct error *err)
{
	struct stat info;
	enum status status;
	if (stat(store->path, &info) != 0)
		return error_errno(err, "%s", store->path);
	if (!S_ISREG(info.st_mode))
		status = error_set(err, STATUS_INVALID, "%s: not a regular file", store->path);
	else if (info.st_size == 0)
		status = error_set(err, STATUS_INVALID, "%s: this file is empty, and no database", store->path);
	else
		return STATUS_OK;
	error_hint(err, "%s", store->kind->remedy);
	return status;
}

enum status store_check_kind(struct store *store, struct error *err)
{
	int64_t application = 0, version = 0;
	enum status status = store_ask(store, "PRAGMA application_id", &application, err);
	if (status || (status = store_ask(store, "PRAGMA user_version", &version, err)))
		return status;
	if (application != store->kind->application_id) {
		error_set(err, STATUS_INVALID, "%s: this database is not %s", store->path, store->kind->what);
		error_hint(err, "%s", store->kind->remedy);
		return STATUS_INVALID;
	}
	if (version == store->kind->version)
		return STATUS_OK;
	bool newer = version > store->kind->version;
	error_set(err, STATUS_UNSUPPORTED, "%s: its schema version is %lld, %s than the %lld that is read here", store->path, (long long)version,
		  newer ? "newer" : "older", (long long)store->kind->version);
	if (store->kind->steps && !newer)
		error_hint(err, "whoever may write it brings it up to date by any command");
	else
		error_hint(err, "%s%s", newer ? "update assay, or " : "", store->kind->remedy);
	return STATUS_UNSUPPORTED;
}

bool store_is(const char *path)
{
	static const char magic[16] = "SQLite format 3";
	char head[sizeof magic];
	CLEANUP(file_close) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	return fd >= 0 && read(fd, head, sizeof head) == (ssize_t)sizeof head && memcmp(head, magic, sizeof head) == 0;
}

static enum status connect_and_check(struct store *store, const char *options, struct error *err)
{
	enum status status = store_connect(store, store->path, options, SQLITE_OPEN_READONLY, err);
	if (!status) {
		sqlite3_db_config(store->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		status = store_run(store, "PRAGMA cell_size_check = on; PRAGMA query_only = on; BEGIN", err);
	}
	return status ? status : store_check_kind(store, err);
}

/* What is written in place has its news beside it, and an immutable file would be read without them. */
static bool has_log(const struct store *store)
{
	char *log = NULL;
	bool there = store->kind->steps && asprintf(&log, "%s-wal", store->path) > 0 && file_exists(log);
	free(log);
	return there;
}

enum status store_open(const char *path, const struct store_kind *kind, struct store **out, struct error *err)
{
	CLEANUP(store_cleanup) struct store *store = store_new(path, kind);
	if (!store)
		return error_memory(err);
	enum status status = check_file(store, err);
	if (!status)
		status = connect_and_check(store, "mode=ro", err);
	if (status == STATUS_IO && !has_log(store))
		status = connect_and_check(store, "mode=ro&immutable=1", err);
	if (status)
		return status;
	*out = store;
	store = NULL;
	return STATUS_OK;
}

void store_cleanup(struct store **store)
{
	store_close(*store);
	*store = NULL;
}

enum status store_check(struct store *store, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row = false;
	enum status status = store_prepare(store, "PRAGMA integrity_check(1)", &query, err);
	if (status || (status = query_next(query, &row, err)))
		return status;
	struct str verdict = row ? query_text(query, 0) : STR_NONE;
	if (str_equal(verdict, STR("ok")))
		return STATUS_OK;
	CLEANUP(buf_fini) struct buf text = BUF_INIT(4096);
	buf_add_visible(&text, str_head(verdict, 300));
	error_set(err, STATUS_INVALID, "%s: this database is damaged (%.*s)", store->path, STR_ARG(buf_str(&text)));
	error_hint(err, "%s", store->kind->remedy);
	return STATUS_INVALID;
}

/* ---- queries ------------------------------------------------------------ */

struct store_query {
	sqlite3_stmt *statement;
	struct store *store;
	int failed_code; /* the first failure of a bind, or of reading a column: the next step fails with it */
};

enum status store_run(struct store *store, const char *sql, struct error *err)
{
	int code = sqlite3_exec(store->handle, sql, NULL, NULL, NULL);
	return code == SQLITE_OK ? STATUS_OK : store_fail(store, code, err);
}

enum status store_prepare(struct store *store, const char *sql, struct store_query **out, struct error *err)
{
	struct store_query *query = calloc(1, sizeof *query);
	if (!query)
		return error_memory(err);
	query->store = store;
	int code = sqlite3_prepare_v3(store->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &query->statement, NULL);
	if (code != SQLITE_OK) {
		query_free(query);
		return store_fail(store, code, err);
	}
	*out = query;
	return STATUS_OK;
}

void query_free(struct store_query *query)
{
	if (!query)
		return;
	sqlite3_finalize(query->statement);
	free(query);
}

void query_cleanup(struct store_query **query)
{
	query_free(*query);
	*query = NULL;
}

static void note_bind(struct store_query *query, int code)
{
	if (code != SQLITE_OK && query->failed_code == SQLITE_OK)
		query->failed_code = code;
}

void query_bind_text(struct store_query *query, int parameter, struct str value)
{
	note_bind(query, sqlite3_bind_text64(query->statement, parameter, value.p, value.n, SQLITE_STATIC, SQLITE_UTF8));
}

void query_bind_blob(struct store_query *query, int parameter, struct str value)
{
	note_bind(query, sqlite3_bind_blob64(query->statement, parameter, value.p, value.n, SQLITE_STATIC));
}

void query_bind_int(struct store_query *query, int parameter, int64_t value)
{
	note_bind(query, sqlite3_bind_int64(query->statement, parameter, value));
}

void query_bind_real(struct store_query *query, int parameter, double value)
{
	note_bind(query, sqlite3_bind_double(query->statement, parameter, value));
}

void query_bind_null(struct store_query *query, int parameter)
{
	note_bind(query, sqlite3_bind_null(query->statement, parameter));
}

enum status query_next(struct store_query *query, bool *row, struct error *err)
{
	int code = query->failed_code;
	query->failed_code = SQLITE_OK;
	if (code == SQLITE_OK)
		code = sqlite3_step(query->statement);
	if (code == SQLITE_ROW) {
		*row = true;
		return STATUS_OK;
	}
	if (code == SQLITE_DONE) {
		sqlite3_reset(query->statement);
		*row = false;
		return STATUS_OK;
	}
	enum status status = store_fail(query->store, code, err);
	sqlite3_reset(query->statement);
	return status;
}

void query_reset(struct store_query *query)
{
	sqlite3_reset(query->statement);
}

enum status query_run(struct store_query *query, struct error *err)
{
	bool row = false;
	enum status status = query_next(query, &row, err);
	if (!status && row)
		sqlite3_reset(query->statement);
	return status;
}

enum status store_copy_rows(struct store *from, const char *get, struct store *to, const char *add, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *source = NULL;
	CLEANUP(query_cleanup) struct store_query *target = NULL;
	bool row = true;
	enum status status = store_prepare(from, get, &source, err);
	if (!status)
		status = store_prepare(to, add, &target, err);
	while (!status && !(status = query_next(source, &row, err)) && row) {
		for (int i = 0; i < sqlite3_column_count(source->statement); i++)
			note_bind(target, sqlite3_bind_value(target->statement, i + 1, sqlite3_column_value(source->statement, i)));
		status = query_run(target, err);
	}
	return status;
}

/* SQLite asks for the pointer first, then for the length. */
struct str query_text(struct store_query *query, int column)
{
	const char *p = sqlite3_column_blob(query->statement, column);
	int n = sqlite3_column_bytes(query->statement, column);
	if (!p && sqlite3_errcode(query->store->handle) == SQLITE_NOMEM)
		query->failed_code = SQLITE_NOMEM;
	if (query_is_null(query, column))
		return STR_NONE;
	return (struct str){ p ? p : "", n > 0 && p ? (size_t)n : 0 };
}

int64_t query_int(struct store_query *query, int column)
{
	return sqlite3_column_int64(query->statement, column);
}

double query_real(struct store_query *query, int column)
{
	return sqlite3_column_double(query->statement, column);
}

bool query_is_null(struct store_query *query, int column)
{
	return sqlite3_column_type(query->statement, column) == SQLITE_NULL;
}
