/* Errors: a status, a place, a text that gathers context outward, a hint. */
#include <errno.h>
#include <stdio.h>

#include "base/library.h"

__attribute__((format(printf, 5, 0))) static void set_text(struct error *err, enum status status, uint32_t line, uint32_t column, const char *format,
							   va_list args)
{
	char text[sizeof err->text];
	int n = 0;
	if (line)
		n = snprintf(text, sizeof text, "line %u, column %u: ", line, column);
	vsnprintf(text + n, sizeof text - (size_t)n, format, args);
	err->status = status;
	err->line = line;
	err->column = column;
	err->said = (uint32_t)n;
	memcpy(err->text, text, sizeof text);
	err->hint[0] = '\0';
}

enum status(error_set)(struct error *err, enum status status, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, 0, 0, format, args);
		va_end(args);
	}
	return status;
}

enum status(error_at)(struct error *err, enum status status, uint32_t line, uint32_t column, const char *format, ...)
{
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, line, column, format, args);
		va_end(args);
	}
	return status;
}

enum status(error_memory)(struct error *err)
{
	if (err && library_lack(err)) /* the want of which was taken for one of memory */
		return err->status = STATUS_MEMORY;
	return error_set(err, STATUS_MEMORY, "out of memory");
}

const char *error_number_text(int number)
{
	const char *text = strerrordesc_np(number);
	return text ? text : "unknown error";
}

enum status(error_errno)(struct error *err, const char *format, ...)
{
	int number = errno;
	enum status status = number == ENOENT || number == ENOTDIR ? STATUS_NOT_FOUND : number == ENOMEM ? STATUS_MEMORY : STATUS_IO;
	if (err) {
		va_list args;
		va_start(args, format);
		set_text(err, status, 0, 0, format, args);
		va_end(args);
		size_t n = strlen(err->text);
		snprintf(err->text + n, sizeof err->text - n, ": %s", error_number_text(number));
	}
	return status;
}

enum status error_wrap(struct error *err, const char *format, ...)
{
	if (!err)
		return STATUS_INVALID;
	char inner[sizeof err->text];
	memcpy(inner, err->text, sizeof inner);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(err->text, sizeof err->text, format, args);
	va_end(args);
	size_t at = n < 0 ? 0 : (size_t)n;
	err->said = at + 3 < sizeof err->text ? err->said + (uint32_t)at + 2 : 0;
	if (at + 3 < sizeof err->text) {
		memcpy(err->text + at, ": ", 2);
		snprintf(err->text + at + 2, sizeof err->text - at - 2, "%.*s", (int)(sizeof err->text - at - 3), inner);
	}
	return err->status;
}

struct str error_said(const struct error *err)
{
	return str_from(str_of(err->text), err->said);
}

enum status error_wrap_at(struct error *err, uint32_t line, uint32_t column)
{
	if (err) {
		err->line = line;
		err->column = column;
	}
	return error_wrap(err, "line %u, column %u", line, column);
}

/* ---- the line itself -------------------------------------------------------------------- */

enum { BEFORE_COLUMN = 60, LINE_SHOWN = 100 };

static struct str line_at(struct str source, uint32_t number)
{
	struct str line = STR_NONE;
	while (number-- && str_split(&source, '\n', &line))
		;
	return number == UINT32_MAX ? line : STR_NONE;
}

/* A tab is as wide as a blank, so that the caret stands where it should. */
static void add_part(struct buf *out, struct str part)
{
	struct str piece;
	for (bool first = true; str_split(&part, '\t', &piece); first = false) {
		buf_add_z(out, first ? "" : " ");
		buf_add_visible(out, piece);
	}
}

static bool starts_a_character(struct str line, size_t at)
{
	return at >= line.n || ((unsigned char)line.p[at] & 0xc0) != 0x80;
}

void error_show_line(struct error *err, struct str source)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(sizeof err->text);
	if (!err || !err->line || !err->column)
		return;
	struct str line = line_at(source, err->line);
	size_t column = err->column - 1, from = column > BEFORE_COLUMN ? column - BEFORE_COLUMN : 0, to = from + LINE_SHOWN;
	if (!line.p || column > line.n)
		return;
	if (str_ends_with(line, STR("\r")))
		line = str_head(line, line.n - 1);
	while (!starts_a_character(line, from))
		from--;
	while (!starts_a_character(line, to))
		to--;
	buf_printf(&out, "\n%5u | %s", err->line, from ? "..." : "");
	size_t begin = out.n;
	add_part(&out, str_head(str_from(line, from), column - from));
	size_t before = screen_width(str_from(buf_str(&out), begin)) + (from ? 3 : 0);
	add_part(&out, str_head(str_from(line, column), to - column));
	buf_printf(&out, "%s\n      | %*s^", to < line.n ? "..." : "", (int)before, "");
	size_t n = strlen(err->text);
	if (!out.failed && out.n < sizeof err->text - n) {
		memcpy(err->text + n, out.p, out.n);
		err->text[n + out.n] = '\0';
	}
}

static bool is_conflict_marker(struct str line)
{
	static const char *const markers[] = { "<<<<<<<", "|||||||", "=======", ">>>>>>>" };
	for (size_t i = 0; i < sizeof markers / sizeof *markers; i++)
		if (str_starts_with(line, str_of(markers[i])) && (line.n == 7 || ascii_is_blank((unsigned char)line.p[7])))
			return true;
	return false;
}

enum status error_name_conflict(struct error *err, enum status status, struct str text)
{
	struct str line;
	if (status != STATUS_INVALID)
		return status;
	for (uint32_t number = 1; str_split(&text, '\n', &line); number++)
		if (is_conflict_marker(line))
			return error_at(err, status, number, 1, "a merge conflict marker: resolve the conflict first");
	return status;
}

void error_hint(struct error *err, const char *format, ...)
{
	if (!err)
		return;
	va_list args;
	va_start(args, format);
	vsnprintf(err->hint, sizeof err->hint, format, args);
	va_end(args);
}
