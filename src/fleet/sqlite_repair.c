/*
 * Making a sound store of a damaged one: every table is read from both of its ends as far as it goes, and what hangs in the air afterwards is dropped. All
 * projects are read anew by the next scan.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fleet/sqlite.h"

static const struct table {
	const char *name, *key, *backwards;
	int64_t since; /* the schema's version that brought it */
} tables[] = {
	{ "meta", "key", "key DESC", 1 },
	{ "project", "rowid", "rowid DESC", 1 },
	{ "judge", "rowid", "rowid DESC", 1 },
	{ "lockfile", "rowid", "rowid DESC", 1 },
	{ "package", "rowid", "rowid DESC", 1 },
	{ "tree", "rowid", "rowid DESC", 1 },
	{ "member", "tree, package", "tree DESC, package DESC", 1 },
	{ "presence", "lockfile, first", "lockfile DESC, first DESC", 1 },
	{ "wanted", "lockfile, name, type", "lockfile DESC, name DESC, type DESC", 1 },
	{ "finding", "rowid", "rowid DESC", 1 },
	{ "news", "rowid", "rowid DESC", 2 },
	{ "channel", "name", "name DESC", 2 },
	{ "run", "rowid", "rowid DESC", 1 },
};

static const char sort_out[] = "DELETE FROM lockfile WHERE project NOT IN (SELECT id FROM project);"
			       "DELETE FROM finding WHERE lockfile NOT IN (SELECT id FROM lockfile);"
			       "DELETE FROM news WHERE finding NOT IN (SELECT id FROM finding);"
			       /* Ids begin anew behind the last one that is left: what comes must not count as told. */
			       "UPDATE channel SET told = min(told, (SELECT ifnull(max(seq), 0) FROM sqlite_sequence WHERE name = 'news')), sending = NULL, message = NULL;"
			       "DELETE FROM wanted WHERE lockfile NOT IN (SELECT id FROM lockfile);"
			       "DELETE FROM presence WHERE lockfile NOT IN (SELECT id FROM lockfile) OR tree NOT IN (SELECT id FROM tree);"
			       "DELETE FROM member WHERE tree NOT IN (SELECT id FROM tree) OR package NOT IN (SELECT id FROM package);"
			       "UPDATE project SET judge = NULL WHERE judge NOT IN (SELECT id FROM judge);"
			       "UPDATE project SET content = NULL, judged = NULL;"
			       "DELETE FROM meta WHERE key = 'matched'";
/* A tree whose members were lost would be found again by its digest, and stay without them. */
static const char forget_trees[] = "UPDATE tree SET digest = randomblob(32)";

static enum status read_number(struct store *store, const char *ask, int64_t *out, struct error *err)
{
	CLEANUP(query_cleanup) struct store_query *query = NULL;
	bool row;
	enum status status = store_prepare(store, ask, &query, err);
	if (!status)
		status = query_next(query, &row, err);
	if (!status)
		*out = query_int(query, 0);
	return status;
}

/* What cannot be read any further is no failure: that is why it is repaired. *whole: the table was read to its end. */
static enum status copy_end(struct store *from, struct store *to, const struct table *table, const char *order, bool *whole, struct error *err)
{
	char get[256], add[256];
	int64_t columns;
	snprintf(get, sizeof get, "SELECT count(*) FROM pragma_table_info('%s')", table->name);
	enum status status = read_number(to, get, &columns, err);
	if (status)
		return status;
	int n = snprintf(add, sizeof add, "INSERT OR IGNORE INTO \"%s\" VALUES(?1", table->name);
	snprintf(get, sizeof get, "SELECT * FROM \"%s\" NOT INDEXED ORDER BY %s", table->name, order);
	for (int64_t i = 2; i <= columns; i++)
		n += snprintf(add + n, sizeof add - (size_t)n, ", ?%d", (int)i);
	snprintf(add + n, sizeof add - (size_t)n, ")");
	status = store_copy_rows(from, get, to, add, err);
	*whole = !status;
	return status == STATUS_INVALID ? STATUS_OK : status;
}

static enum status copy_all(struct store *from, struct store *to, int64_t version, struct fleet_repair *out, struct error *err)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < sizeof tables / sizeof *tables && !status; i++) {
		bool whole;
		if (tables[i].since > version)
			continue;
		status = copy_end(from, to, &tables[i], tables[i].key, &whole, err);
		if (!status && !whole) {
			out->damaged++;
			status = copy_end(from, to, &tables[i], tables[i].backwards, &whole, err);
		}
	}
	return status;
}

