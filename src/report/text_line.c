/*
 * Lines on a screen: colour, columns, and what happens to a line that is wider than the screen. In a pipe there is no screen: a line gets as
 * long as it is.
 */
#include <stdio.h>

#include "report/text_private.h"

enum {
	LEAST_ROOM = 24,  /* text in fewer columns than that reads worse than text that begins further left */
	MOST_WORDS = 4000 /* bytes that anybody reads; the format json has all */
};

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

/* ---- columns ------------------------------------------------------------------------ */

/* How many bytes the character at s.p[0] has, and whether it takes a column: escape sequences take none. */
static size_t next_character(struct str s, bool *visible)
{
	size_t n = 1;
	*visible = s.p[0] != '\x1b';
	if (!*visible) {
		n = str_find(s, 'm') + 1;
		return n < s.n ? n : s.n;
	}
	while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

size_t text_width(struct str s)
{
	size_t columns = 0;
	bool visible;
	for (size_t i = 0; i < s.n; columns += visible)
		i += next_character(str_from(s, i), &visible);
	return columns;
}

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
	return text_width(str_from(buf_str(text->out), last_line(text, start)));
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

/* How much of `line` stands on a line of `room` columns: up to the last `behind` that fits, or the first where none does. */
static size_t break_line(struct str line, size_t room, struct str behind)
{
	size_t columns = 0, best = 0, width = text_width(behind) - 1; /* the blank at its end needs no room */
	bool visible, begun = false;
	for (size_t i = 0; i < line.n; columns += visible) {
		if (begun && str_starts_with(str_from(line, i), behind) && i + behind.n < line.n) {
			if (columns + width > room)
				return best ? best : i + behind.n;
			best = i + behind.n;
		}
		begun |= line.p[i] != ' ' && line.p[i] != '\x1b';
		i += next_character(str_from(line, i), &visible);
	}
	return columns > room && best ? best : line.n;
}

static struct str trim_blanks(struct str s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

void text_wrap(struct text *text, size_t start, size_t indent, const char *behind)
{
	size_t room = text->report->columns;
	if (text_fits(text, start, 0))
		return;
	CLEANUP(buf_fini) struct buf copy = BUF_INIT(SIZE_MAX / 2);
	start = last_line(text, start);
	buf_add(&copy, str_from(buf_str(text->out), start));
	if (copy.failed)
		return; /* a line that is too wide is better than none */
	text->out->n = start;
	indent = indent + LEAST_ROOM > room ? 4 : indent;
	for (struct str rest = buf_str(&copy); rest.n; room = text->report->columns - indent) {
		size_t n = break_line(rest, room, str_of(behind));
		buf_add(text->out, n < rest.n ? trim_blanks(str_head(rest, n)) : rest);
		rest = str_from(rest, n);
		while (rest.n && rest.p[0] == ' ')
			rest = str_from(rest, 1);
		if (rest.n) {
			buf_add_char(text->out, '\n');
			add_blanks(text, indent);
		}
	}
}

void text_end(struct text *text, size_t start, size_t indent)
{
	text_wrap(text, start, indent, " ");
	buf_add_char(text->out, '\n');
}

void text_wrap_lines(struct text *text, size_t start, size_t indent)
{
	CLEANUP(buf_fini) struct buf copy = BUF_INIT(SIZE_MAX / 2);
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
	size_t columns = 0, cut = text->report->unicode ? 1 : 3, n = 0;
	size_t begin = text_width(str_head(str_from(buf_str(text->out), start), from - start));
	bool visible;
	if (text_fits(text, start, room))
		return;
	while (n < part.n && begin + columns + cut + room < text->report->columns) {
		n += next_character(str_from(part, n), &visible);
		columns += visible;
	}
	text->out->n = from + trim_blanks(str_head(part, n)).n;
	buf_add_z(text->out, text_cut(text));
}

/* The next word of a command, with what is quoted in it. */
static struct str take_word(struct str *rest)
{
	char quote = 0;
	size_t n = 0;
	for (; n < rest->n && (quote || rest->p[n] != ' '); n++) {
		char c = rest->p[n];
		if (quote ? c == quote : c == '\'' || c == '"')
			quote = quote ? 0 : c;
	}
	struct str word = str_head(*rest, n);
	*rest = str_from(*rest, n + 1);
	return word;
}

/* A shell reads on behind a backslash at the end of a line. */
void text_command(struct text *text, struct str command, size_t start)
{
	size_t indent = text_at(text, start);
	for (bool first = true; command.n; first = false) {
		struct str word = take_word(&command);
		if (!first && !text_fits(text, start, text_width(word) + (command.n ? 3 : 1))) {
			buf_add_z(text->out, " \\\n");
			add_blanks(text, indent + 2);
		} else if (!first) {
			buf_add_char(text->out, ' ');
		}
		buf_add(text->out, word);
	}
}
