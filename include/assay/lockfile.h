/*
 * lockfile: finds the lockfiles below a path and reads each into a tree. One reader per format, all
 * listed in one table; a reader turns text into packages and edges and checks nothing else.
 *
 * Inputs are untrusted in every byte. A lockfile that cannot be read whole is an error with its
 * place, never a shorter tree.
 */
#ifndef ASSAY_LOCKFILE_H
#define ASSAY_LOCKFILE_H

#include "assay/base.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

struct lockfile_source {
	const char *path;   /* as shown to the user; what is read where the format's input is a folder */
	const char *folder; /* where package.json files are looked for; NULL: nowhere */
	struct str text;    /* must outlive the tree; empty for a folder */
};

/* How a package manager is told to put one version in the place of those that were asked for. One entry is of what packages of one name ask
 * for, or of what all do. */
struct override_words {
	const char *file;         /* "package.json" */
	const char *open, *close; /* around the entries */
	/* Of one parent: `"`, its name, `@` and its range, `": { "`, the name, `": "`, the version, `" }`. NULL: cannot be said. */
	const char *before_parent, *before_name, *after_version;
	bool takes_parent_range; /* "css-select@2" */
	bool takes_range;        /* of all: "nth-check@1.0.2" is what asks for a range that admits that version */
	/* npm refuses an override that contradicts a direct dependency: it has to refer to it ("$name"). */
	bool must_agree;
	/* NULL, or what held before this major version of the lockfile. */
	const struct override_words *older;
	unsigned since;
};

struct lockfile_format {
	const char *kind;              /* "npm": what --lockfile KIND:FILE takes */
	const char *const *file_names; /* NULL-terminated; earlier ones win over later ones beside them */
	/* NULL, or what stands around a branch's name in the name of the lockfile that is that branch's alone ("pnpm-lock.", ".yaml"). */
	const char *branch_prefix, *branch_suffix;
	const char *yields_to; /* NULL, or another format's file: beside that, the package manager does not read this one */
	bool is_folder;        /* the input is a folder, not a file */
	/* Is this text of the format? NULL: the file's name says it all. Consulted where several rows share a name, and for
	 * a file without a known name. */
	bool (*matches)(struct str text);
	/* How this package manager moves a direct dependency and updates within ranges; "npm install", "npm update". */
	const char *install_command, *update_command;
	const struct override_words *override_words; /* NULL: nothing can be forced */
	/* What a lockfile of this kind does not tell: struct tree's `unknown` where the reader sets none. */
	const char *const *unknown;
	/* Turns text into packages and edges (`err` is never NULL); NULL where the format is recognised but not read:
	 * `remedy` says what to do then. */
	enum status (*read)(const struct lockfile_source *source, struct tree *tree, struct error *err);
	const char *remedy;
};

/* Those of the lockfile at hand; NULL: none. */
const struct override_words *lockfile_override_words(const struct lockfile_format *format, const struct tree *tree);

extern const struct lockfile_format *const lockfile_formats[];                /* NULL-terminated */
const struct lockfile_format *lockfile_format_by_kind(const char *kind);      /* NULL: none */
const struct lockfile_format *lockfile_format_by_file_name(const char *name); /* NULL: none; of several the first */
/* The branch that a file of this name is for, as it stands in the name; STR_NONE where it is for all. */
struct str lockfile_branch(const struct lockfile_format *format, const char *name);
const struct lockfile_format *lockfile_format_by_text(struct str text); /* by `matches`; NULL: none */
/* The format itself, or the one that shares a file name with it and that the text is of (yarn.lock: "yarn" or "berry"). */
const struct lockfile_format *lockfile_format_of_text(const struct lockfile_format *format, struct str text);

/* Reads one lockfile into a finished tree in `arena`. Errors name path and place; STATUS_UNSUPPORTED where the format
 * has no reader. A lockfile of which nothing but the project itself is left, beside a package.json that asks for
 * packages, is STATUS_INVALID: it was not understood, or was not written for this project. Where the text is of another
 * format that shares the file's name, that one reads it: the tree says which. */
enum status lockfile_read(const struct lockfile_format *format, const struct lockfile_source *source, struct arena *arena, struct tree **out,
			  struct error *err);

