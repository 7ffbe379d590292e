/* What a word of an incident list is. */
#include "assay/limits.h"
#include "assay/semver.h"
#include "fleet/ioc.h"

struct str ioc_refang(struct str text, struct arena *arena)
{
	static const struct {
		const char *from, *to;
	} words[] = {
		{ "[.]", "." },  { "(.)", "." }, { "{.}", "." }, { "[dot]", "." },   { "(dot)", "." },   { "[@]", "@" },
		{ "[at]", "@" }, { "[:]", ":" }, { "[/]", "/" }, { "[://]", "://" }, { "hxxp", "http" }, { "hXXp", "http" },
	};
	if (str_find(text, '[') == text.n && str_find(text, '(') == text.n && str_find(text, '{') == text.n &&
	    str_find_str(text, STR("hxxp")) == text.n && str_find_str(text, STR("hXXp")) == text.n)
		return text;
	char *out = arena_alloc(arena, text.n + 1);
	size_t n = 0;
	for (size_t at = 0; out && at < text.n;) {
		struct str rest = str_from(text, at);
		size_t i = 0, count = sizeof words / sizeof *words;
		while (i < count && !str_starts_with(rest, str_of(words[i].from)))
			i++;
		const char *to = i < count ? words[i].to : NULL;
		at += to ? strlen(words[i].from) : 1;
		for (; to && *to; to++)
			out[n++] = *to;
		if (i == count)
			out[n++] = rest.p[0];
	}
	return (struct str){ out, n };
}

/* "[axios](https://…)" gives "axios". */
static struct str link_text(struct str text)
{
	size_t close = str_find_str(text, STR("]("));
	if (text.n < 5 || text.p[0] != '[' || close == text.n || text.p[text.n - 1] != ')')
		return text;
	return str_from(str_head(text, close), 1);
}

struct str ioc_bare(struct str text)
{
	static const char around[] = "\"'`*\xe2\x80\x9c";
	for (;;) {
		struct str trimmed = link_text(str_trim(text));
		while (trimmed.n > 1 && strchr("\"'`", trimmed.p[0]))
			trimmed = str_from(trimmed, 1);
		while (trimmed.n > 2 && str_starts_with(trimmed, STR("**")))
			trimmed = str_from(trimmed, 2);
		while (trimmed.n && strchr(around, trimmed.p[trimmed.n - 1]) && trimmed.p[trimmed.n - 1] && trimmed.n > 1)
			trimmed.n--;
		if (trimmed.n == text.n)
			return trimmed;
		text = trimmed;
	}
}

bool ioc_is_name(struct str word)
{
	bool letter = false;
	for (size_t i = 0; i < word.n; i++)
		letter |= ascii_is_alpha((unsigned char)word.p[i]);
	return letter && word.n <= 214 && !package_name_problem(word) && str_find_str(word, STR("://")) == word.n;
}

static bool is_operator(char c)
{
	return strchr("<>=^~", c) && c;
}

bool ioc_is_version_word(struct str word, bool numbers)
{
	CLEANUP(arena_cleanup) struct arena *scratch = NULL;
	struct semver_range *range;
	struct semver version;
	if (!word.n)
		return false;
	if (str_equal_z(word, "||") || str_equal_z(word, "-") || (is_operator(word.p[0]) && word.n <= 2 && is_operator(word.p[word.n - 1])))
		return true;
	bool prefixed = word.n > 1 && (word.p[0] == 'v' || word.p[0] == 'V') && ascii_is_digit((unsigned char)word.p[1]);
	if (!is_operator(word.p[0]) && !prefixed && !ascii_is_digit((unsigned char)word.p[0]))
		return false;
	if (!numbers && !is_operator(word.p[0]) && str_find(word, '.') == word.n)
		return false;
	if (semver_parse(word, SEMVER_LOOSE, &version))
		return true;
	scratch = arena_new(0);
	return scratch && semver_range_parse(word, SEMVER_LOOSE, scratch, &range, NULL) == STATUS_OK;
}

/* ---- digests ---------------------------------------------------------------------- */

static bool is_algorithm(struct str name, enum digest_algorithm algorithm)
{
	return text_equals_any_case(name, str_of(digest_name(algorithm)));
}

static const enum digest_algorithm algorithms[] = { DIGEST_SHA256, DIGEST_SHA512, DIGEST_SHA1, DIGEST_SHA384, DIGEST_SHA224, DIGEST_MD5 };

bool ioc_digest(struct str word, struct digest *out)
{
	size_t mark = str_find(word, ':') < word.n ? str_find(word, ':') : str_find(word, '-');
	struct str name = str_head(word, mark), value = str_from(word, mark + 1);
	size_t length;
	for (size_t i = 0; i < sizeof algorithms / sizeof *algorithms; i++) {
		if (mark == word.n) {
			if (digest_read_hex(word, algorithms[i], out))
				return true;
			continue;
		}
		if (!is_algorithm(name, algorithms[i]))
			continue;
		if (digest_read_hex(value, algorithms[i], out))
			return true;
		struct digest digest = { .algorithm = algorithms[i] };
		if (!base64_decode(value, digest.bytes, sizeof digest.bytes, &length) || length != digest_size(algorithms[i]))
			return false;
		*out = digest;
		return true;
	}
	return false;
}

/* ---- addresses ----------------------------------------------------------------------- */

bool ioc_is_url(struct str word)
{
	return str_find_str(word, STR("://")) < word.n;
}

/* "…/package/@scope/name/v/1.2.3", as npm's site and others name a release. */
static bool read_page(struct str url, struct str *name, struct str *version)
{
	size_t at = str_find_str(url, STR("/package/"));
	struct str rest = str_from(url, at + strlen("/package/"));
	if (at == url.n)
		return false;
	size_t end = str_find(rest, '/');
	if (rest.n && rest.p[0] == '@' && end < rest.n)
		end = end + 1 + str_find(str_from(rest, end + 1), '/');
	*name = str_head(rest, end);
	*version = STR("");
	if (str_starts_with(str_from(rest, end), STR("/v/")))
		*version = str_head(str_from(rest, end + 3), str_find(str_from(rest, end + 3), '/'));
	return ioc_is_name(*name);
}

bool ioc_address(struct str word, struct arena *arena, struct str *name, struct str *version)
{
	struct purl purl;
	bool is_npm = false;
	if (str_starts_with(word, STR("pkg:"))) {
		if (purl_parse(word, arena, &is_npm, &purl, NULL) || !is_npm)
			return false;
		*name = purl.name;
		*version = purl.version;
		return ioc_is_name(purl.name);
	}
	if (!ioc_is_url(word))
		return false;
	if (lockfile_parse_registry_url(word, arena, name, version) && name->p && version->p)
		return ioc_is_name(*name);
	return read_page(word, name, version);
}
