/*
 * lockfile-drift: what the root and each workspace ask for in their package.json on disk, against what the lockfile has
 * recorded of that and resolved it to. Format-neutral: the tree's own edges are the lockfile's word, package.json the
 * project's. Somebody who installs from the lockfile gets something else than package.json says, or an error.
 *
 * Peers are not compared: whether they fit is known only with the registry at hand.
 */
#include <stdlib.h>

#include "check/check_private.h"
#include "check/drift_request.h"

/* What all importers of one project share. */
struct project {
	struct arena *arena;
	struct lockfile_manifest root;
};

struct drift {
	struct walk *walk;
	struct importer importer;
	const char *file; /* "packages/web/package.json" */
};

static const char *section_name(enum edge_type type)
{
	static const char *const names[] = {
		[EDGE_PROD] = "dependencies",
		[EDGE_DEV] = "devDependencies",
		[EDGE_OPTIONAL] = "optionalDependencies",
		[EDGE_PEER] = "peerDependencies",
		[EDGE_PEER_OPTIONAL] = "peerDependencies",
		[EDGE_WORKSPACE] = "workspaces",
		[EDGE_CONFIG] = "configDependencies",
	};
	return names[type];
}

/* One finding for each dependency of each importer: its name sets it apart. `line` in the lockfile; 0: the importer's. */
static struct finding *add_drift(struct drift *drift, const char *id, struct str name, uint32_t line, struct str message)
{
	struct walk *walk = drift->walk;
	struct str subject = arena_printf(walk->scratch, "%s %.*s", drift->file, STR_ARG(name));
	if (!subject.p || !message.p) {
		walk->failed = true;
		return NULL;
	}
	struct finding *finding = walk_found(walk, drift->importer.package, (struct problem){ .id = id, .subject = subject, .message = message });
	if (finding && line)
		finding->line = line;
	return finding;
}

/* ---- one dependency ------------------------------------------------------------------------- */

static struct str asks_for(const struct drift *drift, const struct lockfile_request *declared)
{
	struct str spec = declared->spec.n ? declared->spec : STR("*");
	struct str meant = importer_meant_spec(&drift->importer, declared->name, spec);
	bool same = str_equal(meant, spec);
	return arena_printf(drift->walk->scratch, "%s line %u asks for %.*s %.*s%s%.*s%s", drift->file, declared->line, STR_ARG(declared->name),
			    STR_ARG(spec), same ? "" : " (", STR_ARG(same ? STR("") : meant), same ? "" : ")");
}

static void add_missing(struct drift *drift, const struct lockfile_request *declared)
{
	bool optional = declared->type == EDGE_OPTIONAL;
	struct str message = arena_printf(drift->walk->scan->arena, "%.*s (%s), which the lockfile does not hold", STR_ARG(asks_for(drift, declared)),
					  section_name(declared->type));
	struct finding *finding = add_drift(drift, optional ? "lockfile-drift/missing-optional" : "lockfile-drift/missing", declared->name, 0, message);
	if (finding && !optional)
		finding->level = LEVEL_ERROR;
}

static void add_version(struct drift *drift, const struct request *request)
{
	struct arena *arena = drift->walk->scan->arena;
	struct str recorded = STR("");
	if (!request->same_text)
		recorded = arena_printf(arena, " (recorded for %.*s)", STR_ARG(request->edge->spec));
	struct str message = arena_printf(arena, "%.*s, the lockfile installs %.*s%.*s", STR_ARG(asks_for(drift, request->declared)),
					  STR_ARG(package_label(drift->walk->scratch, request->target)), STR_ARG(recorded));
	add_drift(drift, "lockfile-drift/version", request->declared->name, request->target->line, message);
}

static void add_range(struct drift *drift, const struct request *request)
{
	struct arena *arena = drift->walk->scan->arena;
	struct str message = arena_printf(arena, "%.*s, the lockfile was made for %.*s%s%.*s%s", STR_ARG(asks_for(drift, request->declared)),
					  STR_ARG(request->edge->spec), request->fit == FIT_YES ? "; its " : "",
					  STR_ARG(request->fit == FIT_YES ? package_label(drift->walk->scratch, request->target) : STR("")),
					  request->fit == FIT_YES ? " fits both" : "");
	add_drift(drift, "lockfile-drift/range", request->declared->name, request->target->line, message);
}

static void add_kind(struct drift *drift, const struct request *request)
{
	const struct lockfile_request *declared = request->declared;
	struct str message = arena_printf(drift->walk->scan->arena, "%s line %u has %.*s %.*s among its %s, the lockfile among its %s", drift->file,
					  declared->line, STR_ARG(declared->name), STR_ARG(declared->spec), section_name(declared->type),
					  section_name(request->edge->type));
	add_drift(drift, "lockfile-drift/kind", declared->name, request->target->line, message);
}

