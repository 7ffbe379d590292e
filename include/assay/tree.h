/*
 * tree: the model that every stage shares - what a lockfile says will be installed, and why.
 *
 * A package is one installed instance. Packages and edges are numbered from 0; package 0 is the
 * root. A tree lives in the arena that it was made in, its texts too. Everything textual in it came from
 * a lockfile and is untrusted: it is escaped where it leaves the program.
 *
 * Readers build: tree_new, tree_add_package, tree_add_edge, …, tree_finish. After tree_finish a
 * tree is never changed again. A reader gives the root an EDGE_WORKSPACE edge to each workspace (or to the link to it):
 * everything is reached from package 0.
 */
#ifndef ASSAY_TREE_H
#define ASSAY_TREE_H

#include "assay/base.h"

#pragma GCC visibility push(default)

#define TREE_NONE UINT32_MAX

enum package_kind {
	PACKAGE_REGISTRY, /* no URL, or a path /<name>/-/<base>-<version>.tgz on any host */
	PACKAGE_GIT,
	PACKAGE_TARBALL,   /* any other URL */
	PACKAGE_FILE,      /* file:x.tgz, file:folder */
	PACKAGE_LINK,      /* a symbolic link; `link` names its target */
	PACKAGE_WORKSPACE, /* the user's own code beside the root */
	PACKAGE_ROOT,
};

enum scope {
	SCOPE_PROD,    /* some path from a root without dev edges reaches it */
	SCOPE_DEV,     /* none does */
	SCOPE_BUILD,   /* only what the policy calls build_only brings it */
	SCOPE_UNKNOWN, /* the format does not tell and no package.json does */
};

enum edge_type {
	EDGE_PROD,
	EDGE_DEV,
	EDGE_OPTIONAL,
	EDGE_PEER,
	EDGE_PEER_OPTIONAL,
	EDGE_WORKSPACE,
	EDGE_CONFIG, /* pnpm's configDependencies */
};

const char *package_kind_name(enum package_kind kind); /* "registry", … */
const char *scope_name(enum scope scope);              /* "prod", … */
const char *edge_type_name(enum edge_type type);       /* "prod", "peerOptional", … */

struct package {
	/* Where it stands: npm's location ("" the root, "packages/web", "node_modules/a/node_modules/b"),
	 * the snapshot key, the resolution, the package key. Unique in the tree. */
	struct str id;
	struct str name;      /* the real name; may be empty for a root without one */
	struct str alias;     /* the name it is installed under, STR_NONE when that is its own */
	struct str version;   /* as written; empty where there is none (links, some roots) */
	struct str resolved;  /* URL or path as written; STR_NONE when absent */
	struct str integrity; /* SRI as written; STR_NONE when absent */
	struct str checksum;  /* yarn berry's cacheKey/hex of the zip yarn keeps; not comparable to SRI. STR_NONE when absent */
	struct str link;      /* PACKAGE_LINK: the id of its target */
	struct str folder;    /* PACKAGE_WORKSPACE, a PACKAGE_FILE of which the format tells: where it lies, from the lockfile's folder */
	struct str license;   /* STR_NONE when the lockfile does not say */
	struct str deprecated;
	/* What every walk looks at lies close together from here on. */
	enum package_kind kind;
	/* `scope`, `optional` and `peer` are found by tree_finish. What the reader set stays where `recorded` says so, and where no path
	 * leads: a lockfile's own flags are then all there is. */
	enum scope scope;
	bool optional;        /* within its scope every path crosses an optional or peerOptional edge */
	bool peer;            /* every path crosses a peer or peerOptional edge */
	bool recorded;        /* set by the reader: the lockfile's own word counts, its edges tell less (npm v1) */
	bool direct;          /* a root or workspace depends on it by name; set by tree_finish */
	bool bundled;         /* it travels inside an ancestor's tarball */
	bool shrinkwrapped;   /* pinned by the npm-shrinkwrap.json in an ancestor's tarball: no override and no update reaches it */
	bool install_script;  /* the lockfile admits one */
	bool platform;        /* bound to some os, cpu or libc: may legitimately not be installed */
	uint32_t line;        /* where it stands in the lockfile; 0: unknown */
	uint32_t link_target; /* PACKAGE_LINK: the package that `link` names, never a link; TREE_NONE: there is none */
	/* Set by tree_finish: tree->out[out_first .. out_first + out_count) are numbers of edges. */
	uint32_t out_first, out_count;
	uint32_t in_first, in_count; /* likewise in tree->in: the edges that arrive here, also through a link */
	/* The edge by which the shortest path from the root arrives, at it or at the link to it; TREE_NONE where paths begin. */
	uint32_t via;
	uint32_t depth; /* edges of that path */
	bool reachable;
	uint8_t reached; /* which of the walks that bar edges arrive here; package_is_omitted asks */
};

