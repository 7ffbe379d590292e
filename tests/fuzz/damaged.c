/*
 * Databases whose file was damaged, by a disk or by whoever may write it: the input changes single bytes of one that assay made, four bytes for each
 * change, where (three, modulo the size) and to what. Nothing crashes; what fails says why; what is found sound answers as it did before.
 */
#include <unistd.h>

#include "fuzz/fuzz.h"

#include "assay/advisory.h"
#include "assay/fleet.h"
#include "assay/who.h"
#include "fleet/sqlite.h"

static const char *path_of(const struct fuzz *fuzz, const char *name)
{
	return path_join(fuzz->arena, fuzz->folder, name);
}

static void put(const struct fuzz *fuzz, const char *path, const char *text)
{
	(void)fuzz;
	fuzz_require(file_write_unsynced(path, str_of(text), NULL) == STATUS_OK);
}

/* A copy of the whole one with the input's changes. */
static const char *put_damaged(const struct fuzz *fuzz, const char *whole)
{
	const char *path = path_of(fuzz, "damaged.db"), *besides[] = { "damaged.db-wal", "damaged.db-shm", "damaged.db-journal" };
	struct str bytes;
	fuzz_require(file_read(whole, 64 * MIB, fuzz->arena, &bytes, NULL) == STATUS_OK && bytes.n);
	char *copy = arena_alloc(fuzz->arena, bytes.n);
	fuzz_require(copy != NULL);
	memcpy(copy, bytes.p, bytes.n);
	for (size_t i = 0; i + 4 <= fuzz->input.n; i += 4) {
		const unsigned char *change = (const unsigned char *)fuzz->input.p + i;
		copy[((size_t)change[0] << 16 | (size_t)change[1] << 8 | change[2]) % bytes.n] = (char)change[3];
	}
	for (size_t i = 0; i < sizeof besides / sizeof *besides; i++)
		unlink(path_of(fuzz, besides[i]));
	fuzz_require(file_write_unsynced(path, (struct str){ copy, bytes.n }, NULL) == STATUS_OK);
	return path;
}

/* ---- advisories ------------------------------------------------------------------------------------------------------------------------ */

static const char *const records[] = {
	"{\"id\":\"A-1\",\"modified\":\"2026-01-01T00:00:00Z\",\"aliases\":[\"CVE-2020-1\"],\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},"
	"\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"},{\"fixed\":\"1.2.3\"}]}]}]}",
	"{\"id\":\"A-2\",\"modified\":\"2026-01-02T00:00:00Z\",\"summary\":\"two\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"b\"},"
	"\"versions\":[\"1.0.0\",\"1.0.1\"]},{\"package\":{\"ecosystem\":\"npm\",\"name\":\"a\"},\"versions\":[\"9.9.9\"]}]}",
	"{\"id\":\"MAL-3\",\"modified\":\"2026-01-03T00:00:00Z\",\"affected\":[{\"package\":{\"ecosystem\":\"npm\",\"name\":\"@c/c\"},"
	"\"ranges\":[{\"type\":\"SEMVER\",\"events\":[{\"introduced\":\"0\"}]}]}]}",
};

static const char *make_full(const struct fuzz *fuzz)
{
	const char *full = path_of(fuzz, "full.db");
	const char *inputs[sizeof records / sizeof *records];
	struct advisory_import import = { .reproducible = true };
	if (file_exists(full))
		return full;
	for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
		inputs[i] = path_of(fuzz, arena_printf(fuzz->arena, "record-%zu.json", i).p);
		put(fuzz, inputs[i], records[i]);
	}
	fuzz_require(advisory_import(full, inputs, sizeof inputs / sizeof *inputs, &import, NULL) == STATUS_OK);
	return full;
}

static const char *make_compact(const struct fuzz *fuzz)
{
	const char *compact = path_of(fuzz, "compact-whole.db");
	struct advisory_db *full;
	if (file_exists(compact))
		return compact;
	fuzz_require(advisory_db_open(make_full(fuzz), &full, NULL) == STATUS_OK);
	fuzz_require(advisory_export_compact(full, compact, NULL) == STATUS_OK);
	advisory_db_close(full);
	return compact;
}

/* All that is known of the names, as text; .p NULL: a question failed, and said why. */
static struct str ask_all(struct advisory_db *db, const struct fuzz *fuzz)
{
	static const char *const names[] = { "a", "b", "@c/c", "none" };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(16 * MIB);
	struct error err = { 0 };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct affected *found;
		size_t count;
		enum status status = advisory_db_find(db, str_of(names[i]), DATE_NONE, fuzz->arena, &found, &count, &err);
		fuzz_require(!status || err.text[0]);
		if (status)
			return STR_NONE;
		for (size_t k = 0; k < count; k++)
			buf_printf(&out, "%s %.*s %zu %zu\n", names[i], STR_ARG(found[k].advisory->id), found[k].interval_count, found[k].version_count);
	}
	return arena_copy(fuzz->arena, buf_str(&out));
}

