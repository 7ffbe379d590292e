/*
 * Which files a patch touches: what stands behind "--- ", "+++ ", "rename from" and "rename to", and, where a file has none of these (a mode, an
 * empty file), in git's own line of it. Lines inside of a hunk are counted and not looked at, so that none of them passes for a name.
 */
#include "assay/limits.h"
#include "installed/private.h"

struct reader {
	struct patch *patch;
	struct arena *arena;
	uint64_t removed, added; /* lines that the hunk at hand still has */
	bool named;              /* the file at hand was named by more than git's line */
	struct str both;         /* of git's line: the one name that stands in it twice */
	bool out_of_memory;
};

/* ---- names -------------------------------------------------------------------------------------- */

static size_t read_escape(struct str text, struct buf *out)
{
	static const char letters[] = "abtnvfr\"\\", bytes[] = "\a\b\t\n\v\f\r\"\\";
	unsigned value = 0;
	size_t n = 0;
	for (; n < 3 && n < text.n && text.p[n] >= '0' && text.p[n] <= '7'; n++)
		value = value * 8 + (unsigned)(text.p[n] - '0');
	const char *letter = text.n && text.p[0] ? strchr(letters, text.p[0]) : NULL;
	if (n == 3)
		buf_add_char(out, (char)(unsigned char)value);
	else if (letter)
		buf_add_char(out, bytes[letter - letters]);
	return n == 3 ? 3 : 1;
}

/* As git writes a name with bytes that are not plain; *end is where it ends in `text`. */
static struct str unquote(struct str text, struct arena *arena, size_t *end)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_TARBALL_PATH);
	size_t i = 1;
	while (i < text.n && text.p[i] != '"') {
		if (text.p[i] == '\\') {
			i += 1 + read_escape(str_from(text, i + 1), &out);
			continue;
		}
		buf_add_char(&out, text.p[i++]);
	}
	*end = i + 1;
	return out.failed ? STR("") : arena_copy(arena, buf_str(&out));
}

/* The name up to a tab, behind which some tools write a date. */
static struct str name_of(struct reader *reader, struct str text)
{
	size_t end;
	if (!str_starts_with(text, STR("\"")))
		return str_head(text, str_find(text, '\t'));
	struct str name = unquote(text, reader->arena, &end);
	reader->out_of_memory |= !name.p;
	return name;
}

/* Below the package's folder; STR_NONE: outside of it. */
static struct str inside(const struct patch *patch, struct str path)
{
	if (!str_starts_with(path, patch->prefix))
		return STR_NONE;
	return str_from(path, patch->prefix.n);
}

static void add_path(struct reader *reader, struct str path)
{
	struct patch *patch = reader->patch;
	path = inside(patch, path);
	if (!path.n || patch->problem.n)
		return;
	struct str copy = arena_copy(reader->arena, path);
	if (!copy.p || !map_set(patch->paths, copy, 1))
		reader->out_of_memory = true;
	else if (map_count(patch->paths) > LIMIT_PATCH_NAMES)
		patch->problem = STR("it touches more files than are read of a patch");
}

/* "a/lib/x.js" and "b/lib/x.js" name lib/x.js. */
static void add_prefixed(struct reader *reader, struct str name)
{
	if (str_equal_z(name, "/dev/null"))
		return;
	reader->named = true;
	add_path(reader, str_from(name, str_find(name, '/') + 1));
}

/* "a/X b/X", quoted or not: X, where both are the same; else the lines that follow tell. */
static struct str name_in_both(struct reader *reader, struct str text)
{
	size_t end;
	if (str_starts_with(text, STR("\""))) {
		struct str name = unquote(text, reader->arena, &end);
		reader->out_of_memory |= !name.p;
		return str_from(name, 2);
	}
	if (text.n < 5 || text.n % 2 == 0)
		return STR_NONE;
	const size_t half = text.n / 2;
	struct str name = { text.p + 2, half - 2 };
	return memcmp(name.p, text.p + half + 3, name.n) == 0 ? name : STR_NONE;
}

/* ---- lines -------------------------------------------------------------------------------------- */

static void end_file(struct reader *reader)
{
	if (!reader->named && reader->both.n)
		add_path(reader, reader->both);
	reader->named = false;
	reader->both = STR_NONE;
}

/* ",3" gives 3, "" gives 1. */
static uint64_t read_count(struct str *text)
{
	uint64_t count = 1;
	size_t digits = 0;
	*text = str_from(*text, str_starts_with(*text, STR(",")) ? 1 : 0);
	while (digits < text->n && ascii_is_digit((unsigned char)text->p[digits]))
		digits++;
	if (digits && !str_to_u64(str_head(*text, digits), &count))
		count = 0;
	*text = str_from(*text, digits);
	return count;
}

/* "@@ -1,3 +1,4 @@". */
static void begin_hunk(struct reader *reader, struct str line)
{
	uint64_t *const counts[] = { &reader->removed, &reader->added };
	for (size_t i = 0; i < 2; i++) {
		line = str_from(line, str_find(line, i ? '+' : '-') + 1);
		size_t digits = 0;
		while (digits < line.n && ascii_is_digit((unsigned char)line.p[digits]))
			digits++;
		line = str_from(line, digits);
		*counts[i] = str_starts_with(line, STR(",")) ? read_count(&line) : 1;
	}
}

/* True: the line belongs to a hunk. */
static bool take_hunk_line(struct reader *reader, struct str line)
{
	char kind = line.n ? line.p[0] : ' ';
	if ((!reader->removed && !reader->added) || (kind != ' ' && kind != '+' && kind != '-' && kind != '\\'))
		return false;
	reader->removed -= (kind == ' ' || kind == '-') && reader->removed;
	reader->added -= (kind == ' ' || kind == '+') && reader->added;
	return true;
}

static void take_line(struct reader *reader, struct str line)
{
	static const struct {
		struct str begins;
		bool prefixed;
	} names[] = {
		{ { "--- ", 4 }, true },
		{ { "+++ ", 4 }, true },
		{ { "rename from ", 12 }, false },
		{ { "rename to ", 10 }, false },
	};
	if (take_hunk_line(reader, line))
		return;
	reader->removed = reader->added = 0;
	if (str_starts_with(line, STR("@@ "))) {
		begin_hunk(reader, line);
		return;
	}
	if (str_starts_with(line, STR("diff --git "))) {
		end_file(reader);
		reader->both = name_in_both(reader, str_from(line, 11));
	}
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (!str_starts_with(line, names[i].begins))
			continue;
		struct str name = name_of(reader, str_from(line, names[i].begins.n));
		if (names[i].prefixed)
			add_prefixed(reader, name);
		else
			add_path(reader, name);
		reader->named = true;
	}
}

bool patch_read_text(struct str text, struct arena *arena, struct patch *patch)
{
	struct reader reader = { .patch = patch, .arena = arena };
	struct str line;
	while (!reader.out_of_memory && str_split(&text, '\n', &line)) {
		if (str_ends_with(line, STR("\r")))
			line = str_head(line, line.n - 1);
		take_line(&reader, line);
	}
	end_file(&reader);
	return !reader.out_of_memory;
}
