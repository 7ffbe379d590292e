/* Text in HTML: visible, and with what the markup gives a meaning to as character references. */
#include "assay/base.h"

static bool has_meaning(char c)
{
	return c == '<' || c == '>' || c == '&' || c == '"' || c == '\'';
}

/* Most names and words are. */
static bool is_plain(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] < ' ' || text.p[i] > '~' || has_meaning(text.p[i]))
			return false;
	return true;
}

void html_add_text(struct buf *out, struct str text)
{
	if (is_plain(text)) {
		buf_add(out, text);
		return;
	}
	CLEANUP(buf_fini) struct buf visible = BUF_INIT(SIZE_MAX / 2);
	buf_add_visible(&visible, text);
	for (size_t i = 0; i < visible.n; i++) {
		char c = visible.p[i];
		if (has_meaning(c))
			buf_printf(out, "&#%d;", c);
		else
			buf_add_char(out, c);
	}
}
