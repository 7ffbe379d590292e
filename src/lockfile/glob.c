/*
 * Workspace patterns as npm matches them: '*' and '?' and "[a-z]" within one part of a path, '**' for any number of
 * parts, "{a,b}", and '!' before a pattern that takes out. No hidden folder is matched by a wildcard. A negated
 * pattern counts wherever it stands, unless a later one names what it takes out. An extended glob ("+(a|b)") stands
 * for any one part here: better one workspace too many than one not looked at.
 *
 * Matching keeps one place to come back to for '*' and one for '**' and so takes no more than length times length.
 */
#include "assay/limits.h"
#include "lockfile/glob.h"

struct pattern {
	struct str text;
	bool negated;
};
struct patterns {
	VEC(struct pattern) list;
	struct arena *arena;
};

/* ---- one part: no '/' in either -------------------------------------------- */

/* At "[...]": does it hold `c`? Moves *at behind it; false and no move where it never ends. */
static bool class_holds(struct str pattern, size_t *at, unsigned char c, bool *holds)
{
	size_t i = *at + 1;
	bool inverted = i < pattern.n && (pattern.p[i] == '!' || pattern.p[i] == '^'), found = false;
	i += inverted;
	for (size_t first = i; i < pattern.n && (pattern.p[i] != ']' || i == first); i++) {
		unsigned char low = (unsigned char)pattern.p[i], high = low;
		if (i + 2 < pattern.n && pattern.p[i + 1] == '-' && pattern.p[i + 2] != ']') {
			high = (unsigned char)pattern.p[i + 2];
			i += 2;
		}
		found |= c >= low && c <= high;
	}
	if (i >= pattern.n)
		return false;
	*at = i + 1;
	*holds = found != inverted;
	return true;
}

/* Does what stands at *at of the pattern take this byte? Moves on when it does. */
static bool takes_byte(struct str pattern, size_t *at, char c)
{
	bool holds;
	if (*at >= pattern.n)
		return false;
	if (pattern.p[*at] == '[' && class_holds(pattern, at, (unsigned char)c, &holds))
		return holds;
	if (pattern.p[*at] == '\\' && *at + 1 < pattern.n)
		++*at;
	else if (pattern.p[*at] == '?') {
		++*at;
		return true;
	}
	return pattern.p[(*at)++] == c;
}

static bool match_part(struct str pattern, struct str part)
{
	size_t p = 0, at = 0, star = SIZE_MAX, star_at = 0;
	if (str_find(pattern, '(') < pattern.n)
		return true;
	if (part.n && part.p[0] == '.' && pattern.n && pattern.p[0] != '.')
		return false;
	while (at < part.n) {
		size_t next = p;
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			star_at = at;
		} else if (takes_byte(pattern, &next, part.p[at])) {
			p = next;
			at++;
		} else if (star != SIZE_MAX) {
			p = star;
			at = ++star_at;
		} else {
			return false;
		}
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

/* ---- whole paths --------------------------------------------------------------- */

static struct str first_part(struct str path, struct str *rest)
{
	size_t slash = str_find(path, '/');
	*rest = str_from(path, slash + 1);
	return str_head(path, slash);
}

static bool is_hidden(struct str part)
{
	return part.n && part.p[0] == '.';
}

static bool match_path(struct str pattern, struct str path)
{
	struct str after_stars = STR_NONE, stars_path = STR_NONE;
	for (;;) {
		struct str pattern_rest, path_rest, want = first_part(pattern, &pattern_rest);
		if (path.n == 0 && pattern.n == 0)
			return true;
		if (str_equal(want, STR("**"))) {
			if (pattern_rest.n == 0 && path.n == 0)
				return true;
			after_stars = pattern = pattern_rest;
			stars_path = path;
			if (pattern.n == 0 && path.n)
				pattern = after_stars = STR("*");
			continue;
		}
		struct str part = first_part(path, &path_rest);
		if (path.n && pattern.n && match_part(want, part)) {
			pattern = pattern_rest;
			path = path_rest;
			continue;
		}
		/* "**" takes one part more. */
		if (!after_stars.p || stars_path.n == 0 || is_hidden(first_part(stars_path, &path_rest)))
			return false;
		stars_path = path = path_rest;
		pattern = after_stars;
	}
}

bool patterns_match(const struct patterns *patterns, struct str folder)
{
	bool matched = false;
	for (size_t i = 0; i < patterns->list.n; i++) {
		const struct pattern *pattern = &patterns->list.v[i];
		if ((matched && !pattern->negated) || !match_path(pattern->text, folder))
			continue;
		if (pattern->negated)
			return false;
		matched = true;
	}
	return matched;
}

/* ---- reading -------------------------------------------------------------------- */

/* The first "{a,b}" with a comma: its bounds; false when there is none. */
static bool find_braces(struct str text, size_t *open, size_t *close)
{
	size_t depth = 0;
	bool comma = false;
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '{' && depth++ == 0) {
			*open = i;
			comma = false;
		} else if (text.p[i] == ',' && depth == 1) {
			comma = true;
		} else if (text.p[i] == '}' && depth && --depth == 0 && comma) {
			*close = i;
			return true;
		}
	}
	return false;
}

