/*
 * `scan --format json`: everything, for programs. The schema is "assay.report/1": keys may be added, none is taken away or moved.
 */
#include <stdlib.h>

#include "assay/json.h"
#include "report/records.h"
#include "report/report_private.h"

/* A search for paths costs up to LIMIT_PATH_STEPS, and a hostile lockfile can ask for one about each of its packages: past that many only
 * the shortest path is shown, and the report says so. What is grave comes first. */
enum { PATHS_SHOWN = 5, PATH_SEARCHES = 5000, CUT_SEARCH = 10, PATH_STEPS = 500000 };

/* The paths to one package, looked for once however many findings are about it. */
struct known_paths {
	struct tree_path *v;
	size_t count, total;
	bool complete, known;
};

struct json_report {
	struct json_writer *out;
	struct arena *scratch; /* emptied before each project */
	/* of the project at hand */
	const struct scan *scan;
	const struct tree *tree;
	struct importers *importers;
	struct known_paths *paths; /* by package */
	size_t searches; /* one that was cut counts for CUT_SEARCH */
	size_t steps;    /* of all paths that were kept */
};

static void add_date(struct json_writer *out, const char *key, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE) {
		json_add_null(out, key);
		return;
	}
	date_format(date, text);
	json_add_text(out, key, str_of(text));
}

static void add_text_z(struct json_writer *out, const char *key, const char *text)
{
	json_add_text_or_null(out, key, str_of(text));
}

static void add_texts(struct json_writer *out, const char *key, const struct str *texts, size_t count)
{
	json_open_array(out, key);
	for (size_t i = 0; i < count; i++)
		json_add_text(out, NULL, texts[i]);
	json_close(out);
}

/* npm calls the root "", people call it ".". */
static struct str importer_name(const struct package *package)
{
	return package->id.n ? package->id : STR(".");
}

/* ---- paths -------------------------------------------------------------------------- */

/* The user's own packages go by their name alone. */
static struct str step_label(struct json_report *json, const struct package *package)
{
	if (package->kind != PACKAGE_ROOT && package->kind != PACKAGE_WORKSPACE)
		return package_label(json->scratch, package);
	return package->name.n ? package->name : importer_name(package);
}

static void add_path(struct json_report *json, const struct tree_path *path)
{
	json_open_array(json->out, NULL);
	for (size_t i = 0; i < path->length; i++)
		json_add_text(json->out, NULL, step_label(json, &json->tree->packages[path->packages[i]]));
	json_close(json->out);
}

static enum status find_shortest(struct json_report *json, uint32_t number, struct known_paths *known,
				 struct error *err)
{
	struct tree_path *path = arena_alloc(json->scratch, sizeof *path);
	enum status status =
		path ? tree_shortest_path(json->tree, number, json->scratch, path, err) : error_memory(err);
	if (status == STATUS_OK) {
		size_t found = path->length > 0;
		*known = (struct known_paths){ .v = path, .count = found, .total = found, .known = true };
	}
	return status;
}

static enum status find_paths(struct json_report *json, uint32_t number, struct error *err)
{
	struct known_paths *known = &json->paths[number];
	if (known->known)
		return STATUS_OK;
	/* A chain of n packages, a finding for each, has n * n / 2 steps: past a bound no path is told, and it says so. */
	if (json->steps >= PATH_STEPS) {
		*known = (struct known_paths){ .total = json->tree->packages[number].reachable, .known = true };
		return STATUS_OK;
	}
	if (json->tree->packages[number].reachable)
		json->steps += json->tree->packages[number].depth + (size_t)1;
	if (json->searches >= PATH_SEARCHES)
		return find_shortest(json, number, known, err);
	enum status status = tree_paths(json->tree, number, PATHS_SHOWN, json->scratch, &known->v, &known->count,
					&known->total, &known->complete, err);
	known->known = status == STATUS_OK;
	if (status == STATUS_OK) {
		json->searches += known->complete ? 1 : CUT_SEARCH;
		for (size_t i = 1; i < known->count; i++)
			json->steps += known->v[i].length;
	}
	return status;
}

/* The shortest of `best` and `more`, both in rising order, to `merged`; how many. */
static size_t merge_paths(const struct tree_path *const *best, size_t best_count, const struct known_paths *more,
			  const struct tree_path **merged)
{
	size_t a = 0, b = 0, n = 0;
	while (n < PATHS_SHOWN && (a < best_count || b < more->count)) {
		bool old = b == more->count || (a < best_count && best[a]->length <= more->v[b].length);
		merged[n++] = old ? best[a++] : &more->v[b++];
	}
	return n;
}

