/*
 * `scan --format json`: everything, for programs. The schema is "assay.report/1": keys may be added, none is taken away or moved.
 */
#include "report/json_report.h"

void json_report_text_z(struct json_writer *out, const char *key, const char *text)
{
	json_add_text_or_null(out, key, str_of(text));
}

void json_report_texts(struct json_writer *out, const char *key, const struct str *texts, size_t count)
{
	json_open_array(out, key);
	for (size_t i = 0; i < count; i++)
		json_add_text(out, NULL, texts[i]);
	json_close(out);
}

static void add_database(struct json_writer *out, const struct advisory_db_info *info)
{
	if (!info) {
		json_add_null(out, "database");
		return;
	}
	json_open_object(out, "database");
	json_report_text_z(out, "path", info->path);
	json_add_text(out, "source", info->source);
	json_add_text(out, "digest", info->digest);
	json_add_u64(out, "advisories", info->advisories);
	json_add_date(out, "modified", info->modified);
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
	json_add_date(out, "as_of", report->as_of);
	add_database(out, report->database);
	json_open_object(out, "policy");
	json_report_text_z(out, "source", policy ? policy_source(policy) : NULL);
	json_report_text_z(out, "org", policy ? policy_org(policy) : NULL);
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

enum status report_json_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct json_report json = { .out = writer, .scratch = arena };
	if (!writer)
		return error_memory(err);
	json_open_object(writer, NULL);
	add_head(writer, report);
	json_open_array(writer, "projects");
	for (size_t i = 0; i < report->project_count; i++) {
		enum status status = json_report_project(&json, &report->projects[i], err);
		if (status != STATUS_OK)
			return status;
	}
	json_close(writer);
	add_sum(writer, report);
	json_close(writer);
	return json_writer_finish(writer, true, out, err);
}
