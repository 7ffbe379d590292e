/*
 * explain: everything that is known about one finding, one package, one advisory or one rule, and why the policy judges as it does.
 * Texts come from lockfiles and advisories: whatever is printed was made visible, and what is meant to be pasted into a shell is
 * made of plain words or is left out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/semver.h"
#include "cli/judge.h"
#include "cli/pages.h"

enum { COMMAND_COLUMN = 16 }; /* behind "  to accept it: " */

struct question {
	struct str text; /* as it was asked */
	struct str name;
	struct semver_range *range; /* NULL: any version */
};

struct explain {
	struct cli *cli;
	struct question question;
	struct judged judged;
	const struct report_project *project;
	struct buf out;
	bool found;
};

static void explain_fini(struct explain *explain)
{
	judged_fini(&explain->judged);
	buf_fini(&explain->out);
}

static void safe(struct explain *explain, struct str text)
{
	buf_add_visible(&explain->out, text);
}

/* ---- what is asked about ------------------------------------------------------------------- */

static int parse_question(struct explain *explain)
{
	struct question *question = &explain->question;
	struct str range;
	struct error err;
	question->text = str_of(explain->cli->operands.v[0]);
	if (!question->text.n)
		return cli_usage_error("explain what? An advisory, a package, a fingerprint, a rule");
	if (str_starts_with(question->text, STR("pkg:"))) {
		struct purl purl = { 0 };
		bool is_npm = false;
		if (purl_parse(question->text, explain->cli->arena, &is_npm, &purl, &err))
			return cli_usage_error("%s", err.text);
		if (!is_npm)
			return cli_usage_error("\"%s\" is not a package of npm: those begin with pkg:npm/", question->text.p);
		question->name = purl.name;
		range = purl.version.n ? purl.version : STR_NONE;
	} else {
		cli_split_package(question->text, &question->name, &range);
	}
	if (range.p && semver_range_parse(range, SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE, explain->cli->arena, &question->range, &err))
		return cli_usage_error("%s", err.text);
	return EXIT_FINE;
}

static bool is_package(const struct question *question, const struct package *package)
{
	struct semver version;
	if (package->kind == PACKAGE_LINK || (!str_equal(package->name, question->name) && !str_equal(package_installed_name(package), question->name)))
		return false;
	return !question->range || (semver_parse(package->version, SEMVER_LOOSE, &version) && semver_range_matches(question->range, &version));
}

/* Fingerprints are long: their first eight letters do. */
static bool is_finding(const struct question *question, const struct finding *finding)
{
	if (text_equals_any_case(question->text, finding->id))
		return true;
	for (size_t i = 0; i < finding->alias_count; i++)
		if (text_equals_any_case(question->text, finding->aliases[i]))
			return true;
	return question->text.n >= 8 && str_starts_with(finding->fingerprint, question->text);
}

/* ---- one finding ------------------------------------------------------------------------------ */

static void write_aliases(struct explain *explain, const struct finding *finding)
{
	for (size_t i = 0; i < finding->alias_count; i++) {
		buf_add_z(&explain->out, i ? ", " : " (");
		safe(explain, finding->aliases[i]);
	}
	buf_add_z(&explain->out, finding->alias_count ? ")" : "");
}

static void write_fixed(struct explain *explain, const struct finding *finding)
{
	for (size_t i = 0; i < finding->fixed_count; i++) {
		buf_add_z(&explain->out, i ? ", " : "  fixed in ");
		safe(explain, finding->fixed[i]);
	}
}

