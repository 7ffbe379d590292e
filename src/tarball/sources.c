/*
 * Where a package's bytes may come from. A URL in a lockfile is somebody's wish: the public registry's host in it stands
 * for the configured registry, also of a package whose scope has another (so does npm: replace-registry-host), and any other host
 * must have been allowed. Where there is no URL, the scope's registry is asked.
 */
#include "assay/limits.h"
#include "assay/net.h"
#include "assay/registry.h"
#include "sources.h"

/* STATUS_USAGE, as yet without words, where the URL has none. */
static enum status find_origin(const char *url, struct arena *arena, const char **out)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new(0);
	struct str origin = scratch ? url_origin(scratch, str_of(url)) : STR_NONE;
	if (!origin.p)
		return scratch && !arena_is_exhausted(scratch) ? STATUS_USAGE : STATUS_MEMORY;
	*out = arena_copy(arena, origin).p;
	return *out ? STATUS_OK : STATUS_MEMORY;
}

static enum status explain(enum status status, const char *wrong, struct error *err)
{
	return status == STATUS_USAGE ? error_set(err, status, "%s", wrong) : status ? error_memory(err) : STATUS_OK;
}

enum status hosts_init(struct hosts *hosts, const struct tarball_options *options, struct arena *arena, struct error *err)
{
	const char *registry = options->registry ? options->registry : PUBLIC_REGISTRY_URL;
	size_t n = 0, scopes = options->settings ? options->settings->scope_count : 0;
	while (options->allowed_origins && options->allowed_origins[n])
		n++;
	const char **origins = arena_array(arena, n + scopes + 2, sizeof *origins);
	if (!origins)
		return error_memory(err);
	enum status status = find_origin(registry, arena, &origins[0]);
	if (!status && !str_ends_with(str_of(registry), STR("/")))
		status = STATUS_USAGE;
	if (status)
		return explain(status, "the registry must be an http(s) URL that ends in '/'", err);
	for (size_t i = 0; i < n && !status; i++)
		status = find_origin(options->allowed_origins[i], arena, &origins[i + 1]);
	if (status)
		return explain(status, "an allowed host must be given as https://host[:port]", err);
	for (size_t i = 0; i < scopes && !status; i++)
		status = find_origin(options->settings->scopes[i].registry, arena, &origins[n + 1 + i]);
	if (status)
		return explain(status, "a scope's registry must be an http(s) URL", err);
	*hosts = (struct hosts){ registry, options->settings, origins };
	return STATUS_OK;
}

enum tarball_skip source_skip(const struct package *package)
{
	static const enum tarball_skip by_kind[] = {
		[PACKAGE_REGISTRY] = SKIP_NONE, [PACKAGE_GIT] = SKIP_GIT,       [PACKAGE_TARBALL] = SKIP_NONE, [PACKAGE_FILE] = SKIP_FILE,
		[PACKAGE_LINK] = SKIP_LINK,     [PACKAGE_WORKSPACE] = SKIP_OWN, [PACKAGE_ROOT] = SKIP_OWN,
	};
	enum tarball_skip skip = package_is_packed_file(package) ? SKIP_NONE : by_kind[package->kind];
	return skip == SKIP_NONE && package->bundled ? SKIP_BUNDLED : skip;
}

bool source_cache_path(const char *cache, const struct digest *digest, struct buf *out)
{
	CLEANUP(buf_fini) struct buf hex = BUF_INIT(2 * DIGEST_MAX_SIZE + 1);
	digest_write_hex(digest, &hex);
	buf_clear(out);
	if (hex.failed || hex.n < 5)
		return false;
	buf_add_z(out, cache);
	buf_add_z(out, "/_cacache/content-v2/");
	buf_add_z(out, digest_name(digest->algorithm));
	for (size_t at = 0; at < 4; at += 2) {
		buf_add_char(out, '/');
		buf_add(out, str_head(str_from(buf_str(&hex), at), 2));
	}
	buf_add_char(out, '/');
	buf_add(out, str_from(buf_str(&hex), 4));
	buf_add_char(out, '\0');
	return !out->failed;
}

/* ---- a URL that the lockfile names -------------------------------------------- */

