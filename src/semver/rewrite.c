/* The steps from a range as it is written to plain comparators: see rewrite.h. */
#include "rewrite.h"

#define ZERO STR("0")

struct str draft_str(struct draft draft)
{
	return (struct str){ draft.p, draft.n };
}

struct draft draft_collapse(struct str text, struct arena *arena)
{
	struct draft draft = { arena_alloc(arena, text.n), 0 };
	bool gap = false;
	for (size_t i = 0; draft.p && i < text.n;) {
		size_t next = scan_blanks(text, i);
		if (next > i) {
			gap = draft.n > 0;
			i = next;
			continue;
		}
		if (gap)
			draft.p[draft.n++] = ' ';
		gap = false;
		draft.p[draft.n++] = text.p[i++];
	}
	return draft;
}

struct draft draft_trim(struct draft draft)
{
	while (draft.n && draft.p[0] == ' ') {
		draft.p++;
		draft.n--;
	}
	while (draft.n && draft.p[draft.n - 1] == ' ')
		draft.n--;
	return draft;
}

struct draft draft_strip_builds(struct draft draft)
{
	struct draft out = { draft.p, 0 };
	for (size_t i = 0; i < draft.n;) {
		struct str build;
		size_t end = scan_build(draft_str(draft), i, &build);
		if (end > i)
			i = end;
		else
			out.p[out.n++] = draft.p[i++];
	}
	return out;
}

/*
 * The end of the version at `at`: a full one in the loose grammar, else a partial one in the strict grammar,
 * whatever the flags say. "00.x" is no full version, and then only its first "0" is a partial one, and the next
 * try begins one digit later. Once a full one failed behind a row of digits it fails for the rest of the row as
 * well: *hopeless is the row's end, and saves reading it again for each digit.
 */
static size_t version_end(struct str s, size_t at, unsigned flags, size_t *hopeless)
{
	unsigned bounds = (flags & SEMVER_UNBOUNDED) | SCAN_GREEDY;
	struct semver version;
	struct partial partial;
	if (at >= *hopeless) {
		size_t end = scan_version(s, at, bounds | SEMVER_LOOSE, &version);
		if (end > at)
			return end;
		end = scan_digits(s, at, flags & SEMVER_UNBOUNDED ? SIZE_MAX : SCAN_MOST_DIGITS);
		if (scan_digits(s, end, 1) == end)
			*hopeless = end;
	}
	return scan_partial(s, at, bounds, &partial);
}

/* The one blank that falls between an operator and the version in s from `at` on, or SIZE_MAX. */
static size_t blank_to_drop(struct str s, size_t at)
{
	at += scan_at(s, at, ' '); /* stands before the operator, and stays */
	at += scan_at(s, at, '<') || scan_at(s, at, '>');
	at += scan_at(s, at, '=');
	return scan_at(s, at, ' ') ? at : SIZE_MAX;
}

/* "> 1" to ">1". What stands before a version is a mix of blanks, 'v' and '=', behind at most one '<' or '>'. */
static struct draft join_comparators(struct draft draft, unsigned flags)
{
	struct draft out = { draft.p, 0 };
	struct str s = draft_str(draft);
	size_t hopeless = 0;
	for (size_t i = 0; i < s.n;) {
		size_t mark = i + scan_at(s, i, ' ');
		mark += scan_at(s, mark, '<') || scan_at(s, mark, '>');
		size_t end = scan_prefix(s, mark);
		size_t drop = SIZE_MAX;
		if (scan_begins_version(s, end)) {
			drop = blank_to_drop(s, i);
			end = version_end(s, end, flags, &hopeless);
		}
		if (end == i)
			end++;
		for (; i < end; i++)
			if (i != drop)
				out.p[out.n++] = s.p[i];
	}
	return out;
}

/* "~ 1" and "~> 1" to "~1", "^ 1" to "^1", wherever they stand. */
static struct draft join_tildes(struct draft draft)
{
	struct draft out = { draft.p, 0 };
	struct str s = draft_str(draft);
	for (size_t i = 0; i < s.n;) {
		char c = s.p[i++];
		out.p[out.n++] = c;
		if (c == '~' && scan_at(s, i, '>') && scan_at(s, i + 1, ' '))
			i += 2;
		else if ((c == '~' || c == '^') && scan_at(s, i, ' '))
			i++;
	}
	return out;
}

struct draft draft_join_operators(struct draft draft, unsigned flags)
{
	return join_tildes(join_comparators(draft, flags));
}

static struct str join(struct arena *arena, const struct str *parts, size_t count)
{
	size_t size = 0;
	for (size_t i = 0; i < count; i++)
		size += parts[i].n; /* each is part of a text of at most LIMIT_RANGE_LENGTH, or short */
	char *text = arena_alloc(arena, size);
	struct str joined = { text, 0 };
	for (size_t i = 0; text && i < count; i++) {
		if (parts[i].n)
			memcpy(text + joined.n, parts[i].p, parts[i].n);
		joined.n += parts[i].n;
	}
	return joined;
}

