/*
 * What the readers of both yarns share: descriptors ("name@range", what is asked for) and the package that each means, package.json files
 * beside the lockfile, and the root's `resolutions`.
 */
#ifndef LOCKFILE_YARN_H
#define LOCKFILE_YARN_H

#include "assay/json.h"
#include "assay/lockfile.h"

/* One of `resolutions`: what a dependency is taken as, whatever range is asked for. */
struct yarn_resolution {
	struct str name, range;            /* range: STR_NONE where any is meant */
	struct str parent, parent_version; /* STR_NONE where any is meant */
	bool deep;                         /* two stars stand between: the parent is some ancestor, which a graph cannot tell */
	struct str value;
	size_t next; /* 1 + the number of the next one for the same name, 0: none */
};

enum yarn_mark {
	YARN_OPTIONAL_PEER = 1, /* by peerDependenciesMeta */
	YARN_OPTIONAL = 2,      /* by dependenciesMeta, or as package.json says */
	YARN_DEV = 4,           /* as package.json says: only for development */
};

/* What is known of a name while one entry, or one package's dependencies, are read. */
struct yarn_name {
	uint32_t asked_by;  /* 1 + the package that listed it last: a name counts once for each */
	uint32_t marks_for; /* 1 + the package that `marks` are for */
	unsigned marks;
	uint32_t owner, package; /* 1 + a package, and which package the name means there */
};

struct yarn_reader {
	const struct lockfile_source *source;
	struct tree *tree;
	struct error *err;
	struct arena *scratch;
	struct map *descriptors; /* to packages */
	struct map *name_numbers;
	VEC(struct yarn_name) names;
	const struct json *manifest;     /* the root's package.json; NULL: there is none */
	struct map *resolutions_by_name; /* 1 + the number of the first one */
	VEC(struct yarn_resolution) resolutions;
	struct buf key; /* for lookups */
};

/* Is a yarn.lock of yarn 2 or later? */
bool yarn_is_berry(struct str text);
/* Maps and buffers; the root's package.json with its resolutions. */
enum status yarn_open(struct yarn_reader *reader);
void yarn_close(struct yarn_reader *reader);

/* "@s/a@^1" into "@s/a" and "^1"; without a range that is empty. */
void yarn_split(struct str descriptor, struct str *name, struct str *range);
/* "npm:real@^1", "npm:@s/real": true and the real name. False for "npm:^1" and everything else. */
bool yarn_alias_target(struct str range, struct str *real);

/* A descriptor, with its hash among them, stands for the package; STATUS_INVALID, with its place, when it stood for another one before. */
enum status yarn_add_descriptor(struct yarn_reader *reader, uint32_t line, uint32_t column, struct str descriptor, uint32_t hash, uint32_t package);
/* The package of the three parts together, a descriptor; TREE_NONE. */
uint32_t yarn_find(struct yarn_reader *reader, struct str name, const char *between, struct str range);
/* The three parts together, until the next one is asked for; STR_NONE: out of memory. */
struct str yarn_key(struct yarn_reader *reader, struct str name, const char *between, struct str range);
/* NULL: out of memory. */
struct yarn_name *yarn_name_of(struct yarn_reader *reader, struct str name);
/* Marks the name for this package. */
bool yarn_mark(struct yarn_reader *reader, struct str name, uint32_t package, unsigned marks);
unsigned yarn_marks(const struct yarn_name *name, uint32_t package);
/* Marks each member of `meta` (an object of objects) that says `optional`. False: out of memory. */
bool yarn_mark_optional(struct yarn_reader *reader, const struct json *meta, uint32_t package, unsigned marks);
/* The first resolution behind `after` (NULL: from the start) for this dependency of `from`; NULL: none. */
const struct yarn_resolution *yarn_next_resolution(const struct yarn_reader *reader, const struct yarn_resolution *after, const struct package *from,
						   struct str name, struct str range);

/* folder/package.json, `folder` relative to the lockfile's; its sections are objects of strings. STATUS_NOT_FOUND. */
enum status yarn_read_manifest(struct yarn_reader *reader, struct str folder, const struct json **out);

/* ---- yarn classic's own text format (yarn_text.c) -------------------------------------- */

enum yarn_token_kind {
	YARN_END,
	YARN_ENTRY,      /* the first descriptor of an entry */
	YARN_DESCRIPTOR, /* another one of the same entry */
	YARN_MEMBER,     /* of the entry: key and value */
	YARN_SECTION,    /* of the entry: the key alone */
	YARN_DEPENDENCY, /* a member of the section */
};

struct yarn_token {
	enum yarn_token_kind kind;
	struct str key, value;
	uint32_t line, column, value_column; /* column: the key's */
};

/* The names that one entry, or one section, has had so far. */
struct yarn_level {
	VEC(struct str) names;
	struct map *owners; /* of names, where there are many: the last owner */
	size_t owner;       /* the number of this one */
};

/* Where the reader stands. Tokens are views into the text, or lie in `arena` where they had escapes. */
struct yarn_text {
	struct str text, rest, line; /* line: what is left of it */
	const char *line_start;
	uint32_t number;                       /* of the line */
	struct arena *arena, *names, *scratch; /* scratch: emptied after each use */
	struct error *err;
	struct yarn_level levels[2]; /* the entry, its section */
	bool in_entry, in_section;
};

/* Close it whatever it returned. STATUS_INVALID: the text is not valid UTF-8. */
enum status yarn_text_open(struct yarn_text *text, struct str bytes, struct arena *arena, struct error *err);
/* STATUS_INVALID with the place for what is malformed, merge conflict markers and members that stand twice too. */
enum status yarn_text_next(struct yarn_text *text, struct yarn_token *out);
void yarn_text_close(struct yarn_text *text);

#endif