/* "  GHSA-… (CVE-…)  high 7.5  slow regular expression  fixed in 2.0.1" */
static void write_what(struct explain *explain, const struct finding *finding)
{
	struct buf *out = &explain->out;
	char day[DATE_TEXT_SIZE];
	buf_add_z(out, "  ");
	safe(explain, finding->rule->by_advisory ? finding->id : str_of(finding->rule->id));
	if (finding->rule->by_advisory) {
		write_aliases(explain, finding);
		buf_printf(out, "  %s", strcmp(finding->rule->id, "malware") == 0 ? "malware" : severity_name(finding->severity));
		if (finding->score_tenths >= 0)
			buf_printf(out, " %d.%d", finding->score_tenths / 10, finding->score_tenths % 10);
		buf_add_z(out, finding->kev ? "  known to be exploited" : "");
	}
	buf_add_z(out, "  ");
	safe(explain, finding->rule->by_advisory && finding->title.n ? finding->title : finding->message);
	write_fixed(explain, finding);
	buf_add_z(out, "\n    ");
	if (finding->rule->by_advisory && finding->published != DATE_NONE) {
		date_format(finding->published, day);
		buf_printf(out, "published %.10s  ", day);
	}
	if (finding->rule->by_advisory && finding->vector.n) {
		safe(explain, finding->vector);
		buf_add_z(out, "  ");
	}
	if (finding->url.n)
		safe(explain, finding->url);
	else
		buf_printf(out, "assay explain %s", finding->rule->id);
	buf_printf(out, "  fingerprint %.*s\n", STR_ARG(str_head(finding->fingerprint, 16)));
}

static void write_waiver(struct explain *explain, const struct finding *finding)
{
	if (!finding->waiver.n)
		return;
	buf_add_z(&explain->out, finding->waiver_state == WAIVER_ACTIVE ? "; waived: " : "; its waiver does not count: ");
	safe(explain, finding->waiver);
}

/* What several of the user's own packages bring was judged for each: whose say it was. */
static void write_importer(struct explain *explain, const struct finding *finding)
{
	const struct tree *tree = explain->project->scan->tree;
	if (finding->decided_for == TREE_NONE || !tree)
		return;
	const struct package *own = &tree->packages[finding->decided_for];
	buf_add_z(&explain->out, ", for ");
	safe(explain, own->kind == PACKAGE_ROOT ? STR("the root") : own->folder.n ? own->folder : own->id);
}

/* "  warn by default.rules.vulnerability[3]; those asked before it did not hold:" and each with what is not so. */
static enum status write_decision(struct explain *explain, const struct finding *finding, struct error *err)
{
	const struct report_project *project = explain->project;
	struct policy_step *steps;
	size_t count;
	enum status status = policy_explain(project->policy, project->scan, finding, project->scan->arena, &steps, &count, err);
	if (status)
		return status;
	while (count && steps[count - 1].decided)
		count--;
	buf_printf(&explain->out, "  %s by ", rule_level_name(finding->level));
	safe(explain, finding->decided_by);
	write_importer(explain, finding);
	write_waiver(explain, finding);
	buf_add_z(&explain->out, count ? "; what was asked before it did not hold:\n" : "\n");
	for (size_t i = 0; i < count; i++) {
		buf_printf(&explain->out, "    %-5s  ", rule_level_name(steps[i].level));
		safe(explain, steps[i].origin);
		buf_add_z(&explain->out, ": ");
		safe(explain, steps[i].because);
		buf_add_char(&explain->out, '\n');
	}
	return STATUS_OK;
}

/* ---- what to do ---------------------------------------------------------------------------------- */

static void write_override(struct explain *explain, const struct fix *fix)
{
	struct buf *out = &explain->out;
	safe(explain, fix->command);
	buf_add_z(out, fix->command.n ? ", and " : "");
	if (fix->snippet.n)
		safe(explain, fix->snippet);
	else
		buf_printf(out, "override %.*s", STR_ARG(fix->package));
	buf_add_z(out, fix->snippet.n ? " in " : "");
	safe(explain, fix->snippet_file);
}

/* Whether a newer one of them is free of it nobody looked up, and so nobody says it. */
static void write_through(struct explain *explain, const struct fix *fix)
{
	for (uint8_t i = 0; i < fix->through_count; i++) {
		buf_add_z(&explain->out, i ? ", " : "  comes with:   ");
		safe(explain, fix->through[i]);
	}
	if (fix->through_many)
		buf_printf(&explain->out, "  comes with:   more than %d direct dependencies: assay why", FIX_THROUGH);
	buf_add_z(&explain->out, fix->through_count || fix->through_many ? "\n" : "");
}

