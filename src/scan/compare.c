/*
 * Findings beside those of the base or of an earlier report. They are the same where rule and package's name agree and some id does: an update
 * that leaves a problem is no new one. Both sides were matched with the same advisories under --base, so what an advisory brings is no
 * fault of the change.
 */
#include "assay/json.h"
#include "assay/limits.h"
#include "scan/private.h"

/* ---- what was found before ----------------------------------------------------- */

static enum scope exposed_scope(const struct scan *scan, const struct finding *finding)
{
	static const int rank[] = { [SCOPE_PROD] = 3, [SCOPE_UNKNOWN] = 2, [SCOPE_BUILD] = 1, [SCOPE_DEV] = 0 };
	enum scope worst = SCOPE_DEV;
	for (size_t i = 0; i < finding->instance_count && scan->tree; i++)
		if (rank[scan->tree->packages[finding->instances[i]].scope] > rank[worst])
			worst = scan->tree->packages[finding->instances[i]].scope;
	return worst;
}

static struct str name_of(const struct scan *scan, const struct finding *finding)
{
	return scan->tree ? scan->tree->packages[finding->instances[0]].name : STR("");
}

enum status priors_of_scan(const struct scan *scan, struct arena *arena, struct priors *out, struct error *err)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		struct prior *prior = finding->rule->gap ? NULL : vec_add(arena, &out->v);
		struct str *ids = prior ? arena_array(arena, finding->alias_count + 1, sizeof *ids) : NULL;
		if (finding->rule->gap)
			continue;
		if (!ids)
			return error_memory(err);
		ids[0] = finding->id;
		for (size_t k = 0; k < finding->alias_count; k++)
			ids[k + 1] = finding->aliases[k];
		*prior = (struct prior){
			.rule = finding->rule,
			.name = name_of(scan, finding),
			.version = scan->tree ? scan->tree->packages[finding->instances[0]].version : STR(""),
			.ids = ids,
			.id_count = finding->alias_count + 1,
			.fingerprint = finding->fingerprint,
			.level = finding->level,
			.severity = finding->severity,
			.scope = exposed_scope(scan, finding),
		};
	}
	return STATUS_OK;
}

/* ---- a report of before ------------------------------------------------------------ */

struct scan_baseline {
	const char *path;
	const struct json *projects;
};

const char *baseline_path(const struct scan_baseline *baseline)
{
	return baseline->path;
}

enum status scan_baseline_read(const char *path, struct arena *arena, struct scan_baseline **out, struct error *err)
{
	struct scan_baseline *baseline = arena_alloc(arena, sizeof *baseline);
	struct json *report = NULL;
	struct str text;
	if (!baseline)
		return error_memory(err);
	enum status status = file_read(path, LIMIT_REPORT_BYTES, arena, &text, err);
	if (!status)
		status = json_parse(text, JSON_UNIQUE_KEYS, arena, &report, NULL, err);
	if (status == STATUS_MEMORY)
		return status;
	if (status) {
		error_wrap(err, "--baseline %s", path);
		if (err)
			err->status = STATUS_USAGE;
		return STATUS_USAGE;
	}
	const struct json *projects = json_find(report, "projects");
	if (!str_equal_z(json_find_text(report, "schema"), "assay.report/1") || !json_is(projects, JSON_ARRAY)) {
		error_set(err, STATUS_USAGE, "--baseline %s: this is no report of schema \"assay.report/1\"", path);
		error_hint(err, "write one with: assay scan --format json=%s", path);
		return STATUS_USAGE;
	}
	*baseline = (struct scan_baseline){ path, projects };
	*out = baseline;
	return STATUS_OK;
}

static enum scope scope_by_name(struct str name)
{
	for (enum scope scope = SCOPE_PROD; scope <= SCOPE_UNKNOWN; scope++)
		if (str_equal_z(name, scope_name(scope)))
			return scope;
	return SCOPE_UNKNOWN;
}

/* Of a rule that is no more nothing can be compared. */
static enum status add_told(const struct json *told, struct arena *arena, struct priors *out, struct error *err)
{
	const struct rule *rule = check_rule_by_id(json_find_text(told, "rule"));
	const struct json *aliases = json_find(told, "aliases"), *package = json_find(told, "package");
	size_t count = json_is(aliases, JSON_ARRAY) ? aliases->count : 0, n = 1;
	struct prior *prior = rule ? vec_add(arena, &out->v) : NULL;
	struct str *ids = prior ? arena_array(arena, count + 1, sizeof *ids) : NULL;
	if (!rule)
		return STATUS_OK;
	if (!ids)
		return error_memory(err);
	ids[0] = json_find_text(told, "id");
	if (count)
		json_each(alias, aliases)
			ids[n++] = json_text(alias);
	*prior = (struct prior){ .rule = rule, .ids = ids, .id_count = n, .severity = SEVERITY_UNKNOWN };
	prior->fingerprint = json_find_text(told, "fingerprint");
	prior->level = str_equal_z(json_find_text(told, "level"), rule_level_name(LEVEL_ERROR)) ? LEVEL_ERROR : LEVEL_WARN;
	severity_by_name(json_find_text(told, "severity"), &prior->severity);
	prior->name = json_find_text(package, "name");
	prior->version = json_find_text(package, "version");
	prior->scope = scope_by_name(json_find_text(package, "scope"));
	return STATUS_OK;
}

enum status priors_of_baseline(const struct scan_baseline *baseline, const char *path, struct arena *arena, struct priors *out, struct error *err)
{
	enum status status = STATUS_OK;
	json_each(project, baseline->projects) {
		const struct json *findings = json_find(project, "findings");
		if (!str_equal_z(json_find_text(json_find(project, "lockfile"), "path"), path) || !json_is(findings, JSON_ARRAY))
			continue;
		for (const struct json *told = findings->child; told && !status; told = told->next)
			status = add_told(told, arena, out, err);
	}
	return status;
}

