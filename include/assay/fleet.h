/*
 * fleet: many projects over time - which there are, what was in each of them when, what was found there, and who has a version.
 *
 * An inventory is one store (docs/fleet/schema.md), written by one process at a time while others read. A project is a folder, a git mirror
 * without a work tree, or a git URL. It is looked at as a scan would look at it, and only where what it holds has changed since. What is no property of
 * the fleet (a project that is gone, a broken lockfile) is recorded with that project and fails nothing.
 *
 * Dates never go backwards in a store, and no two runs share one: where the clock does not move on, the second behind the last one counts.
 */
#ifndef ASSAY_FLEET_H
#define ASSAY_FLEET_H

#include "assay/base.h"
#include "assay/json.h"
#include "assay/scan.h"

#pragma GCC visibility push(default)

struct fleet;
/* To ask: STATUS_NOT_FOUND, and as store files fail. To write: made where there is none; STATUS_BUSY while another process writes it. */
enum status fleet_open(const char *path, struct fleet **out, struct error *err);
enum status fleet_open_to_write(const char *path, struct fleet **out, struct error *err);
void fleet_close(struct fleet *fleet); /* NULL is fine */
void fleet_cleanup(struct fleet **fleet);

/* Now, or behind the last date that is known where the clock has not moved past it: two runs never share a date. */
enum status fleet_now(struct fleet *fleet, int64_t now, int64_t *out, struct error *err);

struct fleet_repair {
	size_t damaged;                         /* tables that could not be read from end to end */
	uint64_t projects, presences, findings; /* that were kept */
	const char *kept;                       /* the damaged file's new name */
};
/* A sound store in the place of a damaged one, of all that can be read of it; `out` lives in `arena`. STATUS_INVALID: nothing can be. */
enum status fleet_repair(const char *path, struct arena *arena, struct fleet_repair *out, struct error *err);

/* ---- inventory ------------------------------------------------------------- */

enum fleet_kind {
	FLEET_FOLDER,   /* a folder with files, a checkout or not */
	FLEET_MIRROR,   /* a bare git repository */
	FLEET_URL,      /* a git URL, fetched into a mirror of ours */
	FLEET_INGESTED, /* told by reports and SBOMs */
};
const char *fleet_kind_name(enum fleet_kind kind); /* "folder", … */

struct fleet_project {
	int64_t id;
	struct str name; /* unique */
	enum fleet_kind kind;
	struct str location; /* an absolute path, or a URL */
	struct str branch;   /* STR_NONE: what is checked out, or the mirror's HEAD */
	struct str owner;    /* as given; STR_NONE: CODEOWNERS tells, or nobody */
	struct str owners;   /* where none is given: those of its lockfiles, that were too, one a line; STR_NONE: nobody's */
	struct str tags;     /* "a,b" */
	int64_t added;
	int64_t looked, seen;         /* at all; with everything read. DATE_NONE: never */
	struct str commit;            /* of the last look; STR_NONE where there is none */
	struct str problem;           /* why the last look did not read everything; STR_NONE: it did */
	struct str gap;               /* why that does not tell all of its packages, or of those of the owner who is asked for; STR_NONE: it does */
	struct str content;           /* a digest over all that was read; STR_NONE */
	struct str judged;            /* the digest of the advisories that it was judged by last; STR_NONE */
	bool has_judges;              /* it has a policy of its own */
	uint64_t lockfiles, packages; /* that it has now; of these where an owner is asked for, his */
};

/* Where a project is to be found; what is not given stays STR_NONE. */
struct fleet_new {
	struct str location; /* a path, or a git URL */
	struct str name, owner, branch, tags;
};
/* A line of a list: "LOCATION name=web owner=team-pay tags=a,b branch=main", blanks of the location written %20. It says more than what *out holds
 * already; a comment ('#') or an empty line leaves the location as it is. STATUS_USAGE for any other word. Views into the line, but for the location. */
enum status fleet_read_line(struct str line, struct arena *arena, struct fleet_new *out, struct error *err);
/* What one location stands for: itself, or the checkouts and mirrors below it where it is neither and has no lockfile of its own. Each is told
 * to `added`, with whether it is new. What is known already takes over what is given anew. STATUS_NOT_FOUND, STATUS_USAGE: nothing to add there. */
enum status fleet_add(struct fleet *fleet, const struct fleet_new *what,
		      void (*added)(void *context, const struct fleet_project *project, bool is_new), void *context, struct error *err);
