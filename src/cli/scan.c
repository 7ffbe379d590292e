/* scan and verify: the one door. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "assay/limits.h"
#include "assay/scan.h"
#include "cli/cli.h"
#include "cli/outputs.h"

struct run {
	struct cli *cli;
	struct scan_options options;
	struct lockfile_list found;
	struct map *known; /* the real paths of what was found, where there are several PATHs */
	VEC(struct report_project) projects;
	VEC(struct arena *) arenas; /* one per project */
	struct report report;
	struct sandbox_state sandbox;
	struct progress progress;
};

static double now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Whether an earlier PATH led to this file too, however that was spelled. False also when out of memory. */
static bool is_known(struct run *run, const char *path)
{
	char *real = realpath(path, NULL);
	struct str key = arena_copy(run->cli->arena, str_of(real ? real : path));
	size_t known;
	free(real);
	if (!run->known)
		run->known = map_new(run->cli->arena, 0);
	if (!run->known || map_find(run->known, key, &known))
		return run->known != NULL;
	map_set(run->known, key, 1);
	return false;
}

/* What one PATH leads to, but for what an earlier one led to. */
static int add_found(struct run *run, const struct lockfile_list *list, const char *given)
{
	struct lockfile_list *all = &run->found;
	for (size_t i = 0; i < list->found.n; i++) {
		if (run->cli->operands.n > 1 && is_known(run, list->found.v[i].path))
			continue;
		struct lockfile_found *found = vec_add(run->cli->arena, &all->found);
		if (!found)
			return EXIT_INCOMPLETE;
		*found = list->found.v[i];
		found->label = cli_label(run->cli, found->path, given);
	}
	all->folders += list->folders;
	all->skipped_folders += list->skipped_folders;
	all->ignored_folders += list->ignored_folders;
	all->ignored_lockfiles += list->ignored_lockfiles;
	all->excluded += list->excluded;
	all->linked_folders += list->linked_folders;
	all->unread_rules += list->unread_rules;
	all->truncated |= list->truncated;
	return EXIT_FINE;
}

static int find_given(struct run *run)
{
	struct lockfile_list list = { 0 };
	struct lockfile_found *found = vec_add(run->cli->arena, &list.found);
	if (run->cli->operands.n)
		return cli_usage_error("--lockfile stands in place of PATH: give one of them");
	int code = found ? cli_given_lockfile(run->cli, found) : EXIT_INCOMPLETE;
	return code ? code : add_found(run, &list, found->path);
}

static int find_lockfiles(struct run *run)
{
	struct cli *cli = run->cli;
	struct error err;
	if (cli->options.lockfile)
		return find_given(run);
	struct lockfile_find_options options = { .no_ignore = cli->options.no_ignore, .exclude = cli_values(cli, &cli->options.exclude) };
	int code = options.exclude ? EXIT_FINE : EXIT_INCOMPLETE;
	for (size_t i = 0; !code && i < (cli->operands.n ? cli->operands.n : 1); i++) {
		const char *path = cli->operands.n ? cli->operands.v[i] : ".";
		struct lockfile_list list = { 0 };
		if (lockfile_find(path, &options, cli->arena, &list, &err)) {
			cli_fail(&err);
			return err.status == STATUS_NOT_FOUND || err.status == STATUS_UNSUPPORTED ? EXIT_USAGE : EXIT_INCOMPLETE;
		}
		code = add_found(run, &list, path);
	}
	return code;
}

static int note_gap(struct run *run, enum lockfile_problem problem, const char *remedy)
{
	struct lockfile_found *found = vec_add(run->cli->arena, &run->found.found);
	if (!found)
		return EXIT_INCOMPLETE;
	const char *path = run->cli->operands.n ? run->cli->operands.v[0] : ".";
	*found = (struct lockfile_found){ .path = path, .folder = path, .problem = problem, .remedy = remedy };
	found->label = path_in_repository(run->cli->arena, path);
	return EXIT_FINE;
}

/* Nothing to scan, and folders that were not looked into, are gaps like others: a policy and a report can speak of them. */
static int note_gaps(struct run *run)
{
	int code = EXIT_FINE;
	if (!run->found.found.n && !run->found.truncated && !run->cli->options.allow_empty)
		code = note_gap(run, LOCKFILE_MISSING,
				"no lockfile and no package.json with dependencies here: name a folder "
				"that has one, or say --allow-empty");
	if (!code && run->found.truncated)
		code = note_gap(run, LOCKFILE_UNREADABLE,
				"too many folders, or too deep ones: not all were looked into; "
				"name those that hold lockfiles");
	return code;
}