static void write_remedy(struct explain *explain, const struct finding *finding)
{
	const struct fix *fix = &finding->fix;
	struct buf *out = &explain->out;
	const char *caution = fix_step_caution(fix->step);
	write_through(explain, fix);
	buf_add_z(out, "  to clear it:  ");
	if (strcmp(finding->rule->id, "malware") == 0)
		buf_add_z(out, "remove it; if it was ever installed, treat every secret that the machine could read as exposed");
	else if (fix->kind == FIX_NONE)
		safe(explain, fix->blocker.n ? fix->blocker : STR("no fixed version is known"));
	else if (fix->kind == FIX_OVERRIDE || fix->snippet.n)
		write_override(explain, fix);
	else
		safe(explain, fix->command.n ? fix->command : fix->to);
	if (caution)
		buf_printf(out, "   %s", caution);
	if (fix->kind == FIX_OVERRIDE && fix->blocker.n) {
		buf_add_z(out, "   (");
		safe(explain, fix->blocker);
		buf_add_char(out, ')');
	}
	buf_add_char(out, '\n');
}

/* Nothing that a shell would read as anything but itself. */
static bool is_plain_word(struct str word)
{
	for (size_t i = 0; i < word.n; i++) {
		unsigned char c = (unsigned char)word.p[i];
		if (!ascii_is_alpha(c) && !ascii_is_digit(c) && !memchr("@/._-", c, 5))
			return false;
	}
	return word.n && word.p[0] != '-';
}

static void write_acceptance(struct explain *explain, const struct package *package, const struct finding *finding)
{
	bool malware = strcmp(finding->rule->id, "malware") == 0; /* nobody should get that line ready to paste */
	if (finding->waiver_state == WAIVER_ACTIVE || finding->level == LEVEL_OFF || malware)
		return;
	if (!policy_may_waive(explain->project->policy, finding->rule)) {
		buf_printf(&explain->out, "  to accept it: %s lets no project waive %s\n", policy_org(explain->project->policy), finding->rule->id);
		return;
	}
	if (!is_plain_word(finding->id) || (package->name.n && !is_plain_word(package->name)) || package_is_own(package))
		return;
	const struct cli *cli = explain->cli;
	struct str command = arena_printf(cli->arena, "assay waive %.*s --package %.*s --for 90d --reason \"...\"", STR_ARG(finding->id),
					  STR_ARG(package->name));
	buf_add_z(&explain->out, "  to accept it: ");
	screen_add_command(&explain->out, command, cli->options.output ? 0 : cli_columns(cli), COMMAND_COLUMN);
	buf_add_char(&explain->out, '\n');
}

/* ---- where it is ------------------------------------------------------------------------------------ */

static void write_path(struct explain *explain, const struct tree_path *path)
{
	const struct tree *tree = explain->project->scan->tree;
	bool whole = explain->cli->options.verbose || path->length <= 8;
	buf_add_z(&explain->out, "  ");
	for (size_t i = 0; i < path->length; i++) {
		const struct package *package = &tree->packages[path->packages[i]];
		buf_add_z(&explain->out, i ? " > " : "");
		if (!whole && i == 4) {
			buf_add_z(&explain->out, "... > ");
			i = path->length - 3;
			package = &tree->packages[path->packages[i]];
		}
		safe(explain, i == 0 && package->name.n ? package->name : package_label(tree->arena, package));
	}
}

static enum status write_paths(struct explain *explain, uint32_t number, struct error *err)
{
	const struct tree *tree = explain->project->scan->tree;
	size_t max = explain->cli->options.verbose ? 50 : 3, count, total;
	bool complete;
	struct tree_path *paths;
	enum status status = tree_paths(tree, number, max, tree->arena, &paths, &count, &total, &complete, err);
	if (status)
		return status;
	for (size_t i = 0; i < count; i++) {
		write_path(explain, &paths[i]);
		buf_add_z(&explain->out, total == 1 && complete ? "   (only path)\n" : "\n");
	}
	if (total > count || !complete)
		buf_printf(&explain->out, "  and %zu more path%s%s: assay why\n", total - count, total - count == 1 ? "" : "s", complete ? "" : ", at least");
	return STATUS_OK;
}

static void write_place(struct explain *explain, const struct package *package)
{
	const struct scan *scan = explain->project->scan;
	struct str label = package->name.n ? package_label(scan->arena, package) : STR("(the project)");
	safe(explain, label);
	buf_add_z(&explain->out, "   ");
	safe(explain, package->id.n ? package->id : STR("."));
	buf_printf(&explain->out, "   %s%s", scope_name(package->scope), package->optional ? ", optional" : "");
	if (package->alias.n) {
		buf_add_z(&explain->out, ", installed as ");
		safe(explain, package->alias);
	}
	buf_add_z(&explain->out, "   ");
	safe(explain, str_of(scan->path ? scan->path : path_base(explain->project->path)));
	if (package->line)
		buf_printf(&explain->out, ":%u", package->line);
	buf_add_char(&explain->out, '\n');
}

