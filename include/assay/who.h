/*
 * who: who has it, who had it, who could have it - the question that is asked on the day of an incident.
 *
 * A question is a set of targets: packages with a version, a range or none, what an advisory affects, the lines of an incident list
 * and digests of files. Places answer it: lockfiles in folders, their history in git, the caches and node_modules of this machine,
 * the fleet's store. Each adds entries and gaps to one answer, from any thread; who_answer_finish() puts them in order, and then the
 * answer does not depend on the order in which they came.
 *
 * What was not looked at is a gap, and a gap never clears anybody. Texts of lists, lockfiles and packages are untrusted in every byte; they
 * are escaped where they leave the program. Questions and answers copy what they keep into the arena that they were made in.
 */
#ifndef ASSAY_WHO_H
#define ASSAY_WHO_H

#include "assay/advisory.h"
#include "assay/base.h"
#include "assay/digest.h"
#include "assay/fleet.h"
#include "assay/lockfile.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

/* ---- the question -------------------------------------------------------------- */

struct who_question;
struct who_question *who_question_new(struct arena *arena); /* NULL: out of memory */

/* Is this how advisories are called ("GHSA-…", "CVE-…", "MAL-…", "ACME-2026-1"), rather than packages? */
bool who_is_advisory_id(struct str text);
/* "name" (any version), "name@version", "name@range", a package URL. STATUS_USAGE for anything else, STATUS_LIMIT past LIMIT_WHO_TARGETS. */
enum status who_ask(struct who_question *question, struct str text, struct error *err);
/* What an advisory affects, by id or alias, in either case. STATUS_NOT_FOUND where the database has none or it names no package of npm's. */
enum status who_ask_advisory(struct who_question *question, struct advisory_db *db, struct str id, struct error *err);

/* A line of a list that says less than a version of a package, or that was not understood. */
struct who_list_note {
	uint32_t line;
	enum { WHO_LINE_NO_VERSION, WHO_LINE_NOT_UNDERSTOOD } kind;
	struct str text; /* the line, cut */
	struct str why;  /* STR_NONE */
};
struct who_list {
	const char *path;
	size_t lines;            /* that say something: neither empty, nor comments, nor headers, nor prose between tables */
	size_t targets, digests; /* that came of it */
	size_t digests_alone;    /* of these, beside no version: nothing but a comparison of files answers them */
	struct who_list_note *notes;
	size_t note_count;
	struct str *advisories; /* ids that stand alone in a line: to be asked for with who_ask_advisory() */
	size_t advisory_count;
};
/*
 * An incident list as they circulate: CSV or TSV with or without a header, Markdown's tables and lists, "name@1.0.0 || 2.0.0",
 * "name: 1.0.0, 1.0.1", "name 1.0.0", package URLs, digests in hexadecimal or SRI, alone or beside a name. A comment begins with '#' or "//".
 * What names a package without a version can only be a near miss. STATUS_LIMIT past LIMIT_IOC_BYTES, LIMIT_IOC_LINES, LIMIT_WHO_TARGETS.
 */
enum status who_ask_list(struct who_question *question, const char *path, struct str text, struct who_list *out, struct error *err);

enum who_match {
	WHO_OTHER, /* of another name */
	WHO_NEAR,  /* of a name that is asked for, in a version that is not */
	WHO_HIT,
};
/* `integrity`: SRI of the tarball, or STR_NONE. *asked (may be NULL) is the target that decided, as it was written ("axios@1.14.1",
 * "list.csv:3"); it lives as long as the question. Safe on many threads. */
enum who_match who_match(const struct who_question *question, struct str name, struct str version, struct str integrity, struct str *asked);
/* Does what a package.json asks for ("^1.13.0", "latest", "npm:axios@1") admit a version that is asked for? Its real name in *name. Overlapping
 * ranges are found by their bounds. */
bool who_admits(const struct who_question *question, struct str name, struct str spec, struct str *real_name, struct str *asked);
/* The names that are asked for, sorted: what a store's index is asked. */
size_t who_names(struct who_question *question, const struct str **names);
/* Digests that are asked for: of a tarball or of a file, nobody says which. */
size_t who_digest_count(const struct who_question *question);
bool who_wants_algorithm(const struct who_question *question, enum digest_algorithm algorithm);
bool who_has_digest(const struct who_question *question, const struct digest *digest, struct str *asked);
/* How many targets there are, digests aside. */
size_t who_target_count(const struct who_question *question);