struct edge {
	uint32_t from, to;     /* to: TREE_NONE where the dependency is not installed */
	struct str name, spec; /* as the depending package states them */
	enum edge_type type;
};

/* A command that the lockfile says a package brings, as written there. */
struct package_bin {
	uint32_t package;
	struct str name, path; /* both empty: there are some, which ones is not told (pnpm) */
};

struct tree {
	struct arena *arena;
	const char *path;          /* the lockfile as the user should see it, relative to where the scan stands */
	const char *folder;        /* where it lies, for reading what is beside it; NULL when it came from standard input */
	const char *format;        /* "npm" */
	struct str format_version; /* "3" */
	struct package *packages;
	uint32_t package_count;
	struct edge *edges;
	uint32_t edge_count;
	VEC(struct package_bin) bins; /* by package once the tree is finished */
	uint32_t *out, *in;           /* edge numbers by where they leave, by where they arrive (twice for one to a link: link and target) */
	/* Set by the reader, true at first. Without the root's edges paths begin at every package that nothing depends on. */
	bool root_known;
	bool scopes_known; /* false: every scope is SCOPE_UNKNOWN */
	/* What this kind of input often cannot tell, by the names of `list --format json` ("scope", "integrity",
	 * "install_script", …), and "dependencies" (all of those that a package's own manifest has), "peers", "bins"; "spec" where the
	 * edges' specs are not word for word those of the manifests, "ranges" where they are no ranges at all, "foreign_ranges" where those of other
	 * people's packages are not; NULL-terminated, NULL: it tells all. A package that has none of these shows nothing by it: the
	 * checks that need them were not made for it. */
	const char *const *unknown;
	const char *note;          /* NULL, or what the reader has to say about the whole */
	size_t skipped_components; /* SBOMs: of other ecosystems */
	/* SBOMs: lockfiles that whoever made it could not read (or found `missing`), and whose packages are not in it; the first one's path. Libraries without a
	 * package URL, which may be anybody's; the first one's name and version. Whether it calls itself incomplete. */
	struct tree_unread {
		struct str first;
		size_t count, missing;
		struct str first_unnamed;
		size_t unnamed;
		bool incomplete;
	} unread;
	size_t duplicate_keys; /* dropped from package.json files beside it */
	/* pnpm: entries that are no dependencies, counted and left out: pnpm itself (packageManagerDependencies), and
	 * runtimes ("node@runtime:24.0.0"), which do not come from a registry of npm's. */
	size_t manager_packages, runtimes;
	/* pnpm: what the lockfile says it leaves out of what a package.json asks for: links to folders, and optional dependencies by
	 * patterns of their names; and peers of the project's own, where they are not installed. */
	bool leaves_out_links, leaves_out_peers;
	VEC(struct str) leaves_out;
	/* while building */
	size_t package_capacity, edge_capacity;
	struct map *by_id;
	uint32_t sound_names; /* so many packages, from the first, had their names looked at when they were read */
};

/* NULL: out of memory. */
struct tree *tree_new(struct arena *arena);
/* Room for `more` packages, where a reader knows how many there will be. False: out of memory. */
bool tree_reserve(struct tree *tree, size_t more);
bool tree_reserve_edges(struct tree *tree, size_t more); /* likewise */
/* A zeroed package under `id`, which must be new: NULL with STATUS_INVALID otherwise, STATUS_LIMIT past
 * LIMIT_PACKAGES, STATUS_MEMORY. The first one added is the root. Pointers do not survive the next addition; `id` must live as long as the tree. */
struct package *tree_add_package(struct tree *tree, struct str id, struct error *err);
/* Likewise, with all that is told of it already; what tree_finish sets is set anew. STATUS_INVALID, STATUS_LIMIT, STATUS_MEMORY. */
enum status tree_put_package(struct tree *tree, const struct package *told, struct error *err);
/* The same as tree_add_package in two steps, as map_hash and map_add_hashed are: for who knows an id before the rest of a package. */
uint32_t tree_hash_id(const struct tree *tree, struct str id);
struct package *tree_add_hashed(struct tree *tree, struct str id, uint32_t hash, struct error *err);
/* An edge behind the others, for the caller to fill in whole, where it stands. The pointer does not survive the next one. NULL: out of memory. */
struct edge *tree_new_edge(struct tree *tree);
bool tree_add_edge(struct tree *tree, struct edge edge);      /* false: out of memory */
bool tree_add_bin(struct tree *tree, struct package_bin bin); /* likewise */
/* The first one of `package`, or the first behind its place; `*count` of them. */
const struct package_bin *tree_bins_of(const struct tree *tree, uint32_t package, size_t *count);
uint32_t tree_find(const struct tree *tree, struct str id); /* TREE_NONE */
/* Orders the edges, resolves links' targets, finds scopes, optional, peer, direct, shortest paths. Linear. */
enum status tree_finish(struct tree *tree, struct error *err);