static enum status add_paths(struct json_report *json, const struct finding *finding, struct error *err)
{
	const struct tree_path *best[PATHS_SHOWN] = { 0 }, *merged[PATHS_SHOWN] = { 0 };
	size_t count = 0, total = 0;
	bool complete = true;
	for (size_t i = 0; i < finding->instance_count; i++) {
		enum status status = find_paths(json, finding->instances[i], err);
		if (status != STATUS_OK)
			return status;
		const struct known_paths *known = &json->paths[finding->instances[i]];
		count = merge_paths(best, count, known, merged);
		memcpy(best, merged, sizeof best);
		total += known->total;
		complete &= known->complete;
	}
	json_open_array(json->out, "paths");
	for (size_t i = 0; i < count; i++)
		add_path(json, best[i]);
	json_close(json->out);
	json_add_u64(json->out, "paths_total", total);
	json_add_bool(json->out, "paths_complete", complete);
	return STATUS_OK;
}

/* ---- findings ------------------------------------------------------------------------- */

static void add_package(struct json_report *json, const struct package *package)
{
	struct json_writer *out = json->out;
	json_open_object(out, "package");
	json_add_text(out, "id", package->id);
	json_add_text(out, "name", package->name);
	json_add_text(out, "version", package->version);
	json_add_text(out, "purl", package_purl(json->scratch, package));
	json_add_text(out, "scope", str_of(scope_name(package->scope)));
	json_add_bool(out, "direct", package->direct);
	json_close(out);
}

static void add_instances(struct json_report *json, const struct finding *finding)
{
	struct json_writer *out = json->out;
	json_open_array(out, "instances");
	for (size_t i = 0; i < finding->instance_count; i++) {
		const struct package *package = &json->tree->packages[finding->instances[i]];
		const struct importers *importers = &json->importers[finding->instances[i]];
		json_open_object(out, NULL);
		json_add_text(out, "id", package->id);
		json_add_u64(out, "line", package->line);
		json_add_text(out, "scope", str_of(scope_name(package->scope)));
		json_open_array(out, "importers");
		for (size_t k = 0; k < importers->n; k++)
			json_add_text(out, NULL, importer_name(&json->tree->packages[importers->v[k]]));
		json_close(out);
		json_close(out);
	}
	json_close(out);
}

static void add_fix(struct json_writer *out, const struct fix *fix)
{
	json_open_object(out, "fix");
	json_add_text(out, "kind", str_of(fix_kind_name(fix->kind)));
	json_add_text_or_null(out, "package", fix->package);
	json_add_text_or_null(out, "to", fix->to);
	json_add_u64(out, "clears", fix->clears);
	json_add_text_or_null(out, "command", fix->command);
	json_add_text_or_null(out, "blocker", fix->blocker);
	json_add_text(out, "step", str_of(fix_step_name(fix->step)));
	json_add_text_or_null(out, "snippet", fix->snippet);
	json_add_text_or_null(out, "snippet_file", fix->snippet_file);
	if (fix->through_many)
		json_add_text_or_null(out, "through", STR_NONE);
	else
		add_texts(out, "through", fix->through, fix->through_count);
	json_close(out);
}

static void add_waiver(struct json_writer *out, const struct finding *finding)
{
	if (finding->waiver_state == WAIVER_NONE) {
		json_add_null(out, "waiver");
		return;
	}
	json_open_object(out, "waiver");
	json_add_bool(out, "active", finding->waiver_state == WAIVER_ACTIVE);
	json_add_text(out, "reason", finding->waiver);
	json_close(out);
}

static void add_rating(struct json_writer *out, const struct finding *finding)
{
	json_add_text(out, "severity", str_of(severity_name(finding->severity)));
	if (finding->score_tenths >= 0)
		json_add_tenths(out, "score", finding->score_tenths);
	else
		json_add_null(out, "score");
	json_add_text_or_null(out, "vector", finding->vector);
	if (finding->epss >= 0)
		json_add_number(out, "epss", finding->epss);
	else
		json_add_null(out, "epss");
	json_add_bool(out, "kev", finding->kev);
}

