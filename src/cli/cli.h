/*
 * The command line: one table of commands, one table of options. Parsing, --help and the variables ASSAY_… all come
 * from these two, so that they cannot disagree.
 */
#ifndef CLI_H
#define CLI_H

#include <pthread.h>

#include "assay/base.h"
#include "assay/policy.h"
#include "assay/report.h"

enum exit_code {
	EXIT_FINE = 0,       /* all that is required was checked, and the policy holds */
	EXIT_FINDINGS = 1,   /* violated; for look-ups: nothing found */
	EXIT_USAGE = 2,      /* the call is wrong; nothing was checked */
	EXIT_INCOMPLETE = 3, /* something required could not be checked, or the result could not be written */
};

enum option_kind {
	OPTION_FLAG,  /* bool */
	OPTION_TEXT,  /* const char * */
	OPTION_COUNT, /* unsigned, at least 1 */
	OPTION_DATE,  /* int64_t */
	OPTION_LIST,  /* struct option_list; may stand more than once */
	OPTION_MAYBE, /* const char *; --name=value or --name alone, which is "" */
};

struct option {
	const char *name; /* "--db" without the dashes */
	char letter;      /* 0: none */
	enum option_kind kind;
	size_t offset;     /* in struct options */
	const char *value; /* "FILE"; NULL for flags */
	const char *help;
	uint64_t groups; /* which commands take it */
};

/* Which commands take an option. */
#define GROUP_ALL (UINT64_C(1) << 0)
#define GROUP_DATABASE (UINT64_C(1) << 1) /* reads the database */
#define GROUP_SCAN (UINT64_C(1) << 2)
#define GROUP_INPUT (UINT64_C(1) << 3) /* reads lockfiles */
#define GROUP_LIST (UINT64_C(1) << 4)
#define GROUP_WHY (UINT64_C(1) << 5)
#define GROUP_IMPORT (UINT64_C(1) << 6)
#define GROUP_SEMVER (UINT64_C(1) << 7)
#define GROUP_POLICY (UINT64_C(1) << 8)
#define GROUP_AS_OF (UINT64_C(1) << 9)
#define GROUP_OUTPUT (UINT64_C(1) << 10)
#define GROUP_PROGRESS (UINT64_C(1) << 11)
#define GROUP_UPDATE (UINT64_C(1) << 12)
#define GROUP_STATUS (UINT64_C(1) << 13)
#define GROUP_EXPORT (UINT64_C(1) << 14)
#define GROUP_FETCH (UINT64_C(1) << 15) /* may fetch advisories */
#define GROUP_CACHE (UINT64_C(1) << 16)
#define GROUP_PRUNE (UINT64_C(1) << 17)
#define GROUP_MAN (UINT64_C(1) << 18)
#define GROUP_WHO (UINT64_C(1) << 19)   /* who has it, who had it */
#define GROUP_STORE (UINT64_C(1) << 20) /* reads or writes a fleet's store */
#define GROUP_FLEET_ADD (UINT64_C(1) << 21)
#define GROUP_FLEET_PICK (UINT64_C(1) << 22) /* some of a fleet's projects */
#define GROUP_FLEET_SCAN (UINT64_C(1) << 23)
#define GROUP_FLEET_ASK (UINT64_C(1) << 24) /* lists in text, JSON, CSV */
#define GROUP_FLEET_FINDINGS (UINT64_C(1) << 25)
#define GROUP_FLEET_REMATCH (UINT64_C(1) << 26)
#define GROUP_FLEET_RUN (UINT64_C(1) << 32)
#define GROUP_FLEET_OUT (UINT64_C(1) << 33)
#define GROUP_FLEET_INGEST (UINT64_C(1) << 34)
#define GROUP_FLEET_SITE (UINT64_C(1) << 35)
#define GROUP_JUDGE (UINT64_C(1) << 27) /* answers about a project's findings */
#define GROUP_WAIVE (UINT64_C(1) << 28)
#define GROUP_TRANSLATE (UINT64_C(1) << 29)
#define GROUP_DOCUMENT (UINT64_C(1) << 30)
#define GROUP_RUN (UINT64_C(1) << 31) /* from the first operand on all words are a command's */

