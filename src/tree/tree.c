/*
 * Building a tree: packages by id, edges, then the order in which both are looked up. What follows from the edges is
 * found in reach.c.
 */
#include "assay/limits.h"
#include "tree/tree.h"

const char *package_kind_name(enum package_kind kind)
{
	static const char *const names[] = {
		[PACKAGE_REGISTRY] = "registry", [PACKAGE_GIT] = "git",   [PACKAGE_TARBALL] = "tarball",
		[PACKAGE_FILE] = "file",         [PACKAGE_LINK] = "link", [PACKAGE_WORKSPACE] = "workspace",
		[PACKAGE_ROOT] = "root",
	};
	return names[kind];
}

const char *scope_name(enum scope scope)
{
	static const char *const names[] = {
		[SCOPE_PROD] = "prod",
		[SCOPE_DEV] = "dev",
		[SCOPE_BUILD] = "build",
		[SCOPE_UNKNOWN] = "unknown",
	};
	return names[scope];
}

const char *edge_type_name(enum edge_type type)
{
	static const char *const names[] = {
		[EDGE_PROD] = "prod",
		[EDGE_DEV] = "dev",
		[EDGE_OPTIONAL] = "optional",
		[EDGE_PEER] = "peer",
		[EDGE_PEER_OPTIONAL] = "peerOptional",
		[EDGE_WORKSPACE] = "workspace",
		[EDGE_CONFIG] = "config",
	};
	return names[type];
}

struct tree *tree_new(struct arena *arena)
{
	struct tree *tree = arena_alloc(arena, sizeof *tree);
	if (!tree || !(tree->by_id = map_new(arena, 64)))
		return NULL;
	tree->arena = arena;
	tree->root_known = true;
	tree->scopes_known = true;
	return tree;
}

bool tree_reserve(struct tree *tree, size_t more)
{
	if (more > LIMIT_PACKAGES) /* refused when they come */
		more = LIMIT_PACKAGES;
	return map_reserve(tree->by_id, more) &&
	       vec_reserve_(tree->arena, (void **)&tree->packages, tree->package_count, &tree->package_capacity, more, sizeof *tree->packages);
}

bool tree_reserve_edges(struct tree *tree, size_t more)
{
	return vec_reserve_(tree->arena, (void **)&tree->edges, tree->edge_count, &tree->edge_capacity, more, sizeof *tree->edges);
}

static struct package *refuse_twice(struct str id, struct error *err)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(512);
	buf_add_visible(&shown, str_head(id, 100));
	error_set(err, STATUS_INVALID, "the package \"%.*s\" stands twice", STR_ARG(buf_str(&shown)));
	return NULL;
}

uint32_t tree_hash_id(const struct tree *tree, struct str id)
{
	return map_hash(tree->by_id, id);
}

struct package *tree_add_package(struct tree *tree, struct str id, struct error *err)
{
	return tree_add_hashed(tree, id, map_hash(tree->by_id, id), err);
}

struct package *tree_add_hashed(struct tree *tree, struct str id, uint32_t hash, struct error *err)
{
	size_t count = tree->package_count, there;
	if (count >= LIMIT_PACKAGES) {
		error_set(err, STATUS_LIMIT, "more than %d packages", LIMIT_PACKAGES);
		return NULL;
	}
	if (!map_add_hashed(tree->by_id, id, hash, count, &there)) {
		error_memory(err);
		return NULL;
	}
	if (map_count(tree->by_id) == count)
		return refuse_twice(id, err);
	struct package *package = vec_add_(tree->arena, (void **)&tree->packages, &count, &tree->package_capacity, sizeof *package);
	if (!package) {
		error_memory(err);
		return NULL;
	}
	package->id = id;
	package->link_target = TREE_NONE;
	package->via = TREE_NONE;
	tree->package_count = (uint32_t)count;
	return package;
}

enum status tree_put_package(struct tree *tree, const struct package *told, struct error *err)
{
	struct error own = { 0 };
	err = err ? err : &own;
	struct package *package = tree_add_package(tree, told->id, err);
	if (!package)
		return err->status;
	*package = *told;
	package->link_target = package->via = TREE_NONE;
	package->out_first = package->out_count = package->in_first = package->in_count = package->depth = 0;
	package->direct = package->reachable = false;
	package->reached = 0;
	return STATUS_OK;
}

bool tree_add_bin(struct tree *tree, struct package_bin bin)
{
	struct package_bin *added = vec_add(tree->arena, &tree->bins);
	if (added)
		*added = bin;
	return added != NULL;
}

const struct package_bin *tree_bins_of(const struct tree *tree, uint32_t package, size_t *count)
{
	size_t low = 0, high = tree->bins.n, end;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (tree->bins.v[middle].package < package)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < tree->bins.n && tree->bins.v[end].package == package;)
		end++;
	*count = end - low;
	return tree->bins.v + low;
}

