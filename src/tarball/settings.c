/*
 * Where npm would look: registry and cache from the environment, the project's .npmrc, the user's .npmrc, the defaults, in this
 * order. Files are read as npm's package `ini` reads them.
 *
 * A project's .npmrc comes with the project, perhaps in somebody's pull request. So ${VAR} is not expanded in it
 * (that would send the user's environment to a host of the author's choice), and it cannot turn to plain http.
 * Tokens are not looked at here.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assay/json.h"
#include "assay/limits.h"
#include "assay/net.h"
#include "assay/registry.h"
#include "assay/tarball.h"

struct setting {
	struct str value;
	const char *origin; /* the file, or the variable */
	uint32_t line;      /* 0 for a variable */
	bool project;
};

struct settings {
	struct arena *arena;
	struct setting registry, cache;
};

struct source {
	const char *path;
	bool project;
};

/* ---- values, as `ini` has them ---------------------------------------------- */

static struct str unquote(struct arena *arena, struct str quoted)
{
	struct json *json = NULL;
	struct str inner = quoted;
	if (quoted.p[0] == '\'')
		inner = str_head(str_from(quoted, 1), quoted.n - 2);
	if (json_parse(inner, 0, arena, &json, NULL, NULL) == STATUS_OK && json_is(json, JSON_STRING))
		return json_text(json);
	return inner;
}

/* Up to a comment; a backslash protects itself, ';' and '#'. */
static struct str unescape(struct arena *arena, struct str raw)
{
	char *out = arena_alloc(arena, raw.n + 1);
	size_t n = 0;
	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < raw.n && raw.p[i] != ';' && raw.p[i] != '#'; i++) {
		if (raw.p[i] == '\\' && i + 1 < raw.n && memchr("\\;#", raw.p[i + 1], 3))
			i++;
		out[n++] = raw.p[i];
	}
	return str_trim((struct str){ out, n });
}

static struct str parse_value(struct arena *arena, struct str raw)
{
	raw = str_trim(raw);
	char first = raw.n >= 2 ? raw.p[0] : '\0';
	if ((first == '"' || first == '\'') && raw.p[raw.n - 1] == first)
		return unquote(arena, raw);
	return unescape(arena, raw);
}

/* "NAME}" at the start of `s`: the variable's value, and how much to skip. ".p NULL": not set. "NAME?}": empty when not set. */
static struct str find_variable(struct arena *arena, struct str s, size_t *skip)
{
	size_t end = str_find(s, '}');
	if (end == 0 || end == s.n || memchr(s.p, '$', end) || memchr(s.p, '{', end))
		return STR_NONE;
	*skip = end + 1;
	bool lenient = end > 1 && s.p[end - 1] == '?';
	struct str name = arena_copy(arena, str_head(s, lenient ? end - 1 : end));
	const char *value = name.p ? getenv(name.p) : NULL;
	return value ? str_of(value) : lenient ? STR("") : STR_NONE;
}

/* ${NAME} as npm expands it: one that is not set stays as it is, an odd backslash before it protects it. */
static struct str expand(struct arena *arena, struct str s)
{
	CLEANUP(buf_fini) struct buf out = BUF_INIT(LIMIT_CONFIG_BYTES);
	size_t slashes = 0;
	for (size_t i = 0; i < s.n; i++) {
		bool variable = s.p[i] == '$' && i + 1 < s.n && s.p[i + 1] == '{';
		size_t skip = 0;
		struct str value = variable ? find_variable(arena, str_from(s, i + 2), &skip) : STR_NONE;
		if (skip)
			out.n -= (slashes + 1) / 2;
		if (value.p && slashes % 2 == 0) {
			buf_add(&out, value);
			i += skip + 1;
		} else {
			buf_add_char(&out, s.p[i]);
		}
		slashes = s.p[i] == '\\' ? slashes + 1 : 0;
	}
	return out.failed ? STR_NONE : arena_copy(arena, buf_str(&out));
}