struct option_use { /* one use of a list option, in the order of the command line */
	const struct option *option;
	const char *value;
};
struct option_list {
	VEC(struct option_use) uses;
};

struct options {
	bool help, version, quiet, verbose, no_progress, no_cache, offline, verify, no_fail, observe, allow_empty, direct, no_ignore;
	bool installed;
	bool starter, replace, loose, include_prerelease, force, full, check, compact;
	const char *scope, *db, *policy, *org_policy, *output, *cache_dir, *color, *fail_on, *source, *lockfile, *max_size;
	unsigned jobs, max, depth;
	int64_t as_of;
	const char *from, *sha256, *if_older_than, *with, *epss, *kev;
	const char *waive_for, *reason, *owner, *package, *rule, *path, *justification;
	const char *base, *baseline, *sandbox;
	const char *man_all;
	bool history, machine, near, gaps;
	struct option_list iocs;
	const char *store, *name, *branch, *list, *level, *severity, *since, *tag;
	bool again, gone;
	struct option_list notify, notify_files;
	const char *notify_form, *fetch_timeout, *commit;
	const char *update; /* "" where it stands without an age */
	struct option_list formats, levels, ranges, exclude, omit;
};

struct command;
struct cli {
	struct arena *arena;
	const struct command *command;
	const char *group; /* half a command that help is asked for: "fleet"; else NULL */
	struct options options;
	VEC(const char *) operands;
	VEC(const char *) environment; /* names of the ASSAY_… variables that were used */
	bool out_is_terminal, err_is_terminal;
};

struct command {
	const char *name;     /* "scan", "db import" */
	const char *operands; /* "[PATH…]" */
	const char *summary;  /* one line */
	const char *details;  /* more for --help; may be NULL */
	uint64_t groups;
	size_t operands_min, operands_max;
	int (*run)(struct cli *cli);
};

extern const struct option cli_options[]; /* ends with a NULL name */
extern const struct command cli_commands[];

int cli_main(int argc, char **argv);

/* The exit code for a failure: 2 for STATUS_USAGE, else 3; prints "assay: …" and the hint to standard error. */
int cli_fail(const struct error *err);
/* "assay: <message>" as a wrong call; gives EXIT_USAGE. */
int cli_usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Writes to standard output, or with -o to a file, whole or not at all. EXIT_FINE or EXIT_INCOMPLETE. */
int cli_write(struct cli *cli, struct str bytes);
/* The same, and what did not fit into memory is no output but EXIT_INCOMPLETE. */
int cli_write_buf(struct cli *cli, const struct buf *out);
/* Text for people: on a terminal no line is wider than that. */
int cli_write_lines(struct cli *cli, const struct buf *out);
/* Parses and fills `cli`; EXIT_FINE, or EXIT_USAGE after telling. */
int cli_parse(struct cli *cli, int argc, char **argv);
void cli_write_help(const struct command *command, struct buf *out);
void cli_write_commands(const char *group, struct buf *out);         /* the help of a group, NULL: of the program */
bool cli_in_group(const struct command *command, const char *group); /* "db import" is in "db"; all are in NULL */
/* Standard output is a terminal, and its locale knows more than ASCII. */
bool cli_unicode(const struct cli *cli);
/* The terminal's ($COLUMNS, else as it says itself); 0: standard output is none, or it does not tell. */
unsigned cli_columns(const struct cli *cli);
bool cli_color(const struct cli *cli, bool is_terminal);

/* Where things are found. In the arena; NULL when out of memory, or when neither an option nor HOME says where. */
const char *cli_cache_folder(struct cli *cli);
const char *cli_database_default(struct cli *cli); /* <cache>/advisories.db: what `db import` writes */
const char *cli_tarball_store(struct cli *cli);    /* <cache>/tarballs */
const char *cli_records_file(struct cli *cli);     /* <cache>/registry.db */
/* The file of remembered inspections: <cache>/inspections. NULL: out of memory. */
const char *cli_memory(struct cli *cli);
/* --store, else <data>/fleet.db, the user's data folder ($XDG_DATA_HOME/assay, ~/.local/share/assay). NULL: nothing says where. */
const char *cli_fleet_store(struct cli *cli);
/* --db, <cache>/advisories.db, the starter. STATUS_NOT_FOUND with a hint when there is none. */
enum status cli_open_database(struct cli *cli, struct advisory_db **db, struct error *err);

