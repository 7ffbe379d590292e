/*
 * `scan --format gitlab`: GitLab's dependency-scanning report, schema 15.x (security-report-schemas), as artifacts:reports:dependency_scanning takes
 * it. What GitLab refuses or stumbles over is left out or filled: a version that is empty, times with a zone, a URL of another scheme,
 * identifiers past 20. Gaps are messages of the scan, and a scan with a gap that matters has failed.
 */
#include "report/report_private.h"

enum { MAX_IDENTIFIERS = 20, MAX_NAME = 255, MAX_SOLUTION = 7000, MAX_DESCRIPTION = 100000 };

struct gitlab {
	struct json_writer *out;
	struct arena *arena;
	const struct report *report;
	struct listing listing;
};

/* "2026-11-23T09:00:00": no zone. */
static struct str zoneless(struct gitlab *gitlab, int64_t date)
{
	struct str text = report_date(gitlab->arena, date == DATE_NONE ? 0 : date);
	return str_head(text, text.n ? text.n - 1 : 0);
}

/* At most so many characters, which are no more than bytes. */
static struct str cut(struct str text, size_t max)
{
	if (text.n <= max)
		return text;
	while (max && ((unsigned char)text.p[max] & 0xc0) == 0x80)
		max--;
	return str_head(text, max);
}

static void add_tool(struct gitlab *gitlab, const char *key)
{
	struct json_writer *out = gitlab->out;
	json_open_object(out, key);
	json_add_text(out, "id", STR("assay"));
	json_add_text(out, "name", STR("assay"));
	json_add_text(out, "version", STR(ASSAY_VERSION));
	json_open_object(out, "vendor");
	json_add_text(out, "name", STR("assay"));
	json_close(out);
	json_close(out);
}

static void add_messages(struct gitlab *gitlab)
{
	struct json_writer *out = gitlab->out;
	json_open_array(out, "messages");
	json_open_object(out, NULL);
	json_add_text(out, "level", STR("info"));
	json_add_text(out, "value", arena_printf(gitlab->arena, "advisories: %.*s", STR_ARG(report_database(gitlab->arena, gitlab->report))));
	json_close(out);
	for (size_t i = 0; i < gitlab->listing.n; i++) {
		const struct listed *listed = &gitlab->listing.v[i];
		if (!listed->finding->rule->gap || listed_is_waived(listed))
			continue;
		json_open_object(out, NULL);
		json_add_text(out, "level",
			      listed->finding->level == LEVEL_ERROR ? STR("fatal") :
			      listed->finding->level == LEVEL_WARN  ? STR("warn") :
								      STR("info"));
		json_add_text(out, "value",
			      arena_printf(gitlab->arena, "%s: %s: %.*s", project_path(listed->project), listed->finding->rule->id,
					   STR_ARG(listed_message(gitlab->arena, listed))));
		json_close(out);
	}
	json_close(out);
}

static void add_scan(struct gitlab *gitlab)
{
	struct json_writer *out = gitlab->out;
	json_open_object(out, "scan");
	add_tool(gitlab, "analyzer");
	add_tool(gitlab, "scanner");
	json_add_text(out, "type", STR("dependency_scanning"));
	json_add_text(out, "start_time", zoneless(gitlab, gitlab->report->as_of));
	json_add_text(out, "end_time", zoneless(gitlab, gitlab->report->as_of));
	json_add_text(out, "status", gitlab->report->complete ? STR("success") : STR("failure"));
	add_messages(gitlab);
	json_close(out);
}

/* ---- vulnerabilities ---------------------------------------------------------------- */

static const char *severity_word(const struct listed *listed)
{
	static const char *const words[] = {
		[SEVERITY_NONE] = "Info",       [SEVERITY_LOW] = "Low",   [SEVERITY_MEDIUM] = "Medium",
		[SEVERITY_UNKNOWN] = "Unknown", [SEVERITY_HIGH] = "High", [SEVERITY_CRITICAL] = "Critical",
	};
	return words[listed->finding->severity];
}

static void add_identifier(struct gitlab *gitlab, struct str id, struct str url)
{
	static const struct {
		const char *prefix, *type, *url;
	} kinds[] = {
		{ "CVE-", "cve", "https://nvd.nist.gov/vuln/detail/" },
		{ "GHSA-", "ghsa", "https://github.com/advisories/" },
		{ "MAL-", "osv", "https://osv.dev/vulnerability/" },
		{ "", "osv", NULL },
	};
	size_t kind = 0;
	while (!str_starts_with(id, str_of(kinds[kind].prefix)))
		kind++;
	bool plain = id.n > 0;
	for (size_t i = 0; i < id.n; i++)
		plain &= ascii_is_alpha((unsigned char)id.p[i]) || ascii_is_digit((unsigned char)id.p[i]) || id.p[i] == '-';
	if (plain && kinds[kind].url)
		url = arena_printf(gitlab->arena, "%s%.*s", kinds[kind].url, STR_ARG(id));
	json_open_object(gitlab->out, NULL);
	json_add_text(gitlab->out, "type", str_of(kinds[kind].type));
	json_add_text(gitlab->out, "name", cut(id, MAX_NAME));
	json_add_text(gitlab->out, "value", cut(id, MAX_NAME));
	if (url.n)
		json_add_text(gitlab->out, "url", url);
	json_close(gitlab->out);
}

