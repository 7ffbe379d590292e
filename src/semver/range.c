/*
 * Ranges: alternatives ("||") of comparators that must all hold. Whatever npm's shorthands stand for, each
 * comparator in the end passes add_comparator() as text, the one place that decides what a comparator is.
 */
#include "assay/limits.h"
#include "rewrite.h"

/* From this many comparators on, doubles are looked up in a map. */
enum { FEW = 16 };

enum op { OP_EQUAL, OP_LESS, OP_LESS_EQUAL, OP_GREATER, OP_GREATER_EQUAL };

static const struct {
	struct str text;
	bool less, equal, greater; /* what the order of version and bound may be */
} ops[] = {
	[OP_EQUAL] = { { "", 0 }, false, true, false },          [OP_LESS] = { { "<", 1 }, true, false, false },
	[OP_LESS_EQUAL] = { { "<=", 2 }, true, true, false },    [OP_GREATER] = { { ">", 1 }, false, false, true },
	[OP_GREATER_EQUAL] = { { ">=", 2 }, false, true, true },
};

struct comparator {
	enum op op;
	struct semver version;
};

/* All must hold; none: anything goes. */
struct set {
	struct comparator *v;
	size_t n;
};

struct semver_range {
	unsigned flags;
	struct set *sets; /* one must hold */
	size_t n;
};

struct parser {
	struct arena *arena;
	unsigned flags;
	struct error *err;
	struct comparator *free; /* room for every comparator the text can hold */
	struct set set;          /* being read; its comparators lie before `free` */
	struct map *seen;        /* of a large set */
	bool any;                /* the set holds something that matches anything */
	bool blank;              /* the token just read stands for anything, as a blank does */
};

/* ---- comparators --------------------------------------------------------------- */

/* "<", ">=", "=", or nothing; "=" is the same as nothing. */
static size_t scan_op(struct str s, enum op *op)
{
	size_t at = scan_at(s, 0, '<') || scan_at(s, 0, '>');
	bool equal = scan_at(s, at, '=');
	if (at == 0)
		*op = OP_EQUAL;
	else if (s.p[0] == '<')
		*op = equal ? OP_LESS_EQUAL : OP_LESS;
	else
		*op = equal ? OP_GREATER_EQUAL : OP_GREATER;
	return at + equal;
}

/* Nothing is below it: npm's way to say "never". */
static bool is_never(const struct comparator *comparator)
{
	static const struct semver lowest = { { "0", 1 }, { "0", 1 }, { "0", 1 }, { "0", 1 }, { NULL, 0 } };
	return comparator->op == OP_LESS && semver_compare(&comparator->version, &lowest) == 0;
}

static enum status refuse(struct parser *parser, struct str text, const char *why)
{
	struct buf shown = BUF_INIT(1024);
	buf_add_visible(&shown, str_head(text, 100));
	error_set(parser->err, STATUS_INVALID, "%s: \"%.*s\"", why, STR_ARG(buf_str(&shown)));
	error_hint(parser->err, "expected a range as npm has them, such as \"^1.2.3\", \">=1.2 <3\" or \"1.x || 2.x\"");
	buf_fini(&shown);
	return STATUS_INVALID;
}

static bool add_seen(struct parser *parser, const struct comparator *comparator)
{
	struct buf text = BUF_INIT(LIMIT_RANGE_LENGTH * 2);
	buf_add(&text, ops[comparator->op].text);
	semver_write(&comparator->version, &text);
	struct str key = text.failed ? STR_NONE : arena_copy(parser->arena, buf_str(&text));
	buf_fini(&text);
	return key.p && map_set(parser->seen, key, 0);
}

static bool is_double(const struct parser *parser, const struct comparator *comparator)
{
	for (size_t i = 0; i < parser->set.n; i++)
		if (parser->set.v[i].op == comparator->op && semver_compare(&parser->set.v[i].version, &comparator->version) == 0)
			return true;
	return false;
}

/* Gives false when out of memory. */
static bool start_map(struct parser *parser)
{
	parser->seen = map_new(parser->arena, (size_t)4 * FEW);
	for (size_t i = 0; parser->seen && i < parser->set.n; i++)
		if (!add_seen(parser, &parser->set.v[i]))
			return false;
	return parser->seen != NULL;
}

