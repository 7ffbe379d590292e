/* fleet scan: what has changed in which project. */
#include <stdio.h>
#include <time.h>

#include "cli/fleet.h"

struct scan_view {
	struct progress progress;
	bool quiet;
};

static void show_progress(void *context, size_t done, size_t total)
{
	progress_show(&((struct scan_view *)context)->progress, "projects", done, total, 0);
}

static void tell_failed(void *context, const struct fleet_project *project, const char *why)
{
	struct scan_view *view = context;
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

static void tell_result(const struct fleet_scan_result *result, double seconds)
{
	fprintf(stderr, "%zu project%s in %.1f s: %zu changed, %zu as before, %zu with a gap; %zu finding%s came, %zu went\n", result->projects,
		result->projects == 1 ? "" : "s", seconds, result->changed, result->unchanged, result->failed, result->appeared,
		result->appeared == 1 ? "" : "s", result->cleared);
	if (result->failed)
		fprintf(stderr, "next: assay fleet list, assay who --gaps\n");
}

int command_fleet_scan(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct scan_view view = { .quiet = cli->options.quiet };
	struct error err = { 0 };
	struct fleet_scan_result result;
	struct timespec begun, ended;
	struct fleet_scan_options options = {
		.scan = { .policy = cli->options.policy, .org_policy = cli->options.org_policy, .offline = true, .now = date_now(),
			  .user_agent = "assay/" ASSAY_VERSION },
		.cache = cli_cache_folder(cli),
		.filter = fleet_filter_of(cli),
		.again = cli->options.again,
		.jobs = cli->options.jobs,
		.progress = show_progress,
		.failed = tell_failed,
		.context = &view,
	};
	int code = fleet_open_store(cli, true, &fleet);
	if (code || (code = find_database(cli, &options)))
		return code;
	clock_gettime(CLOCK_MONOTONIC, &begun);
	progress_start(&view.progress, cli);
	enum status status = fleet_scan(fleet, &options, &result, &err);
	progress_end(&view.progress);
	clock_gettime(CLOCK_MONOTONIC, &ended);
	if (status)
		return cli_fail(&err);
	if (!view.quiet)
		tell_result(&result, (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
	return result.failed ? EXIT_INCOMPLETE : EXIT_FINE;
}
