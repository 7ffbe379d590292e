/*
 * Where a package comes from, as its URL in the lockfile says: over which protocol, from whose host, under whose name.
 */
#include "assay/net.h"
#include "assay/registry.h"
#include "check/check_private.h"
#include "check/pins.h"

/* ASCII, any case. */
static bool starts_with_scheme(struct str url, struct str scheme)
{
	if (url.n < scheme.n)
		return false;
	for (size_t i = 0; i < scheme.n; i++)
		if (ascii_lower((unsigned char)url.p[i]) != (unsigned char)scheme.p[i])
			return false;
	return true;
}

static bool is_web_url(struct str url)
{
	return starts_with_scheme(url, STR("https://")) || starts_with_scheme(url, STR("http://"));
}

/* Only what is fetched from a URL that the lockfile names. */
static enum judgement judge_url(const struct package *package)
{
	enum judgement kind = judge_kind(package);
	return kind == JUDGED && !is_web_url(package->resolved) ? UNJUDGED_NO_URL : kind;
}

/* ---- insecure-url ------------------------------------------------------------------- */

static enum judgement judge_insecure(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_url(package);
	if (judgement != JUDGED || !starts_with_scheme(package->resolved, STR("http://")))
		return judgement;
	bool pinned = pin_of(package, walk->scratch) == PIN_STRONG;
	struct problem problem = { .id = "insecure-url/no-sha2", .subject = package->resolved };
	problem.message = STR("fetched over plain http, and no SHA-256 or better is pinned: anyone on the way can replace it");
	if (pinned) {
		problem.id = "insecure-url/sha2";
		problem.message = STR("fetched over plain http: the pinned digest protects its bytes, anyone on the "
				      "way sees what is fetched");
	}
	struct finding *finding = walk_found(walk, number, problem);
	if (finding && pinned)
		finding->level = LEVEL_WARN;
	return judgement;
}

enum status run_insecure_url(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_insecure, err);
}

/* ---- untrusted-registry ------------------------------------------------------------------- */

static const char *const public_origins[] = { "https://" PUBLIC_REGISTRY_HOST, "https://" PUBLIC_REGISTRY_YARN_HOST, NULL };

static struct str host_of(struct str origin)
{
	size_t at = str_find_str(origin, STR("://"));
	return at < origin.n ? str_from(origin, at + 3) : origin;
}

/* The protocol is insecure-url's business: hosts are compared. */
static bool is_known_origin(const struct scan *scan, struct str origin)
{
	const char *const *known = scan->known_origins ? scan->known_origins : public_origins;
	for (; *known; known++)
		if (str_equal(host_of(str_of(*known)), host_of(origin)))
			return true;
	return false;
}

static enum judgement judge_registry(struct walk *walk, uint32_t number)
{
	struct arena *arena = walk->scan->arena;
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_url(package);
	if (judgement == JUDGED && package->kind == PACKAGE_TARBALL)
		return UNJUDGED_URL;
	if (judgement != JUDGED)
		return judgement;
	struct str origin = url_origin(walk->scratch, package->resolved);
	if (origin.p && is_known_origin(walk->scan, origin))
		return judgement;
	struct problem problem = { .subject = package->resolved };
	problem.message = STR("its URL carries credentials or is malformed, so that no host can be trusted");
	if (origin.p) {
		problem.subject = arena_copy(arena, origin);
		problem.message = arena_printf(arena, "it comes from %.*s, which is no known registry or mirror", STR_ARG(origin));
		walk->failed |= !problem.subject.p;
	}
	walk_found(walk, number, problem);
	return judgement;
}

enum status run_untrusted_registry(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_registry, err);
}

/* ---- dependency-confusion --------------------------------------------------------------- */

static bool is_public_origin(struct str origin)
{
	for (const char *const *public = public_origins; *public; public ++)
		if (str_equal(host_of(str_of(*public)), host_of(origin)))
			return true;
	return false;
}

/* What is bound to a private registry may come from there and from declared mirrors: anybody can take its name elsewhere. */
static enum judgement judge_confusion(struct walk *walk, uint32_t number)
{
	const struct scan *scan = walk->scan;
	const struct package *package = &scan->tree->packages[number];
	enum judgement judgement = judge_url(package);
	if (judgement != JUDGED || !scan->private_because)
		return judgement;
	struct str because = scan->private_because(scan->private_context, package->name);
	if (!because.p)
		return judgement;
	struct str origin = url_origin(walk->scratch, package->resolved);
	bool public = origin.p && is_public_origin(origin);
	if (origin.p && !public && is_known_origin(scan, origin))
		return judgement;
	struct str where = public ? STR("the public registry") : origin.p ? origin : STR("a host that its URL hides");
	walk_found(walk, number,
		   (struct problem){ .subject = where,
				     .message = arena_printf(scan->arena, "it is private (%.*s), yet it comes from %.*s", STR_ARG(because), STR_ARG(where)) });
	return judgement;
}

