/*
 * advisory: OSV records (https://ossf.github.io/osv-schema/), the database they are kept in, matching, severity.
 *
 * Ranges are parsed once, at import, into intervals; the database is one SQLite file and is opened read-only for scans.
 * Records are untrusted. The database is as trustworthy as the user's cache folder, but what is read from it is checked.
 */
#ifndef ASSAY_ADVISORY_H
#define ASSAY_ADVISORY_H

#include "assay/base.h"
#include "assay/semver.h"

#pragma GCC visibility push(default)

/* In rising order; unknown is gated as high and sorts there. */
enum severity {
	SEVERITY_NONE,
	SEVERITY_LOW,
	SEVERITY_MEDIUM,
	SEVERITY_UNKNOWN,
	SEVERITY_HIGH,
	SEVERITY_CRITICAL,
};
const char *severity_name(enum severity severity);
bool severity_by_name(struct str name, enum severity *out); /* also "moderate"; any case */

/* Tenths of the CVSS score of a vector of version 2.0, 3.0, 3.1 or 4.0 (first.org's specifications): of the whole vector as it stands, with the
 * temporal or threat metrics and the environmental ones that it gives.
 * 2.0 is what has no prefix, or "CVSS2#". Metrics in any order, each once, in the case of the specification. False when it is no valid vector. */
bool cvss_score(struct str vector, int *tenths);
/* The rating of a score by that version's scale: 2.0 knows neither "none" nor "critical". Below zero: SEVERITY_UNKNOWN. */
enum severity cvss_rating(struct str vector, int tenths);

/* ---- records ------------------------------------------------------------- */

/* introduced <= v, and v < fixed or v <= last. An empty `introduced` is "0": every version.
 * An empty `end` is: no upper bound. */
struct affected_interval {
	struct str introduced, end;
	bool end_included; /* last_affected, or GHSA's "<=" */
};

struct advisory {
	struct str id;       /* "GHSA-…", "MAL-…" */
	struct str *aliases; /* sorted */
	size_t alias_count;
	struct str title, url;
	int64_t published, modified, withdrawn; /* DATE_NONE when absent */
	enum severity severity;                 /* the source's word, else the rating of the vector; malware is critical */
	int score_tenths;                       /* -1: no vector that scores */
	struct str vector;                      /* the newest; STR_NONE */
	bool malware;                           /* an id of MAL-, or a source that says so */
	bool kev;                               /* on CISA's list of known exploited vulnerabilities */
	double epss;                            /* <0: not known */
	struct str source;                      /* who gave it: "osv", "acme" */
	int64_t first_seen;                     /* by this database; DATE_NONE: it does not tell */
};

/* About what the public registry has: all sources but the user's own. */
bool advisory_is_public(const struct advisory *advisory);

/* One package of one advisory. */
struct affected {
	const struct advisory *advisory;
	struct affected_interval *intervals; /* rising, disjoint within each range of the record */
	size_t interval_count;
	struct str *versions; /* literal */
	size_t version_count;
	struct str *fixed; /* every fixed version that the record names, rising */
	size_t fixed_count;
};

/* OSV's evaluation: listed, or inside an interval. `version` as written beside its parsed form, or NULL where it is no version at all
 * (then only the list counts, and what affects every version). */
bool affected_contains(const struct affected *affected, struct str text, const struct semver *version);

/* The same for many versions at once, in the order of semver_compare() and each valid: adds 1 to steps[i] where affected ones begin and takes 1
 * from steps[k] where they end; `steps` has count + 1 elements. So versions[i] is affected where the sum of steps[0] to steps[i] is not 0, over as
 * many affected packages as were added. */
void affected_add_steps(const struct affected *affected, const struct semver *versions, size_t count, int64_t *steps);

/* ---- the database --------------------------------------------------------- */

struct advisory_db;
struct advisory_db_info {
	const char *path;
	struct str source;   /* "osv", "starter"; several as "acme, osv" */
	struct str digest;   /* "sha256:…" over the records' content, independent of the order they came in */
	uint64_t advisories; /* records, withdrawn ones included */
	uint64_t packages;   /* distinct names */
	uint64_t malware;
	int64_t modified;            /* the newest record, of source "osv" where it has any */
	int64_t built;               /* when it was last imported into; DATE_NONE for the starter, which is reproducible */
	int64_t updated;             /* when advisory_update() last found it current or made it so; DATE_NONE: never */
	struct str updated_from;     /* the URL; STR_NONE */
	int64_t epss_date, kev_date; /* of the scores and the list that were joined; DATE_NONE: none */
	uint64_t size_bytes;
	bool starter;
	bool compact; /* made by advisory_export_compact() */
};

