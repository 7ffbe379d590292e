/*
 * The package.json in the proven bytes beside what the lockfile says of the same package. Both sides are compared as npm normalises
 * them, and only as far as the lockfile's format tells.
 */
#include "assay/semver.h"
#include "check/check_private.h"

/* One package under comparison. */
struct comparison {
	struct walk *walk;
	uint32_t number;
	const struct package *package;
	const struct inspection *inspection;
};

static void differ(struct comparison *at, const char *id, struct str subject, struct str message)
{
	walk_found(at->walk, at->number, (struct problem){ .id = id, .subject = subject, .message = message });
}

/* ---- name and version --------------------------------------------------------------------------------- */

/* As npm cleans a version before it stands in a lockfile: a leading v and build metadata do not count. */
static bool versions_agree(struct str manifest, struct str lockfile)
{
	struct semver a, b;
	if (str_equal(manifest, lockfile))
		return true;
	return semver_parse(manifest, SEMVER_LOOSE, &a) && semver_parse(lockfile, SEMVER_LOOSE, &b) && semver_compare(&a, &b) == 0;
}

static void compare_text(struct comparison *at, const char *id, struct str manifest, struct str lockfile)
{
	struct arena *arena = at->walk->scan->arena;
	differ(at, id, arena_copy(arena, manifest),
	       arena_printf(arena, "the package.json in its tarball says \"%.*s\", the lockfile \"%.*s\"", STR_ARG(manifest), STR_ARG(lockfile)));
}

static void compare_identity(struct comparison *at)
{
	struct str name = str_trim(inspection_str(at->inspection, at->inspection->name));
	struct str version = str_trim(inspection_str(at->inspection, at->inspection->version));
	if (!str_equal(name, at->package->name))
		compare_text(at, "manifest-mismatch/name", name, at->package->name);
	if (at->package->version.n && !versions_agree(version, at->package->version))
		compare_text(at, "manifest-mismatch/version", version, at->package->version);
}

/* ---- dependencies ------------------------------------------------------------------------------------------ */

static const struct {
	const char *id, *name;
	bool peers;
} kinds[] = {
	[INSPECTED_OPTIONAL] = { "manifest-mismatch/optional-dependencies", "optionalDependencies", false },
	[INSPECTED_DEPENDENCIES] = { "manifest-mismatch/dependencies", "dependencies", false },
	[INSPECTED_PEERS] = { "manifest-mismatch/peer-dependencies", "peerDependencies", true },
	[INSPECTED_OPTIONAL_PEERS] = { "manifest-mismatch/peer-dependencies", "peerDependencies", true },
};

static bool is_peer(const struct edge *edge)
{
	return edge->type == EDGE_PEER || edge->type == EDGE_PEER_OPTIONAL;
}

/* "user/repo", "github:user/repo", "git+ssh://git@github.com/user/repo.git#v1": the path's last two parts and what follows the '#'. */
static struct str repository_of(struct str spec, struct str *commit)
{
	size_t hash = str_find(spec, '#');
	*commit = str_from(spec, hash);
	spec = str_head(spec, hash);
	if (str_ends_with(spec, STR(".git")))
		spec.n -= 4;
	size_t slash = str_find_last(spec, '/');
	struct str owner = str_head(spec, slash);
	while (owner.n && owner.p[owner.n - 1] != '/' && owner.p[owner.n - 1] != ':')
		owner.n--;
	return slash < spec.n ? str_from(spec, owner.n) : STR_NONE;
}

/* As npm's registry writes them: without blanks around, git hosts in one of their many spellings. */
static bool specs_agree(struct str manifest, struct str lockfile)
{
	manifest = str_trim(manifest);
	lockfile = str_trim(lockfile);
	if (str_equal(manifest, lockfile) || (manifest.n == 0 && str_equal_z(lockfile, "*")))
		return true;
	struct str left, right, a = repository_of(manifest, &left), b = repository_of(lockfile, &right);
	return a.n && str_equal(a, b) && str_equal(left, right);
}

static void tell_difference(struct comparison *at, size_t kind, struct str name, struct str manifest, struct str lockfile)
{
	struct arena *arena = at->walk->scan->arena;
	struct str left = manifest.p ? arena_printf(arena, "\"%.*s\"", STR_ARG(manifest)) : STR("nothing");
	struct str right = lockfile.p ? arena_printf(arena, "\"%.*s\"", STR_ARG(lockfile)) : STR("nothing");
	differ(at, kinds[kind].id, arena_copy(arena, name),
	       arena_printf(arena, "%s.%.*s: the package.json in its tarball has %.*s, the lockfile %.*s", kinds[kind].name, STR_ARG(name),
			    STR_ARG(left), STR_ARG(right)));
}

