/*
 * CODEOWNERS: lines of a pattern and the owners of what it fits; the last line that fits counts. Patterns are those of a .gitignore without "!" and
 * "[…]"; GitLab's sections ("[Docs] @lee") give the owners of lines that name none.
 */
#include "assay/limits.h"
#include "fleet/look.h"

static const char *const places[] = { ".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS" };

struct owned {
	struct str *segments; /* of the pattern; "**" stands for any number */
	size_t count;
	struct str owners;
};
struct owners {
	VEC(struct owned) lines;
};

bool owners_is_file(const char *path)
{
	for (size_t i = 0; i < sizeof places / sizeof *places; i++)
		if (strcmp(path, places[i]) == 0)
			return true;
	return false;
}

/* False: more than there is room for. */
static bool split_path(struct str path, struct str *out, size_t room, size_t *count)
{
	struct str part;
	*count = 0;
	while (str_split(&path, '/', &part)) {
		if (!part.n)
			continue;
		if (*count == room)
			return false;
		out[(*count)++] = part;
	}
	return true;
}

/* A pattern without a slash, but for one at its end, fits at any depth; what fits a folder fits all below it. */
static enum status add_line(struct owners *owners, struct arena *arena, struct str pattern, struct str who, struct error *err)
{
	struct str parts[LIMIT_OWNERS_PARTS];
	size_t slash = str_find(pattern, '/'), n, k = 0;
	if (!split_path(pattern, parts, LIMIT_OWNERS_PARTS, &n))
		return error_set(err, STATUS_LIMIT, "a pattern of more than %d names", LIMIT_OWNERS_PARTS);
	bool anchored = slash + 1 < pattern.n;
	struct owned *line = vec_add(arena, &owners->lines);
	if (!line || !(line->segments = arena_array(arena, n + 2, sizeof *line->segments)))
		return error_memory(err);
	if (!anchored)
		line->segments[k++] = STR("**");
	for (size_t i = 0; i < n; i++)
		line->segments[k++] = parts[i];
	bool all_below = n && !str_equal(parts[n - 1], STR("**")) && !str_equal(parts[n - 1], STR("*"));
	if (all_below || (n == 1 && !anchored))
		line->segments[k++] = STR("**");
	line->count = k;
	line->owners = who;
	return STATUS_OK;
}

/* The pattern ends at the first blank that no backslash stands before. */
static struct str take_pattern(struct str *rest)
{
	size_t n = 0;
	while (n < rest->n && !(ascii_is_blank((unsigned char)rest->p[n]) && (n == 0 || rest->p[n - 1] != '\\')))
		n++;
	struct str pattern = str_head(*rest, n);
	*rest = str_trim(str_from(*rest, n));
	return pattern;
}

static struct str without_comment(struct str text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] == '#' && (i == 0 || ascii_is_blank((unsigned char)text.p[i - 1])))
			return str_trim(str_head(text, i));
	return str_trim(text);
}

static bool is_section(struct str line, struct str *owners)
{
	if (!str_starts_with(line, STR("[")) && !str_starts_with(line, STR("^[")))
		return false;
	size_t end = str_find_last(line, ']');
	*owners = str_trim(str_from(line, end + 1));
	return true;
}

static enum status parse(struct str text, struct arena *arena, struct owners *out, struct error *err)
{
	struct str line, section = STR_NONE;
	for (unsigned number = 1; str_split(&text, '\n', &line); number++) {
		line = without_comment(line);
		if (!line.n || is_section(line, &section))
			continue;
		struct str pattern = take_pattern(&line);
		if (pattern.n && add_line(out, arena, pattern, line.n ? line : section, err))
			return error_wrap(err, "line %u", number);
	}
	return STATUS_OK;
}

enum status owners_read(const char *folder, struct arena *arena, struct owners **out, struct error *err)
{
	*out = NULL;
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct str text;
		const char *path = path_join(arena, folder, places[i]);
		if (!path)
			return error_memory(err);
		enum status status = file_read(path, LIMIT_CONFIG_BYTES, arena, &text, err);
		if (status == STATUS_NOT_FOUND)
			continue;
		if (status)
			return status;
		struct owners *owners = arena_alloc(arena, sizeof *owners);
		status = owners ? parse(text, arena, owners, err) : error_memory(err);
		if (status)
			return error_wrap(err, "%s", places[i]);
		*out = owners;
		return STATUS_OK;
	}
	return STATUS_OK;
}

struct fitting {
	const struct owned *line;
	const struct str *path;
};

static bool is_star(const void *context, size_t pattern)
{
	return str_equal(((const struct fitting *)context)->line->segments[pattern], STR("**"));
}

static bool fits(const void *context, size_t pattern, size_t item)
{
	const struct fitting *fitting = context;
	return glob_matches(fitting->line->segments[pattern], fitting->path[item]);
}

struct str owners_of(const struct owners *owners, struct str path, struct arena *arena)
{
	struct str *parts = arena_array(arena, path.n + 1, sizeof *parts);
	size_t n;
	if (!parts || !split_path(path, parts, path.n + 1, &n))
		return STR_NONE;
	for (size_t i = owners ? owners->lines.n : 0; i > 0; i--) {
		const struct fitting fitting = { &owners->lines.v[i - 1], parts };
		const struct sequence sequence = { fitting.line->count, n, is_star, fits, &fitting };
		if (sequence_matches(&sequence))
			return fitting.line->owners.n ? arena_copy(arena, fitting.line->owners) : STR_NONE;
	}
	return STR_NONE;
}