static void show_progress(void *context, size_t done, size_t total, uint64_t bytes)
{
	progress_show(context, "verifying tarballs", done, total, bytes);
}

static void show_asked(void *context, size_t done, size_t total)
{
	progress_show_beside(context, "asking the registry", done, total);
}

static void show_note(void *context, const char *text)
{
	progress_note(context, str_of(text));
}

static int scan_one(struct run *run, const struct lockfile_found *found, const struct tree **tree)
{
	struct error err;
	struct arena *arena = arena_new(LIMIT_PROJECT_BYTES);
	struct arena **kept = arena ? vec_add(run->cli->arena, &run->arenas) : NULL;
	struct report_project *project = kept ? vec_add(run->cli->arena, &run->projects) : NULL;
	if (kept)
		*kept = arena;
	else
		arena_free(arena);
	if (!project) {
		error_memory(&err);
		return cli_fail(&err);
	}
	if (scan_project(found, &run->options, arena, project, &err))
		return cli_fail(&err);
	policy_sum(project->scan, &run->report.summary);
	*tree = project->scan->tree;
	return EXIT_FINE;
}

/* The lockfiles first: they tell which of the folders without one they cover. */
static int scan_all(struct run *run)
{
	struct lockfile_list *list = &run->found;
	struct lockfile_found *all = arena_array(run->cli->arena, list->found.n, sizeof *all);
	const struct tree *tree = NULL;
	struct error err;
	size_t n = list->found.n;
	int code = all ? EXIT_FINE : EXIT_INCOMPLETE;
	if (all && n)
		memcpy(all, list->found.v, n * sizeof *all);
	for (size_t i = 0; !code && i < n; i++) {
		if (all[i].problem != LOCKFILE_FINE)
			continue;
		code = scan_one(run, &all[i], &tree);
		if (!code && lockfile_cover(list, tree, &err))
			code = cli_fail(&err);
	}
	for (size_t i = 0; !code && i < list->found.n; i++)
		if (list->found.v[i].problem != LOCKFILE_FINE)
			code = scan_one(run, &list->found.v[i], &tree);
	return code;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct report_project *)a)->path, ((const struct report_project *)b)->path);
}

static int exit_code(const struct run *run, enum verdict verdict, bool complete)
{
	if (run->cli->options.observe)
		return EXIT_FINE;
	if (verdict == VERDICT_FAIL && run->cli->options.no_fail)
		return complete ? EXIT_FINE : EXIT_INCOMPLETE;
	return verdict == VERDICT_FAIL ? EXIT_FINDINGS : verdict == VERDICT_INCOMPLETE ? EXIT_INCOMPLETE : EXIT_FINE;
}

static void fill_report(struct run *run, double started)
{
	struct cli *cli = run->cli;
	struct report *report = &run->report;
	if (run->projects.n)
		qsort(run->projects.v, run->projects.n, sizeof *run->projects.v, by_path);
	report->projects = run->projects.v;
	report->project_count = run->projects.n;
	report->database = run->options.db ? advisory_db_info(run->options.db) : NULL;
	report->as_of = run->options.now;
	report->environment = cli->environment.v;
	report->verdict = policy_verdict(&report->summary, &report->complete);
	report->exit_code = exit_code(run, report->verdict, report->complete);
	report->observe = cli->options.observe;
	report->verified = run->options.verify;
	if (run->options.sandbox && run->options.verify) {
		sandbox_describe(run->options.sandbox, &run->sandbox);
		report->sandbox = &run->sandbox;
	}
	report->offline = run->options.offline;
	report->discovery = &run->found;
	report->elapsed_ms = run->options.as_of_given ? -1 : now_ms() - started;
	report->origin = (struct report_origin){ getenv("GITHUB_SHA"), getenv("GITHUB_REF"), getenv("GITHUB_RUN_ID"), getenv("GITHUB_WORKFLOW") };
	report->quiet = cli->options.quiet;
	report->verbose = cli->options.verbose;
}

/* ---- reports ---------------------------------------------------------------------- */

