/* waive: a waiver, written into the project's policy. What it names must be there, so that a slip of the pen waives nothing. */
#include <stdio.h>

#include "assay/limits.h"
#include "cli/judge.h"

struct waive {
	struct cli *cli;
	const struct policy *policy;
	const char *file; /* the policy that is written */
	bool is_new;
	struct policy_new_waiver waiver;
	const char *bound_by; /* the end follows from a policy's max_waiver; NULL: not */
	struct judged judged;
	size_t matches;
	struct str package; /* of what the id names; STR_NONE: none, or several */
};

static void waive_fini(struct waive *waive)
{
	judged_fini(&waive->judged);
}

static bool has_id(const struct finding *finding, struct str id)
{
	bool match = text_equals_any_case(id, finding->id);
	for (size_t i = 0; !match && i < finding->alias_count; i++)
		match = text_equals_any_case(id, finding->aliases[i]);
	return match;
}

static bool is_meant(const struct waive *waive, const struct finding *finding)
{
	const struct policy_new_waiver *waiver = &waive->waiver;
	if (waiver->rule.n && !str_equal_z(waiver->rule, finding->rule->id))
		return false;
	return !waiver->id.n || has_id(finding, waiver->id);
}

/* ---- which policy ----------------------------------------------------------------------- */

/* Of the first project that has what is meant, else of the first one. */
static const struct policy *judging_policy(const struct waive *waive)
{
	for (size_t i = 0; i < waive->judged.projects.n; i++) {
		const struct scan *scan = waive->judged.projects.v[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++)
			if (is_meant(waive, &scan->findings.v[k]))
				return waive->judged.projects.v[i].policy;
	}
	return waive->judged.projects.v[0].policy;
}

/* The project's own file; where there is none, a new one in the folder that PATH means. */
static int find_policy(struct waive *waive)
{
	struct cli *cli = waive->cli;
	const char *path = cli->operands.n > 1 ? cli->operands.v[1] : ".";
	waive->policy = judging_policy(waive);
	waive->file = policy_file(waive->policy);
	waive->is_new = !waive->file;
	if (!waive->is_new)
		return EXIT_FINE;
	if (cli->options.policy)
		return cli_usage_error("%s is no policy of the project's: waivers are written into a file that is", cli->options.policy);
	const char *folder = folder_exists(path) ? path : path_folder(cli->arena, path);
	waive->file = folder ? path_join(cli->arena, folder, "assay.policy.json") : NULL;
	if (!waive->file)
		return EXIT_INCOMPLETE;
	return file_exists(waive->file) ? cli_usage_error("%s is there, but is not what judges this project: name it with --policy", waive->file) : EXIT_FINE;
}

/* ---- until when --------------------------------------------------------------------------- */

static int find_end(struct waive *waive)
{
	const char *wanted = waive->cli->options.waive_for;
	int64_t lasts = -1;
	struct str by;
	int64_t bound = policy_max_waiver(waive->policy, &by);
	char text[DATE_TEXT_SIZE];
	if (wanted && (!duration_parse(str_of(wanted), &lasts) || lasts > (int64_t)LIMIT_WAIVER_DAYS * 86400))
		return cli_usage_error("--for takes a time like 90d or 12w, at most %d days, not \"%s\"", LIMIT_WAIVER_DAYS, wanted);
	if (bound >= 0 && lasts > bound) {
		duration_format(bound, text);
		return cli_usage_error("%.*s lets waivers last %s at most, not %s", STR_ARG(by), text, wanted);
	}
	if (bound >= 0 && lasts < 0) {
		lasts = bound;
		waive->bound_by = arena_copy(waive->cli->arena, by).p;
	}
	if (lasts < 0)
		return EXIT_FINE;
	date_format(waive->judged.now + lasts, text);
	waive->waiver.expires = arena_copy(waive->cli->arena, str_head(str_of(text), 10));
	return waive->waiver.expires.p ? EXIT_FINE : EXIT_INCOMPLETE;
}

/* ---- what it is for ----------------------------------------------------------------------- */

static const struct package *package_of(const struct scan *scan, const struct finding *finding)
{
	return scan->tree && finding->instance_count ? &scan->tree->packages[finding->instances[0]] : NULL;
}

typedef void visit(struct waive *waive, const struct scan *scan, const struct finding *finding);

static void each_meant(struct waive *waive, visit *found)
{
	for (size_t i = 0; i < waive->judged.projects.n; i++) {
		const struct scan *scan = waive->judged.projects.v[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++)
			if (is_meant(waive, &scan->findings.v[k]))
				found(waive, scan, &scan->findings.v[k]);
	}
}

/* STR_NONE with matches: several names. */
static void take_package(struct waive *waive, const struct scan *scan, const struct finding *finding)
{
	const struct package *package = package_of(scan, finding);
	struct str name = package && !package_is_own(package) ? package->name : STR_NONE;
	if (!waive->matches++)
		waive->package = name;
	else if (!str_equal(waive->package, name))
		waive->package = STR_NONE;
}

static bool is_package_meant(const struct waive *waive, const struct scan *scan, const struct finding *finding)
{
	struct package_pattern pattern;
	const struct package *package = package_of(scan, finding);
	return package && !package_pattern_parse(waive->waiver.package, waive->cli->arena, &pattern, NULL) && package_pattern_matches(&pattern, package);
}

static void count_package(struct waive *waive, const struct scan *scan, const struct finding *finding)
{
	waive->matches += is_package_meant(waive, scan, finding);
}

