/* Base64 (RFC 4648, sections 4 and 5). OpenSSL's decoder skips blanks and ignores what stands behind the padding. */
#include "assay/digest.h"

/* One more than the value of a digit of either alphabet; 0 for what is none. A table, since every entry of a lockfile has 88 of them. */
static const unsigned char values[256] = {
	['A'] = 1,  ['B'] = 2,  ['C'] = 3,  ['D'] = 4,  ['E'] = 5,  ['F'] = 6,  ['G'] = 7,  ['H'] = 8,  ['I'] = 9,  ['J'] = 10, ['K'] = 11,
	['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19, ['T'] = 20, ['U'] = 21, ['V'] = 22,
	['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28, ['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33,
	['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37, ['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44,
	['s'] = 45, ['t'] = 46, ['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62, ['+'] = 63, ['-'] = 63, ['/'] = 64, ['_'] = 64,
};

static struct str without_padding(struct str text)
{
	if (text.n % 4)
		return text;
	for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
		text.n--;
	return text;
}

static inline uint32_t value_of(char digit)
{
	return (uint32_t)values[(unsigned char)digit] - 1; /* UINT32_MAX for what is none */
}

/* The last digits, two or three of them, or none. */
static uint32_t decode_rest(struct str digits, unsigned char *out)
{
	uint32_t bits = 0, bad = 0;
	for (size_t i = 0; i < digits.n; i++) {
		bad |= value_of(digits.p[i]);
		bits |= value_of(digits.p[i]) << (18 - 6 * i);
	}
	for (size_t i = 0; i + 1 < digits.n; i++)
		out[i] = (unsigned char)(bits >> (16 - 8 * i));
	return bad;
}

bool base64_decode(struct str text, unsigned char *out, size_t size, size_t *length)
{
	struct str digits = without_padding(text);
	size_t whole = digits.n / 4, bytes = whole * 3 + (digits.n % 4 ? digits.n % 4 - 1 : 0);
	uint32_t bad = 0;
	if (digits.n % 4 == 1 || bytes > size)
		return false;
	const char *p = digits.p;
	for (size_t i = 0; i < whole; i++, p += 4, out += 3) {
		uint32_t a = value_of(p[0]), b = value_of(p[1]), c = value_of(p[2]), d = value_of(p[3]);
		uint32_t bits = a << 18 | b << 12 | c << 6 | d;
		bad |= a | b | c | d;
		out[0] = (unsigned char)(bits >> 16);
		out[1] = (unsigned char)(bits >> 8);
		out[2] = (unsigned char)bits;
	}
	bad |= decode_rest(str_from(digits, 4 * whole), out);
	if (bad > 63)
		return false;
	*length = bytes;
	return true;
}

void base64_encode(struct str bytes, struct buf *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < bytes.n; i += 3) {
		size_t n = bytes.n - i < 3 ? bytes.n - i : 3;
		uint32_t bits = 0;
		for (size_t j = 0; j < 3; j++)
			bits = bits << 8 | (j < n ? (unsigned char)bytes.p[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_add_char(out, j <= n ? digits[bits >> (18 - 6 * j) & 63] : '=');
	}
}
