/*
 * check: the rules. Each turns the tree, and what a room below answers, into findings; none prints, none decides how bad it
 * is - that is the policy's. A rule is a row in a table: id, title, what it is about, one function.
 *
 * A finding is not an error, an error is not a verdict: what could not be checked is a finding of a gap rule.
 */
#ifndef ASSAY_CHECK_H
#define ASSAY_CHECK_H

#include "assay/advisory.h"
#include "assay/base.h"
#include "assay/installed.h"
#include "assay/lockfile.h"
#include "assay/registry_record.h"
#include "assay/tarball.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

enum rule_level { LEVEL_OFF, LEVEL_INFO, LEVEL_WARN, LEVEL_ERROR };
const char *rule_level_name(enum rule_level level); /* "off", "info", "warn", "error" */
/* A gap that means that nothing of a lockfile's packages is known: "lockfile-invalid", "no-lockfile". */
bool check_is_unread(struct str rule);
bool rule_level_by_name(struct str name, enum rule_level *out);

struct scan;
struct rule {
	const char *id;         /* "vulnerability" */
	const char *title;      /* "a known vulnerability" */
	const char *doc;        /* docs/rules/<id>.md */
	enum rule_level level;  /* built in: where no clause decides */
	enum severity severity; /* of its findings, where the advisory does not say; none for gaps */
	bool gap;               /* says what could not be checked */
	bool by_advisory;       /* its findings are what advisories say: malware, vulnerability */
	bool needs_tarballs;    /* evaluated only with --verify: by the bytes, or by the registry's record */
	bool needs_records;     /* by that record */
	bool needs_installed;   /* needs_tarballs, and only with --installed */
	/* Adds the rule's findings and its coverage. NULL for rules whose findings come from discovery, from the policy or from
	 * another rule's function. */
	enum status (*run)(struct scan *scan, const struct rule *rule, struct error *err);
	const char *also; /* another rule whose findings `run` makes too, or NULL */
};
extern const struct rule *const check_rules[];      /* NULL-terminated, in the order reports use */
const struct rule *check_rule_by_id(struct str id); /* NULL: none */
bool check_is_by_advisory(struct str id);           /* likewise, by the rule's id */
size_t check_rule_number(const struct rule *rule);  /* its place in check_rules */

enum fix_kind { FIX_NONE, FIX_IN_RANGE, FIX_BUMP, FIX_OVERRIDE };
const char *fix_kind_name(enum fix_kind kind); /* "none", "in-range", "bump", "override" */

/* How far the move goes. Below 1.0.0 a caret takes a new minor version for incompatible. */
enum fix_step { STEP_UNKNOWN, STEP_COMPATIBLE, STEP_ZERO_MINOR, STEP_MAJOR };
const char *fix_step_name(enum fix_step step);    /* "unknown", "compatible", "zero-minor", "major" */
const char *fix_step_caution(enum fix_step step); /* "crosses a major: test the build"; NULL: none */

enum { FIX_THROUGH = 4 }; /* direct dependencies that are named */

struct fix {
	enum fix_kind kind;
	struct str package; /* the name to move */
	struct str to;      /* the smallest version that clears all advisories known for that package */
	size_t clears;      /* findings of this project that it clears */
	/* "npm install axios@0.30.2"; safe to paste. For an override only where it is a direct dependency too, else STR_NONE. */
	struct str command;
	/* FIX_BUMP: "package.json asks 0.21.1"; FIX_OVERRIDE: "css-select@2.1.0 asks ^1.0.2"; FIX_NONE: why there is none, or STR_NONE */
	struct str blocker;
	enum fix_step step;
	/* An override in the manager's own words, and the file it belongs into; STR_NONE: none is needed, or it cannot be said. */
	struct str snippet, snippet_file;
	/* The direct dependencies that bring it, "react-scripts@5.0.1": one of them moves, or goes. Whether a newer one is free of it nobody
	 * looked up. None for what nothing but the user's own packages ask for, and none where through_many says that there are more than fit. */
	struct str through[FIX_THROUGH];
	uint8_t through_count;
	bool through_many;
};

enum waiver_state {
	WAIVER_NONE,
	WAIVER_ACTIVE,
	WAIVER_EXPIRED, /* its day has passed, or the fix that it waited for is there */
	WAIVER_REFUSED, /* longer than the policy allows, or of what the organisation lets nobody waive */
};

