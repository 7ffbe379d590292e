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

/* Without query and fragment. */
static struct str url_path(struct str url)
{
	struct str rest = str_from(url, str_find_str(url, STR("://")) + 3);
	rest = str_from(rest, str_find(rest, '/'));
	rest = str_head(rest, str_find(rest, '#'));
	return str_head(rest, str_find(rest, '?'));
}

static bool is_web_url(struct str text)
{
	return has_prefix(text, (const char *const[]){ "https://", "http://", NULL });
}

/* Takes the last part behind a '/' (or its percent-encoded form) off `rest`. */
static struct str last_part(struct str *rest)
{
	for (size_t i = rest->n; i-- > 0;) {
		struct str from = str_from(*rest, i);
		bool encoded = from.n >= 3 && from.p[0] == '%' && from.p[1] == '2' &&
			       ascii_lower((unsigned char)from.p[2]) == 'f';
		if (!encoded && from.p[0] != '/')
			continue;
		*rest = str_head(*rest, i);
		return str_from(from, encoded ? 3 : 1);
	}
	struct str all = *rest;
	*rest = str_head(*rest, 0);
	return all;
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
	struct str path = url_path(url);
	size_t dash = path.n; /* the last one: registries may be mounted below a path with one */
	for (size_t i = 0; i + 3 <= path.n; i++)
		if (memcmp(path.p + i, "/-/", 3) == 0)
			dash = i;
	if (!is_web_url(url) || dash == path.n || !str_ends_with(path, STR(".tgz")))
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
	return drive || has_prefix(text, starts) || str_ends_with(text, STR(".tgz")) ||
	       str_ends_with(text, STR(".tar.gz")) || str_ends_with(text, STR(".tar"));
}

/* "user/repository" is GitHub's. */
static bool is_shorthand(struct str text)
{
	size_t slash = str_find(text, '/');
	return slash < text.n && text.p[0] != '@' && str_find(text, ':') > slash;
}

enum package_kind lockfile_resolved_kind(struct str resolved)
{
	static const char *const git[] = { "git+",    "git:",       "git@",  "ssh:", "github:",
					   "gitlab:", "bitbucket:", "gist:", NULL };
	struct registry_url parts;
	if (resolved.n == 0)
		return PACKAGE_REGISTRY;
	if (has_prefix(resolved, git))
		return PACKAGE_GIT;
	if (is_web_url(resolved)) {
		if (str_ends_with(url_path(resolved), STR(".git")))
			return PACKAGE_GIT;
		return split_registry_url(resolved, &parts) ? PACKAGE_REGISTRY : PACKAGE_TARBALL;
	}
	if (str_find_str(resolved, STR("://")) < resolved.n)
		return PACKAGE_TARBALL;
	if (is_path(resolved))
		return PACKAGE_FILE;
	/* "latest", "1.2.3", "npm:other@1": npm asks a registry for that, so it must never pass for the user's own file. */
	return is_shorthand(resolved) ? PACKAGE_GIT : PACKAGE_TARBALL;
}
