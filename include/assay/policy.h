/*
 * policy: what the user wants to be told, and what must stop a build. Loads policies (JSON with comments), orders their clauses,
 * applies waivers, gives the verdict. docs/policy.md is the language's reference.
 *
 * For a rule, the command line's clauses come first, then the project's own, then those it extends, then the rule's built-in
 * level; the first whose `when` holds decides. Policies are read strictly: an unknown key, rule, preset or condition, a wrong
 * type or a bad range is STATUS_USAGE with file, line, column and the nearest valid word. A policy lives in the arena that
 * it was loaded into. Its texts are untrusted: they are escaped where they leave the program.
 *
 * Once loaded and set by the command line a policy never changes: threads may apply it to scans side by side.
 */
#ifndef ASSAY_POLICY_H
#define ASSAY_POLICY_H

#include "assay/base.h"
#include "assay/check.h"

#pragma GCC visibility push(default)

struct policy;

struct policy_options {
	const char *name;  /* --policy: a preset or a file; NULL: look for assay.policy.json */
	const char *label; /* what reports call the file of that name; NULL: by that name */
	/* The project's, where the search begins; it goes up to the folder that holds .git, and nowhere without one. NULL: no
	 * search, the preset `default`. */
	const char *folder;
	/* --org-policy, a file or a preset: a floor. What it locks the project can tighten, never loosen; it adds to the project's lists.
	 * Where the project has no policy it is the policy. NULL: none. */
	const char *org, *org_label;
};
/* STATUS_USAGE for anything wrong with a policy, STATUS_MEMORY. */
enum status policy_load(const struct policy_options *options, struct arena *arena, struct policy **out, struct error *err);
/* "assay.policy.json" (from the repository's top), the name given, "default". */
const char *policy_source(const struct policy *policy);
const char *policy_org(const struct policy *policy); /* NULL: there is none */

/* Command-line clauses, ahead of all others; the last one given comes first.
 * --fail-on high: vulnerabilities of that severity or worse (unknown counts as high) are errors in every scope; milder ones
 * are warnings at most. Other rules stay as they are. Takes low, medium (moderate), high, critical. */
enum status policy_fail_on(struct policy *policy, struct str severity, struct error *err);
/* -D|-W|-A; `origin` is what decided_by says and is copied: "-D malware". */
enum status policy_set_level(struct policy *policy, enum rule_level level, struct str rule, const char *origin, struct error *err);

/* --omit dev, optional, peer: rules do not look at what an install that leaves those out leaves out, but for locked ones. */
enum status policy_omit(struct policy *policy, struct str kind, struct error *err);

struct policy_registry {
	struct str scope; /* "*" or "@acme" */
	struct str url;   /* "public" is replaced by its URL */
};
struct policy_settings {
	int64_t database_warn_age, database_max_age; /* seconds; the first is never the larger */
	int64_t min_release_age;                     /* seconds; below it a release is too young */
	struct str *mirrors;
	size_t mirror_count;
	struct policy_registry *registries;
	size_t registry_count;
	const char **advisories; /* files and folders of the user's own OSV records */
	size_t advisory_count;
	struct str *hosts; /* "https://cdn.example/": the network may be used for them, packages are not expected there */
	size_t host_count;
	const struct package_patterns *build_only; /* for tree_mark_build */
};
const struct policy_settings *policy_settings(const struct policy *policy);
/* The entry of `private` that a package's name fits; STR_NONE: none. */
struct str policy_private(const struct policy *policy, struct str name);

/* What `honour` counts and a change touches. */
enum { POLICY_HONOURED = 16 }; /* settings at most */
struct policy_honoured_change {
	const char *file, *key; /* "pnpm-workspace.yaml", "auditConfig.ignoreGhsas"; NULL: all that the file says */
	const char *does;       /* "sets", "alters", "removes", "makes unreadable" */
	uint32_t line;          /* where it stands now; 0: nowhere */
};
/* Of the settings files of two folders. `out` has room for POLICY_HONOURED. */
enum status policy_compare_honoured(const struct policy *policy, const char *before, const char *now, struct arena *arena,
				    struct policy_honoured_change *out, size_t *count, struct error *err);

/* Could any clause make findings of this rule count? Where not, it need not be run. */
bool policy_may_report(const struct policy *policy, const struct rule *rule);
/* What the rules need to know of the policy: the scan's ages, declarations and plans. Before check_run. */
enum status policy_prepare(const struct policy *policy, struct scan *scan, struct error *err);

/* Whether some clause, of the command line's too, gives this rule a level other than off, or `require` names it: for rules that cost
 * requests of their own. */
