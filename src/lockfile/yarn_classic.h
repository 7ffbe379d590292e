/* What the files of yarn classic's reader share. */
#ifndef LOCKFILE_YARN_CLASSIC_H
#define LOCKFILE_YARN_CLASSIC_H

#include "lockfile/yarn.h"

struct classic_section {
	const char *key;
	enum edge_type type;
	bool own;      /* only package.json files have it */
	bool required; /* no entry is an error */
};
enum { CLASSIC_SECTIONS = 4 };
/* The one that stands first wins a name that stands in several. */
extern const struct classic_section classic_sections[CLASSIC_SECTIONS];

/* A package.json: those of the root and the workspaces are the first packages, and this is beside each of them. */
struct classic_own {
	const struct json *manifest; /* NULL: there is none */
	const char *file;
};

/* One of those before an entry. What it means is looked at when all of the entry is read; by then what that needs has come from memory. */
struct classic_descriptor {
	struct str text;
	uint32_t line, column;
	uint32_t hash; /* among the descriptors */
};

/* A member of `dependencies` or `optionalDependencies`. */
struct classic_dependency {
	struct str name, spec;
	uint32_t hash; /* of the descriptor that they make */
	const struct classic_section *section;
};

/* The entry that is being read. */
struct classic_entry {
	VEC(struct classic_descriptor) descriptors;
	VEC(struct classic_dependency) dependencies;
	struct str version, resolved, integrity;
	struct str id; /* of the first descriptor's package, and its hash among them: made as soon as the version is known */
	uint32_t id_hash;
	const struct classic_section *section;     /* NULL: none, or one that means nothing here */
	const struct classic_section *sections[2]; /* those that it has */
};

struct classic_reader {
	struct yarn_reader yarn;
	struct map *workspaces; /* by name */
	VEC(uint32_t) hashes;   /* by edge: of the descriptor that it asks for, 0 for those to workspaces */
	VEC(struct classic_own) own;
	struct classic_entry entry;
};

/* An edge that leads nowhere yet, and the hash of what it asks for. */
enum status classic_add_edge(struct classic_reader *reader, struct edge edge, uint32_t hash);
/* The hash of the descriptor that an edge asks for. STATUS_MEMORY. */
enum status classic_hash(struct classic_reader *reader, struct str name, struct str spec, uint32_t *out);
/* The packages of the text's entries, and their edges, which do not lead anywhere yet. */
enum status classic_read_entries(struct classic_reader *reader);
/* Where each edge leads, now that every entry is known. */
enum status classic_resolve_edges(struct classic_reader *reader);

#endif