static void run_database(const struct fuzz *fuzz, const void *with)
{
	const char *(*make)(const struct fuzz *fuzz) = *(const char *(*const *)(const struct fuzz *))with;
	CLEANUP(advisory_db_cleanup) struct advisory_db *whole = NULL, *damaged = NULL;
	struct error err = { 0 };
	const char *path = make(fuzz);
	fuzz_require(advisory_db_open(path, &whole, NULL) == STATUS_OK && advisory_db_check(whole, NULL) == STATUS_OK);
	struct str right = ask_all(whole, fuzz);
	enum status status = advisory_db_open(put_damaged(fuzz, path), &damaged, &err);
	fuzz_require(!status || err.text[0]);
	if (status)
		return;
	struct str answer = ask_all(damaged, fuzz);
	status = advisory_db_check(damaged, &err);
	fuzz_require(!status || err.text[0]);
	fuzz_require(status || (answer.p && str_equal(answer, right)));
}

/* ---- a fleet's store: what can be repaired can be read ------------------------------------------------------------------------------------ */

static const char store_rows[] = "INSERT INTO project(id, name, kind, location, owner, added, looked, seen) VALUES(1, 'p', 'folder', '/p', 'kim', 1, 5, 5);"
				 "INSERT INTO lockfile(id, project, path) VALUES(1, 1, 'package-lock.json'), (2, 1, 'b/package.json');"
				 "INSERT INTO tree(id, digest, packages, body) VALUES(1, x'01', 1, x'');"
				 "INSERT INTO package(id, name, version, integrity) VALUES(1, 'a', '1.0.0', '');"
				 "INSERT INTO member VALUES(1, 1, 'prod', 1, 0, 3, NULL);"
				 "INSERT INTO presence(lockfile, first, tree) VALUES(1, 5, 1);"
				 "INSERT INTO wanted VALUES(2, 'a', 'prod', '^1.0.0');"
				 "INSERT INTO finding VALUES(1, 1, 'f', 'known-vulnerability', 'A-1', '', 't', 'high', 75, 'error', 0, 0, 'a', '1.0.0', 'prod', 1, 3,"
				 " '', 'm', 'default', 5, NULL, NULL);";

static const char *make_fleet(const struct fuzz *fuzz)
{
	const char *path = path_of(fuzz, "fleet.db");
	struct fleet *fleet;
	if (file_exists(path))
		return path;
	fuzz_require(fleet_open_to_write(path, &fleet, NULL) == STATUS_OK);
	fuzz_require(store_run(((struct sqlite_fleet *)fleet->state)->store, store_rows, NULL) == STATUS_OK);
	fleet_close(fleet);
	return path;
}

static bool note_project(void *context, const struct fleet_project *project)
{
	(void)project;
	++*(size_t *)context;
	return true;
}

static bool note_finding(void *context, const struct fleet_finding *finding)
{
	fuzz_require(finding->project.p && finding->rule.p);
	++*(size_t *)context;
	return true;
}

/* False: a question failed, and said why. */
static bool ask_fleet(struct fleet *fleet, const struct fuzz *fuzz)
{
	CLEANUP(who_gathering_cleanup) struct who_gathering *gathering = who_gathering_new(fuzz->arena);
	struct who_question *question = who_question_new(fuzz->arena);
	const struct fleet_finding_filter every = { 0 };
	const struct who_store_options options = { .now = 10 };
	struct error err = { 0 };
	size_t projects = 0, findings = 0;
	fuzz_require(gathering && question && who_ask(question, STR("a@1.0.0"), NULL) == STATUS_OK);
	enum status status = fleet_each_project(fleet, &every.project, note_project, &projects, &err);
	if (!status)
		status = fleet_each_finding(fleet, &every, note_finding, &findings, &err);
	if (!status)
		status = who_look_in_store(question, fleet, &options, fuzz->arena, gathering, &err);
	fuzz_require(!status || err.text[0]);
	return !status;
}

static void run_fleet_store(const struct fuzz *fuzz, const void *with)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	const char *path = put_damaged(fuzz, make_fleet(fuzz));
	struct fleet_repair repair;
	struct error err = { 0 };
	(void)with;
	enum status status = fleet_open(path, &fleet, &err);
	fuzz_require(!status || err.text[0]);
	if (!status)
		ask_fleet(fleet, fuzz);
	fleet_cleanup(&fleet);
	status = fleet_repair(path, fuzz->arena, &repair, &err);
	fuzz_require(!status || err.text[0]);
	if (status)
		return;
	unlink(repair.kept);
	fuzz_require(fleet_open(path, &fleet, NULL) == STATUS_OK && ask_fleet(fleet, fuzz));
}

static const char *(*const full)(const struct fuzz *fuzz) = make_full;
static const char *(*const compact)(const struct fuzz *fuzz) = make_compact;

const struct fuzz_target fuzz_damaged[] = {
	{ "database", run_database, &full, NULL },
	{ "database_compact", run_database, &compact, NULL },
	{ "fleet_store", run_fleet_store, NULL, NULL },
	{ 0 },
};