/* ---- files -------------------------------------------------------------------- */

static struct setting *find_setting(struct settings *settings, struct str key)
{
	if (str_equal(key, STR("registry")))
		return &settings->registry;
	return str_equal(key, STR("cache")) ? &settings->cache : NULL;
}

/* False: out of memory. */
static bool read_line(struct settings *settings, struct str line, uint32_t number, const struct source *source)
{
	size_t equals = str_find(line, '=');
	struct str key = parse_value(settings->arena, str_head(line, equals));
	struct setting *setting = key.p && equals != line.n ? find_setting(settings, key) : NULL;
	if (!setting)
		return key.p;
	struct str value = parse_value(settings->arena, str_from(line, equals + 1));
	if (value.p && !source->project)
		value = expand(settings->arena, value);
	*setting = (struct setting){ value, source->path, number, source->project };
	return value.p;
}

/* "[name]": what follows belongs to it and is no setting of npm's. */
static bool is_section(struct str line)
{
	size_t end = str_find(line, ']');
	return line.p[0] == '[' && end != line.n && str_trim(str_from(line, end + 1)).n == 0;
}

static enum status read_file(struct settings *settings, const struct source *source, struct error *err)
{
	struct str text, row, line;
	enum status status = file_read(source->path, LIMIT_CONFIG_BYTES, settings->arena, &text, err);
	if (status)
		return status == STATUS_NOT_FOUND ? STATUS_OK : status;
	if (str_starts_with(text, STR("\xef\xbb\xbf")))
		text = str_from(text, 3);
	for (uint32_t number = 1; str_split(&text, '\n', &row); number++) {
		while (str_split(&row, '\r', &line)) {
			struct str start = str_trim(line);
			if (start.n == 0 || start.p[0] == ';' || start.p[0] == '#')
				continue;
			if (is_section(line))
				return STATUS_OK;
			if (!read_line(settings, line, number, source))
				return error_memory(err);
		}
	}
	return STATUS_OK;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;
	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_dev == second.st_dev &&
	       first.st_ino == second.st_ino;
}

/* ---- the environment ------------------------------------------------------------ */

static bool is_same_name(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (ascii_lower((unsigned char)a[i]) != (unsigned char)b[i])
			return false;
	return b[n] == '\0';
}

/* npm takes its variables in any case; an empty one does not count. */
static struct setting read_variable(struct arena *arena, const char *name)
{
	struct setting out = { .value = STR_NONE };
	for (char **entry = environ; *entry; entry++) {
		const char *equals = strchr(*entry, '=');
		if (equals && equals[1] && is_same_name(*entry, name, (size_t)(equals - *entry)))
			out = (struct setting){ expand(arena, str_of(equals + 1)), name, 0, false };
	}
	return out;
}

static void prefer_variable(struct settings *settings, struct setting *setting, const char *name)
{
	struct setting found = read_variable(settings->arena, name);
	if (found.value.p)
		*setting = found;
}

/* ---- what they mean ----------------------------------------------------------------- */

static bool is_loopback(struct str origin)
{
	static const char *const hosts[] = { "http://127.0.0.1", "http://localhost", "http://[::1]" };
	for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++) {
		struct str host = str_of(hosts[i]);
		if (str_starts_with(origin, host) && (origin.n == host.n || origin.p[host.n] == ':'))
			return true;
	}
	return false;
}

static enum status refuse(const struct setting *setting, const char *what, struct error *err)
{
	CLEANUP(buf_fini) struct buf shown = BUF_INIT(1000);
	/* A URL with an '@' has a password in it, often enough. */
	if (str_find(setting->value, '@') == setting->value.n)
		buf_add_visible(&shown, str_head(setting->value, 200));
	else
		buf_add_z(&shown, "a URL with an '@'");
	struct str text = buf_str(&shown);
	if (setting->line)
		error_at(err, STATUS_INVALID, setting->line, 1, "registry: found %.*s, %s", STR_ARG(text), what);
	else
		error_set(err, STATUS_INVALID, "found %.*s, %s", STR_ARG(text), what);
	error_wrap(err, "%s", setting->origin);
	return STATUS_INVALID;
}

