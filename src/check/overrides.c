/*
 * override-stale: an override that nothing asks for any more, or that holds a package at a version with a known problem. Whoever wrote
 * it had a reason; it outlives that reason unseen.
 */
#include "assay/lockfile.h"
#include "assay/semver.h"
#include "check/check_private.h"
#include "check/fix.h"

/* Indexed once, for a package.json may hold any number of overrides. */
struct overrides {
	struct arena *arena;
	struct lockfile_manifest root;
	struct map *asked;    /* "name", "parent>name" of the edges */
	struct map *problems; /* name to its last finding, plus 1 */
	size_t *before;       /* by finding: the one before it of that name, plus 1; 0: none */
};

/* ---- what is there ------------------------------------------------------------------ */

/* A range is of what was asked for, which the lockfile may have rewritten: any will do. */
static bool index_edges(struct overrides *overrides, const struct tree *tree)
{
	overrides->asked = map_new(overrides->arena, tree->edge_count);
	for (uint32_t i = 0; overrides->asked && i < tree->edge_count; i++) {
		const struct edge *edge = &tree->edges[i];
		struct str pair = arena_printf(overrides->arena, "%.*s>%.*s", STR_ARG(tree->packages[edge->from].name), STR_ARG(edge->name));
		if (!pair.p || !map_set(overrides->asked, pair, 1) || !map_set(overrides->asked, edge->name, 1))
			return false;
	}
	return overrides->asked;
}

/* The rules whose findings these are come first in the table. */
static bool index_problems(struct overrides *overrides, const struct scan *scan)
{
	overrides->problems = map_new(overrides->arena, 0);
	overrides->before = arena_array(overrides->arena, scan->findings.n, sizeof *overrides->before);
	if (!overrides->problems || !overrides->before)
		return false;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		struct str name = scan->tree->packages[finding->instances[0]].name;
		if (!finding->rule->by_advisory)
			continue;
		map_find(overrides->problems, name, &overrides->before[i]);
		if (!map_set(overrides->problems, name, i + 1))
			return false;
	}
	return true;
}

static bool is_asked_for(struct walk *walk, const struct lockfile_override *override)
{
	const struct overrides *overrides = walk->context;
	struct str key = override->name;
	size_t found;
	if (override->parent.p)
		key = arena_printf(walk->scratch, "%.*s>%.*s", STR_ARG(override->parent), STR_ARG(override->name));
	walk->failed |= !key.p;
	return map_find(overrides->asked, key, &found);
}

/* A known problem of a version that the override asks for; NULL: none. */
static const struct finding *find_problem(struct walk *walk, const struct lockfile_override *override)
{
	const struct overrides *overrides = walk->context;
	const struct scan *scan = walk->scan;
	enum { MANY = 64 };
	size_t at = 0;
	if (!map_find(overrides->problems, override->name, &at))
		return NULL;
	for (unsigned tries = 0; at && tries < MANY; at = overrides->before[at - 1], tries++) {
		const struct finding *finding = &scan->findings.v[at - 1];
		struct semver version;
		if (semver_parse(scan->tree->packages[finding->instances[0]].version, SEMVER_LOOSE, &version) &&
		    spec_admits(override->spec, &version, walk->scratch))
			return finding;
	}
	return NULL;
}

/* ---- the rule --------------------------------------------------------------------------- */

static void add_stale(struct walk *walk, const char *id, const struct lockfile_override *override, struct str message)
{
	struct str subject = arena_printf(walk->scratch, "%.*s>%.*s@%.*s", STR_ARG(override->parent), STR_ARG(override->name), STR_ARG(override->range));
	struct finding *finding = walk_found(walk, 0, (struct problem){ .id = id, .subject = subject, .message = message });
	if (finding)
		finding->line = override->line;
}

static void judge_override(struct walk *walk, const struct lockfile_override *override)
{
	struct arena *arena = walk->scan->arena;
	bool below = override->parent.n > 0;
	if (str_equal_z(override->spec, "-")) /* it takes away what it is about */
		return;
	struct str what = arena_printf(walk->scratch, "%s line %u overrides %.*s%s%.*s with %.*s", override->file, override->line, STR_ARG(override->name),
				       below ? " below " : "", STR_ARG(below ? override->parent : STR("")), STR_ARG(override->spec));
	if (!is_asked_for(walk, override)) {
		add_stale(walk, "override-stale/unused", override, arena_printf(arena, "%.*s, which nothing asks for", STR_ARG(what)));
		return;
	}
	const struct finding *problem = find_problem(walk, override);
	if (problem)
		add_stale(walk, "override-stale/vulnerable", override,
			  arena_printf(arena, "%.*s, which holds it at a version with a known problem: %.*s", STR_ARG(what), STR_ARG(problem->id)));
}

static enum judgement judge_root(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	struct overrides *overrides = walk->context;
	struct error problem;
	if (number)
		return UNJUDGED_FOREIGN;
	if (!scan->format || !scan->format->install_command)
		return UNJUDGED_NO_LOCKFILE;
	enum status status = lockfile_read_manifest(scan->tree, STR(""), overrides->arena, &overrides->root, &problem);
	walk->failed |= status == STATUS_MEMORY;
	if (status) /* lockfile-drift speaks of it */
		return judge_package_json(status);
	if (overrides->root.override_count && (!index_edges(overrides, scan->tree) || !index_problems(overrides, scan)))
		walk->failed = true;
	for (size_t i = 0; !walk->failed && i < overrides->root.override_count; i++)
		judge_override(walk, &overrides->root.overrides[i]);
	return JUDGED;
}

enum status run_override_stale(struct scan *scan, const struct rule *rule, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct overrides overrides = { .arena = arena };
	if (!arena)
		return error_memory(err);
	return walk_packages_with(scan, rule, judge_root, &overrides, err);
}
