/*
 * yarn classic's text format. It looks like YAML and is not: two blanks for each level, three levels, quotes as in JSON, `key value`
 * without a colon, several keys before one.
 *
 *   "@s/a@^1.0.0", "@s/a@^1.2.0":
 *     version "1.2.0"
 *     dependencies:
 *       b "^2.0.0"
 *
 * Read line by line. What yarn itself never writes (deeper levels, words behind a value) is refused, for a line that is passed over is a
 * dependency that is not seen.
 */
#include "lockfile/refuse.h"
#include "lockfile/yarn.h"

enum { FEW_MEMBERS = 16 };

/* In which entry, and in which section, a member's name was seen last. Only of those with many members. */
struct seen {
	const struct json *owner[2];
};

struct text_reader {
	struct arena *arena, *names, *scratch; /* scratch: emptied after each use */
	struct error *err;
	struct map *numbers; /* of names */
	VEC(struct seen) seen;
	struct str line;        /* what is left of it */
	const char *line_start;
	uint32_t number;
	bool ends_word[256]; /* of a word without quotes */
	struct json *entries, *entry, *section; /* `entry`: the object of members */
	struct json **entry_end, **member_end, **section_end;
};

static uint32_t column_of(const struct text_reader *r)
{
	return (uint32_t)(r->line.p - r->line_start + 1);
}

static enum status malformed(struct text_reader *r, const char *problem)
{
	return error_at(r->err, STATUS_INVALID, r->number, column_of(r), "%s", problem);
}

static void skip(struct text_reader *r, size_t n)
{
	r->line = str_from(r->line, n);
}

static bool stands_here(const struct text_reader *r, char c)
{
	return r->line.n && *r->line.p == c;
}

/* ---- words -------------------------------------------------------------------------- */

/* Escapes are JSON's, and are left to its reader. */
static enum status unescape(struct text_reader *r, struct str quoted, struct str *out)
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

