/* fleet run: what a schedule calls - fresh advisories, what they make of what is known, what has changed in the projects; one log line a step, one exit code. */
#include <stdio.h>

#include "assay/policy.h"
#include "cli/fleet.h"

/* What a policy calls an error and nobody could check. */
static bool note_gap(void *context, const struct fleet_finding *finding)
{
	*(bool *)context |= finding->gap && !finding->waived;
	return true;
}

/* What makes a run's answer incomplete, though nothing failed. */
struct gaps {
	bool update, database, projects, findings, untold;
};

/* By the bounds that the policy has which judges from outside, else the usual ones. */
static bool is_stale(const struct fleet_scan_options *options, const struct advisory_db_info *info, struct arena *arena)
{
	const struct policy_options where = { .name = options->scan.policy ? options->scan.policy : "default", .org = options->scan.org_policy };
	struct policy *policy;
	int64_t date = advisory_db_date(info);
	if (date == DATE_NONE || policy_load(&where, arena, &policy, NULL))
		return true;
	int64_t max = policy_settings(policy)->database_max_age;
	return max > 0 && options->scan.now - date > max;
}

static int log_database(struct cli *cli, const struct fleet_scan_options *options, struct gaps *gaps)
{
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	struct json_writer *writer = fleet_log_begin("advisories");
	if (!writer)
		return EXIT_INCOMPLETE;
	json_add_bool(writer, "update_failed", gaps->update);
	if (options->database && advisory_db_open(options->database, &db, NULL) == STATUS_OK) {
		const struct advisory_db_info *info = advisory_db_info(db);
		bool stale = !info->starter && is_stale(options, info, cli->arena);
		gaps->database = info->starter || stale;
		if (info->starter)
			fprintf(stderr, "assay: only the starter database was used: assay db update\n");
		if (stale)
			fprintf(stderr, "assay: the advisory database is too old: assay db update\n");
		json_add_text(writer, "source", info->source);
		json_add_text(writer, "digest", info->digest);
		json_add_u64(writer, "advisories", info->advisories);
		json_add_date(writer, "modified", info->modified);
		json_add_bool(writer, "stale", stale);
	} else {
		gaps->database = true;
		json_add_text(writer, "problem", options->scan.database_problem);
	}
	return fleet_log_end(writer);
}

static int log_scan(const struct fleet_scan_result *result)
{
	struct json_writer *writer = fleet_log_begin("rematch");
	if (!writer)
		return EXIT_INCOMPLETE;
	json_add_bool(writer, "current", result->rematch.current);
	json_add_u64(writer, "names_with_news", result->rematch.changed_names);
	json_add_u64(writer, "lockfiles", result->rematch.lockfiles);
	json_add_u64(writer, "appeared", result->rematch.appeared);
	json_add_u64(writer, "cleared", result->rematch.cleared);
	int code = fleet_log_end(writer);
	if (code || !(writer = fleet_log_begin("scan")))
		return code ? code : EXIT_INCOMPLETE;
	json_add_u64(writer, "projects", result->projects);
	json_add_u64(writer, "changed", result->changed);
	json_add_u64(writer, "unchanged", result->unchanged);
	json_add_u64(writer, "failed", result->failed);
	json_add_u64(writer, "appeared", result->appeared);
	json_add_u64(writer, "cleared", result->cleared);
	return fleet_log_end(writer);
}

static int log_end(int code)
{
	struct json_writer *writer = fleet_log_begin("end");
	if (writer)
		json_add_u64(writer, "exit", (uint64_t)code);
	int written = fleet_log_end(writer);
	return written ? written : code;
}

static int scan(struct cli *cli, struct fleet *fleet, const struct fleet_scan_options *options, struct progress *progress, struct gaps *gaps)
{
	const struct fleet_finding_filter standing = { .project = options->filter, .level = LEVEL_ERROR, .since = DATE_NONE, .at = DATE_NONE };
	struct fleet_scan_result result;
	struct error err = { 0 };
	progress_start(progress, cli);
	enum status status = fleet_scan(fleet, options, &result, &err);
	progress_end(progress);
	if (status)
		return cli_fail(&err);
	size_t with_gap = 0;
	if (fleet_count_gaps(fleet, &options->filter, date_now(), &with_gap, &err))
		return cli_fail(&err);
	gaps->projects = with_gap || result.rematch.failed || fleet_check_picked(fleet, options->filter);
	int code = log_scan(&result);
	return code || !fleet_each_finding(fleet, &standing, note_gap, &gaps->findings, &err) ? code : cli_fail(&err);
}

/* Whom nobody could tell does not know: that comes before what was found. */
static int exit_code(const struct gaps *gaps, bool found)
{
	if (gaps->untold)
		return EXIT_INCOMPLETE;
	if (found)
		return EXIT_FINDINGS;
	return gaps->update || gaps->database || gaps->projects || gaps->findings ? EXIT_INCOMPLETE : EXIT_FINE;
}

static int run(struct cli *cli, struct fleet *fleet, struct sandbox *sandbox, const struct notify_target *targets, size_t target_count)
{
	struct fleet_view view = { .what = "projects" };
	struct fleet_scan_options options;
	struct gaps gaps = { 0 };
	bool found = false;
	int code = cli_refresh(cli, sandbox, &gaps.update);
	if (code || (code = fleet_scan_options(cli, &view, &options)) || (code = log_database(cli, &options, &gaps)) ||
	    (code = scan(cli, fleet, &options, &view.progress, &gaps)) || (code = fleet_tell_news(cli, fleet, targets, target_count, &found, &gaps.untold)))
		return code;
	return exit_code(&gaps, found);
}

int command_fleet_run(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	struct notify_target *targets = NULL;
	size_t count = 0;
	if (!cli->options.update && !cli->options.offline)
		cli->options.update = "";
	/* The zip of advisories is opened in a worker process. */
	int code = cli_start_sandbox(cli, cli->options.update, &sandbox);
	if (!code)
		code = fleet_notify_targets(cli, &targets, &count);
	if (!code)
		code = fleet_open_store(cli, true, &fleet);
	return code ? code : log_end(run(cli, fleet, sandbox, targets, count));
}