/* ---- the answer ----------------------------------------------------------------- */

enum who_part { WHO_NOW, WHO_HAD, WHO_COULD, WHO_NEAR_MISS };
#define WHO_PARTS 4

/* One find. Texts may be STR_NONE, dates DATE_NONE, numbers 0 where a place does not know them. */
struct who_entry {
	const char *place;   /* "lockfile", "manifest", "npm-cache", "pnpm-store", "yarn-cache", "bun-cache", "node_modules"; a constant */
	struct str project;  /* its name */
	struct str lockfile; /* or the package.json, or the folder on this machine */
	uint32_t line;
	struct str package, version;
	struct str spec;      /* WHO_COULD: the range that admits it */
	struct str scope;     /* "prod, optional" */
	struct str chain;     /* the shortest path: "checkout > axios@1.14.1 > plain-crypto-js@4.2.1" */
	int64_t since, until; /* when it came, when it went; `stored` of caches is `since` */
	int64_t seen;         /* WHO_HAD of a store: when it was seen for the last time; 0: not known. It is not written */
	struct str commit, until_commit;
	bool since_open;              /* it was there when what is known begins: it came at `since` or before */
	struct str owner, owner_from; /* "team-pay", "CODEOWNERS" */
	struct str note;              /* "from git, not from a registry"; "differs from its tarball: …" */
	bool ran;                     /* its install script seems to have run */
	struct str asked;             /* the target that it answers */
	bool told;                    /* of a project that nobody looks at: what it is told in are pieces of one whole */
};

/* What was not looked at, or not wholly. */
struct who_gap {
	const char *kind;   /* "unreadable", "no-lockfile", "unsupported", "folders", "history", "stale", …; a constant */
	struct str project; /* STR_NONE: of no project */
	struct str path;
	struct str why, remedy;
};

/* How much was looked at. Places add to it with who_count(). */
struct who_inventory {
	size_t projects;   /* lockfiles, or folders without one */
	size_t unreadable; /* of these */
	size_t without_lockfile;
	size_t fresh, stale; /* a store's: seen within 24 h, or known on the day that is asked for, and those that were not. Both 0 for folders, which
				      are read on the spot */
	int64_t oldest;      /* when the stalest was seen; DATE_NONE */
	size_t histories, commits; /* walked; commits that changed a lockfile */
	size_t packages;           /* looked at */
	/* --machine */
	size_t npm_tarballs, pnpm_packages, yarn_packages, bun_packages, modules_folders, modules_packages;
	bool npm_cache, pnpm_store, yarn_cache, bun_cache; /* there is one */
	size_t files_hashed;
	bool machine; /* what is asked about is this machine */
	bool store;   /* what is asked is a fleet's store */
};

struct who_part_list {
	struct who_entry *v;
	size_t n;
	size_t projects; /* distinct */
};
struct who_answer {
	struct who_inventory inventory;
	struct who_part_list parts[WHO_PARTS]; /* set by who_answer_finish() */
	struct who_gap *gaps;
	size_t gap_count;
	bool ran; /* an install script seems to have run on this machine */
};

struct who_gathering;
/* `arena` must outlive the answer. NULL: out of memory. */
struct who_gathering *who_gathering_new(struct arena *arena);
void who_gathering_free(struct who_gathering *gathering); /* NULL is fine; the answer stays */
void who_gathering_cleanup(struct who_gathering **gathering);
/* Copies. From any thread. What does not fit into memory is told by who_gathering_finish(). */
void who_add(struct who_gathering *gathering, enum who_part part, const struct who_entry *entry);
void who_add_gap(struct who_gathering *gathering, const struct who_gap *gap);
/* Adds up the numbers and joins the flags of one more inventory. From any thread. */
void who_count(struct who_gathering *gathering, const struct who_inventory *more);
/* Sorts, drops what is there twice, counts projects. STATUS_MEMORY, STATUS_LIMIT past LIMIT_WHO_ENTRIES. */
enum status who_gathering_finish(struct who_gathering *gathering, struct who_answer **out, struct error *err);