/* How a finding stands to those of the base, or of an earlier report. */
enum finding_status {
	FINDING_UNCOMPARED,
	FINDING_INTRODUCED,
	FINDING_WORSENED, /* it was there, milder or in a scope that matters less */
	FINDING_CARRIED,
};
const char *finding_status_name(enum finding_status status); /* NULL for UNCOMPARED, else "introduced", … */

/* One problem in one project: (rule, alias group, name, version) with all its instances. */
struct finding {
	const struct rule *rule;
	struct str id;        /* the advisory's id; for others the rule's own, or "<rule>/<kind>" where it has kinds */
	struct str stable_id; /* what the fingerprint names the problem by: of a group, the id that was published first */
	struct str *aliases;
	size_t alias_count;
	struct str title, url, message;
	int64_t published;  /* DATE_NONE when unknown */
	int64_t first_seen; /* when the database first saw one of the advisory's records; DATE_NONE: it does not tell */
	enum severity severity;
	int score_tenths; /* -1: none */
	struct str vector;
	bool kev;
	double epss;         /* <0: unknown */
	uint32_t *instances; /* package numbers, rising; instances[0] is the package shown. Never empty: project-wide findings carry the root */
	size_t instance_count;
	struct str *fixed;
	size_t fixed_count;
	struct fix fix;
	bool retryable;         /* gaps: trying later may help */
	uint32_t line;          /* in the lockfile, or in the file that the message names */
	struct str fingerprint; /* hex */
	/* set by the policy; `level` starts as the rule's own */
	enum rule_level level;
	struct str decided_by;      /* "default.rules.vulnerability[2]" */
	uint32_t decided_for;       /* the one of the user's own packages whose say it was, where clauses ask who brings it; else TREE_NONE */
	enum finding_status status; /* set by whoever compares */
	enum waiver_state waiver_state;
	struct str waiver;        /* its reason, with who and until when */
	struct str justification; /* an active waiver's word for why the code is not affected (OpenVEX); STR_NONE: it merely accepts */
};

/* How many packages a rule could judge, and why not the others. */
struct coverage_gap {
	const char *why;
	const char *remedy;
	size_t count;
};
struct coverage {
	const struct rule *rule;
	size_t evaluated;
	struct coverage_gap skipped[16];
	size_t skipped_count;
};

/* ---- what is given ------------------------------------------------------- */

/* A ban: this package must not be there, but where each of its parents is one of those named. */
struct ban {
	struct str text;                               /* "event-stream@3.3.6" as the policy has it */
	struct str reason, instead;                    /* STR_NONE where not said */
	const struct package_patterns *except_through; /* NULL: nobody may */
};

/* What the policy declares about packages. A set that is NULL is empty. */
struct declarations {
	const struct package_patterns *scripts_allowed; /* may run scripts at installation */
	const struct package_patterns *banned;
	const struct ban *bans;                  /* by their number among `banned` */
	const struct package_patterns *licensed; /* whose license the policy states */
	const struct str *licenses;              /* SPDX expressions, by their number among `licensed` */
};

/* How much of a rule the policy wants. */
struct rule_plan {
	bool off;      /* no clause can make its findings count: it is not run */
	unsigned omit; /* enum omit: what it does not look at */
};

enum package_change {
	CHANGE_UNKNOWN, /* there is nothing to compare with */
	CHANGE_ADDED,   /* no version of it was there */
	CHANGE_CHANGED, /* another one was, or the same one from elsewhere or with other bytes */
	CHANGE_CARRIED, /* as it was */
};
const char *package_change_name(enum package_change change); /* "unknown", "added", "changed", "carried" */

/* What a change makes of a tree. */
struct tree_changes {
	enum package_change *by_package;         /* of the tree as it is now */
	size_t added, changed, carried, removed; /* distinct packages: name and version; changed: another version of a name that was there */
};
/* A package was there before when one of its name and version had the same bytes from the same place. Linear. */
enum status check_compare_trees(const struct tree *before, const struct tree *now, struct arena *arena, struct tree_changes *out, struct error *err);

