/* Scanners for the pieces of versions and ranges: see scan.h. */
#include "scan.h"

static size_t most(unsigned flags, size_t limit)
{
	return flags & SEMVER_UNBOUNDED ? SIZE_MAX : limit;
}

static size_t limited_end(struct str s, size_t at, size_t count)
{
	return count < s.n - at ? at + count : s.n;
}

static struct str cut(struct str s, size_t from, size_t to)
{
	return str_head(str_from(s, from), to - from);
}

bool scan_at(struct str s, size_t at, char c)
{
	return at < s.n && s.p[at] == c;
}

static bool digit_at(struct str s, size_t at)
{
	return at < s.n && ascii_is_digit((unsigned char)s.p[at]);
}

static bool letter_at(struct str s, size_t at)
{
	return at < s.n && (ascii_is_alpha((unsigned char)s.p[at]) || s.p[at] == '-');
}

size_t scan_digits(struct str s, size_t at, size_t count)
{
	size_t end = limited_end(s, at, count);
	while (at < end && digit_at(s, at))
		at++;
	return at;
}

size_t scan_blank(struct str s, size_t at)
{
	uint32_t code;
	if (at >= s.n)
		return at;
	if ((unsigned char)s.p[at] < 0x80)
		return at + ascii_is_blank((unsigned char)s.p[at]);
	size_t n = utf8_next(str_from(s, at), &code);
	if (n == 0)
		return at;
	bool blank = code == 0xa0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200a) || code == 0x2028 || code == 0x2029 || code == 0x202f ||
		     code == 0x205f || code == 0x3000 || code == 0xfeff;
	return blank ? at + n : at;
}

size_t scan_blanks(struct str s, size_t at)
{
	size_t next;
	while ((next = scan_blank(s, at)) > at)
		at = next;
	return at;
}

size_t scan_prefix(struct str s, size_t at)
{
	size_t next;
	for (;;) {
		next = scan_at(s, at, 'v') || scan_at(s, at, '=') ? at + 1 : scan_blank(s, at);
		if (next == at)
			return at;
		at = next;
	}
}

/* Strict numbers have no leading zeros: of "01" only the "0" is one. */
static size_t scan_number(struct str s, size_t at, unsigned flags)
{
	if (flags & SEMVER_LOOSE)
		return scan_digits(s, at, most(flags, SCAN_MOST_DIGITS));
	if (scan_at(s, at, '0'))
		return at + 1;
	return scan_digits(s, at, most(flags, SCAN_MOST_DIGITS + 1));
}

/* "rc", "0a", "-", "7": a number only where no letter follows its digits. */
static size_t scan_identifier(struct str s, size_t at, unsigned flags)
{
	size_t letter = scan_digits(s, at, most(flags, SCAN_MOST_DIGITS));
	if (!letter_at(s, letter))
		return scan_number(s, at, flags);
	size_t end = limited_end(s, letter + 1, most(flags, SCAN_MOST_LETTERS));
	at = letter + 1;
	while (at < end && (letter_at(s, at) || digit_at(s, at)))
		at++;
	return at;
}

static size_t scan_identifiers(struct str s, size_t at, unsigned flags)
{
	size_t end = scan_identifier(s, at, flags);
	if (end == at)
		return at;
	while (scan_at(s, end, '.')) {
		size_t next = scan_identifier(s, end + 1, flags);
		if (next == end + 1)
			break;
		end = next;
	}
	return end;
}

/* Loose: the dash may be missing ("1.2.3beta"), and one with nothing behind it is an identifier itself. */
static size_t scan_prerelease(struct str s, size_t at, unsigned flags, struct str *out)
{
	size_t start = at + scan_at(s, at, '-');
	if (start == at && !(flags & SEMVER_LOOSE))
		return at;
	size_t end = scan_identifiers(s, start, flags);
	if (end == start && start > at && flags & SEMVER_LOOSE) {
		start = at;
		end = scan_identifiers(s, start, flags);
	}
	if (end == start)
		return at;
	*out = cut(s, start, end);
	return end;
}

static size_t scan_build_identifier(struct str s, size_t at)
{
	while (letter_at(s, at) || digit_at(s, at))
		at++;
	return at;
}

/* No cap: a version past 256 bytes is refused anyway, and in ranges npm takes build metadata of any length away. */
size_t scan_build(struct str s, size_t at, struct str *build)
{
	if (!scan_at(s, at, '+'))
		return at;
	size_t end = scan_build_identifier(s, at + 1);
	if (end == at + 1)
		return at;
	while (scan_at(s, end, '.')) {
		size_t next = scan_build_identifier(s, end + 1);
		if (next == end + 1)
			break;
		end = next;
	}
	*build = cut(s, at + 1, end);
	return end;
}

/* The end of a patch number that lies in [from, end): a loose one leaves its last digit to a pre-release
 * that could not begin otherwise. */
static size_t patch_end(struct str s, size_t from, size_t end, unsigned flags)
{
	bool may_give = flags & SEMVER_LOOSE && !(flags & SCAN_GREEDY) && end > from + 1;
	bool needed = may_give && scan_at(s, end, '.') && scan_identifier(s, end + 1, flags) > end + 1;
	return needed ? end - 1 : end;
}

size_t scan_version(struct str s, size_t at, unsigned flags, struct semver *out)
{
	struct semver version = { 0 };
	struct str *parts[] = { &version.major, &version.minor, &version.patch };
	size_t start = at;
	for (size_t i = 0; i < 3; i++) {
		if (i > 0 && !scan_at(s, at++, '.'))
			return start;
		size_t end = scan_number(s, at, flags);
		if (end == at)
			return start;
		if (i == 2)
			end = patch_end(s, at, end, flags);
		*parts[i] = cut(s, at, end);
		at = end;
	}
	at = scan_prerelease(s, at, flags, &version.prerelease);
	at = scan_build(s, at, &version.build);
	*out = version;
	return at;
}

bool scan_begins_version(struct str s, size_t at)
{
	return digit_at(s, at) || scan_at(s, at, 'x') || scan_at(s, at, 'X') || scan_at(s, at, '*');
}

static size_t scan_part(struct str s, size_t at, unsigned flags)
{
	if (digit_at(s, at))
		return scan_number(s, at, flags);
	return at + scan_begins_version(s, at);
}

size_t scan_partial(struct str s, size_t at, unsigned flags, struct partial *out)
{
	struct partial partial = { 0 };
	struct str build;
	size_t end = at;
	for (size_t i = 0; i < 3; i++) {
		size_t from = end + (i > 0);
		size_t to = i > 0 && !scan_at(s, end, '.') ? from : scan_part(s, from, flags);
		if (to == from)
			break;
		if (i == 2)
			to = patch_end(s, from, to, flags);
		partial.part[i] = cut(s, from, to);
		end = to;
	}
	if (partial.part[2].n) {
		end = scan_prerelease(s, end, flags, &partial.prerelease);
		end = scan_build(s, end, &build);
	}
	*out = partial;
	return end;
}

bool part_is_any(struct str part)
{
	return part.n == 0 || !ascii_is_digit((unsigned char)part.p[0]);
}
