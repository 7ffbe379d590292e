/*
 * What the files of the bun reader share. bun.c turns the entries into packages; bun_edges.c finds which package each dependency means.
 */
#ifndef LOCKFILE_BUN_H
#define LOCKFILE_BUN_H

#include "assay/json.h"
#include "assay/lockfile.h"

/*
 * A place is where a key of `packages` stands: "a/@s/b" is the name "@s/b" inside the place "a". A dependency is looked up inside the place of
 * the package that asks, then in those around it.
 *
 * Nearly all keys are one name, with nothing inside it, and are their package's id in the tree: such a package is *plain*, and found by its id.
 * Names are numbered and places made only for the others.
 */
struct bun_place {
	struct {
		uint32_t above, name; /* numbers; together the key in `places` */
	} key;
	uint32_t depth;
	uint32_t package; /* TREE_NONE: no key of its own */
	bool around;      /* others stand inside it */
};

/* The number of the outermost, which all the others stand in. */
#define BUN_OUTERMOST 0

struct bun_name {
	uint32_t asked_by;     /* 1 + the package that listed it last: a name counts once for each */
	uint32_t optional_for; /* 1 + the package whose optionalPeers name it */
	uint32_t outer;        /* the number of its outermost place; 0: it has none */
};

/* What is read of a package's or a workspace's own object. */
enum bun_member {
	BUN_OPTIONAL,
	BUN_PROD,
	BUN_DEV,
	BUN_PEER,
	BUN_SECTIONS,
	BUN_OPTIONAL_PEERS = BUN_SECTIONS,
	BUN_BUNDLED,
	BUN_BIN,
	BUN_OS,
	BUN_CPU,
	BUN_LIBC,
	BUN_MEMBERS
};

struct bun_info {
	const struct json *member[BUN_MEMBERS]; /* NULL where it is not there */
};

struct bun_reader {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	struct arena *scratch;
	struct map *name_numbers; /* in the tree's arena: a name's hash is that of an id */
	struct map *places;       /* those inside others; the rest is in `names` */
	VEC(struct bun_place) all_places;
	VEC(struct bun_name) names;
	VEC(uint32_t) stands;          /* by package: the place where its dependencies are looked up */
	VEC(bool) plain;               /* by package */
	uint32_t key_hash;             /* of the entry that is being read, as an id */
	const struct json *workspaces; /* NULL: nothing of the document has been read yet */
	bool late;                     /* what comes before `packages` in every lockfile that bun wrote comes behind it */
};

/* False when out of memory. */
bool bun_places_init(struct bun_reader *reader);
/* The place of a key, made where it is new. STATUS_INVALID for what is no key, STATUS_LIMIT past LIMIT_BUN_DEPTH. */
enum status bun_place_of(struct bun_reader *reader, const struct json *at, struct str key, uint32_t *out);
/* The package of this key, that of the entry being read, will be plain: one name, not seen before as a place or an id. */
bool bun_is_plain(const struct bun_reader *reader, struct str key);
/* The last name of a key: "@s/b" of "a/@s/b". */
struct str bun_installed_name(struct str key);
/* What the package's `info` says that it depends on. The edges lead nowhere yet: `to` is the hash of the name. */
enum status bun_add_edges(struct bun_reader *reader, uint32_t from, const struct bun_info *info);
/* Where each edge leads, now that every place is known. */
enum status bun_resolve_edges(struct bun_reader *reader);
struct bun_info bun_read_info(const struct json *object); /* NULL is fine */
/* Where an entry of `packages` lists its dependencies. */
enum status bun_find_info(struct bun_reader *reader, const struct json *entry, const struct json **out);

#endif