/* No database is a gap of the result, not an end: everything else is still checked. */
static int open_database(struct run *run, struct advisory_db **db)
{
	struct error err = { 0 };
	if (cli_open_database(run->cli, db, &err) == STATUS_OK) {
		run->options.db = *db;
		return EXIT_FINE;
	}
	run->options.database_problem = arena_printf(run->cli->arena, "%s%s%s", err.text, err.hint[0] ? "; " : "", err.hint);
	return run->options.database_problem.p ? EXIT_FINE : EXIT_INCOMPLETE;
}

static const char *read_variable(const char *name)
{
	return getenv(name);
}

/* What is compared with: read once, for all projects. */
static int open_base(struct run *run, struct scan_base **base)
{
	struct cli *cli = run->cli;
	struct scan_baseline *baseline = NULL;
	struct error err = { 0 };
	if (cli->options.base && cli->options.baseline)
		return cli_usage_error("--base and --baseline are two ways to compare: give one of them");
	if (cli->options.baseline && scan_baseline_read(cli->options.baseline, cli->arena, &baseline, &err))
		return cli_fail(&err);
	run->options.baseline = baseline;
	if (!cli->options.base)
		return EXIT_FINE;
	const char *path = cli->operands.n ? cli->operands.v[0] : ".";
	const char *folder = folder_exists(path) ? path : path_folder(cli->arena, path);
	const char *const given[] = { cli->options.policy, cli->options.org_policy }, *policies[3] = { NULL };
	for (size_t i = 0, n = 0; i < 2; i++)
		if (given[i])
			policies[n++] = given[i];
	const struct scan_base_options options = { folder, cli->options.base, read_variable, policies };
	if (!folder || scan_base_open(&options, cli->arena, base, &err))
		return folder ? cli_fail(&err) : EXIT_INCOMPLETE;
	run->options.base = *base;
	return EXIT_FINE;
}

static int scan(struct run *run)
{
	struct cli *cli = run->cli;
	struct output *outputs = NULL;
	size_t output_count = 0;
	double started = now_ms();
	CLEANUP(advisory_db_cleanup) struct advisory_db *db = NULL;
	CLEANUP(scan_base_cleanup) struct scan_base *base = NULL;
	bool stale; /* the policy's bounds of age judge that */
	int code = outputs_parse(cli, &outputs, &output_count);
	if (code || (code = open_base(run, &base)) || (code = find_lockfiles(run)) || (code = note_gaps(run)) ||
	    (code = cli_levels(cli, &run->options.levels, &run->options.level_count)) || (code = cli_refresh(cli, run->options.sandbox, &stale)) ||
	    (code = open_database(run, &db)))
		return code;
	progress_start(&run->progress, cli);
	code = scan_all(run);
	progress_end(&run->progress);
	if (code)
		return code;
	fill_report(run, started);
	if ((code = cli_tell_unused_waivers(cli, &run->report)))
		return code;
	return outputs_write(cli, outputs, output_count, &run->report);
}

static int scan_with(struct cli *cli, bool verify)
{
	CLEANUP(sandbox_cleanup) struct sandbox *sandbox = NULL;
	int code = cli_start_sandbox(cli, verify || cli->options.installed || cli->options.update, &sandbox);
	if (code)
		return code;
	struct run run = {
		.cli = cli,
		.options = {
			.policy = cli->options.policy,
			.org_policy = cli->options.org_policy,
			.omit = cli_values(cli, &cli->options.omit),
			.omit_count = cli->options.omit.uses.n,
			.fail_on = cli->options.fail_on,
			.verify = verify || cli->options.installed,
			.installed = cli->options.installed,
			.sandbox = sandbox,
			.offline = cli->options.offline,
			.jobs = cli->options.jobs,
			.now = cli->options.as_of == DATE_NONE ? date_now() : cli->options.as_of,
			.as_of_given = cli->options.as_of != DATE_NONE,
			.tarball_store = cli_tarball_store(cli),
			.records = cli_records_file(cli),
			.memory = cli_memory(cli),
			.forget = cli->options.no_cache,
			.user_agent = "assay/" ASSAY_VERSION,
			.progress = show_progress,
			.asked = show_asked,
			.note = show_note,
		},
	};
	run.options.context = &run.progress;
	if (!run.options.omit)
		return EXIT_INCOMPLETE;
	code = scan(&run);
	for (size_t i = 0; i < run.arenas.n; i++)
		arena_free(run.arenas.v[i]);
	return code;
}

int command_scan(struct cli *cli)
{
	return scan_with(cli, cli->options.verify);
}

int command_verify(struct cli *cli)
{
	return scan_with(cli, true);
}
