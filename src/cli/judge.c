#include "cli/judge.h"

#include "assay/limits.h"

static int find(struct cli *cli, const char *path, struct lockfile_list *list)
{
	struct error err;
	if (cli->options.lockfile && path)
		return cli_usage_error("--lockfile stands in place of PATH: give one of them");
	if (cli->options.lockfile) {
		struct lockfile_found *found = vec_add(cli->arena, &list->found);
		return found ? cli_given_lockfile(cli, found) : EXIT_INCOMPLETE;
	}
	path = path ? path : ".";
	if (lockfile_find(path, NULL, cli->arena, list, &err)) {
		cli_fail(&err);
		return err.status == STATUS_NOT_FOUND || err.status == STATUS_UNSUPPORTED ? EXIT_USAGE : EXIT_INCOMPLETE;
	}
	if (!list->found.n)
		return cli_usage_error("%s: no lockfile here: name a lockfile, or a folder that has one", path);
	for (size_t i = 0; i < list->found.n; i++)
		list->found.v[i].label = cli_label(cli, list->found.v[i].path, path);
	return EXIT_FINE;
}

static int judge_one(struct cli *cli, const struct lockfile_found *found, const struct scan_options *options, struct judged *out)
{
	struct error err;
	struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct arena **kept = arena ? vec_add(cli->arena, &out->arenas) : NULL;
	struct report_project *project = kept ? vec_add(cli->arena, &out->projects) : NULL;
	if (kept)
		*kept = arena;
	else
		arena_free(arena);
	if (!project) {
		error_memory(&err);
		return cli_fail(&err);
	}
	return scan_project(found, options, arena, project, &err) ? cli_fail(&err) : EXIT_FINE;
}

int judge_projects(struct cli *cli, const char *path, struct judged *out)
{
	struct lockfile_list list = { 0 };
	struct error err = { 0 };
	struct scan_options options = {
		.policy = cli->options.policy,
		.org_policy = cli->options.org_policy,
		.fail_on = cli->options.fail_on,
		.offline = true,
		.now = cli->options.as_of == DATE_NONE ? date_now() : cli->options.as_of,
		.as_of_given = cli->options.as_of != DATE_NONE,
		.user_agent = "assay/" ASSAY_VERSION,
		.omit = cli_values(cli, &cli->options.omit),
		.omit_count = cli->options.omit.uses.n,
	};
	int code = options.omit ? find(cli, path, &list) : EXIT_INCOMPLETE;
	if (code || (code = cli_levels(cli, &options.levels, &options.level_count)))
		return code;
	out->now = options.now;
	enum status opened = cli_open_database(cli, &out->db, &err);
	if (opened) {
		options.database_problem = arena_copy(cli->arena, str_of(err.text));
		out->database_problem = opened == STATUS_NOT_FOUND ? STR_NONE : options.database_problem;
		out->db = NULL;
	}
	options.db = out->db;
	for (size_t i = 0; i < list.found.n && !code; i++)
		code = judge_one(cli, &list.found.v[i], &options, out);
	return code;
}

bool judged_unread(const struct judged *judged)
{
	if (judged->database_problem.n) {
		cli_usage_error("%.*s", STR_ARG(judged->database_problem));
		return true;
	}
	for (size_t i = 0; i < judged->projects.n; i++) {
		const struct scan *scan = judged->projects.v[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++) {
			const struct finding *gap = &scan->findings.v[k];
			if (strcmp(gap->rule->id, "lockfile-invalid") != 0 && strcmp(gap->rule->id, "no-lockfile") != 0)
				continue;
			cli_usage_error("%s: %.*s", judged->projects.v[i].path, STR_ARG(gap->message));
			return true;
		}
	}
	return false;
}

void judged_fini(struct judged *judged)
{
	for (size_t i = 0; i < judged->arenas.n; i++)
		arena_free(judged->arenas.v[i]);
	advisory_db_cleanup(&judged->db);
}
