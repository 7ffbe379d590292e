/*
 * A report of a job that saw less than another one does not end what that one saw. Without advisories nothing that advisories say is in it, and the packages
 * that they are about are not either: who had them has them still, as far as is known.
 */
#include "assay/limits.h"
#include "fleet/ingest.h"

/* ---- what the job could not see ------------------------------------------------------------ */

static bool is_rule(const struct json *gap, const char *rule)
{
	return str_equal_z(json_find_text(gap, "rule"), rule);
}

static bool is_unread_gap(const struct json *gap)
{
	return check_is_unread(json_find_text(gap, "rule"));
}

static bool is_missing_gap(const struct json *gap)
{
	return is_rule(gap, "no-lockfile");
}

static const struct json *unchecked_of(const struct json *project)
{
	const struct json *unchecked = json_find(project, "unchecked");
	return json_is(unchecked, JSON_ARRAY) ? unchecked : NULL;
}

static bool has_gap(const struct json *project, bool (*is_one)(const struct json *gap))
{
	const struct json *unchecked = unchecked_of(project);
	json_each(gap, unchecked)
		if (is_one(gap))
			return true;
	return false;
}

bool ingest_is_unread(const struct json *project)
{
	return has_gap(project, is_unread_gap);
}

static void set_blind(struct ingest_gaps *out, const char *why, int64_t until)
{
	out->blind = out->blind && out->until == DATE_NONE ? out->blind : why;
	out->until = until;
}

static void read_gap(const struct json *gap, const struct json *database, struct ingest_gaps *out)
{
	int64_t modified = DATE_NONE;
	if (is_rule(gap, "database-missing"))
		set_blind(out, "no advisories", DATE_NONE);
	else if (is_rule(gap, "database-starter"))
		set_blind(out, "only the starter's advisories", DATE_NONE);
	else if (is_rule(gap, "database-stale") && !out->blind)
		set_blind(out, "old advisories", date_parse(json_find_text(database, "modified"), &modified) ? modified : DATE_NONE);
	else if (!str_starts_with(json_find_text(gap, "rule"), STR("database-")) && !is_unread_gap(gap))
		out->others++;
}

/* The database's own words count too: a policy may keep silent about it. */
void ingest_read_gaps(const struct json *document, struct ingest_gaps *out)
{
	const struct json *projects = json_find(document, "projects"), *database = json_find(document, "database");
	*out = (struct ingest_gaps){ .until = DATE_NONE };
	if (json_is(database, JSON_NULL))
		set_blind(out, "no advisories", DATE_NONE);
	else if (json_is_true(database, "starter"))
		set_blind(out, "only the starter's advisories", DATE_NONE);
	json_each(project, json_is(projects, JSON_ARRAY) ? projects : NULL) {
		const struct json *unchecked = unchecked_of(project);
		json_each(gap, unchecked)
			read_gap(gap, database, out);
		if (!ingest_is_unread(project))
			continue;
		if (!out->unread.count++)
			out->unread.first = json_find_text(json_find(project, "lockfile"), "path");
		out->unread.missing += has_gap(project, is_missing_gap);
	}
}

/* ---- what stands ------------------------------------------------------------------------------ */

struct search {
	const struct ingest_gaps *gaps;
	int64_t known;
	struct arena *arena;
	struct ingest_standing *out;
	VEC(struct standing_finding) all;
	bool out_of_memory;
};

static bool note(struct search *search, const struct fleet_finding *standing)
{
	struct standing_finding *one = vec_add(search->arena, &search->all);
	size_t first = 0;
	if (!one)
		return false;
	*one = (struct standing_finding){ .finding = *standing };
	if (!fleet_keep_finding(&one->finding, search->arena))
		return false;
	(void)!map_find(search->out->first, one->finding.lockfile, &first);
	one->next = first;
	return map_set(search->out->first, one->finding.lockfile, search->all.n);
}

/* Did the job's advisories know what made it? A job told of it by its own then; the fleet's may know of it since yesterday, however long it is there. */
static bool is_known_to_job(const struct search *search, const struct fleet_finding *standing)
{
	bool told = str_starts_with(standing->decided_by, STR(TOLD_BY));
	int64_t known = told ? standing->first : search->known;
	return search->gaps->until != DATE_NONE && known != DATE_NONE && known <= search->gaps->until;
}

static bool note_finding(void *context, const struct fleet_finding *standing)
{
	struct search *search = context;
	bool seen = is_known_to_job(search, standing);
	if (check_is_by_advisory(standing->rule) && !seen && !package_name_problem(standing->name))
		search->out_of_memory = !note(search, standing);
	return !search->out_of_memory;
}

