/*
 * Random versions and ranges: most by the grammar, with small numbers, so that they meet; some with a letter
 * changed, some hostile. The same seed gives the same texts. All are well-formed UTF-8, since Node could not
 * be asked about others.
 */
#ifndef TESTS_SEMVER_MAKE_H
#define TESTS_SEMVER_MAKE_H

#include <stdint.h>

#include "assay/base.h"

struct maker {
	uint64_t state;
	struct buf *out;
};

#define PICK(maker, list) ((list)[make_below((maker), sizeof(list) / sizeof *(list))])

static inline uint32_t make_below(struct maker *m, uint32_t n)
{
	m->state = m->state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
	return (uint32_t)(m->state >> 33) % n;
}

static inline void make_number(struct maker *m)
{
	static const char *const odd[] = {
		"00", "01", "007", "10", "99", "9007199254740990", "9007199254740991", "9007199254740992", "12345678901234567", "20240101123456789",
		""
	};
	if (make_below(m, 25) == 0)
		buf_add_z(m->out, PICK(m, odd));
	else
		buf_printf(m->out, "%u", make_below(m, 4));
}

static inline void make_identifiers(struct maker *m)
{
	static const char *const words[] = { "0",  "1",  "2",     "alpha", "beta", "rc", "a",   "-",  "x", "0a",
					     "01", "00", "beta1", "--",    "v",    "X",  "1-a", "-1", "10" };
	for (uint32_t n = make_below(m, 3);; n--) {
		buf_add_z(m->out, PICK(m, words));
		if (n == 0)
			return;
		buf_add_char(m->out, '.');
	}
}

static inline void make_tail(struct maker *m)
{
	if (make_below(m, 3) == 0) {
		if (make_below(m, 6))
			buf_add_char(m->out, '-');
		make_identifiers(m);
	}
	if (make_below(m, 8) == 0) {
		buf_add_char(m->out, '+');
		make_identifiers(m);
	}
}

static inline void make_blank(struct maker *m)
{
	static const char *const odd[] = { "  ",           "\t",           "\n",           "\r\n",         "\v",
					   "\f",           "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x83", "\xe2\x80\xa8",
					   "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf", "\xc2\x85",
					   "\xe2\x80\x8b", "\xe1\xa0\x8e", " +b ",         "    " };
	buf_add_z(m->out, make_below(m, 8) ? " " : PICK(m, odd));
}

static inline void make_prefix(struct maker *m)
{
	static const char *const prefixes[] = { "v", "v", "=", "=v", "v=", "==", "= v ", "vv", " ", "V", "v " };
	if (make_below(m, 8) == 0)
		buf_add_z(m->out, PICK(m, prefixes));
}

/* Changes, adds or removes a few bytes; those of a longer UTF-8 sequence stay. */
static inline void make_mess(struct maker *m, size_t from)
{
	static const char letters[] = "0123.xX*-+v=<>~^| ab\t";
	for (uint32_t n = make_below(m, 3) + 1; n && m->out->n > from; n--) {
		size_t at = from + make_below(m, (uint32_t)(m->out->n - from));
		char letter = letters[make_below(m, sizeof letters - 1)];
		uint32_t kind = make_below(m, 3);
		if (m->out->p[at] & (char)0x80)
			continue;
		if (kind == 0)
			m->out->p[at] = letter;
		else if (kind == 1)
			memmove(m->out->p + at, m->out->p + at + 1, --m->out->n - at);
		else
			buf_add_char(m->out, letter);
	}
}

static inline void make_version(struct maker *m)
{
	size_t from = m->out->n;
	make_prefix(m);
	for (int i = 0; i < 3; i++) {
		if (i)
			buf_add_char(m->out, '.');
		make_number(m);
	}
	make_tail(m);
	if (make_below(m, 20) == 0)
		make_blank(m);
	if (make_below(m, 12) == 0)
		make_mess(m, from);
}

static inline void make_partial(struct maker *m)
{
	static const char *const wild[] = { "x", "X", "*" };
	uint32_t parts = make_below(m, 3) ? 3 : make_below(m, 3) + 1;
	make_prefix(m);
	for (uint32_t i = 0; i < parts; i++) {
		if (i)
			buf_add_char(m->out, '.');
		if (make_below(m, 7) == 0)
			buf_add_z(m->out, PICK(m, wild));
		else
			make_number(m);
	}
	if (parts == 3 || make_below(m, 20) == 0)
		make_tail(m);
}

static inline void make_comparator(struct maker *m)
{
	static const char *const ops[] = { "",  "",   "",  "^",  "^",  "~",   "~",  "~>", ">=", ">=", ">",   "<",
					   "<", "<=", "=", "^=", "~=", ">==", "=>", "^^", "<>", "~^", "~>=", "" };
	static const char *const whole[] = { "",  "*",  "x",      ">=0.0.0", ">=0.0.0-0", "<0.0.0-0", ">*", "<x", ">=*", "=*", "foo",
					     "-", "**", "1.2.3*", "+b",      "<0.0.0",    "~",        "^",  ">",  "v",   "||" };
	if (make_below(m, 15) == 0) {
		buf_add_z(m->out, PICK(m, whole));
		return;
	}
	buf_add_z(m->out, PICK(m, ops));
	if (make_below(m, 5) == 0)
		make_blank(m);
	make_partial(m);
}

static inline void make_set(struct maker *m)
{
	if (make_below(m, 6) == 0) {
		make_partial(m);
		make_blank(m);
		buf_add_char(m->out, '-');
		make_blank(m);
		make_partial(m);
		return;
	}
	for (uint32_t n = make_below(m, 3);; n--) {
		make_comparator(m);
		if (n == 0)
			return;
		make_blank(m);
	}
}

static inline void make_range(struct maker *m)
{
	size_t from = m->out->n;
	for (uint32_t n = make_below(m, 5) ? 0 : make_below(m, 3) + 1;; n--) {
		make_set(m);
		if (n == 0)
			break;
		buf_add_z(m->out, make_below(m, 2) ? " || " : "||");
	}
	if (make_below(m, 12) == 0)
		make_mess(m, from);
}

/* Random letters of the grammar. */
static inline void make_noise(struct maker *m)
{
	static const char letters[] = "0011223.....xX*--+v=<>~^||    ab";
	for (uint32_t n = make_below(m, 14); n; n--)
		buf_add_char(m->out, letters[make_below(m, sizeof letters - 1)]);
}

#endif
