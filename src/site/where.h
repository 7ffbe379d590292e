/* where.c: the names of packages that are there, their versions and who has them, as scripts read them. */
#ifndef SITE_WHERE_H
#define SITE_WHERE_H

#include "site/site.h"

/* A version in the fleet, and the projects that have it, rising. */
struct version {
	struct str text;
	struct semver parsed;
	bool valid;
	size_t ordinal; /* among those of its name, by text */
	VEC(size_t) projects;
};

struct where {
	struct site *site;
	size_t shards, in_shard;     /* where-N.js: names with versions and their projects */
	size_t versions, lists;      /* packages-N.js: names with versions alone, by whose numbers projects' pages name what they have */
	struct str last, listed;     /* the names before, which the next ones begin as */
	struct buf names, list;      /* names.js, packages-N.js as they grow */
	struct buf firsts, keys, at; /* of where.js: each shard's first name, the pages that there are, each list's first version */
};
enum status where_begin(struct where *where, struct site *site);
/* `key`: of its page; NULL: it has none. Names come in their order. *number is its first version's. */
enum status where_add(struct where *where, struct str name, size_t used, const char *key, const struct version *versions, size_t count, size_t *number);
enum status where_end(struct where *where);
void where_fini(struct where *where);

#endif
