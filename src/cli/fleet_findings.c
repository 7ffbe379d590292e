/* fleet findings, fleet project: what was found where, and since when. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/who.h"
#include "cli/fleet.h"

static void add_day(struct buf *out, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	date_format(date, text);
	buf_add(out, str_head(str_of(text), 10));
}

/* "error  high 7.5  GHSA-…  axios 0.21.1  checkout  package-lock.json:41  since 2026-11-26  team-pay" */
static void write_text(struct findings_view *view, const struct fleet_finding *finding)
{
	char severity[32], place[DATE_TEXT_SIZE];
	struct buf *out = view->out;
	snprintf(severity, sizeof severity, finding->score < 0 ? "%.*s" : "%.*s %lld.%lld", STR_ARG(finding->severity),
		 (long long)finding->score / 10, (long long)finding->score % 10);
	fleet_add_column(out, finding->waived ? STR("waived") : finding->level, 6);
	buf_printf(out, " %-13s ", finding->gap ? "-" : severity);
	bool advisory = check_is_by_advisory(finding->rule);
	fleet_add_column(out, advisory ? finding->problem : finding->rule, 20);
	buf_add_char(out, ' ');
	CLEANUP(buf_fini) struct buf package = BUF_PART(out);
	buf_printf(&package, "%.*s%s%.*s", STR_ARG(finding->name), finding->version.n ? " " : "", STR_ARG(finding->version));
	fleet_add_column(out, buf_str(&package), 32);
	if (!view->one_project) {
		buf_add_char(out, ' ');
		fleet_add_column(out, finding->project, 24);
	}
	buf_add_z(out, finding->gone == DATE_NONE ? " since " : " gone ");
	add_day(out, finding->gone == DATE_NONE ? finding->first : finding->gone);
	buf_add_z(out, "  ");
	fleet_add_column(out, finding->lockfile, 0);
	snprintf(place, sizeof place, ":%lld", (long long)finding->line);
	if (finding->line)
		buf_add_z(out, place);
	if (finding->owner.n && !view->one_project) {
		buf_add_z(out, "  ");
		fleet_add_column(out, finding->owner, 0);
	}
	buf_add_char(out, '\n');
}

static void write_csv(struct buf *out, const struct fleet_finding *finding)
{
	char first[DATE_TEXT_SIZE], gone[DATE_TEXT_SIZE] = "", score[32] = "";
	date_format(finding->first, first);
	if (finding->gone != DATE_NONE)
		date_format(finding->gone, gone);
	if (finding->score >= 0)
		snprintf(score, sizeof score, "%lld.%lld", (long long)finding->score / 10, (long long)finding->score % 10);
	const struct str cells[] = { finding->project,
				     finding->owner,
				     finding->lockfile,
				     finding->rule,
				     finding->problem,
				     finding->level,
				     finding->waived ? STR("true") : STR("false"),
				     finding->severity,
				     str_of(score),
				     finding->name,
				     finding->version,
				     finding->scope,
				     finding->fix,
				     str_of(first),
				     str_of(gone),
				     finding->title };
	fleet_add_csv(out, cells, sizeof cells / sizeof *cells);
}

bool fleet_show_finding(void *context, const struct fleet_finding *finding)
{
	struct findings_view *view = context;
	view->count++;
	view->waived += finding->waived;
	if (view->format == FLEET_JSON) {
		json_open_object(view->writer, NULL);
		fleet_finding_write_json(view->writer, finding);
		json_close(view->writer);
	} else if (view->format == FLEET_CSV)
		write_csv(view->out, finding);
	else
		write_text(view, finding);
	return !view->out->failed;
}

/* ---- the question ------------------------------------------------------------------------ */

static int read_level(const char *text, enum rule_level *out)
{
	*out = LEVEL_WARN;
	if (!text || (rule_level_by_name(str_of(text), out) && *out != LEVEL_OFF))
		return EXIT_FINE;
	return cli_usage_error("--level takes info, warn or error, not \"%s\"", text);
}

static int read_since(const char *text, int64_t *out)
{
	int64_t seconds;
	*out = DATE_NONE;
	if (!text || date_parse(str_of(text), out))
		return EXIT_FINE;
	if (!duration_parse(str_of(text), &seconds))
		return cli_usage_error("--since takes a date (2026-11-01) or a time (7d, 48h), not \"%s\"", text);
	*out = date_now() - seconds;
	return EXIT_FINE;
}

static int read_filter(struct cli *cli, struct fleet_finding_filter *out)
{
	struct str rule = str_of(cli->options.rule);
	*out = (struct fleet_finding_filter){ .rule = rule, .gone = cli->options.gone, .at = cli->options.as_of };
	if (rule.p && !check_rule_by_id(rule))
		return cli_usage_error("there is no rule \"%s\"", cli->options.rule);
	if (cli->options.severity && !severity_by_name(str_of(cli->options.severity), &out->severity))
		return cli_usage_error("--severity takes low, medium, high or critical, not \"%s\"", cli->options.severity);
	int code = read_level(cli->options.level, &out->level);
	return code ? code : read_since(cli->options.since, &out->since);
}