/* What follows the host, without the fragment: yarn keeps a digest there. */
static struct str path_of(struct str url)
{
	struct str rest = str_from(url, str_find_str(url, STR("://")) + 3);
	rest = str_from(rest, str_find(rest, '/'));
	return str_head(rest, str_find(rest, '#'));
}

/* A path that climbs could leave the registry's part of its host. */
static bool climbs(struct str path)
{
	static const char *const steps[] = { "/.", "%2e", "%2E" };
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (str_find_str(path, str_of(steps[i])) != path.n)
			return true;
	return false;
}

/* `path` on the registry, whose own path is not put before it twice. */
static const char *on_registry(const struct hosts *hosts, struct str path, struct arena *arena)
{
	struct str registry = str_of(hosts->registry);
	struct str own = path_of(registry);
	if (str_starts_with(path, own))
		path = str_from(path, own.n);
	else
		path = str_from(path, 1);
	return arena_printf(arena, "%s%.*s", hosts->registry, STR_ARG(path)).p;
}

static struct source_url refuse(enum tarball_state state, const char *reason)
{
	return (struct source_url){ .state = state, .reason = reason };
}

static struct source_url allow(const char *url)
{
	return (struct source_url){ .url = url };
}

static bool is_allowed(const struct hosts *hosts, struct str origin)
{
	for (size_t i = 0; hosts->origins[i]; i++)
		if (str_equal_z(origin, hosts->origins[i]))
			return true;
	return false;
}

static struct source_url url_in_lockfile(const struct hosts *hosts, struct str url, struct arena *arena)
{
	struct str origin = url_origin(arena, url);
	if (!origin.p && arena_is_exhausted(arena))
		return allow(NULL);
	if (!origin.p)
		return refuse(TARBALL_REFUSED_HOST, "the lockfile's URL is no plain http(s) URL");
	if (!npm_is_public_origin(origin) && !is_allowed(hosts, origin)) {
		struct str host = str_head(origin, 200);
		return refuse(TARBALL_REFUSED_HOST, arena_printf(arena, "%.*s is no configured host", STR_ARG(host)).p);
	}
	struct str path = path_of(url);
	if (path.n == 0 || climbs(path))
		return refuse(TARBALL_REFUSED_HOST, "the path of the lockfile's URL is none of a tarball");
	if (npm_is_public_origin(origin))
		return allow(on_registry(hosts, path, arena));
	return allow(arena_copy(arena, str_head(url, str_find(url, '#'))).p);
}

/* ---- a URL made of name and version --------------------------------------------- */

static bool is_segment(struct str s)
{
	return s.n > 0 && s.p[0] != '.' && str_find(s, '/') == s.n;
}

/* The scope's own registry, else the default one. */
static const char *registry_of(const struct hosts *hosts, struct str name)
{
	const struct npm_settings *settings = hosts->settings;
	const char *registry = settings ? npm_registry_of(settings, name) : NULL;
	return registry && registry != settings->registry ? registry : hosts->registry;
}

static struct source_url make_url(const struct hosts *hosts, const struct package *package, struct arena *arena)
{
	struct str scope = STR_NONE, base = package->name;
	if (base.n && base.p[0] == '@' && str_find(base, '/') != base.n) {
		scope = str_head(base, str_find(base, '/'));
		base = str_from(base, scope.n + 1);
	}
	if (!is_segment(base) || !is_segment(package->version))
		return refuse(TARBALL_UNREACHABLE, "no URL can be made of this name and version");
	CLEANUP(buf_fini) struct buf url = BUF_INIT(LIMIT_URL_BYTES);
	buf_add_z(&url, registry_of(hosts, package->name));
	url_add_segment(&url, scope);
	buf_add_z(&url, scope.n ? "/" : "");
	url_add_segment(&url, base);
	buf_add_z(&url, "/-/");
	url_add_segment(&url, base);
	buf_add_char(&url, '-');
	url_add_segment(&url, package->version);
	buf_add_z(&url, ".tgz");
	if (buf_ok(&url, NULL))
		return refuse(TARBALL_UNREACHABLE, "no URL can be made of this name and version");
	return allow(arena_copy(arena, buf_str(&url)).p);
}

struct source_url source_url(const struct hosts *hosts, const struct package *package, struct arena *arena)
{
	if (package->resolved.n)
		return url_in_lockfile(hosts, package->resolved, arena);
	return make_url(hosts, package, arena);
}