/* What a walk found, in a fixed order (by path). */
struct lockfile_found {
	const char *path;   /* as shown: relative to where the walk began when that was "." */
	const char *label;  /* its name whoever asks from wherever: for fingerprints and files that leave this machine; NULL: path */
	const char *folder; /* where package.json files are looked for */
	/* Which format the lockfile is of; NULL where there is none. */
	const struct lockfile_format *format;
	enum lockfile_problem {
		LOCKFILE_FINE,
		LOCKFILE_MISSING,     /* a package.json with dependencies, and no lockfile that covers it: path is the package.json */
		LOCKFILE_UNSUPPORTED, /* a lockfile of a format that is recognised but not read */
		LOCKFILE_UNREADABLE,  /* the folder could not be listed, or a package.json without lockfile could not be read: path is that one */
	} problem;
	const char *remedy; /* NULL or what to do */
	/* NULL, or the other lockfiles of this folder: "package-lock.json (not read), yarn.lock". Which of them is installed
	 * from, nobody can tell (rule lockfile-conflict). */
	const char *conflict;
};
/* A folder from which on a git repository's files were looked at: its top, or where the walk began inside of it. */
struct lockfile_repository {
	const char *path;  /* as shown */
	struct str inside; /* from where the walk began; "": it began there */
};
struct lockfile_list {
	VEC(struct lockfile_found) found;
	size_t folders;           /* looked into */
	size_t skipped_folders;   /* node_modules, .git */
	size_t ignored_folders;   /* what .gitignore excludes */
	size_t ignored_lockfiles; /* likewise, in folders that are not ignored as a whole */
	size_t excluded;          /* folders and lockfiles that the caller excludes */
	size_t linked_folders;    /* symbolic links to folders: not followed */
	/* Of repositories and ignore files that could not be read: there, more is looked at rather than less. */
	size_t unread_rules;
	VEC(struct lockfile_repository) repositories;
	bool truncated; /* LIMIT_FOLDERS or LIMIT_FOLDER_DEPTH was reached: something was not looked at */
};

struct lockfile_find_options {
	bool no_ignore;             /* what .gitignore excludes is looked into as well; node_modules and .git are not */
	const char *const *exclude; /* NULL, or NULL-terminated: written like a line of a .gitignore in `path` */
};
/* `path` is a lockfile, an SBOM (known by its content), a folder, or a node_modules folder. STATUS_NOT_FOUND when it does
 * not exist, STATUS_UNSUPPORTED for a file that is no lockfile. `options` may be NULL.
 *
 * A folder is walked. node_modules, .git and what .gitignore or .git/info/exclude leave out are skipped, as git would, also
 * where there is no repository; except that a lockfile which git tracks is never skipped, and what `path` itself names
 * is looked at even if it is ignored. Links to folders are not followed.
 *
 * Of lockfiles that are a branch's alone (pnpm's gitBranchLockfile) that of the branch which is checked out is looked at, beside
 * the one for all; where there is neither, all of them.
 *
 * Each package.json with dependencies and no lockfile beside it is LOCKFILE_MISSING at first (not below a
 * LOCKFILE_UNSUPPORTED, which is gap enough): what covers it is known when the lockfiles are read, see lockfile_cover. */
enum status lockfile_find(const char *path, const struct lockfile_find_options *options, struct arena *arena, struct lockfile_list *out, struct error *err);
/* Do such patterns leave out this path, as it is seen from where the walk begins, or a folder above it? */
enum status lockfile_is_excluded(const char *const *exclude, struct str path, struct arena *arena, bool *out, struct error *err);
/* Reads what was found, of whatever format: the file, then lockfile_read. */
enum status lockfile_load(const struct lockfile_found *found, struct arena *arena, struct tree **out, struct error *err);
/* Takes the LOCKFILE_MISSING out that this tree covers: its workspaces, link targets, copied folders. To be called
 * with each tree that was read, before the gaps are reported. Changes the places of what stands behind in
 * list->found. */
enum status lockfile_cover(struct lockfile_list *list, const struct tree *tree, struct error *err);

/* ---- what package.json files ask for, for rules that compare it with a tree ---------- */