/* scan --update: refreshes the database where it is older than that. What fails is told, and left to the policy's bounds of age (and to *failed); only a
 * wrong call is EXIT_USAGE. */
struct sandbox;
int cli_refresh(struct cli *cli, struct sandbox *sandbox, bool *failed);

/* What --sandbox says; started where it is `needed`. Before there is a thread, and before a login is read: its processes begin as copies of this
 * one. EXIT_FINE, else after telling. */
int cli_start_sandbox(struct cli *cli, bool needed, struct sandbox **out);

/* -D, -W, -A in the order given. */
struct scan_level;
int cli_levels(struct cli *cli, const struct scan_level **out, size_t *count);

/* The values of a list option, NULL-terminated; NULL: out of memory. */
const char *const *cli_values(struct cli *cli, const struct option_list *list);

/* What --lockfile KIND:FILE means. EXIT_FINE, or EXIT_USAGE after telling. */
struct lockfile_found;
int cli_given_lockfile(struct cli *cli, struct lockfile_found *out);

/* How fingerprints and files that leave this machine name a lockfile: from its repository's top, else from `given`, the PATH that
 * led to it. NULL: by its path. */
const char *cli_label(const struct cli *cli, const char *path, const char *given);

/* On standard error. EXIT_FINE, or EXIT_INCOMPLETE when out of memory. */
int cli_tell_unused_waivers(struct cli *cli, const struct report *report);

/* "name@range" and "@scope/name@range" come apart at the first '@' that is not the first character. */
void cli_split_package(struct str text, struct str *name, struct str *range);

/* One line on standard error that is rewritten in place; nothing where it is off. */
enum { PROGRESS_PARTS = 2 };
struct progress {
	bool on;
	pthread_mutex_t lock; /* of what follows */
	int64_t last_ms;
	size_t width;
	struct progress_part {
		const char *what; /* a literal; NULL: none */
		size_t done, total;
		uint64_t bytes;
		int64_t began_ms;
	} parts[PROGRESS_PARTS]; /* that go on at once */
};
void progress_start(struct progress *progress, const struct cli *cli);
/* At most ten times a second, and always when `done` is `total`. On any thread. */
void progress_show(struct progress *progress, const char *what, size_t done, size_t total, uint64_t bytes);
/* Likewise, of what goes on at the same time. */
void progress_show_beside(struct progress *progress, const char *what, size_t done, size_t total);
/* A line of its own. On any thread. */
void progress_note(struct progress *progress, struct str text);
/* After the last of them. */
void progress_end(struct progress *progress);

int command_scan(struct cli *cli);
int command_verify(struct cli *cli);
int command_list(struct cli *cli);
int command_why(struct cli *cli);
int command_db_import(struct cli *cli);
int command_db_update(struct cli *cli);
int command_db_export(struct cli *cli);
int command_db_status(struct cli *cli);
int command_db_show(struct cli *cli);
int command_policy_check(struct cli *cli);
int command_policy_show(struct cli *cli);
int command_policy_init(struct cli *cli);
int command_policy_import(struct cli *cli);
int command_policy_vex(struct cli *cli);
int command_cache_status(struct cli *cli);
int command_cache_prune(struct cli *cli);
int command_explain(struct cli *cli);
int command_waive(struct cli *cli);
int command_run(struct cli *cli);
int command_semver(struct cli *cli);
int command_who(struct cli *cli);
int command_fleet_add(struct cli *cli);
int command_fleet_list(struct cli *cli);
int command_fleet_remove(struct cli *cli);
int command_fleet_scan(struct cli *cli);
int command_fleet_rematch(struct cli *cli);
int command_fleet_run(struct cli *cli);
int command_fleet_ingest(struct cli *cli);
int command_fleet_repair(struct cli *cli);
int command_fleet_stats(struct cli *cli);
int command_fleet_metrics(struct cli *cli);
int command_fleet_report(struct cli *cli);
int command_fleet_findings(struct cli *cli);
int command_fleet_project(struct cli *cli);
int command_completion(struct cli *cli);
int command_man(struct cli *cli);

#endif
