/*
 * `scan --format junit`: JUnit's XML, as Jenkins and others read it: a suite for each lockfile; in it a case for each finding
 * of level error (a failure), for each gap of that level (an error), and for each rule without one (passed, or skipped where it judged nothing).
 */
#include "report/report_private.h"

/* What XML 1.0 cannot hold was made visible before. */
static void add_escaped(struct buf *out, struct str text)
{
	CLEANUP(buf_fini) struct buf safe = BUF_PART(out);
	buf_add_visible(&safe, text);
	for (size_t i = 0; i < safe.n; i++) {
		switch (safe.p[i]) {
		case '&': buf_add_z(out, "&amp;"); break;
		case '<': buf_add_z(out, "&lt;"); break;
		case '>': buf_add_z(out, "&gt;"); break;
		case '"': buf_add_z(out, "&quot;"); break;
		default: buf_add_char(out, safe.p[i]);
		}
	}
}

static bool is_of(const struct finding *finding, const struct rule *rule)
{
	return finding->rule == rule && finding->level != LEVEL_OFF && finding->waiver_state != WAIVER_ACTIVE &&
	       (finding->status != FINDING_CARRIED || rule->gap);
}

struct tally {
	size_t cases, failures, errors, skipped;
};

/* One case for one problem: a case has one failure at most. */
static void write_problem(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const char *element = listed->finding->rule->gap ? "error" : "failure";
	struct str path = listed_path(arena, listed);
	buf_printf(out, "    <testcase classname=\"assay.%s\" name=\"", listed->finding->rule->id);
	add_escaped(out, listed_message(arena, listed));
	buf_printf(out, "\">\n      <%s type=\"%s\" message=\"", element, listed->finding->rule->id);
	add_escaped(out, listed_message(arena, listed));
	buf_add_z(out, "\">");
	add_escaped(out, str_of(project_path(listed->project)));
	buf_printf(out, ":%u; %s", listed->finding->line ? listed->finding->line : 1, path.n ? "by way of " : "");
	add_escaped(out, path);
	buf_add_z(out, path.n ? "; " : "");
	add_escaped(out, listed_remedy(arena, listed));
	buf_printf(out, "</%s>\n    </testcase>\n", element);
}

static const struct coverage *coverage_of(const struct scan *scan, const struct rule *rule)
{
	for (size_t i = 0; i < scan->coverage.n; i++)
		if (scan->coverage.v[i].rule == rule)
			return &scan->coverage.v[i];
	return NULL;
}

/* What is not at level error is output of a case that passed. */
static void write_output(const struct report_project *project, const struct rule *rule, struct arena *arena, struct buf *out)
{
	const struct scan *scan = project->scan;
	bool open = false;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct listed listed = { project, &scan->findings.v[i] };
		if (!is_of(listed.finding, rule) || listed.finding->level == LEVEL_ERROR)
			continue;
		buf_add_z(out, open ? "" : "      <system-out>");
		open = true;
		buf_printf(out, "%s: ", rule_level_name(listed.finding->level));
		add_escaped(out, listed_message(arena, &listed));
		buf_add_char(out, '\n');
	}
	buf_add_z(out, open ? "</system-out>\n" : "");
}

/* A rule in which nothing fails: it passed, or it could judge nothing. */
static void write_rule(const struct report_project *project, const struct rule *rule, struct arena *arena, struct buf *out, struct tally *tally)
{
	const struct coverage *coverage = coverage_of(project->scan, rule);
	bool idle = coverage && !coverage->evaluated;
	if (!coverage || (idle && !coverage->skipped_count))
		return;
	tally->cases++;
	tally->skipped += idle;
	buf_printf(out, "    <testcase classname=\"assay.%s\" name=\"%s\">\n", rule->id, rule->title);
	if (idle)
		buf_printf(out, "      <skipped message=\"%s\"/>\n", coverage->skipped[0].why);
	write_output(project, rule, arena, out);
	buf_add_z(out, "    </testcase>\n");
}

static void write_cases(const struct report_project *project, const struct rule *rule, struct arena *arena, struct buf *out, struct tally *tally)
{
	const struct scan *scan = project->scan;
	size_t problems = 0;
	for (size_t i = 0; i < scan->findings.n; i++) {
		const struct listed listed = { project, &scan->findings.v[i] };
		if (!is_of(listed.finding, rule) || listed.finding->level != LEVEL_ERROR)
			continue;
		write_problem(&listed, arena, out);
		problems++;
	}
	tally->cases += problems;
	*(rule->gap ? &tally->errors : &tally->failures) += problems;
	if (!problems)
		write_rule(project, rule, arena, out, tally);
}

static void write_suite(const struct report *report, const struct report_project *project, struct arena *arena, struct buf *out, struct tally *sum)
{
	CLEANUP(buf_fini) struct buf cases = BUF_PART(out);
	struct tally tally = { 0 };
	for (size_t i = 0; check_rules[i]; i++)
		write_cases(project, check_rules[i], arena, &cases, &tally);
	buf_add_z(out, "  <testsuite name=\"");
	add_escaped(out, str_of(project_path(project)));
	buf_printf(out, "\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\" time=\"0\">\n", tally.cases, tally.failures, tally.errors,
		   tally.skipped);
	buf_add_z(out, "    <properties><property name=\"database\" value=\"");
	add_escaped(out, report_database(arena, report));
	buf_add_z(out, "\"/></properties>\n");
	buf_add(out, buf_str(&cases));
	buf_add_z(out, "  </testsuite>\n");
	sum->cases += tally.cases;
	sum->failures += tally.failures;
	sum->errors += tally.errors;
	sum->skipped += tally.skipped;
}

enum status report_junit_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf suites = BUF_PART(out);
	struct tally sum = { 0 };
	for (size_t i = 0; i < report->project_count; i++)
		write_suite(report, &report->projects[i], arena, &suites, &sum);
	buf_printf(out,
		   "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"assay\" tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" "
		   "skipped=\"%zu\" time=\"0\">\n",
		   sum.cases, sum.failures, sum.errors, sum.skipped);
	buf_add(out, buf_str(&suites));
	buf_add_z(out, "</testsuites>\n");
	return buf_ok(out, err);
}
