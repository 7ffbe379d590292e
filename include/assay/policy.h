/*
 * policy: what the user wants to be told, and what must stop a build. Loads policies (JSON with comments), orders their clauses,
 * applies waivers, gives the verdict.
 *
 * For a rule, the project's own clauses come first, then those it extends, then the rule's built-in level; the first whose
 * `when` holds decides. Policies are read strictly: an unknown key, rule, preset or condition, a wrong type or a bad range
 * is STATUS_USAGE with file, line, column and the nearest valid word. A policy lives in the arena that it was loaded into.
 */
#ifndef ASSAY_POLICY_H
#define ASSAY_POLICY_H

#include "assay/base.h"
#include "assay/check.h"

#pragma GCC visibility push(default)

struct policy;

struct policy_options {
	const char *name;     /* --policy: a file or a preset; NULL: look for assay.policy.json */
	const char *folder;   /* the project's: where the search begins; it goes up to the repository's top */
};
/* STATUS_USAGE for anything wrong with a policy. */
enum status policy_load(const struct policy_options *options, struct arena *arena,
                        struct policy **out, struct error *err);
const char *policy_source(const struct policy *policy); /* "assay.policy.json", "default" */

/* Command-line clauses, ahead of all others. */
enum status policy_fail_on(struct policy *policy, struct str severity, struct error *err); /* --fail-on high */
enum status policy_set_level(struct policy *policy, enum rule_level level, struct str rule, const char *origin, struct error *err); /* -D|-W|-A */

struct policy_settings {
	int64_t database_warn_age, database_max_age; /* seconds */
	struct str *mirrors;
	size_t mirror_count;
};
const struct policy_settings *policy_settings(const struct policy *policy);

/* Sets level, decided_by and waiver of each finding of the scan; adds what the policy itself has to report
 * (expired waivers as text in the finding, unused ones in `notes`). */
enum status policy_apply(const struct policy *policy, struct scan *scan, struct error *err);

enum verdict { VERDICT_PASS, VERDICT_FAIL, VERDICT_INCOMPLETE };
const char *verdict_name(enum verdict verdict);
struct summary {
	size_t error, warn, info, waived, unchecked; /* unchecked: gaps of level error; error: findings, gaps not included */
};
/* Of the scans together. `complete` is false whenever a gap stands at level error. */
void policy_sum(const struct scan *scan, struct summary *summary);
enum verdict policy_verdict(const struct summary *summary, bool *complete);

/* The effective policy, each clause with its origin, for people. */
void policy_write(const struct policy *policy, struct buf *out);

#pragma GCC visibility pop
#endif
