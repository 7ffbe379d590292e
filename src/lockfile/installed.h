/*
 * What the files of the node_modules reader share: installed.c reads the whole, installed_packages.c adds a package and the folders
 * that it leads to, installed_walk.c goes through folders and links, installed_edges.c finds what each dependency means.
 */
#ifndef LOCKFILE_INSTALLED_H
#define LOCKFILE_INSTALLED_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* Beside each package, by its number. */
struct installed_package {
	const struct json *manifest; /* NULL: there is none, or it cannot be read */
	bool own;                    /* the root or a workspace: devDependencies count */
};

struct found_link {
	const char *path;
	struct str location;
};

struct installed {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	struct arena *arena; /* the tree's */
	struct arena *scratch;
	const char *project; /* the project's folder, and without links */
	struct str real_project;
	VEC(struct installed_package) packages;
	VEC(struct str) modules; /* locations of node_modules folders to look into */
	VEC(struct found_link) links;
	size_t next_modules, next_link;
	struct map *places; /* package numbers by location, links' too */
	struct map *files;  /* package numbers by device and inode */
	struct map *seen;   /* locations of node_modules folders */
	/* By name: 1 + the package that listed it last; that says of it that it is an optional peer. */
	struct map *asked, *optional;
};

/* ---- places ---- */

/* "a" and "b" give "a/b"; STR_NONE: out of memory. */
struct str installed_join(struct installed *in, struct str folder, struct str name);
/* Where a location is on the disk; NULL: out of memory. */
const char *installed_path(struct installed *in, struct str location);
/* What stands before the name behind the last "node_modules/"; .n is 0 where there is none. */
struct str installed_modules_folder(struct str location);
/* Device and inode, the same for every path to a folder; empty where there is none, STR_NONE: out of memory. */
struct str installed_file_key(struct installed *in, const char *path);

/* ---- packages ---- */

/* One that cannot be read is there all the same, without a version: *out stays NULL. */
enum status installed_read_manifest(struct installed *in, const char *folder, struct json **out);
struct package *installed_add_package(struct installed *in, struct str location, const struct json *manifest, enum package_kind kind); /* NULL on failure */
bool installed_remember_file(struct installed *in, const char *folder); /* the last package's folder; false: out of memory */
/* A node_modules folder to be looked into, once; that of the package there. */
enum status installed_add_modules(struct installed *in, struct str location);
enum status installed_add_modules_of(struct installed *in, struct str location);
/* The package in a folder that is installed under `name`, where it is not known yet. */
enum status installed_add(struct installed *in, struct str location, struct str name);

/* ---- the whole ---- */

/* Everything below the project's node_modules, and what links lead to. */
enum status installed_walk(struct installed *in);
/* What each package asks for, the root's workspaces, and which packages are bundled. */
enum status installed_add_edges(struct installed *in);

#endif
