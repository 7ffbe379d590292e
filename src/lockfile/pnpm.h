/*
 * What the files of the pnpm reader share: pnpm.c takes the documents, pnpm_keys.c knows the forms of keys,
 * pnpm_packages.c turns entries into packages, pnpm_importers.c the projects of the workspace, pnpm_edges.c finds
 * what each dependency means.
 */
#ifndef LOCKFILE_PNPM_H
#define LOCKFILE_PNPM_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* The families of formats; each has its own form of keys. 9 splits an entry in two: `packages` and `snapshots`. */
enum pnpm_major { PNPM_5 = 5, PNPM_6 = 6, PNPM_9 = 9 };

/* ---- keys ---- */

/* A key taken apart. Views into the key; each may be STR_NONE. */
struct pnpm_key {
	struct str name, version; /* version: only where it is one ("1.2.3-x"), without a named registry's "work:" */
	struct str reference;     /* 9: what stands for the version otherwise ("file:lib", "https://…") */
	struct str host;          /* 5, 6: the registry that the key begins with */
	bool runtime;             /* Node and its like as a dependency: no package of npm's */
};
void pnpm_parse_key(enum pnpm_major major, struct str key, struct pnpm_key *out);
/* The key without peers and patch: that of `packages` (9). */
struct str pnpm_strip_suffix(struct str key);
/* Writes the key that `reference`, said of the dependency `name`, means. Not for "link:" and "runtime:". */
void pnpm_add_key(enum pnpm_major major, struct str name, struct str reference, struct buf *out);

/* ---- a member by its key, in constant time where there are many ---- */

struct pnpm_index {
	const struct json *object; /* NULL: empty */
	struct map *numbers;       /* NULL: few */
	const struct json **members;
};
bool pnpm_index(struct arena *arena, const struct json *object, struct pnpm_index *out); /* false: out of memory */
const struct json *pnpm_index_find(const struct pnpm_index *index, struct str key);

/* ---- reading ---- */

/* Beside each package, by its number. */
struct pnpm_entry {
	const struct json *package;  /* what was published: peers, platform; NULL for importers and links */
	const struct json *snapshot; /* what it was resolved to: dependencies; the same as `package` before 9 */
	const struct json *importer;
	bool own_name;    /* something depends on it by its own name */
	struct str alias; /* another name by which something depends on it */
};

struct pnpm_document {
	enum pnpm_major major;
	struct str version;
	bool environment;                                           /* what pnpm itself uses: only configDependencies lead to packages */
	const struct json *json, *importers, *packages, *snapshots; /* NULL where absent; importers of a single package too */
	struct pnpm_index package_index, snapshot_index;
};

struct pnpm_reader {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	struct arena *scratch;
	struct buf key; /* of the dependency being looked up */
	VEC(struct pnpm_entry) entries;
};

/* STATUS_INVALID: `"<shown>" <problem>`, at the member's key (its own place where it has none). */
enum status pnpm_refuse(struct pnpm_reader *reader, const struct json *at, struct str shown, const char *problem);
/* The member of that type; *out is NULL where it is absent or null. */
enum status pnpm_find(struct pnpm_reader *reader, const struct json *object, const char *key, enum json_type type, const struct json **out);
/* Likewise for text: STR_NONE. */
enum status pnpm_find_text(struct pnpm_reader *reader, const struct json *object, const char *key, struct str *out);
/* A new package and its entry. NULL on failure. */
struct package *pnpm_add_package(struct pnpm_reader *reader, struct str id, const struct json *at, struct pnpm_entry **entry);

/* The root and the workspaces. Comes first: what a `file:` folder is depends on them. */
enum status pnpm_add_importers(struct pnpm_reader *reader, const struct pnpm_document *document);
/* TREE_NONE, or the importer in this folder ("." or a normalised path). */
uint32_t pnpm_find_importer(const struct pnpm_reader *reader, struct str folder);
/* The root's edges to the workspaces. Comes last: some names are learned from edges. */
enum status pnpm_link_workspaces(struct pnpm_reader *reader);

/* Every package of a project's document; one package, under its key. */
enum status pnpm_add_packages(struct pnpm_reader *reader, const struct pnpm_document *document);
enum status pnpm_add_entry(struct pnpm_reader *reader, const struct pnpm_document *document, const struct json *entry);
/* The entry with that key in the document, or NULL. */
const struct json *pnpm_find_entry(const struct pnpm_document *document, struct str key);

/* The edges of the packages from number `first` on, and of the document's importers. */
enum status pnpm_add_edges(struct pnpm_reader *reader, const struct pnpm_document *document, uint32_t first);
void pnpm_set_aliases(struct pnpm_reader *reader);

#endif