/* Read-only. STATUS_NOT_FOUND, STATUS_INVALID (no database of ours, damaged, zero bytes), STATUS_UNSUPPORTED (another schema version;
 * the hint says what to do), STATUS_BUSY. */
enum status advisory_db_open(const char *path, struct advisory_db **out, struct error *err);
void advisory_db_close(struct advisory_db *db); /* NULL is fine */
void advisory_db_cleanup(struct advisory_db **db);
const struct advisory_db_info *advisory_db_info(const struct advisory_db *db);
/* The day that it knows of last: its newest record's, or that on which it was built where a record is dated into the future. DATE_NONE: it does not tell. */
int64_t advisory_db_date(const struct advisory_db_info *info);

#define ADVISORY_EVER INT64_MAX
/* Everything known about one package name, by advisory id; withdrawn records are left out. Records published after `as_of`
 * or withdrawn after it are judged as of that day (DATE_NONE: now, all; ADVISORY_EVER: all, withdrawn ones too). */
enum status advisory_db_find(struct advisory_db *db, struct str name, int64_t as_of, struct arena *arena, struct affected **out, size_t *count,
			     struct error *err);
/* From now on the names of which nothing is known are remembered (a bounded number), so that they are looked up once: for who asks for the packages of
 * thousands of projects. */
enum status advisory_db_remember(struct advisory_db *db, struct error *err);
#define ADVISORY_STATE_SIZE 32
/* A digest over everything known about one package name, EPSS and KEV included: another one where an answer of advisory_db_find() could differ. All zero
 * where nothing is known. */
enum status advisory_db_state(struct advisory_db *db, struct str name, struct arena *scratch, unsigned char out[ADVISORY_STATE_SIZE], struct error *err);
/* One record with all its packages, by id, withdrawn ones too; else every record that has `id` as an alias (out[i].advisory tells them
 * apart; they come by id). STATUS_NOT_FOUND. names[i] belongs to out[i]; a record without npm packages gives one out[i] with names[i].p NULL. */
enum status advisory_db_get(struct advisory_db *db, struct str id, struct arena *arena, struct affected **out, struct str **names, size_t *count,
			    struct error *err);
struct advisory_source {
	struct str name;
	uint64_t records;
	int64_t modified; /* the newest */
};
/* By name. Reads the index of all records. */
enum status advisory_db_sources(struct advisory_db *db, struct arena *arena, struct advisory_source **out, size_t *count, struct error *err);
/* Reads all of it and compares it with its digest: STATUS_INVALID where something is damaged. For `db status`; takes seconds when it is large. */
enum status advisory_db_check(struct advisory_db *db, struct error *err);

/* ---- a policy's own records ----------------------------------------------------- */

/* OSV records that are read for one scan and written nowhere, under the source "policy". Everything lives in `arena`. */
struct advisory_own;
struct sandbox;
/* Files, folders and zips (opened in the sandbox; NULL: in this process). STATUS_USAGE for anything wrong with them, a broken record too: the message
 * names the file. */
enum status advisory_own_read(const char *const *paths, size_t count, struct sandbox *sandbox, struct arena *arena, struct advisory_own **out,
			      struct error *err);
/* What they know about one name, behind what advisory_db_find() found; in `arena`. `own` may be NULL. */
enum status advisory_own_add(const struct advisory_own *own, struct str name, int64_t as_of, struct arena *arena, struct affected **known,
			     size_t *count, struct error *err);

/* ---- import ---------------------------------------------------------------- */

