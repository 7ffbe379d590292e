/* What the parts of the page share: html.c is the document, html_table.c its findings, html_data.c what its script draws from. */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/report_private.h"

/* A page that opens at once holds so much; what is left out is counted on it. It opens with HTML_FIRST rows of its table: the others are
 * behind the <noscript> that they stand in, which a browser with scripts reads when somebody asks for them. */
enum { HTML_FINDINGS = 2000, HTML_FIRST = 100, HTML_PACKAGES = 20000, HTML_EDGES = 100000, HTML_INSTANCES = 100 };

struct html {
	const struct report *report;
	struct arena *arena;
	struct listing listing;
	size_t shown;    /* of the listing */
	size_t packages; /* of all lockfiles */
	size_t drawn;    /* so many projects are, each whole */
	uint32_t *first; /* by project: the number of its root among the packages of all */
	struct buf *out;
};

/* Made visible, and with what HTML gives a meaning to as character references: for text and for quoted attributes. */
void html_add(struct html *html, struct str text);
void html_add_z(struct html *html, const char *markup);

void html_glance_write(struct html *html);
void html_table_write(struct html *html);
/* Which projects are drawn. */
enum status html_data_choose(struct html *html, struct error *err);
/* A graph can be drawn of who brings it in. */
bool html_data_has_graph(struct html *html, const struct listed *listed);
/* In the order in which they weigh: 0 the worst. */
size_t html_severity_rank(enum severity severity);
/* Numbers, names and edges as JSON in a script element that is no script. */
enum status html_data_write(struct html *html, struct error *err);

#endif