enum status ingest_find_standing(struct fleet *fleet, struct str project, const struct ingest_gaps *gaps, int64_t known, struct arena *arena,
				 struct ingest_standing *out, struct error *err)
{
	const struct fleet_finding_filter filter = { .exact = project, .since = DATE_NONE, .at = DATE_NONE };
	struct search search = { .gaps = gaps, .known = known, .arena = arena, .out = out };
	*out = (struct ingest_standing){ .first = map_new(arena, 0) };
	if (!out->first)
		return error_memory(err);
	enum status status = gaps->blind ? fleet_each_finding(fleet, &filter, note_finding, &search, err) : STATUS_OK;
	out->v = search.all.v;
	out->n = search.all.n;
	return status ? status : search.out_of_memory ? error_memory(err) : STATUS_OK;
}

static bool split_aliases(struct str aliases, struct arena *arena, struct finding *out)
{
	struct str alias;
	size_t most = 1;
	for (size_t i = 0; i < aliases.n; i++)
		most += aliases.p[i] == ',';
	out->aliases = arena_array(arena, most, sizeof *out->aliases);
	while (out->aliases && str_split(&aliases, ',', &alias))
		out->aliases[out->alias_count++] = alias;
	return out->aliases;
}

enum status ingest_read_standing(const struct fleet_finding *standing, uint32_t package, struct arena *arena, struct finding *out, bool *told,
				 struct error *err)
{
	uint32_t *instances = arena_array(arena, 1, sizeof *instances);
	*out = (struct finding){
		.rule = check_rule_by_id(standing->rule),
		.id = standing->problem,
		.fingerprint = standing->fingerprint,
		.title = standing->title,
		.message = standing->message,
		.published = DATE_NONE,
		.first_seen = DATE_NONE,
		.score_tenths = (int)standing->score,
		.epss = -1,
		.instances = instances,
		.instance_count = 1,
		.line = (uint32_t)standing->line,
		.waiver_state = standing->waived ? WAIVER_ACTIVE : WAIVER_NONE,
		.decided_by = standing->decided_by,
		.decided_for = TREE_NONE,
		.fix = { .command = standing->fix },
	};
	*told = out->rule && str_starts_with(standing->decided_by, STR(TOLD_BY)) && rule_level_by_name(standing->level, &out->level);
	if (!instances || !split_aliases(standing->aliases, arena, out))
		return error_memory(err);
	instances[0] = package;
	if (!severity_by_name(standing->severity, &out->severity))
		out->severity = SEVERITY_UNKNOWN;
	return STATUS_OK;
}

/* ---- a report's word of what is there still ----------------------------------------------------- */

struct told_search {
	struct arena *arena;
	const struct tree *tree;
	struct map *releases; /* "name\nversion" to the package */
	struct map *problems; /* "rule\nid\nname\nversion" of those that were found: of two lockfiles one is enough */
	VEC(struct finding) findings;
	struct error *err;
	enum status status;
};

static enum status add_told(struct told_search *search, const struct fleet_finding *standing)
{
	struct str problem = arena_printf(search->arena, "%.*s\n%.*s\n%.*s\n%.*s", STR_ARG(standing->rule), STR_ARG(standing->problem),
					  STR_ARG(standing->name), STR_ARG(standing->version));
	struct fleet_finding kept = *standing;
	struct finding finding;
	size_t package, there;
	bool told;
	if (!problem.p)
		return error_memory(search->err);
	struct str release = str_from(problem, standing->rule.n + standing->problem.n + 2);
	if (!map_find(search->releases, release, &package) || map_find(search->problems, problem, &there))
		return STATUS_OK;
	if (!fleet_keep_finding(&kept, search->arena) || !map_set(search->problems, problem, 1))
		return error_memory(search->err);
	enum status status = ingest_read_standing(&kept, (uint32_t)package, search->arena, &finding, &told, search->err);
	if (status || !told)
		return status;
	finding.line = search->tree->packages[package].line;
	struct finding *slot = vec_add(search->arena, &search->findings);
	if (slot)
		*slot = finding;
	return slot ? STATUS_OK : error_memory(search->err);
}

static bool note_told(void *context, const struct fleet_finding *standing)
{
	struct told_search *search = context;
	if (check_is_by_advisory(standing->rule) && str_starts_with(standing->decided_by, STR(TOLD_BY)))
		search->status = add_told(search, standing);
	return search->status == STATUS_OK;
}

enum status ingest_find_told(struct fleet *fleet, struct str project, struct arena *arena, struct told *told, struct error *err)
{
	const struct fleet_finding_filter filter = { .exact = project, .since = DATE_NONE, .at = DATE_NONE };
	const struct tree *tree = told->tree;
	struct told_search search = { .arena = arena, .tree = tree, .releases = map_new(arena, tree->package_count), .problems = map_new(arena, 0), .err = err };
	bool fine = search.releases && search.problems;
	for (uint32_t i = 0; i < tree->package_count && fine; i++) {
		const struct package *package = &tree->packages[i];
		struct str release = fleet_release_key(arena, package->name, package->version);
		fine = release.p && (package_is_own(package) || map_set(search.releases, release, i));
	}
	if (!fine)
		return error_memory(err);
	enum status status = fleet_each_finding(fleet, &filter, note_told, &search, err);
	told->findings = search.findings.v;
	told->finding_count = search.findings.n;
	return status ? status : search.status;
}
