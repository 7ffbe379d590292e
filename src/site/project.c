/* A page for each project: where it is, what was found and what went, its lockfiles and packages. What the overview counts is counted on the way. */
#include <stdio.h>
#include <stdlib.h>

#include "site/site.h"

/* ---- what the overview is made of ----------------------------------------------------------- */

/* The day among SITE_DAYS; below zero: before them. */
static int day_number(const struct site *site, int64_t date)
{
	int64_t today = site->now / DAY, day = date / DAY;
	if (day > today)
		return SITE_DAYS - 1;
	return today - day >= SITE_DAYS ? -1 : SITE_DAYS - 1 - (int)(today - day);
}

static void note_earliest(struct site *site, int64_t date)
{
	if (site->trend.earliest == DATE_NONE || date < site->trend.earliest)
		site->trend.earliest = date;
}

static void note_came(struct site *site, const struct fleet_finding *finding, size_t rank)
{
	int day = day_number(site, finding->first);
	note_earliest(site, finding->first);
	if (day < 0)
		site->trend.before[rank]++;
	else
		site->trend.came[rank][day]++;
}

static enum status note_went(struct site *site, const struct fleet_finding *finding, size_t rank)
{
	int day = day_number(site, finding->gone);
	if (day < 0)
		site->trend.before[rank]--;
	else
		site->trend.went[rank][day]++;
	struct site_fixed *fixed = vec_add(site->arena, &site->fixed);
	if (!fixed)
		return error_memory(site->err);
	*fixed = (struct site_fixed){ rank, finding->gone > finding->first ? finding->gone - finding->first : 0 };
	return STATUS_OK;
}

static enum status note_standing(struct site *site, struct site_project *project, const struct fleet_finding *finding, size_t rank)
{
	bool advisory = check_is_by_advisory(finding->rule);
	struct site_counts *both[] = { &project->counts, &site->counts };
	bool error = str_equal(finding->level, STR("error")), warn = str_equal(finding->level, STR("warn"));
	for (size_t i = 0; i < 2; i++) {
		both[i]->waived += finding->waived;
		both[i]->gap += !finding->waived && finding->gap;
		both[i]->error += !finding->waived && !finding->gap && error;
		both[i]->warn += !finding->waived && !finding->gap && warn;
		both[i]->info += !finding->waived && !error && !warn;
	}
	if (!site_counts(finding))
		return STATUS_OK;
	site->malware += str_equal(finding->rule, STR("malware"));
	enum status status = site_count(site, &site->rules, finding->rule);
	if (!status && !finding->gap)
		status = site_count(site, &site->owners, finding->owner.n ? finding->owner : STR(""));
	if (status || !advisory)
		return status;
	project->worst[rank]++;
	site->worst[rank]++;
	struct str release = arena_printf(site->scratch, "%.*s %.*s", STR_ARG(finding->name), STR_ARG(finding->version));
	return release.p ? site_count(site, &site->clears, release) : error_memory(site->err);
}

static enum status note_finding(struct site *site, struct site_project *project, const struct fleet_finding *finding)
{
	size_t rank = site_severity_rank(finding->severity);
	enum status status = STATUS_OK;
	if (site_counts(finding) && check_is_by_advisory(finding->rule)) {
		note_came(site, finding, rank);
		if (site_went(site, finding))
			status = note_went(site, finding, rank);
	}
	return status || !site_stands(site, finding) ? status : note_standing(site, project, finding, rank);
}

static void note_project(struct site *site, struct site_project *project)
{
	int added = day_number(site, project->kept.added), read = project->read == DATE_NONE ? 0 : day_number(site, project->read);
	note_earliest(site, project->kept.added);
	if (added < 0)
		site->trend.added_before++;
	else
		site->trend.added[added]++;
	if (project->read == DATE_NONE)
		return;
	if (read < 0)
		site->trend.read_before++;
	else
		site->trend.read[read]++;
}

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

/* ---- packages ---------------------------------------------------------------------------------------- */

struct listed {
	const struct site_package *package;
	bool direct, dev;
};
struct listing {
	struct site *site;
	VEC(struct listed) v;
};

