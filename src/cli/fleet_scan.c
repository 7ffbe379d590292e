/* fleet scan, fleet rematch: what has changed in which project, and what advisories that have changed make of it. */
#include <stdio.h>
#include <time.h>

#include "assay/limits.h"
#include "cli/fleet.h"

void fleet_show_progress(void *context, size_t done, size_t total)
{
	struct fleet_view *view = context;
	progress_show(&view->progress, view->what, done, total, 0);
}

void fleet_tell_failed(void *context, const struct fleet_project *project, const char *why)
{
	struct fleet_view *view = context;
	CLEANUP(buf_fini) struct buf line = BUF_INIT(16384);
	progress_end(&view->progress);
	buf_add_visible(&line, project->name);
	buf_add_z(&line, ": ");
	buf_add_visible(&line, str_of(why));
	fprintf(stderr, "assay: %.*s\n", STR_ARG(buf_str(&line)));
}

/* Each thread opens it anew: which one it is, is found out once. */
static int find_database(struct cli *cli, struct fleet_scan_options *options)
{
	struct error err = { 0 };
	struct advisory_db *db = NULL;
	if (cli_open_database(cli, &db, &err)) {
		options->scan.database_problem = arena_copy(cli->arena, str_of(err.text));
		fprintf(stderr, "assay: no advisories: %s\n", err.text);
		return EXIT_FINE;
	}
	options->database = arena_copy(cli->arena, str_of(advisory_db_info(db)->path)).p;
	advisory_db_close(db);
	return options->database ? EXIT_FINE : EXIT_INCOMPLETE;
}

static int read_timeout(const char *text, unsigned *out)
{
	int64_t seconds = FLEET_FETCH_SECONDS;
	if (text && (!duration_parse(str_of(text), &seconds) || seconds < 1 || seconds > 86400))
		return cli_usage_error("--fetch-timeout takes a time like 90s or 10m, up to a day, not \"%s\"", text);
	*out = (unsigned)seconds;
	return EXIT_FINE;
}

/* Whose a project is shows when it is read. */
static struct fleet_filter filter_to_scan(const struct cli *cli)
{
	struct fleet_filter filter = fleet_filter_of(cli);
	filter.or_unknown = true;
	return filter;
}

int fleet_scan_options(struct cli *cli, struct fleet_view *view, struct fleet_scan_options *out)
{
	*out = (struct fleet_scan_options){
		.scan = { .policy = cli->options.policy, .org_policy = cli->options.org_policy, .offline = true, .now = date_now(), .user_agent = "assay/" ASSAY_VERSION },
		.cache = cli_cache_folder(cli),
		.filter = filter_to_scan(cli),
		.again = cli->options.again,
		.jobs = cli->options.jobs,
		.progress = fleet_show_progress,
		.failed = fleet_tell_failed,
		.noted = fleet_tell_failed,
		.context = view,
	};
	int code = read_timeout(cli->options.fetch_timeout, &out->fetch_seconds);
	return code ? code : find_database(cli, out);
}

/* ---- scan ---------------------------------------------------------------------------------- */

static void tell_rematch(const struct fleet_rematch_result *result)
{
	if (!result->current && result->lockfiles)
		fprintf(stderr, "advisories: %zu names with news, %zu lockfiles judged anew; %zu finding%s came, %zu went\n", result->changed_names,
			result->lockfiles, result->appeared, result->appeared == 1 ? "" : "s", result->cleared);
}

static void tell_result(const struct fleet_scan_result *result, size_t gaps, double seconds)
{
	tell_rematch(&result->rematch);
	fprintf(stderr, "%zu project%s in %.1f s: %zu changed, %zu as before, %zu with a gap; %zu finding%s came, %zu went\n", result->projects,
		result->projects == 1 ? "" : "s", seconds, result->changed, result->unchanged, gaps, result->appeared,
		result->appeared == 1 ? "" : "s", result->cleared);
}

/* Why a run ends with exit 3, also where --quiet wants no more than that. */
static void tell_gaps(size_t projects, size_t lockfiles)
{
	if (projects)
		fprintf(stderr, "assay: %zu project%s with a gap: assay fleet list and assay who --gaps name them\n", projects, projects == 1 ? "" : "s");
	if (lockfiles)
		fprintf(stderr, "assay: %zu lockfile%s could not be judged anew: assay fleet scan reads their projects\n", lockfiles,
			lockfiles == 1 ? "" : "s");
}