static void judge_request(struct drift *drift, const struct request *request)
{
	if (!request->target)
		add_missing(drift, request->declared);
	else if (request->fit == FIT_NO)
		add_version(drift, request);
	else if (!request->same_text)
		add_range(drift, request);
	else if (request->declared->type != request->edge->type)
		add_kind(drift, request);
}

/* ---- what nobody asks for -------------------------------------------------------------------- */

static bool is_request(enum edge_type type)
{
	return type == EDGE_PROD || type == EDGE_DEV || type == EDGE_OPTIONAL;
}

static int compare_request(const void *key, const void *element)
{
	return str_compare(*(const struct str *)key, ((const struct lockfile_request *)element)->name);
}

static void judge_extra(struct drift *drift)
{
	const struct tree *tree = drift->importer.tree;
	const struct package *importer = &tree->packages[drift->importer.package];
	const struct lockfile_manifest *manifest = &drift->importer.manifest;
	for (uint32_t i = 0; i < importer->out_count; i++) {
		const struct edge *edge = &tree->edges[tree->out[importer->out_first + i]];
		if (!is_request(edge->type) || (manifest->request_count && bsearch(&edge->name, manifest->requests, manifest->request_count,
										   sizeof *manifest->requests, compare_request)))
			continue;
		const struct package *target = edge_target(tree, edge);
		add_drift(drift, "lockfile-drift/extra", edge->name, target ? target->line : 0,
			  arena_printf(drift->walk->scan->arena, "the lockfile has %.*s %.*s among its %s, %s does not ask for it",
				       STR_ARG(edge->name), STR_ARG(edge->spec), section_name(edge->type), drift->file));
	}
}

/* ---- overrides below ---------------------------------------------------------------------------- */

/* The override that holds for what `from` asks for, or NULL. One below that very package comes before all others; which of
 * several others holds depends on the way that leads there: that is not judged. */
static const struct lockfile_override *find_applied(const struct lockfile_manifest *root, const struct edge *edge, const struct package *from)
{
	enum { MANY = 64 };
	size_t count = 0;
	const struct lockfile_override *all = override_find(root->overrides, root->override_count, edge->name, &count);
	for (size_t i = 0; i < count && i < MANY; i++)
		if (all[i].parent.p && str_equal(all[i].parent, from->name))
			return &all[i];
	return count == 1 && !all->parent.p ? all : NULL;
}

static bool breaks(const struct drift *drift, const struct package *target, const struct lockfile_override *override)
{
	const char *format = drift->importer.tree->format;
	struct arena *scratch = drift->walk->scratch;
	if (package_is_own(target) || target->bundled || target->shrinkwrapped)
		return false;
	if (override->range.p && spec_fit(override->range, target, format, scratch) != FIT_YES)
		return false;
	return spec_fit(override->spec, target, format, scratch) == FIT_NO;
}

static void add_overridden(struct drift *drift, const struct edge *edge, const struct package *target, const struct lockfile_override *override)
{
	struct arena *arena = drift->walk->scan->arena, *scratch = drift->walk->scratch;
	struct str from = package_label(scratch, &drift->importer.tree->packages[edge->from]);
	struct str message = arena_printf(arena,
					  "%s line %u overrides %.*s with %.*s, the lockfile gives %.*s, which asks "
					  "for %.*s, %.*s",
					  drift->file, override->line, STR_ARG(override->name), STR_ARG(override->spec), STR_ARG(from),
					  STR_ARG(edge->spec), STR_ARG(package_label(scratch, target)));
	add_drift(drift, "lockfile-drift/override", edge->name, target->line, message);
}

/* npm keeps its overrides out of the lockfile: whether they were applied shows in the tree. The first package that
 * shows they were not is enough. */
static void judge_overrides(struct drift *drift)
{
	const struct tree *tree = drift->importer.tree;
	const struct lockfile_manifest *root = drift->importer.root;
	bool *reported = arena_array(drift->walk->scratch, root->override_count, sizeof *reported);
	drift->walk->failed |= !reported;
	for (uint32_t e = 0; reported && root->override_count && e < tree->edge_count; e++) {
		const struct edge *edge = &tree->edges[e];
		const struct package *from = &tree->packages[edge->from], *target = edge_target(tree, edge);
		const struct lockfile_override *override = target && !package_is_own(from) ? find_applied(root, edge, from) : NULL;
		if (!override || reported[override - root->overrides] || !breaks(drift, target, override))
			continue;
		reported[override - root->overrides] = true;
		add_overridden(drift, edge, target, override);
	}
}

