/* What the overview is made of, counted while the projects' pages are written: what came and went on which day, what stands, who read what when. */
#include "site/site.h"

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

enum status site_note_finding(struct site *site, struct site_project *project, const struct fleet_finding *finding)
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

void site_note_project(struct site *site, struct site_project *project)
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
