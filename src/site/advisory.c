/* A page for each advisory that was found: what it is, which projects have it or had it. */
#include <stdio.h>
#include <stdlib.h>

#include "assay/who.h"
#include "site/site.h"

static const struct fleet_finding *worst_of(const struct site *site, const struct site_group *group)
{
	const struct fleet_finding *worst = &group->findings.v[0];
	for (size_t i = 1; i < group->findings.n; i++) {
		const struct fleet_finding *finding = &group->findings.v[i];
		bool stands = site_stands(site, finding), worst_stands = site_stands(site, worst);
		if (stands > worst_stands || (stands == worst_stands && site_severity_rank(finding->severity) < site_severity_rank(worst->severity)))
			worst = finding;
	}
	return worst;
}

static size_t count_names(const struct site_group *group, struct arena *arena)
{
	struct map *names = map_new(arena, 0);
	for (size_t i = 0; names && i < group->findings.n; i++)
		if (!map_set(names, group->findings.v[i].name, 1))
			return 0;
	return names ? map_count(names) : 0;
}

static enum status add_row(struct site *site, const struct site_group *group, const struct fleet_finding *worst)
{
	struct site_row *row = vec_add(site->arena, &site->advisories);
	if (!row)
		return error_memory(site->err);
	*row = (struct site_row){
		.id = arena_copy(site->arena, group->key),
		.title = arena_copy(site->arena, worst->title),
		.aliases = arena_copy(site->arena, worst->aliases),
		.severity = site_severity_rank(worst->severity),
		.malware = str_equal(worst->rule, STR("malware")),
		.score = worst->score,
		.now = site_count_projects(site, group, true),
		.were = site_count_projects(site, group, false),
		.packages = count_names(group, site->scratch),
		.first = INT64_MAX,
		.last = DATE_NONE,
	};
	site_key(group->key, row->key);
	for (size_t i = 0; i < group->findings.n; i++) {
		const struct fleet_finding *finding = &group->findings.v[i];
		row->first = finding->first < row->first ? finding->first : row->first;
		if (!row->now && finding->gone != DATE_NONE && finding->gone > row->last)
			row->last = finding->gone;
	}
	return row->id.p && row->title.p && row->aliases.p ? STATUS_OK : error_memory(site->err);
}

static void write_head(struct site *site, const struct site_row *row)
{
	struct str aliases = row->aliases, alias;
	page_begin(site, &(struct site_page){ .title = row->id, .section = "advisories", .depth = 1 });
	page_add(site, "<h1>");
	page_text(site, row->id);
	page_add(site, "</h1>\n<p class=\"lead\">");
	page_text(site, row->title);
	page_add(site, "</p>\n<p>");
	page_worst(site, row, row->score);
	while (str_split(&aliases, ',', &alias)) {
		if (!alias.n)
			continue;
		page_add(site, " · <span class=\"id\">");
		page_text(site, alias);
		page_add(site, "</span>");
	}
	if (who_is_advisory_id(row->id)) {
		page_add(site, " · <a rel=\"noreferrer noopener\" href=\"https://osv.dev/vulnerability/");
		page_text(site, row->id);
		page_add(site, "\">what OSV says of it</a>");
	}
	page_add(site, "</p>\n<ul class=\"tiles\"><li class=\"tile error\"><b>");
	page_count(site, row->now);
	page_add(site, "</b> have it now</li><li class=\"tile\"><b>");
	page_count(site, row->were);
	page_add(site, "</b> had it</li><li class=\"tile\">first seen <b>");
	page_day(site, row->first);
	page_add(site, row->last == DATE_NONE ? "</b></li></ul>\n" : "</b></li><li class=\"tile\">last gone <b>");
	page_day(site, row->last);
	page_add(site, row->last == DATE_NONE ? "" : "</b></li></ul>\n");
}

static void write_finding(struct site *site, const struct fleet_finding *finding, bool stands)
{
	page_add(site, "<tr><td>");
	page_project(site, site_project(site, finding->project));
	page_add(site, "</td><td>");
	page_owner(site, finding->owner);
	page_add(site, "</td><td>");
	page_package(site, finding->name, true);
	page_add(site, " ");
	page_text(site, finding->version);
	page_printf(site, "</td><td><span class=\"state %s\">", finding->waived ? "waived" : "");
	page_text(site, finding->waived ? STR("waived") : finding->level);
	page_add(site, "</span></td><td>");
	page_day(site, finding->first);
	page_add(site, "</td><td>");
	if (stands) {
		page_remedy(site, finding);
	} else {
		page_day(site, finding->gone);
		page_add(site, " <small>after ");
		page_age(site, finding->gone - finding->first);
		page_add(site, "</small>");
	}
	page_add(site, "</td></tr>\n");
}

static void write_findings(struct site *site, const struct site_group *group, bool standing, const char *title, const char *heads)
{
	size_t shown = 0;
	for (size_t i = 0; i < group->findings.n; i++) {
		const struct fleet_finding *finding = &group->findings.v[i];
		if (site_stands(site, finding) != standing || shown++ >= SITE_FINDINGS)
			continue;
		if (shown == 1) {
			page_printf(site, "<h2>%s</h2>\n", title);
			page_table(site, "list", heads);
		}
		write_finding(site, finding, standing);
	}
	if (shown)
		page_add(site, "</tbody></table></div>\n");
	if (shown > SITE_FINDINGS) {
		page_add(site, "<p class=\"note\">and ");
		page_count(site, shown - SITE_FINDINGS);
		page_add(site, " more: assay fleet findings has all</p>\n");
	}
}

static enum status write_advisory(struct site *site, const struct site_group *group)
{
	char path[64];
	enum status status = add_row(site, group, worst_of(site, group));
	if (status)
		return status;
	const struct site_row *row = &site->advisories.v[site->advisories.n - 1];
	write_head(site, row);
	write_findings(site, group, true, "Have it now", "project|owner|package|level|since|what to do");
	write_findings(site, group, false, "Had it", "project|owner|package|level|since|gone");
	snprintf(path, sizeof path, "a/%s.html", row->key);
	site->result->advisories++;
	return page_end(site, path);
}

/* ---- the list --------------------------------------------------------------------------------- */

static void write_row(struct site *site, size_t number)
{
	const struct site_row *row = &site->advisories.v[number];
	page_printf(site, "<tr><td data-sort=\"%d\">", row->malware ? -1 : (int)row->severity);
	page_worst(site, row, row->score);
	page_printf(site, "</td><td><a class=\"id\" href=\"a/%s.html\">", row->key);
	page_text(site, row->id);
	page_add(site, "</a></td><td>");
	page_text(site, row->title);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, row->now);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, row->were);
	page_add(site, "</td><td>");
	page_day(site, row->first);
	page_add(site, "</td><td>");
	if (row->last == DATE_NONE)
		page_add(site, "stands");
	else
		page_day(site, row->last);
	page_add(site, "</td></tr>\n");
}

enum status site_write_advisories(struct site *site)
{
	enum status status = site_each_group(site, BY_ADVISORY, write_advisory);
	if (status)
		return status;
	if (site->advisories.n)
		qsort(site->advisories.v, site->advisories.n, sizeof *site->advisories.v, site_worst_row_first);
	const struct site_list list = {
		.name = "advisories",
		.section = "advisories",
		.title = "Advisories",
		.note = "That were found in any project, the worst that stands first.",
		.heads = "severity|advisory|what|#have it|#had it|first seen|gone",
		.none = "None was ever found.",
		.count = site->advisories.n,
		.row = write_row,
	};
	return page_list(site, &list);
}
