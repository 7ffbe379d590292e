/*
 * Which package each dependency of a bun.lock is: the plain one of that name, unless it has one nearer. Places are numbered, and a pair of
 * numbers (the place, the name) leads on, so that a step outward costs the same however long the keys are.
 */
#include "assay/limits.h"
#include "lockfile/bun.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"

/* ---- places ------------------------------------------------------------------------------ */

static bool number_name(struct bun_reader *reader, struct str text, uint32_t hash, uint32_t *out)
{
	size_t number, count = reader->names.n;
	if (count >= TREE_NONE || !map_add_hashed(reader->name_numbers, text, hash, count, &number) ||
	    (number == count && !vec_add(reader->scratch, &reader->names)))
		return false;
	*out = (uint32_t)number;
	return true;
}

/* Its number; TREE_NONE: there is none. */
static uint32_t find_place(const struct bun_reader *reader, uint32_t above, uint32_t name)
{
	uint32_t key[] = { above, name };
	size_t found;
	if (above == BUN_OUTERMOST)
		return reader->names.v[name].outer ? reader->names.v[name].outer : TREE_NONE;
	if (!reader->all_places.v[above].around || !map_find(reader->places, (struct str){ (const char *)key, sizeof key }, &found))
		return TREE_NONE;
	return (uint32_t)found;
}

/* Takes the next name off a key: "a" or "@s/a". */
static struct str next_name(struct str *rest)
{
	size_t end = str_find(*rest, '/');
	if (str_starts_with(*rest, STR("@")) && end < rest->n)
		end = end + 1 + str_find(str_from(*rest, end + 1), '/');
	struct str name = str_head(*rest, end);
	*rest = end < rest->n ? str_from(*rest, end + 1) : STR_NONE;
	return name;
}

/* The plain package of that name; TREE_NONE: there is none. */
static uint32_t find_plain(const struct bun_reader *reader, struct str name, uint32_t hash)
{
	size_t found;
	return map_find_hashed(reader->tree->by_id, name, hash, &found) && reader->plain.v[found] ? (uint32_t)found : TREE_NONE;
}

bool bun_is_plain(const struct bun_reader *reader, struct str key)
{
	struct str rest = key, name = next_name(&rest);
	size_t found;
	if (rest.p || !name.n || str_ends_with(name, STR("/")) || map_find_hashed(reader->tree->by_id, key, reader->key_hash, &found))
		return false;
	return !map_find_hashed(reader->name_numbers, name, reader->key_hash, &found) || !reader->names.v[found].outer;
}

/* TREE_NONE: out of memory. */
static uint32_t new_place(struct bun_reader *reader, uint32_t above, uint32_t name)
{
	size_t number = reader->all_places.n;
	struct bun_place *place = number < TREE_NONE ? vec_add(reader->scratch, &reader->all_places) : NULL;
	if (!place)
		return TREE_NONE;
	*place = (struct bun_place){ .key = { above, name }, .depth = reader->all_places.v[above].depth + 1, .package = TREE_NONE };
	reader->all_places.v[above].around = true;
	if (above == BUN_OUTERMOST) {
		reader->names.v[name].outer = (uint32_t)number;
		return (uint32_t)number;
	}
	struct str key = arena_copy(reader->scratch, (struct str){ (const char *)&place->key, sizeof place->key });
	return key.p && map_set(reader->places, key, number) ? (uint32_t)number : TREE_NONE;
}

bool bun_places_init(struct bun_reader *reader)
{
	reader->name_numbers = map_new(reader->tree->arena, 64);
	reader->places = map_new(reader->scratch, 64);
	struct bun_place *outermost = vec_add(reader->scratch, &reader->all_places);
	if (!reader->name_numbers || !reader->places || !outermost)
		return false;
	*outermost = (struct bun_place){ .key = { TREE_NONE, TREE_NONE }, .package = TREE_NONE };
	return true;
}

struct str bun_installed_name(struct str key)
{
	struct str rest = key, name = key;
	while (rest.p)
		name = next_name(&rest);
	return name;
}

/* What was plain until now has a place as well. */
static void place_plain(struct bun_reader *reader, uint32_t place, uint32_t plain)
{
	if (plain == TREE_NONE)
		return;
	reader->all_places.v[place].package = plain;
	reader->stands.v[plain] = place;
}

