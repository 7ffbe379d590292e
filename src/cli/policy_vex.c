/* policy vex: what the policy waives here, as statements for other tools. */
#include "assay/limits.h"
#include "cli/judge.h"

/* A document of less than all there is would be read as one of all there is. */
static int check_whole(const struct judged *judged)
{
	if (judged->db)
		return judged_unread(judged) ? EXIT_INCOMPLETE : EXIT_FINE;
	cli_usage_error("there is no advisory database: nothing can be stated");
	return EXIT_INCOMPLETE;
}

int command_policy_vex(struct cli *cli)
{
	CLEANUP(judged_fini) struct judged judged = { 0 };
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	struct error err;
	int code = judge_projects(cli, cli->operands.n ? cli->operands.v[0] : NULL, &judged);
	if (code || (code = check_whole(&judged)))
		return code;
	const struct report report = { .projects = judged.projects.v,
				       .project_count = judged.projects.n,
				       .database = advisory_db_info(judged.db),
				       .as_of = judged.now,
				       .environment = cli->environment.v,
				       .elapsed_ms = -1,
				       .only_waived = true };
	if (report_write(report_format_by_name(STR("openvex")), &report, &out, &err))
		return cli_fail(&err);
	return cli_write_buf(cli, &out);
}
