/* The frame of a page and the pieces it is made of. What others wrote goes through page_text(). */
#include <stdarg.h>
#include <stdio.h>

#include "site/site.h"

enum { MAX_SHOWN = 300 }; /* bytes of a text */

const enum severity site_severities[SITE_SEVERITIES] = { SEVERITY_CRITICAL, SEVERITY_HIGH, SEVERITY_UNKNOWN,
							 SEVERITY_MEDIUM,   SEVERITY_LOW,  SEVERITY_NONE };

size_t site_severity_rank(struct str name)
{
	for (size_t i = 0; i < SITE_SEVERITIES; i++)
		if (str_equal_z(name, severity_name(site_severities[i])))
			return i;
	return SITE_SEVERITIES - 1;
}

void site_key(struct str text, char out[SITE_KEY + 1])
{
	struct digest digest;
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(256);
	memset(out, '0', SITE_KEY);
	out[SITE_KEY] = '\0';
	if (!digest_of(DIGEST_SHA256, text, &digest))
		return;
	digest_write_hex(&digest, &hex);
	if (hex.n >= SITE_KEY)
		memcpy(out, hex.p, SITE_KEY);
}

/* ---- pieces ------------------------------------------------------------------------------ */

void page_add(struct site *site, const char *markup)
{
	buf_add_z(&site->page, markup);
}

void page_printf(struct site *site, const char *format, ...)
{
	char text[1024];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof text)
		site->page.failed = true;
	else
		buf_add(&site->page, (struct str){ text, (size_t)n });
}

/* Never cut within a character. */
void page_text(struct site *site, struct str text)
{
	size_t n = text.n < MAX_SHOWN ? text.n : MAX_SHOWN;
	while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	html_add_text(&site->page, str_head(text, n));
	if (n < text.n)
		page_add(site, "…");
}

void page_count(struct site *site, size_t count)
{
	char digits[32];
	int n = snprintf(digits, sizeof digits, "%zu", count);
	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf_add_char(&site->page, ',');
		buf_add_char(&site->page, digits[i]);
	}
}

void page_counted(struct site *site, size_t count, const char *one, const char *many)
{
	page_count(site, count);
	buf_add_char(&site->page, ' ');
	page_add(site, count == 1 ? one : many);
}

void page_day(struct site *site, int64_t date)
{
	char text[DATE_TEXT_SIZE];
	if (date == DATE_NONE)
		return;
	date_format(date, text);
	page_printf(site, "<time datetime=\"%s\">%.10s</time>", text, text);
}

void page_age(struct site *site, int64_t seconds)
{
	char text[DATE_TEXT_SIZE];
	duration_format(seconds > 0 ? seconds : 0, text);
	page_add(site, text);
}

void page_severity(struct site *site, size_t rank, int64_t score)
{
	const char *name = severity_name(site_severities[rank]);
	page_printf(site, "<span class=\"severity %s\">%s</span>", name, name);
	if (score >= 0)
		page_printf(site, " <small>%lld.%lld</small>", (long long)score / 10, (long long)score % 10);
}

void page_worst(struct site *site, const struct site_row *row, int64_t score)
{
	if (row->malware)
		page_add(site, "<span class=\"severity critical\">malware</span>");
	else
		page_severity(site, row->severity, score);
}

void page_project(struct site *site, const struct site_project *project)
{
	page_printf(site, "<a href=\"%sp/%s.html\">", site->up, project->key);
	page_text(site, project->kept.name);
	page_add(site, "</a>");
}

void page_owner(struct site *site, struct str owner)
{
	if (owner.n)
		page_text(site, owner);
	else
		page_add(site, "<span class=\"soft\">nobody</span>");
}

void page_advisory(struct site *site, struct str id)
{
	char key[SITE_KEY + 1];
	site_key(id, key);
	page_printf(site, "<a class=\"id\" href=\"%sa/%s.html\">", site->up, key);
	page_text(site, id);
	page_add(site, "</a>");
}

void page_package(struct site *site, struct str name, bool has_page)
{
	char key[SITE_KEY + 1];
	if (has_page) {
		site_key(name, key);
		page_printf(site, "<a href=\"%sk/%s.html\">", site->up, key);
	}
	page_text(site, name);
	page_add(site, has_page ? "</a>" : "");
}

void page_search_package(struct site *site, struct str name, const char *words)
{
	page_printf(site, "<a href=\"%spackage.html#n=", site->up);
	for (size_t i = 0; i < name.n; i++) {
		unsigned char c = (unsigned char)name.p[i];
		if (ascii_is_alpha(c) || ascii_is_digit(c))
			buf_add_char(&site->page, name.p[i]);
		else
			page_printf(site, "%%%02X", c);
	}
	page_printf(site, "\">%s</a>", words);
}

void page_remedy(struct site *site, const struct fleet_finding *finding)
{
	if (finding->fix.n) {
		page_add(site, "<code>");
		page_text(site, finding->fix);
		page_add(site, "</code>");
	} else if (str_equal(finding->rule, STR("malware"))) {
		page_add(site, "remove it; if it was ever installed, treat every secret that the machine could read as exposed");
	} else if (check_is_by_advisory(finding->rule)) {
		page_add(site, "<span class=\"soft\">no fixed version is known</span>");
	}
}