static void add_identifiers(struct gitlab *gitlab, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	json_open_array(gitlab->out, "identifiers");
	if (listed_is_advisory(listed)) {
		add_identifier(gitlab, finding->id, listed_url(gitlab->arena, listed));
		for (size_t i = 0; i < finding->alias_count && i + 1 < MAX_IDENTIFIERS; i++)
			add_identifier(gitlab, finding->aliases[i], STR(""));
	} else {
		json_open_object(gitlab->out, NULL);
		json_add_text(gitlab->out, "type", STR("assay_rule"));
		json_add_text(gitlab->out, "name", str_of(finding->rule->id));
		json_add_text(gitlab->out, "value", str_of(finding->rule->id));
		json_close(gitlab->out);
	}
	json_close(gitlab->out);
}

static void add_dependency(struct gitlab *gitlab, const char *key, const struct package *package)
{
	struct json_writer *out = gitlab->out;
	json_open_object(out, key);
	json_open_object(out, "package");
	json_add_text(out, "name", package->name.n ? package->name : package->id.n ? package->id : STR("project"));
	json_close(out);
	json_add_text(out, "version", package->version.n ? package->version : STR("unknown"));
	json_add_bool(out, "direct", package->direct);
	json_close(out);
}

static void add_links(struct gitlab *gitlab, const struct listed *listed)
{
	struct str url = listed_url(gitlab->arena, listed);
	json_open_array(gitlab->out, "links");
	if (url.n) {
		json_open_object(gitlab->out, NULL);
		json_add_text(gitlab->out, "url", url);
		json_close(gitlab->out);
	}
	json_close(gitlab->out);
}

static void add_vulnerability(struct gitlab *gitlab, const struct listed *listed)
{
	struct json_writer *out = gitlab->out;
	struct arena *arena = gitlab->arena;
	const struct finding *finding = listed->finding;
	struct str path = listed_path(arena, listed);
	struct str title = listed_is_advisory(listed) ? finding->title : str_of(finding->rule->title);
	json_open_object(out, NULL);
	json_add_text(out, "id", report_uuid(arena, finding->fingerprint));
	json_add_text(out, "name", cut(arena_printf(arena, "%.*s: %.*s", STR_ARG(package_step(arena, listed_package(listed))), STR_ARG(title)), MAX_NAME));
	json_add_text(out, "description",
		      cut(arena_printf(arena, "%.*s%s%.*s", STR_ARG(listed_message(arena, listed)), path.n ? "\n\nBy way of: " : "", STR_ARG(path)),
			  MAX_DESCRIPTION));
	json_add_text(out, "severity", str_of(severity_word(listed)));
	json_add_text(out, "solution", cut(listed_remedy(arena, listed), MAX_SOLUTION));
	json_open_object(out, "location");
	json_add_text(out, "file", str_of(project_path(listed->project)));
	add_dependency(gitlab, "dependency", listed_package(listed));
	json_close(out);
	add_identifiers(gitlab, listed);
	add_links(gitlab, listed);
	json_close(out);
}

/* What is waived is decided: GitLab has no word for it and would ask again. */
static bool is_told(const struct listed *listed)
{
	return !listed->finding->rule->gap && !listed_is_waived(listed) && listed_package(listed);
}

static void add_files(struct gitlab *gitlab)
{
	struct json_writer *out = gitlab->out;
	json_open_array(out, "dependency_files");
	for (size_t i = 0; i < gitlab->report->project_count; i++) {
		const struct report_project *project = &gitlab->report->projects[i];
		const struct tree *tree = project->scan->tree;
		if (!tree)
			continue;
		json_open_object(out, NULL);
		json_add_text(out, "path", str_of(project_path(project)));
		json_add_text(out, "package_manager", str_of(project->kind ? project->kind : "npm"));
		json_open_array(out, "dependencies");
		for (uint32_t k = 0; k < tree->package_count; k++)
			if (!package_is_own(&tree->packages[k]) && tree->packages[k].version.n)
				add_dependency(gitlab, NULL, &tree->packages[k]);
		json_close(out);
		json_close(out);
	}
	json_close(out);
}

enum status report_gitlab_write(const struct report *report, struct arena *arena, struct buf *buf, struct error *err)
{
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct gitlab gitlab = { .out = writer, .arena = arena, .report = report };
	if (!writer)
		return error_memory(err);
	enum status status = listing_make(report, arena, &gitlab.listing, err);
	if (status)
		return status;
	json_open_object(writer, NULL);
	json_add_text(writer, "version", STR("15.2.1"));
	add_scan(&gitlab);
	json_open_array(writer, "vulnerabilities");
	for (size_t i = 0; i < gitlab.listing.n; i++)
		if (is_told(&gitlab.listing.v[i]))
			add_vulnerability(&gitlab, &gitlab.listing.v[i]);
	json_close(writer);
	add_files(&gitlab);
	json_close(writer);
	return json_writer_finish(writer, true, buf, err);
}