static enum status read_quoted(struct text_reader *r, struct str *out)
{
	size_t end = 1;
	bool escapes = false;
	for (;; end++) {
		end += str_plain_length(str_from(r->line, end));
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

static enum status read_word(struct text_reader *r, struct str *out)
{
	size_t end = 0;
	if (stands_here(r, '"'))
		return read_quoted(r, out);
	while (end < r->line.n && !r->ends_word[(unsigned char)r->line.p[end]])
		end++;
	if (end == 0)
		return malformed(r, "expected a word or a quoted text");
	*out = str_head(r->line, end);
	skip(r, end);
	return STATUS_OK;
}

/* ---- nodes -------------------------------------------------------------------------- */

static struct json *add_node(struct text_reader *r, struct json *parent, struct json ***end, enum json_type type)
{
	struct json *node = arena_alloc(r->arena, sizeof *node);
	if (!node) {
		error_memory(r->err);
		return NULL;
	}
	*node = (struct json){ .type = type, .line = r->number, .column = column_of(r) };
	**end = node;
	*end = &node->next;
	parent->count++;
	return node;
}

static struct seen *find_seen(struct text_reader *r, struct str name)
{
	size_t number;
	return map_find(r->numbers, name, &number) ? &r->seen.v[number] : NULL;
}

/* False: out of memory. */
static bool see(struct text_reader *r, const struct json *owner, bool inner, const struct json *member)
{
	struct seen *seen = find_seen(r, member->key);
	if (!seen && map_set(r->numbers, member->key, r->seen.n))
		seen = vec_add(r->names, &r->seen);
	if (seen)
		seen->owner[inner] = owner;
	return seen;
}

static enum status check_new(struct text_reader *r, const struct json *owner, bool inner, const struct json *member)
{
	/* Nearly every one has few: to compare costs less than to remember. */
	if (owner->count <= FEW_MEMBERS) {
		for (const struct json *other = owner->child; other != member; other = other->next)
			if (str_equal(other->key, member->key))
				return refuse(r->err, member, member->key, "stands twice in one entry");
		return STATUS_OK;
	}
	if (owner->count == FEW_MEMBERS + 1)
		for (const struct json *other = owner->child; other != member; other = other->next)
			if (!see(r, owner, inner, other))
				return error_memory(r->err);
	const struct seen *seen = find_seen(r, member->key);
	if (seen && seen->owner[inner] == owner)
		return refuse(r->err, member, member->key, "stands twice in one entry");
	return see(r, owner, inner, member) ? STATUS_OK : error_memory(r->err);
}

/* ---- lines -------------------------------------------------------------------------- */

static enum status open_entry(struct text_reader *r)
{
	struct json *pair = add_node(r, r->entries, &r->entry_end, JSON_ARRAY);
	if (!pair)
		return r->err->status;
	struct json **pair_end = &pair->child;
	struct json *keys = add_node(r, pair, &pair_end, JSON_ARRAY);
	struct json **key_end = keys ? &keys->child : NULL;
	r->entry = keys ? add_node(r, pair, &pair_end, JSON_OBJECT) : NULL;
	if (!r->entry)
		return r->err->status;
	r->member_end = &r->entry->child;
	r->section = NULL;
	for (;;) {
		struct json *key = add_node(r, keys, &key_end, JSON_STRING);
		enum status status = key ? read_word(r, &key->text) : r->err->status;
		if (status)
			return status;
		if (r->line.n == 1 && stands_here(r, ':'))
			return STATUS_OK;
		if (!stands_here(r, ','))
			return malformed(r, "expected \",\" and another descriptor, or \":\" at the end");
		skip(r, 1);
		while (stands_here(r, ' '))
			skip(r, 1);
	}
}

/* `name value`, or `name:` where a section may begin. */
static enum status read_member(struct text_reader *r, struct json *owner, struct json ***end)
{
	bool inner = owner != r->entry;
	struct json *member = add_node(r, owner, end, JSON_STRING);
	enum status status = member ? read_word(r, &member->key) : r->err->status;
	if (status)
		return status;
	member->key_line = r->number;
	member->key_column = member->column;
	status = check_new(r, owner, inner, member);
	if (status)
		return status;
	if (!inner && r->line.n == 1 && stands_here(r, ':')) {
		member->type = JSON_OBJECT;
		r->section = member;
		r->section_end = &member->child;
		return STATUS_OK;
	}
	if (!stands_here(r, ' '))
		return malformed(r, inner ? "expected a blank and a value" : "expected a blank and a value, or \":\"");
	skip(r, 1);
	member->column = column_of(r);
	member->line = r->number;
	status = read_word(r, &member->text);
	return status || !r->line.n ? status : malformed(r, "expected the end of the line behind the value");
}

static enum status read_line(struct text_reader *r)
{
	if (str_ends_with(r->line, STR("\r")))
		r->line.n--;
	size_t indent = 0;
	while (indent < r->line.n && r->line.p[indent] == ' ')
		indent++;
	if (indent == r->line.n || r->line.p[indent] == '#')
		return STATUS_OK;
	skip(r, indent);
	if (indent == 0)
		return open_entry(r);
	if (indent == 2 && r->entry) {
		r->section = NULL;
		return read_member(r, r->entry, &r->member_end);
	}
	if (indent == 4 && r->section)
		return read_member(r, r->section, &r->section_end);
	return malformed(r, "indented by other than 0, 2 (in an entry) or 4 blanks (in a section)");
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

enum status yarn_text_parse(struct str text, struct arena *arena, struct json **out, struct error *err)
{
	CLEANUP(arena_cleanup) struct arena *names = arena_new(0);
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct text_reader r = { .arena = arena, .names = names, .scratch = scratch, .err = err };
	struct json *entries = arena_alloc(arena, sizeof *entries);
	if (!names || !scratch || !entries || !(r.numbers = map_new(names, 64)))
		return error_memory(err);
	if (!utf8_is_valid(text))
		return refuse_bytes(text, err);
	struct str rest = str_from(text, str_starts_with(text, STR("\xef\xbb\xbf")) ? 3 : 0);
	for (size_t c = 0; c <= ' '; c++)
		r.ends_word[c] = true;
	r.ends_word[','] = r.ends_word[':'] = r.ends_word['"'] = true;
	*entries = (struct json){ .type = JSON_ARRAY, .line = 1, .column = 1 };
	r.entries = entries;
	r.entry_end = &entries->child;
	enum status status = STATUS_OK;
	while (!status && str_split(&rest, '\n', &r.line)) {
		r.number++;
		r.line_start = r.line.p;
		status = read_line(&r);
	}
	if (status)
		return error_name_conflict(err, status, text);
	*out = entries;
	return STATUS_OK;
}
