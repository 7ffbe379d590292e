/*
 * Waivers of the project's own policy that matched nothing. They are told only where that means something: the scan was
 * complete, against a whole database, and over all that the policy's folder holds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cli/cli.h"

static bool is_below(const char *path, const char *folder)
{
	char *real = realpath(path, NULL), *top = realpath(folder, NULL);
	size_t n = top ? strlen(top) : 0;
	bool below = real && top && strncmp(real, top, n) == 0 && (real[n] == '/' || n == 1);
	free(real);
	free(top);
	return below;
}

static bool is_covered(const struct cli *cli, const char *policy_path)
{
	for (size_t i = 0; i < cli->operands.n; i++)
		if (is_below(policy_path, cli->operands.v[i]))
			return true;
	return !cli->operands.n && !cli->options.lockfile && is_below(policy_path, ".");
}

static void tell(const struct policy_unused_waiver *unused)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT((size_t)64 * 1024);
	buf_add_z(&line, "assay: ");
	buf_add_visible(&line, str_of(unused->path));
	buf_printf(&line, ", line %u: this waiver matched nothing%s: ", unused->line, unused->expired ? ", and has ended" : "");
	buf_add_visible(&line, unused->text);
	fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&line)));
}

/* What --omit leaves out may be what they are for: that is no full scan. */
static void tell_number(const struct policy_unused_waiver *unused, size_t count)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT((size_t)64 * 1024);
	buf_add_z(&line, "assay: ");
	buf_add_visible(&line, str_of(unused->path));
	buf_printf(&line, ": %zu waiver%s matched nothing here; without --omit it is told which of them are for nothing at all", count, count == 1 ? "" : "s");
	fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&line)));
}

/* Of all projects under one policy: what matches in any of them is used. */
static enum status tell_policy(struct cli *cli, const struct report *report, size_t first, struct error *err)
{
	const struct scan **scans = arena_array(cli->arena, report->project_count, sizeof *scans);
	const struct policy *policy = report->projects[first].policy;
	struct policy_unused_waiver *unused;
	size_t n = 0, count;
	if (!scans)
		return error_memory(err);
	for (size_t i = 0; i < report->project_count; i++) {
		if (strcmp(policy_source(report->projects[i].policy), policy_source(policy)) != 0)
			continue;
		if (i < first)
			return STATUS_OK; /* told with that one */
		scans[n++] = report->projects[i].scan;
	}
	enum status status = policy_unused_waivers(policy, scans, n, cli->arena, &unused, &count, err);
	const struct policy_unused_waiver *last = NULL;
	size_t omitting = 0;
	for (size_t i = 0; !status && i < count; i++) {
		if (!is_covered(cli, unused[i].path))
			continue;
		last = &unused[i];
		if (cli->options.omit.uses.n)
			omitting++;
		else
			tell(last);
	}
	if (omitting)
		tell_number(last, omitting);
	return status;
}

int cli_tell_unused_waivers(struct cli *cli, const struct report *report)
{
	struct error err;
	bool full = report->complete && report->database && !report->database->starter;
	for (size_t i = 0; full && !cli->options.quiet && i < report->project_count; i++)
		if (tell_policy(cli, report, i, &err))
			return cli_fail(&err);
	return EXIT_FINE;
}
