/*
 * Patterns: '*' in names and ids, '**' in paths, npm ranges behind '@'. One loop matches both kinds. It goes back only to
 * the last star, which is enough: whatever an earlier star could take, the last one can give back. So the work
 * is at most pattern times text, whatever the pattern.
 */
#include "assay/semver.h"
#include "policy/model.h"

struct sequence {
	size_t patterns, items;
	bool (*is_star)(const void *context, size_t pattern);
	bool (*fits)(const void *context, size_t pattern, size_t item);
	const void *context;
};

static bool sequence_matches(const struct sequence *s)
{
	size_t pattern = 0, item = 0, star = SIZE_MAX, taken = 0;
	while (item < s->items) {
		if (pattern < s->patterns && s->is_star(s->context, pattern)) {
			star = pattern++;
			taken = item;
		} else if (pattern < s->patterns && s->fits(s->context, pattern, item)) {
			pattern++;
			item++;
		} else if (star != SIZE_MAX) {
			pattern = star + 1;
			item = ++taken;
		} else {
			return false;
		}
	}
	while (pattern < s->patterns && s->is_star(s->context, pattern))
		pattern++;
	return pattern == s->patterns;
}

struct glob {
	struct str pattern, text;
};

static bool is_star(const void *context, size_t pattern)
{
	const struct glob *glob = context;
	return glob->pattern.p[pattern] == '*';
}

static bool byte_fits(const void *context, size_t pattern, size_t item)
{
	const struct glob *glob = context;
	return glob->pattern.p[pattern] == glob->text.p[item];
}

static bool letter_fits(const void *context, size_t pattern, size_t item)
{
	const struct glob *glob = context;
	return ascii_lower((unsigned char)glob->pattern.p[pattern]) == ascii_lower((unsigned char)glob->text.p[item]);
}

bool glob_matches(struct str pattern, struct str text)
{
	const struct glob glob = { pattern, text };
	return sequence_matches(&(struct sequence){ pattern.n, text.n, is_star, byte_fits, &glob });
}

bool glob_matches_any_case(struct str pattern, struct str text)
{
	const struct glob glob = { pattern, text };
	return sequence_matches(&(struct sequence){ pattern.n, text.n, is_star, letter_fits, &glob });
}

bool text_equals_any_case(struct str a, struct str b)
{
	const struct glob glob = { a, b };
	size_t i = 0;
	while (i < a.n && i < b.n && letter_fits(&glob, i, i))
		i++;
	return i == a.n && i == b.n;
}

/* ---- packages -------------------------------------------------------------------- */

/* Pre-releases inside a range match, as they do for advisories and for npm audit. */
enum { RANGE_FLAGS = SEMVER_LOOSE | SEMVER_INCLUDE_PRERELEASE };

enum status package_pattern_read(const struct reader *reader, const struct json *value, struct str text,
				 struct package_pattern *out)
{
	struct package_pattern pattern = { .name = text };
	/* The '@' of a scope comes first; the range's may not. */
	size_t at = text.n ? 1 + str_find(str_from(text, 1), '@') : 0;
	if (at < text.n) {
		struct str range = str_trim(str_from(text, at + 1));
		struct error why;
		pattern.name = str_head(text, at);
		if (range.n == 0)
			return reader_fail(reader, place_of(value), "no range stands behind '@' in \"%s\"",
					   reader_quote(reader, text));
		enum status status = semver_range_parse(range, RANGE_FLAGS, reader->arena, &pattern.range, &why);
		if (status == STATUS_MEMORY)
			return error_memory(reader->err);
		if (status)
			return reader_fail(reader, place_of(value),
					   "\"%s\" is no range of versions as npm writes them (\"<4.17.21\", \"^2\")",
					   reader_quote(reader, range));
	}
	pattern.name = str_trim(pattern.name);
	if (pattern.name.n == 0 || str_equal_z(pattern.name, "@"))
		return reader_fail(reader, place_of(value),
				   "\"%s\" names no package; expected \"name\" or \"name@range\"",
				   reader_quote(reader, text));
	*out = pattern;
	return STATUS_OK;
}

bool package_pattern_matches(const struct package_pattern *pattern, const struct package *package)
{
	struct semver version;
	if (!glob_matches(pattern->name, package->name))
		return false;
	if (!pattern->range)
		return true;
	return semver_parse(package->version, RANGE_FLAGS, &version) && semver_range_matches(pattern->range, &version);
}

/* ---- paths ----------------------------------------------------------------------- */

/* Takes the text before the next " > " off `rest`. A '>' without blanks around it may belong to a range ("a@>=2"). */
static bool next_segment(struct str *rest, struct str *part)
{
	if (!rest->p)
		return false;
	size_t at = str_find_str(*rest, STR(" > "));
	*part = str_trim(str_head(*rest, at));
	*rest = at < rest->n ? str_from(*rest, at + 3) : STR_NONE;
	return true;
}

static enum status read_segment(const struct reader *reader, const struct json *value, struct str text,
				struct path_segment *out)
{
	if (text.n == 0)
		return reader_fail(reader, place_of(value),
				   "a segment of the path is empty; expected \"name > name > **\"");
	out->any_number = str_equal_z(text, "**");
	if (out->any_number)
		return STATUS_OK;
	enum status status = package_pattern_read(reader, value, text, &out->package);
	if (status)
		return status;
	if (str_find(out->package.name, '>') < out->package.name.n)
		return reader_fail(reader, place_of(value), "\"%s\" needs a blank on both sides of '>'",
				   reader_quote(reader, text));
	return STATUS_OK;
}

enum status path_pattern_read(const struct reader *reader, const struct json *value, struct path_pattern *out)
{
	struct path_pattern path = { .segments = { NULL, 0, 0 } };
	struct str rest = value->text, part;
	while (next_segment(&rest, &part)) {
		struct path_segment *segment = vec_add(reader->arena, &path.segments);
		if (!segment)
			return error_memory(reader->err);
		enum status status = read_segment(reader, value, part, segment);
		if (status)
			return status;
	}
	*out = path;
	return STATUS_OK;
}

struct path_match {
	const struct path_pattern *pattern;
	const struct tree *tree;
	const struct tree_path *path;
};

static bool segment_is_star(const void *context, size_t pattern)
{
	const struct path_match *match = context;
	return match->pattern->segments.v[pattern].any_number;
}

static bool segment_fits(const void *context, size_t pattern, size_t item)
{
	const struct path_match *match = context;
	/* "." is the project itself, which need not have a name. */
	if (item == 0 && str_equal_z(match->pattern->segments.v[pattern].package.name, "."))
		return true;
	return package_pattern_matches(&match->pattern->segments.v[pattern].package,
				       &match->tree->packages[match->path->packages[item]]);
}

bool path_pattern_matches(const struct path_pattern *pattern, const struct tree *tree, const struct tree_path *path)
{
	const struct path_match match = { pattern, tree, path };
	return sequence_matches(
		&(struct sequence){ pattern->segments.n, path->length, segment_is_star, segment_fits, &match });
}
