/*
 * The report for people: first the verdict, then the move to make today, then what can wait, then what was not looked at, then
 * the next command. Plain ASCII where it does not go to a terminal that knows better.
 */
#include <stdio.h>

#include "assay/limits.h"
#include "report/report_private.h"
#include "report/text_private.h"

void text_paint(struct text *text, enum paint paint, struct str s)
{
	static const char *const codes[] = { "", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m" };
	bool on = text->report->color && paint != PAINT_NONE;
	buf_add_z(text->out, on ? codes[paint] : "");
	buf_add(text->out, s);
	buf_add_z(text->out, on ? "\x1b[0m" : "");
}

void text_safe(struct text *text, struct str s)
{
	buf_add_visible(text->out, s);
}

void text_number(struct text *text, size_t n)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%zu", n);
	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			buf_add_char(text->out, ',');
		buf_add_char(text->out, digits[i]);
	}
}

void text_plural(struct text *text, size_t n, const char *one, const char *many)
{
	text_number(text, n);
	buf_add_char(text->out, ' ');
	buf_add_z(text->out, n == 1 ? one : many);
}

const char *text_dot(const struct text *text)
{
	return text->report->unicode ? " · " : ", ";
}

const char *text_arrow(const struct text *text)
{
	return text->report->unicode ? " → " : " -> ";
}

const char *text_cut(const struct text *text)
{
	return text->report->unicode ? "…" : "...";
}

/* Columns on the screen: code points outside escape sequences. */
size_t text_width(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '\x1b') {
			i += str_find(str_from(s, i), 'm');
			continue;
		}
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	}
	return n;
}

void text_column(struct text *text, size_t line_start, size_t column)
{
	size_t at = text->out->failed ? column : text_width(str_from(buf_str(text->out), line_start));
	do
		buf_add_char(text->out, ' ');
	while (++at < column);
}

/* ---- the head ------------------------------------------------------------------------ */

static void write_verdict(struct text *text, enum verdict verdict, bool complete)
{
	static const enum paint paints[] = { PAINT_GREEN, PAINT_RED, PAINT_YELLOW };
	const char *word = verdict == VERDICT_PASS                ? "PASS" :
	                   verdict == VERDICT_INCOMPLETE          ? "INCOMPLETE" :
	                   complete                               ? "FAIL" :
	                                                            "FAIL and INCOMPLETE";
	text_paint(text, paints[verdict], str_of(word));
}

static size_t count_scope(const struct tree *tree, enum scope scope)
{
	size_t n = 0;
	for (uint32_t i = 0; i < tree->package_count; i++)
		n += !package_is_own(&tree->packages[i]) && tree->packages[i].scope == scope;
	return n;
}

static void write_subject(struct text *text)
{
	const struct report_project *project = text->project;
	const struct tree *tree = project->scan->tree;
	const struct package *root = &tree->packages[0];
	if (root->name.n) {
		text_safe(text, root->name);
		buf_add_z(text->out, text_dot(text));
	}
	text_safe(text, str_of(project->path));
	if (!project->kind)
		return;
	if (!tree->format_version.n && tree->package_count < 2) { /* it could not be read */
		buf_printf(text->out, " (%s)", project->kind);
		return;
	}
	buf_printf(text->out, " (%s%s", project->kind, tree->format_version.n ? " v" : "");
	text_safe(text, tree->format_version);
	buf_add_char(text->out, ')');
	buf_add_z(text->out, text_dot(text));
	size_t prod = count_scope(tree, SCOPE_PROD), dev = count_scope(tree, SCOPE_DEV);
	size_t all = prod + dev + count_scope(tree, SCOPE_BUILD) + count_scope(tree, SCOPE_UNKNOWN);
	text_plural(text, all, "package", "packages");
	if (prod + dev == all && dev) {
		buf_add_z(text->out, " (");
		text_number(text, prod);
		buf_add_z(text->out, " prod, ");
		text_number(text, dev);
		buf_add_z(text->out, " dev)");
	}
}

