#include "cli/pages.h"

/* Names and texts in turn, each with a NUL behind it; an empty name ends them. Made by the Makefile. */
extern const char rule_pages[] __attribute__((visibility("hidden")));

struct str rule_page(struct str name)
{
	for (const char *at = rule_pages; *at;) {
		const char *text = at + strlen(at) + 1;
		struct str page = str_of(text);
		if (str_equal_z(name, at))
			return page;
		at = text + page.n + 1;
	}
	return STR_NONE;
}

/* ---- on a terminal ------------------------------------------------------------------------ */

static bool is_text(struct str line)
{
	return line.n && !strchr("|#-` ", line.p[0]);
}

/* "| a | b |" as "  a  b"; "| --- | --- |" as nothing. */
static void write_row(struct str line, size_t columns, struct buf *out)
{
	CLEANUP(buf_fini) struct buf cells = BUF_INIT(SIZE_MAX / 2);
	struct str cell;
	if (str_starts_with(line, STR("| ---")))
		return;
	while (str_split(&line, '|', &cell)) {
		cell = str_trim(cell);
		buf_add_z(&cells, cell.n ? "  " : "");
		buf_add(&cells, cell);
	}
	screen_add_line(out, buf_str(&cells), columns, 6, " ");
	buf_add_char(out, '\n');
}

void rule_page_write(struct str page, size_t columns, struct buf *out)
{
	CLEANUP(buf_fini) struct buf paragraph = BUF_INIT(SIZE_MAX / 2);
	struct str line;
	bool code = false;
	if (!columns) {
		buf_add(out, page);
		return;
	}
	for (page.n -= str_ends_with(page, STR("\n")); str_split(&page, '\n', &line);) {
		code ^= str_starts_with(line, STR("```"));
		if (!code && str_starts_with(line, STR("|"))) {
			write_row(line, columns, out);
			continue;
		}
		buf_clear(&paragraph);
		buf_add(&paragraph, line);
		while (!code && line.n && line.p[0] != '#' && line.p[0] != '`' && is_text(str_head(page, str_find(page, '\n')))) {
			str_split(&page, '\n', &line);
			buf_add_char(&paragraph, ' ');
			buf_add(&paragraph, line);
		}
		if (code)
			buf_add(out, buf_str(&paragraph));
		else
			screen_add_line(out, buf_str(&paragraph), columns, str_starts_with(buf_str(&paragraph), STR("- ")) ? 2 : 0, " ");
		buf_add_char(out, '\n');
	}
}