void fleet_add_finding_heads(struct buf *out)
{
	const struct str heads[] = { STR("project"), STR("owner"),    STR("lockfile"), STR("rule"),    STR("id"),      STR("level"),
				     STR("waived"),  STR("severity"), STR("score"),    STR("package"), STR("version"), STR("scope"),
				     STR("fix"),     STR("first"),    STR("gone"),     STR("title") };
	fleet_add_csv(out, heads, sizeof heads / sizeof *heads);
}

static void begin(struct findings_view *view)
{
	if (view->format == FLEET_CSV)
		fleet_add_finding_heads(view->out);
	if (view->format == FLEET_JSON)
		json_begin_document(view->writer, "assay.fleet-findings/1");
}

static int write_findings(struct cli *cli, struct fleet *fleet, const struct fleet_finding_filter *filter, struct findings_view *view)
{
	struct error err = { 0 };
	if (view->format == FLEET_JSON)
		json_open_array(view->writer, "findings");
	if (fleet_each_finding(fleet, filter, fleet_show_finding, view, &err))
		return cli_fail(&err);
	if (view->format == FLEET_TEXT)
		buf_printf(view->out, "%zu finding%s%s\n", view->count, view->count == 1 ? "" : "s", view->waived ? ", waived ones included" : "");
	return fleet_write(cli, view->format, view->writer, view->out);
}

int command_fleet_findings(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct findings_view view = { .out = &out, .writer = writer };
	struct fleet_finding_filter filter;
	int code = writer ? fleet_format(cli, &view.format) : EXIT_INCOMPLETE;
	if (code || (code = read_filter(cli, &filter)) || (code = fleet_open_store(cli, false, &fleet)))
		return code;
	filter.project = fleet_filter_of(cli);
	struct str what = cli->operands.n ? str_of(cli->operands.v[0]) : STR_NONE;
	if (what.p && who_is_advisory_id(what))
		filter.problem = what;
	else
		filter.package = what;
	begin(&view);
	code = write_findings(cli, fleet, &filter, &view);
	return code || view.count ? code : fleet_check_picked(fleet, filter.project);
}

/* ---- one project ------------------------------------------------------------------------------ */

static void add_fact(struct buf *out, const char *what, struct str value)
{
	if (!value.n)
		return;
	buf_printf(out, "%-10s ", what);
	fleet_add_column(out, value, 0);
	buf_add_char(out, '\n');
}

struct project_view {
	struct str name;
	struct findings_view *findings;
	bool found;
};

static bool show_project(void *context, const struct fleet_project *project)
{
	struct project_view *view = context;
	char ago[DATE_TEXT_SIZE], counts[64];
	if (!str_equal(project->name, view->name))
		return true;
	struct buf *out = view->findings->out;
	CLEANUP(buf_fini) struct buf owners = BUF_PART(out);
	view->found = true;
	if (view->findings->format == FLEET_JSON)
		fleet_write_project_json(view->findings->writer, "project", project);
	if (view->findings->format != FLEET_TEXT)
		return false;
	snprintf(counts, sizeof counts, "%llu lockfile%s, %llu packages", (unsigned long long)project->lockfiles, project->lockfiles == 1 ? "" : "s",
		 (unsigned long long)project->packages);
	add_fact(out, "project", project->name);
	add_fact(out, fleet_kind_name(project->kind), project->location);
	add_fact(out, "branch", project->branch);
	add_fact(out, "commit", project->commit);
	fleet_add_owners(&owners, project);
	add_fact(out, "owner", buf_str(&owners));
	add_fact(out, "tags", project->tags);
	add_fact(out, "seen", fleet_ago(project->seen, date_now(), ago));
	add_fact(out, "holds", str_of(counts));
	add_fact(out, "NOT READ", project->problem);
	add_fact(out, "NOT KNOWN", project->gap);
	buf_add_char(out, '\n');
	return false;
}

int command_fleet_project(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	struct findings_view view = { .out = &out, .writer = writer, .one_project = true };
	struct fleet_finding_filter filter;
	const struct fleet_filter all = { 0 };
	struct error err = { 0 };
	int code = writer ? fleet_format(cli, &view.format) : EXIT_INCOMPLETE;
	if (code || (code = read_filter(cli, &filter)) || (code = fleet_open_store(cli, false, &fleet)))
		return code;
	struct project_view shown = { str_of(cli->operands.v[0]), &view, false };
	begin(&view);
	if (fleet_each_project(fleet, &all, show_project, &shown, &err))
		return cli_fail(&err);
	if (!shown.found) {
		cli_usage_error("the fleet has no project \"%s\": assay fleet list names them", cli->operands.v[0]);
		return EXIT_FINDINGS;
	}
	filter.exact = shown.name;
	return write_findings(cli, fleet, &filter, &view);
}
