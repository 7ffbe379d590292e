/* How wide a text is on a terminal, and what becomes of a line that is wider than it. */
#include <utf8proc.h>

#include "assay/base.h"

enum {
	LEAST_ROOM = 24, /* text in fewer columns than that reads worse than text that begins further left */
	LABEL_MOST = 20  /* where a label ends at the latest: what goes further is text */
};

/* How many bytes the character at s.p[0] has, and its columns. */
static size_t next_character(struct str s, size_t *columns)
{
	uint32_t code;
	*columns = 1;
	if (!s.p)
		return 1;
	if (s.p[0] == '\x1b') {
		size_t n = str_find(s, 'm') + 1;
		*columns = 0;
		return n < s.n ? n : s.n;
	}
	if ((unsigned char)s.p[0] < 0x80)
		return 1;
	size_t n = utf8_next(s, &code);
	if (n == 0)
		return 1;
	*columns = (size_t)utf8proc_charwidth((utf8proc_int32_t)code);
	return n;
}

size_t screen_width(struct str s)
{
	size_t width = 0, columns;
	for (size_t i = 0; i < s.n; width += columns)
		i += next_character(str_from(s, i), &columns);
	return width;
}

struct str screen_head(struct str s, size_t columns)
{
	size_t i = 0, width = 0, more;
	while (i < s.n) {
		size_t n = next_character(str_from(s, i), &more);
		if (width + more > columns)
			break;
		width += more;
		i += n;
	}
	return str_head(s, i);
}

static void add_blanks(struct buf *out, size_t n)
{
	while (n--)
		buf_add_char(out, ' ');
}

static struct str trim_blanks(struct str s)
{
	while (s.n && s.p[s.n - 1] == ' ')
		s.n--;
	return s;
}

/* How much of `line` stands on a line of `room` columns: up to the last `behind` that fits, or the first where none does. */
static size_t break_line(struct str line, size_t room, struct str behind)
{
	size_t columns = 0, best = 0, more, width = behind.n - 1; /* the blank at its end needs no room */
	bool begun = false;
	for (size_t i = 0; i < line.n; columns += more) {
		if (begun && str_starts_with(str_from(line, i), behind) && i + behind.n < line.n) {
			if (columns + width > room)
				return best ? best : i + behind.n;
			best = i + behind.n;
		}
		begun |= line.p[i] != ' ' && line.p[i] != '\x1b';
		i += next_character(str_from(line, i), &more);
	}
	return columns > room && best ? best : line.n;
}

void screen_add_line(struct buf *out, struct str line, size_t columns, size_t indent, const char *behind)
{
	if (!columns || screen_width(line) <= columns) {
		buf_add(out, line);
		return;
	}
	indent = indent + LEAST_ROOM > columns ? 4 : indent;
	for (size_t room = columns; line.n; room = columns - indent) {
		size_t n = break_line(line, room, str_of(behind));
		buf_add(out, n < line.n ? trim_blanks(str_head(line, n)) : line);
		line = str_from(line, n);
		while (line.n && line.p[0] == ' ')
			line = str_from(line, 1);
		if (line.n) {
			buf_add_char(out, '\n');
			add_blanks(out, indent);
		}
	}
}

/* Where the next lines of this one begin. */
static size_t hang_of(struct str line)
{
	size_t begin = 0;
	while (begin < line.n && line.p[begin] == ' ')
		begin++;
	struct str text = str_from(line, begin);
	size_t label = str_find_str(text, STR("  ")), end = label;
	while (end < text.n && text.p[end] == ' ')
		end++;
	size_t column = begin + screen_width(str_head(text, end));
	return label < text.n && end < text.n && column <= LABEL_MOST ? column : begin + 2;
}

void screen_add_lines(struct buf *out, struct str lines, size_t columns)
{
	struct str line;
	bool ended = str_ends_with(lines, STR("\n"));
	lines = str_head(lines, lines.n - ended);
	for (bool more = str_split(&lines, '\n', &line); more;) {
		bool path = str_find_str(line, STR(" > ")) < line.n;
		screen_add_line(out, line, columns, hang_of(line), path ? " > " : " ");
		more = str_split(&lines, '\n', &line);
		buf_add_z(out, more || ended ? "\n" : "");
	}
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

void screen_add_command(struct buf *out, struct str command, size_t columns, size_t at)
{
	size_t column = at;
	for (bool first = true; command.n; first = false) {
		struct str word = take_word(&command);
		size_t width = screen_width(word);
		bool fits = first || !columns || column + 1 + width + (command.n ? 2 : 0) <= columns;
		if (!fits) {
			buf_add_z(out, " \\\n");
			add_blanks(out, at + 2);
			column = at + 2;
		} else if (!first) {
			buf_add_char(out, ' ');
			column++;
		}
		buf_add(out, word);
		column += width;
	}
}