/* What one project is judged with, and what came of it. Everything lives in `arena`. */
struct scan {
	/* given */
	struct arena *arena;
	const struct tree *tree;                      /* NULL where no lockfile could be read: then only check_add and check_order are of use */
	const char *path;                             /* the lockfile's path in the repository, for fingerprints; NULL: the tree's */
	struct advisory_db *db;                       /* NULL: there is none (a gap, made by the rule database-missing) */
	const struct advisory_own *own;               /* the policy's records; NULL: it names none */
	struct str database_problem;                  /* why there is none */
	const struct tarball_result *tarballs;        /* one per package, or NULL without --verify */
	const struct registry_record *const *records; /* likewise; NULL for a package that no registry knows of */
	/* By package: its date counts; who published it does. Both were asked for then. NULL: of none. */
	const bool *dated, *traced;
	int64_t min_release_age;                  /* seconds */
	const struct installed_result *installed; /* what lies in node_modules; NULL without --installed */
	int64_t now;                              /* as_of, or the present */
	bool as_of_given;
	int64_t database_warn_age, database_max_age; /* seconds */
	const char *const *known_origins;     /* registries, mirrors: "https://host"; NULL-terminated; NULL: the public one and yarn's name for it */
	const struct lockfile_format *format; /* whose commands are proposed; NULL: none */
	/* Is a package of that name the user's own, whatever the public registry has under it: declared private in the policy, its scope bound to
	 * another registry there or in a trusted .npmrc? Gives who says so, in words that follow "private: ", or STR_NONE. NULL: nothing is declared.
	 * Public records are held back from such packages; records of the user's own sources are not. */
	struct str (*private_because)(const void *context, struct str name);
	const void *private_context;
	const struct declarations *declared; /* NULL: nothing is */
	const struct rule_plan *plans;       /* by rule, as in check_rules; NULL: all are run over everything */
	const int64_t *released;             /* by package: when its version was published, or DATE_NONE; NULL: nobody looked */
	const enum package_change *changes;  /* by package; NULL: there is nothing to compare with */
	const struct tree *before;           /* the tree of the base; NULL: there is none */
	const struct map *only;              /* the names that advisories are looked up for; NULL: all */
	/* results */
	VEC(struct finding) findings;
	/* What would be findings of malware or vulnerabilities, were the package the public one of that name: it is the project's own code, a link, a
	 * file, or declared private, and `message` says which. They count for nothing and are all named. By name, version, rule, id. */
	VEC(struct finding) held_back;
	VEC(struct coverage) coverage;
	bool agrees; /* lockfile-drift was run over all and found nothing: the lockfile has what each package.json asks for that could be read */
};

/* Runs every rule over a finished tree, computes fixes and fingerprints, puts the findings in order. */
enum status check_run(struct scan *scan, struct error *err);
/* For rules, discovery and the policy: a new finding about `package` (TREE_NONE: the project) with the fields that follow from it
 * filled in; the pointer lives until the next addition. NULL: out of memory. Ends with check_order. */
struct finding *check_add(struct scan *scan, const struct rule *rule, uint32_t package);
/* Fingerprints what has none yet and orders the findings: by rule as in the table, the more severe first, name, version, id. */
enum status check_order(struct scan *scan, struct error *err);

/* What the policy states, else what the lockfile says, else what the tarball's package.json does; empty: none does. */
struct str check_license(const struct scan *scan, const struct package *package);
/* The same without the policy: its author's word. */
struct str check_stated_license(const struct scan *scan, const struct package *package);
/* Why its author gave it up: the lockfile's word, else the registry's, which may take it back; where neither is at hand, its own package.json's. .n 0: nobody says so. */
struct str check_deprecated(const struct scan *scan, const struct package *package);
/* This rule looks not at that package: --omit leaves it out. */
bool check_is_omitted(const struct scan *scan, const struct rule *rule, const struct package *package);

/* A request of a package.json that the lockfile has nothing for, or what does not fit: the next install brings something else. */
struct check_wanted {
	const char *file; /* "packages/web/package.json", from the lockfile's folder; one text for all of a file's */
	struct str name;
	struct str spec; /* as it would be resolved: overrides for all and catalogs applied */
	enum edge_type type;
	uint32_t line;
	struct str problem; /* why the root's file could not be read: what it asks for is not known, and nothing else is set. STR_NONE: it was */
};
/* Those of the root and of each workspace, in their order, then by name; of a name one. The project's own peers are among them where the package manager
 * installs those; of what else lockfile-drift does not compare nothing is known. Everything lives in `arena`. */
enum status check_find_wanted(const struct tree *tree, struct arena *arena, struct check_wanted **out, size_t *count, struct error *err);

struct coverage *check_cover(struct scan *scan, const struct rule *rule);        /* a new row; NULL: out of memory */
void check_skip(struct coverage *coverage, const char *why, const char *remedy); /* counts one */

#pragma GCC visibility pop
#endif
