/* The order in which a site is made: what is small is read whole, findings and places go by in the store's order, page after page. */
#include <stdlib.h>

#include "site/site.h"

extern const char html_css_begin[], html_css_end[], site_css_begin[], site_css_end[], site_js_begin[], site_js_end[];

/* ---- what findings are ------------------------------------------------------------------- */

bool site_stands(const struct site *site, const struct fleet_finding *finding)
{
	return finding->first <= site->now && (finding->gone == DATE_NONE || finding->gone > site->now);
}

bool site_went(const struct site *site, const struct fleet_finding *finding)
{
	return finding->gone != DATE_NONE && finding->gone <= site->now;
}

bool site_is_shown(const struct site *site, const struct fleet_finding *finding)
{
	return finding->first <= site->now && site_project(site, finding->project) && fleet_filter_fits_owner(&site->options->filter, finding->owner);
}

bool site_counts(const struct fleet_finding *finding)
{
	return !finding->waived && (str_equal(finding->level, STR("error")) || str_equal(finding->level, STR("warn")));
}

struct site_project *site_project(const struct site *site, struct str name)
{
	size_t number;
	return map_find(site->by_name, name, &number) ? &site->projects.v[number] : NULL;
}

const struct site_package *site_package(const struct site *site, int64_t id)
{
	size_t low = 0, high = site->packages.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct site_package *package = &site->packages.v[site->by_id[middle]];
		if (package->id == id)
			return package;
		if (package->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* ---- sums ----------------------------------------------------------------------------------- */

enum status site_count(struct site *site, struct site_tally *tally, struct str key)
{
	size_t number;
	if (!tally->by_key && !(tally->by_key = map_new(site->arena, 0)))
		return error_memory(site->err);
	if (!map_find(tally->by_key, key, &number)) {
		struct str kept = arena_copy(site->arena, key);
		struct site_tallied *row = kept.p ? vec_add(site->arena, &tally->rows) : NULL;
		number = tally->rows.n - 1;
		if (!row || !map_set(tally->by_key, kept, number))
			return error_memory(site->err);
		row->key = kept;
	}
	tally->rows.v[number].count++;
	return STATUS_OK;
}

static int most_first(const void *left, const void *right)
{
	const struct site_tallied *a = left, *b = right;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return str_compare(a->key, b->key);
}

int site_worst_row_first(const void *left, const void *right)
{
	const struct site_row *a = left, *b = right;
	if (!a->now != !b->now)
		return a->now ? -1 : 1;
	if (a->malware != b->malware)
		return a->malware ? -1 : 1;
	if (a->severity != b->severity)
		return a->severity < b->severity ? -1 : 1;
	if (a->now != b->now)
		return a->now > b->now ? -1 : 1;
	return str_compare(a->id, b->id);
}

void site_sort_tally(struct site_tally *tally)
{
	if (tally->rows.n)
		qsort(tally->rows.v, tally->rows.n, sizeof *tally->rows.v, most_first);
}

/* ---- groups of findings ------------------------------------------------------------------------ */

struct grouping {
	struct site *site;
	enum kept_order order;
	struct site_group group;
	enum status (*each)(struct site *site, const struct site_group *group);
};

static struct str key_of(const struct grouping *grouping, const struct fleet_finding *finding)
{
	return grouping->order == BY_PROJECT ? finding->project : grouping->order == BY_ADVISORY ? finding->problem : finding->name;
}

static enum status end_group(struct grouping *grouping)
{
	enum status status = grouping->group.findings.n ? grouping->each(grouping->site, &grouping->group) : STATUS_OK;
	grouping->group = (struct site_group){ 0 };
	arena_reset(grouping->site->scratch);
	return status;
}

static enum status add_to_group(void *context, const struct fleet_finding *finding, struct error *err)
{
	struct grouping *grouping = context;
	struct site *site = grouping->site;
	if (!site_is_shown(site, finding))
		return STATUS_OK;
	enum status status = STATUS_OK;
	if (grouping->group.findings.n && !str_equal(grouping->group.key, key_of(grouping, finding)))
		status = end_group(grouping);
	if (status)
		return status;
	struct fleet_finding *kept = vec_add(site->scratch, &grouping->group.findings);
	if (!kept)
		return error_memory(err);
	*kept = *finding;
	if (!fleet_keep_finding(kept, site->scratch))
		return error_memory(err);
	grouping->group.key = key_of(grouping, kept);
	return STATUS_OK;
}

enum status site_each_group(struct site *site, enum kept_order order, enum status (*each)(struct site *site, const struct site_group *group))
{
	struct grouping grouping = { .site = site, .order = order, .each = each };
	arena_reset(site->scratch);
	enum status status = site->fleet->engine->history(site->fleet->state, order, add_to_group, &grouping, site->err);
	return status ? status : end_group(&grouping);
}

/* They come by project. */
size_t site_count_projects(const struct site *site, const struct site_group *group, bool standing)
{
	size_t count = 0;
	for (size_t i = 0, end; i < group->findings.n; i = end) {
		bool stands = false;
		for (end = i; end < group->findings.n && str_equal(group->findings.v[end].project, group->findings.v[i].project); end++)
			stands |= site_stands(site, &group->findings.v[end]);
		count += stands == standing;
	}
	return count;
}

/* ---- what is read whole ---------------------------------------------------------------------------- */

static bool keep_project(void *context, const struct fleet_project *project)
{
	struct site *site = context;
	struct site_project *kept = project->added <= site->now ? vec_add(site->arena, &site->projects) : NULL;
	if (!kept)
		return project->added > site->now;
	kept->kept = *project;
	kept->read = DATE_NONE;
	if (!fleet_keep_project(&kept->kept, site->arena))
		return false;
	site_key(kept->kept.name, kept->key);
	kept->owner = kept->kept.owner;
	return map_set(site->by_name, kept->kept.name, site->projects.n - 1);
}

static enum status keep_presence(void *context, const struct kept_presence *presence, struct error *err)
{
	struct site *site = context;
	struct site_project *project = site_project(site, presence->project);
	if (!project || presence->first > site->now || !fleet_filter_fits_owner(&site->options->filter, presence->owner))
		return STATUS_OK;
	struct site_presence *kept = vec_add(site->arena, &site->presences);
	if (!kept)
		return error_memory(err);
	*kept = (struct site_presence){ .project = (size_t)(project - site->projects.v),
					.tree = presence->tree,
					.first = presence->first,
					.gone = presence->gone != DATE_NONE && presence->gone > site->now ? DATE_NONE : presence->gone,
					.packages = presence->packages };
	const struct {
		struct str from, *to;
	} texts[] = { { presence->path, &kept->path }, { presence->format, &kept->format }, { presence->commit, &kept->commit } };
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].from.p && !(*texts[i].to = arena_copy(site->arena, texts[i].from)).p)
			return error_memory(err);
	if (!project->presence_count++)
		project->first_presence = site->presences.n - 1;
	if (project->read == DATE_NONE || presence->first < project->read)
		project->read = presence->first;
	if (!project->owner.p && presence->owner.p && !(project->owner = arena_copy(site->arena, presence->owner)).p)
		return error_memory(err);
	if (kept->gone != DATE_NONE)
		return STATUS_OK;
	struct site_tree *tree = vec_add(site->arena, &site->trees);
	if (!tree)
		return error_memory(err);
	*tree = (struct site_tree){ kept->tree, kept->project };
	return STATUS_OK;
}

