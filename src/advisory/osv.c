/*
 * One OSV record (https://ossf.github.io/osv-schema/) to what is kept of it.
 *
 * What is needed must be there and well-formed, else the record is broken and says where; what is not known is passed over, so that newer
 * schema versions can be read. Ranges of type GIT are about commits and never decide about a version. npm's order of versions is the
 * order of both SEMVER and ECOSYSTEM ranges.
 */
#include <stdlib.h>

#include "advisory/osv.h"
#include "assay/limits.h"

enum { TITLE_MAX = 200, SUMMARY_MAX = 500 };

enum status osv_broken(const struct osv_reader *r, const struct json *at, const char *what)
{
	return at ? error_at(r->err, STATUS_INVALID, at->line, at->column, "%s", what) : error_set(r->err, STATUS_INVALID, "%s", what);
}

enum status osv_broken_text(const struct osv_reader *r, const struct json *at, const char *what)
{
	CLEANUP(buf_fini) struct buf text = BUF_INIT(1024);
	buf_add_visible(&text, str_head(at->text, 100));
	return error_at(r->err, STATUS_INVALID, at->line, at->column, "%s: \"%.*s\"", what, STR_ARG(buf_str(&text)));
}

/* ---- who it is: id, aliases, dates, title ------------------------------------- */

/* Ids become parts of URLs, of waivers and of fingerprints. */
bool osv_id_is_valid(struct str id)
{
	for (size_t i = 0; i < id.n; i++) {
		unsigned char c = (unsigned char)id.p[i];
		bool plain = ascii_is_alpha(c) || ascii_is_digit(c);
		if (!plain && (i == 0 || (c != '-' && c != '_' && c != '.' && c != ':')))
			return false;
	}
	return id.n > 0 && id.n <= LIMIT_ADVISORY_ID_BYTES;
}

static int compare_texts(const void *a, const void *b)
{
	return str_compare(*(const struct str *)a, *(const struct str *)b);
}

static enum status read_aliases(const struct osv_reader *r, const struct json *list, struct advisory *out)
{
	if (!list || json_is(list, JSON_NULL))
		return STATUS_OK;
	if (!json_is(list, JSON_ARRAY))
		return osv_broken(r, list, "\"aliases\" is not an array");
	struct str *aliases = arena_array(r->arena, list->count, sizeof *aliases);
	if (!aliases)
		return error_memory(r->err);
	size_t n = 0, kept = 0;
	json_each(item, list) {
		if (!osv_id_is_valid(json_text(item)))
			return osv_broken_text(r, item, "an alias is no id");
		if (!str_equal(item->text, out->id))
			aliases[n++] = item->text;
	}
	if (n)
		qsort(aliases, n, sizeof *aliases, compare_texts);
	for (size_t i = 0; i < n; i++)
		if (i == 0 || !str_equal(aliases[i], aliases[i - 1]))
			aliases[kept++] = aliases[i];
	out->aliases = aliases;
	out->alias_count = kept;
	return STATUS_OK;
}

static enum status read_date(const struct osv_reader *r, const struct json *record, const char *key, int64_t *out)
{
	const struct json *date = json_find(record, key);
	*out = DATE_NONE;
	if (!date || json_is(date, JSON_NULL) || date_parse(json_text(date), out))
		return STATUS_OK;
	if (date->type != JSON_STRING)
		return error_at(r->err, STATUS_INVALID, date->line, date->column, "\"%s\" is %s, expected a date", key, json_type_name(date->type));
	return osv_broken_text(r, date, "this is no date");
}

/* At most `max` code points. */
static struct str cut(struct str text, size_t max)
{
	size_t at = 0;
	uint32_t code;
	for (size_t n = 0; n < max && at < text.n; n++) {
		size_t length = utf8_next(str_from(text, at), &code);
		at += length ? length : 1;
	}
	return str_head(text, at);
}

/* The first line that says something. */
static struct str first_line(struct str text, size_t max)
{
	struct str line;
	while (str_split(&text, '\n', &line)) {
		line = str_trim(line);
		if (line.n)
			return cut(line, max);
	}
	return STR_NONE;
}

static struct str read_title(const struct json *record, struct str id)
{
	struct str title = first_line(json_find_text(record, "summary"), SUMMARY_MAX);
	if (title.n == 0)
		title = first_line(json_find_text(record, "details"), TITLE_MAX);
	return title.n ? title : id;
}

static bool is_malware(const struct json *record, struct str id)
{
	const struct json *origins = json_find(json_find(record, "database_specific"), "malicious-packages-origins");
	return str_starts_with(id, STR("MAL-")) || (origins && origins->type != JSON_NULL);
}

struct str osv_url(struct str id, struct arena *arena)
{
	bool github = str_starts_with(id, STR("GHSA-"));
	return arena_printf(arena, "%s%.*s", github ? "https://github.com/advisories/" : "https://osv.dev/vulnerability/", STR_ARG(id));
}

static enum status read_head(const struct osv_reader *r, const struct json *record, struct advisory *out)
{
	const struct json *id = json_find(record, "id");
	if (!json_is(id, JSON_STRING))
		return osv_broken(r, record, "no OSV record: it has no \"id\"");
	if (!osv_id_is_valid(id->text))
		return osv_broken_text(r, id, "this id has odd characters, or more than 128");
	out->id = id->text;
	out->epss = -1;
	static const char *const keys[] = { "modified", "published", "withdrawn" };
	int64_t *const dates[] = { &out->modified, &out->published, &out->withdrawn };
	for (size_t i = 0; i < 3; i++) {
		enum status status = read_date(r, record, keys[i], dates[i]);
		if (status)
			return status;
	}
	if (out->modified == DATE_NONE)
		return osv_broken(r, record, "it has no \"modified\" date");
	out->title = read_title(record, out->id);
	out->url = osv_url(out->id, r->arena);
	out->malware = is_malware(record, out->id);
	severity_read(record, out);
	if (!out->url.p)
		return error_memory(r->err);
	return read_aliases(r, json_find(record, "aliases"), out);
}

enum status osv_read(struct str text, struct arena *arena, struct osv_record *out, struct error *err)
{
	struct osv_reader reader = { arena, err };
	struct osv_record record = { 0 };
	struct json *json;
	enum status status = json_parse(text, 0, arena, &json, NULL, err);
	if (status)
		return status;
	if (!json_is(json, JSON_OBJECT))
		return osv_broken(&reader, json, "no OSV record: not an object");
	status = read_head(&reader, json, &record.advisory);
	if (!status)
		status = osv_read_affected(&reader, json, &record);
	if (status)
		return status;
	*out = record;
	return STATUS_OK;
}
