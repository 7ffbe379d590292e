/*
 * What a package is called, in the ways that users, reports and other tools call it.
 */
#include "assay/tree.h"

struct str package_installed_name(const struct package *package)
{
	return package->alias.p ? package->alias : package->name;
}

/* ASCII that npm would have to encode in an address. */
static bool is_name_byte(unsigned char c)
{
	bool usual = (unsigned char)((c | 0x20) - 'a') < 26 || (unsigned char)(c - '0') < 10 || c == '-';
	return usual || c >= 0x80 || (c && strchr("_.~!'()*", c));
}

const char *package_name_problem(struct str name)
{
	size_t scope = str_starts_with(name, STR("@")) ? str_find(name, '/') + 1 : 0;
	struct str base = str_from(name, scope);
	if (scope == 2 || base.n == 0)
		return "it is empty";
	if (base.p[0] == '.' || str_equal_z(base, "node_modules"))
		return "it is a folder's";
	for (size_t i = scope ? 1 : 0; i < name.n; i++)
		if (!is_name_byte((unsigned char)name.p[i]) && i + 1 != scope)
			return "it holds a byte that no name has";
	return NULL;
}

struct str package_label(struct arena *arena, const struct package *package)
{
	if (package->version.n == 0)
		return package->name.p ? package->name : STR("");
	size_t n = package->name.n;
	char *label = arena_alloc(arena, n + 1 + package->version.n + 1);
	if (!label)
		return STR_NONE;
	if (n)
		memcpy(label, package->name.p, n);
	label[n++] = '@';
	memcpy(label + n, package->version.p, package->version.n);
	label[n + package->version.n] = '\0';
	return (struct str){ label, n + package->version.n };
}

bool package_is_own(const struct package *package)
{
	return package->kind == PACKAGE_ROOT || package->kind == PACKAGE_WORKSPACE || package->kind == PACKAGE_LINK;
}

static bool ends_as_tarball(struct str path)
{
	static const char *const ends[] = { ".tgz", ".tar.gz", ".tar" };
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		struct str end = str_of(ends[i]);
		bool same = path.n > end.n;
		for (size_t k = 0; same && k < end.n; k++)
			same = ascii_lower((unsigned char)path.p[path.n - end.n + k]) == (unsigned char)end.p[k];
		if (same)
			return true;
	}
	return false;
}

bool package_is_packed_file(const struct package *package)
{
	struct str path = package->resolved;
	/* Behind '#' yarn keeps a digest, but a file's name can hold one as well. */
	return package->kind == PACKAGE_FILE && (ends_as_tarball(path) || ends_as_tarball(str_head(path, str_find(path, '#'))));
}

/* The purl specification's unreserved characters and ':', everything else by its bytes. */
static char *put_encoded(char *out, struct str text)
{
	static const char digits[] = "0123456789ABCDEF";
	for (size_t i = 0; i < text.n; i++) {
		unsigned char c = (unsigned char)text.p[i];
		bool plain = ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr(".-_~:", c));
		if (plain) {
			*out++ = (char)c;
			continue;
		}
		*out++ = '%';
		*out++ = digits[c >> 4];
		*out++ = digits[c & 15];
	}
	return out;
}

/* The slash between scope and name is the purl's own; any other one belongs to the text. */
struct str package_purl(struct arena *arena, const struct package *package)
{
	struct str name = package->name;
	size_t slash = str_starts_with(name, STR("@")) ? str_find(name, '/') : name.n;
	size_t room;
	if (__builtin_add_overflow(name.n, package->version.n, &room) || __builtin_mul_overflow(room, 3, &room) ||
	    __builtin_add_overflow(room, sizeof "pkg:npm//@", &room))
		return STR_NONE;
	char *text = arena_alloc(arena, room);
	if (!text)
		return STR_NONE;
	char *at = text + strlen("pkg:npm/");
	memcpy(text, "pkg:npm/", strlen("pkg:npm/"));
	if (slash < name.n) {
		at = put_encoded(at, str_head(name, slash));
		*at++ = '/';
		name = str_from(name, slash + 1);
	}
	at = put_encoded(at, name);
	if (package->version.n) {
		*at++ = '@';
		at = put_encoded(at, package->version);
	}
	return (struct str){ text, (size_t)(at - text) };
}

struct str package_purl_located(struct arena *arena, const struct package *package)
{
	struct str purl = package_purl(arena, package);
	bool git = package->kind == PACKAGE_GIT;
	if (!purl.p || !package->resolved.n || (!git && package->kind != PACKAGE_TARBALL))
		return purl;
	size_t room;
	if (__builtin_mul_overflow(package->resolved.n, 3, &room))
		return STR_NONE;
	char *encoded = arena_alloc(arena, room);
	if (!encoded)
		return STR_NONE;
	struct str url = { encoded, (size_t)(put_encoded(encoded, package->resolved) - encoded) };
	return arena_printf(arena, "%.*s?%s=%.*s", STR_ARG(purl), git ? "vcs_url" : "download_url", STR_ARG(url));
}
