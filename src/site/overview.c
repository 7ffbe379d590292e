/* The first page: how much of the inventory this covers, what stands, how it has gone, where to begin. */
#include <stdlib.h>

#include "site/site.h"

/* ---- coverage -------------------------------------------------------------------------------- */

static const struct {
	const char *class, *words;
	enum fleet_state state;
} states[] = {
	{ "known", "read in the last 24 h", FLEET_FRESH }, { "older", "read before that", FLEET_STALE },
	{ "low", "not all packages known", FLEET_GAP },    { "medium", "with a problem", FLEET_UNREAD },
	{ "unread", "never read", FLEET_NEVER },
};

static void write_coverage(struct site *site)
{
	size_t counts[FLEET_STATES] = { 0 }, all = site->projects.n;
	double at = 0;
	for (size_t i = 0; i < all; i++)
		counts[fleet_state_of(&site->projects.v[i].kept, site->now)]++;
	page_add(site, "<p class=\"lead\">");
	page_counted(site, all, "project", "projects");
	page_add(site, counts[FLEET_FRESH] == all && all ? ", all read in the last 24 hours" : "");
	page_add(site, "</p>\n<svg class=\"coverage\" viewBox=\"0 0 100 3\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"coverage of the inventory\">");
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		size_t count = counts[states[i].state];
		double wide = all ? 100.0 * (double)count / (double)all : 0;
		if (count)
			page_printf(site, "<rect class=\"f-%s\" x=\"%.3f\" width=\"%.3f\" height=\"3\"><title>%zu %s</title></rect>", states[i].class,
				    at, wide, count, states[i].words);
		at += wide;
	}
	page_add(site, "</svg>\n<p class=\"legend note\">");
	for (size_t i = 0; i < sizeof states / sizeof *states; i++) {
		if (!counts[states[i].state])
			continue;
		page_printf(site, "<span><svg class=\"swatch\" aria-hidden=\"true\"><rect width=\"100%%\" height=\"100%%\" class=\"f-%s\"/></svg> ",
			    states[i].class);
		page_count(site, counts[states[i].state]);
		page_printf(site, " %s</span>", states[i].words);
	}
	page_add(site, "</p>\n");
	if (counts[FLEET_FRESH] < all)
		page_add(site, "<p class=\"note\">What is shown of these is what was known: assay who --gaps names them.</p>\n");
}

/* A finding that nobody looked for is no finding that is not there. */
static enum status write_judged(struct site *site)
{
	struct fleet_judged judged;
	enum status status = fleet_judged_by(site->fleet, &judged, site->err);
	if (status)
		return status;
	if (judged.by == JUDGED_BY_NONE) {
		page_add(site, "<p class=\"alert\"><b>No advisories were looked up.</b> What is vulnerable or malicious is not known: assay db update, then "
			       "assay fleet scan.</p>\n");
		return STATUS_OK;
	}
	page_add(site, judged.by == JUDGED_BY_STARTER ? "<p class=\"alert\"><b>Only the starter database was used:</b> " : "<p class=\"note\">Judged by ");
	page_counted(site, (size_t)judged.advisories, "advisory", "advisories");
	if (judged.modified != DATE_NONE) {
		page_add(site, ", the newest of ");
		page_day(site, judged.modified);
	}
	page_add(site, judged.by == JUDGED_BY_STARTER ? ", out of hundreds of thousands. What follows is true but not the whole truth: assay db update.</p>\n" :
							".</p>\n");
	return STATUS_OK;
}

/* ---- sums ----------------------------------------------------------------------------------------- */

static void add_tile(struct site *site, const char *state, size_t count, const char *words)
{
	page_printf(site, "<li class=\"tile %s%s\"><b>", state, count ? "" : " zero");
	page_count(site, count);
	page_printf(site, "</b> %s</li>\n", words);
}

static void write_tiles(struct site *site)
{
	page_add(site, "<ul class=\"tiles\">\n");
	add_tile(site, "error", site->malware, "malware");
	add_tile(site, "error", site->counts.error, "to deal with now");
	add_tile(site, "", site->hit, site->hit == 1 ? "project with any of it" : "projects with any of it");
	add_tile(site, "warn", site->counts.warn, "can wait");
	add_tile(site, "gap", site->counts.gap, "not checked");
	add_tile(site, "waived", site->counts.waived, "waived");
	add_tile(site, "", site->names, "packages in use");
	page_add(site, "</ul>\n");
}

static int compare_seconds(const void *left, const void *right)
{
	const struct site_fixed *a = left, *b = right;
	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	return (a->seconds > b->seconds) - (a->seconds < b->seconds);
}

/* By severity: half of them went within so long, nine of ten within so long. */
static void write_times(struct site *site)
{
	if (!site->fixed.n)
		return;
	qsort(site->fixed.v, site->fixed.n, sizeof *site->fixed.v, compare_seconds);
	page_add(site, "<p class=\"note\">Half of them went within: ");
	for (size_t i = 0, end; i < site->fixed.n; i = end) {
		for (end = i; end < site->fixed.n && site->fixed.v[end].severity == site->fixed.v[i].severity;)
			end++;
		page_add(site, i ? ", " : "");
		page_printf(site, "%s ", severity_name(site_severities[site->fixed.v[i].severity]));
		page_age(site, site->fixed.v[i + (end - i - 1) / 2].seconds);
	}
	page_add(site, ".</p>\n");
}

