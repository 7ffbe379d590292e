/*
 * Where packages are used. All names go by in order: what uses each goes into data (where.c), for the page that shows any package; a name that advisories are
 * about has a page of its own.
 */
#include <stdio.h>
#include <stdlib.h>

#include "site/where.h"

struct walk {
	struct site *site;
	size_t next; /* package */
	struct where where;
	VEC(struct version) versions; /* of the name at hand, in `arena` */
	size_t used;                  /* projects that have any of them */
	struct arena *arena;
	size_t *seen; /* by project: for which name it was counted last */
	size_t name;  /* number of the name at hand, from 1 */
};

/* ---- what uses a name -------------------------------------------------------------------- */

static enum status add_tree(void *context, int64_t tree, struct error *err)
{
	struct walk *walk = context;
	const struct site *site = walk->site;
	struct version *version = &walk->versions.v[walk->versions.n - 1];
	size_t low = 0, high = site->trees.n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (site->trees.v[middle].tree < tree)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < site->trees.n && site->trees.v[low].tree == tree; low++) {
		size_t project = site->trees.v[low].project, *slot = vec_add(walk->arena, &version->projects);
		if (!slot)
			return error_memory(err);
		*slot = project;
		walk->used += walk->seen[project] != walk->name;
		walk->seen[project] = walk->name;
	}
	return STATUS_OK;
}

static int compare_numbers(const void *left, const void *right)
{
	size_t a = *(const size_t *)left, b = *(const size_t *)right;
	return (a > b) - (a < b);
}

static void sort_projects(struct version *version)
{
	size_t kept = 0;
	if (version->projects.n)
		qsort(version->projects.v, version->projects.n, sizeof *version->projects.v, compare_numbers);
	for (size_t i = 0; i < version->projects.n; i++)
		if (!kept || version->projects.v[i] != version->projects.v[kept - 1])
			version->projects.v[kept++] = version->projects.v[i];
	version->projects.n = kept;
}

static int newest_first(const void *left, const void *right)
{
	const struct version *a = left, *b = right;
	if (a->valid != b->valid)
		return a->valid ? -1 : 1;
	int order = a->valid ? semver_compare(&b->parsed, &a->parsed) : 0;
	return order ? order : str_compare(b->text, a->text);
}

/* One version can have several digests. */
static enum status add_package(struct walk *walk, struct site_package *package)
{
	struct site *site = walk->site;
	struct version *last = walk->versions.n ? &walk->versions.v[walk->versions.n - 1] : NULL;
	if (!last || !str_equal(last->text, package->version)) {
		if (!(last = vec_add(walk->arena, &walk->versions)))
			return error_memory(site->err);
		last->text = package->version;
		last->ordinal = walk->versions.n - 1;
		last->valid = semver_parse_installed(package->version, &last->parsed);
	}
	package->number = last->ordinal;
	return site->fleet->engine->trees_with(site->fleet->state, package->id, add_tree, walk, site->err);
}

/* The name at walk->next; versions that no project has now are left out. */
static enum status gather(struct walk *walk)
{
	struct site *site = walk->site;
	struct str name = site->packages.v[walk->next].name;
	enum status status = STATUS_OK;
	size_t kept = 0;
	arena_reset(walk->arena);
	walk->versions = (__typeof__(walk->versions)){ 0 };
	walk->used = 0;
	walk->name++;
	for (; !status && walk->next < site->packages.n && str_equal(site->packages.v[walk->next].name, name); walk->next++)
		status = add_package(walk, &site->packages.v[walk->next]);
	for (size_t i = 0; i < walk->versions.n; i++) {
		sort_projects(&walk->versions.v[i]);
		if (walk->versions.v[i].projects.n)
			walk->versions.v[kept++] = walk->versions.v[i];
	}
	walk->versions.n = kept;
	if (kept)
		qsort(walk->versions.v, kept, sizeof *walk->versions.v, newest_first);
	return status;
}

