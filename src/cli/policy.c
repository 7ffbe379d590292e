/* policy check, policy show, policy init. */
#include <stdio.h>

#include "assay/limits.h"
#include "assay/scan.h"
#include "cli/cli.h"

static int load(struct cli *cli, struct policy **policy)
{
	struct error err;
	struct policy_options options = { .name = cli->operands.n ? cli->operands.v[0] : cli->options.policy, .folder = ".", .org = cli->options.org_policy };
	if (policy_load(&options, cli->arena, policy, &err))
		return cli_fail(&err);
	if (cli->options.fail_on && policy_fail_on(*policy, str_of(cli->options.fail_on), &err))
		return cli_fail(&err);
	const struct scan_level *levels;
	size_t count;
	int code = cli_levels(cli, &levels, &count);
	for (size_t i = 0; !code && i < count; i++)
		if (policy_set_level(*policy, levels[i].level, str_of(levels[i].rule), levels[i].origin, &err))
			return cli_fail(&err);
	for (size_t i = 0; !code && i < cli->options.omit.uses.n; i++)
		if (policy_omit(*policy, str_of(cli->options.omit.uses.v[i].value), &err))
			return cli_fail(&err);
	return code;
}

int command_policy_check(struct cli *cli)
{
	struct policy *policy;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(64 * KIB);
	int code = load(cli, &policy);
	if (code)
		return code;
	buf_add_visible(&out, str_of(policy_source(policy)));
	buf_add_z(&out, ": fine\n");
	return cli_write_buf(cli, &out);
}

int command_policy_show(struct cli *cli)
{
	struct policy *policy;
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	int code = load(cli, &policy);
	if (code)
		return code;
	policy_write(policy, &out);
	return cli_write_buf(cli, &out);
}

static const char first_policy[] = "// What must hold for this project's dependencies. assay policy show prints what this comes to.\n"
				   "{\n"
				   "  \"extends\": [\"default\"],\n"
				   "  \"rules\": {\n"
				   "    // The first clause that fits decides; what none decides is left to the preset.\n"
				   "    // \"vulnerability\": [\n"
				   "    //   {\"when\": {\"severity\": \">=high\", \"scope\": \"prod\"}, \"level\": \"error\"},\n"
				   "    //   {\"when\": {\"scope\": \"dev\"}, \"level\": \"info\"},\n"
				   "    // ],\n"
				   "  },\n"
				   "  \"waivers\": [\n"
				   "    // {\"id\": \"GHSA-…\", \"package\": \"lodash@<4.17.21\", \"reason\": \"not reachable\", \"expires\": \"2027-01-31\"},\n"
				   "  ],\n"
				   "}\n";

int command_policy_init(struct cli *cli)
{
	const char *path = cli->operands.n ? cli->operands.v[0] : "assay.policy.json";
	struct error err;
	if (file_exists(path))
		return cli_usage_error("%s is there already; assay policy check reads it", path);
	if (file_write(path, str_of(first_policy), &err))
		return cli_fail(&err);
	fprintf(stderr, "written %s\n", path);
	return EXIT_FINE;
}