static bool is_of(const struct finding *finding, uint32_t number)
{
	for (size_t i = 0; i < finding->instance_count; i++)
		if (finding->instances[i] == number)
			return true;
	return false;
}

/* The findings of one package: all of them where the package was asked for, else those that were. */
static enum status write_package(struct explain *explain, uint32_t number, bool asked, struct error *err)
{
	const struct scan *scan = explain->project->scan;
	const struct package *package = &scan->tree->packages[number];
	enum status status = STATUS_OK;
	const struct finding *advisory = NULL; /* what clears one clears all of the package's; malware says more */
	size_t shown = 0, off = 0;
	buf_add_z(&explain->out, explain->found ? "\n" : "");
	explain->found = true;
	write_place(explain, package);
	if (number != 0)
		status = write_paths(explain, number, err);
	for (size_t i = 0; i < scan->findings.n && !status; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (!is_of(finding, number) || !(asked || is_finding(&explain->question, finding)))
			continue;
		if (asked && finding->level == LEVEL_OFF && !explain->cli->options.verbose) {
			off++;
			continue;
		}
		shown++;
		write_what(explain, finding);
		status = write_decision(explain, finding, err);
		write_acceptance(explain, package, finding);
		if (finding->rule->by_advisory && (!advisory || strcmp(finding->rule->id, "malware") == 0))
			advisory = finding;
	}
	if (advisory)
		write_remedy(explain, advisory);
	if (!shown)
		buf_printf(&explain->out, "  nothing was found against it%s\n", explain->judged.db ? "" : ", but there is no advisory database");
	if (off)
		buf_printf(&explain->out, "  %zu more that the policy switches off: -v\n", off);
	return status;
}

/* Several instances of one finding are shown once, by the first of them. */
static enum status explain_project(struct explain *explain, struct error *err)
{
	const struct scan *scan = explain->project->scan;
	enum status status = STATUS_OK;
	if (!scan->tree)
		return STATUS_OK;
	bool *shown = arena_array(scan->arena, scan->tree->package_count, sizeof *shown);
	if (!shown)
		return error_memory(err);
	for (size_t i = 0; i < scan->findings.n && !status; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (!is_finding(&explain->question, finding) || shown[finding->instances[0]])
			continue;
		shown[finding->instances[0]] = true;
		status = write_package(explain, finding->instances[0], false, err);
	}
	for (uint32_t i = 0; i < scan->tree->package_count && !status; i++)
		if (!shown[i] && is_package(&explain->question, &scan->tree->packages[i]))
			status = write_package(explain, i, true, err);
	return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------- */

static int explain_rule(struct cli *cli, struct str page)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_REPORT_BYTES);
	rule_page_write(page, cli->options.output ? 0 : cli_columns(cli), &out);
	return cli_write_buf(cli, &out);
}

static int not_found(const struct explain *explain)
{
	const struct judged *judged = &explain->judged;
	if (judged_unread(judged))
		return EXIT_INCOMPLETE;
	cli_usage_error("%s: no package, advisory, fingerprint of this project%s; assay db show looks it up in the database",
			explain->question.text.p, judged->db ? "" : " (and there is no advisory database)");
	return EXIT_FINDINGS;
}

int command_explain(struct cli *cli)
{
	CLEANUP(explain_fini) struct explain explain = { .cli = cli, .out = BUF_INIT(LIMIT_REPORT_BYTES) };
	struct error err;
	struct str page = rule_page(str_of(cli->operands.v[0]));
	if (page.p && cli->operands.n == 1)
		return explain_rule(cli, page);
	int code = parse_question(&explain);
	if (code || (code = judge_projects(cli, cli->operands.n > 1 ? cli->operands.v[1] : NULL, &explain.judged)))
		return code;
	for (size_t i = 0; i < explain.judged.projects.n; i++) {
		explain.project = &explain.judged.projects.v[i];
		if (explain_project(&explain, &err))
			return cli_fail(&err);
	}
	return explain.found ? cli_write_lines(cli, &explain.out) : not_found(&explain);
}
