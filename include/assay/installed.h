/*
 * installed: the files in node_modules against the bytes that were proven - what was changed, taken away, added or put in the place
 * of a package after it was unpacked, or instead of that.
 *
 * First the folders are walked and each package folder is given its package of the lockfile: by its location where the
 * lockfile tells that (npm), else by the name of the folder and the version that its package.json states. Then each tarball is compared
 * while its bytes are at hand, byte by byte, so that nothing of it is kept. Folders and files are opened below one that is open, never
 * through a link; only the node_modules of the project and of its workspaces may be links themselves.
 *
 * What package managers do to what they unpack is no difference: a carriage return taken off the first line of a script, commands
 * made executable, a .gitignore named .npmignore, names in node_modules that begin with a dot. What an install script may have
 * done, and what a patch of the project's names, is told as such.
 */
#ifndef ASSAY_INSTALLED_H
#define ASSAY_INSTALLED_H

#include "assay/base.h"
#include "assay/tarball.h"
#include "assay/tree.h"

#pragma GCC visibility push(default)

enum installed_kind {
	INSTALLED_CHANGED,         /* files with other bytes than the tarball has */
	INSTALLED_MISSING,         /* files of the tarball that are not there */
	INSTALLED_REPLACED,        /* a link in the place of a file, a folder or the package, or one that was added */
	INSTALLED_MODE,            /* made executable or no longer so, or setuid */
	INSTALLED_ADDED,           /* files that the tarball lacks: code, or executable */
	INSTALLED_ADDED_DATA,      /* other files that it lacks */
	INSTALLED_SCRIPT_CHANGED,  /* changed or missing, in a package whose install script may have done it */
	INSTALLED_SCRIPT_ADDED,    /* added, likewise */
	INSTALLED_PATCHED,         /* changed, missing or added, and a patch of the project's names it */
	INSTALLED_VERSION,         /* another version than the lockfile has: its files are not compared */
	INSTALLED_UNKNOWN_PACKAGE, /* a folder that the lockfile does not know */
	INSTALLED_UNKNOWN_FILE,    /* a file beside the packages, which Node may load in the place of one */
	INSTALLED_UNREADABLE,      /* could not be read: not compared */
};
#define INSTALLED_KINDS 13
#define INSTALLED_NAMES 8 /* that one difference lists */

struct installed_difference {
	enum installed_kind kind;
	uint32_t package;                  /* of the lockfile; 0, the root, where it knows none */
	struct str location;               /* the folder, from the project's: "node_modules/a/node_modules/b" */
	struct str names[INSTALLED_NAMES]; /* the first of the files, in order, from that folder; any bytes */
	size_t listed, count;              /* names; of how many files. 0: the whole package */
	struct str detail;                 /* the version that is there, where a link leads, why it could not be read; may be STR_NONE */
};

enum installed_state {
	INSTALLED_ABSENT,     /* nowhere: optional, of another platform, left out on purpose; or not */
	INSTALLED_UNCOMPARED, /* there, but its tarball was not to be had, or is none */
	INSTALLED_COMPARED,
};

struct installed_result {
	enum installed_state *states;             /* one per package of the tree */
	struct installed_difference *differences; /* by package, location, kind */
	size_t difference_count;
	const char *problem;   /* why nothing at all could be compared: no node_modules. NULL: something was */
	size_t folders;        /* package folders that were found */
	size_t compared;       /* of these */
	uint64_t files, bytes; /* compared */
	struct str *left_out;  /* what lies in node_modules under a name that begins with a dot and is no manager's own */
	size_t left_out_count;
	bool modes; /* false: on a disk that keeps none */
};

struct installed;
/* Walks the folders beside the lockfile and finds the package of each. `arena` must outlive what comes of it. */
enum status installed_begin(const struct tree *tree, struct arena *arena, struct installed **out, struct error *err);
/* For tarball_options.proven, with the struct installed as its context. */
void installed_compare(void *installed, const struct proven_tarball *tarball, const struct inspection *inspection, struct unpacker *unpacker,
		       struct tarball_packages packages);
/* After the last tarball. */
enum status installed_finish(struct installed *installed, const struct installed_result **out, struct error *err);
void installed_free(struct installed *installed); /* NULL is fine; results stay */
void installed_cleanup(struct installed **installed);

#pragma GCC visibility pop
#endif
