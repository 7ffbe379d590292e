/* Bytes that grow up to a stated maximum. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "assay/base.h"

void buf_init(struct buf *buf, size_t max)
{
	*buf = (struct buf)BUF_INIT(max);
}

void buf_fini(struct buf *buf)
{
	free(buf->p);
	*buf = (struct buf){ .max = buf->max, .whole = buf->whole };
}

void buf_clear(struct buf *buf)
{
	buf->n = 0;
	buf->failed = false;
}

static void fail(struct buf *buf)
{
	for (; buf; buf = buf->whole)
		buf->failed = true;
}

bool buf_reserve(struct buf *buf, size_t more)
{
	if (buf->failed)
		return false;
	if (buf->capacity - buf->n >= more)
		return true;
	size_t need;
	if (__builtin_add_overflow(buf->n, more, &need) || need > buf->max) {
		fail(buf);
		return false;
	}
	size_t capacity = buf->capacity > buf->max / 2 ? buf->max : buf->capacity * 2;
	if (capacity < need)
		capacity = need < 64 && buf->max >= 64 ? 64 : need;
	char *grown = realloc(buf->p, capacity);
	if (!grown) {
		fail(buf);
		return false;
	}
	buf->p = grown;
	buf->capacity = capacity;
	return true;
}

void buf_add(struct buf *buf, struct str s)
{
	if (s.n == 0 || !buf_reserve(buf, s.n))
		return;
	memcpy(buf->p + buf->n, s.p, s.n);
	buf->n += s.n;
}

void buf_add_z(struct buf *buf, const char *z)
{
	buf_add(buf, str_of(z));
}

void buf_add_char(struct buf *buf, char c)
{
	buf_add(buf, (struct str){ &c, 1 });
}

void buf_printf(struct buf *buf, const char *format, ...)
{
	va_list args, again;
	va_start(args, format);
	va_copy(again, args);
	size_t room = buf->failed ? 0 : buf->capacity - buf->n;
	int n = vsnprintf(room ? buf->p + buf->n : NULL, room, format, args);
	va_end(args);
	if (n < 0)
		fail(buf);
	else if ((size_t)n < room) /* with the NUL that vsnprintf writes behind the end */
		buf->n += (size_t)n;
	else if (buf_reserve(buf, (size_t)n + 1)) {
		vsnprintf(buf->p + buf->n, (size_t)n + 1, format, again);
		buf->n += (size_t)n;
	}
	va_end(again);
}

void buf_add_elapsed(struct buf *buf, double ms)
{
	if (ms < 9999.5)
		buf_printf(buf, "%.0f ms", ms);
	else if (ms < 119950)
		buf_printf(buf, "%.1f s", ms / 1000);
	else
		buf_printf(buf, "%.0f min %.0f s", floor(ms / 60000), floor(fmod(ms, 60000) / 1000));
}

struct str buf_str(const struct buf *buf)
{
	return (struct str){ buf->p, buf->n };
}

enum status buf_ok(const struct buf *buf, struct error *err)
{
	if (!buf->failed)
		return STATUS_OK;
	if (buf->capacity >= buf->max / 2)
		return error_set(err, STATUS_LIMIT, "more than %zu bytes", buf->max);
	return error_memory(err);
}

/* Code points that change how a terminal or a reader sees the text around them. */
static bool steers(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0xad || code == 0x61c || code == 0x180e ||
	       (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) || (code >= 0x2060 && code <= 0x206f) || code == 0xfeff ||
	       (code >= 0xfff9 && code <= 0xfffb) || (code >= 0xe0000 && code <= 0xe007f);
}

void buf_add_visible(struct buf *buf, struct str s)
{
	size_t plain = 0; /* start of what can be copied as it is */
	for (size_t i = 0; i < s.n;) {
		uint32_t code = 0;
		size_t n = utf8_next(str_from(s, i), &code);
		if (n && !steers(code)) {
			i += n;
			continue;
		}
		buf_add(buf, str_head(str_from(s, plain), i - plain));
		if (n == 0)
			buf_printf(buf, "\\x%02x", (unsigned char)s.p[i]);
		else if (code == '\n' || code == '\t' || code == '\r')
			buf_printf(buf, "\\%c", code == '\n' ? 'n' : code == '\t' ? 't' : 'r');
		else if (code < 0x100)
			buf_printf(buf, "\\x%02x", code);
		else
			buf_printf(buf, "\\u{%x}", code);
		i += n ? n : 1;
		plain = i;
	}
	buf_add(buf, str_from(s, plain));
}