/* With all that is known of it, and what was fetched of it into `cache` (or NULL). STATUS_NOT_FOUND. */
enum status fleet_remove(struct fleet *fleet, struct str name, const char *cache, struct error *err);

/* How much is known of it: the first one that holds. */
enum fleet_state {
	FLEET_UNREAD, /* `problem` */
	FLEET_NEVER,  /* nobody has looked at it */
	FLEET_STALE,  /* nobody has for a day */
	FLEET_GAP,    /* `gap` */
	FLEET_FRESH,  /* all */
	FLEET_STATES,
};
enum fleet_state fleet_state_of(const struct fleet_project *project, int64_t now);

/* STR_NONE: any. An owner is the one that was given, else whoever CODEOWNERS names for any of its lockfiles; of several in one line ("@acme/pay @lee") each
 * is, and all are. */
struct fleet_filter {
	struct str name, owner, tag; /* globs, but for the tag */
	bool or_unknown;             /* also those of which it is not known whose they are: nobody looked, or not everything could be read */
};
/* How many of them are not known wholly, or were not seen for a day before `now`. */
enum status fleet_count_gaps(struct fleet *fleet, const struct fleet_filter *filter, int64_t now, size_t *out, struct error *err);
bool fleet_filter_is_set(const struct fleet_filter *filter);
/* By name. A false of `each` ends it. */
enum status fleet_each_project(struct fleet *fleet, const struct fleet_filter *filter,
			       bool (*each)(void *context, const struct fleet_project *project), void *context, struct error *err);

/* The advisories that judged all that is known. */
struct fleet_judged {
	enum { JUDGED_BY_NONE, JUDGED_BY_STARTER, JUDGED_BY_DATABASE } by;
	uint64_t advisories;
	int64_t modified; /* the newest; DATE_NONE */
};
enum status fleet_judged_by(struct fleet *fleet, struct fleet_judged *out, struct error *err);

/* A package's name that projects have now: in how many of them, in how many versions. */
struct fleet_used {
	struct str name;
	size_t projects, versions;
};
/* By name. A false of `each` ends it. */
enum status fleet_each_used(struct fleet *fleet, const struct fleet_filter *filter, bool (*each)(void *context, const struct fleet_used *used),
			    void *context, struct error *err);

/* ---- looking at them ---------------------------------------------------------- */

enum { FLEET_FETCH_SECONDS = 300 };
struct fleet_scan_options {
	/* Of each project's scan; `now` is the look's date. Each thread opens the database anew from `database`. */
	struct scan_options scan;
	const char *database;   /* NULL: there is none */
	const char *cache;      /* folder for mirrors of URLs; NULL: URLs cannot be fetched */
	unsigned fetch_seconds; /* that git may take for a URL; 0: FLEET_FETCH_SECONDS */
	struct fleet_filter filter;
	bool again;    /* also what has not changed */
	unsigned jobs; /* threads; 0: one for each core */
	void (*progress)(void *context, size_t done, size_t total);
	void (*failed)(void *context, const struct fleet_project *project, const char *why);
	/* What is no gap; what is so of all projects is told of the first one. */
	void (*noted)(void *context, const struct fleet_project *project, const char *what);
	void *context;
};
/* What advisories that have changed make of what the store knows. */
struct fleet_rematch_result {
	bool current;                /* these very advisories have judged all: nothing was done */
	size_t names, changed_names; /* that packages have; of which what is known has changed */
	size_t lockfiles;            /* judged anew */
	size_t failed;               /* could not be: their projects are read anew by the next scan */
	size_t appeared, cleared;    /* findings of level error or warn */
	int64_t when;                /* the date of what appeared and cleared */
};
struct fleet_scan_result {
	size_t projects, unchanged, changed, failed; /* the last: those with a problem */
	size_t appeared, cleared;                    /* findings of level error or warn */
	struct fleet_rematch_result rematch;         /* before it */
	int64_t when;                                /* the date of what appeared and cleared, in the rematch too */
};
/* Looks at each project, and writes down what was found as it goes: killed, it goes on where it was the next time. */
enum status fleet_scan(struct fleet *fleet, const struct fleet_scan_options *options, struct fleet_scan_result *out, struct error *err);

/* ---- telling it what a project has ------------------------------------------------ */

