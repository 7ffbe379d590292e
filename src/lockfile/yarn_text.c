/*
 * yarn classic's text format. It looks like YAML and is not: two blanks for each level, three levels, quotes as in JSON, `key value`
 * without a colon, several keys before one.
 *
 *   "@s/a@^1.0.0", "@s/a@^1.2.0":
 *     version "1.2.0"
 *     dependencies:
 *       b "^2.0.0"
 *
 * Read word by word, nothing is kept. What yarn itself never writes (deeper levels, words behind a value) is refused, for a line that is passed over is a
 * dependency that is not seen.
 */
#include "lockfile/refuse.h"
#include "lockfile/yarn.h"

enum { FEW_MEMBERS = 16 };

static uint32_t column_of(const struct yarn_text *r)
{
	return (uint32_t)(r->line.p - r->line_start + 1);
}

static enum status malformed(struct yarn_text *r, const char *problem)
{
	return error_at(r->err, STATUS_INVALID, r->number, column_of(r), "%s", problem);
}

static void skip(struct yarn_text *r, size_t n)
{
	r->line = str_from(r->line, n);
}

static bool stands_here(const struct yarn_text *r, char c)
{
	return r->line.n && *r->line.p == c;
}

/* From a byte of the line on, and beyond: what ends words ends with the line at the latest, and many bytes are looked at at once. */
static struct str view_from(const struct yarn_text *r, size_t at)
{
	const char *p = r->line.p + at;
	return (struct str){ p, (size_t)(r->text.p + r->text.n - p) };
}

/* ---- words -------------------------------------------------------------------------- */

/* Escapes are JSON's, and are left to its reader. */
static enum status unescape(struct yarn_text *r, struct str quoted, struct str *out)
{
	struct json *json;
	struct error problem = { 0 };
	enum status status = json_parse(quoted, 0, r->scratch, &json, NULL, &problem);
	if (status == STATUS_MEMORY)
		return error_memory(r->err);
	if (status)
		return malformed(r, "a quoted text with an escape that is none");
	*out = arena_copy(r->arena, json->text);
	arena_reset(r->scratch);
	return out->p ? STATUS_OK : error_memory(r->err);
}

static enum status read_quoted(struct yarn_text *r, struct str *out)
{
	size_t end = 1;
	bool escapes = false;
	for (;; end++) {
		end += str_plain_length(view_from(r, end));
		if (end >= r->line.n || r->line.p[end] == '"')
			break;
		if ((unsigned char)r->line.p[end] < ' ')
			return malformed(r, "a control byte in a quoted text");
		if (r->line.p[end] == '\\' && end + 1 < r->line.n) {
			escapes = true;
			end++;
		}
	}
	if (end >= r->line.n)
		return malformed(r, "a quoted text that does not end");
	*out = (struct str){ r->line.p + 1, end - 1 };
	enum status status = escapes ? unescape(r, str_head(r->line, end + 1), out) : STATUS_OK;
	skip(r, end + 1);
	return status;
}

static enum status read_word(struct yarn_text *r, struct str *out)
{
	if (stands_here(r, '"'))
		return read_quoted(r, out);
	size_t end = str_word_length(view_from(r, 0), ",:\"");
	if (end == 0)
		return malformed(r, "expected a word or a quoted text");
	*out = str_head(r->line, end);
	skip(r, end);
	return STATUS_OK;
}

/* ---- members that stand twice ---------------------------------------------------------- */

static void open_level(struct yarn_level *level)
{
	level->names.n = 0;
	level->owner++;
}

static enum status check_new(struct yarn_text *r, struct yarn_level *level, const struct yarn_token *member)
{
	size_t owner = 0;
	/* Nearly every one has few: to compare costs less than to remember. */
	for (size_t i = 0; i < level->names.n && level->names.n <= FEW_MEMBERS; i++)
		if (str_equal(level->names.v[i], member->key))
			owner = level->owner;
	for (size_t i = 0; i < level->names.n && level->names.n == FEW_MEMBERS; i++)
		if (!map_set(level->owners, level->names.v[i], level->owner))
			return error_memory(r->err);
	if (level->names.n > FEW_MEMBERS)
		map_find(level->owners, member->key, &owner);
	if (owner == level->owner)
		return refuse_line(r->err, member->line, member->column, member->key, "stands twice in one entry");
	struct str *name = vec_add(r->names, &level->names);
	if (!name || (level->names.n > FEW_MEMBERS && !map_set(level->owners, member->key, level->owner)))
		return error_memory(r->err);
	*name = member->key;
	return STATUS_OK;
}

