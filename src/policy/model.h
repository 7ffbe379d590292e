/*
 * The policy as it stands in memory, and how a policy's text is read into it. Private to this room.
 *
 * A layer is one file or preset. Layers are read once each, whoever extends them; the effective policy lists, for each rule,
 * the clauses of all layers in the order in which they are asked. Everything lives in the arena given to policy_load.
 */
#ifndef POLICY_MODEL_H
#define POLICY_MODEL_H

#include "assay/json.h"
#include "assay/policy.h"

struct layer;

/* ---- reading (reader.c) ---------------------------------------------------- */

/* Reads one layer; says where it went wrong. */
struct reader {
	struct arena *arena;
	struct layer *layer;
	const char *path; /* what errors call it; NULL: no file (the command line) */
	struct error *err;
};

struct place {
	uint32_t line, column;
};
struct place place_of(const struct json *value);
struct place place_of_key(const struct json *member);

/* STATUS_USAGE: "<path>: line L, column C: <text>". */
enum status reader_fail(const struct reader *reader, struct place place, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* "found a string, expected <what>". */
enum status reader_fail_type(const struct reader *reader, const struct json *value, const char *expected);
/* Text of the policy, cut and made visible, for an error. Never NULL. */
const char *reader_quote(const struct reader *reader, struct str text);

/* The words that may stand in one place; at() gives NULL behind the last. */
struct words {
	const char *what; /* "rule" */
	const char *(*at)(const void *context, size_t i);
	const void *context;
};
/* The number of `text` among the words, else STATUS_USAGE: "unknown rule "x"; did you mean "y"?". */
enum status words_find(const struct reader *reader, struct place place, struct str text, const struct words *words,
		       size_t *out);
extern const struct words rule_words, level_words, preset_words, condition_words;

/* An object that may hold these keys only. */
struct key {
	const char *name;
	enum status (*read)(struct reader *reader, const struct json *value, void *into);
};
struct object_type {
	const char *what; /* "a waiver" */
	const struct key *keys;
	size_t count;
};
enum status reader_object(struct reader *reader, const struct json *value, const struct object_type *type, void *into);
/* A non-empty string. */
enum status reader_text(const struct reader *reader, const struct json *value, const char *expected, struct str *out);
/* Calls read for the value, or for each element where it is a list. All must be strings. */
enum status reader_each_text(struct reader *reader, const struct json *value, const char *expected,
			     enum status (*read)(struct reader *reader, const struct json *value, void *into),
			     void *into);

/* ---- matching (glob.c) ------------------------------------------------------- */

/* '*' stands for any bytes, none included. At most pattern times text steps. */
bool glob_matches(struct str pattern, struct str text);
/* The same, letters of either case being equal: for ids. */
bool glob_matches_any_case(struct str pattern, struct str text);
bool text_equals_any_case(struct str a, struct str b); /* '*' is a byte like others */

/* "name", "name*", "name@range". */
struct package_pattern {
	struct str name;
	struct semver_range *range; /* NULL: any version, also one that is no version at all */
};
enum status package_pattern_read(const struct reader *reader, const struct json *value, struct str text,
				 struct package_pattern *out);
bool package_pattern_matches(const struct package_pattern *pattern, const struct package *package);

/* "webapp > legacy@<2 > **". */
struct path_segment {
	bool any_number; /* ** */
	struct package_pattern package;
};
struct path_pattern {
	VEC(struct path_segment) segments;
};
enum status path_pattern_read(const struct reader *reader, const struct json *value, struct path_pattern *out);
bool path_pattern_matches(const struct path_pattern *pattern, const struct tree *tree, const struct tree_path *path);

/* ---- clauses (clause.c, condition.c) -------------------------------------------- */

/* What clauses are asked about: a finding, and what follows from all of its instances together. */
struct subject {
	const struct finding *finding;
	const struct package *package; /* NULL: there is no tree */
	enum scope scope;              /* the most exposed of the instances' */
	bool optional;                 /* all are */
	bool direct;                   /* any is */
};
void subject_init(struct subject *subject, const struct scan *scan, const struct finding *finding);

struct condition_type;
struct condition {
	const struct condition_type *type;
	const struct json *source; /* for policy_write */
	unsigned accepted;         /* severity, scope, fix: a bit each; score, epss: a comparison */
	int tenths;                /* score */
	int millionths;            /* epss */
	bool flag;                 /* kev, optional, direct */
	VEC(struct str) globs;
	VEC(struct package_pattern) packages;
};
struct condition_type {
	const char *name;
	enum status (*read)(struct reader *reader, const struct json *value, struct condition *out);
	bool (*holds)(const struct condition *condition, const struct subject *subject);
};
extern const struct condition_type condition_types[]; /* ends with a NULL name */
/* The severities that are at least `least`, as bits; unknown counts as high. */
unsigned severity_at_least(enum severity least);
/* The word of a --fail-on: low to critical. */
enum status severity_read_threshold(const struct reader *reader, struct str word, enum severity *out);

struct clause {
	VEC(struct condition) when;
	enum rule_level level;
	bool at_most;      /* caps what a later clause decides, instead of deciding */
	struct str origin; /* "default.rules.vulnerability[2]" */
};
struct clause_list {
	VEC(struct clause) clauses;
	bool replace; /* cuts what is inherited */
};
bool clause_holds(const struct clause *clause, const struct subject *subject);

/* ---- layers (load.c, section.c, waiver.c) ----------------------------------------- */

struct waiver {
	struct str id, package_text, path_text, reason, owner, expires; /* .p is NULL where not given */
	const struct rule *rule;
	struct package_pattern *package;
	struct path_pattern *path;
	int64_t ends; /* the first second in which it no longer waives; INT64_MAX: never */
	uint32_t line;
	const struct layer *layer;
};
enum status waivers_read(struct reader *reader, const struct json *value, void *into);
/* What it waives: "GHSA-..., lodash@<4.17.21". Untrusted text as it is. */
void waiver_write(const struct waiver *waiver, struct buf *out);

struct requirement {
	const struct rule *rule;
	struct str origin;
};

struct layer {
	const char *path, *real_path; /* NULL for presets */
	struct str label;             /* "default", "assay.policy.json" */
	bool preset;
	bool reading; /* this very file is what is being read: extending it again would never end */
	bool visited; /* scratch of effective.c */
	bool require_given;
	const struct json *extends_value; /* NULL: not given */
	VEC(struct layer *) extends;      /* the last one is asked first */
	struct clause_list *rules;        /* one for each of check_rules */
	VEC(struct requirement) require;
	VEC(struct waiver) waivers;
	VEC(struct str) mirrors;
	VEC(const char *) advisories; /* paths as they are opened */
	VEC(struct policy_registry) registries;
	int64_t warn_age, max_age; /* -1: not given */
	struct clause *starter;    /* NULL: not given */
};
/* "default.require[0]", "assay.policy.json require[0]". STR_NONE: out of memory. */
struct str layer_origin(const struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Each reads one key of a policy into the layer; "extends" is read in load.c. */
enum status rules_read(struct reader *reader, const struct json *value, void *into);
enum status require_read(struct reader *reader, const struct json *value, void *into);
enum status database_read(struct reader *reader, const struct json *value, void *into);
enum status advisories_read(struct reader *reader, const struct json *value, void *into);
enum status mirrors_read(struct reader *reader, const struct json *value, void *into);
enum status registries_read(struct reader *reader, const struct json *value, void *into);

/* ---- the whole ------------------------------------------------------------------ */

struct effective_rule {
	VEC(struct clause) command_line; /* the last one given is asked first */
	VEC(const struct clause *) clauses;
	struct str required; /* who requires it; STR_NONE: nobody */
};
struct policy {
	struct arena *arena;
	struct layer *top;            /* the project's own file, or the preset */
	struct layer *standard;       /* `default`, where some file does not say what it extends; else NULL */
	VEC(struct layer *) layers;   /* in the order in which their reading began */
	struct effective_rule *rules; /* one for each of check_rules */
	struct policy_settings settings;
	VEC(const struct waiver *) waivers; /* the project's own first */
};
/* Orders what the layers say: policy->rules, settings, waivers. */
enum status effective_build(struct policy *policy, struct error *err);
size_t rule_count(void);
size_t rule_number(const struct rule *rule); /* in check_rules */

/* NULL: no preset of that name. */
struct preset {
	const char *name;
	const char *begin, *end;
};
extern const struct preset presets[]; /* ends with a NULL name */

/* The level of a finding and who decided it. */
enum rule_level policy_decide(const struct policy *policy, const struct subject *subject, struct str *decided_by);
/* Raises a gap that leaves something required unchecked; adds a gap for each required rule that was not evaluated. */
void require_raise(const struct policy *policy, struct finding *finding);
enum status require_add_gaps(const struct policy *policy, struct scan *scan, struct error *err);
/* Finds the waiver for a finding, if any. `scratch` is reset. */
enum status waivers_apply(const struct policy *policy, const struct scan *scan, struct finding *finding,
			  struct arena *scratch, struct error *err);

#endif
