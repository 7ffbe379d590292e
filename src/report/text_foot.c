/* What was judged by, and what to do next. */
#include "assay/limits.h"
#include "report/text_private.h"

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
	size_t start = text->out->n;
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
	text_end(text, start, 9);
}

static void add_policy(const struct report *report, struct buf *out)
{
	const struct policy *policy = report->project_count ? report->projects[0].policy : NULL;
	size_t others = 0;
	if (!policy)
		return;
	for (size_t i = 1; i < report->project_count; i++)
		others += report->projects[i].policy && strcmp(policy_source(report->projects[i].policy), policy_source(policy)) != 0;
	buf_add_z(out, "policy ");
	text_add(out, str_of(policy_source(policy)));
	if (others)
		buf_printf(out, " (and others: %zu projects have their own)", others);
	if (policy_org(policy) && strcmp(policy_org(policy), policy_source(policy)) != 0) {
		buf_add_z(out, " on the floor of ");
		text_add(out, str_of(policy_org(policy)));
	} else if (!others && strcmp(policy_source(policy), "default") == 0)
		buf_add_z(out, " (no file: assay policy init)");
}

static void write_judges(struct text *text)
{
	CLEANUP(buf_fini) struct buf policy = BUF_PART(text->out);
	size_t start = text->out->n;
	write_database(text);
	add_policy(text->report, &policy);
	bool fits = text_fits(text, start, 3 + screen_width(buf_str(&policy)));
	if (policy.n && fits) {
		buf_add_z(text->out, "   ");
	} else if (policy.n) {
		text_end(text, start, 9);
		start = text->out->n;
	}
	buf_add(text->out, buf_str(&policy));
	text_end(text, start, 9);
}

static void write_written(struct text *text)
{
	size_t start = text->out->n;
	if (!text->report->written || !text->report->written[0])
		return;
	buf_add_z(text->out, "written ");
	for (size_t i = 0; text->report->written[i]; i++) {
		buf_add_char(text->out, ' ');
		text_safe(text, str_of(text->report->written[i]));
	}
	text_end(text, start, 9);
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

/* What to type now; empty where there is nothing. */
static void add_next(const struct report *report, const struct text_moves *moves, struct buf *out)
{
	if (moves->joined.n)
		text_moves_write(moves, " && ", out);
	else if (report->project_count > 1 && report->verdict == VERDICT_FAIL)
		buf_printf(out, "in each project, what stands behind %s", text_moves_head(report));
	else if (!report->database || report->database->starter)
		buf_add_z(out, "assay scan --update   (fetches every advisory once; sends nothing about this project)");
	else if (any_retryable(report))
		buf_add_z(out, "the same again, later");
	else if (!report->verified && report->project_count && report->verdict == VERDICT_PASS)
		buf_add_z(out, "assay verify");
}

static void write_exit(struct text *text, const struct text_moves *moves)
{
	const struct report *report = text->report;
	CLEANUP(buf_fini) struct buf next = BUF_PART(text->out);
	size_t start = text->out->n;
	buf_printf(text->out, "exit %d", report->exit_code);
	if (report->observe && report->verdict != VERDICT_PASS)
		buf_printf(text->out, " (--observe: it would be %d)", report->verdict == VERDICT_FAIL ? 1 : 3);
	else if (report->observe)
		buf_add_z(text->out, " (--observe)");
	add_next(report, moves, &next);
	if (next.n)
		buf_add_z(text->out, "     next: ");
	/* Commands that do not fit stand above, in lines that can be pasted. */
	bool fits = !moves->joined.n || text_fits(text, start, screen_width(buf_str(&next)));
	if (fits)
		buf_add(text->out, buf_str(&next));
	else
		buf_printf(text->out, "what stands behind %s", text_moves_head(report));
	text_end(text, start, 11);
}

void text_foot_write(struct text *text, const struct text_moves *moves)
{
	buf_add_char(text->out, '\n');
	write_skipped(text);
	write_judges(text);
	write_written(text);
	write_exit(text, moves);
}
