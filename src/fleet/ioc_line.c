/*
 * A line that is no row of a table: "name@1.0.0", "name@1.0.0 || 2.0.0, other@3.0.0", "name: 1.0.0, 1.0.1", "name (1.0.0)", "- `name` v1.0.0",
 * "name,1.0.0,sha512-…,what happened", a package URL, a digest. It is cut at commas, semicolons and bars; each piece begins with a
 * name, or goes on with versions of the one before. Words behind what was understood are prose.
 */
#include "assay/limits.h"
#include "fleet/ioc.h"

struct free_line {
	struct ioc *ioc;
	struct str name;      /* whose versions are read */
	bool spelled;         /* some name of this line came as name@…: then a single word is one, too */
	struct buf versions;  /* of it, a range's words joined by blanks, one after the other by newlines */
	size_t finds;         /* versions, digests, advisories */
	VEC(struct str) bare; /* names that no version follows */
	const char *why;
};

static bool is_blank(unsigned char c)
{
	return ascii_is_blank(c) || strchr("()[]{}\"'`", c);
}

/* The next word of `rest`, without the marks that stand around words. */
static bool next_word(struct str *rest, struct str *word)
{
	while (rest->n && is_blank((unsigned char)rest->p[0]))
		*rest = str_from(*rest, 1);
	size_t n = 0;
	while (n < rest->n && !is_blank((unsigned char)rest->p[n]))
		n++;
	*word = str_head(*rest, n);
	*rest = str_from(*rest, n);
	struct digest digest;
	while (word->n > 1 && strchr(":=", word->p[word->n - 1]) && !ioc_digest(*word, &digest))
		word->n--;
	return n > 0;
}

static enum status flush(struct free_line *line)
{
	struct str rest = buf_str(&line->versions), text;
	enum status status = buf_ok(&line->versions, line->ioc->err);
	bool some = rest.n > 0;
	while (!status && rest.n && str_split(&rest, '\n', &text))
		status = text.n ? ioc_add_version_text(line->ioc, line->name, text, &line->finds) : STATUS_OK;
	buf_clear(&line->versions);
	if (!status && line->name.n && !some) {
		struct str *added = vec_add(line->ioc->scratch, &line->bare);
		if (!added)
			return error_memory(line->ioc->err);
		*added = line->name;
	}
	line->name = STR_NONE;
	return status;
}

static void add_version(struct free_line *line, struct str word, bool begins)
{
	if (line->versions.n)
		buf_add_char(&line->versions, begins ? '\n' : ' ');
	buf_add(&line->versions, word);
}

/* "v1.0.0", "version 1.0.0", "= 1.0.0": words that may stand between a name and its version. */
static bool is_between(struct str word)
{
	static const char *const words[] = { "version", "versions", "v", "at", ":", "=", "==", "-", "\xe2\x80\x93", "\xe2\x80\x94", "->" };
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (text_equals_any_case(word, str_of(words[i])))
			return true;
	return false;
}

/* A word that says all by itself. *taken says so. */
static enum status take_address(struct free_line *line, struct str word, bool *taken)
{
	struct ioc *ioc = line->ioc;
	struct digest digest;
	struct str name, version;
	*taken = true;
	if (ioc_digest(word, &digest))
		return STATUS_OK;
	if (who_is_advisory_id(word) && !line->name.n) {
		struct str *added = vec_add(ioc->arena, &ioc->advisories);
		if (added)
			*added = arena_copy(ioc->arena, word);
		line->finds++;
		return added && added->p ? STATUS_OK : error_memory(ioc->err);
	}
	*taken = ioc_address(word, ioc->scratch, &name, &version);
	if (!*taken)
		return STATUS_OK;
	enum status status = flush(line);
	line->name = name;
	line->spelled = true;
	if (version.n)
		add_version(line, version, true);
	return status;
}

/* Wherever they stand in the piece. */
static enum status take_digests(struct free_line *line, struct str rest, size_t *count)
{
	enum status status = STATUS_OK;
	struct digest digest;
	struct str word;
	while (!status && next_word(&rest, &word)) {
		if (!ioc_digest(word, &digest))
			continue;
		status = ioc_add_digest(line->ioc, &digest);
		line->finds++;
		++*count;
	}
	return status;
}

/* The versions that follow in this piece, one range. */
static void take_versions(struct free_line *line, struct str rest, bool begins)
{
	struct str word;
	bool alone = begins;
	while (next_word(&rest, &word)) {
		if (line->versions.n == 0 && is_between(word))
			continue;
		if (str_equal_z(word, "and") || str_equal_z(word, "or") || str_equal_z(word, "&")) {
			alone = true;
			continue;
		}
		if (!ioc_is_version_word(word, false))
			return;
		add_version(line, word, alone);
		alone = false;
	}
}

