/*
 * Paths from the root. The shortest one is the chain of `via` edges. All of them are found backward from the package,
 * best first: a half path is taken up in the order of the length it has plus the known distance from its head to the
 * root, so that none is lengthened in vain and paths come out shortest first. The last half path is taken up first
 * where they tie, which bounds what waits.
 */
#include "assay/limits.h"
#include "tree/tree.h"

/* The head of a half path: `edge` leads from `package` to the package of `toward`. */
struct half {
	uint32_t package, edge;
	uint32_t length; /* edges */
	struct half *toward;
};

/* One that waits, with the length that it will have at least. */
struct waiting {
	uint32_t length, order;
	struct half *half;
};

struct search {
	const struct tree *tree;
	struct arena *scratch;
	VEC(struct waiting) heap; /* the first that is to be taken up on top; as large as a search is, not as the tree */
	uint32_t order;
	size_t work;
	bool cut; /* some limit was reached */
};

static enum status new_path(struct arena *arena, size_t length, struct tree_path *out, struct error *err)
{
	struct tree_path path = { arena_array(arena, length, sizeof *path.packages), arena_array(arena, length, sizeof *path.edges), length };
	if (!path.packages || !path.edges)
		return error_memory(err);
	*out = path;
	return STATUS_OK;
}

enum status tree_shortest_path(const struct tree *tree, uint32_t package, struct arena *arena, struct tree_path *out, struct error *err)
{
	size_t length = tree->packages[package].reachable ? (size_t)tree->packages[package].depth + 1 : 0;
	struct tree_path path;
	enum status status = new_path(arena, length, &path, err);
	if (status)
		return status;
	for (size_t i = length; i-- > 0;) {
		uint32_t via = tree->packages[package].via;
		path.packages[i] = package;
		if (i == 0)
			break;
		path.edges[i - 1] = via;
		package = tree->edges[via].from;
	}
	*out = path;
	return STATUS_OK;
}

static bool is_on(const struct half *half, uint32_t package)
{
	for (; half; half = half->toward)
		if (half->package == package)
			return true;
	return false;
}

static bool comes_before(const struct waiting *a, const struct waiting *b)
{
	return a->length != b->length ? a->length < b->length : a->order > b->order;
}

/* Puts a half path among those that wait. */
static bool wait_for_turn(struct search *search, struct half head)
{
	struct half *half = arena_alloc(search->scratch, sizeof *half);
	if (!half || !vec_add(search->scratch, &search->heap))
		return false;
	*half = head;
	struct waiting *heap = search->heap.v, added = { head.length + search->tree->packages[head.package].depth, search->order++, half };
	size_t i = search->heap.n - 1;
	for (; i > 0 && comes_before(&added, &heap[(i - 1) / 2]); i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = added;
	return true;
}

static struct half *next_half(struct search *search)
{
	struct waiting *heap = search->heap.v;
	if (!search->heap.n)
		return NULL;
	struct half *first = heap[0].half;
	const struct waiting last = heap[--search->heap.n];
	size_t i = 0, n = search->heap.n;
	for (size_t child = 1; child < n; child = 2 * i + 1) {
		if (child + 1 < n && comes_before(&heap[child + 1], &heap[child]))
			child++;
		if (comes_before(&last, &heap[child]))
			break;
		heap[i] = heap[child];
		i = child;
	}
	heap[i] = last;
	return first;
}

/* By one edge, from a package that is not on the path yet. */
static bool lengthen_by(struct search *search, struct half *half, uint32_t e)
{
	uint32_t from = search->tree->edges[e].from;
	search->work += 1 + half->length / 64; /* looking back over a long path is work too */
	search->cut |= search->work > LIMIT_PATH_STEPS;
	if (search->cut || !search->tree->packages[from].reachable || is_on(half, from))
		return true;
	return wait_for_turn(search, (struct half){ from, e, half->length + 1, half });
}

/* By every edge that arrives at the head; the way that the shortest path takes comes last and so is followed first. */
static bool lengthen(struct search *search, struct half *half)
{
	const struct tree *tree = search->tree;
	const struct package *head = &tree->packages[half->package];
	for (uint32_t k = head->in_count; k-- > 0;) {
		uint32_t e = tree->in[head->in_first + k];
		if (e != head->via && !lengthen_by(search, half, e))
			return false;
	}
	return head->via == TREE_NONE || lengthen_by(search, half, head->via);
}

static enum status add_path(const struct half *half, struct arena *arena, struct tree_path *out, struct error *err)
{
	enum status status = new_path(arena, (size_t)half->length + 1, out, err);
	for (size_t i = 0; !status && half; half = half->toward, i++) {
		out->packages[i] = half->package;
		if (half->toward)
			out->edges[i] = half->edge;
	}
	return status;
}

/* Where paths begin. */
static bool is_start(const struct package *package)
{
	return package->reachable && package->depth == 0;
}

static enum status search_paths(struct search *search, struct tree_path *paths, size_t max, size_t *total, struct arena *arena, struct error *err)
{
	struct half *half;
	while (!search->cut && (half = next_half(search))) {
		if (!is_start(&search->tree->packages[half->package])) {
			if (!lengthen(search, half))
				return error_memory(err);
			continue;
		}
		if (*total == LIMIT_PATHS) {
			search->cut = true;
			break;
		}
		enum status status = *total < max ? add_path(half, arena, &paths[*total], err) : STATUS_OK;
		if (status)
			return status;
		++*total;
	}
	return STATUS_OK;
}

enum status tree_paths(const struct tree *tree, uint32_t package, size_t max, struct arena *arena, struct tree_path **out, size_t *count,
		       size_t *total, bool *complete, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	size_t room = max < LIMIT_PATHS ? max : LIMIT_PATHS, found = 0;
	struct tree_path *paths = arena_array(arena, room, sizeof *paths);
	struct search search = { .tree = tree, .scratch = scratch };
	if (!paths || !scratch)
		return error_memory(err);
	if (tree->packages[package].reachable && !wait_for_turn(&search, (struct half){ package, TREE_NONE, 0, NULL }))
		return error_memory(err);
	enum status status = search_paths(&search, paths, room, &found, arena, err);
	if (!status && found == 0 && search.cut) {
		found = 1; /* the work was used up on the way; this one needs no search */
		status = room ? tree_shortest_path(tree, package, arena, &paths[0], err) : STATUS_OK;
	}
	if (status)
		return status;
	*out = paths;
	*count = found < room ? found : room;
	*total = found;
	*complete = !search.cut;
	return STATUS_OK;
}
