/*
 * Updating: OSV's npm part as it is now. The first time that is its zip; later the list of what changed since, and those records.
 *
 * All of it happens under the one lock that writes the database, from before anything is asked: of two updates the second waits, and then
 * sees what the first has brought. The list is read from an hour before the newest that is there, because the zip and the list are published
 * apart; what the database has already is not fetched again.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "advisory/update.h"

enum { OVERLAP_S = 3600, WAIT_MS = 250, MOST_WAITS = 15 * 60 * 1000 / WAIT_MS, LEAST_PERCENT = 90 };

/* What the database remembers of its last update. */
struct memory {
	struct str from, etag, modified, sha256;
	int64_t cursor;
};

struct updater {
	struct advisory_update *update;
	const char *path;
	struct arena *arena;
	struct import_job job;
	struct fetch fetch;
	struct memory old, new;
};

static void note(const struct updater *u, const char *text)
{
	if (u->update->note)
		u->update->note(u->update->import.context, text);
}

/* ---- what is remembered ------------------------------------------------------------- */

static enum status read_memory(struct updater *u, struct error *err)
{
	struct {
		const char *key;
		struct str *text;
	} texts[] = { { "updated-from", &u->old.from },
		      { "updated-etag", &u->old.etag },
		      { "updated-modified", &u->old.modified },
		      { "updated-sha256", &u->old.sha256 } };
	enum status status = writer_get_date(u->job.writer, "updated-cursor", &u->old.cursor, err);
	for (size_t i = 0; i < 4 && !status; i++)
		status = writer_get_text(u->job.writer, texts[i].key, u->arena, texts[i].text, err);
	if (status)
		return status;
	/* Another server's tags and times say nothing about this one. */
	if (!str_equal_z(u->old.from, u->fetch.base))
		u->old = (struct memory){ .cursor = DATE_NONE };
	u->new = u->old;
	return STATUS_OK;
}

static enum status write_memory(struct updater *u, struct error *err)
{
	struct writer *writer = u->job.writer;
	struct {
		const char *key;
		struct str text;
	} texts[] = { { "updated-from", str_of(u->fetch.base) },
		      { "updated-etag", u->new.etag },
		      { "updated-modified", u->new.modified },
		      { "updated-sha256", u->new.sha256 } };
	enum status status = writer_set_date(writer, "updated-cursor", u->new.cursor, err);
	if (!status)
		status = writer_set_date(writer, "updated", date_now(), err);
	for (size_t i = 0; i < 4 && !status; i++)
		status = writer_set_text(writer, texts[i].key, texts[i].text, err);
	return status;
}

/* A date of the future would hide what comes until then. */
static int64_t not_after_now(int64_t date)
{
	int64_t now = date_now();
	return date > now ? now : date;
}

/* ---- the whole --------------------------------------------------------------------------- */

static enum status check_sha256(const struct updater *u, const struct fetched_zip *zip, struct error *err)
{
	const char *expected = u->update->sha256;
	for (size_t i = 0; expected && i < 64; i++) {
		if (ascii_lower((unsigned char)expected[i]) == (unsigned char)zip->sha256[i])
			continue;
		error_set(err, STATUS_INVALID, "%s: its SHA-256 is %s, not %s", u->fetch.whole ? u->fetch.base : "all.zip", zip->sha256, expected);
		error_hint(err, "the server has another version of it now, or something changed it on the way");
		return STATUS_INVALID;
	}
	return STATUS_OK;
}

static enum status check_size(const struct updater *u, uint64_t before, struct error *err)
{
	uint64_t after;
	int64_t newest;
	enum status status = writer_count(u->job.writer, &after, &newest, err);
	if (status || u->update->force || after >= before / 100 * LEAST_PERCENT + before % 100 * LEAST_PERCENT / 100)
		return status;
	error_set(err, STATUS_INVALID, "the update has %llu records where there were %llu; the database stays as it was", (unsigned long long)after,
		  (unsigned long long)before);
	error_hint(err, "if that is right, say --force");
	return STATUS_INVALID;
}