static int not_there(const struct waive *waive)
{
	const struct policy_new_waiver *waiver = &waive->waiver;
	struct str what = waiver->id.n ? waiver->id : waiver->rule;
	if (judged_unread(&waive->judged))
		return EXIT_INCOMPLETE;
	cli_usage_error("nothing here is %.*s%s%.*s%s", STR_ARG(what), waiver->package.n ? " in " : "", STR_ARG(waiver->package),
			waive->judged.db ? "" : " (and there is no advisory database)");
	cli_usage_error("a waiver that matches nothing waives nothing; assay scan -v lists what there is; --force writes it all the same");
	return EXIT_FINDINGS;
}

/* The package is asked for, unless there is only one that it could be. */
static int find_package(struct waive *waive)
{
	struct policy_new_waiver *waiver = &waive->waiver;
	if (waiver->package.n) {
		each_meant(waive, count_package);
		return waive->matches || waive->cli->options.force ? EXIT_FINE : not_there(waive);
	}
	each_meant(waive, take_package);
	if (!waive->matches && !waive->cli->options.force)
		return not_there(waive);
	if (!waive->package.n)
		return cli_usage_error("which package? --package P says where %.*s is accepted", STR_ARG(waiver->id.n ? waiver->id : waiver->rule));
	waiver->package = waive->package;
	return EXIT_FINE;
}

/* A rule by its name, else an advisory's id or the kind of a rule. */
static int read_options(struct waive *waive)
{
	const struct options *options = &waive->cli->options;
	struct str what = str_of(waive->cli->operands.v[0]);
	bool is_rule = check_rule_by_id(what);
	if (!options->reason || !str_trim(str_of(options->reason)).n)
		return cli_usage_error("why? --reason \"…\" is what whoever reads it next year will go by");
	if (options->rule && !check_rule_by_id(str_of(options->rule)))
		return cli_usage_error("unknown rule \"%s\"; assay policy show lists them", options->rule);
	if (options->rule && is_rule && strcmp(options->rule, waive->cli->operands.v[0]) != 0)
		return cli_usage_error("%s and --rule %s: which of the two rules?", waive->cli->operands.v[0], options->rule);
	waive->waiver = (struct policy_new_waiver){ .id = is_rule ? STR_NONE : what,
						    .rule = is_rule ? what : str_of(options->rule),
						    .package = str_of(options->package),
						    .path = str_of(options->path),
						    .reason = str_of(options->reason),
						    .owner = str_of(options->owner),
						    .justification = str_of(options->justification) };
	return EXIT_FINE;
}

/* What the organisation lets nobody waive would be written for nothing, and so would what is waived by another of its names. */
static int check_allowed(const struct waive *waive)
{
	for (size_t i = 0; i < waive->judged.projects.n; i++) {
		const struct scan *scan = waive->judged.projects.v[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++) {
			const struct finding *finding = &scan->findings.v[k];
			if (is_meant(waive, finding) && is_package_meant(waive, scan, finding) && finding->waiver_state == WAIVER_ACTIVE)
				return cli_usage_error("%.*s is waived already: %.*s", STR_ARG(finding->id), STR_ARG(finding->waiver));
			if (is_meant(waive, finding) && !policy_may_waive(waive->policy, finding->rule))
				return cli_usage_error("%s lets no project waive %s", policy_org(waive->policy), finding->rule->id);
		}
	}
	return EXIT_FINE;
}

/* ---- writing ------------------------------------------------------------------------------- */

static void tell_written(const struct waive *waive)
{
	CLEANUP(buf_fini) struct buf line = BUF_INIT(64 * KIB);
	const struct policy_new_waiver *waiver = &waive->waiver;
	buf_printf(&line, "%s ", waive->is_new ? "made" : "written");
	buf_add_visible(&line, str_of(waive->file));
	buf_add_z(&line, ": ");
	buf_add_visible(&line, waiver->id.n ? waiver->id : waiver->rule);
	buf_add_z(&line, " in ");
	buf_add_visible(&line, waiver->package);
	buf_add_z(&line, waiver->path.n ? " by way of " : "");
	buf_add_visible(&line, waiver->path);
	if (waiver->expires.n)
		buf_printf(&line, " is waived until %.*s, that day included", STR_ARG(waiver->expires));
	else
		buf_add_z(&line, " is waived, without an end (--for 90d gives it one)");
	if (waive->bound_by) {
		buf_add_z(&line, ", the longest that ");
		buf_add_visible(&line, str_of(waive->bound_by));
		buf_add_z(&line, " allows");
	}
	fprintf(stderr, "%.*s\n", STR_ARG(buf_str(&line)));
}

static int write_policy(struct waive *waive)
{
	struct arena *arena = waive->cli->arena;
	struct str text = STR_NONE, edited;
	struct error err;
	if ((!waive->is_new && file_read(waive->file, LIMIT_POLICY_BYTES, arena, &text, &err)) ||
	    policy_add_waivers(text, waive->file, &waive->waiver, 1, arena, &edited, &err) || file_write(waive->file, edited, &err))
		return cli_fail(&err);
	tell_written(waive);
	return EXIT_FINE;
}

int command_waive(struct cli *cli)
{
	CLEANUP(waive_fini) struct waive waive = { .cli = cli };
	int code;
	if ((code = read_options(&waive)) || (code = judge_projects(cli, cli->operands.n > 1 ? cli->operands.v[1] : NULL, &waive.judged)) ||
	    (code = find_policy(&waive)) || (code = find_end(&waive)) || (code = find_package(&waive)) || (code = check_allowed(&waive)))
		return code;
	return write_policy(&waive);
}
