/*
 * Trees and findings out of a JSON report. It names the packages that something was found in, those on the way to them, and with --verify all whose tarballs were read: of
 * these alone can be said later that the project has them.
 */
#include "assay/limits.h"
#include "fleet/ingest.h"

struct reading {
	struct tree *tree;
	VEC(struct finding) findings; /* of that tree */
	struct arena *arena;
	const struct ingest_standing *standing; /* NULL: nothing */
	struct ingest_report *report;
	struct error *err;
};

static enum status refuse(struct reading *reading, const struct json *at, const char *what)
{
	return error_at(reading->err, STATUS_INVALID, at ? at->line : 0, at ? at->column : 0, "%s", what);
}

static enum scope scope_of(struct str name)
{
	for (enum scope scope = SCOPE_PROD; scope < SCOPE_UNKNOWN; scope++)
		if (str_equal_z(name, scope_name(scope)))
			return scope;
	return SCOPE_UNKNOWN;
}

/* *number: its place in the tree, made where there is none. */
static enum status put_package(struct reading *reading, const struct json *at, struct str name, struct str version, uint32_t *number)
{
	struct str id = arena_printf(reading->arena, "%.*s@%.*s", STR_ARG(name), STR_ARG(version));
	const char *problem = package_name_problem(name);
	if (!id.p)
		return error_memory(reading->err);
	if (problem || str_find(version, '\n') < version.n)
		return refuse(reading, at, "this is no package of npm's");
	*number = tree_find(reading->tree, id);
	if (*number != TREE_NONE)
		return STATUS_OK;
	*number = reading->tree->package_count;
	struct package *package = tree_add_package(reading->tree, id, reading->err);
	if (!package)
		return reading->err->status;
	package->name = name;
	package->version = version;
	package->kind = PACKAGE_REGISTRY;
	package->scope = SCOPE_UNKNOWN;
	package->recorded = true;
	return STATUS_OK;
}

static enum status put_edge(struct reading *reading, uint32_t from, uint32_t to)
{
	const struct edge edge = { from, to, reading->tree->packages[to].name, STR(""), EDGE_PROD };
	return tree_add_edge(reading->tree, edge) ? STATUS_OK : error_memory(reading->err);
}

/* ["webapp", "axios@0.21.1", …]: the first is the project, or one of its workspaces. */
static enum status read_path(struct reading *reading, const struct json *path)
{
	uint32_t from = 0;
	enum status status = STATUS_OK;
	for (const struct json *step = json_is(path, JSON_ARRAY) && path->child ? path->child->next : NULL; step && !status; step = step->next) {
		struct str label = json_text(step);
		size_t at = str_find_last(label, '@');
		if (at == 0 || at >= label.n) /* a workspace */
			continue;
		uint32_t to = from;
		status = put_package(reading, step, str_head(label, at), str_from(label, at + 1), &to);
		if (!status && from != to)
			status = put_edge(reading, from, to);
		from = to;
	}
	return status;
}

/* The user's own code has a name and a version as any package has, and is none of the registry's. Reports that do not say so yet end its path in its
 * name alone. */
static bool is_own(const struct json *finding, const struct json *package)
{
	const struct json *said = json_find(package, "own"), *paths = json_find(finding, "paths"), *end = NULL;
	struct str name = json_find_text(package, "name"), purl = json_find_text(package, "purl");
	if (said || !purl.n || !name.n)
		return json_is_true(package, "own") || !purl.n || !name.n;
	const struct json *path = json_is(paths, JSON_ARRAY) ? paths->child : NULL;
	json_each(step, path)
		end = step;
	return end && str_equal(json_text(end), name) && json_find_text(package, "version").n;
}

/* Own code stands for the root. */
static enum status read_subject(struct reading *reading, const struct json *finding, uint32_t *number)
{
	const struct json *package = json_find(finding, "package");
	struct purl parsed;
	bool is_npm = false;
	*number = 0;
	if (!json_is(package, JSON_OBJECT))
		return refuse(reading, finding, "this is no finding: it has no \"package\"");
	if (is_own(finding, package))
		return STATUS_OK;
	enum status status = purl_parse(json_find_text(package, "purl"), reading->arena, &is_npm, &parsed, NULL);
	if (status == STATUS_MEMORY)
		return error_memory(reading->err);
	if (status || !is_npm)
		return refuse(reading, json_find(package, "purl"), "this is no package URL of npm's");
	status = put_package(reading, package, json_find_text(package, "name"), json_find_text(package, "version"), number);
	if (status)
		return status;
	struct package *put = &reading->tree->packages[*number];
	put->scope = scope_of(json_find_text(package, "scope"));
	put->kind = lockfile_resolved_kind(parsed.source);
	json_each(path, json_find(finding, "paths"))
		if ((status = read_path(reading, path)))
			return status;
	return STATUS_OK;
}

static enum status read_finding(struct reading *reading, const struct json *json)
{
	struct finding finding;
	bool known = false;
	uint32_t package;
	enum status status = read_subject(reading, json, &package);
	if (!status)
		status = ingest_read_finding(json, package, reading->arena, &finding, &known, reading->err);
	if (status)
		return status;
	reading->report->not_understood += !known;
	if (known && finding.rule->by_advisory) /* of others it may be another file's */
		reading->tree->packages[package].line = finding.line;
	struct finding *slot = known ? vec_add(reading->arena, &reading->findings) : NULL;
	if (known && !slot)
		return error_memory(reading->err);
	if (slot)
		*slot = finding;
	return STATUS_OK;
}

