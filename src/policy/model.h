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
enum status reader_fail(const struct reader *reader, struct place place, const char *format, ...) __attribute__((format(printf, 3, 4)));
#define reader_fail(...) status_as_given(reader_fail(__VA_ARGS__), STATUS_USAGE)
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
enum status words_find(const struct reader *reader, struct place place, struct str text, const struct words *words, size_t *out);
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
/* "2027-01-31": its first second. */
enum status reader_day(const struct reader *reader, const struct json *value, int64_t *out);
/* "48h", in seconds. */
enum status reader_duration(const struct reader *reader, const struct json *value, int64_t *out);
/* Calls read for the value, or for each element where it is a list. All must be strings. */
enum status reader_each_text(struct reader *reader, const struct json *value, const char *expected,
			     enum status (*read)(struct reader *reader, const struct json *value, void *into), void *into);

/* ---- matching (path.c) ------------------------------------------------------- */

enum status package_pattern_read(const struct reader *reader, const struct json *value, struct str text, struct package_pattern *out);

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

/* ---- clauses (clause.c, condition*.c) -------------------------------------------- */

/* What clauses are asked about: a finding, and what follows from all of its instances together. */
struct subject {
	const struct scan *scan;
	const struct finding *finding;
	const struct package *package;  /* NULL: there is no tree */
	const struct package *importer; /* the one that asks; NULL: nobody in particular */
	enum scope scope;               /* the most exposed of the instances' */
	enum rule_level built_in;       /* the finding's own, before anybody decided */
	bool optional;                  /* all are */
	bool direct;                    /* any is */
	uint32_t depth;                 /* the nearest's, in steps from the user's own; TREE_NONE: unknown, or nobody asked */
};
/* `distances` as tree_distances gives them, or NULL. */
void subject_init(struct subject *subject, const struct scan *scan, const uint32_t *distances, const struct finding *finding);
int64_t subject_released(const struct subject *subject); /* DATE_NONE: unknown */

struct condition_type;
struct condition {
	const struct condition_type *type;
	const struct json *source; /* for policy_write */
	unsigned accepted;         /* severity, scope, fix, source, change: a bit each; what is compared: how */
	uint32_t depth;
	int64_t seconds; /* ages */
	int tenths;      /* score */
	int millionths;  /* epss */
	bool flag;       /* kev, optional, direct */
	VEC(struct str) globs;
	struct license_list *licenses; /* what the globs of `license` mean */
	VEC(struct package_pattern) packages;
};
enum need { NEEDS_DISTANCES = 1, NEEDS_IMPORTERS = 2, NEEDS_RELEASES = 4 };
struct condition_type {
	const char *name;
	enum status (*read)(struct reader *reader, const struct json *value, struct condition *out);
	bool (*holds)(const struct condition *condition, const struct subject *subject);
	unsigned needs; /* enum need: what must be worked out for it */
};
extern const struct condition_type condition_types[]; /* ends with a NULL name */
/* The severities that are at least `least`, as bits; unknown counts as high. */
unsigned severity_at_least(enum severity least);
/* The word of a --fail-on: low to critical. */
enum status severity_read_threshold(const struct reader *reader, struct str word, enum severity *out);

struct clause {
	VEC(struct condition) when;
	enum rule_level level;
	int before;        /* the level before `from`; LEVEL_UNSET: until then the clause is not there */
	int64_t from;      /* DATE_NONE: always */
	bool preset;       /* of a preset: nobody's own word */
	bool at_most;      /* caps what a later clause decides, instead of deciding */
	struct str origin; /* "default.rules.vulnerability[2]" */
};
struct clause_list {
	VEC(struct clause) clauses;
	bool replace; /* cuts what is inherited */
};
bool clause_holds(const struct clause *clause, const struct subject *subject);
enum { LEVEL_UNSET = -1 };
/* What it says on that day; LEVEL_UNSET: nothing yet. */
int clause_level(const struct clause *clause, int64_t now);

/* ---- layers (load.c, section.c, lists.c, floor.c, waiver.c) ----------------------------------------- */

