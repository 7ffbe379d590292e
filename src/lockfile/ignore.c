/*
 * .gitignore, as the manual page gitignore(5) has it and as git decides where that is silent. The last pattern of a
 * file that matches decides; a file nearer to the path goes before one further out. A pattern without a slash before
 * its end is about names, any other about paths from the file's folder.
 *
 * Matching keeps one place to come back to for '*' and one for '**': no more than length times length, whatever the
 * pattern.
 */
#include "assay/limits.h"
#include "lockfile/ignore.h"

struct pattern {
	struct str text;
	size_t literal; /* how much of it, from its start, holds no special character */
	bool negated, folders_only, by_name;
};

struct ignore_rules {
	const struct ignore_rules *outer;
	struct arena *arena;
	struct str base;
	VEC(struct pattern) patterns;
	size_t outer_count;
};

/* ---- one byte ----------------------------------------------------------------------- */

/* Of the bytes in "[…]": what it holds, as pairs of first and last byte. */
static const struct named_class {
	struct str name;
	const char *ranges;
} named_classes[] = {
#define CLASS(name, ranges) \
	{ \
		{ name, sizeof name - 1 }, ranges \
	}
	CLASS("alnum", "09AZaz"),   CLASS("alpha", "AZaz"),       CLASS("blank", "  \t\t"), CLASS("cntrl", "\1\x1f\x7f\x7f"),
	CLASS("digit", "09"),       CLASS("graph", "!~"),         CLASS("lower", "az"),     CLASS("print", " ~"),
	CLASS("punct", "!/:@[`{~"), CLASS("space", "\t\n\r\r  "), CLASS("upper", "AZ"),     CLASS("xdigit", "09AFaf"),
#undef CLASS
};

struct class_reader {
	struct str pattern;
	size_t at;
	unsigned char asked;
	unsigned char low; /* what a range may begin with; 0: nothing */
	bool holds;
};

/* "[:alpha:]" at reader->at. False where there is no such name. */
static bool read_named(struct class_reader *reader, struct str name)
{
	for (size_t i = 0; i < sizeof named_classes / sizeof *named_classes; i++) {
		if (!str_equal(named_classes[i].name, name))
			continue;
		for (const char *range = named_classes[i].ranges; *range; range += 2)
			reader->holds |= reader->asked >= (unsigned char)range[0] && reader->asked <= (unsigned char)range[1];
		reader->low = 0;
		reader->at += name.n + strlen("[::]");
		return true;
	}
	return false;
}

/* One byte, or the one behind a backslash; false where the pattern ends. */
static bool read_class_byte(struct class_reader *reader, unsigned char *out)
{
	if (reader->at < reader->pattern.n && reader->pattern.p[reader->at] == '\\')
		reader->at++;
	if (reader->at >= reader->pattern.n)
		return false;
	*out = (unsigned char)reader->pattern.p[reader->at++];
	return true;
}

static bool read_class_item(struct class_reader *reader)
{
	struct str rest = str_from(reader->pattern, reader->at);
	unsigned char byte;
	if (str_starts_with(rest, STR("-")) && reader->low && rest.n > 1 && rest.p[1] != ']') {
		reader->at++;
		if (!read_class_byte(reader, &byte))
			return false;
		reader->holds |= reader->asked >= reader->low && reader->asked <= byte;
		reader->low = 0;
		return true;
	}
	if (str_starts_with(rest, STR("[:"))) {
		struct str name = str_from(rest, 2);
		size_t end = str_find(name, ']');
		if (end == name.n)
			return false;
		if (end && name.p[end - 1] == ':')
			return read_named(reader, str_head(name, end - 1));
	}
	if (!read_class_byte(reader, &byte))
		return false;
	reader->low = byte;
	reader->holds |= reader->asked == byte;
	return true;
}

