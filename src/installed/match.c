/*
 * Which package of the lockfile a folder is. npm's lockfile names each folder. The others name packages: a folder is then the one of
 * its name (or of an alias that somebody asks for it by) and of the version that its package.json states; that version may be a
 * lie, and so the files are compared with those of the release that it names.
 */
#include "assay/semver.h"
#include "installed/private.h"

struct matcher {
	struct installed *in;
	struct error *err;
	struct map *releases; /* name and version, to the package that stands for all of these */
	struct map *names;    /* to a package of that name */
};

static bool is_installed_kind(const struct package *package)
{
	return !package_is_own(package);
}

static struct str release_key(struct arena *arena, struct str name, struct str version)
{
	return arena_printf(arena, "%.*s\n%.*s", STR_ARG(name), STR_ARG(version));
}

/* Under its own name or an alias. What a tarball carries comes last: it is found inside that one's folder. */
static bool add_name(struct matcher *matcher, struct str name, uint32_t number)
{
	struct installed *in = matcher->in;
	const struct package *package = &in->tree->packages[number];
	struct str key = release_key(in->scratch, name, package->version);
	size_t there;
	if (!key.p || !map_add(matcher->releases, key, number, &there) || !map_add(matcher->names, name, number, &there))
		return false;
	/* A package of which nobody knows the version stands for every version of its name. */
	return package->kind == PACKAGE_REGISTRY || map_set(matcher->names, name, number);
}

static bool is_patch(const struct package *package)
{
	return str_find_str(package->id, STR("patch")) < package->id.n;
}

static bool add_names(struct matcher *matcher)
{
	const struct tree *tree = matcher->in->tree;
	for (int pass = 0; pass < 3; pass++)
		for (uint32_t i = 0; i < tree->package_count; i++) {
			const struct package *package = &tree->packages[i];
			int turn = package->bundled ? 2 : is_patch(package) ? 0 : 1;
			if (is_installed_kind(package) && turn == pass &&
			    (!add_name(matcher, package_installed_name(package), i) || !add_name(matcher, package->name, i)))
				return false;
		}
	for (uint32_t i = 0; i < tree->edge_count; i++) {
		const struct edge *edge = &tree->edges[i];
		if (edge->to != TREE_NONE && is_installed_kind(&tree->packages[edge->to]) && !str_equal(edge->name, tree->packages[edge->to].name) &&
		    !add_name(matcher, edge->name, edge->to))
			return false;
	}
	return true;
}

static bool find_representatives(struct matcher *matcher)
{
	struct installed *in = matcher->in;
	for (uint32_t i = 0; i < in->tree->package_count; i++) {
		const struct package *package = &in->tree->packages[i];
		struct str key = release_key(in->scratch, package_installed_name(package), package->version);
		struct str real = release_key(in->scratch, package->name, package->version);
		size_t there = i, store = i;
		if (!key.p || !real.p)
			return false;
		map_find(matcher->releases, key, &there);
		map_find(matcher->releases, real, &store); /* a virtual store knows no aliases */
		in->stands_for[i] = (uint32_t)there;
		in->stored_as[i] = (uint32_t)store;
	}
	return true;
}

/* A virtual store's folder names the release that it is for: "@a+b@1.0.0_peers". */
static bool fits_store(struct installed *in, const struct placed *placed, const struct package *package)
{
	struct str expected = arena_printf(in->scratch, "%.*s@%.*s", STR_ARG(package->name), STR_ARG(package->version));
	if (!placed->store.n || !expected.p || package->kind != PACKAGE_REGISTRY)
		return true;
	for (size_t i = 0; i < expected.n; i++) {
		unsigned char want = (unsigned char)expected.p[i];
		if (want == '/' || want == '+')
			want = '+';
		if (i >= placed->store.n || ascii_lower((unsigned char)placed->store.p[i]) != ascii_lower(want))
			return false;
	}
	char next = placed->store.n > expected.n ? placed->store.p[expected.n] : '_';
	return next == '_' || next == '(' || next == '+' || next == '-';
}

static void add_version(struct matcher *matcher, const struct placed *placed, uint32_t package)
{
	difference_add(matcher->in, &(struct installed_difference){ .kind = INSTALLED_VERSION,
								    .package = package,
								    .location = placed->location,
								    .count = 1,
								    .detail = placed->version.p ? placed->version : STR("none") });
}

/* By name and version; TREE_NONE where there is none, or where the difference is told here. */
static uint32_t match_by_version(struct matcher *matcher, struct placed *placed)
{
	struct installed *in = matcher->in;
	const struct package *packages = in->tree->packages;
	CLEANUP(file_close) int fd = placed_open(in, placed);
	size_t found;
	placed->version = fd < 0 ? STR_NONE : placed_version(fd, in->scratch);
	struct str key = release_key(in->scratch, placed->name, placed->version);
	if (key.p && map_find(matcher->releases, key, &found)) {
		placed->told = !packages[found].bundled && !fits_store(in, placed, &packages[found]);
		if (placed->told)
			add_version(matcher, placed, (uint32_t)found);
		return placed->told ? TREE_NONE : (uint32_t)found;
	}
	if (!map_find(matcher->names, placed->name, &found))
		return TREE_NONE;
	struct semver a, b;
	bool same = semver_parse(placed->version, SEMVER_LOOSE, &a) && semver_parse(packages[found].version, SEMVER_LOOSE, &b) &&
		    semver_compare(&a, &b) == 0;
	if (same || packages[found].kind != PACKAGE_REGISTRY)
		return (uint32_t)found;
	placed->namesake = (uint32_t)found; /* judged at the end: it may have come inside another package */
	return TREE_NONE;
}

static bool has_locations(const struct tree *tree)
{
	return strcmp(tree->format, "npm") == 0 || strcmp(tree->format, "node_modules") == 0;
}

static void match_folder(struct matcher *matcher, uint32_t number)
{
	struct installed *in = matcher->in;
	struct placed *placed = &in->placed.v[number];
	uint32_t package = has_locations(in->tree) && !placed->store.n ? tree_find(in->tree, placed->location) : match_by_version(matcher, placed);
	if (package == TREE_NONE)
		return;
	placed->package = package;
	placed->next = in->first[package];
	in->first[package] = number;
}

enum status placed_match(struct installed *in, struct error *err)
{
	struct matcher matcher = { .in = in, .err = err };
	uint32_t count = in->tree->package_count;
	matcher.releases = map_new(in->scratch, count);
	matcher.names = map_new(in->scratch, count);
	in->first = arena_array(in->scratch, count + (size_t)1, sizeof *in->first);
	in->stands_for = arena_array(in->scratch, count + (size_t)1, sizeof *in->stands_for);
	in->stored_as = arena_array(in->scratch, count + (size_t)1, sizeof *in->stored_as);
	if (!matcher.releases || !matcher.names || !in->first || !in->stands_for || !in->stored_as)
		return error_memory(err);
	for (uint32_t i = 0; i < count; i++)
		in->first[i] = TREE_NONE;
	if (!add_names(&matcher) || !find_representatives(&matcher))
		return error_memory(err);
	for (uint32_t i = 0; i < in->placed.n; i++)
		if (!in->placed.v[i].link)
			match_folder(&matcher, i);
	return STATUS_OK;
}