static enum status add_finding(struct json_report *json, const struct finding *finding, struct error *err)
{
	struct json_writer *out = json->out;
	json_open_object(out, NULL);
	json_add_text(out, "fingerprint", finding->fingerprint);
	json_add_text(out, "rule", str_of(finding->rule->id));
	json_add_text(out, "id", finding->id);
	add_texts(out, "aliases", finding->aliases, finding->alias_count);
	json_add_text(out, "title", finding->title);
	json_add_text_or_null(out, "url", finding->url);
	add_date(out, "published", finding->published);
	add_date(out, "first_seen", finding->first_seen);
	add_rating(out, finding);
	add_package(json, &json->tree->packages[finding->instances[0]]);
	json_add_u64(out, "line", finding->line);
	add_instances(json, finding);
	enum status status = add_paths(json, finding, err);
	add_texts(out, "fixed", finding->fixed, finding->fixed_count);
	add_fix(out, &finding->fix);
	json_add_text(out, "message", finding->message);
	json_add_text(out, "level", str_of(rule_level_name(finding->level)));
	json_add_text_or_null(out, "decided_by", finding->decided_by);
	add_waiver(out, finding);
	add_text_z(out, "status", finding_status_name(finding->status));
	json_close(out);
	return status;
}

/* A gap may have no tree to speak of: then the package is null. */
static void add_unchecked(struct json_report *json, const struct finding *finding)
{
	struct json_writer *out = json->out;
	const struct package *package = json->tree ? &json->tree->packages[finding->instances[0]] : NULL;
	json_open_object(out, NULL);
	json_add_text(out, "rule", str_of(finding->rule->id));
	json_add_text_or_null(out, "package", package ? package->name : STR_NONE);
	json_add_text_or_null(out, "version", package ? package->version : STR_NONE);
	json_add_text_or_null(out, "id", package ? package->id : STR_NONE);
	json_add_text(out, "detail", finding->message);
	json_add_bool(out, "retryable", finding->retryable);
	json_add_text(out, "level", str_of(rule_level_name(finding->level)));
	json_add_text_or_null(out, "decided_by", finding->decided_by);
	add_waiver(out, finding);
	json_close(out);
}

static bool is_shown(const struct finding *finding, bool gap)
{
	return finding->rule->gap == gap && finding->level != LEVEL_OFF;
}

/* ---- a project --------------------------------------------------------------------------- */

static void add_check(struct json_writer *out, const struct coverage *coverage)
{
	json_open_object(out, NULL);
	json_add_text(out, "rule", str_of(coverage->rule->id));
	json_add_u64(out, "evaluated", coverage->evaluated);
	json_open_array(out, "skipped");
	for (size_t i = 0; i < coverage->skipped_count; i++) {
		json_open_object(out, NULL);
		json_add_text(out, "why", str_of(coverage->skipped[i].why));
		json_add_u64(out, "count", coverage->skipped[i].count);
		add_text_z(out, "remedy", coverage->skipped[i].remedy);
		json_close(out);
	}
	json_close(out);
	json_close(out);
}

static void add_records(struct json_report *json)
{
	struct json_writer *out = json->out;
	if (!json->scan->records) {
		json_add_null(out, "records");
		return;
	}
	struct record_counts counts = count_records(json->scan);
	json_open_object(out, "records");
	json_add_u64(out, "found", counts.found);
	json_add_u64(out, "kept", counts.kept);
	json_add_u64(out, "stale", counts.stale);
	json_add_u64(out, "gone", counts.gone);
	json_add_u64(out, "elsewhere", counts.elsewhere);
	json_add_u64(out, "unreachable", counts.unreachable);
	json_add_u64(out, "absent", counts.absent);
	add_date(out, "oldest", counts.oldest);
	json_open_object(out, "not_given");
	json_add_u64(out, "digest", counts.no_digest);
	json_add_u64(out, "etag", counts.no_etag);
	json_add_u64(out, "date", counts.no_date);
	json_add_u64(out, "publisher", counts.no_publisher);
	json_close(out);
	json_close(out);
}

static void add_coverage(struct json_report *json)
{
	struct json_writer *out = json->out;
	const struct tree *tree = json->tree;
	size_t own = 0;
	for (uint32_t i = 0; tree && i < tree->package_count; i++)
		own += package_is_own(&tree->packages[i]);
	json_open_object(out, "coverage");
	json_add_u64(out, "packages", tree ? tree->package_count : 0);
	json_add_u64(out, "own", own);
	json_open_array(out, "checks");
	for (size_t i = 0; i < json->scan->coverage.n; i++)
		add_check(out, &json->scan->coverage.v[i]);
	json_close(out);
	add_records(json);
	json_close(out);
}

