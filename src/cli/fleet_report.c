/* fleet report: the fleet as a folder of pages. */
#include <stdio.h>

#include "assay/site.h"
#include "cli/fleet.h"

int command_fleet_report(struct cli *cli)
{
	CLEANUP(fleet_cleanup) struct fleet *fleet = NULL;
	struct site_options options = { .folder = cli->options.output, .filter = fleet_filter_of(cli), .now = cli->options.as_of };
	struct site_result result;
	struct error err = { 0 };
	if (!options.folder)
		return cli_usage_error("where to? Name a folder with -o DIR");
	int code = fleet_open_store(cli, false, &fleet);
	if (code || (code = fleet_check_picked(fleet, options.filter)))
		return code;
	/* What a scan has only just written down stands, too. */
	if (options.now == DATE_NONE && fleet_now(fleet, date_now(), &options.now, &err))
		return cli_fail(&err);
	if (site_write(fleet, &options, &result, &err))
		return cli_fail(&err);
	if (!cli->options.quiet)
		fprintf(stderr, "%s: %zu project%s, %zu package%s with findings, %zu advisor%s; %zu files, %.1f MB; open %s/index.html\n",
			options.folder, result.projects, result.projects == 1 ? "" : "s", result.packages, result.packages == 1 ? "" : "s",
			result.advisories, result.advisories == 1 ? "y" : "ies", result.files, (double)result.bytes / 1e6, options.folder);
	return EXIT_FINE;
}