static enum status read_inventory(struct reading *reading, const struct json *entry)
{
	uint32_t number;
	struct str name = json_find_text(entry, "name");
	if (!name.n)
		return refuse(reading, entry, "this entry of the inventory has no name");
	enum status status = put_package(reading, entry, name, json_find_text(entry, "version"), &number);
	if (!status && json_find_text(entry, "digest").n)
		reading->tree->packages[number].integrity = json_find_text(entry, "digest");
	return status;
}

/* `all`: the report names every package, and what it does not name is not there. */
static enum status add_standing(struct reading *reading, const struct fleet_finding *standing, bool all)
{
	uint32_t number = 0, before = reading->tree->package_count;
	struct finding finding;
	bool told;
	struct str id = arena_printf(reading->arena, "%.*s@%.*s", STR_ARG(standing->name), STR_ARG(standing->version));
	if (!id.p)
		return error_memory(reading->err);
	if (all && tree_find(reading->tree, id) == TREE_NONE)
		return STATUS_OK;
	enum status status = put_package(reading, NULL, standing->name, standing->version, &number);
	if (status)
		return status;
	struct package *package = &reading->tree->packages[number];
	package->scope = package->scope == SCOPE_UNKNOWN ? scope_of(standing->scope) : package->scope;
	package->line = number == before ? (uint32_t)standing->line : package->line;
	status = ingest_read_standing(standing, number, reading->arena, &finding, &told, reading->err);
	struct finding *slot = !status && told ? vec_add(reading->arena, &reading->findings) : NULL;
	if (slot)
		*slot = finding;
	return status || slot || !told ? status : error_memory(reading->err);
}

static enum status add_all_standing(struct reading *reading, bool all)
{
	enum status status = STATUS_OK;
	size_t at = 0;
	if (reading->standing)
		(void)!map_find(reading->standing->first, str_of(reading->tree->path), &at);
	for (; at && !status; at = reading->standing->v[at - 1].next)
		status = add_standing(reading, &reading->standing->v[at - 1].finding, all);
	return status;
}

/* It says who brings a package in, and not which ranges ask for it: whoever judges it here knows no command that clears a finding. */
static enum status start_tree(struct reading *reading, const struct json *project)
{
	static const char *const unknown[] = { "spec",       "ranges",  "alias",        "integrity", "resolved", "license", "install_script",
					       "deprecated", "bundled", "dependencies", "peers",     "bins",     NULL };
	const struct json *lockfile = json_find(project, "lockfile");
	struct str path = path_join_inside(reading->arena, STR(""), json_find_text(lockfile, "path"));
	struct str kind = arena_copy(reading->arena, json_find_text(lockfile, "kind"));
	const struct lockfile_format *format = lockfile_format_by_kind(kind.p ? kind.p : "");
	if (!json_is(lockfile, JSON_OBJECT) || !path.n)
		return refuse(reading, project, "this project names no lockfile inside of it");
	memset(&reading->findings, 0, sizeof reading->findings);
	struct tree *tree = reading->tree = tree_new(reading->arena);
	struct package *root = tree ? tree_add_package(tree, STR(""), reading->err) : NULL;
	if (!root)
		return error_memory(reading->err);
	root->kind = PACKAGE_ROOT;
	root->name = STR("");
	root->version = STR("");
	tree->format = format ? format->kind : "npm";
	tree->format_version = json_find_text(lockfile, "version");
	tree->path = path.p;
	tree->unknown = unknown;
	return STATUS_OK;
}

static enum status read_project(struct reading *reading, const struct json *project)
{
	const struct json *findings = json_find(project, "findings"), *inventory = json_find(project, "inventory");
	if (!json_is(project, JSON_OBJECT) || !json_is(findings, JSON_ARRAY))
		return refuse(reading, project, "this is no project of a report: it has no \"findings\"");
	enum status status = start_tree(reading, project);
	for (const struct json *finding = findings->child; finding && !status; finding = finding->next)
		status = read_finding(reading, finding);
	for (const struct json *entry = json_is(inventory, JSON_ARRAY) ? inventory->child : NULL; entry && !status; entry = entry->next)
		status = read_inventory(reading, entry);
	if (!status)
		status = add_all_standing(reading, json_is(inventory, JSON_ARRAY));
	if (status)
		return status;
	bool paths = false;
	for (uint32_t e = 0; e < reading->tree->edge_count; e++)
		paths |= reading->tree->edges[e].from == 0;
	reading->tree->root_known = paths;
	return tree_finish(reading->tree, reading->err);
}

enum status ingest_read_report(const struct json *document, const struct ingest_standing *standing, struct arena *arena, struct ingest_report *out,
			       struct error *err)
{
	const struct json *projects = json_find(document, "projects");
	struct reading reading = { .arena = arena, .standing = standing, .report = out, .err = err };
	struct map *paths = map_new(arena, 0);
	VEC(struct told) told = { 0 };
	*out = (struct ingest_report){ 0 };
	if (!json_is(projects, JSON_ARRAY))
		return refuse(&reading, document, "this report has no \"projects\"");
	json_each(project, projects) {
		enum status status = read_project(&reading, project);
		struct told *slot = status ? NULL : vec_add(arena, &told);
		size_t number = told.n, first;
		if (!slot || !paths || !map_add(paths, str_of(reading.tree->path), number, &first))
			return status ? status : error_memory(err);
		if (first != number)
			return refuse(&reading, project, "its lockfile is another project's too");
		*slot = (struct told){ reading.tree, reading.findings.v, reading.findings.n, ingest_is_unread(project), 0 };
	}
	out->told = told.v;
	out->count = told.n;
	return STATUS_OK;
}
