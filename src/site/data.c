/*
 * What scripts read: files that call site.take(KIND, PART, DATA), since a page that is a file may read others as scripts alone. Texts are made visible as on
 * the pages, and stand in them so that they end neither a string nor a script.
 */
#include <stdarg.h>
#include <stdio.h>

#include "site/site.h"

void data_printf(struct site *site, const char *format, ...)
{
	char text[256];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= sizeof text)
		site->data.failed = true;
	else
		buf_add(&site->data, (struct str){ text, (size_t)n });
}

void data_text(struct site *site, struct str text)
{
	buf_add_char(&site->data, '"');
	bool plain = true;
	for (size_t i = 0; i < text.n && plain; i++)
		plain = text.p[i] >= ' ' && text.p[i] <= '~' && text.p[i] != '"' && text.p[i] != '\\' && text.p[i] != '<';
	if (plain) {
		buf_add(&site->data, text);
	} else {
		CLEANUP(buf_fini) struct buf visible = BUF_INIT(SIZE_MAX / 2);
		buf_add_visible(&visible, text);
		for (size_t i = 0; i < visible.n; i++) {
			char c = visible.p[i];
			if (c == '"' || c == '\\' || c == '<')
				data_printf(site, "\\u%04x", c);
			else
				buf_add_char(&site->data, c);
		}
	}
	buf_add_char(&site->data, '"');
}

void data_begin(struct site *site, const char *kind)
{
	buf_clear(&site->data);
	data_printf(site, "site.take(\"%s\",", kind);
}

enum status data_end(struct site *site, const char *name)
{
	char path[64];
	buf_add_z(&site->data, ");\n");
	snprintf(path, sizeof path, "data/%s.js", name);
	enum status status = buf_ok(&site->data, site->err);
	return status ? status : site_write_file(site, path, buf_str(&site->data));
}

enum status data_write_projects(struct site *site)
{
	data_begin(site, "projects");
	for (size_t i = 0; i < site->projects.n; i++) {
		const struct site_project *project = &site->projects.v[i];
		buf_add_z(&site->data, i ? ",\n[" : "[[");
		data_text(site, project->kept.name);
		data_printf(site, ",\"%s\",", project->key);
		data_text(site, project->owner.p ? project->owner : STR(""));
		data_printf(site, ",%zu,%zu]", project->counts.error, project->counts.warn);
	}
	buf_add_z(&site->data, site->projects.n ? "]" : "[]");
	return data_end(site, "projects");
}

enum status data_write_advisories(struct site *site)
{
	data_begin(site, "advisories");
	for (size_t i = 0; i < site->advisories.n; i++) {
		const struct site_row *row = &site->advisories.v[i];
		buf_add_z(&site->data, i ? ",\n[" : "[[");
		data_text(site, row->id);
		data_printf(site, ",\"%s\",\"%s\",", row->key, row->malware ? "malware" : severity_name(site_severities[row->severity]));
		data_text(site, row->title);
		buf_add_char(&site->data, ',');
		data_text(site, row->aliases);
		data_printf(site, ",%zu,%zu]", row->now, row->were);
	}
	buf_add_z(&site->data, site->advisories.n ? "]" : "[]");
	return data_end(site, "advisories");
}