enum status run_dependency_confusion(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_confusion, err);
}

/* ---- name-mismatch -------------------------------------------------------------------------- */

/* The path of a URL, its %XX decoded once; STR_NONE when out of memory. */
static struct str decoded_path(struct arena *arena, struct str url)
{
	struct str rest = host_of(url);
	rest = str_from(rest, str_find(rest, '/'));
	rest = str_head(rest, str_find(rest, '#'));
	rest = str_head(rest, str_find(rest, '?'));
	return percent_decode(arena, rest);
}

/* "/npm/@s/a" gives "@s/a": the last part, with the scope before it. */
static struct str name_at_end(struct str path)
{
	size_t slash = str_find_last(path, '/');
	if (slash == path.n)
		return path;
	struct str folders = str_head(path, slash);
	size_t before = str_find_last(folders, '/');
	size_t scope = before == folders.n ? 0 : before + 1;
	return str_from(path, scope < folders.n && folders.p[scope] == '@' ? scope : slash + 1);
}

static struct str base_name(struct str path)
{
	size_t slash = str_find_last(path, '/');
	return slash == path.n ? path : str_from(path, slash + 1);
}

static bool same_version(struct str a, struct str b)
{
	struct semver left, right;
	if (str_equal(a, b))
		return true;
	return semver_parse(a, SEMVER_LOOSE | SEMVER_UNBOUNDED, &left) && semver_parse(b, SEMVER_LOOSE | SEMVER_UNBOUNDED, &right) &&
	       semver_compare(&left, &right) == 0;
}

/* What a URL /<name>/-/<base>-<version>.tgz names; false for URLs of another shape. */
static bool read_registry_path(struct str path, struct str *name, struct str *version)
{
	size_t at = path.n;
	/* The last one: a registry may be mounted below a path that has one. */
	for (size_t from = 0, i; (i = from + str_find_str(str_from(path, from), STR("/-/"))) < path.n; from = i + 1)
		at = i;
	if (at == path.n || !str_ends_with(path, STR(".tgz")))
		return false;
	*name = name_at_end(str_head(path, at));
	struct str file = base_name(str_head(path, path.n - 4));
	struct str base = base_name(*name);
	bool named = str_starts_with(file, base) && file.n > base.n && file.p[base.n] == '-';
	*version = named ? str_from(file, base.n + 1) : file; /* a file of another name is no version of this one */
	return name->n > 0;
}

/* "." and ".." are taken out before anything is asked for: what the path says then is not what is fetched. A path begins with a slash. */
static bool climbs(struct str path)
{
	struct str part;
	if (str_find_str(path, STR("/.")) == path.n)
		return false;
	while (str_split(&path, '/', &part))
		if (str_equal(part, STR(".")) || str_equal(part, STR("..")))
			return true;
	return false;
}

static enum judgement misnamed(struct walk *walk, uint32_t number, const char *what)
{
	struct str resolved = walk->scan->tree->packages[number].resolved;
	walk_found(walk, number, (struct problem){ .subject = resolved, .message = arena_printf(walk->scan->arena, "%s: %.*s", what, STR_ARG(resolved)) });
	return JUDGED;
}

static enum judgement judge_name(struct walk *walk, uint32_t number)
{
	const struct package *package = &walk->scan->tree->packages[number];
	enum judgement judgement = judge_url(package);
	struct str name, version;
	/* "npm:other@1.0.0", "latest": npm asks the registry for that, whatever name and version stand beside it. */
	if (package->kind == PACKAGE_TARBALL && str_find_str(package->resolved, STR("://")) == package->resolved.n)
		return misnamed(walk, number, "it names no URL, but what npm shall look for anew");
	if (judgement != JUDGED)
		return judgement;
	struct str path = decoded_path(walk->scratch, package->resolved);
	if (!path.p) {
		walk->failed = true;
		return UNJUDGED_URL;
	}
	if (climbs(path))
		return misnamed(walk, number, "the path of its URL climbs, and ends elsewhere than it says");
	if (!read_registry_path(path, &name, &version))
		return UNJUDGED_URL;
	bool same = str_equal(name, package->name) && (package->version.n == 0 || same_version(version, package->version));
	if (!same)
		walk_found(walk, number,
			   (struct problem){ .subject = package->resolved,
					     .message = arena_printf(walk->scan->arena, "its URL is that of %.*s %.*s, not of %.*s %.*s", STR_ARG(name),
								     STR_ARG(version), STR_ARG(package->name), STR_ARG(package->version)) });
	return judgement;
}

enum status run_name_mismatch(struct scan *scan, const struct rule *rule, struct error *err)
{
	return walk_packages(scan, rule, judge_name, err);
}