struct advisory_import {
	/* Called for each record that is skipped; `where` is the file or zip entry. May be NULL. */
	void (*skipped)(void *context, const char *where, const struct error *why);
	/* Called now and then with what was read so far. May be NULL. */
	void (*progress)(void *context, uint64_t records);
	void *context;
	const char *source;      /* "osv" when NULL */
	bool replace;            /* records of this source that are not among the new ones go */
	bool reproducible;       /* no dates of today inside: the starter */
	struct sandbox *sandbox; /* where zips are opened; NULL: in this process */
	/* Files, or NULL: FIRST's EPSS scores (CSV, gzipped or not) and CISA's catalogue of known exploited vulnerabilities (JSON). They are
	 * joined to records by CVE, and kept for records that come later. With one of them there may be no inputs. */
	const char *epss, *kev;
	/* results */
	uint64_t read, added, updated, unchanged, skipped_count, foreign, removed; /* foreign: of other ecosystems */
	uint64_t epss_rows, kev_rows;
};
/* Imports files, folders and zips of OSV JSON, and databases of ours (the records of this source that they hold), into the database at `path`, made if need be: whole or not at all; readers go on with the old one meanwhile.
 * Each source has its own records: those of another are left alone, whatever their ids.
 * A broken record is named, counted and skipped; of two of one source with one id the newer `modified` wins, of two of the same date the one read last.
 * A broken zip is an error; so is an input without records, and an import of which no record could be read. STATUS_BUSY: another import is
 * writing this database. */
enum status advisory_import(const char *path, const char *const *inputs, size_t input_count, struct advisory_import *import, struct error *err);

/* ---- export ---------------------------------------------------------------- */

/* A zip of OSV JSON with what the database keeps of a source's records: not their prose and references. An import of it gives the
 * digest that the source has alone. STATUS_NOT_FOUND: there are none. */
enum status advisory_export(struct advisory_db *db, const char *source, const char *path, uint64_t *records, struct error *err);

/* All sources, with what EPSS and KEV say of them, in a form of about a sixth of the size (some 10 MB for 220,000 records) that is opened like any other
 * database, where it lies: to be made once and fetched by many. An update or import at its place makes a full one of it again. STATUS_INVALID: it is
 * compact already. */
enum status advisory_export_compact(struct advisory_db *db, const char *path, struct error *err);

/* ---- update ---------------------------------------------------------------- */

/* The two lists by which records are enriched. */
#define EPSS_URL "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz"
#define KEV_URL "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json"
/* Where OSV's npm records are published: npm/all.zip, npm/modified_id.csv, npm/<ID>.json below it. */
#define ADVISORY_BUCKET_URL "https://storage.googleapis.com/osv-vulnerabilities"

enum advisory_update_kind {
	UPDATE_RECENT,    /* younger than `max_age_s`: nothing was asked */
	UPDATE_CURRENT,   /* asked; nothing has changed */
	UPDATE_INCREMENT, /* what changed since, record by record */
	UPDATE_WHOLE,     /* all.zip */
};

struct advisory_update {
	struct advisory_import import; /* callbacks, and counts as results; .epss and .kev may be URLs; the rest is not looked at */
	/* NULL: ADVISORY_BUCKET_URL; a mirror of it, which need not have more than npm/all.zip; or what ends in .zip or .db: one file with all records, a zip
	 * of OSV JSON or a database of ours, compact or not (its records of source "osv") */
	const char *from;
	const char *sha256; /* of all.zip or of that file, 64 hexadecimal digits, or NULL; then nothing else is taken */
	int64_t max_age_s;  /* 0: ask in any case */
	bool full;          /* all.zip even where less would do */
	bool force;         /* in spite of missing records, and where the old database cannot be read */
	const char *user_agent;
	unsigned backoff_ms; /* 0: 500 */
	/* May be NULL; both get import.context. `bytes` were received, of `done` files of `total` (0: not known). */
	void (*progress)(void *context, const char *what, size_t done, size_t total, uint64_t bytes);
	void (*note)(void *context, const char *text); /* what a person should know: why all.zip was fetched, who is waited for */
	/* results */
	enum advisory_update_kind kind;
	uint64_t bytes;
};
/* Makes the database at `path` what OSV has now: the whole at first, later what changed since by single records (the whole again where these
 * are too many). Whole or not at all, like an import; another update that is under way is waited for, and then there is little to do.
 * Records that OSV has no more go when the whole is fetched; a whole with less than nine tenths of the records is refused (STATUS_INVALID).
 * STATUS_NETWORK: out of reach; STATUS_INVALID: other bytes than the server's checksum or `sha256` says, or none that can be read;
 * STATUS_USAGE: `from` or `sha256` is malformed. The old database stays as it was on every failure. */
enum status advisory_update(const char *path, struct advisory_update *update, struct error *err);

#pragma GCC visibility pop
#endif