int command_fleet_scan(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct fleet_view view = { .what = "projects" };
	struct error err = { 0 };
	struct fleet_scan_result result;
	struct fleet_scan_options options;
	struct timespec begun, ended;
	int code = fleet_open_store(cli, true, &fleet);
	if (code || (code = fleet_scan_options(cli, &view, &options)) || (code = fleet_check_picked(fleet, options.filter)))
		return code;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	progress_start(&view.progress, cli);
	enum status status = fleet_scan(fleet, &options, &result, &err);
	progress_end(&view.progress);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	size_t gaps = 0;
	if (status || fleet_count_gaps(fleet, &options.filter, date_now(), &gaps, &err))
		return cli_fail(&err);
	if (!cli->options.quiet && !result.projects && fleet_filter_is_set(&options.filter))
		fprintf(stderr, "what is asked for is told, not looked at: assay fleet ingest brings it up to date\n");
	else if (!cli->options.quiet)
		tell_result(&result, gaps, (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
	tell_gaps(result.failed, result.rematch.failed);
	return result.failed || result.rematch.failed || !options.database ? EXIT_INCOMPLETE : EXIT_FINE;
}

/* ---- rematch --------------------------------------------------------------------------------- */

/* What went because its advisory was withdrawn is told apart from what other ranges, or another policy, let go. */
struct rematch_view {
	struct findings_view findings;
	struct advisory_db *db;
	struct arena *arena;
	bool gone, withdrawn; /* which of the three lists */
};

static bool is_withdrawn(struct rematch_view *view, struct str id)
{
	struct affected *records;
	struct str *names;
	size_t count;
	if (!view->db || advisory_db_get(view->db, id, view->arena, &records, &names, &count, NULL))
		return false;
	return records[0].advisory->withdrawn != DATE_NONE;
}

static bool show_news(void *context, const struct fleet_finding *finding)
{
	struct rematch_view *view = context;
	if (!check_is_by_advisory(finding->rule) || (view->gone && is_withdrawn(view, finding->problem) != view->withdrawn))
		return true;
	return fleet_show_finding(&view->findings, finding);
}

static const struct {
	const char *key, *title;
	bool gone, withdrawn;
} lists[] = {
	{ "affected", "NEWLY AFFECTED", false, false },
	{ "cleared", "NO LONGER AFFECTED", true, false },
	{ "withdrawn", "WITHDRAWN", true, true },
};

static enum status show_list(struct fleet *fleet, struct rematch_view *view, size_t which, int64_t when, struct error *err)
{
	const struct fleet_finding_filter filter = { .level = LEVEL_INFO, .since = when, .at = DATE_NONE, .gone = lists[which].gone };
	struct buf *out = view->findings.out;
	CLEANUP(buf_fini) struct buf lines = BUF_PART(out);
	bool text = view->findings.format == FLEET_TEXT;
	view->gone = lists[which].gone;
	view->withdrawn = lists[which].withdrawn;
	view->findings.count = 0;
	if (view->findings.format == FLEET_JSON)
		json_open_array(view->findings.writer, lists[which].key);
	view->findings.out = text ? &lines : out;
	enum status status = fleet_each_finding(fleet, &filter, show_news, view, err);
	view->findings.out = out;
	if (view->findings.format == FLEET_JSON)
		json_close(view->findings.writer);
	if (text && view->findings.count) {
		buf_printf(out, "%s%s   %zu\n", out->n ? "\n" : "", lists[which].title, view->findings.count);
		buf_add(out, buf_str(&lines));
	}
	return status;
}

static int show_rematch(struct cli *cli, struct fleet *fleet, const struct fleet_scan_options *options, const struct fleet_rematch_result *result,
			enum fleet_format format)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	CLEANUP(json_writer_cleanup) struct json_writer *writer = json_writer_new();
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	struct rematch_view view = { .findings = { .format = format, .out = &out, .writer = writer }, .arena = cli->arena };
	struct error err = { 0 };
	if (!writer)
		return EXIT_INCOMPLETE;
	if (options->database && advisory_db_open(options->database, &db, &err))
		return cli_fail(&err);
	view.db = db;
	if (format == FLEET_CSV)
		fleet_add_finding_heads(&out);
	if (format == FLEET_JSON) {
		json_begin_document(writer, "assay.fleet-rematch/1");
		json_add_bool(writer, "current", result->current);
		json_add_u64(writer, "lockfiles", result->lockfiles);
	}
	for (size_t i = 0; i < sizeof lists / sizeof *lists && !result->current; i++)
		if (show_list(fleet, &view, i, result->when, &err))
			return cli_fail(&err);
	return fleet_write(cli, format, writer, &out);
}

int command_fleet_rematch(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct fleet_view view = { .what = "lockfiles" };
	struct fleet_scan_options options;
	struct fleet_rematch_result result;
	enum fleet_format format;
	struct error err = { 0 };
	int code = fleet_format(cli, &format);
	if (code || (code = fleet_open_store(cli, true, &fleet)) || (code = fleet_scan_options(cli, &view, &options)))
		return code;
	progress_start(&view.progress, cli);
	enum status status = fleet_rematch(fleet, &options, &result, &err);
	progress_end(&view.progress);
	if (status)
		return cli_fail(&err);
	if (result.current)
		fprintf(stderr, "%s\n", options.database ? "these advisories have judged all of it already" : "there are no advisories");
	else
		fprintf(stderr, "%zu names, %zu of them with news; %zu lockfiles judged anew: %zu finding%s came, %zu went\n", result.names,
			result.changed_names, result.lockfiles, result.appeared, result.appeared == 1 ? "" : "s", result.cleared);
	code = show_rematch(cli, fleet, &options, &result, format);
	tell_gaps(0, result.failed);
	return code ? code : options.database && !result.failed ? EXIT_FINE : EXIT_INCOMPLETE;
}