static enum status keep(struct parser *parser, const struct comparator *comparator)
{
	if (parser->set.n == FEW && !parser->seen && !start_map(parser))
		return error_memory(parser->err);
	if (parser->seen) {
		size_t before = map_count(parser->seen);
		if (!add_seen(parser, comparator))
			return error_memory(parser->err);
		if (map_count(parser->seen) == before)
			return STATUS_OK;
	} else if (is_double(parser, comparator)) {
		return STATUS_OK;
	}
	*parser->free++ = *comparator;
	parser->set.n++;
	return STATUS_OK;
}

/* One comparator, `text` = operator and version. Loose ranges pass over what is none. */
static enum status add_comparator(struct parser *parser, struct str text)
{
	struct comparator comparator;
	bool pre = parser->flags & SEMVER_INCLUDE_PRERELEASE;
	if (!text.p)
		return error_memory(parser->err);
	if (str_equal(text, pre ? STR(">=0.0.0-0") : STR(">=0.0.0"))) {
		parser->any = true;
		return STATUS_OK;
	}
	struct str version = str_from(text, scan_op(text, &comparator.op));
	switch (version_read(version, parser->flags, &comparator.version)) {
	case READING_OK: return keep(parser, &comparator);
	case READING_TOO_LARGE: return refuse(parser, text, "a version past npm's limits in a range");
	case READING_NO_VERSION: break;
	}
	return parser->flags & SEMVER_LOOSE ? STATUS_OK : refuse(parser, text, "not a comparator");
}

static enum status add_bound(struct parser *parser, const struct bound *bound)
{
	return add_comparator(parser, bound_text(bound, parser->arena));
}

/* ---- shorthands ---------------------------------------------------------------- */

static struct str lowest_prerelease(const struct parser *parser)
{
	return parser->flags & SEMVER_INCLUDE_PRERELEASE ? STR("0") : STR_NONE;
}

static bool has_wildcard(const struct partial *partial)
{
	return part_is_any(partial->part[0]) || part_is_any(partial->part[1]) || part_is_any(partial->part[2]);
}

/* At least `partial`, and below the next version that differs in part `index`. */
static enum status add_span(struct parser *parser, const struct partial *partial, size_t index)
{
	struct bound lower = bound_from(">=", partial), upper = bound_from("<", partial);
	lower.prerelease = has_wildcard(partial) ? lowest_prerelease(parser) : partial->prerelease;
	upper.prerelease = STR("0");
	if (!bound_bump(&upper, index, parser->arena))
		return error_memory(parser->err);
	enum status status = add_bound(parser, &lower);
	return status == STATUS_OK ? add_bound(parser, &upper) : status;
}

/* '^' holds fast the first part that is not 0, as far as parts are given. "00", which is loose, counts as not 0. */
static size_t caret_index(const struct partial *partial)
{
	if (part_is_any(partial->part[1]) || !str_equal_z(partial->part[0], "0"))
		return 0;
	return part_is_any(partial->part[2]) || !str_equal_z(partial->part[1], "0") ? 1 : 2;
}

static size_t tilde_index(const struct partial *partial)
{
	return part_is_any(partial->part[1]) ? 0 : 1;
}

/* "^1.2", "~1.2", "~>1.2"; *found is false where `text` is none of them. */
static enum status add_caret_or_tilde(struct parser *parser, struct str text, bool *found)
{
	struct partial partial;
	bool caret = scan_at(text, 0, '^');
	size_t at = caret || scan_at(text, 0, '~');
	*found = false;
	if (at == 0)
		return STATUS_OK;
	at += !caret && scan_at(text, at, '>');
	at = scan_prefix(text, at);
	size_t end = scan_partial(text, at, parser->flags, &partial);
	*found = end > at && end == text.n;
	if (!*found)
		return STATUS_OK;
	if (part_is_any(partial.part[0])) {
		parser->blank = true;
		return STATUS_OK;
	}
	return add_span(parser, &partial, caret ? caret_index(&partial) : tilde_index(&partial));
}

/* An operator before a version with a wildcard: ">1" begins where all of 1.x has ended, "<=1" ends there. */
static enum status add_wild_bound(struct parser *parser, enum op op, const struct partial *partial)
{
	bool bump = op == OP_GREATER || op == OP_LESS_EQUAL;
	bool upper = op == OP_LESS || op == OP_LESS_EQUAL;
	struct bound bound = bound_from(upper ? "<" : ">=", partial);
	bound.prerelease = upper ? STR("0") : lowest_prerelease(parser);
	if (bump && !bound_bump(&bound, tilde_index(partial), parser->arena))
		return error_memory(parser->err);
	return add_bound(parser, &bound);
}

