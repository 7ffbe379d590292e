/* The report in JSON: findings, and what could not be checked. */
#include "report/json_report.h"

void json_report_package(struct json_report *json, const struct package *package)
{
	struct json_writer *out = json->out;
	json_open_object(out, "package");
	json_add_text(out, "id", package->id);
	json_add_text(out, "name", package->name);
	json_add_text(out, "version", package->version);
	json_add_text(out, "purl", package_purl(json->scratch, package));
	json_add_text(out, "scope", str_of(scope_name(package->scope)));
	json_add_bool(out, "direct", package->direct);
	json_add_bool(out, "own", package_is_own(package));
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
			json_add_text(out, NULL, json_report_importer(&json->tree->packages[importers->v[k]]));
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
		json_report_texts(out, "through", fix->through, fix->through_count);
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
	json_report_texts(out, "aliases", finding->aliases, finding->alias_count);
	json_add_text(out, "title", finding->title);
	json_add_text_or_null(out, "url", finding->url);
	json_add_date(out, "published", finding->published);
	json_add_date(out, "first_seen", finding->first_seen);
	add_rating(out, finding);
	json_report_package(json, &json->tree->packages[finding->instances[0]]);
	json_add_u64(out, "line", finding->line);
	add_instances(json, finding);
	enum status status = json_report_paths(json, finding, err);
	json_report_texts(out, "fixed", finding->fixed, finding->fixed_count);
	add_fix(out, &finding->fix);
	json_add_text(out, "message", finding->message);
	json_add_text(out, "level", str_of(rule_level_name(finding->level)));
	json_add_text_or_null(out, "decided_by", finding->decided_by);
	add_waiver(out, finding);
	json_report_text_z(out, "status", finding_status_name(finding->status));
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

/* Paths and importers are worked out for what is shown alone. */
static enum status prepare(struct json_report *json, struct error *err)
{
	uint32_t count = json->tree->package_count;
	bool *wanted = arena_array(json->scratch, count, sizeof *wanted);
	if (!wanted || !json_report_begin_paths(json))
		return error_memory(err);
	for (size_t i = 0; i < json->scan->findings.n; i++) {
		const struct finding *finding = &json->scan->findings.v[i];
		for (size_t k = 0; is_shown(finding, false) && k < finding->instance_count; k++)
			wanted[finding->instances[k]] = true;
	}
	return importers_find(json->tree, wanted, json->scratch, &json->importers, err);
}

enum status json_report_findings(struct json_report *json, struct error *err)
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
