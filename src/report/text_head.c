/* The verdict, what it is about, how many of what. */
#include "report/text_private.h"

/* Facts between dots stay whole. */
static void end_at_dot(struct text *text, size_t start)
{
	text_wrap(text, start, 2, text_dot(text));
	buf_add_char(text->out, '\n');
}

static void write_verdict(struct text *text, enum verdict verdict, bool complete)
{
	static const enum paint paints[] = { PAINT_GREEN, PAINT_RED, PAINT_YELLOW };
	const char *word = verdict == VERDICT_PASS       ? "PASS" :
			   verdict == VERDICT_INCOMPLETE ? "INCOMPLETE" :
			   complete                      ? "FAIL" :
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

void text_starter_write(struct text *text)
{
	const struct advisory_db_info *database = text->report->database;
	size_t start = text->out->n;
	if (!database || !database->starter)
		return;
	buf_add_z(text->out, "  Starter database: ");
	text_number(text, database->advisories);
	buf_add_z(text->out, " of about 220,000 records. What follows is true but not the whole truth.");
	text_end(text, start, 2);
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
	size_t now = text_group_count(groups, LEVEL_ERROR), later = text_group_count(groups, LEVEL_WARN);
	size_t malware = count_malware(text->project->scan), start = text->out->n;
	buf_add_z(text->out, "  ");
	if (now) {
		text_plural(text, now, "package to deal with now", "packages to deal with now");
		buf_add_z(text->out, text_dot(text));
	}
	if (later && now)
		text_number(text, later);
	else if (later)
		text_plural(text, later, "package", "packages");
	if (later)
		buf_printf(text->out, " can wait%s", text_dot(text));
	if (malware)
		buf_printf(text->out, "%zu MALWARE", malware);
	else
		buf_add_z(text->out, text->report->database ? "no malware known" : "nothing looked up");
	buf_printf(text->out, "%s%zu waived%s", text_dot(text), groups->waived, text_dot(text));
	if (groups->gaps)
		text_plural(text, groups->gaps, "gap", "gaps");
	else
		buf_add_z(text->out, "all looked up");
	end_at_dot(text, start);
}

static void write_elapsed(struct text *text)
{
	if (text->report->elapsed_ms < 0)
		return;
	buf_add_z(text->out, text_dot(text));
	buf_add_elapsed(text->out, text->report->elapsed_ms);
}

void text_head_write(struct text *text, const struct text_groups *groups)
{
	struct summary summary = { 0 };
	size_t start = text->out->n;
	bool complete;
	policy_sum(text->project->scan, &summary);
	enum verdict verdict = policy_verdict(&summary, &complete);
	write_verdict(text, verdict, complete);
	buf_add_z(text->out, "   ");
	write_subject(text);
	if (text->report->project_count == 1)
		write_elapsed(text);
	end_at_dot(text, start);
	if (!text->report->quiet)
		write_counts(text, groups);
}

/* Above several projects: how many of each verdict. */
void text_overview_write(struct text *text)
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
	write_elapsed(text);
	buf_add_char(text->out, '\n');
	if (report->quiet)
		return;
	text_starter_write(text);
	buf_add_char(text->out, '\n');
}