/* Names come several times, one after the other. */
static enum status keep_package(void *context, const struct kept_package *package, struct error *err)
{
	struct site *site = context;
	const struct site_package *last = site->packages.n ? &site->packages.v[site->packages.n - 1] : NULL;
	struct str name = last && str_equal(last->name, package->name) ? last->name : arena_copy(site->arena, package->name);
	struct str version = arena_copy(site->arena, package->version);
	struct site_package *kept = vec_add(site->arena, &site->packages);
	if (!kept || !name.p || !version.p)
		return error_memory(err);
	*kept = (struct site_package){ .id = package->id, .name = name, .version = version };
	return STATUS_OK;
}

static int compare_trees(const void *left, const void *right)
{
	const struct site_tree *a = left, *b = right;
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return (a->project > b->project) - (a->project < b->project);
}

static int compare_ids(const void *left, const void *right, void *context)
{
	const struct site_package *packages = context;
	int64_t a = packages[*(const size_t *)left].id, b = packages[*(const size_t *)right].id;
	return (a > b) - (a < b);
}

static enum status read_whole(struct site *site)
{
	const struct fleet_engine *engine = site->fleet->engine;
	enum status status = fleet_each_project(site->fleet, &site->options->filter, keep_project, site, site->err);
	if (!status)
		status = engine->presences(site->fleet->state, keep_presence, site, site->err);
	if (!status)
		status = engine->all_packages(site->fleet->state, keep_package, site, site->err);
	if (status)
		return status;
	if (site->trees.n)
		qsort(site->trees.v, site->trees.n, sizeof *site->trees.v, compare_trees);
	site->by_id = arena_array(site->arena, site->packages.n, sizeof *site->by_id);
	if (!site->by_id)
		return error_memory(site->err);
	for (size_t i = 0; i < site->packages.n; i++)
		site->by_id[i] = i;
	if (site->packages.n)
		qsort_r(site->by_id, site->packages.n, sizeof *site->by_id, compare_ids, site->packages.v);
	return STATUS_OK;
}

