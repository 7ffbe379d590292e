/* What a project's lockfiles hold now, and what they held when. */
#include <stdlib.h>

#include "site/site.h"

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

static void begin_members(struct site *site, size_t count, const char *title)
{
	page_add(site, "<details class=\"packages\"><summary>");
	page_counted(site, count, "package", "packages");
	page_printf(site, " %s</summary>", title);
}

/* A line for each, which a script makes a link of when somebody looks: thousands of elements would take their time. */
static void write_direct(struct site *site, const struct listed *listed, size_t count)
{
	if (!count)
		return;
	begin_members(site, count, "asked for");
	page_add(site, "<pre>");
	for (size_t i = 0; i < count; i++) {
		page_text(site, listed[i].package->name);
		page_add(site, " ");
		page_text(site, listed[i].package->version);
		page_add(site, listed[i].dev ? " dev\n" : "\n");
	}
	page_add(site, "</pre></details>\n");
}

/* Hundreds on each of thousands of pages: numbers, each by the step to it, of what data/packages-N.js names once for all; 'd': of dev's. */
static void write_others(struct site *site, const struct listed *listed, size_t count)
{
	size_t before = 0;
	if (!count)
		return;
	begin_members(site, count, "that come with them");
	page_add(site, "<p class=\"note\" data-packages=\"");
	for (size_t i = 0; i < count; i++) {
		size_t number = listed[i].package->number;
		page_printf(site, "%s%lld%s", i ? "," : "", (long long)number - (long long)before, listed[i].dev ? "d" : "");
		before = number;
	}
	page_add(site, "\">JavaScript names them.</p></details>\n");
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
	write_direct(site, listing.v.v, direct);
	write_others(site, listing.v.v + direct, listing.v.n - direct);
	return STATUS_OK;
}

void site_write_history(struct site *site, const struct site_project *project)
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

enum status site_write_lockfiles(struct site *site, const struct site_project *project)
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
