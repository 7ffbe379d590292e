/*
 * `scan --format markdown`: for a comment on a pull request or a job's summary. A comment holds 65,536 characters: the worst come first, and
 * what does not fit is counted.
 */
#include "assay/limits.h"
#include "report/markdown.h"
#include "report/report_private.h"
#include "report/text_private.h"

enum { MAX_COMMENT = 64000, MAX_TITLE = 200, MAX_LABEL = 300, MAX_PATH = 600 };

void markdown_add_text(struct buf *out, struct str text)
{
	CLEANUP(buf_fini) struct buf safe = BUF_PART(out);
	buf_add_visible(&safe, text);
	for (size_t i = 0; i < safe.n; i++) {
		char c = safe.p[i];
		if (c == '<' || c == '&')
			buf_add_z(out, c == '<' ? "&lt;" : "&amp;");
		else if (c == '@' || c == '#') /* a blank without width keeps it from naming a person or an issue */
			buf_printf(out, "%c&#8203;", c);
		else if (strchr("\\`*_{}[]()+-!|~>", c) && c)
			buf_printf(out, "\\%c", c);
		else if (c == ':' && i + 2 < safe.n && safe.p[i + 1] == '/' && safe.p[i + 2] == '/')
			buf_add_z(out, "&#58;");
		else
			buf_add_char(out, c);
	}
}

void markdown_add_code(struct buf *out, struct str text)
{
	CLEANUP(buf_fini) struct buf safe = BUF_PART(out);
	buf_add_visible(&safe, text);
	buf_add_char(out, '`');
	for (size_t i = 0; i < safe.n; i++) {
		if (safe.p[i] == '|')
			buf_add_char(out, '\\');
		buf_add_char(out, safe.p[i] == '`' ? '\'' : safe.p[i]);
	}
	buf_add_z(out, safe.n ? "`" : " `");
}

static const char *level_mark(const struct listed *listed)
{
	if (strcmp(listed->finding->rule->id, "malware") == 0 && !listed_is_waived(listed))
		return "**MALWARE**";
	return listed_is_waived(listed) ? "waived" : rule_level_name(listed->finding->level);
}

static void write_what(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const struct finding *finding = listed->finding;
	struct str url = listed_url(arena, listed);
	if (!listed_is_advisory(listed)) {
		buf_printf(out, "%s: ", finding->rule->id);
		markdown_add_text(out, report_shorten(arena, finding->message, MAX_TITLE));
		return;
	}
	buf_add_z(out, severity_name(finding->severity));
	if (finding->score_tenths >= 0)
		buf_printf(out, " %d.%d", finding->score_tenths / 10, finding->score_tenths % 10);
	buf_add_z(out, finding->kev ? ", **exploited**: " : ": ");
	markdown_add_text(out, report_shorten(arena, finding->title, MAX_TITLE));
	buf_add_z(out, " (");
	if (url.n && url.n < MAX_PATH) {
		buf_add_char(out, '[');
		markdown_add_text(out, report_shorten(arena, finding->id, MAX_LABEL));
		buf_printf(out, "](%.*s)", STR_ARG(url));
	} else {
		markdown_add_text(out, report_shorten(arena, finding->id, MAX_LABEL));
	}
	buf_add_char(out, ')');
}

static void write_fix(const struct fix *fix, struct arena *arena, struct buf *out)
{
	if (fix->command.n)
		markdown_add_code(out, report_shorten(arena, fix->command, MAX_PATH));
	if (!fix->snippet.n)
		return;
	buf_add_z(out, fix->command.n ? ", and " : "");
	markdown_add_code(out, report_shorten(arena, fix->snippet, MAX_PATH));
	buf_add_z(out, " in ");
	markdown_add_text(out, fix->snippet_file);
}

