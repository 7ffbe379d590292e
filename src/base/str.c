/* Views of text. */
#include <endian.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

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
		if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, (uint64_t)(s.p[i] - '0'), &value))
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

bool str_is_hex(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (ascii_hex_value((unsigned char)s.p[i]) < 0)
			return false;
	return true;
}

struct str percent_decode(struct arena *arena, struct str text)
{
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = str_find(text, '%');
	if (out && n)
		memcpy(out, text.p, n);
	for (size_t i = n; out && i < text.n; i++) {
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
		unsigned char first, last; /* leads */
		unsigned char least, most; /* of the byte behind */
		unsigned char whole;       /* bytes of a whole sequence */
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

/* ---- sixteen bytes at once ---------------------------------------------------------------- */

/* Compared bytewise: each byte of the result is all ones where it is so. */
typedef unsigned char bytes16 __attribute__((vector_size(16)));
typedef signed char signed_bytes16 __attribute__((vector_size(16)));

static bytes16 load_bytes(const char *p)
{
	bytes16 bytes;
	memcpy(&bytes, p, sizeof bytes);
	return bytes;
}

/* The number of the first byte that is not 0; 16: there is none. Without a branch where that can be: nobody foresees where a text ends. */
static size_t first_set(bytes16 marks)
{
#ifdef __SSE2__
	return (size_t)__builtin_ctz((unsigned)_mm_movemask_epi8((__m128i)marks) | 1u << 16);
#else
	uint64_t half[2];
	memcpy(half, &marks, sizeof half);
	if (half[0])
		return (size_t)__builtin_ctzll(le64toh(half[0])) / 8;
	return half[1] ? 8 + (size_t)__builtin_ctzll(le64toh(half[1])) / 8 : 16;
#endif
}

static bool is_plain(unsigned char c)
{
	return c >= ' ' && c < 0x80 && c != '"' && c != '\\';
}

size_t str_plain_length(struct str s)
{
	size_t i = 0;
	for (; i + 16 <= s.n; i += 16) {
		bytes16 b = load_bytes(s.p + i);
		/* Above ASCII they are negative. */
		size_t plain = first_set((bytes16)(((signed_bytes16)b < ' ') | (b == '"') | (b == '\\')));
		if (plain < 16)
			return i + plain;
	}
	while (i < s.n && is_plain((unsigned char)s.p[i]))
		i++;
	return i;
}

size_t str_word_length(struct str s, const char ends[3])
{
	unsigned char end[3] = { (unsigned char)ends[0], (unsigned char)ends[1], (unsigned char)ends[2] };
	size_t i = 0;
	for (; i + 16 <= s.n; i += 16) {
		bytes16 b = load_bytes(s.p + i);
		size_t word = first_set((bytes16)((b <= ' ') | (b == end[0]) | (b == end[1]) | (b == end[2])));
		if (word < 16)
			return i + word;
	}
	while (i < s.n && (unsigned char)s.p[i] > ' ' && !memchr(ends, s.p[i], 3))
		i++;
	return i;
}

/* How many bytes of ASCII it begins with. */
static size_t ascii_length(struct str s)
{
	size_t i = 0;
	while (i + 16 <= s.n && first_set((bytes16)(load_bytes(s.p + i) >= 0x80)) == 16)
		i += 16;
	while (i < s.n && (unsigned char)s.p[i] < 0x80)
		i++;
	return i;
}

bool utf8_is_valid(struct str s)
{
	for (size_t i = 0;;) {
		uint32_t code;
		i += ascii_length(str_from(s, i));
		size_t n = utf8_next(str_from(s, i), &code);
		if (n == 0)
			return i == s.n;
		i += n;
	}
}