/* "1.2", ">1.x", "*"; *found is false where `text` has no wildcard, or has one in a place where npm has none. */
static enum status add_wild(struct parser *parser, struct str text, bool *found)
{
	enum op op;
	struct partial partial;
	size_t at = scan_prefix(text, scan_op(text, &op));
	size_t end = scan_partial(text, at, parser->flags, &partial);
	*found = false;
	if (end == at || end != text.n || !has_wildcard(&partial))
		return STATUS_OK;
	if ((part_is_any(partial.part[0]) && !part_is_any(partial.part[1])) || (part_is_any(partial.part[1]) && !part_is_any(partial.part[2])))
		return STATUS_OK; /* "1.x.3" */
	*found = true;
	if (!part_is_any(partial.part[0]))
		return op == OP_EQUAL ? add_span(parser, &partial, tilde_index(&partial)) : add_wild_bound(parser, op, &partial);
	if (op == OP_GREATER || op == OP_LESS)
		return add_comparator(parser, STR("<0.0.0-0"));
	parser->blank = true;
	return STATUS_OK;
}

/* npm takes the first '*' that is left away, with the operator before it. */
static struct str without_star(struct draft token)
{
	struct str s = draft_str(token);
	size_t star = str_find(s, '*');
	if (star == s.n)
		return s;
	size_t from = star;
	if (from > 0 && s.p[from - 1] == '=')
		from--;
	if (from > 0 && (s.p[from - 1] == '<' || s.p[from - 1] == '>'))
		from--;
	memmove(token.p + from, token.p + star + 1, token.n - star - 1);
	return str_head(s, s.n - (star + 1 - from));
}

/* What stands between two spaces. */
static enum status add_token(struct parser *parser, struct draft token)
{
	bool found;
	enum status status = add_caret_or_tilde(parser, draft_str(token), &found);
	if (!found)
		status = add_wild(parser, draft_str(token), &found);
	return found ? status : add_comparator(parser, without_star(token));
}

/* ---- sets and ranges ------------------------------------------------------------- */

/* Reads "a b c". A token that stands for anything counts only at either end: in between it is a blank like others.
 * That matters to loose ranges, where all the rest may be passed over. */
static enum status add_tokens(struct parser *parser, struct draft text)
{
	for (size_t at = 0, end; at <= text.n; at = end + 1) {
		end = at + str_find(str_from(draft_str(text), at), ' ');
		parser->blank = end == at;
		if (end > at) {
			enum status status = add_token(parser, (struct draft){ text.p + at, end - at });
			if (status != STATUS_OK)
				return status;
		}
		if (parser->blank && (at == 0 || end == text.n))
			parser->any = true;
	}
	return STATUS_OK;
}

/* What stands between two "||". A set with a comparator that nothing fulfils shrinks to that one. */
static enum status parse_set(struct parser *parser, struct draft text)
{
	parser->set = (struct set){ parser->free, 0 };
	parser->seen = NULL;
	parser->any = false;
	text = draft_strip_builds(draft_trim(text));
	text = draft_expand_hyphen(text, parser->flags, parser->arena);
	if (!text.p)
		return error_memory(parser->err);
	enum status status = add_tokens(parser, draft_join_operators(text, parser->flags));
	for (size_t i = 0; status == STATUS_OK && i < parser->set.n; i++) {
		if (is_never(&parser->set.v[i])) {
			parser->set = (struct set){ &parser->set.v[i], 1 };
			break;
		}
	}
	return status;
}

static bool set_is_never(const struct set *set)
{
	return set->n == 1 && is_never(set->v);
}

/* Beside others, what never holds says nothing; beside what always holds, nothing else does. */
static void simplify(struct semver_range *range)
{
	size_t kept = 0;
	for (size_t i = 0; i < range->n; i++)
		if (!set_is_never(&range->sets[i]))
			range->sets[kept++] = range->sets[i];
	range->n = kept ? kept : 1; /* all are "never": the first one stays where it was */
	for (size_t i = 0; i < range->n; i++) {
		if (range->sets[i].n == 0) {
			range->sets[0] = range->sets[i];
			range->n = 1;
		}
	}
}