/* In place of a look at a project: an SBOM, a lockfile, or an assay.report/1, as a CI job made it. Untrusted. */
struct fleet_ingest {
	struct str project, text;
	const char *file;                       /* its name, by which lockfiles are known; may be "-" */
	struct str owner, branch, commit, tags; /* STR_NONE: not given */
	int64_t date;                           /* what it is true of */
};
struct fleet_ingest_result {
	bool known;     /* the project was there already */
	bool older;     /* than what is known: nothing was changed */
	bool unchanged; /* the same as is known: it is seen at `date` still */
	bool partial;   /* a report, which does not name all packages: the project has a gap */
	bool unread;    /* its job could not read every lockfile: the project has a gap, and what was known of these stands */
	int64_t before; /* the date of what was known; DATE_NONE */
	size_t lockfiles, packages, appeared, cleared;
};
/* Uses of `options`: scan, database. STATUS_USAGE: a project of that name is looked at itself, or of another branch; a date in the future. STATUS_INVALID:
 * what it says cannot be read, and nothing was changed. */
enum status fleet_ingest(struct fleet *fleet, const struct fleet_ingest *what, const struct fleet_scan_options *options,
			 struct fleet_ingest_result *out, struct error *err);

/* ---- judging anew ------------------------------------------------------------ */

/* Matches what has changed in the database with what the store knows, without opening a project, by each project's policy as it stood when it was last
 * read. fleet_scan() begins with it. Whole or not at all. Uses of `options`: scan, database, progress. */
enum status fleet_rematch(struct fleet *fleet, const struct fleet_scan_options *options, struct fleet_rematch_result *out, struct error *err);

/* ---- findings ------------------------------------------------------------------ */

struct fleet_finding {
	struct str project, lockfile, owner;
	struct str rule, problem, aliases, title, severity, level;
	int64_t score; /* tenths; below zero: none */
	bool waived, gap, direct;
	struct str name, version, scope, fix, message, decided_by, fingerprint;
	int64_t line, first, last, gone; /* gone: DATE_NONE while it stands */
};
struct fleet_finding_filter {
	struct fleet_filter project;
	struct str exact;                  /* of the one project of that name; STR_NONE: of all */
	struct str rule, problem, package; /* STR_NONE: any; `problem` also by alias, any case */
	enum rule_level level;             /* at least; LEVEL_OFF: any */
	enum severity severity;            /* at least */
	bool gone;                         /* those that stand no more, instead */
	int64_t since;                     /* first seen, or gone, from then on; DATE_NONE */
	int64_t at;                        /* those that stood then; DATE_NONE: now */
};
/* Errors first, then by severity, project, name. A false of `each` ends it. */
enum status fleet_each_finding(struct fleet *fleet, const struct fleet_finding_filter *filter,
			       bool (*each)(void *context, const struct fleet_finding *finding), void *context, struct error *err);

/* Its members, into the object that is open. */
void fleet_finding_write_json(struct json_writer *writer, const struct fleet_finding *finding);

/* ---- news ------------------------------------------------------------------------ */

/*
 * What people are told of: findings of level error that are new, or have become errors. It is written in the transaction that writes the finding, and
 * each channel (a log, an endpoint) is told of it in messages: a run of news, with an id. What was not told before it was killed is told by the next one; a
 * message that was begun and not said to be told is begun again with the same id, so that a receiver can know it again.
 */
struct fleet_news {
	struct str why; /* "new"; "again": it was there, and gone, before; "raised": it stood there as less than an error, or waived */
	int64_t at;
	struct fleet_finding finding;
};
struct fleet_message {
	struct str channel, id;     /* 32 hexadecimal digits */
	int64_t added, after, last; /* the news that it holds */
	size_t count;
};
/* The message under way, else one of the next news, at most `max`; out->count 0: there is none. A channel that is asked about first is new: it hears of
 * what stands in one message, however much that is, whose news is from before out->added. `out` lives in `arena`. */
enum status fleet_message_begin(struct fleet *fleet, struct str channel, size_t max, struct arena *arena, struct fleet_message *out, struct error *err);
/* Its news, the worst first. */
enum status fleet_message_each(struct fleet *fleet, const struct fleet_message *message,
			       enum status (*each)(void *context, const struct fleet_news *news, struct error *err), void *context, struct error *err);
/* It has arrived. */
enum status fleet_message_told(struct fleet *fleet, const struct fleet_message *message, struct error *err);

#pragma GCC visibility pop
#endif
