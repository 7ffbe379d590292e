/*
 * The list of ids, searched as it stands: lines of "id, kind, what it means", sorted by the id in lower case.
 */
#include "license/private.h"

extern const char license_rows_begin[] __attribute__((visibility("hidden")));
extern const char license_rows_end[] __attribute__((visibility("hidden")));

struct str rows_all(void)
{
	return str_between(license_rows_begin, license_rows_end);
}

bool row_next(struct str *rest, struct row *out)
{
	struct str line, kind;
	if (!str_split(rest, '\n', &line) || line.n == 0)
		return false;
	str_split(&line, '\t', &out->id);
	str_split(&line, '\t', &kind);
	out->kind = str_equal(kind, STR("license")) ? LISTED_LICENSE : str_equal(kind, STR("deprecated")) ? LISTED_DEPRECATED : LISTED_EXCEPTION;
	if (!str_split(&line, '\t', &out->means))
		out->means = STR_NONE;
	return true;
}

static int compare_any_case(struct str a, struct str b)
{
	for (size_t i = 0; i < a.n && i < b.n; i++) {
		int order = ascii_lower((unsigned char)a.p[i]) - ascii_lower((unsigned char)b.p[i]);
		if (order)
			return order;
	}
	return (a.n > b.n) - (a.n < b.n);
}

bool text_equal(struct str a, struct str b)
{
	return compare_any_case(a, b) == 0;
}

bool row_find(struct str id, struct row *out)
{
	struct str all = rows_all();
	size_t low = 0, high = all.n; /* both where a line begins */
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		while (middle > low && all.p[middle - 1] != '\n')
			middle--;
		struct str rest = str_from(all, middle);
		struct row row;
		if (!row_next(&rest, &row))
			return false;
		int order = compare_any_case(id, row.id);
		if (order == 0) {
			*out = row;
			return true;
		}
		if (order < 0)
			high = middle;
		else
			low = all.n - rest.n;
	}
	return false;
}

struct words {
	VEC(const char *) v;
};

static const char *word_at(const void *context, size_t index)
{
	const struct words *words = context;
	return index < words->v.n ? words->v.v[index] : NULL;
}

/* Letters in lower case and digits, without the 'v' of a version. */
static struct str squeeze(struct str text, char *out, size_t room)
{
	size_t n = 0;
	for (size_t i = 0; i < text.n && n < room; i++) {
		unsigned char c = ascii_lower((unsigned char)text.p[i]);
		bool of_version = c == 'v' && i && i + 1 < text.n && ascii_is_digit((unsigned char)text.p[i + 1]);
		if ((ascii_is_alpha(c) || ascii_is_digit(c)) && !of_version)
			out[n++] = (char)c;
	}
	return (struct str){ out, n };
}

/* "GPLv3", "GPL3" and "gpl-3" begin as "GPL-3.0-only" does. */
static bool begins_alike(struct str text, struct str id)
{
	enum { FEWEST = 3 };
	char a[64], b[64];
	struct str begin = squeeze(text, a, sizeof a);
	return begin.n >= FEWEST && str_starts_with(squeeze(id, b, sizeof b), begin);
}

const char *row_nearest(struct str text, bool exception, struct arena *arena)
{
	struct str rest = rows_all();
	struct words words = { 0 };
	struct row row;
	while (row_next(&rest, &row)) {
		if ((row.kind == LISTED_EXCEPTION) != exception || row.kind == LISTED_DEPRECATED)
			continue;
		const char **slot = vec_add(arena, &words.v);
		if (!slot || !(*slot = arena_copy(arena, row.id).p))
			return NULL;
		if (begins_alike(text, row.id))
			return *slot;
	}
	return word_nearest(text, word_at, &words);
}

/* ---- versions ------------------------------------------------------------------------ */

/* Where the version begins: behind the last '-' that a digit follows, if digits, dots and one last letter are all there is. */
static size_t version_at(struct str id)
{
	size_t at = str_find_last(id, '-') + 1, i = at;
	if (at >= id.n || !ascii_is_digit((unsigned char)id.p[at]))
		return id.n;
	while (i < id.n && (ascii_is_digit((unsigned char)id.p[i]) || id.p[i] == '.'))
		i++;
	return i + 1 < id.n || (i < id.n && !ascii_is_alpha((unsigned char)id.p[i])) ? id.n : at;
}

/* "1.3a" and "1.3c", "2.0" and "2.0.1": number by number, then what is left. */
static int compare_versions(struct str a, struct str b)
{
	struct str left, right;
	while (true) {
		bool more_left = str_split(&a, '.', &left), more_right = str_split(&b, '.', &right);
		if (!more_left || !more_right)
			return more_left - more_right;
		while (left.n > 1 && left.p[0] == '0')
			left = str_from(left, 1);
		while (right.n > 1 && right.p[0] == '0')
			right = str_from(right, 1);
		size_t m = 0, n = 0;
		while (m < left.n && ascii_is_digit((unsigned char)left.p[m]))
			m++;
		while (n < right.n && ascii_is_digit((unsigned char)right.p[n]))
			n++;
		int order = m != n ? (m > n) - (m < n) : str_compare(left, right);
		if (order)
			return order;
	}
}

bool is_same_or_later(struct str id, struct str later)
{
	if (text_equal(id, later))
		return true;
	/* The one that carries more than its version: an MPL-2.0 all the same. */
	if (str_equal(later, STR("MPL-2.0-no-copyleft-exception")))
		later = STR("MPL-2.0");
	size_t at = version_at(id), other = version_at(later);
	return at < id.n && other < later.n && text_equal(str_head(id, at), str_head(later, other)) &&
	       compare_versions(str_from(id, at), str_from(later, other)) <= 0;
}

bool has_listed_suffix(struct str id, struct str suffix)
{
	char text[64];
	struct row row;
	if (id.n + suffix.n > sizeof text)
		return false;
	memcpy(text, id.p, id.n);
	memcpy(text + id.n, suffix.p, suffix.n);
	return row_find((struct str){ text, id.n + suffix.n }, &row);
}