struct waiver {
	struct str id, package_text, path_text, reason, owner, expires; /* .p is NULL where not given */
	struct str justification;                                       /* OpenVEX's word for why it is not affected; likewise */
	const struct rule *rule;
	struct package_pattern *package;
	struct path_pattern *path;
	int64_t ends;   /* the first second in which it no longer waives; INT64_MAX: never */
	bool until_fix; /* it ends when a fix appears */
	uint32_t line;
	const struct layer *layer;
};
enum status waivers_read(struct reader *reader, const struct json *value, void *into);
/* Equal for two that waive the same. STR_NONE: out of memory. */
struct str waiver_key(const struct waiver *waiver, struct arena *arena);
/* Reads one that no file has yet as it will be read there; *key says what it waives. STATUS_USAGE where a policy would refuse it. */
struct policy_new_waiver;
enum status waiver_read_new(const struct policy_new_waiver *waiver, struct arena *arena, struct str *key, struct error *err);
/* What it waives: "GHSA-..., lodash@<4.17.21". Untrusted text as it is. */
void waiver_write(const struct waiver *waiver, struct buf *out);

struct requirement {
	const struct rule *rule;
	struct str origin;
};

struct pattern_list {
	struct package_pattern *v;
	size_t n, capacity;
};
struct layer_ban {
	struct str text, reason, instead; /* .p is NULL where not given */
	struct package_pattern package;
	struct pattern_list except_through;
};
struct layer_license {
	struct package_pattern package;
	struct str expression;
};