/* The package's edges by name; NULL with walk->failed set. */
static struct map *index_edges(struct comparison *at)
{
	const struct tree *tree = at->walk->scan->tree;
	struct map *map = map_new(at->walk->scratch, at->package->out_count);
	for (uint32_t i = 0; map && i < at->package->out_count; i++) {
		uint32_t edge = tree->out[at->package->out_first + i];
		if (!map_set(map, tree->edges[edge].name, edge))
			map = NULL;
	}
	at->walk->failed |= !map;
	return map;
}

/* pnpm leaves out what a tarball brings along. */
static bool names_bundle(const struct comparison *at, struct str name)
{
	size_t count;
	const struct inspection_pair *pairs = inspection_list(at->inspection, INSPECTED_BUNDLES, &count);
	while (count--)
		if (str_equal(inspection_str(at->inspection, pairs[count].key), name))
			return true;
	return false;
}

/* What the manifest has. `seen` gets its names. */
static void compare_kind(struct comparison *at, enum inspected kind, const struct map *edges, struct map *seen)
{
	const struct tree *tree = at->walk->scan->tree;
	size_t count, edge;
	bool specs = tells(tree, "spec");
	const struct inspection_pair *pairs = inspection_list(at->inspection, kind, &count);
	for (size_t i = 0; i < count; i++) {
		struct str name = inspection_str(at->inspection, pairs[i].key);
		struct str spec = inspection_str(at->inspection, pairs[i].value);
		at->walk->failed |= !map_set(seen, name, kind);
		if (kinds[kind].peers && !tells(tree, "peers"))
			continue;
		bool there = map_find(edges, name, &edge);
		if (!there && (specs || !names_bundle(at, name)))
			tell_difference(at, kind, name, spec, STR_NONE);
		else if (there && specs && !specs_agree(spec, tree->edges[edge].spec))
			tell_difference(at, kind, name, spec, tree->edges[edge].spec);
	}
}

/* Any version, or none: bun writes that of a name in peerDependenciesMeta alone. */
static bool asks_nothing(const struct edge *edge)
{
	return edge->type == EDGE_PEER_OPTIONAL && str_equal_z(edge->spec, "*");
}

static void compare_dependencies(struct comparison *at)
{
	const struct tree *tree = at->walk->scan->tree;
	if (!tells(tree, "dependencies"))
		return;
	struct map *edges = index_edges(at), *seen = map_new(at->walk->scratch, at->package->out_count);
	size_t kind;
	if (!edges || !seen) {
		at->walk->failed = true;
		return;
	}
	for (enum inspected list = INSPECTED_OPTIONAL; list <= INSPECTED_OPTIONAL_PEERS; list++)
		compare_kind(at, list, edges, seen);
	/* Where the manager rewrites dependencies, it also adds some: its list of other people's mistakes, packageExtensions. */
	for (uint32_t i = 0; tells(tree, "spec") && i < at->package->out_count; i++) {
		const struct edge *edge = &tree->edges[tree->out[at->package->out_first + i]];
		enum inspected as = is_peer(edge) ? INSPECTED_PEERS : edge->type == EDGE_OPTIONAL ? INSPECTED_OPTIONAL : INSPECTED_DEPENDENCIES;
		if (!map_find(seen, edge->name, &kind) && !asks_nothing(edge))
			tell_difference(at, as, edge->name, STR_NONE, edge->spec);
	}
}

/* ---- bins ------------------------------------------------------------------------------------------------------ */

static void tell_bin(struct comparison *at, struct str name, struct str manifest, struct str lockfile)
{
	struct arena *arena = at->walk->scan->arena;
	struct str left = manifest.n ? arena_printf(arena, "\"%.*s\"", STR_ARG(manifest)) : STR("no such command");
	struct str right = lockfile.n ? arena_printf(arena, "\"%.*s\"", STR_ARG(lockfile)) : STR("no such command");
	differ(at, "manifest-mismatch/bin", arena_copy(arena, name),
	       arena_printf(arena, "bin.%.*s: the package.json in its tarball has %.*s, the lockfile %.*s", STR_ARG(name), STR_ARG(left), STR_ARG(right)));
}

static struct str find_bin(const struct comparison *at, struct str name)
{
	size_t count;
	const struct inspection_pair *pairs = inspection_list(at->inspection, INSPECTED_BINS, &count);
	while (count--)
		if (str_equal(inspection_str(at->inspection, pairs[count].key), name))
			return inspection_str(at->inspection, pairs[count].value);
	return STR_NONE;
}

static bool names_bin(const struct package_bin *bins, size_t count, struct str name, struct walk *walk)
{
	struct str as, path;
	for (size_t i = 0; i < count; i++)
		if (bin_normalize(bins[i].name, bins[i].path, walk->scratch, &as, &path) && str_equal(as, name))
			return true;
	return false;
}

