/* What the parts of this room share. */
#ifndef SCAN_PRIVATE_H
#define SCAN_PRIVATE_H

#include "assay/scan.h"

/* ---- who judges (settings.c) ---------------------------------------------------- */

struct scan_judges {
	struct policy *policy;
	struct advisory_own *own; /* NULL: it brings none */
	struct npm_settings *npm;
};

/* ---- the base (base.c) --------------------------------------------------------- */

struct scan_base {
	struct git_store *store;
	struct scratch scratch; /* holds the base's files, laid out as in the repository; removed with the rest */
	const char *top;        /* of the work tree, with a slash at its end */
	const char *commit, *why;
	struct arena *arena;
	VEC(struct str) judges;    /* files and folders that a policy of the base, or the command line, names, from the top */
	struct map *judge_numbers; /* among these */
};

/* The path from the repository's top of a file or folder of the work tree; NULL: it is not in there. "" is the top. */
const char *base_path(const struct scan_base *base, const char *path);
/* Where the base has that folder: where its policy and its .npmrc are looked for. An .npmrc that nobody committed stays the judge that it is. */
enum status base_judge_folder(struct scan_base *base, const char *folder, const char **out, struct error *err);
/* A policy that the command line names and that lies in the repository is the base's as well; NULL: the base has none there. One that belongs to no
 * commit stays what it is. */
const char *base_policy(const struct scan_base *base, const char *name);
/* An error speaks of the commit, and not of the folder that its files were put in. */
void base_name_places(const struct scan_base *base, struct error *err);
/* The lockfile of the base that this one comes from: of that name, else another one in its folder. */
enum status base_find(const struct scan_base *base, const struct lockfile_found *found, struct arena *arena, struct lockfile_found *out, bool *there,
		      struct error *err);

/* ---- what a change does to its judges (judges.c) ---------------------------------- */

/* A finding for each file, and each setting that the policy honours, that judges this folder and is not what it was. `judged_by` is the folder's
 * counterpart in the base. */
enum status base_add_changes(const struct scan_base *base, const struct policy *policy, const char *folder, const char *judged_by, struct scan *scan,
			     struct error *err);

/* ---- findings beside earlier ones (compare.c) ------------------------------------- */

/* What is remembered of a finding. */
struct prior {
	const struct rule *rule;
	struct str name, version;
	struct str *ids; /* the id first, then aliases */
	size_t id_count;
	struct str fingerprint;
	enum rule_level level; /* off: nobody was told of it */
	enum severity severity;
	enum scope scope;
	bool matched;
	uint32_t next; /* another one of that rule and name; UINT32_MAX: none */
};
struct priors {
	VEC(struct prior) v;
};
enum status priors_of_scan(const struct scan *scan, struct arena *arena, struct priors *out, struct error *err);
/* Of the lockfile of that path. */
enum status priors_of_baseline(const struct scan_baseline *baseline, const char *path, struct arena *arena, struct priors *out, struct error *err);
/* Sets each finding's status; what no finding answers is fixed. A release that is too young and clears an error says so. */
enum status priors_compare(struct priors *priors, struct scan *scan, struct report_comparison *out, struct error *err);
const char *baseline_path(const struct scan_baseline *baseline);

#endif
