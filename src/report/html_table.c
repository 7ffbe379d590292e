/* The page's findings: how many of what at a glance, and a table that is whole without a script. */
#include "report/html.h"

enum { MAX_TITLE = 300, MAX_LABEL = 200, MAX_PATH = 600 };

/* In the order in which they weigh. */
static const enum severity severities[] = { SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_UNKNOWN, SEVERITY_MEDIUM, SEVERITY_LOW, SEVERITY_NONE };
enum { SEVERITIES = sizeof severities / sizeof *severities, SCOPES = SCOPE_UNKNOWN + 1 };

static void add_short(struct html *html, struct str text, size_t max)
{
	html_add(html, report_shorten(html->arena, text, max));
}

/* What a row is filtered by; the words are the program's own. */
static const char *row_state(const struct listed *listed)
{
	if (listed_is_waived(listed))
		return "waived";
	if (listed->finding->rule->gap)
		return "gap";
	return listed_is_quiet(listed) ? "carried" : rule_level_name(listed->finding->level);
}

static const char *row_scope(const struct listed *listed)
{
	const struct package *package = listed_package(listed);
	return package ? scope_name(package->scope) : scope_name(SCOPE_UNKNOWN);
}

/* ---- at a glance --------------------------------------------------------------------- */

static void count_cells(const struct html *html, size_t cells[SCOPES][SEVERITIES])
{
	for (size_t i = 0; i < html->listing.n; i++) {
		const struct listed *listed = &html->listing.v[i];
		const struct package *package = listed_package(listed);
		enum scope scope = package ? package->scope : SCOPE_UNKNOWN;
		if (listed_is_quiet(listed) || listed->finding->rule->gap)
			continue;
		for (size_t k = 0; k < SEVERITIES; k++)
			cells[scope][k] += severities[k] == listed->finding->severity;
	}
}

static void write_cells(struct html *html, enum scope scope, const size_t *cells)
{
	size_t sum = 0;
	for (size_t k = 0; k < SEVERITIES; k++)
		sum += cells[k];
	if (!sum)
		return;
	buf_printf(html->out, "<tr><th scope=\"row\">%s</th>", scope_name(scope));
	for (size_t k = 0; k < SEVERITIES; k++) {
		const char *name = severity_name(severities[k]);
		if (cells[k])
			buf_printf(html->out, "<td class=\"hit %s\" data-scope=\"%s\" data-severity=\"%s\">%zu</td>", name, scope_name(scope), name, cells[k]);
		else
			html_add_z(html, "<td class=\"zero\">0</td>");
	}
	html_add_z(html, "</tr>\n");
}

void html_glance_write(struct html *html)
{
	size_t cells[SCOPES][SEVERITIES] = { 0 };
	count_cells(html, cells);
	html_add_z(html, "<section aria-labelledby=\"glance\"><h2 id=\"glance\">Severity and scope</h2>\n<table class=\"matrix\"><thead><tr><th scope=\"col\">scope</th>");
	for (size_t k = 0; k < SEVERITIES; k++)
		buf_printf(html->out, "<th scope=\"col\">%s</th>", severity_name(severities[k]));
	html_add_z(html, "</tr></thead><tbody>\n");
	for (int scope = 0; scope < SCOPES; scope++)
		write_cells(html, (enum scope)scope, cells[scope]);
	html_add_z(html, "</tbody></table>\n<p class=\"note\">What is waived, carried or a gap is not counted here.</p></section>\n");
}

/* ---- the table ----------------------------------------------------------------------- */

static void write_row_head(struct html *html, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	const char *state = row_state(listed);
	buf_printf(html->out, "<tr data-state=\"%s\" data-severity=\"%s\" data-rule=\"%s\" data-scope=\"%s\" data-score=\"%d\">", state,
		   severity_name(finding->severity), finding->rule->id, row_scope(listed), listed_score_tenths(listed));
	buf_printf(html->out, "<td><span class=\"state %s\">%s</span>", state, state);
	if (listed_is_waived(listed) || finding->rule->gap)
		buf_printf(html->out, "<br><small>%s</small>", rule_level_name(finding->level));
	if (finding_status_name(finding->status) && finding->status != FINDING_CARRIED)
		buf_printf(html->out, "<br><small>%s</small>", finding_status_name(finding->status));
	html_add_z(html, "</td><td>");
	if (!finding->rule->gap)
		buf_printf(html->out, "<span class=\"severity %s\">%s</span>", severity_name(finding->severity), severity_name(finding->severity));
	if (finding->score_tenths >= 0)
		buf_printf(html->out, " <small>%d.%d</small>", finding->score_tenths / 10, finding->score_tenths % 10);
	html_add_z(html, finding->kev ? "<br><strong class=\"kev\">exploited</strong></td>" : "</td>");
}