/* The name a package is installed under: the alias, else the name. */
struct str package_installed_name(const struct package *package);
/* What keeps this from being a name of npm's: NULL, or "it holds …". As npm judges the names of old packages, but that it leaves some
 * alone which only a registry would refuse. */
const char *package_name_problem(struct str name);
/* "name@version", or "name" without a version. */
struct str package_label(struct arena *arena, const struct package *package);
/* pkg:npm/%40scope/name@version, by the purl specification's npm type. */
struct str package_purl(struct arena *arena, const struct package *package);
/* The same, and where it comes from where that is no registry: ?vcs_url=, ?download_url=. */
struct str package_purl_located(struct arena *arena, const struct package *package);
/* A package URL of type npm, taken apart and decoded. */
struct purl {
	struct str name, version; /* the scope is part of the name; version .n is 0 where there is none */
	struct str source;        /* download_url or vcs_url; STR_NONE where there is neither */
};
/* *is_npm is false for another type. A malformed one is STATUS_INVALID, without a place. */
enum status purl_parse(struct str text, struct arena *arena, bool *is_npm, struct purl *out, struct error *err);
/* A root, a workspace, or a link: the user's own code. */
bool package_is_own(const struct package *package);
/* A PACKAGE_FILE that is a tarball, not a folder: by its ending, as npm has it. */
bool package_is_packed_file(const struct package *package);

/* ---- patterns ----------------------------------------------------------- */

/* "name", "name*", "name@range" (npm's ranges; pre-releases inside them match). */
struct package_pattern {
	struct str text; /* as written */
	struct str name;
	struct semver_range *range; /* NULL: any version, also one that is no version at all */
};
/* Borrows from `text`. STATUS_INVALID without a place: the caller knows it. */
enum status package_pattern_parse(struct str text, struct arena *arena, struct package_pattern *out, struct error *err);
bool package_pattern_matches(const struct package_pattern *pattern, const struct package *package);

/* Many patterns, asked about many packages. They are numbered from 0 in the order in which they are added. */
struct package_patterns;
struct package_patterns *package_patterns_new(struct arena *arena); /* NULL: out of memory */
/* STATUS_LIMIT past LIMIT_STARRED_PATTERNS. */
enum status package_patterns_add(struct package_patterns *set, const struct package_pattern *pattern, struct error *err);
/* The first one that matches; NULL is an empty set. `number` may be NULL. */
bool package_patterns_find(const struct package_patterns *set, const struct package *package, size_t *number);
size_t package_patterns_count(const struct package_patterns *set);
struct str package_patterns_text(const struct package_patterns *set, size_t number); /* as written */

/* ---- what follows from a finished tree ----------------------------------- */

enum omit { OMIT_DEV = 1, OMIT_OPTIONAL = 2, OMIT_PEER = 4 };
/* Does `npm install --omit=…` leave it out? `omit` is any of enum omit. As npm, with both: also what only dev and
 * optional dependencies together bring. Where the scope is unknown nothing is left out as dev. */
bool package_is_omitted(const struct package *package, unsigned omit);
/* Gives SCOPE_BUILD to what is prod only through packages that match. For whoever reads a tree, before others see it. */
enum status tree_mark_build(struct tree *tree, const struct package_patterns *build_only, struct error *err);
/* Spreads bits along the edges, but for those to workspaces, which are importers of their own: bits[i] of the user's own packages
 * in, of all packages out. */
enum status tree_spread(const struct tree *tree, uint64_t *bits, struct error *err);
/* How many edges lead from the nearest of the user's own packages to each; TREE_NONE: none does. */
enum status tree_distances(const struct tree *tree, struct arena *arena, uint32_t **out, struct error *err);

/* ---- paths ---------------------------------------------------------------- */

/* One path: packages from the root (first) to the target (last); what a workspace brings is root > workspace > …. Links are
 * stepped through: the workspace behind a link appears, the link does not. */
struct tree_path {
	uint32_t *packages;
	uint32_t *edges; /* edges[i] leads to packages[i + 1]; length - 1 of them */
	size_t length;
};

/* The shortest path from the root; length 1 for a root, 0 for the unreachable. */
enum status tree_shortest_path(const struct tree *tree, uint32_t package, struct arena *arena, struct tree_path *out, struct error *err);
/* The simple paths from the root to it, shortest first, at most `max` of them; *total counts those found within
 * LIMIT_PATHS and LIMIT_PATH_STEPS and *complete says whether that was all. What can be reached has at least one. */
enum status tree_paths(const struct tree *tree, uint32_t package, size_t max, struct arena *arena, struct tree_path **out, size_t *count,
		       size_t *total, bool *complete, struct error *err);

#pragma GCC visibility pop
#endif