/* Paths and importers are worked out for what is shown alone. */
static enum status prepare(struct json_report *json, struct error *err)
{
	uint32_t count = json->tree->package_count;
	bool *wanted = arena_array(json->scratch, count, sizeof *wanted);
	json->paths = arena_array(json->scratch, count, sizeof *json->paths);
	if (!wanted || !json->paths)
		return error_memory(err);
	for (size_t i = 0; i < json->scan->findings.n; i++) {
		const struct finding *finding = &json->scan->findings.v[i];
		for (size_t k = 0; is_shown(finding, false) && k < finding->instance_count; k++)
			wanted[finding->instances[k]] = true;
	}
	return importers_find(json->tree, wanted, json->scratch, &json->importers, err);
}

static enum status add_findings(struct json_report *json, struct error *err)
{
	const struct scan *scan = json->scan;
	enum status status = json->tree ? prepare(json, err) : STATUS_OK;
	json_open_array(json->out, "findings");
	for (size_t i = 0; i < scan->findings.n && status == STATUS_OK; i++)
		if (json->tree && is_shown(&scan->findings.v[i], false))
			status = add_finding(json, &scan->findings.v[i], err);
	json_close(json->out);
	json_open_array(json->out, "unchecked");
	for (size_t i = 0; i < scan->findings.n; i++)
		if (is_shown(&scan->findings.v[i], true))
			add_unchecked(json, &scan->findings.v[i]);
	json_close(json->out);
	return status;
}

static void add_installed(struct json_report *json)
{
	const struct installed_result *installed = json->scan->installed;
	struct json_writer *out = json->out;
	if (!installed)
		return;
	json_open_object(out, "installed");
	json_add_u64(out, "folders", installed->folders);
	json_add_u64(out, "compared", installed->compared);
	json_add_u64(out, "files", installed->files);
	json_add_u64(out, "bytes", installed->bytes);
	json_add_bool(out, "modes", installed->modes);
	add_texts(out, "left_out", installed->left_out, installed->left_out_count);
	json_add_text_or_null(out, "problem", str_of(installed->problem));
	json_close(out);
}

/* Whom records would accuse, were the package the public one of that name. */
static void add_held_back(struct json_report *json)
{
	struct json_writer *out = json->out;
	json_open_array(out, "held_back");
	for (size_t i = 0; i < json->scan->held_back.n; i++) {
		const struct finding *held = &json->scan->held_back.v[i];
		json_open_object(out, NULL);
		json_add_text(out, "rule", str_of(held->rule->id));
		json_add_text(out, "id", held->id);
		add_texts(out, "aliases", held->aliases, held->alias_count);
		json_add_text(out, "title", held->title);
		json_add_text(out, "severity", str_of(severity_name(held->severity)));
		add_package(json, &json->tree->packages[held->instances[0]]);
		json_add_u64(out, "line", held->line);
		json_add_text(out, "why", held->message);
		json_close(out);
	}
	json_close(out);
}

static void add_fixed(struct json_writer *out, const struct report_fixed *fixed)
{
	json_open_object(out, NULL);
	json_add_text(out, "rule", str_of(fixed->rule->id));
	json_add_text(out, "id", fixed->id);
	json_add_text(out, "name", fixed->name);
	json_add_text(out, "version", fixed->version);
	json_add_text(out, "severity", str_of(severity_name(fixed->severity)));
	json_add_text(out, "status", STR("fixed"));
	json_close(out);
}

/* Null where nothing was compared. */
static void add_change(struct json_writer *out, const struct report_comparison *comparison)
{
	if (!comparison) {
		json_add_null(out, "change");
		return;
	}
	json_open_object(out, "change");
	add_text_z(out, "base", comparison->commit);
	add_text_z(out, "why", comparison->why);
	add_text_z(out, "baseline", comparison->baseline);
	if (comparison->changes) {
		json_add_u64(out, "added", comparison->changes->added);
		json_add_u64(out, "changed", comparison->changes->changed);
		json_add_u64(out, "removed", comparison->changes->removed);
		json_add_u64(out, "unchanged", comparison->changes->carried);
	}
	json_open_array(out, "fixed");
	for (size_t i = 0; i < comparison->fixed_count; i++)
		add_fixed(out, &comparison->fixed[i]);
	json_close(out);
	json_close(out);
}