/* "[…]" at *at; one that never ends, or names what is no class, takes nothing. */
static bool class_takes(struct str pattern, size_t *at, unsigned char c)
{
	struct class_reader reader = { .pattern = pattern, .at = *at + 1, .asked = c };
	bool inverted = reader.at < pattern.n && (pattern.p[reader.at] == '!' || pattern.p[reader.at] == '^');
	reader.at += inverted;
	for (size_t first = reader.at; reader.at < pattern.n;) {
		if (pattern.p[reader.at] == ']' && reader.at > first)
			break;
		if (!read_class_item(&reader))
			return false;
	}
	if (reader.at >= pattern.n)
		return false;
	*at = reader.at + 1;
	return reader.holds != inverted && c != '/';
}

/* Does what stands at *at take this byte? Moves behind it when it does. */
static bool takes_byte(struct str pattern, size_t *at, char c)
{
	if (*at >= pattern.n)
		return false;
	if (pattern.p[*at] == '[')
		return class_takes(pattern, at, (unsigned char)c);
	if (pattern.p[*at] == '?') {
		++*at;
		return c != '/';
	}
	size_t literal = *at + (pattern.p[*at] == '\\');
	if (literal >= pattern.n || pattern.p[literal] != c)
		return false;
	*at = literal + 1;
	return true;
}

/* ---- one text ----------------------------------------------------------------------- */

/* `star` and `deep` are where to go on in pattern and text when what follows a wildcard did not match. */
struct matcher {
	struct str pattern, text;
	size_t p, t;
	struct place {
		size_t p, t;
	} star, deep;
};

/* "**" between slashes takes any number of folders, none included; anywhere else it is a '*'. True when it takes all that
 * is left. */
static bool take_stars(struct matcher *m)
{
	size_t first = m->p;
	while (m->p < m->pattern.n && m->pattern.p[m->p] == '*')
		m->p++;
	struct str rest = str_from(m->pattern, m->p);
	bool deep = m->p - first > 1 && (first == 0 || m->pattern.p[first - 1] == '/');
	if (deep && rest.n == 0)
		return true;
	if (deep && str_starts_with(rest, STR("/")))
		m->deep = (struct place){ ++m->p, m->t };
	else if (deep && str_starts_with(rest, STR("\\/")))
		m->deep = (struct place){ m->p + 2, m->t };
	else
		m->star = (struct place){ m->p, m->t };
	return false;
}

static bool step_back(struct matcher *m)
{
	if (m->star.p != SIZE_MAX && m->star.t < m->text.n && m->text.p[m->star.t] != '/') {
		m->t = ++m->star.t;
		m->p = m->star.p;
		return true;
	}
	m->star.p = SIZE_MAX;
	size_t slash = m->deep.p == SIZE_MAX ? m->text.n : m->deep.t + str_find(str_from(m->text, m->deep.t), '/');
	if (slash >= m->text.n)
		return false;
	m->t = m->deep.t = slash + 1;
	m->p = m->deep.p;
	return true;
}

static bool match_text(struct str pattern, struct str text)
{
	struct matcher m = { pattern, text, 0, 0, { SIZE_MAX, 0 }, { SIZE_MAX, 0 } };
	for (;;) {
		if (m.p < pattern.n && pattern.p[m.p] == '*') {
			if (take_stars(&m))
				return true;
		} else if (m.p == pattern.n && m.t == text.n) {
			return true;
		} else if (m.t < text.n && takes_byte(pattern, &m.p, text.p[m.t])) {
			m.t++;
		} else if (!step_back(&m)) {
			return false;
		}
	}
}

/* What stands before the first special character is compared as it is; so for git a "**" behind it stands at a start. */
static bool match_pattern(const struct pattern *pattern, struct str text)
{
	size_t n = pattern->literal;
	if (text.n < n || (n && memcmp(text.p, pattern->text.p, n) != 0))
		return false;
	if (n == pattern->text.n)
		return text.n == n;
	return match_text(str_from(pattern->text, n), str_from(text, n));
}

/* ---- files of patterns ---------------------------------------------------------------- */