/* ---- one beside the other -------------------------------------------------------------- */

static struct str key_of(struct arena *arena, const struct rule *rule, struct str name)
{
	return arena_printf(arena, "%s %.*s", rule->id, STR_ARG(name));
}

static enum status index_priors(struct priors *priors, struct arena *arena, struct map **out, struct error *err)
{
	struct map *index = map_new(arena, priors->v.n);
	if (!index)
		return error_memory(err);
	for (size_t i = priors->v.n; i-- > 0;) {
		struct prior *prior = &priors->v.v[i];
		struct str key = key_of(arena, prior->rule, prior->name);
		size_t next;
		prior->next = map_find(index, key, &next) ? (uint32_t)next : UINT32_MAX;
		if (!key.p || !map_set(index, key, i))
			return error_memory(err);
	}
	*out = index;
	return STATUS_OK;
}

static bool has_id(const struct prior *prior, struct str id)
{
	for (size_t i = 0; i < prior->id_count; i++)
		if (str_equal(prior->ids[i], id))
			return true;
	return false;
}

/* Of what is about the project itself there are many with one id: another token, another dependency that the lockfile lacks. */
static bool is_about_project(const struct scan *scan, const struct finding *finding)
{
	if (!scan->tree)
		return true;
	enum package_kind kind = scan->tree->packages[finding->instances[0]].kind;
	return kind == PACKAGE_ROOT || kind == PACKAGE_WORKSPACE;
}

static bool is_same(const struct scan *scan, const struct prior *prior, const struct finding *finding)
{
	if (is_about_project(scan, finding))
		return str_equal(prior->fingerprint, finding->fingerprint);
	bool same = has_id(prior, finding->id);
	for (size_t i = 0; i < finding->alias_count && !same; i++)
		same = has_id(prior, finding->aliases[i]);
	return same;
}

static bool matters_more(enum scope now, enum scope before)
{
	return (now == SCOPE_PROD || now == SCOPE_UNKNOWN) && (before == SCOPE_DEV || before == SCOPE_BUILD);
}

static void compare_one(struct priors *priors, const struct map *index, const struct scan *scan, struct finding *finding, struct arena *arena)
{
	size_t at;
	finding->status = FINDING_INTRODUCED;
	if (!map_find(index, key_of(arena, finding->rule, name_of(scan, finding)), &at))
		return;
	for (uint32_t i = (uint32_t)at; i != UINT32_MAX; i = priors->v.v[i].next) {
		struct prior *prior = &priors->v.v[i];
		if (!is_same(scan, prior, finding))
			continue;
		prior->matched = true;
		bool worse = finding->severity > prior->severity || matters_more(exposed_scope(scan, finding), prior->scope);
		if (finding->status != FINDING_CARRIED)
			finding->status = worse ? FINDING_WORSENED : FINDING_CARRIED;
	}
}

/* An error of before that is no more, of what this package replaces; NULL: none. */
static const struct prior *find_cleared(const struct priors *priors, const struct map *index, struct str name, struct arena *arena)
{
	for (size_t i = 0; check_rules[i]; i++) {
		size_t at;
		if (!check_rules[i]->by_advisory || !map_find(index, key_of(arena, check_rules[i], name), &at))
			continue;
		for (uint32_t k = (uint32_t)at; k != UINT32_MAX; k = priors->v.v[k].next)
			if (!priors->v.v[k].matched && priors->v.v[k].level == LEVEL_ERROR)
				return &priors->v.v[k];
	}
	return NULL;
}

/* Whoever must wait a day to be rid of a known problem is worse off. */
static enum status mark_clearing(const struct priors *priors, const struct map *index, struct scan *scan, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < scan->findings.n; i++) {
		struct finding *finding = &scan->findings.v[i];
		if (!str_equal_z(str_of(finding->rule->id), "release-age"))
			continue;
		const struct prior *cleared = find_cleared(priors, index, name_of(scan, finding), arena);
		if (!cleared)
			continue;
		finding->id = STR("release-age/clears");
		finding->level = LEVEL_WARN;
		finding->message = arena_printf(scan->arena, "%.*s; it clears %.*s of %.*s", STR_ARG(finding->message), STR_ARG(cleared->ids[0]),
						STR_ARG(cleared->version));
		if (!finding->message.p)
			return error_memory(err);
	}
	return STATUS_OK;
}

enum status priors_compare(struct priors *priors, struct scan *scan, struct report_comparison *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct report_fixed *fixed = arena_array(scan->arena, priors->v.n + 1, sizeof *fixed);
	struct map *index = NULL;
	if (!scratch || !fixed)
		return error_memory(err);
	enum status status = index_priors(priors, scratch, &index, err);
	if (status)
		return status;
	for (size_t i = 0; i < scan->findings.n; i++)
		if (!scan->findings.v[i].rule->gap && scan->findings.v[i].status == FINDING_UNCOMPARED)
			compare_one(priors, index, scan, &scan->findings.v[i], scratch);
	for (size_t i = 0; i < priors->v.n; i++) {
		const struct prior *prior = &priors->v.v[i];
		if (!prior->matched && prior->level != LEVEL_OFF)
			fixed[out->fixed_count++] = (struct report_fixed){ prior->rule, prior->ids[0], prior->name, prior->version, prior->severity };
	}
	out->fixed = fixed;
	return mark_clearing(priors, index, scan, scratch, err);
}