static enum status add_project(struct json_report *json, const struct report_project *project, struct error *err)
{
	struct json_writer *out = json->out;
	arena_reset(json->scratch);
	json->scan = project->scan;
	json->tree = project->scan->tree;
	json->searches = json->steps = 0;
	json_open_object(out, NULL);
	json_open_object(out, "lockfile");
	add_text_z(out, "path", project->scan->path ? project->scan->path : project->path);
	add_text_z(out, "kind", project->kind);
	json_add_text_or_null(out, "version", json->tree ? json->tree->format_version : STR_NONE);
	json_close(out);
	json_add_u64(out, "packages", json->tree ? json->tree->package_count : 0);
	enum status status = add_findings(json, err);
	add_held_back(json);
	add_installed(json);
	add_change(out, project->comparison);
	add_coverage(json);
	inventory_add(out, json->scan);
	json_close(out);
	return status;
}

/* ---- the document ---------------------------------------------------------------------------- */

static void add_database(struct json_writer *out, const struct advisory_db_info *info)
{
	if (!info) {
		json_add_null(out, "database");
		return;
	}
	json_open_object(out, "database");
	add_text_z(out, "path", info->path);
	json_add_text(out, "source", info->source);
	json_add_text(out, "digest", info->digest);
	json_add_u64(out, "advisories", info->advisories);
	add_date(out, "modified", info->modified);
	json_add_bool(out, "starter", info->starter);
	json_close(out);
}

static void add_sandbox(struct json_writer *out, const struct sandbox_state *sandbox)
{
	if (!sandbox)
		return;
	json_open_object(out, "sandbox");
	json_add_text(out, "mode", str_of(sandbox_mode_name(sandbox->mode)));
	json_add_bool(out, "on", !sandbox->off);
	json_open_array(out, "layers");
	for (unsigned i = 0; i < SANDBOX_LAYERS && !sandbox->off; i++)
		if (sandbox->layers & (1u << i))
			json_add_text(out, NULL, str_of(sandbox_layer_name((enum sandbox_layer)(1u << i))));
	json_close(out);
	json_add_text_or_null(out, "problem", *sandbox->problem ? str_of(sandbox->problem) : STR_NONE);
	json_close(out);
}

static void add_head(struct json_writer *out, const struct report *report)
{
	const struct policy *policy = report->project_count ? report->projects[0].policy : NULL;
	json_add_text(out, "schema", STR("assay.report/1"));
	json_open_object(out, "tool");
	json_add_text(out, "name", STR("assay"));
	json_add_text(out, "version", STR(ASSAY_VERSION));
	json_close(out);
	add_date(out, "as_of", report->as_of);
	add_database(out, report->database);
	json_open_object(out, "policy");
	add_text_z(out, "source", policy ? policy_source(policy) : NULL);
	add_text_z(out, "org", policy ? policy_org(policy) : NULL);
	json_close(out);
	json_add_bool(out, "observe", report->observe);
	add_sandbox(out, report->sandbox);
	json_open_array(out, "environment");
	for (const char *const *name = report->environment; name && *name; name++)
		json_add_text(out, NULL, str_of(*name));
	json_close(out);
}

static void add_skipped(struct json_writer *out, const struct lockfile_list *discovery)
{
	if (!discovery)
		return;
	json_open_object(out, "skipped");
	json_add_u64(out, "folders", discovery->skipped_folders);
	json_add_u64(out, "ignored_folders", discovery->ignored_folders);
	json_add_u64(out, "ignored_lockfiles", discovery->ignored_lockfiles);
	json_add_u64(out, "excluded", discovery->excluded);
	json_add_u64(out, "linked_folders", discovery->linked_folders);
	json_close(out);
}

static void add_sum(struct json_writer *out, const struct report *report)
{
	const struct summary *summary = &report->summary;
	add_skipped(out, report->discovery);
	json_open_object(out, "summary");
	json_add_u64(out, "error", summary->error);
	json_add_u64(out, "warn", summary->warn);
	json_add_u64(out, "info", summary->info);
	json_add_u64(out, "waived", summary->waived);
	json_add_u64(out, "carried", summary->carried);
	json_add_u64(out, "unchecked", summary->unchecked);
	json_close(out);
	json_add_text(out, "verdict", str_of(verdict_name(report->verdict)));
	json_add_bool(out, "complete", report->complete);
}

enum status report_json_write(const struct report *report, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct json_report json = { .out = writer, .scratch = scratch };
	if (!writer || !scratch)
		return error_memory(err);
	json_open_object(writer, NULL);
	add_head(writer, report);
	json_open_array(writer, "projects");
	for (size_t i = 0; i < report->project_count; i++) {
		enum status status = add_project(&json, &report->projects[i], err);
		if (status != STATUS_OK)
			return status;
	}
	json_close(writer);
	add_sum(writer, report);
	json_close(writer);
	return json_writer_finish(writer, true, out, err);
}
