/* semver: npm's command of that name, as far as ranges go. */
#include "assay/semver.h"

#include "assay/limits.h"
#include "cli/cli.h"

static struct str *texts(struct cli *cli, size_t count)
{
	return arena_array(cli->arena, count, sizeof(struct str));
}

int command_semver(struct cli *cli)
{
	const struct option_list *ranges = &cli->options.ranges;
	struct str *versions = texts(cli, cli->operands.n), *wanted = texts(cli, ranges->uses.n);
	struct semver *found = NULL;
	struct error err;
	size_t count = 0;
	if (!versions || !wanted)
		return EXIT_INCOMPLETE;
	for (size_t i = 0; i < cli->operands.n; i++)
		versions[i] = str_of(cli->operands.v[i]);
	for (size_t i = 0; i < ranges->uses.n; i++)
		wanted[i] = str_of(ranges->uses.v[i].value);
	struct semver_query query = {
		.versions = versions,
		.version_count = cli->operands.n,
		.ranges = wanted,
		.range_count = ranges->uses.n,
		.flags = (cli->options.loose ? SEMVER_LOOSE : 0u) | (cli->options.include_prerelease ? SEMVER_INCLUDE_PRERELEASE : 0u),
	};
	enum status status = semver_select(&query, cli->arena, &found, &count, &err);
	if (status == STATUS_NOT_FOUND)
		return EXIT_FINDINGS; /* silent, as npm's is */
	if (status)
		return cli_fail(&err);
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	for (size_t i = 0; i < count; i++) {
		semver_write(&found[i], &out);
		buf_add_char(&out, '\n');
	}
	return cli_write_buf(cli, &out);
}