/* What is not in the zip is not OSV's any more. */
static enum status import_zip(struct updater *u, const char *zip_path, struct error *err)
{
	uint64_t before, after;
	int64_t newest;
	enum status status = writer_count(u->job.writer, &before, &newest, err);
	if (!status)
		status = import_input(&u->job, zip_path, err);
	if (!status)
		status = import_check(&u->job, err);
	if (!status)
		status = writer_drop_unseen(u->job.writer, &u->update->import.removed, err);
	if (!status)
		status = check_size(u, before, err);
	if (!status)
		status = writer_count(u->job.writer, &after, &newest, err);
	if (!status)
		u->new.cursor = newest == DATE_NONE ? DATE_NONE : not_after_now(newest);
	return status;
}

static enum status take_zip(struct updater *u, const char *zip_path, struct error *err)
{
	struct fetched_zip zip = { 0 };
	if (!u->update->sha256 && !u->update->force) {
		zip.etag = u->old.etag;
		zip.modified = u->old.modified;
	}
	enum status status = fetch_zip(&u->fetch, zip_path, &zip, err);
	if (status)
		return status;
	u->update->kind = zip.unchanged ? UPDATE_CURRENT : UPDATE_WHOLE;
	if (zip.unchanged)
		return STATUS_OK;
	status = check_sha256(u, &zip, err);
	if (!status)
		status = import_zip(u, zip_path, err);
	u->new.etag = zip.etag;
	u->new.modified = zip.modified;
	u->new.sha256 = arena_copy(u->arena, str_of(zip.sha256));
	return status || u->new.sha256.p ? status : error_memory(err);
}

static enum status update_whole(struct updater *u, struct error *err)
{
	const char *zip_path = arena_printf(u->arena, "%s.zip.part", u->path).p;
	if (!zip_path)
		return error_memory(err);
	enum status status = take_zip(u, zip_path, err);
	unlink(zip_path);
	return status;
}

/* ---- what changed ---------------------------------------------------------------------------- */

static enum status update_increment(struct updater *u, const struct changes *changes, struct error *err)
{
	u->update->kind = changes->ids.n ? UPDATE_INCREMENT : UPDATE_CURRENT;
	enum status status = fetch_records(&u->fetch, &u->job, changes, err);
	/* What was skipped is asked for again the next time. */
	if (!status && u->update->import.skipped_count == 0)
		u->new.cursor = not_after_now(changes->newest > u->old.cursor ? changes->newest : u->old.cursor);
	return status;
}

static enum status update_changes(struct updater *u, bool *whole, struct error *err)
{
	struct changes changes;
	char text[1200];
	enum status status = fetch_changes(&u->fetch, u->job.writer, u->old.cursor - OVERLAP_S, &changes, err);
	if (status)
		return status;
	*whole = changes.kind != CHANGES_LISTED;
	if (!*whole)
		return update_increment(u, &changes, err);
	if (changes.kind == CHANGES_ODD) {
		snprintf(text, sizeof text, "%s; fetching all of it instead", changes.why.text);
		note(u, text);
	}
	if (changes.kind == CHANGES_TOO_MANY)
		note(u, "thousands of records have changed; fetching all of it instead");
	return STATUS_OK;
}

/* ---- EPSS, KEV ------------------------------------------------------------------------------------ */

static enum status update_enrichment(struct updater *u, const struct enrichment *what, const char *from, uint64_t *rows, struct error *err)
{
	struct str url = str_of(from), text = STR_NONE;
	if (!str_starts_with(url, STR("https://")) && !str_starts_with(url, STR("http://")))
		return enrich_file(u->job.writer, what, u->update->import.sandbox, from, rows, err);
	enum status status = fetch_file(&u->fetch, from, &text, err);
	if (!status && (status = enrich(u->job.writer, what, u->update->import.sandbox, text, rows, err)))
		status = error_wrap(err, "%s", from);
	free((void *)(uintptr_t)text.p);
	return status;
}