static void write_package(struct html *html, const struct listed *listed)
{
	const struct package *package = listed_package(listed);
	html_add_z(html, "<td>");
	if (package) {
		html_add_z(html, "<code>");
		add_short(html, package_step(html->arena, package), MAX_LABEL);
		buf_printf(html->out, "</code><br><small>%s%s", package_is_own(package) ? "own" : scope_name(package->scope),
			   package->direct ? ", direct" : "");
		if (listed->finding->instance_count > 1)
			buf_printf(html->out, ", %zu places", listed->finding->instance_count);
		html_add_z(html, "</small>");
	}
	html_add_z(html, "<br><small class=\"place\">");
	add_short(html, str_of(project_path(listed->project)), MAX_LABEL);
	buf_printf(html->out, ":%u</small></td>", listed->finding->line ? listed->finding->line : 1);
}

static void write_id(struct html *html, const struct listed *listed)
{
	struct str url = listed_url(html->arena, listed);
	bool linked = url.n && url.n < MAX_PATH;
	if (linked) {
		html_add_z(html, "<a rel=\"noreferrer noopener\" href=\"");
		html_add(html, url);
		html_add_z(html, "\">");
	}
	add_short(html, listed->finding->id, MAX_LABEL);
	html_add_z(html, linked ? "</a>" : "");
}

static void write_what(struct html *html, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	struct str path = listed_path(html->arena, listed);
	html_add_z(html, "<td>");
	add_short(html, listed_is_advisory(listed) && finding->title.n ? finding->title : finding->message, MAX_TITLE);
	buf_printf(html->out, "<br><small>%s", finding->rule->id);
	if (!str_equal_z(finding->id, finding->rule->id)) {
		html_add_z(html, " · ");
		write_id(html, listed);
	}
	for (size_t i = 0; i < finding->alias_count && i < 3; i++) {
		html_add_z(html, i ? ", <span class=\"id\">" : " · <span class=\"id\">");
		add_short(html, finding->aliases[i], MAX_LABEL);
		html_add_z(html, "</span>");
	}
	html_add_z(html, "</small>");
	if (path.n) {
		html_add_z(html, "<br><small class=\"path\">");
		add_short(html, path, MAX_PATH);
		html_add_z(html, "</small>");
	}
	html_add_z(html, "</td>");
}

static void write_code(struct html *html, struct str code)
{
	html_add_z(html, "<code>");
	add_short(html, code, MAX_PATH);
	html_add_z(html, "</code>");
}

/* A command, what has to be in a file, or both. */
static void write_fix(struct html *html, const struct fix *fix)
{
	if (fix->command.n)
		write_code(html, fix->command);
	if (!fix->snippet.n)
		return;
	html_add_z(html, fix->command.n ? "<br>and in " : "in ");
	add_short(html, fix->snippet_file, MAX_LABEL);
	html_add_z(html, ": ");
	write_code(html, fix->snippet);
}

static void write_todo(struct html *html, const struct listed *listed)
{
	const struct finding *finding = listed->finding;
	html_add_z(html, "<td>");
	if (listed_is_waived(listed)) {
		html_add_z(html, "waived: ");
		add_short(html, finding->waiver, MAX_PATH);
	} else if (finding->fix.command.n || finding->fix.snippet.n) {
		write_fix(html, &finding->fix);
	} else {
		add_short(html, listed_remedy(html->arena, listed), MAX_PATH);
	}
	html_add_z(html, finding->retryable ? "<br><small>trying again may help</small></td></tr>\n" : "</td></tr>\n");
}

void html_table_write(struct html *html)
{
	html_add_z(html, "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n<div id=\"filters\"></div>\n");
	if (html->listing.n > html->shown)
		buf_printf(html->out, "<p class=\"note\">The worst %zu of %zu: the format json has all.</p>\n", html->shown, html->listing.n);
	if (!html->shown)
		html_add_z(html, "<p>None.</p>\n");
	html_add_z(html, "<table id=\"table\"><thead><tr><th scope=\"col\">level</th><th scope=\"col\">severity</th><th scope=\"col\">package</th>"
			 "<th scope=\"col\">what</th><th scope=\"col\">what to do</th></tr></thead><tbody>\n");
	for (size_t i = 0; i < html->shown; i++) {
		const struct listed *listed = &html->listing.v[i];
		write_row_head(html, listed);
		write_package(html, listed);
		write_what(html, listed);
		write_todo(html, listed);
	}
	html_add_z(html, "</tbody></table>\n<p id=\"more\"></p></section>\n");
}
