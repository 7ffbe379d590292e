/*
 * What both yarns' readers do alike.
 */
#include "assay/limits.h"
#include "lockfile/manifest.h"
#include "lockfile/npm.h"
#include "lockfile/refuse.h"
#include "lockfile/yarn.h"

/* ---- descriptors ---------------------------------------------------------------------- */

void yarn_split(struct str descriptor, struct str *name, struct str *range)
{
	size_t at = descriptor.n ? 1 + str_find(str_from(descriptor, 1), '@') : 0; /* a scope's own '@' leads */
	*name = str_head(descriptor, at);
	*range = str_from(descriptor, at + 1);
}

bool yarn_alias_target(struct str range, struct str *real)
{
	struct str name, version;
	if (!str_starts_with(range, STR("npm:")))
		return false;
	yarn_split(str_from(range, strlen("npm:")), &name, &version);
	bool scoped = str_starts_with(name, STR("@")) && str_find(name, '/') < name.n;
	bool plain = name.n && (ascii_is_alpha((unsigned char)name.p[0]) || version.n);
	if (!scoped && !plain)
		return false;
	*real = name;
	return true;
}

enum status yarn_add_descriptor(struct yarn_reader *reader, uint32_t line, uint32_t column, struct str descriptor, uint32_t hash, uint32_t package)
{
	size_t before, count = map_count(reader->descriptors);
	if (!map_add_hashed(reader->descriptors, descriptor, hash, package, &before))
		return error_memory(reader->err);
	if (map_count(reader->descriptors) == count) {
		CLEANUP(buf_fini) struct buf problem = BUF_INIT(256);
		buf_printf(&problem, "stands twice, first in line %u", reader->tree->packages[before].line);
		buf_add_char(&problem, '\0');
		return refuse_line(reader->err, line, column, descriptor, problem.failed ? "stands twice" : problem.p);
	}
	return STATUS_OK;
}

struct str yarn_key(struct yarn_reader *reader, struct str name, const char *between, struct str range)
{
	struct buf *key = &reader->key;
	size_t n = strlen(between), all = name.n + n + range.n;
	buf_clear(key);
	if (!buf_reserve(key, all + 1))
		return STR_NONE;
	if (name.n)
		memcpy(key->p, name.p, name.n);
	memcpy(key->p + name.n, between, n);
	if (range.n)
		memcpy(key->p + name.n + n, range.p, range.n);
	key->n = all;
	return buf_str(key);
}

uint32_t yarn_find(struct yarn_reader *reader, struct str name, const char *between, struct str range)
{
	size_t found;
	struct str key = yarn_key(reader, name, between, range);
	return key.p && map_find(reader->descriptors, key, &found) ? (uint32_t)found : TREE_NONE;
}

struct yarn_name *yarn_name_of(struct yarn_reader *reader, struct str name)
{
	size_t number;
	if (!map_add(reader->name_numbers, name, reader->names.n, &number) || (number == reader->names.n && !vec_add(reader->scratch, &reader->names)))
		return NULL;
	return &reader->names.v[number];
}

bool yarn_mark(struct yarn_reader *reader, struct str text, uint32_t package, unsigned marks)
{
	struct yarn_name *name = yarn_name_of(reader, text);
	if (!name)
		return false;
	name->marks = yarn_marks(name, package) | marks;
	name->marks_for = package + 1;
	return true;
}

unsigned yarn_marks(const struct yarn_name *name, uint32_t package)
{
	return name->marks_for == package + 1 ? name->marks : 0;
}

bool yarn_mark_optional(struct yarn_reader *reader, const struct json *meta, uint32_t package, unsigned marks)
{
	json_each(one, meta) {
		/* A word in yarn's own file, a value in a package.json. */
		bool optional = json_is_true(one, "optional") || str_equal_z(json_find_text(one, "optional"), "true");
		if (optional && !yarn_mark(reader, one->key, package, marks))
			return false;
	}
	return true;
}

/* ---- resolutions ------------------------------------------------------------------------ */

/* Takes the last "name", "@s/name", "name@range" or "**" off a pattern. A range may hold slashes: a part with '@' behind its start ends it. */
static struct str last_step(struct str *rest)
{
	struct str all = *rest;
	size_t slash = str_find_last(all, '/');
	if (slash < all.n) {
		struct str head = str_head(all, slash);
		size_t above = str_find_last(head, '/');
		size_t start = above < head.n ? above + 1 : 0;
		if (head.n > start && head.p[start] == '@') /* the scope belongs to it */
			slash = start ? above : all.n;
	}
	*rest = slash < all.n ? str_head(all, slash) : STR_NONE;
	return slash < all.n ? str_from(all, slash + 1) : all;
}

