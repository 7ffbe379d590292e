/*
 * Which package each dependency is: Node looks in the node_modules folder of the package that asks, then in those of
 * the folders around it.
 *
 * That is scoping, and is done like scoping: packages in the order of their locations, so that what encloses comes
 * before what it encloses; on entering a package its children's names are bound, on leaving they mean again what they
 * meant outside. A name is then looked up once, however deep it stands.
 *
 * Names are compared exactly, as Node does on Linux. (npm folds case and would find "jsonstream" for "JSONStream".)
 */
#include <stdlib.h>

#include "lockfile/glob.h"
#include "lockfile/npm.h"

/* What a name means now. */
struct name {
	uint32_t bound;        /* the package, or TREE_NONE */
	uint32_t asked_by;     /* 1 + the package that listed it last: a name counts once for each */
	uint32_t optional_for; /* 1 + the package whose peerDependenciesMeta marks it optional */
};

struct linker {
	struct npm_reader *reader;
	struct tree *tree;
	struct npm_entry *entries;
	struct arena *scratch;
	struct map *numbers; /* of names */
	VEC(struct name) names;
	uint32_t *order;     /* packages by location */
	uint32_t *enclosing; /* a stack: the packages around the present one */
	size_t depth;
};

static bool is_outside(struct str location)
{
	return str_starts_with(location, STR("..")) && (location.n == 2 || location.p[2] == '/');
}

/* What lies outside comes first, so that the root is followed by all that it encloses. By parts: '/' sorts before any
 * other byte, so that every folder is followed by what it holds. */
static int compare_locations(const void *a, const void *b, void *context)
{
	const struct package *packages = context;
	struct str left = packages[*(const uint32_t *)a].id, right = packages[*(const uint32_t *)b].id;
	size_t n = left.n < right.n ? left.n : right.n;
	if (is_outside(left) != is_outside(right))
		return is_outside(left) ? -1 : 1;
	for (size_t i = 0; i < n; i++) {
		unsigned char l = (unsigned char)left.p[i], r = (unsigned char)right.p[i];
		if (l != r)
			return (l == '/' ? 0 : l) - (r == '/' ? 0 : r);
	}
	return (left.n > right.n) - (left.n < right.n);
}

/* Whether `inner` stands inside the folder; `rest` is then the part behind it. */
static bool find_inside(struct str folder, struct str inner, struct str *rest)
{
	*rest = inner;
	if (folder.n) {
		if (!str_starts_with(inner, folder) || inner.n <= folder.n || inner.p[folder.n] != '/')
			return false;
		*rest = str_from(inner, folder.n + 1);
	}
	return !is_outside(*rest);
}

static bool number_name(struct linker *linker, struct str text, uint32_t *out)
{
	size_t number;
	if (!map_find(linker->numbers, text, &number)) {
		number = linker->names.n;
		struct name *name = vec_add(linker->scratch, &linker->names);
		if (!name || number >= TREE_NONE || !map_set(linker->numbers, text, number))
			return false;
		name->bound = TREE_NONE;
	}
	*out = (uint32_t)number;
	return true;
}

/* ---- who stands in whose folder -------------------------------------------------- */

static bool set_child(struct linker *linker, uint32_t number, struct str rest)
{
	struct npm_entry *entry = &linker->entries[number];
	struct str name = npm_installed_name(linker->tree->packages[number].id);
	if (!name.n || rest.n != strlen("node_modules/") + name.n)
		return true;
	struct npm_entry *parent = &linker->entries[entry->parent];
	entry->child = true;
	entry->next_child = parent->first_child;
	parent->first_child = number;
	return number_name(linker, name, &entry->name);
}

/* Bundled means: comes with an ancestor's tarball. What only the root or a workspace bundles is fetched like anything
 * else. A package's own shrinkwrap holds for all that stands inside it; the project's is this very lockfile. */
static void set_carried(struct linker *linker, uint32_t number)
{
	const struct npm_entry *entry = &linker->entries[number];
	struct package *packages = linker->tree->packages;
	if (entry->parent == TREE_NONE)
		return;
	packages[number].shrinkwrapped = packages[entry->parent].shrinkwrapped || (entry->parent && linker->entries[entry->parent].has_shrinkwrap);
	if (!entry->in_bundle)
		return;
	packages[number].bundled = linker->entries[entry->parent].in_bundle ? packages[entry->parent].bundled : !package_is_own(&packages[entry->parent]);
}

static bool set_parent(struct linker *linker, uint32_t number)
{
	const struct package *packages = linker->tree->packages;
	struct npm_entry *entry = &linker->entries[number];
	struct str rest = STR_NONE;
	while (linker->depth) {
		entry->parent = linker->enclosing[linker->depth - 1];
		if (find_inside(packages[entry->parent].id, packages[number].id, &rest))
			break;
		linker->depth--;
	}
	if (!linker->depth)
		entry->parent = TREE_NONE;
	else if (!set_child(linker, number, rest))
		return false;
	set_carried(linker, number);
	if (packages[number].kind != PACKAGE_LINK) /* a link's folder is its target's */
		linker->enclosing[linker->depth++] = number;
	return true;
}

static bool set_parents(struct linker *linker)
{
	uint32_t count = linker->tree->package_count;
	for (uint32_t i = 0; i < count; i++) {
		linker->order[i] = i;
		linker->entries[i].first_child = linker->entries[i].next_child = TREE_NONE;
	}
	qsort_r(linker->order, count, sizeof *linker->order, compare_locations, linker->tree->packages);
	linker->depth = 0;
	for (uint32_t i = 0; i < count; i++)
		if (!set_parent(linker, linker->order[i]))
			return false;
	return true;
}

