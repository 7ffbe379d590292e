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
	enum status (*read)(const struct lockfile_source *source, struct tree *tree, struct error *err);
};

extern const struct lockfile_format *const lockfile_formats[]; /* NULL-terminated */
const struct lockfile_format *lockfile_format_by_kind(const char *kind);      /* NULL: none */
const struct lockfile_format *lockfile_format_by_file_name(const char *name); /* NULL: none */

/* Reads one lockfile into a finished tree in `arena`. Errors name path and place. */
enum status lockfile_read(const struct lockfile_format *format, const struct lockfile_source *source,
                          struct arena *arena, struct tree **out, struct error *err);

/* What a walk found, in a fixed order (by path). */
struct lockfile_found {
	const char *path;   /* as shown: relative to where the walk began when that was "." */
	const char *folder;
	/* NULL: there is no readable lockfile here, `problem` says which gap that is */
	const struct lockfile_format *format;
	enum lockfile_problem {
		LOCKFILE_FINE,
		LOCKFILE_MISSING,     /* a package.json with dependencies, and no lockfile that covers it: path is the package.json */
		LOCKFILE_UNSUPPORTED, /* a lockfile of a format that is recognised but not read: see remedy */
		LOCKFILE_UNREADABLE,  /* the folder could not be listed */
	} problem;
	const char *remedy; /* NULL or what to do */
};
struct lockfile_list {
	VEC(struct lockfile_found) found;
	size_t folders;         /* looked into */
	size_t skipped_folders; /* node_modules, .git */
	bool truncated;         /* LIMIT_FOLDERS or LIMIT_FOLDER_DEPTH was reached: something was not looked at */
};
/* `path` is a lockfile or a folder. STATUS_NOT_FOUND when it does not exist, STATUS_UNSUPPORTED for a file that is no lockfile. */
enum status lockfile_find(const char *path, struct arena *arena, struct lockfile_list *out,
                          struct error *err);

#pragma GCC visibility pop
#endif