/* ---- those that most have --------------------------------------------------------------------- */

static void note_used(struct site *site, struct str name, size_t used, size_t versions)
{
	size_t at = site->used_count;
	while (at && site->used[at - 1].used < used)
		at--;
	if (at == SITE_TOP)
		return;
	size_t last = site->used_count < SITE_TOP ? site->used_count++ : SITE_TOP - 1;
	for (size_t i = last; i > at; i--)
		site->used[i] = site->used[i - 1];
	site->used[at] = (struct site_row){ .id = name, .used = used, .packages = versions };
}

/* From the place among all versions of its name to that among those of all names. */
static enum status number_packages(struct walk *walk, size_t from, size_t number)
{
	struct site *site = walk->site;
	size_t *numbers = arena_array(walk->arena, walk->next - from, sizeof *numbers);
	if (!numbers)
		return error_memory(site->err);
	for (size_t i = 0; i < walk->versions.n; i++)
		numbers[walk->versions.v[i].ordinal] = number + i;
	for (size_t i = from; i < walk->next; i++)
		site->packages.v[i].number = numbers[site->packages.v[i].number];
	return STATUS_OK;
}

static enum status take_name(struct walk *walk, const char *key)
{
	struct site *site = walk->site;
	size_t from = walk->next, number;
	struct str name = site->packages.v[from].name;
	enum status status = gather(walk);
	if (status || !walk->used)
		return status;
	site->names++;
	note_used(site, name, walk->used, walk->versions.n);
	status = where_add(&walk->where, name, walk->used, key, walk->versions.v, walk->versions.n, &number);
	return status ? status : number_packages(walk, from, number);
}

/* Names before that one; NULL: all that are left. */
static enum status walk_to(struct walk *walk, const struct str *name)
{
	const struct site *site = walk->site;
	enum status status = STATUS_OK;
	while (!status && walk->next < site->packages.n && (!name || str_compare(site->packages.v[walk->next].name, *name) < 0))
		status = take_name(walk, NULL);
	return status;
}

/* ---- a page ------------------------------------------------------------------------------------- */

static void write_versions(struct walk *walk, const struct site_group *group)
{
	struct site *site = walk->site;
	if (!walk->versions.n) {
		page_add(site, "<p>No project has it any more.</p>\n");
		return;
	}
	page_add(site, "<h2>Versions in use</h2>\n");
	page_table(site, "list", "version|#projects|#advisories");
	for (size_t i = 0; i < walk->versions.n; i++) {
		const struct version *version = &walk->versions.v[i];
		struct map *ids = map_new(walk->arena, 0);
		for (size_t k = 0; ids && k < group->findings.n; k++)
			if (site_stands(site, &group->findings.v[k]) && str_equal(group->findings.v[k].version, version->text) &&
			    !map_set(ids, group->findings.v[k].problem, 1))
				site->page.failed = true;
		page_add(site, "<tr><td>");
		page_text(site, version->text);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, version->projects.n);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, ids ? map_count(ids) : 0);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div>\n");
}

struct about {
	const struct fleet_finding *finding;
	size_t now, were;
	int64_t first;
	struct str last_now, last_were; /* the project that was counted last */
};

static int worst_first(const void *left, const void *right)
{
	const struct about *a = left, *b = right;
	size_t x = site_severity_rank(a->finding->severity), y = site_severity_rank(b->finding->severity);
	if (!a->now != !b->now)
		return a->now ? -1 : 1;
	if (x != y)
		return x < y ? -1 : 1;
	return str_compare(a->finding->problem, b->finding->problem);
}