enum status bun_place_of(struct bun_reader *reader, const struct json *at, struct str key, uint32_t *out)
{
	uint32_t place = BUN_OUTERMOST;
	struct str rest = key;
	if (!key.n)
		return refuse(reader->err, at, key, "is no place of a package: it is empty");
	while (rest.p) {
		struct str part = next_name(&rest);
		uint32_t name, hash = map_hash(reader->name_numbers, part);
		if (!part.n || str_ends_with(part, STR("/")))
			return refuse(reader->err, at, key, "is no place of a package: a name in it is empty");
		if (reader->all_places.v[place].depth == LIMIT_BUN_DEPTH)
			return error_at(reader->err, STATUS_LIMIT, at->key_line, at->key_column, "a place deeper than %d names", LIMIT_BUN_DEPTH);
		if (!number_name(reader, part, hash, &name))
			return error_memory(reader->err);
		uint32_t inner = find_place(reader, place, name);
		if (inner == TREE_NONE) {
			if ((inner = new_place(reader, place, name)) == TREE_NONE)
				return error_memory(reader->err);
			place_plain(reader, inner, place == BUN_OUTERMOST ? find_plain(reader, part, hash) : TREE_NONE);
		}
		place = inner;
	}
	*out = place;
	return STATUS_OK;
}

/* The same by places, from here outward. */
static uint32_t find_placed(const struct bun_reader *reader, uint32_t place, struct str name, uint32_t hash)
{
	size_t number;
	if (!map_find_hashed(reader->name_numbers, name, hash, &number))
		return TREE_NONE;
	for (; place != TREE_NONE; place = reader->all_places.v[place].key.above) {
		uint32_t found = find_place(reader, place, (uint32_t)number);
		if (found != TREE_NONE && reader->all_places.v[found].package != TREE_NONE)
			return reader->all_places.v[found].package;
	}
	return TREE_NONE;
}

/* The package that the name means for one that stands here. */
static uint32_t resolve(const struct bun_reader *reader, uint32_t place, struct str name, uint32_t hash)
{
	uint32_t found = place == BUN_OUTERMOST ? TREE_NONE : find_placed(reader, place, name, hash);
	if (found == TREE_NONE)
		found = find_plain(reader, name, hash);
	return found == TREE_NONE && place == BUN_OUTERMOST ? find_placed(reader, place, name, hash) : found;
}

/* ---- edges --------------------------------------------------------------------------------- */

/* The section read first wins a name that stands in several. */
static const struct section {
	const char *key;
	enum edge_type type;
	bool required; /* no entry is an error */
} sections[BUN_SECTIONS] = {
	[BUN_OPTIONAL] = { "optionalDependencies", EDGE_OPTIONAL, false },
	[BUN_PROD] = { "dependencies", EDGE_PROD, true },
	[BUN_DEV] = { "devDependencies", EDGE_DEV, true },
	[BUN_PEER] = { "peerDependencies", EDGE_PEER, false },
};

struct bun_info bun_read_info(const struct json *object)
{
#define KEY(name) \
	{ \
		name, sizeof name - 1 \
	}
	static const struct str keys[BUN_MEMBERS] = {
		[BUN_OPTIONAL] = KEY("optionalDependencies"),
		[BUN_PROD] = KEY("dependencies"),
		[BUN_DEV] = KEY("devDependencies"),
		[BUN_PEER] = KEY("peerDependencies"),
		[BUN_OPTIONAL_PEERS] = KEY("optionalPeers"),
		[BUN_BUNDLED] = KEY("bundled"),
		[BUN_BIN] = KEY("bin"),
		[BUN_OS] = KEY("os"),
		[BUN_CPU] = KEY("cpu"),
		[BUN_LIBC] = KEY("libc"),
	};
#undef KEY
	struct bun_info info = { 0 };
	json_each(member, object) {
		size_t i = 0;
		while (i < BUN_MEMBERS && !str_equal(member->key, keys[i]))
			i++;
		if (i < BUN_MEMBERS)
			info.member[i] = member;
	}
	return info;
}

/* A name counts once for each package: what is listed again is left out. That only one section cannot do. */
static enum status add_section(struct bun_reader *reader, uint32_t from, const struct json *json, const struct section *section, bool alone)
{
	enum status status = require_type(reader->err, json, JSON_OBJECT, section->key);
	if (!status)
		status = npm_check_specs(json, reader->err);
	for (const struct json *spec = json ? json->child : NULL; spec && !status; spec = spec->next) {
		enum edge_type type = section->type;
		uint32_t number, hash = map_hash(reader->name_numbers, spec->key);
		if (!alone || section->type == EDGE_PEER) {
			if (!number_name(reader, spec->key, hash, &number))
				return error_memory(reader->err);
			struct bun_name *name = &reader->names.v[number];
			if (name->asked_by == from + 1)
				continue;
			name->asked_by = from + 1;
			if (section->type == EDGE_PEER && name->optional_for == from + 1)
				type = EDGE_PEER_OPTIONAL;
		}
		struct edge *edge = tree_new_edge(reader->tree);
		if (!edge)
			return error_memory(reader->err);
		*edge = (struct edge){ from, hash, spec->key, spec->text, type };
	}
	return status;
}