/* ---- workspaces ---------------------------------------------------------------------------------- */

static struct map *known_folders(const struct drift *drift)
{
	const struct tree *tree = drift->importer.tree;
	struct map *known = map_new(drift->walk->scratch, 0);
	for (uint32_t i = 0; known && i < tree->package_count; i++)
		if (tree->packages[i].kind == PACKAGE_WORKSPACE && !map_set(known, tree->packages[i].folder, i))
			return NULL;
	return known;
}

/* What a workspace that is new asks for is nowhere in the lockfile. */
static enum status judge_workspaces(struct drift *drift, struct error *problem)
{
	struct arena *arena = drift->walk->scan->arena;
	struct map *known = known_folders(drift);
	struct str *folders = NULL;
	size_t count = 0, number;
	if (!known)
		return error_memory(problem);
	enum status status = lockfile_find_workspaces(drift->importer.tree, drift->importer.root, drift->walk->scratch, &folders, &count, problem);
	for (size_t i = 0; !status && i < count; i++)
		if (!map_find(known, folders[i], &number))
			add_drift(drift, "lockfile-drift/workspace", folders[i], 0,
				  arena_printf(arena, "package.json has the workspace %.*s, the lockfile does not", STR_ARG(folders[i])));
	return status;
}

/* ---- the rule ------------------------------------------------------------------------------------- */

static enum judgement unreadable(struct drift *drift, enum status status, const struct error *problem)
{
	if (status == STATUS_NOT_FOUND)
		return UNJUDGED_NO_PACKAGE_JSON;
	drift->walk->failed |= status == STATUS_MEMORY;
	add_drift(drift, "lockfile-drift/unreadable", STR(""), 0,
		  arena_printf(drift->walk->scan->arena, "what is asked for cannot be compared with the lockfile: %s", problem->text));
	return judge_package_json(status);
}

static enum judgement judge_manifest(struct drift *drift)
{
	const struct lockfile_manifest *root = drift->importer.root;
	struct error problem;
	if (!importer_index_edges(&drift->importer)) {
		drift->walk->failed = true;
		return JUDGED;
	}
	struct request request;
	for (size_t at = 0; importer_next_request(&drift->importer, &at, &request);)
		judge_request(drift, &request);
	judge_extra(drift);
	if (drift->importer.package != 0)
		return JUDGED;
	if (strcmp(drift->importer.tree->format, "npm") == 0 && !root->deep_overrides)
		judge_overrides(drift);
	enum status status = judge_workspaces(drift, &problem);
	return status ? unreadable(drift, status, &problem) : JUDGED;
}

static enum judgement judge_importer(struct walk *walk, uint32_t number)
{
	struct project *project = walk->context;
	const struct tree *tree = walk->scan->tree;
	const struct package *package = &tree->packages[number];
	struct drift drift = { .walk = walk, .importer = { .tree = tree, .package = number, .root = &project->root, .scratch = walk->scratch } };
	struct error problem;
	if (!importer_is(package))
		return UNJUDGED_FOREIGN;
	struct str folder = number ? package->folder : STR("");
	drift.file = number ? arena_printf(walk->scratch, "%.*s/package.json", STR_ARG(folder)).p : "package.json";
	if (!drift.file) {
		walk->failed = true;
		return JUDGED;
	}
	/* The root's overrides hold for all: it is the first package, and its package.json stays. */
	struct arena *arena = number ? walk->scratch : project->arena;
	enum status status = lockfile_read_manifest(tree, folder, arena, &drift.importer.manifest, &problem);
	if (status)
		return unreadable(&drift, status, &problem);
	if (number == 0)
		project->root = drift.importer.manifest;
	return judge_manifest(&drift);
}

static enum judgement judge_nothing(struct walk *walk, uint32_t number)
{
	(void)walk, (void)number;
	return UNJUDGED_NO_LOCKFILE;
}

enum status run_lockfile_drift(struct scan *scan, const struct rule *rule, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct project project = { .arena = arena };
	if (!arena)
		return error_memory(err);
	size_t before = scan->findings.n;
	enum status status = walk_packages_with(scan, rule, importer_has_lockfile(scan->tree, scan->format) ? judge_importer : judge_nothing, &project, err);
	bool all = !scan->plans || !scan->plans[check_rule_number(rule)].omit;
	scan->agrees = !status && all && scan->findings.n == before;
	return status;
}
