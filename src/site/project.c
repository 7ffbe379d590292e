/* A page for each project: where it is, what was found and what went. What the overview counts is counted on the way. */
#include <stdio.h>
#include <stdlib.h>

#include "site/site.h"

/* ---- the head of the page --------------------------------------------------------------------- */

static void add_fact(struct site *site, const char *what, struct str value)
{
	if (!value.n)
		return;
	page_printf(site, "<dt>%s</dt><dd>", what);
	page_text(site, value);
	page_add(site, "</dd>\n");
}

static void add_date(struct site *site, const char *what, int64_t date)
{
	page_printf(site, "<dt>%s</dt><dd>", what);
	if (date == DATE_NONE) {
		page_add(site, "never</dd>\n");
		return;
	}
	page_day(site, date);
	page_add(site, " <small>");
	page_age(site, site->now - date);
	page_add(site, " ago</small></dd>\n");
}

static void add_tile(struct site *site, const char *state, size_t count, const char *words)
{
	page_printf(site, "<li class=\"tile %s%s\"><b>", state, count ? "" : " zero");
	page_count(site, count);
	page_printf(site, "</b> %s</li>\n", words);
}

static void write_head(struct site *site, const struct site_project *project)
{
	const struct fleet_project *kept = &project->kept;
	page_begin(site, &(struct site_page){ .title = kept->name, .section = "projects", .kind = "project", .depth = 1 });
	page_add(site, "<h1>");
	page_text(site, kept->name);
	page_add(site, "</h1>\n");
	if (kept->problem.p) {
		page_add(site, "<p class=\"alert\"><b>Not all of it could be read:</b> ");
		page_text(site, kept->problem);
		page_add(site, "</p>\n");
	}
	if (kept->gap.p) {
		page_add(site, "<p class=\"alert\"><b>Not all of its packages are known:</b> ");
		page_text(site, kept->gap);
		page_add(site, "</p>\n");
	}
	page_add(site, "<dl class=\"facts\">\n");
	add_fact(site, "owner", project->owner.n ? project->owner : STR("nobody"));
	add_fact(site, fleet_kind_name(kept->kind), kept->location);
	add_fact(site, "branch", kept->branch);
	add_fact(site, "commit", kept->commit);
	add_fact(site, "tags", kept->tags);
	add_date(site, "last read", kept->seen);
	add_date(site, "known since", kept->added);
	page_add(site, "</dl>\n<ul class=\"tiles\">\n");
	add_tile(site, "error", project->counts.error, "to deal with now");
	add_tile(site, "warn", project->counts.warn, "can wait");
	add_tile(site, "info", project->counts.info, "for information");
	add_tile(site, "gap", project->counts.gap, "not checked");
	add_tile(site, "waived", project->counts.waived, "waived");
	page_add(site, "</ul>\n");
}

/* ---- findings ------------------------------------------------------------------------------------ */

static void write_what(struct site *site, const struct fleet_finding *finding)
{
	bool advisory = check_is_by_advisory(finding->rule);
	page_add(site, "<td>");
	page_text(site, advisory && finding->title.n ? finding->title : finding->message);
	page_add(site, "<br><small>");
	page_text(site, finding->rule);
	if (advisory) {
		page_add(site, " · ");
		page_advisory(site, finding->problem);
	}
	page_add(site, "</small></td>");
}

static void write_finding(struct site *site, const struct fleet_finding *finding)
{
	struct str state = finding->waived ? STR("waived") : finding->gap ? STR("gap") : finding->level;
	size_t value;
	page_add(site, "<tr><td><span class=\"state ");
	page_text(site, state);
	page_add(site, "\">");
	page_text(site, state);
	page_printf(site, "</span></td><td data-sort=\"%zu\">", site_severity_rank(finding->severity));
	if (!finding->gap)
		page_severity(site, site_severity_rank(finding->severity), finding->score);
	page_add(site, "</td><td>");
	page_package(site, finding->name, map_find(site->with_page, finding->name, &value));
	page_add(site, " ");
	page_text(site, finding->version);
	page_add(site, finding->name.n ? "<br><small>" : "<small>");
	if (finding->name.n) {
		page_text(site, finding->scope);
		page_add(site, finding->direct ? ", direct · " : " · ");
	}
	page_text(site, finding->lockfile);
	if (finding->line)
		page_printf(site, ":%lld", (long long)finding->line);
	page_add(site, "</small></td>");
	write_what(site, finding);
	page_add(site, "<td>");
	page_day(site, finding->first);
	page_add(site, "</td><td>");
	page_remedy(site, finding);
	page_add(site, "</td></tr>\n");
}