static enum status add_member(void *context, int64_t id, struct str scope, bool direct, struct error *err)
{
	struct listing *listing = context;
	const struct site_package *package = site_package(listing->site, id);
	struct listed *listed = package ? vec_add(listing->site->scratch, &listing->v) : NULL;
	if (!listed)
		return package ? error_memory(err) : STATUS_OK;
	*listed = (struct listed){ package, direct, str_equal(scope, STR("dev")) };
	return STATUS_OK;
}

/* As all packages are: by name, version. */
static int compare_listed(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;
	if (a->direct != b->direct)
		return a->direct ? -1 : 1;
	return (a->package > b->package) - (a->package < b->package);
}

/* A line for each, which a script makes a link of when somebody looks: thousands of elements would take their time. */
static void write_members(struct site *site, const struct listing *listing, size_t from, size_t to, const char *title)
{
	if (from == to)
		return;
	page_add(site, "<details class=\"packages\"><summary>");
	page_counted(site, to - from, "package", "packages");
	page_printf(site, " %s</summary><pre>", title);
	for (size_t i = from; i < to; i++) {
		page_text(site, listing->v.v[i].package->name);
		page_add(site, " ");
		page_text(site, listing->v.v[i].package->version);
		page_add(site, listing->v.v[i].dev ? " dev\n" : "\n");
	}
	page_add(site, "</pre></details>\n");
}

static enum status write_lockfile(struct site *site, const struct site_presence *presence)
{
	struct listing listing = { .site = site };
	size_t direct = 0;
	enum status status = site->fleet->engine->members(site->fleet->state, presence->tree, add_member, &listing, site->err);
	if (status)
		return status;
	if (listing.v.n)
		qsort(listing.v.v, listing.v.n, sizeof *listing.v.v, compare_listed);
	while (direct < listing.v.n && listing.v.v[direct].direct)
		direct++;
	page_add(site, "<h3>");
	page_text(site, presence->path);
	page_add(site, " <small>");
	page_text(site, presence->format);
	page_add(site, ", as it is since ");
	page_day(site, presence->first);
	page_add(site, "</small></h3>\n");
	write_members(site, &listing, 0, direct, "asked for");
	write_members(site, &listing, direct, listing.v.n, "that come with them");
	return STATUS_OK;
}

static void write_changes(struct site *site, const struct site_project *project)
{
	size_t shown = 0;
	if (project->presence_count < 2)
		return;
	page_add(site, "<h2>History</h2>\n");
	page_table(site, "list", "since|lockfile|#packages|commit|until");
	for (size_t i = project->presence_count; i-- > 0 && shown++ < SITE_CHANGES;) {
		const struct site_presence *presence = &site->presences.v[project->first_presence + i];
		page_add(site, "<tr><td>");
		page_day(site, presence->first);
		page_add(site, "</td><td>");
		page_text(site, presence->path);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, presence->packages);
		page_add(site, "</td><td>");
		page_text(site, str_head(presence->commit, presence->commit.n < 12 ? presence->commit.n : 12));
		page_add(site, "</td><td>");
		page_day(site, presence->gone);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div>\n");
}

static enum status write_lockfiles(struct site *site, const struct site_project *project)
{
	enum status status = STATUS_OK;
	page_add(site, "<h2>Lockfiles</h2>\n");
	if (!project->presence_count)
		page_add(site, "<p>None that was read.</p>\n");
	for (size_t i = 0; i < project->presence_count && !status; i++) {
		const struct site_presence *presence = &site->presences.v[project->first_presence + i];
		if (presence->gone == DATE_NONE)
			status = write_lockfile(site, presence);
	}
	return status;
}

/* ---- one page after the other --------------------------------------------------------------------------- */

static enum status write_page(struct site *site, struct site_project *project, const struct site_group *group)
{
	char path[64];
	enum status status = STATUS_OK;
	for (size_t i = 0; i < group->findings.n && !status; i++)
		status = note_finding(site, project, &group->findings.v[i]);
	if (status)
		return status;
	site->hit += project->counts.error > 0;
	note_project(site, project);
	write_head(site, project);
	write_standing(site, group);
	write_gone(site, group);
	if ((status = write_lockfiles(site, project)))
		return status;
	write_changes(site, project);
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
	if (project->kept.problem.p)
		page_add(site, " <span class=\"state gap\">with a problem</span>");
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