static void write_row(const struct listed *listed, struct arena *arena, struct buf *out)
{
	const struct package *package = listed_package(listed);
	struct str path = listed_path(arena, listed);
	buf_printf(out, "| %s | ", level_mark(listed));
	if (package)
		markdown_add_code(out, report_shorten(arena, package_step(arena, package), MAX_LABEL));
	buf_add_z(out, "<br>");
	markdown_add_text(out, report_shorten(arena, str_of(project_path(listed->project)), MAX_LABEL));
	buf_printf(out, ":%u | ", listed->finding->line ? listed->finding->line : 1);
	write_what(listed, arena, out);
	if (path.n) {
		buf_add_z(out, "<br>");
		markdown_add_code(out, report_shorten(arena, path, MAX_PATH));
	}
	buf_add_z(out, " | ");
	if (listed_is_waived(listed))
		markdown_add_text(out, report_shorten(arena, listed->finding->waiver, MAX_PATH));
	else if (strcmp(listed->finding->rule->id, "malware") != 0 && (listed->finding->fix.command.n || listed->finding->fix.snippet.n))
		write_fix(&listed->finding->fix, arena, out);
	else
		markdown_add_text(out, report_shorten(arena, listed_remedy(arena, listed), MAX_PATH));
	buf_add_z(out, " |\n");
}

static const char *verdict_words(const struct report *report)
{
	if (report->verdict == VERDICT_PASS)
		return "PASS";
	if (report->verdict == VERDICT_INCOMPLETE)
		return "INCOMPLETE";
	return report->complete ? "FAIL" : "FAIL and INCOMPLETE";
}

static void write_head(const struct report *report, struct arena *arena, struct buf *out)
{
	const struct summary *sum = &report->summary;
	size_t packages = report_count_packages(report);
	buf_printf(out, "### assay: %s\n\n", verdict_words(report));
	buf_printf(out, "%zu to deal with now, %zu can wait, %zu for information, %zu waived, %.*s; %.*s in %.*s.\n", sum->error, sum->warn,
		   sum->info, sum->waived, STR_ARG(report_plural(arena, sum->unchecked, "gap", "gaps")),
		   STR_ARG(report_plural(arena, packages, "package", "packages")),
		   STR_ARG(report_plural(arena, report->project_count, "lockfile", "lockfiles")));
	buf_add_z(out, "Advisories: ");
	markdown_add_text(out, report_database(arena, report));
	buf_add_z(out, ".\n");
}

/* What to type today, by project. */
static enum status write_moves(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	CLEANUP(buf_fini) struct buf commands = BUF_INIT(MAX_COMMENT / 4);
	for (size_t i = 0; i < report->project_count; i++) {
		struct text text = { .report = report, .project = &report->projects[i], .arena = arena, .out = &commands };
		struct text_groups groups = { 0 };
		struct text_moves moves = { BUF_PART(out) };
		if (!report->projects[i].scan->tree)
			continue;
		enum status status = text_group_findings(&text, &groups, err);
		if (status)
			return status;
		size_t before = commands.n;
		text_moves_find(&text, &groups, LEVEL_ERROR, &moves);
		text_moves_write(&moves, "\n", &commands);
		if (commands.n > before)
			buf_add_char(&commands, '\n');
		buf_fini(&moves.joined);
	}
	if (buf_ok(&commands, NULL) == STATUS_MEMORY)
		return error_memory(err);
	/* A fence that a name could close is none. */
	if (commands.n && !commands.failed && str_find(buf_str(&commands), '`') == commands.n)
		buf_printf(out, "\n```sh\n%.*s```\n", STR_ARG(buf_str(&commands)));
	return STATUS_OK;
}

static void write_table(const struct listing *listing, struct arena *arena, struct buf *out)
{
	CLEANUP(buf_fini) struct buf row = BUF_PART(out);
	size_t i = 0, carried = 0;
	if (listing->n)
		buf_add_z(out, "\n| | package | what | what to do |\n| --- | --- | --- | --- |\n");
	for (; i < listing->n; i++) {
		if (listed_is_quiet(&listing->v[i]) && !listed_is_waived(&listing->v[i])) {
			carried++;
			continue;
		}
		buf_clear(&row);
		write_row(&listing->v[i], arena, &row);
		if (row.failed || out->n + row.n > MAX_COMMENT)
			break;
		buf_add(out, buf_str(&row));
	}
	if (i < listing->n)
		buf_printf(out, "\n%zu more are not shown, the milder ones: a comment holds no more. `--format html` or `json` has all.\n", listing->n - i);
	if (carried)
		buf_printf(out, "\n%zu were there before this change and cannot fail it.\n", carried);
}

enum status report_markdown_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	struct listing listing;
	enum status status = listing_make(report, arena, &listing, err);
	if (status)
		return status;
	write_head(report, arena, out);
	if ((status = write_moves(report, arena, out, err)))
		return status;
	write_table(&listing, arena, out);
	return buf_ok(out, err);
}