static bool is_minor(const struct fleet_finding *finding)
{
	return !finding->waived && !site_counts(finding);
}

static size_t count_standing(const struct site *site, const struct site_group *group, bool minor)
{
	size_t count = 0;
	for (size_t i = 0; i < group->findings.n; i++)
		count += site_stands(site, &group->findings.v[i]) && is_minor(&group->findings.v[i]) == minor;
	return count;
}

static void write_rows(struct site *site, const struct site_group *group, bool minor)
{
	size_t shown = 0;
	page_table(site, "list findings", "level|severity|package|what|since|what to do");
	for (size_t i = 0; i < group->findings.n; i++)
		if (site_stands(site, &group->findings.v[i]) && is_minor(&group->findings.v[i]) == minor && shown++ < SITE_FINDINGS)
			write_finding(site, &group->findings.v[i]);
	page_add(site, "</tbody></table></div>\n");
	if (shown > SITE_FINDINGS)
		page_printf(site, "<p class=\"note\">The worst %d of %zu: assay fleet project has all.</p>\n", (int)SITE_FINDINGS, shown);
}

static void write_standing(struct site *site, const struct site_group *group)
{
	size_t major = count_standing(site, group, false), minor = count_standing(site, group, true);
	page_add(site, "<h2>Findings</h2>\n");
	if (major)
		write_rows(site, group, false);
	else
		page_add(site, "<p>Nothing to deal with.</p>\n");
	if (!minor)
		return;
	page_add(site, "<details><summary>");
	page_counted(site, minor, "finding for information", "findings for information");
	page_add(site, "</summary>\n");
	write_rows(site, group, true);
	page_add(site, "</details>\n");
}

/* Those of one date in the order in which they came. */
static int latest_first(const void *left, const void *right)
{
	const struct fleet_finding *a = *(const struct fleet_finding *const *)left, *b = *(const struct fleet_finding *const *)right;
	if (a->gone != b->gone)
		return a->gone > b->gone ? -1 : 1;
	return (a > b) - (a < b);
}