bool policy_asks(const struct policy *policy, const struct rule *rule);
/* Whether a condition on release_age stands in any clause: then scan->released is wanted. */
bool policy_asks_releases(const struct policy *policy);

/* Sets level, decided_by, waiver_state and waiver of each finding of the scan; adds a finding `not-evaluated` for each
 * required rule that coverage shows as not evaluated. An expired waiver leaves its finding at its own level. */
enum status policy_apply(const struct policy *policy, struct scan *scan, struct error *err);

/* A waiver of the project's own file that matched no finding of any of the scans (all with this policy applied). One for a rule
 * that reads tarballs counts as used where a scan read none. */
struct policy_unused_waiver {
	const char *path; /* the policy's file */
	uint32_t line;
	struct str text; /* "GHSA-…, lodash@<4.17.21" */
	bool expired;
};
/* Meaningful after a full scan only: what --omit leaves out may be what they are for. */
enum status policy_unused_waivers(const struct policy *policy, const struct scan *const *scans, size_t scan_count, struct arena *arena,
				  struct policy_unused_waiver **out, size_t *count, struct error *err);

/* ---- why a finding has its level ------------------------------------------ */

/* A clause that was asked about a finding, in order; the one that decided comes last, where a clause did. */
struct policy_step {
	struct str origin; /* "default.rules.vulnerability[2]" */
	enum rule_level level;
	bool decided;
	struct str because; /* what is not so: "fix is "override""; STR_NONE for the one that decided */
};
enum status policy_explain(const struct policy *policy, const struct scan *scan, const struct finding *finding, struct arena *arena,
			   struct policy_step **out, size_t *count, struct error *err);

/* ---- writing waivers ------------------------------------------------------- */

struct policy_new_waiver {
	struct str id, rule, package, path, reason, owner, expires, justification; /* .n is 0 where not given */
	bool until_fix;                                                            /* it ends when a fix appears */
};
/* The text of a policy with these waivers added to its own, comments and layout kept; `text` STR_NONE: a new policy that extends
 * `default`. STATUS_USAGE where one of them could not be read, or waives what another one does; `path` is for errors. */
enum status policy_add_waivers(struct str text, const char *path, const struct policy_new_waiver *waivers, size_t count, struct arena *arena,
			       struct str *out, struct error *err);
/* Takes out those that waive what a waiver of that text waives; their number in *known. */
enum status policy_drop_known_waivers(struct str text, const char *path, struct policy_new_waiver *waivers, size_t *count, size_t *known,
				      struct arena *arena, struct error *err);

/* Another tool's file of what is accepted, translated. */
struct policy_left_out {
	uint32_t line;
	struct str why; /* text of the file is in it as it is */
};
struct policy_imported {
	VEC(struct policy_new_waiver) waivers;
	VEC(struct policy_left_out) left_out; /* what a waiver cannot say as narrowly, or what is none */
};
/* `path` may have the tool in front ("osv-scanner:FILE"), else the file's name tells: osv-scanner.toml, .grype.yaml, .trivyignore,
 * .trivyignore.yaml, .nsprc, audit-ci.json. STATUS_USAGE where neither does; a file that cannot be read names its place. */
enum status policy_import(const char *path, size_t max, struct arena *arena, struct policy_imported *out, struct error *err);

/* The project's own file; NULL: a preset, or the organisation's, stands in its place. */
const char *policy_file(const struct policy *policy);
/* How long waivers may last, in seconds, and who says so; -1: nobody does. */
int64_t policy_max_waiver(const struct policy *policy, struct str *by);
/* Does the organisation let the project waive this? */
bool policy_may_waive(const struct policy *policy, const struct rule *rule);

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCOMPLETE };
const char *verdict_name(enum verdict verdict); /* "pass", "fail", "incomplete" */
struct summary {
	size_t error, warn, info; /* findings, gaps not included */
	size_t waived;            /* findings and gaps; counted nowhere else */
	size_t carried;           /* findings that the change did not bring; counted nowhere else */
	size_t unchecked;         /* gaps of level error */
};
/* Adds the scan's findings to a summary that started as zeros. What is off is not counted. */
void policy_sum(const struct scan *scan, struct summary *summary);
/* Fails on an error, else is incomplete on a gap of level error; *complete is false whenever such a gap stands. */
enum verdict policy_verdict(const struct summary *summary, bool *complete);

/* The effective policy, each clause with its origin, for people. Untrusted text is made visible. */
void policy_write(const struct policy *policy, struct buf *out);

#pragma GCC visibility pop
#endif
