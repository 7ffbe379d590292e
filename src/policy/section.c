/* The plain sections of a policy: require, database, advisories, hosts, mirrors, registries. */
#include "assay/registry.h"
#include "policy/model.h"

/* ---- require -------------------------------------------------------------------------- */

static enum status add_requirement(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	size_t i;
	enum status status = words_find(reader, place_of(value), value->text, &rule_words, &i);
	if (status)
		return status;
	struct requirement *requirement = vec_add(reader->arena, &layer->require);
	if (!requirement)
		return error_memory(reader->err);
	requirement->rule = check_rules[i];
	requirement->origin = layer_origin(reader, "require[%zu]", layer->require.n - 1);
	return requirement->origin.p ? STATUS_OK : error_memory(reader->err);
}

enum status require_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	layer->require_given = true;
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of rules");
	return reader_each_text(reader, value, "a rule", add_requirement, layer);
}

/* ---- database --------------------------------------------------------------------------- */

static enum status read_warn_age(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return reader_duration(reader, value, &layer->warn_age);
}

static enum status read_max_age(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return reader_duration(reader, value, &layer->max_age);
}

static const struct {
	const char *word;
	enum rule_level level;
} starter_levels[] = { { "gap", LEVEL_ERROR }, { "warn", LEVEL_WARN }, { "info", LEVEL_INFO }, { "off", LEVEL_OFF } };

static const char *starter_word(const void *context, size_t i)
{
	(void)context;
	return i < sizeof starter_levels / sizeof *starter_levels ? starter_levels[i].word : NULL;
}

/* "starter" is a clause of the rule database-starter, behind those that the file states under "rules". */
static enum status read_starter(struct reader *reader, const struct json *value, void *into)
{
	static const struct words words = { "word", starter_word, NULL };
	struct layer *layer = into;
	struct str word;
	size_t i;
	enum status status = reader_text(reader, value, "gap, warn, info or off", &word);
	if (status || (status = words_find(reader, place_of(value), word, &words, &i)))
		return status;
	layer->starter = arena_alloc(reader->arena, sizeof *layer->starter);
	if (!layer->starter)
		return error_memory(reader->err);
	*layer->starter = (struct clause){ .from = DATE_NONE, .before = LEVEL_UNSET, .preset = layer->preset };
	layer->starter->level = starter_levels[i].level;
	layer->starter->origin = layer_origin(reader, "database.starter");
	return layer->starter->origin.p ? STATUS_OK : error_memory(reader->err);
}

enum status database_read(struct reader *reader, const struct json *value, void *into)
{
	static const struct key keys[] = { { "warn_age", read_warn_age }, { "max_age", read_max_age }, { "starter", read_starter } };
	static const struct object_type type = { "an object: warn_age, max_age, starter", keys, 3 };
	const struct layer *layer = into;
	enum status status = reader_object(reader, value, &type, into);
	if (status)
		return status;
	if (layer->warn_age >= 0 && layer->max_age >= 0 && layer->warn_age > layer->max_age)
		return reader_fail(reader, place_of(json_find(value, "warn_age")), "warn_age is longer than max_age: it would never warn");
	return STATUS_OK;
}

/* ---- advisories ------------------------------------------------------------------------- */

/* Relative to the file that names it. What is in there is read by the scan. */
static enum status add_advisories(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	const char *folder = path_folder(reader->arena, reader->path ? reader->path : ".");
	const char *name = arena_copy(reader->arena, value->text).p;
	const char **slot = vec_add(reader->arena, &layer->advisories);
	const char *path = NULL;
	if (folder && name)
		path = name[0] == '/' ? name : path_join(reader->arena, folder, name);
	if (!path || !slot)
		return error_memory(reader->err);
	if (!file_exists(path) && !folder_exists(path))
		return reader_fail(reader, place_of(value), "\"%s\": there is no such file or folder", reader_quote(reader, value->text));
	*slot = path;
	return STATUS_OK;
}

