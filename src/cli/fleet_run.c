/* fleet run: what a schedule calls - fresh advisories, what they make of what is known, what has changed in the projects; one log line a step, one exit code. */
#include <stdio.h>

#include "assay/limits.h"
#include "cli/fleet.h"

/* A line of JSON on standard output, at once: whoever reads the log sees how far it has come. */
static int log_line(struct json_writer *writer)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(64 * KIB);
	struct error err;
	json_close(writer);
	enum status status = json_writer_finish(writer, false, &line, &err);
	json_writer_free(writer);
	if (status)
		return cli_fail(&err);
	if (fwrite(line.p, 1, line.n, stdout) == line.n && fflush(stdout) == 0)
		return EXIT_FINE;
	fprintf(stderr, "assay: standard output cannot be written\n");
	return EXIT_INCOMPLETE;
}

/* NULL: out of memory. */
static struct json_writer *begin_line(const char *event)
{
	struct json_writer *writer = json_writer_new();
	if (!writer)
		return NULL;
	json_open_object(writer, NULL);
	fleet_add_json_date(writer, "time", date_now());
	json_add_text(writer, "event", str_of(event));
	return writer;
}

/* What a policy calls an error and nobody could check. */
static bool note_gap(void *context, const struct fleet_finding *finding)
{
	*(bool *)context |= finding->gap && !finding->waived;
	return true;
}

static int log_database(const struct fleet_scan_options *options, bool *starter)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	struct json_writer *writer = begin_line("advisories");
	if (!writer)
		return EXIT_INCOMPLETE;
	if (options->database && advisory_db_open(options->database, &db, NULL) == STATUS_OK) {
		const struct advisory_db_info *info = advisory_db_info(db);
		*starter = info->starter;
		if (info->starter)
			fprintf(stderr, "assay: only the starter database was used: assay db update\n");
		json_add_text(writer, "source", info->source);
		json_add_text(writer, "digest", info->digest);
		json_add_u64(writer, "advisories", info->advisories);
		fleet_add_json_date(writer, "modified", info->modified);
	} else {
		json_add_text(writer, "problem", options->scan.database_problem);
	}
	return log_line(writer);
}

static int log_scan(const struct fleet_scan_result *result)
{
	struct json_writer *writer = begin_line("rematch");
	if (!writer)
		return EXIT_INCOMPLETE;
	json_add_bool(writer, "current", result->rematch.current);
	json_add_u64(writer, "names_with_news", result->rematch.changed_names);
	json_add_u64(writer, "lockfiles", result->rematch.lockfiles);
	json_add_u64(writer, "appeared", result->rematch.appeared);
	json_add_u64(writer, "cleared", result->rematch.cleared);
	int code = log_line(writer);
	if (code || !(writer = begin_line("scan")))
		return code ? code : EXIT_INCOMPLETE;
	json_add_u64(writer, "projects", result->projects);
	json_add_u64(writer, "changed", result->changed);
	json_add_u64(writer, "unchanged", result->unchanged);
	json_add_u64(writer, "failed", result->failed);
	json_add_u64(writer, "appeared", result->appeared);
	json_add_u64(writer, "cleared", result->cleared);
	return log_line(writer);
}

/* New findings of level error, since this run began. */
static bool log_new(void *context, const struct fleet_finding *finding)
{
	int *code = context;
	struct json_writer *writer = begin_line("finding");
	if (finding->waived || finding->gap || !writer) {
		json_writer_free(writer);
		return writer != NULL;
	}
	json_add_text(writer, "project", finding->project);
	json_add_text(writer, "lockfile", finding->lockfile);
	json_add_text_or_null(writer, "owner", finding->owner);
	json_add_text(writer, "rule", finding->rule);
	json_add_text(writer, "id", finding->problem);
	json_add_text(writer, "package", finding->name);
	json_add_text(writer, "version", finding->version);
	json_add_text(writer, "severity", finding->severity);
	json_add_text(writer, "fix", finding->fix);
	json_add_text(writer, "fingerprint", finding->fingerprint);
	if (log_line(writer)) {
		*code = EXIT_INCOMPLETE;
		return false;
	}
	*code = EXIT_FINDINGS;
	return true;
}

static int log_end(int code)
{
	struct json_writer *writer = begin_line("end");
	if (!writer)
		return EXIT_INCOMPLETE;
	json_add_u64(writer, "exit", (uint64_t)code);
	int written = log_line(writer);
	return written ? written : code;
}

static int run(struct cli *cli, struct fleet *fleet, struct sandbox *sandbox)
{
	struct fleet_view view = { .what = "projects" };
	struct fleet_scan_options options;
	struct fleet_scan_result result;
	struct error err = { 0 };
	bool starter = false;
	int code = cli_refresh(cli, sandbox), found = EXIT_FINE;
	if (code || (code = fleet_scan_options(cli, &view, &options)) || (code = log_database(&options, &starter)))
		return code;
	progress_start(&view.progress, cli);
	enum status status = fleet_scan(fleet, &options, &result, &err);
	progress_end(&view.progress);
	if (status)
		return cli_fail(&err);
	if ((code = log_scan(&result)))
		return code;
	const struct fleet_finding_filter fresh = { .level = LEVEL_ERROR, .since = result.when, .at = DATE_NONE };
	if (fleet_each_finding(fleet, &fresh, log_new, &found, &err))
		return cli_fail(&err);
	if (found != EXIT_FINE)
		return found;
	bool gaps = false;
	const struct fleet_finding_filter standing = { .level = LEVEL_ERROR, .since = DATE_NONE, .at = DATE_NONE };
	if (fleet_each_finding(fleet, &standing, note_gap, &gaps, &err))
		return cli_fail(&err);
	return gaps || starter || result.failed || result.rematch.failed || !options.database ? EXIT_INCOMPLETE : EXIT_FINE;
}

int command_fleet_run(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	if (!cli->options.update && !cli->options.offline)
		cli->options.update = "";
	/* The zip of advisories is opened in a worker process. */
	int code = cli_start_sandbox(cli, cli->options.update, &sandbox);
	if (!code)
		code = fleet_open_store(cli, true, &fleet);
	return code ? code : log_end(run(cli, fleet, sandbox));
}