static size_t count(struct str s, char c)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

static enum status parse_sets(struct parser *parser, struct draft text, struct semver_range *range)
{
	for (size_t at = 0, end; at <= text.n; at = end + 2) {
		struct str rest = str_from(draft_str(text), at);
		end = at + str_find_str(rest, STR("||"));
		enum status status = parse_set(parser, (struct draft){ text.p + at, end - at });
		if (status != STATUS_OK)
			return status;
		if (parser->set.n || parser->any)
			range->sets[range->n++] = parser->set;
	}
	return STATUS_OK;
}

enum status semver_range_parse(struct str text, unsigned flags, struct arena *arena, struct semver_range **out, struct error *err)
{
	if (text.n > LIMIT_RANGE_LENGTH)
		return error_set(err, STATUS_LIMIT, "a range of %zu bytes; at most %zu are read", text.n, LIMIT_RANGE_LENGTH);
	struct draft draft = draft_collapse(text, arena);
	struct semver_range *range = arena_alloc(arena, sizeof *range);
	if (!draft.p || !range)
		return error_memory(err);
	/* Each token gives two comparators at most; a hyphen range has no more tokens than it is written with. */
	size_t bars = count(draft_str(draft), '|'), tokens = count(draft_str(draft), ' ') + bars + 1;
	struct parser parser = { .arena = arena, .flags = flags, .err = err };
	parser.free = arena_array(arena, 2 * tokens, sizeof *parser.free);
	range->sets = arena_array(arena, bars / 2 + 1, sizeof *range->sets);
	range->flags = flags;
	if (!parser.free || !range->sets)
		return error_memory(err);
	enum status status = parse_sets(&parser, draft, range);
	if (status != STATUS_OK)
		return status;
	if (range->n == 0)
		return refuse(&parser, text, "no comparator in the range");
	if (range->n > 1)
		simplify(range);
	*out = range;
	return STATUS_OK;
}

/* ---- answers ------------------------------------------------------------------------ */

static bool holds(const struct comparator *comparator, const struct semver *version)
{
	int order = semver_compare(version, &comparator->version);
	return order < 0 ? ops[comparator->op].less : order > 0 ? ops[comparator->op].greater : ops[comparator->op].equal;
}

static bool same_release(const struct semver *a, const struct semver *b)
{
	return digits_compare(a->major, b->major) == 0 && digits_compare(a->minor, b->minor) == 0 && digits_compare(a->patch, b->patch) == 0;
}

/* Who asks for a pre-release gets those of the same release, and no others. */
static bool asks_for_prerelease(const struct set *set, const struct semver *version)
{
	for (size_t i = 0; i < set->n; i++)
		if (set->v[i].version.prerelease.n && same_release(&set->v[i].version, version))
			return true;
	return false;
}

static bool set_matches(const struct set *set, const struct semver *version, unsigned flags)
{
	for (size_t i = 0; i < set->n; i++)
		if (!holds(&set->v[i], version))
			return false;
	return !version->prerelease.n || flags & SEMVER_INCLUDE_PRERELEASE || asks_for_prerelease(set, version);
}

bool semver_range_matches(const struct semver_range *range, const struct semver *version)
{
	for (size_t i = 0; i < range->n; i++)
		if (set_matches(&range->sets[i], version, range->flags))
			return true;
	return false;
}

static void write_set(const struct set *set, struct buf *out)
{
	for (size_t i = 0; i < set->n; i++) {
		if (i > 0)
			buf_add_char(out, ' ');
		buf_add(out, ops[set->v[i].op].text);
		semver_write(&set->v[i].version, out);
	}
}

void semver_range_write(const struct semver_range *range, struct buf *out)
{
	if (range->sets[0].n == 0)
		buf_add_char(out, '*');
	for (size_t i = 0; i < range->n; i++) {
		if (i > 0)
			buf_add_z(out, "||");
		write_set(&range->sets[i], out);
	}
}

bool semver_satisfies(struct str version, struct str range, unsigned flags)
{
	struct semver parsed;
	struct semver_range *set = NULL;
	if (!semver_parse(version, flags, &parsed))
		return false;
	CLEANUP(arena_cleanup) struct arena *arena = arena_new(0);
	return arena && semver_range_parse(range, flags, arena, &set, NULL) == STATUS_OK && semver_range_matches(set, &parsed);
}
