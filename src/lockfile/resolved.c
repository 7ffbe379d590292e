/*
 * Where a package comes from, read off the `resolved` of its entry. The form decides, not the host: which hosts are
 * fine is a rule's business, and so is a URL that is another package's.
 */
#include "assay/lockfile.h"

static bool has_prefix(struct str text, const char *const *prefixes)
{
	for (; *prefixes; prefixes++)
		if (str_starts_with(text, str_of(*prefixes)))
			return true;
	return false;
}

static bool is_web_url(struct str text)
{
	return str_starts_with(text, STR("https://")) || str_starts_with(text, STR("http://"));
}

/* Of a web's URL, without query and fragment. */
static struct str url_path(struct str url)
{
	struct str rest = str_from(url, str_find(url, ':') + strlen("://"));
	rest = str_from(rest, str_find(rest, '/'));
	rest = str_head(rest, str_find(rest, '#'));
	return str_head(rest, str_find(rest, '?'));
}

/* Where the last '/', or its percent-encoded form, stands; text.n: nowhere. */
static size_t find_last_slash(struct str text, bool *encoded)
{
	*encoded = false;
	if (str_find(text, '%') == text.n) /* nearly always */
		return str_find_last(text, '/');
	for (size_t i = text.n; i-- > 0;) {
		struct str from = str_from(text, i);
		*encoded = from.n >= 3 && from.p[0] == '%' && from.p[1] == '2' && ascii_lower((unsigned char)from.p[2]) == 'f';
		if (*encoded || from.p[0] == '/')
			return i;
	}
	return text.n;
}

/* Takes the last part behind a slash off `rest`. */
static struct str last_part(struct str *rest)
{
	bool encoded;
	struct str all = *rest;
	size_t at = find_last_slash(all, &encoded);
	*rest = str_head(all, at < all.n ? at : 0);
	return at < all.n ? str_from(all, at + (encoded ? 3 : 1)) : all;
}

/* The last "/-/": registries may be mounted below a path with one. path.n: there is none. */
static size_t find_dash(struct str path)
{
	for (size_t end = path.n, at; (at = str_find_last(str_head(path, end), '/')) < end; end = at)
		if (at >= 2 && path.p[at - 1] == '-' && path.p[at - 2] == '/')
			return at - 2;
	return path.n;
}

/* "@scope" from "@scope" or "%40scope"; .n is 0 when the part is no scope. */
static struct str scope_name_of(struct str part)
{
	if (str_starts_with(part, STR("@")))
		return str_from(part, 1);
	return str_starts_with(part, STR("%40")) ? str_from(part, 3) : STR_NONE;
}

struct registry_url {
	struct str scope, base, version; /* scope without '@' */
};

static bool split_registry_url(struct str url, struct registry_url *out)
{
	struct str path = is_web_url(url) ? url_path(url) : STR_NONE;
	size_t dash = find_dash(path);
	if (dash == path.n || !str_ends_with(path, STR(".tgz")))
		return false;
	struct str rest = str_head(path, dash), file = str_from(path, dash + 3);
	struct registry_url parts = { .base = last_part(&rest) };
	parts.scope = scope_name_of(last_part(&rest));
	struct str base = last_part(&file), repeated = last_part(&file);
	if (repeated.n && (file.n || !parts.scope.n || !str_equal(scope_name_of(repeated), parts.scope)))
		return false;
	base = str_head(base, base.n - 4);
	if (!parts.base.n || !str_starts_with(base, parts.base))
		return false;
	base = str_from(base, parts.base.n);
	parts.version = str_from(base, 1);
	if (parts.version.n == 0 || base.p[0] != '-' || !ascii_is_digit((unsigned char)parts.version.p[0]))
		return false;
	*out = parts;
	return true;
}

bool lockfile_parse_registry_url(struct str url, struct arena *arena, struct str *name, struct str *version)
{
	struct registry_url parts;
	if (!split_registry_url(url, &parts))
		return false;
	struct str scope = percent_decode(arena, parts.scope), base = percent_decode(arena, parts.base);
	*version = percent_decode(arena, parts.version);
	if (scope.n)
		*name = arena_printf(arena, "@%.*s/%.*s", STR_ARG(scope), STR_ARG(base));
	else
		*name = base;
	return true;
}

/* What npm takes for a path: what says so, and the names of packed files. */
static bool is_path(struct str text)
{
	static const char *const starts[] = { "file:", ".", "/", "~/", NULL };
	bool drive = text.n > 1 && ascii_is_alpha((unsigned char)text.p[0]) && text.p[1] == ':';
	return drive || has_prefix(text, starts) || str_ends_with(text, STR(".tgz")) || str_ends_with(text, STR(".tar.gz")) ||
	       str_ends_with(text, STR(".tar"));
}

/* "user/repository" is GitHub's. */
static bool is_shorthand(struct str text)
{
	size_t slash = str_find(text, '/');
	return slash < text.n && text.p[0] != '@' && str_find(text, ':') > slash;
}

enum package_kind lockfile_resolved_kind(struct str resolved)
{
	static const char *const git[] = { "git+", "git:", "git@", "ssh:", "github:", "gitlab:", "bitbucket:", "gist:", NULL };
	struct registry_url parts;
	if (resolved.n == 0)
		return PACKAGE_REGISTRY;
	if (is_web_url(resolved)) {
		if (split_registry_url(resolved, &parts))
			return PACKAGE_REGISTRY;
		return str_ends_with(url_path(resolved), STR(".git")) ? PACKAGE_GIT : PACKAGE_TARBALL;
	}
	if (has_prefix(resolved, git))
		return PACKAGE_GIT;
	if (str_find_str(resolved, STR("://")) < resolved.n)
		return PACKAGE_TARBALL;
	if (is_path(resolved))
		return PACKAGE_FILE;
	/* "latest", "1.2.3", "npm:other@1": npm asks a registry for that, so it must never pass for the user's own file. */
	return is_shorthand(resolved) ? PACKAGE_GIT : PACKAGE_TARBALL;
}
