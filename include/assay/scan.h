/*
 * scan: one project from its lockfile to its verdict - read, resolve, fetch and prove, check, judge. The rooms below each do
 * one of these; this one only keeps the order, and so whoever needs a whole project (the command line, later the fleet) asks here.
 *
 * A project that cannot be read is no failure of the scan: it becomes a gap in its result. Many projects can be scanned side by
 * side, each with an arena of its own.
 */
#ifndef ASSAY_SCAN_H
#define ASSAY_SCAN_H

#include "assay/base.h"
#include "assay/check.h"
#include "assay/lockfile.h"
#include "assay/policy.h"
#include "assay/report.h"
#include "assay/sandbox.h"

#pragma GCC visibility push(default)

struct scan_level { /* -D malware */
	enum rule_level level;
	const char *rule, *origin;
};

/* --base: what stood in another commit, and what judged there. The change does not write its own judge: policies, what they name, settings that
 * they honour and .npmrc files are read from here, and a change to them is a finding (policy-changed). */
struct scan_base;
struct scan_base_options {
	const char *path;     /* a folder of the work tree */
	const char *revision; /* as git_store_find_base() takes it, with `variable` */
	const char *(*variable)(const char *name);
	const char *const *policies; /* those that the command line names, NULL-terminated; presets are fine. NULL: none */
};
/* Reads the files that matter from the repository's objects into a folder of their own. STATUS_USAGE, STATUS_NOT_FOUND (no repository, or the
 * clone lacks the commit), STATUS_INVALID, STATUS_UNSUPPORTED (a policy of the base that is a link out of it), STATUS_LIMIT. */
enum status scan_base_open(const struct scan_base_options *options, struct arena *arena, struct scan_base **out, struct error *err);
void scan_base_cleanup(struct scan_base **base); /* NULL is fine */

/* --baseline: an earlier JSON report. STATUS_USAGE for one of another schema, and for what is none. */
struct scan_baseline;
enum status scan_baseline_read(const char *path, struct arena *arena, struct scan_baseline **out, struct error *err);

/* What judges in a folder - its policy with the advisories of its own, npm's settings - read once for many trees. */
struct scan_judges;

struct scan_options {
	struct scan_base *base; /* NULL: nothing is compared */
	const struct scan_baseline *baseline;
	/* A tree that was read before, to be judged anew by advisories alone: no other rule is run, and nothing is read but what judges. NULL: the
	 * lockfile is read. */
	struct tree *stored;
	const struct map *stored_names;   /* with `stored`: the packages of these names alone are looked at; NULL: all */
	const struct scan_judges *judges; /* of the project's folder, by these options; NULL: they are read */
	struct advisory_db *db;           /* NULL: none; then database_problem says why */
	struct str database_problem;
	const char *policy;      /* a file or a preset; NULL: what lies beside the project */
	const char *org_policy;  /* a floor above it, or NULL */
	const char *const *omit; /* "dev", "optional", "peer" */
	size_t omit_count;
	const char *fail_on; /* a severity, or NULL */
	const struct scan_level *levels;
	size_t level_count;
	bool verify, offline;
	bool installed;          /* with `verify`: what lies in node_modules, too */
	struct sandbox *sandbox; /* where archives are opened; NULL: in this process */
	unsigned jobs;
	int64_t now;
	bool as_of_given;
	const char *tarball_store; /* folder of assay's own store; NULL: none */
	const char *records;       /* file that the registry's answers are kept in; NULL: none */
	const char *memory;        /* file of remembered inspections; NULL: none */
	bool forget;               /* prove and inspect everything again */
	const char *user_agent;
	/* Any of these may be NULL, and each may be called on any thread, several at a time. */
	void (*progress)(void *context, size_t done, size_t total, uint64_t bytes); /* of tarballs */
	void (*asked)(void *context, size_t done, size_t total);                    /* progress of the registry's records */
	void (*note)(void *context, const char *text);                              /* what failed without failing anything */
	void *context;
};

/* Everything in `out` lives in `arena`. Fails for what is no property of the project: an invalid policy (STATUS_USAGE), invalid
 * settings of npm, memory. */
enum status scan_project(const struct lockfile_found *found, const struct scan_options *options, struct arena *arena, struct report_project *out,
			 struct error *err);

/* In `arena`. Of `options` the policies, levels and the like count. Fails as scan_project() does. */
enum status scan_judges_read(const char *folder, const struct scan_options *options, struct arena *arena, struct scan_judges **out, struct error *err);

#pragma GCC visibility pop
#endif