enum status advisories_read(struct reader *reader, const struct json *value, void *into)
{
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of files and folders of OSV records");
	return reader_each_text(reader, value, "a path", add_advisories, into);
}

/* ---- release age ------------------------------------------------------------------------- */

enum status min_release_age_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	return reader_duration(reader, value, &layer->min_release_age);
}

/* ---- hosts -------------------------------------------------------------------------------- */

/* http or https, a host, no user, nothing that a URL must not hold. */
static bool is_plain_url(struct str url)
{
	struct str rest = str_starts_with(url, STR("https://")) ? str_from(url, 8) :
			  str_starts_with(url, STR("http://"))  ? str_from(url, 7) :
								  STR_NONE;
	struct str host = str_head(rest, str_find(rest, '/'));
	if (host.n == 0 || str_find(host, '@') < host.n)
		return false;
	for (size_t i = 0; i < rest.n; i++)
		if ((unsigned char)rest.p[i] <= ' ' || (unsigned char)rest.p[i] >= 0x7f || strchr("\\\"<>?#", rest.p[i]))
			return false;
	return true;
}

/* The origin as it will be compared: always with a trailing slash. */
static enum status read_url(const struct reader *reader, const struct json *value, struct str *out)
{
	struct str url;
	enum status status = reader_text(reader, value, "a URL (\"https://host/path/\")", &url);
	if (status)
		return status;
	if (!is_plain_url(url))
		return reader_fail(reader, place_of(value), "found \"%s\", expected a URL with a host and without credentials (\"https://host/path/\")",
				   reader_quote(reader, url));
	if (!str_ends_with(url, STR("/")))
		url = arena_printf(reader->arena, "%.*s/", STR_ARG(url));
	if (!url.p)
		return error_memory(reader->err);
	*out = url;
	return STATUS_OK;
}

static enum status add_mirror(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	struct str *mirror = vec_add(reader->arena, &layer->mirrors);
	return mirror ? read_url(reader, value, mirror) : error_memory(reader->err);
}

enum status mirrors_read(struct reader *reader, const struct json *value, void *into)
{
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of URLs");
	return reader_each_text(reader, value, "a URL", add_mirror, into);
}

/* A bare host is asked over TLS. */
static enum status add_host(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	struct str *host = vec_add(reader->arena, &layer->hosts);
	if (!host)
		return error_memory(reader->err);
	if (str_find_str(value->text, STR("://")) < value->text.n)
		return read_url(reader, value, host);
	struct json url = *value;
	url.text = arena_printf(reader->arena, "https://%.*s", STR_ARG(value->text));
	return url.text.p ? read_url(reader, &url, host) : error_memory(reader->err);
}

enum status hosts_read(struct reader *reader, const struct json *value, void *into)
{
	if (!json_is(value, JSON_ARRAY))
		return reader_fail_type(reader, value, "a list of hosts");
	return reader_each_text(reader, value, "a host (\"cdn.acme.example\")", add_host, into);
}

static bool is_registry_scope(struct str key)
{
	return str_equal_z(key, "*") || (key.n > 1 && key.p[0] == '@' && str_find(key, '/') == key.n);
}

enum status registries_read(struct reader *reader, const struct json *value, void *into)
{
	struct layer *layer = into;
	if (!json_is(value, JSON_OBJECT))
		return reader_fail_type(reader, value, "an object: {\"*\": \"public\", \"@scope\": \"https://...\"}");
	json_each(member, value) {
		struct policy_registry *registry = vec_add(reader->arena, &layer->registries);
		if (!registry)
			return error_memory(reader->err);
		if (!is_registry_scope(member->key))
			return reader_fail(reader, place_of_key(member), "found \"%s\", expected \"*\" or a scope (\"@acme\")",
					   reader_quote(reader, member->key));
		registry->scope = member->key;
		registry->url = STR(PUBLIC_REGISTRY_URL);
		enum status status = str_equal_z(json_text(member), "public") ? STATUS_OK : read_url(reader, member, &registry->url);
		if (status)
			return status;
	}
	return STATUS_OK;
}