/* The first word that does not merely stand between. */
static struct str next_telling(struct str rest)
{
	struct str word;
	while (next_word(&rest, &word))
		if (!is_between(word))
			return word;
	return STR_NONE;
}

/* What was said before this piece was said whole; it goes on with what happened, unless it names a release, or is spelled as names are. */
static bool is_prose(const struct free_line *line, struct str word, struct str rest)
{
	bool spelled = str_find(str_from(word, 1), '@') + 1 < word.n;
	if ((!line->finds && !line->versions.n) || spelled || ioc_is_version_word(next_telling(rest), false))
		return false;
	return !line->spelled || str_trim(rest).n;
}

static enum status take_name(struct free_line *line, struct str word, struct str rest)
{
	size_t at = str_find(str_from(word, 1), '@') + 1;
	struct str name = str_head(word, at), version = str_from(word, at + 1);
	struct str next = next_telling(rest);
	bool follows = ioc_is_version_word(next, false);
	if (!ioc_is_name(name) || (version.n && !ioc_is_version_word(version, true)) || (at == word.n && next.n && !follows)) {
		line->why = ioc_is_url(word) ? "an address, not a package" : "neither a package with a version nor a digest";
		return flush(line);
	}
	enum status status = flush(line);
	line->name = name;
	line->spelled |= at < word.n;
	if (version.n)
		add_version(line, version, true);
	take_versions(line, rest, version.n == 0);
	return status;
}

static enum status read_piece(struct free_line *line, struct str piece)
{
	struct str rest = piece, word;
	size_t digests = 0;
	bool taken;
	enum status status = take_digests(line, piece, &digests);
	if (status || !next_word(&rest, &word))
		return status;
	status = take_address(line, word, &taken);
	if (!status && taken && line->name.n)
		take_versions(line, rest, false);
	if (status || taken)
		return status;
	if (line->name.n && ioc_is_version_word(word, line->spelled)) {
		take_versions(line, piece, true);
		return STATUS_OK;
	}
	struct digest digest;
	bool file = ioc_digest(next_telling(rest), &digest) && str_find(str_from(word, 1), '@') + 1 == word.n; /* "bundle.js <digest>" */
	return file || is_prose(line, word, rest) ? STATUS_OK : take_name(line, word, rest);
}

/* "- ", "* ", "1. ", "[ ] " before what is listed. */
static struct str without_bullet(struct str line)
{
	static const char *const bullets[] = { "- ", "* ", "+ ", "\xe2\x80\xa2 ", "[ ] ", "[x] ", "> " };
	for (size_t i = 0; i < sizeof bullets / sizeof *bullets; i++)
		if (str_starts_with(line, str_of(bullets[i])))
			line = str_trim(str_from(line, strlen(bullets[i])));
	size_t digits = 0;
	while (digits < line.n && ascii_is_digit((unsigned char)line.p[digits]))
		digits++;
	if (digits && digits < 6 && digits + 1 < line.n && strchr(".)", line.p[digits]) && line.p[digits + 1] == ' ')
		line = str_trim(str_from(line, digits + 2));
	return line;
}

/* "[axios](https://…) v1.14.1" gives "axios v1.14.1". */
static struct str without_link(struct str line, struct arena *arena)
{
	size_t middle = str_find_str(line, STR("](")), end = middle + str_find(str_from(line, middle), ')');
	if (!line.n || line.p[0] != '[' || middle == line.n || end >= line.n)
		return line;
	struct str text = arena_printf(arena, "%.*s%.*s", STR_ARG(str_from(str_head(line, middle), 1)), STR_ARG(str_from(line, end + 1)));
	return text.p ? text : line;
}

static enum status note_rest(struct free_line *line)
{
	enum status status = STATUS_OK;
	for (size_t i = 0; i < line->bare.n && !status; i++)
		if (!line->finds || line->spelled)
			status = ioc_add_bare_name(line->ioc, line->bare.v[i]);
	if (!status && !line->finds && !line->bare.n)
		status = ioc_not_understood(line->ioc, line->why);
	return status;
}

enum status ioc_read_line(struct ioc *ioc, struct str text)
{
	struct free_line line = { .ioc = ioc };
	enum status status = STATUS_OK;
	buf_init(&line.versions, LIMIT_IOC_LINE_BYTES * 2);
	text = without_link(without_bullet(str_trim(text)), ioc->scratch);
	size_t from = 0;
	for (size_t i = 0; i <= text.n && !status; i++) {
		bool bar = i < text.n && text.p[i] == '|';
		bool ors = bar && i + 1 < text.n && text.p[i + 1] == '|';
		if (i < text.n && !bar && !strchr(",;", text.p[i]))
			continue;
		status = read_piece(&line, str_head(str_from(text, from), i - from));
		i += ors;
		from = i + 1;
	}
	if (!status)
		status = flush(&line);
	if (!status)
		status = note_rest(&line);
	buf_fini(&line.versions);
	return status;
}
