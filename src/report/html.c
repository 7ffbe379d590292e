/*
 * `scan --format html`: a page that is one file. It asks nobody for anything: its policy lets its own style and script run, by their
 * hashes, and nothing else. What others wrote is text in the markup or strings in a block of JSON, and the script makes text nodes of
 * it only. Without a script the table and the sums are there; with it they can be filtered, and the tree is drawn.
 */
#include <stdlib.h>

#include "assay/digest.h"
#include "report/html.h"

enum { LICENSES = 8, MORE_LICENSES = 300, FIXED = 500, MAX_TEXT = 200 };

extern const char html_css_begin[], html_css_end[], html_js_begin[], html_js_end[];

void html_add_z(struct html *html, const char *markup)
{
	buf_add_z(html->out, markup);
}

void html_add(struct html *html, struct str text)
{
	html_add_text(html->out, text);
}

/* ---- the head ------------------------------------------------------------------------ */

static enum status write_policy(struct html *html, struct error *err)
{
	struct digest script, style;
	if (!digest_of(DIGEST_SHA256, str_between(html_js_begin, html_js_end), &script) ||
	    !digest_of(DIGEST_SHA256, str_between(html_css_begin, html_css_end), &style))
		return error_memory(err);
	html_add_z(html, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src '");
	digest_write_sri(&script, html->out);
	html_add_z(html, "'; style-src '");
	digest_write_sri(&style, html->out);
	html_add_z(html, "'; base-uri 'none'; form-action 'none'\">\n");
	return STATUS_OK;
}

static enum status write_head(struct html *html, struct error *err)
{
	html_add_z(html, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n");
	enum status status = write_policy(html, err);
	html_add_z(html, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
			 "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\n");
	buf_printf(html->out, "<title>assay: %s", verdict_name(html->report->verdict));
	if (html->report->project_count == 1) {
		html_add_z(html, ", ");
		html_add(html, report_shorten(html->arena, str_of(project_path(html->report->projects)), MAX_TEXT));
	}
	html_add_z(html, "</title>\n<style>");
	buf_add(html->out, str_between(html_css_begin, html_css_end));
	html_add_z(html, "</style></head><body>\n");
	return status;
}

/* ---- the verdict --------------------------------------------------------------------- */

static void write_tile(struct html *html, const char *state, size_t count, const char *words)
{
	buf_printf(html->out, "<li class=\"tile %s%s\" data-state=\"%s\"><b>%zu</b> <span>%s</span></li>\n", state, count ? "" : " zero", state, count, words);
}

/* "84 packages in package-lock.json of web" */
static void write_subject(struct html *html)
{
	const struct report *report = html->report;
	buf_printf(html->out, "%.*s in ", STR_ARG(report_plural(html->arena, html->packages, "package", "packages")));
	if (report->project_count != 1) {
		buf_printf(html->out, "%zu lockfiles", report->project_count);
		return;
	}
	const struct tree *tree = report->projects[0].scan->tree;
	html_add_z(html, "<code>");
	html_add(html, report_shorten(html->arena, str_of(project_path(report->projects)), MAX_TEXT));
	html_add_z(html, "</code>");
	if (!tree || !tree->packages[0].name.n)
		return;
	html_add_z(html, " of ");
	html_add(html, report_shorten(html->arena, tree->packages[0].name, MAX_TEXT));
}

static void write_sources(struct html *html)
{
	const struct advisory_db_info *database = html->report->database;
	html_add_z(html, "<p class=\"note\">");
	write_subject(html);
	buf_printf(html->out, ", judged as of %.10s. ", report_date(html->arena, html->report->as_of).p);
	if (database)
		buf_printf(html->out, "%llu advisories of %.10s%s. ", (unsigned long long)database->advisories,
			   report_date(html->arena, database->modified).p, database->starter ? ": <strong>only the starter database</strong>" : "");
	else
		html_add_z(html, "<strong>No advisory database: nothing was looked up.</strong> ");
	html_add_z(html, html->report->verified ? "Tarballs were read.</p>\n" : "Tarballs were not read.</p>\n");
}

static void write_verdict(struct html *html)
{
	const struct summary *sum = &html->report->summary;
	const char *name = verdict_name(html->report->verdict);
	buf_printf(html->out, "<header class=\"verdict %s\"><h1>assay: <strong>%s</strong>%s%s</h1>\n", name, name,
		   html->report->complete || html->report->verdict == VERDICT_INCOMPLETE ? "" : ", and incomplete",
		   html->report->observe ? " (only observed)" : "");
	write_sources(html);
	html_add_z(html, "<ul class=\"tiles\">\n");
	write_tile(html, "error", sum->error, "to deal with now");
	write_tile(html, "warn", sum->warn, "can wait");
	write_tile(html, "info", sum->info, "for information");
	write_tile(html, "gap", sum->unchecked, "not checked");
	write_tile(html, "waived", sum->waived, "waived");
	if (sum->carried)
		write_tile(html, "carried", sum->carried, "there before the change");
	html_add_z(html, "</ul></header>\n");
}

/* ---- what a change cleared ------------------------------------------------------------ */

static void write_fixed(struct html *html)
{
	size_t total = 0;
	for (size_t i = 0; i < html->report->project_count; i++) {
		const struct report_comparison *comparison = html->report->projects[i].comparison;
		for (size_t k = 0; comparison && k < comparison->fixed_count; k++) {
			const struct report_fixed *fixed = &comparison->fixed[k];
			if (total++ >= FIXED)
				continue;
			html_add_z(html, total == 1 ? "<section><h2>Fixed by this change</h2><ul>\n<li><code>" : "<li><code>");
			html_add(html, report_shorten(html->arena, fixed->name, MAX_TEXT));
			html_add_z(html, "@");
			html_add(html, report_shorten(html->arena, fixed->version, MAX_TEXT));
			buf_printf(html->out, "</code> <span class=\"severity %s\">%s</span> %s ", severity_name(fixed->severity),
				   severity_name(fixed->severity), fixed->rule->id);
			html_add(html, report_shorten(html->arena, fixed->id, MAX_TEXT));
			html_add_z(html, "</li>\n");
		}
	}
	if (total > FIXED)
		buf_printf(html->out, "<li>and %zu more: the format json has all</li>\n", total - FIXED);
	html_add_z(html, total ? "</ul></section>\n" : "");
}

/* ---- licenses ---------------------------------------------------------------------------- */

struct license_count {
	struct str license;
	size_t count;
};
typedef VEC(struct license_count) license_counts;

static int commonest_first(const void *left, const void *right)
{
	const struct license_count *a = left, *b = right;
	return a->count != b->count ? (a->count < b->count) - (a->count > b->count) : str_compare(a->license, b->license);
}

static bool count_license(struct html *html, struct map *index, struct str license, license_counts *counts)
{
	size_t at;
	if (!map_add(index, license, counts->n, &at))
		return false;
	if (at >= counts->n) {
		struct license_count *added = vec_add(html->arena, counts);
		if (!added)
			return false;
		added->license = license;
	}
	counts->v[at].count++;
	return true;
}

static bool count_licenses(struct html *html, license_counts *counts)
{
	struct map *index = map_new(html->arena, 0);
	bool ok = index != NULL;
	for (size_t i = 0; i < html->report->project_count; i++) {
		const struct scan *scan = html->report->projects[i].scan;
		for (uint32_t k = 0; ok && scan->tree && k < scan->tree->package_count; k++) {
			const struct package *package = &scan->tree->packages[k];
			struct str license = package_is_own(package) ? STR_NONE : check_license(scan, package);
			ok = package_is_own(package) || count_license(html, index, license.n ? license : STR("not stated"), counts);
		}
	}
	if (ok && counts->n)
		qsort(counts->v, counts->n, sizeof *counts->v, commonest_first);
	return ok;
}

static void write_license_rows(struct html *html, const license_counts *counts, size_t from, size_t to)
{
	html_add_z(html, "<table class=\"licenses\"><thead><tr><th scope=\"col\">license</th><th scope=\"col\">packages</th><td></td></tr></thead><tbody>\n");
	for (size_t i = from; i < to; i++) {
		html_add_z(html, "<tr><td>");
		html_add(html, report_shorten(html->arena, counts->v[i].license, MAX_TEXT));
		buf_printf(html->out,
			   "</td><td class=\"number\">%zu</td><td><svg class=\"bar\" aria-hidden=\"true\"><rect width=\"%zu%%\" height=\"100%%\"/></svg></td></tr>\n",
			   counts->v[i].count, counts->v[i].count * 100 / counts->v[0].count);
	}
	html_add_z(html, "</tbody></table>\n");
}

static enum status write_licenses(struct html *html, struct error *err)
{
	license_counts counts = { 0 };
	if (!count_licenses(html, &counts))
		return error_memory(err);
	if (!counts.n)
		return STATUS_OK;
	size_t first = counts.n < LICENSES ? counts.n : LICENSES, last = counts.n < MORE_LICENSES ? counts.n : MORE_LICENSES;
	html_add_z(html, "<section aria-labelledby=\"licenses\"><h2 id=\"licenses\">Licenses</h2>\n");
	write_license_rows(html, &counts, 0, first);
	if (counts.n > first) {
		buf_printf(html->out, "<details><summary>%zu more</summary>\n", counts.n - first);
		write_license_rows(html, &counts, first, last);
		if (counts.n > last)
			buf_printf(html->out, "<p class=\"note\">and %zu more: assay list --format json has all</p>\n", counts.n - last);
		html_add_z(html, "</details>\n");
	}
	html_add_z(html, "</section>\n");
	return STATUS_OK;
}

/* ---- the page ---------------------------------------------------------------------------- */

/* Something below a root that a map could show. */
static bool any_map(const struct html *html)
{
	for (size_t i = 0; i < html->drawn; i++) {
		const struct tree *tree = html->report->projects[i].scan->tree;
		if (tree && tree->package_count > 1)
			return true;
	}
	return false;
}

enum status report_html_write(const struct report *report, struct arena *arena, struct buf *out, struct error *err)
{
	struct html html = { .report = report, .arena = arena, .out = out };
	enum status status = listing_make(report, arena, &html.listing, err);
	if (status || (status = html_data_choose(&html, err)))
		return status;
	html.shown = html.listing.n < HTML_FINDINGS ? html.listing.n : HTML_FINDINGS;
	html.packages = report_count_packages(report);
	if ((status = write_head(&html, err)))
		return status;
	write_verdict(&html);
	html_add_z(&html, "<main>\n<div class=\"side\"><div>");
	html_glance_write(&html);
	if ((status = write_licenses(&html, err)))
		return status;
	html_add_z(&html, "</div>\n");
	if (any_map(&html))
		html_add_z(&html, "<section aria-labelledby=\"map\" id=\"mapping\" hidden><h2 id=\"map\">The tree</h2></section>");
	html_add_z(&html, "</div>\n<noscript><p class=\"note\">Filters, the map of the tree and the graphs need JavaScript; all else is here.</p></noscript>\n");
	html_table_write(&html);
	write_fixed(&html);
	html_add_z(&html, "</main>\n<footer><p class=\"note\">assay " ASSAY_VERSION "</p></footer>\n");
	if ((status = html_data_write(&html, err)))
		return status;
	html_add_z(&html, "<script>");
	buf_add(out, str_between(html_js_begin, html_js_end));
	html_add_z(&html, "</script></body></html>\n");
	return buf_ok(out, err);
}
