/*
 * Peers in yarn berry's lockfile. A peer is what the package that asks for this one has under the peer's name: itself, its dependency, or
 * what its own peer of that name is. One package may be asked for from many places; the first that provides counts, and no more of them are
 * looked at than PARENTS_ASKED, so that many peers and many places do not multiply.
 */
#include "lockfile/yarn_berry.h"

enum { PARENTS_ASKED = 64, ROUNDS = 16 };

static const struct json *peers_of(const struct berry_reader *reader, uint32_t package)
{
	return json_find(reader->entries.v[package].members, "peerDependencies");
}

static bool bind(struct berry_reader *reader, struct str text, uint32_t owner, uint32_t package)
{
	struct yarn_name *name = package == TREE_NONE ? NULL : yarn_name_of(&reader->yarn, text);
	if (name) {
		name->owner = owner + 1;
		name->package = package;
	}
	return name || package == TREE_NONE;
}

/* What each name means inside the package. */
static bool bind_names(struct berry_reader *reader, uint32_t owner)
{
	const struct tree *tree = reader->yarn.tree;
	const struct berry_entry *entry = &reader->entries.v[owner];
	size_t i = 0;
	bool fine = true;
	json_each(peer, peers_of(reader, owner))
		fine = fine && bind(reader, peer->key, owner, entry->providers[i++]);
	for (uint32_t e = 0; fine && e < entry->edge_count; e++) {
		const struct edge *edge = &tree->edges[entry->first_edge + e];
		fine = bind(reader, edge->name, owner, edge->to);
	}
	return fine && bind(reader, tree->packages[owner].name, owner, owner);
}

static bool provide(struct berry_reader *reader, uint32_t owner, uint32_t package, bool *changed)
{
	struct berry_entry *entry = &reader->entries.v[package];
	size_t i = 0;
	if (!entry->providers || entry->parents++ >= PARENTS_ASKED)
		return true;
	json_each(peer, peers_of(reader, package)) {
		uint32_t *provider = &entry->providers[i++];
		const struct yarn_name *name = *provider == TREE_NONE ? yarn_name_of(&reader->yarn, peer->key) : NULL;
		if (*provider == TREE_NONE && !name)
			return false;
		if (!name || name->owner != owner + 1)
			continue;
		*provider = name->package;
		*changed = true;
	}
	return true;
}

static bool run_round(struct berry_reader *reader, bool *changed)
{
	const struct tree *tree = reader->yarn.tree;
	for (uint32_t i = 0; i < tree->package_count; i++)
		reader->entries.v[i].parents = 0;
	for (uint32_t owner = 0; owner < tree->package_count; owner++) {
		const struct berry_entry *entry = &reader->entries.v[owner];
		if (!bind_names(reader, owner))
			return false;
		for (uint32_t e = 0; e < entry->edge_count; e++) {
			uint32_t to = tree->edges[entry->first_edge + e].to;
			if (to != TREE_NONE && to != owner && !provide(reader, owner, to, changed))
				return false;
		}
	}
	return true;
}

static bool find_providers(struct berry_reader *reader)
{
	bool changed = true;
	for (uint32_t i = 0; i < reader->yarn.tree->package_count; i++) {
		const struct json *peers = peers_of(reader, i);
		struct berry_entry *entry = &reader->entries.v[i];
		if (!peers || !peers->count)
			continue;
		entry->providers = arena_array(reader->yarn.scratch, peers->count, sizeof *entry->providers);
		if (!entry->providers)
			return false;
		memset(entry->providers, 0xff, peers->count * sizeof *entry->providers); /* TREE_NONE */
	}
	for (size_t round = 0; changed && round < ROUNDS; round++) {
		changed = false;
		if (!run_round(reader, &changed))
			return false;
	}
	return true;
}

/* Once more, for all packages have asked since. */
static bool note_asked(struct berry_reader *reader, uint32_t from)
{
	const struct berry_entry *entry = &reader->entries.v[from];
	for (uint32_t e = 0; e < entry->edge_count; e++) {
		struct yarn_name *name = yarn_name_of(&reader->yarn, reader->yarn.tree->edges[entry->first_edge + e].name);
		if (!name)
			return false;
		name->asked_by = from + 1;
	}
	return berry_mark_names(reader, from);
}

static enum status add_peers(struct berry_reader *reader, uint32_t from)
{
	const struct berry_entry *entry = &reader->entries.v[from];
	size_t i = 0;
	if (!entry->providers) /* no peers */
		return STATUS_OK;
	if (!note_asked(reader, from))
		return error_memory(reader->yarn.err);
	json_each(peer, peers_of(reader, from)) {
		uint32_t to = entry->providers[i++];
		const struct yarn_name *name = yarn_name_of(&reader->yarn, peer->key);
		if (!name)
			return error_memory(reader->yarn.err);
		if (name->asked_by == from + 1)
			continue;
		bool optional = yarn_marks(name, from) & YARN_OPTIONAL_PEER;
		struct edge edge = { from, to, peer->key, peer->text, optional ? EDGE_PEER_OPTIONAL : EDGE_PEER };
		if (!tree_add_edge(reader->yarn.tree, edge))
			return error_memory(reader->yarn.err);
	}
	return STATUS_OK;
}

enum status berry_add_peers(struct berry_reader *reader)
{
	enum status status = find_providers(reader) ? STATUS_OK : error_memory(reader->yarn.err);
	for (uint32_t i = 0; i < reader->yarn.tree->package_count && !status; i++)
		status = add_peers(reader, i);
	return status;
}
