/* fleet ingest: what a CI job says that a project has. */
#include <stdio.h>
#include <time.h>

#include "assay/limits.h"
#include "cli/fleet.h"

enum { WAIT_MS = 200, WAITS = 300 }; /* a minute: many jobs end at once */

/* Who writes just now is waited for. */
static int open_store(struct cli *cli, struct fleet **out)
{
	struct error err = { 0 };
	const char *path = cli_fleet_store(cli);
	if (!path)
		return cli_usage_error("where is the fleet's store? Name it with --store FILE");
	enum status status = fleet_open_to_write(path, out, &err);
	for (int waits = 0; status == STATUS_BUSY && waits < WAITS; waits++) {
		const struct timespec pause = { 0, WAIT_MS * 1000000L };
		nanosleep(&pause, NULL);
		status = fleet_open_to_write(path, out, &err);
	}
	return status ? cli_fail(&err) : EXIT_FINE;
}

static void tell(const struct fleet_ingest *what, const struct fleet_ingest_result *result)
{
	char before[DATE_TEXT_SIZE], date[DATE_TEXT_SIZE];
	CLEANUP(buf_fini) struct buf name = BUF_INIT(64 * KIB);
	buf_add_visible(&name, what->project);
	date_format(what->date, date);
	if (result->older) {
		date_format(result->before, before);
		fprintf(stderr, "%.*s: what is known is of %s, this of %s: nothing was changed\n", STR_ARG(buf_str(&name)), before, date);
	} else if (result->unchanged) {
		fprintf(stderr, "%.*s: as before, seen %s\n", STR_ARG(buf_str(&name)), date);
	} else {
		fprintf(stderr, "%.*s: %zu lockfile%s, %zu package%s as of %s; %zu finding%s came, %zu went\n", STR_ARG(buf_str(&name)),
			result->lockfiles, result->lockfiles == 1 ? "" : "s", result->packages, result->packages == 1 ? "" : "s", date,
			result->appeared, result->appeared == 1 ? "" : "s", result->cleared);
	}
	if (result->unread)
		fprintf(stderr, "its job could not read every lockfile: what was known of them stands\n");
	if (result->partial)
		fprintf(stderr, "a report names only packages with findings: it clears nothing; an SBOM of the same scan (--format cyclonedx=FILE) does\n");
}

int command_fleet_ingest(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct fleet_view view = { .what = "projects" };
	struct fleet_scan_options options;
	struct fleet_ingest_result result;
	struct error err = { 0 };
	struct fleet_ingest what = {
		.project = str_of(cli->options.name),
		.file = cli->operands.v[0],
		.owner = str_of(cli->options.owner),
		.branch = str_of(cli->options.branch),
		.commit = str_of(cli->options.commit),
		.tags = str_of(cli->options.tag),
		.date = cli->options.as_of == DATE_NONE ? date_now() : cli->options.as_of,
	};
	if (!what.project.n)
		return cli_usage_error("which project is it? Name it with --project NAME");
	if (file_read(cli->operands.v[0], LIMIT_LOCKFILE_BYTES, cli->arena, &what.text, &err))
		return cli_fail(&err);
	cli->options.name = NULL; /* picks nothing here */
	int code = open_store(cli, &fleet);
	if (code || (code = fleet_scan_options(cli, &view, &options)))
		return code;
	if (fleet_ingest(fleet, &what, &options, &result, &err))
		return error_wrap(&err, "%s", cli->operands.v[0]), cli_fail(&err);
	if (!cli->options.quiet)
		tell(&what, &result);
	return options.database ? EXIT_FINE : EXIT_INCOMPLETE;
}
