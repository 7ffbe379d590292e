/*
 * npm's package `ini` (version 6): lines, "[section]", "key = value", quotes that hold JSON, ';' and '#', "key[]".
 * Only what stands before the first section is a setting of npm's, and there is no way back out of one.
 */
#include "assay/json.h"
#include "assay/npmrc.h"
#include "ini.h"

/* ECMAScript's WhiteSpace and LineTerminator. */
static bool is_space(uint32_t c)
{
	static const uint32_t wide[] = { 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff };
	for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
		if (c == wide[i])
			return true;
	return (c < 0x80 && ascii_is_blank((unsigned char)c)) || (c >= 0x2000 && c <= 0x200a);
}

static struct str trim_start(struct str s)
{
	uint32_t code;
	for (size_t n; (n = utf8_next(s, &code)) && is_space(code);)
		s = str_from(s, n);
	return s;
}

static struct str trim_end(struct str s)
{
	while (s.n) {
		size_t start = s.n - 1;
		uint32_t code;
		while (start && s.n - start < 4 && ((unsigned char)s.p[start] & 0xc0) == 0x80)
			start--;
		if (utf8_next(str_from(s, start), &code) != s.n - start || !is_space(code))
			break;
		s.n = start;
	}
	return s;
}

struct str ini_trim(struct str s)
{
	return trim_end(trim_start(s));
}

/* What stands in quotes is JSON where it can be: in double ones a text, in single ones anything. */
static struct ini_value read_quoted(struct str quoted, struct arena *arena)
{
	static const enum ini_kind kinds[] = {
		[JSON_NULL] = INI_NULL,   [JSON_FALSE] = INI_FALSE, [JSON_TRUE] = INI_TRUE,    [JSON_NUMBER] = INI_NUMBER,
		[JSON_STRING] = INI_TEXT, [JSON_ARRAY] = INI_OTHER, [JSON_OBJECT] = INI_OTHER,
	};
	struct json *json = NULL;
	struct str inner = quoted;
	if (quoted.p[0] == '\'')
		inner = str_head(str_from(quoted, 1), quoted.n > 1 ? quoted.n - 2 : 0);
	if (json_parse(inner, 0, arena, &json, NULL, NULL) != STATUS_OK)
		return (struct ini_value){ INI_TEXT, inner };
	enum ini_kind kind = kinds[json->type];
	struct str text = kind == INI_TEXT ? json_text(json) : ini_trim(inner);
	return (struct ini_value){ kind, text.n ? text : STR("") };
}

/* Up to a comment; a backslash protects itself, ';' and '#', and stays before anything else. */
static struct ini_value read_bare(struct str raw, struct arena *arena)
{
	char *out = arena_alloc(arena, raw.n + 1);
	size_t n = 0;
	if (!out)
		return (struct ini_value){ INI_TEXT, STR_NONE };
	for (size_t i = 0; i < raw.n && raw.p[i] != ';' && raw.p[i] != '#'; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n) {
			if (!memchr("\\;#", raw.p[i + 1], 3))
				out[n++] = '\\';
			i++;
		}
		out[n++] = raw.p[i];
	}
	return (struct ini_value){ INI_TEXT, ini_trim((struct str){ out, n }) };
}

/* .text.p is NULL only when out of memory. */
static struct ini_value read_value(struct str raw, struct arena *arena)
{
	raw = ini_trim(raw);
	char last = raw.n ? raw.p[raw.n - 1] : '\0';
	bool quoted = raw.n && raw.p[0] == last && (last == '"' || last == '\'');
	struct ini_value value = quoted ? read_quoted(raw, arena) : read_bare(raw, arena);
	static const struct {
		const char *text;
		enum ini_kind kind;
	} words[] = { { "true", INI_TRUE }, { "false", INI_FALSE }, { "null", INI_NULL } };
	for (size_t i = 0; i < sizeof words / sizeof *words && value.kind == INI_TEXT; i++)
		if (str_equal_z(value.text, words[i].text))
			value.kind = words[i].kind;
	return value;
}

static bool is_section(struct str line)
{
	size_t end = str_find(line, ']');
	return line.p[0] == '[' && end != line.n && ini_trim(str_from(line, end + 1)).n == 0;
}

/* False: out of memory. */
static bool read_line(struct ini *ini, struct str line, uint32_t number, struct arena *arena)
{
	size_t equals = str_find(line, '=');
	if (equals == 0)
		return true;
	struct str key = read_value(str_head(line, equals), arena).text;
	struct ini_value value = { INI_TRUE, STR("true") };
	if (equals != line.n)
		value = read_value(str_from(line, equals + 1), arena);
	struct ini_entry *entry = key.p && value.text.p ? vec_add(arena, &ini->entries) : NULL;
	if (!entry)
		return false;
	bool element = key.n > 2 && str_ends_with(key, STR("[]"));
	*entry = (struct ini_entry){ element ? str_head(key, key.n - 2) : key, value, element, number };
	return true;
}

enum status ini_read(struct str text, struct arena *arena, struct ini *out, struct error *err)
{
	struct str row, line;
	*out = (struct ini){ 0 };
	for (uint32_t number = 1; str_split(&text, '\n', &row); number++) {
		while (str_split(&row, '\r', &line)) {
			struct str start = ini_trim(line);
			if (start.n == 0 || start.p[0] == ';' || start.p[0] == '#')
				continue;
			if (is_section(line))
				return STATUS_OK;
			if (!read_line(out, line, number, arena))
				return error_memory(err);
		}
	}
	return STATUS_OK;
}

enum status npmrc_read_lines(struct str text, struct arena *arena, struct npmrc_line **out, size_t *count, struct error *err)
{
	struct ini ini;
	enum status status = ini_read(text, arena, &ini, err);
	struct npmrc_line *lines = status ? NULL : arena_array(arena, ini.entries.n, sizeof *lines);
	if (!lines)
		return status ? status : error_memory(err);
	for (size_t i = 0; i < ini.entries.n; i++)
		lines[i] = (struct npmrc_line){ ini.entries.v[i].key, ini.entries.v[i].value.text, ini.entries.v[i].line };
	*out = lines;
	*count = ini.entries.n;
	return STATUS_OK;
}