static void compare_bins(struct comparison *at)
{
	enum { COMPARED = 500 }; /* each with each: nobody has so many */
	size_t told, count;
	const struct package_bin *bins = tree_bins_of(at->walk->scan->tree, at->number, &told);
	const struct inspection_pair *pairs = inspection_list(at->inspection, INSPECTED_BINS, &count);
	bool which = !told || bins->name.n || bins->path.n;
	if (!tells(at->walk->scan->tree, "bins") || told > COMPARED || count > COMPARED)
		return;
	for (size_t i = 0; i < told && which; i++) {
		struct str name, path;
		if (!bin_normalize(bins[i].name, bins[i].path, at->walk->scratch, &name, &path))
			continue;
		struct str in_manifest = find_bin(at, name);
		if (!str_equal(in_manifest, path))
			tell_bin(at, name, in_manifest, path);
	}
	for (size_t i = 0; i < count && which; i++) {
		struct str name = inspection_str(at->inspection, pairs[i].key);
		if (!names_bin(bins, told, name, at->walk))
			tell_bin(at, name, inspection_str(at->inspection, pairs[i].value), STR_NONE);
	}
}

/* ---- what runs at installation ------------------------------------------------------------------------------------ */

static void compare_scripts(struct comparison *at)
{
	const struct scan *scan = at->walk->scan;
	if (!at->inspection->install_script || at->package->install_script || !tells(scan->tree, "install_script"))
		return;
	struct str scripts = inspection_scripts(at->inspection, scan->arena);
	differ(at, "manifest-mismatch/install-script", STR_NONE,
	       arena_printf(scan->arena, "its tarball runs a script when it is installed (%.*s); the lockfile says it has none", STR_ARG(scripts)));
	at->walk->failed |= !scripts.p;
}

/* ---- bundled packages ----------------------------------------------------------------------------------------------- */

static const struct inspection_pair *find_carried(const struct inspection *inspection, struct str folder)
{
	size_t count;
	const struct inspection_pair *pairs = inspection_list(inspection, INSPECTED_CARRIED, &count);
	for (size_t i = 0; i < count; i++)
		if (str_equal(inspection_str(inspection, pairs[i].key), folder))
			return &pairs[i];
	return NULL;
}

static void compare_carried(struct comparison *at, const struct package *carrier, struct str folder)
{
	struct arena *arena = at->walk->scan->arena;
	const struct inspection_pair *found = find_carried(at->inspection, folder);
	struct str label = found ? inspection_str(at->inspection, found->value) : STR_NONE;
	size_t last = str_find_last(label, '@');
	bool agrees = last < label.n && str_equal(str_head(label, last), at->package->name) &&
		      versions_agree(str_from(label, last + 1), at->package->version);
	if (agrees)
		return;
	struct str has = !found ? STR("no package") : label.n ? label : STR("a package.json that cannot be read");
	differ(at, "manifest-mismatch/bundled", at->package->id,
	       arena_printf(arena, "it travels in the tarball of %.*s, which has %.*s at %.*s", STR_ARG(package_label(arena, carrier)), STR_ARG(has),
			    STR_ARG(folder)));
}

/* As far as the tarball that carries it could be read. */
static enum judgement judge_carried(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	struct str folder = STR_NONE;
	uint32_t carrier = scan->tarballs ? carrier_of(scan->tree, number, walk->scratch, &folder) : TREE_NONE;
	const struct inspection *inspection = carrier != TREE_NONE ? scan->tarballs[carrier].inspection : NULL;
	if (!inspection || inspection->cut)
		return UNJUDGED_BUNDLED;
	struct comparison at = { walk, number, &scan->tree->packages[number], inspection };
	compare_carried(&at, &scan->tree->packages[carrier], folder);
	return JUDGED;
}

/* ---- the rule ----------------------------------------------------------------------------------------------------- */

static enum judgement judge_manifest(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct inspection *inspection = scan->tarballs ? scan->tarballs[number].inspection : NULL;
	enum judgement judgement = judge_bytes(scan, number);
	if (judgement == UNJUDGED_BUNDLED)
		return judge_carried(walk, number);
	if (judgement == JUDGED && !inspection)
		return UNJUDGED_UNPROVEN;
	if (judgement == JUDGED && !inspection->has_manifest)
		return UNJUDGED_NO_MANIFEST;
	if (judgement != JUDGED)
		return judgement;
	struct comparison at = { walk, number, &scan->tree->packages[number], inspection };
	compare_identity(&at);
	compare_scripts(&at);
	if (inspection->cut)
		return JUDGED; /* unsafe-archive/limit says that more is there than was noted */
	compare_dependencies(&at);
	compare_bins(&at);
	return JUDGED;
}

enum status run_manifest_mismatch(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_manifest, err);
}
