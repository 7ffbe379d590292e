/*
 * Versions: reading, order, writing. Numbers stay rows of digits, compared by length and then byte by byte,
 * so that there is none too large.
 */
#include <stdlib.h>

#include "assay/limits.h"
#include "scan.h"

#define LARGEST_NUMBER STR("9007199254740991") /* 2^53 - 1: JavaScript counts no further */

struct str digits_strip(struct str digits)
{
	while (digits.n > 1 && digits.p[0] == '0')
		digits = str_from(digits, 1);
	return digits;
}

int digits_compare(struct str a, struct str b)
{
	a = digits_strip(a);
	b = digits_strip(b);
	return a.n != b.n ? (a.n > b.n) - (a.n < b.n) : str_compare(a, b);
}

bool digits_only(struct str s)
{
	return s.n && scan_digits(s, 0, SIZE_MAX) == s.n;
}

/* npm counts UTF-16 units; nothing above U+FFFF can be part of a version, so code points come to the same. */
static size_t length(struct str s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return n;
}

static bool too_large(struct str text, const struct semver *version)
{
	return digits_compare(version->major, LARGEST_NUMBER) > 0 || digits_compare(version->minor, LARGEST_NUMBER) > 0 ||
	       digits_compare(version->patch, LARGEST_NUMBER) > 0 || (text.n > LIMIT_SEMVER_LENGTH && length(text) > LIMIT_SEMVER_LENGTH);
}

enum reading version_read(struct str text, unsigned flags, struct semver *out)
{
	struct semver version;
	size_t at = flags & SEMVER_LOOSE ? scan_prefix(text, 0) : scan_at(text, 0, 'v');
	size_t end = scan_version(text, at, flags, &version);
	if (end == at || end != text.n)
		return READING_NO_VERSION;
	if (!(flags & SEMVER_UNBOUNDED) && too_large(text, &version))
		return READING_TOO_LARGE;
	version.major = digits_strip(version.major);
	version.minor = digits_strip(version.minor);
	version.patch = digits_strip(version.patch);
	*out = version;
	return READING_OK;
}

/* The text without JavaScript's blanks around it. Those of Unicode cannot be found from the end backwards
 * with scan_blank, and need not: a version has no blank behind its first digit. */
static struct str trim(struct str text)
{
	text = str_from(text, scan_blanks(text, 0));
	size_t end = scan_prefix(text, 0);
	while (end < text.n && scan_blank(text, end) == end)
		end++;
	return scan_blanks(text, end) == text.n ? str_head(text, end) : text;
}

bool semver_parse(struct str text, unsigned flags, struct semver *out)
{
	/* The limit is for the text as it came, blanks included. */
	if (!(flags & SEMVER_UNBOUNDED) && text.n > LIMIT_SEMVER_LENGTH && length(text) > LIMIT_SEMVER_LENGTH)
		return false;
	return version_read(trim(text), flags, out) == READING_OK;
}

bool semver_parse_installed(struct str text, struct semver *out)
{
	return semver_parse(text, SEMVER_UNBOUNDED, out) || semver_parse(text, SEMVER_LOOSE | SEMVER_UNBOUNDED, out);
}

/* SemVer 2.0.0 item 11.4: numbers by value and before words, words byte by byte. */
static int compare_identifiers(struct str a, struct str b)
{
	bool a_number = digits_only(a), b_number = digits_only(b);
	if (a_number && b_number)
		return digits_compare(a, b);
	if (a_number != b_number)
		return a_number ? -1 : 1;
	return str_compare(a, b);
}

static struct str list(struct str identifiers)
{
	return identifiers.n ? identifiers : STR_NONE;
}

/*
 * The first identifiers that differ decide; the longer list is the greater one where all before is equal. In builds npm goes by identifiers
 * that differ as text, also where they are equal numbers ("01", "1").
 */
static int compare_lists(struct str a, struct str b, bool as_text)
{
	a = list(a);
	b = list(b);
	for (;;) {
		struct str x, y;
		bool more_a = str_split(&a, '.', &x), more_b = str_split(&b, '.', &y);
		if (!more_a || !more_b)
			return more_a - more_b;
		int order = compare_identifiers(x, y);
		if (order || (as_text && !str_equal(x, y)))
			return order;
	}
}

int semver_compare(const struct semver *a, const struct semver *b)
{
	int order = digits_compare(a->major, b->major);
	if (!order)
		order = digits_compare(a->minor, b->minor);
	if (!order)
		order = digits_compare(a->patch, b->patch);
	if (order)
		return order;
	if (!a->prerelease.n || !b->prerelease.n) /* the release comes behind its pre-releases */
		return (a->prerelease.n == 0) - (b->prerelease.n == 0);
	return compare_lists(a->prerelease, b->prerelease, false);
}

int semver_compare_build(const struct semver *a, const struct semver *b)
{
	int order = semver_compare(a, b);
	return order ? order : compare_lists(a->build, b->build, true);
}

bool semver_has_prerelease(const struct semver *version)
{
	return version->prerelease.n > 0;
}

/* Loose lets "01" pass: npm writes what it holds as a number without the zeros, and larger ones as they came. */
static struct str written(struct str identifier)
{
	bool number = digits_only(identifier) && digits_compare(identifier, LARGEST_NUMBER) < 0;
	return number ? digits_strip(identifier) : identifier;
}

void semver_write(const struct semver *version, struct buf *out)
{
	struct str rest = list(version->prerelease), identifier;
	buf_add(out, version->major);
	buf_add_char(out, '.');
	buf_add(out, version->minor);
	buf_add_char(out, '.');
	buf_add(out, version->patch);
	for (char mark = '-'; str_split(&rest, '.', &identifier); mark = '.') {
		buf_add_char(out, mark);
		buf_add(out, written(identifier));
	}
}