struct layer {
	const char *path, *real_path; /* NULL for presets */
	struct str shown;             /* its text, where errors may show a line of it; else STR_NONE */
	struct str label;             /* "default", "assay.policy.json" */
	bool preset;
	bool floor;   /* of the organisation: what it says stands above the project's */
	bool reading; /* this very file is what is being read: extending it again would never end */
	bool visited; /* scratch of effective.c */
	bool require_given;
	const struct json *extends_value;            /* NULL: not given */
	const struct json *honour_value, *vex_value; /* likewise */
	bool of_project;                             /* the project's word, whoever's policy asks for it: no floor */
	VEC(struct layer *) extends;                 /* the last one is asked first */
	struct clause_list *rules;                   /* one for each of check_rules */
	VEC(struct requirement) require;
	VEC(struct waiver) waivers;
	VEC(const char *) advisories; /* paths as they are opened */
	VEC(struct str) mirrors, hosts;
	VEC(struct policy_registry) registries;
	struct pattern_list private_names, build_only, scripts_allowed;
	VEC(struct layer_ban) bans;
	VEC(struct layer_license) licenses;
	enum rule_level levels[LEVEL_ERROR + 1]; /* what becomes of the levels of what it extends */
	bool moves_levels;
	bool *locked, *may_waive;  /* by rule; NULL: not given */
	bool waives_none;          /* repo_may_waive: false */
	int64_t max_waiver;        /* seconds; -1: not given */
	int64_t warn_age, max_age; /* -1: not given */
	int64_t min_release_age;   /* likewise */
	struct clause *starter;    /* NULL: not given */
};
/* "default.require[0]", "assay.policy.json require[0]". STR_NONE: out of memory. */
struct str layer_origin(const struct reader *reader, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Each reads one key of a policy into the layer; "extends" is read in load.c. */
enum status rules_read(struct reader *reader, const struct json *value, void *into);
enum status require_read(struct reader *reader, const struct json *value, void *into);
enum status database_read(struct reader *reader, const struct json *value, void *into);
enum status advisories_read(struct reader *reader, const struct json *value, void *into);
enum status min_release_age_read(struct reader *reader, const struct json *value, void *into);
enum status mirrors_read(struct reader *reader, const struct json *value, void *into);
enum status registries_read(struct reader *reader, const struct json *value, void *into);
enum status hosts_read(struct reader *reader, const struct json *value, void *into);
enum status private_read(struct reader *reader, const struct json *value, void *into);
enum status build_only_read(struct reader *reader, const struct json *value, void *into);
enum status install_scripts_read(struct reader *reader, const struct json *value, void *into);
enum status ban_read(struct reader *reader, const struct json *value, void *into);
enum status licenses_read(struct reader *reader, const struct json *value, void *into);
enum status levels_read(struct reader *reader, const struct json *value, void *into);
enum status locked_read(struct reader *reader, const struct json *value, void *into);
enum status repo_may_waive_read(struct reader *reader, const struct json *value, void *into);
enum status max_waiver_read(struct reader *reader, const struct json *value, void *into);

/* ---- what other files say (load.c, honour.c, vex.c) ------------------------------------------------- */

struct loader;
const char *loader_folder(const struct loader *loader); /* the project's; NULL: none */
/* A new empty layer for a file that the reader's layer, at that place, names; it stands where what that one extends does. */
enum status loader_lend(struct loader *loader, const struct reader *reader, struct place place, const char *path, struct str label, struct layer **out);
enum status honour_load(struct loader *loader, struct reader *reader);
enum status vex_load(struct loader *loader, struct reader *reader);

/* ---- the whole ------------------------------------------------------------------ */

struct effective_rule {
	VEC(struct clause) command_line; /* the last one given is asked first */
	VEC(const struct clause *) clauses;
	enum rule_level built_in[LEVEL_ERROR + 1]; /* what becomes of a built-in level where no clause holds */
	struct str built_in_by;                    /* "built-in", or who moved it */
	bool locked;                               /* floor decides at least */
	VEC(const struct clause *) floor;
	enum rule_level floor_built_in[LEVEL_ERROR + 1];
	struct str floor_by;
	bool waivable;       /* by the project, too */
	unsigned needs;      /* of all its clauses' conditions: enum need */
	struct str required; /* who requires it; STR_NONE: nobody */
};
struct policy {
	struct arena *arena;
	struct layer *top;            /* the project's own file, or the preset */
	struct layer *org;            /* the organisation's; NULL: none */
	struct layer *standard;       /* `default`, where some file does not say what it extends; else NULL */
	VEC(struct layer *) layers;   /* in the order in which their reading began */
	struct effective_rule *rules; /* one for each of check_rules */
	struct policy_settings settings;
	struct declarations declared;
	struct {
		struct package_patterns *private_names, *build_only, *scripts_allowed, *banned, *licensed;
	} sets;                             /* as they are built; others see them through declared and settings */
	VEC(const struct waiver *) waivers; /* the project's own first */
	struct map *waivers_by_id;          /* lower case, to the first one's number */
	struct map *waivers_by_name;        /* of those without an id: the package's, where it has no star */
	size_t *next_waiver;                /* by number: the next one of the same id or name; SIZE_MAX: none */
	VEC(size_t) waivers_of_many;        /* the rest */
	VEC(struct str) refused;            /* "assay.policy.json private": what a floor leaves out */
	int64_t max_waiver;                 /* -1: none */
	const struct layer *max_waiver_by;
	unsigned omit; /* enum omit */
};
/* Orders what the layers say: policy->rules, settings, waivers. */
enum status effective_build(struct policy *policy, struct error *err);
/* The layers in the order in which they speak, the first one first. */
struct order {
	struct arena *arena;
	VEC(struct layer *) layers;
	int rule;      /* whose `replace` cuts; NO_RULE: nothing does */
	bool standard; /* some layer stands on the preset that comes last */
};
enum { NO_RULE = -1 };
/* False: out of memory. */
bool order_layers(const struct policy *policy, struct layer *top, int rule, struct order *order);
/* What is no clause: hosts, lists, ages, bounds (settings.c). */
enum status settings_build(struct policy *policy, struct error *err);
size_t rule_count(void);
size_t rule_number(const struct rule *rule); /* in check_rules */

/* NULL: no preset of that name. */
struct preset {
	const char *name;
	const char *begin, *end;
};
extern const struct preset presets[]; /* ends with a NULL name */

/* The level of a finding and who decided it. */
/* `loosened_by` is what would have gone below a locked rule; STR_NONE: nothing would. */
enum rule_level policy_decide(const struct policy *policy, const struct subject *subject, struct str *decided_by, struct str *loosened_by);
const char *omit_word(const void *context, size_t i); /* "dev", "optional", "peer", NULL */
/* Raises a gap that leaves something required unchecked; adds a gap for each required rule that was not evaluated. */
void require_raise(const struct policy *policy, struct finding *finding);
enum status require_add_gaps(const struct policy *policy, struct scan *scan, struct error *err);
/* Puts the waivers in order by their ids. False: out of memory. */
bool waivers_index(struct policy *policy);
/* Sets waiver_state and waiver of the first `count` findings, and adds findings of the rule `waiver` for those that need a look. */
enum status waivers_apply(const struct policy *policy, struct scan *scan, size_t count, struct error *err);

#endif
