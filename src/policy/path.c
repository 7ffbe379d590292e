/* Paths of packages as patterns: a package pattern for each step, '**' for any number of them. */
#include "policy/model.h"

/* Puts the reason of package_pattern_parse where the policy says it. */
enum status package_pattern_read(const struct reader *reader, const struct json *value, struct str text, struct package_pattern *out)
{
	struct error why = { 0 };
	enum status status = package_pattern_parse(text, reader->arena, out, &why);
	if (status == STATUS_MEMORY)
		return error_memory(reader->err);
	return status ? reader_fail(reader, place_of(value), "%s", why.text) : STATUS_OK;
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

static enum status read_segment(const struct reader *reader, const struct json *value, struct str text, struct path_segment *out)
{
	if (text.n == 0)
		return reader_fail(reader, place_of(value), "a segment of the path is empty; expected \"name > name > **\"");
	out->any_number = str_equal_z(text, "**");
	if (out->any_number)
		return STATUS_OK;
	enum status status = package_pattern_read(reader, value, text, &out->package);
	if (status)
		return status;
	if (str_find(out->package.name, '>') < out->package.name.n)
		return reader_fail(reader, place_of(value), "\"%s\" needs a blank on both sides of '>'", reader_quote(reader, text));
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
	return package_pattern_matches(&match->pattern->segments.v[pattern].package, &match->tree->packages[match->path->packages[item]]);
}

bool path_pattern_matches(const struct path_pattern *pattern, const struct tree *tree, const struct tree_path *path)
{
	const struct path_match match = { pattern, tree, path };
	return sequence_matches(&(struct sequence){ pattern->segments.n, path->length, segment_is_star, segment_fits, &match });
}
