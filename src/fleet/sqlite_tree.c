/*
 * Writing down trees. The projects of a fleet share most of their packages, and each lockfile has hundreds: ids of packages that were met are remembered; and
 * the members of trees wait until what was written is made to last, when they go in by package. The index of members by package is as large as all trees
 * together: added to here and there, tree by tree, nearly all of it would be written anew for each handful of projects.
 */
#include <stdlib.h>

#include "fleet/sqlite_record.h"

/* Some 15 MB of names and digests. MEMBERS_AT_ONCE as in Q_MEMBERS_ADD. */
enum { MAX_KNOWN = 65536, MEMBERS_AT_ONCE = 64 };

struct member {
	int64_t tree, package, via; /* via 0: the project itself */
	uint32_t line, depth, number;
	enum scope scope;
	bool direct, optional;
};
struct sqlite_trees {
	struct arena *arena; /* of `known` */
	struct map *known;   /* name, version, integrity to the package's id; NULL where memory was short */
	struct buf key;
	struct buf waiting; /* of struct member, side by side */
};

/* ---- what is kept in memory --------------------------------------------------------------- */

static bool forget_packages(struct sqlite_trees *trees)
{
	arena_reset(trees->arena);
	trees->known = map_new(trees->arena, 0);
	return trees->known != NULL;
}

void sqlite_trees_free(struct sqlite_trees *trees)
{
	if (!trees)
		return;
	arena_free(trees->arena);
	buf_fini(&trees->key);
	buf_fini(&trees->waiting);
	free(trees);
}

static enum status trees_of(struct sqlite_fleet *fleet, struct sqlite_trees **out, struct error *err)
{
	struct sqlite_trees *trees = fleet->trees;
	if (!trees) {
		if (!(trees = calloc(1, sizeof *trees)))
			return error_memory(err);
		buf_init(&trees->key, SIZE_MAX / 2);
		buf_init(&trees->waiting, SIZE_MAX / 2);
		trees->arena = arena_new(0);
		if (!trees->arena || !forget_packages(trees)) {
			sqlite_trees_free(trees);
			return error_memory(err);
		}
	}
	*out = fleet->trees = trees;
	return STATUS_OK;
}

static struct member *members_waiting(const struct sqlite_trees *trees)
{
	return (struct member *)(void *)trees->waiting.p;
}

size_t sqlite_trees_waiting(const struct sqlite_fleet *fleet)
{
	return fleet->trees ? fleet->trees->waiting.n / sizeof(struct member) : 0;
}

void sqlite_trees_undo(struct sqlite_fleet *fleet, size_t waiting)
{
	struct sqlite_trees *trees = fleet->trees;
	if (!trees)
		return;
	if (waiting < sqlite_trees_waiting(fleet))
		trees->waiting.n = waiting * sizeof(struct member);
	trees->waiting.failed = false;
	(void)!forget_packages(trees); /* no room for an empty map: whoever needs one tries again */
}

/* ---- packages ------------------------------------------------------------------------------- */

static void bind_package(struct store_query *query, const struct package *package)
{
	query_bind_text(query, 1, package->name);
	query_bind_text(query, 2, package->version.p ? package->version : STR(""));
	query_bind_text(query, 3, package->integrity.p ? package->integrity : STR(""));
}

static enum status store_package(struct recording *r, const struct package *package, int64_t *id)
{
	struct store_query *query = recording_query(r, Q_PACKAGE_FIND);
	bool found = false;
	if (!query)
		return r->err->status;
	bind_package(query, package);
	enum status status = recording_find_id(r, query, id, &found);
	if (status || found)
		return status;
	if (!(query = recording_query(r, Q_PACKAGE_ADD)))
		return r->err->status;
	bind_package(query, package);
	status = query_run(query, r->err);
	*id = store_last_key(r->fleet->store);
	return status;
}

/* Any of the three may hold any byte. */
static struct str package_key(struct sqlite_trees *trees, const struct package *package)
{
	buf_clear(&trees->key);
	put_text(package->name, &trees->key);
	put_text(package->version, &trees->key);
	put_text(package->integrity, &trees->key);
	return trees->key.failed ? STR_NONE : buf_str(&trees->key);
}

static enum status put_package(struct recording *r, struct sqlite_trees *trees, const struct package *package, int64_t *id)
{
	struct str key = package_key(trees, package);
	size_t known;
	if (!key.p || (!trees->known && !forget_packages(trees)))
		return error_memory(r->err);
	if (map_find(trees->known, key, &known)) {
		*id = (int64_t)known;
		return STATUS_OK;
	}
	enum status status = store_package(r, package, id);
	if (status)
		return status;
	if (map_count(trees->known) >= MAX_KNOWN && !forget_packages(trees))
		return error_memory(r->err);
	key = arena_copy(trees->arena, key);
	return key.p && map_set(trees->known, key, (size_t)*id) ? STATUS_OK : error_memory(r->err);
}

/* ---- members ------------------------------------------------------------------------------------ */