/* ---- edges ------------------------------------------------------------------------ */

/* `type` is for the name as it stands; v1's "requires" and peers are told apart below. */
struct section {
	const struct json *json;
	enum edge_type type;
	bool mixed; /* v1: optional where the dependency says so and the one that asks does not */
};

static enum edge_type type_of(const struct linker *linker, const struct section *section, uint32_t from, const struct name *name)
{
	if (section->type == EDGE_PEER && name->optional_for == from + 1)
		return EDGE_PEER_OPTIONAL;
	if (section->mixed && name->bound != TREE_NONE && linker->entries[name->bound].says_optional && !linker->entries[from].says_optional)
		return EDGE_OPTIONAL;
	return section->type;
}

static bool add_section(struct linker *linker, uint32_t from, const struct section *section)
{
	json_each(spec, section->json) {
		uint32_t number;
		if (!number_name(linker, spec->key, &number))
			return false;
		struct name *name = &linker->names.v[number];
		if (name->asked_by == from + 1)
			continue;
		name->asked_by = from + 1;
		struct edge edge = { from, name->bound, spec->key, spec->text, type_of(linker, section, from, name) };
		if (!tree_add_edge(linker->tree, edge))
			return false;
	}
	return true;
}

static bool mark_optional_peers(struct linker *linker, uint32_t from)
{
	json_each(meta, linker->entries[from].peer_meta) {
		uint32_t number;
		if (!json_is_true(meta, "optional"))
			continue;
		if (!number_name(linker, meta->key, &number))
			return false;
		linker->names.v[number].optional_for = from + 1;
	}
	return true;
}

/* The section read first wins a name that stands in several; devDependencies count only where nothing is above. */
static bool add_sections(struct linker *linker, uint32_t from)
{
	const struct npm_entry *entry = &linker->entries[from];
	const struct section sections[] = {
		{ entry->child ? NULL : entry->dev, EDGE_DEV, false },
		{ entry->optional, EDGE_OPTIONAL, false },
		{ entry->dependencies, EDGE_PROD, false },
		{ entry->requires, EDGE_PROD, true },
		{ entry->peer, EDGE_PEER, false },
	};
	if (!mark_optional_peers(linker, from))
		return false;
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (!add_section(linker, from, &sections[i]))
			return false;
	return true;
}

/* The root's edges to its workspaces; they win over every dependency of the same name. */
static enum status add_workspaces(struct linker *linker)
{
	struct tree *tree = linker->tree;
	struct patterns *patterns;
	enum status status = patterns_read(linker->entries[0].workspaces, linker->scratch, &patterns, linker->reader->err);
	if (status)
		return status;
	for (uint32_t i = 1; i < tree->package_count; i++) {
		const struct package *package = &tree->packages[i];
		uint32_t number;
		if (package->kind != PACKAGE_WORKSPACE || !patterns_match(patterns, package->id))
			continue;
		struct str spec = arena_printf(tree->arena, "file:%.*s", STR_ARG(package->id));
		if (!spec.p || !number_name(linker, package->name, &number))
			return error_memory(linker->reader->err);
		struct name *name = &linker->names.v[number];
		if (name->asked_by == 1)
			continue;
		name->asked_by = 1;
		if (!tree_add_edge(tree, (struct edge){ 0, name->bound, package->name, spec, EDGE_WORKSPACE }))
			return error_memory(linker->reader->err);
	}
	return STATUS_OK;
}

/* ---- scopes ----------------------------------------------------------------------- */

static void bind_children(struct linker *linker, uint32_t package)
{
	for (uint32_t child = linker->entries[package].first_child; child != TREE_NONE;) {
		struct npm_entry *entry = &linker->entries[child];
		entry->shadowed = linker->names.v[entry->name].bound;
		linker->names.v[entry->name].bound = child;
		child = entry->next_child;
	}
}

static void leave_until(struct linker *linker, uint32_t parent)
{
	while (linker->depth && linker->enclosing[linker->depth - 1] != parent) {
		uint32_t left = linker->enclosing[--linker->depth];
		for (uint32_t child = linker->entries[left].first_child; child != TREE_NONE;) {
			const struct npm_entry *entry = &linker->entries[child];
			linker->names.v[entry->name].bound = entry->shadowed;
			child = entry->next_child;
		}
	}
}

static enum status enter(struct linker *linker, uint32_t package)
{
	leave_until(linker, linker->entries[package].parent);
	linker->enclosing[linker->depth++] = package;
	bind_children(linker, package);
	if (package == 0) {
		enum status status = add_workspaces(linker);
		if (status)
			return status;
	}
	return add_sections(linker, package) ? STATUS_OK : error_memory(linker->reader->err);
}

static enum status link_all(struct linker *linker)
{
	linker->depth = 0;
	for (uint32_t i = 0; i < linker->tree->package_count; i++) {
		uint32_t package = linker->order[i];
		enum status status = STATUS_OK;
		if (linker->tree->packages[package].kind != PACKAGE_LINK)
			status = enter(linker, package);
		if (status)
			return status;
	}
	return STATUS_OK;
}

enum status npm_add_edges(struct npm_reader *reader)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	size_t count = reader->tree->package_count;
	struct linker linker = { .reader = reader, .tree = reader->tree, .scratch = scratch, .entries = reader->entries.v };
	if (scratch) {
		linker.numbers = map_new(scratch, count);
		linker.order = arena_array(scratch, count, sizeof *linker.order);
		linker.enclosing = arena_array(scratch, count, sizeof *linker.enclosing);
	}
	if (!linker.numbers || !linker.order || !linker.enclosing || !set_parents(&linker))
		return error_memory(reader->err);
	return link_all(&linker);
}