static enum status mark_optional_peers(struct bun_reader *reader, uint32_t from, const struct json *peers)
{
	enum status status = require_type(reader->err, peers, JSON_ARRAY, "optionalPeers");
	if (status)
		return status;
	json_each(peer, peers) {
		uint32_t number;
		if (!json_is(peer, JSON_STRING))
			continue;
		if (!number_name(reader, peer->text, map_hash(reader->name_numbers, peer->text), &number))
			return error_memory(reader->err);
		reader->names.v[number].optional_for = from + 1;
	}
	return STATUS_OK;
}

enum status bun_add_edges(struct bun_reader *reader, uint32_t from, const struct bun_info *info)
{
	unsigned there = 0;
	for (size_t i = 0; i < BUN_SECTIONS; i++)
		there += info->member[i] != NULL;
	const struct json *peers = info->member[BUN_OPTIONAL_PEERS];
	enum status status = peers ? mark_optional_peers(reader, from, peers) : STATUS_OK;
	for (size_t i = 0; !status && i < BUN_SECTIONS; i++)
		if (info->member[i])
			status = add_section(reader, from, info->member[i], &sections[i], there == 1);
	return status;
}

/* ---- where they lead ------------------------------------------------------------------------- */

/* The entry that a package was made of; nobody kept it, so it is read again. */
static const struct json *find_entry(struct bun_reader *reader, uint32_t package)
{
	struct json *document;
	uint32_t place = BUN_OUTERMOST;
	if (json_parse(reader->source->text, JSON_RELAXED, reader->scratch, &document, NULL, NULL))
		return NULL;
	json_each(entry, json_find(document, "packages"))
		if (!bun_place_of(reader, entry, entry->key, &place) && place == reader->stands.v[package])
			return entry;
	return NULL;
}

static enum status unresolved(struct bun_reader *reader, const struct edge *edge)
{
	const struct package *from = &reader->tree->packages[edge->from];
	const struct json *own = NULL, *entry = package_is_own(from) ? NULL : find_entry(reader, edge->from);
	json_each(workspace, reader->workspaces)
		if (from->kind != PACKAGE_LINK && package_is_own(from) && str_equal(workspace->key, from->id))
			own = workspace;
	struct json nowhere = { .key = edge->name, .text = edge->spec };
	const struct json *info = own, *spec = &nowhere;
	if (entry)
		bun_find_info(reader, entry, &info);
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		json_each(one, json_find(info, sections[i].key))
			if (sections[i].required && spec == &nowhere && str_equal(one->key, edge->name))
				spec = one;
	return refuse_unresolved(reader->err, spec, from->id);
}

/* No entry is an error. A workspace's devDependencies are installed, those of others are not. */
static bool is_required(const struct tree *tree, const struct edge *edge)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (sections[i].type == edge->type)
			return sections[i].required && (edge->type != EDGE_DEV || package_is_own(&tree->packages[edge->from]));
	return false;
}

/* *keep is false where an edge says nothing more: the root's to a workspace, which has one of its own kind. */
static enum status resolve_edge(struct bun_reader *reader, struct edge *edge, bool *keep)
{
	edge->to = resolve(reader, reader->stands.v[edge->from], edge->name, edge->to);
	*keep = edge->from || edge->to == TREE_NONE || reader->tree->packages[edge->to].kind != PACKAGE_WORKSPACE;
	return *keep && edge->to == TREE_NONE && is_required(reader->tree, edge) ? unresolved(reader, edge) : STATUS_OK;
}

/* What the edges from this one on will be looked up by comes all at once. */
static void warm(const struct bun_reader *reader, uint32_t first)
{
	const struct tree *tree = reader->tree;
	uint32_t ids[MAP_WARM_MAX], names[MAP_WARM_MAX], id_count = 0, name_count = 0;
	for (uint32_t e = first; e < tree->edge_count && id_count < MAP_WARM_MAX; e++) {
		const struct edge *edge = &tree->edges[e];
		__builtin_prefetch(edge->name.p);
		ids[id_count++] = edge->to;
		if (reader->stands.v[edge->from] != BUN_OUTERMOST)
			names[name_count++] = edge->to;
	}
	map_warm(tree->by_id, ids, id_count);
	map_warm(reader->name_numbers, names, name_count);
}

enum status bun_resolve_edges(struct bun_reader *reader)
{
	struct tree *tree = reader->tree;
	uint32_t kept = 0;
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		struct edge *edge = &tree->edges[e];
		bool keep = true;
		if (e % MAP_WARM_MAX == 0)
			warm(reader, e);
		enum status status = edge->type == EDGE_WORKSPACE ? STATUS_OK : resolve_edge(reader, edge, &keep);
		if (status)
			return status;
		if (keep && kept++ != e)
			tree->edges[kept - 1] = *edge;
	}
	tree->edge_count = kept;
	return STATUS_OK;
}