static void write_starter_notice(struct text *text)
{
	const struct advisory_db_info *database = text->report->database;
	if (!database || !database->starter)
		return;
	buf_add_z(text->out, "  Starter database: ");
	text_number(text, database->advisories);
	buf_add_z(text->out, " of about 220,000 records. What follows is true but not the whole truth.\n");
}

static size_t count_groups(const struct text_groups *groups, enum rule_level level)
{
	size_t n = 0;
	for (size_t i = 0; i < groups->groups.n; i++)
		n += groups->groups.v[i].level == level;
	return n;
}

static size_t count_malware(const struct scan *scan)
{
	size_t n = 0;
	for (size_t i = 0; i < scan->findings.n; i++)
		n += strcmp(scan->findings.v[i].rule->id, "malware") == 0 && scan->findings.v[i].level != LEVEL_OFF &&
		     scan->findings.v[i].waiver_state != WAIVER_ACTIVE;
	return n;
}

static void write_counts(struct text *text, const struct text_groups *groups)
{
	size_t now = count_groups(groups, LEVEL_ERROR), later = count_groups(groups, LEVEL_WARN);
	size_t malware = count_malware(text->project->scan);
	buf_add_z(text->out, "  ");
	if (now) {
		text_plural(text, now, "package to deal with now", "packages to deal with now");
		buf_add_z(text->out, text_dot(text));
	}
	if (later) {
		text_plural(text, later, "package can wait", "packages can wait");
		buf_add_z(text->out, text_dot(text));
	}
	if (malware)
		buf_printf(text->out, "%zu MALWARE", malware);
	else
		buf_add_z(text->out, text->report->database ? "no malware known" : "nothing looked up");
	buf_printf(text->out, "%s%zu waived%s", text_dot(text), groups->waived, text_dot(text));
	if (groups->gaps)
		text_plural(text, groups->gaps, "gap", "gaps");
	else
		buf_add_z(text->out, "all looked up");
	buf_add_char(text->out, '\n');
}

static void write_head(struct text *text, const struct text_groups *groups)
{
	struct summary summary = { 0 };
	bool complete;
	policy_sum(text->project->scan, &summary);
	enum verdict verdict = policy_verdict(&summary, &complete);
	write_verdict(text, verdict, complete);
	buf_add_z(text->out, "   ");
	write_subject(text);
	if (text->report->elapsed_ms >= 0 && text->report->project_count == 1)
		buf_printf(text->out, "%s%.0f ms", text_dot(text), text->report->elapsed_ms);
	buf_add_char(text->out, '\n');
	if (!text->report->quiet)
		write_counts(text, groups);
}

/* ---- sections ------------------------------------------------------------------------- */

void text_title(struct text *text, const char *title)
{
	buf_add_char(text->out, '\n');
	text_paint(text, PAINT_BOLD, str_of(title));
}

static void write_now(struct text *text, const struct text_groups *groups, const struct text_moves *moves)
{
	if (!count_groups(groups, LEVEL_ERROR))
		return;
	CLEANUP(buf_fini) struct buf commands = BUF_INIT(LIMIT_REPORT_BYTES);
	text_title(text, "FIX NOW");
	text_moves_write(moves, "\n             ", &commands);
	if (commands.n) {
		buf_add_z(text->out, "      ");
		text_paint(text, PAINT_BOLD, buf_str(&commands));
	}
	buf_add_z(text->out, "\n");
	for (size_t i = 0; i < groups->groups.n; i++) {
		if (groups->groups.v[i].level != LEVEL_ERROR)
			continue;
		buf_add_char(text->out, '\n');
		text_group_write(text, &groups->groups.v[i]);
	}
}

static void write_later(struct text *text, const struct text_groups *groups)
{
	enum { BRIEF = 15 };
	size_t n = count_groups(groups, LEVEL_WARN), shown = 0;
	if (!n)
		return;
	struct str common = text_fix_common(groups, LEVEL_WARN);
	text_title(text, "CAN WAIT");
	if (common.n) {
		buf_printf(text->out, "     %s", n == 2 ? "both" : "all ");
		if (n > 2)
			text_number(text, n);
		buf_add_z(text->out, " come with ");
		text_safe(text, common);
	}
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < groups->groups.n; i++) {
		if (groups->groups.v[i].level != LEVEL_WARN)
			continue;
		if (text->report->verbose)
			text_group_write(text, &groups->groups.v[i]);
		else if (shown++ < BRIEF)
			text_group_write_brief(text, &groups->groups.v[i], common.n > 0);
	}
	if (!text->report->verbose && n > BRIEF)
		buf_printf(text->out, "  and %zu more: -v shows them\n", n - BRIEF);
}