static enum status count_rows(struct store *store, const char *table, uint64_t *out, struct error *err)
{
	char ask[64];
	int64_t count = 0;
	snprintf(ask, sizeof ask, "SELECT count(*) FROM \"%s\"", table);
	enum status status = read_number(store, ask, &count, err);
	*out = (uint64_t)count;
	return status;
}

/* As the version that it has. */
static enum status open_damaged(const char *path, struct store_kind *kind, struct store **out, struct error *err)
{
	*kind = fleet_store_kind;
	enum status status = store_open(path, kind, out, err);
	for (int64_t version = kind->version - 1; status == STATUS_UNSUPPORTED && version > 0; version--) {
		kind->version = version;
		if (store_open(path, kind, out, NULL) == STATUS_OK)
			status = STATUS_OK;
	}
	return status;
}

static enum status copy(const char *damaged, const char *sound, struct fleet_repair *out, struct error *err)
{
	CLEANUP(store_cleanup) struct store *from = NULL;
	CLEANUP(store_cleanup) struct store *to = NULL;
	struct store_kind kind;
	enum status status = open_damaged(damaged, &kind, &from, err);
	if (!status)
		status = store_open_to_write(sound, &kind, &to, err);
	if (status || (status = store_run(to, "PRAGMA foreign_keys = off", err)) || (status = store_start(to, err)) ||
	    (status = copy_all(from, to, kind.version, out, err)))
		return status;
	return store_finish(to, err);
}

/* What is of an older version is brought up by opening it, as a sound one would be. */
static enum status fill(const char *damaged, const char *sound, struct fleet_repair *out, struct error *err)
{
	CLEANUP(store_cleanup) struct store *to = NULL;
	enum status status = copy(damaged, sound, out, err);
	if (!status)
		status = store_open_to_write(sound, &fleet_store_kind, &to, err);
	if (status || (status = store_run(to, "PRAGMA foreign_keys = off", err)) || (status = store_start(to, err)) ||
	    (status = store_run(to, sort_out, err)) || (out->damaged && (status = store_run(to, forget_trees, err))) ||
	    (status = store_finish(to, err)) || (status = count_rows(to, "project", &out->projects, err)) ||
	    (status = count_rows(to, "presence", &out->presences, err)) || (status = count_rows(to, "finding", &out->findings, err)))
		return status;
	return store_check(to, err);
}

static void remove_with(struct arena *arena, const char *path)
{
	static const char *const endings[] = { "", "-wal", "-shm", ".lock" };
	for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
		struct str name = arena_printf(arena, "%s%s", path, endings[i]);
		if (name.p)
			unlink(name.p);
	}
}

static enum status move(struct arena *arena, const char *from, const char *to, const char *ending, struct error *err)
{
	struct str old = arena_printf(arena, "%s%s", from, ending), new = arena_printf(arena, "%s%s", to, ending);
	if (!old.p || !new.p)
		return error_memory(err);
	return rename(old.p, new.p) == 0 || (errno == ENOENT && *ending) ? STATUS_OK : error_errno(err, "%s cannot be renamed", old.p);
}

/* What an earlier repair kept stays. */
static struct str free_name(struct arena *arena, const char *path)
{
	struct str name = arena_printf(arena, "%s.damaged", path);
	for (int i = 2; name.p && file_exists(name.p); i++)
		name = arena_printf(arena, "%s.damaged-%d", path, i);
	return name;
}

/* The damaged one stays beside it, under another name. */
enum status fleet_repair(const char *path, struct arena *arena, struct fleet_repair *out, struct error *err)
{
	struct str sound = arena_printf(arena, "%s.repaired", path), damaged = free_name(arena, path);
	CLEANUP(file_close) int held = -1;
	*out = (struct fleet_repair){ .kept = damaged.p };
	if (!sound.p || !damaged.p)
		return error_memory(err);
	if (!file_exists(path))
		return error_set(err, STATUS_NOT_FOUND, "%s: there is no such file", path);
	enum status status = store_lock(path, &held, err);
	if (status)
		return status;
	remove_with(arena, sound.p);
	status = fill(path, sound.p, out, err);
	if (!status)
		status = move(arena, path, damaged.p, "", err);
	if (!status)
		status = move(arena, path, damaged.p, "-wal", err);
	if (!status)
		status = move(arena, sound.p, path, "", err);
	remove_with(arena, sound.p);
	return status;
}