struct str bound_text(const struct bound *bound, struct arena *arena)
{
	const struct str parts[] = {
		str_of(bound->op), bound->part[0], STR("."), bound->part[1], STR("."), bound->part[2], bound->prerelease.n ? STR("-") : STR_NONE,
		bound->prerelease,
	};
	return join(arena, parts, sizeof parts / sizeof *parts);
}

struct bound bound_from(const char *op, const struct partial *partial)
{
	struct bound bound = { op, { ZERO, ZERO, ZERO }, STR_NONE };
	for (size_t i = 0; i < 3 && !part_is_any(partial->part[i]); i++)
		bound.part[i] = partial->part[i];
	return bound;
}

/* One more, by hand: 199 is 200, 99 is 100. */
static struct str digits_add_one(struct str digits, struct arena *arena)
{
	struct str plain = digits_strip(digits);
	char *sum = arena_alloc(arena, plain.n + 1);
	if (!sum)
		return STR_NONE;
	sum[0] = '0';
	memcpy(sum + 1, plain.p, plain.n);
	size_t i = plain.n;
	for (; sum[i] == '9'; i--)
		sum[i] = '0';
	sum[i]++;
	return digits_strip((struct str){ sum, plain.n + 1 });
}

bool bound_bump(struct bound *bound, size_t index, struct arena *arena)
{
	struct str sum = digits_add_one(bound->part[index], arena);
	bound->part[index] = sum;
	for (size_t i = index + 1; i < 3; i++)
		bound->part[i] = ZERO;
	return sum.p != NULL;
}

/* One side of a hyphen range. */
struct side {
	struct str text; /* as written, with what stands before the version */
	struct partial partial;
};

static size_t scan_side(struct str s, size_t at, unsigned flags, struct side *side)
{
	size_t version = scan_prefix(s, at);
	size_t end = scan_partial(s, version, flags, &side->partial);
	if (end == version)
		return at;
	side->text = str_head(str_from(s, at), end - at);
	return end;
}

static bool scan_hyphen(struct str s, unsigned flags, struct side *from, struct side *to)
{
	size_t at = scan_at(s, 0, ' ');
	size_t end = scan_side(s, at, flags, from);
	if (end == at || !str_starts_with(str_from(s, end), STR(" - ")))
		return false;
	at = end + 3;
	end = scan_side(s, at, flags, to);
	return end > at && end + scan_at(s, end, ' ') == s.n;
}

/* How many parts of a version are given, up to the first wildcard. */
static size_t parts_given(const struct partial *partial)
{
	size_t given = 0;
	while (given < 3 && !part_is_any(partial->part[given]))
		given++;
	return given;
}

static struct str lower_side(const struct side *from, unsigned flags, struct arena *arena)
{
	struct str lowest = flags & SEMVER_INCLUDE_PRERELEASE ? STR("-0") : STR_NONE;
	size_t given = parts_given(&from->partial);
	if (given == 0)
		return STR("");
	if (given == 3) {
		/* As written, with any prefix: strict then refuses ">==1.2.3", as npm does. */
		const struct str parts[] = { STR(">="), from->text, from->partial.prerelease.n ? STR_NONE : lowest };
		return join(arena, parts, 3);
	}
	struct bound bound = bound_from(">=", &from->partial);
	bound.prerelease = str_from(lowest, 1);
	return bound_text(&bound, arena);
}

static struct str upper_side(const struct side *to, unsigned flags, struct arena *arena)
{
	size_t given = parts_given(&to->partial);
	if (given == 0)
		return STR("");
	struct bound bound = bound_from("<", &to->partial);
	if (given == 3 && to->partial.prerelease.n) {
		bound.op = "<=";
		bound.prerelease = to->partial.prerelease;
	} else if (given == 3 && !(flags & SEMVER_INCLUDE_PRERELEASE)) {
		return join(arena, (const struct str[]){ STR("<="), to->text }, 2);
	} else {
		bound.prerelease = ZERO;
		if (!bound_bump(&bound, given - 1, arena))
			return STR_NONE;
	}
	return bound_text(&bound, arena);
}

struct draft draft_expand_hyphen(struct draft draft, unsigned flags, struct arena *arena)
{
	struct side from, to;
	if (!scan_hyphen(draft_str(draft), flags, &from, &to))
		return draft;
	struct str lower = lower_side(&from, flags, arena), upper = upper_side(&to, flags, arena);
	if (!lower.p || !upper.p)
		return (struct draft){ NULL, 0 };
	struct draft out = { arena_alloc(arena, lower.n + upper.n + 1), lower.n + upper.n + 1 };
	if (!out.p)
		return out;
	memcpy(out.p, lower.p, lower.n);
	out.p[lower.n] = ' ';
	memcpy(out.p + lower.n + 1, upper.p, upper.n);
	return draft_trim(out);
}