void page_table(struct site *site, const char *class, const char *words)
{
	struct str rest = str_of(words), word;
	page_printf(site, "<div class=\"wide\"><table class=\"%s\"><thead><tr>", class);
	while (str_split(&rest, '|', &word)) {
		bool number = word.n && word.p[0] == '#';
		page_printf(site, "<th scope=\"col\"%s>%.*s</th>", number ? " class=\"number\"" : "", STR_ARG(str_from(word, number)));
	}
	page_add(site, "</tr></thead><tbody>\n");
}

/* ---- the frame --------------------------------------------------------------------------- */

static void write_menu(struct site *site, const char *section)
{
	static const struct {
		const char *file, *words;
	} entries[] = { { "index", "Overview" }, { "projects", "Projects" }, { "packages", "Packages" }, { "advisories", "Advisories" } };
	page_printf(site, "<header class=\"top\"><a class=\"brand\" href=\"%sindex.html\">assay <b>fleet</b></a><nav aria-label=\"main\">", site->up);
	for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
		page_printf(site, "<a href=\"%s%s.html\"%s>%s</a>", site->up, entries[i].file,
			    strcmp(section, entries[i].file) == 0 ? " aria-current=\"page\"" : "", entries[i].words);
	page_printf(site, "</nav><a id=\"tosearch\" href=\"%ssearch.html\"%s>Search</a></header>\n<main>\n", site->up,
		    strcmp(section, "search") == 0 ? " aria-current=\"page\"" : "");
}

/* `file:` is for a browser that takes a file for no origin of its own; where the site is served it allows nothing. */
void page_begin(struct site *site, const struct site_page *page)
{
	site->up = page->depth ? "../" : "";
	buf_clear(&site->page);
	page_add(site, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
		       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'self' file:; style-src 'self' file:; "
		       "base-uri 'none'; form-action 'none'\">\n"
		       "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		       "<meta name=\"color-scheme\" content=\"light dark\"><meta name=\"referrer\" content=\"no-referrer\">\n<title>");
	page_text(site, page->title);
	page_printf(site, " - assay fleet</title>\n<link rel=\"stylesheet\" href=\"%sstyle.css\"><script src=\"%ssite.js\" defer></script></head>",
		    site->up, site->up);
	page_printf(site, "<body data-up=\"%s\" data-kind=\"%s\">\n", site->up, page->kind ? page->kind : "");
	write_menu(site, page->section);
}

enum status site_write_file(struct site *site, const char *path, struct str bytes)
{
	CLEANUP(buf_fini) struct buf whole = BUF_INIT(64 * KIB);
	buf_printf(&whole, "%s/%s", site->folder, path);
	buf_add_char(&whole, '\0');
	if (whole.failed)
		return error_memory(site->err);
	site->result->files++;
	site->result->bytes += bytes.n;
	return file_write_unsynced(whole.p, bytes, site->err);
}

enum status page_end(struct site *site, const char *path)
{
	page_add(site, "</main>\n<footer><p class=\"note\">As of ");
	page_day(site, site->now);
	page_add(site, ". assay " ASSAY_VERSION "</p></footer></body></html>\n");
	enum status status = buf_ok(&site->page, site->err);
	return status ? status : site_write_file(site, path, buf_str(&site->page));
}

/* ---- lists ------------------------------------------------------------------------------------ */

static void part_name(const struct site_list *list, size_t part, char out[64])
{
	if (part)
		snprintf(out, 64, "%s-%zu.html", list->name, part + 1);
	else
		snprintf(out, 64, "%s.html", list->name);
}

/* The parts that are near, the first and the last. */
static void write_parts(struct site *site, const struct site_list *list, size_t part, size_t parts)
{
	char name[64];
	bool gap = false;
	if (parts < 2)
		return;
	page_add(site, "<nav class=\"parts\" aria-label=\"pages\">");
	for (size_t i = 0; i < parts; i++) {
		bool near = i == 0 || i + 1 == parts || (i + 3 > part && i < part + 3);
		part_name(list, i, name);
		if (near)
			page_printf(site, "<a href=\"%s\"%s>%zu</a>", name, i == part ? " aria-current=\"page\"" : "", i + 1);
		else if (!gap)
			page_add(site, "<span>…</span>");
		gap = !near;
	}
	page_add(site, "</nav>\n");
}

static enum status write_part(struct site *site, const struct site_list *list, size_t part, size_t parts)
{
	char name[64];
	size_t end = (part + 1) * SITE_ROWS < list->count ? (part + 1) * SITE_ROWS : list->count;
	page_begin(site, &(struct site_page){ .title = str_of(list->title), .section = list->section, .kind = "list" });
	page_printf(site, "<h1>%s <small>", list->title);
	page_count(site, list->count);
	page_printf(site, "</small></h1>\n<p class=\"note\">%s</p>\n", list->note);
	write_parts(site, list, part, parts);
	if (!list->count)
		page_printf(site, "<p>%s</p>\n", list->none);
	page_table(site, "list", list->heads);
	for (size_t i = part * SITE_ROWS; i < end; i++)
		list->row(site, i);
	page_add(site, "</tbody></table></div>\n");
	write_parts(site, list, part, parts);
	part_name(list, part, name);
	return page_end(site, name);
}

enum status page_list(struct site *site, const struct site_list *list)
{
	size_t parts = list->count ? (list->count + SITE_ROWS - 1) / SITE_ROWS : 1;
	enum status status = STATUS_OK;
	for (size_t i = 0; i < parts && !status; i++)
		status = write_part(site, list, i, parts);
	return status;
}
