/* The report in JSON: one project, with what of it was judged. */
#include "report/json_report.h"
#include "report/records.h"

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
		json_report_text_z(out, "remedy", coverage->skipped[i].remedy);
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
	json_add_date(out, "oldest", counts.oldest);
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
	json_report_texts(out, "left_out", installed->left_out, installed->left_out_count);
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
		json_report_texts(out, "aliases", held->aliases, held->alias_count);
		json_add_text(out, "title", held->title);
		json_add_text(out, "severity", str_of(severity_name(held->severity)));
		json_report_package(json, &json->tree->packages[held->instances[0]]);
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
	json_report_text_z(out, "base", comparison->commit);
	json_report_text_z(out, "why", comparison->why);
	json_report_text_z(out, "baseline", comparison->baseline);
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

enum status json_report_project(struct json_report *json, const struct report_project *project, struct error *err)
{
	struct json_writer *out = json->out;
	arena_reset(json->scratch);
	json->scan = project->scan;
	json->tree = project->scan->tree;
	json_open_object(out, NULL);
	json_open_object(out, "lockfile");
	json_report_text_z(out, "path", project->scan->path ? project->scan->path : project->path);
	json_report_text_z(out, "kind", project->kind);
	json_add_text_or_null(out, "version", json->tree ? json->tree->format_version : STR_NONE);
	json_close(out);
	json_add_u64(out, "packages", json->tree ? json->tree->package_count : 0);
	enum status status = json_report_findings(json, err);
	add_held_back(json);
	add_installed(json);
	add_change(out, project->comparison);
	add_coverage(json);
	inventory_add(out, json->scan);
	json_close(out);
	return status;
}
