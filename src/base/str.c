/* Views of text. */
#include "assay/base.h"

int str_compare(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;
	return order ? order : (a.n > b.n) - (a.n < b.n);
}

size_t str_find_last(struct str s, char c)
{
	const char *at = s.n ? memrchr(s.p, c, s.n) : NULL;
	return at ? (size_t)(at - s.p) : s.n;
}

size_t str_find_str(struct str s, struct str needle)
{
	if (needle.n == 0)
		return 0;
	const char *at = s.n ? memmem(s.p, s.n, needle.p, needle.n) : NULL;
	return at ? (size_t)(at - s.p) : s.n;
}

struct str str_trim(struct str s)
{
	while (s.n && ascii_is_blank((unsigned char)s.p[0]))
		s = str_from(s, 1);
	while (s.n && ascii_is_blank((unsigned char)s.p[s.n - 1]))
		s.n--;
	return s;
}

bool str_split(struct str *rest, char c, struct str *part)
{
	if (!rest->p)
		return false;
	size_t at = str_find(*rest, c);
	*part = str_head(*rest, at);
	*rest = at == rest->n ? STR_NONE : str_from(*rest, at + 1);
	return true;
}

bool str_to_u64(struct str s, uint64_t *out)
{
	uint64_t value = 0;
	if (s.n == 0)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!ascii_is_digit((unsigned char)s.p[i]))
			return false;
		if (__builtin_mul_overflow(value, 10u, &value) ||
		    __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
			return false;
	}
	*out = value;
	return true;
}

bool ascii_is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

bool ascii_is_alpha(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool ascii_is_blank(unsigned char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

unsigned char ascii_lower(unsigned char c)
{
	return c >= 'A' && c <= 'Z' ? (unsigned char)(c + ('a' - 'A')) : c;
}

int ascii_hex_value(unsigned char c)
{
	if (ascii_is_digit(c))
		return c - '0';
	c = ascii_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

struct str percent_decode(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t i = 0; out && i < text.n; i++) {
		int high = text.p[i] == '%' && i + 2 < text.n ? ascii_hex_value((unsigned char)text.p[i + 1]) : -1;
		int low = high >= 0 ? ascii_hex_value((unsigned char)text.p[i + 2]) : -1;
		out[n] = text.p[i];
		if (low >= 0) {
			out[n] = (char)(high << 4 | low);
			i += 2;
		}
		n++;
	}
	return (struct str){ out, n };
}

size_t utf8_next(struct str s, uint32_t *code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	if (s.n == 0)
		return 0;
	unsigned char first = (unsigned char)s.p[0];
	for (size_t extra = 0; extra < 4; extra++) {
		if ((first & forms[extra].mask) != forms[extra].lead)
			continue;
		if (s.n < extra + 1)
			return 0;
		uint32_t value = first & (unsigned char)~forms[extra].mask;
		for (size_t i = 1; i <= extra; i++) {
			unsigned char next = (unsigned char)s.p[i];
			if ((next & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (next & 0x3f);
		}
		if (value < forms[extra].least || value > 0x10ffff || (value >= 0xd800 && value <= 0xdfff))
			return 0;
		*code = value;
		return extra + 1;
	}
	return 0;
}

/* How many bytes of the malformed sequence at the start of `s` could have begun a well-formed one; at least 1. */
static size_t malformed_length(struct str s)
{
	static const struct {
		unsigned char first, last;      /* leads */
		unsigned char least, most;      /* of the byte behind */
		unsigned char whole;            /* bytes of a whole sequence */
	} leads[] = {
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 }, { 0xe1, 0xec, 0x80, 0xbf, 3 }, { 0xed, 0xed, 0x80, 0x9f, 3 }, { 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 }, { 0xf1, 0xf3, 0x80, 0xbf, 4 }, { 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	const unsigned char *byte = (const unsigned char *)s.p;
	for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
		if (byte[0] < leads[i].first || byte[0] > leads[i].last || s.n < 2 || byte[1] < leads[i].least || byte[1] > leads[i].most)
			continue;
		return leads[i].whole == 4 && s.n > 2 && (byte[2] & 0xc0) == 0x80 ? 3 : 2;
	}
	return 1;
}

struct str utf8_replace(struct arena *arena, struct str text)
{
	if (utf8_is_valid(text))
		return text.p ? text : STR("");
	char *out = arena_array(arena, text.n, 3);
	size_t n = 0;
	for (size_t i = 0; out && i < text.n;) {
		uint32_t code;
		struct str rest = str_from(text, i);
		size_t length = utf8_next(rest, &code);
		memcpy(out + n, length ? rest.p : "\xef\xbf\xbd", length ? length : 3);
		n += length ? length : 3;
		i += length ? length : malformed_length(rest);
	}
	return out ? (struct str){ out, n } : STR_NONE;
}

/* ---- eight bytes at once ------------------------------------------------------------------ */

#define EVERY_BYTE(byte) (UINT64_C(0x0101010101010101) * (byte))

static uint64_t load_eight(const char *p)
{
	uint64_t word;
	memcpy(&word, p, sizeof word);
	return word;
}

/* The top bit of each byte that is below `limit` (at most 128); of those behind the first such byte it may be wrong. */
static uint64_t bytes_below(uint64_t word, unsigned char limit)
{
	return (word - EVERY_BYTE(limit)) & ~word & EVERY_BYTE(0x80);
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

size_t str_plain_length(struct str s)
{
	size_t i = 0;
	for (; i + 8 <= s.n; i += 8) {
		uint64_t word = load_eight(s.p + i);
		uint64_t quote = word ^ EVERY_BYTE('"'), backslash = word ^ EVERY_BYTE('\\');
		if ((word & EVERY_BYTE(0x80)) | bytes_below(word, ' ') | bytes_below(quote, 1) | bytes_below(backslash, 1))
			break;
	}
	while (i < s.n && is_plain((unsigned char)s.p[i]))
		i++;
	return i;
}

bool utf8_is_valid(struct str s)
{
	size_t i = 0;
	while (i < s.n) {
		if (i + 8 <= s.n && !(load_eight(s.p + i) & EVERY_BYTE(0x80))) { /* nearly always */
			i += 8;
			continue;
		}
		if ((unsigned char)s.p[i] < 0x80) {
			i++;
			continue;
		}
		uint32_t code;
		size_t n = utf8_next(str_from(s, i), &code);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}
