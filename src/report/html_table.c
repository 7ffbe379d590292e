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

size_t html_severity_rank(enum severity severity)
{
	size_t rank = 0;
	while (rank + 1 < SEVERITIES && severities[rank] != severity)
		rank++;
	return rank;
}

static void count_cells(const struct html *html, size_t cells[SCOPES][SEVERITIES])
{
	for (size_t i = 0; i < html->listing.n; i++) {
		const struct listed *listed = &html->listing.v[i];
		const struct package *package = listed_package(listed);
		enum scope scope = package ? package->scope : SCOPE_UNKNOWN;
		if (listed_is_quiet(listed) || listed->finding->rule->gap)
			continue;
		cells[scope][html_severity_rank(listed->finding->severity)]++;
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
			buf_printf(html->out, "<td class=\"hit %s\" data-scope=\"%s\" data-severity=\"%s\">%zu</td>", name, scope_name(scope), name,
				   cells[k]);
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
	buf_printf(html->out, "<tr data-state=\"%s\" data-severity=\"%s\" data-rule=\"%s\" data-scope=\"%s\" data-score=\"%d\"%s>", state,
		   severity_name(finding->severity), finding->rule->id, row_scope(listed), listed_score_tenths(listed),
		   html_data_has_graph(html, listed) ? " data-graph" : "");
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

/* ---- what it can be filtered by ----------------------------------------------------------- */

static const char *row_severity(const struct listed *listed)
{
	return severity_name(listed->finding->severity);
}

static const char *row_rule(const struct listed *listed)
{
	return listed->finding->rule->id;
}

static bool any_is(const struct html *html, const char *(*word)(const struct listed *), const char *value)
{
	for (size_t i = 0; i < html->shown; i++)
		if (strcmp(word(&html->listing.v[i]), value) == 0)
			return true;
	return false;
}

/* data-NAME="…": the words that rows have, in the order of `words`. */
static void write_words(struct html *html, const char *name, const char *(*word)(const struct listed *), const char *const *words)
{
	const char *between = "";
	buf_printf(html->out, " data-%s=\"", name);
	for (size_t i = 0; words[i]; i++) {
		if (!any_is(html, word, words[i]))
			continue;
		buf_printf(html->out, "%s%s", between, words[i]);
		between = " ";
	}
	html_add_z(html, "\"");
}

static void write_rules(struct html *html)
{
	const char *between = "";
	html_add_z(html, " data-rule=\"");
	for (size_t i = 0; check_rules[i]; i++) {
		if (!any_is(html, row_rule, check_rules[i]->id))
			continue;
		buf_printf(html->out, "%s%s", between, check_rules[i]->id);
		between = " ";
	}
	html_add_z(html, "\"");
}

static void write_filters(struct html *html)
{
	static const char *const states[] = { "error", "warn", "gap", "info", "carried", "waived", NULL };
	const char *names[SEVERITIES + 1] = { 0 }, *scopes[SCOPES + 1] = { 0 };
	for (size_t k = 0; k < SEVERITIES; k++)
		names[k] = severity_name(severities[k]);
	for (int scope = 0; scope < SCOPES; scope++)
		scopes[scope] = scope_name((enum scope)scope);
	html_add_z(html, "<div id=\"filters\"");
	write_words(html, "state", row_state, states);
	write_words(html, "severity", row_severity, names);
	write_words(html, "scope", row_scope, scopes);
	write_rules(html);
	html_add_z(html, "></div>\n");
}

/* ---- the whole ------------------------------------------------------------------------------ */

static void write_rows(struct html *html, size_t from, size_t to)
{
	static const char columns[] = "<colgroup><col class=\"c1\"><col class=\"c2\"><col class=\"c3\"><col><col class=\"c5\"></colgroup>";
	buf_printf(html->out, "<table%s>%s", from ? "" : " id=\"table\"", columns);
	if (!from)
		html_add_z(html, "<thead><tr><th scope=\"col\">level</th><th scope=\"col\">severity</th><th scope=\"col\">package</th>"
				 "<th scope=\"col\">what</th><th scope=\"col\">what to do</th></tr></thead>");
	html_add_z(html, "<tbody>\n");
	for (size_t i = from; i < to; i++) {
		const struct listed *listed = &html->listing.v[i];
		write_row_head(html, listed);
		write_package(html, listed);
		write_what(html, listed);
		write_todo(html, listed);
	}
	html_add_z(html, "</tbody></table>\n");
}

void html_table_write(struct html *html)
{
	size_t first = html->shown < HTML_FIRST ? html->shown : HTML_FIRST;
	html_add_z(html, "<section aria-labelledby=\"findings\"><h2 id=\"findings\">Findings</h2>\n");
	write_filters(html);
	if (html->listing.n > html->shown)
		buf_printf(html->out, "<p class=\"note\">The worst %zu of %zu: the format json has all.</p>\n", html->shown, html->listing.n);
	if (!html->shown)
		html_add_z(html, "<p>None.</p>\n");
	html_add_z(html, "<div class=\"findings\">");
	write_rows(html, 0, first);
	if (html->shown > first) {
		buf_printf(html->out, "<noscript id=\"rest\" data-rows=\"%zu\">", html->shown - first);
		write_rows(html, first, html->shown);
		html_add_z(html, "</noscript>");
	}
	html_add_z(html, "</div>\n<p id=\"more\"></p></section>\n");
}
