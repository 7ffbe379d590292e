/*
 * What the rules share: the walk over the packages that most of them are, and the functions that the table of rules names.
 */
#ifndef ASSAY_CHECK_PRIVATE_H
#define ASSAY_CHECK_PRIVATE_H

#include "assay/check.h"

/* What became of one package under one rule. */
enum judgement {
	JUDGED,
	UNJUDGED_OWN, /* the root, a workspace */
	UNJUDGED_LINK,
	UNJUDGED_GIT,
	UNJUDGED_NOT_GIT,
	UNJUDGED_PRIVATE, /* by declaration: the public records are not about it */
	UNJUDGED_FILE,
	UNJUDGED_URL, /* a tarball from any URL: exotic-source speaks of it */
	UNJUDGED_BUNDLED,
	UNJUDGED_ZIP, /* its digest is of the zip that yarn keeps */
	UNJUDGED_NO_URL,
	UNJUDGED_NO_VERSION,
	UNJUDGED_NOT_IN_LOCKFILE, /* this format does not tell, the bytes would */
	UNJUDGED_NOT_TOLD,        /* neither does */
	UNJUDGED_NO_DATABASE,
	UNJUDGED_NO_DIGEST,
	UNJUDGED_NOT_READ, /* its bytes, for want of --verify */
	UNJUDGED_UNPROVEN, /* others than were pinned: nobody looks into those */
	UNJUDGED_NO_MANIFEST,
	UNJUDGED_NO_LICENSE,
	UNJUDGED_NOT_DIRECT,  /* only what the user asks for by name is judged */
	UNJUDGED_UNREACHABLE, /* its bytes, though they were asked for */
	UNJUDGED_UNINSPECTED, /* what is in them, though they are there */
	UNJUDGED_FOREIGN,     /* what is judged is the user's own */
	UNJUDGED_NO_PACKAGE_JSON,
	UNJUDGED_BAD_PACKAGE_JSON,
	UNJUDGED_UNREADABLE_PACKAGE_JSON, /* the system did not let it be read */
	UNJUDGED_OMITTED,                 /* --omit leaves it out */
	UNJUDGED_UNCOMPARED,              /* its installed files, for want of --installed */
	UNJUDGED_NOT_INSTALLED,           /* and it need not be, or that is told elsewhere */
	UNJUDGED_CARRIED,                 /* its bytes: the change did not bring it */
	UNJUDGED_NO_LOCKFILE,             /* installed packages, an SBOM: nothing that a package manager works from */
	UNJUDGED_NOT_ASKED,               /* the registry, for want of --verify */
	UNJUDGED_OFFLINE,                 /* nor may it be asked now, and no answer was kept */
	UNJUDGED_STALE,                   /* the answer that was kept is old, and could not be asked anew */
	UNJUDGED_GONE,                    /* the registry does not have it: unpublished speaks of it */
	UNJUDGED_OTHER_REGISTRY,
	UNJUDGED_DIGEST_NOT_GIVEN,
	UNJUDGED_NO_COMMON_DIGEST,
	UNJUDGED_HISTORY_NOT_ASKED, /* nobody wants to know */
	UNJUDGED_DATE_NOT_GIVEN,
	UNJUDGED_PUBLISHER_NOT_GIVEN,
};
/* By its kind alone: only what comes from a registry or a URL is judged. */
/* What a package.json that could not be read leaves unjudged. */
enum judgement judge_package_json(enum status status);
enum judgement judge_kind(const struct package *package);
/* What stands in the way of judging one package by its bytes. */
enum judgement judge_bytes(const struct scan *scan, uint32_t number);
/* The package whose tarball carries this bundled one, and where in it: "node_modules/b". TREE_NONE: the tree does not tell. */
uint32_t carrier_of(const struct tree *tree, uint32_t number, struct arena *arena, struct str *folder);
/* `install: node-gyp rebuild`: what it runs when it is installed, the longest cut. .p NULL: out of memory. */
struct str inspection_scripts(const struct inspection *inspection, struct arena *arena);
void cover(struct coverage *coverage, enum judgement judgement);

/* Some clause may make findings of the rule, or of the one that it runs for as well, count. */
bool rule_is_wanted(const struct scan *scan, const struct rule *rule);
/* Coverage of a rule that is off. False: out of memory. */
bool cover_off(struct scan *scan, const struct rule *rule);

/* One rule's walk over the packages. */
struct walk {
	struct scan *scan;
	const struct rule *rule;
	struct coverage *coverage; /* NULL for gap rules */
	struct map *seen;          /* problems found by now, to the number of their finding */
	struct buf key;
	struct arena *scratch; /* emptied before each package */
	void *context;         /* the rule's own */
	bool failed;           /* out of memory */
};
enum status walk_packages(struct scan *scan, const struct rule *rule, enum judgement (*judge)(struct walk *walk, uint32_t number), struct error *err);

/* The same, with something of the rule's own at hand: walk->context. */
enum status walk_packages_with(struct scan *scan, const struct rule *rule, enum judgement (*judge)(struct walk *walk, uint32_t number), void *context,
			       struct error *err);

struct problem {
	const char *id;     /* NULL: the rule's own */
	struct str subject; /* what sets it apart from the same problem of the same name and version: a host, a URL */
	struct str message;
};
/* Adds the package to the finding of that problem, which is made if need be. The finding lives until the next call; NULL with
 * walk->failed set. */
struct finding *walk_found(struct walk *walk, uint32_t number, struct problem problem);

/* Instances rise; false: out of memory. */
bool finding_add_instance(struct arena *arena, struct finding *finding, uint32_t number);

/* Does this input tell that of every package it holds? By the names of `list --format json`: "install_script". */
bool tells(const struct tree *tree, const char *field);

/* What stands in the way of judging one package by the registry's record. */
enum judgement judge_record(const struct scan *scan, uint32_t number);
/* NULL: there is none. */
const struct registry_record *record_of(const struct scan *scan, uint32_t number);

enum status run_advisories(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_version_invalid(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_database_missing(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_database_starter(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_database_stale(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_integrity_missing(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_integrity_weak(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_install_script(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_deprecated(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_insecure_url(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_untrusted_registry(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_name_mismatch(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_lockfile_tamper(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_lockfile_drift(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_dependency_confusion(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_unpinned_source(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_config_hygiene(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_override_stale(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_typosquat(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_duplicate_version(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_license(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_license_missing(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_exotic_source(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_banned(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_integrity_mismatch(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_unpublished(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_manifest_mismatch(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_unsafe_archive(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_installed_mismatch(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_uninspected(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_unreachable(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_registry_mismatch(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_release_age(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_release_date_unknown(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_publisher_changed(struct scan *scan, const struct rule *rule, struct error *err);
enum status run_record_unreachable(struct scan *scan, const struct rule *rule, struct error *err);

#endif