static struct about *gather_abouts(struct walk *walk, const struct site_group *group, size_t *count)
{
	struct map *by_id = map_new(walk->arena, 0);
	VEC(struct about) abouts = { 0 };
	for (size_t i = 0; by_id && i < group->findings.n; i++) {
		const struct fleet_finding *finding = &group->findings.v[i];
		size_t number;
		if (!map_add(by_id, finding->problem, abouts.n, &number))
			return NULL;
		if (number >= abouts.n) {
			struct about *added = vec_add(walk->arena, &abouts);
			if (!added)
				return NULL;
			*added = (struct about){ .finding = finding, .first = finding->first };
		}
		struct about *about = &abouts.v[number];
		bool stands = site_stands(walk->site, finding);
		struct str *last = stands ? &about->last_now : &about->last_were;
		*(stands ? &about->now : &about->were) += !str_equal(*last, finding->project);
		*last = finding->project;
		about->first = finding->first < about->first ? finding->first : about->first;
	}
	if (abouts.n)
		qsort(abouts.v, abouts.n, sizeof *abouts.v, worst_first);
	*count = abouts.n;
	return abouts.v;
}

static void write_abouts(struct walk *walk, const struct site_group *group)
{
	struct site *site = walk->site;
	size_t count = 0;
	const struct about *abouts = gather_abouts(walk, group, &count);
	page_add(site, "<h2>Advisories</h2>\n");
	page_table(site, "list", "severity|advisory|what|#have it|#had it|first seen");
	for (size_t i = 0; abouts && i < count; i++) {
		const struct fleet_finding *finding = abouts[i].finding;
		page_printf(site, "<tr><td data-sort=\"%zu\">", site_severity_rank(finding->severity));
		page_severity(site, site_severity_rank(finding->severity), finding->score);
		page_add(site, "</td><td>");
		page_advisory(site, finding->problem);
		page_add(site, "</td><td>");
		page_text(site, finding->title);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, abouts[i].now);
		page_add(site, "</td><td class=\"number\">");
		page_count(site, abouts[i].were);
		page_add(site, "</td><td>");
		page_day(site, abouts[i].first);
		page_add(site, "</td></tr>\n");
	}
	page_add(site, "</tbody></table></div>\n");
	if (!abouts)
		site->page.failed = true;
}

static void write_uses(struct walk *walk, struct str name)
{
	struct site *site = walk->site;
	size_t shown = 0;
	if (!walk->used)
		return;
	page_add(site, "<h2>Where it is used</h2>\n");
	page_table(site, "list", "project|version|owner");
	for (size_t i = 0; i < walk->versions.n; i++) {
		const struct version *version = &walk->versions.v[i];
		for (size_t k = 0; k < version->projects.n && shown++ < SITE_USES; k++) {
			const struct site_project *project = &site->projects.v[version->projects.v[k]];
			page_add(site, "<tr><td>");
			page_project(site, project);
			page_add(site, "</td><td>");
			page_text(site, version->text);
			page_add(site, "</td><td>");
			page_owner(site, project->owner);
			page_add(site, "</td></tr>\n");
		}
	}
	page_add(site, "</tbody></table></div>\n");
	if (shown > SITE_USES) {
		page_printf(site, "<p class=\"note\">These are %d: ", (int)SITE_USES);
		page_search_package(site, name, "all of them");
		page_add(site, ".</p>\n");
	}
}

static enum status add_row(struct walk *walk, const struct site_group *group, const char *key)
{
	struct site *site = walk->site;
	struct site_row *row = vec_add(site->arena, &site->affected);
	if (!row)
		return error_memory(site->err);
	*row = (struct site_row){ .id = arena_copy(site->arena, group->key),
				  .severity = SITE_SEVERITIES - 1,
				  .score = -1,
				  .now = site_count_projects(site, group, true),
				  .were = site_count_projects(site, group, false),
				  .packages = walk->versions.n,
				  .used = walk->used,
				  .first = INT64_MAX };
	memcpy(row->key, key, sizeof row->key);
	for (size_t i = 0; i < group->findings.n; i++) {
		const struct fleet_finding *finding = &group->findings.v[i];
		size_t rank = site_severity_rank(finding->severity);
		row->malware |= site_stands(site, finding) && str_equal(finding->rule, STR("malware"));
		if (rank < row->severity && (!row->now || site_stands(site, finding)))
			row->severity = rank;
		row->first = finding->first < row->first ? finding->first : row->first;
	}
	return row->id.p && map_set(site->with_page, row->id, 1) ? STATUS_OK : error_memory(site->err);
}

