/*
 * The JSON reader's small change: blanks, comments, numbers, the three words.
 */
#include "base/json_parser.h"

enum status json_unexpected(struct json_parser *p, const char *expected)
{
	int c = json_peek(p);
	uint32_t column = json_column(p, p->at);
	if (c < 0)
		return error_at(p->err, STATUS_INVALID, p->line, column, "the text ends here; expected %s", expected);
	if (c > ' ' && c < 0x7f)
		return error_at(p->err, STATUS_INVALID, p->line, column, "found '%c', expected %s", c, expected);
	return error_at(p->err, STATUS_INVALID, p->line, column, "found byte 0x%02x, expected %s", (unsigned)c, expected);
}

static enum status skip_comment(struct json_parser *p)
{
	struct str rest = str_from(p->text, p->at);
	if (str_starts_with(rest, STR("//"))) {
		p->at += str_find(rest, '\n');
		return STATUS_OK;
	}
	if (!str_starts_with(rest, STR("/*")))
		return json_unexpected(p, "a comment");
	uint32_t line = p->line, column = json_column(p, p->at);
	for (p->at += 2; p->at + 1 < p->text.n; p->at++) {
		if (p->text.p[p->at] == '*' && p->text.p[p->at + 1] == '/') {
			p->at += 2;
			return STATUS_OK;
		}
		if (p->text.p[p->at] == '\n') {
			p->line++;
			p->line_start = p->at + 1;
		}
	}
	return error_at(p->err, STATUS_INVALID, line, column, "this comment never ends");
}

enum status json_skip_all_blanks(struct json_parser *p)
{
	for (; p->at < p->text.n; p->at++) {
		char c = p->text.p[p->at];
		if (c == '\n') {
			p->line++;
			p->line_start = p->at + 1;
			while (p->at + 1 < p->text.n && p->text.p[p->at + 1] == ' ')
				p->at++;
		} else if (c == '/' && p->flags & JSON_RELAXED) {
			enum status status = skip_comment(p);
			if (status)
				return status;
			p->at--;
		} else if (c != ' ' && c != '\t' && c != '\r') {
			break;
		}
	}
	return STATUS_OK;
}

static size_t skip_digits(struct json_parser *p)
{
	size_t start = p->at;
	while (p->at < p->text.n && ascii_is_digit((unsigned char)p->text.p[p->at]))
		p->at++;
	return p->at - start;
}

static enum status parse_number(struct json_parser *p, struct str *out)
{
	size_t start = p->at;
	if (json_peek(p) == '-')
		p->at++;
	bool zero = json_peek(p) == '0';
	size_t n = skip_digits(p);
	if (n == 0 || (zero && n > 1)) {
		p->at = n ? p->at - n + 1 : p->at;
		return json_unexpected(p, n ? "no digit behind a leading zero" : "a digit");
	}
	if (json_peek(p) == '.') {
		p->at++;
		if (skip_digits(p) == 0)
			return json_unexpected(p, "a digit");
	}
	if (json_peek(p) == 'e' || json_peek(p) == 'E') {
		p->at++;
		if (json_peek(p) == '+' || json_peek(p) == '-')
			p->at++;
		if (skip_digits(p) == 0)
			return json_unexpected(p, "a digit");
	}
	*out = (struct str){ p->text.p + start, p->at - start };
	return STATUS_OK;
}

enum status json_parse_plain(struct json_parser *p, struct json *value)
{
	static const struct {
		struct str word;
		enum json_type type;
	} words[] = { { { "null", 4 }, JSON_NULL }, { { "true", 4 }, JSON_TRUE }, { { "false", 5 }, JSON_FALSE } };
	int c = json_peek(p);
	if (c == '"') {
		value->type = JSON_STRING;
		return json_parse_string(p, &value->text);
	}
	if (c == '-' || (c >= '0' && c <= '9')) {
		value->type = JSON_NUMBER;
		return parse_number(p, &value->text);
	}
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (str_starts_with(str_from(p->text, p->at), words[i].word)) {
			value->type = words[i].type;
			p->at += words[i].word.n;
			return STATUS_OK;
		}
	}
	return json_unexpected(p, "a value");
}