static enum status update_enrichments(struct updater *u, struct error *err)
{
	struct advisory_import *import = &u->update->import;
	enum status status = update_enrichment(u, &enrichments[ENRICH_EPSS], import->epss, &import->epss_rows, err);
	return status ? status : update_enrichment(u, &enrichments[ENRICH_KEV], import->kev, &import->kev_rows, err);
}

static enum status update_locked(struct updater *u, struct error *err)
{
	bool whole = true;
	enum status status = read_memory(u, err);
	bool known = u->update->sha256 && str_equal_z(u->old.sha256, u->update->sha256);
	u->update->kind = UPDATE_CURRENT;
	if (!status && !known && u->old.cursor != DATE_NONE && !u->update->full && !u->update->sha256 && !u->update->force && !u->fetch.whole)
		status = update_changes(u, &whole, err);
	if (!status && !known && whole)
		status = update_whole(u, err);
	if (!status)
		status = update_enrichments(u, err);
	if (!status)
		status = write_memory(u, err);
	return status ? status : writer_commit(u->job.writer, err);
}

/* ---- the door ----------------------------------------------------------------------------------- */

static bool is_recent(const char *path, int64_t max_age_s)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	if (max_age_s <= 0 || advisory_db_open(path, &db, NULL) || advisory_db_info(db)->updated == DATE_NONE)
		return false;
	int64_t age = date_now() - advisory_db_info(db)->updated;
	return age >= 0 && age < max_age_s;
}

/* With `force` an old database that cannot be read is no obstacle. */
static bool must_begin_empty(const struct updater *u)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	enum status status = u->update->force ? advisory_db_open(u->path, &db, NULL) : STATUS_OK;
	return status == STATUS_INVALID || status == STATUS_UNSUPPORTED;
}

static enum status lock(struct updater *u, struct error *err)
{
	static const struct timespec pause = { 0, WAIT_MS * 1000000L };
	for (int waits = 0;; waits++) {
		enum status status = import_begin(&u->job, u->path, must_begin_empty(u), &u->update->import, err);
		if (status != STATUS_BUSY || waits == MOST_WAITS)
			return status;
		if (waits == 0)
			note(u, "waiting for another process that is writing this database");
		import_fini(&u->job);
		u->job = (struct import_job){ 0 };
		nanosleep(&pause, NULL);
	}
}

static bool is_sha256(const char *text)
{
	size_t n = 0;
	for (; ascii_is_digit((unsigned char)text[n]) || (ascii_lower((unsigned char)text[n]) >= 'a' && ascii_lower((unsigned char)text[n]) <= 'f');)
		n++;
	return n == 64 && text[n] == '\0';
}

static void updater_fini(struct updater *u)
{
	import_fini(&u->job);
	fetch_fini(&u->fetch);
	arena_free(u->arena);
}

enum status advisory_update(const char *path, struct advisory_update *update, struct error *err)
{
	CLEANUP(updater_fini) struct updater u = { .update = update, .path = path, .arena = arena_new(0) };
	update->kind = UPDATE_RECENT;
	update->bytes = 0;
	update->import.source = NULL;
	update->import.replace = update->import.reproducible = false;
	if (!u.arena)
		return error_memory(err);
	if (update->sha256 && !is_sha256(update->sha256))
		return error_set(err, STATUS_USAGE, "a SHA-256 is 64 hexadecimal digits, not \"%s\"", update->sha256);
	enum status status = fetch_begin(&u.fetch, update, u.arena, err);
	if (status || is_recent(path, update->max_age_s))
		return status;
	status = lock(&u, err);
	if (status)
		return status;
	/* Whoever was waited for may have done it. */
	return is_recent(path, update->max_age_s) ? STATUS_OK : update_locked(&u, err);
}
