/* What the layers come to: registries, scopes, the cache's folder, tries and times. */
#include <math.h>
#include <stdlib.h>

#include "assay/limits.h"
#include "assay/registry.h"
#include "npmrc_private.h"

/* ---- registries ------------------------------------------------------------------- */

static enum status refuse(const struct entry *entry, const char *what, struct error *err)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(2000);
	struct str value = entry_value(entry).text;
	buf_add_visible(&shown, str_head(entry->key, 100));
	buf_add_z(&shown, ": found ");
	/* A URL with an '@' has a password in it, often enough. */
	if (str_find(value, '@') == value.n)
		buf_add_visible(&shown, str_head(value, 200));
	else
		buf_add_z(&shown, "a URL with an '@'");
	struct str text = buf_str(&shown);
	if (entry->line)
		error_at(err, STATUS_INVALID, entry->line, 1, "%.*s, %s", STR_ARG(text), what);
	else
		error_set(err, STATUS_INVALID, "%.*s, %s", STR_ARG(text), what);
	return error_wrap(err, "%s", entry->path);
}

/* `https://known.example/${GROUP}/`: the host stands there as it is, and the user named it. */
static bool may_expand(const struct npmrc *npmrc, struct str url)
{
	struct str start = str_head(url, str_find_str(url, STR("${")));
	size_t host = str_find_str(start, STR("://")) + 3, slash = host + str_find(str_from(start, host), '/');
	struct str origin = slash < start.n ? url_origin(npmrc->arena, start) : STR_NONE;
	return origin.n && trust_host(npmrc, str_from(origin, str_find_str(origin, STR("://")) + 3));
}

/* The value of an entry that names a registry, with a trailing slash. */
static enum status read_registry(struct npmrc *npmrc, const struct entry *entry, const char **out, struct error *err)
{
	struct str url = entry_value(entry).text;
	bool project = entry->layer == LAYER_PROJECT;
	if (project && has_variable(url)) {
		bool known = may_expand(npmrc, url);
		if (!known && arena_is_exhausted(npmrc->arena))
			return error_memory(err);
		if (!known) {
			refuse(entry,
			       "but variables are not expanded in a project's .npmrc for a host that your own configuration "
			       "does not name",
			       err);
			error_hint(err, "set npm_config_registry, or put the registry into your own ~/.npmrc");
			return STATUS_INVALID;
		}
		url = expand_variables(url, npmrc->arena);
	}
	struct str origin = url_origin(npmrc->arena, url);
	if (!origin.p && arena_is_exhausted(npmrc->arena))
		return error_memory(err);
	if (!origin.p || str_find(url, '?') != url.n || str_find(url, '#') != url.n) {
		refuse(entry, "expected an http(s) URL without credentials and query", err);
		error_hint(err, "write it like https://registry.example/");
		return STATUS_INVALID;
	}
	if (project && str_starts_with(origin, STR("http://")) && !trust_plain_http(npmrc, origin)) {
		refuse(entry, "but a project's .npmrc cannot turn to plain http", err);
		error_hint(err, "set npm_config_registry, or put the registry into your own ~/.npmrc");
		return STATUS_INVALID;
	}
	*out = arena_printf(npmrc->arena, "%.*s%s", STR_ARG(url), str_ends_with(url, STR("/")) ? "" : "/").p;
	return *out ? STATUS_OK : error_memory(err);
}

static bool is_named(const struct entry *entry)
{
	enum ini_kind kind = entry_value(entry).kind;
	return kind != INI_NULL && kind != INI_OTHER && kind != INI_TRUE && kind != INI_FALSE;
}

static enum status read_default_registry(struct npmrc *npmrc, struct npm_settings *out, struct error *err)
{
	const struct entry *entry = layers_entry(npmrc, "registry", false, is_named);
	out->registry = PUBLIC_REGISTRY_URL;
	return entry ? read_registry(npmrc, entry, &out->registry, err) : STATUS_OK;
}

/* "@scope:registry"; an empty value is as good as none. */
static enum status read_scopes(struct npmrc *npmrc, struct npm_settings *out, struct error *err)
{
	out->scopes = arena_array(npmrc->arena, npmrc->slots.n + 1, sizeof *out->scopes);
	if (!out->scopes)
		return error_memory(err);
	for (size_t i = 0; i < npmrc->slots.n; i++) {
		struct str key = npmrc->slots.v[i].key, suffix = STR(":registry");
		if (key.n <= suffix.n + 1 || key.p[0] != '@' || !str_ends_with(key, suffix))
			continue;
		const char *name = arena_copy(npmrc->arena, key).p;
		const struct entry *entry = name ? layers_entry(npmrc, name, false, is_named) : NULL;
		if (!entry || entry_value(entry).text.n == 0)
			continue;
		struct npm_scope *scope = &out->scopes[out->scope_count++];
		scope->scope = str_head(key, key.n - suffix.n);
		scope->trusted = entry->layer != LAYER_PROJECT;
		enum status status = read_registry(npmrc, entry, &scope->registry, err);
		if (status)
			return status;
	}
	return STATUS_OK;
}

