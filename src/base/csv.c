/*
 * Fields of a CSV table, by RFC 4180. A text that a spreadsheet would take for a formula gets an apostrophe ahead of it (OWASP,
 * "CSV injection").
 */
#include "assay/base.h"

void csv_add_field(struct buf *out, struct str text)
{
	if (out->n && out->p[out->n - 1] != '\n')
		buf_add_char(out, ',');
	buf_add_char(out, '"');
	if (text.n && strchr("=+-@\t\r", text.p[0]))
		buf_add_char(out, '\'');
	size_t from = out->n;
	buf_add_visible(out, text);
	/* A quote is doubled; there are few. */
	for (size_t i = from; !out->failed && i < out->n; i++) {
		if (out->p[i] != '"')
			continue;
		buf_add_char(out, '"');
		if (!out->failed)
			memmove(out->p + i + 1, out->p + i, out->n - i - 1);
		i++;
	}
	buf_add_char(out, '"');
}