static void write_gone(struct site *site, const struct site_group *group)
{
	VEC(const struct fleet_finding *) gone = { 0 };
	size_t value;
	for (size_t i = 0; i < group->findings.n; i++) {
		if (!site_went(site, &group->findings.v[i]))
			continue;
		const struct fleet_finding **slot = vec_add(site->scratch, &gone);
		if (slot)
			*slot = &group->findings.v[i];
	}
	if (!gone.n)
		return;
	qsort(gone.v, gone.n, sizeof *gone.v, latest_first);
	page_add(site, "<details><summary>");
	page_counted(site, gone.n, "finding that is gone", "findings that are gone");
	page_add(site, "</summary>\n");
	page_table(site, "list", "gone|severity|package|what|stood");
	for (size_t i = 0; i < gone.n && i < SITE_GONE; i++) {
		page_add(site, "<tr><td>");
		page_day(site, gone.v[i]->gone);
		page_printf(site, "</td><td data-sort=\"%zu\">", site_severity_rank(gone.v[i]->severity));
		page_severity(site, site_severity_rank(gone.v[i]->severity), gone.v[i]->score);
		page_add(site, "</td><td>");
		page_package(site, gone.v[i]->name, map_find(site->with_page, gone.v[i]->name, &value));
		page_add(site, " ");
		page_text(site, gone.v[i]->version);
		page_add(site, "</td>");
		write_what(site, gone.v[i]);
		page_printf(site, "<td data-sort=\"%lld\">", (long long)(gone.v[i]->gone - gone.v[i]->first));
		page_age(site, gone.v[i]->gone - gone.v[i]->first);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div>\n");
	if (gone.n > SITE_GONE)
		page_printf(site, "<p class=\"note\">The last %d: assay fleet project --gone has all.</p>\n", (int)SITE_GONE);
	page_add(site, "</details>\n");
}

/* ---- one page after the other --------------------------------------------------------------------------- */

static enum status write_page(struct site *site, struct site_project *project, const struct site_group *group)
{
	char path[64];
	enum status status = STATUS_OK;
	for (size_t i = 0; i < group->findings.n && !status; i++)
		status = site_note_finding(site, project, &group->findings.v[i]);
	if (status)
		return status;
	site->hit += project->counts.error > 0;
	site_note_project(site, project);
	write_head(site, project);
	write_standing(site, group);
	write_gone(site, group);
	if ((status = site_write_lockfiles(site, project)))
		return status;
	site_write_history(site, project);
	snprintf(path, sizeof path, "p/%s.html", project->key);
	site->result->projects++;
	return page_end(site, path);
}

/* Those before that one have no findings. */
static enum status write_to(struct site *site, size_t end)
{
	const struct site_group none = { 0 };
	enum status status = STATUS_OK;
	for (; site->next_project < end && !status; site->next_project++)
		status = write_page(site, &site->projects.v[site->next_project], &none);
	return status;
}

static enum status write_project(struct site *site, const struct site_group *group)
{
	struct site_project *project = site_project(site, group->key);
	enum status status = write_to(site, (size_t)(project - site->projects.v));
	if (!status)
		status = write_page(site, project, group);
	site->next_project++;
	return status;
}

/* ---- the list ---------------------------------------------------------------------------------------------- */

static int worst_first(const void *left, const void *right, void *context)
{
	const struct site_project *projects = context;
	const struct site_project *a = &projects[*(const size_t *)left], *b = &projects[*(const size_t *)right];
	if (a->counts.error != b->counts.error)
		return a->counts.error > b->counts.error ? -1 : 1;
	if (a->counts.warn != b->counts.warn)
		return a->counts.warn > b->counts.warn ? -1 : 1;
	return (a > b) - (a < b);
}

static void write_row(struct site *site, size_t number)
{
	const struct site_project *project = &site->projects.v[site->worst_first[number]];
	size_t packages = 0;
	for (size_t i = 0; i < project->presence_count; i++) {
		const struct site_presence *presence = &site->presences.v[project->first_presence + i];
		packages += presence->gone == DATE_NONE ? presence->packages : 0;
	}
	page_add(site, "<tr><td>");
	page_project(site, project);
	page_add(site, "</td><td>");
	page_owner(site, project->owner);
	page_printf(site, "</td><td class=\"number%s\">", project->counts.error ? " state error" : "");
	page_count(site, project->counts.error);
	page_printf(site, "</td><td class=\"number%s\">", project->counts.warn ? " state warn" : "");
	page_count(site, project->counts.warn);
	page_printf(site, "</td><td class=\"number%s\">", project->counts.gap ? " state gap" : "");
	page_count(site, project->counts.gap);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, packages);
	page_add(site, "</td><td>");
	page_day(site, project->kept.seen);
	if (project->kept.seen == DATE_NONE)
		page_add(site, "never");
	if (project->kept.problem.p || project->kept.gap.p)
		page_printf(site, " <span class=\"state gap\">%s</span>", project->kept.problem.p ? "with a problem" : "not all packages known");
	page_add(site, "</td></tr>\n");
}

static enum status write_list(struct site *site)
{
	site->worst_first = arena_array(site->arena, site->projects.n, sizeof *site->worst_first);
	if (!site->worst_first)
		return error_memory(site->err);
	for (size_t i = 0; i < site->projects.n; i++)
		site->worst_first[i] = i;
	if (site->projects.n)
		qsort_r(site->worst_first, site->projects.n, sizeof *site->worst_first, worst_first, site->projects.v);
	const struct site_list list = {
		.name = "projects",
		.section = "projects",
		.title = "Projects",
		.note = "Those with the most to deal with first.",
		.heads = "project|owner|#now|#can wait|#not checked|#packages|last read",
		.none = "There are none: assay fleet add.",
		.count = site->projects.n,
		.row = write_row,
	};
	return page_list(site, &list);
}

enum status site_write_projects(struct site *site)
{
	enum status status = site_each_group(site, BY_PROJECT, write_project);
	if (!status)
		status = write_to(site, site->projects.n);
	return status ? status : write_list(site);
}