/* One line of a package.json's dependencies, of whichever section. */
struct lockfile_request {
	struct str name, spec;
	enum edge_type type; /* EDGE_DEV, EDGE_OPTIONAL, EDGE_PROD or EDGE_PEER */
	uint32_t line;
	bool optional_peer; /* an EDGE_PEER that peerDependenciesMeta says may be missing */
};
/* What the project's package.json puts in the place of a dependency: npm's and bun's `overrides`, `resolutions`,
 * `pnpm.overrides`, those of pnpm-workspace.yaml, whichever of them the tree's package manager reads. */
struct lockfile_override {
	struct str parent;       /* only for what packages of that name ask for; STR_NONE: for all */
	struct str parent_range; /* and of these versions; STR_NONE: of all */
	struct str name, range;  /* range STR_NONE: whatever range is asked for */
	struct str spec;         /* "$name" is replaced by what it refers to; "-" removes the dependency (pnpm) */
	const char *file;        /* "package.json", "pnpm-workspace.yaml" */
	uint32_t line;           /* in that */
};
struct json;
struct lockfile_manifest {
	/* By name in byte order; of one name in the order in which npm prefers them. */
	struct lockfile_request *requests;
	size_t request_count;
	struct lockfile_override *overrides; /* the root's only; by name in byte order */
	size_t override_count;
	bool deep_overrides; /* some are nested deeper than `parent` can say, and left out */
	/* What "catalog:" and "catalog:name" mean; likewise. `parent` is the catalog's name, "default" for the one without. */
	struct lockfile_override *catalogs;
	size_t catalog_count;
	const struct json *workspaces; /* the root's, as written; NULL: there are none */
};
/* The package.json of the tree's root (folder "") or of a workspace, as the tree's package manager reads it: of a key that
 * stands twice the last one counts. Everything lives in `arena`. STATUS_NOT_FOUND when there is none, when the tree has no
 * folder, and when it lies outside of that, also by way of links: a lockfile shall not make us read what lies elsewhere.
 * STATUS_INVALID with path and place. */
enum status lockfile_read_manifest(const struct tree *tree, struct str folder, struct arena *arena, struct lockfile_manifest *out, struct error *err);

/* The folders that `workspaces` means now, sorted by bytes. None for the formats whose package manager has other rules for
 * them (pnpm), or whose lockfile leaves them out (yarn classic). Errors as of reading folders. */
enum status lockfile_find_workspaces(const struct tree *tree, const struct lockfile_manifest *root, struct arena *arena, struct str **folders,
				     size_t *count, struct error *err);

/* A settings file beside the lockfile (".npmrc", "pnpm-workspace.yaml", ".yarnrc.yml", "bunfig.toml") as nodes, all scalars as texts, keys as
 * they stand there. *out is NULL for an empty one. STATUS_NOT_FOUND as for lockfile_read_manifest, STATUS_INVALID with path and place. */
enum status lockfile_read_settings(const struct tree *tree, const char *name, struct arena *arena, const struct json **out, struct error *err);
/* The same of a text that came from elsewhere, read as the ending of `name` says (.npmrc, .toml, .json, whose values have types, else YAML). NULL in *out: empty, or no
 * object. STATUS_INVALID with the place; names it not. */
enum status lockfile_parse_settings(const char *name, struct str text, struct arena *arena, const struct json **out, struct error *err);
/* Does git track it? No repository: no. */
enum status lockfile_tracks_settings(const struct tree *tree, const char *name, struct arena *arena, bool *tracked, struct error *err);

/* ---- for readers and for rules that judge URLs ------------------------------- */

/* What `resolved` says about where a package comes from; never LINK, WORKSPACE or ROOT. STR_NONE is the registry. */
enum package_kind lockfile_resolved_kind(struct str resolved);
/* Takes a registry's tarball URL apart: …/<name>/-/<base>-<version>.tgz on any host, percent-encoded or not, with or
 * without the scope repeated behind "/-/" (Artifactory). False when it is none. Name and version are made in `arena`;
 * STR_NONE when that has no room. */
bool lockfile_parse_registry_url(struct str url, struct arena *arena, struct str *name, struct str *version);

/* Where yarn berry keeps the zips of a project in `folder`; NULL: nowhere. */
struct yarn_caches {
	const char *own, *global; /* the project's, which may have come with it; the user's */
};
enum status yarn_caches(const char *folder, struct arena *arena, struct yarn_caches *out, struct error *err);

#pragma GCC visibility pop
#endif
