/*
 * The forms of pnpm's keys and of the references that stand for them.
 *
 *   5   /name/1.0.0_peers            host/name/1.0.0     file:lib      github.com/user/repo/sha
 *   6   /name@1.0.0(peer@2.0.0)      host/name@1.0.0     file:lib      @codeload.example/user/repo/tar.gz/sha
 *   9   name@1.0.0(peer@2.0.0)       name@work:1.0.0     name@file:lib name@https://… (a name always)
 *
 * Peers nest ("a@1.0.0(b@2.0.0(c@3.0.0))") and have scopes ("(@c/d@1.0.0)"): they are cut off before anything else is
 * looked at. What is cut is what pnpm cuts; what is looked up is what pnpm looks up.
 */
#include "lockfile/pnpm.h"

/* Where the parentheses at the end begin, or the length: those of a path ("file:lib(1)/x") stand elsewhere. */
static size_t suffix_start(struct str key)
{
	size_t open = 0;
	if (!str_ends_with(key, STR(")")))
		return key.n;
	for (size_t i = key.n; i-- > 0;) {
		if (key.p[i] == ')')
			open++;
		else if (open == 0)
			return i + 1;
		else if (key.p[i] == '(')
			open--;
	}
	return key.n;
}

struct str pnpm_strip_suffix(struct str key)
{
	return str_head(key, suffix_start(key));
}

/* A letter, a digit, or one of the set. */
static bool is_one_of(const char *set, unsigned char c)
{
	return ascii_is_alpha(c) || ascii_is_digit(c) || (c && strchr(set, c));
}

static size_t skip_digits(struct str s, size_t at)
{
	while (at < s.n && ascii_is_digit((unsigned char)s.p[at]))
		at++;
	return at;
}

/* "1.2.3", then nothing or a prerelease or build; the semver room judges it. */
static bool is_version(struct str s)
{
	size_t at = 0;
	for (int part = 0; part < 3; part++) {
		size_t end = skip_digits(s, at);
		if (end == at || (part < 2 && (end == s.n || s.p[end] != '.')))
			return false;
		at = part < 2 ? end + 1 : end;
	}
	if (at < s.n && s.p[at] != '-' && s.p[at] != '+')
		return false;
	for (; at < s.n; at++)
		if (!is_one_of("-+.", (unsigned char)s.p[at]))
			return false;
	return true;
}

/* "work:1.0.0", from a registry that the user named: what stands behind the name. Else STR_NONE. */
static struct str named_registry_version(struct str s)
{
	static const char *const reserved[] = { "bitbucket", "catalog", "custom", "file", "git",     "github", "gitlab",   "http",
						"https",     "jsr",     "link",   "npm",  "runtime", "ssh",    "workspace" };
	struct str name = str_head(s, str_find(s, ':'));
	if (name.n == 0 || name.n == s.n || !ascii_is_alpha((unsigned char)name.p[0]))
		return STR_NONE;
	for (size_t i = 0; i < name.n; i++)
		if (!is_one_of("_.-", (unsigned char)name.p[i]))
			return STR_NONE;
	for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
		if (str_equal_z(name, reserved[i]))
			return STR_NONE;
	struct str version = str_from(s, name.n + 1);
	return is_version(version) ? version : STR_NONE;
}

/* "name" or "@scope/name" in front, as far as the separator; .n is 0 where there is no such thing. */
static struct str leading_name(struct str s, char separator)
{
	size_t start = str_starts_with(s, STR("@")) ? str_find(s, '/') + 1 : 0;
	struct str rest = str_from(s, start);
	size_t end = str_find(rest, separator);
	bool whole = end > 0 && end < rest.n && start != 2 && str_find(str_head(rest, end), '/') == end;
	return whole ? str_head(s, start + end) : STR_NONE;
}

/* Up to 6: only a registry's package has its name and version in the key; of others the entry says them. */
static void parse_path_key(enum pnpm_major major, struct str key, struct pnpm_key *out)
{
	size_t slash = str_find(key, '/');
	struct str host = str_head(key, slash), rest = str_from(pnpm_strip_suffix(key), slash + 1);
	struct str name = leading_name(rest, major == PNPM_5 ? '/' : '@');
	struct str version = name.n ? str_from(rest, name.n + 1) : STR("");
	version = str_head(version, str_find(version, '_')); /* peers and patches, up to 5; patches in 6.0 */
	if (str_starts_with(key, STR("file:")) || !is_version(version))
		return;
	*out = (struct pnpm_key){ .name = name, .version = version, .host = host };
}

void pnpm_parse_key(enum pnpm_major major, struct str key, struct pnpm_key *out)
{
	*out = (struct pnpm_key){ 0 };
	if (major != PNPM_9) {
		parse_path_key(major, key, out);
		return;
	}
	struct str rest = pnpm_strip_suffix(key);
	out->name = leading_name(rest, '@');
	struct str reference = out->name.n ? str_from(rest, out->name.n + 1) : STR_NONE;
	out->runtime = str_starts_with(reference, STR("runtime:"));
	out->version = is_version(reference) ? reference : named_registry_version(reference);
	if (!out->version.n)
		out->reference = reference;
}

/* A path up to 6: with a '/' before the peers it is the key itself. In 9 with a name before any ':' or peers. */
static bool is_whole_key(enum pnpm_major major, struct str reference)
{
	size_t peers = str_find(reference, '(');
	if (major == PNPM_5)
		return str_find(reference, '/') < reference.n || str_starts_with(reference, STR("file:"));
	if (major == PNPM_6)
		return str_find(reference, '/') < peers || str_starts_with(reference, STR("file:"));
	size_t at = str_find(reference, '@');
	return at < reference.n && at < str_find(reference, ':') && at < peers;
}

void pnpm_add_key(enum pnpm_major major, struct str name, struct str reference, struct buf *out)
{
	static const char *const before[] = { [PNPM_5] = "/", [PNPM_6] = "/", [PNPM_9] = "" };
	static const char *const between[] = { [PNPM_5] = "/", [PNPM_6] = "@", [PNPM_9] = "@" };
	if (!is_whole_key(major, reference)) {
		buf_add_z(out, before[major]);
		buf_add(out, name);
		buf_add_z(out, between[major]);
	}
	buf_add(out, reference);
}