static void write_informative(struct text *text, const struct text_groups *groups)
{
	if (!groups->informative)
		return;
	if (!text->report->verbose) {
		buf_add_char(text->out, '\n');
		text_plural(text, groups->informative, "more finding is", "more findings are");
		buf_add_z(text->out, " for information only (low severity, development, install scripts): -v\n");
		return;
	}
	if (!count_groups(groups, LEVEL_INFO))
		return;
	text_title(text, "FOR INFORMATION");
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < groups->groups.n; i++)
		if (groups->groups.v[i].level == LEVEL_INFO)
			text_group_write(text, &groups->groups.v[i]);
}

static void write_waived(struct text *text, const struct text_groups *groups)
{
	const struct scan *scan = text->project->scan;
	if (!groups->waived)
		return;
	text_title(text, "WAIVED");
	buf_add_char(text->out, '\n');
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct finding *finding = &scan->findings.v[i];
		if (finding->waiver_state != WAIVER_ACTIVE)
			continue;
		buf_add_z(text->out, "  ");
		text_safe(text, package_label(text->arena, &scan->tree->packages[finding->instances[0]]));
		buf_add_z(text->out, "  ");
		text_safe(text, finding->id);
		buf_add_z(text->out, "  ");
		text_safe(text, finding->waiver);
		buf_add_char(text->out, '\n');
	}
}

/* ---- the foot --------------------------------------------------------------------------- */

static void write_database(struct text *text)
{
	const struct advisory_db_info *database = text->report->database;
	char date[DATE_TEXT_SIZE], age[DATE_TEXT_SIZE];
	if (!database) {
		buf_add_z(text->out, "database none");
		return;
	}
	buf_add_z(text->out, "database ");
	text_safe(text, database->source);
	if (database->modified != DATE_NONE) {
		date_format(database->modified, date);
		duration_format(text->report->as_of - database->modified, age);
		buf_printf(text->out, " %s (%s)", date, age);
	}
	buf_add_char(text->out, ' ');
	text_safe(text, str_head(database->digest, 19));
	buf_add_z(text->out, text_cut(text));
}

/* What .gitignore, --exclude and links kept out of sight. */
static void write_skipped(struct text *text)
{
	const struct lockfile_list *discovery = text->report->discovery;
	size_t ignored = discovery ? discovery->ignored_folders + discovery->ignored_lockfiles : 0;
	if (!ignored && !(discovery && discovery->excluded + discovery->linked_folders))
		return;
	const char *between = "";
	buf_add_z(text->out, "skipped  ");
	if (ignored) {
		buf_printf(text->out, "%zu that git ignores (--no-ignore)", ignored);
		between = ", ";
	}
	if (discovery->excluded) {
		buf_printf(text->out, "%s%zu excluded", between, discovery->excluded);
		between = ", ";
	}
	if (discovery->linked_folders)
		buf_printf(text->out, "%s%zu links to folders", between, discovery->linked_folders);
	buf_add_char(text->out, '\n');
}

static void write_policy(struct text *text)
{
	const struct report *report = text->report;
	const struct policy *policy = report->project_count ? report->projects[0].policy : NULL;
	if (!policy)
		return;
	buf_add_z(text->out, "   policy ");
	text_safe(text, str_of(policy_source(policy)));
	if (policy_org(policy) && strcmp(policy_org(policy), policy_source(policy)) != 0) {
		buf_add_z(text->out, " on the floor of ");
		text_safe(text, str_of(policy_org(policy)));
	} else if (strcmp(policy_source(policy), "default") == 0)
		buf_add_z(text->out, " (no file: assay policy init)");
}

