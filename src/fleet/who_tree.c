/* One tree: which of its packages are asked for, and how they come in. */
#include <stdlib.h>

#include "assay/limits.h"
#include "fleet/who_private.h"

enum { CHAIN_STEPS = 12 };

bool tree_find_hits(const struct who_question *question, const struct tree *tree, struct arena *arena, struct tree_hits *out)
{
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		struct tree_hit hit = { .package = i };
		if (package->kind == PACKAGE_LINK)
			continue;
		hit.match = who_match(question, package->name, package->version, package->integrity, &hit.asked);
		if (hit.match == WHO_OTHER)
			continue;
		/* The user's own code may be called like anything. */
		hit.match = package_is_own(package) ? WHO_NEAR : hit.match;
		struct tree_hit *added = vec_add(arena, &out->list);
		if (!added)
			return false;
		*added = hit;
	}
	return true;
}

/* "checkout > axios@1.14.1 > plain-crypto-js@4.2.1"; a long one without its middle. */
static struct str chain_of(const struct tree *tree, uint32_t package, struct str project, struct arena *arena)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1 << 20);
	struct tree_path path = { 0 };
	if (tree_shortest_path(tree, package, arena, &path, NULL) || path.length < 2)
		return STR("");
	const struct package *root = &tree->packages[path.packages[0]];
	buf_add(&text, root->name.n ? root->name : project);
	for (size_t i = 1; i < path.length; i++) {
		bool left_out = path.length > CHAIN_STEPS && i >= CHAIN_STEPS / 2 && i < path.length - CHAIN_STEPS / 2 + 1;
		if (!left_out || i == CHAIN_STEPS / 2)
			buf_add_z(&text, " > ");
		if (left_out)
			buf_add_z(&text, i == CHAIN_STEPS / 2 ? "..." : "");
		else
			buf_add(&text, package_label(arena, &tree->packages[path.packages[i]]));
	}
	return text.failed ? STR("") : arena_copy(arena, buf_str(&text));
}

static struct str scope_of(const struct package *package, struct arena *arena)
{
	return arena_printf(arena, "%s%s", scope_name(package->scope), package->optional ? ", optional" : "");
}

struct str who_request_scope(struct str type)
{
	return str_equal_z(type, edge_type_name(EDGE_OPTIONAL)) ? STR("prod, optional") : type;
}

static struct str note_of(const struct package *package, struct arena *arena)
{
	if (package_is_own(package))
		return STR("the project's own package of that name");
	if (package->kind == PACKAGE_GIT || package->kind == PACKAGE_TARBALL || package->kind == PACKAGE_FILE)
		return arena_printf(arena, "from no registry: %.*s", STR_ARG(str_head(package->resolved, 300)));
	if (package->bundled)
		return STR("inside another package's tarball");
	return package->alias.n ? arena_printf(arena, "installed as %.*s", STR_ARG(package->alias)) : STR_NONE;
}

struct who_entry tree_hit_entry(const struct tree *tree, const struct tree_hit *hit, const struct who_entry *from, struct arena *arena)
{
	const struct package *package = &tree->packages[hit->package];
	struct who_entry entry = *from;
	entry.package = package->name;
	entry.version = package->version;
	entry.scope = scope_of(package, arena);
	entry.chain = chain_of(tree, hit->package, from->project, arena);
	entry.line = package->line;
	entry.asked = hit->asked;
	entry.note = note_of(package, arena);
	return entry;
}

/* What the project itself asks for, where that would also take a version that is asked about. */
static void note_range(const struct who_question *question, const struct tree *tree, uint32_t number, struct who_entry *entry, struct arena *arena)
{
	const struct package *package = &tree->packages[number];
	struct str name, asked;
	for (uint32_t i = 0; package->direct && i < package->in_count; i++) {
		const struct edge *edge = &tree->edges[tree->in[package->in_first + i]];
		if (!package_is_own(&tree->packages[edge->from]) || !who_admits(question, edge->name, edge->spec, &name, &asked))
			continue;
		entry->spec = edge->spec;
		entry->note = arena_printf(arena, "package.json asks %.*s, which admits what is asked for: install with the lockfile only (npm ci)",
					   STR_ARG(str_head(edge->spec, 200)));
		return;
	}
}

size_t tree_add_hits(const struct who_question *question, const struct tree *tree, const struct tree_hits *hits, const struct who_entry *from,
		     const struct past *past, struct arena *arena, struct who_gathering *gathering)
{
	size_t found = 0;
	for (size_t i = 0; i < hits->list.n; i++) {
		const struct tree_hit *hit = &hits->list.v[i];
		struct who_entry entry = tree_hit_entry(tree, hit, from, arena);
		const struct since *since = past ? past_find(past, entry.package, entry.version) : NULL;
		if (since && hit->match == WHO_HIT) {
			entry.since = since->time;
			entry.since_open = since->open;
			entry.commit = since->commit;
		}
		if (hit->match == WHO_NEAR)
			note_range(question, tree, hit->package, &entry, arena);
		who_add(gathering, hit->match == WHO_HIT ? WHO_NOW : WHO_NEAR_MISS, &entry);
		found += hit->match == WHO_HIT;
	}
	return found;
}

size_t who_look_in_tree(const struct who_question *question, const struct tree *tree, const struct who_entry *from, struct who_gathering *gathering)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct tree_hits hits = { 0 };
	if (arena && tree_find_hits(question, tree, arena, &hits))
		return tree_add_hits(question, tree, &hits, from, NULL, arena, gathering);
	who_out_of_memory(gathering);
	return 0;
}
