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
	const char *path;   /* as shown to the user */
	const char *folder; /* where package.json files are looked for; NULL: nowhere */
	struct str text;    /* must outlive the tree */
};

struct lockfile_format {
	const char *kind;              /* "npm": what --lockfile KIND:FILE takes */
	const char *const *file_names; /* NULL-terminated; earlier ones win over later ones beside them */
	/* How this package manager moves a direct dependency and updates within ranges; "npm install", "npm update". */
	const char *install_command, *update_command;
	/* Where a version is forced upon all: "\"overrides\"" in "package.json". */
	const char *override_key, *override_file;
	/* npm refuses an override that contradicts a direct dependency: it has to refer to it ("$name"). */
	bool override_must_agree;
	/* Where formats share a file name: is the text of this one? NULL where none is shared. */
	bool (*matches)(struct str text);
	/* Turns text into packages and edges (`err` is never NULL); NULL where the format is recognised but not read:
	 * `remedy` says what to do then. */
	enum status (*read)(const struct lockfile_source *source, struct tree *tree, struct error *err);
	const char *remedy;
};

extern const struct lockfile_format *const lockfile_formats[]; /* NULL-terminated */
const struct lockfile_format *lockfile_format_by_kind(const char *kind);      /* NULL: none */
const struct lockfile_format *lockfile_format_by_file_name(const char *name); /* the first of several; NULL: none */
/* The format itself, or the one that shares a file name with it and that the text is of (yarn.lock: "yarn" or "berry"). */
const struct lockfile_format *lockfile_format_of_text(const struct lockfile_format *format, struct str text);

/* Reads one lockfile into a finished tree in `arena`, as lockfile_format_of_text says; tree->format names the kind. Errors name path and place; STATUS_UNSUPPORTED where the format
 * has no reader. */
enum status lockfile_read(const struct lockfile_format *format, const struct lockfile_source *source,
                          struct arena *arena, struct tree **out, struct error *err);

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
struct lockfile_list {
	VEC(struct lockfile_found) found;
	size_t folders;         /* looked into */
	size_t skipped_folders; /* node_modules, .git */
	bool truncated;         /* LIMIT_FOLDERS or LIMIT_FOLDER_DEPTH was reached: something was not looked at */
};
/* `path` is a lockfile, a folder, or a node_modules folder with npm's hidden lockfile. STATUS_NOT_FOUND when it does
 * not exist, STATUS_UNSUPPORTED for a file that is no lockfile. Each package.json with dependencies and no lockfile
 * beside it is LOCKFILE_MISSING at first (not below a LOCKFILE_UNSUPPORTED, which is gap enough): what covers it is
 * known when the lockfiles are read, see lockfile_cover. */
enum status lockfile_find(const char *path, struct arena *arena, struct lockfile_list *out,
                          struct error *err);
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
};
/* What the project's package.json puts in the place of a dependency: npm's and bun's `overrides`, `resolutions`,
 * `pnpm.overrides`, whichever of them the tree's package manager reads. */
struct lockfile_override {
	struct str parent;      /* only for what packages of that name ask for; STR_NONE: for all */
	struct str name, range; /* range STR_NONE: whatever range is asked for */
	struct str spec;        /* "$name" is replaced by what it refers to; "-" removes the dependency (pnpm) */
	uint32_t line;
};
struct lockfile_manifest {
	/* By name in byte order; of one name in the order in which npm prefers them. */
	struct lockfile_request *requests;
	size_t request_count;
	struct lockfile_override *overrides; /* the root's only; by name in byte order */
	size_t override_count;
	bool deep_overrides; /* some are nested deeper than `parent` can say, and left out */
};
/* The package.json of the tree's root (folder "") or of a workspace, as the tree's package manager reads it: of a key that
 * stands twice the last one counts. Everything lives in `arena`. STATUS_NOT_FOUND when there is none, when the tree has no
 * folder, and when it lies outside of that, also by way of links: a lockfile shall not make us read what lies elsewhere.
 * STATUS_INVALID with path and place. */
enum status lockfile_read_manifest(const struct tree *tree, struct str folder, struct arena *arena,
                                   struct lockfile_manifest *out, struct error *err);

/* ---- for readers and for rules that judge URLs ------------------------------- */

/* What `resolved` says about where a package comes from; never LINK, WORKSPACE or ROOT. STR_NONE is the registry. */
enum package_kind lockfile_resolved_kind(struct str resolved);
/* Takes a registry's tarball URL apart: …/<name>/-/<base>-<version>.tgz on any host, percent-encoded or not, with or
 * without the scope repeated behind "/-/" (Artifactory). False when it is none. Name and version are made in `arena`;
 * STR_NONE when that has no room. */
bool lockfile_parse_registry_url(struct str url, struct arena *arena, struct str *name, struct str *version);

#pragma GCC visibility pop
#endif
