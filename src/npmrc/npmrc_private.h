/* What the files of this room share: the layers, as they were read, and how a key is looked up in them. */
#ifndef ASSAY_NPMRC_PRIVATE_H
#define ASSAY_NPMRC_PRIVATE_H

#include "assay/npmrc.h"
#include "ini.h"

/* The strongest first. */
enum layer { LAYER_VARIABLE, LAYER_PROJECT, LAYER_USER, LAYER_GLOBAL, LAYER_BUILTIN };
#define LAYERS 5

/* What one layer says of one key. */
struct entry {
	struct str key;
	VEC(struct ini_value) values; /* more than one in a list only; none: the layer does not have the key */
	bool list;
	enum layer layer;
	const char *path; /* the file, or the variable */
	uint32_t line;    /* 0 for a variable */
	size_t order;     /* of its first appearance */
};

struct slot {
	struct str key;
	struct entry by_layer[LAYERS];
};

struct npmrc {
	struct arena *arena;
	const char *project, *home; /* folders; home may be NULL */
	VEC(struct slot) slots;
	struct map *by_key;
	VEC(struct npm_note) notes;
	const char *const *trusted_urls;
	struct map *known_hosts;    /* "host[:port]" of the user's own configuration */
	bool has_logins;            /* some key begins with "//" */
	struct http_route own, all; /* proxy and certificates as the user has them; as everybody has them together */
};

/* Fills the slots. */
enum status layers_read(struct npmrc *npmrc, struct error *err);
/* NULL: no layer has the key. */
const struct slot *layers_find(const struct npmrc *npmrc, struct str key);
/* The strongest layer that has the key and whose value `valid` accepts; without the project's where `own`. NULL: none. */
const struct entry *layers_entry(const struct npmrc *npmrc, const char *key, bool own, bool (*valid)(const struct entry *entry));
/* The one value, of a list the last. */
struct ini_value entry_value(const struct entry *entry);
bool entry_is_text(const struct entry *entry);

/* `text` as npm expands it: ${NAME}, ${NAME?}; one that is not set stays as it is. .p NULL: out of memory. */
struct str expand_variables(struct str text, struct arena *arena);
bool has_variable(struct str text);

/* Adds a note; false: out of memory. The text is made visible. */
bool note_add(struct npmrc *npmrc, const char *kind, const struct entry *entry, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* "~/x" under the home folder, the rest under the project's, where npm would have been run. NULL: out of memory. */
const char *resolve_path(const struct npmrc *npmrc, struct str path, struct arena *arena);

/* Which hosts the user's own configuration names; false: out of memory. */
bool trust_learn(struct npmrc *npmrc);
bool trust_host(const struct npmrc *npmrc, struct str host); /* "host[:port]", as URLs have it */
bool trust_plain_http(const struct npmrc *npmrc, struct str origin);

/* Proxies and certificates; then what there is to say about logins. */
enum status routes_read(struct npmrc *npmrc, struct error *err);
enum status logins_check(struct npmrc *npmrc, struct error *err);

#endif
