/*
 * JSON strings: views into the text, or a copy in the arena where one holds an escape. Valid UTF-8, no lone surrogate, no
 * control byte.
 */
#include "base/json_parser.h"

/* Four hex digits at `at`. */
static bool hex_unit(struct str s, size_t at, uint32_t *out)
{
	uint32_t unit = 0;
	if (at + 4 > s.n)
		return false;
	for (size_t i = 0; i < 4; i++) {
		int digit = ascii_hex_value((unsigned char)s.p[at + i]);
		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*out = unit;
	return true;
}

static size_t put_utf8(char *out, uint32_t code)
{
	if (code < 0x80) {
		out[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		out[0] = (char)(0xc0 | code >> 6);
		out[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	if (code < 0x10000) {
		out[0] = (char)(0xe0 | code >> 12);
		out[1] = (char)(0x80 | (code >> 6 & 0x3f));
		out[2] = (char)(0x80 | (code & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | code >> 18);
	out[1] = (char)(0x80 | (code >> 12 & 0x3f));
	out[2] = (char)(0x80 | (code >> 6 & 0x3f));
	out[3] = (char)(0x80 | (code & 0x3f));
	return 4;
}

/* The code point behind "\u" at raw[*at]; moves *at behind it. NULL or why it is none. */
static const char *unicode_escape(struct str raw, size_t *at, uint32_t *code)
{
	if (!hex_unit(raw, *at, code))
		return "\\u takes four hexadecimal digits";
	*at += 4;
	if (*code >= 0xdc00 && *code <= 0xdfff)
		return "a low surrogate stands alone";
	if (*code < 0xd800 || *code > 0xdbff)
		return NULL;
	uint32_t low;
	if (!str_starts_with(str_from(raw, *at), STR("\\u")) || !hex_unit(raw, *at + 2, &low) || low < 0xdc00 || low > 0xdfff)
		return "a high surrogate stands alone";
	*code = 0x10000 + ((*code - 0xd800) << 10) + (low - 0xdc00);
	*at += 6;
	return NULL;
}

/* What a string without its quotes stands for. An escape is never shorter than what it stands for, so raw.n bytes are enough. */
static const char *unescape(struct str raw, char *out, size_t *length)
{
	static const char names[] = "\"\\/bfnrt", values[] = "\"\\/\b\f\n\r\t";
	size_t n = 0;
	for (size_t i = 0; i < raw.n;) {
		if (raw.p[i] != '\\') {
			out[n++] = raw.p[i++];
			continue;
		}
		char name = i + 1 < raw.n ? raw.p[i + 1] : '\0';
		const char *known = name ? strchr(names, name) : NULL;
		i += 2;
		if (known) {
			out[n++] = values[known - names];
			continue;
		}
		uint32_t code;
		const char *why = name == 'u' ? unicode_escape(raw, &i, &code) : "an escape that JSON does not know";
		if (why)
			return why;
		n += put_utf8(out + n, code);
	}
	*length = n;
	return NULL;
}

/* Behind the opening quote: to the closing one. */
static enum status find_quote(struct json_parser *p, bool *escaped, bool *ascii)
{
	for (;; p->at++) {
		p->at += str_plain_length((struct str){ p->text.p + p->at, p->text.n - p->at });
		int c = json_peek(p);
		if (c == '"')
			return STATUS_OK;
		if (c == '\\') {
			*escaped = true;
			c = ++p->at < p->text.n ? c : -1;
		}
		if (c < ' ')
			return json_unexpected(p, c < 0 ? "the string's closing quote" : "no control byte inside a string");
		*ascii &= c < 0x80;
	}
}

enum status json_parse_unusual_string(struct json_parser *p, size_t start, struct str *out)
{
	bool escaped = false, ascii = true;
	enum status status = find_quote(p, &escaped, &ascii);
	if (status)
		return status;
	struct str raw = { p->text.p + start, p->at - start };
	uint32_t column = json_column(p, start);
	p->at++;
	if (!ascii && !utf8_is_valid(raw))
		return error_at(p->err, STATUS_INVALID, p->line, column, "this string is not valid UTF-8");
	if (escaped) {
		char *copy = arena_alloc(p->arena, raw.n + 1);
		size_t n = 0;
		if (!copy)
			return error_memory(p->err);
		const char *why = unescape(raw, copy, &n);
		if (why)
			return error_at(p->err, STATUS_INVALID, p->line, column, "in this string: %s", why);
		raw = (struct str){ copy, n };
	}
	*out = raw;
	return STATUS_OK;
}