const char *npm_registry_of(const struct npm_settings *settings, struct str name)
{
	struct str scope = str_head(name, str_find(name, '/'));
	for (size_t i = 0; i < settings->scope_count && scope.n < name.n; i++)
		if (str_equal(settings->scopes[i].scope, scope))
			return settings->scopes[i].registry;
	return settings->registry;
}

/* ---- the rest ---------------------------------------------------------------------------- */

static enum status read_cache(struct npmrc *npmrc, struct npm_settings *out, struct error *err)
{
	const struct entry *entry = layers_entry(npmrc, "cache", false, entry_is_text);
	struct str value = entry ? entry_value(entry).text : STR_NONE;
	if (value.n)
		out->cache = resolve_path(npmrc, value, npmrc->arena);
	else if (npmrc->home)
		out->cache = path_join(npmrc->arena, npmrc->home, ".npm");
	return (value.n || npmrc->home) && !out->cache ? error_memory(err) : STATUS_OK;
}

/* What JavaScript's Number() makes of a decimal text; an empty one is 0. False: no number that counts here. */
static bool read_number(const struct entry *entry, double *out)
{
	struct ini_value value = entry_value(entry);
	char text[32], *end;
	if ((value.kind != INI_TEXT && value.kind != INI_NUMBER) || value.text.n >= sizeof text)
		return false;
	for (size_t i = 0; i < value.text.n; i++)
		if (!value.text.p[i] || !strchr("0123456789.eE+-", value.text.p[i]))
			return false;
	memcpy(text, value.text.p, value.text.n);
	text[value.text.n] = '\0';
	*out = strtod(text, &end);
	return *end == '\0' && isfinite(*out);
}

static bool is_number(const struct entry *entry)
{
	double any;
	return read_number(entry, &any);
}

/* Held within [least, most]; 0 where nothing names one. */
static unsigned read_within(const struct npmrc *npmrc, const char *key, double least, double most, double added)
{
	const struct entry *entry = layers_entry(npmrc, key, false, is_number);
	double value = 0;
	if (!entry || !read_number(entry, &value))
		return 0;
	value += added;
	return (unsigned)(value < least ? least : value > most ? most : value);
}

/* A time limit of 0 means none, to npm. */
static unsigned read_timeout(const struct npmrc *npmrc)
{
	const struct entry *entry = layers_entry(npmrc, "fetch-timeout", false, is_number);
	double value = 1;
	if (entry && read_number(entry, &value) && value == 0)
		return LIMIT_HTTP_TIMEOUT_MS;
	return read_within(npmrc, "fetch-timeout", 1000, LIMIT_HTTP_TIMEOUT_MS, 0);
}

static enum status read_settings(struct npmrc *npmrc, struct npm_settings *out, struct error *err)
{
	enum status status = layers_read(npmrc, err);
	if (!status && !trust_learn(npmrc))
		status = error_memory(err);
	if (!status)
		status = read_default_registry(npmrc, out, err);
	if (!status)
		status = read_scopes(npmrc, out, err);
	if (!status)
		status = read_cache(npmrc, out, err);
	if (!status)
		status = routes_read(npmrc, err);
	return status ? status : logins_check(npmrc, err);
}

enum status npm_settings_read(const struct npm_settings_options *options, struct arena *arena, struct npm_settings **out, struct error *err)
{
	const char *home = getenv("HOME");
	struct npmrc *npmrc = arena_alloc(arena, sizeof *npmrc);
	struct npm_settings *settings = arena_alloc(arena, sizeof *settings);
	if (!npmrc || !settings)
		return error_memory(err);
	npmrc->arena = arena;
	npmrc->project = options->project_folder;
	npmrc->home = home && *home ? home : NULL;
	npmrc->trusted_urls = options->trusted_urls;
	settings->npmrc = npmrc;
	enum status status = read_settings(npmrc, settings, err);
	if (status)
		return status;
	settings->tries = read_within(npmrc, "fetch-retries", 1, LIMIT_HTTP_TRIES_SET, 1);
	settings->backoff_ms = read_within(npmrc, "fetch-retry-mintimeout", 1, LIMIT_HTTP_BACKOFF_MS, 0);
	settings->timeout_ms = read_timeout(npmrc);
	settings->notes = npmrc->notes.v;
	settings->note_count = npmrc->notes.n;
	*out = settings;
	return STATUS_OK;
}

bool npm_is_public_origin(struct str origin)
{
	static const char *const names[] = { PUBLIC_REGISTRY_HOST, PUBLIC_REGISTRY_YARN_HOST };
	struct str host = str_from(origin, str_find_str(origin, STR("://")) + 3);
	host = str_head(host, str_find(host, ':'));
	return str_equal_z(host, names[0]) || str_equal_z(host, names[1]);
}