static struct yarn_resolution parse_resolution(const struct json *json)
{
	struct yarn_resolution resolution = { .value = json->text };
	struct str rest = json->key, step = last_step(&rest);
	yarn_split(step, &resolution.name, &resolution.range);
	while (rest.p && !resolution.parent.p) {
		step = last_step(&rest);
		if (str_equal(step, STR("**")))
			resolution.deep = true;
		else
			yarn_split(step, &resolution.parent, &resolution.parent_version);
	}
	resolution.deep &= resolution.parent.p != NULL;
	return resolution;
}

static enum status read_resolutions(struct yarn_reader *reader)
{
	const struct json *section = json_find(reader->manifest, "resolutions");
	if (!json_is(section, JSON_OBJECT))
		return STATUS_OK;
	json_each(json, section) {
		if (!json_is(json, JSON_STRING))
			continue;
		struct yarn_resolution *added = vec_add(reader->scratch, &reader->resolutions);
		if (!added)
			return error_memory(reader->err);
		*added = parse_resolution(json);
	}
	/* From the last to the first, so that each chain keeps the order of the file. */
	for (size_t i = reader->resolutions.n; i-- > 0;) {
		struct yarn_resolution *resolution = &reader->resolutions.v[i];
		map_find(reader->resolutions_by_name, resolution->name, &resolution->next);
		if (!map_set(reader->resolutions_by_name, resolution->name, i + 1))
			return error_memory(reader->err);
	}
	return STATUS_OK;
}

/* "^1" and "npm:^1" are the same range. */
static bool same_range(struct str a, struct str b)
{
	if (str_starts_with(a, STR("npm:")))
		a = str_from(a, strlen("npm:"));
	if (str_starts_with(b, STR("npm:")))
		b = str_from(b, strlen("npm:"));
	return str_equal(a, b);
}

const struct yarn_resolution *yarn_next_resolution(const struct yarn_reader *reader, const struct yarn_resolution *after, const struct package *from,
						   struct str name, struct str range)
{
	size_t number = after ? after->next : 0;
	if (!after && !map_find(reader->resolutions_by_name, name, &number))
		return NULL;
	for (; number; number = reader->resolutions.v[number - 1].next) {
		const struct yarn_resolution *one = &reader->resolutions.v[number - 1];
		bool parent = !one->parent.p || one->deep ||
			      (str_equal(one->parent, from->name) && (!one->parent_version.n || same_range(one->parent_version, from->version)));
		if (parent && (!one->range.n || same_range(one->range, range)))
			return one;
	}
	return NULL;
}

/* ---- package.json files -------------------------------------------------------------------- */

enum status yarn_read_manifest(struct yarn_reader *reader, struct str folder, const struct json **out)
{
	struct arena *arena = reader->tree->arena;
	struct npm_fields fields;
	struct json *manifest;
	if (!reader->source->folder)
		return STATUS_NOT_FOUND;
	struct str name = arena_copy(arena, folder);
	const char *path = !name.p ? NULL : !name.n ? reader->source->folder : path_join(arena, reader->source->folder, name.p);
	if (!path)
		return error_memory(reader->err);
	enum status status = manifest_read(path, arena, &manifest, &reader->tree->duplicate_keys, reader->err);
	if (status)
		return status;
	status = npm_read_fields(manifest, true, &fields, reader->err);
	if (!status)
		status = npm_check_sections(&fields, reader->err);
	if (status)
		return error_wrap(reader->err, "%s/package.json", path);
	*out = manifest;
	return STATUS_OK;
}

bool yarn_is_berry(struct str text)
{
	static const char mark[] = "\n__metadata:";
	return str_starts_with(text, str_from(str_of(mark), 1)) || str_find_str(text, str_of(mark)) < text.n;
}

enum status yarn_open(struct yarn_reader *reader)
{
	reader->scratch = arena_new(LIMIT_PROJECT_BYTES);
	buf_init(&reader->key, LIMIT_LOCKFILE_BYTES);
	if (reader->scratch) {
		reader->descriptors = map_new(reader->scratch, 64);
		reader->name_numbers = map_new(reader->scratch, 64);
		reader->resolutions_by_name = map_new(reader->scratch, 8);
	}
	if (!reader->descriptors || !reader->name_numbers || !reader->resolutions_by_name)
		return error_memory(reader->err);
	enum status status = yarn_read_manifest(reader, STR(""), &reader->manifest);
	if (status == STATUS_NOT_FOUND)
		return STATUS_OK;
	return status ? status : read_resolutions(reader);
}

void yarn_close(struct yarn_reader *reader)
{
	arena_free(reader->scratch);
	buf_fini(&reader->key);
}