enum who_verdict { WHO_FOUND, WHO_NOWHERE, WHO_UNKNOWN };
/* WHO_FOUND: somebody has or had it; WHO_NOWHERE: nobody has or could have it, and there are no gaps; WHO_UNKNOWN: nobody as far as is known. */
enum who_verdict who_verdict(const struct who_answer *answer);

/* ---- places ----------------------------------------------------------------------- */

/* What one tree answers, for every place that has one: WHO_NOW for what it has, WHO_NEAR_MISS for other versions, each with its path, scope and line;
 * the template's other fields are kept. Returns how many it has. */
size_t who_look_in_tree(const struct who_question *question, const struct tree *tree, const struct who_entry *from, struct who_gathering *gathering);
/* What a package.json without a lockfile could bring: WHO_COULD for each range that admits it. */
enum status who_look_in_manifest(const struct who_question *question, const char *path, struct str project, struct who_gathering *gathering,
				 struct error *err);

struct who_folder_options {
	const char *const *exclude; /* as lockfile_find_options */
	bool no_ignore;
	bool history;
	unsigned jobs;                                                                /* 0: as many as cores */
	void (*progress)(void *context, const char *what, size_t done, size_t total); /* may be NULL; one thread at a time */
	void *context;
};
/* Folders and lockfiles on the spot, each lockfile a project named after its folder. A PATH that is not there is STATUS_NOT_FOUND; whatever
 * cannot be read below it is a gap. */
enum status who_look_in_folders(const struct who_question *question, const char *const *paths, size_t count, const struct who_folder_options *options,
				struct arena *arena, struct who_gathering *gathering, struct error *err);

struct who_store_options {
	struct fleet_filter filter;                                                   /* of which projects */
	int64_t now;                                                                  /* what was not seen for a day before is a gap */
	int64_t at;                                                                   /* who had it on that day; DATE_NONE: now */
	bool history;                                                                 /* also what the projects' git history says that they had */
	unsigned jobs;                                                                /* 0: as many as cores; histories are walked side by side */
	void (*progress)(void *context, const char *what, size_t done, size_t total); /* may be NULL; one thread at a time */
	void *context;
};
/* A fleet's store: now, had, could, near misses, each with since when; projects that were not seen for a day, or could not be read, are gaps. Of a day
 * that is over, or is yet to come: what nobody had seen for a day then, and what was first read later. */
enum status who_look_in_store(struct who_question *question, struct fleet *fleet, const struct who_store_options *options, struct arena *arena,
			      struct who_gathering *gathering, struct error *err);

struct who_machine_options {
	const char *home;                          /* NULL: there is none */
	const char *(*variable)(const char *name); /* getenv or what stands for it */
	const char *const *paths; /* where node_modules are looked for, beside the global ones; count 0: below home and the current folder */
	size_t path_count;
	const char *npm_cache;     /* the folder with _cacache in it; NULL: none */
	const char *tarball_store; /* assay's own, or NULL */
	struct sandbox *sandbox;   /* where archives are opened; NULL: in this process */
	unsigned jobs;
	void (*progress)(void *context, const char *what, size_t done, size_t total);
	void *context;
};
/* npm's, pnpm's, yarn's and bun's caches, global node_modules and those below the paths: what lies there, and for packages that were installed
 * what their files say against their tarball where that is at hand. Reads only; runs nothing; follows no links. */
enum status who_look_in_machine(struct who_question *question, const struct who_machine_options *options, struct arena *arena,
				struct who_gathering *gathering, struct error *err);

/* ---- reports ----------------------------------------------------------------------- */

struct who_report {
	const struct who_answer *answer;
	const struct who_question *question;
	const struct who_list *lists;
	size_t list_count;
	bool near, gaps;   /* show them one by one */
	bool history;      /* it was looked into */
	bool past;         /* a store was asked who had it on some day */
	double elapsed_ms; /* below 0: not shown */
	int exit_code;
};
enum status who_write_text(const struct who_report *report, struct buf *out, struct error *err);
enum status who_write_json(const struct who_report *report, struct buf *out, struct error *err); /* docs/schema/who-1.schema.json */
enum status who_write_csv(const struct who_report *report, struct buf *out, struct error *err);

#pragma GCC visibility pop
#endif
