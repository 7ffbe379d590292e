/*
 * Lines on a screen: colour, columns, and what happens to a line that is wider than the screen. In a pipe there is no screen: a line gets as
 * long as it is.
 */
#include <stdio.h>

#include "report/text_private.h"

enum { MOST_WORDS = 4000 }; /* bytes that anybody reads; the format json has all */

void text_paint_on(struct text *text, enum paint paint)
{
	static const char *const codes[] = { "", "\x1b[1m", "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[2m" };
	buf_add_z(text->out, text->report->color ? codes[paint] : "");
}

void text_paint_off(struct text *text)
{
	buf_add_z(text->out, text->report->color ? "\x1b[0m" : "");
}

void text_paint(struct text *text, enum paint paint, struct str s)
{
	text_paint_on(text, paint);
	buf_add(text->out, s);
	text_paint_off(text);
}

void text_add(struct buf *out, struct str s)
{
	size_t n = s.n > MOST_WORDS ? MOST_WORDS : s.n;
	while (n < s.n && n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n--;
	buf_add_visible(out, str_head(s, n));
	buf_add_z(out, n < s.n ? "..." : "");
}

void text_safe(struct text *text, struct str s)
{
	text_add(text->out, s);
}

void text_number(struct text *text, size_t n)
{
	char digits[24];
	int length = snprintf(digits, sizeof digits, "%zu", n);
	for (int i = 0; i < length; i++) {
		if (i && (length - i) % 3 == 0)
			buf_add_char(text->out, ',');
		buf_add_char(text->out, digits[i]);
	}
}

void text_plural(struct text *text, size_t n, const char *one, const char *many)
{
	text_number(text, n);
	buf_add_char(text->out, ' ');
	buf_add_z(text->out, n == 1 ? one : many);
}

const char *text_dot(const struct text *text)
{
	return text->report->unicode ? " · " : ", ";
}

const char *text_arrow(const struct text *text)
{
	return text->report->unicode ? " → " : " -> ";
}

const char *text_cut(const struct text *text)
{
	return text->report->unicode ? "…" : "...";
}

void text_title(struct text *text, const char *title)
{
	buf_add_char(text->out, '\n');
	text_paint(text, PAINT_BOLD, str_of(title));
}

const char *text_moves_head(const struct report *report)
{
	return report->project_count && report->projects[0].comparison ? "WHAT TO DO" : "FIX NOW";
}

/* ---- columns ------------------------------------------------------------------------ */

static void add_blanks(struct text *text, size_t n)
{
	while (n--)
		buf_add_char(text->out, ' ');
}

/* Where the last line begins of what began at `start` and may have been broken since. */
static size_t last_line(const struct text *text, size_t start)
{
	size_t at = text->out->n;
	while (at > start && text->out->p[at - 1] != '\n')
		at--;
	return at;
}

size_t text_at(const struct text *text, size_t start)
{
	return screen_width(str_from(buf_str(text->out), last_line(text, start)));
}

void text_column(struct text *text, size_t start, size_t column)
{
	size_t at = text->out->failed ? column : text_at(text, start);
	add_blanks(text, at < column ? column - at : 1);
}

bool text_fits(const struct text *text, size_t start, size_t more)
{
	return !text->report->columns || text->out->failed || text_at(text, start) + more <= text->report->columns;
}

/* ---- too wide ----------------------------------------------------------------------- */

void text_wrap(struct text *text, size_t start, size_t indent, const char *behind)
{
	CLEANUP(buf_fini) struct buf copy = BUF_PART(text->out);
	if (text_fits(text, start, 0))
		return;
	start = last_line(text, start);
	buf_add(&copy, str_from(buf_str(text->out), start));
	if (copy.failed)
		return;
	text->out->n = start;
	screen_add_line(text->out, buf_str(&copy), text->report->columns, indent, behind);
}

void text_end(struct text *text, size_t start, size_t indent)
{
	text_wrap(text, start, indent, " ");
	buf_add_char(text->out, '\n');
}

void text_wrap_lines(struct text *text, size_t start, size_t indent)
{
	CLEANUP(buf_fini) struct buf copy = BUF_PART(text->out);
	struct str rest = str_from(buf_str(text->out), start), line;
	buf_add(&copy, rest);
	if (!text->report->columns || !rest.n || copy.failed)
		return;
	rest = str_head(buf_str(&copy), copy.n - (copy.p[copy.n - 1] == '\n'));
	text->out->n = start;
	while (str_split(&rest, '\n', &line)) {
		size_t begin = text->out->n;
		buf_add(text->out, line);
		text_end(text, begin, indent);
	}
}

void text_shorten(struct text *text, size_t start, size_t from, size_t room)
{
	struct str part = str_from(buf_str(text->out), from);
	size_t taken = room + (text->report->unicode ? 1 : 3) + screen_width(str_head(str_from(buf_str(text->out), start), from - start));
	if (text_fits(text, start, room))
		return;
	part = screen_head(part, taken < text->report->columns ? text->report->columns - taken : 0);
	while (part.n && part.p[part.n - 1] == ' ')
		part.n--;
	text->out->n = from + part.n;
	buf_add_z(text->out, text_cut(text));
}

void text_command(struct text *text, struct str command, size_t start)
{
	screen_add_command(text->out, command, text->report->columns, text_at(text, start));
}