static enum status check_registry(const struct setting *setting, struct arena *arena, const char **out, struct error *err)
{
	struct str url = setting->value, origin = url_origin(arena, url);
	bool variable = setting->project && str_find_str(url, STR("${")) != url.n;
	if (variable) {
		refuse(setting, "but variables are not expanded in a project's .npmrc", err);
		error_hint(err, "set npm_config_registry, or put the registry into your own ~/.npmrc");
		return STATUS_INVALID;
	}
	if (!origin.p || str_find(url, '?') != url.n || str_find(url, '#') != url.n) {
		refuse(setting, "expected an http(s) URL without credentials and query", err);
		error_hint(err, "write it like https://registry.example/");
		return STATUS_INVALID;
	}
	if (setting->project && str_starts_with(origin, STR("http://")) && !is_loopback(origin)) {
		refuse(setting, "but a project's .npmrc cannot turn to plain http", err);
		error_hint(err, "set npm_config_registry, or put the registry into your own ~/.npmrc");
		return STATUS_INVALID;
	}
	bool slash = str_ends_with(url, STR("/"));
	*out = arena_printf(arena, "%.*s%s", STR_ARG(url), slash ? "" : "/").p;
	return *out ? STATUS_OK : error_memory(err);
}

/* "~/x" under the home folder, the rest under the project's, where npm would have been run. NULL: out of memory. */
static const char *resolve(struct arena *arena, struct str path, const char *project, const char *home)
{
	const char *text = arena_copy(arena, path).p;
	if (!text)
		return NULL;
	if (home && str_starts_with(path, STR("~/")))
		return path_join(arena, home, text + 2);
	return path_join(arena, project, text);
}

static enum status read_all(struct settings *settings, const char *project, const char *home, struct error *err)
{
	struct arena *arena = settings->arena;
	struct setting user = read_variable(arena, "npm_config_userconfig");
	struct source files[] = {
		{ user.value.p ? resolve(arena, user.value, project, home) : home ? path_join(arena, home, ".npmrc") : NULL,
		  false },
		{ path_join(arena, project, ".npmrc"), true },
	};
	if (!files[1].path)
		return error_memory(err);
	if (files[0].path && is_same_file(files[0].path, files[1].path))
		files[1].path = NULL; /* a scan of the home folder: the file is the user's */
	for (size_t i = 0; i < 2; i++) {
		enum status status = files[i].path ? read_file(settings, &files[i], err) : STATUS_OK;
		if (status)
			return status;
	}
	prefer_variable(settings, &settings->registry, "npm_config_registry");
	prefer_variable(settings, &settings->cache, "npm_config_cache");
	return STATUS_OK;
}

enum status npm_settings_read(const char *project_folder, struct arena *arena, const char **registry,
                              const char **cache, struct error *err)
{
	struct settings settings = { .arena = arena, .registry = { .value = STR(PUBLIC_REGISTRY_URL), .origin = "default" } };
	const char *home = getenv("HOME"), *url = NULL, *folder = NULL;
	home = home && *home ? home : NULL;
	enum status status = read_all(&settings, project_folder, home, err);
	if (!status)
		status = check_registry(&settings.registry, arena, &url, err);
	if (status)
		return status;
	if (settings.cache.value.n)
		folder = resolve(arena, settings.cache.value, project_folder, home);
	else if (home)
		folder = path_join(arena, home, ".npm");
	if (!folder && (home || settings.cache.value.n))
		return error_memory(err);
	*registry = url;
	*cache = folder;
	return STATUS_OK;
}