static enum status write_page(struct walk *walk, const struct site_group *group, const char *key)
{
	struct site *site = walk->site;
	char path[64];
	page_begin(site, &(struct site_page){ .title = group->key, .section = "packages", .depth = 1 });
	page_add(site, "<h1>");
	page_text(site, group->key);
	page_add(site, "</h1>\n<p class=\"note\">");
	page_counted(site, walk->used, "project has it, ", "projects have it, ");
	page_add(site, "in ");
	page_counted(site, walk->versions.n, "version", "versions");
	page_add(site, ".</p>\n");
	write_abouts(walk, group);
	write_versions(walk, group);
	write_uses(walk, group->key);
	snprintf(path, sizeof path, "k/%s.html", key);
	site->result->packages++;
	return page_end(site, path);
}

static enum status write_package(struct site *site, const struct site_group *group)
{
	struct walk *walk = site->walk;
	char key[SITE_KEY + 1];
	site_key(group->key, key);
	enum status status = walk_to(walk, &group->key);
	if (status)
		return status;
	if (walk->next < site->packages.n && str_equal(site->packages.v[walk->next].name, group->key)) {
		status = take_name(walk, key);
	} else { /* nothing has it any more */
		arena_reset(walk->arena);
		walk->versions = (__typeof__(walk->versions)){ 0 };
		walk->used = 0;
	}
	if (!status)
		status = add_row(walk, group, key);
	return status ? status : write_page(walk, group, key);
}

/* ---- the list ---------------------------------------------------------------------------------------- */

static void write_row(struct site *site, size_t number)
{
	const struct site_row *row = &site->affected.v[number];
	page_printf(site, "<tr><td data-sort=\"%d\">", row->malware ? -1 : (int)row->severity);
	page_worst(site, row, -1);
	page_printf(site, "</td><td><a href=\"k/%s.html\">", row->key);
	page_text(site, row->id);
	page_add(site, "</a></td><td class=\"number\">");
	page_count(site, row->now);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, row->were);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, row->used);
	page_add(site, "</td><td class=\"number\">");
	page_count(site, row->packages);
	page_add(site, "</td><td>");
	page_day(site, row->first);
	page_add(site, "</td></tr>\n");
}

static enum status write_list(struct site *site)
{
	if (site->affected.n)
		qsort(site->affected.v, site->affected.n, sizeof *site->affected.v, site_worst_row_first);
	const struct site_list list = {
		.name = "packages",
		.section = "packages",
		.title = "Packages with findings",
		.note = "That advisories were about in any project, the worst that stands first. <a href=\"search.html\">The search</a> finds all others, and where "
			"they are used.",
		.heads = "severity|package|#affected|#were|#have it|#versions|first seen",
		.none = "No advisory is or was about any package here.",
		.count = site->affected.n,
		.row = write_row,
	};
	return page_list(site, &list);
}

static enum status write_all(struct site *site, struct walk *walk)
{
	enum status status = where_begin(&walk->where, site);
	if (!status)
		status = site_each_group(site, BY_PACKAGE, write_package);
	if (!status)
		status = walk_to(walk, NULL);
	if (!status)
		status = where_end(&walk->where);
	where_fini(&walk->where);
	return status ? status : write_list(site);
}

enum status site_write_packages(struct site *site)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	struct walk walk = { .site = site, .arena = arena };
	walk.seen = arena ? arena_array(site->arena, site->projects.n, sizeof *walk.seen) : NULL;
	if (!walk.seen)
		return error_memory(site->err);
	site->walk = &walk;
	enum status status = write_all(site, &walk);
	site->walk = NULL;
	return status;
}
