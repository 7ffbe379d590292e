/* Base64 (RFC 4648, sections 4 and 5). OpenSSL's decoder skips blanks and ignores what stands behind the padding. */
#include "assay/digest.h"

/* The value of a digit of either alphabet, or -1. */
static int value_of(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (ascii_is_digit(c))
		return c - '0' + 52;
	return c == '+' || c == '-' ? 62 : c == '/' || c == '_' ? 63 : -1;
}

static struct str without_padding(struct str text)
{
	if (text.n % 4)
		return text;
	for (int i = 0; i < 2 && text.n && text.p[text.n - 1] == '='; i++)
		text.n--;
	return text;
}

bool base64_decode(struct str text, unsigned char *out, size_t size, size_t *length)
{
	struct str digits = without_padding(text);
	size_t bytes = digits.n / 4 * 3 + (digits.n % 4 ? digits.n % 4 - 1 : 0);
	if (digits.n % 4 == 1 || bytes > size)
		return false;
	for (size_t i = 0; i < digits.n; i++)
		if (value_of((unsigned char)digits.p[i]) < 0)
			return false;
	uint32_t bits = 0;
	unsigned held = 0;
	size_t n = 0;
	for (size_t i = 0; i < digits.n; i++) {
		bits = bits << 6 | (uint32_t)value_of((unsigned char)digits.p[i]);
		held += 6;
		if (held < 8)
			continue;
		held -= 8;
		out[n++] = (unsigned char)(bits >> held);
	}
	*length = bytes;
	return true;
}