/* ---- lines -------------------------------------------------------------------------- */

/* One of the descriptors before an entry. */
static enum status read_descriptor(struct yarn_text *r, enum yarn_token_kind kind, struct yarn_token *out)
{
	*out = (struct yarn_token){ .kind = kind, .line = r->number, .column = column_of(r) };
	enum status status = read_word(r, &out->key);
	if (status)
		return status;
	if (r->line.n == 1 && stands_here(r, ':')) {
		skip(r, 1);
		return STATUS_OK;
	}
	if (!stands_here(r, ','))
		return malformed(r, "expected \",\" and another descriptor, or \":\" at the end");
	skip(r, 1);
	while (stands_here(r, ' '))
		skip(r, 1);
	return r->line.n ? STATUS_OK : malformed(r, "expected a word or a quoted text");
}

/* `name value`, or `name:` where a section may begin. */
static enum status read_member(struct yarn_text *r, enum yarn_token_kind kind, struct yarn_token *out)
{
	bool inner = kind == YARN_DEPENDENCY;
	*out = (struct yarn_token){ .kind = kind, .line = r->number, .column = column_of(r) };
	enum status status = read_word(r, &out->key);
	if (status || (status = check_new(r, &r->levels[inner], out)))
		return status;
	if (!inner && r->line.n == 1 && stands_here(r, ':')) {
		skip(r, 1);
		r->in_section = true;
		open_level(&r->levels[1]);
		out->kind = YARN_SECTION;
		return STATUS_OK;
	}
	if (!stands_here(r, ' '))
		return malformed(r, inner ? "expected a blank and a value" : "expected a blank and a value, or \":\"");
	skip(r, 1);
	out->value_column = column_of(r);
	status = read_word(r, &out->value);
	return status || !r->line.n ? status : malformed(r, "expected the end of the line behind the value");
}

static enum status read_line(struct yarn_text *r, size_t indent, struct yarn_token *out)
{
	if (indent == 0) {
		r->in_entry = true;
		r->in_section = false;
		open_level(&r->levels[0]);
		return read_descriptor(r, YARN_ENTRY, out);
	}
	if (indent == 2 && r->in_entry) {
		r->in_section = false;
		return read_member(r, YARN_MEMBER, out);
	}
	if (indent == 4 && r->in_section)
		return read_member(r, YARN_DEPENDENCY, out);
	return malformed(r, "indented by other than 0, 2 (in an entry) or 4 blanks (in a section)");
}

/* To the next line that says something; false: there is none. */
static bool next_line(struct yarn_text *r, size_t *indent)
{
	while (str_split(&r->rest, '\n', &r->line)) {
		r->number++;
		r->line_start = r->line.p;
		if (str_ends_with(r->line, STR("\r")))
			r->line.n--;
		for (*indent = 0; stands_here(r, ' '); ++*indent)
			skip(r, 1);
		if (r->line.n && *r->line.p != '#')
			return true;
	}
	return false;
}

enum status yarn_text_next(struct yarn_text *r, struct yarn_token *out)
{
	size_t indent;
	enum status status = STATUS_OK;
	if (r->line.n) /* only an entry's first line leaves anything */
		status = read_descriptor(r, YARN_DESCRIPTOR, out);
	else if (next_line(r, &indent))
		status = read_line(r, indent, out);
	else
		*out = (struct yarn_token){ .kind = YARN_END };
	return status ? error_name_conflict(r->err, status, r->text) : STATUS_OK;
}

/* The line that is none. */
static enum status refuse_bytes(struct str text, struct error *err)
{
	struct str line;
	uint32_t number = 1;
	while (str_split(&text, '\n', &line) && utf8_is_valid(line))
		number++;
	return error_at(err, STATUS_INVALID, number, 1, "this line is not valid UTF-8");
}

enum status yarn_text_open(struct yarn_text *r, struct str bytes, struct arena *arena, struct error *err)
{
	*r = (struct yarn_text){ .text = bytes, .arena = arena, .err = err };
	r->names = arena_new(0);
	r->scratch = arena_new(0);
	for (size_t i = 0; i < 2; i++)
		if (!r->names || !r->scratch || !(r->levels[i].owners = map_new(r->names, 8)))
			return error_memory(err);
	if (!utf8_is_valid(bytes))
		return refuse_bytes(bytes, err);
	r->rest = str_from(bytes, str_starts_with(bytes, STR("\xef\xbb\xbf")) ? 3 : 0);
	return STATUS_OK;
}

void yarn_text_close(struct yarn_text *r)
{
	arena_free(r->names);
	arena_free(r->scratch);
}
