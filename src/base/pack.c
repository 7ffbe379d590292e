/* Numbers and texts as bytes: counts and lengths as LEB128, texts as they are. */
#include "assay/base.h"

void put_number(uint64_t value, struct buf *out)
{
	for (; value >= 0x80; value >>= 7)
		buf_add_char(out, (char)(0x80 | (value & 0x7f)));
	buf_add_char(out, (char)value);
}

bool take_number(struct str *rest, uint64_t *out)
{
	uint64_t value = 0;
	for (unsigned shift = 0; shift < 63 && rest->n; shift += 7) {
		unsigned char byte = (unsigned char)rest->p[0];
		*rest = str_from(*rest, 1);
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80) {
			*out = value;
			return true;
		}
	}
	return false;
}

bool take_raw(struct str *rest, uint64_t n, struct str *out)
{
	if (n > rest->n)
		return false;
	*out = str_head(*rest, (size_t)n);
	*rest = str_from(*rest, (size_t)n);
	return true;
}

void put_text(struct str text, struct buf *out)
{
	put_number(text.n, out);
	buf_add(out, text);
}

bool take_text(struct str *rest, struct str *out)
{
	uint64_t n;
	return take_number(rest, &n) && take_raw(rest, n, out);
}