static enum status add_pattern(struct patterns *patterns, struct str text, bool negated, struct error *err);

/* Behind the end of the alternative that begins at `at`. */
static size_t alternative_end(struct str text, size_t at, size_t close)
{
	size_t depth = 0;
	for (; at < close; at++) {
		if (text.p[at] == ',' && depth == 0)
			break;
		depth += text.p[at] == '{';
		depth -= text.p[at] == '}' && depth;
	}
	return at;
}

static enum status too_many(struct error *err)
{
	return error_set(err, STATUS_LIMIT, "\"workspaces\" lists more than %d patterns", LIMIT_WORKSPACE_PATTERNS);
}

/* One brace after the other is spelled out, breadth first: `pending` grows while it is walked. */
static enum status add_spelled_out(struct patterns *patterns, struct str text, bool negated, struct error *err)
{
	VEC(struct str) pending = { 0 };
	struct str *first = vec_add(patterns->arena, &pending);
	if (!first)
		return error_memory(err);
	*first = text;
	for (size_t i = 0; i < pending.n; i++) {
		size_t open = 0, close = 0;
		struct str one = pending.v[i];
		if (!find_braces(one, &open, &close)) {
			enum status status = add_pattern(patterns, one, negated, err);
			if (status)
				return status;
			continue;
		}
		for (size_t at = open + 1, end; at <= close; at = end + 1) {
			end = alternative_end(one, at, close);
			struct str *more = pending.n < LIMIT_WORKSPACE_PATTERNS ? vec_add(patterns->arena, &pending) : NULL;
			if (!more)
				return pending.n < LIMIT_WORKSPACE_PATTERNS ? error_memory(err) : too_many(err);
			*more = arena_printf(patterns->arena, "%.*s%.*s%.*s", (int)open, one.p, (int)(end - at), one.p + at,
					     STR_ARG(str_from(one, close + 1)));
			if (!more->p)
				return error_memory(err);
		}
	}
	return STATUS_OK;
}

/* A pattern that stands behind a negated one and names what that takes out lifts it. */
static void lift_negated(struct patterns *patterns, struct str text)
{
	size_t kept = 0;
	for (size_t i = 0; i < patterns->list.n; i++) {
		struct pattern pattern = patterns->list.v[i];
		if (!pattern.negated || !match_path(pattern.text, text))
			patterns->list.v[kept++] = pattern;
	}
	patterns->list.n = kept;
}

static enum status add_pattern(struct patterns *patterns, struct str text, bool negated, struct error *err)
{
	while (text.n > 1 && text.p[text.n - 1] == '/')
		text.n--;
	if (!negated)
		lift_negated(patterns, text);
	if (patterns->list.n >= LIMIT_WORKSPACE_PATTERNS)
		return too_many(err);
	struct pattern *pattern = vec_add(patterns->arena, &patterns->list);
	if (!pattern)
		return error_memory(err);
	*pattern = (struct pattern){ text, negated };
	return STATUS_OK;
}

static enum status read_pattern(struct patterns *patterns, const struct json *item, struct error *err)
{
	if (!json_is(item, JSON_STRING))
		return error_at(err, STATUS_INVALID, item->line, item->column, "a workspace pattern is %s, expected a string", json_type_name(item->type));
	if (item->text.n > LIMIT_LOCATION_BYTES)
		return error_at(err, STATUS_LIMIT, item->line, item->column, "this pattern is longer than %d bytes", LIMIT_LOCATION_BYTES);
	struct str text = item->text;
	bool negated = false;
	for (; str_starts_with(text, STR("!")); text = str_from(text, 1))
		negated = !negated;
	if (str_starts_with(text, STR("./")))
		text = str_from(text, 1);
	while (str_starts_with(text, STR("/")))
		text = str_from(text, 1);
	return add_spelled_out(patterns, text, negated, err);
}

enum status patterns_read(const struct json *workspaces, struct arena *arena, struct patterns **out, struct error *err)
{
	struct patterns *patterns = arena_alloc(arena, sizeof *patterns);
	if (!patterns)
		return error_memory(err);
	patterns->arena = arena;
	if (json_is(workspaces, JSON_OBJECT))
		workspaces = json_find(workspaces, "packages");
	if (workspaces && !json_is(workspaces, JSON_ARRAY))
		return error_at(err, STATUS_INVALID, workspaces->line, workspaces->column, "\"workspaces\" is %s, expected an array",
				json_type_name(workspaces->type));
	json_each(item, workspaces) {
		enum status status = read_pattern(patterns, item, err);
		if (status)
			return status;
	}
	*out = patterns;
	return STATUS_OK;
}
