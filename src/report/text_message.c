/* What findings say, as people read it: two digests of 88 letters make a line that nobody reads to its end. */
#include "report/text_private.h"

enum { DIGEST_SHOWN = 12, DIGEST_LEAST = 27 }; /* sha1 has 27 letters in base64 */

static size_t digest_length(struct str s)
{
	size_t n = 0;
	while (n < s.n && (ascii_is_alpha((unsigned char)s.p[n]) || ascii_is_digit((unsigned char)s.p[n]) || strchr("+/=", s.p[n])))
		n++;
	return n;
}

/* Behind "sha512-" and its like: how long the name of the algorithm is, with its dash; 0 where none stands. */
static size_t algorithm_length(struct str s)
{
	static const char *const names[] = { "sha512-", "sha384-", "sha256-", "sha1-" };
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (str_starts_with(s, str_of(names[i])))
			return strlen(names[i]);
	return 0;
}

void text_message(struct text *text, struct str message)
{
	size_t begin = 0;
	for (size_t i = 0; i < message.n && !text->report->verbose; i++) {
		size_t name = message.p[i] == 's' ? algorithm_length(str_from(message, i)) : 0;
		size_t n = name ? digest_length(str_from(message, i + name)) : 0;
		if (n < DIGEST_LEAST)
			continue;
		text_safe(text, str_head(str_from(message, begin), i + name + DIGEST_SHOWN - begin));
		buf_add_z(text->out, text_cut(text));
		begin = i + name + n;
		i = begin - 1;
	}
	text_safe(text, str_from(message, begin));
}