static bool any_retryable(const struct report *report)
{
	for (size_t i = 0; i < report->project_count; i++) {
		const struct scan *scan = report->projects[i].scan;
		for (size_t k = 0; k < scan->findings.n; k++)
			if (scan->findings.v[k].rule->gap && scan->findings.v[k].retryable)
				return true;
	}
	return false;
}

static void write_foot(struct text *text, const struct text_moves *moves)
{
	const struct report *report = text->report;
	buf_add_char(text->out, '\n');
	write_skipped(text);
	write_database(text);
	write_policy(text);
	buf_printf(text->out, "\nexit %d", report->exit_code);
	if (report->observe && report->verdict != VERDICT_PASS)
		buf_printf(text->out, " (--observe: it would be %d)", report->verdict == VERDICT_FAIL ? 1 : 3);
	else if (report->observe)
		buf_add_z(text->out, " (--observe)");
	if (moves->joined.n) {
		buf_add_z(text->out, "     next: ");
		text_moves_write(moves, " && ", text->out);
	} else if (report->project_count > 1 && report->verdict == VERDICT_FAIL) {
		buf_add_z(text->out, "     next: in each project, what stands behind FIX NOW");
	} else if (!report->database || report->database->starter) {
		buf_add_z(text->out, "     next: assay scan --update   (fetches every advisory once; sends nothing about this project)");
	} else if (any_retryable(report)) {
		buf_add_z(text->out, "     next: the same again, later");
	} else if (!report->verified && report->project_count && report->verdict == VERDICT_PASS) {
		buf_add_z(text->out, "     next: assay verify");
	}
	buf_add_char(text->out, '\n');
}

static enum status write_project(struct text *text, struct text_moves *moves, struct error *err)
{
	struct text_groups groups;
	enum status status = text_group_findings(text, &groups, err);
	if (status)
		return status;
	text_moves_find(text, &groups, LEVEL_ERROR, moves);
	write_head(text, &groups);
	if (text->report->quiet)
		return STATUS_OK;
	text_base_write(text);
	write_starter_notice(text);
	write_now(text, &groups, moves);
	write_later(text, &groups);
	write_informative(text, &groups);
	write_waived(text, &groups);
	text_change_write(text);
	if ((status = text_gaps_write(text, err)))
		return status;
	text_held_back_write(text);
	text_verified_write(text);
	text_installed_write(text);
	text_not_looked_at_write(text);
	return STATUS_OK;
}

/* Above several projects: how many of each verdict. */
static void write_overview(struct text *text)
{
	const struct report *report = text->report;
	size_t counts[3] = { 0 };
	for (size_t i = 0; i < report->project_count; i++) {
		struct summary summary = { 0 };
		bool complete;
		policy_sum(report->projects[i].scan, &summary);
		counts[policy_verdict(&summary, &complete)]++;
	}
	write_verdict(text, report->verdict, report->complete);
	buf_printf(text->out, "   %zu projects: %zu pass, %zu fail, %zu incomplete", report->project_count, counts[VERDICT_PASS],
	           counts[VERDICT_FAIL], counts[VERDICT_INCOMPLETE]);
	if (report->elapsed_ms >= 0)
		buf_printf(text->out, "%s%.0f ms", text_dot(text), report->elapsed_ms);
	buf_add_z(text->out, report->quiet ? "\n" : "\n\n");
}

static void moves_fini(struct text_moves *moves)
{
	buf_fini(&moves->joined);
}

enum status report_text_write(const struct report *report, struct buf *out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(moves_fini) struct text_moves moves = { BUF_INIT(LIMIT_REPORT_BYTES) };
	struct text text = { .report = report, .arena = arena, .out = out };
	if (!arena)
		return error_memory(err);
	if (report->project_count != 1)
		write_overview(&text);
	for (size_t i = 0; i < report->project_count; i++) {
		text.project = &report->projects[i];
		enum status status = write_project(&text, &moves, err);
		if (status)
			return status;
		if (i + 1 < report->project_count && !report->quiet)
			buf_add_char(out, '\n');
	}
	if (report->project_count != 1)
		buf_clear(&moves.joined); /* which project's? */
	if (!report->quiet)
		write_foot(&text, &moves);
	return buf_ok(moves.joined.failed ? &moves.joined : out, err);
}