static void bind_member(struct store_query *query, int at, const struct member *member)
{
	query_bind_int(query, at + 1, member->tree);
	query_bind_int(query, at + 2, member->package);
	query_bind_text(query, at + 3, str_of(scope_name(member->scope)));
	query_bind_int(query, at + 4, member->direct);
	query_bind_int(query, at + 5, member->optional);
	query_bind_int(query, at + 6, member->line);
	if (member->via)
		query_bind_int(query, at + 7, member->via);
	else
		query_bind_null(query, at + 7);
}

static int compare_by_package(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	return (x->tree > y->tree) - (x->tree < y->tree);
}

static enum status add_members(struct sqlite_fleet *fleet, enum sqlite_query which, const struct member *members, int count, struct error *err)
{
	struct store_query *query = sqlite_query(fleet, which, err);
	if (!query)
		return err->status;
	for (int i = 0; i < count; i++)
		bind_member(query, 7 * i, &members[i]);
	return query_run(query, err);
}

enum status sqlite_trees_flush(struct sqlite_fleet *fleet, struct error *err)
{
	struct sqlite_trees *trees = fleet->trees;
	size_t n = sqlite_trees_waiting(fleet), at = 0;
	enum status status = STATUS_OK;
	if (!n)
		return STATUS_OK;
	struct member *members = members_waiting(trees);
	qsort(members, n, sizeof *members, compare_by_package);
	for (; !status && at + MEMBERS_AT_ONCE <= n; at += MEMBERS_AT_ONCE)
		status = add_members(fleet, Q_MEMBERS_ADD, members + at, MEMBERS_AT_ONCE, err);
	for (; !status && at < n; at++)
		status = add_members(fleet, Q_MEMBER_ADD, members + at, 1, err);
	buf_clear(&trees->waiting);
	if (status) { /* some may be there, and trees without all of their members must not */
		sqlite_trees_undo(fleet, 0);
		store_undo(fleet->store);
	}
	return status;
}

/* Of several instances of a package the one that is nearest to the root speaks for all. */
static int compare_instances(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	if (x->package != y->package)
		return x->package < y->package ? -1 : 1;
	if (x->depth != y->depth)
		return x->depth < y->depth ? -1 : 1;
	return (x->number > y->number) - (x->number < y->number);
}

static size_t leave_nearest(struct member *members, size_t n)
{
	size_t kept = 0;
	if (n > 1)
		qsort(members, n, sizeof *members, compare_instances);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || members[i].package != members[kept - 1].package)
			members[kept++] = members[i];
	return kept;
}

static bool is_kept(const struct package *package)
{
	return !package_is_own(package) && package->name.n;
}

static struct member member_of(const struct tree *tree, uint32_t number, int64_t tree_id, const int64_t *ids)
{
	const struct package *package = &tree->packages[number];
	return (struct member){
		.tree = tree_id,
		.package = ids[number],
		.via = ids[package->via == TREE_NONE ? 0 : tree->edges[package->via].from],
		.line = package->line,
		.depth = package->depth,
		.number = number,
		.scope = package->scope,
		.direct = package->direct,
		.optional = package->optional,
	};
}

static enum status put_members(struct recording *r, const struct tree *tree, int64_t tree_id)
{
	struct sqlite_trees *trees;
	int64_t *ids = arena_array(r->scratch, tree->package_count, sizeof *ids);
	enum status status = ids ? trees_of(r->fleet, &trees, r->err) : error_memory(r->err);
	for (uint32_t i = 0; !status && i < tree->package_count; i++)
		if (is_kept(&tree->packages[i]))
			status = put_package(r, trees, &tree->packages[i], &ids[i]);
	if (!status && !buf_reserve(&trees->waiting, tree->package_count * sizeof(struct member)))
		status = error_memory(r->err);
	if (status)
		return status;
	struct member *members = members_waiting(trees) + sqlite_trees_waiting(r->fleet);
	size_t n = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		if (is_kept(&tree->packages[i]))
			members[n++] = member_of(tree, i, tree_id, ids);
	trees->waiting.n += leave_nearest(members, n) * sizeof *members;
	return STATUS_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------- */

enum status recording_put_tree(struct recording *r, const struct look_lockfile *lockfile, int64_t *id)
{
	struct str digest = { (const char *)lockfile->digest, sizeof lockfile->digest };
	struct store_query *query = recording_query(r, Q_TREE_FIND);
	bool found = false;
	if (!query)
		return r->err->status;
	query_bind_blob(query, 1, digest);
	enum status status = recording_find_id(r, query, id, &found);
	if (status || found)
		return status;
	if (!(query = recording_query(r, Q_TREE_ADD)))
		return r->err->status;
	query_bind_blob(query, 1, digest);
	query_bind_int(query, 2, lockfile->scan->tree->package_count - 1);
	query_bind_blob(query, 3, lockfile->body);
	status = query_run(query, r->err);
	*id = store_last_key(r->fleet->store);
	return status ? status : put_members(r, lockfile->scan->tree, *id);
}