struct edge *tree_new_edge(struct tree *tree)
{
	size_t count = tree->edge_count;
	if (count >= TREE_NONE - 1)
		return NULL;
	if (count < tree->edge_capacity)
		return &tree->edges[tree->edge_count++];
	struct edge *added = vec_add_(tree->arena, (void **)&tree->edges, &count, &tree->edge_capacity, sizeof *added);
	if (added)
		tree->edge_count = (uint32_t)count;
	return added;
}

bool tree_add_edge(struct tree *tree, struct edge edge)
{
	struct edge *added = tree_new_edge(tree);
	if (added)
		*added = edge;
	return added;
}

uint32_t tree_find(const struct tree *tree, struct str id)
{
	size_t number;
	return map_find(tree->by_id, id, &number) ? (uint32_t)number : TREE_NONE;
}

/* A link to a link leads nowhere: no format has them, and following them could go round. */
static void resolve_links(struct tree *tree, struct tree_shape *shape)
{
	for (uint32_t i = 0; i < tree->package_count; i++) {
		struct package *package = &tree->packages[i];
		tree_fetch_ahead(tree, i);
		uint32_t target = package->kind == PACKAGE_LINK ? tree_find(tree, package->link) : TREE_NONE;
		if (target != TREE_NONE && tree->packages[target].kind != PACKAGE_LINK)
			package->link_target = target;
		shape->links[i] = package->link_target;
		shape->linked |= package->link_target != TREE_NONE;
	}
}

/* From how many edges there are at each package to where its own begin; how many in all. */
static size_t place_edges(uint32_t *at, uint32_t count)
{
	size_t sum = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t own = at[i];
		at[i] = (uint32_t)sum;
		sum += own;
	}
	return sum;
}

/* One look at the edges themselves, which are many and large: how many leave and arrive at each package, and where each leads. Nearly all
 * readers give them in the order in which they leave. */
static void look_at_edges(const struct tree *tree, struct tree_shape *shape, uint32_t *targets)
{
	uint32_t before = 0;
	shape->ordered = true;
	for (uint32_t e = 0; e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		shape->ordered &= before <= edge->from;
		before = edge->from;
		shape->out_ends[before]++;
		targets[e] = edge->to;
		shape->hops[e] = (struct tree_hop){ edge->to, edge->type };
		for (uint32_t to = edge->to; to != TREE_NONE; to = tree_next_target(shape, to))
			shape->in_ends[to]++;
	}
}

static bool order_out(struct tree *tree, struct tree_shape *shape)
{
	uint32_t *at = shape->out_ends;
	bool ordered = shape->ordered;
	tree->out = arena_array(tree->arena, place_edges(at, tree->package_count), sizeof *tree->out);
	for (uint32_t e = 0; ordered && tree->out && e < tree->edge_count; e++)
		tree->out[e] = e;
	for (uint32_t i = 0; ordered && i < tree->package_count; i++)
		at[i] = i + 1 < tree->package_count ? at[i + 1] : tree->edge_count;
	for (uint32_t e = 0; !ordered && tree->out && e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		uint32_t place = at[edge->from]++;
		tree->out[place] = e;
		shape->hops[place] = (struct tree_hop){ edge->to, edge->type };
	}
	return tree->out;
}

static bool order_in(struct tree *tree, const struct tree_shape *shape, const uint32_t *targets)
{
	uint32_t *at = shape->in_ends;
	size_t total = place_edges(at, tree->package_count);
	tree->in = total < TREE_NONE ? arena_array(tree->arena, total, sizeof *tree->in) : NULL;
	for (uint32_t e = 0; tree->in && e < tree->edge_count; e++)
		for (uint32_t to = targets[e]; to != TREE_NONE; to = tree_next_target(shape, to))
			tree->in[at[to]++] = e;
	return tree->in;
}

enum status tree_finish(struct tree *tree, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct tree_shape shape = { 0 };
	uint32_t *targets = scratch ? arena_array(scratch, tree->edge_count, sizeof *targets) : NULL;
	if (tree->package_count == 0)
		return error_set(err, STATUS_INVALID, "a tree without a root");
	if (targets) {
		shape.hops = arena_array(scratch, tree->edge_count, sizeof *shape.hops);
		shape.links = arena_array(scratch, tree->package_count, sizeof *shape.links);
		shape.out_ends = arena_array(scratch, tree->package_count, sizeof *shape.out_ends);
		shape.in_ends = arena_array(scratch, tree->package_count, sizeof *shape.in_ends);
	}
	if (!shape.hops || !shape.links || !shape.out_ends || !shape.in_ends)
		return error_memory(err);
	resolve_links(tree, &shape);
	look_at_edges(tree, &shape, targets);
	if (!order_out(tree, &shape) || !order_in(tree, &shape, targets))
		return error_memory(err);
	return tree_reach(tree, &shape, scratch, err);
}