/* ---- where to begin --------------------------------------------------------------------------------- */

static void write_worst_projects(struct site *site)
{
	page_add(site, "<section><h2>Projects with the most to do</h2>\n");
	page_table(site, "", "project|owner|#now|#can wait");
	for (size_t i = 0; i < site->projects.n && i < SITE_TOP; i++) {
		const struct site_project *project = &site->projects.v[site->worst_first[i]];
		if (!project->counts.error && !project->counts.warn)
			break;
		page_add(site, "<tr><td>");
		page_project(site, project);
		page_add(site, "</td><td>");
		page_owner(site, project->owner);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, project->counts.error);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, project->counts.warn);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div><p class=\"note\"><a href=\"projects.html\">All projects</a></p></section>\n");
}

static void write_worst_advisories(struct site *site)
{
	page_add(site, "<section><h2>The worst advisories</h2>\n");
	page_table(site, "", "severity|advisory|what|#projects");
	for (size_t i = 0; i < site->advisories.n && i < SITE_TOP && site->advisories.v[i].now; i++) {
		const struct site_row *row = &site->advisories.v[i];
		page_add(site, "<tr><td>");
		page_worst(site, row, row->score);
		page_printf(site, "</td><td><a class=\"id\" href=\"a/%s.html\">", row->key);
		page_text(site, row->id);
		page_add(site, "</a></td><td>");
		page_text(site, row->title);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, row->now);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div><p class=\"note\"><a href=\"advisories.html\">All advisories</a></p></section>\n");
}

static void write_bar(struct site *site, size_t count, size_t most)
{
	page_add(site, "</td><td class=\"number\">");
	page_count(site, count);
	page_printf(site, "</td><td class=\"barcell\"><svg class=\"bar\" aria-hidden=\"true\"><rect width=\"%zu%%\" height=\"100%%\"/></svg></td></tr>\n",
		    most ? count * 100 / most : 0);
}

/* A text and its count, with a bar. */
static void write_tally(struct site *site, const char *title, const char *heads, const struct site_tally *tally, const char *nobody)
{
	if (!tally->rows.n)
		return;
	page_printf(site, "<section><h2>%s</h2>\n", title);
	page_table(site, "", heads);
	for (size_t i = 0; i < tally->rows.n && i < SITE_TOP; i++) {
		page_add(site, "<tr><td>");
		if (tally->rows.v[i].key.n)
			page_text(site, tally->rows.v[i].key);
		else
			page_printf(site, "<span class=\"soft\">%s</span>", nobody);
		write_bar(site, tally->rows.v[i].count, tally->rows.v[0].count);
	}
	page_add(site, "</tbody></table></div></section>\n");
}

static void write_used(struct site *site)
{
	page_add(site, "<section><h2>Packages that most projects have</h2>\n");
	page_table(site, "", "package|#projects|");
	for (size_t i = 0; i < site->used_count; i++) {
		size_t value;
		page_add(site, "<tr><td>");
		page_package(site, site->used[i].id, map_find(site->with_page, site->used[i].id, &value));
		page_add(site, " <small>in ");
		page_counted(site, site->used[i].packages, "version", "versions");
		page_add(site, "</small>");
		write_bar(site, site->used[i].used, site->used[0].used);
	}
	page_add(site, "</tbody></table></div></section>\n");
}

/* "name version" and what its update clears. */
static void write_clears(struct site *site)
{
	if (!site->clears.rows.n)
		return;
	page_add(site, "<section><h2>Releases whose update clears most</h2>\n");
	page_table(site, "", "release|#findings|");
	for (size_t i = 0; i < site->clears.rows.n && i < SITE_TOP; i++) {
		struct str release = site->clears.rows.v[i].key;
		struct str name = str_head(release, str_find(release, ' '));
		page_add(site, "<tr><td>");
		page_package(site, name, true);
		page_text(site, str_from(release, name.n));
		write_bar(site, site->clears.rows.v[i].count, site->clears.rows.v[0].count);
	}
	page_add(site, "</tbody></table></div></section>\n");
}

enum status site_write_overview(struct site *site)
{
	struct site_tally *const tallies[] = { &site->rules, &site->owners, &site->clears };
	for (size_t i = 0; i < sizeof tallies / sizeof *tallies; i++)
		site_sort_tally(tallies[i]);
	page_begin(site, &(struct site_page){ .title = STR("Overview"), .section = "index", .kind = "overview" });
	page_add(site, "<h1>The fleet</h1>\n");
	write_coverage(site);
	enum status status = write_judged(site);
	if (status)
		return status;
	write_tiles(site);
	page_add(site, "<div class=\"charts\">\n");
	chart_standing(site);
	chart_flow(site);
	page_add(site, "<div>");
	chart_time_to_fix(site);
	write_times(site);
	page_add(site, "</div>\n");
	chart_inventory(site);
	page_add(site, "</div>\n<div class=\"halves\">\n");
	write_worst_projects(site);
	write_worst_advisories(site);
	write_clears(site);
	write_tally(site, "Who answers for most", "owner|#findings|", &site->owners, "nobody");
	write_used(site);
	write_tally(site, "By rule", "rule|#findings|", &site->rules, "");
	page_add(site, "</div>\n");
	return page_end(site, "index.html");
}