/* ---- what is the same on every site ------------------------------------------------------------------- */

static enum status write_assets(struct site *site)
{
	buf_clear(&site->page);
	buf_add(&site->page, str_between(html_css_begin, html_css_end));
	buf_add(&site->page, str_between(site_css_begin, site_css_end));
	enum status status = buf_ok(&site->page, site->err);
	if (!status)
		status = site_write_file(site, "style.css", buf_str(&site->page));
	return status ? status : site_write_file(site, "site.js", str_between(site_js_begin, site_js_end));
}

static enum status write_scripted(struct site *site)
{
	page_begin(site, &(struct site_page){ .title = STR("Search"), .section = "search", .kind = "search" });
	page_add(site, "<h1>Search</h1>\n<div id=\"search\"></div>\n<div id=\"results\" aria-live=\"polite\"></div>\n"
		       "<noscript><p>The search needs JavaScript. Without it: <a href=\"projects.html\">all projects</a>, "
		       "<a href=\"packages.html\">packages with findings</a>, <a href=\"advisories.html\">advisories</a>.</p></noscript>\n");
	enum status status = page_end(site, "search.html");
	if (status)
		return status;
	page_begin(site, &(struct site_page){ .title = STR("Package"), .section = "packages", .kind = "package" });
	page_add(site, "<div id=\"package\"></div>\n<noscript><p>Where a package is used is shown by JavaScript. Without it: "
		       "<a href=\"packages.html\">packages with findings</a>.</p></noscript>\n");
	return page_end(site, "package.html");
}

static enum status write_all(struct site *site)
{
	enum status status;
	if ((status = read_whole(site)) || (status = site_write_packages(site)) || (status = site_write_advisories(site)) ||
	    (status = site_write_projects(site)) || (status = data_write_projects(site)) || (status = data_write_advisories(site)) ||
	    (status = write_scripted(site)) || (status = write_assets(site)))
		return status;
	return site_write_overview(site);
}

static enum status write_into(struct fleet *fleet, const struct site_options *options, struct site_folder *folder, struct site *site)
{
	site->folder = folder->part;
	site->fleet = fleet;
	site->options = options;
	site->now = options->now;
	site->trend.earliest = DATE_NONE;
	buf_init(&site->page, LIMIT_REPORT_BYTES);
	buf_init(&site->data, LIMIT_REPORT_BYTES);
	site->by_name = map_new(site->arena, 0);
	site->with_page = map_new(site->arena, 0);
	enum status status = site->by_name && site->with_page ? write_all(site) : error_memory(site->err);
	buf_fini(&site->data);
	buf_fini(&site->page);
	return status ? status : site_folder_finish(folder, site->err);
}

enum status site_write(struct fleet *fleet, const struct site_options *options, struct site_result *out, struct error *err)
{
	struct error own = { 0 };
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct site_result result = { 0 };
	struct site_folder folder;
	struct site *site = arena ? arena_alloc(arena, sizeof *site) : NULL;
	err = err ? err : &own;
	if (!scratch || !site)
		return error_memory(err);
	site->arena = arena;
	site->scratch = scratch;
	site->result = &result;
	site->err = err;
	enum status status = site_folder_begin(options->folder, arena, &folder, err);
	if (!status)
		status = write_into(fleet, options, &folder, site);
	site_folder_leave(&folder);
	if (!status)
		*out = result;
	return status;
}