struct ignore_rules *ignore_new(struct str base, const struct ignore_rules *outer, struct arena *arena)
{
	struct ignore_rules *rules = arena_alloc(arena, sizeof *rules);
	if (!rules)
		return NULL;
	rules->outer = outer;
	rules->arena = arena;
	rules->base = base;
	rules->outer_count = outer ? outer->outer_count + outer->patterns.n : 0;
	return rules;
}

static size_t literal_length(struct str text)
{
	size_t n = 0;
	while (n < text.n && text.p[n] && !strchr("*?[\\", text.p[n]))
		n++;
	return n;
}

enum status ignore_add_pattern(struct ignore_rules *rules, struct str text, struct error *err)
{
	struct pattern pattern = { .negated = str_starts_with(text, STR("!")) };
	text = str_from(text, pattern.negated);
	pattern.folders_only = str_ends_with(text, STR("/"));
	text = str_head(text, text.n - pattern.folders_only);
	pattern.by_name = str_find(text, '/') == text.n;
	pattern.text = str_starts_with(text, STR("/")) ? str_from(text, 1) : text;
	pattern.literal = literal_length(pattern.text);
	if (pattern.text.n == 0)
		return STATUS_OK;
	if (rules->outer_count + rules->patterns.n >= LIMIT_IGNORE_PATTERNS)
		return error_set(err, STATUS_LIMIT, "more than %d patterns", LIMIT_IGNORE_PATTERNS);
	struct pattern *added = vec_add(rules->arena, &rules->patterns);
	if (!added)
		return error_memory(err);
	*added = pattern;
	return STATUS_OK;
}

/* Without the spaces at the end, except one behind a backslash. */
static struct str trim_spaces(struct str line)
{
	size_t n = 0;
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '\\')
			i++;
		else if (line.p[i] == ' ')
			continue;
		n = i < line.n ? i + 1 : line.n;
	}
	bool escape_ends_it = n == line.n;
	return escape_ends_it ? line : str_head(line, n);
}

enum status ignore_add_file(struct ignore_rules *rules, struct str text, struct error *err)
{
	struct str line;
	if (str_starts_with(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	while (str_split(&text, '\n', &line)) {
		if (str_ends_with(line, STR("\r")))
			line.n--;
		line = str_head(line, str_find(line, '\0'));
		if (line.n == 0 || line.p[0] == '#')
			continue;
		enum status status = ignore_add_pattern(rules, trim_spaces(line), err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

/* ---- the decision ----------------------------------------------------------------------- */

/* The last pattern of this file that matches. */
static const struct pattern *find_pattern(const struct ignore_rules *rules, struct str path, bool is_folder)
{
	struct str inside = path;
	if (rules->base.n) {
		if (!str_starts_with(path, rules->base) || path.n <= rules->base.n || path.p[rules->base.n] != '/')
			return NULL;
		inside = str_from(path, rules->base.n + 1);
	}
	size_t slash = str_find_last(inside, '/');
	struct str name = slash == inside.n ? inside : str_from(inside, slash + 1);
	for (size_t i = rules->patterns.n; i-- > 0;) {
		const struct pattern *pattern = &rules->patterns.v[i];
		if (pattern->folders_only && !is_folder)
			continue;
		if (match_pattern(pattern, pattern->by_name ? name : inside))
			return pattern;
	}
	return NULL;
}

bool ignore_excludes(const struct ignore_rules *rules, struct str path, bool is_folder)
{
	for (; rules; rules = rules->outer) {
		const struct pattern *pattern = find_pattern(rules, path, is_folder);
		if (pattern)
			return !pattern->negated;
	}
	return false;
}

enum status ignore_new_of_globs(const char *const *globs, struct arena *arena, const struct ignore_rules **out, struct error *err)
{
	struct ignore_rules *rules = ignore_new(STR(""), NULL, arena);
	if (!rules)
		return error_memory(err);
	enum status status = STATUS_OK;
	for (; globs && *globs && !status; globs++)
		status = ignore_add_pattern(rules, str_of(*globs), err);
	*out = rules;
	return status;
}
